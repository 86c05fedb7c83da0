//! The machines: the ground that programs stand on, and when they are called.

use super::network::Paths;
use super::queue::Due;
use super::step::Who;
use super::world::World;
use crate::actors::ActorId;
use crate::programs::{Ground, Runtime, Wake, Whom};
use std::sync::Arc;

impl World {
    /// Lends the runtime the ground that its programs stand on, for one act.
    pub fn on_machines<R>(&mut self, act: impl FnOnce(&mut Runtime, &mut Ground<'_>) -> R) -> R {
        let mut stream = self.chance.stream("machines", "");
        let routes = Paths::new(&self.store, self.now, &self.settings);
        act(
            &mut self.runtime,
            &mut Ground {
                cloud: &mut self.cloud,
                routes: &routes,
                now: self.now,
                settings: &self.settings,
                draw: &mut || stream.draw(),
            },
        )
    }

    /// Queues what the machines ask to be woken for; the newest step is the cause.
    pub(super) fn heed_machines(&mut self, wakes: Vec<Wake>) {
        let newest = self.newest_step();
        for Wake { at, whom } in wakes {
            let at = at.max(self.now);
            match whom {
                Whom::Machine(node) => self.queue.push(at, Due::Machine(node)),
                Whom::Pod(key) => self.set_timer(ActorId::kubelet, key, at, newest),
            }
        }
    }

    /// Lets the programs on a machine do what is due.
    pub(super) fn advance_machine(&mut self, node: &Arc<str>) {
        let wakes = self.on_machines(|runtime, ground| runtime.advance(ground, node));
        // What programs do goes back to the step by which their kubelet last had a hand in them.
        for wake in wakes {
            if let Whom::Pod(key) = &wake.whom {
                let cause = self.lane(ActorId::kubelet).acted.get(key).copied();
                self.record(Who::Machine(node.clone()), cause.unwrap_or_default());
            }
            self.heed_machines(vec![wake]);
        }
    }
}
