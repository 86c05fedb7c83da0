//! What an actor can see: its cache of the API, which lags a little, the time, and the settings.

use crate::api::{Key, Kind, Object, Resource, Time, Uid};
use crate::cloud::{Cloud, Settings};
use crate::programs::Runtime;
use crate::store::Store;
use std::sync::Arc;

/// The world as one actor sees it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The API server; read it through the view's methods, which honour the lag.
    store: &'a Store,
    /// The newest revision that the actor's watch has brought.
    at: u64,
    /// The time.
    pub now: Time,
    /// The settings of the components.
    pub settings: &'a Settings,
    /// The physical world: only drivers and kubelets look at it.
    pub cloud: &'a Cloud,
    /// What runs on the machines: only kubelets look at it.
    pub runtime: &'a Runtime,
}

impl<'a> View<'a> {
    /// Makes a view of revision `at`.
    pub fn new(
        store: &'a Store,
        at: u64,
        now: Time,
        settings: &'a Settings,
        cloud: &'a Cloud,
        runtime: &'a Runtime,
    ) -> Self {
        Self {
            store,
            at,
            now,
            settings,
            cloud,
            runtime,
        }
    }

    /// Says whether the view shows the newest state.
    fn is_fresh(&self) -> bool {
        self.at >= self.store.head()
    }

    /// Returns the newest revision that the view shows.
    pub fn revision(&self) -> u64 {
        self.at
    }

    /// Returns the object at `key`.
    pub fn find(&self, key: &Key) -> Option<&'a Object> {
        if self.is_fresh() {
            self.store.find(key)
        } else {
            self.store.find_at(key, self.at)
        }
    }

    /// Returns an object of a simulated kind; `namespace` is "" for objects of the whole cluster.
    pub fn get<T: Resource>(&self, namespace: &str, name: &str) -> Option<&'a Arc<T>> {
        if self.is_fresh() {
            return self.store.get(namespace, name);
        }
        self.find(&Key::new(T::KIND, namespace, name)).and_then(T::of)
    }

    /// Returns the objects of a kind, by namespace and name (those deleted lately come last); `namespace` "" means all.
    pub fn objects(&self, kind: Kind, namespace: &'a str) -> impl Iterator<Item = &'a Object> + use<'a> {
        let (store, at) = (self.store, self.at);
        let standing = store
            .objects(&kind, namespace)
            .filter_map(move |object| store.as_of(object, at));
        let gone = (!self.is_fresh())
            .then(|| store.deleted_since(at))
            .into_iter()
            .flatten();
        let gone = gone
            .filter(move |o| o.kind() == kind && (namespace.is_empty() || *o.meta().namespace == *namespace))
            // One that was made again since stands on the shelf already, and was found there.
            .filter(move |o| store.find(&o.key()).is_none())
            .filter_map(move |o| store.as_of(o, at));
        standing.chain(gone)
    }

    /// Returns the objects of a simulated kind, by namespace and name; `namespace` "" means all.
    pub fn list<T: Resource + 'a>(&self, namespace: &'a str) -> impl Iterator<Item = &'a Arc<T>> + use<'a, T> {
        self.objects(T::KIND, namespace).filter_map(T::of)
    }

    /// Returns the objects of a simulated kind that have `owner` among their owners.
    pub fn owned<T: Resource + 'a>(&self, owner: Uid) -> impl Iterator<Item = &'a Arc<T>> + use<'a, T> {
        self.dependents(owner, Self::is_kind::<T>).filter_map(T::of)
    }

    /// Returns the kinds of which there is an object, or was one lately.
    pub fn kinds(&self) -> impl Iterator<Item = &'a Kind> + use<'a> {
        self.store.kinds()
    }

    fn is_kind<T: Resource>(kind: &Kind) -> bool {
        *kind == T::KIND
    }

    /// Returns the objects that have `owner` among their owners, of the kinds that are wanted.
    pub fn dependents<F: Fn(&Kind) -> bool + Copy>(
        &self,
        owner: Uid,
        wanted: F,
    ) -> impl Iterator<Item = &'a Object> + use<'a, F> {
        let (store, at) = (self.store, self.at);
        let is_owned = move |object: &&'a Object| object.meta().owner_references.iter().any(|o| o.uid == owner);
        let standing = store
            .owned_by(owner)
            .filter(move |key| wanted(&key.kind))
            .filter_map(|key| store.find(key));
        let gone = (!self.is_fresh())
            .then(|| store.deleted_since(at))
            .into_iter()
            .flatten();
        let gone = gone
            .filter(move |o| wanted(&o.kind()))
            .filter(move |o| store.find(&o.key()).is_none());
        standing
            .chain(gone)
            .filter_map(move |o| store.as_of(o, at))
            .filter(is_owned)
    }
}
