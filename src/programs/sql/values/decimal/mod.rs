//! numeric: exact decimal numbers with a scale that is part of the value.
//!
//! Up to 38 digits are kept where PostgreSQL keeps 131,072: more are refused by name.

#![expect(
    clippy::should_implement_trait,
    reason = "arithmetic here can fail, or rounds, and says so by its name"
)]

mod arithmetic;
mod rounding;

pub use arithmetic::division_by_zero;

use std::cmp::Ordering;
use std::fmt;

use Decimal::{Nan, Number};

use crate::programs::sql::reply::Report;

/// A numeric value: `coefficient / 10^scale`, or not a number.
#[derive(Clone, Copy, Debug)]
pub enum Decimal {
    /// `NaN`; it equals itself and is greater than all numbers.
    Nan,
    /// A number.
    Number {
        /// The digits, with their sign.
        coefficient: i128,
        /// How many of them stand behind the point.
        scale: u32,
    },
}

fn too_long() -> Report {
    Report::beyond("numbers of more than 38 digits")
}

fn power_of_ten(exponent: u32) -> Result<i128, Report> {
    10_i128.checked_pow(exponent).ok_or_else(too_long)
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Number {
        coefficient: 0,
        scale: 0,
    };

    /// Returns a whole number.
    pub fn from_int(value: i64) -> Self {
        Number {
            coefficient: value.into(),
            scale: 0,
        }
    }

    /// Reads a number as PostgreSQL does: `1`, `-1.50`, `.5`, `1e3`, `NaN`. `None` when it is none.
    pub fn parse(text: &str) -> Option<Result<Self, Report>> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("nan") {
            return Some(Ok(Nan));
        }
        let (negative, body) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match body.find(['e', 'E']) {
            Some(at) => (&body[..at], body[at + 1..].parse::<i32>().ok()?),
            None => (body, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !digits_only(whole) || !digits_only(fraction) {
            return None;
        }
        let digits: String = whole.chars().chain(fraction.chars()).collect();
        let Ok(coefficient) = (if digits.is_empty() {
            Ok(0)
        } else {
            digits.parse::<i128>()
        }) else {
            return Some(Err(too_long()));
        };
        let coefficient = if negative { -coefficient } else { coefficient };
        let scale = i64::try_from(fraction.len()).unwrap_or(i64::MAX) - i64::from(exponent);
        Some(if scale >= 0 {
            match u32::try_from(scale) {
                Ok(scale) if scale <= 1000 => Ok(Number { coefficient, scale }),
                _ => Err(too_long()),
            }
        } else {
            u32::try_from(-scale)
                .map_err(|_| too_long())
                .and_then(power_of_ten)
                .and_then(|factor| coefficient.checked_mul(factor).ok_or_else(too_long))
                .map(|coefficient| Number { coefficient, scale: 0 })
        })
    }

    /// Reads a number that was written by `Display`.
    pub fn stored(text: &str) -> Self {
        match Self::parse(text) {
            Some(Ok(value)) => value,
            _ => Self::ZERO,
        }
    }

    /// Returns a float as a number: 15 significant digits of double precision, 6 of real, as PostgreSQL keeps them.
    pub fn from_float(value: f64, digits: usize) -> Result<Self, Report> {
        if value.is_nan() {
            return Ok(Nan);
        }
        if value.is_infinite() {
            return Err(Report::beyond("infinity as numeric"));
        }
        let text = format!("{value:.*e}", digits - 1);
        let number = Self::parse(&text).unwrap_or_else(|| Err(too_long()))?;
        Ok(number.trimmed())
    }

    /// Returns the nearest double precision number.
    pub fn to_float(self) -> f64 {
        match self {
            Nan => f64::NAN,
            number => number.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// Returns the nearest whole number, halves away from zero; `None` for NaN and what does not fit.
    pub fn to_int(self) -> Option<i64> {
        match self.rounded(0).ok()? {
            Number { coefficient, .. } => i64::try_from(coefficient).ok(),
            Nan => None,
        }
    }

    /// Returns how many digits stand behind the point.
    pub fn scale(self) -> u32 {
        if let Number { scale, .. } = self { scale } else { 0 }
    }

    /// Tells whether it is zero.
    pub fn is_zero(self) -> bool {
        matches!(self, Number { coefficient: 0, .. })
    }

    /// Returns -1, 0 or 1.
    pub fn sign(self) -> i64 {
        match self {
            Nan => 1,
            Number { coefficient, .. } => coefficient.signum() as i64,
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Number { coefficient, scale } = *self else {
            return f.write_str("NaN");
        };
        if coefficient < 0 {
            f.write_str("-")?;
        }
        let scale = scale as usize;
        let digits = format!("{:0>width$}", coefficient.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        f.write_str(whole)?;
        if scale > 0 { write!(f, ".{fraction}") } else { Ok(()) }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (Nan, Nan) => Ordering::Equal,
            (Nan, _) => Ordering::Greater,
            (_, Nan) => Ordering::Less,
            (
                Number {
                    coefficient: a,
                    scale: s,
                },
                Number {
                    coefficient: b,
                    scale: t,
                },
            ) => {
                if a.signum() != b.signum() {
                    return a.signum().cmp(&b.signum());
                }
                let common = s.max(t);
                let widen = |value: i128, scale| {
                    power_of_ten(common - scale)
                        .ok()
                        .and_then(|factor| value.checked_mul(factor))
                };
                match (widen(a, s), widen(b, t)) {
                    (Some(a), Some(b)) => a.cmp(&b),
                    // What does not fit when widened is the greater of the two in size.
                    (None, _) => {
                        if a > 0 {
                            Ordering::Greater
                        } else {
                            Ordering::Less
                        }
                    }
                    (_, None) => {
                        if b > 0 {
                            Ordering::Less
                        } else {
                            Ordering::Greater
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap().unwrap()
    }

    #[test]
    fn quotients_have_the_scale_that_postgresql_gives_them() {
        // Taken from PostgreSQL 15.
        for (a, b, quotient) in [
            ("1", "3", "0.33333333333333333333"),
            ("10", "4", "2.5000000000000000"),
            ("100", "3", "33.3333333333333333"),
            ("1", "7.5", "0.13333333333333333333"),
            ("12345.678", "2", "6172.8390000000000000"),
            ("22", "7", "3.1428571428571429"),
            ("-1", "3", "-0.33333333333333333333"),
            ("0", "3", "0.00000000000000000000"),
        ] {
            assert_eq!(number(a).div(number(b)).unwrap().to_string(), quotient, "{a} / {b}");
        }
        assert_eq!(number("1").div(number("0")).unwrap_err().message, "division by zero");
    }

    #[test]
    fn numbers_keep_their_scale_and_compare_without_it() {
        assert_eq!(number("1.50").add(number("2.5")).unwrap().to_string(), "4.00");
        assert_eq!(number("1.50").mul(number("2.5")).unwrap().to_string(), "3.750");
        assert_eq!(number("1.0"), number("1.00"));
        assert!(number("-2") < number("-1.99"));
        assert!(number("NaN") > number("1e30"));
        assert_eq!(number("1e3").to_string(), "1000");
        assert_eq!(number("-.5").to_string(), "-0.5");
        assert_eq!(number("2.345").rounded(2).unwrap().to_string(), "2.35");
        assert_eq!(number("-2.5").rounded(0).unwrap().to_string(), "-3");
        assert_eq!(number("-2.5").floor().unwrap().to_string(), "-3");
        assert_eq!(number("1234.5").rounded_at(-2, false).unwrap().to_string(), "1200");
        assert_eq!(number("2").sqrt().unwrap().to_string(), "1.414213562373095");
        assert_eq!(Decimal::from_float(0.1, 15).unwrap().to_string(), "0.1");
        assert!(Decimal::parse("1x").is_none());
        assert!(Decimal::parse("").is_none());
    }

    #[test]
    fn a_number_that_does_not_fit_its_column_says_how_large_it_may_be() {
        assert_eq!(number("12.345").fitted(5, 2).unwrap().to_string(), "12.35");
        let error = number("1234.5").fitted(5, 2).unwrap_err();
        assert_eq!(error.message, "numeric field overflow");
        assert_eq!(
            error.detail.unwrap(),
            "A field with precision 5, scale 2 must round to an absolute value less than 10^3."
        );
    }
}
