//! kubectl's window: verbs, tables, descriptions; what a person sees of a cluster, and what a person does to it.
//!
//! The words are those of kubectl 1.32 against a server of 1.36. [`run`] takes a command line that is already split into
//! words. It is spared from knowing labs, folders and terminals: it writes to an [`Outcome`], and whoever calls it brings
//! the cluster and the files.

mod age;
mod call;
mod cluster;
mod describe;
mod flags;
mod gotemplate;
mod jsonpath;
mod manifests;
mod names;
mod output;
mod select;
mod sort;
mod subresource;
mod tables;
mod tabwriter;
mod targets;
mod trouble;
mod verbs;
mod world;
mod yaml;

pub use cluster::{Cluster, Files, NoFiles};
pub use flags::{Done, Flag, Takes, flag_table};
pub use tables::{node_status, pod_status};
pub use verbs::{VERBS, Verb};
pub use yaml::print as to_yaml;

use crate::programs::outcome::Outcome;
use call::Call;
use flags::Flags;
use trouble::Trouble;

/// Where a person stands: the cluster, the files, the current namespace, and what was piped in.
pub struct Window<'a> {
    /// The cluster.
    pub cluster: &'a mut dyn Cluster,
    /// The files that `-f` can name.
    pub files: &'a dyn Files,
    /// The namespace of the current context.
    pub namespace: &'a str,
    /// What was piped in.
    pub stdin: &'a str,
}

/// Runs one kubectl command line, without the word `kubectl` in front, and returns what it says and its exit code.
pub fn run(window: &mut Window<'_>, args: &[String]) -> Outcome {
    let mut out = Outcome::default();
    let trouble = match find_verb(args) {
        Ok((verb, rest)) => match Flags::read(verb.name, verb.flags, &rest) {
            Ok(flags) => {
                let namespace = flags.text("namespace").unwrap_or(window.namespace).to_owned();
                let mut call = Call {
                    verb: verb.name,
                    cluster: &mut *window.cluster,
                    files: window.files,
                    stdin: window.stdin,
                    namespace,
                    flags,
                    out,
                };
                let verdict = check_context(&call).and_then(|()| (verb.run)(&mut call));
                out = call.out;
                verdict.err()
            }
            Err(trouble) => Some(trouble),
        },
        Err(trouble) => Some(trouble),
    };
    if let Some(trouble) = trouble {
        out.code = trouble.code;
        if !trouble.text.is_empty() {
            out.err(&format!("{}\n", trouble.text));
        }
        if let Some(hint) = trouble.hint {
            out.err(&format!("hint: {hint}\n"));
        }
    }
    out
}

/// Finds the verb among the words: flags that every verb takes may stand before it.
fn find_verb(args: &[String]) -> Result<(&'static Verb, Vec<String>), Trouble> {
    let mut before = Vec::new();
    let mut rest = args.iter();
    let mut word = None;
    while let Some(arg) = rest.next() {
        if !arg.starts_with('-') {
            word = Some(arg.as_str());
            break;
        }
        before.push(arg.clone());
        let takes_next = flags::GLOBAL.iter().any(|flag| {
            flag.takes != Takes::Bool
                && (*arg == format!("--{}", flag.long) || flag.short.is_some_and(|s| *arg == format!("-{s}")))
        });
        if takes_next {
            before.extend(rest.next().cloned());
        }
    }
    let Some(word) = word else {
        Flags::read("", &[], &before)?;
        return Err(Trouble::error("no verb was given").hint(format!("say one of: {}", verb_names())));
    };
    let rest: Vec<String> = rest.cloned().collect();
    // A verb of two words: `rollout status`, `set image`.
    let second = rest.iter().find(|arg| !arg.starts_with('-'));
    if let Some(second) = second {
        let both = format!("{word} {second}");
        if let Some(verb) = VERBS.iter().find(|verb| verb.answers_to(&both)) {
            let at = rest.iter().position(|arg| arg == second).unwrap_or(0);
            let tail = rest
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != at)
                .map(|(_, arg)| arg.clone());
            return Ok((verb, before.into_iter().chain(tail).collect()));
        }
    }
    match VERBS.iter().find(|verb| verb.answers_to(word)) {
        Some(verb) => Ok((verb, before.into_iter().chain(rest).collect())),
        None => Err(unknown_verb(word)),
    }
}

fn verb_names() -> String {
    VERBS.iter().map(|verb| verb.name).collect::<Vec<_>>().join(", ")
}

fn unknown_verb(word: &str) -> Trouble {
    let mut text = format!("error: unknown command \"{word}\" for \"kubectl\"");
    // cobra suggests what is at most two letters away, or begins alike.
    let close: Vec<&str> = VERBS
        .iter()
        .map(|verb| verb.name)
        .filter(|name| !name.contains(' '))
        .filter(|name| strsim::levenshtein(word, name) <= 2 || name.starts_with(word))
        .collect();
    if !close.is_empty() {
        text.push_str("\n\nDid you mean this?\n");
        text.push_str(
            &close
                .iter()
                .map(|name| format!("\t{name}"))
                .collect::<Vec<_>>()
                .join("\n"),
        );
    }
    Trouble::verbatim(text)
}

/// There is one cluster, and so no other context.
fn check_context(call: &Call<'_>) -> Result<(), Trouble> {
    match call.flags.text("context") {
        Some(context) if context != "pglab" => Err(Trouble::verbatim(format!(
            "Error in configuration: context was not found for specified context: {context}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
