//! What the scheduler makes of what its watches bring: it keeps its picture of the cluster, and tries those pods again
//! that a change could help.

use super::SCHEDULER_NAME;
use super::Scheduler;
use super::cache::Confirmed;
use super::happening::Happening;
use super::queue::Place;
use crate::actors::{Change, View};
use crate::api::{Key, Node, Object, Pod, Resource, Service};
use std::sync::Arc;

impl Scheduler {
    /// Takes notice of a change.
    pub(super) fn take_notice(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let (before, after) = (change.before, change.after);
        self.volumes.heed(before, after);
        match change.object() {
            Object::Pod(_) => {
                let (before, after) = (before.and_then(Pod::of), after.and_then(Pod::of));
                self.heed_pod(before, after, view, wake);
            }
            Object::Node(node) => {
                let before = before.and_then(Node::of);
                if after.is_none() {
                    self.cache.remove_node(&node.metadata.name);
                    self.stir(Happening::NodeLeft, view, wake);
                } else if self.cache.set_node(node) {
                    let happening = match before {
                        Some(before) => Happening::NodeChanged(before, node),
                        None => Happening::NodeCame(node),
                    };
                    self.stir(happening, view, wake);
                }
            }
            Object::PersistentVolumeClaim(claim) if after.is_some() => {
                self.stir(Happening::Claim(claim), view, wake);
            }
            Object::PersistentVolume(_) if after.is_some() => self.stir(Happening::Volume, view, wake),
            Object::StorageClass(class) if after.is_some() => {
                let before = before.and_then(Resource::of).map(|class: &Arc<_>| &**class);
                self.stir(Happening::Class(before, class), view, wake);
            }
            Object::CsiNode(drivers) if after.is_some() => {
                let before = before.and_then(Resource::of).map(|drivers: &Arc<_>| &**drivers);
                self.stir(Happening::Drivers(before, drivers), view, wake);
            }
            Object::VolumeAttachment(_) if after.is_none() => self.stir(Happening::Detached, view, wake),
            Object::Service(_) => {
                let selector = |object: Option<&Object>| object.and_then(Service::of).map(|s| s.spec.selector.clone());
                if selector(before) != selector(after) {
                    self.cache.core.services += 1;
                }
            }
            Object::Namespace(_) => {
                let labels = |object: Option<&Object>| object.map(|o| o.meta().labels.clone());
                if labels(before) != labels(after) {
                    // Terms that select namespaces were resolved with the old labels.
                    self.cache.scratch = Default::default();
                }
            }
            _ => (),
        }
    }

    fn heed_pod(&mut self, before: Option<&Arc<Pod>>, after: Option<&Arc<Pod>>, view: &View<'_>, wake: &mut Vec<Key>) {
        // The watch selects pods that have not ended; one that ends is gone (`informerFactory`'s field selector).
        let Some(pod) = after.filter(|pod| !pod.status.phase.is_terminal()) else {
            if let Some(pod) = before.or(after) {
                self.pod_left(after.unwrap_or(pod), view, wake);
            }
            return;
        };
        let uid = pod.metadata.uid;
        if pod.is_scheduled() {
            if self.queue.remove(&pod.key(), Some(uid)).is_some() {
                self.nominated.remove(uid);
            }
            match (self.cache.confirm(pod, view), before) {
                (Confirmed::Same, _) => (),
                (Confirmed::Changed, Some(before)) => self.stir(Happening::PodChanged(before, pod), view, wake),
                _ => self.stir(Happening::PodCame(pod), view, wake),
            }
            return;
        }
        if pod.spec.scheduler_name != SCHEDULER_NAME {
            return;
        }
        if self.queue.add(pod, view.now) {
            wake.push(pod.key());
        }
        let is_binding = self
            .queue
            .get(&pod.key())
            .is_some_and(|entry| matches!(entry.place, Place::Binding(_)));
        let (was, is) = (
            before.map_or("", |pod| &*pod.status.nominated_node_name),
            &pod.status.nominated_node_name,
        );
        if is_binding || was == &**is {
            return;
        }
        if is.is_empty() {
            self.nominated.remove(uid);
        } else {
            let shape = self.cache.scratch.shapes.of(pod, view, self.cache.core.services);
            self.nominated.add(pod, &shape, is);
        }
    }

    /// Takes notice that a pod is gone, or has ended.
    fn pod_left(&mut self, pod: &Arc<Pod>, view: &View<'_>, wake: &mut Vec<Key>) {
        let uid = pod.metadata.uid;
        let queued = self.queue.remove(&pod.key(), Some(uid));
        if let Some(Place::Binding(binding)) = queued.map(|entry| entry.place) {
            binding.revert(&mut self.volumes);
        }
        let was_nominated = self.nominated.remove(uid);
        if self.cache.remove(uid).is_some() || was_nominated {
            self.stir(Happening::PodLeft(pod), view, wake);
        }
    }

    /// Lets those pods be tried again that something could help.
    pub(super) fn stir(&mut self, happening: Happening<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let interests = happening.interests();
        for key in self.queue.turned_down_by(interests) {
            let Some(entry) = self.queue.get(&key) else { continue };
            let mut asked = entry.turned_down_by.iter().filter(|plugin| interests.contains(*plugin));
            if asked.any(|plugin| happening.may_help(plugin, &entry.pod, view)) && self.queue.requeue(&key, view.now) {
                wake.push(key);
            }
        }
    }
}
