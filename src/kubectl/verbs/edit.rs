//! `kubectl edit`: objects as text, in a person's own editor.

use super::Verb;
use super::create::form;
use super::set::{chosen, tell};
use crate::api::{Key, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::{self, Form, SHOW_MANAGED, compact_json};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::DryRun;
use crate::kubectl::{manifests, trial, yaml};
use crate::manifest::{Document, Source, patch, words};
use crate::store::{Refusal, resource_name};
use serde_json::{Value, json};

pub(super) const EDIT: Verb = Verb {
    name: "edit",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("output", Takes::Text).short('o'),
    flag("output-patch", Takes::Bool),
    flag("save-config", Takes::Bool).refused(),
    flag("subresource", Takes::Text).refused(),
    flag("windows-line-endings", Takes::Bool).moot(),
    flag("validate", Takes::Optional("strict")).moot(),
    flag("field-manager", Takes::Text),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text).refused(),
];

const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n\
    # and an empty file will abort the edit. If an error occurs while saving this file will be\n\
    # reopened with the relevant failures.\n#\n";

/// How often a text is opened again; a real kubectl does so for ever.
const ROUNDS: usize = 20;

/// Why a change was not taken.
struct Failure {
    key: Key,
    causes: Vec<String>,
}

fn run(call: &mut Call<'_>) -> Verdict {
    let form = form(call)?;
    let words = call.flags.words.clone();
    let (keys, troubles) = chosen(call, &words)?;
    if let Some(trouble) = Trouble::many(troubles) {
        return Err(trouble);
    }
    let mut objects = Vec::new();
    for key in &keys {
        objects.push(call.find(key)?);
    }
    let Some(first) = keys.first() else {
        return Err(Trouble::error("edit cancelled, no objects found"));
    };
    let ending = if form == Form::Json { "json" } else { "yaml" };
    let name = format!("/tmp/kubectl-edit-{}.{ending}", first.name);
    let managed = call.flags.is_set(SHOW_MANAGED);
    let body = body(&objects, &form, managed);
    let (mut opened, mut failures) = (format!("{}{body}", comments(&form, &[])), Vec::new());
    for _ in 0..ROUNDS {
        let edited = call.files.edit(&name, &opened).map_err(|why| {
            Trouble::error(why).hint("write a change with kubectl patch, or a whole manifest with kubectl apply")
        })?;
        let text = without_comments(&edited);
        if !failures.is_empty() && text == without_comments(&opened) {
            keep(call, &name, &edited);
            return Err(Trouble::error("Edit cancelled, no valid changes were saved."));
        }
        if text == without_comments(&body) {
            call.warn("Edit cancelled, no changes made.");
            return Ok(());
        }
        if text.trim().is_empty() {
            call.warn("Edit cancelled, saved file was empty.");
            return Ok(());
        }
        failures = match take(call, &objects, &text) {
            Ok(failures) => failures,
            Err(trouble) => {
                keep(call, &name, &edited);
                return Err(trouble);
            }
        };
        if failures.is_empty() {
            return Ok(());
        }
        for failure in &failures {
            call.warn(format!("error: {} is invalid", title(&failure.key)));
        }
        opened = format!("{}{text}", comments(&form, &failures));
    }
    Err(Trouble::error("Edit cancelled, no valid changes were saved."))
}

/// Returns `deployments.apps "web"`.
fn title(key: &Key) -> String {
    format!("{} \"{}\"", resource_name(&key.kind), key.name)
}

fn body(objects: &[Object], form: &Form, managed: bool) -> String {
    let tree = match objects {
        [one] => output::tree_with(one, managed),
        many => {
            let items: Vec<Value> = many.iter().map(|one| output::tree_with(one, managed)).collect();
            json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items})
        }
    };
    match form {
        Form::Json => output::pretty_json(&tree),
        _ => yaml::print(&tree),
    }
}

/// Returns the lines before the text: what to do, and why it is opened again. JSON has none.
fn comments(form: &Form, failures: &[Failure]) -> String {
    if *form == Form::Json {
        return String::new();
    }
    let mut text = HEAD.to_owned();
    for failure in failures {
        text.push_str(&format!("# {} was not valid:\n", title(&failure.key)));
        for cause in &failure.causes {
            text.push_str(&format!("# * {}\n", cause.replace('\n', "\n# ")));
        }
        text.push_str("#\n");
    }
    text
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Keeps what was edited where the person can find it again.
fn keep(call: &mut Call<'_>, name: &str, text: &str) {
    if call.files.write(name, text.as_bytes()).is_ok() {
        call.warn(format!("A copy of your changes has been stored to \"{name}\""));
    }
}

/// Takes the changes over; returns what the server, or kubectl, has against them.
fn take(call: &mut Call<'_>, objects: &[Object], text: &str) -> Verdict<Vec<Failure>> {
    let first = objects.first().map(Object::key);
    let invalid = |why: &str| format!("<nil>: Invalid value: \"The edited file failed validation\": {why}");
    let reading = crate::manifest::read(&[Source::new("edited", text)]);
    if let (Some(trouble), Some(key)) = (reading.troubles.first(), first) {
        let words = match &trouble.rule {
            crate::manifest::Rule::Syntax(words) => words.clone(),
            _ => trouble.what.clone(),
        };
        let causes = vec![invalid(&words)];
        return Ok(vec![Failure { key, causes }]);
    }
    let mut failures = Vec::new();
    if reading.documents.len() != objects.len() {
        return Err(Trouble::error("The number of objects changed"));
    }
    for (old, document) in objects.iter().zip(&reading.documents) {
        let key = old.key();
        let same = document.kind == key.kind.name()
            && document.api_version == key.kind.api_version()
            && document.name == *key.name;
        if !same {
            return Err(Trouble::error("At least one of apiVersion, kind and name was changed"));
        }
        if document.value == output::tree_with(old, call.flags.is_set(SHOW_MANAGED)) {
            continue;
        }
        match judge(call, document).map_or_else(|| save(call, old, document), |why| Ok(Some(vec![invalid(&why)])))? {
            None => (),
            Some(causes) => failures.push(Failure { key, causes }),
        }
    }
    Ok(failures)
}

/// Returns what kubectl itself has against an object: unknown fields, and values of wrong types.
fn judge(call: &Call<'_>, document: &Document) -> Option<String> {
    let said = words::of_apply(document, &call.namespace, &manifests::policy(call)).error?;
    // Values that only the server judges are told in its own words.
    said.contains("error validating").then_some(said)
}

/// Stores one object; returns what the server has against it.
fn save(call: &mut Call<'_>, old: &Object, document: &Document) -> Verdict<Option<Vec<String>>> {
    let key = old.key();
    let tree = document.value.clone();
    if call.flags.is_set("output-patch") {
        let (version, kind) = (key.kind.api_version(), key.kind.name().to_owned());
        let before = output::tree(old);
        let patch =
            patch::two_way(&version, &kind, &before, &tree).unwrap_or_else(|_| patch::merge_patch(&before, &tree));
        call.line(format!("Patch: {}", compact_json(&patch)));
    }
    let judged = trial::judge_change(old, &output::tree(old), &tree);
    match judged.and_then(|()| call.try_replace(old, tree)) {
        Ok(_) => {
            let object = call.find(&key)?;
            tell(call, &object, "edited", DryRun::No)?;
            Ok(None)
        }
        Err(Refusal::Invalid { causes, .. }) => Ok(Some(causes.iter().map(ToString::to_string).collect())),
        Err(refusal) => Err(Trouble::refused(&refusal)),
    }
}
