//! The grammars of names, with the sentences that the API server says when one is broken.
//!
//! Source: k8s.io/apimachinery, pkg/util/validation/validation.go. Each function returns what is wrong; nothing is good.

use super::{At, FieldError};

/// Adds an error for each sentence.
pub fn check(at: &At<'_>, wrong: Vec<String>, errors: &mut Vec<FieldError>) {
    errors.extend(
        wrong
            .into_iter()
            .map(|wrong| FieldError::invalid(at.path(), at.shown(), wrong)),
    );
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ENV_NAME: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";

/// A name such as `db-0`: at most 63 characters.
pub fn dns_label(name: &str) -> Vec<String> {
    let mut wrong = too_long(name, 63);
    if !is_label(name) {
        wrong.push(LABEL.to_owned());
    }
    wrong
}

/// A name such as `db.example.com`: at most 253 characters.
pub fn dns_subdomain(name: &str) -> Vec<String> {
    let mut wrong = too_long(name, 253);
    // The server stops at a name that is too long (apimachinery, pkg/api/validate/content).
    if wrong.is_empty() && !name.split('.').all(is_label) {
        wrong.push(SUBDOMAIN.to_owned());
    }
    wrong
}

/// A key of a label: `app`, or `app.kubernetes.io/name`.
pub fn qualified(key: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let name = match key.split_once('/') {
        None => key,
        Some((_, name)) if name.contains('/') => {
            return vec![format!(
                "a qualified name {QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
        Some((prefix, name)) => {
            if prefix.is_empty() {
                wrong.push("prefix part must be non-empty".to_owned());
            } else {
                wrong.extend(
                    dns_subdomain(prefix)
                        .into_iter()
                        .map(|wrong| format!("prefix part {wrong}")),
                );
            }
            name
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else {
        wrong.extend(too_long(name, 63).into_iter().map(|wrong| format!("name part {wrong}")));
    }
    if !is_word(name) {
        wrong.push(format!("name part {QUALIFIED}"));
    }
    wrong
}

/// A value of a label.
pub fn label_value(value: &str) -> Vec<String> {
    let mut wrong = too_long(value, 63);
    if !value.is_empty() && !is_word(value) {
        wrong.push(LABEL_VALUE.to_owned());
    }
    wrong
}

/// A key of a ConfigMap or a Secret: `postgresql.conf`.
pub fn config_key(key: &str) -> Vec<String> {
    let mut wrong = too_long(key, 253);
    if key.is_empty()
        || !key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    {
        wrong.push(CONFIG_KEY.to_owned());
    } else if key == "." || key == ".." {
        wrong.push(format!("must not be '{key}'"));
    } else if key.starts_with("..") {
        wrong.push("must not start with '..'".to_owned());
    }
    wrong
}

/// A name of an environment variable, as relaxed as it is since Kubernetes 1.34.
pub fn env_name(name: &str) -> Vec<String> {
    if name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=') {
        Vec::new()
    } else {
        vec![ENV_NAME.to_owned()]
    }
}

/// A name of a container's port: at most 15 characters with a letter.
pub fn port_name(name: &str) -> Vec<String> {
    let mut wrong = too_long(name, 15);
    let letter = |byte: u8| byte.is_ascii_lowercase();
    if !name
        .bytes()
        .all(|byte| letter(byte) || byte.is_ascii_digit() || byte == b'-')
    {
        wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !name.bytes().any(letter) {
        wrong.push("must contain at least one letter (a-z)".to_owned());
    }
    if name.contains("--") {
        wrong.push("must not contain consecutive hyphens".to_owned());
    }
    if name.starts_with('-') || name.ends_with('-') {
        wrong.push("must not begin or end with a hyphen".to_owned());
    }
    wrong
}

/// A number of a port.
pub fn port_number(port: i64) -> Vec<String> {
    if (1..=65535).contains(&port) {
        Vec::new()
    } else {
        vec!["must be between 1 and 65535, inclusive".to_owned()]
    }
}

/// Labels: keys and values.
pub fn labels(at: &At<'_>, errors: &mut Vec<FieldError>) {
    for (key, value) in at.entries() {
        let shown = at.path().to_string();
        let wrong = qualified(key)
            .into_iter()
            .map(|wrong| FieldError::invalid(value.path(), key, wrong));
        errors.extend(wrong.map(|error| error.shown_as(shown.clone())));
        let wrong = label_value(value.text())
            .into_iter()
            .map(|wrong| FieldError::invalid(value.path(), value.text(), wrong));
        errors.extend(wrong.map(|error| error.shown_as(shown.clone())));
    }
}

fn too_long(text: &str, most: usize) -> Vec<String> {
    if text.len() > most {
        vec![format!("must be no more than {most} characters")]
    } else {
        Vec::new()
    }
}

fn is_label(text: &str) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    edge(text.bytes().next())
        && edge(text.bytes().next_back())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_word(text: &str) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    edge(text.bytes().next())
        && edge(text.bytes().next_back())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_as_the_server_does() {
        assert!(dns_label("db-0").is_empty() && dns_label("0").is_empty());
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", &"a".repeat(64)] {
            assert_eq!(dns_label(bad).len(), 1, "{bad}");
        }
        assert!(dns_subdomain("db.example.com").is_empty() && dns_subdomain(&"a".repeat(253)).is_empty());
        for bad in ["", ".", "a..b", "Pg_0", &"a".repeat(254)] {
            assert_eq!(dns_subdomain(bad).len(), 1, "{bad}");
        }
        assert!(qualified("app.kubernetes.io/name").is_empty() && qualified("App_1").is_empty());
        for bad in ["a/b/c", "/a", "-a", "a b", "Example.com/a"] {
            assert_eq!(qualified(bad).len(), 1, "{bad}");
        }
        assert!(label_value("").is_empty() && label_value("v1.2_x").is_empty() && !label_value("a b").is_empty());
        assert!(
            port_name("postgres").is_empty()
                && port_name("5432").len() == 1
                && port_name("a-very-long-port-name").len() == 1
        );
        assert!(
            config_key("postgresql.conf").is_empty() && config_key("a/b").len() == 1 && config_key("..").len() == 1
        );
        assert!(env_name("my.var-1").is_empty() && env_name("A=B").len() == 1);
    }
}
