//! `kubectl create namespace` and `serviceaccount`, which have nothing but a name.

use super::super::Verb;
use super::COMMON;
use super::finish::{Made, made, name};
use crate::api::Kind;
use crate::kubectl::call::Call;
use crate::kubectl::trouble::Verdict;
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
