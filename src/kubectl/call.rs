//! One call of kubectl on its way: the cluster, the flags, and what has been said so far.

use super::cluster::{Cluster, Files};
use super::flags::Flags;
use super::names;
use super::select::{FieldQuery, LabelQuery};
use super::tables::Look;
use super::trouble::{Trouble, Verdict};
use crate::api::{Key, Kind, Object, Time};
use crate::programs::outcome::Outcome;
use crate::store::{Refusal, Store};

/// What a verb works with.
pub struct Call<'a> {
    /// The verb, as usage messages name it (`rollout status`).
    pub verb: &'static str,
    /// The cluster.
    pub cluster: &'a mut dyn Cluster,
    /// The files that `-f` can name.
    pub files: &'a dyn Files,
    /// What was piped in.
    pub stdin: &'a str,
    /// The namespace: `-n`, or the one that is current.
    pub namespace: String,
    /// The words and flags after the verb.
    pub flags: Flags,
    /// What has been said.
    pub out: Outcome,
}

impl Call<'_> {
    /// Writes to standard output.
    pub fn say(&mut self, text: impl AsRef<str>) {
        self.out.out(text.as_ref());
    }

    /// Writes a line to standard output.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.out.out(&format!("{}\n", text.as_ref()));
    }

    /// Writes a line to standard error.
    pub fn warn(&mut self, text: impl AsRef<str>) {
        self.out.err(&format!("{}\n", text.as_ref()));
    }

    /// Returns the API server's state.
    pub fn store(&self) -> &Store {
        self.cluster.store()
    }

    /// Returns the time.
    pub fn now(&self) -> Time {
        self.cluster.now()
    }

    /// Returns what a table's row may look at.
    pub fn look(&self) -> Look<'_> {
        Look {
            store: self.cluster.store(),
            now: self.cluster.now(),
        }
    }

    /// Returns the complaint about how the verb is used.
    pub fn usage(&self, text: impl AsRef<str>) -> Trouble {
        Trouble::usage(self.verb, text)
    }

    /// Returns the kind that a word means.
    pub fn kind(&self, word: &str) -> Verdict<Kind> {
        let no_such = || Trouble::error(format!("the server doesn't have a resource type \"{word}\""));
        names::kind_of(self.store(), word).ok_or_else(no_such)
    }

    /// Returns the key of an object by its name, in the namespace of the call where its kind has namespaces.
    pub fn key(&self, kind: &Kind, name: &str) -> Key {
        if kind.is_namespaced() {
            Key::new(kind.clone(), self.namespace.as_str(), name)
        } else {
            Key::cluster(kind.clone(), name)
        }
    }

    /// Returns the object at a key.
    pub fn find(&self, key: &Key) -> Verdict<Object> {
        find(self.store(), key).ok_or_else(|| Trouble::refused(&Refusal::NotFound(key.clone())))
    }
}

/// Returns the object at a key. Endpoints are not stored: they are made of the Service of the same name.
pub fn find(store: &Store, key: &Key) -> Option<Object> {
    match store.find(key) {
        Some(object) => Some(object.clone()),
        None if is_endpoints(&key.kind) => {
            let service = store.find(&key.beside(Kind::Service, key.name.clone()))?;
            endpoints(&key.kind, service)
        }
        None => None,
    }
}

/// Returns the objects of a kind in a namespace ("" means all) that two queries select.
pub fn select(store: &Store, kind: &Kind, namespace: &str, labels: &LabelQuery, fields: &FieldQuery) -> Vec<Object> {
    let stored = store.objects(kind, namespace).cloned();
    let made = store
        .objects(&Kind::Service, namespace)
        .filter(|_| is_endpoints(kind))
        .filter_map(|service| endpoints(kind, service));
    stored
        .chain(made)
        .filter(|object| labels.matches(&object.meta().labels) && fields.matches(object))
        .collect()
}

/// Says whether the kind is the deprecated `v1` Endpoints.
pub fn is_endpoints(kind: &Kind) -> bool {
    kind.info().kind == "Endpoints" && kind.info().group.is_empty()
}

fn endpoints(kind: &Kind, service: &Object) -> Option<Object> {
    let Object::Service(spec) = service else { return None };
    if spec.spec.selector.is_empty() {
        return None;
    }
    let meta = service.meta();
    let carried = crate::api::Carried {
        metadata: crate::api::Meta {
            name: meta.name.clone(),
            namespace: meta.namespace.clone(),
            labels: meta.labels.clone(),
            creation_timestamp: meta.creation_timestamp,
            ..Default::default()
        },
        ..Default::default()
    };
    Some(Object::Carried(kind.clone(), std::sync::Arc::new(carried)))
}
