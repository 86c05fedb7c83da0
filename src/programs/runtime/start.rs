//! Starting a container: which program its image, its command and its pod's annotations make of it.

use super::Runtime;
use super::container::{Container, Exit};
use super::deed::Start;
use super::ground::Ground;
use super::image::{Image, Kind, Rule};
use super::mounts::with_files;
use super::program::{Idle, Process, Program, to_ms};
use crate::api::{Labels, Time};
use crate::cloud::Settings;
use crate::programs::outcome::Env;
use crate::programs::postgres::{Birth, Durations, Postgres};

/// The annotations by which a pod says what an image does that nobody here knows.
pub const RUN_SECONDS: &str = "pglab.dev/run-seconds";
/// See [`RUN_SECONDS`]: the exit code.
pub const EXIT_CODE: &str = "pglab.dev/exit-code";
/// `"false"`: no readiness probe succeeds, and a container without one is not ready either.
pub const READY: &str = "pglab.dev/ready";

impl Runtime {
    /// Starts a container; returns whether there is a sandbox for it.
    pub(super) fn start(&mut self, ground: &mut Ground<'_>, node: &str, start: Start) -> bool {
        let now = ground.now;
        let Some(host) = self.hosts.get_mut(node) else {
            return false;
        };
        let Some(cell) = host.pods.get_mut(&start.pod) else {
            return false;
        };
        let Some(spec) = start.containers.get(start.index) else {
            return false;
        };
        let image = Image::of(&spec.image);
        let place = cell.place_of(&spec.name);
        let before = place.map(|place| cell.containers.remove(place));
        let mut container = Container::new(start.containers.clone(), start.index, start.env.clone(), now, before);
        (container.kind, container.attempt) = (image.kind, start.attempt);
        let place = place.unwrap_or(cell.containers.len());
        cell.containers.insert(place, container);
        let plan = plan(&start, &image, self.images.of(&spec.image), now, ground.settings);
        let container = &mut cell.containers[place];
        let program = match plan {
            Plan::Fails(why) => {
                container.end(Exit {
                    code: 128,
                    at: now,
                    reason: "StartError".into(),
                    message: why.into(),
                });
                return true;
            }
            Plan::Idle(idle) => Program::Idle(idle),
            Plan::Postgres { image, args } => {
                let durations = durations(ground.settings);
                let env = start.env.clone();
                let server = with_files(host, ground, node, start.pod, place, |files| {
                    let birth = Birth {
                        image,
                        env: &env,
                        args: &args,
                        durations,
                        pid: 1,
                        alive: &[],
                    };
                    Postgres::start(&birth, files, to_ms(now))
                });
                Program::Postgres(Box::new(server.expect("the container was just made")))
            }
        };
        let cell = host.pods.get_mut(&start.pod).expect("it was just looked at");
        cell.containers[place].processes.push(Process { pid: 1, program });
        self.settle(ground, node, start.pod, place);
        true
    }
}

/// What a container runs.
enum Plan {
    /// Nothing: the runtime cannot start it.
    #[expect(dead_code, reason = "commands that no image has come with the shell")]
    Fails(String),
    /// An idle process.
    Idle(Idle),
    /// A server.
    Postgres {
        image: crate::programs::postgres::Image,
        args: Vec<String>,
    },
}

fn plan(start: &Start, image: &Image, rule: Option<&Rule>, now: Time, settings: &Settings) -> Plan {
    match rule {
        Some(Rule::Crashes) => return Plan::Idle(ending(now, 0, 1)),
        Some(Rule::Exits { code, after_ms }) => return Plan::Idle(ending(now, *after_ms, *code)),
        Some(Rule::Missing | Rule::NeverReady) | None => (),
    }
    if let Some(idle) = annotated(&start.annotations, now, settings) {
        return Plan::Idle(idle);
    }
    let spec = &start.containers[start.index];
    match image.kind {
        Kind::Postgres(image) if spec.command.is_empty() => Plan::Postgres {
            image,
            args: expand_all(&spec.args, &start.env),
        },
        _ if start.ends => Plan::Idle(ending(now, settings.job_run, 0)),
        _ => Plan::Idle(Idle {
            ends: None,
            deaf: false,
        }),
    }
}

fn ending(now: Time, after_ms: i64, code: i32) -> Idle {
    Idle {
        ends: Some((now + after_ms, code)),
        deaf: false,
    }
}

/// Returns the idle process that the pod's annotations ask for, if they do.
fn annotated(annotations: &Labels, now: Time, settings: &Settings) -> Option<Idle> {
    let seconds = annotations.get(RUN_SECONDS).and_then(|text| text.parse::<f64>().ok());
    let code = annotations.get(EXIT_CODE).and_then(|text| text.parse::<i32>().ok());
    if seconds.is_none() && code.is_none() {
        return None;
    }
    let after_ms = seconds.map_or(settings.job_run, |seconds| (seconds * 1000.0).clamp(0.0, 1e15) as i64);
    Some(ending(now, after_ms, code.unwrap_or(0)))
}

/// Returns how long a server takes for what it does.
fn durations(settings: &Settings) -> Durations {
    let ms = |value: i64| u64::try_from(value).unwrap_or_default();
    Durations {
        initdb_ms: ms(settings.postgres_initdb),
        start_ms: ms(settings.postgres_start),
        recovery_ms: ms(settings.postgres_recovery),
        ..Durations::default()
    }
}

/// Replaces `$(NAME)` in the words of a command (third_party/forked/golang/expansion).
pub fn expand_all(words: &[String], env: &Env) -> Vec<String> {
    words.iter().map(|word| expand(word, env)).collect()
}

/// Replaces `$(NAME)` in one word: an unknown name stays as it is, and `$$` is a dollar sign.
pub fn expand(word: &str, env: &Env) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = after.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match env.get(name) {
                Some(value) => out.push_str(value),
                None => out.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}
