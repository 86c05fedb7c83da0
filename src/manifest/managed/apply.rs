//! Server-side apply: a manager says all that it wants, and gets it unless another one owns it.

use super::compare::{compare, fields};
use super::conflict::Conflicts;
use super::managers::{Entry, Managers, Operation, stripped};
use super::merge::{merge, remove, without_nulls};
use super::set::Set;
use super::topology::Place;
use super::update::{Writer, own};
use super::{managed_part, written};
use serde_json::{Map, Value};

/// The annotation in which a client-side apply remembers what it applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The manager whose conflicts with a client-side apply of the same are none.
const KUBECTL: &str = "kubectl";

/// One apply.
#[derive(Clone, Copy, Debug)]
pub struct Apply<'a> {
    /// Who applies.
    pub writer: Writer<'a>,
    /// Whether fields are taken from those who own them (`--force-conflicts`).
    pub force: bool,
}

/// Lays what a manager applies over an object, and returns the object as it is then, with its entries; `live` is null
/// where there is none. Refused where others own fields that would get another value, unless the apply is forced.
///
/// What the manager applied before and says no more goes, where nobody else owns it. A field that gets the value that it
/// has is owned by both.
pub fn apply(live: &Value, applied: &Value, ask: &Apply<'_>) -> Result<Value, Conflicts> {
    let found = apply_once(live, applied, ask);
    let (Err(conflicts), KUBECTL) = (&found, ask.writer.manager) else {
        return found;
    };
    // What a client-side apply has written, and nobody has changed since, is kubectl's own already (`lastAppliedManager`).
    let Some(allowed) = last_applied(live, ask) else {
        return found;
    };
    match conflicts.but(&allowed) {
        left if left.is_empty() => apply_once(live, applied, &Apply { force: true, ..*ask }),
        left => Err(left),
    }
}

fn apply_once(live: &Value, applied: &Value, ask: &Apply<'_>) -> Result<Value, Conflicts> {
    let Writer {
        manager,
        subresource,
        api_version,
        ..
    } = ask.writer;
    let root = ask.writer.root();
    let old = managed_part(live, subresource);
    let wanted = managed_part(applied, subresource);
    let mut managers = Managers::of(live);
    if managers.0.is_empty() && !live.is_null() {
        // Of an object that nobody is known to manage all is owned by this name (`skipNonAppliedManager`).
        let first = Writer {
            manager: "before-first-apply",
            ..ask.writer
        };
        let all = compare(&Value::Object(Map::new()), &old, root).written();
        own(&mut managers, stripped(&all), &first);
    }
    let is_mine = |entry: &Entry| entry.is(manager, Operation::Apply, api_version, subresource);
    let mine = managers.0.iter().position(is_mine);
    let last = mine.map(|at| managers.0.remove(at));
    let said = fields(&wanted, root);

    let merged = merge(&old, &wanted, root);
    let others = managers.0.iter().map(|entry| &entry.fields);
    let owned = others.fold(said.clone(), |all, fields| all.union(fields));
    let new = match &last {
        Some(last) if !last.fields.is_empty() => without_nulls(prune(&merged, &last.fields, &owned, root)),
        _ => merged,
    };

    let found = compare(&old, &new, root);
    let taken = found.written();
    let mut conflicts = Conflicts::default();
    for entry in &managers.0 {
        conflicts.note(entry, entry.fields.intersection(&taken));
    }
    if !ask.force && !conflicts.is_empty() {
        return Err(conflicts);
    }
    managers.take(&taken.union(&found.removed));
    let own = stripped(&said);
    if !own.is_empty() {
        // Where nothing changes, the time stays (`managedFieldsUpdater`); one that is new here has none then.
        let time = match last {
            Some(last) if old == new => last.time,
            _ if old == new => String::new(),
            _ => ask.writer.now.to_owned(),
        };
        managers.0.push(Entry {
            manager: manager.to_owned(),
            operation: Operation::Apply,
            api_version: api_version.to_owned(),
            subresource: subresource.to_owned(),
            time,
            fields: own,
        });
    }
    Ok(put_back(live, new, &managers))
}

/// Takes away what a manager applied before, except what is owned now (`Updater.prune`).
fn prune(merged: &Value, last: &Set, owned: &Set, root: Place) -> Value {
    let named = |set: &Set| set.with_named(root);
    let all = named(&fields(merged, root));
    let last = named(last);
    let pruned = remove(merged, &last, root);
    let kept = named(&fields(&pruned, root)).union(&named(owned));
    let pruned = remove(merged, &all.difference(&kept), root);
    // Only what this manager has owned goes: what lies within, and is somebody else's or nobody's, stays.
    let gone = all.difference(&named(&fields(&pruned, root))).intersection(&last);
    remove(merged, &gone, root)
}

/// Returns the whole object: what is managed as it is now, and its status as it was.
fn put_back(live: &Value, new: Value, managers: &Managers) -> Value {
    let mut whole = without_nulls(new);
    if let (Value::Object(whole), Some(status)) = (&mut whole, live.get("status")) {
        whole.insert("status".to_owned(), status.clone());
    }
    managers.write(&mut whole);
    whole
}

/// Returns the fields that the last client-side apply said and that still have its values.
fn last_applied(live: &Value, ask: &Apply<'_>) -> Option<Set> {
    let text = live.get("metadata")?.get("annotations")?.get(LAST_APPLIED)?.as_str()?;
    let applied: Value = serde_json::from_str(text).ok()?;
    if applied["apiVersion"] != ask.writer.api_version {
        return None;
    }
    let root = ask.writer.root();
    let found = compare(&applied, live, root);
    let changed = found.written().union(&found.removed);
    Some(fields(&applied, root).difference(&changed))
}

/// Says whether an object to be applied brings entries of its own, which the server refuses.
pub fn brings_managers(applied: &Value) -> bool {
    written(applied).is_some_and(|entries| !entries.is_null())
}
