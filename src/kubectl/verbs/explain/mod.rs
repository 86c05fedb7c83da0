//! `kubectl explain`: the fields of a kind, their types, and what pglab does with them.
//!
//! The types are those of the schema's table. Whether a field is simulated is asked of the structs in `api` themselves: a
//! sample of the field is put into an object, and the object is asked whether it only carries it.

mod sample;
mod words;

use super::Verb;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::manifest::schema::{Field, Kind, Type, schema};
use sample::Judge;

pub(super) const EXPLAIN: Verb = Verb {
    name: "explain",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("api-version", Takes::Text),
    flag("recursive", Takes::Bool),
    flag("output", Takes::Text).short('o'),
];

/// How deep `--recursive` goes where types hold themselves, as those of CustomResourceDefinitions do.
const DEPTH: usize = 12;

fn run(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let word = match words.as_slice() {
        [] => {
            return Err(Trouble::error(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
            ));
        }
        [word] => word,
        _ => return Err(Trouble::error("We accept only this format: explain RESOURCE")),
    };
    match call.flags.text("output").unwrap_or("plaintext") {
        "plaintext" | "plaintext-openapiv2" => (),
        other => {
            return Err(Trouble::error(format!(
                "unrecognized format: {other}. Allowed formats are: plaintext, plaintext-openapiv2"
            )));
        }
    }
    let mut parts = word.split('.');
    let first = parts.next().unwrap_or_default();
    // `statefulsets.apps.spec` names its group before its fields.
    let kind = kind_of(call, first)?;
    let mut fields: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    if !kind.group().is_empty() && fields.first() == kind.group().split('.').next().as_ref() {
        fields.drain(..kind.group().split('.').count().min(fields.len()));
    }
    // Where a field is missing, what was found is said all the same.
    let (page, verdict) = page(kind, &fields, call.flags.is_set("recursive"));
    call.say(page);
    verdict
}

/// Returns the kind of Kubernetes' own that a word means, in the version that `--api-version` names.
fn kind_of(call: &Call<'_>, word: &str) -> Verdict<&'static Kind> {
    let unknown = || Trouble::verbatim(format!("the server doesn't have a resource type \"{word}\""));
    let lower = word.to_lowercase();
    let named = |kind: &&Kind| kind.plural == lower || kind.kind.to_lowercase() == lower;
    let wanted = call.flags.text("api-version").filter(|version| !version.is_empty());
    let (name, own) = match call.kind(word) {
        Ok(kind) => (kind.name().to_owned(), Some(kind.api_version())),
        Err(_) => {
            let found = schema().kinds().iter().find(named);
            (
                found.ok_or_else(unknown)?.kind.to_owned(),
                found.map(|kind| kind.api_version.to_owned()),
            )
        }
    };
    let version = wanted.map(ToOwned::to_owned).or(own).unwrap_or_default();
    if let Some(kind) = schema().kind(&version, &name) {
        return Ok(kind);
    }
    match wanted {
        Some(version) => Err(Trouble::error(format!(
            "couldn't find resource for \"{version}, Resource={word}\""
        ))),
        None => Err(
            Trouble::error(format!("couldn't find resource for \"{version}, Kind={name}\""))
                .hint("its CustomResourceDefinition holds its schema: kubectl get crd -o yaml"),
        ),
    }
}

/// Returns the page of a kind, or of the field that a path leads to; its head only where there is no such field.
fn page(kind: &'static Kind, path: &[&str], recursive: bool) -> (String, Verdict) {
    let mut text = String::new();
    if !kind.group().is_empty() {
        text.push_str(&format!("GROUP:      {}\n", kind.group()));
    }
    let version = kind.api_version.rsplit('/').next().unwrap_or_default();
    text.push_str(&format!("KIND:       {}\nVERSION:    {version}\n\n", kind.kind));
    let judge = Judge::of(kind);
    let (mut of, mut last) = (Type::Object(kind.definition), None);
    for name in path {
        let missing = || {
            Trouble::error(format!("field \"{name}\" does not exist")).hint(format!(
                "kubectl explain {} --recursive lists all that there are",
                kind.plural
            ))
        };
        let field = match inner(of) {
            Type::Object(def) => schema().field(def, name),
            _ => None,
        };
        let Some(field) = field else {
            return (text, Err(missing()));
        };
        (of, last) = (field.of, Some(field));
    }
    let shown: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
    if let Some(field) = last {
        text.push_str(&format!(
            "FIELD: {} <{}>{}\n\n",
            field.name,
            type_name(field.of),
            required(&field)
        ));
    }
    let words = match path {
        [] => words::of_kind(kind.kind, &judge),
        path => described(kind, &judge, path, of),
    };
    text.push_str("DESCRIPTION:\n");
    text.push_str(&paragraph(&words, 4));
    text.push_str("    \n");
    if let Type::Object(def) = inner(of) {
        text.push_str("FIELDS:\n");
        if recursive {
            tree(Type::Object(def), 1, &mut text);
        } else {
            for field in schema().fields(def) {
                let mut path: Vec<&str> = shown.iter().map(String::as_str).collect();
                path.push(field.name);
                let words = described(kind, &judge, &path, field.of);
                text.push_str(&format!(
                    "  {}\t<{}>{}\n",
                    field.name,
                    type_name(field.of),
                    required(field)
                ));
                text.push_str(&paragraph(&words, 4));
                text.push('\n');
            }
        }
        text.push('\n');
    }
    (text, Ok(()))
}

/// Returns what is said of a field: in our own words where there are any, what pglab does with it, and its default.
fn described(kind: &Kind, judge: &Judge, path: &[&str], of: Type) -> String {
    let mut words = words::of_field(kind.kind, path).map_or(String::new(), |words| format!("{words} "));
    words.push_str(judge.verdict(path, of));
    if let Some(default) = judge.default(path) {
        words.push_str(&format!(" Default: {default}."));
    }
    words
}

fn required(field: &Field) -> &'static str {
    if field.required { " -required-" } else { "" }
}

/// Writes the fields below a type, one a line.
fn tree(of: Type, depth: usize, text: &mut String) {
    let Type::Object(def) = inner(of) else { return };
    if depth > DEPTH {
        return;
    }
    for field in schema().fields(def) {
        let indent = "  ".repeat(depth);
        text.push_str(&format!(
            "{indent}{}\t<{}>{}\n",
            field.name,
            type_name(field.of),
            required(field)
        ));
        // A schema that holds schemas would never end.
        if inner(field.of) != of {
            tree(field.of, depth + 1, text);
        }
    }
}

/// Returns the type of what a list or a map holds, or the type itself.
fn inner(of: Type) -> Type {
    match of {
        Type::List(id) | Type::Map(id) => inner(schema().inner(id)),
        other => other,
    }
}

fn type_name(of: Type) -> String {
    match of {
        Type::Text | Type::Time | Type::Bytes => "string".to_owned(),
        Type::Int32 | Type::Int64 => "integer".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::Quantity => "Quantity".to_owned(),
        Type::IntOrString => "IntOrString".to_owned(),
        Type::Any => "Object".to_owned(),
        Type::List(id) => format!("[]{}", type_name(schema().inner(id))),
        Type::Map(id) => format!("map[string]{}", type_name(schema().inner(id))),
        Type::Object(def) => schema().name(def).to_owned(),
    }
}

/// Returns text in lines of at most 76 letters, indented.
fn paragraph(words: &str, indent: usize) -> String {
    let (mut text, mut line) = (String::new(), String::new());
    for word in words.split_whitespace() {
        if !line.is_empty() && line.len() + word.len() + 1 > 76 {
            text.push_str(&format!("{}{line}\n", " ".repeat(indent)));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        text.push_str(&format!("{}{line}\n", " ".repeat(indent)));
    }
    text
}
