//! What every object has: its name, its owner, its age and its way to go.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{Labels, Text, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
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
