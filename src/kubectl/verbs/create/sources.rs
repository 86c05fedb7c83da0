//! `--from-literal`, `--from-file` and `--from-env-file`: what a ConfigMap or Secret is filled with.

use super::finish::quoted;
use crate::kubectl::call::Call;
use crate::kubectl::trouble::{Trouble, Verdict};
use std::collections::BTreeMap;

/// What is filled: they complain in different words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vessel {
    /// A ConfigMap.
    ConfigMap,
    /// A Secret.
    Secret,
}

/// The keys with their bytes, and whose they are.
struct Pairs<'n> {
    vessel: Vessel,
    name: &'n str,
    found: BTreeMap<String, Vec<u8>>,
}

const KEY_RULE: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ENV_RULE: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";

/// Returns what the flags say, key by key.
pub fn pairs(call: &Call<'_>, vessel: Vessel, name: &str) -> Verdict<BTreeMap<String, Vec<u8>>> {
    let (files, literals) = (call.flags.list("from-file"), call.flags.texts("from-literal"));
    let envs = call.flags.list("from-env-file");
    let has_others = !files.is_empty() || !literals.is_empty();
    if has_others && !envs.is_empty() {
        return Err(Trouble::error(
            "from-env-file cannot be combined with from-file or from-literal",
        ));
    }
    let mut pairs = Pairs {
        vessel,
        name,
        found: BTreeMap::new(),
    };
    // A Secret is filled from files first, a ConfigMap too (kubectl's create_configmap.go, create_secret.go).
    for source in &files {
        pairs.file(call, source)?;
    }
    for source in literals {
        let pair = source.split_once('=').filter(|(key, _)| !key.is_empty());
        let bad = || Trouble::error(format!("invalid literal source {source}, expected key=value"));
        let (key, value) = pair.ok_or_else(bad)?;
        pairs.put(key, value.as_bytes().to_vec())?;
    }
    for path in &envs {
        let bytes = call.files.bytes(path).map_err(|why| unreadable(path, &why))?;
        pairs.env(&String::from_utf8_lossy(&bytes))?;
    }
    Ok(pairs.found)
}

fn unreadable(path: &str, why: &str) -> Trouble {
    Trouble::error(format!("error reading {path}: {why}"))
}

impl Pairs<'_> {
    fn file(&mut self, call: &Call<'_>, source: &str) -> Verdict {
        let (key, path) = match source.matches('=').count() {
            0 => (None, source),
            1 if source.starts_with('=') => {
                let path = &source[1..];
                return Err(Trouble::error(format!("key name for file path {path} missing")));
            }
            1 if source.ends_with('=') => {
                let key = &source[..source.len() - 1];
                return Err(Trouble::error(format!("file path for key name {key} missing")));
            }
            1 => source
                .split_once('=')
                .map_or((None, source), |(key, path)| (Some(key), path)),
            _ => return Err(Trouble::error("key names or file paths cannot contain '='")),
        };
        if let Some(names) = call.files.list(path) {
            if key.is_some() {
                return Err(Trouble::error("cannot give a key name for a directory path"));
            }
            for name in names {
                let path = format!("{}/{name}", path.trim_end_matches('/'));
                // Folders inside a folder are passed over.
                if let Ok(bytes) = call.files.bytes(&path) {
                    self.put(&name, bytes)?;
                }
            }
            return Ok(());
        }
        let bytes = call.files.bytes(path).map_err(|why| unreadable(path, &why))?;
        let base = path.rsplit('/').next().unwrap_or(path);
        self.put(key.unwrap_or(base), bytes)
    }

    fn env(&mut self, text: &str) -> Verdict {
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // A name without a value stands for the person's own environment, of which nothing is known here.
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            if key.is_empty() || !key.chars().all(|letter| (' '..='~').contains(&letter)) {
                return Err(Trouble::error(format!(
                    "{} is not a valid key name: {ENV_RULE}",
                    quoted(key)
                )));
            }
            self.put(key, value.as_bytes().to_vec())?;
        }
        Ok(())
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Verdict {
        let fine = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        let shown = quoted(key);
        if key.is_empty() || !key.chars().all(fine) {
            return Err(Trouble::error(match self.vessel {
                Vessel::ConfigMap => format!("{shown} is not a valid key name for a ConfigMap: {KEY_RULE}"),
                Vessel::Secret => format!("{shown} is not valid key name for a Secret {KEY_RULE}"),
            }));
        }
        if self.found.contains_key(key) {
            return Err(Trouble::error(match self.vessel {
                Vessel::ConfigMap => format!(
                    "cannot add key {shown}, another key by that name already exists in Data for ConfigMap \"{}\"",
                    self.name
                ),
                Vessel::Secret => format!("cannot add key {key}, another key by that name already exists"),
            }));
        }
        self.found.insert(key.to_owned(), value);
        Ok(())
    }
}
