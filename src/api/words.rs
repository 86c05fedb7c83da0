//! The grammar of the objects: how a struct of Kubernetes is written down here, and the small words they all share.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A string that is mostly one of Kubernetes' constants.
pub type Text = Cow<'static, str>;

/// Says whether a value is its type's default, and so is not printed.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Declares structs of the API: camelCase in text, [`Rest`] for what is only carried.
///
/// A field written `name: Type` is printed when it differs from the type's default (Go's `omitempty`);
/// a field written `name: Type = default` is always printed, and has that default when the manifest is silent.
macro_rules! words {
    () => {};
    ($(#[$m:meta])* pub struct $name:ident { $($body:tt)* } $($more:tt)*) => {
        words!(@fields [$(#[$m])* $name] [] [] [] $($body)*);
        words!($($more)*);
    };
    (@fields [$(#[$m:meta])* $name:ident] [$($fields:tt)*] [$($defaults:tt)*] [$($known:ident)*]) => {
        $(#[$m])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $($fields)*
            /// The valid fields that are kept, but not simulated.
            #[serde(flatten)]
            pub rest: $crate::api::Rest,
        }
        impl Default for $name {
            fn default() -> Self {
                Self { $($defaults)* rest: Default::default() }
            }
        }
        impl $crate::api::carried::Carries for $name {
            fn carried(&self, found: &mut $crate::api::carried::Finder) {
                $(found.look(stringify!($known), &self.$known);)*
                found.rest(&self.rest);
            }
        }
    };
    (@fields $head:tt [$($fields:tt)*] [$($defaults:tt)*] [$($known:ident)*]
        $(#[$m:meta])* $field:ident : $t:ty = $default:expr, $($more:tt)*) => {
        words!(@fields $head [$($fields)* $(#[$m])* pub $field: $t,] [$($defaults)* $field: $default,]
            [$($known)* $field] $($more)*);
    };
    (@fields $head:tt [$($fields:tt)*] [$($defaults:tt)*] [$($known:ident)*]
        $(#[$m:meta])* $field:ident : $t:ty, $($more:tt)*) => {
        words!(@fields $head
            [$($fields)* $(#[$m])* #[serde(skip_serializing_if = "crate::api::words::is_default")] pub $field: $t,]
            [$($defaults)* $field: Default::default(),] [$($known)* $field] $($more)*);
    };
}

/// The valid fields of a struct that pglab keeps, prints and compares, but does not simulate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rest(Option<Arc<Map<String, Value>>>);

impl Rest {
    /// Returns the carried fields in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter().flat_map(|map| map.iter())
    }

    /// Returns the carried value of `field`, if there is one.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.as_ref()?.get(field)
    }

    /// Says whether nothing is carried.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Carries `field` no more.
    pub fn remove(&mut self, field: &str) {
        if self.get(field).is_some() {
            let mut map = self.0.take().map(Arc::unwrap_or_clone).unwrap_or_default();
            map.remove(field);
            *self = map.into();
        }
    }

    /// Carries `value` as `field`.
    pub fn set(&mut self, field: &str, value: Value) {
        let mut map = self.0.take().map(Arc::unwrap_or_clone).unwrap_or_default();
        map.insert(field.to_owned(), value);
        self.0 = Some(Arc::new(map));
    }
}

impl From<Map<String, Value>> for Rest {
    fn from(map: Map<String, Value>) -> Self {
        Self(if map.is_empty() { None } else { Some(Arc::new(map)) })
    }
}

impl Serialize for Rest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Rest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from)
    }
}

/// Labels or annotations: a sorted map that is cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(#[serde(with = "crate::pack::shared")] Arc<BTreeMap<String, String>>);

impl Labels {
    /// Returns the value of `key`, or "" where there is none.
    pub fn value(&self, key: &str) -> &str {
        self.get(key).map_or("", String::as_str)
    }

    /// Sets `key` to `value`.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.insert(key.into(), value.into());
    }

    /// Says whether both are one and the same map in memory (a quick yes; a no says nothing).
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Labels {
    type Target = BTreeMap<String, String>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Labels {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.0)
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        Self(Arc::new(iter.into_iter().map(|(k, v)| (k.into(), v.into())).collect()))
    }
}

/// A number or a name or a percentage, as in `targetPort` and `maxSurge`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum IntOrString {
    /// A plain number.
    Int(i64),
    /// A name (`http`) or a percentage (`25%`).
    String(String),
}

impl Default for IntOrString {
    fn default() -> Self {
        Self::Int(0)
    }
}

// By hand: a derived one keeps a copy of what it reads, and tries twice.
impl<'de> Deserialize<'de> for IntOrString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

/// Reads an [`IntOrString`].
struct Either;

impl Visitor<'_> for Either {
    type Value = IntOrString;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number or a string")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<IntOrString, E> {
        Ok(IntOrString::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<IntOrString, E> {
        i64::try_from(number).map(IntOrString::Int).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<IntOrString, E> {
        Ok(IntOrString::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<IntOrString, E> {
        Ok(IntOrString::String(text))
    }
}

impl std::fmt::Display for IntOrString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(n) => n.fmt(f),
            Self::String(s) => s.fmt(f),
        }
    }
}

impl IntOrString {
    /// Returns the number meant of `total`, a percentage rounded up or down (`GetScaledValueFromIntOrPercent`).
    pub fn of(&self, total: i64, round_up: bool) -> i64 {
        match self {
            Self::Int(n) => *n,
            Self::String(s) => {
                let percent: i64 = s.trim_end_matches('%').parse().unwrap_or(0);
                let product = total.saturating_mul(percent);
                if round_up {
                    (product + 99).div_euclid(100)
                } else {
                    product.div_euclid(100)
                }
            }
        }
    }
}
