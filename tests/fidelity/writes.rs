//! The writes to the API server in their true order, a line each: what was made (`+`), changed (`~`) or removed (`-`),
//! and what is different from before.
//!
//! Of an object only those fields are looked at that the recording kept; [`shown`] names them. The recording hides the
//! names of volumes and attachments, so a change of one is told against the last state of the one that belongs to the
//! same claim, or stands on the same node: on both sides alike. Writes to a node that change none of these fields are
//! heartbeats, which the recording does not hold.

use crate::names::Names;
use pglab::api::{Kind, Object};
use pglab::store::Store;
use regex::Regex;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Maps whose entries are told one by one.
const NESTED: [&str; 5] = ["status", "conditions", "labels", "annotations", "capacity"];

static HIDDEN: LazyLock<[(Regex, &str); 5]> = LazyLock::new(|| {
    let pattern = |text: &str| Regex::new(text).expect("the pattern is well made");
    [
        (
            pattern("pvc-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
            "pvc-<uid>",
        ),
        (pattern("csi-[0-9a-f]{64}"), "csi-<hash>"),
        (pattern("vol-[0-9a-f]{16,17}"), "vol-<id>"),
        (
            pattern("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
            "<uid>",
        ),
        (pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<ts>"),
    ]
});

static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b10\.244\.\d+\.\d+\b").expect("the pattern is well made"));

/// Tells the writes after a revision, of a namespace and of what belongs to none.
pub fn told(store: &Store, from: u64, namespace: &str) -> Vec<String> {
    let mut last: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for kind in [Kind::Node, Kind::PersistentVolume] {
        for object in store.objects(&kind, "") {
            if let Some(before) = store.as_of(object, from)
                && let Some(shown) = shown(before)
            {
                last.insert(place(before, &shown), shown);
            }
        }
    }
    let mut lines = Vec::new();
    for revision in store.between(from, store.head()) {
        let object = revision.object();
        let Some(new) = shown(object) else { continue };
        let meta = object.meta();
        if !meta.namespace.is_empty() && *meta.namespace != *namespace {
            continue;
        }
        let place = place(object, &new);
        let (sign, old) = match (&revision.before, &revision.after) {
            (None, _) => ('+', None),
            (_, None) => ('-', last.get(&place)),
            _ => ('~', last.get(&place)),
        };
        let changed = difference(old.unwrap_or(&Map::new()), &new);
        let heartbeat = object.kind() == Kind::Node && changed.is_empty();
        if !heartbeat {
            let name = hide(&meta.name);
            lines.push(format!(
                "{sign} {}/{name} {}",
                object.kind().name(),
                Value::Object(changed)
            ));
        }
        if sign == '-' {
            last.remove(&place);
        } else {
            last.insert(place, new);
        }
    }
    lines
}

/// Returns a line with this side's names and addresses made comparable.
pub fn plain(line: &str, names: &Names) -> String {
    let line = names.plain(line);
    ADDRESS
        .replace_all(&line, |found: &regex::Captures<'_>| names.address(&found[0]).to_owned())
        .into_owned()
}

fn hide(text: &str) -> String {
    HIDDEN.iter().fold(text.to_owned(), |text, (pattern, word)| {
        pattern.replace_all(&text, *word).into_owned()
    })
}

fn place(object: &Object, shown: &Map<String, Value>) -> String {
    let more = match object.kind() {
        Kind::VolumeAttachment => shown.get("node"),
        Kind::PersistentVolume => shown.get("claimRef"),
        _ => None,
    };
    let more = more
        .and_then(Value::as_str)
        .unwrap_or("")
        .split(' ')
        .next()
        .unwrap_or_default();
    format!("{}/{}/{more}", object.kind().name(), hide(&object.meta().name))
}

fn difference(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let keys = |a: &Map<String, Value>, b: &Map<String, Value>| -> Vec<String> {
        let mut keys: Vec<String> = a.keys().chain(b.keys()).cloned().collect();
        keys.sort();
        keys.dedup();
        keys
    };
    let mut changed = Map::new();
    for key in keys(old, new) {
        let (before, after) = (old.get(&key), new.get(&key));
        if before == after {
            continue;
        }
        if !NESTED.contains(&key.as_str()) {
            changed.insert(key, after.cloned().unwrap_or(Value::Null));
            continue;
        }
        let map = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
        let (before, after) = (map(before), map(after));
        let inner: Map<String, Value> = keys(&before, &after)
            .into_iter()
            .filter(|key| before.get(key) != after.get(key))
            .map(|key| (key.clone(), after.get(&key).cloned().unwrap_or(Value::Null)))
            .collect();
        if !inner.is_empty() {
            changed.insert(key, Value::Object(inner));
        }
    }
    changed
}

/// Returns the fields of an object that the recording kept; None for kinds that it did not watch.
fn shown(object: &Object) -> Option<Map<String, Value>> {
    let tree: Value = serde_json::from_str(&hide(&object.to_value().to_string())).ok()?;
    let (meta, spec, status) = (&tree["metadata"], &tree["spec"], &tree["status"]);
    let template = &spec["template"]["spec"]["containers"];
    let images = || list(template, |container| container["image"].clone());
    let mut shown = Shown(Map::new());
    match object.kind() {
        Kind::Pod => {
            shown.meta(meta, &["generation", "labels", "finalizers", "owner"]);
            shown.put("phase", status["phase"].clone());
            shown.put("nominatedNodeName", status["nominatedNodeName"].clone());
            shown.put("nodeName", spec["nodeName"].clone());
            shown.put("podIP", status["podIP"].clone());
            shown.put("conditions", conditions(status, true));
            shown.put("containers", list(&status["containerStatuses"], container));
            let claims = |volume: &Value| volume["persistentVolumeClaim"]["claimName"].clone();
            shown.put("claims", list(&spec["volumes"], claims));
            for field in ["hostname", "subdomain", "priority"] {
                shown.put(field, spec[field].clone());
            }
        }
        Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet => {
            shown.meta(meta, &["generation", "finalizers"]);
            if object.kind() != Kind::StatefulSet {
                shown.meta(meta, &["annotations", "owner"]);
                shown.put("conditions", conditions(status, true));
            }
            let mut counts = status.clone();
            if let Some(counts) = counts.as_object_mut() {
                counts.remove("conditions");
            }
            shown.put("specReplicas", spec["replicas"].clone());
            shown.put("status", counts);
            shown.put("images", images());
        }
        Kind::ControllerRevision => shown.put("revision", tree["revision"].clone()),
        Kind::PersistentVolumeClaim => {
            shown.meta(meta, &["labels", "annotations", "finalizers", "owner"]);
            shown.put("phase", status["phase"].clone());
            shown.put("volumeName", spec["volumeName"].clone());
            // The empty class is a choice.
            if let Some(class) = spec["storageClassName"].as_str() {
                shown.0.insert("storageClassName".to_owned(), class.into());
            }
            shown.put("capacity", status["capacity"].clone());
            shown.put("accessModes", status["accessModes"].clone());
        }
        Kind::PersistentVolume => {
            shown.meta(meta, &["finalizers"]);
            shown.put("phase", status["phase"].clone());
            let claim = &spec["claimRef"];
            if let (Some(namespace), Some(name)) = (claim["namespace"].as_str(), claim["name"].as_str()) {
                let uid = if claim["uid"].is_string() { " uid=set" } else { "" };
                shown.put("claimRef", json!(format!("{namespace}/{name}{uid}")));
            }
            shown.put("reclaim", spec["persistentVolumeReclaimPolicy"].clone());
            shown.put("storageClassName", spec["storageClassName"].clone());
            let terms = &spec["nodeAffinity"]["required"]["nodeSelectorTerms"];
            shown.put(
                "zone",
                list(terms, |term| term["matchExpressions"][0]["values"].clone()),
            );
        }
        Kind::VolumeAttachment => {
            shown.meta(meta, &["finalizers"]);
            shown.put("pv", spec["source"]["persistentVolumeName"].clone());
            shown.put("node", spec["nodeName"].clone());
            shown.put("attached", status["attached"].clone());
        }
        Kind::Node => {
            shown.put("conditions", conditions(status, false));
            let taint = |taint: &Value| {
                let mut taint = taint.clone();
                if !taint["timeAdded"].is_null() {
                    taint["timeAdded"] = "<ts>".into();
                }
                taint
            };
            shown.put("taints", list(&spec["taints"], taint));
            shown.put("unschedulable", spec["unschedulable"].clone());
            shown.put("volumesInUse", status["volumesInUse"].clone());
            shown.put(
                "volumesAttached",
                list(&status["volumesAttached"], |volume| volume["name"].clone()),
            );
        }
        Kind::Job => {
            shown.meta(meta, &["generation", "finalizers", "owner"]);
            shown.put("suspend", spec["suspend"].clone());
            shown.put("status", status.clone());
        }
        Kind::CronJob => {
            shown.meta(meta, &["generation"]);
            shown.put("suspend", spec["suspend"].clone());
            let mut status = status.clone();
            if let Some(active) = status["active"].as_array() {
                let names: Vec<Value> = active.iter().map(|job| job["name"].clone()).collect();
                status["active"] = names.into();
            }
            shown.put("status", status);
        }
        Kind::PodDisruptionBudget => {
            shown.meta(meta, &["generation"]);
            let mut counts = status.clone();
            if let Some(counts) = counts.as_object_mut() {
                counts.remove("conditions");
            }
            shown.put("status", counts);
            shown.put("conditions", conditions(status, true));
        }
        Kind::Service => {
            shown.put("clusterIP", spec["clusterIP"].clone());
            shown.put("ports", spec["ports"].clone());
            shown.put("serviceType", spec["type"].clone());
            return Some(shown.0);
        }
        Kind::EndpointSlice => {
            shown.meta(meta, &["generation", "labels"]);
            shown.put("addressType", tree["addressType"].clone());
            shown.put("ports", tree["ports"].clone());
            shown.put("endpoints", list(&tree["endpoints"], endpoint));
            return Some(shown.0);
        }
        _ => return None,
    }
    if meta["deletionTimestamp"].is_string() {
        shown.put("deletionTimestamp", json!("<ts>"));
        shown.put("deletionGracePeriodSeconds", meta["deletionGracePeriodSeconds"].clone());
    }
    Some(shown.0)
}

struct Shown(Map<String, Value>);

impl Shown {
    /// Takes a field, unless there is nothing in it.
    fn put(&mut self, field: &str, value: Value) {
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        if !is_empty {
            self.0.insert(field.to_owned(), value);
        }
    }

    fn meta(&mut self, meta: &Value, fields: &[&str]) {
        // Of Deployments and ReplicaSets the recording kept all annotations but this one.
        let with_last_applied = !fields.contains(&"owner") || fields.contains(&"labels");
        for field in fields {
            let value = match *field {
                "owner" => list(&meta["ownerReferences"], |owner| {
                    let word = |field: &str| owner[field].as_str().unwrap_or("").to_owned();
                    json!(format!("{}/{}", word("kind"), word("name")))
                }),
                "annotations" => {
                    let mut annotations = meta["annotations"].clone();
                    if let Some(map) = annotations.as_object_mut().filter(|_| !with_last_applied) {
                        map.remove("kubectl.kubernetes.io/last-applied-configuration");
                    }
                    annotations
                }
                field => meta[field].clone(),
            };
            self.put(field, value);
        }
    }
}

fn list(of: &Value, each: impl Fn(&Value) -> Value) -> Value {
    let items = of.as_array().map_or(&[][..], Vec::as_slice).iter();
    Value::Array(items.map(each).filter(|item| !item.is_null()).collect())
}

/// Tells conditions as `True`, `False:Reason` or `False:Reason: message`.
fn conditions(status: &Value, with_messages: bool) -> Value {
    let mut told = Map::new();
    for condition in status["conditions"].as_array().map_or(&[][..], Vec::as_slice) {
        let word = |field: &str| condition[field].as_str().unwrap_or("");
        let mut text = word("status").to_owned();
        if !word("reason").is_empty() {
            text = format!("{text}:{}", word("reason"));
        }
        if with_messages && !word("message").is_empty() {
            text = format!("{text}: {}", word("message"));
        }
        told.insert(word("type").to_owned(), text.into());
    }
    Value::Object(told)
}

fn container(status: &Value) -> Value {
    let state = status["state"].as_object().and_then(|state| state.iter().next());
    let state = state.map(|(word, what)| json!({word: what["reason"].as_str().unwrap_or("")}));
    json!({
        "name": status["name"], "image": status["image"], "ready": status["ready"],
        "restarts": status["restartCount"], "state": state,
    })
}

fn endpoint(endpoint: &Value) -> Value {
    let mut told = Map::new();
    for field in ["addresses", "conditions", "hostname", "nodeName", "zone"] {
        if !endpoint[field].is_null() {
            told.insert(field.to_owned(), endpoint[field].clone());
        }
    }
    if !endpoint["targetRef"]["name"].is_null() {
        told.insert("target".to_owned(), endpoint["targetRef"]["name"].clone());
    }
    Value::Object(told)
}
