//! `kubectl replace`: the whole of an object, as a file has it; with `--force` another object under the same name.

use super::{DryRun, Verb, dry_run};
use crate::api::{Key, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::manifests::{self, Manifest};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::apply::remembering;
use crate::kubectl::verbs::create::form;
use crate::kubectl::verbs::set::tell;
use crate::kubectl::{names, trial};
use crate::manifest::Policy;
use crate::store::{DeleteOptions, Propagation, Refusal};

pub(super) const REPLACE: Verb = Verb {
    name: "replace",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("force", Takes::Bool),
    flag("grace-period", Takes::Int),
    flag("timeout", Takes::Duration),
    flag("cascade", Takes::Optional("background")),
    flag("wait", Takes::Bool).moot(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("output", Takes::Text).short('o'),
    flag("save-config", Takes::Bool),
    flag("validate", Takes::Optional("strict")).moot(),
    flag("field-manager", Takes::Text),
    flag("subresource", Takes::Text).refused(),
    flag("raw", Takes::Text).refused(),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = dry_run(&call.flags)?;
    form(call)?;
    let force = call.flags.is_set("force");
    if call.flags.int("grace-period").is_some_and(|grace| grace >= 0) && !force {
        return Err(Trouble::error("--grace-period must have --force specified"));
    }
    if call.flags.duration_ms("timeout").is_some_and(|timeout| timeout != 0) && !force {
        return Err(Trouble::error("--timeout must have --force specified"));
    }
    if call.flags.texts("filename").is_empty() {
        return Err(Trouble::error("must specify one of -f and -k"));
    }
    if force && dry.is_dry() {
        return Err(Trouble::error("--dry-run can not be used when --force is set"));
    }
    let files = manifests::read_all(call)?;
    let mut troubles = files.troubles;
    if files.manifests.is_empty() && troubles.is_empty() {
        return Err(Trouble::error("no objects passed to replace"));
    }
    let policy = manifests::policy(call);
    if force {
        for manifest in &files.manifests {
            remove(call, &manifest.key(call)?)?;
        }
    }
    for manifest in &files.manifests {
        match replace(call, manifest, &policy, dry) {
            Ok(object) => tell(call, &object, "replaced", dry)?,
            Err(trouble) => troubles.push(trouble),
        }
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn replace(call: &mut Call<'_>, manifest: &Manifest, policy: &Policy, dry: DryRun) -> Verdict<Object> {
    if dry != DryRun::Client {
        manifest.check(call, policy)?;
    }
    let key = manifest.key(call)?;
    let mut tree = manifest.tree(&key);
    if call.flags.is_set("save-config") {
        tree = remembering(tree);
    }
    let doing = format!("error when replacing \"{}\": ", manifest.file());
    let refused = |refusal: Refusal| Trouble::refused_while(&doing, &refusal);
    if call.flags.is_set("force") {
        return call
            .create(manifest.object(tree)?)
            .map_err(|refusal| Trouble::refused(&refusal));
    }
    let Some(old) = call.store().find(&key).cloned() else {
        return Err(refused(Refusal::NotFound(key)));
    };
    match dry {
        DryRun::Client => Ok(old),
        DryRun::Server => {
            let mut object = manifest.object(tree)?;
            object.meta_mut().resource_version = old.meta().resource_version;
            trial::update(call, object, None).map_err(refused)
        }
        DryRun::No => {
            call.try_replace(&old, tree).map_err(refused)?;
            call.find(&key)
        }
    }
}

/// Deletes an object, says so, and waits until it is gone; one that is not there is no trouble.
fn remove(call: &mut Call<'_>, key: &Key) -> Verdict {
    let Some(uid) = call.store().find(key).map(|object| object.meta().uid) else {
        return Ok(());
    };
    let propagation = match call.flags.text("cascade").unwrap_or("background") {
        "background" | "true" => Propagation::Background,
        "foreground" => Propagation::Foreground,
        "orphan" | "false" => Propagation::Orphan,
        other => {
            return Err(Trouble::error(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    };
    let options = DeleteOptions {
        // Without a grace of one's own nobody waits: the new object needs the name (kubectl's replace.go).
        grace_seconds: Some(call.flags.int("grace-period").filter(|grace| *grace >= 0).unwrap_or(0)),
        uid: None,
        propagation,
    };
    call.cluster.delete(key, &options)?;
    call.line(format!("{} deleted", names::quoted(key)));
    let timeout = call.flags.duration_ms("timeout").filter(|timeout| *timeout > 0);
    let gone = |call: &mut Call<'_>| {
        let there = call.store().find(key).is_some_and(|object| object.meta().uid == uid);
        Ok((!there).then_some(()))
    };
    call.wait(timeout, gone)?
        .or_complain(&format!("{} to go", names::of_key(key)))
}
