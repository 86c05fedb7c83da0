//! A script that runs as a process: it goes on, waits, starts programs, and hears how they ended.

use super::inside::Inside;
use super::program::{Process, Program};
use crate::api::Time;
use crate::programs::outcome::Outcome;
use crate::programs::shell::{Pause, Shell};
use serde::{Deserialize, Serialize};

/// A shell as a process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Script {
    shell: Shell,
    state: State,
}

/// What a script is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// It goes on as soon as it can.
    Ready,
    /// It waits until then.
    Sleeping(Time),
    /// It waits for ever.
    Forever,
    /// It waits for a child.
    Waiting,
    /// It is over.
    Over(i32, Time),
}

/// How often a script may start something else at one instant.
const TURNS: usize = 200;

impl Script {
    /// Makes the process of a shell that is about to begin.
    pub fn new(shell: Shell) -> Self {
        Self {
            shell,
            state: State::Ready,
        }
    }

    /// Returns when it goes on by itself.
    pub fn due(&self) -> Option<Time> {
        match self.state {
            State::Ready => Some(Time(i64::MIN)),
            State::Sleeping(until) => Some(until),
            State::Forever | State::Waiting | State::Over(..) => None,
        }
    }

    /// Returns the exit code and the instant of the end.
    pub fn exit(&self) -> Option<(i32, Time)> {
        match self.state {
            State::Over(code, at) => Some((code, at)),
            _ => None,
        }
    }

    /// Returns the child that it waits for.
    pub fn awaits(&self) -> Option<u32> {
        if self.state == State::Waiting {
            self.shell.awaits()
        } else {
            None
        }
    }

    /// Hears how the child has ended that it waited for.
    pub fn child_ended(&mut self, code: i32) {
        self.shell.child_ended(code);
        self.state = State::Ready;
    }

    /// Ends it at once.
    pub fn end(&mut self, code: i32, now: Time) {
        self.state = State::Over(code, now);
    }

    /// Takes a signal: a trap runs once the command in the foreground is over, or at once when the script only waits for
    /// its children. Without a trap, process 1 takes no notice, and any other ends.
    pub fn signal(&mut self, name: &str, number: i32, first: bool, now: Time) {
        if self.shell.signal(name) {
            if self.state == State::Waiting && self.shell.is_waiting() {
                self.child_ended(128 + number);
            }
        } else if !first {
            self.end(128 + number, now);
        }
    }

    /// Goes on as far as it can; returns the program that takes its place, if one does.
    pub(super) fn go(&mut self, inside: &mut Inside<'_, '_>) -> Option<Program> {
        let now = inside.ground.now;
        if let State::Sleeping(until) = self.state
            && until <= now
        {
            self.state = State::Ready;
        }
        for _ in 0..TURNS {
            if self.state != State::Ready {
                return None;
            }
            let mut outcome = Outcome::default();
            let pause = self.shell.resume(inside, &mut outcome);
            inside.log(&outcome.said);
            let busy = outcome.busy_ms;
            match pause {
                Pause::Done(code) => self.state = State::Over(code, now),
                Pause::Sleep(ms) => {
                    let ms = i64::try_from(ms.saturating_add(busy)).unwrap_or(i64::MAX / 4);
                    self.state = State::Sleeping(now + ms);
                }
                Pause::Forever => self.state = State::Forever,
                Pause::Wait(pid) => {
                    self.state = State::Waiting;
                    if !inside.is_alive(pid) {
                        self.child_ended(0);
                    }
                }
                Pause::Fork(child) => {
                    let pid = inside.add(Program::Script(Box::new(Script::new(*child))));
                    self.shell.forked(pid);
                }
                Pause::Start { words, env, exec } => match inside.launch(&words, &env) {
                    Ok(program) if exec => return Some(program),
                    Ok(program) => {
                        let pid = inside.add(program);
                        self.shell.child_started(pid);
                        self.state = State::Waiting;
                    }
                    Err(words) => {
                        inside.log(&[(crate::programs::outcome::Stream::Stderr, format!("{words}\n"))]);
                        self.shell.child_ended(127);
                        if exec {
                            self.state = State::Over(127, now);
                        }
                    }
                },
            }
        }
        // Whoever starts things for ever at one instant has kept a processor busy.
        self.state = State::Sleeping(now + 1000);
        None
    }
}

impl Inside<'_, '_> {
    /// Puts a process beside the others, and returns its number.
    fn add(&mut self, program: Program) -> u32 {
        let Some(container) = self.runtime.container_mut(&self.node, self.pod, self.place) else {
            return 0;
        };
        let pid = container.next_pid;
        container.next_pid += 1;
        container.processes.push(Process { pid, program });
        pid
    }

    fn is_alive(&self, pid: u32) -> bool {
        let container = self
            .runtime
            .cell(&self.node, self.pod)
            .and_then(|cell| cell.containers.get(self.place));
        container.is_some_and(|container| container.programs().any(|(known, _)| known == pid))
    }
}
