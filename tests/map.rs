//! The cluster as a picture: whole pictures, as text and as SVG.
//!
//! The accepted pictures lie in `tests/golden/map`. When one changes for a good reason, look at it, then accept it:
//! `PGLAB_BLESS=1 cargo test --test map`.

#[path = "stuck/mod.rs"]
mod stuck;

use pglab::cloud::Settings;
use pglab::map::{self, DiskFault, DiskState, NodeState, PodState};
use pglab::sim::{ClusterSpec, Fault, Lang, World};
use std::fs;
use std::path::Path;
use stuck::{apply, claim, deployment, only_pod, stateful_set, volume};
use unicode_width::UnicodeWidthStr;

fn world() -> World {
    let mut world = ClusterSpec::default().world(1, Settings::default());
    world.settle(60_000);
    apply(
        &mut world,
        "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: disk}\nprovisioner: ebs.csi.aws.com\nvolumeBindingMode: WaitForFirstConsumer\n",
    );
    world
}

/// Three databases, a zone each, all well.
fn healthy() -> World {
    let mut world = world();
    let spread = "        ports: [{containerPort: 5432}]
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: db}}}";
    apply(&mut world, &stateful_set("db", 3, "idle:1", spread));
    apply(&mut world, &deployment("web", 2, "nginx:1", ""));
    world.settle(240_000);
    world
}

/// The node of a database is dead, and the new pod waits for the disk.
fn lost_node() -> World {
    let mut world = world();
    apply(&mut world, &claim("rows", "ReadWriteOnce"));
    apply(
        &mut world,
        &deployment("db", 1, "idle:1", &format!("    {}", volume("rows"))),
    );
    apply(&mut world, &deployment("web", 3, "nginx:1", ""));
    apply(&mut world, &deployment("sick", 1, "postgres:16", ""));
    world.settle(120_000);
    let node = only_pod(&world, "db").spec.node_name.clone();
    world.befall(&Fault::StopNode(node));
    world.run_for(7 * 60_000);
    world
}

/// Twenty pods on each of six nodes. The workers have nothing to do: a bare busybox ends at once, again and again.
fn crowded() -> World {
    let mut world = world();
    apply(&mut world, &deployment("web", 72, "nginx:1", ""));
    apply(&mut world, &deployment("worker", 30, "busybox:1", ""));
    apply(&mut world, &deployment("cache", 12, "redis:7", ""));
    apply(&mut world, &stateful_set("db", 6, "idle:1", ""));
    world.settle(600_000);
    stuck::run(&mut world, "cordon node-b2");
    world
}

/// Compares a picture with the accepted one, whole.
fn accepted(name: &str, picture: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/map")
        .join(name);
    if std::env::var_os("PGLAB_BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("the folder is made");
        fs::write(&path, picture).expect("the picture is written");
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        picture == wanted,
        "{name} is drawn otherwise than was accepted:\n{picture}"
    );
}

#[test]
fn a_healthy_cluster() {
    let world = healthy();
    accepted("healthy-80.txt", &map::text(&world, 80, Lang::En, false));
    accepted("healthy-120.txt", &map::text(&world, 120, Lang::En, false));
    accepted("healthy.svg", &map::svg(&world, Lang::En));
    let model = map::model(&world);
    assert_eq!(model.nodes(), (6, 0));
    assert_eq!(model.pods(), (5, 5));
    assert_eq!(model.stuck_disks(), 0);
    let disks = model.zones.iter().map(|zone| zone.disks.len()).collect::<Vec<_>>();
    assert_eq!(disks, [1, 1, 1], "a disk in each zone");
}

#[test]
fn a_lost_node_with_the_disk_that_somebody_waits_for() {
    let world = lost_node();
    accepted("lost-node-80.txt", &map::text(&world, 80, Lang::En, false));
    accepted("lost-node-ko.txt", &map::text(&world, 100, Lang::Ko, false));
    accepted("lost-node.svg", &map::svg(&world, Lang::Ko));
    let model = map::model(&world);
    let nodes = || model.zones.iter().flat_map(|zone| &zone.nodes);
    let dead = nodes()
        .find(|node| node.state == NodeState::Off)
        .expect("a node has no power");
    let disk = model
        .zones
        .iter()
        .flat_map(|zone| &zone.disks)
        .next()
        .expect("there is a disk");
    assert_eq!(disk.state, DiskState::Attached(dead.name.clone()));
    assert_eq!(disk.wanted_at.len(), 1);
    let waiting = model.rows().find(|row| row.waits_for.as_ref() == Some(&dead.name));
    assert_eq!(waiting.expect("a pod waits").state, PodState::Starting);
    assert!(
        model.rows().any(|row| row.state == PodState::Broken),
        "the sick one crashes"
    );
}

#[test]
fn a_crowded_cluster_is_folded_and_keeps_to_its_width() {
    let world = crowded();
    accepted("crowded-80.txt", &map::text(&world, 80, Lang::En, false));
    accepted("crowded-120.txt", &map::text(&world, 120, Lang::En, false));
    let model = map::model(&world);
    assert_eq!(model.pods(), (120, 90), "all but the workers are well");
    let most = model
        .zones
        .iter()
        .flat_map(|zone| &zone.nodes)
        .map(|node| node.pods.len())
        .max();
    assert!(most < Some(9), "{most:?} rows");
    for lang in Lang::ALL {
        for width in [40, 60, 80, 100, 120, 200] {
            let picture = map::text(&world, width, lang, false);
            let widest = picture.lines().map(UnicodeWidthStr::width).max();
            assert!(widest <= Some(width), "{widest:?} of {width} columns\n{picture}");
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let world = lost_node();
    let (bare, coloured) = (
        map::text(&world, 80, Lang::En, false),
        map::text(&world, 80, Lang::En, true),
    );
    assert!(!bare.contains('\u{1b}') && coloured.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    stripped.push_str(rest);
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&stripped), trimmed(&bare));
}

#[test]
fn an_svg_is_whole_and_told_to_those_who_cannot_see_it() {
    let picture = map::svg(&lost_node(), Lang::En);
    let (title, desc) = (picture.find("<title id="), picture.find("<desc id="));
    assert!(title.is_some() && desc > title, "title and description come first");
    assert!(picture.contains("role=\"img\" aria-labelledby=\"map-title map-desc\""));
    assert!(picture.contains("prefers-color-scheme:dark"));
    for foreign in ["<script", "href=", "url(", "<image", "@import"] {
        assert!(!picture.contains(foreign), "{foreign}");
    }
    let opened = picture.matches("<text").count() + picture.matches("<g>").count() + picture.matches("<tspan").count();
    let closed =
        picture.matches("</text>").count() + picture.matches("</g>").count() + picture.matches("</tspan>").count();
    assert_eq!(opened, closed);
    let desc = picture
        .split("<desc id=\"map-desc\">")
        .nth(1)
        .and_then(|rest| rest.split("</desc>").next());
    assert!(desc.expect("there is one").contains("no power"), "{desc:?}");
}

#[test]
fn an_empty_world_is_drawn_too() {
    let world = World::new(1, Settings::default());
    assert!(map::text(&world, 0, Lang::Ko, true).contains("0"));
    assert!(map::svg(&world, Lang::En).ends_with("</svg>\n"));
}

/// Three databases: one disk fails, one is slow; the third's node crashed some seconds ago.
fn faults() -> World {
    let mut world = healthy();
    let disks: Vec<_> = world
        .cloud
        .volumes
        .iter()
        .map(|(id, disk)| (id.clone(), disk.zone.clone()))
        .collect();
    let of = |zone: &str| {
        disks
            .iter()
            .find(|(_, of)| **of == *zone)
            .expect("each zone has one")
            .0
            .clone()
    };
    world.befall(&Fault::FailDisk(of("zone-a")));
    world.befall(&Fault::SlowDisk(of("zone-b")));
    let pods = world.store().list::<pglab::api::Pod>("default");
    let node = pods
        .map(|pod| pod.spec.node_name.clone())
        .find(|node| node.starts_with("node-c"));
    world.befall(&Fault::CrashNode(node.expect("a database runs there")));
    world.run_for(10_000);
    world
}

#[test]
fn disks_with_faults_and_pods_of_a_silent_node_have_marks_that_are_explained() {
    let world = faults();
    accepted("faults-80.txt", &map::text(&world, 80, Lang::En, false));
    accepted("faults-ko.txt", &map::text(&world, 120, Lang::Ko, false));
    accepted("faults.svg", &map::svg(&world, Lang::En));
    let model = map::model(&world);
    let faults: Vec<_> = model.disks().map(|disk| disk.fault).collect();
    assert_eq!(faults, [Some(DiskFault::Failing), Some(DiskFault::Slow), None]);
    let restarting = model
        .zones
        .iter()
        .flat_map(|zone| &zone.nodes)
        .find(|node| node.state == NodeState::Booting);
    let lost = &restarting.expect("it starts again").pods;
    assert!(
        !lost.is_empty() && lost.iter().all(|row| row.state == PodState::Lost),
        "{lost:?}"
    );
    for picture in [map::text(&world, 80, Lang::En, false), map::svg(&world, Lang::En)] {
        for words in [
            "1 disk failing",
            "1 disk slow",
            "failing disk: every read",
            "slow disk: whoever writes",
            "its node is silent",
            "restarting",
        ] {
            assert!(picture.contains(words), "{words}: {picture}");
        }
    }
    let sound = map::text(&healthy(), 80, Lang::En, false);
    assert!(
        !sound.contains("disk:"),
        "what does not occur is not explained: {sound}"
    );
}
