//! What a shell knows: variables, functions, arguments, where it stands, and where its streams lead.

use super::script::Node;
use crate::programs::outcome::Env;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The variables and all that belongs to them; a subshell has a copy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Scope {
    /// The variables by name.
    pub vars: BTreeMap<String, String>,
    /// Which of them programs see.
    pub exported: BTreeSet<String>,
    /// The functions.
    pub functions: BTreeMap<String, Arc<Node>>,
    /// `$0`.
    pub name: String,
    /// `$1` and on.
    pub args: Vec<String>,
    /// The working directory.
    pub cwd: String,
    /// `set -e`.
    pub errexit: bool,
    /// `set -u`.
    pub nounset: bool,
    /// `set -o pipefail`.
    #[serde(default)]
    pub pipefail: bool,
    /// `$!`.
    pub background: u32,
}

impl Scope {
    /// Returns the home folder: `HOME`, or root's.
    pub fn home(&self) -> String {
        self.vars.get("HOME").cloned().unwrap_or_else(|| "/root".to_owned())
    }

    /// Makes the scope of a new shell.
    pub fn new(args: &[String], env: &Env) -> Self {
        Self {
            vars: env.clone(),
            exported: env.keys().cloned().collect(),
            name: args.first().cloned().unwrap_or_else(|| "sh".to_owned()),
            args: args.get(1..).unwrap_or_default().to_vec(),
            cwd: env.get("PWD").cloned().unwrap_or_else(|| "/".to_owned()),
            ..Self::default()
        }
    }

    /// Returns the variables that programs see.
    pub fn env(&self) -> Env {
        let exported = self.exported.iter();
        exported
            .filter_map(|name| Some((name.clone(), self.vars.get(name)?.clone())))
            .collect()
    }

    /// Returns a path from the root on.
    pub fn path(&self, path: &str) -> String {
        let whole = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.cwd)
        };
        crate::programs::files::normal(&whole)
    }
}

/// Where the streams of a command lead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Streams {
    /// Standard output.
    pub out: Target,
    /// Standard error.
    pub err: Target,
    /// What is left to be read; None: what the streams below have.
    pub input: Option<String>,
}

/// Where a stream leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Target {
    /// Where the shell's own stream leads, by default.
    #[default]
    Own,
    /// To the shell's own standard output.
    Stdout,
    /// To the shell's own standard error.
    Stderr,
    /// To a file.
    File(String),
    /// Nowhere.
    Null,
}
