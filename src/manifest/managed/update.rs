//! What every write but an apply does to the entries: the writer owns what it has written, and nobody else does any more.

use super::compare::compare;
use super::managers::{Entry, Managers, Operation, stripped};
use super::set::Set;
use super::topology::Place;
use super::{managed_part, written};
use serde_json::{Map, Value, json};

/// Who writes, and when.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    /// `kubectl-edit`.
    pub manager: &'a str,
    /// `status`, `scale`, or "" for the object itself.
    pub subresource: &'a str,
    /// The kind's `apps/v1`.
    pub api_version: &'a str,
    /// `Deployment`.
    pub kind: &'a str,
    /// The instant, as RFC 3339.
    pub now: &'a str,
}

impl Writer<'_> {
    /// Returns the place of the objects that are written.
    pub(super) fn root(&self) -> Place {
        Place::root(self.api_version, self.kind)
    }
}

/// Returns the entries of an object once it is written as `new`; `old` is null where it is created.
///
/// Both are objects as the server holds them, defaults filled in.
pub fn update(old: &Value, new: &Value, writer: &Writer<'_>) -> Managers {
    let mut managers = known(old, new, writer.subresource);
    let before = managed_part(old, writer.subresource);
    let after = managed_part(new, writer.subresource);
    let root = if differ_in_marks_only(&before, &after) {
        Place::marks()
    } else {
        writer.root()
    };
    let found = compare(&before, &after, root);
    let fields = found.written();
    managers.take(&fields.union(&found.removed));
    own(&mut managers, stripped(&fields), writer);
    managers
}

/// Says whether two objects have all in common but their labels and annotations, as most changes by hand leave them.
fn differ_in_marks_only(one: &Value, other: &Value) -> bool {
    let (Value::Object(one), Value::Object(other)) = (one, other) else {
        return false;
    };
    let same = |one: &Map<String, Value>, other: &Map<String, Value>, but: &[&str]| {
        let counts = |field: &&String| !but.contains(&field.as_str());
        let fields = one.keys().chain(other.keys()).filter(counts);
        fields.into_iter().all(|field| one.get(field) == other.get(field))
    };
    let metadata = (one.get("metadata"), other.get("metadata"));
    let (Some(Value::Object(mine)), Some(Value::Object(theirs))) = metadata else {
        return false;
    };
    same(one, other, &["metadata"]) && same(mine, theirs, &["labels", "annotations"])
}

/// Gives fields to the entry of a writer that updates.
pub(super) fn own(managers: &mut Managers, fields: Set, writer: &Writer<'_>) {
    if fields.is_empty() {
        return;
    }
    let is_mine = |entry: &&mut Entry| {
        let Writer {
            manager,
            subresource,
            api_version,
            ..
        } = *writer;
        entry.is(manager, Operation::Update, api_version, subresource)
    };
    // What is written through `scale` has no time (apimachinery, scalehandler.go, `ToParent`).
    let time = if writer.subresource == "scale" { "" } else { writer.now };
    match managers.0.iter_mut().find(is_mine) {
        Some(entry) => {
            entry.fields = entry.fields.union(&fields);
            if !time.is_empty() {
                entry.time = time.to_owned();
            }
        }
        None => managers.0.push(Entry {
            manager: writer.manager.to_owned(),
            operation: Operation::Update,
            api_version: writer.api_version.to_owned(),
            subresource: writer.subresource.to_owned(),
            time: time.to_owned(),
            fields,
        }),
    }
}

/// Returns the entries that a write begins with: those that it brings, or those that there are (`decodeLiveOrNew`).
fn known(old: &Value, new: &Value, subresource: &str) -> Managers {
    let brought = written(new).filter(|_| subresource.is_empty());
    match brought {
        // The documented way to forget all managers.
        Some(entries) if *entries == json!([{}]) => Managers::default(),
        Some(entries) => match Managers::read(entries) {
            Ok(managers) if !managers.0.is_empty() => managers,
            _ => Managers::of(old),
        },
        None => Managers::of(old),
    }
}
