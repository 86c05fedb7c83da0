//! `kubectl create namespace` and `serviceaccount`, which have nothing but a name; and `token`, which is refused.

use super::super::Verb;
use super::COMMON;
use super::finish::{Made, made, name};
use crate::api::Kind;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::json;

pub(in crate::kubectl::verbs) const NAMESPACE: Verb = Verb {
    name: "create namespace",
    aliases: &["create ns"],
    flags: COMMON,
    run: namespace,
};

pub(in crate::kubectl::verbs) const ACCOUNT: Verb = Verb {
    name: "create serviceaccount",
    aliases: &["create sa"],
    flags: COMMON,
    run: account,
};

pub(in crate::kubectl::verbs) const TOKEN: Verb = Verb {
    name: "create token",
    aliases: &[],
    flags: TOKEN_FLAGS,
    run: token,
};

const TOKEN_FLAGS: &[Flag] = &[
    flag("audience", Takes::Text).moot(),
    flag("bound-object-kind", Takes::Text).moot(),
    flag("bound-object-name", Takes::Text).moot(),
    flag("bound-object-uid", Takes::Text).moot(),
    flag("duration", Takes::Duration).moot(),
    flag("output", Takes::Text).short('o').moot(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).moot(),
];

fn namespace(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let namespace = Made::new(Kind::Namespace, &name, json!({"spec": {}, "status": {}}));
    made(call, namespace, "")
}

fn account(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let kind = call.kind("serviceaccounts")?;
    made(
        call,
        Made::new(kind, &name, json!({})),
        "failed to create serviceaccount: ",
    )
}

fn token(_: &mut Call<'_>) -> Verdict {
    Err(Trouble::error("tokens are not simulated: nobody signs in here")
        .hint("every command runs as the cluster's administrator; see kubectl auth whoami"))
}
