//! `eq` and its like (Go's `text/template/funcs.go`): only values of one kind can be compared.

use super::printf::sprintf;
use super::value::Val;
use std::cmp::Ordering;

/// The kinds that can be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    Bool,
    Whole,
    Fraction,
    Text,
    Other,
}

fn basic(value: &Val) -> Basic {
    match value {
        Val::Bool(_) => Basic::Bool,
        Val::Int(_) | Val::Long(_) => Basic::Whole,
        Val::Float(_) => Basic::Fraction,
        Val::Text(_) => Basic::Text,
        _ => Basic::Other,
    }
}

const INCOMPATIBLE: &str = "incompatible types for comparison";

/// Says whether the first argument equals any of the others.
pub fn eq(args: &[Val]) -> Result<Val, String> {
    let (first, others) = args.split_first().ok_or("missing argument for comparison")?;
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    let is_nil = |value: &Val| matches!(value, Val::Missing | Val::Nil);
    for other in others {
        let equal = if basic(first) != basic(other) {
            if !is_nil(first) && !is_nil(other) {
                return Err(INCOMPATIBLE.to_owned());
            }
            false
        } else if basic(first) == Basic::Other {
            if let Some(wrong) = [first, other].into_iter().find(|value| !is_nil(value)) {
                let shown = sprintf("%s", std::slice::from_ref(wrong));
                return Err(format!("non-comparable type {shown}: {}", wrong.type_name()));
            }
            true
        } else {
            same(first, other)
        };
        if equal {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

fn same(a: &Val, b: &Val) -> bool {
    match (a.as_int(), b.as_int()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// Says whether two arguments stand in an order.
pub fn order(args: &[Val], holds: fn(Ordering) -> bool) -> Result<Val, String> {
    let [a, b] = args else {
        return Err("missing argument for comparison".to_owned());
    };
    let unordered = |value: &Val| matches!(basic(value), Basic::Bool | Basic::Other);
    if [a, b].into_iter().any(|value| basic(value) == Basic::Other) || (unordered(a) && basic(a) == basic(b)) {
        return Err("invalid type for comparison".to_owned());
    }
    if basic(a) != basic(b) {
        return Err(INCOMPATIBLE.to_owned());
    }
    let order = match (a, b) {
        (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
        (Val::Float(a), Val::Float(b)) => a.partial_cmp(b),
        _ => a.as_int().cmp(&b.as_int()).into(),
    };
    Ok(Val::Bool(order.is_some_and(holds)))
}
