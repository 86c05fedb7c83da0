//! One call of kubectl on its way: the cluster, the flags, and what has been said so far.

use super::cluster::{Cluster, Files, PATIENCE_MS};
use super::flags::Flags;
use super::names;
use super::select::{FieldQuery, LabelQuery};
use super::subresource::Subresource;
use super::tables::Look;
use super::trouble::{Hint, Trouble, Verdict};
use crate::api::{Key, Kind, Object, Time};
use crate::programs::outcome::Outcome;
use crate::store::{Refusal, Store};
use serde_json::Value;

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

    /// Writes a hint of pglab's own to standard error, in the person's language.
    pub fn hint(&mut self, hint: &str) {
        let line = Hint::of(hint).line(self.cluster.lang());
        self.out.err(&line);
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
            cluster: Some(&*self.cluster),
        }
    }

    /// Returns the complaint about how the verb is used.
    pub fn usage(&self, text: impl AsRef<str>) -> Trouble {
        Trouble::usage(self.verb, text)
    }

    /// Returns the kind that a word means.
    pub fn kind(&self, word: &str) -> Verdict<Kind> {
        // A version and a group behind the word are not told.
        let bare = word.split('.').next().unwrap_or(word);
        let no_such = || Trouble::error(format!("the server doesn't have a resource type \"{bare}\""));
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

/// How far a command that looks on has come in the log of writes.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    revision: u64,
    turns: u64,
}

/// What a command that looks on finds in the log since it last looked.
#[derive(Clone, Copy, Debug)]
pub struct News {
    /// The writes after this revision …
    pub after: u64,
    /// … up to this one.
    pub until: u64,
    /// Whether the cluster went back in time: then there are no writes to tell of, and what is there is to be told anew.
    pub went_back: bool,
}

impl Call<'_> {
    /// Returns where the log of writes ends now.
    pub fn seen(&self) -> Seen {
        Seen {
            revision: self.store().head(),
            turns: self.cluster.turns_back(),
        }
    }

    /// Returns what is new, and remembers it as seen.
    pub fn news(&self, seen: &mut Seen) -> News {
        let now = self.seen();
        let before = std::mem::replace(seen, now);
        let went_back = before.turns != now.turns;
        News {
            after: if went_back { now.revision } else { before.revision },
            until: now.revision,
            went_back,
        }
    }

    /// Says whether a command that looks on is to end because nothing more is due, and tells the person why.
    pub fn ends_quietly(&mut self) -> bool {
        let quiet = self.cluster.is_quiet();
        if let Some(why) = self.cluster.why_quiet().filter(|_| quiet) {
            self.warn(why);
        }
        quiet
    }
}

/// What a wait came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waited<T> {
    /// What was waited for.
    Came(T),
    /// The time that was given is over.
    TimedOut,
    /// No time was given, and nothing came while a person would have looked on.
    GaveUp,
}

impl<T> Waited<T> {
    /// Returns what came, or kubectl's complaint that it did not; `what` names what was waited for.
    pub fn or_complain(self, what: &str) -> Verdict<T> {
        match self {
            Self::Came(value) => Ok(value),
            Self::TimedOut => Err(Trouble::error("timed out waiting for the condition")),
            Self::GaveUp => Err(gave_up(what)),
        }
    }
}

/// Returns the end of a wait that nobody bounded: as Ctrl-C ends it, with the reason.
pub fn gave_up(what: &str) -> Trouble {
    let minutes = PATIENCE_MS / 60_000;
    Trouble {
        code: 130,
        ..Trouble::verbatim("")
    }
    .hint(format!(
        "kubectl would go on waiting for {what}; here somebody pressed Ctrl-C after {minutes} minutes"
    ))
}

impl Call<'_> {
    /// Lets the next thing happen that is due by `until`; returns false when nothing is, and it is `until`. What was said so
    /// far is shown first.
    pub fn pass(&mut self, until: Time) -> bool {
        self.files.show(&mut self.out);
        self.cluster.pass(until)
    }

    /// Lets time pass until `look` finds something; `timeout_ms`: at most so long, None: as long as a person is patient.
    pub fn wait<T>(
        &mut self,
        timeout_ms: Option<i64>,
        mut look: impl FnMut(&mut Self) -> Verdict<Option<T>>,
    ) -> Verdict<Waited<T>> {
        let deadline = self.now() + timeout_ms.unwrap_or_else(|| self.cluster.patience_ms());
        loop {
            if let Some(found) = look(self)? {
                return Ok(Waited::Came(found));
            }
            if !self.pass(deadline) {
                return Ok(match (look(self)?, timeout_ms) {
                    (Some(found), _) => Waited::Came(found),
                    (None, Some(_)) => Waited::TimedOut,
                    (None, None) => Waited::GaveUp,
                });
            }
        }
    }

    /// Changes an object through its tree; returns whether that changed anything.
    ///
    /// The API server judges the whole object again, as it does after a patch.
    pub fn edit(&mut self, key: &Key, change: impl FnOnce(&mut Value) -> Verdict) -> Verdict<bool> {
        let old = self.find(key)?;
        let mut tree = old.to_value();
        change(&mut tree)?;
        self.replace(&old, tree)
    }

    /// Puts a changed tree in the place of an object; returns whether it differs.
    pub fn replace(&mut self, old: &Object, tree: Value) -> Verdict<bool> {
        Ok(self.try_replace(old, tree)?)
    }

    /// Puts a changed tree in the place of an object; the error is the API server's.
    pub fn try_replace(&mut self, old: &Object, tree: Value) -> Result<bool, Refusal> {
        self.try_replace_part(old, tree, None)
    }

    /// Puts a changed tree in the place of an object, through a subresource where one is named.
    pub fn try_replace_part(&mut self, old: &Object, tree: Value, part: Option<Subresource>) -> Result<bool, Refusal> {
        let key = old.key();
        let bad = |why: serde_json::Error| Refusal::BadRequest(why.to_string());
        let mut new = Object::from_value(&key.kind, tree).map_err(bad)?;
        // kubectl patches: it names no revision, so nobody else's write is in its way.
        new.meta_mut().resource_version = old.meta().resource_version;
        // What is written out has whole seconds, so an object that came back unchanged may differ in a fraction of one.
        if new == *old || new.to_value() == old.to_value() {
            return Ok(false);
        }
        let new = self.sign(old, new, part);
        if new == *old {
            return Ok(false);
        }
        let updated = self.cluster.update(new)?;
        Ok(updated.meta().resource_version != old.meta().resource_version)
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
