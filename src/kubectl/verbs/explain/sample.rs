//! Samples of fields, and what an object that holds one says of it.

use crate::api::{self, Object};
use crate::manifest::schema::{Kind, Type, schema};
use serde_json::{Value, json};

/// Knows of a kind which fields it simulates, and what the defaults are.
pub struct Judge {
    kind: Option<api::Kind>,
}

impl Judge {
    /// Returns the judge of a kind.
    pub fn of(kind: &Kind) -> Self {
        Self {
            kind: api::Kind::of(kind.api_version, kind.kind),
        }
    }

    /// Says whether objects of the kind act here at all.
    pub fn acts(&self) -> bool {
        self.kind.as_ref().is_some_and(api::Kind::acts)
    }

    /// Returns what pglab does with a field, as a sentence.
    pub fn verdict(&self, path: &[&str], of: Type) -> &'static str {
        match (&self.kind, path) {
            (None, _) => "pglab does not serve this kind.",
            (_, ["apiVersion" | "kind" | "metadata"]) => "pglab knows it.",
            (_, ["metadata", "managedFields", ..]) => {
                "pglab keeps it for what people write; what its controllers write has no manager."
            }
            (Some(api::Kind::Carried(_)), ["metadata", ..]) => "pglab knows it.",
            (Some(kind @ api::Kind::Carried(_)), _) if kind.acts() => "pglab heeds it when it admits objects.",
            (Some(api::Kind::Carried(_)), _) => "pglab keeps and serves it; nothing here acts on it.",
            (_, ["status", ..]) => "pglab's controllers write it, as far as they are simulated.",
            (_, [.., "defaultMode" | "mode"]) if path.contains(&"volumes") => {
                "pglab keeps and serves it; files here have no modes of their own."
            }
            (_, [.., "projected", "sources", "serviceAccountToken"]) => {
                "pglab issues no tokens: a file says so in place of it."
            }
            (_, [.., "projected", "sources", "clusterTrustBundle" | "podCertificate"]) => {
                "pglab keeps and serves it; nothing here acts on it."
            }
            _ if self.carries(path, of) => "pglab keeps and serves it; nothing here acts on it.",
            _ => "pglab simulates it.",
        }
    }

    /// Puts a sample of the field into an object, and asks the object.
    fn carries(&self, path: &[&str], of: Type) -> bool {
        let Some(kind) = &self.kind else { return true };
        let mut tree = json!({"metadata": {"name": "x"}});
        put(&mut tree, kind, path, sample(of));
        // A sample that does not fit is read by a struct that knows the field.
        let Ok(object) = Object::from_value(kind, tree) else {
            return false;
        };
        let path = path.join(".");
        object.carried_fields().iter().any(|carried| {
            let carried = without_indices(carried);
            path == carried || path.starts_with(&format!("{carried}."))
        })
    }

    /// Returns the default of a field: what an object says that was never told.
    pub fn default(&self, path: &[&str]) -> Option<String> {
        let kind = self
            .kind
            .as_ref()
            .filter(|kind| !matches!(kind, api::Kind::Carried(_)))?;
        let (last, above) = path.split_last()?;
        if above.is_empty() || path[0] == "status" || path[0] == "metadata" {
            return None;
        }
        let mut tree = json!({"metadata": {"name": "x"}});
        put(&mut tree, kind, above, json!({}));
        let object = Object::from_value(kind, tree).ok()?.to_value();
        let mut at = &object;
        for name in above {
            at = first(at.get(name)?);
        }
        match at.get(last)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

/// Returns the first item of a list, or the value itself.
fn first(value: &Value) -> &Value {
    value.as_array().and_then(|items| items.first()).unwrap_or(value)
}

/// Puts a value where a path leads; lists and maps on the way hold one item.
fn put(tree: &mut Value, kind: &api::Kind, path: &[&str], value: Value) {
    let known = schema().kind(&kind.api_version(), kind.name());
    let Some(known) = known else { return };
    let (mut at, mut of) = (tree, Type::Object(known.definition));
    for (i, name) in path.iter().enumerate() {
        let Type::Object(def) = of else { return };
        let Some(field) = schema().field(def, name) else { return };
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[*name];
        of = field.of;
        if i + 1 == path.len() {
            break;
        }
        while let Type::List(id) | Type::Map(id) = of {
            let is_list = matches!(of, Type::List(_));
            *at = if is_list { json!([{}]) } else { json!({"key": {}}) };
            at = if is_list { &mut at[0] } else { &mut at["key"] };
            of = schema().inner(id);
        }
    }
    // The last step keeps its list: `{}` stands for its one item.
    *at = match (of, value) {
        (Type::List(_), value @ Value::Object(_)) => json!([value]),
        (_, value) => value,
    };
}

/// Returns a value of a type.
fn sample(of: Type) -> Value {
    match of {
        Type::Text => "x".into(),
        Type::Bytes => "eA==".into(),
        Type::Int32 | Type::Int64 | Type::Number | Type::IntOrString => 7.into(),
        Type::Bool => true.into(),
        Type::Quantity => "1".into(),
        Type::Time => "2026-01-01T00:00:00Z".into(),
        // An empty object says nothing, and so is not told of as carried. A struct that knows the field carries the word
        // inside, not the field.
        Type::Any | Type::Object(_) => json!({"x": "x"}),
        Type::List(id) => json!([sample(schema().inner(id))]),
        Type::Map(id) => json!({"key": sample(schema().inner(id))}),
    }
}

/// Returns `spec.containers.securityContext` of `spec.containers[0].securityContext`.
fn without_indices(path: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '[' => inside = true,
            ']' => inside = false,
            letter if !inside => text.push(letter),
            _ => (),
        }
    }
    text
}
