//! Sets whose pods do not come.

use super::{Case, Draw, apply, deployment, key, pod, run, stateful_set, well};
use pglab::api::Kind;
use pglab::programs::runtime::Rule;
use pglab::sim::World;
use pglab::why::Stuck;

fn missing_image(draw: &mut Draw, world: &mut World) -> String {
    let image = format!("{}:{}", draw.name(), draw.below(50));
    world.runtime.images.set(&image, Some(Rule::Missing));
    image
}

/// The first pod never comes up, and the others are not even made.
pub fn ordinal(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let image = missing_image(draw, &mut world);
    let replicas = draw.below(2) + 2;
    apply(&mut world, &stateful_set(&name, replicas, &image, ""));
    world.settle(60_000);
    let asked = key(Kind::StatefulSet, &name);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::BrokenOrdinal],
        healed: well(asked),
    }
}

pub fn foreign_pod(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let place = draw.below(2);
    let stranger = pod(&format!("{name}-{place}"), "", "");
    apply(
        &mut world,
        &stranger.replace(&format!("app: {name}-{place}"), "app: stranger"),
    );
    world.settle(60_000);
    apply(&mut world, &stateful_set(&name, 2, "idle:1", ""));
    world.settle(120_000);
    let asked = key(Kind::StatefulSet, &name);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::ForeignPod],
        healed: well(asked),
    }
}

/// The namespace may hold fewer of something than are asked for.
fn quota(world: &mut World, draw: &mut Draw, resource: &str, most: u64) {
    let name = draw.name();
    apply(
        world,
        &format!(
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: {name}}}\nspec: {{hard: {{{resource}: '{most}'}}}}\n"
        ),
    );
}

pub fn quota_of_pods(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let most = draw.below(3);
    quota(&mut world, draw, "pods", most);
    apply(&mut world, &deployment(&name, most + 1 + draw.below(2), "idle:1", ""));
    world.settle(60_000);
    let asked = key(Kind::Deployment, &name);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::CannotCreate],
        healed: well(asked),
    }
}

pub fn quota_of_claims(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let most = draw.below(2);
    quota(&mut world, draw, "persistentvolumeclaims", most);
    apply(&mut world, &stateful_set(&name, most + 1 + draw.below(2), "idle:1", ""));
    world.settle(120_000);
    let asked = key(Kind::StatefulSet, &name);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::CannotCreate],
        healed: well(asked),
    }
}

/// A broken template was rolled out and taken back; the broken pod stays.
pub fn broken_rollout(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let image = missing_image(draw, &mut world);
    let replicas = draw.below(2) + 2;
    apply(&mut world, &stateful_set(&name, replicas, "idle:1", ""));
    world.settle(240_000);
    run(&mut world, &format!("set image statefulset/{name} main={image}"));
    world.run_for(60_000);
    run(&mut world, &format!("rollout undo statefulset/{name}"));
    world.run_for(60_000);
    let asked = key(Kind::StatefulSet, &name);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::BrokenRollout],
        healed: well(asked),
    }
}

pub fn deadline(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let image = missing_image(draw, &mut world);
    let seconds = draw.below(60) + 30;
    let manifest = deployment(&name, draw.below(3) + 1, "idle:1", "");
    let manifest = manifest.replace(
        "spec:\n  replicas",
        &format!("spec:\n  progressDeadlineSeconds: {seconds}\n  replicas"),
    );
    apply(&mut world, &manifest);
    world.settle(120_000);
    run(&mut world, &format!("set image deployment/{name} main={image}"));
    world.run_for((seconds as i64 + 30) * 1_000);
    let asked = key(Kind::Deployment, &name);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::ProgressDeadline],
        healed: well(asked),
    }
}

pub fn paused(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    apply(&mut world, &deployment(&name, draw.below(3) + 1, "idle:1", ""));
    world.settle(120_000);
    run(&mut world, &format!("rollout pause deployment/{name}"));
    run(&mut world, &format!("set image deployment/{name} main=idle:2"));
    world.settle(60_000);
    let asked = key(Kind::Deployment, &name);
    Case {
        world,
        asked: asked.clone(),
        expected: vec![Stuck::Paused],
        healed: well(asked),
    }
}
