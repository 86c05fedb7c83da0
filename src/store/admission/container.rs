//! What the API server fills in for containers (pkg/apis/core/v1/defaults.go).

use crate::api::{Container, PodSpec};
use serde_json::json;
use std::sync::Arc;

/// Fills in a pod's or a template's spec and its containers; those that need nothing stay shared.
pub(super) fn fill_in(spec: &mut Arc<PodSpec>) {
    let wants = |containers: &[Container]| containers.iter().any(needs);
    let (main, init) = (wants(&spec.containers), wants(&spec.init_containers));
    let lacks_context = spec.rest.get("securityContext").is_none();
    if !main && !init && !lacks_context {
        return;
    }
    let spec = Arc::make_mut(spec);
    if lacks_context {
        spec.rest.set("securityContext", json!({}));
    }
    for (wanted, containers) in [(main, &mut spec.containers), (init, &mut spec.init_containers)] {
        if wanted {
            Arc::make_mut(containers).iter_mut().for_each(complete);
        }
    }
}

fn needs(container: &Container) -> bool {
    container.image_pull_policy.is_empty() || lacks_requests(container)
}

/// A limit without a request is one.
fn lacks_requests(container: &Container) -> bool {
    let resources = &container.resources;
    resources
        .limits
        .keys()
        .any(|resource| !resources.requests.contains_key(resource))
}

fn complete(container: &mut Container) {
    if container.image_pull_policy.is_empty() {
        container.image_pull_policy = if is_latest(&container.image) {
            "Always"
        } else {
            "IfNotPresent"
        }
        .into();
    }
    let resources = &mut container.resources;
    for (resource, limit) in &resources.limits {
        resources.requests.entry(resource.clone()).or_insert(*limit);
    }
}

/// Says whether an image has no tag, or the tag `latest`.
fn is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}
