//! The answer to a why, as plain data: causes, findings, ways out.

use super::words::span;
use crate::api::{Key, Time};
use crate::sim::{Fault, Lang};
use crate::tongue::fitted;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A sentence in each language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// English.
    pub en: String,
    /// Korean.
    pub ko: String,
}

impl Said {
    /// Makes a sentence of its two forms; in the Korean one, `이(가)` and its like become what fits the word before.
    pub fn new(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            ko: fitted(&ko.into()),
        }
    }

    /// Makes a sentence that is the same in each language: what a component wrote.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            en: text.clone(),
            ko: text,
        }
    }

    /// Returns the sentence in a language.
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ko => &self.ko,
        }
    }
}

/// How an object is, all in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// There never was such an object.
    Unknown,
    /// It was there, and is gone.
    Gone,
    /// It is as it was asked to be.
    Well,
    /// It is not yet as it was asked to be, and gets there by itself.
    Moving,
    /// It stays as it is until somebody acts.
    Stuck,
}

/// What keeps an object from being as it was asked to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "the variants bear the names of what they stand for; the finding's text tells the rest"
)]
pub enum Stuck {
    // A pod that has no node.
    NoNodes,
    Cordoned,
    Tainted,
    Affinity,
    Cpu,
    Memory,
    PodCount,
    HostPort,
    OtherResource,
    VolumeZone,
    VolumeLimit,
    InUseByOnePod,
    PodAffinity,
    Spread,
    NoVolume,
    UnboundClaim,
    MissingClaim,
    ClaimGoing,
    ClaimLost,
    Gated,
    UnknownScheduler,
    NoSuchNode,
    BeingScheduled,
    // A pod that has a node and does not run there.
    NodeSilent,
    NodeRestarting,
    MultiAttach,
    Attaching,
    AttachFailed,
    MountFailed,
    MissingSecret,
    MissingConfigMap,
    BadConfig,
    Pulling,
    ImagePull,
    Starting,
    CrashLoop,
    NotReady,
    DiskFailing,
    DiskSlow,
    PodFailed,
    Evicting,
    // What is to go and does not.
    GracePeriod,
    DeadNode,
    Finalizer,
    InUse,
    BoundVolume,
    Contents,
    // Workloads.
    BrokenOrdinal,
    ForeignPod,
    BrokenRollout,
    HeldRollout,
    MissingPods,
    CannotCreate,
    Paused,
    ProgressDeadline,
    RollingOut,
    JobFailed,
    JobBackOff,
    JobRunning,
    Suspended,
    Barred,
    // Storage.
    NoClass,
    MissingClass,
    NoProvisioner,
    Provisioning,
    FirstConsumer,
    Mismatch,
    AboutToBind,
    Released,
    DeleteFailed,
    // The rest.
    NoSelection,
    NamedPort,
    RefusedPort,
    PodsNotReady,
    MachineOff,
    MachineStarting,
    MachineCut,
    NodeNotReady,
    Budget,
}

impl Stuck {
    /// Says whether what an image does can be behind it.
    pub(super) fn is_of_an_image(self) -> bool {
        matches!(
            self,
            Self::Pulling | Self::ImagePull | Self::CrashLoop | Self::NotReady | Self::PodFailed
        )
    }
}

/// Who must act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mover {
    /// A component, by its name.
    Component(Arc<str>),
    /// A person.
    Person,
    /// A machine, by its node's name.
    Machine(Arc<str>),
    /// A machine that boots, by its node's name.
    Booting(Arc<str>),
    /// The cloud, which is at work already.
    Cloud,
}

/// Something that will happen by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coming {
    /// When.
    pub at: Time,
    /// How many milliseconds from now.
    pub in_ms: i64,
    /// What, ending in `in 2m03s`.
    pub what: Said,
}

impl Coming {
    /// Makes what comes at an instant; the words are a verb's, as `is looked at again` and `다시 살펴봄`.
    pub fn new(now: Time, at: Time, en: &str, ko: &str) -> Self {
        let in_ms = (at - now).max(0);
        let what = Said::new(
            format!("{en} in {}", span(in_ms, Lang::En)),
            format!("{} 뒤 {ko}", span(in_ms, Lang::Ko)),
        );
        Self { at, in_ms, what }
    }
}

/// One act that helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// A command of kubectl, without the word `kubectl`.
    Command(Vec<String>),
    /// A misfortune that is mended.
    Fault(Fault),
    /// The rule for images of this pattern is taken away.
    ImagesAsBefore(String),
    /// A manifest for `kubectl apply -f -`.
    ApplyManifest(String),
    /// Nothing but patience, for so many milliseconds.
    JustWait(i64),
}

impl fmt::Display for Remedy {
    /// Writes the act as a person types it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(words) => {
                f.write_str("kubectl")?;
                words.iter().try_for_each(|word| write!(f, " {}", quoted(word)))
            }
            // What the program `pglab` is told; the rest of the misfortunes are no cure for anything.
            Self::Fault(Fault::StartNode(node)) => write!(f, "pglab node start {}", quoted(node)),
            Self::Fault(Fault::Heal(node)) => write!(f, "pglab node heal {}", quoted(node)),
            Self::Fault(Fault::HealDisk(disk)) => write!(f, "pglab disk heal {disk}"),
            Self::Fault(other) => write!(f, "{other}"),
            Self::ImagesAsBefore(pattern) => write!(f, "pglab image set {} default", quoted(pattern)),
            Self::ApplyManifest(text) => write!(f, "kubectl apply -f - <<'EOF'\n{}\nEOF", text.trim_end()),
            Self::JustWait(ms) => write!(f, "pglab time advance {}", span(*ms, Lang::En)),
        }
    }
}

/// Returns a word as a shell takes it whole.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A way out: acts that are taken one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// What it does, and what it costs.
    pub words: Said,
    /// The acts, in order.
    pub acts: Vec<Remedy>,
}

/// One thing that keeps an object from being as it was asked to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Of which kind it is.
    pub stuck: Stuck,
    /// The object that it is found at: the one that was asked about, or one that this one waits for.
    pub about: Key,
    /// What it is.
    pub text: Said,
    /// Who must act.
    pub mover: Mover,
    /// What will happen by itself, soonest first.
    pub coming: Vec<Coming>,
    /// The ways out, best first.
    pub ways: Vec<Way>,
    /// The last lines that the container wrote.
    pub log: Vec<String>,
}

impl Finding {
    /// Makes a finding that only a person can change.
    pub fn new(stuck: Stuck, about: Key, text: Said) -> Self {
        Self {
            stuck,
            about,
            text,
            mover: Mover::Person,
            coming: vec![],
            ways: vec![],
            log: vec![],
        }
    }

    /// Says who must act.
    pub fn by(mut self, mover: Mover) -> Self {
        self.mover = mover;
        self
    }

    /// Says that a component must act.
    pub fn by_component(self, name: &str) -> Self {
        self.by(Mover::Component(name.into()))
    }

    /// Adds what comes by itself.
    pub fn coming(mut self, coming: impl IntoIterator<Item = Coming>) -> Self {
        self.coming.extend(coming);
        self.coming.sort_by_key(|coming| coming.at);
        self
    }

    /// Adds ways out.
    pub fn ways(mut self, ways: impl IntoIterator<Item = Way>) -> Self {
        self.ways.extend(ways);
        self
    }
}

/// A step on the way to how things are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// When.
    pub at: Time,
    /// The same since the world began, `+00:41.000`.
    pub clock: String,
    /// The number of the step.
    pub step: u32,
    /// Who took it, as a story names them.
    pub who: String,
    /// What happened in it, a line each.
    pub lines: Vec<Said>,
}

/// What the scheduler's plugins say of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdicts {
    /// The node.
    pub node: Arc<str>,
    /// Its zone.
    pub zone: Arc<str>,
    /// Each filter, and why it turns the pod down; nothing where it takes it.
    pub plugins: Vec<(String, Vec<String>)>,
    /// The total score; None where a filter turns the pod down.
    pub score: Option<i64>,
}

/// Why an object is as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The object.
    pub object: Key,
    /// The time.
    pub now: Time,
    /// How it is, all in all.
    pub health: Health,
    /// How it is, in a few words.
    pub state: Said,
    /// What it waits for.
    pub findings: Vec<Finding>,
    /// What each plugin of the scheduler says of each node, for a pod that has none.
    pub nodes: Vec<Verdicts>,
    /// How it came to be as it is now (or how it went), from the first cause on.
    pub as_it_is: Vec<Cause>,
    /// How it came to exist, from the first cause on.
    pub exists: Vec<Cause>,
}
