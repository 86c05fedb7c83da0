//! Functions and operators of arrays.

use rusqlite::types::Value;

use super::{Function, Give, Take, boolean, function, int, int_of, text, text_of};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::interval::Interval;
use crate::programs::sql::values::{Base, array, datetime};

const T: Take = Take::Is(Base::Text);
const I: Take = Take::Is(Base::Int4);
const ARRAY: Take = Take::AnyArray;
const ELEMENT: Take = Take::AnyElement;
const INT: Give = Give::Is(Base::Int4);

/// More values than this are not made at once.
const SERIES_MAX: usize = 2_000_000;

/// Functions on arrays.
pub const FUNCTIONS: &[Function] = &[
    // = ANY (array) and <> ALL (array), with SQL's three truths.
    function("in array", &[ELEMENT, ARRAY], Give::Is(Base::Bool), |_, a| {
        let items = items(&a[1]);
        let wanted = shown(&a[0]);
        if items.iter().any(|item| item.as_ref() == Some(&wanted)) {
            return boolean(true);
        }
        if items.contains(&None) {
            Ok(Value::Null)
        } else {
            boolean(false)
        }
    }),
    function("array_length", &[ARRAY, I], INT, |_, a| {
        match (items(&a[0]).len(), int_of(&a[1])) {
            (0, _) => Ok(Value::Null),
            (length, 1) => int(length as i64),
            _ => Ok(Value::Null),
        }
    }),
    function("array_upper", &[ARRAY, I], INT, |_, a| {
        match (items(&a[0]).len(), int_of(&a[1])) {
            (length, 1) if length > 0 => int(length as i64),
            _ => Ok(Value::Null),
        }
    }),
    function("array_lower", &[ARRAY, I], INT, |_, a| {
        match (items(&a[0]).len(), int_of(&a[1])) {
            (length, 1) if length > 0 => int(1),
            _ => Ok(Value::Null),
        }
    }),
    function("cardinality", &[ARRAY], INT, |_, a| int(items(&a[0]).len() as i64)),
    function("array_position", &[ARRAY, ELEMENT], INT, |_, a| {
        let wanted = shown(&a[1]);
        let found = items(&a[0]).iter().position(|item| item.as_ref() == Some(&wanted));
        found.map_or(Ok(Value::Null), |at| int(at as i64 + 1))
    }),
    function("array_append", &[ARRAY, ELEMENT], Give::Same(0), |_, a| {
        let mut items = items(&a[0]);
        items.push(nullable(&a[1]));
        text(array::print(&items))
    })
    .lax(),
    function("array_prepend", &[ELEMENT, ARRAY], Give::Same(1), |_, a| {
        let mut items = items(&a[1]);
        items.insert(0, nullable(&a[0]));
        text(array::print(&items))
    })
    .lax(),
    function("array_cat", &[ARRAY, ARRAY], Give::Same(0), |_, a| {
        text(array::print(&[items(&a[0]), items(&a[1])].concat()))
    }),
    function("array_remove", &[ARRAY, ELEMENT], Give::Same(0), |_, a| {
        let gone = shown(&a[1]);
        let kept: Vec<_> = items(&a[0])
            .into_iter()
            .filter(|item| item.as_ref() != Some(&gone))
            .collect();
        text(array::print(&kept))
    }),
    function("array contains", &[ARRAY, ARRAY], Give::Is(Base::Bool), |_, a| {
        let whole = items(&a[0]);
        boolean(items(&a[1]).iter().all(|item| item.is_some() && whole.contains(item)))
    }),
    function("array overlaps", &[ARRAY, ARRAY], Give::Is(Base::Bool), |_, a| {
        let whole = items(&a[0]);
        boolean(items(&a[1]).iter().any(|item| item.is_some() && whole.contains(item)))
    }),
    // array[index]: cast to the element's type by the binder.
    function("array item", &[ARRAY, I], Give::Element(0), |_, a| {
        let index = usize::try_from(int_of(&a[1]) - 1);
        let item = index.ok().and_then(|index| items(&a[0]).get(index).cloned().flatten());
        item.map_or(Ok(Value::Null), text)
    }),
    // ARRAY[…]: prints elements that are text already.
    function("array of", &[Take::RestAsText], Give::ArrayOf(Base::Text), |_, a| {
        text(array::print(&a.iter().map(nullable).collect::<Vec<_>>()))
    })
    .lax(),
    function("array_to_string", &[ARRAY, T], Give::Is(Base::Text), |_, a| {
        text(
            items(&a[0])
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(text_of(&a[1])),
        )
    }),
    function("array_to_string", &[ARRAY, T, T], Give::Is(Base::Text), |_, a| {
        let fill = text_of(&a[2]);
        let parts: Vec<String> = items(&a[0])
            .into_iter()
            .map(|item| item.unwrap_or_else(|| fill.to_owned()))
            .collect();
        text(parts.join(text_of(&a[1])))
    }),
    function("string_to_array", &[T, T], Give::ArrayOf(Base::Text), |_, a| {
        let (whole, separator) = (text_of(&a[0]), text_of(&a[1]));
        let parts: Vec<Option<String>> = match (whole, separator) {
            ("", _) => Vec::new(),
            (whole, "") => vec![Some(whole.to_owned())],
            (whole, separator) => whole.split(separator).map(|part| Some(part.to_owned())).collect(),
        };
        text(array::print(&parts))
    }),
    // The items of an array as a JSON array of rows of text, for `unnest`.
    function("array rows", &[ARRAY], Give::Is(Base::Text), |_, a| {
        let rows = items(&a[0]).into_iter().map(|item| serde_json::json!([item]));
        text(serde_json::Value::from(rows.collect::<Vec<_>>()).to_string())
    }),
    // generate_series as a JSON array of rows.
    function(
        "series",
        &[Take::Is(Base::Int8), Take::Is(Base::Int8), Take::Is(Base::Int8)],
        Give::Is(Base::Text),
        |_, a| {
            let (from, to, step) = (int_of(&a[0]), int_of(&a[1]), int_of(&a[2]));
            if step == 0 {
                return Err(Report::error("22023", "step size cannot equal zero"));
            }
            let mut out = String::from("[");
            let (mut value, mut count) = (from, 0);
            while if step > 0 { value <= to } else { value >= to } {
                count += 1;
                if count > SERIES_MAX {
                    return Err(Report::beyond(format!("series of more than {SERIES_MAX} values")));
                }
                out.push_str(if out.len() > 1 { ",[" } else { "[" });
                out.push_str(&value.to_string());
                out.push(']');
                match value.checked_add(step) {
                    Some(next) => value = next,
                    None => break,
                }
            }
            out.push(']');
            text(out)
        },
    ),
    function(
        "series of times",
        &[T, T, Take::Is(Base::Interval), T],
        Give::Is(Base::Text),
        |_, a| {
            let (from, to) = (datetime::stored(text_of(&a[0])), datetime::stored(text_of(&a[1])));
            let step = Interval::stored(text_of(&a[2]));
            let length = step.length_us();
            if length == 0 {
                return Err(Report::error("22023", "step size cannot equal zero"));
            }
            let zoned = text_of(&a[3]) == "timestamptz";
            let mut rows = Vec::new();
            let mut value = from;
            while if length > 0 { value <= to } else { value >= to } {
                if rows.len() >= SERIES_MAX {
                    return Err(Report::beyond(format!("series of more than {SERIES_MAX} values")));
                }
                let shown = if zoned {
                    datetime::print_timestamptz(value, 0)
                } else {
                    datetime::print_timestamp(value)
                };
                rows.push(serde_json::json!([shown]));
                match datetime::add_interval(value, &step) {
                    Some(next) if next != value => value = next,
                    _ => break,
                }
            }
            text(serde_json::Value::from(rows).to_string())
        },
    ),
    function("array_ndims", &[ARRAY], INT, |_, a| {
        if items(&a[0]).is_empty() {
            Ok(Value::Null)
        } else {
            int(1)
        }
    }),
    function("trim_array", &[ARRAY, I], Give::Same(0), |_, a| {
        let mut items = items(&a[0]);
        let keep = items.len() as i64 - int_of(&a[1]);
        let Some(keep) = usize::try_from(keep).ok().filter(|keep| *keep <= items.len()) else {
            return Err(Report::error(
                "2202E",
                format!("number of elements to trim must be between 0 and {}", items.len()),
            ));
        };
        items.truncate(keep);
        text(array::print(&items))
    }),
];

fn items(value: &Value) -> Vec<Option<String>> {
    array::parse(text_of(value)).unwrap_or_default()
}

fn shown(value: &Value) -> String {
    nullable(value).unwrap_or_default()
}

/// Elements come printed; what is still a number prints as one.
fn nullable(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(crate::programs::sql::values::float::print_f64(*number)),
        Value::Blob(_) => None,
    }
}
