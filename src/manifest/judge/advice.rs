//! What Kubernetes takes without a word, and a person should know.

use crate::manifest::document::Document;
use crate::manifest::path::Path;
use crate::manifest::source::Source;
use crate::manifest::tree::Tree;
use crate::manifest::trouble::{Rule, Trouble};

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
