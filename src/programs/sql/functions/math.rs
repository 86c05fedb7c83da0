//! Functions on numbers.

use rusqlite::types::Value;

use super::{Function, Give, Take, decimal, decimal_of, function, int, int_of, real, real_of};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::Base;
use crate::programs::sql::values::decimal::{Decimal, division_by_zero};

const I2: Take = Take::Is(Base::Int2);
const I4: Take = Take::Is(Base::Int4);
const I8: Take = Take::Is(Base::Int8);
const N: Take = Take::Is(Base::Numeric);
const F: Take = Take::Is(Base::Float8);
const NUMERIC: Give = Give::Is(Base::Numeric);
const FLOAT: Give = Give::Is(Base::Float8);

/// Functions on numbers.
pub const FUNCTIONS: &[Function] = &[
    function("abs", &[I2], Give::Same(0), |_, a| magnitude(a)),
    function("abs", &[I4], Give::Same(0), |_, a| magnitude(a)),
    function("abs", &[I8], Give::Same(0), |_, a| magnitude(a)),
    function("abs", &[N], NUMERIC, |_, a| {
        let number = decimal_of(&a[0]);
        decimal(if number.sign() < 0 { number.neg() } else { number })
    }),
    function("abs", &[F], FLOAT, |_, a| real(real_of(&a[0]).abs())),
    function("ceil", &[N], NUMERIC, |_, a| decimal(decimal_of(&a[0]).ceil()?)),
    function("ceil", &[F], FLOAT, |_, a| real(real_of(&a[0]).ceil())),
    function("ceiling", &[N], NUMERIC, |_, a| decimal(decimal_of(&a[0]).ceil()?)),
    function("ceiling", &[F], FLOAT, |_, a| real(real_of(&a[0]).ceil())),
    function("floor", &[N], NUMERIC, |_, a| decimal(decimal_of(&a[0]).floor()?)),
    function("floor", &[F], FLOAT, |_, a| real(real_of(&a[0]).floor())),
    function("round", &[N], NUMERIC, |_, a| decimal(decimal_of(&a[0]).rounded(0)?)),
    function("round", &[F], FLOAT, |_, a| real(real_of(&a[0]).round_ties_even())),
    function("round", &[N, I4], NUMERIC, |_, a| {
        decimal(decimal_of(&a[0]).rounded_at(int_of(&a[1]), false)?)
    }),
    function("trunc", &[N], NUMERIC, |_, a| decimal(decimal_of(&a[0]).truncated(0)?)),
    function("trunc", &[F], FLOAT, |_, a| real(real_of(&a[0]).trunc())),
    function("trunc", &[N, I4], NUMERIC, |_, a| {
        decimal(decimal_of(&a[0]).rounded_at(int_of(&a[1]), true)?)
    }),
    function("mod", &[I4, I4], Give::Is(Base::Int4), |_, a| remainder(a)),
    function("mod", &[I8, I8], Give::Is(Base::Int8), |_, a| remainder(a)),
    function("mod", &[N, N], NUMERIC, |_, a| {
        decimal(decimal_of(&a[0]).rem(decimal_of(&a[1]))?)
    }),
    function("div", &[N, N], NUMERIC, |_, a| {
        decimal(
            decimal_of(&a[0])
                .sub(decimal_of(&a[0]).rem(decimal_of(&a[1]))?)?
                .div(decimal_of(&a[1]))?
                .truncated(0)?,
        )
    }),
    function("sign", &[N], NUMERIC, |_, a| {
        decimal(Decimal::from_int(decimal_of(&a[0]).sign()))
    }),
    function("sign", &[F], FLOAT, |_, a| {
        let number = real_of(&a[0]);
        real(if number == 0.0 { 0.0 } else { number.signum() })
    }),
    function("sqrt", &[F], FLOAT, |_, a| {
        if real_of(&a[0]) < 0.0 {
            return Err(Report::error("2201F", "cannot take square root of a negative number"));
        }
        real(real_of(&a[0]).sqrt())
    }),
    function("sqrt", &[N], NUMERIC, |_, a| decimal(decimal_of(&a[0]).sqrt()?)),
    function("cbrt", &[F], FLOAT, |_, a| real(real_of(&a[0]).cbrt())),
    function("power", &[F, F], FLOAT, |_, a| power(real_of(&a[0]), real_of(&a[1]))),
    function("power", &[N, N], NUMERIC, |_, a| {
        decimal_power(decimal_of(&a[0]), decimal_of(&a[1]))
    }),
    function("pow", &[F, F], FLOAT, |_, a| power(real_of(&a[0]), real_of(&a[1]))),
    function("pow", &[N, N], NUMERIC, |_, a| {
        decimal_power(decimal_of(&a[0]), decimal_of(&a[1]))
    }),
    function("exp", &[F], FLOAT, |_, a| real(real_of(&a[0]).exp())),
    function("ln", &[F], FLOAT, |_, a| real(positive(real_of(&a[0]))?.ln())),
    function("log", &[F], FLOAT, |_, a| real(positive(real_of(&a[0]))?.log10())),
    function("log10", &[F], FLOAT, |_, a| real(positive(real_of(&a[0]))?.log10())),
    function("pi", &[], FLOAT, |_, _| real(std::f64::consts::PI)),
    function("degrees", &[F], FLOAT, |_, a| real(real_of(&a[0]).to_degrees())),
    function("radians", &[F], FLOAT, |_, a| real(real_of(&a[0]).to_radians())),
    function("sin", &[F], FLOAT, |_, a| real(real_of(&a[0]).sin())),
    function("cos", &[F], FLOAT, |_, a| real(real_of(&a[0]).cos())),
    function("tan", &[F], FLOAT, |_, a| real(real_of(&a[0]).tan())),
    function("atan", &[F], FLOAT, |_, a| real(real_of(&a[0]).atan())),
    function("gcd", &[I4, I4], Give::Is(Base::Int4), |_, a| {
        int(gcd(int_of(&a[0]), int_of(&a[1])))
    }),
    function("gcd", &[I8, I8], Give::Is(Base::Int8), |_, a| {
        int(gcd(int_of(&a[0]), int_of(&a[1])))
    }),
    function("lcm", &[I4, I4], Give::Is(Base::Int4), |_, a| {
        let (a, b) = (int_of(&a[0]), int_of(&a[1]));
        int(if a == 0 || b == 0 { 0 } else { (a / gcd(a, b) * b).abs() })
    }),
    function("factorial", &[I8], NUMERIC, |_, a| {
        let n = int_of(&a[0]);
        if n < 0 {
            return Err(Report::error("22003", "factorial of a negative number is undefined"));
        }
        decimal((1..=n).try_fold(Decimal::from_int(1), |product, n| product.mul(Decimal::from_int(n)))?)
    }),
    function("width_bucket", &[F, F, F, I4], Give::Is(Base::Int4), |_, a| {
        let (value, low, high, count) = (real_of(&a[0]), real_of(&a[1]), real_of(&a[2]), int_of(&a[3]));
        if count <= 0 {
            return Err(Report::error("2201G", "count must be greater than zero"));
        }
        if low == high {
            return Err(Report::error("2201G", "lower bound cannot equal upper bound"));
        }
        let part = (value - low) / (high - low) * count as f64;
        int(if part < 0.0 {
            0
        } else {
            (part.floor() as i64 + 1).min(count + 1)
        })
    }),
    function("random", &[], FLOAT, |runtime, _| {
        real((runtime.draw() >> 11) as f64 / (1_u64 << 53) as f64)
    })
    .volatile(),
    function("setseed", &[F], Give::Is(Base::Void), |runtime, a| {
        runtime.dice = real_of(&a[0]).to_bits();
        super::text("")
    })
    .volatile(),
];

fn magnitude(a: &[Value]) -> Result<Value, Report> {
    int_of(&a[0])
        .checked_abs()
        .map_or_else(|| Err(Report::error("22003", "bigint out of range")), int)
}

fn remainder(a: &[Value]) -> Result<Value, Report> {
    if int_of(&a[1]) == 0 {
        Err(division_by_zero())
    } else {
        int(int_of(&a[0]).wrapping_rem(int_of(&a[1])))
    }
}

fn positive(value: f64) -> Result<f64, Report> {
    if value == 0.0 {
        return Err(Report::error("2201E", "cannot take logarithm of zero"));
    }
    if value < 0.0 {
        return Err(Report::error("2201E", "cannot take logarithm of a negative number"));
    }
    Ok(value)
}

fn power(base: f64, exponent: f64) -> Result<Value, Report> {
    if base == 0.0 && exponent < 0.0 {
        return Err(Report::error("2201F", "zero raised to a negative power is undefined"));
    }
    if base < 0.0 && exponent.fract() != 0.0 {
        return Err(Report::error(
            "2201F",
            "a negative number raised to a non-integer power yields a complex result",
        ));
    }
    real(base.powf(exponent))
}

/// Whole powers are exact, with 16 digits behind the point as PostgreSQL 15 prints them.
fn decimal_power(base: Decimal, exponent: Decimal) -> Result<Value, Report> {
    let whole = exponent.to_int().filter(|whole| Decimal::from_int(*whole) == exponent);
    match whole {
        Some(exponent) if base.is_zero() && exponent < 0 => {
            Err(Report::error("2201F", "zero raised to a negative power is undefined"))
        }
        Some(exponent) => {
            let scale = base.scale().max(16);
            decimal(base.powi(exponent)?.rounded(scale)?)
        }
        None => Err(Report::beyond("fractional powers of numeric")),
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).unwrap_or(i64::MAX)
}
