//! Dates, times of day and timestamps, read from text; the zones that are known.

use super::{INFINITY, MINUS_INFINITY, MONTHS};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::calendar::{Civil, DAY_US};

/// What a text said about a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Microseconds since 1970, as the clock on the wall showed them.
    pub local_us: i64,
    /// The offset from UTC in seconds, if the text named one.
    pub offset_s: Option<i64>,
}

/// Why a text is no date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// It is not written like one.
    Syntax,
    /// It is, and there is no such day or hour.
    OutOfRange,
    /// It names a time zone that pglab does not know.
    Zone,
}

impl Bad {
    /// Returns the error for a text of a type.
    pub fn report(self, type_name: &str, text: &str) -> Report {
        match self {
            Self::Syntax => Report::error(
                "22007",
                format!("invalid input syntax for type {type_name}: \"{text}\""),
            ),
            Self::OutOfRange => {
                let report = Report::error("22008", format!("date/time field value out of range: \"{text}\""));
                let high = |at: usize, most: u32| {
                    let part = text.split([' ', 'T']).next().and_then(|date| date.split('-').nth(at));
                    part.and_then(|part| part.parse::<u32>().ok())
                        .is_some_and(|number| number == 0 || number > most)
                };
                let month_first = high(1, 12)
                    || high(2, 31)
                    || text.split(['-', '/', '.']).next().is_some_and(|part| part.len() <= 2);
                if month_first {
                    report.hint("Perhaps you need a different \"datestyle\" setting.")
                } else {
                    report
                }
            }
            Self::Zone => Report::beyond(format!("the time zone in \"{text}\"")),
        }
    }
}

/// Reads a timestamp, a date, or one of the words for them. `now_us` is the time of the transaction.
pub fn parse_timestamp(text: &str, now_us: i64, zone_s: i64) -> Result<Parsed, Bad> {
    let text = text.trim();
    let local_now = now_us + zone_s * 1_000_000;
    let today = local_now.div_euclid(DAY_US) * DAY_US;
    let word = |local_us| {
        Ok(Parsed {
            local_us,
            offset_s: None,
        })
    };
    match text.to_lowercase().as_str() {
        "now" => return word(local_now),
        "today" => return word(today),
        "tomorrow" => return word(today + DAY_US),
        "yesterday" => return word(today - DAY_US),
        "epoch" => {
            return Ok(Parsed {
                local_us: 0,
                offset_s: Some(0),
            });
        }
        "infinity" => {
            return Ok(Parsed {
                local_us: INFINITY,
                offset_s: Some(0),
            });
        }
        "-infinity" => {
            return Ok(Parsed {
                local_us: MINUS_INFINITY,
                offset_s: Some(0),
            });
        }
        "" => return Err(Bad::Syntax),
        _ => (),
    }
    let (date, rest) = split_date(text)?;
    if !date.is_real() {
        return Err(Bad::OutOfRange);
    }
    let (time_us, offset_s) = match rest.trim_start() {
        "" => (0, None),
        rest => parse_clock(rest)?,
    };
    Ok(Parsed {
        local_us: date.days() * DAY_US + time_us,
        offset_s,
    })
}

/// Reads the date at the beginning of a text, and returns what comes after it.
fn split_date(text: &str) -> Result<(Civil, &str), Bad> {
    // A month's name may hold a T, and its words are set apart by blanks.
    let (date, rest) = if text.contains(char::is_alphabetic) && names_a_month(text) {
        named_month_end(text)
    } else {
        match text.find(['T', 't', ' ']) {
            Some(at) => (&text[..at], &text[at + 1..]),
            None => (text, ""),
        }
    };
    let parts: Vec<&str> = date
        .split(|c: char| "-/., ".contains(c))
        .filter(|part| !part.is_empty())
        .collect();
    let number = |part: &str| part.parse::<i64>().map_err(|_| Bad::Syntax);
    let civil = |year: i64, month: i64, day: i64| Civil {
        year,
        month: month as u32,
        day: day as u32,
    };
    match parts.as_slice() {
        [all] if all.len() == 8 && all.bytes().all(|b| b.is_ascii_digit()) => {
            Ok((civil(number(&all[..4])?, number(&all[4..6])?, number(&all[6..])?), rest))
        }
        [a, b, c] => {
            if let Some(month) = month_number(a) {
                return Ok((civil(number(c)?, month, number(b)?), rest));
            }
            if let Some(month) = month_number(b) {
                let (year, day) = if a.len() > 2 { (a, c) } else { (c, a) };
                return Ok((civil(number(year)?, month, number(day)?), rest));
            }
            let (x, y, z) = (number(a)?, number(b)?, number(c)?);
            if a.len() >= 3 {
                Ok((civil(x, y, z), rest))
            } else {
                // DateStyle MDY.
                let year = if c.len() <= 2 {
                    if z < 70 { 2000 + z } else { 1900 + z }
                } else {
                    z
                };
                Ok((civil(year, x, y), rest))
            }
        }
        _ => Err(Bad::Syntax),
    }
}

fn names_a_month(text: &str) -> bool {
    text.split(|c: char| !c.is_alphabetic())
        .any(|word| month_number(word).is_some())
}

/// Splits `Jan 5, 2024 10:00` behind the year.
fn named_month_end(text: &str) -> (&str, &str) {
    match text.rfind(' ') {
        Some(at) if text[at..].contains(':') => (&text[..at], &text[at + 1..]),
        _ => (text, ""),
    }
}

fn month_number(word: &str) -> Option<i64> {
    let word = word.to_lowercase();
    let at = MONTHS.iter().position(|month| {
        let month = month.to_lowercase();
        word == month || word.len() >= 3 && word == month[..3]
    })?;
    Some(at as i64 + 1)
}

/// Reads `10:20:30.5+09`, and returns the time of day and the offset.
pub fn parse_clock(text: &str) -> Result<(i64, Option<i64>), Bad> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'))
        .unwrap_or(text.len());
    let (clock, mut rest) = text.split_at(end);
    let mut parts = clock.split(':');
    let whole = |part: Option<&str>| part.unwrap_or("0").parse::<i64>().map_err(|_| Bad::Syntax);
    let mut hour = whole(parts.next())?;
    if !clock.contains(':') {
        return Err(Bad::Syntax);
    }
    let minute = whole(parts.next())?;
    let second_us = parse_seconds(parts.next().unwrap_or("0"))?;
    if parts.next().is_some() {
        return Err(Bad::Syntax);
    }
    rest = rest.trim_start();
    for (word, afternoon) in [("am", false), ("pm", true)] {
        if rest.len() >= 2 && rest.is_char_boundary(2) && rest[..2].eq_ignore_ascii_case(word) {
            if !(1..=12).contains(&hour) {
                return Err(Bad::OutOfRange);
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
            rest = rest[2..].trim_start();
        }
    }
    if hour > 24 || minute > 59 || second_us > 60_000_000 {
        return Err(Bad::OutOfRange);
    }
    let time = (hour * 60 + minute) * 60_000_000 + second_us;
    if time > DAY_US {
        return Err(Bad::OutOfRange);
    }
    let offset = if rest.is_empty() {
        None
    } else {
        Some(zone(rest).ok_or(zone_trouble(rest))?)
    };
    Ok((time, offset))
}

fn zone_trouble(text: &str) -> Bad {
    if text.contains('/') || text.len() == 3 || text.len() == 4 {
        Bad::Zone
    } else {
        Bad::Syntax
    }
}

fn parse_seconds(text: &str) -> Result<i64, Bad> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().map_err(|_| Bad::Syntax)?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Bad::Syntax);
    }
    // Seven digits tell how to round the sixth.
    let digits: i64 = format!("{fraction:0<7}")[..7].parse().map_err(|_| Bad::Syntax)?;
    Ok(whole * 1_000_000 + (digits + 5) / 10)
}

/// Zones without daylight saving that a course meets; the rest is beyond pglab.
const ZONES: &[(&str, i64, &str)] = &[
    ("utc", 0, "UTC"),
    ("etc/utc", 0, "UTC"),
    ("gmt", 0, "GMT"),
    ("z", 0, "UTC"),
    ("zulu", 0, "UTC"),
    ("asia/seoul", 32_400, "KST"),
    ("kst", 32_400, "KST"),
    ("asia/tokyo", 32_400, "JST"),
    ("jst", 32_400, "JST"),
    ("japan", 32_400, "JST"),
    ("rok", 32_400, "KST"),
    ("asia/shanghai", 28_800, "CST"),
    ("asia/hong_kong", 28_800, "HKT"),
    ("asia/singapore", 28_800, "+08"),
    ("asia/bangkok", 25_200, "+07"),
    ("asia/ho_chi_minh", 25_200, "+07"),
    ("asia/jakarta", 25_200, "WIB"),
    ("asia/kolkata", 19_800, "IST"),
    ("asia/dubai", 14_400, "+04"),
];

/// Returns the offset of a zone from UTC in seconds: `+09`, `-03:30`, `UTC`, `Asia/Seoul`.
pub fn zone(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some((_, offset, _)) = ZONES.iter().find(|(name, _, _)| name.eq_ignore_ascii_case(text)) {
        return Some(*offset);
    }
    let (sign, body) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match body.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if body.len() == 4 => body.split_at(2),
        None => (body, "0"),
    };
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
