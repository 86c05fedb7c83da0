//! `kubectl create service clusterip`, `nodeport`, `loadbalancer` and `externalname`.

use super::super::{Verb, flags};
use super::COMMON;
use super::finish::{Made, made, name, required};
use crate::api::Kind;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::{Value, json};

pub(in crate::kubectl::verbs) const CLUSTER_IP: Verb = Verb {
    name: "create service clusterip",
    aliases: &["create svc clusterip"],
    flags: flags![COMMON; flag("tcp", Takes::Text), flag("clusterip", Takes::Text)],
    run: |call| service(call, "ClusterIP"),
};

pub(in crate::kubectl::verbs) const NODE_PORT: Verb = Verb {
    name: "create service nodeport",
    aliases: &["create svc nodeport"],
    flags: flags![COMMON; flag("tcp", Takes::Text), flag("node-port", Takes::Int)],
    run: |call| service(call, "NodePort"),
};

pub(in crate::kubectl::verbs) const LOAD_BALANCER: Verb = Verb {
    name: "create service loadbalancer",
    aliases: &["create svc loadbalancer"],
    flags: flags![COMMON; flag("tcp", Takes::Text)],
    run: |call| service(call, "LoadBalancer"),
};

pub(in crate::kubectl::verbs) const EXTERNAL_NAME: Verb = Verb {
    name: "create service externalname",
    aliases: &["create svc externalname"],
    flags: flags![COMMON; flag("tcp", Takes::Text), flag("external-name", Takes::Text)],
    run: |call| service(call, "ExternalName"),
};

fn service(call: &mut Call<'_>, kind: &str) -> Verdict {
    let external = match kind {
        "ExternalName" => required(call, "external-name")?,
        _ => String::new(),
    };
    let name = name(call)?;
    let cluster_ip = call.flags.text("clusterip").unwrap_or("").to_owned();
    let tcp = call.flags.list("tcp");
    let needs_ports = kind != "ExternalName" && cluster_ip != "None";
    if needs_ports && tcp.is_empty() {
        return Err(Trouble::error("at least one tcp port specifier must be provided"));
    }
    if kind == "ExternalName" && !is_dns_name(&external) {
        return Err(Trouble::error(format!("invalid service external name {external}")));
    }
    let mut ports = Vec::new();
    for text in &tcp {
        let (port, target) = parse_port(text)?;
        let mut entry = json!({"name": text.replace(':', "-"), "port": port, "protocol": "TCP", "targetPort": target});
        if let Some(node_port) = call.flags.int("node-port").filter(|port| *port > 0) {
            entry["nodePort"] = node_port.into();
        }
        ports.push(entry);
    }
    let labels = json!({"app": name});
    let mut service = Made::new(
        Kind::Service,
        &name,
        json!({"spec": {"selector": labels, "type": kind}, "status": {"loadBalancer": {}}}),
    );
    let spec = &mut service.tree["spec"];
    if !ports.is_empty() {
        spec["ports"] = ports.into();
    }
    if !cluster_ip.is_empty() {
        spec["clusterIP"] = cluster_ip.into();
    }
    if !external.is_empty() {
        spec["externalName"] = external.into();
    }
    made(
        call,
        service.labelled(labels),
        &format!("failed to create {kind} service: "),
    )
}

/// Reads `PORT` or `PORT:TARGET`, whose target may be the name of a port (kubectl's `parsePorts`).
fn parse_port(text: &str) -> Verdict<(u16, Value)> {
    let (port, target) = text
        .split_once(':')
        .map_or((text, None), |(port, target)| (port, Some(target)));
    let why = |why: &str| Trouble::error(format!("strconv.ParseUint: parsing \"{port}\": {why}"));
    let number: u16 = match port.parse::<u64>() {
        Ok(number) => u16::try_from(number).map_err(|_| why("value out of range"))?,
        Err(_) if !port.is_empty() && port.chars().all(|letter| letter.is_ascii_digit()) => {
            return Err(why("value out of range"));
        }
        Err(_) => return Err(why("invalid syntax")),
    };
    if number == 0 {
        return Err(Trouble::error("must be between 1 and 65535, inclusive"));
    }
    let Some(target) = target.filter(|target| !target.is_empty()) else {
        return Ok((number, number.into()));
    };
    match target.parse::<i64>() {
        Ok(target) if (1..=65535).contains(&target) => Ok((number, target.into())),
        Ok(_) => Err(Trouble::error("must be between 1 and 65535, inclusive")),
        Err(_) => is_port_name(target).map(|()| (number, target.into())),
    }
}

/// Judges the name of a port (apimachinery's `IsValidPortName`).
fn is_port_name(name: &str) -> Verdict {
    let bad = |why: &str| Err(Trouble::error(why));
    if name.len() > 15 {
        return bad("must be no more than 15 characters");
    }
    let fine = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if !name.chars().all(fine) {
        return bad("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !name.chars().any(|letter| letter.is_ascii_lowercase()) {
        return bad("must contain at least one letter (a-z)");
    }
    if name.contains("--") {
        return bad("must not contain consecutive hyphens");
    }
    if name.starts_with('-') || name.ends_with('-') {
        return bad("must not begin or end with a hyphen");
    }
    Ok(())
}

/// Says whether a name is one of DNS (apimachinery's `IsDNS1123Subdomain`).
fn is_dns_name(name: &str) -> bool {
    let label = |label: &str| {
        let fine = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        !label.is_empty() && label.chars().all(fine) && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}
