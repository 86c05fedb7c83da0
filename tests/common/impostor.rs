//! Impostors: what stands in for a component that was silenced, and does its work badly.

use super::object;
use pglab::actors::ActorId;
use pglab::api::{Key, Kind, Node, PersistentVolumeClaim, Pod, Resource, StatefulSet};
use pglab::sim::{Fault, World};
use pglab::store::{Hand, Refusal, Store};
use serde_json::json;
use std::sync::Arc;

/// Lets a component hear nothing for so long.
pub fn silence(world: &mut World, actor: ActorId, ms: i64) {
    assert!(world.befall(&Fault::Stall(actor, ms)));
}

/// Writes to the API server what it does not refuse.
pub fn write<R>(world: &mut World, act: impl FnOnce(&mut Store, &mut Hand<'_>) -> Result<R, Refusal>) -> R {
    let step = world.person("sabotage");
    world.by_person(step, act).expect("the API server takes it")
}

/// Makes all pods of all StatefulSets that are missing, each with the claims of the pod `shift` ordinals further.
pub fn make_all_at_once(world: &mut World, shift: i64) {
    let sets: Vec<Arc<StatefulSet>> = world.store().list::<StatefulSet>("default").cloned().collect();
    for set in sets {
        let tree = StatefulSet::clone(&set).into_object().to_value();
        for ordinal in 0..set.spec.replicas {
            let name = format!("{}-{ordinal}", set.metadata.name);
            if world
                .store()
                .find(&Key::new(Kind::Pod, "default", name.as_str()))
                .is_some()
            {
                continue;
            }
            let mut pod = tree["spec"]["template"].clone();
            pod["metadata"]["name"] = name.as_str().into();
            pod["metadata"]["ownerReferences"] = json!([set.as_controller()]);
            let mut volumes = Vec::new();
            for template in tree["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten() {
                let volume = template["metadata"]["name"].as_str().expect("a template has a name");
                let other = (ordinal + shift) % set.spec.replicas;
                for number in [ordinal, other] {
                    let claim = json!({
                        "metadata": {"name": format!("{volume}-{}-{number}", set.metadata.name)},
                        "spec": template["spec"],
                    });
                    // The second time it is there already.
                    let _ = world.create(object(Kind::PersistentVolumeClaim, claim));
                }
                let claim = format!("{volume}-{}-{other}", set.metadata.name);
                volumes.push(json!({"name": volume, "persistentVolumeClaim": {"claimName": claim}}));
            }
            pod["spec"]["volumes"] = volumes.into();
            world.create(object(Kind::Pod, pod)).expect("a good pod");
        }
    }
}

/// Gives every pod without a node to the node of an impostor's choice.
pub fn bind_all(world: &mut World, choose: fn(&World, &Pod) -> Option<Arc<str>>) {
    let pods: Vec<Arc<Pod>> = world.store().list::<Pod>("").cloned().collect();
    for pod in pods
        .iter()
        .filter(|pod| !pod.is_scheduled() && !pod.metadata.is_terminating())
    {
        if let Some(node) = choose(world, pod) {
            let uid = pod.metadata.uid;
            write(world, |store, hand| store.bind(&pod.key(), uid, &node, hand));
        }
    }
}

/// Returns a node of another zone than the one near which the pod's volume was made.
pub fn other_zone(world: &World, pod: &Pod) -> Option<Arc<str>> {
    const SELECTED: &str = "volume.kubernetes.io/selected-node";
    let store = world.store();
    let claim = store.get::<PersistentVolumeClaim>("default", &pod.claims().next()?)?;
    let near = store.get::<Node>("", claim.metadata.annotations.value(SELECTED))?;
    let mut nodes = store.list::<Node>("");
    let far = nodes.find(|node| node.zone() != near.zone())?;
    Some(far.metadata.name.clone())
}
