//! The kubelets: one on each machine, looking after the pods that were given to its node.
//!
//! All of them are one actor here, whose keys are pods and nodes. Each works from its own node: one that is cut off goes
//! on with the pods that it knows, writes nothing, and looks at everything anew when it is back; one whose machine or
//! process is down does nothing, and remembers nothing afterwards. What runs is the runtime's business: a kubelet only
//! looks at it, and asks for deeds.
//!
//! A pod that is gone from the API server, or has been replaced by another of the same name, is led to its end under its
//! old key, beside the new one: the old node must not go on with it.

mod worker;
mod backoff;
mod node;
mod agent;
mod downward;
mod env;
mod links;
mod volumes;
mod projected;
mod status;
mod pass;
mod launch;
mod pulling;
mod probes;
mod stop;
#[cfg(test)]
mod tests;

pub use node::machine_of;
pub use volumes::source_of;

use super::{Actor, Change, Effect, EventNote, View};
use crate::api::{ByKey, Key, Kind, Node, ObjectReference, Pod, Resource, Time, Uid};
use pass::Pass;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use worker::{Share, Worker};

/// All the kubelets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Kubelet {
    /// The pods that they know, by key; the last of each is the API server's, those before it are being ended.
    workers: ByKey<Key, Vec<Worker>>,
    /// What each of them knows of its own node.
    agents: BTreeMap<Arc<str>, Agent>,
    /// The pods that wait for an object.
    awaited: BTreeMap<Key, BTreeSet<Key>>,
}

/// What one kubelet knows of its node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Agent {
    /// Whether it has looked at everything since it last came to reach the API server.
    in_touch: bool,
    /// Whether it has registered its node: it does so once.
    registered: bool,
    /// Its pods.
    pods: BTreeSet<Key>,
    /// Those that wait for their volumes to be attached.
    waiting: BTreeSet<Key>,
    /// What its pods take.
    used: Share,
}

impl Actor for Kubelet {
    const NAME: &'static str = "kubelet";

    fn watches(&self) -> Vec<Kind> {
        vec![
            Kind::Pod,
            Kind::Node,
            Kind::PersistentVolumeClaim,
            Kind::PersistentVolume,
            Kind::Secret,
            Kind::ConfigMap,
        ]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        match Node::of(change.object()) {
            Some(_) => self.heed_node(change, view, wake),
            None if Pod::of(change.object()).is_some() => self.heed_pod(change, view, wake),
            None if self.awaited.is_empty() => (),
            None => wake.extend(self.awaited.get(&change.object().key()).into_iter().flatten().cloned()),
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        match key.kind {
            Kind::Node => self.sync_node(view, &key.name),
            _ => self.sync_pod(view, key),
        }
    }

    fn place(&self, key: &Key) -> Option<Arc<str>> {
        match key.kind {
            Kind::Node => Some(Arc::clone(&key.name)),
            _ => self.workers.get(key)?.last().map(|worker| Arc::clone(&worker.node)),
        }
    }
}

/// Says whether the kubelet of a node runs and hears the API server.
fn hears(view: &View<'_>, node: &str) -> bool {
    let machine = view.cloud.machines.get(node);
    machine.is_some_and(crate::cloud::Machine::is_heard)
}

impl Kubelet {
    /// Returns when a container of a pod is tried again: its image pulled after a failed pull, or itself started after a
    /// crash. None when nothing holds it back.
    pub fn held_until(&self, pod: &Key, container: &str) -> Option<Time> {
        let worker = self.workers.get(pod)?.last()?;
        let book = worker.books.iter().find(|book| book.name == container)?;
        let Some(failed) = book.pull.failed else {
            return book.held;
        };
        let spec = &worker.pod.spec;
        let mut specs = spec.init_containers.iter().chain(spec.containers.iter());
        let image = &specs.find(|spec| spec.name == container)?.image;
        let (_, back_off) = worker.pulls.iter().find(|(known, _)| known == image)?;
        back_off.until(failed)
    }

    /// Returns when a mount of a pod's volumes that has failed is tried again, and how it failed.
    pub fn mounts_again(&self, pod: &Key) -> Option<(Time, &str)> {
        let (trouble, at, _) = self.workers.get(pod)?.last()?.wait.as_ref()?.trouble.as_ref()?;
        Some((*at, trouble.as_str()))
    }

    fn heed_node(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let before = change.before.and_then(Node::of);
        let name = &change.object().meta().name;
        if !hears(view, name) {
            return;
        }
        let Some(after) = change.after.and_then(Node::of) else {
            return;
        };
        let news = before.is_none_or(|before| before.is_ready() != after.is_ready()) || !after.is_ready();
        if news {
            wake.push(change.object().key());
        }
        if before.is_none_or(|before| before.status.volumes_attached != after.status.volumes_attached)
            && let Some(agent) = self.agents.get(name)
        {
            wake.extend(agent.waiting.iter().cloned());
        }
    }

    fn heed_pod(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let pod = Pod::of(change.object()).expect("the caller looked");
        if !pod.is_scheduled() || !hears(view, &pod.spec.node_name) {
            return;
        }
        let key = pod.key();
        let uid = pod.metadata.uid;
        let known = self
            .workers
            .get_mut(&key)
            .and_then(|workers| workers.iter_mut().find(|worker| worker.uid == uid));
        match (change.after, known) {
            (None, Some(_)) => wake.push(key),
            (None, None) => (),
            (Some(_), None) => {
                self.take_on(&key, Arc::clone(pod));
                wake.push(key);
            }
            (Some(_), Some(worker)) => {
                let own = change.before.and_then(Pod::of).is_some_and(|before| {
                    differ_in_status_only(before, pod) && pass::fingerprint(&pod.status) == worker.wrote
                });
                worker.pod = Arc::clone(pod);
                if !own {
                    wake.push(key);
                }
            }
        }
    }

    /// Begins to look after a pod.
    fn take_on(&mut self, key: &Key, pod: Arc<Pod>) {
        let node = Arc::clone(&pod.spec.node_name);
        let agent = self.agents.entry(Arc::clone(&node)).or_default();
        agent.pods.insert(key.clone());
        self.workers.or_default(key.clone()).push(Worker::new(node, pod));
    }

    /// Looks at the pods of one key: the API server's, and those of the same name that are being ended.
    fn sync_pod(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let Some(mut workers) = self.workers.remove(key) else {
            return vec![];
        };
        let current = view.get::<Pod>(&key.namespace, &key.name).cloned();
        let mut effects = Vec::new();
        let mut done = Vec::new();
        workers.retain_mut(|worker| {
            let stays = self.sync_worker(view, key, worker, current.as_ref(), &mut effects);
            if !stays {
                done.push((Arc::clone(&worker.node), worker.admitted.unwrap_or_default()));
            }
            stays
        });
        if !workers.is_empty() {
            // The API server's own pod comes last: its node is the place of the key.
            workers.sort_by_key(|worker| !worker.gone);
            self.workers.insert(key.clone(), workers);
        }
        for (node, share) in done {
            self.forget(key, &node, share);
        }
        effects
    }

    /// Looks at one pod; returns whether there is more to do for it, ever.
    fn sync_worker(
        &mut self,
        view: &View<'_>,
        key: &Key,
        worker: &mut Worker,
        current: Option<&Arc<Pod>>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let node = Arc::clone(&worker.node);
        let Some(machine) = view
            .cloud
            .machines
            .get(&node)
            .filter(|machine| machine.is_on() && machine.kubelet)
        else {
            return true;
        };
        let reaches = machine.is_heard();
        if reaches {
            match current.filter(|pod| pod.metadata.uid == worker.uid) {
                Some(pod) => worker.pod = Arc::clone(pod),
                None => worker.gone = true,
            }
        }
        let cell = view.runtime.cell(&node, worker.uid);
        if worker.gone && cell.is_none() {
            return false;
        }
        // What it has not begun yet, a kubelet that is cut off cannot begin.
        if !reaches && cell.is_none() {
            return true;
        }
        let agent = self.agents.entry(Arc::clone(&node)).or_default();
        let before = worker.admitted.unwrap_or_default();
        let others = agent.used.less(before);
        let (pods, workers) = (&agent.pods, &self.workers);
        let claimed = |claim: &str| {
            let beside = pods
                .iter()
                .filter(|other| *other != key && other.namespace == key.namespace);
            let mut beside = beside.filter_map(|other| workers.get(other)?.last());
            beside.any(|other| view.runtime.cell(&node, other.uid).is_some() && uses(other, claim))
        };
        let mut pass = Pass {
            view: *view,
            pod: Arc::clone(&worker.pod),
            node: view.get::<Node>("", &node).cloned().unwrap_or_default(),
            worker,
            others,
            claimed: &claimed,
            cell,
            reaches,
            effects: Vec::new(),
            waits: Default::default(),
            awaited: Vec::new(),
            hold: false,
            pulling: false,
        };
        if pass.worker.gone || pass.pod.metadata.is_terminating() || pass.worker.stop.is_some() {
            pass.begin_stop(None);
        } else if !pass.pod.status.phase.is_terminal() {
            pass.run();
        } else if cell.is_some_and(|cell| cell.containers().iter().any(|container| container.is_running())) {
            // Somebody else has called the pod over: pod garbage collection, while the node was away.
            pass.begin_stop(None);
        } else {
            pass.release();
        }
        effects.append(&mut pass.effects);
        let awaited = pass.awaited;
        for object in awaited {
            self.awaited.entry(object).or_default().insert(key.clone());
        }
        if worker.pod.status.phase.is_terminal() {
            worker.admitted = worker.admitted.map(|_| Share::default());
        }
        let agent = self.agents.entry(node).or_default();
        agent.used = agent.used.less(before).plus(worker.admitted.unwrap_or_default());
        if worker.wait.is_some() {
            agent.waiting.insert(key.clone());
        } else {
            agent.waiting.remove(key);
        }
        true
    }

    /// Forgets a pod that is no more.
    fn forget(&mut self, key: &Key, node: &str, share: Share) {
        let others = self.workers.get(key).map(Vec::as_slice).unwrap_or_default();
        let namesake = others.iter().any(|worker| *worker.node == *node);
        if let Some(agent) = self.agents.get_mut(node) {
            agent.used = agent.used.less(share);
            if !namesake {
                agent.waiting.remove(key);
                agent.pods.remove(key);
            }
        }
        if !self.awaited.is_empty() && others.is_empty() {
            self.awaited.retain(|_, pods| {
                pods.remove(key);
                !pods.is_empty()
            });
        }
    }
}

/// Says whether a pod uses a claim.
fn uses(worker: &Worker, claim: &str) -> bool {
    !worker.pod.status.phase.is_terminal() && worker.pod.claims().any(|name| name == claim)
}

/// Says whether nothing but the status differs, as far as a kubelet looks.
fn differ_in_status_only(before: &Pod, after: &Pod) -> bool {
    let (old, new) = (&before.metadata, &after.metadata);
    (Arc::ptr_eq(&before.spec, &after.spec) || before.spec == after.spec)
        && old.deletion_timestamp == new.deletion_timestamp
        && old.deletion_grace_period_seconds == new.deletion_grace_period_seconds
        && (old.annotations.same(&new.annotations) || old.annotations == new.annotations)
        && old.uid == new.uid
}
