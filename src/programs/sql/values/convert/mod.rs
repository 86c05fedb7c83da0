//! Reading, printing and casting values at run time.

mod input;
mod way;

pub use input::input;
pub use way::{Way, cast_way};

use rusqlite::types::Value;

use super::calendar::DAY_US;
use super::datetime;
use super::decimal::Decimal;
use super::interval::Interval;
use super::{Base, ColumnType, Modifier, Type, float, json};
use crate::programs::sql::reply::Report;
use input::parse_json;

/// What reading and printing depend on in a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The time of the transaction, for `now` and `today`.
    pub now_us: i64,
    /// The session's time zone, in seconds from UTC.
    pub zone_s: i64,
}

/// Prints a value that is not null. What does not fit its type (damage) is printed as it is.
pub fn output(value: &Value, ty: Type, place: Place) -> Option<String> {
    Some(match (value, ty.base) {
        (Value::Null, _) => return None,
        (Value::Integer(bool), Base::Bool) if !ty.array => if *bool != 0 { "t" } else { "f" }.into(),
        (Value::Real(number), Base::Float4) => float::print_f32(*number),
        (Value::Real(number), _) => float::print_f64(*number),
        (Value::Integer(number), _) => number.to_string(),
        (Value::Text(text), Base::Timestamptz) if place.zone_s != 0 && !ty.array => {
            datetime::print_timestamptz(datetime::stored(text), place.zone_s)
        }
        (Value::Text(text), _) => text.clone(),
        (Value::Blob(bytes), _) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("\\x{hex}")
        }
    })
}

/// Turns a value of one type into another; the pair has been found to be castable.
pub fn cast(value: Value, from: Type, to: Type, place: Place) -> Result<Value, Report> {
    if matches!(value, Value::Null) || from == to {
        return Ok(value);
    }
    if from.array && to.array {
        let text = output(&value, from, place).unwrap_or_default();
        return input(&text, to, place);
    }
    let text_of = |value: &Value| output(value, from, place).unwrap_or_default();
    let out_of_range = || Report::error("22003", format!("{to} out of range"));
    Ok(match (from.base, to.base) {
        (_, Base::Text | Base::Varchar | Base::Bpchar | Base::Name) => Value::Text(match (from.base, &value) {
            (Base::Bpchar, Value::Text(text)) => text.trim_end_matches(' ').to_owned(),
            (Base::Bool, Value::Integer(bool)) => if *bool != 0 { "true" } else { "false" }.into(),
            _ => text_of(&value),
        }),
        (Base::Text | Base::Varchar | Base::Bpchar | Base::Name | Base::Unknown, _) => {
            return input(&text_of(&value), to, place);
        }
        (_, Base::Int2 | Base::Int4 | Base::Int8 | Base::Oid) => {
            let whole = match &value {
                Value::Integer(number) => Some(*number),
                // Floats round halves to even, numeric away from zero.
                Value::Real(number) => {
                    let whole = number.round_ties_even();
                    (whole.abs() < 9.3e18).then_some(whole as i64)
                }
                Value::Text(text) if from.base == Base::Numeric => {
                    let number = Decimal::stored(text);
                    if matches!(number, Decimal::Nan) {
                        return Err(Report::error("0A000", format!("cannot convert NaN to {to}")));
                    }
                    number.to_int()
                }
                Value::Text(text) if from.base == Base::Jsonb => return json_scalar(text, to, place),
                Value::Text(text) => text.parse().ok(),
                _ => None,
            };
            Value::Integer(whole.filter(|whole| fits(*whole, to)).ok_or_else(out_of_range)?)
        }
        (Base::Jsonb, Base::Numeric | Base::Float4 | Base::Float8 | Base::Bool) => {
            return json_scalar(&text_of(&value), to, place);
        }
        (_, Base::Bool) => Value::Integer(i64::from(!matches!(value, Value::Integer(0)))),
        (Base::Float4, Base::Numeric) => Value::Text(Decimal::from_float(real(&value), 6)?.to_string()),
        (Base::Float8, Base::Numeric) => Value::Text(Decimal::from_float(real(&value), 15)?.to_string()),
        (_, Base::Numeric) => Value::Text(text_of(&value)),
        (_, Base::Float8) => Value::Real(real(&value)),
        (_, Base::Float4) => {
            let narrow = real(&value) as f32;
            if narrow.is_infinite() && real(&value).is_finite() {
                return Err(Report::error("22003", "value out of range: overflow"));
            }
            Value::Real(f64::from(narrow))
        }
        (Base::Timestamptz, Base::Timestamp | Base::Date | Base::Time) => {
            let us = datetime::stored(&text_of(&value));
            let local = if is_finite(us) {
                us + place.zone_s * 1_000_000
            } else {
                us
            };
            return Ok(from_local(local, to));
        }
        (Base::Timestamp | Base::Date, Base::Timestamptz) => {
            let us = datetime::stored(&text_of(&value));
            Value::Text(stored_timestamptz(to_utc(us, place.zone_s)))
        }
        (Base::Timestamp | Base::Date, _) => return Ok(from_local(datetime::stored(&text_of(&value)), to)),
        (Base::Time, Base::Interval) => {
            let us = datetime::parse_clock(&text_of(&value)).map_or(0, |(us, _)| us);
            Value::Text(
                Interval {
                    us,
                    ..Interval::default()
                }
                .to_string(),
            )
        }
        (Base::Interval, Base::Time) => Value::Text(datetime::print_time(
            Interval::stored(&text_of(&value)).us.rem_euclid(DAY_US),
        )),
        (_, Base::Json | Base::Jsonb) => return input(&text_of(&value), to, place),
        _ => return input(&text_of(&value), to, place),
    })
}

/// Applies a modifier: rounds, pads, cuts, or says that the value is too long. An explicit cast cuts without a word.
pub fn fit(value: Value, target: ColumnType, explicit: bool) -> Result<Value, Report> {
    let Value::Text(text) = value else { return Ok(value) };
    Ok(Value::Text(match (target.modifier, target.ty.base) {
        (Modifier::Length(length), base) => {
            let length = length as usize;
            let count = text.chars().count();
            let mut text = text;
            if count > length {
                let rest = text.chars().skip(length);
                // Blanks at the end are cut silently, as SQL wants it.
                if !explicit && rest.clone().any(|c| c != ' ') {
                    return Err(Report::error("22001", format!("value too long for type {target}")));
                }
                text = text.chars().take(length).collect();
            } else if base == Base::Bpchar {
                text.extend(std::iter::repeat_n(' ', length - count));
            }
            text
        }
        (Modifier::Decimal(precision, scale), _) => Decimal::stored(&text).fitted(precision, scale)?.to_string(),
        (Modifier::Seconds(digits), base) => {
            let unit = 10_i64.pow(6_u32.saturating_sub(digits));
            let round = |us: i64| (us + unit / 2).div_euclid(unit) * unit;
            match base {
                Base::Time => datetime::print_time(round(datetime::parse_clock(&text).map_or(0, |(us, _)| us))),
                Base::Interval => {
                    let interval = Interval::stored(&text);
                    Interval {
                        us: round(interval.us),
                        ..interval
                    }
                    .to_string()
                }
                _ => {
                    let us = datetime::stored(&text);
                    let us = if is_finite(us) { round(us) } else { us };
                    if base == Base::Timestamptz {
                        stored_timestamptz(us)
                    } else {
                        datetime::print_timestamp(us)
                    }
                }
            }
        }
        (Modifier::None, _) => text,
    }))
}

/// Returns a timestamp with time zone as it is kept: in UTC.
pub fn stored_timestamptz(us: i64) -> String {
    datetime::print_timestamptz(us, 0)
}

/// Returns a number as a float.
pub fn real(value: &Value) -> f64 {
    match value {
        Value::Integer(number) => *number as f64,
        Value::Real(number) => *number,
        Value::Text(text) => text.parse().unwrap_or(f64::NAN),
        _ => 0.0,
    }
}

/// Tells whether a whole number fits into an integer type.
pub fn fits(value: i64, ty: Type) -> bool {
    match ty.base {
        Base::Int2 => i16::try_from(value).is_ok(),
        Base::Int4 => i32::try_from(value).is_ok(),
        Base::Oid => u32::try_from(value).is_ok(),
        _ => true,
    }
}

fn json_scalar(text: &str, to: Type, place: Place) -> Result<Value, Report> {
    let json = parse_json(text, "json")?;
    match (&json.value, to.base) {
        (json::Value::Bool(value), Base::Bool) => Ok(Value::Integer((*value).into())),
        (json::Value::Number(digits), base) if base != Base::Bool => cast(
            Value::Text(Decimal::stored(digits).to_string()),
            Type::of(Base::Numeric),
            to,
            place,
        ),
        _ => Err(Report::error(
            "22023",
            format!("cannot cast jsonb {} to type {to}", json.type_name()),
        )),
    }
}

fn days_of(us: i64) -> i64 {
    if is_finite(us) { us.div_euclid(DAY_US) } else { us }
}

fn is_finite(us: i64) -> bool {
    us != datetime::INFINITY && us != datetime::MINUS_INFINITY
}

fn to_utc(local_us: i64, zone_s: i64) -> i64 {
    if is_finite(local_us) {
        local_us - zone_s * 1_000_000
    } else {
        local_us
    }
}

fn from_local(us: i64, to: Type) -> Value {
    Value::Text(match to.base {
        Base::Date => datetime::print_date(days_of(us)),
        Base::Time => datetime::print_time(us.rem_euclid(DAY_US)),
        _ => datetime::print_timestamp(us),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, base: Base) -> Result<String, String> {
        let ty = Type::of(base);
        let value = input(text, ty, Place::default()).map_err(|report| report.message)?;
        Ok(output(&value, ty, Place::default()).unwrap())
    }

    #[test]
    fn texts_become_values_or_postgresqls_own_errors() {
        assert_eq!(read(" YES ", Base::Bool), Ok("t".into()));
        assert_eq!(read("12", Base::Int4), Ok("12".into()));
        assert_eq!(
            read("abc", Base::Int4),
            Err("invalid input syntax for type integer: \"abc\"".into())
        );
        assert_eq!(
            read("3000000000", Base::Int4),
            Err("value \"3000000000\" is out of range for type integer".into())
        );
        assert_eq!(read("1.50", Base::Numeric), Ok("1.50".into()));
        assert_eq!(
            read("2024-02-30", Base::Date),
            Err("date/time field value out of range: \"2024-02-30\"".into())
        );
        assert_eq!(
            read("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", Base::Uuid),
            Ok("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11".into())
        );
        assert_eq!(
            read("2024-01-01 12:00+09", Base::Timestamptz),
            Ok("2024-01-01 03:00:00+00".into())
        );
        assert_eq!(read("\\xDEAD", Base::Bytea), Ok("\\xdead".into()));
    }

    #[test]
    fn casts_round_as_their_types_do() {
        let int = |value: Value, from| cast(value, Type::of(from), Type::of(Base::Int4), Place::default());
        assert_eq!(int(Value::Real(2.5), Base::Float8), Ok(Value::Integer(2)));
        assert_eq!(int(Value::Text("2.5".into()), Base::Numeric), Ok(Value::Integer(3)));
        assert_eq!(
            int(Value::Real(3e9), Base::Float8).unwrap_err().message,
            "integer out of range"
        );
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_unless_the_cast_is_asked_for() {
        let target = ColumnType {
            ty: Type::of(Base::Varchar),
            modifier: Modifier::Length(3),
        };
        let text = || Value::Text("abcd".into());
        assert_eq!(
            fit(text(), target, false).unwrap_err().message,
            "value too long for type character varying(3)"
        );
        assert_eq!(fit(text(), target, true), Ok(Value::Text("abc".into())));
        assert_eq!(
            fit(Value::Text("abc  ".into()), target, false),
            Ok(Value::Text("abc".into()))
        );
    }
}
