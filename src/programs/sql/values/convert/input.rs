//! Texts become values: what each type accepts, and what PostgreSQL says of the rest.

use rusqlite::types::Value;

use super::{Place, days_of, fits, output, stored_timestamptz, to_utc};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::calendar::DAY_US;
use crate::programs::sql::values::datetime::{self, Bad};
use crate::programs::sql::values::decimal::Decimal;
use crate::programs::sql::values::interval::Interval;
use crate::programs::sql::values::{Base, Type, array, float, json};

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

pub(super) fn parse_json(text: &str, name: &str) -> Result<json::Json, Report> {
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
