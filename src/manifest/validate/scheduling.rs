//! Where a pod may run: tolerations, affinity, spreading.

use super::{At, FieldError, names, one_of, required, selector};

/// Judges tolerations (core/validation, ValidateTolerations).
pub fn tolerations(at: &At<'_>, errors: &mut Vec<FieldError>) {
    for toleration in at.items() {
        let (key, operator, effect) = (
            toleration.field("key"),
            toleration.field("operator"),
            toleration.field("effect"),
        );
        if key.text().is_empty() {
            if operator.text() != "Exists" {
                let detail =
                    "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
                errors.push(FieldError::invalid(operator.path(), operator.text(), detail));
            }
        } else {
            names::check(&key, names::qualified(key.text()), errors);
        }
        if toleration.field("tolerationSeconds").is_set() && effect.text() != "NoExecute" {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.push(FieldError::invalid(effect.path(), effect.text(), detail));
        }
        let value = toleration.field("value");
        match operator.text() {
            "" | "Equal" => {
                let wrong = names::label_value(value.text()).join(";");
                if !wrong.is_empty() {
                    errors.push(FieldError::invalid(operator.path(), value.text(), wrong));
                }
            }
            "Exists" if !value.text().is_empty() => {
                let detail = "value must be empty when `operator` is 'Exists'";
                errors.push(FieldError::invalid(operator.path(), value.text(), detail));
            }
            // Comparisons are behind a feature gate, which is not looked at here.
            "Lt" | "Gt" => (),
            _ => one_of(operator, &["Equal", "Exists"], errors),
        }
        one_of(effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"], errors);
    }
}

/// Judges `topologySpreadConstraints` (core/validation, validateTopologySpreadConstraints).
pub fn spread(at: &At<'_>, errors: &mut Vec<FieldError>) {
    let mut seen: Vec<(String, String)> = Vec::new();
    for constraint in at.items() {
        let skew = constraint.field("maxSkew");
        if skew.int().unwrap_or(0) <= 0 && (skew.int().is_some() || !skew.is_set()) {
            errors.push(FieldError::invalid(
                skew.path(),
                skew.int().unwrap_or(0),
                "must be greater than zero",
            ));
        }
        topology_key(constraint.field("topologyKey"), errors);
        let action = constraint.field("whenUnsatisfiable");
        let known = ["DoNotSchedule", "ScheduleAnyway"];
        if !known.contains(&action.text()) {
            errors.push(FieldError::not_supported(action.path(), action.text(), &known));
        }
        let pair = (
            constraint.field("topologyKey").text().to_owned(),
            action.text().to_owned(),
        );
        if seen.contains(&pair) {
            let path = constraint.path();
            let shown = format!("{path}.{{topologyKey, whenUnsatisfiable}}");
            errors.push(FieldError::duplicate(path, format!("{{{}, {}}}", pair.0, pair.1)).shown_as(shown));
        }
        seen.push(pair);
        let domains = constraint.field("minDomains");
        if domains.int().is_some_and(|count| count <= 0) {
            errors.push(FieldError::invalid(
                domains.path(),
                domains.shown(),
                "must be greater than zero",
            ));
        }
        if domains.is_set() && action.text() != "DoNotSchedule" {
            let detail = format!(
                "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}",
                constraint.field("whenUnsatisfiable").text()
            );
            errors.push(FieldError::invalid(domains.path(), domains.shown(), detail));
        }
        one_of(constraint.field("nodeAffinityPolicy"), &["Honor", "Ignore"], errors);
        one_of(constraint.field("nodeTaintsPolicy"), &["Honor", "Ignore"], errors);
        selector::check(&constraint.field("labelSelector"), errors);
    }
}

fn topology_key(at: At<'_>, errors: &mut Vec<FieldError>) {
    if at.text().is_empty() {
        errors.push(FieldError::required(at.path(), "can not be empty"));
    } else {
        names::check(&at, names::qualified(at.text()), errors);
    }
}

/// Judges `affinity` (core/validation, validateAffinity).
pub fn affinity(at: &At<'_>, errors: &mut Vec<FieldError>) {
    let node = at.field("nodeAffinity");
    let hard = node.field("requiredDuringSchedulingIgnoredDuringExecution");
    if hard.is_set() {
        node_terms(&hard.field("nodeSelectorTerms"), errors);
    }
    for preferred in node.field("preferredDuringSchedulingIgnoredDuringExecution").items() {
        weight(preferred.field("weight"), errors);
        node_term(&preferred.field("preference"), errors);
    }
    for name in ["podAffinity", "podAntiAffinity"] {
        let affinity = at.field(name);
        for term in affinity.field("requiredDuringSchedulingIgnoredDuringExecution").items() {
            pod_term(&term, errors);
        }
        for preferred in affinity
            .field("preferredDuringSchedulingIgnoredDuringExecution")
            .items()
        {
            weight(preferred.field("weight"), errors);
            pod_term(&preferred.field("podAffinityTerm"), errors);
        }
    }
}

/// Judges `nodeSelectorTerms`, of pods and of volumes.
pub fn node_terms(at: &At<'_>, errors: &mut Vec<FieldError>) {
    if at.count() == 0 {
        errors.push(FieldError::required(
            at.path(),
            "must have at least one node selector term",
        ));
    }
    for term in at.items() {
        node_term(&term, errors);
    }
}

fn node_term(term: &At<'_>, errors: &mut Vec<FieldError>) {
    let operators = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
    for expression in term.field("matchExpressions").items() {
        selector::requirement(&expression, &operators, errors);
    }
    for field in term.field("matchFields").items() {
        required(field.field("key"), errors);
    }
}

fn pod_term(term: &At<'_>, errors: &mut Vec<FieldError>) {
    selector::check(&term.field("labelSelector"), errors);
    selector::check(&term.field("namespaceSelector"), errors);
    topology_key(term.field("topologyKey"), errors);
}

fn weight(at: At<'_>, errors: &mut Vec<FieldError>) {
    let weight = at.int().unwrap_or(0);
    if !(1..=100).contains(&weight) && (at.int().is_some() || !at.is_set()) {
        errors.push(FieldError::invalid(at.path(), weight, "must be in the range 1-100"));
    }
}
