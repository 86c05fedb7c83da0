//! Changed JSON: joined, with a part put in or left out.

use rusqlite::types::Value;

use super::jsons::{read, steps};
use super::text;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::json::{self, Json};

pub(super) fn joined(a: Json, b: Json) -> Json {
    let items = |json: Json| match json.value {
        json::Value::Array(items) => items,
        _ => vec![json],
    };
    Json::new(match (a.value, b.value) {
        (json::Value::Object(mut pairs), json::Value::Object(more)) => {
            pairs.extend(more);
            json::Value::Object(pairs)
        }
        (a, b) => {
            let mut all = items(Json::new(a));
            all.extend(items(Json::new(b)));
            json::Value::Array(all)
        }
    })
}

pub(super) fn without(
    json: Json,
    key: impl Fn(&str) -> bool,
    item: impl Fn(&json::Value) -> bool,
) -> Result<Json, Report> {
    Ok(Json::new(match json.value {
        json::Value::Object(pairs) => json::Value::Object(pairs.into_iter().filter(|(name, _)| !key(name)).collect()),
        json::Value::Array(items) => json::Value::Array(items.into_iter().filter(|it| !item(&it.value)).collect()),
        _ => return Err(Report::error("22023", "cannot delete from scalar")),
    }))
}

pub(super) fn set(a: &[Value], create: bool) -> Result<Value, Report> {
    let mut json = read(&a[0])?;
    put(&mut json, &steps(&a[1]), &read(&a[2])?, create);
    text(json.print())
}

fn put(json: &mut Json, path: &[String], value: &Json, create: bool) {
    let Some((step, rest)) = path.split_first() else { return };
    match &mut json.value {
        json::Value::Object(pairs) => match pairs.iter_mut().rev().find(|(name, _)| name == step) {
            Some((_, slot)) if rest.is_empty() => *slot = value.clone(),
            Some((_, slot)) => put(slot, rest, value, create),
            None if create && rest.is_empty() => pairs.push((step.clone(), value.clone())),
            None => (),
        },
        json::Value::Array(items) => {
            let Ok(index) = step.parse::<i64>() else { return };
            let at = if index < 0 { items.len() as i64 + index } else { index };
            match usize::try_from(at).ok().and_then(|at| items.get_mut(at)) {
                Some(slot) if rest.is_empty() => *slot = value.clone(),
                Some(slot) => put(slot, rest, value, create),
                None if create && rest.is_empty() && at < 0 => items.insert(0, value.clone()),
                None if create && rest.is_empty() => items.push(value.clone()),
                None => (),
            }
        }
        _ => (),
    }
}

pub(super) fn stripped(json: Json) -> Json {
    Json::new(match json.value {
        json::Value::Object(pairs) => json::Value::Object(
            pairs
                .into_iter()
                .filter(|(_, value)| value.value != json::Value::Null)
                .map(|(key, value)| (key, stripped(value)))
                .collect(),
        ),
        json::Value::Array(items) => json::Value::Array(items.into_iter().map(stripped).collect()),
        other => other,
    })
}
