//! `kubectl auth can-i` and `whoami`: everybody is the cluster's administrator, and may do all.

use super::Verb;
use super::config::{USER, user_info};
use super::create::form;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::Form;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{go_json, tabwriter, yaml};
use serde_json::json;

pub(super) const CAN_I: Verb = Verb {
    name: "auth can-i",
    aliases: &[],
    flags: FLAGS,
    run: can_i,
};

const FLAGS: &[Flag] = &[
    flag("all-namespaces", Takes::Bool).short('A').moot(),
    flag("list", Takes::Bool),
    flag("no-headers", Takes::Bool),
    flag("quiet", Takes::Bool).short('q'),
    flag("subresource", Takes::Text),
];

pub(super) const WHO_AM_I: Verb = Verb {
    name: "auth whoami",
    aliases: &[],
    flags: WHO_FLAGS,
    run: who_am_i,
};

const WHO_FLAGS: &[Flag] = &[
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text),
];

/// The verbs that `can-i` knows (kubectl's auth/cani.go).
const VERBS: [&str; 17] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
    "put",
];

fn can_i(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    if call.flags.is_set("list") {
        if !words.is_empty() {
            return Err(Trouble::error("list option must be specified with no arguments"));
        }
        let head = match call.flags.is_set("no-headers") {
            true => "",
            false => "Resources\tNon-Resource URLs\tResource Names\tVerbs\n",
        };
        let text = format!("{head}*.*\t[]\t[]\t[*]\n\t[*]\t[]\t[*]\n");
        call.say(tabwriter::align(&text, tabwriter::TABLE));
        return Ok(());
    }
    let [verb, target] = words.as_slice() else {
        return Err(Trouble::error(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
        ));
    };
    let is_url = target.starts_with('/');
    if is_url && call.flags.text("subresource").is_some() {
        return Err(Trouble::error("--subresource can not be used with NonResourceURL"));
    }
    if !is_url && !VERBS.contains(&verb.as_str()) {
        call.warn(format!("Warning: verb '{verb}' is not a known verb\n"));
    }
    let word = target.split('/').next().unwrap_or_default();
    if !is_url && word != "*" {
        match call.kind(word) {
            Ok(kind) if !kind.is_namespaced() => {
                let info = kind.info();
                let group = if info.group.is_empty() {
                    String::new()
                } else {
                    format!(" in group '{}'", info.group)
                };
                call.warn(format!(
                    "Warning: resource '{}' is not namespace scoped{group}\n",
                    info.plural
                ));
            }
            Ok(_) => (),
            Err(_) => call.warn(format!("Warning: the server doesn't have a resource type '{word}'\n")),
        }
    }
    if !call.flags.is_set("quiet") {
        call.line("yes");
    }
    Ok(())
}

fn who_am_i(call: &mut Call<'_>) -> Verdict {
    if !call.flags.words.is_empty() {
        return Err(Trouble::error("whoami takes no arguments"));
    }
    let tree = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
        "metadata": {"creationTimestamp": null}, "status": {"userInfo": user_info()}});
    match form(call)? {
        Form::Table { .. } => {
            let text = format!("ATTRIBUTE\tVALUE\nUsername\t{USER}\nGroups\t[system:masters system:authenticated]\n");
            call.say(tabwriter::align(&text, tabwriter::TABLE));
        }
        Form::Yaml => call.say(yaml::print(&tree)),
        Form::Json => call.say(go_json::pretty(&tree)),
        // Nobody has given a review of oneself a name.
        Form::Name => call.line("selfsubjectreview.authentication.k8s.io/"),
        form => {
            let shown = form.print_tree(&tree);
            call.say(shown.text);
            return shown.trouble.map_or(Ok(()), Err);
        }
    }
    Ok(())
}
