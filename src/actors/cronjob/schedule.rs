//! Schedules: five fields, a word, or an interval (github.com/robfig/cron/v3, `ParseStandard`).

use crate::api::Time;
use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan};

/// The bounds of a field: least, largest, words for its numbers.
struct Field(u32, u32, &'static [&'static str]);

/// Minute, hour, day of the month, month, day of the week.
const FIELDS: [Field; 5] = [
    Field(0, 59, &[]),
    Field(0, 23, &[]),
    Field(1, 31, &[]),
    Field(
        1,
        12,
        &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    ),
    Field(0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

/// How many years are looked through for the next time, as the original does.
const YEARS: i16 = 5;

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Schedule {
    /// Whenever the clock shows one of these; each field is a set of bits.
    Calendar {
        fields: [u64; 5],
        /// Whether the day of the month, or the day of the week, is any.
        any_day: bool,
    },
    /// Every so many milliseconds.
    Every(i64),
}

impl Schedule {
    /// Reads a schedule; the error is in the words of the original.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("empty spec string".to_owned());
        }
        if let Some(word) = text.strip_prefix('@') {
            return Self::word(word, text);
        }
        let parts: Vec<&str> = text.split_whitespace().collect();
        if parts.len() != FIELDS.len() {
            return Err(format!(
                "expected exactly 5 fields, found {}: [{}]",
                parts.len(),
                parts.join(" ")
            ));
        }
        let mut fields = [0; 5];
        for ((bits, part), field) in fields.iter_mut().zip(&parts).zip(&FIELDS) {
            *bits = bits_of(part, field)?;
        }
        let is_any = |part: &str| part.starts_with(['*', '?']);
        Ok(Self::Calendar {
            fields,
            any_day: is_any(parts[2]) || is_any(parts[4]),
        })
    }

    fn word(word: &str, text: &str) -> Result<Self, String> {
        if let Some(interval) = word.strip_prefix("every ") {
            return match interval_ms(interval) {
                // Fractions of a second are dropped, and less than a second is one.
                Some(ms) => Ok(Self::Every((ms / 1000 * 1000).max(1000))),
                None => Err(format!(
                    "failed to parse duration {text}: time: invalid duration \"{interval}\""
                )),
            };
        }
        let fields = match word {
            "yearly" | "annually" => "0 0 1 1 *",
            "monthly" => "0 0 1 * *",
            "weekly" => "0 0 * * 0",
            "daily" | "midnight" => "0 0 * * *",
            "hourly" => "0 * * * *",
            _ => return Err(format!("unrecognized descriptor: {text}")),
        };
        Self::parse(fields)
    }

    /// Returns the next time after `after`; None where there is none within five years (the 31st of February).
    pub fn next(&self, after: Time) -> Option<Time> {
        let (fields, any_day) = match self {
            Self::Every(ms) => return Some(Time(after.0.div_euclid(1000) * 1000) + *ms),
            Self::Calendar { fields, any_day } => (fields, *any_day),
        };
        let minute = Time(after.0.div_euclid(60_000) * 60_000 + 60_000);
        let mut at = jiff::tz::Offset::UTC.to_datetime(minute.timestamp());
        let last_year = at.year() + YEARS;
        let has = |place: usize, value: i8| fields[place] & (1u64 << value) != 0;
        while at.year() <= last_year {
            let midnight = DateTime::from_parts(at.date(), jiff::civil::Time::midnight());
            let (of_month, of_week) = (has(2, at.day()), has(4, at.weekday().to_sunday_zero_offset()));
            let is_day = if any_day {
                of_month && of_week
            } else {
                of_month || of_week
            };
            at = if !has(3, at.month()) {
                midnight.first_of_month().checked_add(1.month()).ok()?
            } else if !is_day {
                midnight.checked_add(1.day()).ok()?
            } else if !has(1, at.hour()) {
                let past = SignedDuration::from_mins(60 - i64::from(at.minute()));
                at.checked_add(past).ok()?
            } else if !has(0, at.minute()) {
                at.checked_add(SignedDuration::from_mins(1)).ok()?
            } else {
                return Some(Time(jiff::tz::Offset::UTC.to_timestamp(at).ok()?.as_millisecond()));
            };
        }
        None
    }
}

/// Returns the bits of a field: a list of ranges with steps.
fn bits_of(text: &str, field: &Field) -> Result<u64, String> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts
        .map(|part| range_of(part, field))
        .try_fold(0, |bits, more| Ok(bits | more?))
}

/// Returns the bits of one range: `*`, `5`, `1-5`, `*/15`, `10-40/5`, `3/10`.
fn range_of(text: &str, &Field(least, largest, words): &Field) -> Result<u64, String> {
    let (range, step) = match text.split_once('/') {
        None => (text, None),
        Some((_, step)) if step.contains('/') => return Err(format!("too many slashes: {text}")),
        Some((range, step)) => (range, Some(number_of(step, &[])?)),
    };
    let (low, high) = match range.split_once('-') {
        _ if range == "*" || range == "?" => (least, largest),
        Some((_, high)) if high.contains('-') => return Err(format!("too many hyphens: {text}")),
        Some((low, high)) => (number_of(low, words)?, number_of(high, words)?),
        // `3/10` means from 3 on.
        None if step.is_some() => (number_of(range, words)?, largest),
        None => (number_of(range, words)?, number_of(range, words)?),
    };
    let step = step.unwrap_or(1);
    if low < least {
        return Err(format!("beginning of range ({low}) below minimum ({least}): {text}"));
    }
    if high > largest {
        return Err(format!("end of range ({high}) above maximum ({largest}): {text}"));
    }
    if low > high {
        return Err(format!(
            "beginning of range ({low}) beyond end of range ({high}): {text}"
        ));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    Ok((low..=high).step_by(step as usize).fold(0, |bits, n| bits | (1 << n)))
}

/// Returns a number, or the number of a word: months from 1, days of the week from 0.
fn number_of(text: &str, words: &[&str]) -> Result<u32, String> {
    let lower = text.to_ascii_lowercase();
    if let Some(place) = words.iter().position(|word| *word == lower) {
        let first = u32::from(words.len() == 12);
        return Ok(place as u32 + first);
    }
    let number: i64 = text
        .parse()
        .map_err(|_| format!("failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax"))?;
    u32::try_from(number).map_err(|_| format!("negative number ({number}) not allowed: {text}"))
}

/// Returns an interval of Go: `1h30m`, `90s`, `1.5h`, in milliseconds.
fn interval_ms(text: &str) -> Option<i64> {
    let (mut total, mut rest) = (0.0, text.trim());
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let units = [("ms", 1.0), ("h", 3_600_000.0), ("m", 60_000.0), ("s", 1_000.0)];
        let (unit, ms) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        total += number * ms;
        rest = &rest[unit.len()..];
    }
    (total.is_finite() && (0.0..1e15).contains(&total)).then_some(total as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the next three times after Monday, 2026-01-05T09:00:00Z.
    fn next(text: &str) -> Vec<String> {
        let schedule = Schedule::parse(text).expect("a good schedule");
        let mut at = Time::EPOCH;
        let mut times = vec![];
        while let Some(next) = schedule.next(at).filter(|_| times.len() < 3) {
            times.push(next.to_string());
            at = next;
        }
        times
    }

    #[test]
    fn schedules_mean_what_crontab_says() {
        assert_eq!(
            next("* * * * *"),
            ["2026-01-05T09:01:00Z", "2026-01-05T09:02:00Z", "2026-01-05T09:03:00Z"]
        );
        assert_eq!(
            next("*/20 10 * * *"),
            ["2026-01-05T10:00:00Z", "2026-01-05T10:20:00Z", "2026-01-05T10:40:00Z"]
        );
        assert_eq!(
            next("30 3 1 * *"),
            ["2026-02-01T03:30:00Z", "2026-03-01T03:30:00Z", "2026-04-01T03:30:00Z"]
        );
        assert_eq!(
            next("0 0 29 feb ?"),
            ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z", "2036-02-29T00:00:00Z"]
        );
        assert_eq!(
            next("0 9 * * mon-wed"),
            ["2026-01-06T09:00:00Z", "2026-01-07T09:00:00Z", "2026-01-12T09:00:00Z"]
        );
        assert_eq!(next("@hourly")[0], "2026-01-05T10:00:00Z");
        assert_eq!(next("@weekly")[0], "2026-01-11T00:00:00Z");
        assert_eq!(next("@every 1h30m")[1], "2026-01-05T12:00:00Z");
        assert!(next("0 0 31 2 *").is_empty());
    }

    #[test]
    fn a_day_of_the_month_or_of_the_week_is_enough_when_both_are_given() {
        assert_eq!(
            next("0 0 13 * 5"),
            ["2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z", "2026-01-16T00:00:00Z"]
        );
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_the_original() {
        let error = |text: &str| Schedule::parse(text).unwrap_err();
        assert_eq!(error("* * * *"), "expected exactly 5 fields, found 4: [* * * *]");
        assert_eq!(error("60 * * * *"), "end of range (60) above maximum (59): 60");
        assert_eq!(error("0 0 * * 7"), "end of range (7) above maximum (6): 7");
        assert_eq!(
            error("x * * * *"),
            "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"
        );
        assert_eq!(error("*/0 * * * *"), "step of range should be a positive number: */0");
        assert_eq!(error("@never"), "unrecognized descriptor: @never");
    }
}
