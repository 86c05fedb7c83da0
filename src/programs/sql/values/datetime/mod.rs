//! Dates, times of day and timestamps: reading, printing, cutting and adding.
//!
//! A timestamp is microseconds since 1970-01-01 00:00; one with time zone counts in UTC. The calendar before 1 AD is
//! left out, and of time zones only fixed offsets and a few names without daylight saving are known.

mod reading;
mod parts;

pub use parts::{add_interval, age, field, iso_week, truncate};
pub use reading::{Bad, Parsed, parse_clock, parse_timestamp, zone};

use super::calendar::{Civil, DAY_US};

/// The timestamp later than all others.
pub const INFINITY: i64 = i64::MAX;

/// The timestamp earlier than all others.
pub const MINUS_INFINITY: i64 = i64::MIN;

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
    use crate::programs::sql::values::interval::Interval;

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
