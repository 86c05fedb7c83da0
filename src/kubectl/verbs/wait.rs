//! `kubectl wait`: until something is so.

use super::Verb;
use crate::api::{Key, Object, Uid};
use crate::kubectl::call::{Call, Waited};
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::jsonpath::{Template, as_text};
use crate::kubectl::output::Teller;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{names, targets};
use serde_json::Value;

pub(super) const WAIT: Verb = Verb {
    name: "wait",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("for", Takes::Text),
    flag("timeout", Takes::Duration),
    flag("all", Takes::Bool),
    flag("all-namespaces", Takes::Bool).short('A'),
    flag("selector", Takes::Text).short('l'),
    flag("field-selector", Takes::Text),
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("local", Takes::Bool).refused(),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

/// What is waited for.
enum For {
    Delete,
    Create,
    Condition(String, String),
    Path(Template, Option<String>),
}

fn run(call: &mut Call<'_>) -> Verdict {
    let wanted = read_for(call.flags.text("for").unwrap_or(""))?;
    // Thirty seconds unless told otherwise; zero looks once, a negative time is a week.
    let timeout = match call.flags.duration_ms("timeout").unwrap_or(30_000) {
        ms if ms < 0 => 7 * 24 * 3_600_000,
        ms => ms,
    };
    let deadline = call.now() + timeout;
    let words = call.flags.words.clone();
    let mut teller = Teller::of(call)?;
    let find = |call: &mut Call<'_>| targets::wanted(call, &words);
    let (mut keys, mut troubles) = find(call)?;
    if matches!(wanted, For::Create) && !troubles.is_empty() {
        let found = call.wait(Some(timeout), |call| {
            let (keys, troubles) = find(call)?;
            Ok(troubles.is_empty().then_some(keys))
        })?;
        keys = found.or_complain("an object")?;
        troubles.clear();
    }
    if keys.is_empty() && troubles.is_empty() {
        return Err(Trouble::error("no matching resources found"));
    }
    for key in keys {
        let uid = call.find(&key).map(|object| object.meta().uid).ok();
        let left = deadline - call.now();
        let came = call.wait(Some(left.max(0)), |call| holds(call, &key, uid, &wanted))?;
        match came {
            Waited::Came((word, object)) => {
                let told = match &object {
                    Some(object) => teller.tell(call, object, word),
                    None => teller.tell_tree(call, &names::of_key(&key), &Value::Null, word),
                };
                troubles.extend(told.err());
            }
            Waited::TimedOut | Waited::GaveUp => {
                let name = format!("{}/{}", key.kind.info().plural, key.name);
                troubles.push(Trouble::error(format!("timed out waiting for the condition on {name}")));
            }
        }
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn read_for(text: &str) -> Verdict<For> {
    if text.eq_ignore_ascii_case("delete") {
        return Ok(For::Delete);
    }
    if text.eq_ignore_ascii_case("create") {
        return Ok(For::Create);
    }
    if let Some(condition) = text.strip_prefix("condition=") {
        let (name, value) = condition.split_once('=').unwrap_or((condition, "true"));
        return Ok(For::Condition(name.to_owned(), value.to_owned()));
    }
    if let Some(input) = text.strip_prefix("jsonpath=") {
        return read_path(input);
    }
    Err(Trouble::error(format!("unrecognized condition: \"{text}\"")))
}

/// Reads `{.status.phase}` and `{.status.phase}=Running` (kubectl's `processJSONPathInput`).
fn read_path(input: &str) -> Verdict<For> {
    let input = input.trim_matches('\'');
    let parts = split_at_equals(input);
    let (path, value) = match parts.as_slice() {
        [path] => (*path, None),
        [path, value] => (*path, Some(value.trim_matches(['\'', '"']))),
        _ => {
            return Err(Trouble::error(
                "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
            ));
        }
    };
    let path = path.trim_matches('\'');
    if path.is_empty() {
        return Err(Trouble::error("jsonpath expression cannot be empty"));
    }
    let template = Template::relaxed(path).map_err(Trouble::error)?;
    if value == Some("") {
        return Err(Trouble::error(
            "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
        ));
    }
    Ok(For::Path(template, value.map(ToOwned::to_owned)))
}

/// Splits at the equal signs that stand alone: `==` belongs to a filter.
fn split_at_equals(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut parts, mut start) = (Vec::new(), 0);
    for (i, c) in bytes.iter().enumerate() {
        let beside = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        let before = beside(i.checked_sub(1));
        let alone = !matches!(before, b'=' | b'!' | b'<' | b'>') && beside(Some(i + 1)) != b'=';
        if *c == b'=' && alone {
            parts.push(&text[start..i]);
            start = i + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// What came: its words, and the object as it was then.
type Came = (&'static str, Option<Object>);

/// Returns what came, if it did.
fn holds(call: &Call<'_>, key: &Key, uid: Option<Uid>, wanted: &For) -> Verdict<Option<Came>> {
    let object = call
        .store()
        .find(key)
        .filter(|object| uid.is_none_or(|uid| uid == object.meta().uid));
    let Some(object) = object else {
        return match wanted {
            For::Delete => Ok(Some(("condition met", None))),
            _ => Err(Trouble::refused(&crate::store::Refusal::NotFound(key.clone()))),
        };
    };
    let tree = object.to_value();
    let met = match wanted {
        For::Delete => false,
        For::Create => true,
        For::Condition(name, value) => condition_is(&tree, name, value),
        For::Path(template, None) => !template.find(&tree).is_empty(),
        For::Path(template, Some(value)) => template.find(&tree).iter().any(|found| as_text(found) == *value),
    };
    Ok(met.then(|| ("condition met", Some(object.clone()))))
}

/// Conditions of an older generation do not count (kubectl's `ConditionalWait.checkCondition`).
fn condition_is(tree: &Value, name: &str, value: &str) -> bool {
    let conditions = tree.pointer("/status/conditions").and_then(Value::as_array);
    let generation = tree["metadata"]["generation"].as_i64().unwrap_or(0);
    let text = |condition: &Value, field: &str| condition[field].as_str().unwrap_or("").to_owned();
    conditions.into_iter().flatten().any(|condition| {
        let observed = condition["observedGeneration"]
            .as_i64()
            .or_else(|| tree["status"]["observedGeneration"].as_i64());
        let current = observed.is_none_or(|observed| observed >= generation);
        current
            && text(condition, "type").eq_ignore_ascii_case(name)
            && text(condition, "status").eq_ignore_ascii_case(value)
    })
}
