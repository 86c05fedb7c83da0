//! Days, months and the clock's face: the arithmetic of the proleptic Gregorian calendar.

/// Microseconds in a day.
pub const DAY_US: i64 = 86_400_000_000;

/// A date in the calendar; year 0 is 1 BC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// The month, 1 to 12.
    pub month: u32,
    /// The day of the month, from 1.
    pub day: u32,
}

impl Civil {
    /// Returns the date that lies `days` after 1970-01-01.
    pub fn from_days(days: i64) -> Self {
        // Count from 0000-03-01, so that the leap day is the last of its year.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        } as u32;
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day,
        }
    }

    /// Returns how many days after 1970-01-01 this date lies.
    pub fn days(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = i64::from((self.month + 9) % 12);
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// Tells whether there is such a day.
    pub fn is_real(self) -> bool {
        (1..=12).contains(&self.month) && self.day >= 1 && self.day <= days_in_month(self.year, self.month)
    }
}

/// Returns how many days the month has.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the time as PostgreSQL's log prefix `%m` has it: `2024-01-31 13:45:10.123 UTC`.
pub fn log_time(unix_ms: u64) -> String {
    let (day, ms) = (unix_ms / 86_400_000, unix_ms % 86_400_000);
    let date = Civil::from_days(i64::try_from(day).expect("milliseconds of u64 are few enough days"));
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!(
        "{:04}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}.{:03} UTC",
        date.year,
        date.month,
        date.day,
        ms % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree_for_two_thousand_years() {
        for days in (-400_000..400_000).step_by(17) {
            let date = Civil::from_days(days);
            assert!(date.is_real());
            assert_eq!(date.days(), days);
        }
        assert_eq!(
            Civil {
                year: 2000,
                month: 2,
                day: 29
            }
            .days(),
            11_016
        );
        assert!(
            !Civil {
                year: 1900,
                month: 2,
                day: 29
            }
            .is_real()
        );
    }

    #[test]
    fn the_log_shows_utc_with_milliseconds() {
        assert_eq!(log_time(1_706_708_710_123), "2024-01-31 13:45:10.123 UTC");
    }
}
