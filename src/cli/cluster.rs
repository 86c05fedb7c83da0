//! `pglab cluster`

use super::error::{Exit, Failure};
use super::place::{Place, diaries};
use super::{restore, settings, terminal};
use crate::api::{Kind, Quantity};
use crate::kubectl::node_status;
use crate::sim::{ClusterSpec, Input, clock};
use crate::workspace::{Created, Folder, Pace, Plan};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use unicode_width::UnicodeWidthStr;

#[derive(Subcommand)]
pub(super) enum Cluster {
    /// Make a cluster in a folder
    Create(Create),
    /// Tell how the cluster is: its time, its nodes, what it holds
    Status,
    /// Take the cluster away; other files of the folder stay
    Delete,
    /// List how long things take, with where each figure comes from
    Settings {
        /// Change a line while the cluster runs
        #[arg(long, value_name = "NAME=VALUE", value_parser = settings::read)]
        set: Vec<(String, i64)>,
    },
    /// Play the journal again from the beginning, and see whether the same world comes out
    Verify,
    /// Make a cluster again from the journal that is kept outside its folder; without --from, list the journals
    Restore {
        /// The folder
        dir: Option<PathBuf>,
        /// The journal, as the list names it
        #[arg(long, value_name = "ID", requires = "dir")]
        from: Option<String>,
    },
}

#[derive(Args)]
pub(super) struct Create {
    /// The folder [default: the current one]
    dir: Option<PathBuf>,
    /// The zones, parted by commas
    #[arg(long, value_name = "ZONES", value_delimiter = ',', default_value = "zone-a,zone-b,zone-c", value_parser = zone)]
    zones: Vec<String>,
    /// How many nodes stand in each zone
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=5000))]
    nodes_per_zone: u16,
    /// The cpus of a node
    #[arg(long, value_name = "CPU", default_value = "4", value_parser = amount)]
    cpu: Quantity,
    /// The memory of a node
    #[arg(long, value_name = "MEMORY", default_value = "16Gi", value_parser = amount)]
    memory: Quantity,
    /// How many pods a node takes
    #[arg(long, value_name = "N", default_value_t = 110, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    pods: i64,
    /// How many volumes can be attached to a node
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(i64).range(0..=1000))]
    attachable_volumes: i64,
    /// The seed: another one gives other names and other places
    #[arg(long, default_value_t = 1, value_parser = super::run::read_seed)]
    seed: u64,
    /// How time goes between commands: wall, 10x (any number), or paused
    #[arg(long, value_name = "PACE", default_value = "wall")]
    pace: Pace,
    /// Change a line of `pglab cluster settings`, such as volume-attach=200ms
    #[arg(long, value_name = "NAME=VALUE", value_parser = settings::read, num_args = 1..)]
    set: Vec<(String, i64)>,
    /// Leave out the default StorageClass gp3
    #[arg(long)]
    no_storage_class: bool,
}

fn zone(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ok = !text.is_empty() && text.len() <= 40 && text.chars().all(fits);
    let ends = !text.starts_with('-') && !text.ends_with('-');
    if ok && ends {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no name of a zone: write it as in zone-a"))
    }
}

fn amount(text: &str) -> Result<Quantity, String> {
    let amount: Quantity = text
        .parse()
        .map_err(|_| format!("`{text}` is no quantity: write 4, 500m or 16Gi"))?;
    if amount > Quantity::default() {
        Ok(amount)
    } else {
        Err(format!("`{text}` is too little"))
    }
}

impl Cluster {
    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        match self {
            Self::Create(create) => create.run(place),
            Self::Status => status(place),
            Self::Delete => {
                let folder = place.folder()?;
                let dir = folder.dir().display().to_string();
                folder.delete(place.clock())?;
                terminal::print(&place.say(
                    format!("cluster in {dir} deleted\n"),
                    format!("{dir}의 클러스터 삭제됨\n"),
                ))
            }
            Self::Settings { set } => show_settings(place, set),
            Self::Verify => verify(place),
            Self::Restore { dir, from } => restore::restore(place, dir, from),
        }
    }
}

impl Create {
    fn run(self, place: &Place) -> Result<Exit, Failure> {
        let dir = self
            .dir
            .or_else(|| place.named().map(Path::to_owned))
            .unwrap_or_else(|| PathBuf::from("."));
        let spec = ClusterSpec {
            zones: self.zones,
            nodes_per_zone: usize::from(self.nodes_per_zone),
            cpu: self.cpu,
            memory: self.memory,
            pods: self.pods,
            attachable_volumes: self.attachable_volumes,
        };
        let names: std::collections::BTreeSet<String> = spec.nodes().map(|(name, _)| name).collect();
        if names.len() != spec.zones.len() * spec.nodes_per_zone {
            return Err(Failure::wrong(
                "two zones would have nodes of the same name",
                "a zone's nodes bear what stands after its last hyphen: let that differ",
            ));
        }
        let plan = Plan {
            spec,
            seed: self.seed,
            settings: self.set.into_iter().collect(),
            pace: self.pace,
            storage_class: !self.no_storage_class,
        };
        let Created { folder, nodes } = Folder::create(&dir, diaries(), &plan, place.clock())?;
        let into = if dir == Path::new(".") {
            String::new()
        } else {
            format!("cd {} && ", dir.display())
        };
        let (dir, zones) = (folder.dir().display(), plan.spec.zones.len());
        terminal::print(&place.say(
            format!(
                "cluster created in {dir}: {} in {}\ntry: {into}pglab kubectl get nodes\n",
                counted(nodes.len(), "node"),
                counted(zones, "zone"),
            ),
            format!(
                "{dir}에 클러스터 생성: 가용 영역 {zones}개, 노드 {}개\n해 보기: {into}pglab kubectl get nodes\n",
                nodes.len()
            ),
        ))
    }
}

pub(super) fn counted(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}

fn status(place: &Place) -> Result<Exit, Failure> {
    let session = place.open("pglab cluster status")?;
    let (state, world) = (session.state(), session.world());
    let store = world.store();
    let lived = clock(world.now() - world.began());
    let nodes: Vec<String> = store
        .objects(&Kind::Node, "")
        .filter_map(|node| match node {
            crate::api::Object::Node(node) => Some(format!("{} {}", node.metadata.name, node_status(node))),
            _ => None,
        })
        .collect();
    let count = |kind: &Kind| store.objects(kind, "").count();
    let (pods, claims, volumes) = (
        count(&Kind::Pod),
        count(&Kind::PersistentVolumeClaim),
        count(&Kind::PersistentVolume),
    );
    let mut rows = vec![
        (
            place.say("folder", "폴더"),
            session.folder().dir().display().to_string(),
        ),
        (
            place.say("time", "시간"),
            place.say(
                format!("{lived} since it began ({})", world.now()),
                format!("시작한 지 {lived} ({})", world.now()),
            ),
        ),
        (place.say("pace", "빠르기"), pace_words(place, state.pace)),
        (place.say("namespace", "네임스페이스"), state.namespace.clone()),
        (place.say("seed", "시드"), state.seed.to_string()),
        (place.say("nodes", "노드"), nodes.join(", ")),
        (
            place.say("objects", "오브젝트"),
            place.say(
                format!(
                    "{}, {}, {}",
                    counted(pods, "pod"),
                    counted(claims, "claim"),
                    counted(volumes, "volume")
                ),
                format!("Pod {pods}개, 클레임 {claims}개, 볼륨 {volumes}개"),
            ),
        ),
    ];
    let rules: Vec<&str> = world.runtime.images.iter().map(|(pattern, _)| pattern).collect();
    if !rules.is_empty() {
        let rules = rules.join(", ");
        let words = place.say(format!("rules for {rules}"), format!("정해 둔 것: {rules}"));
        rows.push((place.say("images", "이미지"), words));
    }
    session.close()?;
    let wide = rows.iter().map(|(name, _)| name.width()).max().unwrap_or_default() + 1;
    let text: String = rows
        .iter()
        .map(|(name, value)| format!("{name}:{}  {value}\n", " ".repeat(wide - name.width() - 1)))
        .collect();
    terminal::print(&text)
}

/// Says how time goes.
fn pace_words(place: &Place, pace: Pace) -> String {
    match pace {
        Pace::Paused => place.say(
            "paused: it moves by `pglab time advance` and by commands that wait",
            "paused: `pglab time advance`와 기다리는 명령으로만 흐름",
        ),
        Pace::Wall(1) => place.say(
            "wall: it follows the wall clock, until ten minutes after the last command",
            "wall: 실제 시계를 따라 흐름, 마지막 명령 뒤 10분까지",
        ),
        Pace::Wall(n) => place.say(
            format!("{n}x: {n} times as fast as the wall clock, until ten minutes after the last command"),
            format!("{n}x: 실제 시계보다 {n}배 빠르게 흐름, 마지막 명령 뒤 10분까지"),
        ),
    }
}

fn show_settings(place: &Place, set: Vec<(String, i64)>) -> Result<Exit, Failure> {
    let words: Vec<String> = set
        .iter()
        .map(|(name, value)| format!(" --set {name}={value}"))
        .collect();
    // Without a cluster the table still tells what there is.
    let folder = place.folder();
    if set.is_empty() && folder.is_err() && place.named().is_none() {
        return terminal::print(&settings::table(&crate::cloud::Settings::default()));
    }
    let mut session = place.open(&format!("pglab cluster settings{}", words.concat()))?;
    for (name, value) in set {
        session.take(Input::Setting(name, value));
    }
    let table = settings::table(&session.world().settings);
    session.close()?;
    terminal::print(&table)
}

fn verify(place: &Place) -> Result<Exit, Failure> {
    let mut session = place.open("pglab cluster verify")?;
    let playing = place.working("playing the journal again", "저널을 다시 실행하는 중");
    let verified = session.verify()?;
    drop(playing);
    session.close()?;
    let many = verified.entries;
    let entries = counted(many, "entry").replace("entrys", "entries");
    match verified.differs {
        None => terminal::print(&place.say(
            format!(
                "{entries} of the journal played again: the same world, byte for byte\nsha256 {}\n",
                verified.digest
            ),
            format!(
                "저널 항목 {many}개를 다시 실행함: 바이트 하나까지 같은 세계\nsha256 {}\n",
                verified.digest
            ),
        )),
        Some(number) => {
            terminal::print(&place.say(
                format!("{entries} of the journal played again: from entry {number} on the world is another\n"),
                format!("저널 항목 {many}개를 다시 실행함: {number}번 항목부터 세계가 다름\n"),
            ))?;
            Ok(Exit::Failed)
        }
    }
}
