//! What to do about a refusal: the value that was likely meant, or the line that is missing.

use crate::manifest::path::Path;
use crate::manifest::similar::did_you_mean;
use crate::manifest::tree::{Node, Tree};
use crate::manifest::validate::{ErrorKind, FieldError};
use serde_json::Value;

/// What the server says of a selector that does not select its own pods.
pub const MISMATCH: &str = "`selector` does not match template `labels`";

/// Says what to do about a refusal.
pub fn cure(tree: &Tree, value: &Value, error: &FieldError) -> Option<String> {
    let shown: Option<Value> = serde_json::from_str(&error.value).ok();
    let text = shown.as_ref().and_then(Value::as_str).unwrap_or("");
    match error.kind {
        ErrorKind::NotSupported => {
            let known = error.known_values();
            let meant = mode_of_abbreviation(text).or_else(|| did_you_mean(text, &known));
            Some(match (meant, known.as_slice()) {
                (Some(meant), _) => format!("did you mean `{meant}`?"),
                (None, [only]) => format!("only `{only}` can stand here"),
                (None, known) => format!("one of {}", known.join(", ")),
            })
        }
        ErrorKind::Required => missing_hint(value, error),
        ErrorKind::Duplicate => first_of(tree, error, text).map(|line| format!("the first is on line {line}")),
        ErrorKind::NotFound => Some(volumes_hint(value, error, text)),
        ErrorKind::Invalid if error.detail == MISMATCH => Some(mismatch_hint(value)),
        ErrorKind::Invalid if error.detail == "must be unique" => {
            first_of(tree, error, text).map(|line| format!("the first is on line {line}"))
        }
        ErrorKind::Invalid if error.detail.starts_with("a lowercase RFC 1123") => {
            let name = host_name(text, error.detail.contains("subdomain"));
            (!name.is_empty()).then(|| format!("did you mean `{name}`?"))
        }
        ErrorKind::Invalid if error.detail.starts_with("must be less than or equal to") => {
            Some("raise the limit, or lower the request".to_owned())
        }
        ErrorKind::Invalid if error.detail.starts_with("provided port") => {
            Some("leave it out, and a free one is given".to_owned())
        }
        ErrorKind::Invalid if error.detail.starts_with("expected exactly 5 fields") => {
            Some("minute hour day-of-month month day-of-week, such as \"*/5 * * * *\"".to_owned())
        }
        ErrorKind::Forbidden if error.detail.contains("more than 1") => {
            let siblings = siblings(tree, &error.path);
            (!siblings.is_empty()).then(|| format!("keep it or `{}`", siblings.join("`, `")))
        }
        _ => None,
    }
}

/// kubectl prints access modes in short.
fn mode_of_abbreviation(text: &str) -> Option<&'static str> {
    match text {
        "RWO" => Some("ReadWriteOnce"),
        "ROX" => Some("ReadOnlyMany"),
        "RWX" => Some("ReadWriteMany"),
        "RWOP" => Some("ReadWriteOncePod"),
        _ => None,
    }
}

fn host_name(text: &str, with_dots: bool) -> String {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' && with_dots;
    let name: String = text
        .to_lowercase()
        .chars()
        .map(|c| if good(c) { c } else { '-' })
        .collect();
    name.trim_matches(['-', '.']).to_owned()
}

fn missing_hint(value: &Value, error: &FieldError) -> Option<String> {
    let labels = &value["spec"]["template"]["metadata"]["labels"];
    let hint = match error.path.last_key()? {
        "selector" if labels.is_object() => format!(
            "add `selector: {{matchLabels: {}}}`, the template's labels",
            flow(labels)
        ),
        "selector" => "add `selector: {matchLabels: {app: NAME}}`, and the same labels to the template".to_owned(),
        "image" => "add `image: NAME:TAG`, such as `image: postgres:16`".to_owned(),
        "containers" => "a pod needs at least one container".to_owned(),
        "storage" => "add `resources: {requests: {storage: 10Gi}}`".to_owned(),
        "accessModes" => "add `accessModes: [ReadWriteOnce]`".to_owned(),
        "ports" => "add `ports: [{port: 5432}]`, or `clusterIP: None` for a headless Service".to_owned(),
        "restartPolicy" => "add `restartPolicy: OnFailure` or `restartPolicy: Never`: a Job ends".to_owned(),
        "name" if error.path.to_string() == "metadata.name" => "add `metadata: {name: NAME}`".to_owned(),
        "name" if error.path.to_string().starts_with("spec.ports") => {
            "each of several ports needs a name, such as `name: http`".to_owned()
        }
        _ => return None,
    };
    Some(hint)
}

/// Writes labels as one would in a manifest: `{app: db}`.
fn flow(labels: &Value) -> String {
    let pairs: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}: {}", value.as_str().unwrap_or("")))
        .collect();
    format!("{{{}}}", pairs.join(", "))
}

fn mismatch_hint(value: &Value) -> String {
    let spec = &value["spec"];
    let labels = &spec["template"]["metadata"]["labels"];
    let has = if labels.is_object() {
        flow(labels)
    } else {
        "no labels".to_owned()
    };
    let selector = &spec["selector"];
    if selector["matchExpressions"].is_array() {
        return format!("the template has {has}");
    }
    format!(
        "the selector wants {}, the template has {has}",
        flow(&selector["matchLabels"])
    )
}

/// Returns the line of the value that stood first.
fn first_of(tree: &Tree, error: &FieldError, text: &str) -> Option<u32> {
    let field = error.path.last_key()?;
    let lists = [error.path.parent().parent(), Path::parse("spec.containers")];
    let here = tree.at(&error.path)?.place;
    let mut values = lists
        .iter()
        .filter_map(|list| tree.at(list))
        .flat_map(Tree::items)
        .filter_map(|item| item.get(field));
    values
        .find(|value| value.text() == Some(text) && value.place < here)
        .map(|value| value.place.line)
}

fn volumes_hint(value: &Value, error: &FieldError, text: &str) -> String {
    // `spec.template.spec.containers[0].volumeMounts[0].name` has its volumes at `spec.template.spec.volumes`.
    let way = error.path.to_string();
    let pod = way
        .split(".containers")
        .next()
        .and_then(|way| way.split(".initContainers").next())
        .unwrap_or("");
    let pointer = format!("/{}/volumes", pod.replace('.', "/"));
    let names: Vec<&str> = value
        .pointer(&pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|volume| volume["name"].as_str())
        .collect();
    let claims = if value["kind"] == "StatefulSet" {
        " or `spec.volumeClaimTemplates`"
    } else {
        ""
    };
    match did_you_mean(text, &names) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if names.is_empty() => format!("declare it under `{pod}.volumes`{claims}"),
        None => format!(
            "declare it under `{pod}.volumes`{claims}, where now: {}",
            names.join(", ")
        ),
    }
}

/// Returns the other keys of the map, except plain ones such as `name`.
fn siblings(tree: &Tree, path: &Path) -> Vec<String> {
    let parent = tree.at(&path.parent());
    let entries = parent.map(Tree::entries).unwrap_or_default();
    let own = path.last_key().unwrap_or("");
    let maps = entries
        .iter()
        .filter(|entry| entry.key != own && matches!(entry.value.node, Node::Map(_)));
    maps.map(|entry| entry.key.clone()).collect()
}
