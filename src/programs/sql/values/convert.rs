//! Reading, printing and casting values at run time.

use rusqlite::types::Value;

use super::calendar::DAY_US;
use super::datetime::{self, Bad};
use super::decimal::Decimal;
use super::interval::Interval;
use super::{Base, Category, ColumnType, Modifier, Type, array, float, json};
use crate::programs::sql::reply::Report;

/// What reading and printing depend on in a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The time of the transaction, for `now` and `today`.
    pub now_us: i64,
    /// The session's time zone, in seconds from UTC.
    pub zone_s: i64,
}

/// Reads a text as a value of a type.
pub fn input(text: &str, ty: Type, place: Place) -> Result<Value, Report> {
    if ty.array {
        let element = ty.element();
        let items = array::parse(text).ok_or_else(|| {
            let report = Report::error("22P02", format!("malformed array literal: \"{text}\""));
            if text.trim_start().starts_with('{') && !text.contains('}') {
                report.detail("Unexpected end of input.")
            } else if text.trim_start().starts_with('{') {
                report
            } else {
                report.detail("Array value must start with \"{\" or dimension information.")
            }
        })?;
        let items: Result<Vec<_>, Report> = items
            .into_iter()
            .map(|item| {
                item.map(|item| Ok(output(&input(&item, element, place)?, element, place)))
                    .transpose()
            })
            .collect();
        return Ok(Value::Text(array::print(
            &items?.into_iter().map(Option::flatten).collect::<Vec<_>>(),
        )));
    }
    let syntax = || Report::error("22P02", format!("invalid input syntax for type {ty}: \"{text}\""));
    let stamp =
        |name: &str| datetime::parse_timestamp(text, place.now_us, place.zone_s).map_err(|bad| bad.report(name, text));
    Ok(match ty.base {
        Base::Bool => Value::Integer(parse_bool(text).ok_or_else(syntax)?.into()),
        Base::Int2 | Base::Int4 | Base::Int8 => Value::Integer(parse_int(text, ty)?),
        Base::Oid => match text.trim().parse::<u32>() {
            Ok(oid) => Value::Integer(oid.into()),
            Err(_) => return Err(syntax()),
        },
        Base::Numeric => match Decimal::parse(text) {
            Some(number) => Value::Text(number?.to_string()),
            None => return Err(syntax()),
        },
        Base::Float4 | Base::Float8 => {
            let value = float::parse(text).ok_or_else(syntax)?;
            if value.is_infinite() && !text.to_lowercase().contains("inf") {
                return Err(Report::error(
                    "22003",
                    format!("\"{}\" is out of range for type {ty}", text.trim()),
                ));
            }
            if value.is_nan() {
                return Err(Report::beyond("NaN as a floating-point number"));
            }
            Value::Real(if ty.base == Base::Float4 {
                f64::from(value as f32)
            } else {
                value
            })
        }
        Base::Date => Value::Text(datetime::print_date(days_of(stamp("date")?.local_us))),
        Base::Timestamp => Value::Text(datetime::print_timestamp(stamp("timestamp")?.local_us)),
        Base::Timestamptz => {
            let parsed = stamp("timestamp with time zone")?;
            Value::Text(stored_timestamptz(to_utc(
                parsed.local_us,
                parsed.offset_s.unwrap_or(place.zone_s),
            )))
        }
        Base::Time => {
            let hours = text
                .trim()
                .split(':')
                .next()
                .and_then(|hours| hours.parse::<u32>().ok());
            if text.contains(':') && hours.is_some_and(|hours| hours > 24) {
                return Err(Bad::OutOfRange.report("time", text));
            }
            let time = datetime::parse_clock(text)
                .map(|(time, _)| time)
                .or_else(|_| Ok(stamp("time")?.local_us.rem_euclid(DAY_US)))
                .map_err(|_: Report| Bad::Syntax.report("time", text))?;
            Value::Text(datetime::print_time(time))
        }
        Base::Interval => {
            let interval = Interval::parse(text, "second")
                .ok_or_else(|| Report::error("22007", format!("invalid input syntax for type interval: \"{text}\"")))?;
            Value::Text(interval.to_string())
        }
        Base::Uuid => Value::Text(parse_uuid(text).ok_or_else(syntax)?),
        Base::Json => {
            parse_json(text, "json")?;
            Value::Text(text.to_owned())
        }
        Base::Jsonb => Value::Text(parse_json(text, "json")?.print()),
        Base::Bytea => Value::Blob(parse_bytea(text)?),
        Base::Inet => match text
            .trim()
            .split('/')
            .next()
            .and_then(|ip| ip.parse::<std::net::IpAddr>().ok())
        {
            Some(_) => Value::Text(text.trim().to_owned()),
            None => return Err(syntax()),
        },
        Base::Text | Base::Varchar | Base::Bpchar | Base::Name | Base::Unknown | Base::Regclass | Base::Lsn => {
            Value::Text(text.to_owned())
        }
        Base::Void | Base::Record => return Err(Report::beyond(format!("input of type {ty}"))),
    })
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

/// Returns how well a type can be cast to another: pg_cast's context.
pub fn cast_way(from: Type, to: Type) -> Option<Way> {
    use Base::*;
    if from == to || from.category() == Category::Unknown {
        return Some(Way::Implicit);
    }
    if from.array || to.array {
        return match (from.array, to.array) {
            (true, true) => cast_way(from.element(), to.element()),
            (true, false) if to.is_text() => Some(Way::Assignment),
            (false, true) if from.is_text() => Some(Way::Explicit),
            _ => None,
        };
    }
    let rank = |base| match base {
        Int2 => 1,
        Int4 => 2,
        Int8 => 3,
        Numeric => 4,
        Float4 => 5,
        Float8 => 6,
        _ => 0,
    };
    match (from.base, to.base) {
        (a, b) if rank(a) > 0 && rank(b) > 0 => Some(if rank(a) < rank(b) {
            Way::Implicit
        } else {
            Way::Assignment
        }),
        (Int2 | Int4 | Int8, Oid | Regclass) | (Oid, Int8) | (Regclass, Oid | Int8) => Some(Way::Implicit),
        (Oid, Int4) | (Regclass, Int4) => Some(Way::Assignment),
        (a, b) if Type::of(a).is_text() && Type::of(b).is_text() => Some(if b == Name || a == Name && b != Text {
            Way::Assignment
        } else {
            Way::Implicit
        }),
        (Text | Varchar, Regclass) => Some(Way::Implicit),
        (Date, Timestamp | Timestamptz) | (Timestamp, Timestamptz) | (Time, Interval) => Some(Way::Implicit),
        (Timestamp | Timestamptz, Date | Time | Timestamp) | (Interval, Time) => Some(Way::Assignment),
        (Bool, Int4) | (Int4, Bool) => Some(Way::Explicit),
        (Json, Jsonb) | (Jsonb, Json) => Some(Way::Assignment),
        (Jsonb, Int2 | Int4 | Int8 | Numeric | Float4 | Float8 | Bool) => Some(Way::Explicit),
        // Everything prints, and what prints can be assigned to text; the way back must be asked for.
        (_, Text | Varchar | Bpchar) => Some(Way::Assignment),
        (_, Name) => Some(Way::Assignment),
        (Text | Varchar | Bpchar | Name, _) => Some(Way::Explicit),
        _ => None,
    }
}

/// When a cast happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// By itself, wherever it helps.
    Implicit,
    /// When a value is put into a column.
    Assignment,
    /// When somebody writes it.
    Explicit,
}

fn parse_bool(text: &str) -> Option<bool> {
    let word = text.trim().to_lowercase();
    if word.is_empty() {
        return None;
    }
    for (whole, value, least) in [
        ("true", true, 1),
        ("false", false, 1),
        ("yes", true, 1),
        ("no", false, 1),
        ("on", true, 2),
        ("off", false, 2),
    ] {
        if word.len() >= least && whole.starts_with(&word) {
            return Some(value);
        }
    }
    match word.as_str() {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

fn parse_int(text: &str, ty: Type) -> Result<i64, Report> {
    let body = text.trim();
    let digits = body.strip_prefix(['-', '+']).unwrap_or(body);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Report::error(
            "22P02",
            format!("invalid input syntax for type {ty}: \"{text}\""),
        ));
    }
    body.parse::<i64>()
        .ok()
        .filter(|value| fits(*value, ty))
        .ok_or_else(|| Report::error("22003", format!("value \"{text}\" is out of range for type {ty}")))
}

fn parse_uuid(text: &str) -> Option<String> {
    let hex: String = text
        .trim()
        .trim_start_matches('{')
        .trim_end_matches('}')
        .chars()
        .filter(|c| *c != '-')
        .collect();
    if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let hex = hex.to_lowercase();
    Some(format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    ))
}

fn parse_json(text: &str, name: &str) -> Result<json::Json, Report> {
    json::parse(text).map_err(|bad| {
        // The context shows the line up to the token that did not fit.
        let read = &text[..bad.read.min(text.len())];
        let start = read.rfind('\n').map_or(0, |at| at + 1);
        let line = read[..start].matches('\n').count() + 1;
        let more = if bad.read < text.len() { "..." } else { "" };
        Report::error("22P02", format!("invalid input syntax for type {name}"))
            .detail(bad.detail)
            .context(format!("JSON data, line {line}: {}{more}", &read[start..]))
    })
}

fn parse_bytea(text: &str) -> Result<Vec<u8>, Report> {
    if let Some(hex) = text.strip_prefix("\\x") {
        let digits: Vec<char> = hex.chars().filter(|c| !c.is_whitespace()).collect();
        if let Some(bad) = digits.iter().find(|c| !c.is_ascii_hexdigit()) {
            return Err(Report::error("22023", format!("invalid hexadecimal digit: \"{bad}\"")));
        }
        if digits.len() % 2 == 1 {
            return Err(Report::error("22023", "invalid hexadecimal data: odd number of digits"));
        }
        let value = |c: char| c.to_digit(16).unwrap_or(0) as u8;
        return Ok(digits
            .chunks(2)
            .map(|pair| value(pair[0]) << 4 | value(pair[1]))
            .collect());
    }
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\\\\") {
            bytes.push(b'\\');
            rest = after;
        } else if c == '\\' {
            let octal = rest.get(1..4).and_then(|digits| u8::from_str_radix(digits, 8).ok());
            bytes.push(octal.ok_or_else(|| Report::error("22P02", "invalid input syntax for type bytea"))?);
            rest = &rest[4..];
        } else {
            let mut buffer = [0; 4];
            bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            rest = &rest[c.len_utf8()..];
        }
    }
    Ok(bytes)
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
