//! `kubectl get`: tables and trees of objects.

mod sheet;
mod watch;

use super::Verb;
use crate::api::{Kind, Object};
use crate::kubectl::call::{self, Call};
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::{self, Form};
use crate::kubectl::targets::{self, Selection, Target};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{sort, tabwriter};
use sheet::{Ask, Sheet};

pub(super) const GET: Verb = Verb {
    name: "get",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("output", Takes::Text).short('o'),
    flag("all-namespaces", Takes::Bool).short('A'),
    flag("selector", Takes::Text).short('l'),
    flag("field-selector", Takes::Text),
    flag("label-columns", Takes::Text).short('L'),
    flag("show-labels", Takes::Bool),
    flag("show-kind", Takes::Bool),
    flag("sort-by", Takes::Text),
    flag("no-headers", Takes::Bool),
    flag("ignore-not-found", Takes::Bool),
    flag("filename", Takes::Text).short('f').refused(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("raw", Takes::Text).refused(),
    flag("subresource", Takes::Text).refused(),
    flag("template", Takes::Text).refused(),
    flag("watch", Takes::Bool).short('w'),
    flag("watch-only", Takes::Bool),
    flag("output-watch-events", Takes::Bool),
    flag("server-print", Takes::Bool).moot(),
    flag("chunk-size", Takes::Int).moot(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let form = Form::parse(call.flags.text("output").unwrap_or(""))?;
    let words = call.flags.words.clone();
    if words.is_empty() {
        call.warn(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
        );
        return Err(call.usage("Required resource not specified."));
    }
    let targets = targets::read(call, &words)?;
    let selection = Selection::of(call, targets.first().map(Target::kind))?;
    if !selection.is_empty() && targets.iter().any(|target| matches!(target, Target::One(..))) {
        return Err(Trouble::error("name cannot be provided when a selector is specified"));
    }
    if targets.iter().any(|target| call::is_endpoints(target.kind())) {
        call.warn("Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
    }
    if call.flags.is_set("watch") || call.flags.is_set("watch-only") {
        return watch::run(call, &form, &targets, &selection);
    }
    let (mut groups, mut troubles) = (Vec::<(Kind, Vec<Object>)>::new(), Vec::new());
    for target in &targets {
        match selection.objects(call, target) {
            Ok(objects) => match groups.last_mut() {
                Some((kind, group)) if kind == target.kind() => group.extend(objects),
                _ => groups.push((target.kind().clone(), objects)),
            },
            Err(_) if call.flags.is_set("ignore-not-found") && matches!(target, Target::One(..)) => (),
            Err(trouble) => troubles.push(trouble),
        }
    }
    if let Some(path) = call.flags.text("sort-by") {
        for (_, group) in &mut groups {
            *group = sort::by(path, std::mem::take(group))?;
        }
    }
    match form {
        Form::Table { wide } => {
            let ask = Ask::of(call, wide, selection.everywhere, targets::many_kinds(&words));
            let shown = print_tables(call, &groups, &ask);
            let nothing = shown.is_empty() && troubles.is_empty();
            call.say(shown);
            if nothing && !call.flags.is_set("ignore-not-found") {
                let namespaced = !selection.everywhere && targets.iter().all(|target| target.kind().is_namespaced());
                let text = if namespaced {
                    format!("No resources found in {} namespace.", call.namespace)
                } else {
                    "No resources found".to_owned()
                };
                call.warn(text);
            }
        }
        form => {
            let objects: Vec<Object> = groups.into_iter().flat_map(|(_, group)| group).collect();
            let single = matches!(targets.as_slice(), [Target::One(..)]);
            if !(single && objects.is_empty()) && (!objects.is_empty() || troubles.is_empty()) {
                let headings = !call.flags.is_set("no-headers");
                call.say(output::print(&form, &objects, single, headings));
            }
        }
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Returns a table per kind, parted by empty lines; kinds without objects have none.
fn print_tables(call: &Call<'_>, groups: &[(Kind, Vec<Object>)], ask: &Ask) -> String {
    let mut shown = String::new();
    for (kind, objects) in groups.iter().filter(|(_, objects)| !objects.is_empty()) {
        if ask.headings && !shown.is_empty() {
            shown.push('\n');
        }
        let sheet = Sheet::new(kind, ask, &call.look());
        let mut text = if ask.headings { sheet.heading() } else { String::new() };
        text.extend(objects.iter().map(|object| sheet.row(object, &call.look())));
        shown.push_str(&tabwriter::align(&text, tabwriter::TABLE));
    }
    shown
}
