//! The tables of `kubectl get`: which columns a kind has, and what stands in them.
//! A table knows one object at a time; it is spared from widths, selection and sorting.

mod autoscaler;
mod batch;
mod config;
mod event;
mod generic;
mod node;
mod pod;
mod service;
mod storage;
mod workload;

pub use node::{roles as node_roles, status as node_status};
pub use pod::status as pod_status;
pub use service::endpoints_of;
pub use storage::{claim_class, modes};

use super::cluster::Cluster;
use crate::api::{Container, Kind, Labels, Object, Time};
use crate::store::Store;
use std::collections::BTreeMap;

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// Whether it is shown with `-o wide` only.
    pub wide: bool,
}

/// What a row may look at beside its own object.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The API server.
    pub store: &'a Store,
    /// The time.
    pub now: Time,
    /// The way to the Leases of the nodes, which are computed and not stored.
    pub cluster: Option<&'a dyn Cluster>,
}

/// The cells of one object, one for each column of its kind; the first is the name.
pub type Row = Vec<String>;

/// The columns of a kind and the way to fill them.
pub struct Table {
    /// All columns, wide ones included.
    pub columns: Vec<Column>,
    row: fn(&Object, &Look<'_>) -> Row,
}

impl Table {
    /// Returns the table of a kind.
    pub fn of(kind: &Kind, look: &Look<'_>) -> Table {
        let (columns, row): (&[(&str, bool)], fn(&Object, &Look<'_>) -> Row) = match kind {
            Kind::Pod => (pod::COLUMNS, pod::row),
            Kind::Node => (node::COLUMNS, node::row),
            Kind::Deployment => (workload::DEPLOYMENT, workload::deployment),
            Kind::ReplicaSet => (workload::REPLICA_SET, workload::replica_set),
            Kind::StatefulSet => (workload::STATEFUL_SET, workload::stateful_set),
            Kind::DaemonSet => (workload::DAEMON_SET, workload::daemon_set),
            Kind::ControllerRevision => (workload::REVISION, workload::revision),
            Kind::Job => (batch::JOB, batch::job),
            Kind::CronJob => (batch::CRON_JOB, batch::cron_job),
            Kind::Service => (service::SERVICE, service::service),
            Kind::EndpointSlice => (service::SLICE, service::slice),
            Kind::PersistentVolumeClaim => (storage::CLAIM, storage::claim),
            Kind::PersistentVolume => (storage::VOLUME, storage::volume),
            Kind::StorageClass => (storage::CLASS, storage::class),
            Kind::VolumeAttachment => (storage::ATTACHMENT, storage::attachment),
            Kind::CsiNode => (storage::CSI_NODE, storage::csi_node),
            Kind::Secret => (config::SECRET, config::secret),
            Kind::ConfigMap => (config::CONFIG_MAP, config::config_map),
            Kind::Namespace => (config::NAMESPACE, config::namespace),
            Kind::PriorityClass => (config::PRIORITY_CLASS, config::priority_class),
            Kind::PodDisruptionBudget => (config::BUDGET, config::budget),
            Kind::Event => (event::COLUMNS, event::row),
            Kind::Carried(info) => return generic::of(info, look),
        };
        Table::new(columns, row)
    }

    /// Returns the table of a client that the server does not help (`--server-print=false`): names and ages.
    pub fn plain() -> Table {
        Table::new(&[("NAME", false), ("AGE", false)], generic::plain)
    }

    /// Returns the table of a `Scale`, whose object is the workload itself.
    pub fn scale() -> Table {
        Table::new(
            &[
                ("NAME", false),
                ("DESIRED", false),
                ("AVAILABLE", false),
                ("AGE", false),
            ],
            workload::scale,
        )
    }

    fn new(columns: &[(&str, bool)], row: fn(&Object, &Look<'_>) -> Row) -> Self {
        let columns = columns.iter().map(|(name, wide)| Column {
            name: (*name).to_owned(),
            wide: *wide,
        });
        Self {
            columns: columns.collect(),
            row,
        }
    }

    /// Returns the cells of an object.
    pub fn row(&self, object: &Object, look: &Look<'_>) -> Row {
        (self.row)(object, look)
    }
}

impl Look<'_> {
    /// Returns the age of an object.
    pub fn age(&self, object: &Object) -> String {
        super::age::since(object.meta().creation_timestamp, self.now)
    }

    /// Returns how long ago an instant was.
    pub fn since(&self, then: Option<Time>) -> String {
        super::age::since(then, self.now)
    }
}

/// Returns `a=b,c=d`, or `<none>` (apimachinery `labels.FormatLabels`).
pub fn format_labels<'a>(labels: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    let pairs: Vec<String> = labels.into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    if pairs.is_empty() {
        "<none>".to_owned()
    } else {
        pairs.join(",")
    }
}

/// Returns a label selector as one line, or `<none>` (`metav1.FormatLabelSelector`).
pub fn format_selector(selector: &crate::api::LabelSelector) -> String {
    // `LabelSelectorAsSelector` makes one list of requirements, sorted by key.
    let mut parts: BTreeMap<(&str, usize), String> = BTreeMap::new();
    for (key, value) in selector.match_labels.iter() {
        parts.insert((key, 0), format!("{key}={value}"));
    }
    for (n, wanted) in selector.match_expressions.iter().enumerate() {
        let mut values = wanted.values.clone();
        values.sort();
        let values = values.join(",");
        let text = match wanted.operator.as_str() {
            "In" => format!("{} in ({values})", wanted.key),
            "NotIn" => format!("{} notin ({values})", wanted.key),
            "Exists" => wanted.key.clone(),
            "DoesNotExist" => format!("!{}", wanted.key),
            "Gt" => format!("{}>{values}", wanted.key),
            _ => format!("{}<{values}", wanted.key),
        };
        parts.insert((&wanted.key, n + 1), text);
    }
    if parts.is_empty() {
        return "<none>".to_owned();
    }
    parts.into_values().collect::<Vec<_>>().join(",")
}

/// Returns the names and the images of some containers, as the wide columns show them.
fn containers(containers: &[Container]) -> [String; 2] {
    let names: Vec<&str> = containers.iter().map(|c| &*c.name).collect();
    let images: Vec<&str> = containers.iter().map(|c| &*c.image).collect();
    [names.join(","), images.join(",")]
}

/// Returns `True` or `False`.
fn capital(yes: bool) -> String {
    if yes { "True" } else { "False" }.to_owned()
}

/// Returns the value, or `<none>` where it is empty.
fn or_none(text: &str) -> String {
    if text.is_empty() { "<none>" } else { text }.to_owned()
}

/// Returns the last part of a label's key in capitals: the heading of a `-L` column.
pub fn label_heading(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).to_uppercase()
}

/// Returns a label's value for a `-L` column.
pub fn label_cell(labels: &Labels, key: &str) -> String {
    labels.value(key).to_owned()
}
