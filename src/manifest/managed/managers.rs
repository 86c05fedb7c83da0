//! The entries of `metadata.managedFields`: each manager, how it writes, and what it owns.

use super::set::Set;
use super::{FIELD, written};
use serde_json::{Map, Value, json};

/// How a manager writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// It says all that it wants (server-side apply).
    Apply,
    /// It changes what it likes: create, update, patch.
    Update,
}

impl Operation {
    fn word(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// Who owns some fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `kubectl`.
    pub manager: String,
    /// How it writes.
    pub operation: Operation,
    /// `apps/v1`.
    pub api_version: String,
    /// `status`, `scale`, or "" for the object itself.
    pub subresource: String,
    /// When it wrote the last time, as RFC 3339; "" where that is not known.
    pub time: String,
    /// What it owns.
    pub fields: Set,
}

impl Entry {
    /// Says whether this is the entry that a writer goes on with (`BuildManagerIdentifier`): one that applies is the same
    /// in every version.
    pub fn is(&self, manager: &str, operation: Operation, api_version: &str, subresource: &str) -> bool {
        self.manager == manager
            && self.operation == operation
            && self.subresource == subresource
            && (operation == Operation::Apply || self.api_version == api_version)
    }

    fn read(entry: &Value) -> Result<Self, String> {
        let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        let operation = match entry["operation"].as_str() {
            Some("Apply") => Operation::Apply,
            Some("Update") => Operation::Update,
            _ => return Err("operation must be `Apply` or `Update`".to_owned()),
        };
        let api_version = text("apiVersion");
        if api_version.is_empty() {
            return Err("apiVersion must not be empty".to_owned());
        }
        if entry["fieldsType"] != "FieldsV1" {
            return Err("fieldsType must be FieldsV1".to_owned());
        }
        let fields = match &entry["fieldsV1"] {
            Value::Null => Set::default(),
            fields => Set::read(fields)?,
        };
        Ok(Self {
            manager: text("manager"),
            operation,
            api_version,
            subresource: text("subresource"),
            time: text("time"),
            fields,
        })
    }

    fn to_value(&self) -> Value {
        let mut entry = json!({
            "manager": self.manager,
            "operation": self.operation.word(),
            "apiVersion": self.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields.to_value(),
        });
        for (field, text) in [("subresource", &self.subresource), ("time", &self.time)] {
            if !text.is_empty() {
                entry[field] = text.as_str().into();
            }
        }
        entry
    }
}

/// The entries of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Managers(pub Vec<Entry>);

impl Managers {
    /// Returns the entries of an object; none where they cannot be read.
    pub fn of(object: &Value) -> Self {
        written(object)
            .and_then(|entries| Self::read(entries).ok())
            .unwrap_or_default()
    }

    /// Reads the value of `metadata.managedFields`; the error says what is wrong in it.
    pub fn read(entries: &Value) -> Result<Self, String> {
        let entries = entries.as_array().ok_or("managedFields must be a list")?;
        entries.iter().map(Entry::read).collect::<Result<_, _>>().map(Self)
    }

    /// Returns the value of `metadata.managedFields`, in the server's order (`sortEncodedManagedFields`).
    pub fn to_value(&self) -> Value {
        let mut entries: Vec<&Entry> = self.0.iter().collect();
        entries.sort_by_key(|entry| {
            let who = (&entry.manager, &entry.api_version, &entry.subresource);
            (entry.operation, &entry.time, who)
        });
        Value::Array(entries.into_iter().map(Entry::to_value).collect())
    }

    /// Writes the entries into an object; where there are none, the field goes.
    pub fn write(&self, object: &mut Value) {
        let Value::Object(map) = object else { return };
        let metadata = map.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(metadata) = metadata else { return };
        match self.0.is_empty() {
            true => metadata.remove(FIELD),
            false => metadata.insert(FIELD.to_owned(), self.to_value()),
        };
    }

    /// Takes fields from every entry; one that has nothing left goes.
    pub fn take(&mut self, fields: &Set) {
        for entry in &mut self.0 {
            entry.fields = entry.fields.difference(fields);
        }
        self.0.retain(|entry| !entry.fields.is_empty());
    }
}

/// Returns a set without what nobody owns: what names the object, and what the server writes (`stripMeta`).
pub fn stripped(fields: &Set) -> Set {
    const META: [&str; 8] = [
        "f:name",
        "f:namespace",
        "f:creationTimestamp",
        "f:selfLink",
        "f:uid",
        "f:generation",
        "f:managedFields",
        "f:resourceVersion",
    ];
    let mut never = ["f:apiVersion", "f:kind", "f:metadata"]
        .iter()
        .fold(Set::default(), |set, field| set.union(&Set::path(&[field])));
    for field in META {
        never = never.union(&Set::path(&["f:metadata", field]));
    }
    fields.difference(&never)
}
