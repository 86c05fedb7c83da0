//! `kubectl drain`: cordons a node, and asks its pods to go, as the disruption budgets allow.

use super::node::{cordon, nodes};
use super::{DryRun, Verb};
use crate::api::{Key, Kind, Pod, Time, Uid, VolumeSource};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::select::LabelQuery;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::store::{DeleteOptions, Refusal};
use std::sync::Arc;

pub(super) const DRAIN: Verb = Verb {
    name: "drain",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("ignore-daemonsets", Takes::Bool),
    flag("delete-emptydir-data", Takes::Bool),
    flag("force", Takes::Bool),
    flag("disable-eviction", Takes::Bool),
    flag("grace-period", Takes::Int),
    flag("timeout", Takes::Duration),
    flag("selector", Takes::Text).short('l'),
    flag("pod-selector", Takes::Text),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("skip-wait-for-delete-timeout", Takes::Int),
    flag("chunk-size", Takes::Int).moot(),
];

/// How long drain waits before it asks again for a pod that a budget holds.
const AGAIN_MS: i64 = 5_000;

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    let pods = call.flags.text("pod-selector").unwrap_or("");
    if LabelQuery::parse(pods).is_err() {
        return Err(Trouble::error(
            "--pod-selector=<pod_selector> must be a valid label selector",
        ));
    }
    let nodes = nodes(call)?;
    for node in &nodes {
        cordon(call, node, true, dry)?;
    }
    let (mut left, mut why) = (Vec::new(), Vec::new());
    for node in &nodes {
        match drain(call, node, dry) {
            Ok(()) => call.line(format!("node/{} drained{}", node.name, dry.suffix())),
            Err(reasons) => {
                let all = match reasons.as_slice() {
                    [one] => one.clone(),
                    many => format!("[{}]", many.join(", ")),
                };
                call.warn(format!(
                    "error: unable to drain node \"{}\" due to error: {all}, continuing command...",
                    node.name
                ));
                left.push(node.name.to_string());
                why.extend(reasons);
            }
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    call.warn("There are pending nodes to be drained:");
    for node in left {
        call.warn(format!(" {node}"));
    }
    Err(Trouble::verbatim(why.join("\n")))
}

/// The pods of a node, by what drain thinks of them (kubectl/pkg/drain/filters.go).
#[derive(Default)]
struct Sorted {
    going: Vec<Arc<Pod>>,
    warnings: Vec<(&'static str, Vec<String>)>,
    errors: Vec<(&'static str, Vec<String>)>,
}

fn drain(call: &mut Call<'_>, node: &Key, dry: DryRun) -> Result<(), Vec<String>> {
    let sorted = sort(call, node).map_err(|trouble| vec![trouble.text])?;
    if !sorted.errors.is_empty() {
        let reasons = sorted.errors.iter();
        return Err(reasons
            .map(|(why, pods)| format!("cannot delete {why}: {}", pods.join(", ")))
            .collect());
    }
    if !sorted.warnings.is_empty() {
        let parts: Vec<String> = sorted
            .warnings
            .iter()
            .map(|(why, pods)| format!("{why}: {}", pods.join(", ")))
            .collect();
        call.warn(format!("Warning: {}", parts.join("; ")));
    }
    if dry.is_dry() || sorted.going.is_empty() {
        return Ok(());
    }
    evict_all(call, node, sorted.going)
}

fn sort(call: &Call<'_>, node: &Key) -> Verdict<Sorted> {
    let flags = &call.flags;
    let bad = |why: String| Trouble::error(why);
    let wanted = LabelQuery::parse(flags.text("pod-selector").unwrap_or("")).map_err(bad)?;
    let mut sorted = Sorted::default();
    let put = |list: &mut Vec<(&'static str, Vec<String>)>, why: &'static str, pod: &Pod| {
        let name = format!("{}/{}", pod.metadata.namespace, pod.metadata.name);
        match list.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, pods)) => pods.push(name),
            None => list.push((why, vec![name])),
        }
    };
    let (force, local) = (flags.is_set("force"), flags.is_set("delete-emptydir-data"));
    let skip_after = flags.int("skip-wait-for-delete-timeout").filter(|seconds| *seconds > 0);
    let now = call.now();
    // A pod whose deletion was asked for that long ago is not waited for (`skipDeletedFilter`).
    let is_skipped = |pod: &Pod| {
        let asked = pod.metadata.deletion_timestamp;
        skip_after
            .zip(asked)
            .is_some_and(|(seconds, at)| now - at > seconds * 1000)
    };
    let pods = call.store().list::<Pod>("");
    for pod in pods.filter(|pod| pod.spec.node_name == node.name && wanted.matches(&pod.metadata.labels)) {
        if is_skipped(pod) {
            continue;
        }
        let owner = pod.metadata.controller().map(|owner| &*owner.kind);
        if owner == Some("DaemonSet") && !pod.status.phase.is_terminal() {
            if flags.is_set("ignore-daemonsets") {
                put(&mut sorted.warnings, "ignoring DaemonSet-managed Pods", pod);
            } else {
                let why = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
                put(&mut sorted.errors, why, pod);
            }
            continue;
        }
        if pod.status.phase.is_terminal() {
            sorted.going.push(Arc::clone(pod));
            continue;
        }
        let mut refused = false;
        if has_local_data(pod) && !local {
            let why = "Pods with local storage (use --delete-emptydir-data to override)";
            put(&mut sorted.errors, why, pod);
            refused = true;
        }
        if owner.is_none() && !refused {
            if force {
                put(&mut sorted.warnings, "deleting Pods that declare no controller", pod);
            } else {
                // The doubled words are kubectl's.
                let why = "cannot delete Pods that declare no controller (use --force to override)";
                put(&mut sorted.errors, why, pod);
                refused = true;
            }
        }
        if !refused {
            sorted.going.push(Arc::clone(pod));
        }
    }
    Ok(sorted)
}

fn has_local_data(pod: &Pod) -> bool {
    let mut sources = pod.spec.volumes.iter().map(|volume| volume.source());
    sources.any(|source| matches!(source, VolumeSource::EmptyDir(_)))
}

/// A pod that is on its way out.
struct Going {
    key: Key,
    uid: Uid,
    /// When it is asked to go; None: it was, and agreed.
    ask_at: Option<Time>,
}

fn evict_all(call: &mut Call<'_>, node: &Key, pods: Vec<Arc<Pod>>) -> Result<(), Vec<String>> {
    let now = call.now();
    let deadline = call
        .flags
        .duration_ms("timeout")
        .filter(|ms| *ms > 0)
        .map(|ms| (now + ms, ms));
    let mut going: Vec<Going> = pods
        .iter()
        .map(|pod| Going {
            key: Key::new(Kind::Pod, pod.metadata.namespace.clone(), pod.metadata.name.clone()),
            uid: pod.metadata.uid,
            ask_at: Some(now),
        })
        .collect();
    // One goroutine a pod: Go runs the one that was started last first, then the others in order.
    if let Some(last) = going.pop() {
        going.insert(0, last);
    }
    let mut failed = Vec::new();
    // Nobody waits for ever: past a day the budget will not give way.
    let end = now + 24 * 3_600_000;
    while !going.is_empty() {
        ask(call, &mut going, deadline, &mut failed);
        let store = call.cluster.store();
        let (still, gone): (Vec<Going>, Vec<Going>) = going
            .into_iter()
            .partition(|pod| pod.ask_at.is_some() || store.find(&pod.key).is_some_and(|o| o.meta().uid == pod.uid));
        let how = if call.flags.is_set("disable-eviction") {
            "deleted"
        } else {
            "evicted"
        };
        for pod in gone {
            call.line(format!("pod/{} {how}", pod.key.name));
        }
        going = still;
        let late = deadline.is_some_and(|(at, _)| call.now() >= at) && going.iter().all(|pod| pod.ask_at.is_none());
        if late || call.now() >= end {
            failed.extend(going.drain(..).map(|pod| late_pod(&pod.key, deadline)));
        }
        let next = going.iter().filter_map(|pod| pod.ask_at).min();
        let until = next.or(deadline.map(|(at, _)| at)).unwrap_or(end);
        if !going.is_empty() {
            call.pass(until);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = failed.iter().map(|(_, why)| why.clone()).collect();
    let all = match reasons.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    call.warn(format!(
        "There are pending pods in node \"{}\" when an error occurred: {all}",
        node.name
    ));
    for (key, _) in &failed {
        call.warn(format!("pod/{}", key.name));
    }
    Err(reasons)
}

fn late_pod(key: &Key, deadline: Option<(Time, i64)>) -> (Key, String) {
    let seconds = deadline.map_or(86_400, |(_, ms)| ms / 1000);
    let why = format!(
        "error when waiting for pod \"{}\" in namespace \"{}\" to terminate: global timeout reached: {seconds}s",
        key.name, key.namespace
    );
    (key.clone(), why)
}

/// Asks the pods whose turn it is to go.
fn ask(call: &mut Call<'_>, going: &mut Vec<Going>, deadline: Option<(Time, i64)>, failed: &mut Vec<(Key, String)>) {
    let now = call.now();
    let grace = call.flags.int("grace-period").filter(|grace| *grace >= 0);
    let mut left = Vec::new();
    for mut pod in std::mem::take(going) {
        if pod.ask_at.is_none_or(|at| at > now) {
            left.push(pod);
            continue;
        }
        let (name, namespace) = (pod.key.name.clone(), pod.key.namespace.clone());
        call.line(format!("evicting pod {namespace}/{name}"));
        if let Some((_, ms)) = deadline.filter(|(at, _)| now >= *at) {
            let why = format!(
                "error when evicting pods/\"{name}\" -n \"{namespace}\": global timeout reached: {}s",
                ms / 1000
            );
            failed.push((pod.key, why));
            continue;
        }
        let asked = if call.flags.is_set("disable-eviction") {
            let options = DeleteOptions {
                grace_seconds: grace,
                ..DeleteOptions::default()
            };
            call.cluster.delete(&pod.key, &options).map(drop)
        } else {
            call.cluster.evict(&pod.key, grace)
        };
        pod.ask_at = match asked {
            Ok(()) | Err(Refusal::NotFound(_)) => None,
            Err(refusal @ Refusal::TooManyRequests(_)) => {
                call.warn(format!(
                    "error when evicting pods/\"{name}\" -n \"{namespace}\" (will retry after 5s): {refusal}"
                ));
                Some(now + AGAIN_MS)
            }
            Err(refusal) => {
                failed.push((
                    pod.key,
                    format!("error when evicting pods/\"{name}\" -n \"{namespace}\": {refusal}"),
                ));
                continue;
            }
        };
        left.push(pod);
    }
    *going = left;
}
