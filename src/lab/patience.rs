//! How long a rehearsal waits for what is not well yet. Most of what happens follows at once; some things take their time:
//! a probe that begins late, a claim that is looked at again with all others.

use crate::api::{Container, Pod, Time};
use crate::sim::World;

/// How long what is due takes to have its effect, in milliseconds.
const A_MOMENT_MS: i64 = 1_000;

/// Lets a world go on until it settles, or until a deadline; returns whether it settled. While it `is_well` not, that
/// takes in what comes late: answers to probes, and one look of the controllers at everything.
pub(super) fn wait(world: &mut World, max_ms: i64, mut is_well: impl FnMut(&World) -> bool) -> bool {
    let deadline = world.now() + max_ms;
    let mut ready_then = None;
    loop {
        let settled = world.settle(deadline - world.now());
        if !settled || is_well(world) {
            return settled;
        }
        let next = match first_answer(world) {
            Some(at) => at + A_MOMENT_MS,
            // Everything was looked at again, and nothing came of it.
            None if ready_then == Some(ready(world)) => return true,
            None => {
                ready_then = Some(ready(world));
                world.now() + world.settings.claim_resync + A_MOMENT_MS
            }
        };
        if next >= deadline {
            return true;
        }
        world.run_until(next);
    }
}

/// Returns how many pods are ready.
fn ready(world: &World) -> usize {
    world.store().list::<Pod>("").filter(|pod| pod.is_ready()).count()
}

/// Returns when the next running container that is not ready is asked for the first time, if one is to be.
fn first_answer(world: &World) -> Option<Time> {
    let pods = world.store().list::<Pod>("");
    let awaited = pods.filter(|pod| pod.is_active() && !pod.is_ready()).flat_map(|pod| {
        let spec = &pod.spec;
        let statuses = pod
            .status
            .init_container_statuses
            .iter()
            .chain(&pod.status.container_statuses);
        statuses.filter(|status| !status.ready).filter_map(|status| {
            let mut all = spec.init_containers.iter().chain(spec.containers.iter());
            let container = all.find(|container| container.name == status.name)?;
            let since = status.state.running.as_ref()?.started_at?;
            Some(since + first_asked_ms(container)?)
        })
    });
    awaited.filter(|at| *at > world.now()).min()
}

/// Returns how long after its start a container is asked for the first time whether it is ready, in milliseconds: within a
/// period after the delay, as kubelets ask at ticks of their own.
fn first_asked_ms(container: &Container) -> Option<i64> {
    let probes = [&container.startup_probe, &container.readiness_probe];
    let after = |probe: &crate::api::Probe| {
        let delay = probe.initial_delay_seconds.saturating_add(probe.period_seconds.max(1));
        delay.saturating_mul(1000)
    };
    probes.into_iter().flatten().map(after).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_asked_a_period_after_its_delay_at_the_latest() {
        let container = |tree: serde_json::Value| serde_json::from_value::<Container>(tree).expect("a container");
        let asked = |probes: serde_json::Value| {
            let mut tree = serde_json::json!({"name": "c", "image": "nginx"});
            for (name, probe) in probes.as_object().expect("a map") {
                tree[name] = probe.clone();
            }
            first_asked_ms(&container(tree))
        };
        assert_eq!(asked(serde_json::json!({})), None);
        let late = serde_json::json!({"tcpSocket": {"port": 80}, "initialDelaySeconds": 30, "periodSeconds": 5});
        assert_eq!(asked(serde_json::json!({"readinessProbe": late})), Some(35_000));
        assert_eq!(
            asked(serde_json::json!({"livenessProbe": late})),
            None,
            "that says nothing of readiness"
        );
    }
}
