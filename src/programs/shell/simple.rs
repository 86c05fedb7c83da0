//! Simple commands: words are expanded, streams are led, and a builtin, a function or a tool runs.

use super::scope::{Streams, Target};
use super::script::{Redirection, Simple};
use super::surroundings::Has;
use super::tools::{self, Act, Call};
use super::walk::Frame;
use super::{Dialect, Pause, Shell, Surroundings};
use crate::programs::bytes::bytes_of;
use crate::programs::outcome::{Outcome, Stream};
use std::sync::Arc;

impl Shell {
    /// Runs a simple command; `last` when nothing of the script comes after it.
    pub(super) fn simple(
        &mut self,
        simple: &Simple,
        last: bool,
        world: &mut dyn Surroundings,
        outcome: &mut Outcome,
    ) -> Option<Pause> {
        self.scope.vars.insert("LINENO".to_owned(), simple.line.to_string());
        let before = self.status;
        self.captured = None;
        let words = self.fields(&simple.words, world, outcome);
        let mut assignments = Vec::with_capacity(simple.assignments.len());
        for (name, word) in &simple.assignments {
            assignments.push((name.clone(), self.text(word, world, outcome)));
        }
        let streams = match self.redirect(&simple.redirections, world, outcome) {
            Ok(streams) => streams,
            Err(trouble) => {
                self.fail(2, &trouble, world, outcome);
                self.after_failure();
                return None;
            }
        };
        self.status = 0;
        let Some(name) = words.first().cloned() else {
            // Assignments alone; the status is that of the last `$(…)` in them.
            self.status = self.captured.take().unwrap_or(0);
            self.scope.vars.extend(assignments);
            self.after_failure();
            return None;
        };
        if let Some(body) = self.scope.functions.get(&name).cloned() {
            self.scope.vars.extend(assignments);
            let args = std::mem::replace(&mut self.scope.args, words[1..].to_vec());
            self.streams.push(streams);
            self.stack.push(Frame::Unredirect);
            self.stack.push(Frame::Return(args));
            self.stack.push(Frame::Run(body));
            return None;
        }
        self.streams.push(streams);
        let pause = match self.builtin(&words, before, &assignments, world, outcome) {
            Some(pause) => pause,
            None => self.tool(&words, assignments, last, world, outcome),
        };
        if !is_kept_by_exec(&words) {
            self.streams.pop();
        }
        if pause.is_none() {
            self.after_failure();
        }
        pause
    }

    /// Runs a program that is not part of the shell.
    pub(super) fn tool(
        &mut self,
        words: &[String],
        assignments: Vec<(String, String)>,
        exec: bool,
        world: &mut dyn Surroundings,
        outcome: &mut Outcome,
    ) -> Option<Pause> {
        let mut env = self.scope.env();
        env.extend(assignments);
        let mut call = Call {
            words,
            env,
            cwd: self.scope.cwd.clone(),
            input: self.take_input(),
            said: Outcome::default(),
            world,
        };
        let act = tools::run(&mut call);
        let (said, env, rest) = (call.said, call.env, call.input);
        self.give_back_input(rest);
        for (stream, text) in &said.said {
            self.emit(*stream, text, world, outcome);
        }
        match act {
            Act::Done(code) => {
                self.status = code;
                (said.busy_ms > 0).then_some(Pause::Sleep(said.busy_ms))
            }
            Act::Forever => Some(Pause::Forever),
            Act::Start => Some(Pause::Start {
                words: words.to_vec(),
                env,
                exec,
            }),
            Act::NotFound => {
                self.not_found(&words[0], world, outcome);
                None
            }
        }
    }

    fn not_found(&mut self, name: &str, world: &mut dyn Surroundings, outcome: &mut Outcome) {
        let line = self.scope.vars.get("LINENO").cloned().unwrap_or_default();
        let words = match self.dialect {
            Dialect::Dash => format!("sh: {line}: {name}: not found\n"),
            Dialect::Busybox => format!("sh: {name}: not found\n"),
            Dialect::Bash if name.contains('/') => format!("bash: line {line}: {name}: No such file or directory\n"),
            Dialect::Bash => format!("bash: line {line}: {name}: command not found\n"),
        };
        self.status = 127;
        self.emit(Stream::Stderr, &words, world, outcome);
        if world.has(name) == Has::Perhaps {
            let note = format!("pglab: it does not know what {name} would do in this image\n");
            self.emit(Stream::Stderr, &note, world, outcome);
        }
    }

    /// Says what went wrong with the shell itself, and sets the status.
    pub(super) fn fail(&mut self, status: i32, words: &str, world: &mut dyn Surroundings, outcome: &mut Outcome) {
        let line = self.scope.vars.get("LINENO").cloned().unwrap_or_else(|| "1".to_owned());
        let words = match self.dialect {
            Dialect::Dash => format!("sh: {line}: {words}\n"),
            Dialect::Busybox => format!("sh: {words}\n"),
            Dialect::Bash => format!("bash: line {line}: {words}\n"),
        };
        self.status = status;
        self.emit(Stream::Stderr, &words, world, outcome);
    }

    /// Returns where the two output streams lead, all redirections considered.
    pub(super) fn targets(&self) -> (Target, Target) {
        let find = |pick: &dyn Fn(&Streams) -> &Target, own: Target| {
            let mut streams = self.streams.iter().rev().map(pick);
            streams.find(|target| **target != Target::Own).cloned().unwrap_or(own)
        };
        (
            find(&|streams| &streams.out, Target::Stdout),
            find(&|streams| &streams.err, Target::Stderr),
        )
    }

    /// Writes to a stream, wherever it leads.
    pub(super) fn emit(&mut self, stream: Stream, text: &str, world: &mut dyn Surroundings, outcome: &mut Outcome) {
        let (out, err) = self.targets();
        let target = match stream {
            Stream::Stdout => out,
            Stream::Stderr => err,
        };
        match target {
            Target::Stdout | Target::Own => outcome.out(text),
            Target::Stderr => outcome.err(text),
            Target::Null => (),
            Target::File(path) => {
                let mut trouble = None;
                world.files(&mut |files| trouble = files.append(&path, &bytes_of(text)).err());
                if let Some(error) = trouble {
                    self.status = 1;
                    outcome.err(&format!("sh: write error: {error}\n"));
                }
            }
        }
    }

    /// Takes what is left to be read, to give it to a program.
    pub(super) fn take_input(&mut self) -> String {
        let inputs = self.streams.iter_mut().rev().find_map(|streams| streams.input.as_mut());
        inputs.map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn give_back_input(&mut self, rest: String) {
        if let Some(input) = self.streams.iter_mut().rev().find_map(|streams| streams.input.as_mut()) {
            *input = rest;
        }
    }

    /// Takes one line of what is left to be read; None at its end.
    pub(super) fn read_line(&mut self) -> Option<String> {
        let input = self
            .streams
            .iter_mut()
            .rev()
            .find_map(|streams| streams.input.as_mut())?;
        if input.is_empty() {
            return None;
        }
        let end = input.find('\n').map_or(input.len(), |at| at + 1);
        let line: String = input.drain(..end).collect();
        Some(line.trim_end_matches('\n').to_owned())
    }

    /// Opens what redirections name; the error is what the shell says.
    pub(super) fn redirect(
        &mut self,
        redirections: &[Redirection],
        world: &mut dyn Surroundings,
        outcome: &mut Outcome,
    ) -> Result<Streams, String> {
        let mut streams = Streams::default();
        for redirection in redirections {
            match redirection {
                Redirection::In(word) => {
                    let name = self.text(word, world, outcome);
                    streams.input = Some(self.open_to_read(&name, world)?);
                }
                Redirection::Here(text) => streams.input = Some(self.text(text, world, outcome)),
                Redirection::Out(stream, word, append) => {
                    let name = self.text(word, world, outcome);
                    let target = self.open_to_write(&name, *append, world)?;
                    match stream {
                        2 => streams.err = target,
                        _ => streams.out = target,
                    }
                }
                Redirection::Both(word) => {
                    let name = self.text(word, world, outcome);
                    let target = self.open_to_write(&name, false, world)?;
                    (streams.out, streams.err) = (target.clone(), target);
                }
                Redirection::Same(stream, other) => {
                    let (out, err) = self.targets();
                    let out = if streams.out == Target::Own {
                        out
                    } else {
                        streams.out.clone()
                    };
                    let err = if streams.err == Target::Own {
                        err
                    } else {
                        streams.err.clone()
                    };
                    match (stream, other) {
                        (2, 1) => streams.err = out,
                        (1, 2) => streams.out = err,
                        _ => (),
                    }
                }
            }
        }
        Ok(streams)
    }

    fn open_to_read(&self, name: &str, world: &mut dyn Surroundings) -> Result<String, String> {
        if name == "/dev/null" {
            return Ok(String::new());
        }
        let path = self.scope.path(name);
        let mut read = Ok(String::new());
        world.files(&mut |files| read = files.read_text(&path));
        read.map_err(|error| match error {
            crate::cloud::disk::DiskError::NotFound => format!("cannot open {name}: No such file"),
            other => format!("cannot open {name}: {other}"),
        })
    }

    fn open_to_write(&self, name: &str, append: bool, world: &mut dyn Surroundings) -> Result<Target, String> {
        match name {
            "/dev/null" => return Ok(Target::Null),
            "/dev/stdout" | "/proc/1/fd/1" | "/proc/self/fd/1" => return Ok(Target::Stdout),
            "/dev/stderr" | "/proc/1/fd/2" | "/proc/self/fd/2" => return Ok(Target::Stderr),
            _ => (),
        }
        let path = self.scope.path(name);
        let mut opened = Ok(());
        world.files(&mut |files| {
            opened = if append && files.exists(&path) && !files.is_dir(&path) {
                Ok(())
            } else {
                files.write(&path, b"")
            };
        });
        opened.map_err(|error| match error {
            crate::cloud::disk::DiskError::NotFound => format!("cannot create {name}: Directory nonexistent"),
            other => format!("cannot create {name}: {other}"),
        })?;
        Ok(Target::File(path))
    }

    /// Runs a command of the script apart and returns what it prints.
    pub(super) fn captured(
        &mut self,
        node: &Arc<super::Node>,
        world: &mut dyn Surroundings,
        outcome: &mut Outcome,
    ) -> String {
        let mut child = self.child(node);
        child.streams.push(Streams {
            out: Target::Stdout,
            ..Streams::default()
        });
        let said = child.run(world);
        self.captured = Some(said.code);
        outcome.busy_ms = outcome.busy_ms.saturating_add(said.busy_ms);
        let mut text = String::new();
        for (stream, words) in said.said {
            match stream {
                Stream::Stdout => text.push_str(&words),
                Stream::Stderr => outcome.err(&words),
            }
        }
        text.truncate(text.trim_end_matches('\n').len());
        text
    }
}

/// Says whether the redirections of a command stay: those of an `exec` without a program.
fn is_kept_by_exec(words: &[String]) -> bool {
    words.len() == 1 && words[0] == "exec"
}
