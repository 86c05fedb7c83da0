//! `kubectl set selector`, `serviceaccount` and `subject`.

use super::super::{Verb, flags};
use super::COMMON;
use super::live::{each, spec_of};
use crate::api::Kind;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::create::subjects;
use crate::kubectl::verbs::requirements::label_selector;
use serde_json::Value;

pub(in crate::kubectl::verbs) const SET_SELECTOR: Verb = Verb {
    name: "set selector",
    aliases: &[],
    flags: SELECTOR_FLAGS,
    run: selector,
};

const SELECTOR_FLAGS: &[Flag] = &[
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("all", Takes::Bool),
    flag("local", Takes::Bool).refused(),
    flag("resource-version", Takes::Text).refused(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("field-manager", Takes::Text),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

pub(in crate::kubectl::verbs) const SET_ACCOUNT: Verb = Verb {
    name: "set serviceaccount",
    aliases: &["set sa"],
    flags: COMMON,
    run: account,
};

pub(in crate::kubectl::verbs) const SET_SUBJECT: Verb = Verb {
    name: "set subject",
    aliases: &[],
    flags: flags![COMMON;
        flag("user", Takes::Text),
        flag("group", Takes::Text),
        flag("serviceaccount", Takes::Text),
        flag("selector", Takes::Text).short('l'),
    ],
    run: subject,
};

/// The last word is the selector; it takes the place of a Service's own.
fn selector(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let Some((text, objects)) = words.split_last() else {
        return Err(Trouble::error("one selector is required"));
    };
    let is_selector = text.contains('=') || text.contains(' ');
    if !is_selector {
        return Err(Trouble::error("resource(s) were provided, but no name was specified"));
    }
    let wanted = label_selector(text)?;
    each(call, objects, "selector updated", true, |_, key, tree| {
        if key.kind != Kind::Service {
            return Err(Trouble::error("setting a selector is only supported for Services"));
        }
        if let Some(expressions) = wanted["matchExpressions"].as_array() {
            let shown: Vec<String> = expressions.iter().map(as_go).collect();
            return Err(Trouble::error(format!(
                "match expression [{}] not supported on this object",
                shown.join(" ")
            )));
        }
        tree["spec"]["selector"] = wanted["matchLabels"].clone();
        Ok(())
    })
}

/// Returns a requirement as Go's `%v` prints it.
fn as_go(expression: &Value) -> String {
    let word = |field: &str| expression[field].as_str().unwrap_or_default();
    let values = expression["values"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let values: Vec<&str> = values.collect();
    format!("{{{} {} [{}]}}", word("key"), word("operator"), values.join(" "))
}

/// The last word is the account's name.
fn account(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let Some((name, objects)) = words.split_last() else {
        return Err(Trouble::error("serviceaccount is required"));
    };
    each(call, objects, "serviceaccount updated", true, |_, key, tree| {
        let spec = spec_of(key, tree)?;
        spec["serviceAccountName"] = name.as_str().into();
        if spec.get("serviceAccount").is_some() {
            spec["serviceAccount"] = name.as_str().into();
        }
        Ok(())
    })
}

/// Adds those who are bound by a RoleBinding or ClusterRoleBinding.
fn subject(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let wanted = subjects(call)?;
    if wanted.is_empty() {
        return Err(Trouble::error(
            "you must specify at least one value of user, group or serviceaccount",
        ));
    }
    each(call, &words, "subjects updated", false, |_, key, tree| {
        if !matches!(key.kind.name(), "RoleBinding" | "ClusterRoleBinding") {
            let plural = &key.kind.info().plural;
            return Err(Trouble::error(format!(
                "{plural}/{} setting subjects is only supported for RoleBinding/ClusterRoleBinding",
                key.name
            )));
        }
        let mut bound = tree["subjects"].as_array().cloned().unwrap_or_default();
        for subject in &wanted {
            if !bound.contains(subject) {
                bound.push(subject.clone());
            }
        }
        tree["subjects"] = bound.into();
        Ok(())
    })
}
