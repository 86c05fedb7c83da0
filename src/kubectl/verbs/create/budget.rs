//! `kubectl create poddisruptionbudget`, `quota` and `priorityclass`.

use super::super::{Verb, flags};
use super::COMMON;
use super::finish::{Made, made, name};
use crate::api::{Kind, Quantity};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::requirements::label_selector;
use serde_json::{Value, json};

pub(in crate::kubectl::verbs) const BUDGET: Verb = Verb {
    name: "create poddisruptionbudget",
    aliases: &["create pdb"],
    flags: flags![COMMON;
        flag("selector", Takes::Text),
        flag("min-available", Takes::Text),
        flag("max-unavailable", Takes::Text),
    ],
    run: budget,
};

pub(in crate::kubectl::verbs) const QUOTA: Verb = Verb {
    name: "create quota",
    aliases: &["create resourcequota"],
    flags: flags![COMMON; flag("hard", Takes::Text), flag("scopes", Takes::Text)],
    run: quota,
};

pub(in crate::kubectl::verbs) const PRIORITY: Verb = Verb {
    name: "create priorityclass",
    aliases: &["create pc"],
    flags: flags![COMMON;
        flag("value", Takes::Int),
        flag("description", Takes::Text),
        flag("global-default", Takes::Bool),
        flag("preemption-policy", Takes::Text),
    ],
    run: priority,
};

fn budget(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let given = |flag: &str| call.flags.text(flag).filter(|text| !text.is_empty());
    let (min, max) = (given("min-available"), given("max-unavailable"));
    let selector = given("selector").ok_or_else(|| Trouble::error("a selector must be specified"))?;
    let (field, bound) = match (min, max) {
        (Some(_), Some(_)) => {
            return Err(Trouble::error(
                "min-available and max-unavailable cannot be both specified",
            ));
        }
        (Some(min), None) => ("minAvailable", min),
        (None, Some(max)) => ("maxUnavailable", max),
        (None, None) => {
            return Err(Trouble::error(
                "one of min-available or max-unavailable must be specified",
            ));
        }
    };
    // A number, or a text such as `50%`.
    let bound = bound.parse::<i32>().map_or_else(|_| Value::from(bound), Value::from);
    let mut spec = json!({"selector": label_selector(selector)?});
    spec[field] = bound;
    let status = json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0});
    let budget = Made::new(
        Kind::PodDisruptionBudget,
        &name,
        json!({"spec": spec, "status": status}),
    );
    made(call, budget, "failed to create poddisruptionbudgets: ")
}

fn quota(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let given = |flag: &str| call.flags.text(flag).filter(|text| !text.is_empty());
    let mut spec = json!({});
    if let Some(hard) = given("hard") {
        spec["hard"] = quantities(hard)?;
    }
    if let Some(scopes) = given("scopes") {
        spec["scopes"] = scopes.split(',').collect();
    }
    let kind = call.kind("resourcequotas")?;
    let quota = Made::new(kind, &name, json!({"spec": spec, "status": {}}));
    made(call, quota, "failed to create resourcequota: ")
}

/// Reads `cpu=1,memory=1G` as a map of quantities, each in its canonical form.
pub(in crate::kubectl::verbs) fn quantities(text: &str) -> Verdict<Value> {
    let mut map = json!({});
    for part in text.split(',') {
        let pair = part.split_once('=').filter(|(_, value)| !value.contains('='));
        let (name, value) =
            pair.ok_or_else(|| Trouble::error(format!("Invalid argument syntax {part}, expected <resource>=<value>")))?;
        let quantity: Quantity = value.parse().map_err(|_| {
            Trouble::error(
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            )
        })?;
        map[name] = quantity.to_string().into();
    }
    Ok(map)
}

fn priority(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let policy = call.flags.text("preemption-policy").unwrap_or("PreemptLowerPriority");
    let mut class = json!({"value": call.flags.int("value").unwrap_or(0), "preemptionPolicy": policy});
    if let Some(description) = call.flags.text("description").filter(|text| !text.is_empty()) {
        class["description"] = description.into();
    }
    if call.flags.is_set("global-default") {
        class["globalDefault"] = true.into();
    }
    made(
        call,
        Made::new(Kind::PriorityClass, &name, class),
        "failed to create priorityclass: ",
    )
}
