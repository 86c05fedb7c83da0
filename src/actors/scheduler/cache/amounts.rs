//! Amounts of resources, as the scheduler adds them up (`framework.Resource`).

use crate::api::{PodSpec, Quantity, Resources};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// So much of each resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// Thousandths of a cpu.
    pub cpu_milli: i64,
    /// Bytes of memory.
    pub memory: i64,
    /// Bytes of ephemeral storage.
    pub ephemeral: i64,
    /// All other resources (`nvidia.com/gpu`, `hugepages-2Mi`), by name.
    pub others: BTreeMap<String, i64>,
}

/// The request for cpu that scoring supposes where there is none (pkg/scheduler/util/pod_resources.go).
pub const DEFAULT_CPU_MILLI: i64 = 100;

/// The request for memory that scoring supposes where there is none: 200 MiB.
pub const DEFAULT_MEMORY: i64 = 200 << 20;

impl Amounts {
    /// Reads what a node can give.
    pub fn of_node(resources: &Resources) -> Self {
        let mut amounts = Self::default();
        for (name, quantity) in resources {
            amounts.set(name, *quantity);
        }
        amounts
    }

    /// Adds up what a pod asks for (`computePodResourceRequest`).
    pub fn of_pod(spec: &PodSpec) -> Self {
        let mut amounts = Self::default();
        let containers = spec.containers.iter().chain(spec.init_containers.iter());
        let names: BTreeSet<&String> = containers
            .flat_map(|c| c.resources.requests.keys().chain(c.resources.limits.keys()))
            .chain(spec.overhead.keys())
            .collect();
        for name in names {
            amounts.set(name, spec.request(name));
        }
        amounts.others.retain(|_, amount| *amount != 0);
        amounts
    }

    fn set(&mut self, name: &str, quantity: Quantity) {
        match name {
            "cpu" => self.cpu_milli = quantity.as_milli(),
            "memory" => self.memory = quantity.value(),
            "ephemeral-storage" => self.ephemeral = quantity.value(),
            "pods" => (),
            other => {
                self.others.insert(other.to_owned(), quantity.value());
            }
        }
    }

    /// Adds what a pod asks for, or takes it away again (`sign` -1).
    pub fn add(&mut self, other: &Amounts, sign: i64) {
        self.cpu_milli += sign * other.cpu_milli;
        self.memory += sign * other.memory;
        self.ephemeral += sign * other.ephemeral;
        for (name, amount) in &other.others {
            *self.others.entry(name.clone()).or_default() += sign * amount;
        }
    }

    /// Returns the amount of another resource than cpu, memory and ephemeral storage.
    pub fn other(&self, name: &str) -> i64 {
        self.others.get(name).copied().unwrap_or(0)
    }

    /// Says whether nothing is asked for.
    pub fn is_nothing(&self) -> bool {
        self.cpu_milli == 0 && self.memory == 0 && self.ephemeral == 0 && self.others.is_empty()
    }
}

/// Returns cpu and memory of a pod as scoring sees them: each container without a request counts with a default
/// (`resourcehelper.PodRequests` with `NonMissingContainerRequests`).
pub fn nonzero_request(spec: &PodSpec) -> (i64, i64) {
    let asks = |c: &crate::api::Container, name| {
        c.resources.requests.contains_key(name) || c.resources.limits.contains_key(name)
    };
    let cpu = |c: &crate::api::Container| {
        if asks(c, "cpu") {
            c.request("cpu").as_milli()
        } else {
            DEFAULT_CPU_MILLI
        }
    };
    let memory = |c: &crate::api::Container| {
        if asks(c, "memory") {
            c.request("memory").value()
        } else {
            DEFAULT_MEMORY
        }
    };
    let overhead = |name| spec.overhead.get(name).copied().unwrap_or_default();
    (
        effective(spec, cpu) + overhead("cpu").as_milli(),
        effective(spec, memory) + overhead("memory").value(),
    )
}

/// Adds up one resource: the sum over containers and sidecars, or the largest init container where that is more.
fn effective(spec: &PodSpec, of: impl Fn(&crate::api::Container) -> i64) -> i64 {
    let mut sum: i64 = spec.containers.iter().map(&of).sum();
    let (mut sidecars, mut largest) = (0, 0);
    for init in spec.init_containers.iter() {
        if init.restart_policy == "Always" {
            sidecars += of(init);
            sum += of(init);
            largest = largest.max(sidecars);
        } else {
            largest = largest.max(sidecars + of(init));
        }
    }
    sum.max(largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Container;
    use std::sync::Arc;

    fn container(requests: &[(&str, Quantity)]) -> Container {
        let mut container = Container::default();
        container.resources.requests = requests.iter().map(|(n, q)| ((*n).to_owned(), *q)).collect();
        container
    }

    #[test]
    fn a_pod_asks_for_the_sum_of_its_containers_or_its_largest_init_container() {
        let spec = PodSpec {
            containers: Arc::new(vec![
                container(&[("cpu", Quantity::milli(200))]),
                container(&[("cpu", Quantity::milli(300)), ("nvidia.com/gpu", Quantity::whole(1))]),
            ]),
            init_containers: Arc::new(vec![container(&[("cpu", Quantity::whole(2))])]),
            ..PodSpec::default()
        };
        let amounts = Amounts::of_pod(&spec);
        assert_eq!((amounts.cpu_milli, amounts.other("nvidia.com/gpu")), (2000, 1));
    }

    #[test]
    fn scoring_supposes_a_little_where_nothing_is_asked_for() {
        let spec = PodSpec {
            containers: Arc::new(vec![container(&[]), container(&[("cpu", Quantity::milli(50))])]),
            ..PodSpec::default()
        };
        assert!(Amounts::of_pod(&PodSpec::default()).is_nothing());
        assert_eq!(nonzero_request(&spec), (150, 2 * DEFAULT_MEMORY));
    }
}
