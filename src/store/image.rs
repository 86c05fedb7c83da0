//! The store as it is saved: each object once, whatever number of revisions and shelves hold it.

use super::{Admission, Revision, Store};
use crate::api::{Object, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Revisions as they are saved, each object once.
pub mod revisions {
    use super::{Image, Revision, Store};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes revisions.
    pub fn serialize<S: Serializer>(revisions: &[Revision], serializer: S) -> Result<S::Ok, S::Error> {
        let store = Store {
            log: revisions.to_vec(),
            ..Store::default()
        };
        Image::from(store).serialize(serializer)
    }

    /// Reads revisions.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Revision>, D::Error> {
        let image = Image::deserialize(deserializer)?;
        let store = Store::try_from(image).map_err(serde::de::Error::custom)?;
        Ok(store.log)
    }
}

/// A saved store. Objects are named by their resource version, which no two of them share.
#[derive(Serialize, Deserialize)]
pub(super) struct Image {
    base: u64,
    admission: Admission,
    /// All objects that stand on a shelf or in a remembered revision.
    objects: Vec<Object>,
    /// The resource versions of those that stand on a shelf.
    shelved: Vec<u64>,
    /// When, which step, and the resource versions of what stood there before and after; 0 for nothing.
    log: Vec<(Time, u32, u64, u64)>,
}

impl From<Store> for Image {
    fn from(store: Store) -> Self {
        let mut objects = BTreeMap::new();
        let mut name = |object: Option<&Object>| {
            object.map_or(0, |object| {
                let version = object.meta().resource_version;
                objects.entry(version).or_insert_with(|| object.clone());
                version
            })
        };
        let log = store
            .log
            .iter()
            .map(|r| (r.at, r.step, name(r.before.as_ref()), name(r.after.as_ref())))
            .collect();
        let shelved = store
            .shelves
            .values()
            .flat_map(|shelf| shelf.values())
            .flat_map(|names| names.values())
            .map(|object| name(Some(object)))
            .collect();
        Self {
            base: store.base,
            admission: store.admission,
            objects: objects.into_values().collect(),
            shelved,
            log,
        }
    }
}

impl TryFrom<Image> for Store {
    type Error = String;

    fn try_from(image: Image) -> Result<Self, String> {
        let objects: BTreeMap<u64, Object> = image
            .objects
            .into_iter()
            .map(|object| (object.meta().resource_version, object))
            .collect();
        let find = |version: u64| match objects.get(&version) {
            Some(object) => Ok(Some(object.clone())),
            None if version == 0 => Ok(None),
            None => Err(format!("the saved store has no object of revision {version}")),
        };
        let mut store = Store {
            base: image.base,
            admission: image.admission,
            ..Store::default()
        };
        for (at, step, before, after) in image.log {
            let (before, after) = (find(before)?, find(after)?);
            if before.is_none() && after.is_none() {
                return Err("the saved store has a revision that changes nothing".to_owned());
            }
            store.log.push(Revision {
                at,
                step,
                before,
                after,
            });
        }
        for version in image.shelved {
            let object = find(version)?.ok_or("the saved store has an empty place on a shelf")?;
            for owner in &object.meta().owner_references {
                store.owned.entry(owner.uid).or_default().insert(object.key());
            }
            let shelf = store.shelves.entry(object.kind()).or_default();
            let (namespace, name) = (Arc::clone(&object.meta().namespace), Arc::clone(&object.meta().name));
            shelf.entry(namespace).or_default().insert(name, object);
        }
        Ok(store)
    }
}
