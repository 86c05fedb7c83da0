//! NodeResourcesBalancedAllocation: cpu and memory should be used up alike.

use super::MAX;
use crate::actors::scheduler::cache::amounts::Amounts;
use crate::actors::scheduler::cache::node::NodeInfo;

/// Scores a node (plugins/noderesources/balanced_allocation.go). Since 1.36 it is the change for the better that counts,
/// from 50 to 100; pods that ask for nothing are not scored.
pub fn score(request: &Amounts, info: &NodeInfo) -> i64 {
    if request.cpu_milli == 0 && request.memory == 0 {
        return 0;
    }
    let taken = &info.requested;
    let with = balance(info, taken.cpu_milli + request.cpu_milli, taken.memory + request.memory);
    let without = balance(info, taken.cpu_milli, taken.memory);
    MAX / 2 + (MAX / 2 + with - without) / 2
}

/// Returns 100 where both are used up alike, down to 50 where one is full and the other empty.
fn balance(info: &NodeInfo, cpu_milli: i64, memory: i64) -> i64 {
    let fraction = |taken: i64, all: i64| (all > 0).then(|| (taken as f64 / all as f64).min(1.0));
    let deviation = match (
        fraction(cpu_milli, info.allocatable.cpu_milli),
        fraction(memory, info.allocatable.memory),
    ) {
        (Some(cpu), Some(memory)) => ((cpu - memory) / 2.0).abs(),
        _ => 0.0,
    };
    ((1.0 - deviation) * MAX as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::testing::node;
    use std::sync::Arc;

    #[test]
    fn what_makes_a_node_more_even_scores_higher() {
        let mut info = NodeInfo::default();
        info.set_node(&Arc::new(node("n", "zone-a")));
        let amounts = |cpu_milli, memory| Amounts {
            cpu_milli,
            memory,
            ..Amounts::default()
        };
        assert_eq!(score(&amounts(0, 0), &info), 0);
        assert_eq!(score(&amounts(1000, 4 << 30), &info), 75, "even before and after");
        assert_eq!(score(&amounts(4000, 0), &info), 50, "from even to uneven");
        info.requested = amounts(4000, 0);
        assert_eq!(score(&amounts(0, 16 << 30), &info), 100, "from uneven to even");
    }
}
