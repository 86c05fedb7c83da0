//! Amounts of cpu, memory and storage, in the canonical form that the API server gives back.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Amounts by resource name, as in `requests`.
pub type Resources = BTreeMap<String, Quantity>;

/// How an amount is written: `Gi`, `G` or `e9`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Format {
    #[default]
    Decimal,
    Binary,
    Exponent,
}

/// An amount in thousandths, with the family of its suffix.
///
/// Kubernetes keeps nanounits; amounts below one thousandth are rounded up to it here, as none of the simulated
/// resources is divided finer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Quantity {
    milli: i64,
    format: Format,
}

impl Quantity {
    /// Makes an amount of whole units.
    pub const fn whole(units: i64) -> Self {
        Self {
            milli: units * 1000,
            format: Format::Decimal,
        }
    }

    /// Makes an amount of thousandths (`250m`).
    pub const fn milli(milli: i64) -> Self {
        Self {
            milli,
            format: Format::Decimal,
        }
    }

    /// Makes an amount of bytes, printed with `Ki`, `Mi`, `Gi` …
    pub const fn bytes(bytes: i64) -> Self {
        Self {
            milli: bytes.saturating_mul(1000),
            format: Format::Binary,
        }
    }

    /// Returns the amount in thousandths.
    pub fn as_milli(self) -> i64 {
        self.milli
    }

    /// Returns the amount in whole units, rounded up (`Quantity.Value`).
    pub fn value(self) -> i64 {
        self.milli.div_euclid(1000) + i64::from(self.milli.rem_euclid(1000) != 0)
    }

    /// Says whether the amount is nothing.
    pub fn is_zero(self) -> bool {
        self.milli == 0
    }

    /// Returns the sum, in the format of the left; nothing has no format of its own (`Quantity.Add`).
    pub fn plus(self, other: Self) -> Self {
        Self {
            milli: self.milli.saturating_add(other.milli),
            format: if self.is_zero() { other.format } else { self.format },
        }
    }

    /// Returns the difference, in the format of the left.
    pub fn minus(self, other: Self) -> Self {
        Self {
            milli: self.milli.saturating_sub(other.milli),
            format: self.format,
        }
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.milli.cmp(&other.milli).then(self.format.cmp(&other.format))
    }
}

const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [&str; 8] = ["m", "", "k", "M", "G", "T", "P", "E"];

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.milli == 0 {
            return f.write_str("0");
        }
        // Amounts below 1024, or with a fraction, lose their binary suffix (`Quantity.CanonicalizeBytes`).
        if self.format == Format::Binary && self.milli % 1000 == 0 && self.milli.abs() >= 1024 * 1000 {
            let (mut n, mut i) = (self.milli / 1000, 0);
            while n % 1024 == 0 && i + 1 < BINARY.len() {
                (n, i) = (n / 1024, i + 1);
            }
            return write!(f, "{n}{}", BINARY[i]);
        }
        let (mut n, mut i) = (self.milli, 0);
        while n % 1000 == 0 && i + 1 < DECIMAL.len() {
            (n, i) = (n / 1000, i + 1);
        }
        match (self.format, i) {
            (Format::Exponent, 1) => write!(f, "{n}"),
            (Format::Exponent, _) => write!(f, "{n}e{}", (i as i64 - 1) * 3),
            _ => write!(f, "{n}{}", DECIMAL[i]),
        }
    }
}

impl FromStr for Quantity {
    type Err = String;

    /// Reads `250m`, `1.5Gi`, `1e3`, `10`; anything else gets the API server's own words.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'".to_owned();
        let end = text
            .find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c))
            .unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let negative = number.starts_with('-');
        let digits = number.trim_start_matches(['+', '-']);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let digits_only = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if number.len() - digits.len() > 1 || whole.len() + fraction.len() == 0 {
            return Err(wrong());
        }
        if !digits_only(whole) || !digits_only(fraction) {
            return Err(wrong());
        }
        let (numerator, denominator, format) = match suffix {
            "n" => (1, 1_000_000_000, Format::Decimal),
            "u" => (1, 1_000_000, Format::Decimal),
            _ if BINARY[1..].contains(&suffix) => {
                let power = BINARY.iter().position(|s| *s == suffix).unwrap_or(0) as u32;
                (1024i128.pow(power), 1, Format::Binary)
            }
            _ if DECIMAL.contains(&suffix) => {
                let power = DECIMAL.iter().position(|s| *s == suffix).unwrap_or(1) as u32;
                (1000i128.pow(power), 1000, Format::Decimal)
            }
            _ => {
                let power: i32 = suffix
                    .strip_prefix(['e', 'E'])
                    .and_then(|p| p.parse().ok())
                    .ok_or_else(wrong)?;
                if power.abs() > 18 {
                    return Err(wrong());
                }
                (
                    10i128.pow(power.max(0) as u32),
                    10i128.pow((-power).max(0) as u32),
                    Format::Exponent,
                )
            }
        };
        // More than nine places cannot change an amount in thousandths, as no suffix with a fraction exceeds `Ei`
        // in practice; longer numbers are cut so that nothing overflows.
        let fraction = &fraction[..fraction.len().min(9)];
        let scale = 10i128.pow(fraction.len() as u32);
        let mantissa: i128 = format!("0{whole}{fraction}").parse().map_err(|_| wrong())?;
        let product = mantissa
            .checked_mul(numerator)
            .and_then(|p| p.checked_mul(1000))
            .ok_or_else(wrong)?;
        let divisor = scale * denominator;
        let milli = product / divisor + i128::from(product % divisor != 0);
        let milli = i64::try_from(milli).unwrap_or(i64::MAX);
        Ok(Self {
            milli: if negative { -milli } else { milli },
            format,
        })
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_come_back_in_canonical_form() {
        for (given, printed) in [
            ("250m", "250m"),
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("1000", "1k"),
            ("1e3", "1e3"),
            ("0", "0"),
            ("512", "512"),
            ("100Ki", "100Ki"),
            ("2", "2"),
            ("-1", "-1"),
        ] {
            assert_eq!(given.parse::<Quantity>().unwrap().to_string(), printed, "{given}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "1GB", "Gi", "1..2", "--1", "1 Gi", "1e99", "1e", "٣"] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }
}
