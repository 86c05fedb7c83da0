//! A container: the processes in it, what they wrote, and how it ended.
//! Spared from knowing pods: its sandbox gives it an address and volumes.

use super::deed::ProbeKind;
use super::image::Kind;
use super::program::{Process, Program};
use crate::api::{self, Text, Time};
use crate::cloud::disk::Disk;
use crate::programs::outcome::{Env, Stream};
use crate::programs::postgres::LogLine;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The room that a container's own layer has, in bytes: the machine's disk is not counted.
const LAYER_BYTES: u64 = 20 << 30;

/// How many lines of a container's log are kept; a real kubelet keeps 10 MB of them.
const LOG_LINES: usize = 5_000;

/// A container that was started, running or not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Container {
    /// The containers of the pod, shared with its spec.
    #[serde(with = "crate::pack::shared")]
    pub(super) specs: Arc<Vec<api::Container>>,
    /// Which of them this is.
    pub(super) index: usize,
    /// What its image runs.
    pub(super) kind: Kind,
    /// Its environment, with all references resolved.
    #[serde(with = "crate::pack::shared")]
    pub(super) env: Arc<Env>,
    /// Its own layer, which is new at each start.
    pub(super) layer: Disk,
    /// Whether the image's own files lie in the layer: they are put there when somebody looks.
    pub(super) unpacked: bool,
    /// Its processes; the first one is process 1.
    pub(super) processes: Vec<Process>,
    /// What its processes wrote.
    pub(super) log: Vec<LogLine>,
    /// The number of the next process.
    pub(super) next_pid: u32,
    /// What told probes apart when it was last looked at.
    pub(super) pulse: u8,
    /// How many times it was started before.
    pub attempt: u32,
    /// When it was started.
    pub started_at: Time,
    /// How it ended; None while it runs.
    pub ended: Option<Exit>,
    /// The run before this one.
    pub past: Option<Box<Past>>,
    /// Rises whenever what a probe would find may have changed.
    pub version: u32,
    /// The latest answers to the kubelet's probes.
    pub answers: Vec<Answer>,
    /// What became of the latest hook.
    pub hook: Option<Hook>,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The exit code; 128 and a signal's number when a signal ended it.
    pub code: i32,
    /// When.
    pub at: Time,
    /// `Completed`, `Error`, `StartError`, `OOMKilled` or `Unknown`.
    pub reason: Text,
    /// What the runtime says of it.
    pub message: Text,
}

/// A run that is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Past {
    /// How many times the container was started before that run.
    pub attempt: u32,
    /// When it was started.
    pub started_at: Time,
    /// How it ended.
    pub exit: Exit,
    /// What it wrote.
    pub log: Vec<LogLine>,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which probe asked.
    pub kind: ProbeKind,
    /// When.
    pub at: Time,
    /// Nothing, or why the container is not well.
    pub found: Result<(), String>,
    /// The container's version at that time.
    pub version: u32,
    /// Whether the same question gets the same answer until the version rises.
    pub lasting: bool,
}

/// What became of a hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// When it is over.
    pub ends_at: Time,
    /// Nothing, or why it failed.
    pub found: Result<(), String>,
}

impl Exit {
    /// Returns the end with an exit code, as the runtime reports it.
    pub fn new(code: i32, at: Time) -> Self {
        let reason = if code == 0 { "Completed" } else { "Error" };
        Self {
            code,
            at,
            reason: reason.into(),
            message: "".into(),
        }
    }
}

impl Container {
    /// Makes a container in which nothing runs yet; the one of the run before gives its past.
    pub(super) fn new(
        specs: Arc<Vec<api::Container>>,
        index: usize,
        env: Arc<Env>,
        now: Time,
        before: Option<Container>,
    ) -> Self {
        let past = before.map(|before| before.into_past(now));
        Self {
            specs,
            index,
            kind: Kind::Unknown,
            env,
            layer: Disk::empty(LAYER_BYTES),
            unpacked: false,
            processes: Vec::new(),
            log: Vec::new(),
            next_pid: 2,
            pulse: 0,
            attempt: 0,
            started_at: now,
            ended: None,
            past,
            version: 0,
            answers: Vec::new(),
            hook: None,
        }
    }

    fn into_past(self, now: Time) -> Box<Past> {
        Box::new(Past {
            attempt: self.attempt,
            started_at: self.started_at,
            exit: self.ended.unwrap_or_else(|| Exit::new(137, now)),
            log: self.log,
        })
    }

    /// Returns what the pod says of the container.
    pub fn spec(&self) -> &api::Container {
        &self.specs[self.index]
    }

    /// Returns the container's name.
    pub fn name(&self) -> &str {
        &self.spec().name
    }

    /// Says whether it runs.
    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// Says whether an idle process stands in for a program that nobody here knows.
    pub fn is_idle(&self) -> bool {
        matches!(self.processes.first(), Some(process) if matches!(process.program, Program::Idle(_)))
    }

    /// Returns what its image runs.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the answer to the latest probe of a kind in this run.
    pub fn answer(&self, kind: ProbeKind) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.kind == kind)
    }

    /// Returns the log of this run, oldest line first.
    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// Returns when one of its programs will next do something by itself.
    pub(super) fn due(&self) -> Option<Time> {
        if self.ended.is_some() {
            return None;
        }
        self.processes.iter().filter_map(|process| process.program.due()).min()
    }

    /// Ends the container: all its processes go with the first one.
    pub(super) fn end(&mut self, exit: Exit) {
        self.processes.clear();
        self.processes.shrink_to_fit();
        self.version += 1;
        self.ended = Some(exit);
    }

    /// Writes down what a process printed.
    pub(super) fn write(&mut self, now: Time, stream: Stream, text: &str) {
        let at_ms = u64::try_from(now.0).unwrap_or_default();
        for line in text.lines() {
            self.log.push(LogLine {
                at_ms,
                stream,
                text: line.to_owned(),
            });
        }
        self.trim_log();
    }

    /// Takes over the lines that a server has written.
    pub(super) fn write_lines(&mut self, lines: Vec<LogLine>) {
        self.log.extend(lines);
        self.trim_log();
    }

    fn trim_log(&mut self) {
        if self.log.len() > LOG_LINES {
            self.log.drain(..self.log.len() - LOG_LINES);
        }
    }

    /// Keeps an answer in the place of the one before.
    pub(super) fn keep(&mut self, answer: Answer) {
        self.answers.retain(|old| old.kind != answer.kind);
        self.answers.push(answer);
    }

    /// Returns the process of a number.
    pub(super) fn process_mut(&mut self, pid: u32) -> Option<&mut Process> {
        self.processes.iter_mut().find(|process| process.pid == pid)
    }

    /// Returns the programs that run, with their numbers.
    pub fn programs(&self) -> impl Iterator<Item = (u32, &Program)> {
        self.processes.iter().map(|process| (process.pid, &process.program))
    }
}
