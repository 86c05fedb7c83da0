//! A node has only so much cpu, memory, room for pods, and so on; requests count, not use.

use crate::actors::scheduler::cache::amounts::Amounts;
use crate::actors::scheduler::cache::node::NodeInfo;
use crate::actors::scheduler::plugin::{Plugin, Rejection, Verdict};
use crate::api::Text;

/// Judges a node (plugins/noderesources, `fitsRequest`). What exceeds the whole node no preemption can help.
pub fn check(request: &Amounts, info: &NodeInfo) -> Verdict {
    let mut reasons: Vec<Text> = Vec::new();
    let mut resolvable = true;
    if info.pods.len() as i64 + 1 > info.pods_allowed {
        reasons.push("Too many pods".into());
    }
    if !request.is_nothing() {
        let (all, taken) = (&info.allocatable, &info.requested);
        let mut fits = |wanted: i64, all: i64, taken: i64| {
            let lacks = wanted > 0 && wanted > all - taken;
            resolvable &= !(lacks && wanted > all);
            !lacks
        };
        if !fits(request.cpu_milli, all.cpu_milli, taken.cpu_milli) {
            reasons.push("Insufficient cpu".into());
        }
        if !fits(request.memory, all.memory, taken.memory) {
            reasons.push("Insufficient memory".into());
        }
        if !fits(request.ephemeral, all.ephemeral, taken.ephemeral) {
            reasons.push("Insufficient ephemeral-storage".into());
        }
        for (name, wanted) in &request.others {
            if !fits(*wanted, all.other(name), taken.other(name)) {
                reasons.push(format!("Insufficient {name}").into());
            }
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Rejection {
        plugin: Plugin::NodeResourcesFit,
        resolvable,
        reasons,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::testing::node;
    use std::sync::Arc;

    fn amounts(cpu_milli: i64, memory: i64) -> Amounts {
        Amounts {
            cpu_milli,
            memory,
            ..Amounts::default()
        }
    }

    fn four_cpus() -> NodeInfo {
        let mut info = NodeInfo::default();
        info.set_node(&Arc::new(node("n", "zone-a")));
        info
    }

    #[test]
    fn a_full_node_could_be_emptied_but_a_small_one_stays_small() {
        let mut info = four_cpus();
        info.requested = amounts(3000, 0);
        assert_eq!(check(&amounts(1000, 0), &info), Ok(()));
        assert!(check(&amounts(1500, 0), &info).unwrap_err().resolvable);
        assert!(!check(&amounts(4500, 0), &info).unwrap_err().resolvable);
    }

    #[test]
    fn each_lack_is_named() {
        let mut wanted = amounts(100_000, 1 << 50);
        wanted.others.insert("nvidia.com/gpu".to_owned(), 1);
        let rejection = check(&wanted, &four_cpus()).unwrap_err();
        assert_eq!(
            rejection.reasons,
            ["Insufficient cpu", "Insufficient memory", "Insufficient nvidia.com/gpu"]
        );
    }

    #[test]
    fn a_pod_that_asks_for_nothing_still_needs_a_place() {
        let mut info = four_cpus();
        info.requested = amounts(99_000, 0);
        assert_eq!(check(&Amounts::default(), &info), Ok(()));
        info.pods_allowed = 0;
        assert_eq!(
            check(&Amounts::default(), &info).unwrap_err().reasons,
            ["Too many pods"]
        );
    }
}
