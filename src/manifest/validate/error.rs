//! Why the API server refuses a value, in its own terms and words.
//!
//! The kinds and the texts are those of k8s.io/apimachinery, pkg/util/validation/field/errors.go.

use crate::manifest::path::Path;
use serde_json::Value;
use std::fmt;

/// One reason.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// What is wrong with the field.
    pub kind: ErrorKind,
    /// The field.
    pub path: Path,
    /// How the server writes the field, where it differs from the real path.
    pub shown: Option<String>,
    /// The value as the server shows it: JSON.
    pub value: String,
    /// The rest of the sentence.
    pub detail: String,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// It is missing.
    Required,
    /// Its value breaks a rule.
    Invalid,
    /// Its value is none of those that are known.
    NotSupported,
    /// Its value has been used before.
    Duplicate,
    /// It must not be there.
    Forbidden,
    /// It names something that is not there.
    NotFound,
    /// It is too long.
    TooLong,
}

impl FieldError {
    fn new(kind: ErrorKind, path: Path, value: impl Into<Value>, detail: impl Into<String>) -> FieldError {
        FieldError {
            kind,
            path,
            shown: None,
            value: value.into().to_string(),
            detail: detail.into(),
        }
    }

    /// A field that must be there.
    pub fn required(path: Path, detail: impl Into<String>) -> FieldError {
        FieldError::new(ErrorKind::Required, path, Value::Null, detail)
    }

    /// A value that breaks a rule.
    pub fn invalid(path: Path, value: impl Into<Value>, detail: impl Into<String>) -> FieldError {
        FieldError::new(ErrorKind::Invalid, path, value, detail)
    }

    /// A value that is none of `known`.
    pub fn not_supported(path: Path, value: impl Into<Value>, known: &[&str]) -> FieldError {
        let mut known: Vec<String> = known.iter().map(|word| format!("{word:?}")).collect();
        known.sort();
        FieldError::new(
            ErrorKind::NotSupported,
            path,
            value,
            format!("supported values: {}", known.join(", ")),
        )
    }

    /// A value that stood before.
    pub fn duplicate(path: Path, value: impl Into<Value>) -> FieldError {
        FieldError::new(ErrorKind::Duplicate, path, value, "")
    }

    /// A field that must not be there.
    pub fn forbidden(path: Path, detail: impl Into<String>) -> FieldError {
        FieldError::new(ErrorKind::Forbidden, path, Value::Null, detail)
    }

    /// A name of nothing.
    pub fn not_found(path: Path, value: impl Into<Value>) -> FieldError {
        FieldError::new(ErrorKind::NotFound, path, value, "")
    }

    /// A value that is too long.
    pub fn too_long(path: Path, detail: impl Into<String>) -> FieldError {
        FieldError::new(ErrorKind::TooLong, path, Value::Null, detail)
    }

    /// Sets how the server writes the field.
    pub fn shown_as(self, shown: impl Into<String>) -> FieldError {
        FieldError {
            shown: Some(shown.into()),
            ..self
        }
    }

    /// Returns the values that a field knows, when that is the reason.
    pub fn known_values(&self) -> Vec<&str> {
        match self.kind {
            ErrorKind::NotSupported => self.detail.split('"').skip(1).step_by(2).collect(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.kind {
            ErrorKind::Required => "Required value",
            ErrorKind::Invalid => "Invalid value",
            ErrorKind::NotSupported => "Unsupported value",
            ErrorKind::Duplicate => "Duplicate value",
            ErrorKind::Forbidden => "Forbidden",
            ErrorKind::NotFound => "Not found",
            ErrorKind::TooLong => "Too long",
        };
        match &self.shown {
            Some(shown) => write!(f, "{shown}: {words}")?,
            None => write!(f, "{}: {words}", self.path)?,
        }
        if !matches!(
            self.kind,
            ErrorKind::Required | ErrorKind::Forbidden | ErrorKind::TooLong
        ) {
            write!(f, ": {}", self.value)?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_read_as_those_of_the_server() {
        let path = || Path::parse("spec.containers[0].name");
        for (error, words) in [
            (
                FieldError::required(path(), ""),
                "spec.containers[0].name: Required value",
            ),
            (
                FieldError::duplicate(path(), "main"),
                "spec.containers[0].name: Duplicate value: \"main\"",
            ),
            (
                FieldError::not_found(path(), "nope"),
                "spec.containers[0].name: Not found: \"nope\"",
            ),
            (
                FieldError::invalid(Path::parse("spec.replicas"), -1, "must be greater than or equal to 0"),
                "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
            ),
            (
                FieldError::not_supported(Path::parse("spec.type"), "Nodeport", &["NodePort", "ClusterIP"]),
                "spec.type: Unsupported value: \"Nodeport\": supported values: \"ClusterIP\", \"NodePort\"",
            ),
            (
                FieldError::required(Path::parse("spec.resources"), "").shown_as("spec.resources[storage]"),
                "spec.resources[storage]: Required value",
            ),
        ] {
            assert_eq!(error.to_string(), words);
        }
    }
}
