//! interval: months, days and a time, which do not add up to one another.

#![expect(
    clippy::should_implement_trait,
    reason = "arithmetic here can fail, or rounds, and says so by its name"
)]

use std::fmt;

use super::calendar::DAY_US;

/// A span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Months; twelve of them are a year.
    pub months: i64,
    /// Days.
    pub days: i64,
    /// Microseconds.
    pub us: i64,
}

impl Interval {
    /// Reads an interval in PostgreSQL's, SQL's or ISO 8601's way; `None` when it is none.
    ///
    /// Bare numbers count `unit`: seconds, unless a field was named as in `INTERVAL '3' DAY`.
    pub fn parse(text: &str, unit: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(iso) = text.strip_prefix('P') {
            return Self::parse_iso(iso);
        }
        let lower = text.to_lowercase();
        let (body, ago) = match lower.strip_suffix("ago") {
            Some(body) => (body.trim_end(), true),
            None => (lower.as_str(), false),
        };
        let words = tokens(body.strip_prefix('@').unwrap_or(body));
        if words.is_empty() {
            return None;
        }
        let mut words = words.into_iter().peekable();
        let mut total = Self::default();
        while let Some(word) = words.next() {
            if word.contains(':') {
                total.us += clock(&word)?;
                continue;
            }
            if let Some((years, months)) = word.split_once('-').filter(|(years, _)| !years.is_empty()) {
                total.months += years.parse::<i64>().ok()? * 12 + months.parse::<i64>().ok()?;
                continue;
            }
            let unit = match words.peek() {
                Some(next) if next.starts_with(char::is_alphabetic) => words.next()?,
                // A bare number before a clock counts days: '1 02:03:04'.
                Some(next) if next.contains(':') => "day".to_owned(),
                _ => unit.to_owned(),
            };
            total.add_number(&word, &unit)?;
        }
        Some(if ago { total.neg() } else { total })
    }

    /// Reads what follows the P of `P1Y2M3DT4H5M6S`.
    fn parse_iso(body: &str) -> Option<Self> {
        let mut total = Self::default();
        let mut in_time = false;
        let mut number = String::new();
        for letter in body.chars() {
            let unit = match (letter, in_time) {
                ('T', false) => {
                    in_time = true;
                    continue;
                }
                ('Y', false) => "year",
                ('M', false) => "month",
                ('W', false) => "week",
                ('D', false) => "day",
                ('H', true) => "hour",
                ('M', true) => "minute",
                ('S', true) => "second",
                (digit, _) if digit.is_ascii_digit() || "+-.".contains(digit) => {
                    number.push(digit);
                    continue;
                }
                _ => return None,
            };
            total.add_number(&std::mem::take(&mut number), unit)?;
        }
        (number.is_empty() && !body.is_empty()).then_some(total)
    }

    /// Adds a number of a unit; fractions spill into smaller units as PostgreSQL lets them.
    fn add_number(&mut self, number: &str, unit: &str) -> Option<()> {
        let value: f64 = number
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite() && value.abs() < 1e9)?;
        let whole = value.trunc();
        let fraction = value - whole;
        let us = |value: f64, of: i64| (value * of as f64).round() as i64;
        match unit {
            "microsecond" | "microseconds" | "us" | "usec" | "usecs" => self.us += us(value, 1),
            "millisecond" | "milliseconds" | "ms" | "msec" | "msecs" => self.us += us(value, 1000),
            "second" | "seconds" | "sec" | "secs" | "s" => self.us += us(value, 1_000_000),
            "minute" | "minutes" | "min" | "mins" | "m" => self.us += us(value, 60_000_000),
            "hour" | "hours" | "hr" | "hrs" | "h" => self.us += us(value, 3_600_000_000),
            "day" | "days" | "d" => {
                self.days += whole as i64;
                self.us += us(fraction, DAY_US);
            }
            "week" | "weeks" | "w" => {
                let days = value * 7.0;
                self.days += days.trunc() as i64;
                self.us += us(days.fract(), DAY_US);
            }
            "month" | "months" | "mon" | "mons" => {
                self.months += whole as i64;
                let days = fraction * 30.0;
                self.days += days.trunc() as i64;
                self.us += us(days.fract(), DAY_US);
            }
            "year" | "years" | "yr" | "yrs" | "y" => self.months += (value * 12.0).round() as i64,
            "decade" | "decades" => self.months += (value * 120.0).round() as i64,
            "century" | "centuries" => self.months += (value * 1200.0).round() as i64,
            _ => return None,
        }
        Some(())
    }

    /// Reads an interval that was written by `Display`.
    pub fn stored(text: &str) -> Self {
        Self::parse(text, "second").unwrap_or_default()
    }

    /// Changes the sign.
    pub fn neg(self) -> Self {
        Self {
            months: -self.months,
            days: -self.days,
            us: -self.us,
        }
    }

    /// Adds.
    pub fn add(self, other: Self) -> Self {
        Self {
            months: self.months + other.months,
            days: self.days + other.days,
            us: self.us + other.us,
        }
    }

    /// Multiplies; fractions of months become days, fractions of days become time.
    pub fn mul(self, factor: f64) -> Self {
        let months = self.months as f64 * factor;
        let days = self.days as f64 * factor + (months.fract() * 30.0 * 1e6).round() / 1e6;
        let us = self.us as f64 * factor + (days.fract() * 1e9).round() / 1e9 * DAY_US as f64;
        Self {
            months: months.trunc() as i64,
            days: days.trunc() as i64,
            us: us.round() as i64,
        }
    }

    /// Returns a difference of timestamps: days and time.
    pub fn between(later_us: i64, earlier_us: i64) -> Self {
        let us = later_us - earlier_us;
        Self {
            months: 0,
            days: us / DAY_US,
            us: us % DAY_US,
        }
    }

    /// Returns the length by which intervals are compared: a month has 30 days, a day 24 hours.
    pub fn length_us(self) -> i128 {
        (i128::from(self.months) * 30 + i128::from(self.days)) * i128::from(DAY_US) + i128::from(self.us)
    }

    /// Returns a field as a coefficient and its scale; `None` for a field that is none.
    pub fn field(self, name: &str) -> Option<(i64, u32)> {
        match name.to_lowercase().as_str() {
            // A year has 365.25 days here, a month 30.
            "epoch" => {
                let (years, months) = (self.months / 12, self.months % 12);
                let seconds = years * 31_557_600 + months * 2_592_000 + self.days * 86_400;
                Some((seconds * 1_000_000 + self.us, 6))
            }
            "microseconds" | "microsecond" => Some((self.us % 60_000_000, 0)),
            "milliseconds" | "millisecond" => Some((self.us % 60_000_000, 3)),
            "second" | "seconds" => Some((self.us % 60_000_000, 6)),
            "minute" | "minutes" => Some((self.us / 60_000_000 % 60, 0)),
            "hour" | "hours" => Some((self.us / 3_600_000_000, 0)),
            "day" | "days" => Some((self.days, 0)),
            "month" | "months" => Some((self.months % 12, 0)),
            "quarter" => Some((self.months % 12 / 3 + 1, 0)),
            "year" | "years" => Some((self.months / 12, 0)),
            "decade" => Some((self.months / 120, 0)),
            "century" => Some((self.months / 1200, 0)),
            _ => None,
        }
    }
}

/// Splits into words: numbers and units that are glued together come apart.
fn tokens(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for part in text.split(|c: char| c.is_whitespace() || c == ',') {
        let mut word = String::new();
        for letter in part.chars() {
            let turns = word
                .chars()
                .last()
                .is_some_and(|last| last.is_alphabetic() != letter.is_alphabetic());
            if turns {
                words.push(std::mem::take(&mut word));
            }
            word.push(letter);
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    words
}

fn clock(text: &str) -> Option<i64> {
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => (-1, body),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let parts: Vec<&str> = body.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (*hours, *minutes, "0"),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let whole = |part: &str| {
        part.parse::<i64>()
            .ok()
            .filter(|value| (0..1_000_000_000).contains(value))
    };
    let seconds: f64 = seconds.parse().ok().filter(|value: &f64| (0.0..61.0).contains(value))?;
    let minutes = whole(minutes).filter(|minutes| *minutes < 60)?;
    let us = (whole(hours)? * 60 + minutes) * 60_000_000 + (seconds * 1e6).round() as i64;
    Some(sign * us)
}

/// As PostgreSQL prints it: `1 year 2 mons -3 days +04:05:06.7`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        let mut negative_before = false;
        for (value, unit) in [
            (self.months / 12, "year"),
            (self.months % 12, "mon"),
            (self.days, "day"),
        ] {
            if value == 0 {
                continue;
            }
            // A positive part after a negative one says so.
            let sign = if negative_before && value > 0 { "+" } else { "" };
            let plural = if value == 1 { "" } else { "s" };
            parts.push(format!("{sign}{value} {unit}{plural}"));
            negative_before = value < 0;
        }
        if self.us != 0 || parts.is_empty() {
            let us = self.us.unsigned_abs();
            let sign = match self.us {
                us if us < 0 => "-",
                _ if negative_before => "+",
                _ => "",
            };
            let (second, fraction) = (us / 1_000_000, us % 1_000_000);
            let mut text = format!("{sign}{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
            if fraction > 0 {
                text.push('.');
                text.push_str(format!("{fraction:06}").trim_end_matches('0'));
            }
            parts.push(text);
        }
        f.write_str(&parts.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_in_many_ways_and_printed_in_one() {
        for (text, printed) in [
            ("1 day", "1 day"),
            ("90 minutes", "01:30:00"),
            ("1 year 2 months 3 days 04:05:06.7", "1 year 2 mons 3 days 04:05:06.7"),
            ("1.5 days", "1 day 12:00:00"),
            ("2 weeks", "14 days"),
            ("-1 day +02:03:00", "-1 days +02:03:00"),
            ("P1Y2M3DT4H5M6S", "1 year 2 mons 3 days 04:05:06"),
            ("1-2", "1 year 2 mons"),
            ("1 day ago", "-1 days"),
            ("10s", "00:00:10"),
            ("1h30m", "01:30:00"),
            ("500 ms", "00:00:00.5"),
            ("0", "00:00:00"),
            ("1 02:03:04", "1 day 02:03:04"),
        ] {
            assert_eq!(
                Interval::parse(text, "second").map(|it| it.to_string()).as_deref(),
                Some(printed),
                "{text}"
            );
            assert_eq!(Interval::stored(printed).to_string(), printed);
        }
        assert_eq!(Interval::parse("3", "day").unwrap().to_string(), "3 days");
        assert_eq!(Interval::parse("soon", "second"), None);
        assert_eq!(Interval::parse("", "second"), None);
    }

    #[test]
    fn fractions_spill_into_smaller_units() {
        let day = Interval {
            months: 1,
            days: 1,
            us: 0,
        };
        assert_eq!(day.mul(1.5).to_string(), "1 mon 16 days 12:00:00");
        assert_eq!(
            Interval {
                months: 0,
                days: 1,
                us: 0
            }
            .mul(0.5)
            .to_string(),
            "12:00:00"
        );
    }
}
