//! What Kubernetes takes without a word, and a person should know.

use crate::manifest::document::Document;
use crate::manifest::path::{Path, Trail};
use crate::manifest::schema::{Kind, Type, schema};
use crate::manifest::source::Source;
use crate::manifest::tree::Tree;
use crate::manifest::trouble::{Rule, Trouble};
use crate::manifest::validate;

/// Looks at one object.
pub fn about(source: &Source, tree: &Tree, kind: &str) -> Vec<Trouble> {
    let spec = Path::parse("spec");
    let name = Path::parse("spec.serviceName");
    match tree.at(&spec) {
        Some(found) if kind == "StatefulSet" && found.get("serviceName").is_none() => vec![
            Trouble::warning(
                source,
                tree.locate(&spec),
                Rule::Advice,
                "a StatefulSet without `serviceName`: its pods get no host names of their own",
                Some("name a headless Service (`clusterIP: None`) that selects these pods".to_owned()),
            )
            .at(name),
        ],
        _ => Vec::new(),
    }
}

/// Says what Kubernetes' schema requires and an object lacks, of kinds whose rules are not known here.
///
/// Only a warning: the server fills in some of these, and asks for others that the schema does not require.
pub fn about_required(source: &Source, tree: &Tree, kind: &Kind) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    if !validate::knows(kind.api_version, kind.kind) {
        required(
            source,
            tree,
            Type::Object(kind.definition),
            &Trail::top(),
            &mut troubles,
        );
    }
    troubles
}

fn required(source: &Source, tree: &Tree, of: Type, trail: &Trail<'_>, troubles: &mut Vec<Trouble>) {
    match of {
        // What is null is missing itself.
        Type::Object(def) if !tree.is_null() => {
            for field in schema().fields(def).iter().filter(|field| field.required) {
                // The server sets the group of a role's reference.
                let defaulted = field.name == "apiGroup";
                if !defaulted && tree.get(field.name).is_none_or(Tree::is_null) {
                    let path = trail.key(field.name).path();
                    let what = format!("`{path}` is missing, which the schema of Kubernetes requires");
                    let place = tree.locate(&Path::parse("kind"));
                    troubles.push(Trouble::warning(source, place, Rule::Advice, what, None).at(path));
                }
            }
            for entry in tree
                .entries()
                .iter()
                .filter(|entry| !["status", "managedFields"].contains(&entry.key.as_str()))
            {
                if let Some(field) = schema().field(def, &entry.key) {
                    required(source, &entry.value, field.of, &trail.key(&entry.key), troubles);
                }
            }
        }
        Type::Map(inner) => {
            for entry in tree.entries() {
                required(
                    source,
                    &entry.value,
                    schema().inner(inner),
                    &trail.key(&entry.key),
                    troubles,
                );
            }
        }
        Type::List(inner) => {
            for (index, item) in tree.items().iter().enumerate() {
                required(source, item, schema().inner(inner), &trail.index(index), troubles);
            }
        }
        _ => (),
    }
}

/// Looks at objects together: a StatefulSet's Service should be among them.
pub fn between(documents: &[Document]) -> Vec<Trouble> {
    let services: Vec<(&Option<String>, &str)> = documents
        .iter()
        .filter(|document| document.kind == "Service")
        .map(|document| (&document.namespace, document.name.as_str()))
        .collect();
    let path = Path::parse("spec.serviceName");
    documents
        .iter()
        .filter(|document| document.kind == "StatefulSet")
        .filter_map(|document| {
            let name = document.meant().at(&path)?.text()?;
            let missing = !name.is_empty() && !services.contains(&(&document.namespace, name));
            missing.then(|| {
                Trouble::warning(
                    &document.source,
                    document.meant().locate_value(&path),
                    Rule::Advice,
                    format!("no Service `{name}` is among these manifests"),
                    Some("without it the pods have no host names of their own".to_owned()),
                )
                .at(path.clone())
            })
        })
        .collect()
}
