//! What a kubelet can ask of its machine, and whom the machine wakes when something has changed.

use super::names::Names;
use crate::api::container::LifecycleHandler;
use crate::api::{Container, Key, Labels, Probe, Text, Time, Uid};
use crate::cloud::VolumeId;
use crate::programs::outcome::Env;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One act of a kubelet on its machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Deed {
    /// Pull an image; the pod is woken when it is there, or when it is clear that it will not be.
    Pull {
        /// The pod that waits for it.
        pod: Key,
        /// The image.
        image: Text,
    },
    /// Make the sandbox of a pod: its address and its volumes, nothing running yet.
    Prepare(Box<Sandbox>),
    /// Start a container in a sandbox; the pod is woken when it runs.
    Start(Box<Start>),
    /// Send a signal to a container's first process.
    Signal {
        /// The pod.
        pod: Uid,
        /// The container.
        container: Text,
        /// The signal.
        signal: Signal,
    },
    /// Run a command beside a container's own program: `postStart` and `preStop`.
    Hook {
        /// The pod.
        pod: Uid,
        /// The container.
        container: Text,
        /// What it does.
        handler: Box<LifecycleHandler>,
    },
    /// Ask a container whether it is well; the answer is found by [`super::Runtime::container`] afterwards.
    Probe {
        /// The pod.
        pod: Uid,
        /// The container.
        container: Text,
        /// Which of the three probes.
        kind: ProbeKind,
        /// The question.
        probe: Box<Probe>,
    },
    /// Take away all that is left of a pod: containers, their layers, emptyDirs.
    Remove(Uid),
}

/// What a pod has on its machine before anything runs in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sandbox {
    /// The pod's uid.
    pub uid: Uid,
    /// The pod's name.
    pub key: Key,
    /// Its address; "" for one that the machine finds.
    pub ip: Text,
    /// The name that it bears for itself.
    pub hostname: Text,
    /// Its volumes by name.
    pub volumes: BTreeMap<String, Source>,
    /// Those of its volumes that lie in the machine's memory.
    pub in_memory: BTreeSet<String>,
    /// What else its names are made of.
    pub names: Names,
}

/// Where the bytes of a volume come from, once a kubelet has found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// A directory of the pod's own, which lives as long as the pod: emptyDir, and volumes that are only carried.
    Empty,
    /// An attached volume of the cloud.
    Device(VolumeId),
    /// A directory on the machine's own disk.
    Host(String),
    /// A directory of a file server, shared by whoever mounts it.
    Share {
        /// The server's name.
        server: Arc<str>,
        /// The directory.
        path: String,
    },
    /// Files with a fixed content: of a ConfigMap or a Secret.
    Files(#[serde(with = "crate::pack::shared")] Arc<BTreeMap<String, Vec<u8>>>),
}

/// What it takes to start a container.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    /// The pod's uid.
    pub pod: Uid,
    /// The containers of the pod (or its init containers), shared with its spec.
    #[serde(with = "crate::pack::shared")]
    pub containers: Arc<Vec<Container>>,
    /// Which of them.
    pub index: usize,
    /// Its environment, with all references resolved.
    #[serde(with = "crate::pack::shared")]
    pub env: Arc<Env>,
    /// How many times it was started before.
    pub attempt: u32,
    /// Whether it is meant to end: in a Job, or an init container.
    pub ends: bool,
    /// The pod's annotations, among which `pglab.dev/…` say what an unknown image does.
    pub annotations: Labels,
}

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// The polite one: the signal that the image names for stopping, SIGTERM for most.
    Stop,
    /// SIGTERM (15).
    Term,
    /// SIGINT (2).
    Int,
    /// SIGQUIT (3).
    Quit,
    /// SIGHUP (1).
    Hup,
    /// SIGKILL (9): nobody is asked.
    Kill,
}

/// The three probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProbeKind {
    /// Has it started?
    Startup,
    /// Should it be restarted?
    Liveness,
    /// Should it get traffic?
    Readiness,
}

impl ProbeKind {
    /// Returns the probe of this kind that a container has.
    pub fn of(self, container: &Container) -> Option<&Probe> {
        match self {
            Self::Startup => container.startup_probe.as_ref(),
            Self::Liveness => container.liveness_probe.as_ref(),
            Self::Readiness => container.readiness_probe.as_ref(),
        }
    }
}

/// A call at an instant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wake {
    /// When.
    pub at: Time,
    /// Whom.
    pub whom: Whom,
}

/// Who is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Whom {
    /// The programs of a machine: call [`super::Runtime::advance`].
    Machine(Arc<str>),
    /// The kubelet, for a pod: its key goes to the kubelet actor.
    Pod(Key),
}
