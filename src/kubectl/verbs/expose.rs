//! `kubectl expose`: a Service for the pods of something that is there.

use super::create::{Made, form, parse_labels, printed};
use super::pod_words::overridden;
use super::set::chosen;
use super::{DryRun, Verb, dry_run};
use crate::api::{Key, Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::Teller;
use crate::kubectl::targets::{self, Target};
use crate::kubectl::trial;
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::{Value, json};

pub(super) const EXPOSE: Verb = Verb {
    name: "expose",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("port", Takes::Text),
    flag("target-port", Takes::Text),
    flag("name", Takes::Text),
    flag("type", Takes::Text),
    flag("protocol", Takes::Text),
    flag("selector", Takes::Text),
    flag("labels", Takes::Text).short('l'),
    flag("cluster-ip", Takes::Text),
    flag("external-ip", Takes::Text),
    flag("load-balancer-ip", Takes::Text),
    flag("session-affinity", Takes::Text),
    flag("overrides", Takes::Text),
    flag("override-type", Takes::Text),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("output", Takes::Text).short('o'),
    flag("save-config", Takes::Bool),
    flag("field-manager", Takes::Text),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = dry_run(&call.flags)?;
    form(call)?;
    let words = call.flags.words.clone();
    let (keys, mut troubles) = named(call, &words)?;
    for key in keys {
        if let Err(trouble) = service(call, &key).and_then(|service| finish(call, service, dry)) {
            troubles.push(trouble);
        }
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Returns the objects that files or words name; `--selector` is the Service's, and picks none of them.
fn named(call: &Call<'_>, words: &[String]) -> Verdict<(Vec<Key>, Vec<Trouble>)> {
    if !call.flags.texts("filename").is_empty() || words.is_empty() {
        return chosen(call, words);
    }
    let (mut keys, mut troubles) = (Vec::new(), Vec::new());
    for target in targets::read(call, words)? {
        let Target::One(kind, name) = target else {
            return Err(Trouble::error("resource(s) were provided, but no name was specified"));
        };
        let key = call.key(&kind, &name);
        match call.find(&key) {
            Ok(_) => keys.push(key),
            Err(trouble) => troubles.push(trouble),
        }
    }
    Ok((keys, troubles))
}

fn finish(call: &mut Call<'_>, mut service: Made, dry: DryRun) -> Verdict {
    if call.flags.is_set("save-config") {
        service.remember();
    }
    if dry == DryRun::Client {
        return printed(call, &service, "exposed", dry);
    }
    let object = service.object(call)?;
    trial::judge(&object)?;
    let created = match dry {
        DryRun::Server => trial::create(call, object)?,
        _ => call.create(object)?,
    };
    Teller::of(call)?.tell(call, &created, &format!("exposed{}", dry.suffix()))
}

/// Makes the Service of an object (kubectl's expose.go, `createService`).
fn service(call: &Call<'_>, key: &Key) -> Verdict<Made> {
    let flags = &call.flags;
    let given = |flag: &str| flags.text(flag).filter(|text| !text.is_empty());
    let object = call.find(key)?;
    let tree = object.to_value();
    let exposable = matches!(
        key.kind,
        Kind::Service | Kind::Pod | Kind::Deployment | Kind::ReplicaSet
    ) || key.kind.name() == "ReplicationController";
    if !exposable {
        let info = key.kind.info();
        let group = if info.group.is_empty() {
            String::new()
        } else {
            format!(".{}", info.group)
        };
        return Err(Trouble::error(format!("cannot expose a {}{group}", info.kind)));
    }
    let selector = match given("selector") {
        Some(text) => parse_labels(text)?,
        None => selector_of(&object, &tree)?,
    };
    let ports = ports(call, &tree)?;
    let name: String = given("name").unwrap_or(&key.name).chars().take(63).collect();
    let mut service = Made::new(
        Kind::Service,
        &name,
        json!({"spec": {"ports": ports, "selector": selector}, "status": {"loadBalancer": {}}}),
    );
    let labels = match given("labels") {
        Some(text) => parse_labels(text)?,
        None => tree["metadata"]["labels"].clone(),
    };
    if labels.is_object() {
        service = service.labelled(labels);
    }
    service.in_namespace(call);
    let spec = &mut service.tree["spec"];
    for (flag, field) in [
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("load-balancer-ip", "loadBalancerIP"),
    ] {
        if let Some(text) = given(flag) {
            spec[field] = text.into();
        }
    }
    if let Some(ip) = given("external-ip") {
        spec["externalIPs"] = json!([ip]);
    }
    match given("session-affinity") {
        None => (),
        Some(affinity @ ("None" | "ClientIP")) => spec["sessionAffinity"] = affinity.into(),
        Some(other) => return Err(Trouble::error(format!("unknown session affinity: {other}"))),
    }
    if let Some(text) = given("overrides") {
        service.tree = overridden(call, &service, text)?;
    }
    Ok(service)
}

/// Returns which pods an object stands for, as the map that a Service needs.
fn selector_of(object: &Object, tree: &Value) -> Verdict<Value> {
    let lost = |why: &str| {
        Trouble::error(format!(
            "couldn't retrieve selectors via --selector flag or introspection: {why}"
        ))
    };
    let found = match object.kind() {
        Kind::Pod => tree["metadata"]["labels"].clone(),
        Kind::Service => tree["spec"]["selector"].clone(),
        _ if tree["spec"]["selector"].get("matchExpressions").is_some() => {
            return Err(lost("couldn't convert expressions to map-based selector format"));
        }
        _ => match tree["spec"]["selector"].get("matchLabels") {
            Some(labels) => labels.clone(),
            None => tree["spec"]["selector"].clone(),
        },
    };
    let is_empty = found.as_object().is_none_or(serde_json::Map::is_empty);
    match (is_empty, object.kind()) {
        (false, _) => Ok(found),
        (true, Kind::Pod) => Err(lost("the pod has no labels and cannot be exposed")),
        (true, Kind::Service) => Err(lost("the service has no pod selector set")),
        (true, _) => Err(lost("invalid deployment: no selectors, therefore cannot be exposed")),
    }
}

/// Returns the ports: those of `--port`, or all that the object names; more than one have names.
fn ports(call: &Call<'_>, tree: &Value) -> Verdict<Vec<Value>> {
    let given = |flag: &str| call.flags.text(flag).filter(|text| !text.is_empty());
    let known = ports_of(tree);
    let wanted: Vec<String> = match given("port") {
        Some(text) => text.split(',').map(ToOwned::to_owned).collect(),
        None => known.iter().map(|(port, _)| port.to_string()).collect(),
    };
    if wanted.is_empty() {
        return Err(Trouble::error("couldn't find port via --port flag or introspection"));
    }
    let mut ports = Vec::new();
    for (i, text) in wanted.iter().enumerate() {
        let bad = || Trouble::error(format!("strconv.Atoi: parsing \"{text}\": invalid syntax"));
        let port: i64 = text.parse().map_err(|_| bad())?;
        let own = known
            .iter()
            .find(|(known, _)| *known == port)
            .map(|(_, protocol)| protocol.as_str());
        let protocol = given("protocol").or(own).unwrap_or("TCP");
        let target = match given("target-port") {
            None => port.into(),
            Some(target) => target.parse::<i64>().map_or_else(|_| Value::from(target), Value::from),
        };
        let mut entry = json!({"port": port, "protocol": protocol, "targetPort": target});
        if wanted.len() > 1 {
            entry["name"] = format!("port-{}", i + 1).into();
        }
        ports.push(entry);
    }
    Ok(ports)
}

/// Returns the ports of a Service, or of the containers of a pod or a template, with their protocols.
fn ports_of(tree: &Value) -> Vec<(i64, String)> {
    let containers = tree
        .pointer("/spec/template/spec/containers")
        .or(tree.pointer("/spec/containers"));
    let inside = containers.and_then(Value::as_array).into_iter().flatten();
    let inside = inside.filter_map(|container| container["ports"].as_array()).flatten();
    let own = tree["spec"]["ports"].as_array().into_iter().flatten();
    let read = |port: &Value| {
        let number = port.get("containerPort").or(port.get("port"))?.as_i64()?;
        Some((number, port["protocol"].as_str().unwrap_or("TCP").to_owned()))
    };
    own.chain(inside).filter_map(read).collect()
}
