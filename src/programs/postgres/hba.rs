//! `pg_hba.conf`: who may connect from where, and whether a password is asked for.

use serde::{Deserialize, Serialize};

use super::login::Origin;

/// The rules of one `pg_hba.conf`, in order: the first that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hba {
    rules: Vec<Rule>,
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its number in the file, from 1.
    pub line: usize,
    /// The line as it stands there.
    pub text: String,
    /// What it asks for.
    pub method: Method,
    local: bool,
    databases: Vec<String>,
    users: Vec<String>,
    address: Address,
}

/// How a client shows who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// It need not.
    Trust,
    /// With the password of the role: scram-sha-256, md5 or password, which are not told apart here.
    Password,
    /// By being the operating system's user of that name: `peer`.
    Peer,
    /// It cannot.
    Reject,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Address {
    All,
    Net { address: u128, bits: u32, v6: bool },
    Other,
}

impl Hba {
    /// Reads the file. Lines that PostgreSQL would refuse are left out; so are `include`, groups and regular expressions.
    pub fn parse(text: &str) -> Self {
        let rules = text
            .lines()
            .enumerate()
            .filter_map(|(at, line)| Rule::parse(at + 1, line))
            .collect();
        Self { rules }
    }

    /// Returns the rule that decides, if any does.
    pub fn rule(&self, origin: &Origin, database: &str, user: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.matches(origin, database, user))
    }
}

impl Rule {
    fn parse(line: usize, text: &str) -> Option<Self> {
        let content = text.split('#').next().unwrap_or_default();
        let words: Vec<&str> = content.split_whitespace().collect();
        let list = |word: &str| {
            word.split(',')
                .map(|name| name.trim_matches('"').to_owned())
                .collect::<Vec<_>>()
        };
        let (kind, rest) = words.split_first()?;
        let local = *kind == "local";
        if !local && !["host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"].contains(kind) {
            return None;
        }
        let (databases, users) = (list(rest.first()?), list(rest.get(1)?));
        let (address, method) = match (local, rest.get(2..)?) {
            (true, [method, ..]) => (Address::All, *method),
            // An address and its mask may stand in two words.
            (false, [address, mask, method, ..]) if mask.contains('.') || mask.contains(':') => {
                (Address::with_mask(address, mask), *method)
            }
            (false, [address, method, ..]) => (Address::parse(address), *method),
            _ => return None,
        };
        let method = match method {
            "trust" => Method::Trust,
            "scram-sha-256" | "md5" | "password" => Method::Password,
            "peer" | "ident" => Method::Peer,
            _ => Method::Reject,
        };
        // Without encryption on the simulated network, `hostssl` matches nobody.
        if *kind == "hostssl" || *kind == "hostgssenc" {
            return None;
        }
        let text = content.trim_end().to_owned();
        Some(Self {
            line,
            text,
            method,
            local,
            databases,
            users,
            address,
        })
    }

    fn matches(&self, origin: &Origin, database: &str, user: &str) -> bool {
        let database_fits = self.databases.iter().any(|name| match name.as_str() {
            "all" => true,
            "sameuser" => database == user,
            // Nothing here speaks the replication protocol.
            "replication" => false,
            name => name == database,
        });
        let user_fits = self.users.iter().any(|name| name == "all" || name == user);
        let place_fits = match origin {
            Origin::Socket => self.local,
            Origin::Loopback => !self.local && self.address.holds("127.0.0.1"),
            Origin::Network(ip) => !self.local && self.address.holds(ip),
        };
        database_fits && user_fits && place_fits
    }
}

impl Address {
    fn parse(word: &str) -> Self {
        if word == "all" {
            return Self::All;
        }
        let (address, bits) = word.split_once('/').unwrap_or((word, ""));
        match (number(address), bits) {
            (Some((address, v6)), "") => Self::Net {
                address,
                bits: if v6 { 128 } else { 32 },
                v6,
            },
            (Some((address, v6)), bits) => match bits.parse() {
                Ok(bits) => Self::Net { address, bits, v6 },
                Err(_) => Self::Other,
            },
            // samenet, samehost, host names: none of them matches here.
            (None, _) => Self::Other,
        }
    }

    fn with_mask(address: &str, mask: &str) -> Self {
        match (number(address), number(mask)) {
            (Some((address, v6)), Some((mask, _))) => Self::Net {
                address,
                bits: mask.count_ones(),
                v6,
            },
            _ => Self::Other,
        }
    }

    fn holds(&self, ip: &str) -> bool {
        match self {
            Self::All => true,
            Self::Other => false,
            Self::Net { address, bits, v6 } => number(ip).is_some_and(|(ip, ip_v6)| {
                let width = if *v6 { 128 } else { 32 };
                let drop = width - (*bits).min(width);
                *v6 == ip_v6 && (drop == 128 || ip >> drop == address >> drop)
            }),
        }
    }
}

fn number(ip: &str) -> Option<(u128, bool)> {
    match ip.parse::<std::net::IpAddr>().ok()? {
        std::net::IpAddr::V4(v4) => Some((u128::from(u32::from(v4)), false)),
        std::net::IpAddr::V6(v6) => Some((u128::from(v6), true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# TYPE  DATABASE        USER            ADDRESS                 METHOD
local   all             all                                     trust
host    all             all             127.0.0.1/32            trust
host    replication     all             127.0.0.1/32            trust
host    shop            app,admin       10.244.0.0 255.255.0.0  md5

host all postgres all scram-sha-256
host all all 10.0.0.0/8 reject
";

    #[test]
    fn the_first_rule_that_matches_decides() {
        let hba = Hba::parse(FILE);
        let far = |ip: &str| Origin::Network(ip.into());
        let rule =
            |origin: &Origin, database, user| hba.rule(origin, database, user).map(|rule| (rule.line, rule.method));
        assert_eq!(rule(&Origin::Socket, "shop", "app"), Some((2, Method::Trust)));
        assert_eq!(rule(&Origin::Loopback, "shop", "app"), Some((3, Method::Trust)));
        assert_eq!(rule(&far("10.244.3.9"), "shop", "app"), Some((5, Method::Password)));
        assert_eq!(
            rule(&far("10.244.3.9"), "postgres", "postgres"),
            Some((7, Method::Password))
        );
        assert_eq!(rule(&far("10.1.1.1"), "shop", "app"), Some((8, Method::Reject)));
        assert_eq!(rule(&far("192.168.1.1"), "shop", "app"), None);
    }
}
