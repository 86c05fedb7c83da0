//! identity-keeps-claim: a StatefulSet's pod of one name always mounts the claims of that name.

use super::{Check, When};
use crate::api::{Key, Kind, PersistentVolumeClaim, Pod, StatefulSet};
use crate::sim::World;

/// Every pod of a StatefulSet mounts the claims that bear its name, and no other pod does.
pub const CHECK: Check = Check {
    name: "identity-keeps-claim",
    claim: "A StatefulSet's pod mounts the claims that bear its own name, whenever it is made again.",
    premise: "Nobody edits the pods or deletes the claims.",
    when: When::Always,
    meets,
    holds,
};

/// Counts the pods of StatefulSets that have claims of their own.
fn meets(world: &World) -> usize {
    let store = world.store();
    let with_claims = store
        .list::<StatefulSet>("")
        .filter(|set| !set.spec.volume_claim_templates.is_empty());
    with_claims
        .flat_map(|set| store.owned_by(set.metadata.uid))
        .filter(|key| key.kind == Kind::Pod)
        .count()
}

fn holds(world: &World, about: Option<&Key>) -> Result<String, String> {
    let store = world.store();
    let (mut pods, mut told) = (0, Vec::new());
    for set in store.list::<StatefulSet>("") {
        let (namespace, name) = (&set.metadata.namespace, &set.metadata.name);
        if about.is_some_and(|key| key.name != *name || key.namespace != *namespace) {
            continue;
        }
        let own = store
            .list::<Pod>(namespace)
            .filter(|pod| pod.metadata.is_controlled_by(set.metadata.uid));
        for pod in own {
            pods += 1;
            for template in &set.spec.volume_claim_templates {
                let wanted = format!("{}-{}", template.metadata.name, pod.metadata.name);
                if !pod.claims().any(|claim| *claim == wanted) {
                    return Err(format!("pod/{} does not mount its claim {wanted}", pod.metadata.name));
                }
                let Some(claim) = store.get::<PersistentVolumeClaim>(namespace, &wanted) else {
                    return Err(format!("the claim {wanted} of pod/{} is not there", pod.metadata.name));
                };
                if !claim.spec.volume_name.is_empty() {
                    told.push(format!(
                        "pod/{} has {wanted} on volume {}",
                        pod.metadata.name, claim.spec.volume_name
                    ));
                }
            }
        }
    }
    if let Some(key) = about.filter(|_| pods == 0) {
        return Err(format!("{key} has no pod"));
    }
    Ok(if told.is_empty() {
        "no pod of a StatefulSet has a claim yet".to_owned()
    } else {
        told.join("; ")
    })
}
