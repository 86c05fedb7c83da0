//! The layout of the picture: what stands in which box, in which order. Knows neither letters nor pixels.

use serde::{Deserialize, Serialize};

/// The whole picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Map {
    /// The time since the world began, `+05:12.000`.
    pub clock: String,
    /// The zones, by name.
    pub zones: Vec<Zone>,
    /// The pods that have no node, or one that is not there.
    pub homeless: Vec<PodRow>,
    /// The volumes that belong to no zone: shared ones, and those made by hand.
    pub elsewhere: Vec<Disk>,
    /// The claims that have no volume: name, and how they are.
    pub unbound: Vec<(String, String)>,
}

/// A zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// Its nodes, by name.
    pub nodes: Vec<NodeBox>,
    /// Its disks, by claim.
    pub disks: Vec<Disk>,
}

/// How a machine is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// It runs and is heard.
    #[default]
    Up,
    /// It has no power.
    Off,
    /// It is cut off from the network.
    Cut,
    /// It went down, and boots.
    Booting,
    /// Its kubelet does not run.
    Mute,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeBox {
    /// Its name.
    pub name: String,
    /// How its machine is.
    pub state: NodeState,
    /// Whether the API server believes that it is ready; None where it knows of no such node.
    pub ready: Option<bool>,
    /// Whether it takes no new pods.
    pub cordoned: bool,
    /// Its pods, the broken ones first.
    pub pods: Vec<PodRow>,
}

impl NodeBox {
    /// Says whether something is wrong with the node.
    pub fn is_broken(&self) -> bool {
        self.state != NodeState::Up || self.ready != Some(true)
    }
}

/// How a pod is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PodState {
    /// It does not get on by itself: a crash, an image that is not there, a failure.
    Broken,
    /// Its node is not heard: nobody knows.
    Lost,
    /// It has no node.
    Pending,
    /// It was asked to go.
    Ending,
    /// It is on its way, or runs and is not ready.
    Starting,
    /// It runs and is ready.
    #[default]
    Ready,
    /// It has ended well.
    Done,
}

/// Some pods that are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodRow {
    /// The pod's name, or the name of what manages them where there are several.
    pub name: String,
    /// How many.
    pub count: usize,
    /// How they are.
    pub state: PodState,
    /// The same in the cluster's own word: `Running`, `CrashLoopBackOff`.
    pub word: String,
    /// The claims that they use.
    pub claims: Vec<String>,
    /// The node that has the disk for which they wait.
    pub waits_for: Option<String>,
    /// What is wrong with a disk that they use: the worst of it.
    #[serde(default)]
    pub fault: Option<DiskFault>,
}

/// Where a disk is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskState {
    /// Nowhere.
    #[default]
    Free,
    /// At a node.
    Attached(String),
    /// On its way to a node.
    Attaching(String),
    /// On its way from a node.
    Detaching(String),
    /// No disk that could be attached: a shared file system, a directory.
    Shared,
}

impl DiskState {
    /// Returns the node that has it.
    pub fn node(&self) -> Option<&str> {
        match self {
            Self::Attached(node) | Self::Attaching(node) | Self::Detaching(node) => Some(node),
            Self::Free | Self::Shared => None,
        }
    }
}

/// What is wrong with the disk itself; nobody in the cluster knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskFault {
    /// Every access is an input/output error.
    Failing,
    /// It answers late.
    Slow,
}

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// The volume's name, cut short.
    pub name: String,
    /// The claim that has it, or had it.
    pub claim: Option<String>,
    /// Its size, `1Gi`.
    pub size: String,
    /// Where it is.
    pub state: DiskState,
    /// What is wrong with it, in the API's own word: `Released`, `Failed`, `Terminating`, `Lost`.
    pub trouble: Option<String>,
    /// What is wrong with the disk itself.
    #[serde(default)]
    pub fault: Option<DiskFault>,
    /// The nodes whose pods wait for it while another has it.
    pub wanted_at: Vec<String>,
}

impl Disk {
    /// Says whether somebody waits for it in vain, or nobody has it any more.
    pub fn is_stuck(&self) -> bool {
        self.trouble.is_some() || !self.wanted_at.is_empty()
    }
}

impl Map {
    /// Returns the rows of all pods.
    pub fn rows(&self) -> impl Iterator<Item = &PodRow> {
        let nodes = self.zones.iter().flat_map(|zone| &zone.nodes);
        nodes.flat_map(|node| &node.pods).chain(&self.homeless)
    }

    /// Returns how many nodes there are, and how many of them are broken.
    pub fn nodes(&self) -> (usize, usize) {
        let nodes = || self.zones.iter().flat_map(|zone| &zone.nodes);
        (nodes().count(), nodes().filter(|node| node.is_broken()).count())
    }

    /// Returns how many pods there are, and how many of them are ready or have ended well.
    pub fn pods(&self) -> (usize, usize) {
        let well = |row: &&PodRow| matches!(row.state, PodState::Ready | PodState::Done);
        let all = self.rows().map(|row| row.count).sum();
        (all, self.rows().filter(well).map(|row| row.count).sum())
    }

    /// Returns all volumes.
    pub fn disks(&self) -> impl Iterator<Item = &Disk> {
        self.zones.iter().flat_map(|zone| &zone.disks).chain(&self.elsewhere)
    }

    /// Returns how many volumes have a fault.
    pub fn faulty_disks(&self, fault: DiskFault) -> usize {
        self.disks().filter(|disk| disk.fault == Some(fault)).count()
    }

    /// Returns how many volumes are stuck.
    pub fn stuck_disks(&self) -> usize {
        self.disks().filter(|disk| disk.is_stuck()).count()
    }
}
