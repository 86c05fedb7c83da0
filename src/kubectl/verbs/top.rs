//! `kubectl top`: what nodes and pods use.
//!
//! A cluster without metrics-server says `Metrics API not available`, and so does this one: nothing here measures load,
//! and a cluster as it is set up has no metrics-server. Where somebody has put one there (a Deployment of an image of
//! that name), its figures are those of a model: a container that runs uses what it requests, and nothing when it
//! requests nothing; a node uses what its pods do. A hint says so each time.

use super::{Verb, flags};
use crate::api::{Deployment, Kind, Node, Object, Phase, Pod, Resource};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::tabwriter;
use crate::kubectl::targets::{Selection, Target};
use crate::kubectl::trouble::{Trouble, Verdict};
use std::sync::Arc;

pub(super) const NODE: Verb = Verb {
    name: "top node",
    aliases: &["top nodes", "top no"],
    flags: flags![COMMON; flag("show-capacity", Takes::Bool)],
    run: nodes,
};

pub(super) const POD: Verb = Verb {
    name: "top pod",
    aliases: &["top pods", "top po"],
    flags: flags![COMMON;
        flag("all-namespaces", Takes::Bool).short('A'),
        flag("containers", Takes::Bool),
        flag("field-selector", Takes::Text),
        flag("sum", Takes::Bool),
    ],
    run: pods,
};

const COMMON: &[Flag] = &[
    flag("no-headers", Takes::Bool),
    flag("selector", Takes::Text).short('l'),
    flag("sort-by", Takes::Text),
    flag("use-protocol-buffers", Takes::Bool).moot(),
];

/// Millicores and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Usage {
    cpu: i64,
    memory: i64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.memory += other.memory;
    }
}

/// Says whether a metrics-server was put into the cluster.
fn has_metrics(call: &Call<'_>) -> bool {
    let measures = |deployment: &Arc<Deployment>| {
        let containers = &deployment.spec.template.spec.containers;
        containers
            .iter()
            .any(|container| container.image.contains("metrics-server"))
    };
    call.store().list::<Deployment>("").any(measures)
}

fn check(call: &mut Call<'_>, what: &str) -> Verdict {
    if call.flags.words.len() > 1 {
        return Err(call.usage(format!("{what} [NAME | -l label]")));
    }
    let sort = call.flags.text("sort-by").unwrap_or("");
    if !["", "cpu", "memory"].contains(&sort) {
        return Err(Trouble::error("--sort-by accepts only cpu or memory"));
    }
    if !has_metrics(call) {
        return Err(Trouble::error("Metrics API not available"));
    }
    call.hint("nothing is measured here: a container that runs counts as using what it requests");
    Ok(())
}

/// Returns what each container of a pod uses; one that does not run uses nothing.
fn usage(pod: &Pod) -> Vec<(String, Usage)> {
    let runs = pod.status.phase == Phase::Running;
    let each = pod.spec.containers.iter().map(|container| {
        let usage = Usage {
            cpu: container.request("cpu").as_milli(),
            memory: container.request("memory").value(),
        };
        (container.name.to_string(), if runs { usage } else { Usage::default() })
    });
    each.collect()
}

fn found(call: &Call<'_>, kind: &Kind) -> Verdict<Vec<Object>> {
    let selection = Selection::of(call, Some(kind))?;
    let target = match call.flags.words.first() {
        Some(name) => Target::One(kind.clone(), name.clone()),
        None => Target::All(kind.clone()),
    };
    selection.objects(call, &target)
}

/// Sorts rows by what `--sort-by` names, the greatest first; without it by their names.
fn sort(call: &Call<'_>, rows: &mut [(Vec<String>, Usage)]) {
    match call.flags.text("sort-by").unwrap_or("") {
        "cpu" => rows.sort_by_key(|(_, usage)| std::cmp::Reverse(usage.cpu)),
        "memory" => rows.sort_by_key(|(_, usage)| std::cmp::Reverse(usage.memory)),
        _ => rows.sort_by(|(a, _), (b, _)| a.cmp(b)),
    }
}

fn mebibytes(bytes: i64) -> i64 {
    bytes / (1 << 20)
}

fn print(call: &mut Call<'_>, head: &str, lines: &str) {
    let head = if call.flags.is_set("no-headers") { "" } else { head };
    call.say(tabwriter::align(&format!("{head}{lines}"), tabwriter::TABLE));
}

fn nodes(call: &mut Call<'_>) -> Verdict {
    check(call, "node")?;
    let mut rows = Vec::new();
    for object in found(call, &Kind::Node)? {
        let Some(node) = Node::of(&object) else { continue };
        let name = node.metadata.name.to_string();
        let mut used = Usage::default();
        for pod in call.store().list::<Pod>("").filter(|pod| *pod.spec.node_name == *name) {
            usage(pod).into_iter().for_each(|(_, more)| used += more);
        }
        let room = if call.flags.is_set("show-capacity") {
            &node.status.capacity
        } else {
            &node.status.allocatable
        };
        let of = |resource: &str| room.get(resource).map_or(0, |quantity| quantity.as_milli());
        let percent = |used: i64, room: i64| if room > 0 { used * 100 / room } else { 0 };
        let cells = vec![
            name,
            format!("{}m", used.cpu),
            format!("{}%", percent(used.cpu, of("cpu"))),
            format!("{}Mi", mebibytes(used.memory)),
            format!("{}%", percent(used.memory, of("memory") / 1000)),
        ];
        rows.push((cells, used));
    }
    sort(call, &mut rows);
    let lines: String = rows
        .iter()
        .map(|(cells, _)| format!("{}\n", cells.join("\t")))
        .collect();
    print(call, "NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\n", &lines);
    Ok(())
}

fn pods(call: &mut Call<'_>) -> Verdict {
    check(call, "pod")?;
    let everywhere = call.flags.is_set("all-namespaces");
    let by_container = call.flags.is_set("containers");
    let mut rows = Vec::new();
    for object in found(call, &Kind::Pod)? {
        let Some(pod) = Pod::of(&object).filter(|pod| pod.status.phase == Phase::Running) else {
            continue;
        };
        let mut first = Vec::new();
        if everywhere {
            first.push(pod.metadata.namespace.to_string());
        }
        first.push(pod.metadata.name.to_string());
        let parts = usage(pod);
        if by_container {
            for (name, usage) in parts {
                let mut cells = first.clone();
                cells.push(name);
                rows.push((cells, usage));
            }
        } else {
            let mut all = Usage::default();
            parts.into_iter().for_each(|(_, usage)| all += usage);
            rows.push((first, all));
        }
    }
    if rows.is_empty() {
        let place = if everywhere {
            String::new()
        } else {
            format!(" in {} namespace", call.namespace)
        };
        call.warn(format!("No resources found{place}."));
        return Ok(());
    }
    sort(call, &mut rows);
    let figures = |usage: &Usage| format!("{}m\t{}Mi", usage.cpu, mebibytes(usage.memory));
    let mut lines: String = rows
        .iter()
        .map(|(cells, usage)| format!("{}\t{}\n", cells.join("\t"), figures(usage)))
        .collect();
    if call.flags.is_set("sum") {
        let mut all = Usage::default();
        rows.iter().for_each(|(_, usage)| all += *usage);
        let blank = "\t".repeat(rows[0].0.len());
        lines.push_str(&format!("{blank}________\t________\n{blank}{}\n", figures(&all)));
    }
    let head = match (everywhere, by_container) {
        (true, true) => "NAMESPACE\tPOD\tNAME",
        (true, false) => "NAMESPACE\tNAME",
        (false, true) => "POD\tNAME",
        (false, false) => "NAME",
    };
    print(call, &format!("{head}\tCPU(cores)\tMEMORY(bytes)\n"), &lines);
    Ok(())
}
