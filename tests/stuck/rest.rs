//! Claims, volumes, Jobs, budgets and nodes.

use super::{Case, Draw, apply, claim, claim_of, deployment, key, only_pod, pod, run, volume, well};
use pglab::api::storage::VolumePhase;
use pglab::api::{CronJob, Key, Kind, Node, PersistentVolume, PodDisruptionBudget, Resource};
use pglab::sim::{Fault, World};
use pglab::why::Stuck;

/// A claim that no pod uses, without a volume.
fn lone_claim(draw: &mut Draw, class: &str, expected: Stuck) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    apply(&mut world, &claim_of(&name, "ReadWriteOnce", class));
    // Somebody uses it, so that any class will do.
    apply(&mut world, &pod("user", &volume(&name), ""));
    world.settle(60_000);
    let asked = key(Kind::PersistentVolumeClaim, &name);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![expected],
        healed: well(asked),
    }
}

pub fn missing_class(draw: &mut Draw) -> Case {
    let class = draw.name();
    lone_claim(draw, &format!("storageClassName: {class},"), Stuck::MissingClass)
}

/// A volume of a class that nobody made, written by hand a little later than the claim.
pub fn about_to_bind(draw: &mut Draw) -> Case {
    let class = draw.name();
    let mut case = lone_claim(draw, &format!("storageClassName: {class},"), Stuck::AboutToBind);
    let tree = format!(
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: by-hand}}\nspec: {{storageClassName: {class}, \
         capacity: {{storage: 10Gi}}, accessModes: [ReadWriteOnce], hostPath: {{path: /mnt/data}}}}\n"
    );
    apply(&mut case.world, &tree);
    case.world.run_for(500);
    case
}

pub fn no_class(draw: &mut Draw) -> Case {
    let class = ["", "storageClassName: '',"][draw.below(2) as usize];
    lone_claim(draw, class, Stuck::NoClass)
}

/// The volume of a bound claim is torn out.
pub fn lost(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let data = draw.name();
    apply(&mut world, &claim(&data, "ReadWriteOnce"));
    apply(&mut world, &pod("user", &volume(&data), ""));
    world.settle(120_000);
    run(&mut world, "delete pod user");
    world.settle(60_000);
    let volume_name = world
        .store()
        .list::<PersistentVolume>("")
        .next()
        .expect("it was made")
        .metadata
        .name
        .clone();
    run(&mut world, &format!("delete pv {volume_name} --wait=false"));
    run(
        &mut world,
        &format!(r#"patch pv {volume_name} --type=merge -p {{"metadata":{{"finalizers":[]}}}}"#),
    );
    world.settle(60_000);
    apply(&mut world, &pod("user", &volume(&data), ""));
    world.settle(60_000);
    let asked = key(Kind::PersistentVolumeClaim, &data);
    let again = asked.clone();
    Case {
        world,
        asked,
        expected: vec![Stuck::ClaimLost],
        // The pod that used it went with it: a fresh claim is what is left to want.
        healed: Box::new(move |world| match world.store().find(&again) {
            Some(pglab::api::Object::PersistentVolumeClaim(claim)) => {
                claim.status.phase != pglab::api::storage::ClaimPhase::Lost && !claim.metadata.is_terminating()
            }
            _ => false,
        }),
    }
}

pub fn released(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let class = draw.name();
    apply(
        &mut world,
        &format!(
            "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: {class}}}\nprovisioner: ebs.csi.aws.com\nreclaimPolicy: Retain\n"
        ),
    );
    let data = draw.name();
    apply(
        &mut world,
        &claim_of(&data, "ReadWriteOnce", &format!("storageClassName: {class},")),
    );
    world.settle(60_000);
    run(&mut world, &format!("delete pvc {data}"));
    world.settle(60_000);
    let asked = world
        .store()
        .list::<PersistentVolume>("")
        .next()
        .expect("it was made")
        .key();
    let name = asked.name.clone();
    Case {
        world,
        asked,
        expected: vec![Stuck::Released],
        healed: Box::new(move |world| {
            let volume = world.store().get::<PersistentVolume>("", &name);
            volume.is_some_and(|volume| volume.status.phase == VolumePhase::Available)
        }),
    }
}

fn job(name: &str, more: &str, seconds: u64) -> String {
    format!(
        "apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
{more}
  template:
    spec:
      restartPolicy: Never
      containers: [{{name: main, image: 'busybox:1', command: [sleep, '{seconds}']}}]
"
    )
}

pub fn job_failed(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let seconds = draw.below(5) + 5;
    apply(
        &mut world,
        &job(&name, &format!("  activeDeadlineSeconds: {seconds}"), seconds + 30),
    );
    world.run_for(60_000);
    let asked = key(Kind::Job, &name);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::JobFailed],
        healed: well(asked),
    }
}

pub fn job_suspended(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    apply(&mut world, &job(&name, "  suspend: true", draw.below(20) + 1));
    world.run_for(30_000);
    let asked = key(Kind::Job, &name);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::Suspended],
        healed: well(asked),
    }
}

/// The first pods of a Job fail; it waits before it makes another.
pub fn job_backoff(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let manifest = job(&name, "  backoffLimit: 6", 1);
    let manifest = manifest.replace("command: [sleep, '1']", "command: [sh, -c, 'exit 3']");
    apply(&mut world, &manifest);
    let asked = key(Kind::Job, &name);
    let of = asked.clone();
    let failed = move |world: &World| match world.store().find(&of) {
        Some(pglab::api::Object::Job(job)) => job.status.failed,
        _ => 0,
    };
    let deadline = world.now() + 300_000;
    let twice = failed.clone();
    assert!(world.run_till(deadline, |world| twice(world) >= 2));
    world.run_for(2_000);
    let before = failed(&world);
    Case {
        world,
        asked,
        expected: vec![Stuck::JobBackOff],
        // It is stuck in its pause; what ends that is the next pod.
        healed: Box::new(move |world| failed(world) > before),
    }
}

pub fn cron_suspended(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let template = "jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: 'busybox:1', command: [sleep, '1']}]}}}}";
    apply(
        &mut world,
        &format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: {name}}}\nspec: {{schedule: '* * * * *', suspend: true, {template}}}\n"
        ),
    );
    world.run_for(120_000);
    let asked = key(Kind::CronJob, &name);
    Case {
        world,
        asked,
        expected: vec![Stuck::Suspended],
        healed: Box::new(move |world| {
            let cron = world.store().get::<CronJob>("default", &name);
            cron.is_some_and(|cron| cron.status.last_schedule_time.is_some())
        }),
    }
}

/// A node cannot be drained: the budget of a pod on it never allows an eviction.
pub fn budget(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let replicas = draw.below(3) + 1;
    apply(&mut world, &deployment(&name, replicas, "idle:1", ""));
    apply(
        &mut world,
        &format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {name}}}\nspec: {{minAvailable: {replicas}, selector: {{matchLabels: {{app: {name}}}}}}}\n"
        ),
    );
    world.settle(120_000);
    let node = only_pod(&world, &name).spec.node_name.clone();
    run(&mut world, &format!("cordon {node}"));
    world.settle(60_000);
    Case {
        world,
        asked: Key::cluster(Kind::Node, node),
        expected: vec![Stuck::Budget],
        healed: Box::new(move |world| {
            let budget = world.store().get::<PodDisruptionBudget>("default", &name);
            budget.is_some_and(|budget| budget.status.disruptions_allowed > 0)
        }),
    }
}

fn node(draw: &mut Draw, fault: fn(std::sync::Arc<str>) -> Fault, expected: Stuck) -> Case {
    let mut world = draw.world();
    let nodes: Vec<_> = world
        .store()
        .list::<Node>("")
        .map(|node| node.metadata.name.clone())
        .collect();
    let node = nodes[draw.below(nodes.len() as u64) as usize].clone();
    world.befall(&fault(node.clone()));
    world.run_for(60_000 + draw.below(60_000) as i64);
    let asked = Key::cluster(Kind::Node, node);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![expected],
        healed: well(asked),
    }
}

pub fn node_off(draw: &mut Draw) -> Case {
    node(draw, Fault::StopNode, Stuck::MachineOff)
}

pub fn node_cut(draw: &mut Draw) -> Case {
    node(draw, Fault::Partition, Stuck::MachineCut)
}
