//! Kinds that are only carried: those of Kubernetes have their own columns, those of a CRD the columns that it names.

use super::{Look, Row, Table, autoscaler, or_none, service};
use crate::api::kind::KindInfo;
use crate::api::{Carried, Object};
use serde_json::Value;

/// Returns the table of a carried kind.
pub(super) fn of(info: &KindInfo, _look: &Look<'_>) -> Table {
    match (&*info.group, &*info.kind) {
        ("", "Endpoints") => Table::new(service::ENDPOINTS, service::endpoints),
        ("", "ServiceAccount") => Table::new(&[("NAME", false), ("SECRETS", false), ("AGE", false)], account),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole")
        | ("", "LimitRange")
        | ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            Table::new(&[("NAME", false), ("CREATED AT", false)], created)
        }
        ("rbac.authorization.k8s.io", _) => Table::new(&[("NAME", false), ("ROLE", false), ("AGE", false)], binding),
        ("networking.k8s.io", "NetworkPolicy") => {
            Table::new(&[("NAME", false), ("POD-SELECTOR", false), ("AGE", false)], policy)
        }
        ("networking.k8s.io", "Ingress") => Table::new(INGRESS, ingress),
        ("networking.k8s.io", "IngressClass") => Table::new(INGRESS_CLASS, ingress_class),
        ("autoscaling", "HorizontalPodAutoscaler") => Table::new(autoscaler::COLUMNS, autoscaler::row),
        ("", "ReplicationController") => Table::new(REPLICATION, replication),
        ("storage.k8s.io", "CSIDriver") => Table::new(CSI_DRIVER, csi_driver),
        ("node.k8s.io", "RuntimeClass") => {
            Table::new(&[("NAME", false), ("HANDLER", false), ("AGE", false)], runtime_class)
        }
        ("coordination.k8s.io", "Lease") => Table::new(&[("NAME", false), ("HOLDER", false), ("AGE", false)], lease),
        ("", "ResourceQuota") => Table::new(
            &[("NAME", false), ("REQUEST", false), ("LIMIT", false), ("AGE", false)],
            quota,
        ),
        _ => Table::new(&[("NAME", false), ("AGE", false)], plain),
    }
}

const INGRESS: &[(&str, bool)] = &[
    ("NAME", false),
    ("CLASS", false),
    ("HOSTS", false),
    ("ADDRESS", false),
    ("PORTS", false),
    ("AGE", false),
];
const INGRESS_CLASS: &[(&str, bool)] = &[
    ("NAME", false),
    ("CONTROLLER", false),
    ("PARAMETERS", false),
    ("AGE", false),
];
const REPLICATION: &[(&str, bool)] = &[
    ("NAME", false),
    ("DESIRED", false),
    ("CURRENT", false),
    ("READY", false),
    ("AGE", false),
];
const CSI_DRIVER: &[(&str, bool)] = &[
    ("NAME", false),
    ("ATTACHREQUIRED", false),
    ("PODINFOONMOUNT", false),
    ("STORAGECAPACITY", false),
    ("TOKENREQUESTS", false),
    ("REQUIRESREPUBLISH", false),
    ("MODES", false),
    ("AGE", false),
];

/// Says the first of a list, and how many there are besides.
pub(super) fn first_of(mut words: Vec<String>, most: usize) -> String {
    let more = words.len().saturating_sub(most);
    words.truncate(most);
    let more = if more > 0 {
        format!(" + {more} more...")
    } else {
        String::new()
    };
    format!("{}{more}", words.join(","))
}

pub(super) fn items<'a>(object: &'a Object, path: &[&str]) -> &'a [Value] {
    field(object, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn number(object: &Object, path: &[&str]) -> String {
    field(object, path).and_then(Value::as_i64).unwrap_or(0).to_string()
}

/// printers.go, `printIngress`. The address stays empty: no controller of Ingresses runs here.
fn ingress(object: &Object, look: &Look<'_>) -> Row {
    let hosts = items(object, &["spec", "rules"])
        .iter()
        .filter_map(|rule| rule["host"].as_str());
    let hosts: Vec<String> = hosts.filter(|host| !host.is_empty()).map(str::to_owned).collect();
    let hosts = if hosts.is_empty() {
        "*".to_owned()
    } else {
        first_of(hosts, 3)
    };
    let addresses = items(object, &["status", "loadBalancer", "ingress"]).iter();
    let addresses = addresses.filter_map(|at| at["ip"].as_str().or(at["hostname"].as_str()).map(str::to_owned));
    let ports = if items(object, &["spec", "tls"]).is_empty() {
        "80"
    } else {
        "80, 443"
    };
    vec![
        name(object),
        or_none(text(object, &["spec", "ingressClassName"])),
        hosts,
        first_of(addresses.collect(), usize::MAX),
        ports.to_owned(),
        look.age(object),
    ]
}

/// printers.go, `printIngressClass`.
fn ingress_class(object: &Object, look: &Look<'_>) -> Row {
    let parameters = field(object, &["spec", "parameters"]).map(|parameters| {
        let word = |key: &str| parameters[key].as_str().unwrap_or("").to_owned();
        let group = if word("apiGroup").is_empty() {
            String::new()
        } else {
            format!(".{}", word("apiGroup"))
        };
        format!("{}{group}/{}", word("kind"), word("name"))
    });
    vec![
        name(object),
        text(object, &["spec", "controller"]).to_owned(),
        or_none(&parameters.unwrap_or_default()),
        look.age(object),
    ]
}

fn replication(object: &Object, look: &Look<'_>) -> Row {
    let count = |path: &[&str]| number(object, path);
    let counts = [
        &["spec", "replicas"],
        &["status", "replicas"],
        &["status", "readyReplicas"],
    ]
    .map(|path| count(path));
    let [desired, current, ready] = counts;
    vec![name(object), desired, current, ready, look.age(object)]
}

/// printers.go, `printCSIDriver`; what is not said has its default.
fn csi_driver(object: &Object, look: &Look<'_>) -> Row {
    let flag = |key: &str, default: bool| {
        let said = field(object, &["spec", key]).and_then(Value::as_bool);
        said.unwrap_or(default).to_string()
    };
    let list = |key: &str, one: fn(&Value) -> String| {
        let words: Vec<String> = items(object, &["spec", key]).iter().map(one).collect();
        words.join(",")
    };
    let tokens = list("tokenRequests", |token| {
        token["audience"].as_str().unwrap_or("").to_owned()
    });
    let modes = list("volumeLifecycleModes", |mode| mode.as_str().unwrap_or("").to_owned());
    vec![
        name(object),
        flag("attachRequired", true),
        flag("podInfoOnMount", false),
        flag("storageCapacity", false),
        if tokens.is_empty() {
            "<unset>".to_owned()
        } else {
            tokens
        },
        flag("requiresRepublish", false),
        if modes.is_empty() {
            "Persistent".to_owned()
        } else {
            modes
        },
        look.age(object),
    ]
}

fn runtime_class(object: &Object, look: &Look<'_>) -> Row {
    let Object::Carried(_, carried) = object else {
        return plain(object, look);
    };
    let handler = carried.rest.get("handler").and_then(Value::as_str).unwrap_or("");
    vec![name(object), handler.to_owned(), look.age(object)]
}

pub(super) fn field<'a>(object: &'a Object, path: &[&str]) -> Option<&'a Value> {
    let Object::Carried(_, carried) = object else {
        return None;
    };
    let carried: &Carried = carried;
    let (first, rest) = path.split_first()?;
    rest.iter()
        .try_fold(carried.rest.get(*first)?, |value, step| value.get(step))
}

pub(super) fn text<'a>(object: &'a Object, path: &[&str]) -> &'a str {
    field(object, path).and_then(Value::as_str).unwrap_or("")
}

pub(super) fn name(object: &Object) -> String {
    object.meta().name.to_string()
}

pub(super) fn plain(object: &Object, look: &Look<'_>) -> Row {
    vec![name(object), look.age(object)]
}

/// What is used of what may be: limits stand in a column of their own (printers.go, `printResourceQuota`).
fn quota(object: &Object, look: &Look<'_>) -> Row {
    let amounts = |which| field(object, &["status", which]).and_then(Value::as_object);
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in amounts("hard").into_iter().flatten() {
        let used = amounts("used").and_then(|used| used.get(resource));
        let text = |amount: Option<&Value>| amount.and_then(Value::as_str).unwrap_or("0").to_owned();
        let list = if resource.starts_with("limits") {
            &mut limits
        } else {
            &mut requests
        };
        list.push(format!("{resource}: {}/{}", text(used), text(Some(hard))));
    }
    vec![name(object), requests.join(", "), limits.join(", "), look.age(object)]
}

fn created(object: &Object, _look: &Look<'_>) -> Row {
    let created = object.meta().creation_timestamp;
    vec![name(object), created.map_or(String::new(), |at| at.to_string())]
}

fn account(object: &Object, look: &Look<'_>) -> Row {
    let secrets = field(object, &["secrets"])
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    vec![name(object), secrets.to_string(), look.age(object)]
}

fn binding(object: &Object, look: &Look<'_>) -> Row {
    let role = format!(
        "{}/{}",
        text(object, &["roleRef", "kind"]),
        text(object, &["roleRef", "name"])
    );
    vec![name(object), role, look.age(object)]
}

fn policy(object: &Object, look: &Look<'_>) -> Row {
    let selector = field(object, &["spec", "podSelector"]).cloned();
    let selector = selector
        .and_then(|tree| serde_json::from_value(tree).ok())
        .unwrap_or_default();
    vec![name(object), super::format_selector(&selector), look.age(object)]
}

fn lease(object: &Object, look: &Look<'_>) -> Row {
    let holder = text(object, &["spec", "holderIdentity"]);
    vec![name(object), or_none(holder), look.age(object)]
}
