//! `kubectl create role`, `rolebinding`, `clusterrole` and `clusterrolebinding`.
//!
//! They are kept and served. Nothing here is ever forbidden: every command runs as the cluster's administrator.

use super::super::{Verb, flags};
use super::COMMON;
use super::finish::{Made, made, name, required};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(in crate::kubectl::verbs) const ROLE: Verb = Verb {
    name: "create role",
    aliases: &[],
    flags: flags![COMMON;
        flag("verb", Takes::Text),
        flag("resource", Takes::Text),
        flag("resource-name", Takes::Text),
    ],
    run: role,
};

pub(in crate::kubectl::verbs) const CLUSTER_ROLE: Verb = Verb {
    name: "create clusterrole",
    aliases: &[],
    flags: flags![COMMON;
        flag("verb", Takes::Text),
        flag("resource", Takes::Text),
        flag("resource-name", Takes::Text),
        flag("non-resource-url", Takes::Text),
        flag("aggregation-rule", Takes::Text),
    ],
    run: cluster_role,
};

pub(in crate::kubectl::verbs) const BINDING: Verb = Verb {
    name: "create rolebinding",
    aliases: &[],
    flags: flags![COMMON;
        flag("role", Takes::Text),
        flag("clusterrole", Takes::Text),
        flag("user", Takes::Text),
        flag("group", Takes::Text),
        flag("serviceaccount", Takes::Text),
    ],
    run: binding,
};

pub(in crate::kubectl::verbs) const CLUSTER_BINDING: Verb = Verb {
    name: "create clusterrolebinding",
    aliases: &[],
    flags: flags![COMMON;
        flag("clusterrole", Takes::Text),
        flag("user", Takes::Text),
        flag("group", Takes::Text),
        flag("serviceaccount", Takes::Text),
    ],
    run: cluster_binding,
};

const GROUP: &str = "rbac.authorization.k8s.io";

/// The verbs of resources that Kubernetes itself knows.
const VERBS: [&str; 14] = [
    "*",
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
];

/// The verbs of plain URLs.
const URL_VERBS: [&str; 8] = ["*", "get", "post", "put", "delete", "patch", "head", "options"];

fn role(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let verbs = verbs(call)?;
    if call.flags.list("resource").is_empty() {
        return Err(Trouble::error("at least one resource must be specified"));
    }
    warn_of_verbs(call, &verbs);
    let rules = rules(call, &verbs)?;
    let kind = call.kind("roles")?;
    made(call, Made::new(kind, &name, json!({"rules": rules})), "")
}

fn cluster_role(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let kind = call.kind("clusterroles")?;
    let urls = call.flags.list("non-resource-url");
    let resources = call.flags.list("resource");
    let aggregated = call.flags.list("aggregation-rule");
    if !aggregated.is_empty() {
        let others = ["verb", "resource", "resource-name", "non-resource-url"];
        if others.iter().any(|flag| !call.flags.list(flag).is_empty()) {
            return Err(Trouble::error(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
            ));
        }
        let mut labels = json!({});
        for pair in &aggregated {
            let malformed = || Trouble::flag(call.verb, format!("malformed pair, expect string=string, got {pair}"));
            let (key, value) = pair.split_once('=').ok_or_else(malformed)?;
            labels[key] = value.into();
        }
        let rule = json!({"clusterRoleSelectors": [{"matchLabels": labels}]});
        let role = Made::new(kind, &name, json!({"aggregationRule": rule, "rules": null}));
        return made(call, role, "");
    }
    let verbs = verbs(call)?;
    if resources.is_empty() && urls.is_empty() {
        return Err(Trouble::error("one of resource or nonResourceURL must be specified"));
    }
    let mut all = Vec::new();
    if !resources.is_empty() {
        warn_of_verbs(call, &verbs);
        all = rules(call, &verbs)?;
    }
    for url in urls.iter().filter(|url| *url != "*") {
        if !url.starts_with('/') {
            return Err(Trouble::error("nonResourceURL should start with /"));
        }
        if url.trim_end_matches('*').contains('*') {
            return Err(Trouble::error(
                "nonResourceURL only supports wildcard matches when '*' is at the end",
            ));
        }
    }
    if !urls.is_empty() {
        if let Some(verb) = verbs.iter().find(|verb| !URL_VERBS.contains(&verb.as_str())) {
            return Err(Trouble::error(format!("invalid verb: '{verb}' for nonResourceURL")));
        }
        all.push(json!({"verbs": verbs, "nonResourceURLs": urls}));
    }
    made(call, Made::new(kind, &name, json!({"rules": all})), "")
}

/// Returns the verbs, each once; `*` alone stands for all.
fn verbs(call: &Call<'_>) -> Verdict<Vec<String>> {
    let mut verbs: Vec<String> = Vec::new();
    for verb in call.flags.list("verb") {
        if verb == "*" {
            return Ok(vec![verb]);
        }
        if !verbs.contains(&verb) {
            verbs.push(verb);
        }
    }
    match verbs.is_empty() {
        true => Err(Trouble::error("at least one verb must be specified")),
        false => Ok(verbs),
    }
}

fn warn_of_verbs(call: &mut Call<'_>, verbs: &[String]) {
    for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
        call.warn(format!("Warning: '{verb}' is not a standard resource verb"));
    }
}

/// Returns one rule for each API group (kubectl's `generateResourcePolicyRules`).
fn rules(call: &Call<'_>, verbs: &[String]) -> Verdict<Vec<Value>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for text in call.flags.list("resource") {
        let (word, part) = text
            .split_once('/')
            .map_or((text.as_str(), None), |(word, part)| (word, Some(part)));
        if text == "*" {
            groups = BTreeMap::from([(String::new(), vec![text])]);
            break;
        }
        let (group, plural) = if word == "*" {
            (String::new(), "*".to_owned())
        } else {
            let unknown = |trouble: Trouble| Trouble::verbatim(trouble.text.trim_start_matches("error: "));
            let kind = call.kind(word).map_err(unknown)?;
            (kind.info().group.to_string(), kind.info().plural.to_string())
        };
        let resource = part.map_or(plural.clone(), |part| format!("{plural}/{part}"));
        let known = groups.entry(group).or_default();
        if !known.contains(&resource) {
            known.push(resource);
        }
    }
    let names = call.flags.list("resource-name");
    let rule = |(group, resources): (String, Vec<String>)| {
        let mut rule = json!({"verbs": verbs, "apiGroups": [group], "resources": resources});
        if !names.is_empty() {
            rule["resourceNames"] = json!(names);
        }
        rule
    };
    Ok(groups.into_iter().map(rule).collect())
}

/// Returns those who are bound: users, groups, then service accounts; also the words of `set subject`.
pub(in crate::kubectl::verbs) fn subjects(call: &Call<'_>) -> Verdict<Vec<Value>> {
    let plain = |kind: &str, name: &String| json!({"apiGroup": GROUP, "kind": kind, "name": name});
    let mut subjects: Vec<Value> = call
        .flags
        .texts("user")
        .iter()
        .map(|name| plain("User", name))
        .collect();
    subjects.extend(call.flags.texts("group").iter().map(|name| plain("Group", name)));
    for text in call.flags.texts("serviceaccount") {
        let pair = text
            .split_once(':')
            .filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty());
        let bad = || Trouble::error("serviceaccount must be <namespace>:<name>");
        let (namespace, name) = pair.ok_or_else(bad)?;
        subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
    }
    Ok(subjects)
}

/// Makes a binding of a role of this kind.
fn bind(call: &Call<'_>, plural: &str, kind: &str, role: &str) -> Verdict<Made> {
    let name = name(call)?;
    let mut fields = json!({"roleRef": {"apiGroup": GROUP, "kind": kind, "name": role}});
    let subjects = subjects(call)?;
    if !subjects.is_empty() {
        fields["subjects"] = subjects.into();
    }
    Ok(Made::new(call.kind(plural)?, &name, fields))
}

fn binding(call: &mut Call<'_>) -> Verdict {
    name(call)?;
    let given = |flag: &str| call.flags.text(flag).filter(|text| !text.is_empty());
    let bound = match (given("role"), given("clusterrole")) {
        (Some(role), None) => bind(call, "rolebindings", "Role", role)?,
        (None, Some(role)) => bind(call, "rolebindings", "ClusterRole", role)?,
        _ => return Err(Trouble::error("exactly one of clusterrole or role must be specified")),
    };
    made(call, bound, "failed to create rolebinding: ")
}

fn cluster_binding(call: &mut Call<'_>) -> Verdict {
    let role = required(call, "clusterrole")?;
    let bound = bind(call, "clusterrolebindings", "ClusterRole", &role)?;
    made(call, bound, "failed to create clusterrolebinding: ")
}
