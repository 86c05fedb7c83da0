//! What a kubelet remembers of one pod; all of it is lost when the kubelet restarts.

use super::backoff::BackOff;
use crate::api::{Pod, Text, Time, Uid};
use crate::programs::runtime::ProbeKind;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The memory of one pod on one node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Worker {
    /// The node.
    pub node: Arc<str>,
    /// The pod's uid: another pod of the same name has its own memory.
    pub uid: Uid,
    /// The pod as it was last seen; a kubelet that is cut off goes on with it.
    #[serde(with = "crate::pack::shared")]
    pub pod: Arc<Pod>,
    /// Whether the API server has the pod no more.
    pub gone: bool,
    /// What it takes of the node, once it was admitted.
    pub admitted: Option<Share>,
    /// The hash of the last status that was written for it.
    pub wrote: u64,
    /// The attachable volumes that it uses, by the names that a node's status lists.
    pub devices: Vec<String>,
    /// What is remembered of its containers.
    pub books: Vec<Book>,
    /// The failed pulls of its images.
    pub pulls: Vec<(Text, BackOff)>,
    /// Since when its volumes are waited for, and what was said of that.
    pub wait: Option<Box<Wait>>,
    /// How its end has come on.
    pub stop: Option<Box<Stop>>,
}

/// What a pod takes of its node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Thousandths of a cpu.
    pub cpu_milli: i64,
    /// Bytes of memory.
    pub memory: i64,
    /// One for each pod.
    pub pods: i64,
}

/// The memory of one container.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Book {
    /// Its name.
    pub name: Text,
    /// The pause after its last crash.
    pub back_off: Option<BackOff>,
    /// Which of its starts events have told of.
    pub told: Option<u32>,
    /// Since when it is held back, so that this is said once for each pause.
    pub held: Option<Time>,
    /// The last complaint about its settings, said once.
    pub complaint: String,
    /// How the pull of its image for the coming start stands.
    pub pull: PullBook,
    /// Which of its starts had its `postStart` hook run.
    pub hooked: Option<u32>,
    /// Why it is about to be killed, and since when.
    pub doomed: Option<Time>,
    /// The tallies of its probes.
    pub tallies: Vec<Tally>,
}

/// What is remembered of a pull.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullBook {
    /// When it was asked for.
    pub asked: Option<Time>,
    /// When it was seen to have failed.
    pub failed: Option<Time>,
    /// Whether it was said that there is a pause.
    pub paused: bool,
}

/// How the answers to a probe have come out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tally {
    /// Which probe.
    pub kind: ProbeKind,
    /// Which start of the container it belongs to.
    pub attempt: u32,
    /// When the last counted answer was given.
    pub seen: Option<Time>,
    /// How many in a row were like the last one.
    pub row: i64,
    /// Whether the last one was good.
    pub last_good: bool,
    /// What the thresholds make of it.
    pub result: bool,
}

/// The wait for a pod's volumes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wait {
    /// Since when.
    pub since: Time,
    /// When it will be said (again) that it takes long.
    pub complain_at: Time,
    /// The last trouble, and when it is tried again.
    pub trouble: Option<(String, Time, i64)>,
}

/// The end of a pod.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stop {
    /// When it began.
    pub began: Time,
    /// When what still runs is killed.
    pub deadline: Time,
    /// Why, when it was not deletion: the reason and message of the status.
    pub why: Option<(Text, Text)>,
    /// The containers that were asked to stop.
    pub asked: Vec<Text>,
    /// The containers whose `preStop` hook was started.
    pub hooked: Vec<Text>,
    /// The containers that were killed.
    pub killed: Vec<Text>,
}

impl Share {
    /// Returns the sum.
    pub fn plus(self, other: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli + other.cpu_milli,
            memory: self.memory + other.memory,
            pods: self.pods + other.pods,
        }
    }

    /// Returns the difference.
    pub fn less(self, other: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli - other.cpu_milli,
            memory: self.memory - other.memory,
            pods: self.pods - other.pods,
        }
    }
}

impl Worker {
    /// Makes the memory of a pod that is seen for the first time.
    pub fn new(node: Arc<str>, pod: Arc<Pod>) -> Self {
        Self {
            node,
            uid: pod.metadata.uid,
            pod,
            gone: false,
            admitted: None,
            wrote: 0,
            devices: Vec::new(),
            books: Vec::new(),
            pulls: Vec::new(),
            wait: None,
            stop: None,
        }
    }

    /// Returns the memory of a container.
    pub fn book(&mut self, name: &str) -> &mut Book {
        let at = self.books.iter().position(|book| book.name == name).unwrap_or_else(|| {
            self.books.push(Book {
                name: name.to_owned().into(),
                back_off: None,
                told: None,
                held: None,
                complaint: String::new(),
                pull: PullBook::default(),
                hooked: None,
                doomed: None,
                tallies: Vec::new(),
            });
            self.books.len() - 1
        });
        &mut self.books[at]
    }

    /// Returns the memory of a container, if there is one.
    pub fn known(&self, name: &str) -> Option<&Book> {
        self.books.iter().find(|book| book.name == name)
    }

    /// Returns what a probe's thresholds make of its answers in this start of the container.
    pub fn result(&self, name: &str, kind: ProbeKind, attempt: u32) -> Option<bool> {
        let tally = self.known(name)?.tallies.iter().find(|tally| tally.kind == kind)?;
        (tally.attempt == attempt).then_some(tally.result)
    }
}
