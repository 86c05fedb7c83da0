//! Which objects are meant: label selectors (`-l`) and field selectors (`--field-selector`).

use crate::api::{Kind, Labels, Object, Requirement};
use serde_json::Value;

/// A label selector of the command line.
#[derive(Clone, Debug, Default)]
pub struct LabelQuery(Vec<Requirement>);

impl LabelQuery {
    /// Reads `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>1`; the error is apimachinery's (`labels.Parse`).
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let parts = split_outside_brackets(text);
        let last = parts.len() - 1;
        let mut wanted = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            if part.trim().is_empty() {
                return Err(match i {
                    0 => "found ',', expected: !, identifier, or 'end of string'".to_owned(),
                    i if i == last => "found '', expected: identifier after ','".to_owned(),
                    _ => "found ',', expected: identifier after ','".to_owned(),
                });
            }
            wanted.push(requirement(part.trim())?);
        }
        Ok(Self(wanted))
    }

    /// Says whether labels are selected.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|wanted| wanted.matches(labels))
    }
}

/// Splits a selector at the commas that part its requirements.
pub fn split_outside_brackets(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_u32, 0, Vec::new());
    for (i, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => (),
        }
    }
    parts.push(&text[start..]);
    parts
}

fn requirement(part: &str) -> Result<Requirement, String> {
    let make = |key: &str, operator: &str, values: Vec<String>| {
        let key = key.trim();
        if key.is_empty() || key.contains(char::is_whitespace) {
            return Err(format!(
                "unable to parse requirement: found '{part}', expected: !, identifier"
            ));
        }
        Ok(Requirement {
            key: key.to_owned(),
            operator: operator.to_owned(),
            values,
            ..Requirement::default()
        })
    };
    let one = |value: &str| vec![value.trim().to_owned()];
    for (sign, operator) in [("!=", "NotIn"), ("==", "In"), ("=", "In"), (">", "Gt"), ("<", "Lt")] {
        if let Some((key, value)) = part.split_once(sign) {
            return make(key, operator, one(value));
        }
    }
    for (word, operator) in [(" notin ", "NotIn"), (" in ", "In")] {
        let spaced = part.replace('(', " (");
        if let Some((key, values)) = spaced.split_once(word) {
            let values = values.trim().strip_prefix('(').and_then(|v| v.strip_suffix(')'));
            let values = values.ok_or_else(|| format!("unable to parse requirement: found '{part}', expected: '('"))?;
            return make(key, operator, values.split(',').map(|v| v.trim().to_owned()).collect());
        }
    }
    match part.strip_prefix('!') {
        Some(key) => make(key, "DoesNotExist", vec![]),
        None => make(part, "Exists", vec![]),
    }
}

/// A field selector of the command line.
#[derive(Clone, Debug, Default)]
pub struct FieldQuery(Vec<(String, bool, String)>);

impl FieldQuery {
    /// Reads `status.phase!=Running,spec.nodeName=node-a`; the error is apimachinery's (`fields.ParseSelector`).
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut wanted = Vec::new();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (field, equal, value) = None
                .or_else(|| part.split_once("!=").map(|(f, v)| (f, false, v)))
                .or_else(|| part.split_once("==").map(|(f, v)| (f, true, v)))
                .or_else(|| part.split_once('=').map(|(f, v)| (f, true, v)))
                .ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{part}'"))?;
            wanted.push((field.to_owned(), equal, value.to_owned()));
        }
        Ok(Self(wanted))
    }

    /// Returns the first field that the API server does not serve for a kind.
    pub fn unsupported(&self, kind: &Kind) -> Option<&str> {
        let served = |field: &str| {
            matches!(field, "metadata.name")
                || (field == "metadata.namespace" && kind.is_namespaced())
                || fields_of(kind).contains(&field)
        };
        self.0
            .iter()
            .map(|(field, ..)| field.as_str())
            .find(|field| !served(field))
    }

    /// Says whether an object is selected.
    pub fn matches(&self, object: &Object) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let tree = object.to_value();
        self.0
            .iter()
            .all(|(field, equal, value)| (field_text(&tree, field) == *value) == *equal)
    }
}

/// Returns the fields beside name and namespace by which a kind can be selected (the registries' `GetAttrs`).
fn fields_of(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::Pod => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        Kind::Event => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        Kind::Node => &["spec.unschedulable"],
        Kind::Namespace => &["status.phase"],
        Kind::Secret => &["type"],
        Kind::Service => &["spec.clusterIP", "spec.type"],
        Kind::Job => &["status.successful"],
        Kind::ReplicaSet => &["status.replicas"],
        _ => &[],
    }
}

fn field_text(tree: &Value, field: &str) -> String {
    let field = match field {
        "source" => "source.component",
        "status.successful" => "status.succeeded",
        field => field,
    };
    let found = field.split('.').try_fold(tree, |value, step| value.get(step));
    match found {
        None | Some(Value::Null) if field == "spec.unschedulable" || field == "spec.hostNetwork" => "false".to_owned(),
        None | Some(Value::Null) if field == "status.succeeded" => "0".to_owned(),
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_are_selected_as_kubectl_says_it() {
        let labels: Labels = [("app", "pg"), ("tier", "db"), ("n", "3")].into_iter().collect();
        for yes in [
            "app=pg",
            "app==pg,tier",
            "app in (pg, web)",
            "tier notin(web)",
            "!missing",
            "x!=1",
            "n>2",
            "",
        ] {
            assert!(LabelQuery::parse(yes).unwrap().matches(&labels), "{yes}");
        }
        for no in ["app=web", "missing", "!app", "app notin (pg)", "n<3"] {
            assert!(!LabelQuery::parse(no).unwrap().matches(&labels), "{no}");
        }
        assert_eq!(
            LabelQuery::parse("a=b,").unwrap_err(),
            "found '', expected: identifier after ','"
        );
    }

    #[test]
    fn fields_are_selected_where_the_server_serves_them() {
        let pod = json!({"metadata": {"name": "p"}, "spec": {"nodeName": "node-a1"}, "status": {"phase": "Running"}});
        let pod = Object::from_value(&Kind::Pod, pod).unwrap();
        let query = |text: &str| FieldQuery::parse(text).unwrap();
        assert!(query("status.phase=Running,spec.nodeName!=node-b1").matches(&pod));
        assert!(!query("status.phase!=Running").matches(&pod));
        assert_eq!(query("spec.foo=1").unsupported(&Kind::Pod), Some("spec.foo"));
        assert_eq!(query("metadata.name=p").unsupported(&Kind::StorageClass), None);
    }
}
