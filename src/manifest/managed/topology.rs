//! How each field is merged and owned: as a whole, field by field, or item by item.
//!
//! Which it is, the tables of `markers` say.

use super::markers::{ATOMIC, BY_VALUE, KEYED, PARTED, SETS, WHOLE_MAPS};
use crate::manifest::schema::{Type, schema};
use serde_json::{Map, Value};

/// What a value is to its managers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// One thing: a plain value, or a list, map or struct that is owned as a whole.
    Whole,
    /// An object of one of Kubernetes' own kinds.
    Root,
    /// An object of another kind, of which only the metadata is known.
    Foreign,
    /// An object, or its metadata, of which labels and annotations alone are looked at.
    Marks,
    /// A struct, field by field.
    Struct,
    /// A map, key by key.
    Map,
    /// A list whose items are told apart by these fields.
    Keyed(&'static [&'static str]),
    /// A list in which no value stands twice.
    Set,
    /// Nobody declared it: maps are owned field by field, all else as a whole.
    Guess,
}

/// A place in objects of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    of: Type,
    how: How,
}

impl Place {
    /// Returns the place of an object as a whole.
    pub fn root(api_version: &str, kind: &str) -> Self {
        match schema().kind(api_version, kind) {
            Some(known) => Self {
                of: Type::Object(known.definition),
                how: How::Root,
            },
            None => Self {
                of: Type::Any,
                how: How::Foreign,
            },
        }
    }

    /// Returns the place of an object of which only labels and annotations are looked at: these are the same in every kind,
    /// so that no table has to be read for them.
    pub fn marks() -> Self {
        Self {
            of: Type::Any,
            how: How::Marks,
        }
    }

    /// Returns the place of a field of a struct, or of a key of a map.
    pub fn field(self, name: &str) -> Self {
        match (self.how, self.of) {
            (How::Marks, of) => Self {
                of,
                how: if name == "metadata" { How::Marks } else { How::Map },
            },
            (How::Foreign, _) if name == "metadata" => plain(schema().object_meta()),
            (_, Type::Object(def)) => match schema().field(def, name) {
                Some(field) => declared(schema().name(def), name, field.of),
                None => plain(Type::Any),
            },
            (_, Type::Map(inner)) => plain(schema().inner(inner)),
            _ => plain(Type::Any),
        }
    }

    /// Returns the place of a list's items.
    pub fn item(self) -> Self {
        match self.of {
            Type::List(inner) => plain(schema().inner(inner)),
            _ => plain(Type::Any),
        }
    }

    /// Says whether a field is one that the type declares; what is in a map is not.
    pub fn names(self, name: &str) -> bool {
        match (self.how, self.of) {
            (How::Foreign | How::Guess, _) => true,
            (_, Type::Object(def)) => schema().field(def, name).is_some(),
            _ => false,
        }
    }

    /// Says whether a field is there in every object, whatever was written: Go's struct has it by value, and not behind
    /// a pointer. Nobody makes it, so nobody owns it beside what is in it.
    pub fn always_has(self, name: &str) -> bool {
        let Type::Object(def) = self.of else { return false };
        let is_struct = || self.field(name).how == How::Struct;
        self.how == How::Root && is_struct() || BY_VALUE.contains(&(schema().name(def), name))
    }

    /// Says whether two values are to be told apart by what is in them; an absent one fits every other.
    pub fn is_parted(self, one: Option<&Value>, other: Option<&Value>) -> bool {
        let both = || one.into_iter().chain(other);
        let maps = || both().all(Value::is_object);
        let lists = || both().all(Value::is_array);
        let empty = |value: &Value| match value {
            Value::Object(map) => map.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        let fits = match self.how {
            How::Whole => false,
            How::Root | How::Foreign | How::Marks | How::Struct | How::Map | How::Guess => maps(),
            How::Keyed(_) | How::Set => lists(),
        };
        // Where there is nothing on either side, the value itself is all there is.
        fits && !both().all(empty)
    }

    /// Says whether the items of a list here are owned one by one.
    pub fn has_items(self) -> bool {
        matches!(self.how, How::Keyed(_) | How::Set)
    }

    /// Returns the items of a list with the elements that tell them apart; of equal ones the first, and none of those that
    /// lack what tells them apart.
    pub fn items(self, list: &[Value]) -> Vec<(String, &Value)> {
        let mut found: Vec<(String, &Value)> = Vec::with_capacity(list.len());
        for item in list {
            if let Some(element) = self.element(item)
                && found.iter().all(|(known, _)| *known != element)
            {
                found.push((element, item));
            }
        }
        found
    }

    /// Returns all the items of a list; those that lack what tells them apart come with "".
    pub fn all_items(self, list: &[Value]) -> Vec<(String, &Value)> {
        let items = list.iter().map(|item| (self.element(item).unwrap_or_default(), item));
        items.collect()
    }

    /// Returns the path element of a list's item.
    pub fn element(self, item: &Value) -> Option<String> {
        match self.how {
            How::Keyed(keys) => {
                let mut found = Map::new();
                for key in keys {
                    let value = item.as_object()?.get(*key).filter(|value| !value.is_null());
                    // The one default among the keys of Kubernetes' lists.
                    let value = value.cloned().or_else(|| (*key == "protocol").then(|| "TCP".into()));
                    found.extend(value.map(|value| ((*key).to_owned(), value)));
                }
                let missing = found.is_empty();
                (!missing).then(|| format!("k:{}", Value::Object(found)))
            }
            How::Set => Some(format!("v:{item}")),
            _ => None,
        }
    }
}

/// Returns the place of a value of a type, without more being said of it.
fn plain(of: Type) -> Place {
    let how = match of {
        Type::Object(def) if ATOMIC.contains(&schema().name(def)) => How::Whole,
        Type::Object(_) => How::Struct,
        Type::Map(_) => How::Map,
        Type::Any => How::Guess,
        _ => How::Whole,
    };
    Place { of, how }
}

/// Returns the place of a declared field.
fn declared(owner: &str, field: &str, of: Type) -> Place {
    let is = |(known, name): &(&str, &str)| *known == owner && *name == field;
    let how = match of {
        Type::List(_) if field == "conditions" && owner.ends_with("Status") => How::Keyed(&["type"]),
        Type::List(_) if SETS.iter().any(is) => How::Set,
        Type::List(_) => {
            let keyed = KEYED.iter().find(|(known, name, _)| *known == owner && *name == field);
            keyed.map_or(How::Whole, |(_, _, keys)| How::Keyed(keys))
        }
        Type::Map(_) if WHOLE_MAPS.iter().any(is) => How::Whole,
        Type::Object(_) if PARTED.iter().any(is) => How::Struct,
        of => plain(of).how,
    };
    Place { of, how }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn items_are_told_apart_by_what_the_list_says() {
        let pod = Place::root("v1", "Pod").field("spec");
        let ports = pod.field("containers").item().field("ports");
        let port = json!({"containerPort": 80, "name": "web"});
        let element = "k:{\"containerPort\":80,\"protocol\":\"TCP\"}";
        assert_eq!(ports.element(&port).as_deref(), Some(element));
        assert_eq!(pod.field("containers").element(&json!({"image": "x"})), None);
        let finalizers = Place::root("v1", "Pod").field("metadata").field("finalizers");
        assert_eq!(finalizers.element(&json!("a/b")).as_deref(), Some("v:\"a/b\""));
        assert_eq!(pod.field("tolerations").element(&json!({})), None, "owned as a whole");
    }
}
