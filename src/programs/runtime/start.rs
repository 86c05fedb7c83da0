//! Starting a container: which program its image, its command, its pod's annotations and the rules make of it.

use super::Runtime;
use super::container::{Container, Exit};
use super::deed::Start;
use super::ground::Ground;
use super::image::{Image, Rule};
use super::inside::Inside;
use super::program::{Idle, Process, Program};
use crate::api::{Labels, Time};
use crate::cloud::Settings;
use crate::programs::outcome::{Env, Stream};

/// The annotations by which a pod says what an image does that nobody here knows.
pub const RUN_SECONDS: &str = "pglab.dev/run-seconds";
/// See [`RUN_SECONDS`]: the exit code.
pub const EXIT_CODE: &str = "pglab.dev/exit-code";
/// `"false"`: no readiness probe succeeds, and a container without one is not ready either.
pub const READY: &str = "pglab.dev/ready";

/// What containerd says before it names the trouble.
const START_ERROR: &str = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc \
                           create failed: unable to start container process: error during container init: ";

impl Runtime {
    /// Puts a container into its sandbox and starts its first process; returns its place, if there is a sandbox.
    pub(super) fn start(&mut self, ground: &mut Ground<'_>, node: &str, start: Start) -> Option<usize> {
        let now = ground.now;
        let spec = start.containers.get(start.index)?;
        let image = Image::of(&spec.image);
        let host = self.hosts.get_mut(node)?;
        host.hold(&spec.image, now);
        let cell = host.pods.get_mut(&start.pod)?;
        let place = cell.place_of(&spec.name);
        let before = place.map(|place| cell.containers.remove(place));
        let mut container = Container::new(start.containers.clone(), start.index, start.env.clone(), now, before);
        (container.kind, container.attempt) = (image.kind, start.attempt);
        let place = place.unwrap_or(cell.containers.len());
        cell.containers.insert(place, container);
        let (command, args) = (
            expand_all(&spec.command, &start.env),
            expand_all(&spec.args, &start.env),
        );
        let rule = self.images.of(&spec.image).cloned();
        let told = told(rule.as_ref(), &start.annotations, now, ground.settings);
        let program = match told {
            Some(idle) => Ok(Program::Idle(idle)),
            None => {
                let mut inside = Inside::new(self, ground, node, start.pod, place)?;
                inside.first_program(&command, &args, start.ends)
            }
        };
        let container = self.container_mut(node, start.pod, place)?;
        match program {
            Ok(program) => {
                if let (Program::Idle(_), Some(note)) = (&program, image.note()) {
                    container.write(now, Stream::Stderr, &note);
                }
                container.processes.push(Process { pid: 1, program });
            }
            Err(why) => container.end(Exit {
                code: 128,
                at: now,
                reason: "StartError".into(),
                message: format!("{START_ERROR}{why}").into(),
            }),
        }
        Some(place)
    }
}

/// Returns the idle process that a rule or the pod's annotations ask for, if they do.
fn told(rule: Option<&Rule>, annotations: &Labels, now: Time, settings: &Settings) -> Option<Idle> {
    let ending = |after_ms: i64, code: i32| Idle {
        ends: Some((now + after_ms, code)),
        deaf: false,
    };
    match rule {
        Some(Rule::Crashes) => return Some(ending(0, 1)),
        Some(Rule::Exits { code, after_ms }) => return Some(ending(*after_ms, *code)),
        Some(Rule::Missing | Rule::NeverReady) | None => (),
    }
    let seconds = annotations.get(RUN_SECONDS).and_then(|text| text.parse::<f64>().ok());
    let code = annotations.get(EXIT_CODE).and_then(|text| text.parse::<i32>().ok());
    if seconds.is_none() && code.is_none() {
        return None;
    }
    let after_ms = seconds.map_or(settings.job_run, |seconds| (seconds * 1000.0).clamp(0.0, 1e15) as i64);
    Some(ending(after_ms, code.unwrap_or(0)))
}

/// Replaces `$(NAME)` in the words of a command (third_party/forked/golang/expansion).
fn expand_all(words: &[String], env: &Env) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_in_a_command_are_expanded_as_kubernetes_does() {
        let env: Env = [("A".to_owned(), "1".to_owned())].into();
        for (word, expanded) in [
            ("$(A)-$(NONE)", "1-$(NONE)"),
            ("$$(A)", "$(A)"),
            ("$A $", "$A $"),
            ("$(A", "$(A"),
        ] {
            assert_eq!(expand(word, &env), expanded, "{word}");
        }
    }
}
