//! Projected volumes and those of a pod's own fields: files of several sources in one directory (pkg/volume/projected,
//! pkg/volume/downwardapi).
//!
//! Left out: tokens, as no API server here would take one: a file says so in place of each. The volume with the token that
//! the API server puts into every pod stays an empty directory. Trust bundles (`clusterTrustBundle`) are missing.

use super::downward::{resource_of, text_of};
use super::volumes::{Found, files_of_config_map, files_of_secret};
use crate::actors::View;
use crate::api::volume::{ConfigMapSource, SecretSource};
use crate::api::{Node, Pod};
use serde_json::Value;
use std::collections::BTreeMap;

/// Files by their paths.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

const NO_TOKEN: &str = "pglab issues no tokens\n";

/// Returns the files of a `projected` volume, or all that keeps it from being mounted.
pub(super) fn projected(
    view: &View<'_>,
    pod: &Pod,
    node: &Node,
    projected: &Value,
    found: &mut Found,
) -> Result<Files, String> {
    let namespace = &pod.metadata.namespace;
    let (mut files, mut lacks) = (Files::new(), Vec::new());
    for source in projected["sources"].as_array().into_iter().flatten() {
        let of_source = if let Some(map) = source.get("configMap") {
            let source: ConfigMapSource = serde_json::from_value(map.clone()).unwrap_or_default();
            files_of_config_map(view, namespace, &source, found)
        } else if let Some(secret) = source.get("secret") {
            let mut source: SecretSource = serde_json::from_value(secret.clone()).unwrap_or_default();
            // Among the sources of a projected volume the field has another name.
            secret["name"]
                .as_str()
                .unwrap_or_default()
                .clone_into(&mut source.secret_name);
            files_of_secret(view, namespace, &source, found)
        } else if let Some(of_pod) = source.get("downwardAPI") {
            Ok(downward(pod, node, of_pod))
        } else if let Some(token) = source.get("serviceAccountToken") {
            let path = token["path"].as_str().unwrap_or_default().to_owned();
            Ok(Files::from([(path, NO_TOKEN.as_bytes().to_vec())]))
        } else {
            Ok(Files::new())
        };
        match of_source {
            Ok(more) => files.extend(more),
            Err(why) => lacks.push(why),
        }
    }
    // Several errors are told as one (apimachinery, `NewAggregate`).
    match &*lacks {
        [] => Ok(files),
        [why] => Err(why.clone()),
        several => Err(format!("[{}]", several.join(", "))),
    }
}

/// Returns the files of a `downwardAPI` volume.
pub(super) fn downward(pod: &Pod, node: &Node, of_pod: &Value) -> Files {
    let items = of_pod["items"].as_array().into_iter().flatten();
    let files = items.filter_map(|item| {
        let field = item.pointer("/fieldRef/fieldPath").and_then(Value::as_str);
        let text = match (field, item.get("resourceFieldRef")) {
            (Some(path), _) => text_of(pod, path)?,
            (None, Some(reference)) => {
                let name = reference["containerName"].as_str().unwrap_or_default();
                let mut containers = pod.spec.containers.iter().chain(pod.spec.init_containers.iter());
                let container = containers.find(|container| container.name == name)?;
                resource_of(container, Some(node), reference)?
            }
            (None, None) => return None,
        };
        Some((item["path"].as_str()?.to_owned(), text.into_bytes()))
    });
    files.collect()
}
