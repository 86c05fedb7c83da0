//! `kubectl attach`: looking on at what a container says, and typing into one that listens.

use super::Verb;
use super::exec::pod_of;
use crate::api::{ContainerStatus, Key, Kind, Object, Phase, Pod, Resource};
use crate::kubectl::call::{Call, Waited, gave_up};
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::keyboard;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::programs::runtime::Typed;
use std::sync::Arc;

pub(super) const ATTACH: Verb = Verb {
    name: "attach",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("container", Takes::Text).short('c'),
    flag("stdin", Takes::Bool).short('i'),
    flag("tty", Takes::Bool).short('t').moot(),
    flag("quiet", Takes::Bool).short('q'),
    flag("pod-running-timeout", Takes::Duration),
];

/// A pod that runs or is over, and the container that is looked at.
pub(super) struct Seen {
    /// The pod.
    pub pod: Arc<Pod>,
    /// The container's name.
    pub container: String,
}

fn run(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let word = match words.as_slice() {
        [] => return Err(Trouble::error("at least 1 argument is required for attach")),
        [word] => word.clone(),
        [kind, name] => format!("{kind}/{name}"),
        many => {
            return Err(Trouble::error(format!(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                many.len(),
                many.join(" ")
            )));
        }
    };
    let pod = pod_of(call, &word)?;
    if pod.status.phase.is_terminal() {
        let phase = format!("{:?}", pod.status.phase);
        return Err(Trouble::error(format!(
            "cannot attach a container in a completed pod; current phase is {phase}"
        )));
    }
    let container = container(call, &pod)?;
    if !pod.is_scheduled() {
        return Err(Trouble::error(format!(
            "pod {} does not have a host assigned",
            pod.metadata.name
        )));
    }
    converse(call, &pod, &container, false)
}

/// Returns the container that is meant, and says which one it is when nobody named it.
fn container(call: &mut Call<'_>, pod: &Pod) -> Verdict<String> {
    let names: Vec<&str> = pod.spec.containers.iter().map(|container| &*container.name).collect();
    if let Some(name) = call.flags.text("container") {
        let init = pod.spec.init_containers.iter().any(|container| container.name == *name);
        if init || names.contains(&name) {
            return Ok(name.to_owned());
        }
        return Err(Trouble::error(format!(
            "cannot attach to the container: container {name} not found in pod {}",
            pod.metadata.name
        )));
    }
    super::exec::container_of(call, pod)
}

/// Waits until a pod runs or is over.
pub(super) fn wait_for_running(call: &mut Call<'_>, key: &Key, patience_ms: i64) -> Verdict<Seen> {
    let look = |call: &mut Call<'_>| {
        let Some(Object::Pod(pod)) = call.store().find(key) else {
            return Err(Trouble::error(format!("pods \"{}\" not found", key.name)));
        };
        let ready = pod.status.phase == Phase::Running || pod.status.phase.is_terminal();
        Ok(ready.then(|| Arc::clone(pod)))
    };
    let pod = match call.wait(Some(patience_ms), look)? {
        Waited::Came(pod) => pod,
        Waited::TimedOut | Waited::GaveUp => {
            return Err(Trouble::error("timed out waiting for the condition")
                .hint(format!("see why it does not run: kubectl describe pod {}", key.name)));
        }
    };
    let container = pod
        .spec
        .containers
        .first()
        .map_or(String::new(), |container| container.name.to_string());
    Ok(Seen { pod, container })
}

fn status_of<'a>(pod: &'a Pod, container: &str) -> Option<&'a ContainerStatus> {
    let mut all = pod.status.container_statuses.iter();
    all.find(|status| status.name == *container)
}

/// Shows what a container says until it ends: with `all` from its start, else from now on. Like a watch it ends when
/// nothing more is due. What was piped in is typed,
/// when `-i` is given and somebody listens.
pub(super) fn converse(call: &mut Call<'_>, pod: &Pod, container: &str, all: bool) -> Verdict {
    let key = pod.key();
    let log = |call: &Call<'_>| call.cluster.logs(&key, container, false).map_err(Trouble::verbatim);
    let mut before = if all { 0 } else { log(call)?.len() };
    if call.flags.is_set("stdin") && !pod.status.phase.is_terminal() {
        if !call.flags.is_set("quiet") {
            call.warn("If you don't see a command prompt, try pressing enter.");
        }
        let attached = if call.cluster.has_keyboard() {
            keyboard::converse(call, &key, container, Typed::Attach).map_err(|trouble| trouble.text)
        } else {
            let typed = call.stdin.to_owned();
            call.cluster.attach(&key, container, &typed).map(|outcome| outcome.code)
        };
        // What was answered to a person who types has been shown.
        let answered = call.cluster.has_keyboard();
        match attached {
            Ok(_) if answered => before = log(call).map_or(before, |lines| lines.len()),
            Ok(_) => (),
            // `kubectl run` is content with what the container has said before it ended (pkg/cmd/run, `handleAttachPod`).
            Err(why) if all => {
                let why = why.strip_prefix("error: ").unwrap_or(&why);
                call.warn(format!(
                    "warning: couldn't attach to pod/{}, falling back to streaming logs: {why}",
                    key.name
                ));
                let said = log(call).unwrap_or_default();
                call.say(said.iter().map(|(_, line)| format!("{line}\n")).collect::<String>());
                return Ok(());
            }
            Err(why) => return Err(Trouble::verbatim(why)),
        }
    }
    let (uid, mut shown) = (pod.metadata.uid, before);
    let restarts = |pod: &Pod| status_of(pod, container).map_or(0, |status| status.restart_count);
    let first = restarts(pod);
    let over = |call: &mut Call<'_>| {
        let now = match call.store().find(&key) {
            Some(Object::Pod(now)) if now.metadata.uid == uid => Arc::clone(now),
            _ => return Ok(Some(())),
        };
        // A container that was started anew is another one: its words are not shown.
        if restarts(&now) != first {
            return Ok(Some(()));
        }
        let lines = log(call).unwrap_or_default();
        let news = lines.iter().skip(shown);
        let text: String = news.map(|(_, line)| format!("{line}\n")).collect();
        shown = lines.len();
        call.say(text);
        let ended = status_of(&now, container).is_some_and(|status| status.state.running.is_none());
        Ok((now.status.phase.is_terminal() || ended || call.ends_quietly()).then_some(()))
    };
    match call.wait(None, over)? {
        Waited::Came(()) => Ok(()),
        Waited::TimedOut | Waited::GaveUp => Err(gave_up(&format!("{} to end", key.kind.singular()))),
    }
}

/// Returns the key of a pod by its name.
pub(super) fn pod_key(call: &Call<'_>, name: &str) -> Key {
    call.key(&Kind::Pod, name)
}
