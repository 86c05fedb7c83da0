//! Ways out, put together: commands, manifests, and the change of a pod's spec wherever that spec comes from.

use super::answer::{Remedy, Said, Way};
use super::look::Look;
use super::words::span;
use crate::api::{Job, Key, Kind, Object, Pod, Resource};
use crate::manifest::patch::json_patch;
use crate::sim::{Fault, Lang};
use serde_json::{Value, json};

impl Way {
    /// Makes a way of acts.
    pub(super) fn new(words: Said, acts: impl IntoIterator<Item = Remedy>) -> Self {
        Self {
            words,
            acts: acts.into_iter().collect(),
        }
    }

    /// Makes a way of one command.
    pub(super) fn command(words: Said, command: Remedy) -> Self {
        Self::new(words, [command])
    }

    /// Makes a way of one manifest.
    pub(super) fn apply(words: Said, manifest: &Value) -> Self {
        Self::new(words, [apply(manifest)])
    }

    /// Makes the way of one who mends a machine.
    pub(super) fn mend(fault: Fault) -> Self {
        let words = match &fault {
            Fault::StartNode(node) => Said::new(format!("switch {node} on again"), format!("{node} 전원을 다시 켜기")),
            Fault::Heal(node) => Said::new(format!("mend the network of {node}"), format!("{node}의 네트워크 복구")),
            Fault::HealDisk(disk) => Said::new(
                format!("make {disk} fast and sound again; what is on it has stayed"),
                format!("디스크 {disk} 복구, 내용은 그대로 남아 있음"),
            ),
            other => Said::plain(other.to_string()),
        };
        Self::new(words, [Remedy::Fault(fault)])
    }

    /// Makes the way of one who waits.
    pub(super) fn wait(ms: i64) -> Self {
        let words = Said::new(
            format!("wait {}; nobody has to act", span(ms, Lang::En)),
            format!("{} 기다리기, 할 일 없음", span(ms, Lang::Ko)),
        );
        Self::new(words, [Remedy::JustWait(ms)])
    }
}

/// Makes a command about an object: its namespace is named where it is not the default one.
pub(super) fn command(key: &Key, words: &[&str]) -> Remedy {
    let mut argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    if !key.namespace.is_empty() && *key.namespace != *"default" {
        argv.extend(["-n".to_owned(), key.namespace.to_string()]);
    }
    Remedy::Command(argv)
}

/// Makes the command that deletes an object, in the manner of some flags, and does not wait for it to go.
pub(super) fn delete(key: &Key, flags: &[&str]) -> Remedy {
    let mut words = vec!["delete", key.kind.singular(), &*key.name, "--wait=false"];
    words.extend(flags);
    command(key, &words)
}

/// Makes the command that merges a change into an object.
pub(super) fn merge(key: &Key, change: &Value) -> Remedy {
    let change = change.to_string();
    let words = ["patch", key.kind.singular(), &*key.name, "--type=merge", "-p", &change];
    command(key, &words)
}

/// Makes the command that changes an object operation by operation.
pub(super) fn operate(key: &Key, operations: &Value) -> Remedy {
    let operations = operations.to_string();
    let words = [
        "patch",
        key.kind.singular(),
        &*key.name,
        "--type=json",
        "-p",
        &operations,
    ];
    command(key, &words)
}

/// Makes the act that applies a manifest.
pub(super) fn apply(manifest: &Value) -> Remedy {
    Remedy::ApplyManifest(serde_yaml::to_string(manifest).unwrap_or_else(|_| manifest.to_string()))
}

/// Returns an object as somebody would write it down anew: without what the cluster has put into it.
pub(super) fn manifest(object: &Object) -> Value {
    let mut tree = object.to_value();
    let Some(map) = tree.as_object_mut() else { return tree };
    map.remove("status");
    if let Some(meta) = map.get_mut("metadata").and_then(Value::as_object_mut) {
        const OWN: [&str; 9] = [
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "ownerReferences",
            "finalizers",
            "generateName",
        ];
        meta.retain(|field, _| !OWN.contains(&field.as_str()));
        if let Some(notes) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
            const NOTES: [&str; 3] = ["kubectl.kubernetes.io/", "pv.kubernetes.io/", "volume."];
            notes.retain(|note, _| !NOTES.iter().any(|own| note.starts_with(own)));
            if notes.is_empty() {
                meta.remove("annotations");
            }
        }
    }
    match object {
        Object::Pod(_) => drop(tree["spec"].as_object_mut().map(|spec| spec.remove("nodeName"))),
        Object::Job(job) => forget_uid(&mut tree, job),
        Object::PersistentVolumeClaim(_) => drop(tree["spec"].as_object_mut().map(|spec| spec.remove("volumeName"))),
        _ => (),
    }
    tree
}

/// Takes from a Job what the API server has put into it to tell its pods from others'.
fn forget_uid(tree: &mut Value, job: &Job) {
    let made = |key: &str| key.ends_with("controller-uid") || key.ends_with("job-name");
    if !job.spec.manual_selector
        && let Some(spec) = tree["spec"].as_object_mut()
    {
        spec.remove("selector");
    }
    for path in ["/metadata/labels", "/spec/template/metadata/labels"] {
        if let Some(labels) = tree.pointer_mut(path).and_then(Value::as_object_mut) {
            labels.retain(|key, _| !made(key));
        }
    }
}

/// Makes an operation of a JSON patch that sets a value, whether there was one before or not.
pub(super) fn set(path: impl Into<String>, value: impl Into<Value>) -> Value {
    let (path, value): (String, Value) = (path.into(), value.into());
    json!({"op": "add", "path": path, "value": value})
}

/// Makes an operation of a JSON patch that takes a value away.
pub(super) fn remove(path: impl Into<String>) -> Value {
    let path: String = path.into();
    json!({"op": "remove", "path": path})
}

/// Returns the acts that change a pod's spec: in the template that it was made of, or in the pod itself, which has to be
/// made anew. None where the operations do not fit.
pub(super) fn amend(look: &Look<'_>, pod: &Pod, operations: &[Value]) -> Option<Vec<Remedy>> {
    let Some(top) = look.top(&pod.metadata) else {
        return replace(
            &Object::Pod(std::sync::Arc::new(pod.clone())),
            &prefixed(operations, "/spec"),
        );
    };
    let key = top.key();
    let prefix = match &key.kind {
        Kind::CronJob => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    };
    let operations = prefixed(operations, prefix);
    json_patch(&top.to_value(), &operations).ok()?;
    Some(match &key.kind {
        Kind::Job => replace(top, &operations)?,
        Kind::Deployment => vec![operate(&key, &operations)],
        // Neither replaces by itself what never became ready: a set in order waits for it, a ReplicaSet never looks back.
        Kind::StatefulSet | Kind::ReplicaSet | Kind::DaemonSet => {
            vec![operate(&key, &operations), delete(&pod.key(), &[])]
        }
        Kind::CronJob => {
            let job = look.manager(&pod.metadata)?.key();
            vec![operate(&key, &operations), delete(&job, &[])]
        }
        _ => return None,
    })
}

/// Returns the acts that put a changed object in the place of one that cannot be changed.
fn replace(object: &Object, operations: &Value) -> Option<Vec<Remedy>> {
    let changed = json_patch(&manifest(object), operations).ok()?;
    let key = object.key();
    let waits = ["delete", key.kind.singular(), &*key.name];
    Some(vec![command(&key, &waits), apply(&changed)])
}

fn prefixed(operations: &[Value], prefix: &str) -> Value {
    let prefixed = operations.iter().map(|operation| {
        let mut operation = operation.clone();
        let path = operation["path"].as_str().unwrap_or_default();
        operation["path"] = format!("{prefix}{path}").into();
        operation
    });
    prefixed.collect()
}

/// Returns the way back to the template before, where a Deployment has one.
pub(super) fn undo(look: &Look<'_>, pod: &Pod) -> Option<Way> {
    let top = look.top(&pod.metadata)?;
    let Object::Deployment(deployment) = top else {
        return None;
    };
    let sets = look.store.owned_by(deployment.metadata.uid);
    if sets.filter(|key| key.kind == Kind::ReplicaSet).count() < 2 {
        return None;
    }
    let key = top.key();
    let words = Said::new(
        format!("go back to the template before in deployment/{}", key.name),
        format!("deployment/{}의 이전 템플릿으로 되돌리기", key.name),
    );
    let target = format!("deployment/{}", key.name);
    Some(Way::command(words, command(&key, &["rollout", "undo", &target])))
}

/// Returns the way that takes the rule away which makes an image misbehave, where there is one.
pub(super) fn images_as_before(look: &Look<'_>, image: &str) -> Option<Way> {
    let (pattern, _) = look.world.runtime.images.rule(image)?;
    let words = Said::new(
        format!("let the images {pattern} do again what they really do: somebody has said otherwise"),
        format!("{pattern} 이미지가 원래대로 움직이게 하기: 누군가 다르게 정해 둠"),
    );
    Some(Way::new(words, [Remedy::ImagesAsBefore(pattern.to_owned())]))
}

/// Returns the way that takes a finalizer from an object by hand.
pub(super) fn unhold(key: &Key, finalizer: &str, left: &[&str]) -> Way {
    let words = Said::new(
        format!("take the finalizer {finalizer} away by hand; what it stood for is then done by nobody"),
        format!("finalizer {finalizer} 직접 제거(그것이 맡은 정리는 아무도 하지 않게 됨)"),
    );
    Way::command(words, merge(key, &json!({"metadata": {"finalizers": left}})))
}
