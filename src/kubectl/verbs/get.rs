//! `kubectl get`: tables and trees of objects.

use super::Verb;
use crate::api::{Kind, Object};
use crate::kubectl::call::{self, Call};
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::{self, Form};
use crate::kubectl::tables::{self, Table};
use crate::kubectl::targets::{self, Selection, Target};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{names, sort, tabwriter};

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
    flag("watch", Takes::Bool).short('w').refused(),
    flag("watch-only", Takes::Bool).refused(),
    flag("output-watch-events", Takes::Bool).moot(),
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
            let shown = print_tables(call, &groups, wide, selection.everywhere, targets::many_kinds(&words));
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
fn print_tables(
    call: &Call<'_>,
    groups: &[(Kind, Vec<Object>)],
    wide: bool,
    everywhere: bool,
    many_kinds: bool,
) -> String {
    let headings = !call.flags.is_set("no-headers");
    let prefixed = many_kinds || call.flags.is_set("show-kind");
    let mut shown = String::new();
    for (kind, objects) in groups.iter().filter(|(_, objects)| !objects.is_empty()) {
        if headings && !shown.is_empty() {
            shown.push('\n');
        }
        let text = table(call, kind, objects, wide, everywhere, prefixed, headings);
        shown.push_str(&tabwriter::align(&text, tabwriter::TABLE));
    }
    shown
}

/// Returns the lines of one table, cells parted by tabs.
fn table(
    call: &Call<'_>,
    kind: &Kind,
    objects: &[Object],
    wide: bool,
    everywhere: bool,
    prefixed: bool,
    headings: bool,
) -> String {
    let look = call.look();
    let table = Table::of(kind, &look);
    let label_columns = call.flags.list("label-columns");
    let show_labels = call.flags.is_set("show-labels");
    let with_namespace = everywhere && kind.is_namespaced();
    let mut text = String::new();
    let mut push = |cells: Vec<String>| {
        text.push_str(&cells.join("\t"));
        text.push('\n');
    };
    let shown = |i: usize| wide || table.columns.get(i).is_some_and(|column| !column.wide);
    if headings {
        let mut cells: Vec<String> = with_namespace.then(|| "NAMESPACE".to_owned()).into_iter().collect();
        let columns = table.columns.iter().enumerate().filter(|(i, _)| shown(*i));
        cells.extend(columns.map(|(_, column)| column.name.clone()));
        cells.extend(label_columns.iter().map(|key| tables::label_heading(key)));
        cells.extend(show_labels.then(|| "LABELS".to_owned()));
        push(cells);
    }
    for object in objects {
        let meta = object.meta();
        let mut cells: Vec<String> = with_namespace.then(|| meta.namespace.to_string()).into_iter().collect();
        let row = table
            .row(object, &look)
            .into_iter()
            .enumerate()
            .filter(|(i, _)| shown(*i));
        let name_first = table.columns.first().is_some_and(|column| column.name == "NAME");
        cells.extend(row.map(|(i, cell)| match i {
            0 if prefixed && name_first => {
                let info = kind.info();
                names::resource(&info.kind.to_lowercase(), &info.group, &cell)
            }
            _ => one_line(&cell),
        }));
        cells.extend(label_columns.iter().map(|key| tables::label_cell(&meta.labels, key)));
        cells.extend(show_labels.then(|| tables::format_labels(meta.labels.iter())));
        push(cells);
    }
    text
}

/// Cuts a cell at its first line's end, and says so (cli-runtime's `TablePrinter`).
fn one_line(cell: &str) -> String {
    match cell.find(['\n', '\r', '\u{c}']) {
        Some(end) => format!("{}...", &cell[..end]),
        None => cell.to_owned(),
    }
}
