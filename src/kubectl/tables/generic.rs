//! Kinds that are only carried: those of Kubernetes have their own columns, those of a CRD the columns that it names.

use super::{Look, Row, Table, or_none, service};
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
        ("coordination.k8s.io", "Lease") => Table::new(&[("NAME", false), ("HOLDER", false), ("AGE", false)], lease),
        ("", "ResourceQuota") => Table::new(
            &[("NAME", false), ("REQUEST", false), ("LIMIT", false), ("AGE", false)],
            quota,
        ),
        _ => Table::new(&[("NAME", false), ("AGE", false)], plain),
    }
}

fn field<'a>(object: &'a Object, path: &[&str]) -> Option<&'a Value> {
    let Object::Carried(_, carried) = object else {
        return None;
    };
    let carried: &Carried = carried;
    let (first, rest) = path.split_first()?;
    rest.iter()
        .try_fold(carried.rest.get(*first)?, |value, step| value.get(step))
}

fn text<'a>(object: &'a Object, path: &[&str]) -> &'a str {
    field(object, path).and_then(Value::as_str).unwrap_or("")
}

fn name(object: &Object) -> String {
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
