//! Arithmetic of numeric: sums, products, quotients and powers, with the scales that PostgreSQL gives them.

use Decimal::{Nan, Number};

use super::{Decimal, power_of_ten, too_long};
use crate::programs::sql::reply::Report;

/// The digits that a quotient has at least (NUMERIC_MIN_SIG_DIGITS in utils/numeric.h).
const MIN_SIGNIFICANT: i64 = 16;

impl Decimal {
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
