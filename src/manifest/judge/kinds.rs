//! Does a cluster know this kind under this apiVersion?

use super::{Foreign, Policy};
use crate::manifest::document::{Document, likely_kind};
use crate::manifest::path::Path;
use crate::manifest::schema::{Kind, group_of, schema};
use crate::manifest::tree::Tree;
use crate::manifest::trouble::{Rule, Trouble};
use serde_json::Value;

/// A kind that a CustomResourceDefinition declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// `postgresql.cnpg.io/v1`.
    pub api_version: String,
    /// `Cluster`.
    pub kind: String,
}

/// Returns what a CustomResourceDefinition declares; `None` for other objects.
pub fn declared_by(object: &Value) -> Option<Vec<Declared>> {
    if object["kind"] != "CustomResourceDefinition" {
        return None;
    }
    let spec = &object["spec"];
    let (group, kind) = (spec["group"].as_str()?, spec["names"]["kind"].as_str()?);
    let versions = spec["versions"]
        .as_array()?
        .iter()
        .filter_map(|version| version["name"].as_str());
    Some(
        versions
            .map(|version| Declared {
                api_version: format!("{group}/{version}"),
                kind: kind.to_owned(),
            })
            .collect(),
    )
}

/// Returns the kind that a document means, if its own is not known.
pub fn meant(document: &Document) -> Option<&'static Kind> {
    schema()
        .kind(&document.api_version, &document.kind)
        .or_else(|| likely_kind(&document.api_version, &document.kind))
}

/// Says whether a document is written for kubectl's own eyes, and never sent to a cluster: a kustomization.
pub fn is_for_kubectl(api_version: &str) -> bool {
    group_of(api_version) == "kustomize.config.k8s.io"
}

/// Judges `apiVersion` and `kind`.
pub fn check(document: &Document, tree: &Tree, policy: &Policy) -> Vec<Trouble> {
    let source = &document.source;
    let (api_version, kind) = (document.api_version.as_str(), document.kind.as_str());
    let mut troubles = Vec::new();
    for (key, text, rule) in [
        ("apiVersion", api_version, Rule::NoApiVersion),
        ("kind", kind, Rule::NoKind),
    ] {
        if text.is_empty() {
            troubles.push(missing(document, tree, key, rule));
        }
    }
    if !troubles.is_empty() || schema().kind(api_version, kind).is_some() {
        return troubles;
    }
    if policy
        .declared
        .iter()
        .any(|declared| declared.api_version == api_version && declared.kind == kind)
    {
        return troubles;
    }

    let at = |key: &str| tree.locate_value(&Path::parse(key));
    if is_foreign(group_of(api_version)) {
        let what = format!("no CustomResourceDefinition here declares `{kind}` of `{api_version}`");
        let trouble = match policy.foreign {
            Foreign::Carry => {
                let hint = match is_for_kubectl(api_version) {
                    true => {
                        "only `kubectl apply -k` reads it: render it with `kubectl kustomize`, and give what that prints; the \
                         files beside it are taken as they stand"
                    }
                    false => "the object is kept, and nothing acts on it",
                };
                let hint = hint.to_owned();
                Trouble::warning(source, at("kind"), Rule::UnknownKind, what, Some(hint))
            }
            Foreign::Refuse => {
                let hint = "apply its CustomResourceDefinition first".to_owned();
                Trouble::error(source, at("kind"), Rule::UnknownKind, what, Some(hint))
            }
        };
        return vec![trouble.at(Path::parse("kind"))];
    }
    let what = format!("Kubernetes 1.36 has no kind `{kind}` in `{api_version}`");
    let (key, hint) = match likely_kind(api_version, kind) {
        Some(known) if known.kind == kind => ("apiVersion", Some(format!("write `apiVersion: {}`", known.api_version))),
        Some(known) if known.api_version == api_version => ("kind", Some(format!("did you mean `{}`?", known.kind))),
        Some(known) => (
            "kind",
            Some(format!("did you mean `{}` of `{}`?", known.kind, known.api_version)),
        ),
        None => ("kind", removed(kind).map(str::to_owned)),
    };
    vec![Trouble::error(source, at(key), Rule::UnknownKind, what, hint).at(Path::parse(key))]
}

fn missing(document: &Document, tree: &Tree, key: &str, rule: Rule) -> Trouble {
    let other = tree
        .entries()
        .iter()
        .find(|entry| entry.key != key && entry.key.eq_ignore_ascii_case(key));
    let written = tree.entry(key);
    let hint = match (other, written) {
        (Some(other), _) => format!("write `{key}`, not `{}`", other.key),
        (_, Some(entry)) if !entry.value.is_null() => format!("`{key}` must be a text"),
        _ => match likely_kind("", &document.kind).filter(|_| key == "apiVersion") {
            Some(known) => format!("add `apiVersion: {}`", known.api_version),
            None => "an object begins with `apiVersion:` and `kind:`".to_owned(),
        },
    };
    let place = other.or(written).map_or(tree.place, |entry| entry.place);
    Trouble::error(&document.source, place, rule, format!("`{key}` is missing"), Some(hint)).at(Path::parse(key))
}

/// Kubernetes' own groups have no dot, or are in the table; all others come from CustomResourceDefinitions.
pub fn is_foreign(group: &str) -> bool {
    group.contains('.') && !schema().has_group(group)
}

fn removed(kind: &str) -> Option<&'static str> {
    match kind {
        "PodSecurityPolicy" => Some("it was removed in Kubernetes 1.25; leave it out"),
        _ => None,
    }
}
