//! The parameters that are in force in a session: the server's, and over them the session's own.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Parameters by name.
pub type Parameters = BTreeMap<String, String>;

/// What `SHOW` shows where it is no default. The server's are many and shared by all of its statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InForce {
    server: Arc<Parameters>,
    own: Parameters,
}

impl InForce {
    /// Puts a session's own parameters over the server's.
    pub fn new(server: Arc<Parameters>, own: Parameters) -> Self {
        Self { server, own }
    }

    /// Returns the value of a parameter that was set.
    pub fn get(&self, name: &str) -> Option<&String> {
        self.own.get(name).or_else(|| self.server.get(name))
    }

    /// Returns the value of a parameter that was set, whatever the case of the letters in its name.
    pub fn find(&self, name: &str) -> Option<&String> {
        let find = |layer: &'_ Parameters| {
            let mut names = layer.keys();
            names.find(|known| known.eq_ignore_ascii_case(name)).cloned()
        };
        let known = find(&self.own).or_else(|| find(&self.server))?;
        self.get(&known)
    }

    /// Sets a parameter for the session.
    pub fn insert(&mut self, name: &str, value: String) {
        self.own.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_session_sets_lies_over_what_the_server_has() {
        let of = |pairs: &[(&str, &str)]| -> Parameters {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let server = of(&[("port", "5432"), ("TimeZone", "UTC")]);
        let mut both = InForce::new(Arc::new(server), of(&[("TimeZone", "Asia/Seoul")]));
        assert_eq!(both.get("port").unwrap(), "5432");
        assert_eq!(both.find("timezone").unwrap(), "Asia/Seoul");
        both.insert("port", "6000".to_owned());
        assert_eq!(both.find("PORT").unwrap(), "6000");
        assert_eq!(both.get("work_mem"), None);
    }
}
