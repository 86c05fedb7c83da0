//! The cluster of a rehearsal, and what a folder of manifests takes for granted.

use crate::api::{Kind, Namespace, Node, Object, PersistentVolumeClaim, Quantity, Resource};
use crate::cloud::{Machine, Settings};
use crate::sim::{ClusterSpec, World};
use crate::workspace::default_class;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Makes the cluster: machines for the Nodes among the manifests, or the default ones; and the namespaces they lack.
pub(super) fn furnish(
    objects: &[Object],
    cluster: &ClusterSpec,
    seed: u64,
    settings: Settings,
    notes: &mut Vec<String>,
) -> World {
    let nodes: Vec<&Arc<Node>> = objects.iter().filter_map(Node::of).collect();
    let mut world = if nodes.is_empty() {
        cluster.world(seed, settings)
    } else {
        ClusterSpec {
            nodes_per_zone: 0,
            ..cluster.clone()
        }
        .world(seed, settings)
    };
    for node in nodes {
        let amount = |resource: &str| {
            node.status
                .allocatable
                .get(resource)
                .or(node.status.capacity.get(resource))
                .copied()
        };
        let mut machine = Machine::new(node.zone());
        machine.cpu = amount("cpu").unwrap_or(machine.cpu);
        machine.memory = amount("memory").unwrap_or(machine.memory);
        machine.pods = amount("pods").map_or(machine.pods, Quantity::value);
        world.switch_on(&node.metadata.name, machine);
    }
    let wanted: BTreeSet<&str> = objects
        .iter()
        .map(|o| &*o.meta().namespace)
        .filter(|n| !n.is_empty())
        .collect();
    for name in wanted {
        let declared = objects
            .iter()
            .any(|o| o.kind() == Kind::Namespace && *o.meta().name == *name);
        if declared || world.store().get::<Namespace>("", name).is_some() {
            continue;
        }
        let mut namespace = Namespace::default();
        namespace.metadata.name = name.into();
        if world.create(namespace.into_object()).is_ok() {
            notes.push(format!(
                "namespace `{name}` is not among the manifests: it was made, as `helm install --create-namespace` would"
            ));
        }
    }
    if wants_default_class(objects) && world.create(default_class()).is_ok() {
        notes.push(
            "a claim names no StorageClass, and none of the manifests is a default one: gp3 was made the default, as \
             `pglab cluster create` makes it; a new EKS cluster has none since 1.30, so look there first: kubectl get storageclass"
                .to_owned(),
        );
    }
    world
}

/// Says whether some claim takes the default StorageClass, and the manifests bring none.
fn wants_default_class(objects: &[Object]) -> bool {
    let open = |claim: &PersistentVolumeClaim| !claim.has_class() && claim.spec.volume_name.is_empty();
    let wanted = objects.iter().any(|object| match object {
        Object::PersistentVolumeClaim(claim) => open(claim),
        Object::StatefulSet(set) => set.spec.volume_claim_templates.iter().any(open),
        _ => false,
    });
    let brought = |object: &Object| match object {
        Object::StorageClass(class) => class.is_default() || *class.metadata.name == *default_class().meta().name,
        _ => false,
    };
    wanted && !objects.iter().any(brought)
}

#[cfg(test)]
mod tests {
    use crate::lab::Rehearsal;
    use crate::manifest::Source;
    use crate::sim::ClusterSpec;

    const CLAIM: &str = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";

    fn notes(more: &str) -> Vec<String> {
        let sources = [Source::new("all.yaml", format!("{CLAIM}{more}"))];
        let played = Rehearsal::play(&sources, &ClusterSpec::default(), 1, Default::default());
        played.expect("the manifests are taken").notes
    }

    #[test]
    fn a_claim_without_a_class_finds_a_default_one() {
        assert!(notes("").iter().any(|note| note.contains("gp3 was made the default")));
        let class = "---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: own, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}\nprovisioner: ebs.csi.aws.com\n";
        assert_eq!(
            notes(class),
            Vec::<String>::new(),
            "the manifests' own default class wins"
        );
    }
}
