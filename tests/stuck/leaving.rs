//! Volumes that do not come and objects that do not go.

use super::{Case, Draw, apply, claim, deployment, gone, key, only_pod, pod, pod_key, run, volume, well};
use pglab::api::{Key, Kind, PersistentVolume, Pod, Resource};
use pglab::sim::{Fault, World};
use pglab::why::Stuck;

/// The node of a database dies; the new pod elsewhere waits for the disk.
pub fn multi_attach_dead(draw: &mut Draw) -> Case {
    let mut world = draw.world_of(1, 2, 25);
    let (name, data) = (draw.name(), draw.name());
    apply(&mut world, &claim(&data, "ReadWriteOnce"));
    let volumes = format!("    {}", volume(&data));
    apply(&mut world, &deployment(&name, 1, "idle:1", &volumes));
    world.settle(120_000);
    let node = only_pod(&world, &name).spec.node_name.clone();
    world.befall(&Fault::StopNode(node.clone()));
    world.run_for(7 * 60_000 + draw.below(60_000) as i64);
    let pods = world.store().list::<Pod>("default");
    let waiting = pods
        .filter(|pod| pod.spec.node_name != node)
        .map(|pod| pod.key())
        .next();
    Case {
        world,
        asked: waiting.expect("another pod was made"),
        expected: vec![Stuck::MultiAttach],
        healed: well(key(Kind::Deployment, &name)),
    }
}

fn on_node(node: &str, more: &str) -> String {
    format!("  nodeSelector: {{kubernetes.io/hostname: {node}}}\n{more}")
}

pub fn multi_attach_ending(draw: &mut Draw) -> Case {
    let mut world = draw.world_of(1, 2, 25);
    let (name, data) = (draw.name(), draw.name());
    apply(&mut world, &claim(&data, "ReadWriteOnce"));
    let grace = draw.below(60) + 40;
    let hook = format!(
        "    lifecycle: {{preStop: {{exec: {{command: [sleep, '{}']}}}}}}",
        grace + 60
    );
    let first = pod("first", &on_node("node-a1", &volume(&data)), &hook);
    let first = first.replace(
        "terminationGracePeriodSeconds: 5",
        &format!("terminationGracePeriodSeconds: {grace}"),
    );
    apply(
        &mut world,
        &first.replace("image: idle:1", "image: busybox:1\n    command: [sleep, '100000']"),
    );
    world.settle(120_000);
    run(&mut world, "delete pod first --wait=false");
    apply(&mut world, &pod(&name, &on_node("node-a2", &volume(&data)), ""));
    world.run_for(10_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::MultiAttach],
        healed: well(pod_key(&name)),
    }
}

pub fn attaching(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    world.settings.volume_attach = 60_000 + draw.below(30_000) as i64;
    let (name, data) = (draw.name(), draw.name());
    apply(&mut world, &claim(&data, "ReadWriteOnce"));
    apply(&mut world, &pod(&name, &volume(&data), ""));
    world.run_for(20_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::Attaching],
        healed: well(pod_key(&name)),
    }
}

pub fn dead_node(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    apply(&mut world, &pod(&name, "", ""));
    world.settle(60_000);
    let node = world
        .store()
        .get::<Pod>("default", &name)
        .expect("it runs")
        .spec
        .node_name
        .clone();
    let fault = match draw.below(2) {
        0 => Fault::StopNode(node),
        _ => Fault::Partition(node),
    };
    world.befall(&fault);
    world.run_for(60_000 + draw.below(60_000) as i64);
    run(&mut world, &format!("delete pod {name} --wait=false"));
    world.run_for(60_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::DeadNode],
        healed: gone(pod_key(&name)),
    }
}

fn hold(name: &str, finalizer: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, finalizers: [{finalizer}]}}\ndata: {{a: b}}\n")
}

pub fn foreign_finalizer(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let (name, owner) = (draw.name(), draw.name());
    apply(&mut world, &hold(&name, &format!("example.com/{owner}")));
    run(&mut world, &format!("delete configmap {name} --wait=false"));
    world.settle(60_000);
    Case {
        world,
        asked: key(Kind::ConfigMap, &name),
        expected: vec![Stuck::Finalizer],
        healed: gone(key(Kind::ConfigMap, &name)),
    }
}

fn with_claim(draw: &mut Draw) -> (World, String) {
    let mut world = draw.world();
    let data = draw.name();
    apply(&mut world, &claim(&data, "ReadWriteOnce"));
    let name = draw.name();
    apply(&mut world, &pod(&name, &volume(&data), ""));
    world.settle(120_000);
    (world, data)
}

pub fn used_claim(draw: &mut Draw) -> Case {
    let (mut world, data) = with_claim(draw);
    run(&mut world, &format!("delete pvc {data} --wait=false"));
    world.settle(60_000);
    let asked = key(Kind::PersistentVolumeClaim, &data);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::InUse],
        healed: gone(asked),
    }
}

pub fn bound_volume(draw: &mut Draw) -> Case {
    let (mut world, _) = with_claim(draw);
    let asked = world
        .store()
        .list::<PersistentVolume>("")
        .next()
        .expect("it was made")
        .key();
    run(&mut world, &format!("delete pv {} --wait=false", asked.name));
    world.settle(60_000);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::BoundVolume],
        healed: gone(asked),
    }
}

pub fn namespace(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let (team, name) = (draw.name(), draw.name());
    run(&mut world, &format!("create namespace {team}"));
    let held = hold(&name, "example.com/backup").replace("metadata: {", &format!("metadata: {{namespace: {team}, "));
    apply(&mut world, &held);
    run(&mut world, &format!("delete namespace {team} --wait=false"));
    world.run_for(60_000);
    let asked = Key::cluster(Kind::Namespace, team.as_str());
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::Contents, Stuck::Finalizer],
        healed: gone(asked),
    }
}
