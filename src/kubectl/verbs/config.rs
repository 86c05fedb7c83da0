//! `kubectl config`: one cluster, one user, one context, and the namespace that is current.
//!
//! No file is written: whoever runs the window keeps the namespace (`Files::use_namespace`).

use super::Verb;
use super::create::form;
use super::info::ADDRESS;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::Form;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{tabwriter, yaml};
use serde_json::{Value, json};

/// The name of the cluster and of its context.
const NAME: &str = "pglab";

/// The user: the administrator that `kubeadm` makes.
pub(super) const USER: &str = "kubernetes-admin";

const fn verb(name: &'static str, flags: &'static [Flag], run: fn(&mut Call<'_>) -> Verdict) -> Verb {
    Verb {
        name,
        aliases: &[],
        flags,
        run,
    }
}

pub(super) const VIEW: Verb = verb("config view", VIEW_FLAGS, view);
pub(super) const GET_CONTEXTS: Verb = verb("config get-contexts", CONTEXTS_FLAGS, get_contexts);
pub(super) const CURRENT_CONTEXT: Verb = verb("config current-context", &[], |call| {
    call.line(NAME);
    Ok(())
});
pub(super) const USE_CONTEXT: Verb = Verb {
    aliases: &["config use"],
    ..verb("config use-context", &[], use_context)
};
pub(super) const SET_CONTEXT: Verb = verb("config set-context", SET_CONTEXT_FLAGS, set_context);
pub(super) const GET_CLUSTERS: Verb = verb("config get-clusters", &[], |call| {
    call.say(format!("NAME\n{NAME}\n"));
    Ok(())
});
pub(super) const GET_USERS: Verb = verb("config get-users", &[], |call| {
    call.say(format!("NAME\n{USER}\n"));
    Ok(())
});

const VIEW_FLAGS: &[Flag] = &[
    flag("output", Takes::Text).short('o'),
    flag("flatten", Takes::Bool).moot(),
    flag("merge", Takes::Bool).moot(),
    flag("minify", Takes::Bool).moot(),
    flag("raw", Takes::Bool).moot(),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text),
];

const CONTEXTS_FLAGS: &[Flag] = &[flag("no-headers", Takes::Bool), flag("output", Takes::Text).short('o')];

const SET_CONTEXT_FLAGS: &[Flag] = &[
    flag("current", Takes::Bool),
    flag("namespace", Takes::Text),
    flag("cluster", Takes::Text).refused(),
    flag("user", Takes::Text).refused(),
];

/// Returns the namespace that is current; nobody names `default`.
fn namespace<'c>(call: &'c Call<'_>) -> Option<&'c str> {
    Some(call.namespace.as_str()).filter(|namespace| *namespace != "default")
}

fn view(call: &mut Call<'_>) -> Verdict {
    let mut context = json!({"cluster": NAME, "user": USER});
    if let Some(namespace) = namespace(call) {
        context["namespace"] = namespace.into();
    }
    let tree = json!({
        "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": NAME,
        "clusters": [{"name": NAME, "cluster": {"server": ADDRESS}}],
        "contexts": [{"name": NAME, "context": context}],
        "users": [{"name": USER, "user": {}}],
    });
    match form(call)? {
        Form::Table { .. } | Form::Yaml => call.say(yaml::print(&tree)),
        Form::Name => return Err(Trouble::error("config view prints yaml, json or a template here")),
        // Left out: kubectl writes the keys of JSON in the order of its own structs.
        form => {
            let shown = form.print_tree(&tree);
            call.say(shown.text);
            return shown.trouble.map_or(Ok(()), Err);
        }
    }
    Ok(())
}

fn get_contexts(call: &mut Call<'_>) -> Verdict {
    let wanted = call.flags.words.clone();
    let missing: Vec<&String> = wanted.iter().filter(|name| *name != NAME).collect();
    let shows = wanted.is_empty() || wanted.iter().any(|name| name == NAME);
    match call.flags.text("output").unwrap_or("") {
        "name" if shows => call.line(NAME),
        "name" => (),
        "" => {
            let mut text = String::new();
            if !call.flags.is_set("no-headers") {
                text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
            }
            if shows {
                let namespace = namespace(call).unwrap_or_default();
                text.push_str(&format!("*\t{NAME}\t{NAME}\t{USER}\t{namespace}\n"));
            }
            call.say(tabwriter::align(&text, tabwriter::TABLE));
        }
        other => {
            return Err(Trouble::error(format!("output must be one of '' or 'name': {other}")));
        }
    }
    let troubles = missing
        .iter()
        .map(|name| Trouble::error(format!("context {name} not found")));
    Trouble::many(troubles.collect()).map_or(Ok(()), Err)
}

fn use_context(call: &mut Call<'_>) -> Verdict {
    match call.flags.words.as_slice() {
        [name] if name == NAME => {
            call.line(format!("Switched to context \"{NAME}\"."));
            Ok(())
        }
        [name] => Err(Trouble::error(format!("no context exists with the name: \"{name}\""))),
        words => Err(Trouble::error(format!("Unexpected args: [{}]", words.join(" ")))),
    }
}

fn set_context(call: &mut Call<'_>) -> Verdict {
    let current = call.flags.is_set("current");
    match (call.flags.words.first(), current) {
        (None, false) => return Err(Trouble::error("you must specify a non-empty context name or --current")),
        (Some(_), true) => return Err(Trouble::error("you cannot specify both a context name and --current")),
        (Some(name), false) if name != NAME => {
            return Err(Trouble::error(format!(
                "context \"{name}\" is not made: there is one cluster and one context"
            ))
            .hint("kubectl config set-context --current --namespace=NAME keeps another namespace"));
        }
        _ => (),
    }
    if let Some(namespace) = call.flags.text("namespace") {
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        call.files
            .use_namespace(namespace)
            .map_err(|why| Trouble::error(why).hint("name the namespace with -n in each command"))?;
    }
    call.line(format!("Context \"{NAME}\" modified."));
    Ok(())
}

/// Returns who the user is to the API server.
pub(super) fn user_info() -> Value {
    json!({"username": USER, "groups": ["system:masters", "system:authenticated"]})
}
