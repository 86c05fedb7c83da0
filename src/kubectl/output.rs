//! The forms of `-o`: tables, YAML, JSON, names, JSONPath, columns of one's own.

use super::jsonpath::{Template, as_text};
use super::trouble::{Trouble, Verdict};
use super::{names, tabwriter, yaml};
use crate::api::Object;
use serde_json::{Value, json};

/// A form of output.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// A table; with the wide columns too.
    Table {
        /// `-o wide`.
        wide: bool,
    },
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// `pod/pg-0`.
    Name,
    /// A JSONPath template; as JSON.
    JsonPath(Template, bool),
    /// Columns: headings, and where their values stand.
    Columns(Vec<(String, Template)>),
}

const FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml";

impl Form {
    /// Reads the value of `-o`.
    pub fn parse(text: &str) -> Verdict<Self> {
        let (word, rest) = text.split_once('=').map_or((text, None), |(w, r)| (w, Some(r)));
        match (word, rest) {
            ("", _) => Ok(Self::Table { wide: false }),
            ("wide", None) => Ok(Self::Table { wide: true }),
            ("yaml", None) => Ok(Self::Yaml),
            ("json", None) => Ok(Self::Json),
            ("name", None) => Ok(Self::Name),
            ("jsonpath" | "jsonpath-as-json", Some(template)) => {
                let template = template
                    .strip_prefix('\'')
                    .and_then(|t| t.strip_suffix('\''))
                    .unwrap_or(template);
                let parsed = Template::parse(template)
                    .map_err(|why| Trouble::error(format!("error parsing jsonpath {template}, {why}")))?;
                Ok(Self::JsonPath(parsed, word == "jsonpath-as-json"))
            }
            ("jsonpath", None) => Err(Trouble::error("template format specified but no template given")),
            ("custom-columns", Some(spec)) => columns(spec).map(Self::Columns),
            ("custom-columns", None) => Err(Trouble::error(
                "custom-columns format specified but no custom columns given",
            )),
            (
                "go-template"
                | "go-template-file"
                | "template"
                | "templatefile"
                | "custom-columns-file"
                | "jsonpath-file",
                _,
            ) => Err(Trouble::error(format!("output format \"{word}\" is not simulated"))
                .hint("jsonpath and custom-columns say the same")),
            _ => Err(Trouble::error(format!(
                "unable to match a printer suitable for the output format \"{text}\", allowed formats are: {FORMATS}"
            ))),
        }
    }
}

fn columns(spec: &str) -> Verdict<Vec<(String, Template)>> {
    let mut columns = Vec::new();
    for part in spec.split(',') {
        let Some((name, path)) = part
            .split_once(':')
            .filter(|(name, path)| !name.is_empty() && !path.is_empty())
        else {
            return Err(Trouble::error(format!(
                "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
            )));
        };
        let template = Template::relaxed(path).map_err(Trouble::error)?;
        columns.push((name.to_owned(), template));
    }
    Ok(columns)
}

/// Returns an object as the API server gives it back, without the book-keeping of fields.
pub fn tree(object: &Object) -> Value {
    let mut tree = object.to_value();
    if let Some(meta) = tree.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
    }
    if let Object::Pod(_) = object {
        // A pod's conditions are probed; the field is printed even when nobody ever does.
        let conditions = tree.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
        for condition in conditions.into_iter().flatten().filter_map(Value::as_object_mut) {
            condition.entry("lastProbeTime").or_insert(Value::Null);
        }
    }
    tree
}

/// Returns several objects as one list.
pub fn list(items: Vec<Value>) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items})
}

/// Returns JSON in one line, as Go writes it.
pub fn compact_json(value: &Value) -> String {
    escape_html(&value.to_string())
}

/// Returns JSON with an indent of four, as kubectl prints it.
pub fn pretty_json(value: &Value) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    serde::Serialize::serialize(value, &mut serializer).expect("a tree is always JSON");
    let text = String::from_utf8(out).expect("JSON is text");
    escape_html(&text) + "\n"
}

/// Go escapes what could end a script in a web page.
fn escape_html(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// Returns objects in a form that is not a table; `single`: one object was asked for by its name.
pub fn print(form: &Form, objects: &[Object], single: bool, headings: bool) -> String {
    let trees = || objects.iter().map(tree).collect::<Vec<_>>();
    let whole = || match trees() {
        mut one if single && one.len() == 1 => one.remove(0),
        many => list(many),
    };
    match form {
        Form::Yaml => yaml::print(&whole()),
        Form::Json => pretty_json(&whole()),
        Form::Name => objects.iter().map(|o| names::of_key(&o.key()) + "\n").collect(),
        Form::JsonPath(template, false) => template.render(&whole()),
        Form::JsonPath(template, true) => {
            let whole = whole();
            let found = template.find(&whole).into_iter().cloned().collect();
            pretty_json(&Value::Array(found))
        }
        Form::Columns(columns) => print_columns(columns, &trees(), headings),
        Form::Table { .. } => String::new(),
    }
}

fn print_columns(columns: &[(String, Template)], trees: &[Value], headings: bool) -> String {
    let mut text = String::new();
    if headings {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        text.push_str(&names.join("\t"));
        text.push('\n');
    }
    for tree in trees {
        let cells: Vec<String> = columns.iter().map(|(_, template)| cell(template, tree)).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    tabwriter::align(&text, tabwriter::TABLE)
}

/// Returns the values of one cell, parted by commas; lists and maps as Go's `%v` prints them.
fn cell(template: &Template, tree: &Value) -> String {
    let found: Vec<String> = template.find(tree).into_iter().map(go_value).collect();
    if found.is_empty() {
        "<none>".to_owned()
    } else {
        found.join(",")
    }
}

fn go_value(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_value).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(k, v)| format!("{k}:{}", go_value(v))).collect();
            format!("map[{}]", entries.join(" "))
        }
        Value::Null => "<none>".to_owned(),
        other => as_text(other),
    }
}
