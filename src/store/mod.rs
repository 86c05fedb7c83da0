//! The API server and etcd in one: a log of revisions.
//! A watch is a cursor in it; a stale cache is a cursor that lags.
//! Knows nothing of time, chance or who is asking: whoever writes brings a [`Hand`].

mod admission;
mod delete;
mod evict;
mod image;
mod log;
mod refusal;
mod status;
mod write;

pub use admission::{Admission, fill_in, refill};
pub use delete::{DeleteOptions, Propagation};
pub use image::revisions;
pub use log::Revision;
pub use refusal::{Refusal, resource_name};

use crate::api::{Key, Kind, Object, Pod, Resource, Time, Uid};
use image::Image;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many objects of one kind there may be, events apart. etcd refuses writes when its file has grown to
/// `--quota-backend-bytes`, 2 GiB by default; what stands here is about what pods take then, and what a person's machine
/// can still carry. Left out: the alarm NOSPACE, under which all writes are refused until somebody disarms it.
pub const ROOM: usize = 50_000;

/// The objects of one kind: by namespace, then by name.
type Shelf = BTreeMap<Arc<str>, BTreeMap<Arc<str>, Object>>;

/// The hand that writes: what the store cannot know by itself.
pub struct Hand<'a> {
    /// The instant of the write.
    pub now: Time,
    /// The step that writes, to which every change can be traced.
    pub step: u32,
    /// Draws a number: uids, name suffixes and addresses are made of it.
    pub draw: &'a mut dyn FnMut() -> u64,
}

/// The objects of the cluster, and how they came to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(into = "Image", try_from = "Image")]
pub struct Store {
    /// How many revisions were forgotten: the log begins after this one.
    base: u64,
    log: Vec<Revision>,
    shelves: BTreeMap<Kind, Shelf>,
    owned: BTreeMap<Uid, BTreeSet<Key>>,
    /// What admission fills in.
    pub admission: Admission,
}

impl Store {
    /// Returns the number of the newest revision; 0 before the first write.
    pub fn head(&self) -> u64 {
        self.base + self.log.len() as u64
    }

    /// Returns the revisions after `cursor`, oldest first, up to and including `until`; those that were forgotten are
    /// left out.
    pub fn between(&self, cursor: u64, until: u64) -> &[Revision] {
        let place = |number: u64| (number.saturating_sub(self.base) as usize).min(self.log.len());
        self.log.get(place(cursor)..place(until)).unwrap_or_default()
    }

    /// Returns how many revisions were forgotten: the first that [`Store::between`] can give has the next number.
    pub fn forgotten(&self) -> u64 {
        self.base
    }

    /// Forgets the revisions up to and including `until`, as etcd's compaction does, and returns them.
    pub fn forget(&mut self, until: u64) -> Vec<Revision> {
        let many = (until.saturating_sub(self.base) as usize).min(self.log.len());
        self.base += many as u64;
        self.log.drain(..many).collect()
    }

    /// Remembers what was forgotten last: `older` are the revisions just before the first that is still known.
    pub fn recall(&mut self, older: Vec<Revision>) {
        self.base = self.base.saturating_sub(older.len() as u64);
        self.log.splice(..0, older);
    }

    /// Returns one revision by its number, which counts from 1.
    pub fn revision(&self, number: u64) -> Option<&Revision> {
        self.log.get(number.checked_sub(self.base + 1)? as usize)
    }

    /// Returns the number of the newest revision that is not younger than an instant.
    pub fn newest_until(&self, instant: Time) -> u64 {
        self.base + self.log.partition_point(|revision| revision.at <= instant) as u64
    }

    /// Returns the object at `key`, whatever its kind.
    pub fn find(&self, key: &Key) -> Option<&Object> {
        self.shelves.get(&key.kind)?.get(&*key.namespace)?.get(&*key.name)
    }

    /// Returns the object of a simulated kind.
    pub fn get<T: Resource>(&self, namespace: &str, name: &str) -> Option<&Arc<T>> {
        T::of(self.shelves.get(&T::KIND)?.get(namespace)?.get(name)?)
    }

    /// Returns the objects of a kind, by namespace and name; `namespace` "" means all.
    pub fn objects<'a>(&'a self, kind: &Kind, namespace: &'a str) -> impl Iterator<Item = &'a Object> + use<'a> {
        let shelf = self.shelves.get(kind);
        let one = shelf
            .filter(|_| !namespace.is_empty())
            .and_then(|shelf| shelf.get(namespace));
        let all = shelf.filter(|_| namespace.is_empty());
        one.into_iter()
            .chain(all.into_iter().flat_map(|shelf| shelf.values()))
            .flat_map(|names| names.values())
    }

    /// Returns the objects of a simulated kind, by namespace and name; `namespace` "" means all.
    pub fn list<'a, T: Resource + 'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Arc<T>> {
        self.objects(&T::KIND, namespace).filter_map(T::of)
    }

    /// Says whether there is room for one more object of a kind.
    fn has_room(&self, kind: &Kind) -> bool {
        let shelf = self.shelves.get(kind).into_iter();
        *kind == Kind::Event || shelf.flat_map(BTreeMap::values).map(BTreeMap::len).sum::<usize>() < ROOM
    }

    /// Returns the keys of the objects that have `owner` among their owners.
    pub fn owned_by(&self, owner: Uid) -> impl Iterator<Item = &Key> {
        self.owned.get(&owner).into_iter().flatten()
    }

    /// Returns the pods that an object manages, directly or through others.
    pub fn pods_of(&self, manager: Uid) -> Vec<&Arc<Pod>> {
        let mut found = Vec::new();
        let mut above = vec![manager];
        for _ in 0..4 {
            let mut next = Vec::new();
            for uid in above {
                for owned in self.owned_by(uid).filter_map(|key| self.find(key)) {
                    match owned {
                        _ if !owned.meta().is_controlled_by(uid) => (),
                        Object::Pod(pod) => found.push(pod),
                        other => next.push(other.meta().uid),
                    }
                }
            }
            above = next;
        }
        found
    }

    /// Returns the kinds of which there is an object.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.shelves
            .iter()
            .filter(|(_, shelf)| shelf.values().any(|names| !names.is_empty()))
            .map(|(kind, _)| kind)
    }

    /// Returns the object that stood at `key` when revision `at` was the newest.
    pub fn find_at(&self, key: &Key, at: u64) -> Option<&Object> {
        match self.find(key) {
            Some(object) => self.as_of(object, at),
            None => {
                // Deleted since? Then the revision that deleted it still holds it.
                let since = self.between(at, self.head()).iter().rev();
                let grave = since
                    .filter(|r| r.after.is_none())
                    .find_map(|r| r.before.as_ref().filter(|o| o.key() == *key));
                grave.and_then(|object| self.as_of(object, at))
            }
        }
    }

    /// Returns what `object` was when revision `at` was the newest: itself, one of its pasts, or nothing yet.
    pub fn as_of<'a>(&'a self, object: &'a Object, at: u64) -> Option<&'a Object> {
        let mut object = object;
        while object.meta().resource_version > at {
            let revision = self.revision(object.meta().resource_version)?;
            match &revision.before {
                Some(before) => object = before,
                // Made after a deletion of the same name: an older life may have stood here.
                None => {
                    let key = object.key();
                    let earlier = self.between(at, object.meta().resource_version - 1).iter().rev();
                    object = earlier
                        .filter(|r| r.after.is_none())
                        .find_map(|r| r.before.as_ref().filter(|o| o.key() == key))?;
                }
            }
        }
        Some(object)
    }

    /// Returns the objects that were deleted after revision `at`, newest deletion first.
    pub fn deleted_since(&self, at: u64) -> impl Iterator<Item = &Object> {
        self.between(at, self.head())
            .iter()
            .rev()
            .filter(|r| r.after.is_none())
            .filter_map(|r| r.before.as_ref())
    }

    /// Puts an object on its shelf as it stands, past admission and history: what a dump of another cluster shows.
    #[cfg(test)]
    pub(crate) fn place(&mut self, object: Object) {
        let key = object.key();
        let names = self
            .shelves
            .entry(key.kind)
            .or_default()
            .entry(key.namespace)
            .or_default();
        names.insert(key.name, object);
    }

    /// Puts a change on record and on the shelves. The only place where the state changes.
    fn commit(&mut self, hand: &Hand<'_>, before: Option<Object>, mut after: Option<Object>) -> Option<Object> {
        let number = self.head() + 1;
        if let Some(object) = &mut after {
            object.meta_mut().resource_version = number;
        }
        let key = after
            .as_ref()
            .or(before.as_ref())
            .expect("a revision changes something")
            .key();
        if let Some(before) = &before {
            for owner in &before.meta().owner_references {
                if let Some(keys) = self.owned.get_mut(&owner.uid) {
                    keys.remove(&key);
                    if keys.is_empty() {
                        self.owned.remove(&owner.uid);
                    }
                }
            }
        }
        let names = self
            .shelves
            .entry(key.kind.clone())
            .or_default()
            .entry(key.namespace.clone())
            .or_default();
        match &after {
            Some(object) => {
                for owner in &object.meta().owner_references {
                    self.owned.entry(owner.uid).or_default().insert(key.clone());
                }
                names.insert(key.name.clone(), object.clone());
            }
            None => {
                names.remove(&key.name);
            }
        }
        self.log.push(Revision {
            at: hand.now,
            step: hand.step,
            before,
            after: after.clone(),
        });
        after
    }
}

#[cfg(test)]
mod tests;
