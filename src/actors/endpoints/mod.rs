//! The EndpointSlice controller: which pods stand behind a Service, and which of them take traffic.
//!
//! pkg/controller/endpointslice and k8s.io/endpointslice. Endpoints keep their places in a slice; new ones come last.
//! Left out: hints of topology, dual-stack slices, and that somebody else's edits of a slice are set right at once.

#[cfg(test)]
mod tests;

use super::{Actor, Change, Effect, View};
use crate::api::service::{EndpointConditions, EndpointPort, selects};
use crate::api::{
    Endpoint, EndpointSlice, Key, Kind, Node, ObjectReference, Pod, Resource, Service, Text, Time, condition,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many endpoints a slice takes (`--max-endpoints-per-slice`).
const SLICE_SIZE: usize = 100;

const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER: &str = "endpointslice-controller.k8s.io";
const SERVICE_NAME: &str = "kubernetes.io/service-name";
const HEADLESS: &str = "service.kubernetes.io/headless";
const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// The controller; it remembers which pods each selector has found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct EndpointSliceController {
    /// By namespace and name of the Service.
    services: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Members>>,
}

/// What a Service selects.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Members {
    selector: BTreeMap<String, String>,
    pods: BTreeSet<Arc<str>>,
}

impl Members {
    fn select(&self, pod: &Pod) -> bool {
        selects(&self.selector, pod)
    }
}

impl Actor for EndpointSliceController {
    const NAME: &'static str = "endpoint-slice-controller";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Service, Kind::Pod, Kind::EndpointSlice]
    }

    fn heed(&mut self, change: &Change<'_>, view: &View<'_>, wake: &mut Vec<Key>) {
        let object = change.object();
        if let Some(service) = Service::of(object) {
            self.heed_service(service, change.after.is_some(), view);
            wake.push(service.key());
        } else if Pod::of(object).is_some() {
            self.heed_pod(change.before.and_then(Pod::of), change.after.and_then(Pod::of), wake);
        } else if change.after.is_none() {
            let labels = &object.meta().labels;
            if labels.value(MANAGED_BY) == CONTROLLER {
                wake.push(object.key().beside(Kind::Service, labels.value(SERVICE_NAME)));
            }
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        // The slices of a Service that is gone go with it, by their owner reference.
        let Some(service) = view.get::<Service>(&key.namespace, &key.name) else {
            return vec![];
        };
        if service.spec.selector.is_empty() || service.spec.kind == "ExternalName" || service.metadata.is_terminating()
        {
            return vec![];
        }
        let members = self.services.get(&key.namespace).and_then(|names| names.get(&key.name));
        let pods = members.into_iter().flat_map(|members| &members.pods);
        let pods = pods.filter_map(|name| view.get::<Pod>(&key.namespace, name));
        let mut wanted: Vec<Group> = Vec::new();
        for pod in pods.filter(|pod| belongs(pod)) {
            let ports = ports_of(service, pod);
            let endpoint = endpoint_of(service, pod, view);
            match wanted.iter_mut().find(|group| group.ports == ports) {
                Some(group) => drop(group.endpoints.insert(pod.metadata.name.clone(), endpoint)),
                None => wanted.push(Group {
                    ports,
                    endpoints: [(pod.metadata.name.clone(), endpoint)].into(),
                }),
            }
        }
        let existing: Vec<Arc<EndpointSlice>> = view
            .owned::<EndpointSlice>(service.metadata.uid)
            .filter(|slice| slice.metadata.labels.value(MANAGED_BY) == CONTROLLER)
            .cloned()
            .collect();
        plan(view, service, wanted, &existing)
    }
}

/// The endpoints whose ports are the same, by the names of their pods.
struct Group {
    ports: Vec<EndpointPort>,
    endpoints: BTreeMap<Arc<str>, Endpoint>,
}

impl EndpointSliceController {
    fn heed_service(&mut self, service: &Service, stays: bool, view: &View<'_>) {
        let meta = &service.metadata;
        let names = self.services.entry(meta.namespace.clone()).or_default();
        if !stays {
            names.remove(&meta.name);
            if names.is_empty() {
                self.services.remove(&meta.namespace);
            }
            return;
        }
        let members = names.entry(meta.name.clone()).or_default();
        if members.selector != service.spec.selector {
            members.selector = service.spec.selector.clone();
            members.pods = view
                .list::<Pod>("")
                .filter(|pod| pod.metadata.namespace == meta.namespace && members.select(pod))
                .map(|pod| pod.metadata.name.clone())
                .collect();
        }
    }

    fn heed_pod(&mut self, before: Option<&Arc<Pod>>, after: Option<&Arc<Pod>>, wake: &mut Vec<Key>) {
        let Some(pod) = after.or(before) else { return };
        let Some(names) = self.services.get_mut(&pod.metadata.namespace) else {
            return;
        };
        let changed = match (before, after) {
            (Some(before), Some(after)) => before.metadata.uid != after.metadata.uid || looks(before) != looks(after),
            _ => true,
        };
        for (name, members) in names {
            let selected = after.is_some_and(|pod| members.select(pod));
            let news = if selected {
                members.pods.insert(pod.metadata.name.clone())
            } else {
                members.pods.remove(&pod.metadata.name)
            };
            if news || selected && changed {
                wake.push(pod.key().beside(Kind::Service, name.clone()));
            }
        }
    }
}

/// Returns what of a pod matters to an endpoint.
fn looks(pod: &Pod) -> (bool, bool, bool, &str, &str, &str) {
    let terminating = pod.metadata.is_terminating();
    let (ip, node) = (&*pod.status.pod_ip, &*pod.spec.node_name);
    (pod.is_ready(), terminating, belongs(pod), ip, node, &*pod.spec.hostname)
}

/// Says whether a pod is an endpoint at all: it has an address and is not over (`ShouldPodBeInEndpoints`).
fn belongs(pod: &Pod) -> bool {
    !pod.status.pod_ip.is_empty() && !pod.status.phase.is_terminal()
}

/// Returns the ports of a Service as this pod has them; a named port that the pod does not know is left out (`FindPort`).
fn ports_of(service: &Service, pod: &Pod) -> Vec<EndpointPort> {
    let ports = service.spec.ports.iter().filter_map(|port| {
        Some(EndpointPort {
            name: port.name.clone(),
            port: port.number_at(pod)?,
            protocol: port.protocol.clone(),
            app_protocol: port.app_protocol.clone(),
            ..EndpointPort::default()
        })
    });
    ports.collect()
}

fn endpoint_of(service: &Service, pod: &Pod, view: &View<'_>) -> Endpoint {
    let (ready, terminating) = (pod.is_ready(), pod.metadata.is_terminating());
    let node = view.get::<Node>("", &pod.spec.node_name);
    // Only the Service that governs the pod gives it a name of its own.
    let named = !pod.spec.hostname.is_empty() && *pod.spec.subdomain == *service.metadata.name;
    Endpoint {
        addresses: vec![pod.status.pod_ip.clone()],
        conditions: EndpointConditions {
            ready: service.spec.publish_not_ready_addresses || ready && !terminating,
            serving: ready,
            terminating,
            ..EndpointConditions::default()
        },
        hostname: named.then(|| pod.spec.hostname.clone()),
        node_name: Some(pod.spec.node_name.clone()),
        target_ref: Some(ObjectReference {
            kind: "Pod".into(),
            name: pod.metadata.name.clone(),
            namespace: pod.metadata.namespace.clone(),
            uid: pod.metadata.uid,
            ..ObjectReference::default()
        }),
        zone: node
            .map(|node| node.zone().to_owned().into())
            .filter(|zone: &Text| !zone.is_empty()),
        ..Endpoint::default()
    }
}

/// Returns what turns the slices that exist into those that are wanted. A slice that nobody needs is taken for a new
/// one, so that names stay (`reconcileByAddressType`).
fn plan(view: &View<'_>, service: &Arc<Service>, wanted: Vec<Group>, existing: &[Arc<EndpointSlice>]) -> Vec<Effect> {
    let mut trigger: Option<Time> = None;
    let mut free: Vec<&Arc<EndpointSlice>> = Vec::new();
    let mut slices: Vec<(Option<&Arc<EndpointSlice>>, EndpointSlice)> = Vec::new();
    let mut groups = wanted;
    for slice in existing {
        let Some(group) = groups.iter_mut().find(|group| group.ports == slice.ports) else {
            free.push(slice);
            continue;
        };
        let mut new = EndpointSlice::clone(slice);
        new.endpoints.retain_mut(|endpoint| {
            let target = endpoint.target_ref.as_ref();
            let wanted = target.and_then(|target| {
                let wanted = group.endpoints.get(&target.name)?;
                (wanted.target_ref.as_ref().map(|t| t.uid) == Some(target.uid)).then_some(target.name.clone())
            });
            let Some(wanted) = wanted.and_then(|name| group.endpoints.remove(&name)) else {
                return false;
            };
            if wanted != *endpoint {
                trigger = earlier(trigger, changed_at(view, &wanted));
                *endpoint = wanted;
            }
            true
        });
        slices.push((Some(slice), new));
    }
    for group in groups {
        let mut rest: Vec<Endpoint> = group.endpoints.into_values().collect();
        for endpoint in &rest {
            trigger = earlier(trigger, changed_at(view, endpoint));
        }
        for (_, slice) in slices.iter_mut().filter(|(_, slice)| slice.ports == group.ports) {
            let room = SLICE_SIZE.saturating_sub(slice.endpoints.len()).min(rest.len());
            slice.endpoints.extend(rest.drain(..room));
        }
        while !rest.is_empty() {
            let taken = rest.drain(..rest.len().min(SLICE_SIZE)).collect();
            slices.push((None, new_slice(service, group.ports.clone(), taken)));
        }
    }
    // Slices that have run empty are not kept, but for one that says that there is nothing.
    slices.retain(|(old, slice)| {
        let keep = !slice.endpoints.is_empty();
        free.extend(old.filter(|_| !keep));
        keep
    });
    if slices.is_empty() {
        slices.push((None, new_slice(service, Vec::new(), Vec::new())));
    }
    if existing.is_empty() {
        trigger = trigger.or(service.metadata.creation_timestamp);
    }
    let mut effects = Vec::new();
    for (old, mut slice) in slices {
        let old = old.or_else(|| (!free.is_empty()).then(|| free.remove(0)));
        slice.metadata.labels = labels_of(service);
        let Some(old) = old else {
            annotate(&mut slice, trigger);
            effects.push(Effect::create(slice));
            continue;
        };
        let labels = slice.metadata.labels.clone();
        slice.metadata = old.metadata.clone();
        slice.metadata.labels = labels;
        if slice != **old {
            annotate(&mut slice, trigger);
            effects.push(Effect::update(slice));
        }
    }
    effects.extend(free.into_iter().map(|slice| Effect::delete(&**slice)));
    effects
}

fn new_slice(service: &Service, ports: Vec<EndpointPort>, endpoints: Vec<Endpoint>) -> EndpointSlice {
    let mut slice = EndpointSlice {
        ports,
        endpoints,
        ..EndpointSlice::default()
    };
    slice.metadata.generate_name = format!("{}-", service.metadata.name);
    slice.metadata.namespace = service.metadata.namespace.clone();
    slice.metadata.owner_references = vec![service.as_controller()];
    slice
}

/// Returns the labels of a Service's slices: its own, and three that cannot be set otherwise.
fn labels_of(service: &Service) -> crate::api::Labels {
    let mut labels = service.metadata.labels.clone();
    labels.remove(HEADLESS);
    if service.is_headless() {
        labels.set(HEADLESS, "");
    }
    labels.set(SERVICE_NAME, &*service.metadata.name);
    labels.set(MANAGED_BY, CONTROLLER);
    labels
}

fn annotate(slice: &mut EndpointSlice, trigger: Option<Time>) {
    match trigger {
        Some(at) => slice.metadata.annotations.set(TRIGGER_TIME, at.to_string()),
        None => drop(slice.metadata.annotations.remove(TRIGGER_TIME)),
    }
}

/// Returns when the pod behind an endpoint became what it is: ready, or not.
fn changed_at(view: &View<'_>, endpoint: &Endpoint) -> Option<Time> {
    let target = endpoint.target_ref.as_ref()?;
    let pod = view.get::<Pod>(&target.namespace, &target.name)?;
    condition::find(&pod.status.conditions, "Ready")?.last_transition_time
}

fn earlier(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    one.into_iter().chain(other).min()
}
