//! A small shell: what manifests, probes and people at `kubectl exec` run in containers.
//!
//! A running script is plain data. It goes on until it has to wait (`sleep`, a server in the foreground) and says so;
//! whoever runs it calls it again. Inside pipes and `$(…)` nothing waits: what time they take is added up and waited for
//! afterwards.

mod script;
mod lex;
mod parameter;
mod parse;
mod compound;
mod pattern;
mod arith;
mod surroundings;
mod scope;
mod walk;
mod simple;
mod expand;
mod builtins;
mod tools;
mod typed;
#[cfg(test)]
mod tests;

pub use script::Node;
pub use surroundings::{Has, Page, Surroundings};
pub use tools::{
    is_common as is_common_tool, is_interpreter, is_known as is_known_tool, is_lacking as is_lacking_tool, shell_call,
};
pub use typed::{Next, Terminal, only_calls_psql};

use crate::programs::outcome::{Env, Outcome, Stream};
use scope::{Scope, Streams};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use walk::Frame;

/// A running script.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shell {
    /// What is still to be done, the next at the end.
    stack: Vec<Frame>,
    /// The variables and all that belongs to them.
    scope: Scope,
    /// Where the streams lead, the innermost last.
    streams: Vec<Streams>,
    /// The exit status of the last command.
    status: i32,
    /// What is done on signals.
    traps: BTreeMap<String, String>,
    /// A signal that came and has a trap.
    pending: Option<String>,
    /// Which shell it is: they differ in what they say of trouble.
    dialect: Dialect,
    /// The child that it waits for.
    awaited: Option<u32>,
    /// The exit status of the last `$(…)` of the command that is being expanded.
    captured: Option<i32>,
}

/// Which shell runs a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// Debian's `sh`.
    #[default]
    Dash,
    /// `sh` of busybox and Alpine.
    Busybox,
    /// bash.
    Bash,
}

/// Why a script has stopped for now.
#[derive(Clone, Debug)]
pub enum Pause {
    /// It is over, with this exit code.
    Done(i32),
    /// It waits so many milliseconds.
    Sleep(u64),
    /// It waits for ever.
    Forever,
    /// It starts a program that stays: call [`Shell::child_started`] or, with `exec`, put the program in its place.
    Start {
        /// The words.
        words: Vec<String>,
        /// The environment.
        env: Env,
        /// Whether it takes the shell's place.
        exec: bool,
    },
    /// It goes on in two: the other one runs in the background; call [`Shell::forked`].
    Fork(Box<Shell>),
    /// It waits for a child.
    Wait(u32),
}

/// How many commands a script may run without waiting; then it counts as having been busy for a second.
const COMMANDS_AT_ONCE: u32 = 20_000;

/// How long a script may take that nobody waits in, in milliseconds of virtual time: an hour.
const LONGEST_MS: u64 = 3_600_000;

impl Shell {
    /// Makes the shell that runs a script: `sh -c SCRIPT NAME ARGS…`. The error is what a shell says of bad syntax.
    pub fn new(script: &str, args: &[String], env: &Env, dialect: Dialect) -> Result<Self, String> {
        match parse::parse(script) {
            Ok(node) => Ok(Self::of(node, args, env, dialect)),
            Err(trouble) => Err(trouble.told(dialect)),
        }
    }

    /// Gives the script something to read.
    pub fn with_input(mut self, input: &str) -> Self {
        self.streams[0].input = Some(input.to_owned());
        self
    }

    /// Makes the shell that runs one command, word by word, as a container without a shell does.
    pub fn direct(words: &[String], env: &Env) -> Self {
        let simple = script::Simple {
            words: words.iter().map(|word| script::Word::literal(word)).collect(),
            line: 1,
            ..script::Simple::default()
        };
        Self::of(Arc::new(Node::Simple(simple)), &[], env, Dialect::Dash)
    }

    fn of(node: Arc<Node>, args: &[String], env: &Env, dialect: Dialect) -> Self {
        Self {
            stack: vec![Frame::Last(node)],
            scope: Scope::new(args, env),
            streams: vec![Streams::default()],
            status: 0,
            traps: BTreeMap::new(),
            pending: None,
            dialect,
            awaited: None,
            captured: None,
        }
    }

    /// Goes on until the script is over or has to wait; what it prints is added to `outcome`.
    pub fn resume(&mut self, world: &mut dyn Surroundings, outcome: &mut Outcome) -> Pause {
        for _ in 0..COMMANDS_AT_ONCE {
            if let Some(script) = self.pending.take().and_then(|signal| self.traps.get(&signal).cloned())
                && let Ok(node) = parse::parse(&script)
            {
                self.stack.push(Frame::Run(node));
            }
            let Some(frame) = self.stack.pop() else {
                return Pause::Done(self.status);
            };
            if let Some(pause) = self.take(frame, world, outcome) {
                return pause;
            }
        }
        // A loop that never waits keeps a processor busy; time passes all the same.
        Pause::Sleep(1000)
    }

    /// Runs to the end at once; time that it waits is counted in the outcome, and nothing else happens meanwhile.
    pub fn run(&mut self, world: &mut dyn Surroundings) -> Outcome {
        let mut outcome = Outcome::default();
        loop {
            match self.resume(world, &mut outcome) {
                Pause::Done(code) => {
                    outcome.code = code;
                    return outcome;
                }
                Pause::Sleep(ms) => outcome.busy_ms = outcome.busy_ms.saturating_add(ms),
                Pause::Fork(mut child) => {
                    let said = child.run(world);
                    outcome.busy_ms = outcome.busy_ms.max(said.busy_ms);
                    for (stream, text) in said.said {
                        match stream {
                            Stream::Stdout => outcome.out(&text),
                            Stream::Stderr => outcome.err(&text),
                        }
                    }
                    self.forked(0);
                }
                Pause::Wait(_) => self.child_ended(0),
                Pause::Start { words, .. } => {
                    let name = words.first().map(String::as_str).unwrap_or_default();
                    outcome.err(&match world.has(name) {
                        Has::Perhaps => {
                            format!("pglab: it does not know what {name} would do in this image: nothing was run\n")
                        }
                        _ => format!("pglab: {name} stays in the foreground: start it as a container's command\n"),
                    });
                    outcome.code = 126;
                    return outcome;
                }
                Pause::Forever => outcome.busy_ms = u64::MAX,
            }
            if outcome.busy_ms > LONGEST_MS {
                outcome.busy_ms = LONGEST_MS;
                outcome.err("pglab: this does not end within an hour: stopped here\n");
                outcome.code = 137;
                return outcome;
            }
        }
    }

    /// Takes a signal: returns false when the script has no trap for it.
    pub fn signal(&mut self, name: &str) -> bool {
        let trapped = self.traps.contains_key(name);
        if trapped {
            self.pending = Some(name.to_owned());
        }
        trapped
    }

    /// Says whether the script waits for children only, so that a trap interrupts it at once.
    pub fn is_waiting(&self) -> bool {
        self.awaited.is_some()
    }

    /// Learns the number of the child that it has started in the foreground.
    pub fn child_started(&mut self, pid: u32) {
        self.awaited = Some(pid);
    }

    /// Learns the number of the child that goes on in the background.
    pub fn forked(&mut self, pid: u32) {
        self.scope.background = pid;
        self.status = 0;
    }

    /// Learns how the child that it waited for has ended.
    pub fn child_ended(&mut self, code: i32) {
        self.awaited = None;
        self.status = code;
    }

    /// Returns the child that it waits for.
    pub fn awaits(&self) -> Option<u32> {
        self.awaited
    }
}
