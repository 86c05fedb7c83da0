//! Numbers, percentages and amounts.

use super::{At, FieldError};
use crate::api::Quantity;
use serde_json::Value;

/// A whole number that must not be negative; a missing one is good.
pub fn nonnegative(at: At<'_>, errors: &mut Vec<FieldError>) {
    if at.int().is_some_and(|number| number < 0) {
        errors.push(FieldError::invalid(
            at.path(),
            at.shown(),
            "must be greater than or equal to 0",
        ));
    }
}

/// A port's number, or a name of one.
pub fn port_or_name(at: At<'_>, errors: &mut Vec<FieldError>) {
    let wrong = match at.value() {
        Some(Value::String(name)) => super::names::port_name(name),
        Some(Value::Number(_)) => at.int().map(super::names::port_number).unwrap_or_default(),
        _ => return,
    };
    super::names::check(&at, wrong, errors);
}

/// A count, or a percentage such as `25%` (apps/validation, ValidatePositiveIntOrPercent).
pub fn count_or_percent(at: At<'_>, errors: &mut Vec<FieldError>) {
    match at.value() {
        Some(Value::String(text)) if percent(text).is_none() => errors.push(FieldError::invalid(
            at.path(),
            text.as_str(),
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        )),
        Some(Value::Number(_)) => nonnegative(at, errors),
        _ => (),
    }
}

/// A percentage that must not exceed the whole.
pub fn at_most_all(at: At<'_>, errors: &mut Vec<FieldError>) {
    if percent(at.text()).is_some_and(|percent| percent > 100) {
        errors.push(FieldError::invalid(
            at.path(),
            at.shown(),
            "must not be greater than 100%",
        ));
    }
}

/// Tells whether a count or a percentage is nothing; a missing one is not.
pub fn is_zero(at: At<'_>) -> bool {
    at.int() == Some(0) || percent(at.text()) == Some(0)
}

fn percent(text: &str) -> Option<u64> {
    let digits = text.strip_suffix('%')?;
    // A percentage of more digits than fit is still a percentage.
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Reads an amount; what is no amount has been refused by the decoder.
pub fn quantity(at: At<'_>) -> Option<Quantity> {
    match at.value()? {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}
