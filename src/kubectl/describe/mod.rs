//! The descriptions of `kubectl describe`: an object, what belongs to it, and what was said of it.
//! Each is written line by line with tabs between its columns; widths come afterwards (kubectl/pkg/describe).

mod batch;
mod config;
mod container;
mod events;
mod generic;
mod node;
mod page;
mod pod;
mod service;
mod storage;
mod volume;
mod workload;

pub use events::{interval, moment};

use super::tables::Look;
use super::tabwriter;
use crate::api::{Kind, Object, PodTemplate};
use page::Page;
use serde_json::Value;

/// Returns the description of an object.
pub fn describe(object: &Object, look: &Look<'_>, with_events: bool) -> String {
    let mut page = Page::default();
    match object {
        Object::Pod(pod) => pod::pod(&mut page, pod, look),
        Object::Deployment(deployment) => workload::deployment(&mut page, deployment, look),
        Object::ReplicaSet(set) => workload::replica_set(&mut page, set, look),
        Object::StatefulSet(set) => workload::stateful_set(&mut page, set, look),
        Object::DaemonSet(set) => workload::daemon_set(&mut page, set, look),
        Object::Job(job) => batch::job(&mut page, job),
        Object::CronJob(cron) => batch::cron_job(&mut page, cron),
        Object::Service(service) => service::service(&mut page, service, look),
        Object::EndpointSlice(slice) => service::slice(&mut page, slice),
        Object::PersistentVolumeClaim(claim) => storage::claim(&mut page, claim, look),
        Object::PersistentVolume(volume) => storage::volume(&mut page, volume, look),
        Object::StorageClass(class) => storage::class(&mut page, class),
        Object::CsiNode(node) => storage::csi_node(&mut page, node),
        Object::Node(node) => node::node(&mut page, node, look),
        Object::Secret(secret) => config::secret(&mut page, secret),
        Object::ConfigMap(map) => config::config_map(&mut page, map),
        Object::Namespace(namespace) => config::namespace(&mut page, namespace, look),
        Object::PodDisruptionBudget(budget) => config::budget(&mut page, budget),
        Object::PriorityClass(class) => config::priority_class(&mut page, class),
        Object::Carried(Kind::Carried(info), _) if info.group.is_empty() && info.kind == "ResourceQuota" => {
            config::quota(&mut page, object);
        }
        Object::Carried(Kind::Carried(info), _) if info.group.is_empty() && info.kind == "LimitRange" => {
            config::limit_range(&mut page, object);
        }
        other => generic::generic(&mut page, other),
    }
    let silent = match object {
        Object::Secret(_) | Object::Namespace(_) => true,
        Object::Carried(kind, _) => matches!(&*kind.info().kind, "ResourceQuota" | "LimitRange"),
        _ => false,
    };
    if with_events && !silent {
        events::events(&mut page, object, look);
    }
    tabwriter::align(page.text(), tabwriter::DESCRIPTION)
}

/// Returns the template of a revision, as `rollout history --revision` shows it: with bare tabs.
pub fn template_of_history(template: &Value, cause: &str) -> String {
    let mut template: PodTemplate = serde_json::from_value(template.clone()).unwrap_or_default();
    if !cause.is_empty() {
        template.metadata.annotations.set("kubernetes.io/change-cause", cause);
    }
    let mut page = Page::default();
    workload::template(&mut page, &template);
    page.into_text()
}
