//! An instant of virtual time, and how Kubernetes writes it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{Add, Sub};

/// Milliseconds since 1970-01-01T00:00:00Z. Objects print whole seconds, as Kubernetes' `metav1.Time` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// The instant at which every simulated cluster begins, unless told otherwise: Monday, 2026-01-05T09:00:00Z.
    pub const EPOCH: Time = Time(1_767_603_600_000);

    /// Returns the milliseconds from `earlier` until this instant; negative when `earlier` is later.
    pub fn since(self, earlier: Time) -> i64 {
        self.0 - earlier.0
    }

    /// Returns this instant as RFC 3339 with microseconds, as Kubernetes' `metav1.MicroTime` prints.
    pub fn micro(self) -> String {
        format!("{:.6}", self.timestamp())
    }

    /// Returns this instant as `jiff` knows it.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or_default()
    }
}

impl Add<i64> for Time {
    type Output = Time;
    fn add(self, ms: i64) -> Time {
        Time(self.0.saturating_add(ms))
    }
}

impl Sub<Time> for Time {
    type Output = i64;
    fn sub(self, earlier: Time) -> i64 {
        self.since(earlier)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0}",
            jiff::Timestamp::from_second(self.0.div_euclid(1000)).unwrap_or_default()
        )
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A saved world keeps the milliseconds, which Kubernetes' text leaves out.
        if !serializer.is_human_readable() {
            return serializer.serialize_i64(self.0);
        }
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Time);
        }
        let text = String::deserialize(deserializer)?;
        let parsed: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Time(parsed.as_millisecond()))
    }
}

/// Writes instants to the millisecond, in text too; objects of the API show whole seconds only.
pub mod exact {
    use super::Time;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes an instant.
    pub fn serialize<S: Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(time.0)
    }

    /// Reads an instant.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        i64::deserialize(from).map(Time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_prints_as_kubernetes_prints_it() {
        assert_eq!(Time::EPOCH.to_string(), "2026-01-05T09:00:00Z");
        assert_eq!((Time::EPOCH + 1_999).to_string(), "2026-01-05T09:00:01Z");
        assert_eq!((Time::EPOCH + 1_999).micro(), "2026-01-05T09:00:01.999000Z");
    }
}
