//! Functions on dates and times.

use rusqlite::types::Value;

use super::operators::unknown_zone;
use super::{Function, Give, Take, boolean, decimal, function, int_of, real, real_of, text, text_of};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::Base;
use crate::programs::sql::values::calendar::{Civil, DAY_US};
use crate::programs::sql::values::convert::stored_timestamptz;
use crate::programs::sql::values::datetime::{self, print_date, print_time, print_timestamp, stored};
use crate::programs::sql::values::decimal::Decimal;
use crate::programs::sql::values::interval::Interval;

const T: Take = Take::Is(Base::Text);
const I: Take = Take::Is(Base::Int4);
const F: Take = Take::Is(Base::Float8);
const DATE: Take = Take::Is(Base::Date);
const TIME: Take = Take::Is(Base::Time);
const TS: Take = Take::Is(Base::Timestamp);
const TZ: Take = Take::Is(Base::Timestamptz);
const SPAN: Take = Take::Is(Base::Interval);
const STAMPTZ: Give = Give::Is(Base::Timestamptz);
const STAMP: Give = Give::Is(Base::Timestamp);

/// Functions on dates and times. The clock is the simulated one.
pub const FUNCTIONS: &[Function] = &[
    function("now", &[], STAMPTZ, |runtime, _| {
        text(stored_timestamptz(runtime.place.now_us))
    }),
    function("transaction_timestamp", &[], STAMPTZ, |runtime, _| {
        text(stored_timestamptz(runtime.place.now_us))
    }),
    function("statement_timestamp", &[], STAMPTZ, |runtime, _| {
        text(stored_timestamptz(runtime.clock_us))
    }),
    function("clock_timestamp", &[], STAMPTZ, |runtime, _| {
        text(stored_timestamptz(runtime.clock_us + runtime.slept_us))
    })
    .volatile(),
    function("localtimestamp", &[], STAMP, |runtime, _| {
        text(print_timestamp(runtime.place.now_us + runtime.place.zone_s * 1_000_000))
    }),
    function("current_date", &[], Give::Is(Base::Date), |runtime, _| {
        text(print_date(
            (runtime.place.now_us + runtime.place.zone_s * 1_000_000).div_euclid(DAY_US),
        ))
    }),
    function("localtime", &[], Give::Is(Base::Time), |runtime, _| {
        text(print_time(
            (runtime.place.now_us + runtime.place.zone_s * 1_000_000).rem_euclid(DAY_US),
        ))
    }),
    function("date_trunc", &[T, TS], STAMP, |_, a| {
        truncated(text_of(&a[0]), stored(text_of(&a[1])), "timestamp without time zone")
            .and_then(|us| text(print_timestamp(us)))
    }),
    function("date_trunc", &[T, TZ], STAMPTZ, |runtime, a| {
        let zone_us = runtime.place.zone_s * 1_000_000;
        let local = truncated(
            text_of(&a[0]),
            stored(text_of(&a[1])) + zone_us,
            "timestamp with time zone",
        )?;
        text(stored_timestamptz(local - zone_us))
    }),
    function("date_trunc", &[T, SPAN], Give::Is(Base::Interval), |_, a| {
        let span = span(&a[1]);
        let cut = |unit: i64| span.us / unit * unit;
        text(
            match text_of(&a[0]).to_lowercase().as_str() {
                "second" => Interval {
                    us: cut(1_000_000),
                    ..span
                },
                "minute" => Interval {
                    us: cut(60_000_000),
                    ..span
                },
                "hour" => Interval {
                    us: cut(3_600_000_000),
                    ..span
                },
                "day" => Interval { us: 0, ..span },
                "month" => Interval { us: 0, days: 0, ..span },
                "year" => Interval {
                    us: 0,
                    days: 0,
                    months: span.months / 12 * 12,
                },
                unit => return Err(unknown_unit(unit, "interval")),
            }
            .to_string(),
        )
    }),
    function("date_part", &[T, DATE], Give::Is(Base::Float8), |_, a| {
        part(
            &a[0],
            datetime::field(text_of(&a[0]), stored(text_of(&a[1])), 0),
            "date",
        )
    }),
    function("date_part", &[T, TS], Give::Is(Base::Float8), |_, a| {
        part(
            &a[0],
            datetime::field(text_of(&a[0]), stored(text_of(&a[1])), 0),
            "timestamp without time zone",
        )
    }),
    function("date_part", &[T, TZ], Give::Is(Base::Float8), |runtime, a| {
        part(
            &a[0],
            zoned_field(&a[0], &a[1], runtime.place.zone_s),
            "timestamp with time zone",
        )
    }),
    function("date_part", &[T, SPAN], Give::Is(Base::Float8), |_, a| {
        part(&a[0], span(&a[1]).field(text_of(&a[0])), "interval")
    }),
    function("extract", &[T, DATE], Give::Is(Base::Numeric), |_, a| {
        let field = datetime::field(text_of(&a[0]), stored(text_of(&a[1])), 0);
        // A date has whole seconds only.
        let field = field.map(|(value, scale)| {
            if scale == 6 && text_of(&a[0]) == "epoch" {
                (value / 1_000_000, 0)
            } else {
                (value, scale)
            }
        });
        extracted(&a[0], field, "date")
    }),
    function("extract", &[T, TIME], Give::Is(Base::Numeric), |_, a| {
        let us = datetime::parse_clock(text_of(&a[1])).map_or(0, |(us, _)| us);
        extracted(&a[0], datetime::field(text_of(&a[0]), us, 0), "time without time zone")
    }),
    function("extract", &[T, TS], Give::Is(Base::Numeric), |_, a| {
        extracted(
            &a[0],
            datetime::field(text_of(&a[0]), stored(text_of(&a[1])), 0),
            "timestamp without time zone",
        )
    }),
    function("extract", &[T, TZ], Give::Is(Base::Numeric), |runtime, a| {
        extracted(
            &a[0],
            zoned_field(&a[0], &a[1], runtime.place.zone_s),
            "timestamp with time zone",
        )
    }),
    function("extract", &[T, SPAN], Give::Is(Base::Numeric), |_, a| {
        extracted(&a[0], span(&a[1]).field(text_of(&a[0])), "interval")
    }),
    function("age", &[TS, TS], Give::Is(Base::Interval), |_, a| {
        text(datetime::age(stored(text_of(&a[0])), stored(text_of(&a[1]))).to_string())
    }),
    function("age", &[TZ, TZ], Give::Is(Base::Interval), |_, a| {
        text(datetime::age(stored(text_of(&a[0])), stored(text_of(&a[1]))).to_string())
    }),
    function("age", &[TS], Give::Is(Base::Interval), |runtime, a| {
        let today = (runtime.place.now_us + runtime.place.zone_s * 1_000_000).div_euclid(DAY_US) * DAY_US;
        text(datetime::age(today, stored(text_of(&a[0]))).to_string())
    }),
    function("timezone", &[T, TS], STAMPTZ, |_, a| {
        let zone = datetime::zone(text_of(&a[0])).ok_or_else(|| unknown_zone(text_of(&a[0])))?;
        text(stored_timestamptz(stored(text_of(&a[1])) - zone * 1_000_000))
    }),
    function("timezone", &[T, TZ], STAMP, |_, a| {
        let zone = datetime::zone(text_of(&a[0])).ok_or_else(|| unknown_zone(text_of(&a[0])))?;
        text(print_timestamp(stored(text_of(&a[1])) + zone * 1_000_000))
    }),
    function("to_timestamp", &[F], STAMPTZ, |_, a| {
        let us = (real_of(&a[0]) * 1e6).round();
        if us.abs() > 9e18 {
            return Err(Report::error(
                "22008",
                format!("timestamp out of range: \"{}\"", real_of(&a[0])),
            ));
        }
        text(stored_timestamptz(us as i64))
    }),
    function("make_date", &[I, I, I], Give::Is(Base::Date), |_, a| {
        text(print_date(civil(a)?.days()))
    }),
    function("make_time", &[I, I, F], Give::Is(Base::Time), |_, a| {
        text(print_time(clock(a)?))
    }),
    function("make_timestamp", &[I, I, I, I, I, F], STAMP, |_, a| {
        text(print_timestamp(civil(a)?.days() * DAY_US + clock(&a[3..])?))
    }),
    function(
        "make_interval",
        &[I, I, I, I, I, I, F],
        Give::Is(Base::Interval),
        |_, a| {
            let n = |at: usize| int_of(&a[at]);
            let us = (n(4) * 60 + n(5)) * 60_000_000 + (real_of(&a[6]) * 1e6).round() as i64;
            text(
                Interval {
                    months: n(0) * 12 + n(1),
                    days: n(2) * 7 + n(3),
                    us,
                }
                .to_string(),
            )
        },
    ),
    function("justify_hours", &[SPAN], Give::Is(Base::Interval), |_, a| {
        text(justify_hours(span(&a[0])).to_string())
    }),
    function("justify_days", &[SPAN], Give::Is(Base::Interval), |_, a| {
        text(justify_days(span(&a[0])).to_string())
    }),
    function("justify_interval", &[SPAN], Give::Is(Base::Interval), |_, a| {
        text(justify_days(justify_hours(span(&a[0]))).to_string())
    }),
    function("isfinite", &[DATE], Give::Is(Base::Bool), |_, a| {
        boolean(!text_of(&a[0]).ends_with("infinity"))
    }),
    function("isfinite", &[TS], Give::Is(Base::Bool), |_, a| {
        boolean(!text_of(&a[0]).ends_with("infinity"))
    }),
    function("isfinite", &[TZ], Give::Is(Base::Bool), |_, a| {
        boolean(!text_of(&a[0]).ends_with("infinity"))
    }),
    function("date_bin", &[SPAN, TS, TS], STAMP, |_, a| {
        let step = i64::try_from(span(&a[0]).length_us()).unwrap_or(0);
        if step <= 0 {
            return Err(Report::error("22008", "stride must be greater than zero"));
        }
        let origin = stored(text_of(&a[2]));
        text(print_timestamp(
            origin + (stored(text_of(&a[1])) - origin).div_euclid(step) * step,
        ))
    }),
    function("pg_sleep", &[F], Give::Is(Base::Void), |runtime, a| {
        // A day is longer than anybody waits; the statement's time passes outside.
        runtime.slept_us += (real_of(&a[0]).clamp(0.0, 86_400.0) * 1e6) as i64;
        text("")
    })
    .volatile(),
];

fn span(value: &Value) -> Interval {
    Interval::stored(text_of(value))
}

fn zoned_field(name: &Value, stamp: &Value, zone_s: i64) -> Option<(i64, u32)> {
    datetime::field(text_of(name), stored(text_of(stamp)) + zone_s * 1_000_000, zone_s)
}

fn truncated(unit: &str, us: i64, type_name: &str) -> Result<i64, Report> {
    datetime::truncate(unit, us).ok_or_else(|| unknown_unit(unit, type_name))
}

fn unknown_unit(unit: &str, type_name: &str) -> Report {
    Report::error("22023", format!("unit \"{unit}\" not recognized for type {type_name}"))
}

fn part(name: &Value, field: Option<(i64, u32)>, type_name: &str) -> Result<Value, Report> {
    let (value, scale) = field.ok_or_else(|| unknown_unit(text_of(name), type_name))?;
    real(value as f64 / 10_f64.powi(scale as i32))
}

fn extracted(name: &Value, field: Option<(i64, u32)>, type_name: &str) -> Result<Value, Report> {
    let (value, scale) = field.ok_or_else(|| unknown_unit(text_of(name), type_name))?;
    decimal(Decimal::Number {
        coefficient: value.into(),
        scale,
    })
}

fn civil(a: &[Value]) -> Result<Civil, Report> {
    let (year, month, day) = (int_of(&a[0]), int_of(&a[1]), int_of(&a[2]));
    let civil = Civil {
        year,
        month: month as u32,
        day: day as u32,
    };
    if civil.is_real() && year > 0 {
        return Ok(civil);
    }
    Err(Report::error(
        "22008",
        format!("date field value out of range: {year}-{month:02}-{day:02}"),
    ))
}

fn clock(a: &[Value]) -> Result<i64, Report> {
    let (hour, minute, second) = (int_of(&a[0]), int_of(&a[1]), real_of(&a[2]));
    if !(0..=24).contains(&hour) || !(0..60).contains(&minute) || !(0.0..=60.0).contains(&second) {
        return Err(Report::error(
            "22008",
            format!("time field value out of range: {hour}:{minute:02}:{second:02}"),
        ));
    }
    Ok((hour * 60 + minute) * 60_000_000 + (second * 1e6).round() as i64)
}

fn justify_hours(span: Interval) -> Interval {
    Interval {
        days: span.days + span.us / DAY_US,
        us: span.us % DAY_US,
        ..span
    }
}

fn justify_days(span: Interval) -> Interval {
    Interval {
        months: span.months + span.days / 30,
        days: span.days % 30,
        ..span
    }
}
