//! `kubectl get`: tables and trees of objects.

mod raw;
mod sheet;
mod watch;

use super::Verb;
use crate::api::{Kind, Object};
use crate::kubectl::call::{self, Call};
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::{self, Form, Formats};
use crate::kubectl::subresource::{Subresource, scale};
use crate::kubectl::targets::{self, Selection, Target};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{manifests, sort, tabwriter};
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
    flag("filename", Takes::Text).short('f'),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("raw", Takes::Text),
    flag("subresource", Takes::Text),
    flag("template", Takes::Text),
    flag("watch", Takes::Bool).short('w'),
    flag("watch-only", Takes::Bool),
    flag("output-watch-events", Takes::Bool),
    flag("server-print", Takes::Bool),
    flag("chunk-size", Takes::Int).moot(),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
];

/// What was found of each kind, in the order of asking.
type Groups = Vec<(Kind, Vec<Object>)>;

fn run(call: &mut Call<'_>) -> Verdict {
    if let Some(path) = call
        .flags
        .text("raw")
        .map(ToOwned::to_owned)
        .filter(|path| !path.is_empty())
    {
        return raw::run(call, &path);
    }
    let watches = call.flags.is_set("watch") || call.flags.is_set("watch-only");
    refuse_nonsense(call, watches)?;
    let form = Form::of(call, Formats::All)?;
    let words = call.flags.words.clone();
    let targets = targets(call, &words)?;
    let selection = Selection::of(call, targets.first().map(Target::kind))?;
    let by_name = targets.iter().any(|target| matches!(target, Target::One(..)));
    if !selection.is_empty() && by_name && call.flags.texts("filename").is_empty() {
        return Err(Trouble::error("name cannot be provided when a selector is specified"));
    }
    let subresource = subresource(call, &targets)?;
    if targets.iter().any(|target| call::is_endpoints(target.kind())) {
        call.warn("Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
    }
    if watches {
        if call.flags.text("sort-by").is_some() {
            call.warn("warning: --watch requested, --sort-by will be ignored for watch events received");
        }
        return watch::run(call, &form, &targets, &selection);
    }
    let (mut groups, mut troubles) = find(call, &targets, &selection);
    if let Some(path) = call.flags.text("sort-by") {
        for (_, group) in &mut groups {
            *group = sort::by(path, std::mem::take(group))?;
        }
    }
    let Form::Table { wide } = form else {
        let objects: Vec<Object> = groups.into_iter().flat_map(|(_, group)| group).collect();
        let single = matches!(targets.as_slice(), [Target::One(..)]);
        if !(single && objects.is_empty()) && (!objects.is_empty() || troubles.is_empty()) {
            troubles.extend(trees(call, &form, &objects, single, subresource).err());
        }
        return Trouble::many(troubles).map_or(Ok(()), Err);
    };
    let many = targets::many_kinds(&words) || many_kinds(&targets);
    let ask = Ask::of(
        call,
        wide,
        selection.everywhere,
        many,
        subresource == Some(Subresource::Scale),
    );
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
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Refuses flags that do not go together (kubectl's `GetOptions.Validate`).
fn refuse_nonsense(call: &Call<'_>, watches: bool) -> Verdict {
    let flags = &call.flags;
    let output = flags.text("output").unwrap_or("");
    if flags.is_set("show-labels") && !matches!(output, "" | "wide") {
        return Err(Trouble::error(format!(
            "--show-labels option cannot be used with {output} printer"
        )));
    }
    if flags.is_set("output-watch-events") && !watches {
        return Err(Trouble::error(
            "--output-watch-events option can only be used with --watch or --watch-only",
        ));
    }
    Ok(())
}

/// Reads what the words or the files name.
fn targets(call: &mut Call<'_>, words: &[String]) -> Verdict<Vec<Target>> {
    if !call.flags.texts("filename").is_empty() {
        let manifests = manifests::read(call)?;
        targets::refuse_words_with_files(words)?;
        return manifests
            .iter()
            .map(|manifest| Ok(Target::One(manifest.kind.clone(), manifest.key(call)?.name.to_string())))
            .collect();
    }
    if words.is_empty() {
        call.warn(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
        );
        return Err(call.usage(
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).",
        ));
    }
    targets::read(call, words)
}

fn many_kinds(targets: &[Target]) -> bool {
    let mut kinds = targets.iter().map(Target::kind);
    let first = kinds.next();
    kinds.any(|kind| Some(kind) != first)
}

fn subresource(call: &Call<'_>, targets: &[Target]) -> Verdict<Option<Subresource>> {
    let Some(word) = call.flags.text("subresource").filter(|word| !word.is_empty()) else {
        return Ok(None);
    };
    if targets.iter().any(|target| matches!(target, Target::All(_))) {
        return Err(Trouble::error(
            "subresource cannot be used when bulk resources are specified",
        ));
    }
    for target in targets {
        if Subresource::of(target.kind(), word).is_none() {
            return Err(Trouble::verbatim(
                "Error from server (NotFound): the server could not find the requested resource",
            ));
        }
    }
    Ok(targets.first().and_then(|target| Subresource::of(target.kind(), word)))
}

fn find(call: &Call<'_>, targets: &[Target], selection: &Selection) -> (Groups, Vec<Trouble>) {
    let (mut groups, mut troubles) = (Groups::new(), Vec::new());
    for target in targets {
        match selection.shown(call, target) {
            Ok(objects) => match groups.last_mut() {
                Some((kind, group)) if kind == target.kind() => group.extend(objects),
                _ => groups.push((target.kind().clone(), objects)),
            },
            Err(_) if call.flags.is_set("ignore-not-found") && matches!(target, Target::One(..)) => (),
            Err(trouble) => troubles.push(trouble),
        }
    }
    (groups, troubles)
}

fn trees(
    call: &mut Call<'_>,
    form: &Form,
    objects: &[Object],
    single: bool,
    subresource: Option<Subresource>,
) -> Verdict {
    if subresource == Some(Subresource::Scale) && *form != Form::Name {
        let scales: Vec<_> = objects.iter().map(scale).collect();
        let shown = match scales.as_slice() {
            [one] => form.print_tree(one),
            _ => form.print_tree(&output::list(scales)),
        };
        call.say(shown.text);
        return shown.trouble.map_or(Ok(()), Err);
    }
    let headings = !call.flags.is_set("no-headers");
    output::show(call, form, objects, single, headings)
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
