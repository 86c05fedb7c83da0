//! The tools beside a shell: small programs that read, print and end. Each does what scripts in manifests and people at
//! `kubectl exec` need of it; a flag that is not known is refused in the tool's own way.

mod files;
mod show;
mod rights;
mod space;
mod text;
mod filter;
mod gzip;
mod sed;
mod system;
mod condition;
mod runner;
mod network;
mod server;
mod pg_isready;

use super::surroundings::{Has, Surroundings};
use crate::programs::files::Files;
use crate::programs::outcome::{Env, Outcome};

pub(super) use condition::test;
pub use runner::shell_call;

/// A tool's call.
pub(super) struct Call<'a> {
    /// The words, the tool's name first.
    pub words: &'a [String],
    /// The environment.
    pub env: Env,
    /// The working directory.
    pub cwd: String,
    /// What it can read.
    pub input: String,
    /// What it has said.
    pub said: Outcome,
    /// The world around it.
    pub world: &'a mut dyn Surroundings,
}

/// How a tool ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// With this exit code.
    Done(i32),
    /// Never.
    Forever,
    /// It is a program that stays: the runtime starts it.
    Start,
    /// There is no such tool.
    NotFound,
}

type Tool = fn(&mut Call<'_>) -> Act;

/// The tools that every image with a shell has.
const EVERYWHERE: &[(&str, Tool)] = &[
    ("ls", show::ls),
    ("cat", show::cat),
    ("df", space::df),
    ("du", space::du),
    ("find", show::find),
    ("stat", rights::stat),
    ("mkdir", files::mkdir),
    ("rmdir", files::rmdir),
    ("rm", files::rm),
    ("touch", files::touch),
    ("mv", files::mv),
    ("cp", files::cp),
    ("chmod", files::no_owner),
    ("chown", files::no_owner),
    ("chgrp", files::no_owner),
    ("sync", files::no_owner),
    ("mktemp", files::mktemp),
    ("tee", files::tee),
    ("echo", text::echo),
    ("printf", text::printf),
    ("basename", text::basename),
    ("dirname", text::dirname),
    ("seq", text::seq),
    ("grep", filter::grep),
    ("egrep", filter::grep),
    ("fgrep", filter::grep),
    ("head", filter::head),
    ("tail", filter::tail),
    ("wc", filter::wc),
    ("sort", filter::sort),
    ("uniq", filter::uniq),
    ("cut", filter::cut),
    ("tr", filter::tr),
    ("sed", sed::sed),
    ("base64", filter::base64),
    ("gzip", gzip::gzip),
    ("gunzip", gzip::gzip),
    ("zcat", gzip::gzip),
    ("sha256sum", filter::sha256sum),
    ("true", system::yes),
    ("false", system::no),
    ("test", condition::test_tool),
    ("[", condition::test_tool),
    ("sleep", system::sleep),
    ("date", system::date),
    ("hostname", system::hostname),
    ("id", system::id),
    ("whoami", system::id),
    ("uname", system::uname),
    ("env", system::env),
    ("printenv", system::printenv),
    ("pwd", system::pwd),
    ("ps", system::ps),
    ("kill", system::kill),
    ("which", system::which),
    ("nproc", system::nproc),
    ("sh", runner::sh),
    ("timeout", runner::timeout),
    ("getent", network::getent),
];

/// The tools that only some images have.
const SOMEWHERE: &[(&str, Tool)] = &[
    ("bash", runner::sh),
    ("ash", runner::sh),
    ("dash", runner::sh),
    ("gosu", runner::as_user),
    ("su-exec", runner::as_user),
    ("curl", network::curl),
    ("wget", network::wget),
    ("nslookup", network::nslookup),
    ("nc", network::nc),
    ("redis-cli", network::redis_cli),
    ("valkey-cli", network::redis_cli),
    ("pg_isready", pg_isready::pg_isready),
    ("psql", server::psql),
    ("pg_dump", server::pg_dump),
    ("pg_dumpall", server::client),
    ("pg_restore", server::client),
    ("createdb", server::createdb),
    ("dropdb", server::dropdb),
    ("createuser", server::client),
    ("postgres", server::stays),
    ("docker-entrypoint.sh", server::stays),
    ("nginx", server::stays),
    ("httpd", server::stays),
    ("httpd-foreground", server::stays),
    ("redis-server", server::stays),
    ("valkey-server", server::stays),
    ("memcached", server::stays),
];

/// Tools that exist and that people may well call, but that do nothing here.
const NOT_SIMULATED: &[&str] = &[
    "apk",
    "apt",
    "apt-get",
    "awk",
    "bzip2",
    "cmp",
    "comm",
    "crontab",
    "dd",
    "diff",
    "initdb",
    "ip",
    "less",
    "ln",
    "lsof",
    "more",
    "mount",
    "netstat",
    "openssl",
    "perl",
    "pg_basebackup",
    "pg_controldata",
    "pg_ctl",
    "pg_rewind",
    "pg_upgrade",
    "pg_verifybackup",
    "pgbench",
    "ping",
    "pkill",
    "pgrep",
    "python",
    "python3",
    "rsync",
    "scp",
    "ss",
    "ssh",
    "strace",
    "su",
    "sudo",
    "tar",
    "top",
    "umount",
    "uptime",
    "vacuumdb",
    "vi",
    "vim",
    "watch",
    "xargs",
    "yq",
    "jq",
    "aws",
    "free",
    "tini",
    "dumb-init",
];

/// Runs a tool.
pub(super) fn run(call: &mut Call<'_>) -> Act {
    let name = call.words[0].rsplit('/').next().unwrap_or_default().to_owned();
    let has = call.world.has(&name);
    let everywhere = EVERYWHERE.iter().find(|(known, _)| *known == name);
    let somewhere = SOMEWHERE
        .iter()
        .find(|(known, _)| *known == name)
        .filter(|_| has != Has::No);
    if let Some((_, tool)) = everywhere.or(somewhere) {
        return tool(call);
    }
    if let Some(act) = script_file(call) {
        return act;
    }
    if NOT_SIMULATED.contains(&name.as_str()) && !(has == Has::Perhaps && is_interpreter(&name)) {
        call.said.err(&format!("pglab does not simulate {name}\n"));
        return Act::Done(126);
    }
    if has == Has::Perhaps {
        return Act::Start;
    }
    Act::NotFound
}

/// Runs a script that lies in a file, if a path is what was called.
fn script_file(call: &mut Call<'_>) -> Option<Act> {
    if !call.words[0].contains('/') {
        return None;
    }
    let path = call.path(&call.words[0]);
    let script = call.on_files(|files| files.read_text(&path)).ok()?;
    let dialect = if script.starts_with("#!/bin/bash") || script.starts_with("#!/usr/bin/env bash") {
        super::Dialect::Bash
    } else {
        super::Dialect::Dash
    };
    Some(runner::run_script(call, &script, call.words.to_vec(), dialect))
}

/// Says whether a tool runs programs of all sorts: in an image that is not known it is what the container is for, and an
/// idle process stands in for it; in one that is known it is told of as not simulated.
pub fn is_interpreter(name: &str) -> bool {
    ["perl", "python", "python3"].contains(&name)
}

/// Says whether an image lacks a tool that others have.
pub fn is_lacking(name: &str, world: &dyn Surroundings) -> bool {
    SOMEWHERE.iter().any(|(known, _)| *known == name) && world.has(name) == Has::No
}

/// Says whether a tool can be called.
pub(super) fn is_there(name: &str, world: &dyn Surroundings) -> bool {
    let everywhere = EVERYWHERE.iter().any(|(known, _)| *known == name);
    everywhere || SOMEWHERE.iter().any(|(known, _)| *known == name) && world.has(name) != Has::No
}

/// Says whether a name is a tool that is known at all, in whatever image.
pub fn is_known(name: &str) -> bool {
    let mut all = EVERYWHERE.iter().chain(SOMEWHERE).map(|(known, _)| known);
    all.any(|known| *known == name) || NOT_SIMULATED.contains(&name)
}

/// Says whether a tool is in every image that has a shell.
pub fn is_common(name: &str) -> bool {
    EVERYWHERE.iter().any(|(known, _)| *known == name) || NOT_SIMULATED.contains(&name)
}

impl Call<'_> {
    /// Returns the arguments.
    pub fn args(&self) -> &[String] {
        &self.words[1..]
    }

    /// Returns the tool's name.
    pub fn name(&self) -> &str {
        self.words[0].rsplit('/').next().unwrap_or_default()
    }

    /// Returns a path from the root on.
    pub fn path(&self, path: &str) -> String {
        if path.starts_with('/') {
            crate::programs::files::normal(path)
        } else {
            crate::programs::files::normal(&format!("{}/{path}", self.cwd))
        }
    }

    /// Prints to standard output.
    pub fn out(&mut self, text: &str) {
        self.said.out(text);
    }

    /// Says what went wrong: `ls: x: No such file or directory`.
    pub fn complain(&mut self, words: &str) -> Act {
        let name = self.name().to_owned();
        self.said.err(&format!("{name}: {words}\n"));
        Act::Done(1)
    }

    /// Does something with the files.
    pub fn on_files<R>(&mut self, act: impl FnOnce(&mut Files<'_>) -> R) -> R {
        let mut act = Some(act);
        let mut result = None;
        self.world.files(&mut |files| {
            if let Some(act) = act.take() {
                result = Some(act(files));
            }
        });
        result.expect("the files are lent once")
    }

    /// Splits the arguments into letters of flags and the rest; `valued` are the letters that take a value.
    pub fn flags(&self, valued: &str) -> Flags {
        let mut flags = Flags::default();
        let mut args = self.args().iter();
        while let Some(arg) = args.next() {
            if arg == "--" {
                flags.rest.extend(args.cloned());
                break;
            }
            let letters = match arg.strip_prefix('-') {
                Some(long) if long.starts_with('-') => {
                    let (name, value) = long[1..]
                        .split_once('=')
                        .map_or((&long[1..], None), |(n, v)| (n, Some(v)));
                    flags.long.push((name.to_owned(), value.map(str::to_owned)));
                    continue;
                }
                Some(letters) if !letters.is_empty() => letters,
                _ => {
                    flags.rest.push(arg.clone());
                    continue;
                }
            };
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                if valued.contains(letter) {
                    let attached: String = letters.collect();
                    let value = if attached.is_empty() {
                        args.next().cloned()
                    } else {
                        Some(attached)
                    };
                    flags.values.push((letter, value.unwrap_or_default()));
                    break;
                }
                flags.letters.push(letter);
            }
        }
        flags
    }
}

/// A command line, taken apart.
#[derive(Debug, Default)]
pub(super) struct Flags {
    /// The letters.
    pub letters: String,
    /// The letters with values.
    pub values: Vec<(char, String)>,
    /// The long ones.
    pub long: Vec<(String, Option<String>)>,
    /// The rest.
    pub rest: Vec<String>,
}

impl Flags {
    /// Says whether a letter was given.
    pub fn has(&self, letter: char) -> bool {
        self.letters.contains(letter)
    }

    /// Says whether a long flag was given.
    pub fn has_long(&self, name: &str) -> bool {
        self.long.iter().any(|(known, _)| known == name)
    }

    /// Returns the value of a letter.
    pub fn value(&self, letter: char) -> Option<&str> {
        let found = self.values.iter().rev().find(|(known, _)| *known == letter);
        found.map(|(_, value)| value.as_str())
    }
}
