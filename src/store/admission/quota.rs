//! Resource quotas: how much of each thing a namespace may hold (admission plugin `ResourceQuota`,
//! apiserver/pkg/admission/plugin/resourcequota, pkg/quota/v1/evaluator/core).
//!
//! What is used is counted when it is asked for, where Kubernetes has a controller write it into the quota's status: the
//! moment in which a deleted pod still counts is left out, and the quota's `resourceVersion` stays. Left out too: quotas
//! for extended resources and for VolumeAttributesClasses.

use super::super::{Refusal, Store};
use super::amounts;
use crate::api::{
    Container, Key, Kind, Object, PersistentVolumeClaim, Pod, Quantity, Service, Time, quantity::Resources,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The resources that every container must name where a quota limits them.
const MUST_BE_NAMED: [&str; 6] = [
    "cpu",
    "limits.cpu",
    "limits.memory",
    "memory",
    "requests.cpu",
    "requests.memory",
];

/// A quota as it is asked for.
struct Quota<'a> {
    name: &'a str,
    hard: Resources,
    scopes: Vec<Scope>,
}

/// Which pods a quota is about.
struct Scope {
    name: String,
    operator: String,
    values: Vec<String>,
}

impl<'a> Quota<'a> {
    fn of(object: &'a Object) -> Option<Self> {
        let Object::Carried(_, carried) = object else {
            return None;
        };
        let spec = carried.rest.get("spec")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &'a Value| value.as_array().into_iter().flatten();
        let mut scopes: Vec<Scope> = list(&spec["scopes"])
            .map(|name| Scope {
                name: text(name),
                operator: "Exists".to_owned(),
                values: vec![],
            })
            .collect();
        scopes.extend(list(&spec["scopeSelector"]["matchExpressions"]).map(|term| Scope {
            name: text(&term["scopeName"]),
            operator: text(&term["operator"]),
            values: list(&term["values"]).map(text).collect(),
        }));
        Some(Self {
            name: &carried.metadata.name,
            hard: amounts(&spec["hard"]),
            scopes,
        })
    }

    /// Says whether an object counts. A quota with scopes is about pods only.
    fn is_about(&self, object: &Object) -> bool {
        match object {
            Object::Pod(pod) => self.scopes.iter().all(|scope| scope.takes_in(pod)),
            _ => self.scopes.is_empty(),
        }
    }

    /// Returns what an object takes of the things that the quota limits.
    fn share(&self, object: &Object, now: Time) -> Resources {
        let mut share = usage(object, now);
        share.retain(|resource, _| self.hard.contains_key(resource));
        share
    }
}

impl Scope {
    fn takes_in(&self, pod: &Pod) -> bool {
        let best_effort = pod.status.qos_class == "BestEffort";
        match &*self.name {
            "Terminating" => pod.spec.active_deadline_seconds.is_some(),
            "NotTerminating" => pod.spec.active_deadline_seconds.is_none(),
            "BestEffort" => best_effort,
            "NotBestEffort" => !best_effort,
            "PriorityClass" => {
                let class = &*pod.spec.priority_class_name;
                let is_named = self.values.iter().any(|value| value == class);
                match &*self.operator {
                    "In" => is_named,
                    "NotIn" => !is_named,
                    "DoesNotExist" => class.is_empty(),
                    _ => !class.is_empty(),
                }
            }
            _ => false,
        }
    }
}

impl Store {
    fn quotas(&self, namespace: &str) -> Vec<Quota<'_>> {
        let shelf = Kind::of("v1", "ResourceQuota").and_then(|kind| self.shelves.get(&kind));
        let names = shelf.and_then(|shelf| shelf.get(namespace));
        names
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter_map(Quota::of)
            .collect()
    }

    /// Refuses an object that takes more than a quota of its namespace has left; `old` is what it was before.
    pub(super) fn keep_within_quotas(&self, old: Option<&Object>, new: &Object, now: Time) -> Result<(), Refusal> {
        let key = new.key();
        for quota in self.quotas(&key.namespace) {
            if !quota.is_about(new) {
                continue;
            }
            if let (Object::Pod(pod), None) = (new, old) {
                must_name(pod, &quota, &key)?;
            }
            let mut asked = quota.share(new, now);
            for (resource, before) in old.map(|old| quota.share(old, now)).unwrap_or_default() {
                let more = asked.get(&resource).copied().unwrap_or_default().minus(before);
                asked.insert(resource, more);
            }
            asked.retain(|_, amount| amount.as_milli() > 0);
            if asked.is_empty() {
                continue;
            }
            let used = self.used(&quota, &key.namespace, now);
            let of = |amounts: &Resources, resource: &String| amounts.get(resource).copied().unwrap_or_default();
            asked.retain(|resource, amount| {
                of(&used, resource).plus(*amount).as_milli() > of(&quota.hard, resource).as_milli()
            });
            if asked.is_empty() {
                continue;
            }
            let list = |amounts: &Resources| {
                let pairs = asked
                    .keys()
                    .map(|resource| format!("{resource}={}", of(amounts, resource)));
                pairs.collect::<Vec<_>>().join(",")
            };
            let (requested, name) = (list(&asked), quota.name);
            let (used, limited) = (list(&used), list(&quota.hard));
            let why = format!("exceeded quota: {name}, requested: {requested}, used: {used}, limited: {limited}");
            return Err(Refusal::Forbidden { key, why });
        }
        Ok(())
    }

    fn used(&self, quota: &Quota<'_>, namespace: &str, now: Time) -> Resources {
        let mut used: Resources = quota.hard.keys().map(|r| (r.clone(), Quantity::default())).collect();
        let kinds = self
            .kinds()
            .filter(|kind| **kind != Kind::Event && kind.is_namespaced());
        for object in kinds.flat_map(|kind| self.objects(kind, namespace)) {
            if quota.is_about(object) {
                for (resource, amount) in quota.share(object, now) {
                    let sum = used.entry(resource).or_default();
                    *sum = sum.plus(amount);
                }
            }
        }
        used
    }

    /// Returns the status of a ResourceQuota as it is now: `hard` and `used`; None for an object of another kind, and for
    /// one whose status is written: it comes from the dump of another cluster.
    pub fn quota_status(&self, object: &Object, now: Time) -> Option<Value> {
        if !is_quota(object) || matches!(object, Object::Carried(_, quota) if quota.rest.contains_key("status")) {
            return None;
        }
        let quota = Quota::of(object)?;
        let used = self.used(&quota, &object.meta().namespace, now);
        let text = |amounts: &Resources| -> Value {
            let pairs = amounts.iter();
            pairs
                .map(|(resource, amount)| (resource.clone(), json!(amount.to_string())))
                .collect()
        };
        Some(json!({"hard": text(&quota.hard), "used": text(&used)}))
    }
}

/// Takes the status off a quota that somebody writes: it is not theirs to write, and it is counted anew for each reader.
pub(super) fn forget_status(object: &mut Object) {
    if is_quota(object)
        && let Object::Carried(_, quota) = object
        && quota.rest.contains_key("status")
    {
        Arc::make_mut(quota).rest.remove("status");
    }
}

fn is_quota(object: &Object) -> bool {
    matches!(object, Object::Carried(Kind::Carried(info), _) if info.group.is_empty() && info.kind == "ResourceQuota")
}

/// Refuses a pod whose containers do not name what a quota limits (`podEvaluator.Constraints`).
fn must_name(pod: &Pod, quota: &Quota<'_>, key: &Key) -> Result<(), Refusal> {
    let lacking = |resource: &str| -> Vec<String> {
        let all = pod.spec.containers.iter().chain(pod.spec.init_containers.iter());
        let lack = all.filter(|container| amount_of(container, resource).is_none());
        lack.map(|container| container.name.to_string()).collect()
    };
    let limited = MUST_BE_NAMED
        .into_iter()
        .filter(|resource| quota.hard.contains_key(*resource));
    let lacking = limited.map(|resource| (resource, lacking(resource)));
    let words: Vec<String> = lacking
        .filter(|(_, containers)| !containers.is_empty())
        .map(|(resource, containers)| format!("{resource} for: {}", containers.join(",")))
        .collect();
    if words.is_empty() {
        return Ok(());
    }
    let why = format!("failed quota: {}: must specify {}", quota.name, words.join("; "));
    let key = key.clone();
    Err(Refusal::Forbidden { key, why })
}

/// Returns what a container says of `cpu`, `requests.memory`, `limits.cpu` and so on.
fn amount_of(container: &Container, resource: &str) -> Option<Quantity> {
    let resources = &container.resources;
    match resource.split_once('.') {
        Some(("limits", resource)) => resources.limits.get(resource).copied(),
        Some((_, resource)) => resources.requests.get(resource).copied(),
        None => resources.requests.get(resource).copied(),
    }
}

/// Returns how much of everything that a quota can limit an object takes.
fn usage(object: &Object, now: Time) -> Resources {
    let info = object.kind().info().clone();
    let counted = if info.group.is_empty() {
        format!("count/{}", info.plural)
    } else {
        format!("count/{}.{}", info.plural, info.group)
    };
    let mut usage: Resources = [(counted, Quantity::whole(1))].into();
    match object {
        Object::Pod(pod) => of_pod(pod, now, &mut usage),
        Object::PersistentVolumeClaim(claim) => of_claim(claim, &mut usage),
        Object::Service(service) => of_service(service, &mut usage),
        _ if info.group.is_empty() => drop(usage.insert(info.plural.to_string(), Quantity::whole(1))),
        _ => (),
    }
    usage
}

/// A pod counts until it has ended, or should have been gone for its grace period (`QuotaV1Pod`).
fn of_pod(pod: &Pod, now: Time, usage: &mut Resources) {
    let meta = &pod.metadata;
    let grace = meta.deletion_grace_period_seconds.unwrap_or_default() * 1000;
    let overdue = meta.deletion_timestamp.is_some_and(|at| now > at + grace);
    if pod.status.phase.is_terminal() || overdue {
        return;
    }
    usage.insert("pods".to_owned(), Quantity::whole(1));
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        let asked = pod.spec.request(resource);
        usage.insert(format!("requests.{resource}"), asked);
        usage.insert(resource.to_owned(), asked);
        let limits = pod.spec.containers.iter();
        let limit = limits.filter_map(|container| container.resources.limits.get(resource));
        let limit = limit.copied().fold(Quantity::default(), Quantity::plus);
        let inits = pod.spec.init_containers.iter();
        let init = inits
            .filter_map(|container| container.resources.limits.get(resource))
            .max();
        let limit = limit.max(init.copied().unwrap_or_default());
        usage.insert(format!("limits.{resource}"), limit);
    }
}

fn of_claim(claim: &PersistentVolumeClaim, usage: &mut Resources) {
    let (one, size) = (Quantity::whole(1), claim.request());
    usage.insert("persistentvolumeclaims".to_owned(), one);
    usage.insert("requests.storage".to_owned(), size);
    if !claim.class().is_empty() {
        let of_class = format!("{}.storageclass.storage.k8s.io", claim.class());
        usage.insert(format!("{of_class}/persistentvolumeclaims"), one);
        usage.insert(format!("{of_class}/requests.storage"), size);
    }
}

fn of_service(service: &Service, usage: &mut Resources) {
    usage.insert("services".to_owned(), Quantity::whole(1));
    let ports = service.spec.ports.len() as i64;
    match &*service.spec.kind {
        "NodePort" => drop(usage.insert("services.nodeports".to_owned(), Quantity::whole(ports))),
        "LoadBalancer" => {
            usage.insert("services.nodeports".to_owned(), Quantity::whole(ports));
            usage.insert("services.loadbalancers".to_owned(), Quantity::whole(1));
        }
        _ => (),
    }
}
