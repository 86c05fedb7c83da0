//! The environment of a container: plain values, references to Secrets and ConfigMaps, fields of the pod.

use super::downward::{field_of, resource_of};
use super::links;
use crate::actors::View;
use crate::api::{ConfigMap, Container, EnvVar, Node, Pod, Secret, Service};
use crate::programs::outcome::Env;
use crate::programs::runtime::expand;
use base64::Engine;

/// Returns a container's environment, or why it cannot be made: then the container waits with
/// `CreateContainerConfigError` (pkg/kubelet/kubelet_pods.go, `makeEnvironmentVariables`).
///
/// The Services of the namespace come first (`enableServiceLinks`), as they are now: later ones a container never hears of.
pub fn environment(view: &View<'_>, pod: &Pod, container: &Container, ip: &str, host_ip: &str) -> Result<Env, String> {
    let mut env = Env::new();
    let namespace = &pod.metadata.namespace;
    if pod.spec.enable_service_links != Some(false) {
        for service in view.list::<Service>(namespace) {
            links::add(&mut env, service);
        }
    }
    for from in &container.env_from {
        if let Some(map) = &from.config_map_ref {
            match view.get::<ConfigMap>(namespace, &map.name) {
                Some(found) => {
                    for (key, value) in &found.data {
                        env.insert(format!("{}{key}", from.prefix), value.clone());
                    }
                }
                None if map.optional == Some(true) => (),
                None => return Err(format!("configmap \"{}\" not found", map.name)),
            }
        }
        if let Some(secret) = &from.secret_ref {
            match view.get::<Secret>(namespace, &secret.name) {
                Some(found) => {
                    for key in found.data.keys() {
                        env.insert(format!("{}{key}", from.prefix), text_of(found, key));
                    }
                }
                None if secret.optional == Some(true) => (),
                None => return Err(format!("secret \"{}\" not found", secret.name)),
            }
        }
    }
    for variable in &container.env {
        if let Some(value) = value_of(view, pod, container, variable, &env, ip, host_ip)? {
            env.insert(variable.name.clone(), value);
        }
    }
    Ok(env)
}

/// Returns the value of one variable; None when it is optional and there is none.
fn value_of(
    view: &View<'_>,
    pod: &Pod,
    container: &Container,
    variable: &EnvVar,
    env: &Env,
    ip: &str,
    host_ip: &str,
) -> Result<Option<String>, String> {
    let namespace = &pod.metadata.namespace;
    let Some(source) = &variable.value_from else {
        return Ok(Some(expand(&variable.value, env)));
    };
    if let Some(reference) = &source.secret_key_ref {
        let optional = reference.optional == Some(true);
        return match view.get::<Secret>(namespace, &reference.name) {
            None if optional => Ok(None),
            None => Err(format!("secret \"{}\" not found", reference.name)),
            Some(secret) if secret.data.contains_key(&reference.key) => Ok(Some(text_of(secret, &reference.key))),
            Some(_) if optional => Ok(None),
            Some(_) => Err(format!(
                "couldn't find key {} in Secret {namespace}/{}",
                reference.key, reference.name
            )),
        };
    }
    if let Some(reference) = &source.config_map_key_ref {
        let optional = reference.optional == Some(true);
        return match view.get::<ConfigMap>(namespace, &reference.name) {
            None if optional => Ok(None),
            None => Err(format!("configmap \"{}\" not found", reference.name)),
            Some(map) => match map.data.get(&reference.key) {
                Some(value) => Ok(Some(value.clone())),
                None if optional => Ok(None),
                None => Err(format!(
                    "couldn't find key {} in ConfigMap {namespace}/{}",
                    reference.key, reference.name
                )),
            },
        };
    }
    if let Some(field) = &source.field_ref {
        return field_of(pod, &field.field_path, ip, host_ip)
            .map(Some)
            .ok_or_else(|| format!("unsupported fieldPath: {}", field.field_path));
    }
    let node = view.get::<Node>("", &pod.spec.node_name).map(|node| &**node);
    let reference = source.rest.get("resourceFieldRef");
    Ok(reference.and_then(|reference| resource_of(container, node, reference)))
}

/// Returns a value of a Secret as text.
fn text_of(secret: &Secret, key: &str) -> String {
    let bytes = secret.data.get(key).map(|value| value.as_bytes()).unwrap_or_default();
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(bytes)
        .unwrap_or_default();
    String::from_utf8_lossy(&decoded).into_owned()
}
