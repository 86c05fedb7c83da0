//! `kubectl logs`: what a container has written.

mod follow;

use super::Verb;
use super::exec::{container_of, pod_of, pods_of, valid_container};
use crate::api::{ContainerStatus, Kind, Object, Pod, Resource, Time};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::targets::{Selection, Target};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::store::Refusal;
use std::sync::Arc;

pub(super) const LOGS: Verb = Verb {
    name: "logs",
    aliases: &["log"],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("container", Takes::Text).short('c'),
    flag("previous", Takes::Bool).short('p'),
    flag("tail", Takes::Int),
    flag("since", Takes::Duration),
    flag("since-time", Takes::Text),
    flag("timestamps", Takes::Bool),
    flag("all-containers", Takes::Bool),
    flag("all-pods", Takes::Bool),
    flag("prefix", Takes::Bool),
    flag("selector", Takes::Text).short('l'),
    flag("limit-bytes", Takes::Int),
    flag("max-log-requests", Takes::Int),
    flag("follow", Takes::Bool).short('f'),
    flag("ignore-errors", Takes::Bool).moot(),
    flag("insecure-skip-tls-verify-backend", Takes::Bool).moot(),
    flag("pod-running-timeout", Takes::Duration).moot(),
];

/// What of each log is shown, and how.
struct Ask {
    previous: bool,
    since: Option<Time>,
    /// How many of the last lines; None: all.
    tail: Option<usize>,
    limit: Option<usize>,
    prefix: bool,
    timestamps: bool,
}

impl Ask {
    /// Returns a line as it is shown.
    fn line(&self, pod: &str, container: &str, at: Time, line: &str) -> String {
        let prefix = match self.prefix {
            true => format!("[pod/{pod}/{container}] "),
            false => String::new(),
        };
        let stamp = match self.timestamps {
            true => format!("{} ", at.micro()),
            false => String::new(),
        };
        format!("{prefix}{stamp}{line}\n")
    }
}

fn run(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let by_selector = call.flags.text("selector").is_some_and(|text| !text.is_empty());
    if words.len() > 2 || (words.is_empty() && !by_selector) {
        return Err(Trouble::error(
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples",
        ));
    }
    if by_selector && !words.is_empty() {
        return Err(call.usage("only a selector (-l) or a POD name is allowed"));
    }
    let since = since_time(call)?;
    let all_pods = call.flags.is_set("all-pods");
    let pods: Vec<Arc<Pod>> = if by_selector {
        let found = Selection::of(call, Some(&Kind::Pod))?.objects(call, &Target::All(Kind::Pod))?;
        found.iter().filter_map(|object| Pod::of(object).cloned()).collect()
    } else if all_pods && words[0].contains('/') {
        pods_of(call, &words[0])?
    } else {
        vec![pod(call, &words[0])?]
    };
    refuse_nonsense(call, words.get(1), since)?;
    if pods.is_empty() {
        call.warn(format!("No resources found in {} namespace.", call.namespace));
    }
    let mut wanted: Vec<(Arc<Pod>, String)> = Vec::new();
    for pod in pods {
        let containers: Vec<String> = match (call.flags.is_set("all-containers"), words.get(1)) {
            (true, _) => {
                let all = pod.spec.init_containers.iter().chain(pod.spec.containers.iter());
                all.map(|container| container.name.to_string()).collect()
            }
            (false, Some(name)) => vec![valid_container(&pod, name)?],
            (false, None) => vec![container_of(call, &pod)?],
        };
        wanted.extend(containers.into_iter().map(|container| (Arc::clone(&pod), container)));
    }
    let most = call.flags.int("max-log-requests").unwrap_or(5);
    if call.flags.is_set("follow") && wanted.len() > 1 && wanted.len() as i64 > most {
        return Err(Trouble::error(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests to increase the limit",
            wanted.len()
        )));
    }
    let ask = ask(call, since, by_selector, all_pods);
    for (pod, container) in &wanted {
        show(call, pod, container, &ask)?;
    }
    if call.flags.is_set("follow") && !ask.previous {
        follow::follow(call, &wanted, &ask)?;
    }
    Ok(())
}

/// Reads `--since-time`; the error is Go's.
fn since_time(call: &Call<'_>) -> Verdict<Option<Time>> {
    let Some(text) = call.flags.text("since-time").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    let at = parsed.map_err(|_| {
        let year = text.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit()));
        let (rest, part) = match year {
            Some(_) => (&text[4..], "-"),
            None => (text, "2006"),
        };
        Trouble::error(format!(
            "parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{rest}\" as \"{part}\""
        ))
    })?;
    Ok(Some(Time(at.as_millisecond())))
}

/// Refuses flags that do not go together (kubectl's `LogsOptions.Validate`).
fn refuse_nonsense(call: &Call<'_>, inline: Option<&String>, since: Option<Time>) -> Verdict {
    let flags = &call.flags;
    let named = inline.map(String::as_str).or(flags.text("container")).unwrap_or("");
    let text = if since.is_some() && flags.duration_ms("since").is_some_and(|ms| ms != 0) {
        "at most one of `sinceTime` or `sinceSeconds` may be specified".to_owned()
    } else if flags.is_set("all-containers") && !named.is_empty() {
        format!("--all-containers=true should not be specified with container name {named}")
    } else if inline.is_some() && flags.text("container").is_some() {
        "only one of -c or an inline [CONTAINER] arg is allowed".to_owned()
    } else if flags.int("limit-bytes").is_some_and(|limit| limit < 0) {
        "--limit-bytes must be greater than 0".to_owned()
    } else if flags.duration_ms("since").is_some_and(|ms| ms < 0) {
        "--since must be greater than 0".to_owned()
    } else if flags.int("tail").is_some_and(|tail| tail < -1) {
        "--tail must be greater than or equal to -1".to_owned()
    } else {
        return Ok(());
    };
    Err(Trouble::error(text))
}

fn ask(call: &Call<'_>, since_time: Option<Time>, by_selector: bool, all_pods: bool) -> Ask {
    let flags = &call.flags;
    let since = flags.duration_ms("since").filter(|ms| *ms > 0);
    // A selector shows the last ten lines of each container unless told otherwise.
    let default = if by_selector { 10 } else { -1 };
    let at_least_zero = |n: i64| usize::try_from(n).ok();
    Ask {
        previous: flags.is_set("previous"),
        since: since_time.or(since.map(|ms| Time(call.now().0 - ms))),
        tail: at_least_zero(flags.int("tail").unwrap_or(default)),
        limit: flags
            .int("limit-bytes")
            .filter(|limit| *limit > 0)
            .and_then(at_least_zero),
        prefix: flags.is_set("prefix") || all_pods,
        timestamps: flags.is_set("timestamps"),
    }
}

fn pod(call: &Call<'_>, word: &str) -> Verdict<Arc<Pod>> {
    if word.contains('/') {
        return pod_of(call, word);
    }
    match call.store().find(&call.key(&Kind::Pod, word)) {
        Some(Object::Pod(pod)) => Ok(Arc::clone(pod)),
        _ => Err(Trouble::error(format!(
            "error from server (NotFound): pods \"{word}\" not found in namespace \"{}\"",
            call.namespace
        ))),
    }
}

fn show(call: &mut Call<'_>, pod: &Pod, container: &str, ask: &Ask) -> Verdict {
    // The API server knows of no node to ask, and answers with nothing.
    if !pod.is_scheduled() {
        return Ok(());
    }
    let previous = ask.previous;
    let bad = |text: String| Trouble::refused(&Refusal::BadRequest(text));
    let name = &pod.metadata.name;
    let status = status_of(pod, container);
    let has_run = status.is_some_and(|s| {
        let past = s.last_state.terminated.is_some();
        past || (!previous && (s.state.running.is_some() || s.state.terminated.is_some()))
    });
    if previous && !has_run {
        return Err(bad(format!(
            "previous terminated container \"{container}\" in pod \"{name}\" not found"
        )));
    }
    if !has_run {
        return Err(bad(waiting(pod, container, status)));
    }
    let lines = call
        .cluster
        .logs(&pod.key(), container, previous)
        .map_err(Trouble::verbatim)?;
    let lines: Vec<(Time, String)> = lines
        .into_iter()
        .filter(|(at, _)| ask.since.is_none_or(|since| *at >= since))
        .collect();
    let from = ask.tail.map_or(0, |tail| lines.len().saturating_sub(tail));
    let mut text = String::new();
    for (at, line) in &lines[from..] {
        text.push_str(&ask.line(name, container, *at, line));
    }
    if let Some(limit) = ask.limit {
        let end = (0..=limit.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
    }
    call.say(text);
    Ok(())
}

fn status_of<'a>(pod: &'a Pod, container: &str) -> Option<&'a ContainerStatus> {
    let status = &pod.status;
    let mut all = status.init_container_statuses.iter().chain(&status.container_statuses);
    all.find(|status| status.name == container)
}

/// Says why a container has no log yet (pkg/kubelet, `validateContainerLogStatus`).
fn waiting(pod: &Pod, container: &str, status: Option<&ContainerStatus>) -> String {
    let name = &pod.metadata.name;
    let Some(waiting) = status.and_then(|status| status.state.waiting.as_ref()) else {
        return format!("container \"{container}\" in pod \"{name}\" is not available");
    };
    let why = match &*waiting.reason {
        "ImagePullBackOff" => "trying and failing to pull image".to_owned(),
        "ErrImagePull" => "image can't be pulled".to_owned(),
        reason => reason.to_owned(),
    };
    format!("container \"{container}\" in pod \"{name}\" is waiting to start: {why}")
}
