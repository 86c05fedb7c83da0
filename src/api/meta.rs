//! What every object has: its name, its owner, its age and its way to go.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{Labels, Text, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// The identity of an object over its life; a new object of the same name has another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub u128);

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let h = format!("{:032x}", self.0);
        write!(
            f,
            "{}-{}-{}-{}-{}",
            &h[..8],
            &h[8..12],
            &h[12..16],
            &h[16..20],
            &h[20..]
        )
    }
}

impl Serialize for Uid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_u128(self.0);
        }
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Uid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return u128::deserialize(deserializer).map(Uid);
        }
        // A uid of a foreign cluster may have any form; what is not hexadecimal is left out.
        let hex: String = String::deserialize(deserializer)?
            .chars()
            .filter(char::is_ascii_hexdigit)
            .collect();
        Ok(Uid(u128::from_str_radix(&hex, 16).unwrap_or_default()))
    }
}

words! {
    /// `metadata` (apimachinery `ObjectMeta`).
    pub struct Meta {
        name: Arc<str>,
        generate_name: String,
        namespace: Arc<str>,
        uid: Uid,
        #[serde(with = "text_number")]
        resource_version: u64,
        generation: i64,
        creation_timestamp: Option<Time>,
        deletion_timestamp: Option<Time>,
        deletion_grace_period_seconds: Option<i64>,
        labels: Labels,
        annotations: Labels,
        owner_references: Vec<OwnerReference>,
        finalizers: Vec<Text>,
        managed_fields: ManagedFields,
    }

    /// An owner: when it is gone, so is what it owns.
    pub struct OwnerReference {
        api_version: Text = "".into(),
        kind: Text = "".into(),
        name: Arc<str> = "".into(),
        uid: Uid = Uid::default(),
        controller: bool,
        block_owner_deletion: bool,
    }
}

/// Who manages which field: the entries of `metadata.managedFields`. Nobody in a world reads them, so they are kept as
/// text, which is small, quick to save and cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ManagedFields(Option<Arc<str>>);

impl ManagedFields {
    /// Keeps entries; no entries are as good as none at all.
    pub fn new(entries: &Value) -> Self {
        let nothing = entries.is_null() || entries.as_array().is_some_and(Vec::is_empty);
        Self((!nothing).then(|| entries.to_string().into()))
    }

    /// Says whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the entries; null where there are none.
    pub fn entries(&self) -> Value {
        let text = self.0.as_deref().unwrap_or("null");
        serde_json::from_str(text).unwrap_or_default()
    }
}

impl Serialize for ManagedFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_str(self.0.as_deref().unwrap_or_default());
        }
        self.entries().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ManagedFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Value::deserialize(deserializer).map(|entries| Self::new(&entries));
        }
        let text = String::deserialize(deserializer)?;
        Ok(Self((!text.is_empty()).then(|| text.into())))
    }
}

impl Meta {
    /// Returns the owner that manages this object, if it has one (`metav1.GetControllerOf`).
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }

    /// Says whether the object of this uid manages this one.
    pub fn is_controlled_by(&self, uid: Uid) -> bool {
        self.controller().is_some_and(|owner| owner.uid == uid)
    }

    /// Says whether somebody has asked for the deletion of this object.
    pub fn is_terminating(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}

/// Numbers that Kubernetes writes as strings.
pub(super) mod text_number {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(n: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(n)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        Ok(String::deserialize(deserializer)?.parse().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack;
    use serde_json::json;

    #[test]
    fn managed_fields_are_json_to_people_and_text_in_a_saved_world() {
        let tree = json!({"name": "x", "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:data": {}}}]});
        let meta: Meta = serde_json::from_value(tree.clone()).expect("metadata");
        assert_eq!(
            serde_json::to_value(&meta).expect("JSON")["managedFields"],
            tree["managedFields"]
        );
        assert_eq!(meta.managed_fields.entries(), tree["managedFields"]);
        let saved = pack::to_bytes(&meta).expect("bytes");
        let text = b"[{\"fieldsV1\":{\"f:data\":{}},";
        assert!(saved.windows(text.len()).any(|bytes| bytes == text), "it is one text");
        assert_eq!(pack::from_bytes::<Meta>(&saved).expect("read back"), meta);
        let bare: Meta = serde_json::from_value(json!({"managedFields": []})).expect("metadata");
        assert!(bare.managed_fields.is_empty());
        assert_eq!(bare, Meta::default(), "no entries are none");
    }
}
