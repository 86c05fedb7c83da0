//! Somebody at the keyboard: a psql or a shell in a container, line by line.
//!
//! Between two lines whoever types holds what is needed to go on: nothing of it is in the world but the session with a
//! server. A terminal that is closed without a word leaves that session open.

use super::Runtime;
use super::deed::Wake;
use super::ground::Ground;
use super::inside::Inside;
use super::program::Program;
use super::reach::Far;
use crate::api::Uid;
use crate::programs::outcome::{Env, Outcome};
use crate::programs::psql::{self, Wire};
use crate::programs::shell::{Next, Surroundings, Terminal, only_calls_psql, shell_call};
use serde::{Deserialize, Serialize};

/// What listens to a keyboard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listener {
    /// Which start of the container it belongs to.
    attempt: u32,
    /// Whether it is the container's first process, which was started to be talked to.
    is_first: bool,
    program: Listening,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Listening {
    /// psql, its session, and the shell that it was called from.
    Psql(Box<psql::Waiting>, Wire, Option<Box<Terminal>>),
    Shell(Box<Terminal>),
}

/// What is typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Typed {
    /// A command is started.
    Start(Vec<String>),
    /// One is attached to that runs already.
    Attach,
    /// A line, without its end.
    Line(Box<Listener>, String),
    /// No more lines come.
    End(Box<Listener>),
}

/// What came of it.
#[derive(Debug)]
pub struct Spoken {
    /// What was said, and the exit code if it is over.
    pub outcome: Outcome,
    /// Who listens on, and what they ask for the next line with; None: it is over.
    pub next: Option<(Box<Listener>, String)>,
}

/// Says whether a command would listen to a keyboard: psql without `-c` and its kin, a shell without a script.
pub fn listens(command: &[String]) -> bool {
    let Some(name) = command.first().map(|word| word.rsplit('/').next().unwrap_or(word)) else {
        return false;
    };
    match name {
        "psql" => psql::reads(command),
        "sh" | "bash" | "ash" => match shell_call(&command[1..]) {
            None => true,
            Some((script, _)) => script.is_some_and(|script| only_calls_psql(&script)),
        },
        _ => false,
    }
}

impl Runtime {
    /// Takes what somebody types in a container; None when no such container runs, or it is another one by now. The error
    /// is what the container's runtime has against a command.
    pub fn typed(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        container: &str,
        typed: Typed,
    ) -> Option<Result<(Spoken, Vec<Wake>), String>> {
        let place = self.cell(node, pod)?.running_place_of(container)?;
        let attempt = self.cell(node, pod)?.containers[place].attempt;
        let before = self.version(node, pod, place);
        let is_first = match &typed {
            Typed::Start(_) => false,
            Typed::Attach => self.cell(node, pod)?.containers[place].is_listening(),
            Typed::Line(listener, _) | Typed::End(listener) if listener.attempt == attempt => listener.is_first,
            Typed::Line(..) | Typed::End(_) => return None,
        };
        if let Typed::Start(command) = &typed
            && let Some(why) = self.cannot_exec(ground, node, pod, place, command)
        {
            return Some(Err(why));
        }
        let mut inside = Inside::new(self, ground, node, pod, place)?;
        let (outcome, next) = match typed {
            Typed::Start(command) => start(&mut inside, &command),
            Typed::Attach if is_first => start(&mut inside, &["sh".to_owned()]),
            // Who reads nothing says nothing.
            Typed::Attach => (Outcome::default(), None),
            Typed::Line(listener, line) => listener.program.take(&mut inside, Some(&line)),
            Typed::End(listener) => listener.program.take(&mut inside, None),
        };
        let mut wakes = std::mem::take(&mut inside.wakes);
        wakes.extend(self.go_on(ground, node, pod, place, before));
        if is_first {
            wakes.extend(self.first_said(ground, node, pod, place, &outcome, next.is_none()));
        }
        let next = next.map(|(program, prompt)| {
            let listener = Listener {
                attempt,
                is_first,
                program,
            };
            (Box::new(listener), prompt)
        });
        Some(Ok((Spoken { outcome, next }, wakes)))
    }

    /// Writes down what the first process of a container said, and ends it when it is over.
    fn first_said(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        place: usize,
        outcome: &Outcome,
        over: bool,
    ) -> Vec<Wake> {
        let now = ground.now;
        if let Some(container) = self.container_mut(node, pod, place) {
            for (stream, text) in &outcome.said {
                container.write(now, *stream, text);
            }
        }
        if !over {
            return vec![];
        }
        let far = Far {
            node: node.into(),
            pod,
            container: place,
            pid: 1,
            address: "".into(),
        };
        let ends = (now + i64::try_from(outcome.busy_ms).unwrap_or_default(), outcome.code);
        let ended = self.with_program(ground, &far, |program, _| {
            if let Program::Idle(idle) = program {
                idle.ends = Some(ends);
            }
        });
        ended.map(|(_, wakes)| wakes).unwrap_or_default()
    }
}

/// What was said, and who listens on with which prompt.
type Turn = (Outcome, Option<(Listening, String)>);

fn start(inside: &mut Inside<'_, '_>, command: &[String]) -> Turn {
    let name = command
        .first()
        .map_or("", |word| word.rsplit('/').next().unwrap_or(word));
    let env = inside.env();
    let cwd = env.get("PWD").cloned().unwrap_or_default();
    if name == "psql" {
        return with_psql(inside, &env, &cwd, None, |place| psql::begin(command, place));
    }
    let terminal = Terminal::new(&env, inside.dialect(name));
    match shell_call(&command[1..]).and_then(|(script, _)| script) {
        // A script that only calls psql is psql.
        Some(script) => match terminal.take(Some(&script), inside) {
            (_, Next::Psql { words, env, cwd, .. }) => {
                with_psql(inside, &env, &cwd, None, |place| psql::begin(&words, place))
            }
            (outcome, _) => (outcome, None),
        },
        None => (Outcome::default(), Some(asks(terminal, inside))),
    }
}

/// Returns a shell that waits, with its prompt.
fn asks(terminal: Terminal, inside: &Inside<'_, '_>) -> (Listening, String) {
    let prompt = terminal.prompt(&inside.identity().0);
    (Listening::Shell(Box::new(terminal)), prompt)
}

impl Listening {
    fn take(self, inside: &mut Inside<'_, '_>, line: Option<&str>) -> Turn {
        match self {
            Listening::Psql(waiting, wire, shell) => {
                let env = inside.env();
                let cwd = env.get("PWD").cloned().unwrap_or_default();
                with_psql(inside, &env, &cwd, shell, |place| {
                    let session = place.network.resume(wire);
                    waiting.take(session, line, place)
                })
            }
            Listening::Shell(terminal) => match terminal.take(line, inside) {
                (outcome, Next::Line(terminal)) => (outcome, Some(asks(terminal, inside))),
                (outcome, Next::Over) => (outcome, None),
                (outcome, Next::Psql { shell, words, env, cwd }) => {
                    let (said, next) = with_psql(inside, &env, &cwd, Some(Box::new(shell)), |place| {
                        psql::begin(&words, place)
                    });
                    let mut all = outcome;
                    all.then(said);
                    (all, next)
                }
            },
        }
    }
}

/// Lends psql what it needs, and holds on to its session; when it ends, the shell that called it goes on.
fn with_psql(
    inside: &mut Inside<'_, '_>,
    env: &Env,
    cwd: &str,
    shell: Option<Box<Terminal>>,
    act: impl FnOnce(psql::Place<'_, '_>) -> psql::Turn,
) -> Turn {
    let (mut act, mut turn) = (Some(act), None);
    inside.client(&mut |files, network| {
        let Some(act) = act.take() else { return };
        let (outcome, next) = act(psql::Place {
            env,
            stdin: "",
            cwd,
            files,
            network: &mut *network,
        });
        let next = next.and_then(|(waiting, session)| {
            let prompt = waiting.prompt(session, network);
            Some((waiting, network.hold(session)?, prompt))
        });
        turn = Some((outcome, next));
    });
    let (mut outcome, next) = turn.unwrap_or_default();
    let next = match (next, shell) {
        (Some((waiting, wire, prompt)), shell) => Some((Listening::Psql(Box::new(waiting), wire, shell), prompt)),
        (None, Some(mut shell)) => {
            shell.returned(outcome.code);
            outcome.code = 0;
            Some(asks(*shell, inside))
        }
        (None, None) => None,
    };
    (outcome, next)
}
