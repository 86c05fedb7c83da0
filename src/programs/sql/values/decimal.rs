//! numeric: exact decimal numbers with a scale that is part of the value.
//!
//! Up to 38 digits are kept where PostgreSQL keeps 131,072: more are refused by name.

#![expect(
    clippy::should_implement_trait,
    reason = "arithmetic here can fail, or rounds, and says so by its name"
)]

use std::cmp::Ordering;
use std::fmt;

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

use Decimal::{Nan, Number};

/// The digits that a quotient has at least (NUMERIC_MIN_SIG_DIGITS in utils/numeric.h).
const MIN_SIGNIFICANT: i64 = 16;

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

    /// Adds.
    pub fn add(self, other: Self) -> Result<Self, Report> {
        self.on_one_scale(other, i128::checked_add)
    }

    /// Subtracts.
    pub fn sub(self, other: Self) -> Result<Self, Report> {
        self.on_one_scale(other, i128::checked_sub)
    }

    /// Multiplies; the scales add up.
    pub fn mul(self, other: Self) -> Result<Self, Report> {
        match (self, other) {
            (
                Number {
                    coefficient: a,
                    scale: s,
                },
                Number {
                    coefficient: b,
                    scale: t,
                },
            ) => Ok(Number {
                coefficient: a.checked_mul(b).ok_or_else(too_long)?,
                scale: s + t,
            }),
            _ => Ok(Nan),
        }
    }

    /// Divides, with the scale that PostgreSQL picks (select_div_scale in numeric.c): at least 16 significant digits.
    pub fn div(self, other: Self) -> Result<Self, Report> {
        let (
            Number {
                coefficient: a,
                scale: s,
            },
            Number {
                coefficient: b,
                scale: t,
            },
        ) = (self, other)
        else {
            return Ok(Nan);
        };
        if b == 0 {
            return Err(division_by_zero());
        }
        let ((weight1, first1), (weight2, first2)) = (groups(a, s), groups(b, t));
        let quotient_weight = weight1 - weight2 - i64::from(first1 <= first2);
        let wanted = (MIN_SIGNIFICANT - quotient_weight * 4)
            .max(s.into())
            .max(t.into())
            .clamp(0, 1000);
        let wanted = u32::try_from(wanted).expect("it was clamped");
        self.div_to(other, wanted)
    }

    /// Divides to a given number of digits behind the point, rounding halves away from zero.
    pub fn div_to(self, other: Self, digits: u32) -> Result<Self, Report> {
        let (
            Number {
                coefficient: a,
                scale: s,
            },
            Number {
                coefficient: b,
                scale: t,
            },
        ) = (self, other)
        else {
            return Ok(Nan);
        };
        if b == 0 {
            return Err(division_by_zero());
        }
        // a / 10^s : b / 10^t  =  a * 10^(digits + t - s) / b  at scale `digits`.
        let shift = i64::from(digits) + i64::from(t) - i64::from(s);
        let negative = (a < 0) != (b < 0);
        let (mut rest, mut divisor) = (a.unsigned_abs(), b.unsigned_abs());
        let mut quotient: u128;
        if shift >= 0 {
            // Digit by digit: the dividend may be longer than any integer here, the quotient may not.
            quotient = rest / divisor;
            rest %= divisor;
            for _ in 0..shift {
                rest = rest.checked_mul(10).ok_or_else(too_long)?;
                quotient = quotient
                    .checked_mul(10)
                    .and_then(|quotient| quotient.checked_add(rest / divisor))
                    .ok_or_else(too_long)?;
                rest %= divisor;
            }
        } else {
            let factor = power_of_ten(u32::try_from(-shift).map_err(|_| too_long())?)?;
            divisor = divisor.checked_mul(factor.unsigned_abs()).ok_or_else(too_long)?;
            quotient = rest / divisor;
            rest %= divisor;
        }
        if rest >= divisor - rest {
            quotient += 1;
        }
        let quotient = i128::try_from(quotient).map_err(|_| too_long())?;
        Ok(Number {
            coefficient: if negative { -quotient } else { quotient },
            scale: digits,
        })
    }

    /// Returns the rest of a division, with the sign of the dividend.
    pub fn rem(self, other: Self) -> Result<Self, Report> {
        if other.is_zero() {
            return Err(division_by_zero());
        }
        self.on_one_scale(other, i128::checked_rem)
    }

    /// Changes the sign.
    pub fn neg(self) -> Self {
        match self {
            Number { coefficient, scale } => Number {
                coefficient: -coefficient,
                scale,
            },
            Nan => Nan,
        }
    }

    /// Rounds to `digits` behind the point, halves away from zero; fewer digits are filled with zeros.
    pub fn rounded(self, digits: u32) -> Result<Self, Report> {
        self.cut_to(digits, |quotient, rest, divisor| {
            if rest.abs() >= divisor - rest.abs() {
                quotient + rest.signum()
            } else {
                quotient
            }
        })
    }

    /// Cuts to `digits` behind the point.
    pub fn truncated(self, digits: u32) -> Result<Self, Report> {
        self.cut_to(digits, |quotient, _, _| quotient)
    }

    /// Returns the next whole number below.
    pub fn floor(self) -> Result<Self, Report> {
        self.cut_to(0, |quotient, rest, _| quotient - i128::from(rest < 0))
    }

    /// Returns the next whole number above.
    pub fn ceil(self) -> Result<Self, Report> {
        self.cut_to(0, |quotient, rest, _| quotient + i128::from(rest > 0))
    }

    /// Rounds to tens, hundreds … for a negative count of digits.
    pub fn rounded_at(self, digits: i64, cut: bool) -> Result<Self, Report> {
        if let Ok(digits) = u32::try_from(digits) {
            return if cut {
                self.truncated(digits)
            } else {
                self.rounded(digits)
            };
        }
        let factor = power_of_ten(u32::try_from(-digits).map_err(|_| too_long())?)?;
        let factor = Number {
            coefficient: factor,
            scale: 0,
        };
        let Number { coefficient, scale } = self else {
            return Ok(Nan);
        };
        let Number { coefficient: unit, .. } = factor else {
            return Ok(Nan);
        };
        let small = if cut {
            let whole = unit.checked_mul(power_of_ten(scale)?).ok_or_else(too_long)?;
            Number {
                coefficient: coefficient / whole,
                scale: 0,
            }
        } else {
            self.div_to(factor, 0)?
        };
        small.mul(factor)
    }

    /// Raises to a whole power.
    pub fn powi(self, exponent: i64) -> Result<Self, Report> {
        let (mut result, mut square, mut left) = (Self::from_int(1), self, exponent.unsigned_abs());
        while left > 0 {
            if left % 2 == 1 {
                result = result.mul(square)?;
            }
            left /= 2;
            if left > 0 {
                square = square.mul(square)?;
            }
        }
        if exponent < 0 {
            Self::from_int(1).div(result)
        } else {
            Ok(result)
        }
    }

    /// Returns the square root, with PostgreSQL's scale: at least 16 significant digits.
    pub fn sqrt(self) -> Result<Self, Report> {
        let Number { coefficient, scale } = self else {
            return Ok(Nan);
        };
        if coefficient < 0 {
            return Err(Report::error("2201F", "cannot take square root of a negative number"));
        }
        let (weight, _) = groups(coefficient, scale);
        let root_weight = (weight + 1) * 4 / 2 - 1;
        let digits = (MIN_SIGNIFICANT - root_weight).max(scale.into()).clamp(0, 1000) as u32;
        // sqrt(c / 10^s) at scale d is the root of c * 10^(2d - s).
        let shift = (2 * digits).checked_sub(scale).ok_or_else(too_long)?;
        // One digit more than wanted is needed to round; there is no room for it beyond 38 digits.
        let radicand = coefficient.checked_mul(power_of_ten(shift)?).ok_or_else(too_long)?;
        let root = radicand.isqrt();
        let up = radicand - root * root > root;
        Ok(Number {
            coefficient: root + i128::from(up),
            scale: digits,
        })
    }

    /// Fits the value into `numeric(precision, scale)`.
    pub fn fitted(self, precision: u32, scale: u32) -> Result<Self, Report> {
        let rounded = self.rounded(scale)?;
        if let Number { coefficient, .. } = rounded {
            let limit = power_of_ten(precision).unwrap_or(i128::MAX);
            if coefficient.abs() >= limit {
                let whole = precision - scale;
                let bound = if whole == 0 {
                    "1".to_owned()
                } else {
                    format!("10^{whole}")
                };
                return Err(Report::error("22003", "numeric field overflow").detail(format!(
                    "A field with precision {precision}, scale {scale} must round to an absolute value less than \
                     {bound}."
                )));
            }
        }
        Ok(rounded)
    }

    /// Returns the value without zeros at the end of its fraction.
    pub fn trimmed(self) -> Self {
        let Number {
            mut coefficient,
            mut scale,
        } = self
        else {
            return Nan;
        };
        while scale > 0 && coefficient % 10 == 0 {
            coefficient /= 10;
            scale -= 1;
        }
        Number { coefficient, scale }
    }

    fn on_one_scale(self, other: Self, apply: fn(i128, i128) -> Option<i128>) -> Result<Self, Report> {
        match (self, other) {
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
                let scale = s.max(t);
                let a = a.checked_mul(power_of_ten(scale - s)?).ok_or_else(too_long)?;
                let b = b.checked_mul(power_of_ten(scale - t)?).ok_or_else(too_long)?;
                Ok(Number {
                    coefficient: apply(a, b).ok_or_else(too_long)?,
                    scale,
                })
            }
            _ => Ok(Nan),
        }
    }

    fn cut_to(self, digits: u32, round: fn(i128, i128, i128) -> i128) -> Result<Self, Report> {
        let Number { coefficient, scale } = self else {
            return Ok(Nan);
        };
        if digits >= scale {
            let coefficient = coefficient
                .checked_mul(power_of_ten(digits - scale)?)
                .ok_or_else(too_long)?;
            return Ok(Number {
                coefficient,
                scale: digits,
            });
        }
        let divisor = power_of_ten(scale - digits)?;
        let coefficient = round(coefficient / divisor, coefficient % divisor, divisor);
        Ok(Number {
            coefficient,
            scale: digits,
        })
    }
}

/// Returns the weight and the value of the first group of four digits, as PostgreSQL stores numbers.
fn groups(coefficient: i128, scale: u32) -> (i64, i64) {
    if coefficient == 0 {
        return (0, 0);
    }
    let digits = coefficient.unsigned_abs().to_string();
    // The power of ten of the first digit decides in which group it stands.
    let first_power = digits.len() as i64 - 1 - i64::from(scale);
    let weight = first_power.div_euclid(4);
    let in_group = usize::try_from(first_power.rem_euclid(4) + 1).expect("a group has four digits");
    let group: String = digits.chars().chain(std::iter::repeat('0')).take(in_group).collect();
    (weight, group.parse().unwrap_or(0))
}

/// Returns the error of a division by zero.
pub fn division_by_zero() -> Report {
    Report::error("22012", "division by zero")
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
