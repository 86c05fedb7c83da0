//! Two objects told apart field by field, and the fields that an object says.

use super::set::Set;
use super::topology::Place;
use serde_json::{Map, Value};

/// What is different in a new object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What was not there before.
    pub added: Set,
    /// What is there no more.
    pub removed: Set,
    /// What has another value.
    pub modified: Set,
}

impl Comparison {
    /// Returns what was written: added or modified.
    pub fn written(&self) -> Set {
        self.added.union(&self.modified)
    }

    fn put(&mut self, element: String, below: Comparison) {
        self.added.put(element.clone(), below.added);
        self.removed.put(element.clone(), below.removed);
        self.modified.put(element, below.modified);
    }
}

/// Compares two objects (`typed.Compare` of structured-merge-diff).
pub fn compare(old: &Value, new: &Value, root: Place) -> Comparison {
    let mut found = walk(Some(old), Some(new), root, false);
    // The object as a whole belongs to nobody.
    (found.added.owned, found.removed.owned, found.modified.owned) = (false, false, false);
    found
}

/// Compares two values; `always`: Go's structs have the value by themselves, so that it neither comes nor goes.
fn walk(old: Option<&Value>, new: Option<&Value>, place: Place, always: bool) -> Comparison {
    let (mut old, mut new) = (there(old), there(new));
    let bare = match old.or(new) {
        Some(Value::Array(_)) => Value::Array(Vec::new()),
        _ => Value::Object(Map::new()),
    };
    if always {
        (old, new) = (old.or(Some(&bare)), new.or(Some(&bare)));
    }
    let mut found = Comparison::default();
    if old == new {
        return found;
    }
    if place.is_parted(old, new) {
        match old.or(new) {
            Some(Value::Array(_)) => lists(old, new, place, &mut found),
            _ => maps(old, new, place, &mut found),
        }
        (found.added.owned, found.removed.owned) = (old.is_none(), new.is_none());
        return found;
    }
    let side = match (old, new) {
        (None, _) => &mut found.added,
        (_, None) => &mut found.removed,
        _ => &mut found.modified,
    };
    side.owned = true;
    found
}

fn there(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

fn keys(map: Option<&Value>) -> impl Iterator<Item = String> {
    let map = map.and_then(Value::as_object);
    map.into_iter().flat_map(|map| map.keys().cloned())
}

fn maps(old: Option<&Value>, new: Option<&Value>, place: Place, found: &mut Comparison) {
    let fresh = keys(new).filter(|key| old.is_none_or(|old| old.get(key).is_none()));
    for key in keys(old).chain(fresh) {
        let always = old.is_some() && new.is_some() && place.always_has(&key);
        let (one, other) = (old.and_then(|old| old.get(&key)), new.and_then(|new| new.get(&key)));
        let below = walk(one, other, place.field(&key), always);
        found.put(format!("f:{key}"), below);
    }
}

fn lists(old: Option<&Value>, new: Option<&Value>, place: Place, found: &mut Comparison) {
    let (olds, news) = (items(old, place), items(new, place));
    let find = |items: &Items<'_>, wanted: &str| items.iter().position(|(element, _)| element == wanted);
    for (element, item) in &olds {
        let other = find(&news, element).and_then(|at| news.get(at));
        let below = walk(Some(item), other.map(|(_, item)| *item), place.item(), false);
        found.put(element.clone(), below);
    }
    for (element, item) in news.iter().filter(|(element, _)| find(&olds, element).is_none()) {
        found.put(element.clone(), walk(None, Some(item), place.item(), false));
    }
}

/// The items of a list, each with the element that tells it from others.
type Items<'v> = Vec<(String, &'v Value)>;

fn items(list: Option<&Value>, place: Place) -> Items<'_> {
    let list = list.and_then(Value::as_array);
    list.map_or_else(Vec::new, |list| place.items(list))
}

/// Returns the fields that an object says (`typed.ToFieldSet`).
pub fn fields(object: &Value, root: Place) -> Set {
    said(object, root).with(false)
}

fn said(value: &Value, place: Place) -> Set {
    if !place.is_parted(Some(value), None) {
        // An empty list that is a map says nothing; an empty map is a value.
        let nothing = value.as_array().is_some_and(Vec::is_empty) && place.has_items();
        return if nothing { Set::default() } else { Set::one() };
    }
    let mut set = Set::default();
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let mut below = said(value, place.field(key));
                below.owned |= !place.names(key);
                set.put(format!("f:{key}"), below);
            }
        }
        Value::Array(list) => {
            for (element, item) in place.items(list) {
                set.put(element, said(item, place.item()).with(true));
            }
        }
        _ => set.owned = true,
    }
    set
}
