//! Operators that SQLite has not, or has with other manners: overflow, exact numbers, dates, JSON.

use rusqlite::types::Value;

use super::{Function, Give, Take, boolean, decimal, decimal_of, function, int, int_of, real, real_of, text, text_of};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::calendar::DAY_US;
use crate::programs::sql::values::convert::{self, fits, stored_timestamptz};
use crate::programs::sql::values::datetime::{self, add_interval, print_date, print_time, print_timestamp};
use crate::programs::sql::values::decimal::division_by_zero;
use crate::programs::sql::values::interval::Interval;
use crate::programs::sql::values::{Base, ColumnType, Modifier, Type};

const I2: Take = Take::Is(Base::Int2);
const I4: Take = Take::Is(Base::Int4);
const I8: Take = Take::Is(Base::Int8);
const N: Take = Take::Is(Base::Numeric);
const F: Take = Take::Is(Base::Float8);
const T: Take = Take::Is(Base::Text);
const DATE: Take = Take::Is(Base::Date);
const TS: Take = Take::Is(Base::Timestamp);
const TZ: Take = Take::Is(Base::Timestamptz);
const TIME: Take = Take::Is(Base::Time);
const SPAN: Take = Take::Is(Base::Interval);

/// The operators, by names that begin with their sign.
pub const FUNCTIONS: &[Function] = &[
    function("+i2", &[I2, I2], Give::Is(Base::Int2), |_, a| {
        whole(a, Base::Int2, i64::checked_add)
    }),
    function("+i4", &[I4, I4], Give::Is(Base::Int4), |_, a| {
        whole(a, Base::Int4, i64::checked_add)
    }),
    function("+i8", &[I8, I8], Give::Is(Base::Int8), |_, a| {
        whole(a, Base::Int8, i64::checked_add)
    }),
    function("-i2", &[I2, I2], Give::Is(Base::Int2), |_, a| {
        whole(a, Base::Int2, i64::checked_sub)
    }),
    function("-i4", &[I4, I4], Give::Is(Base::Int4), |_, a| {
        whole(a, Base::Int4, i64::checked_sub)
    }),
    function("-i8", &[I8, I8], Give::Is(Base::Int8), |_, a| {
        whole(a, Base::Int8, i64::checked_sub)
    }),
    function("*i2", &[I2, I2], Give::Is(Base::Int2), |_, a| {
        whole(a, Base::Int2, i64::checked_mul)
    }),
    function("*i4", &[I4, I4], Give::Is(Base::Int4), |_, a| {
        whole(a, Base::Int4, i64::checked_mul)
    }),
    function("*i8", &[I8, I8], Give::Is(Base::Int8), |_, a| {
        whole(a, Base::Int8, i64::checked_mul)
    }),
    function("/i2", &[I2, I2], Give::Is(Base::Int2), |_, a| {
        divided(a, Base::Int2, i64::checked_div)
    }),
    function("/i4", &[I4, I4], Give::Is(Base::Int4), |_, a| {
        divided(a, Base::Int4, i64::checked_div)
    }),
    function("/i8", &[I8, I8], Give::Is(Base::Int8), |_, a| {
        divided(a, Base::Int8, i64::checked_div)
    }),
    function("%i2", &[I2, I2], Give::Is(Base::Int2), |_, a| {
        divided(a, Base::Int2, rest)
    }),
    function("%i4", &[I4, I4], Give::Is(Base::Int4), |_, a| {
        divided(a, Base::Int4, rest)
    }),
    function("%i8", &[I8, I8], Give::Is(Base::Int8), |_, a| {
        divided(a, Base::Int8, rest)
    }),
    function("+n", &[N, N], Give::Is(Base::Numeric), |_, a| {
        decimal(decimal_of(&a[0]).add(decimal_of(&a[1]))?)
    }),
    function("-n", &[N, N], Give::Is(Base::Numeric), |_, a| {
        decimal(decimal_of(&a[0]).sub(decimal_of(&a[1]))?)
    }),
    function("*n", &[N, N], Give::Is(Base::Numeric), |_, a| {
        decimal(decimal_of(&a[0]).mul(decimal_of(&a[1]))?)
    }),
    function("/n", &[N, N], Give::Is(Base::Numeric), |_, a| {
        decimal(decimal_of(&a[0]).div(decimal_of(&a[1]))?)
    }),
    function("%n", &[N, N], Give::Is(Base::Numeric), |_, a| {
        decimal(decimal_of(&a[0]).rem(decimal_of(&a[1]))?)
    }),
    function("+f", &[F, F], Give::Is(Base::Float8), |_, a| {
        real(real_of(&a[0]) + real_of(&a[1]))
    }),
    function("-f", &[F, F], Give::Is(Base::Float8), |_, a| {
        real(real_of(&a[0]) - real_of(&a[1]))
    }),
    function("*f", &[F, F], Give::Is(Base::Float8), |_, a| {
        real(real_of(&a[0]) * real_of(&a[1]))
    }),
    function("/f", &[F, F], Give::Is(Base::Float8), |_, a| {
        if real_of(&a[1]) == 0.0 {
            Err(division_by_zero())
        } else {
            real(real_of(&a[0]) / real_of(&a[1]))
        }
    }),
    function("+f4", &[F, F], Give::Is(Base::Float4), |_, a| {
        narrow(real_of(&a[0]) + real_of(&a[1]))
    }),
    function("-f4", &[F, F], Give::Is(Base::Float4), |_, a| {
        narrow(real_of(&a[0]) - real_of(&a[1]))
    }),
    function("*f4", &[F, F], Give::Is(Base::Float4), |_, a| {
        narrow(real_of(&a[0]) * real_of(&a[1]))
    }),
    function("/f4", &[F, F], Give::Is(Base::Float4), |_, a| {
        if real_of(&a[1]) == 0.0 {
            Err(division_by_zero())
        } else {
            narrow(real_of(&a[0]) / real_of(&a[1]))
        }
    }),
    function("neg n", &[N], Give::Is(Base::Numeric), |_, a| {
        decimal(decimal_of(&a[0]).neg())
    }),
    function("neg i", &[I8], Give::Same(0), |_, a| {
        int_of(&a[0]).checked_neg().map_or(Err(out_of_range(Base::Int8)), int)
    }),
    function("neg span", &[SPAN], Give::Is(Base::Interval), |_, a| {
        text(span(&a[0]).neg().to_string())
    }),
    function("date+i", &[DATE, I4], Give::Is(Base::Date), |_, a| {
        days(date(&a[0]).checked_add(int_of(&a[1])))
    }),
    function("date-i", &[DATE, I4], Give::Is(Base::Date), |_, a| {
        days(date(&a[0]).checked_sub(int_of(&a[1])))
    }),
    function("date-date", &[DATE, DATE], Give::Is(Base::Int4), |_, a| {
        int(date(&a[0]).wrapping_sub(date(&a[1])))
    }),
    function("date+time", &[DATE, TIME], Give::Is(Base::Timestamp), |_, a| {
        text(print_timestamp(stamp(&a[0]) + time(&a[1])))
    }),
    function("ts+span", &[TS, SPAN], Give::Is(Base::Timestamp), |_, a| {
        moved(&a[0], span(&a[1]), print_timestamp)
    }),
    function("ts-span", &[TS, SPAN], Give::Is(Base::Timestamp), |_, a| {
        moved(&a[0], span(&a[1]).neg(), print_timestamp)
    }),
    function("tz+span", &[TZ, SPAN], Give::Is(Base::Timestamptz), |_, a| {
        moved(&a[0], span(&a[1]), stored_timestamptz)
    }),
    function("tz-span", &[TZ, SPAN], Give::Is(Base::Timestamptz), |_, a| {
        moved(&a[0], span(&a[1]).neg(), stored_timestamptz)
    }),
    function("ts-ts", &[TS, TS], Give::Is(Base::Interval), |_, a| {
        text(Interval::between(stamp(&a[0]), stamp(&a[1])).to_string())
    }),
    function("time+span", &[TIME, SPAN], Give::Is(Base::Time), |_, a| {
        text(print_time((time(&a[0]) + span(&a[1]).us).rem_euclid(DAY_US)))
    }),
    function("time-span", &[TIME, SPAN], Give::Is(Base::Time), |_, a| {
        text(print_time((time(&a[0]) - span(&a[1]).us).rem_euclid(DAY_US)))
    }),
    function("time-time", &[TIME, TIME], Give::Is(Base::Interval), |_, a| {
        text(
            Interval {
                us: time(&a[0]) - time(&a[1]),
                ..Interval::default()
            }
            .to_string(),
        )
    }),
    function("span+span", &[SPAN, SPAN], Give::Is(Base::Interval), |_, a| {
        text(span(&a[0]).add(span(&a[1])).to_string())
    }),
    function("span-span", &[SPAN, SPAN], Give::Is(Base::Interval), |_, a| {
        text(span(&a[0]).add(span(&a[1]).neg()).to_string())
    }),
    function("span*f", &[SPAN, F], Give::Is(Base::Interval), |_, a| {
        text(span(&a[0]).mul(real_of(&a[1])).to_string())
    }),
    function("span/f", &[SPAN, F], Give::Is(Base::Interval), |_, a| {
        if real_of(&a[1]) == 0.0 {
            return Err(division_by_zero());
        }
        text(span(&a[0]).mul(1.0 / real_of(&a[1])).to_string())
    }),
    function("span length", &[SPAN], Give::Is(Base::Int8), |_, a| {
        let length = span(&a[0]).length_us();
        int(i64::try_from(length).unwrap_or(if length > 0 { i64::MAX } else { i64::MIN }))
    }),
    function("at zone ts", &[T, TS], Give::Is(Base::Timestamptz), |_, a| {
        text(stored_timestamptz(stamp(&a[1]) - zone(&a[0])? * 1_000_000))
    }),
    function("at zone tz", &[T, TZ], Give::Is(Base::Timestamp), |_, a| {
        text(print_timestamp(stamp(&a[1]) + zone(&a[0])? * 1_000_000))
    }),
    // cast(value, from, to): the types by their short names.
    function("cast", &[T, T, T], Give::Is(Base::Text), |runtime, a| {
        convert::cast(a[0].clone(), named(&a[1]), named(&a[2]), runtime.place)
    }),
    // fit(value, type, kind, a, b, explicit): applies a modifier.
    function("fit", &[T, T, T, I4, I4, I4], Give::Is(Base::Text), |_, a| {
        let number = |at: usize| u32::try_from(int_of(&a[at])).unwrap_or(0);
        let modifier = match text_of(&a[2]) {
            "length" => Modifier::Length(number(3)),
            "decimal" => Modifier::Decimal(number(3), number(4)),
            _ => Modifier::Seconds(number(3)),
        };
        convert::fit(
            a[0].clone(),
            ColumnType {
                ty: named(&a[1]),
                modifier,
            },
            int_of(&a[5]) != 0,
        )
    }),
    // print(value, type): as text in the session's manner.
    function("print", &[T, T], Give::Is(Base::Text), |runtime, a| {
        text(convert::output(&a[0], named(&a[1]), runtime.place).unwrap_or_default())
    }),
    function("raise", &[T, T], Give::Is(Base::Text), |_, a| {
        Err(Report::error(text_of(&a[0]), text_of(&a[1])))
    }),
    function("same", &[T, T], Give::Is(Base::Bool), |_, a| boolean(a[0] == a[1])),
];

fn whole(a: &[Value], base: Base, apply: fn(i64, i64) -> Option<i64>) -> Result<Value, Report> {
    match apply(int_of(&a[0]), int_of(&a[1])).filter(|result| fits(*result, Type::of(base))) {
        Some(result) => int(result),
        None => Err(out_of_range(base)),
    }
}

fn divided(a: &[Value], base: Base, apply: fn(i64, i64) -> Option<i64>) -> Result<Value, Report> {
    if int_of(&a[1]) == 0 {
        Err(division_by_zero())
    } else {
        whole(a, base, apply)
    }
}

fn rest(a: i64, b: i64) -> Option<i64> {
    Some(a.wrapping_rem(b))
}

fn narrow(value: f64) -> Result<Value, Report> {
    real(f64::from(value as f32))
}

fn out_of_range(base: Base) -> Report {
    Report::error("22003", format!("{} out of range", Type::of(base)))
}

fn named(name: &Value) -> Type {
    Type::from_name(text_of(name)).unwrap_or(Type::of(Base::Text))
}

fn date(value: &Value) -> i64 {
    datetime::stored_date(text_of(value))
}

fn stamp(value: &Value) -> i64 {
    datetime::stored(text_of(value))
}

fn time(value: &Value) -> i64 {
    datetime::parse_clock(text_of(value)).map_or(0, |(us, _)| us)
}

fn span(value: &Value) -> Interval {
    Interval::stored(text_of(value))
}

fn zone(name: &Value) -> Result<i64, Report> {
    datetime::zone(text_of(name)).ok_or_else(|| unknown_zone(text_of(name)))
}

/// Returns what is said of a time zone that pglab does not know: it may well be a real one.
pub fn unknown_zone(name: &str) -> Report {
    if name.contains('/') || name.len() == 3 {
        Report::beyond(format!("the time zone \"{name}\""))
    } else {
        Report::error("22023", format!("time zone \"{name}\" not recognized"))
    }
}

/// Dates that PostgreSQL's own calendar holds: 4713 BC to 5874897 AD.
const DAYS: std::ops::RangeInclusive<i64> = -2_440_588..=2_145_031_948;

fn days(days: Option<i64>) -> Result<Value, Report> {
    match days.filter(|days| DAYS.contains(days)) {
        Some(days) => text(print_date(days)),
        None => Err(Report::error("22008", "date out of range")),
    }
}

fn moved(from: &Value, by: Interval, print: fn(i64) -> String) -> Result<Value, Report> {
    match add_interval(stamp(from), &by) {
        Some(us) => text(print(us)),
        None => Err(Report::error("22008", "timestamp out of range")),
    }
}
