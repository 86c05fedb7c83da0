//! The folder: where it is, how it is made, and what belongs to it.

use super::diary::Diary;
use super::journal::{self, Entry};
use super::lock::Lock;
use super::state::{Pace, State};
use super::trouble::Trouble;
use super::vault::{Landing, Vault};
use super::wall::Wall;
use super::{Session, export};
use crate::api::{Key, Kind, Object, Time};
use crate::cloud::Settings;
use crate::sim::{ClusterSpec, Input, RULES_VERSION, World};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The database of a folder.
pub const DATABASE: &str = "pglab.db";
/// The lock of a folder.
const LOCK: &str = ".pglab.lock";
/// Where the volumes stand for curious eyes.
const VOLUMES: &str = "volumes";

/// How long a new cluster runs by itself, so that its nodes are ready, in milliseconds.
const WARM_UP_MS: i64 = 60_000;

/// A folder that holds a cluster.
#[derive(Clone, Debug)]
pub struct Folder {
    dir: PathBuf,
    diary: Option<PathBuf>,
}

/// What a new cluster is to be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its shape.
    pub spec: ClusterSpec,
    /// Its seed.
    pub seed: u64,
    /// The lines of the table of latencies that differ.
    pub settings: BTreeMap<String, i64>,
    /// How its time goes.
    pub pace: Pace,
    /// Whether it has a default StorageClass, as managed clusters have.
    pub storage_class: bool,
}

/// A cluster that was made.
#[derive(Debug)]
pub struct Created {
    /// Its folder.
    pub folder: Folder,
    /// Its nodes.
    pub nodes: Vec<String>,
}

impl Folder {
    /// Finds the folder of the cluster for somebody who stands in `dir`: this one, or the nearest above it. `diaries` is
    /// where journals are kept outside of folders.
    pub fn find(dir: &Path, diaries: Option<PathBuf>) -> Result<Self, Trouble> {
        let found = dir.ancestors().find(|above| above.join(DATABASE).is_file());
        found
            .map(|dir| Self {
                dir: dir.to_owned(),
                diary: diaries,
            })
            .ok_or_else(|| {
                Trouble::new(
                    format!("there is no cluster in {} or above it", dir.display()),
                    "make one with `pglab cluster create`, go to its folder, or name it: `pglab --cluster DIR …`",
                )
            })
    }

    /// Returns the folder at exactly `dir`.
    pub fn at(dir: &Path, diaries: Option<PathBuf>) -> Result<Self, Trouble> {
        if dir.join(DATABASE).is_file() {
            return Ok(Self {
                dir: dir.to_owned(),
                diary: diaries,
            });
        }
        Err(Trouble::new(
            format!("there is no cluster in {}", dir.display()),
            "make one with `pglab cluster create DIR`",
        ))
    }

    /// Makes a cluster in `dir`, which is made if it is missing. A folder that has one is refused.
    pub fn create(dir: &Path, diaries: Option<PathBuf>, plan: &Plan, wall: &dyn Wall) -> Result<Created, Trouble> {
        std::fs::create_dir_all(dir).map_err(|error| Trouble::file("make", dir, &error))?;
        let folder = Self {
            dir: dir.to_owned(),
            diary: diaries,
        };
        let _lock = Lock::take(&folder.dir.join(LOCK), "pglab cluster create", wall)?;
        if folder.database().exists() {
            return Err(Trouble::new(
                format!("there is a cluster in {} already", dir.display()),
                "use it, or take another folder; `pglab cluster delete` takes it away",
            ));
        }
        let (entry, world, state) = begin(plan, wall.now_ms(), dir);
        let mut saved = world.clone();
        let past = saved.forget();
        let bytes = saved.to_bytes();
        let entry = Entry {
            digest: journal::digest(&bytes),
            ..entry
        };
        // Under another name first: a folder has a whole cluster, or none.
        let draft = folder.dir.join(".pglab.db.new");
        for leftover in [draft.clone(), folder.dir.join(".pglab.db.new-journal")] {
            if leftover.exists() {
                std::fs::remove_file(&leftover).map_err(|error| Trouble::file("remove", &leftover, &error))?;
            }
        }
        let landing = Landing {
            state: &state,
            entry: &entry,
            world: &bytes,
            past: &past,
        };
        drop(Vault::create(&draft, &landing)?);
        std::fs::rename(&draft, folder.database())
            .map_err(|error| Trouble::file("write", &folder.database(), &error))?;
        if let Ok(handle) = std::fs::File::open(&folder.dir) {
            // Not every file system can flush a folder; the cluster is in any case whole or absent.
            let _: std::io::Result<()> = handle.sync_all();
        }
        folder.diary_of(&state.id).catch_up(&state, &[entry]);
        let nodes = world
            .store()
            .objects(&Kind::Node, "")
            .map(|node| node.meta().name.to_string())
            .collect();
        Ok(Created { folder, nodes })
    }

    /// Takes the cluster away: its database and its exports. Other files stay, and so does the journal that is kept
    /// elsewhere.
    pub fn delete(self, wall: &dyn Wall) -> Result<(), Trouble> {
        let lock = Lock::take(&self.dir.join(LOCK), "pglab cluster delete", wall)?;
        let mut files = vec![self.database(), self.dir.join("pglab.db-journal")];
        files.extend(export::files(&self.volumes()));
        for file in files.iter().filter(|file| file.exists()) {
            std::fs::remove_file(file).map_err(|error| Trouble::file("remove", file, &error))?;
        }
        // Only when nobody has put anything else there.
        let _: std::io::Result<()> = std::fs::remove_dir(self.volumes());
        drop(lock);
        let _: std::io::Result<()> = std::fs::remove_file(self.dir.join(LOCK));
        Ok(())
    }

    /// Makes a cluster again in `dir` from a journal that was kept elsewhere.
    pub fn restore(
        dir: &Path,
        diaries: Option<PathBuf>,
        state: &State,
        entries: Vec<Entry>,
        wall: &dyn Wall,
    ) -> Result<Created, Trouble> {
        std::fs::create_dir_all(dir).map_err(|error| Trouble::file("make", dir, &error))?;
        let folder = Self {
            dir: dir.to_owned(),
            diary: diaries,
        };
        let _lock = Lock::take(&folder.dir.join(LOCK), "pglab cluster restore", wall)?;
        if folder.database().exists() {
            let aside = folder.dir.join("pglab.db.damaged");
            std::fs::rename(folder.database(), &aside).map_err(|error| Trouble::file("put aside", &aside, &error))?;
        }
        let draft = folder.dir.join(".pglab.db.new");
        let _: std::io::Result<()> = std::fs::remove_file(&draft);
        let world = super::travel::rebuild(&draft, state, entries)?;
        std::fs::rename(&draft, folder.database())
            .map_err(|error| Trouble::file("write", &folder.database(), &error))?;
        folder.diary_of(&state.id).move_in();
        let nodes = world
            .store()
            .objects(&Kind::Node, "")
            .map(|node| node.meta().name.to_string())
            .collect();
        Ok(Created { folder, nodes })
    }

    /// Opens the folder for a command, in its name, and brings its world to the present.
    pub fn open<'a>(&self, words: &str, wall: &'a dyn Wall) -> Result<Session<'a>, Trouble> {
        Session::open(self.clone(), words, wall)
    }

    /// Returns where the folder is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn database(&self) -> PathBuf {
        self.dir.join(DATABASE)
    }

    pub(super) fn lock(&self, words: &str, wall: &dyn Wall) -> Result<Lock, Trouble> {
        Lock::take(&self.dir.join(LOCK), words, wall)
    }

    pub(super) fn volumes(&self) -> PathBuf {
        self.dir.join(VOLUMES)
    }

    pub(super) fn diary_of(&self, id: &str) -> Diary {
        Diary::of(self.diary.as_deref(), id, &self.dir)
    }
}

/// Makes the first world of a cluster with its entry, whose hash is still missing, and its state.
fn begin(plan: &Plan, wall_ms: i64, dir: &Path) -> (Entry, World, State) {
    let mut state = State {
        id: String::new(),
        rules: RULES_VERSION,
        seed: plan.seed,
        spec: plan.spec.clone(),
        settings: plan.settings.clone(),
        pace: plan.pace,
        namespace: "default".to_owned(),
        wall_ms,
        at: Time::EPOCH,
    };
    let mut inputs = Vec::new();
    if plan.storage_class {
        inputs.push(Input::Create(default_class()));
    }
    inputs.push(Input::Pass(Time::EPOCH + WARM_UP_MS));
    let mut world = first_world(&state);
    for input in &inputs {
        world.take(input);
    }
    state.at = world.now();
    let identity = format!("{}|{wall_ms}|{}|{}", dir.display(), std::process::id(), plan.seed);
    state.id = Sha256::digest(identity.as_bytes())[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let entry = Entry {
        number: 0,
        parent: 0,
        command: 0,
        wall_ms,
        at: world.now(),
        words: "pglab cluster create".to_owned(),
        inputs,
        digest: String::new(),
    };
    (entry, world, state)
}

/// Returns the world in which a cluster begins, before its first input.
pub(super) fn first_world(state: &State) -> World {
    let mut settings = Settings::default();
    for (name, value) in &state.settings {
        settings.set(name, *value);
    }
    state.spec.world(state.seed, settings)
}

/// The StorageClass that claims get which name none: EBS, bound when a pod needs it, as the EBS CSI driver's add-on
/// makes it on managed clusters.
pub fn default_class() -> Object {
    let tree = serde_json::json!({
        "metadata": {"name": "gp3", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"type": "gp3"},
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": true,
    });
    let class = Object::from_value(&Kind::StorageClass, tree).expect("our own class is a StorageClass");
    debug_assert_eq!(class.key(), Key::cluster(Kind::StorageClass, "gp3"));
    class
}
