//! `kubectl delete`: asks, tells, and waits until all is gone.

use super::Verb;
use crate::api::{Key, Kind, Uid};
use crate::kubectl::call::{Call, Waited, gave_up};
use crate::kubectl::flags::{Flag, Flags, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{manifests, names, targets};
use crate::store::{DeleteOptions, Propagation, Refusal};

pub(super) const DELETE: Verb = Verb {
    name: "delete",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("selector", Takes::Text).short('l'),
    flag("field-selector", Takes::Text),
    flag("all", Takes::Bool),
    flag("all-namespaces", Takes::Bool).short('A'),
    flag("grace-period", Takes::Int),
    flag("force", Takes::Bool),
    flag("now", Takes::Bool),
    flag("wait", Takes::Bool),
    flag("timeout", Takes::Duration),
    flag("cascade", Takes::Optional("background")),
    flag("ignore-not-found", Takes::Bool),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("output", Takes::Text).short('o'),
    flag("interactive", Takes::Bool).short('i'),
    flag("raw", Takes::Text).refused(),
];

/// How everything is deleted.
struct Manner {
    options: DeleteOptions,
    forced: bool,
    waits: bool,
    dry: &'static str,
}

fn run(call: &mut Call<'_>) -> Verdict {
    let manner = manner(call)?;
    let output = call.flags.text("output").unwrap_or("");
    if !matches!(output, "" | "name") {
        return Err(Trouble::error(format!(
            "unexpected -o output mode: {output}. We only support '-o name'"
        )));
    }
    let (keys, mut troubles) = wanted(call)?;
    if manner.forced {
        call.warn(
            "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.",
        );
    }
    let named = targets::read(call, &call.flags.words).unwrap_or_default();
    let outside =
        named.iter().any(|target| !target.kind().is_namespaced()) || keys.iter().any(|key| !key.kind.is_namespaced());
    if outside && call.flags.text("namespace").is_some() && !call.flags.is_set("all-namespaces") {
        call.warn("Warning: deleting cluster-scoped resources, not scoped to the provided namespace");
    }
    if call.flags.is_set("interactive") && !keys.is_empty() && !is_confirmed(call, &keys) {
        call.line("deletion is cancelled");
        return Ok(());
    }
    let mut going: Vec<(Key, Uid)> = Vec::new();
    for key in keys {
        let Some(uid) = call.store().find(&key).map(|object| object.meta().uid) else {
            continue;
        };
        // A trial deletes nothing, on whichever side it runs.
        if manner.dry.is_empty()
            && let Err(refusal) = call.cluster.delete(&key, &manner.options)
        {
            troubles.push(Trouble::refused(&refusal));
            continue;
        }
        let how = if manner.forced { "force deleted" } else { "deleted" };
        if call.flags.text("output") == Some("name") {
            call.line(names::of_key(&key));
        } else {
            call.line(format!("{} {how}{}", names::quoted(&key), manner.dry));
        }
        going.push((key, uid));
    }
    if going.is_empty() && troubles.is_empty() && !call.flags.is_set("ignore-not-found") {
        call.line("No resources found");
    }
    if manner.waits && manner.dry.is_empty() {
        wait_for_all(call, &going)?;
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Asks whether all of this shall go; the answer is what was piped in.
fn is_confirmed(call: &mut Call<'_>, keys: &[Key]) -> bool {
    call.line(format!(
        "You are about to delete the following {} resource(s):",
        keys.len()
    ));
    for key in keys {
        call.line(format!("{}/{}", key.kind.name().to_lowercase(), key.name));
    }
    call.say("Do you want to continue? (y/n): ");
    let answer = call.stdin.split_whitespace().next().unwrap_or("");
    answer.eq_ignore_ascii_case("y")
}

fn manner(call: &Call<'_>) -> Verdict<Manner> {
    let flags = &call.flags;
    let force = flags.is_set("force");
    let mut grace = flags.int("grace-period").filter(|grace| *grace >= 0);
    if flags.is_set("now") {
        if grace.is_some() {
            return Err(Trouble::error("--now and --grace-period cannot be specified together"));
        }
        grace = Some(1);
    }
    if force && grace.is_none() {
        grace = Some(0);
    }
    if force && grace.is_some_and(|grace| grace > 0) {
        return Err(Trouble::error(
            "--force and --grace-period greater than 0 cannot be specified together",
        ));
    }
    // Without --force nobody loses data by a zero: it becomes a second (kubectl's delete.go).
    if grace == Some(0) && !force {
        grace = Some(1);
    }
    let propagation = propagation(flags)?;
    let dry = super::dry_run(flags)?;
    Ok(Manner {
        options: DeleteOptions {
            grace_seconds: grace,
            uid: None,
            propagation,
        },
        forced: force && grace == Some(0),
        waits: flags.bool("wait").unwrap_or(!force),
        dry: dry.suffix(),
    })
}

/// Reads `--cascade`.
pub(super) fn propagation(flags: &Flags) -> Verdict<Propagation> {
    match flags.text("cascade").unwrap_or("background") {
        "background" | "true" => Ok(Propagation::Background),
        "foreground" => Ok(Propagation::Foreground),
        "orphan" | "false" => Ok(Propagation::Orphan),
        other => Err(Trouble::error(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

/// Returns what is to go: what files name, or what the words name; and who is missing.
fn wanted(call: &mut Call<'_>) -> Verdict<(Vec<Key>, Vec<Trouble>)> {
    let ignore = call.flags.is_set("ignore-not-found");
    if !call.flags.texts("filename").is_empty() {
        let (mut keys, mut troubles) = (Vec::new(), Vec::new());
        for manifest in manifests::read(call)? {
            match manifest.key(call) {
                Ok(key) if call.store().find(&key).is_some() => keys.push(key),
                Ok(_) if ignore => (),
                Ok(key) => {
                    let doing = format!("error when deleting \"{}\": ", manifest.file());
                    troubles.push(Trouble::refused_while(&doing, &Refusal::NotFound(key)));
                }
                Err(trouble) => troubles.push(trouble),
            }
        }
        return Ok((keys, troubles));
    }
    let words = call.flags.words.clone();
    let (all, selects) = (call.flags.is_set("all"), call.flags.text("selector").is_some());
    if words.is_empty() && (all || selects) {
        return Err(Trouble::error(
            "at least one resource must be specified to use a selector",
        ));
    }
    if words.is_empty() {
        return Err(targets::nothing_named());
    }
    if all && selects {
        return Err(Trouble::error(
            "setting 'all' parameter but found a non empty selector. ",
        ));
    }
    let (keys, troubles) = targets::named(call, &words)?;
    Ok((keys, if ignore { vec![] } else { troubles }))
}

/// Waits until none of the objects is there any more; one of the same name is another one.
fn wait_for_all(call: &mut Call<'_>, going: &[(Key, Uid)]) -> Verdict {
    let timeout = call.flags.duration_ms("timeout").filter(|ms| *ms > 0);
    for (key, uid) in going {
        let is_gone = |call: &Call<'_>| call.store().find(key).is_none_or(|object| object.meta().uid != *uid);
        match call.wait(timeout, |call| Ok(is_gone(call).then_some(())))? {
            Waited::Came(()) => (),
            Waited::TimedOut => {
                let name = format!("{}/{}", key.kind.info().plural, key.name);
                return Err(Trouble::error(format!("timed out waiting for the condition on {name}")));
            }
            Waited::GaveUp => {
                return Err(gave_up(&format!(
                    "{} to go ({})",
                    names::of_key(key),
                    holder(call, key)
                )));
            }
        }
    }
    Ok(())
}

/// Says what holds an object that was asked to go.
fn holder(call: &Call<'_>, key: &Key) -> String {
    let Some(object) = call.store().find(key) else {
        return "it is back".to_owned();
    };
    let finalizers = &object.meta().finalizers;
    if finalizers.is_empty() {
        let who = if key.kind == Kind::Pod {
            "its kubelet"
        } else {
            "the API server"
        };
        return format!("{who} has not let it go");
    }
    format!("it has the finalizer {}", finalizers.join(", "))
}
