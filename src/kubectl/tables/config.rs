//! Secrets, ConfigMaps, namespaces, priority classes and disruption budgets.

use super::{Look, Row};
use crate::api::{IntOrString, Object};

pub(super) const SECRET: &[(&str, bool)] = &[("NAME", false), ("TYPE", false), ("DATA", false), ("AGE", false)];

pub(super) fn secret(object: &Object, look: &Look<'_>) -> Row {
    let Object::Secret(secret) = object else { return vec![] };
    vec![
        secret.metadata.name.to_string(),
        secret.kind.to_string(),
        secret.data.len().to_string(),
        look.age(object),
    ]
}

pub(super) const CONFIG_MAP: &[(&str, bool)] = &[("NAME", false), ("DATA", false), ("AGE", false)];

pub(super) fn config_map(object: &Object, look: &Look<'_>) -> Row {
    let Object::ConfigMap(map) = object else { return vec![] };
    vec![
        map.metadata.name.to_string(),
        (map.data.len() + map.binary_data.len()).to_string(),
        look.age(object),
    ]
}

pub(super) const NAMESPACE: &[(&str, bool)] = &[("NAME", false), ("STATUS", false), ("AGE", false)];

pub(super) fn namespace(object: &Object, look: &Look<'_>) -> Row {
    let Object::Namespace(namespace) = object else {
        return vec![];
    };
    vec![
        namespace.metadata.name.to_string(),
        namespace.status.phase.to_string(),
        look.age(object),
    ]
}

pub(super) const PRIORITY_CLASS: &[(&str, bool)] = &[
    ("NAME", false),
    ("VALUE", false),
    ("GLOBAL-DEFAULT", false),
    ("AGE", false),
    ("PREEMPTIONPOLICY", false),
];

pub(super) fn priority_class(object: &Object, look: &Look<'_>) -> Row {
    let Object::PriorityClass(class) = object else {
        return vec![];
    };
    vec![
        class.metadata.name.to_string(),
        class.value.to_string(),
        class.global_default.to_string(),
        look.age(object),
        class.preemption_policy.to_string(),
    ]
}

pub(super) const BUDGET: &[(&str, bool)] = &[
    ("NAME", false),
    ("MIN AVAILABLE", false),
    ("MAX UNAVAILABLE", false),
    ("ALLOWED DISRUPTIONS", false),
    ("AGE", false),
];

pub(super) fn budget(object: &Object, look: &Look<'_>) -> Row {
    let Object::PodDisruptionBudget(budget) = object else {
        return vec![];
    };
    let or_na = |value: &Option<IntOrString>| value.as_ref().map_or("N/A".to_owned(), ToString::to_string);
    vec![
        budget.metadata.name.to_string(),
        or_na(&budget.spec.min_available),
        or_na(&budget.spec.max_unavailable),
        budget.status.disruptions_allowed.to_string(),
        look.age(object),
    ]
}
