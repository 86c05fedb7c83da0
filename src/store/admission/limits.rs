//! Limit ranges: what the pods and claims of a namespace are given, and between which bounds they must stay
//! (admission plugin `LimitRanger`, plugin/pkg/admission/limitranger).

use super::super::{Refusal, Store};
use super::amounts;
use crate::api::{Container, Key, Kind, Object, PersistentVolumeClaim, Pod, Quantity, Resource, quantity::Resources};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The annotation that tells which amounts were filled in.
const FILLED_IN: &str = "kubernetes.io/limit-ranger";

/// One entry of a limit range: what it says of containers, of pods or of claims.
struct Item {
    kind: String,
    min: Resources,
    max: Resources,
    limits: Resources,
    requests: Resources,
    ratio: Resources,
}

impl Item {
    fn of(value: &Value) -> Self {
        let mut item = Self {
            kind: value["type"].as_str().unwrap_or_default().to_owned(),
            min: amounts(&value["min"]),
            max: amounts(&value["max"]),
            limits: amounts(&value["default"]),
            requests: amounts(&value["defaultRequest"]),
            ratio: amounts(&value["maxLimitRequestRatio"]),
        };
        if item.kind == "Container" {
            // pkg/apis/core/v1/defaults.go, `SetDefaults_LimitRangeItem`.
            complete(&mut item.limits, &item.max);
            complete(&mut item.requests, &item.limits);
            complete(&mut item.requests, &item.min);
        }
        item
    }

    /// Returns what is wrong with amounts of something that this entry is about.
    fn faults(&self, asked: &Resources, allowed: &Resources) -> Vec<String> {
        let mut faults = Vec::new();
        for (resource, least) in &self.min {
            let bound = format!("minimum {resource} usage per {} is {least}", self.kind);
            match (asked.get(resource), allowed.get(resource)) {
                (None, _) => faults.push(format!("{bound}.  No request is specified")),
                (Some(ask), _) if ask.as_milli() < least.as_milli() => {
                    faults.push(format!("{bound}, but request is {ask}"));
                }
                (_, Some(limit)) if limit.as_milli() < least.as_milli() => {
                    faults.push(format!("{bound}, but limit is {limit}"));
                }
                _ => (),
            }
        }
        for (resource, most) in &self.max {
            let bound = format!("maximum {resource} usage per {} is {most}", self.kind);
            // A claim has requests only.
            let needs_limit = self.kind != "PersistentVolumeClaim";
            match (asked.get(resource), allowed.get(resource)) {
                (_, None) if needs_limit => faults.push(format!("{bound}.  No limit is specified")),
                (_, Some(limit)) if limit.as_milli() > most.as_milli() => {
                    faults.push(format!("{bound}, but limit is {limit}"));
                }
                (Some(ask), _) if ask.as_milli() > most.as_milli() => {
                    faults.push(format!("{bound}, but request is {ask}"));
                }
                (None, _) if !needs_limit => faults.push(format!("{bound}.  No request is specified")),
                _ => (),
            }
        }
        for (resource, most) in &self.ratio {
            let bound = format!("{resource} max limit to request ratio per {} is {most}", self.kind);
            let amount = |amounts: &Resources| amounts.get(resource).map_or(0, |amount| amount.as_milli());
            let (ask, limit) = (amount(asked), amount(allowed));
            if ask == 0 {
                faults.push(format!("{bound}, but no request is specified or request is 0"));
            } else if limit == 0 {
                faults.push(format!("{bound}, but no limit is specified or limit is 0"));
            } else if limit as f64 / ask as f64 > most.as_milli() as f64 / 1000.0 {
                let ratio = limit as f64 / ask as f64;
                faults.push(format!("{bound}, but provided ratio is {ratio:.6}"));
            }
        }
        faults
    }
}

/// Gives amounts those of others that they lack.
fn complete(amounts: &mut Resources, others: &Resources) {
    for (resource, amount) in others {
        amounts.entry(resource.clone()).or_insert(*amount);
    }
}

impl Store {
    fn limits(&self, namespace: &str) -> Vec<Item> {
        let kind = Kind::of("v1", "LimitRange");
        let ranges = kind.iter().flat_map(|kind| self.objects(kind, namespace));
        let items = ranges.filter_map(|range| match range {
            Object::Carried(_, range) => range.rest.get("spec")?.get("limits")?.as_array(),
            _ => None,
        });
        items.flatten().map(Item::of).collect()
    }

    /// Gives a new pod's containers what they leave open, and refuses a pod that is out of bounds.
    pub(super) fn limit_pod(&self, pod: &mut Pod) -> Result<(), Refusal> {
        let items = self.limits(&pod.metadata.namespace);
        if items.is_empty() {
            return Ok(());
        }
        fill_in(pod, &items);
        overcommitted(pod)?;
        let mut faults = Vec::new();
        for item in &items {
            let all = pod.spec.init_containers.iter().chain(pod.spec.containers.iter());
            match &*item.kind {
                "Container" => {
                    faults.extend(all.flat_map(|c| item.faults(&c.resources.requests, &c.resources.limits)));
                }
                "Pod" => faults.extend(item.faults(&sums(pod, item, false), &sums(pod, item, true))),
                _ => (),
            }
        }
        refuse(pod.key(), faults)
    }

    /// Refuses a new claim that is out of bounds.
    pub(super) fn limit_claim(&self, claim: &PersistentVolumeClaim) -> Result<(), Refusal> {
        let items = self.limits(&claim.metadata.namespace);
        let of_claims = items.iter().filter(|item| item.kind == "PersistentVolumeClaim");
        let faults = of_claims.flat_map(|item| item.faults(&claim.spec.resources.requests, &Resources::new()));
        refuse(claim.key(), faults.collect())
    }
}

fn refuse(key: Key, faults: Vec<String>) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    // An aggregate of errors says each once.
    let faults: Vec<String> = faults.into_iter().filter(|fault| seen.insert(fault.clone())).collect();
    let why = match faults.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Err(Refusal::Forbidden { key, why })
}

/// Fills in the requests and limits that containers leave open, and notes which.
fn fill_in(pod: &mut Pod, items: &[Item]) {
    let (mut requests, mut limits) = (Resources::new(), Resources::new());
    for item in items.iter().filter(|item| item.kind == "Container") {
        requests.extend(item.requests.clone());
        limits.extend(item.limits.clone());
    }
    let mut notes = Vec::new();
    let spec = pod.spec_mut();
    for (containers, word) in [
        (&mut spec.containers, "container"),
        (&mut spec.init_containers, "init container"),
    ] {
        for container in Arc::make_mut(containers) {
            let resources = &mut container.resources;
            for (amounts, given, what) in [
                (&mut resources.requests, &requests, "request"),
                (&mut resources.limits, &limits, "limit"),
            ] {
                let lacking = given.keys().filter(|resource| !amounts.contains_key(*resource));
                let lacking: Vec<String> = lacking.cloned().collect();
                complete(amounts, given);
                if !lacking.is_empty() {
                    notes.push(format!("{} {what} for {word} {}", lacking.join(", "), container.name));
                }
            }
        }
    }
    if !notes.is_empty() {
        let note = format!("LimitRanger plugin set: {}", notes.join("; "));
        pod.metadata.annotations.set(FILLED_IN, note);
    }
}

/// Refuses a pod that asks for more than it may have now that limits were filled in (`ValidateResourceRequirements`).
fn overcommitted(pod: &Pod) -> Result<(), Refusal> {
    let mut causes = Vec::new();
    for (list, containers) in [
        ("containers", &pod.spec.containers),
        ("initContainers", &pod.spec.init_containers),
    ] {
        for (at, Container { resources, .. }) in containers.iter().enumerate() {
            for (resource, asked) in &resources.requests {
                let limit = resources.limits.get(resource);
                if let Some(limit) = limit.filter(|limit| asked.as_milli() > limit.as_milli()) {
                    causes.push(format!(
                        "spec.{list}[{at}].resources.requests: Invalid value: \"{asked}\": must be less than or equal to {resource} limit of {limit}"
                    ));
                }
            }
        }
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(Refusal::Invalid { key: pod.key(), causes })
}

/// Returns the sums over a pod's containers of the resources that an entry names.
fn sums(pod: &Pod, item: &Item, limits: bool) -> Resources {
    let names: BTreeSet<&String> = item
        .min
        .keys()
        .chain(item.max.keys())
        .chain(item.ratio.keys())
        .collect();
    let of = |container: &Container, resource: &str| {
        let resources = &container.resources;
        let amounts = if limits { &resources.limits } else { &resources.requests };
        amounts.get(resource).copied()
    };
    let mut sums = Resources::new();
    for resource in names {
        let main = pod
            .spec
            .containers
            .iter()
            .filter_map(|container| of(container, resource));
        let main = main.reduce(Quantity::plus);
        let init = pod
            .spec
            .init_containers
            .iter()
            .filter_map(|container| of(container, resource))
            .max();
        if let Some(sum) = main.max(init) {
            sums.insert(resource.clone(), sum);
        }
    }
    sums
}
