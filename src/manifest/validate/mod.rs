//! What the API server refuses when an object is created, as a pure function of the object's value.
//!
//! Judges values, not texts: it knows nothing of files, and can be asked about a patched object too. Values are taken as
//! they were sent; where a rule is about a default, the default is thought of. What has the wrong type is passed over, as
//! the decoder has refused it before.
//!
//! Source of the rules: k8s.io/kubernetes, pkg/apis/*/validation. Left out: rules about updates; rules that need other
//! objects (quotas, ranges, a claim's class); kinds that pglab only carries (Ingress, NetworkPolicy, RBAC, HPA, webhooks
//! …), whose metadata alone is judged; fields of pods that pglab only carries (security contexts, old volume types).

mod at;
mod error;
pub mod names;
mod numbers;
mod meta;
mod selector;
mod volume;
mod handler;
mod container;
mod scheduling;
mod pod;
mod workload;
mod batch;
mod cron;
mod service;
mod storage;
mod config;

pub use at::At;
pub use error::{ErrorKind, FieldError};

use crate::manifest::path::Path;
use crate::manifest::schema::group_of;
use serde_json::Value;

/// What the API server says of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Why it refuses the object; empty when it takes it.
    pub refusals: Vec<FieldError>,
    /// Why it will refuse the pods that a controller makes of this object, which it takes itself.
    pub doubts: Vec<FieldError>,
    /// What it says in a `Warning:` line, and about which field.
    pub warnings: Vec<(Path, String)>,
}

/// Judges a new object of Kubernetes' own kinds; of others only the metadata.
pub fn validate(api_version: &str, kind: &str, value: &Value) -> Verdict {
    let mut verdict = Verdict::default();
    let top = At::top(value);
    meta::check(kind, top.field("metadata"), &mut verdict.refusals);
    if let Some(rules) = rules(api_version, kind) {
        rules(&top, &mut verdict);
    }
    pod::warnings(kind, &top, &mut verdict);
    verdict
}

/// Tells whether the rules of a kind are known here beyond its metadata.
pub fn knows(api_version: &str, kind: &str) -> bool {
    rules(api_version, kind).is_some()
}

type Rules = fn(&At<'_>, &mut Verdict);

fn rules(api_version: &str, kind: &str) -> Option<Rules> {
    let rules: Rules = match (group_of(api_version), kind) {
        ("", "Pod") => |top, verdict| pod::check(top, &mut verdict.refusals),
        ("", "Service") => |top, verdict| service::check(top.field("spec"), &mut verdict.refusals),
        ("", "PersistentVolumeClaim") => |top, verdict| storage::claim(&top.field("spec"), &mut verdict.refusals),
        ("", "PersistentVolume") => |top, verdict| storage::volume(&top.field("spec"), &mut verdict.refusals),
        ("", "ConfigMap") => |top, verdict| config::config_map(top, &mut verdict.refusals),
        ("", "Secret") => |top, verdict| config::secret(top, &mut verdict.refusals),
        ("apps", "Deployment") => |top, verdict| workload::deployment(&top.field("spec"), &mut verdict.refusals),
        ("apps", "ReplicaSet") => |top, verdict| workload::replica_set(&top.field("spec"), &mut verdict.refusals),
        ("apps", "StatefulSet") => |top, verdict| {
            workload::stateful_set(&top.field("spec"), &mut verdict.refusals, &mut verdict.doubts);
        },
        ("apps", "DaemonSet") => |top, verdict| workload::daemon_set(&top.field("spec"), &mut verdict.refusals),
        ("batch", "Job") => |top, verdict| batch::job(&top.field("spec"), &mut verdict.refusals),
        ("batch", "CronJob") => |top, verdict| batch::cron_job(&top.field("spec"), &mut verdict.refusals),
        ("policy", "PodDisruptionBudget") => {
            |top, verdict| config::disruption_budget(&top.field("spec"), &mut verdict.refusals)
        }
        ("storage.k8s.io", "StorageClass") => |top, verdict| storage::class(top, &mut verdict.refusals),
        ("scheduling.k8s.io", "PriorityClass") => |top, verdict| config::priority_class(top, &mut verdict.refusals),
        _ => return None,
    };
    Some(rules)
}

/// Adds an error when a text is there and none of `known`.
fn one_of(at: At<'_>, known: &[&str], errors: &mut Vec<FieldError>) {
    if !at.text().is_empty() && !known.contains(&at.text()) {
        errors.push(FieldError::not_supported(at.path(), at.text(), known));
    }
}

/// Adds an error when a text is missing or empty.
fn required(at: At<'_>, errors: &mut Vec<FieldError>) {
    if at.text().is_empty() {
        errors.push(FieldError::required(at.path(), ""));
    }
}

/// Remembers names; says when one has come before.
#[derive(Default)]
struct Seen(Vec<String>);

impl Seen {
    fn check(&mut self, at: &At<'_>, errors: &mut Vec<FieldError>) {
        let name = at.text();
        if name.is_empty() {
            return;
        }
        if self.0.iter().any(|seen| seen == name) {
            errors.push(FieldError::duplicate(at.path(), name));
        } else {
            self.0.push(name.to_owned());
        }
    }
}
