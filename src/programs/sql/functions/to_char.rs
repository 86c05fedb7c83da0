//! `to_char`, `to_date`, `to_timestamp`, `to_number`: values by patterns.

use super::number_format::number_text;
use super::{Function, Give, Take, decimal, decimal_of, function, int_of, real_of, text, text_of};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::Base;
use crate::programs::sql::values::calendar::{Civil, DAY_US};
use crate::programs::sql::values::convert::stored_timestamptz;
use crate::programs::sql::values::datetime::{self, DAYS, MONTHS, print_date, stored};
use crate::programs::sql::values::decimal::Decimal;
use crate::programs::sql::values::interval::Interval;

const T: Take = Take::Is(Base::Text);

const TEXT: Give = Give::Is(Base::Text);

/// Functions that format and read by patterns.
pub const FUNCTIONS: &[Function] = &[
    function("to_char", &[Take::Is(Base::Timestamptz), T], TEXT, |runtime, a| {
        let zone = runtime.place.zone_s;
        text(stamp_text(
            stored(text_of(&a[0])) + zone * 1_000_000,
            text_of(&a[1]),
            Some(zone),
        ))
    }),
    function("to_char", &[Take::Is(Base::Timestamp), T], TEXT, |_, a| {
        text(stamp_text(stored(text_of(&a[0])), text_of(&a[1]), None))
    }),
    function("to_char", &[Take::Is(Base::Interval), T], TEXT, |_, a| {
        let span = Interval::stored(text_of(&a[0]));
        let us = span.days * DAY_US + span.us;
        text(span_text(us, text_of(&a[1])))
    }),
    function("to_char", &[Take::Is(Base::Int4), T], TEXT, |_, a| {
        number_text(Decimal::from_int(int_of(&a[0])), text_of(&a[1]))
    }),
    function("to_char", &[Take::Is(Base::Int8), T], TEXT, |_, a| {
        number_text(Decimal::from_int(int_of(&a[0])), text_of(&a[1]))
    }),
    function("to_char", &[Take::Is(Base::Numeric), T], TEXT, |_, a| {
        number_text(decimal_of(&a[0]), text_of(&a[1]))
    }),
    function("to_char", &[Take::Is(Base::Float8), T], TEXT, |_, a| {
        number_text(Decimal::from_float(real_of(&a[0]), 15)?, text_of(&a[1]))
    }),
    function("to_date", &[T, T], Give::Is(Base::Date), |_, a| {
        text(print_date(
            read_stamp(text_of(&a[0]), text_of(&a[1]))?.div_euclid(DAY_US),
        ))
    }),
    function("to_timestamp", &[T, T], Give::Is(Base::Timestamptz), |runtime, a| {
        let local = read_stamp(text_of(&a[0]), text_of(&a[1]))?;
        text(stored_timestamptz(local - runtime.place.zone_s * 1_000_000))
    }),
    function("to_number", &[T, T], Give::Is(Base::Numeric), |_, a| {
        let digits: String = text_of(&a[0])
            .chars()
            .filter(|c| c.is_ascii_digit() || "+-.".contains(*c))
            .collect();
        match Decimal::parse(&digits) {
            Some(number) => decimal(number?),
            None => Err(Report::error(
                "22P02",
                format!("invalid input syntax for type numeric: \"{}\"", text_of(&a[0])),
            )),
        }
    }),
];

/// The keywords of a date pattern, longer ones first.
const WORDS: &[&str] = &[
    "HH24", "HH12", "MONTH", "Month", "month", "SSSS", "YYYY", "IYYY", "YYY", "DDD", "DAY", "Day", "day", "MON", "Mon",
    "mon", "TZH", "HH", "MI", "SS", "MS", "US", "YY", "MM", "DD", "DY", "Dy", "dy", "AM", "PM", "am", "pm", "WW", "IW",
    "TZ", "tz", "OF", "CC", "ID", "Q", "W", "D", "Y", "FF3", "FF6",
];

/// A piece of a date pattern.
enum Piece {
    /// A keyword, whether `FM` stands before it, and whether `TH` stands after it.
    Word(&'static str, bool, bool),
    /// Anything else.
    Plain(String),
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut rest = pattern;
    let mut fill = false;
    'next: while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"').unwrap_or(quoted.len());
            out.push(Piece::Plain(quoted[..end].to_owned()));
            rest = quoted.get(end + 1..).unwrap_or_default();
            continue;
        }
        if rest.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("fm")) {
            fill = true;
            rest = &rest[2..];
            continue;
        }
        for word in WORDS {
            // Keywords of numbers are read in any case, those of names tell theirs.
            let named = word.to_lowercase() == "month"
                || ["day", "mon", "dy", "am", "pm", "tz"].contains(&word.to_lowercase().as_str());
            let start = rest.get(..word.len());
            if start == Some(word) || !named && start.is_some_and(|start| start.eq_ignore_ascii_case(word)) {
                rest = &rest[word.len()..];
                let ordinal = rest.get(..2).filter(|th| *th == "TH" || *th == "th").is_some();
                if ordinal {
                    rest = &rest[2..];
                }
                out.push(Piece::Word(word, std::mem::take(&mut fill), ordinal));
                continue 'next;
            }
        }
        let c = rest.chars().next().expect("the rest is not empty");
        match out.last_mut() {
            Some(Piece::Plain(plain)) => plain.push(c),
            _ => out.push(Piece::Plain(c.to_string())),
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

fn stamp_text(us: i64, pattern: &str, zone_s: Option<i64>) -> String {
    let day = us.div_euclid(DAY_US);
    let time = us.rem_euclid(DAY_US);
    let date = Civil::from_days(day);
    let second = time / 1_000_000;
    let (hour, minute) = (second / 3600, second / 60 % 60);
    let weekday = (day + 4).rem_euclid(7) as usize;
    let month = MONTHS[date.month as usize - 1];
    let mut out = String::new();
    for piece in pieces(pattern) {
        let (word, fill, ordinal) = match piece {
            Piece::Plain(plain) => {
                out.push_str(&plain);
                continue;
            }
            Piece::Word(word, fill, ordinal) => (word, fill, ordinal),
        };
        let number = |value: i64, width: usize| {
            if fill {
                value.to_string()
            } else {
                format!("{value:0width$}")
            }
        };
        let padded = |name: &str| if fill { name.to_owned() } else { format!("{name:9}") };
        let half = if hour < 12 { "am" } else { "pm" };
        let part = match word {
            "YYYY" => number(date.year, 4),
            "YYY" => number(date.year % 1000, 3),
            "YY" => number(date.year % 100, 2),
            "Y" => number(date.year % 10, 1),
            "IYYY" => number(datetime::iso_week(day).0, 4),
            "MM" => number(date.month.into(), 2),
            "DD" => number(date.day.into(), 2),
            "DDD" => number(
                day - Civil {
                    year: date.year,
                    month: 1,
                    day: 1,
                }
                .days()
                    + 1,
                3,
            ),
            "D" => (weekday + 1).to_string(),
            "ID" => ((day + 3).rem_euclid(7) + 1).to_string(),
            "HH24" => number(hour, 2),
            "HH" | "HH12" => number((hour + 11) % 12 + 1, 2),
            "MI" => number(minute, 2),
            "SS" => number(second % 60, 2),
            "SSSS" => number(second, 1),
            "MS" | "FF3" => number(time % 1_000_000 / 1000, 3),
            "US" | "FF6" => number(time % 1_000_000, 6),
            "AM" | "PM" => half.to_uppercase(),
            "am" | "pm" => half.to_owned(),
            "MONTH" => padded(&month.to_uppercase()),
            "Month" => padded(month),
            "month" => padded(&month.to_lowercase()),
            "MON" => month[..3].to_uppercase(),
            "Mon" => month[..3].to_owned(),
            "mon" => month[..3].to_lowercase(),
            "DAY" => padded(&DAYS[weekday].to_uppercase()),
            "Day" => padded(DAYS[weekday]),
            "day" => padded(&DAYS[weekday].to_lowercase()),
            "DY" => DAYS[weekday][..3].to_uppercase(),
            "Dy" => DAYS[weekday][..3].to_owned(),
            "dy" => DAYS[weekday][..3].to_lowercase(),
            "WW" => number(
                (day - Civil {
                    year: date.year,
                    month: 1,
                    day: 1,
                }
                .days())
                    / 7
                    + 1,
                2,
            ),
            "IW" => number(datetime::iso_week(day).1, 2),
            "W" => (i64::from(date.day - 1) / 7 + 1).to_string(),
            "Q" => ((date.month - 1) / 3 + 1).to_string(),
            "CC" => number((date.year + 99).div_euclid(100), 2),
            "TZ" => zone_s.map_or(
                String::new(),
                |zone| if zone == 0 { "UTC".into() } else { offset(zone) },
            ),
            "tz" => zone_s.map_or(
                String::new(),
                |zone| if zone == 0 { "utc".into() } else { offset(zone) },
            ),
            "OF" | "TZH" => offset(zone_s.unwrap_or(0)),
            _ => String::new(),
        };
        out.push_str(&part);
        if ordinal {
            out.push_str(ordinal_of(part.trim_start_matches('0').parse().unwrap_or(0)));
        }
    }
    out
}

fn offset(zone_s: i64) -> String {
    let sign = if zone_s < 0 { '-' } else { '+' };
    format!("{sign}{:02}", zone_s.abs() / 3600)
}

fn ordinal_of(number: i64) -> &'static str {
    match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

fn span_text(us: i64, pattern: &str) -> String {
    let second = us / 1_000_000;
    let mut out = String::new();
    for piece in pieces(pattern) {
        match piece {
            Piece::Plain(plain) => out.push_str(&plain),
            Piece::Word(word, ..) => out.push_str(&match word {
                "HH24" => format!("{:02}", second / 3600),
                "HH" | "HH12" => format!("{:02}", (second / 3600 + 11) % 12 + 1),
                "MI" => format!("{:02}", second / 60 % 60),
                "SS" => format!("{:02}", second % 60),
                "MS" => format!("{:03}", us % 1_000_000 / 1000),
                "US" => format!("{:06}", us % 1_000_000),
                "DD" => format!("{:02}", second / 86_400),
                _ => String::new(),
            }),
        }
    }
    out
}

/// Reads a timestamp by a pattern; what the pattern does not name is the beginning of its time.
fn read_stamp(source: &str, pattern: &str) -> Result<i64, Report> {
    let (mut year, mut month, mut day) = (1, 1, 1);
    let (mut hour, mut minute, mut second, mut fraction) = (0, 0, 0, 0);
    let mut afternoon = None;
    let mut rest = source.trim_start();
    let pieces = pieces(pattern);
    for (at, piece) in pieces.iter().enumerate() {
        let word = match piece {
            Piece::Plain(plain) => {
                // Separators match one another, and blanks are skipped.
                for _ in plain.chars() {
                    if let Some(c) = rest.chars().next().filter(|c| !c.is_alphanumeric()) {
                        rest = &rest[c.len_utf8()..];
                    }
                }
                continue;
            }
            Piece::Word(word, ..) => *word,
        };
        rest = rest.trim_start();
        let lower = word.to_lowercase();
        if lower == "month" || lower == "mon" {
            let found = MONTHS.iter().position(|name| {
                let name = if lower == "mon" { &name[..3] } else { name };
                rest.get(..name.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(name))
            });
            let Some(found) = found else {
                return Err(invalid_value(rest, word)
                    .detail("The given value did not match any of the allowed values for this field."));
            };
            month = found as i64 + 1;
            rest = &rest[if lower == "mon" { 3 } else { MONTHS[found].len() }..];
            continue;
        }
        if ["am", "pm"].contains(&lower.as_str()) {
            afternoon = Some(rest.get(..2).is_some_and(|half| half.eq_ignore_ascii_case("pm")));
            rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        let followed = matches!(pieces.get(at + 1), Some(Piece::Word(..)));
        let width = match word {
            "YYYY" => {
                if followed {
                    4
                } else {
                    9
                }
            }
            "DDD" | "MS" => 3,
            "US" => 6,
            _ => 2,
        };
        let len = rest.chars().take_while(char::is_ascii_digit).count().min(width);
        let Ok(value) = rest[..len].parse::<i64>() else {
            let shown: String = rest.chars().take(width.min(4)).collect();
            return Err(invalid_value(&shown, word).detail("Value must be an integer."));
        };
        match word {
            "YYYY" => year = value,
            "YY" => year = if value < 70 { 2000 + value } else { 1900 + value },
            "MM" => month = value,
            "DD" => day = value,
            "HH24" | "HH" | "HH12" => hour = value,
            "MI" => minute = value,
            "SS" => second = value,
            "MS" => fraction = value * 10_i64.pow(3 - len as u32) * 1000,
            "US" => fraction = value * 10_i64.pow(6 - len as u32),
            other => return Err(Report::beyond(format!("the pattern {other} in to_timestamp()"))),
        }
        rest = &rest[len..];
    }
    if let Some(afternoon) = afternoon {
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let date = Civil {
        year,
        month: month as u32,
        day: day as u32,
    };
    if !date.is_real() || hour > 24 || minute > 59 || second > 59 {
        return Err(Report::error(
            "22008",
            format!("date/time field value out of range: \"{source}\""),
        ));
    }
    Ok(date.days() * DAY_US + ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction)
}

fn invalid_value(rest: &str, word: &str) -> Report {
    Report::error("22007", format!("invalid value \"{rest}\" for \"{word}\""))
}
