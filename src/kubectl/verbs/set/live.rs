//! Changing objects that are there: find them, change their trees, store or try or print them.

use crate::api::{Key, Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::output::Teller;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::create::form;
use crate::kubectl::verbs::{DryRun, dry_run};
use crate::kubectl::{targets, trial};
use serde_json::Value;

/// Returns the objects that files or words name; those that are missing come as troubles.
pub fn chosen(call: &Call<'_>, words: &[String]) -> Verdict<(Vec<Key>, Vec<Trouble>)> {
    targets::wanted(call, words)
}

/// Changes each of the objects, and says `done` of those that differ now; `always` says it of the others too.
pub fn each(
    call: &mut Call<'_>,
    words: &[String],
    done: &str,
    always: bool,
    mut change: impl FnMut(&mut Call<'_>, &Key, &mut Value) -> Verdict,
) -> Verdict {
    let dry = dry_run(&call.flags)?;
    form(call)?;
    let (keys, mut troubles) = chosen(call, words)?;
    for key in keys {
        let changed = one(call, &key, dry, &mut change);
        match changed {
            Ok((object, differs)) if differs || always => tell(call, &object, done, dry)?,
            Ok(_) => (),
            Err(trouble) => troubles.push(trouble),
        }
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn one(
    call: &mut Call<'_>,
    key: &Key,
    dry: DryRun,
    change: &mut impl FnMut(&mut Call<'_>, &Key, &mut Value) -> Verdict,
) -> Verdict<(Object, bool)> {
    let old = call.find(key)?;
    let before = old.to_value();
    let mut tree = before.clone();
    change(call, key, &mut tree)?;
    if tree == before {
        return Ok((old, false));
    }
    let bad = |why: serde_json::Error| Trouble::error(why.to_string());
    if dry != DryRun::Client {
        trial::judge_change(&old, &before, &tree)?;
    }
    match dry {
        DryRun::No => {
            call.replace(&old, tree)?;
            Ok((call.find(key)?, true))
        }
        DryRun::Client => Ok((Object::from_value(&key.kind, tree).map_err(bad)?, true)),
        DryRun::Server => {
            let object = Object::from_value(&key.kind, tree).map_err(bad)?;
            Ok((trial::update(call, object, None)?, true))
        }
    }
}

/// Prints a changed object as `-o` asks, or the line that says what was done.
pub fn tell(call: &mut Call<'_>, object: &Object, done: &str, dry: DryRun) -> Verdict {
    Teller::of(call)?.tell(call, object, &format!("{done}{}", dry.suffix()))
}

/// Returns where the pod's spec stands in an object of a kind, if it has one.
pub fn pod_spec(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Pod => Some("/spec"),
        Kind::CronJob => Some("/spec/jobTemplate/spec/template/spec"),
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet | Kind::Job => {
            Some("/spec/template/spec")
        }
        _ if kind.name() == "ReplicationController" => Some("/spec/template/spec"),
        _ => None,
    }
}

/// Lends the pod's spec of an object; the error is kubectl's.
pub fn spec_of<'t>(key: &Key, tree: &'t mut Value) -> Verdict<&'t mut Value> {
    let info = key.kind.info();
    pod_spec(&key.kind)
        .and_then(|path| tree.pointer_mut(path))
        .ok_or_else(|| {
            Trouble::error(format!(
                "{}/{} the object is not a pod or does not have a pod template: *{}.{}",
                info.plural, key.name, info.version, info.kind
            ))
        })
}

/// Lends the containers whose names match a pattern in which `*` stands for any letters; init containers come last.
pub fn containers<'t>(spec: &'t mut Value, pattern: &str) -> Vec<&'t mut Value> {
    let Some(spec) = spec.as_object_mut() else {
        return vec![];
    };
    let (mut main, mut init) = (Vec::new(), Vec::new());
    for (field, list) in spec.iter_mut() {
        let found = match field.as_str() {
            "containers" => &mut main,
            "initContainers" => &mut init,
            _ => continue,
        };
        found.extend(list.as_array_mut().into_iter().flatten());
    }
    let matches = |container: &&mut Value| {
        let name = container["name"].as_str().unwrap_or_default();
        crate::programs::runtime::matches(pattern, name)
    };
    main.into_iter().chain(init).filter(matches).collect()
}
