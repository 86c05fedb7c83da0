//! kubectl's window: verbs, tables, descriptions; what a person sees of a cluster, and what a person does to it.
//!
//! The words are those of kubectl 1.32 against a server of 1.36. [`run`] takes a command line that is already split into
//! words. It is spared from knowing labs, folders and terminals: it writes to an [`Outcome`], and whoever calls it brings
//! the cluster and the files.

mod age;
mod call;
mod cluster;
mod describe;
mod find;
mod flags;
mod go_json;
mod gotemplate;
mod jsonpath;
mod korean;
mod manifests;
mod names;
mod output;
mod select;
mod sign;
mod sort;
mod subresource;
mod tables;
mod tabwriter;
mod targets;
mod heartbeat;
mod keyboard;
mod quota;
mod trial;
mod trouble;
mod unified;
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
    let trouble = match find::find_verb(args) {
        Ok(None) => {
            out.out(&verbs::help::overview());
            None
        }
        Ok(Some((verb, rest))) if verbs::help::is_asked(&rest) => {
            out.out(&verbs::help::page(verb));
            None
        }
        Ok(Some((verb, rest))) => match Flags::read(verb.name, verb.flags, &rest) {
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
            out.err(&hint.line(window.cluster.lang()));
        }
    }
    out
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
