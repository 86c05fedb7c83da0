//! psql's variables: what `\set` sets, and what psql itself says in them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::programs::sql::Report;

/// The variables of a psql. Those that psql treats specially are refused when they would change what pglab does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Variables(BTreeMap<String, String>);

/// Variables with values that psql knows from its start (src/bin/psql/startup.c).
const FIRST: &[(&str, &str)] = &[
    ("AUTOCOMMIT", "on"),
    ("COMP_KEYWORD_CASE", "preserve-upper"),
    ("ECHO", "none"),
    ("ECHO_HIDDEN", "off"),
    ("ENCODING", "UTF8"),
    ("ERROR", "false"),
    ("FETCH_COUNT", "0"),
    ("HIDE_TABLEAM", "off"),
    ("HIDE_TOAST_COMPRESSION", "off"),
    ("HISTCONTROL", "none"),
    ("HISTSIZE", "500"),
    ("IGNOREEOF", "0"),
    ("LAST_ERROR_MESSAGE", ""),
    ("LAST_ERROR_SQLSTATE", "00000"),
    ("ON_ERROR_ROLLBACK", "off"),
    ("ON_ERROR_STOP", "off"),
    ("PROMPT1", "%/%R%x%# "),
    ("PROMPT2", "%/%R%x%# "),
    ("PROMPT3", ">> "),
    ("QUIET", "off"),
    ("ROW_COUNT", "0"),
    ("SHOW_ALL_RESULTS", "on"),
    ("SHOW_CONTEXT", "errors"),
    ("SINGLELINE", "off"),
    ("SINGLESTEP", "off"),
    ("SQLSTATE", "00000"),
    ("VERBOSITY", "default"),
];

/// Variables that are on or off.
const SWITCHES: &[&str] = &[
    "AUTOCOMMIT",
    "ECHO_HIDDEN",
    "HIDE_TABLEAM",
    "HIDE_TOAST_COMPRESSION",
    "ON_ERROR_STOP",
    "QUIET",
    "SHOW_ALL_RESULTS",
    "SINGLELINE",
    "SINGLESTEP",
];

/// Variables whose other values would make psql do what pglab's does not.
const FIXED: &[&str] = &[
    "AUTOCOMMIT",
    "ECHO_HIDDEN",
    "FETCH_COUNT",
    "ON_ERROR_ROLLBACK",
    "SHOW_ALL_RESULTS",
    "SHOW_CONTEXT",
    "SINGLELINE",
    "SINGLESTEP",
    "VERBOSITY",
];

impl Variables {
    /// Returns the variables of a psql that has just started.
    pub fn new() -> Self {
        Self(
            FIRST
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    /// Returns a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Tells whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| truth(value) == Some(true))
    }

    /// Sets a variable without asking.
    pub fn put(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Sets a variable as `\set` and `-v` do; the error is what psql, or pglab, says.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(format!("invalid variable name: \"{name}\""));
        }
        let value = if SWITCHES.contains(&name) {
            match truth(value) {
                Some(true) => "on",
                Some(false) => "off",
                None => {
                    return Err(format!(
                        "unrecognized value \"{value}\" for \"{name}\": Boolean expected"
                    ));
                }
            }
        } else {
            value
        };
        if FIXED.contains(&name) && self.get(name) != Some(value) {
            return Err(format!("pglab does not simulate {name} = {value} of psql"));
        }
        if name == "ECHO" && !["none", "all", "queries", "errors"].contains(&value) {
            return Err(format!(
                "unrecognized value \"{value}\" for \"ECHO\"\nAvailable values are: none, errors, queries, all."
            ));
        }
        self.put(name, value);
        Ok(())
    }

    /// Removes a variable; those with a default go back to it.
    pub fn unset(&mut self, name: &str) {
        match FIRST.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => self.put(name, *value),
            None => drop(self.0.remove(name)),
        }
    }

    /// Returns all variables as `\set` lists them.
    pub fn list(&self) -> String {
        self.0
            .iter()
            .map(|(name, value)| format!("{name} = '{value}'\n"))
            .collect()
    }

    /// Keeps what a query came to.
    pub fn after(&mut self, error: Option<&Report>, rows: usize) {
        self.put("ERROR", if error.is_some() { "true" } else { "false" });
        self.put("SQLSTATE", error.map_or("00000", |report| report.code.as_str()));
        self.put("ROW_COUNT", if error.is_some() { 0 } else { rows }.to_string());
        if let Some(report) = error {
            self.put("LAST_ERROR_SQLSTATE", report.code.as_str());
            self.put("LAST_ERROR_MESSAGE", report.message.as_str());
        }
    }

    /// Reads a reference at the beginning of a text: `:name`, `:'name'`, `:"name"` or `:{?name}`. Returns what it
    /// means and how many bytes it takes; none when there is no reference, or no such variable.
    pub fn reference(&self, text: &str) -> Option<(String, usize)> {
        let inner = text.strip_prefix(':')?;
        if let Some(asked) = inner.strip_prefix("{?") {
            let end = asked.find('}')?;
            let known = self.0.contains_key(&asked[..end]);
            return Some((if known { "TRUE" } else { "FALSE" }.to_owned(), end + 4));
        }
        let quote = inner.chars().next().filter(|c| *c == '\'' || *c == '"');
        let start = &inner[usize::from(quote.is_some())..];
        let length = start.find(|c: char| !is_name(c)).unwrap_or(start.len());
        if length == 0 {
            return None;
        }
        let value = self.get(&start[..length])?;
        match quote {
            None => Some((value.to_owned(), 1 + length)),
            Some(quote) => {
                start[length..].strip_prefix(quote)?;
                let text = match quote {
                    '\'' if value.contains('\\') => {
                        format!(" E'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
                    }
                    quote => format!("{quote}{}{quote}", value.replace(quote, &format!("{quote}{quote}"))),
                };
                Some((text, 3 + length))
            }
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Reads on, off and their kin, which may be cut short (src/bin/psql/variables.c, ParseVariableBool).
pub(super) fn truth(value: &str) -> Option<bool> {
    let value = value.to_lowercase();
    let begins = |word: &str, at_least: usize| value.len() >= at_least && word.starts_with(&value);
    if begins("true", 1) || begins("yes", 1) || value == "on" || value == "1" {
        Some(true)
    } else if begins("false", 1) || begins("no", 1) || begins("off", 2) || value == "0" {
        Some(false)
    } else {
        None
    }
}
