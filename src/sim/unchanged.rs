//! Misfortunes that would change nothing: whoever brings them about is told so.

use super::fault::Fault;
use super::queue::Due;
use super::world::World;
use crate::cloud::{Link, Power};

impl World {
    /// Says whether a misfortune would change anything now: a machine that runs is not switched on. True also of what is
    /// not there, and of what leaves no state to compare.
    pub fn would_change(&self, fault: &Fault) -> bool {
        match fault {
            Fault::StopNode(node)
            | Fault::StartNode(node)
            | Fault::CrashNode(node)
            | Fault::Partition(node)
            | Fault::Heal(node) => self.cloud.machines.get(node).is_none_or(|machine| match fault {
                // One that boots is off, and does not stay so.
                Fault::StopNode(_) | Fault::CrashNode(_) => machine.power == Power::On || self.boots(node),
                Fault::StartNode(_) => machine.power == Power::Off && !self.boots(node),
                Fault::Partition(_) => machine.link == Link::Up,
                _ => machine.link == Link::Cut,
            }),
            Fault::SlowDisk(id) | Fault::FailDisk(id) | Fault::HealDisk(id) => {
                self.cloud.volumes.get(id).is_none_or(|volume| {
                    let wanted = (matches!(fault, Fault::SlowDisk(_)), matches!(fault, Fault::FailDisk(_)));
                    (volume.slow, volume.disk.is_failing()) != wanted
                })
            }
            Fault::Crash { .. } | Fault::Restart(_) | Fault::Stall(..) => true,
        }
    }

    /// Says whether a machine that is off starts again by itself.
    fn boots(&self, node: &str) -> bool {
        self.due()
            .any(|(_, due)| matches!(due, Due::Boot(of, _) if **of == *node))
    }
}

#[cfg(test)]
mod tests {
    use crate::cloud::Settings;
    use crate::sim::{ClusterSpec, Fault};

    #[test]
    fn what_would_change_nothing_is_known_before() {
        let mut world = ClusterSpec::default().world(1, Settings::default());
        let node = || world_node();
        let (stop, start) = (Fault::StopNode(node()), Fault::StartNode(node()));
        let (cut, heal) = (Fault::Partition(node()), Fault::Heal(node()));
        assert!(world.would_change(&stop) && !world.would_change(&start));
        world.befall(&stop);
        assert!(!world.would_change(&stop) && world.would_change(&start));
        assert!(world.would_change(&cut) && !world.would_change(&heal));
        world.befall(&cut);
        assert!(!world.would_change(&cut) && world.would_change(&heal));
        world.befall(&start);
        assert!(!world.would_change(&start) && world.would_change(&stop), "it boots");
        // One that crashed starts again by itself: pulling its plug matters.
        let other = || "node-a2".into();
        world.befall(&Fault::CrashNode(other()));
        assert!(world.would_change(&Fault::StopNode(other())));
        // What is not there is for others to tell.
        assert!(world.would_change(&Fault::HealDisk("vol-none".into())));
    }

    fn world_node() -> std::sync::Arc<str> {
        "node-a1".into()
    }
}
