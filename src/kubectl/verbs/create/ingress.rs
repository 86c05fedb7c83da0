//! `kubectl create ingress`. An Ingress is kept and served; no controller here answers for it.

use super::super::{Verb, flags};
use super::COMMON;
use super::finish::{Made, made, name};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::{Value, json};

pub(in crate::kubectl::verbs) const INGRESS: Verb = Verb {
    name: "create ingress",
    aliases: &["create ing"],
    flags: flags![COMMON;
        flag("rule", Takes::Text),
        flag("class", Takes::Text),
        flag("default-backend", Takes::Text),
        flag("annotation", Takes::Text),
    ],
    run,
};

/// One `--rule`: `host/path=service:port[,tls[=secret]]`.
struct Rule<'a> {
    host: &'a str,
    path: &'a str,
    backend: Value,
    /// The Secret of `tls`, "" where it has no name.
    tls: Option<&'a str>,
}

fn run(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let default = call.flags.text("default-backend").filter(|text| !text.is_empty());
    let rules = call.flags.texts("rule");
    if default.is_none() && rules.is_empty() {
        return Err(Trouble::error(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut rules_read = Vec::new();
    for text in rules {
        let bad = || {
            Trouble::error(format!(
                "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            ))
        };
        rules_read.push(Rule::read(text).ok_or_else(bad)?);
    }
    let mut annotations = json!({});
    for text in call.flags.texts("annotation") {
        let bad = || {
            Trouble::error(format!(
                "annotation {text} is invalid and should be in format key=[value]"
            ))
        };
        let (key, value) = text.split_once('=').ok_or_else(bad)?;
        annotations[key] = value.into();
    }
    let mut spec = json!({});
    if let Some(text) = default {
        let bad = || Trouble::error("default-backend should be in format servicename:serviceport");
        spec["defaultBackend"] = backend(text).ok_or_else(bad)?;
    }
    if let Some(class) = call.flags.text("class").filter(|class| !class.is_empty()) {
        spec["ingressClassName"] = class.into();
    }
    if !rules_read.is_empty() {
        spec["rules"] = by_host(&rules_read).into();
    }
    let tls = tls(&rules_read);
    if !tls.is_empty() {
        spec["tls"] = tls.into();
    }
    let kind = call.kind("ingresses")?;
    let mut ingress = Made::new(kind, &name, json!({"spec": spec, "status": {"loadBalancer": {}}}));
    if annotations.as_object().is_some_and(|map| !map.is_empty()) {
        ingress.tree["metadata"]["annotations"] = annotations;
    }
    made(call, ingress, "failed to create ingress: ")
}

impl<'a> Rule<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (place, rest) = text.split_once('=')?;
        let (host, _) = place.split_once('/')?;
        let (service, tls) = rest
            .split_once(',')
            .map_or((rest, None), |(service, tls)| (service, Some(tls)));
        let tls = match tls {
            None => None,
            Some("tls") => Some(""),
            Some(tls) => Some(tls.strip_prefix("tls=").filter(|secret| !secret.is_empty())?),
        };
        Some(Self {
            host,
            path: &place[host.len()..],
            backend: backend(service)?,
            tls,
        })
    }
}

/// Reads `service:port`; a port is a number or a name.
fn backend(text: &str) -> Option<Value> {
    let (service, port) = text.split_once(':')?;
    let fine = |word: &str| {
        let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        !word.is_empty() && word.chars().all(letter)
    };
    if !fine(service) || !fine(port) {
        return None;
    }
    let port = port
        .parse::<u16>()
        .map_or_else(|_| json!({"name": port}), |port| json!({"number": port}));
    Some(json!({"service": {"name": service, "port": port}}))
}

/// Returns the rules, those of one host together, hosts in the order in which they came.
fn by_host(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut hosts: Vec<(&str, Vec<Value>)> = Vec::new();
    for rule in rules {
        let (path, kind) = match rule.path.strip_suffix('*') {
            Some(path) => (path, "Prefix"),
            None => (rule.path, "Exact"),
        };
        let entry = json!({"path": path, "pathType": kind, "backend": rule.backend});
        match hosts.iter_mut().find(|(host, _)| *host == rule.host) {
            Some((_, paths)) => paths.push(entry),
            None => hosts.push((rule.host, vec![entry])),
        }
    }
    let rule = |(host, paths): (&str, Vec<Value>)| {
        let mut rule = json!({"http": {"paths": paths}});
        if !host.is_empty() {
            rule["host"] = host.into();
        }
        rule
    };
    hosts.into_iter().map(rule).collect()
}

/// Returns the entries of `tls`: one for each Secret, with its hosts (kubectl's `buildTLSRules`).
fn tls(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut secrets: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for rule in rules {
        let Some(secret) = rule.tls.filter(|_| !seen.contains(&rule.host)) else {
            continue;
        };
        seen.push(rule.host);
        match secrets.iter_mut().find(|(known, _)| *known == secret) {
            Some((_, hosts)) => hosts.push(rule.host),
            None => secrets.push((secret, vec![rule.host])),
        }
    }
    let entry = |(secret, hosts): (&str, Vec<&str>)| {
        let hosts: Vec<&str> = hosts.into_iter().filter(|host| !host.is_empty()).collect();
        let mut entry = json!({});
        if !hosts.is_empty() {
            entry["hosts"] = json!(hosts);
        }
        if !secret.is_empty() {
            entry["secretName"] = secret.into();
        }
        entry
    };
    let entries = secrets.into_iter().map(entry);
    entries
        .filter(|entry| entry.as_object().is_some_and(|map| !map.is_empty()))
        .collect()
}
