//! The ways in which the API server says no, in its own words.

use crate::api::{Key, Kind};
use std::fmt;

/// A write that was refused; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such object.
    NotFound(Key),
    /// There is one already.
    AlreadyExists(Key),
    /// The revision that the writer saw is not the one that the store holds.
    Conflict(Key),
    /// The uid that the writer meant is not the one that the store holds.
    OtherUid(Key),
    /// The object breaks a rule of its kind; each cause is `path: what`.
    Invalid {
        /// The object.
        key: Key,
        /// What is wrong with it.
        causes: Vec<String>,
    },
    /// Policy forbids it.
    Forbidden {
        /// The object.
        key: Key,
        /// Why.
        why: String,
    },
    /// The request makes no sense.
    BadRequest(String),
    /// The eviction of a pod would break a disruption budget.
    TooManyRequests(String),
    /// There is no room for one more object ([`super::ROOM`]).
    OutOfSpace,
    /// The API server cannot be reached from where the writer is.
    Unreachable,
}

/// Returns `statefulsets.apps`, as the API server names a resource in its refusals.
pub fn resource_name(kind: &Kind) -> String {
    let info = kind.info();
    if info.group.is_empty() {
        info.plural.to_string()
    } else {
        format!("{}.{}", info.plural, info.group)
    }
}

impl Refusal {
    /// Returns the API's `reason`, as kubectl prints it in parentheses; "" where it gives none.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NotFound",
            Self::AlreadyExists(_) => "AlreadyExists",
            Self::Conflict(_) | Self::OtherUid(_) => "Conflict",
            Self::Invalid { .. } => "Invalid",
            Self::Forbidden { .. } => "Forbidden",
            Self::BadRequest(_) => "BadRequest",
            Self::TooManyRequests(_) => "TooManyRequests",
            Self::OutOfSpace => "",
            Self::Unreachable => "ServiceUnavailable",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |key: &Key| format!("{} \"{}\"", resource_name(&key.kind), key.name);
        match self {
            Self::NotFound(key) => write!(f, "{} not found", named(key)),
            Self::AlreadyExists(key) => write!(f, "{} already exists", named(key)),
            Self::Conflict(key) => write!(
                f,
                "Operation cannot be fulfilled on {}: the object has been modified; please apply your changes to the latest version and try again",
                named(key)
            ),
            Self::OtherUid(key) => write!(
                f,
                "Operation cannot be fulfilled on {}: the UID in the precondition does not match the UID in record. The object might have been deleted and then recreated",
                named(key)
            ),
            Self::Invalid { key, causes } => {
                let info = key.kind.info();
                let kind = if info.group.is_empty() {
                    info.kind.to_string()
                } else {
                    format!("{}.{}", info.kind, info.group)
                };
                write!(f, "{kind} \"{}\" is invalid: ", key.name)?;
                match causes.as_slice() {
                    [one] => f.write_str(one),
                    many => write!(f, "[{}]", many.join(", ")),
                }
            }
            Self::Forbidden { key, why } => write!(f, "{} is forbidden: {why}", named(key)),
            Self::BadRequest(what) | Self::TooManyRequests(what) => f.write_str(what),
            Self::OutOfSpace => f.write_str("etcdserver: mvcc: database space exceeded"),
            Self::Unreachable => f.write_str("the server is currently unable to handle the request"),
        }
    }
}

impl std::error::Error for Refusal {}
