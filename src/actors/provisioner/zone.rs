//! In which zone a volume is made: the one of the node that the scheduler chose; else the zones in turn, by a number
//! that follows from the claim's name (kubernetes-csi/external-provisioner, pkg/controller/topology.go).

use super::driver::ZONE;
use crate::actors::View;
use crate::api::annotations::SELECTED_NODE;
use crate::api::{Node, PersistentVolumeClaim, StorageClass};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The labels by which a class may name zones: today's, the driver's own, and the oldest.
const ZONE_LABELS: [&str; 3] = [
    ZONE,
    "topology.ebs.csi.aws.com/zone",
    "failure-domain.beta.kubernetes.io/zone",
];

/// Returns the zone for the volume of a claim.
pub(super) fn zone_for(
    view: &View<'_>,
    claim: &PersistentVolumeClaim,
    class: &StorageClass,
) -> Result<Arc<str>, String> {
    let refuse = |why: String| Err(format!("error generating accessibility requirements: {why}"));
    let allowed = allowed_zones(class);
    let selected = claim.metadata.annotations.value(SELECTED_NODE);
    if let Some(node) = view.get::<Node>("", selected) {
        let zone = node.zone();
        if zone.is_empty() {
            return refuse(format!(
                "topology labels from selected node {selected} does not match topology keys from CSINode"
            ));
        }
        return match &allowed {
            Some(allowed) if !allowed.contains(zone) => refuse(format!(
                "selected node '\"{selected}\"' topology '\"map[{ZONE}:{zone}]\"' is not in allowed topologies: {allowed:?}"
            )),
            _ => Ok(zone.into()),
        };
    }
    let zones: Vec<Arc<str>> = match allowed {
        Some(zones) => zones.iter().map(|zone| zone.as_str().into()).collect(),
        None => {
            let zones: BTreeSet<&str> = view.list::<Node>("").map(|node| node.zone()).collect();
            zones
                .into_iter()
                .filter(|zone| !zone.is_empty())
                .map(Arc::from)
                .collect()
        }
    };
    if zones.is_empty() {
        return refuse("no available topology found".to_owned());
    }
    let place = place_of(&claim.metadata.name) as usize % zones.len();
    Ok(zones[place].clone())
}

/// Returns the zones that a class allows, in order; None where it allows all.
fn allowed_zones(class: &StorageClass) -> Option<BTreeSet<String>> {
    let expressions = class
        .allowed_topologies
        .iter()
        .flat_map(|term| &term.match_label_expressions);
    let mut zones: BTreeSet<String> = expressions
        .filter(|expression| ZONE_LABELS.contains(&expression.key.as_str()))
        .flat_map(|expression| expression.values.iter().cloned())
        .collect();
    // Parameters of the old plugin.
    for (key, value) in &class.parameters {
        if key.eq_ignore_ascii_case("zone") || key.eq_ignore_ascii_case("zones") {
            zones.extend(value.split(',').map(|zone| zone.trim().to_owned()));
        }
    }
    (!zones.is_empty()).then_some(zones)
}

/// Returns the place in the turn of zones of a claim. Claims that a StatefulSet makes (`claim-set-0`) begin where the
/// set's name says and go on by the ordinal, so that the claims of one pod meet in one zone
/// (`getPVCNameHashAndIndexOffset`).
fn place_of(claim: &str) -> u32 {
    let numbered = claim
        .rsplit_once('-')
        .and_then(|(base, number)| Some((base, number.parse::<u32>().ok()?)));
    match numbered {
        Some((base, number)) => {
            let set = base.rsplit_once('-').map_or(base, |(_, set)| set);
            fnv32(set.as_bytes()).wrapping_add(number)
        }
        None => fnv32(claim.as_bytes()),
    }
}

/// Returns the 32-bit FNV-1 hash, in which the byte comes after the multiplication.
fn fnv32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash: u32, byte| {
        hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_of_one_pod_meet_in_one_zone_and_those_of_a_set_take_turns() {
        assert_eq!(fnv32(b"a"), 0x050c_5d7e, "the well-known value");
        assert_eq!(place_of("data-pg-0"), place_of("wal-pg-0"));
        assert_eq!(place_of("data-pg-0").wrapping_add(1), place_of("data-pg-1"));
        assert_ne!(place_of("data-pg-0"), place_of("data-web-0"));
    }
}
