//! NodeResourcesFit: the more is free, the better.

use super::MAX;
use crate::actors::scheduler::cache::node::NodeInfo;

/// Scores a node (plugins/noderesources/least_allocated.go): the mean of the free shares of cpu and memory.
pub fn score((cpu, memory): (i64, i64), info: &NodeInfo) -> i64 {
    let share = |all: i64, wanted: i64| {
        if wanted > all {
            0
        } else {
            // Bytes times a hundred fit: no node has more than 92 PB.
            (all - wanted) * MAX / all
        }
    };
    let resources = [
        (info.allocatable.cpu_milli, info.nonzero.0 + cpu),
        (info.allocatable.memory, info.nonzero.1 + memory),
    ];
    let shares = resources.into_iter().filter(|(all, _)| *all > 0);
    let (sum, count) = shares.fold((0, 0), |(sum, count), (all, wanted)| {
        (sum + share(all, wanted), count + 1)
    });
    if count == 0 { 0 } else { sum / count }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::testing::node;
    use std::sync::Arc;

    #[test]
    fn an_empty_node_is_better_than_a_full_one() {
        // 4 cpus and 16 GiB.
        let mut info = NodeInfo::default();
        info.set_node(&Arc::new(node("n", "zone-a")));
        assert_eq!(score((1000, 4 << 30), &info), 75);
        info.nonzero = (2000, 0);
        assert_eq!(score((1000, 4 << 30), &info), (25 + 75) / 2);
        info.nonzero = (8000, 0);
        assert_eq!(score((1000, 4 << 30), &info), 75 / 2);
    }
}
