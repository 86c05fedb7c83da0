//! Parts of a point in time: added, cut off, told apart.

use super::{INFINITY, MINUS_INFINITY};
use crate::programs::sql::values::calendar::{Civil, DAY_US, days_in_month};
use crate::programs::sql::values::interval::Interval;

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
