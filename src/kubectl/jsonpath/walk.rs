//! From a tree along a path to its values (client-go's `jsonpath.FindResults`).

use super::{Operand, Step, as_text};
use crate::kubectl::gotemplate::Val;
use serde_json::Value;

/// What a walk complains of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Nothing.
    Lenient,
    /// Indexes that are out of bounds.
    Bounds,
    /// These, and keys that are not there.
    Strict,
}

type Found<'a> = Result<Vec<&'a Value>, String>;

/// Returns the values at the end of a path that begins at `at`.
pub fn walk<'a>(steps: &[Step], root: &'a Value, at: &'a Value, manner: Manner) -> Found<'a> {
    let mut found = vec![at];
    for step in steps {
        let mut next = Vec::new();
        for value in &found {
            next.extend(take(step, root, value, manner)?);
        }
        if let (Step::Field(name), Manner::Strict, true) = (step, manner, next.is_empty()) {
            return Err(format!("{name} is not found"));
        }
        found = next;
    }
    Ok(found)
}

fn take<'a>(step: &Step, root: &'a Value, value: &'a Value, manner: Manner) -> Found<'a> {
    Ok(match step {
        Step::Root => vec![root],
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::Deep(name) => {
            let mut found = Vec::new();
            deep(name, value, &mut found);
            found
        }
        Step::All => children(value),
        Step::Union(steps) => {
            let mut found = Vec::new();
            for step in steps {
                found.extend(take(step, root, value, manner)?);
            }
            found
        }
        Step::Slice(from, to, by) => {
            if manner != Manner::Lenient {
                check_bounds(value, *from, *to)?;
            }
            slice(value, *from, *to, *by)
        }
        Step::Filter(left, sign, right) => {
            let holds = |item: &&'a Value| judge(left, sign, right.as_ref(), root, item);
            children(value).into_iter().filter(holds).collect()
        }
    })
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => vec![],
    }
}

fn deep<'a>(name: &str, value: &'a Value, found: &mut Vec<&'a Value>) {
    if let Some(here) = value.get(name) {
        found.push(here);
    }
    for child in children(value) {
        deep(name, child, found);
    }
}

/// Complains of an index that no element has.
fn check_bounds(value: &Value, from: Option<i64>, to: Option<i64>) -> Result<(), String> {
    let Value::Array(items) = value else {
        return Err(format!("{} is not array or slice", Val::from(value).type_name()));
    };
    let n = items.len() as i64;
    let place = |i: i64| if i < 0 { i + n } else { i };
    let (from, to) = (place(from.unwrap_or(0)), to.map_or(n, place));
    let outside = |index: i64| Err(format!("array index out of bounds: index {index}, length {n}"));
    match (from, to) {
        (from, to) if from == to => Ok(()),
        (from, _) if from >= n || from < 0 => outside(from),
        (_, to) if to > n || to < 0 => outside(to - 1),
        _ => Ok(()),
    }
}

fn slice(value: &Value, from: Option<i64>, to: Option<i64>, by: Option<i64>) -> Vec<&Value> {
    let Value::Array(items) = value else { return vec![] };
    let n = items.len() as i64;
    let place = |i: i64| if i < 0 { i + n } else { i };
    let from = place(from.unwrap_or(0)).max(0);
    let to = to.map_or(n, place).min(n);
    let by = by.unwrap_or(1).max(1);
    (from..to.max(from))
        .step_by(by as usize)
        .filter_map(|i| items.get(i as usize))
        .collect()
}

fn judge(left: &Operand, sign: &str, right: Option<&Operand>, root: &Value, item: &Value) -> bool {
    let value = |operand: &Operand| match operand {
        Operand::Literal(value) => Some(value.clone()),
        Operand::Path(steps) => walk(steps, root, item, Manner::Lenient)
            .unwrap_or_default()
            .first()
            .map(|value| (*value).clone()),
    };
    let Some(left) = value(left) else { return false };
    let Some(right) = right else { return true };
    let Some(right) = value(right) else { return false };
    let order = match (left.as_f64(), right.as_f64()) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        _ => Some(as_text(&left).cmp(&as_text(&right))),
    };
    order.is_some_and(|order| match sign {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    })
}
