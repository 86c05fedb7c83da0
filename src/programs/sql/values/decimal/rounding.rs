//! Rounding of numeric: to a scale, to a column, to whole numbers.

use Decimal::{Nan, Number};

use super::{Decimal, power_of_ten, too_long};
use crate::programs::sql::reply::Report;

impl Decimal {
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
