//! `kubectl create`: from files, or a few kinds of objects from words alone.

use super::apply::remembering;
use super::{DryRun, Verb};
use crate::api::{Key, Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::manifests;
use crate::kubectl::output::Teller;
use crate::kubectl::trouble::{Trouble, Verdict};
use base64::Engine;
use serde_json::{Map, Value, json};

pub(super) const CREATE: Verb = Verb {
    name: "create",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("output", Takes::Text).short('o'),
    flag("save-config", Takes::Bool),
    flag("image", Takes::Text),
    flag("replicas", Takes::Int),
    flag("port", Takes::Int),
    flag("from", Takes::Text),
    flag("from-literal", Takes::Text),
    flag("from-file", Takes::Text),
    flag("schedule", Takes::Text),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("edit", Takes::Bool).refused(),
    flag("raw", Takes::Text).refused(),
    flag("selector", Takes::Text).short('l').refused(),
    flag("windows-line-endings", Takes::Bool).moot(),
    flag("validate", Takes::Optional("strict")).moot(),
    flag("field-manager", Takes::Text).moot(),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    if call.flags.texts("filename").is_empty() {
        let words = call.flags.words.clone();
        let Some((kind, words)) = words.split_first() else {
            return Err(Trouble::error("must specify one of -f and -k"));
        };
        let object = from_words(call, kind, words)?;
        let created = store(call, object, "", dry).map_err(|trouble| unless_plain(kind, trouble))?;
        return told(call, &created, dry);
    }
    let files = manifests::read_all(call)?;
    let mut troubles = files.troubles;
    if files.manifests.is_empty() && troubles.is_empty() {
        return Err(Trouble::error("no objects passed to create"));
    }
    let policy = manifests::policy(call);
    for manifest in &files.manifests {
        // A client that only tries asks no server.
        let checked = match dry {
            DryRun::Client => Ok(()),
            _ => manifest.check(call, &policy),
        };
        let created = checked.and_then(|()| {
            let key = manifest.key(call)?;
            let tree = manifest.tree(&key);
            let tree = if call.flags.is_set("save-config") {
                remembering(tree)
            } else {
                tree
            };
            let doing = format!("error when creating \"{}\": ", manifest.file());
            store(call, manifest.object(tree)?, &doing, dry)
        });
        match created.and_then(|created| told(call, &created, dry)) {
            Ok(()) => (),
            Err(trouble) => troubles.push(trouble),
        }
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn store(call: &mut Call<'_>, object: Object, doing: &str, dry: DryRun) -> Verdict<Object> {
    if dry.is_dry() {
        return Ok(object);
    }
    let created = call.cluster.create(object);
    created.map_err(|refusal| Trouble::refused_while(doing, &refusal))
}

/// Most of the kinds that are made of words lose the API's own reason on the way; namespaces keep it.
fn unless_plain(word: &str, trouble: Trouble) -> Trouble {
    let said = trouble.text.split_once("): ").map(|(_, said)| said.to_owned());
    match (word, said) {
        ("namespace" | "ns", _) | (_, None) => trouble,
        ("secret", Some(said)) => Trouble::error(format!("failed to create secret {said}")),
        (word, Some(said)) => Trouble::error(format!("failed to create {word}: {said}")),
    }
}

fn told(call: &mut Call<'_>, created: &Object, dry: DryRun) -> Verdict {
    Teller::of(call)?.tell(call, created, &format!("created{}", dry.suffix()))
}

/// Makes an object of words: `namespace`, `deployment`, `job`, `cronjob`, `configmap`, `secret generic`.
/// The other kinds that kubectl can make of words are left out: a manifest says the same.
fn from_words(call: &Call<'_>, word: &str, words: &[String]) -> Verdict<Object> {
    let (kind, words) = match (word, words) {
        ("secret", [generic, rest @ ..]) if generic == "generic" => (Kind::Secret, rest),
        ("namespace" | "ns", words) => (Kind::Namespace, words),
        ("deployment" | "deploy", words) => (Kind::Deployment, words),
        ("job", words) => (Kind::Job, words),
        ("cronjob" | "cj", words) => (Kind::CronJob, words),
        ("configmap" | "cm", words) => (Kind::ConfigMap, words),
        _ => {
            return Err(Trouble::error(format!("Unexpected args: [{word}]"))
                .hint("write a manifest, and give it to kubectl create -f"));
        }
    };
    let verb = format!("create {word}");
    let [name, command @ ..] = words else {
        return Err(Trouble::usage(&verb, "exactly one NAME is required, got 0"));
    };
    let key = call.key(&kind, name);
    let tree = match &kind {
        Kind::Namespace => json!({}),
        Kind::ConfigMap => json!({"data": pairs(call, false)?}),
        Kind::Secret => json!({"data": pairs(call, true)?, "type": "Opaque"}),
        Kind::Job => job(call, &key, command)?,
        Kind::CronJob => cron_job(call, &key, command)?,
        _ => deployment(call, &key)?,
    };
    let mut tree = tree;
    let annotations = tree["metadata"]["annotations"].take();
    let owners = tree["metadata"]["ownerReferences"].take();
    let mut meta = json!({"name": name, "namespace": *key.namespace});
    if kind == Kind::Deployment {
        meta["labels"] = json!({"app": name});
    }
    if !annotations.is_null() {
        meta["annotations"] = annotations;
    }
    if !owners.is_null() {
        meta["ownerReferences"] = owners;
    }
    tree["metadata"] = meta;
    Object::from_value(&kind, tree).map_err(|why| Trouble::error(why.to_string()))
}

fn image(call: &Call<'_>) -> Verdict<String> {
    // kubectl logs this one instead of saying it, with its own clock and process id.
    let missing = || Trouble::error("required flag(s) \"image\" not set");
    call.flags.text("image").map(ToOwned::to_owned).ok_or_else(missing)
}

/// Returns the name that kubectl gives a container: the image's own, without registry, tag and odd letters.
pub(super) fn container_name(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split([':', '@']).next().unwrap_or(name);
    name.replace(['_', '.'], "-")
}

fn deployment(call: &Call<'_>, key: &Key) -> Verdict<Value> {
    let image = image(call)?;
    let mut container = json!({"name": container_name(&image), "image": image});
    if let Some(port) = call.flags.int("port") {
        container["ports"] = json!([{"containerPort": port}]);
    }
    let labels = json!({"app": *key.name});
    Ok(json!({"spec": {
        "replicas": call.flags.int("replicas").unwrap_or(1),
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }}))
}

fn job(call: &Call<'_>, key: &Key, command: &[String]) -> Verdict<Value> {
    let Some(from) = call.flags.text("from") else {
        let container = command_container(&image(call)?, &key.name, command);
        return Ok(json!({"spec": {"template": {"spec": {"containers": [container], "restartPolicy": "Never"}}}}));
    };
    let Some(("cronjob" | "cronjobs" | "cj" | "cronjob.batch", name)) = from.split_once('/') else {
        return Err(Trouble::error("from must be an existing cronjob"));
    };
    let cron = call.find(&call.key(&Kind::CronJob, name))?;
    let tree = cron.to_value();
    let template = &tree["spec"]["jobTemplate"];
    let mut annotations = template["metadata"]["annotations"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    annotations.insert("cronjob.kubernetes.io/instantiate".to_owned(), "manual".into());
    let owner = json!([{"apiVersion": "batch/v1", "kind": "CronJob", "name": name,
        "uid": cron.meta().uid.to_string(), "controller": true}]);
    Ok(json!({"metadata": {"annotations": annotations, "ownerReferences": owner}, "spec": template["spec"]}))
}

fn cron_job(call: &Call<'_>, key: &Key, command: &[String]) -> Verdict<Value> {
    let schedule = call
        .flags
        .text("schedule")
        .ok_or_else(|| Trouble::error("required flag(s) \"schedule\" not set"))?;
    let container = command_container(&image(call)?, &key.name, command);
    Ok(
        json!({"spec": {"schedule": schedule, "jobTemplate": {"metadata": {"name": *key.name},
        "spec": {"template": {"spec": {"containers": [container], "restartPolicy": "OnFailure"}}}}}}),
    )
}

fn command_container(image: &str, name: &str, command: &[String]) -> Value {
    let mut container = json!({"name": name, "image": image});
    if !command.is_empty() {
        container["command"] = json!(command);
    }
    container
}

/// Returns the keys and values of `--from-literal` and `--from-file`.
fn pairs(call: &Call<'_>, encoded: bool) -> Verdict<Map<String, Value>> {
    let mut pairs = Map::new();
    let mut put = |key: &str, value: &str| {
        let value = match encoded {
            true => base64::engine::general_purpose::STANDARD.encode(value),
            false => value.to_owned(),
        };
        pairs.insert(key.to_owned(), value.into());
    };
    for literal in call.flags.texts("from-literal") {
        let (key, value) = literal
            .split_once('=')
            .ok_or_else(|| Trouble::error(format!("invalid literal source {literal}, expected key=value")))?;
        put(key, value.trim_matches(['"', '\'']));
    }
    for file in call.flags.texts("from-file") {
        let (key, path) = file
            .split_once('=')
            .map_or((None, file.as_str()), |(key, path)| (Some(key), path));
        for (name, text) in call.files.read(path).map_err(Trouble::error)? {
            let base = name.rsplit('/').next().unwrap_or(&name);
            put(key.unwrap_or(base), &text);
        }
    }
    Ok(pairs)
}
