//! Dates, times of day and timestamps: reading, printing, cutting and adding.
//!
//! A timestamp is microseconds since 1970-01-01 00:00; one with time zone counts in UTC. The calendar before 1 AD is
//! left out, and of time zones only fixed offsets and a few names without daylight saving are known.

use super::calendar::{Civil, DAY_US, days_in_month};
use super::interval::Interval;
use crate::programs::sql::reply::Report;

/// The timestamp later than all others.
pub const INFINITY: i64 = i64::MAX;
/// The timestamp earlier than all others.
pub const MINUS_INFINITY: i64 = i64::MIN;

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

/// Prints a date.
pub fn print_date(days: i64) -> String {
    if days == INFINITY {
        return "infinity".into();
    }
    if days == MINUS_INFINITY {
        return "-infinity".into();
    }
    let date = Civil::from_days(days);
    if date.year <= 0 {
        return format!("{:04}-{:02}-{:02} BC", 1 - date.year, date.month, date.day);
    }
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// Prints a time of day.
pub fn print_time(us: i64) -> String {
    let (second, fraction) = (us / 1_000_000, us % 1_000_000);
    let mut text = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    if fraction > 0 {
        text.push('.');
        text.push_str(format!("{fraction:06}").trim_end_matches('0'));
    }
    text
}

/// Prints a timestamp without time zone.
pub fn print_timestamp(us: i64) -> String {
    match us {
        INFINITY => "infinity".into(),
        MINUS_INFINITY => "-infinity".into(),
        us => format!(
            "{} {}",
            print_date(us.div_euclid(DAY_US)),
            print_time(us.rem_euclid(DAY_US))
        ),
    }
}

/// Prints a timestamp with time zone, as a clock at this offset shows it.
pub fn print_timestamptz(us: i64, zone_s: i64) -> String {
    if us == INFINITY || us == MINUS_INFINITY {
        return print_timestamp(us);
    }
    format!("{}{}", print_timestamp(us + zone_s * 1_000_000), print_zone(zone_s))
}

fn print_zone(zone_s: i64) -> String {
    let sign = if zone_s < 0 { '-' } else { '+' };
    let (hours, minutes) = (zone_s.abs() / 3600, zone_s.abs() / 60 % 60);
    if minutes == 0 {
        format!("{sign}{hours:02}")
    } else {
        format!("{sign}{hours:02}:{minutes:02}")
    }
}

/// Reads a timestamp that was written by [`print_timestamp`] or [`print_timestamptz`].
pub fn stored(text: &str) -> i64 {
    parse_timestamp(text, 0, 0).map_or(0, |parsed| match parsed.offset_s {
        Some(offset) if parsed.local_us != INFINITY && parsed.local_us != MINUS_INFINITY => {
            parsed.local_us - offset * 1_000_000
        }
        _ => parsed.local_us,
    })
}

/// Returns the days of a date that was written by [`print_date`].
pub fn stored_date(text: &str) -> i64 {
    match stored(text) {
        infinite @ (INFINITY | MINUS_INFINITY) => infinite,
        us => us.div_euclid(DAY_US),
    }
}

/// Adds an interval: months first, then days, then time.
pub fn add_interval(us: i64, interval: &Interval) -> Option<i64> {
    if us == INFINITY || us == MINUS_INFINITY {
        return Some(us);
    }
    let mut days = us.div_euclid(DAY_US);
    let time = us.rem_euclid(DAY_US);
    if interval.months != 0 {
        let date = Civil::from_days(days);
        let months = date.year * 12 + i64::from(date.month) - 1 + interval.months;
        let (year, month) = (months.div_euclid(12), (months.rem_euclid(12) + 1) as u32);
        // The 31st of a shorter month is its last day.
        days = Civil {
            year,
            month,
            day: date.day.min(days_in_month(year, month)),
        }
        .days();
    }
    days = days.checked_add(interval.days)?;
    days.checked_mul(DAY_US)?.checked_add(time)?.checked_add(interval.us)
}

/// Returns the interval between two timestamps in years, months and days: `age()`.
pub fn age(later: i64, earlier: i64) -> Interval {
    let (later, earlier, sign) = if later >= earlier {
        (later, earlier, 1)
    } else {
        (earlier, later, -1)
    };
    let (a, b) = (
        Civil::from_days(later.div_euclid(DAY_US)),
        Civil::from_days(earlier.div_euclid(DAY_US)),
    );
    let mut us = later.rem_euclid(DAY_US) - earlier.rem_euclid(DAY_US);
    let mut days = i64::from(a.day) - i64::from(b.day);
    let mut months = (a.year - b.year) * 12 + i64::from(a.month) - i64::from(b.month);
    if us < 0 {
        us += DAY_US;
        days -= 1;
    }
    if days < 0 {
        // The days of the earlier month are what is borrowed, or of the later one when the ages were swapped.
        days += i64::from(if sign > 0 {
            days_in_month(b.year, b.month)
        } else {
            let before = if a.month == 1 {
                (a.year - 1, 12)
            } else {
                (a.year, a.month - 1)
            };
            days_in_month(before.0, before.1)
        });
        months -= 1;
    }
    Interval {
        months: sign * months,
        days: sign * days,
        us: sign * us,
    }
}

/// Cuts a timestamp to the beginning of its hour, day, month …; `None` for a unit that is none.
pub fn truncate(unit: &str, us: i64) -> Option<i64> {
    let day = us.div_euclid(DAY_US);
    let date = Civil::from_days(day);
    let start = |year: i64, month: u32| Some(Civil { year, month, day: 1 }.days() * DAY_US);
    match unit.to_lowercase().as_str() {
        "microseconds" | "microsecond" => Some(us),
        "milliseconds" | "millisecond" => Some(us.div_euclid(1000) * 1000),
        "second" | "seconds" => Some(us.div_euclid(1_000_000) * 1_000_000),
        "minute" | "minutes" => Some(us.div_euclid(60_000_000) * 60_000_000),
        "hour" | "hours" => Some(us.div_euclid(3_600_000_000) * 3_600_000_000),
        "day" | "days" => Some(day * DAY_US),
        "week" | "weeks" => Some((day - (day + 3).rem_euclid(7)) * DAY_US),
        "month" | "months" => start(date.year, date.month),
        "quarter" => start(date.year, (date.month - 1) / 3 * 3 + 1),
        "year" | "years" => start(date.year, 1),
        "decade" => start(date.year.div_euclid(10) * 10, 1),
        "century" => start((date.year - 1).div_euclid(100) * 100 + 1, 1),
        "millennium" => start((date.year - 1).div_euclid(1000) * 1000 + 1, 1),
        _ => None,
    }
}

/// Returns a field of a timestamp as a coefficient and its scale; `None` for a field that is none.
pub fn field(name: &str, us: i64, zone_s: i64) -> Option<(i64, u32)> {
    let day = us.div_euclid(DAY_US);
    let time = us.rem_euclid(DAY_US);
    let date = Civil::from_days(day);
    let whole = |value: i64| Some((value, 0));
    match name.to_lowercase().as_str() {
        "epoch" => Some((us - zone_s * 1_000_000, 6)),
        "microseconds" | "microsecond" => whole(time % 60_000_000),
        "milliseconds" | "millisecond" => Some((time % 60_000_000, 3)),
        "second" | "seconds" => Some((time % 60_000_000, 6)),
        "minute" | "minutes" => whole(time / 60_000_000 % 60),
        "hour" | "hours" => whole(time / 3_600_000_000),
        "day" | "days" => whole(date.day.into()),
        "month" | "months" => whole(date.month.into()),
        "quarter" => whole(((date.month - 1) / 3 + 1).into()),
        "year" | "years" => whole(if date.year > 0 { date.year } else { date.year - 1 }),
        "decade" => whole(date.year.div_euclid(10)),
        "century" => whole((date.year + 99).div_euclid(100)),
        "millennium" => whole((date.year + 999).div_euclid(1000)),
        "dow" => whole((day + 4).rem_euclid(7)),
        "isodow" => whole((day + 3).rem_euclid(7) + 1),
        "doy" => whole(
            day - Civil {
                year: date.year,
                month: 1,
                day: 1,
            }
            .days()
                + 1,
        ),
        "week" => whole(iso_week(day).1),
        "isoyear" => whole(iso_week(day).0),
        "timezone" => whole(zone_s),
        "timezone_hour" => whole(zone_s / 3600),
        "timezone_minute" => whole(zone_s / 60 % 60),
        _ => None,
    }
}

/// Returns the ISO year and week of a day.
pub fn iso_week(day: i64) -> (i64, i64) {
    // The week belongs to the year of its Thursday.
    let thursday = day - (day + 3).rem_euclid(7) + 3;
    let year = Civil::from_days(thursday).year;
    (year, (thursday - Civil { year, month: 1, day: 1 }.days()) / 7 + 1)
}

/// The months by their English names.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of the week by their English names, from Sunday.
pub const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Bad> {
        parse_timestamp(text, 0, 0).map(|parsed| print_timestamp(parsed.local_us))
    }

    #[test]
    fn timestamps_are_read_in_the_forms_that_people_write() {
        for (text, printed) in [
            ("2024-02-29", "2024-02-29 00:00:00"),
            ("2024-02-29 10:20", "2024-02-29 10:20:00"),
            ("2024-02-29T10:20:30.125Z", "2024-02-29 10:20:30.125"),
            ("2024-02-29 10:20:30.1234567+09", "2024-02-29 10:20:30.123457"),
            ("20240229", "2024-02-29 00:00:00"),
            ("02/29/2024", "2024-02-29 00:00:00"),
            ("Feb 29, 2024", "2024-02-29 00:00:00"),
            ("29 February 2024 10:00", "2024-02-29 10:00:00"),
            ("2024-02-29 10:20 PM", "2024-02-29 22:20:00"),
            ("2024-01-01 24:00", "2024-01-02 00:00:00"),
            ("infinity", "infinity"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(printed), "{text}");
        }
        assert_eq!(read("2024-02-30"), Err(Bad::OutOfRange));
        assert_eq!(read("2024-13-01"), Err(Bad::OutOfRange));
        assert_eq!(read("yesterdays"), Err(Bad::Syntax));
        assert_eq!(read("2024-01-01 25:00"), Err(Bad::OutOfRange));
        assert_eq!(read("2024-01-01 10:00 America/New_York"), Err(Bad::Zone));
    }

    #[test]
    fn what_is_printed_is_read_back() {
        for us in [0, 1, -1, 1_706_708_710_123_456, -62_135_596_800_000_000] {
            assert_eq!(stored(&print_timestamp(us)), us);
            assert_eq!(stored(&print_timestamptz(us, 32_400)), us);
        }
    }

    #[test]
    fn months_are_added_as_people_count_them() {
        let at = |text| parse_timestamp(text, 0, 0).unwrap().local_us;
        let month = Interval {
            months: 1,
            days: 0,
            us: 0,
        };
        assert_eq!(
            print_timestamp(add_interval(at("2024-01-31"), &month).unwrap()),
            "2024-02-29 00:00:00"
        );
        assert_eq!(age(at("2024-03-01"), at("2024-01-31")).to_string(), "1 mon 1 day");
        assert_eq!(
            print_timestamp(truncate("week", at("2024-02-29")).unwrap()),
            "2024-02-26 00:00:00"
        );
        assert_eq!(iso_week(at("2021-01-03").div_euclid(DAY_US)), (2020, 53));
    }
}
