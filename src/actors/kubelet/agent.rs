//! The kubelet of one node: it registers the node, reports on it, and finds its pods again after an absence.

use super::*;

impl Kubelet {
    /// Looks at a node: registers it, keeps its status, and comes back to its pods after an absence.
    pub(super) fn sync_node(&mut self, view: &View<'_>, name: &Arc<str>) -> Vec<Effect> {
        let Some(machine) = view.cloud.machines.get(name) else {
            return vec![];
        };
        if !machine.is_on() || !machine.kubelet {
            self.forget_node(name);
            return vec![];
        }
        let agent = self.agents.entry(Arc::clone(name)).or_default();
        if !machine.is_heard() {
            agent.in_touch = false;
            return vec![];
        }
        let mut effects = Vec::new();
        match view.get::<Node>("", name) {
            // Once registered, a node that somebody deletes stays away until its kubelet is restarted.
            None if agent.registered => return vec![],
            None => {
                agent.registered = true;
                effects.push(Effect::create(node::registered(name, machine, view.now)));
                return effects;
            }
            Some(node) => {
                agent.registered = true;
                effects.extend(self.report(view, node, machine));
            }
        }
        let agent = self.agents.entry(Arc::clone(name)).or_default();
        if !agent.in_touch {
            agent.in_touch = true;
            effects.extend(self.look_around(view, name));
        }
        effects
    }

    /// Returns what is new to say of a node.
    pub(super) fn report(&self, view: &View<'_>, node: &Arc<Node>, machine: &crate::cloud::Machine) -> Vec<Effect> {
        let name = &node.metadata.name;
        let mut effects = Vec::new();
        if view.get::<crate::api::CsiNode>("", name).is_none() {
            effects.push(Effect::create(node::csi_node(node, machine)));
        }
        if let Some(completed) = node::completed(node, machine) {
            effects.push(Effect::update(completed));
            effects.push(Effect::WakeAt(node.key(), view.now));
            return effects;
        }
        let mut status = node::filled(node, machine, view.now);
        status.volumes_in_use = self.volumes_in_use(name);
        if status != node.status {
            if !node.is_ready() {
                effects.push(Effect::Event(EventNote {
                    about: ObjectReference {
                        // A kubelet names its node by its name, where others use the uid.
                        uid: Uid::default(),
                        ..Node::clone(node).into_object().reference()
                    },
                    warning: false,
                    reason: "NodeReady".into(),
                    message: format!("Node {name} status is now: NodeReady"),
                    component: None,
                    host: Arc::clone(name),
                }));
            }
            // One that reports tells all its conditions anew, changed or not.
            for condition in &mut status.conditions {
                condition.last_heartbeat_time = Some(view.now);
            }
            let mut node = Node::clone(node);
            node.status = status;
            effects.push(Effect::update_status(node));
        }
        effects
    }

    /// Returns the names of the volumes that the pods of a node use.
    pub(super) fn volumes_in_use(&self, name: &str) -> Vec<String> {
        let Some(agent) = self.agents.get(name) else {
            return vec![];
        };
        let workers = agent.pods.iter().filter_map(|key| self.workers.get(key)).flatten();
        let devices = workers
            .filter(|worker| *worker.node == *name)
            .flat_map(|worker| worker.devices.iter().cloned());
        devices.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Comes back to all the pods of a node: those of the API server, and those that the machine still has.
    pub(super) fn look_around(&mut self, view: &View<'_>, name: &Arc<str>) -> Vec<Effect> {
        let bound: Vec<Arc<Pod>> = view
            .list::<Pod>("")
            .filter(|pod| pod.spec.node_name == *name)
            .cloned()
            .collect();
        for pod in bound {
            let key = pod.key();
            let known = self.workers.get(&key);
            if known.is_none_or(|workers| workers.iter().all(|worker| worker.uid != pod.metadata.uid)) {
                self.take_on(&key, pod);
            }
        }
        for (uid, cell) in view.runtime.cells(name) {
            let key = &cell.sandbox.key;
            let known = self.workers.get(key);
            if known.is_none_or(|workers| workers.iter().all(|worker| worker.uid != uid)) {
                self.take_in(key, name, uid, cell);
            }
        }
        let agent = self.agents.entry(Arc::clone(name)).or_default();
        let keys = agent.pods.iter().cloned();
        keys.map(|key| Effect::WakeAt(key, view.now)).collect()
    }

    /// Takes in what the machine still has of a pod that the API server knows no more.
    pub(super) fn take_in(&mut self, key: &Key, node: &Arc<str>, uid: Uid, cell: &crate::programs::runtime::Cell) {
        let mut pod = Pod::default();
        (pod.metadata.name, pod.metadata.namespace) = (key.name.clone(), key.namespace.clone());
        pod.metadata.uid = uid;
        pod.spec_mut().node_name = Arc::clone(node);
        let specs = cell.containers().iter().map(|container| container.spec().clone());
        pod.spec_mut().containers = Arc::new(specs.collect());
        let mut worker = Worker::new(Arc::clone(node), Arc::new(pod));
        worker.gone = true;
        self.workers.or_default(key.clone()).insert(0, worker);
        let agent = self.agents.entry(Arc::clone(node)).or_default();
        agent.pods.insert(key.clone());
    }

    /// Lets the kubelet of a machine go that is taken away for good: one of the same name that comes later is another.
    pub fn taken_away(&mut self, name: &str) {
        if let Some((name, _)) = self.agents.get_key_value(name) {
            let name = Arc::clone(name);
            self.forget_node(&name);
            self.agents.remove(&name);
        }
    }

    /// Forgets all that the kubelet of one node remembered: its process is down.
    pub(super) fn forget_node(&mut self, name: &Arc<str>) {
        let Some(agent) = self.agents.get_mut(name) else { return };
        let keys = std::mem::take(&mut agent.pods);
        // A kubelet that starts anew registers its node anew.
        *agent = Agent::default();
        for key in keys {
            if let Some(workers) = self.workers.get_mut(&key) {
                workers.retain(|worker| worker.node != *name);
                if workers.is_empty() {
                    self.workers.remove(&key);
                }
            }
        }
    }
}
