//! Disks and images that somebody has told to fail, and a machine that crashed.

use super::{Case, Draw, apply, deployment_with, is_well, key, of_its_pod, pod_key, run, stateful_set, well};
use pglab::api::{Kind, PersistentVolumeClaim, Pod};
use pglab::cloud::{Power, VolumeId};
use pglab::programs::runtime::Rule;
use pglab::sim::{Fault, World};
use pglab::why::Stuck;

/// A database that runs, and the id of its disk.
fn database(draw: &mut Draw) -> (World, String, VolumeId) {
    let mut world = draw.world();
    let name = draw.name();
    let env = "        env: [{name: POSTGRES_PASSWORD, value: tea}, {name: PGDATA, value: /var/lib/postgresql/data/pg}]\n        readinessProbe: {exec: {command: [pg_isready]}, periodSeconds: 2}";
    apply(&mut world, &stateful_set(&name, 1, "postgres:16.4", env));
    world.settle(120_000);
    assert!(is_well(&world, &pod_key(&format!("{name}-0"))));
    let id = world.cloud.volumes.keys().next().expect("it has a disk").clone();
    (world, name, id)
}

/// Says whether a disk answers, and in time.
fn sound(id: &VolumeId) -> Box<dyn Fn(&World) -> bool> {
    let id = id.clone();
    Box::new(move |world| {
        let disk = &world.cloud.volumes[&id];
        !disk.slow && !disk.disk.is_failing()
    })
}

/// The disk fails, and the pod is made anew: its database finds nothing that it can read.
pub fn failed_disk(draw: &mut Draw) -> Case {
    let (mut world, name, id) = database(draw);
    world.befall(&Fault::FailDisk(id));
    run(&mut world, &format!("delete pod {name}-0"));
    world.run_for(30_000 + draw.below(60_000) as i64);
    let asked = pod_key(&format!("{name}-0"));
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::DiskFailing],
        healed: well(asked),
    }
}

/// The disk fails under a database that goes on with what it has in memory: the claim tells.
pub fn failed_disk_of_a_claim(draw: &mut Draw) -> Case {
    let (mut world, name, id) = database(draw);
    world.befall(&Fault::FailDisk(id.clone()));
    Case {
        world,
        asked: key(Kind::PersistentVolumeClaim, &format!("data-{name}-0")),
        expected: vec![Stuck::DiskFailing],
        healed: sound(&id),
    }
}

pub fn slow_disk(draw: &mut Draw) -> Case {
    let (mut world, name, id) = database(draw);
    world.befall(&Fault::SlowDisk(id.clone()));
    let claim = world
        .store()
        .get::<PersistentVolumeClaim>("default", &format!("data-{name}-0"));
    let volume = claim.expect("it is there").spec.volume_name.to_string();
    Case {
        world,
        asked: key(Kind::PersistentVolume, &volume),
        expected: vec![Stuck::DiskSlow],
        healed: sound(&id),
    }
}

/// The database died, and replays its log from a slow disk.
pub fn starting_database(draw: &mut Draw) -> Case {
    let (mut world, name, id) = database(draw);
    world.befall(&Fault::SlowDisk(id));
    world.befall(&Fault::Crash {
        namespace: "default".into(),
        pod: format!("{name}-0").into(),
        container: None,
    });
    world.run_for(2_000 + draw.below(2_000) as i64);
    let asked = pod_key(&format!("{name}-0"));
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::Starting],
        healed: well(asked),
    }
}

/// Somebody has said what the image does.
fn told(draw: &mut Draw, rule: Rule, expected: Stuck) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    world.runtime.images.set("nginx*", Some(rule));
    let probe = "        readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 2}";
    apply(&mut world, &deployment_with(&name, "nginx:1.25", probe));
    world.run_for(60_000);
    of_its_pod(world, &name, expected)
}

pub fn missing_image(draw: &mut Draw) -> Case {
    told(draw, Rule::Missing, Stuck::ImagePull)
}

pub fn crashing_image(draw: &mut Draw) -> Case {
    let rule = [
        Rule::Crashes,
        Rule::Exits {
            code: 3,
            after_ms: 2_000,
        },
    ];
    let which = draw.below(2) as usize;
    told(draw, rule[which].clone(), Stuck::CrashLoop)
}

pub fn unready_image(draw: &mut Draw) -> Case {
    told(draw, Rule::NeverReady, Stuck::NotReady)
}

/// A machine crashed some seconds ago, and nobody has noticed.
pub fn crashed_node(draw: &mut Draw) -> Case {
    let (mut world, name, _) = database(draw);
    let asked = pod_key(&format!("{name}-0"));
    let node = world
        .store()
        .get::<Pod>("default", &asked.name)
        .expect("it runs")
        .spec
        .node_name
        .clone();
    world.befall(&Fault::CrashNode(node.clone()));
    world.run_for(draw.below(29_000) as i64);
    let pod = asked.clone();
    Case {
        world,
        asked,
        expected: vec![Stuck::NodeRestarting],
        healed: Box::new(move |world| {
            let on = world.cloud.machines[&node].power == Power::On;
            let restarted = world.store().get::<Pod>("default", &pod.name);
            on && restarted.is_some_and(|pod| pod.status.container_statuses.iter().any(|c| c.restart_count > 0))
                && is_well(world, &pod)
        }),
    }
}
