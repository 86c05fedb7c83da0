//! `kubectl create`: from files; its other forms, which make objects of words, are verbs of their own.

mod budget;
mod config_map;
mod finish;
mod hash;
mod ingress;
mod plain;
mod rbac;
mod secret;
mod service;
mod sources;
mod workload;

pub(super) use budget::{BUDGET, PRIORITY, QUOTA, quantities};
pub(super) use config_map::CONFIG_MAP;
pub(super) use finish::{Made, form, parse_labels, printed, required};
pub(super) use ingress::INGRESS;
pub(super) use plain::{ACCOUNT, NAMESPACE};
pub(super) use rbac::{BINDING, CLUSTER_BINDING, CLUSTER_ROLE, ROLE, subjects};
pub(super) use secret::{DOCKER, GENERIC, TLS};
pub(super) use service::{CLUSTER_IP, EXTERNAL_NAME, LOAD_BALANCER, NODE_PORT};
pub(super) use workload::{CRON_JOB, DEPLOYMENT, JOB};

use super::apply::remembering;
use super::{DryRun, Verb};
use crate::api::{Key, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::manifests;
use crate::kubectl::names;
use crate::kubectl::output::Teller;
use crate::kubectl::trial;
use crate::kubectl::trouble::{Trouble, Verdict};

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
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("edit", Takes::Bool).refused(),
    flag("raw", Takes::Text).refused(),
    flag("selector", Takes::Text).short('l').refused(),
    flag("windows-line-endings", Takes::Bool).moot(),
    flag("validate", Takes::Optional("strict")).moot(),
    flag("field-manager", Takes::Text),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

/// The flags that all the forms take which make an object of words.
pub(super) const COMMON: &[Flag] = &[
    flag("dry-run", Takes::Optional("unchanged")),
    flag("output", Takes::Text).short('o'),
    flag("save-config", Takes::Bool),
    flag("validate", Takes::Optional("strict")).moot(),
    flag("field-manager", Takes::Text),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let dry = super::dry_run(&call.flags)?;
    if call.flags.texts("filename").is_empty() {
        let words = &call.flags.words;
        return Err(match words.is_empty() {
            true => Trouble::error("must specify one of -f and -k"),
            false => call
                .usage(format!("Unexpected args: [{}]", words.join(" ")))
                .hint("write a manifest, and give it to kubectl create -f"),
        });
    }
    super::read_validate(&call.flags)?;
    let mut teller = Teller::of(call)?;
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
            if dry == DryRun::Client && teller.tells_lines() {
                // It knows no types, so that only labels and annotations have to be what they should be.
                manifest.check_labels()?;
                call.line(format!("{} created{}", names::of_key(&named(key)), dry.suffix()));
                return Ok(None);
            }
            store(call, manifest.object(tree)?, &doing, dry).map(Some)
        });
        let told = created.and_then(|created| match created {
            Some(created) => teller.tell(call, &created, &format!("created{}", dry.suffix())),
            None => Ok(()),
        });
        troubles.extend(told.err());
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

/// Returns the key of an object; one without a name is told as kubectl tells it.
fn named(key: Key) -> Key {
    let name = if key.name.is_empty() {
        "<unknown>".into()
    } else {
        key.name
    };
    Key { name, ..key }
}

fn store(call: &mut Call<'_>, object: Object, doing: &str, dry: DryRun) -> Verdict<Object> {
    let created = match dry {
        DryRun::Client => Ok(object),
        DryRun::Server => trial::create(call, object),
        DryRun::No => call.create(object),
    };
    created.map_err(|refusal| Trouble::refused_while(doing, &refusal))
}
