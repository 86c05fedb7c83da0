//! `listen_addresses`: at which of its pod's addresses a server takes connections.
//!
//! Left out: an address that is not the pod's own is not refused (a real server says `Cannot assign requested
//! address`): this state machine does not know where it runs. Nobody can reach it there, which is the same in the end.

use std::net::IpAddr;

use crate::programs::outcome::Env;
use crate::programs::sql::Report;

/// The addresses, as they are bound.
pub(super) struct Listening {
    /// Where connections are taken.
    pub(super) addresses: Vec<String>,
    /// What the log says of those that are bound, and of those that can't be: severity and words.
    pub(super) words: Vec<(&'static str, String)>,
    /// What ends the server when none of the names means an address (postmaster.c, `PostmasterMain`).
    pub(super) trouble: Option<Report>,
}

impl Listening {
    /// Reads the parameter.
    pub(super) fn at(listen_addresses: &str, port: u16, env: &Env) -> Self {
        let mut listening = Self {
            addresses: Vec::new(),
            words: Vec::new(),
            trouble: None,
        };
        let names = listen_addresses.split(',').map(|name| name.trim().trim_matches('"'));
        let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        for name in &names {
            match *name {
                "*" => listening.bind(&["0.0.0.0", "::"], port),
                "localhost" => listening.bind(&["::1", "127.0.0.1"], port),
                // The pod's own name means its address, which nothing here knows: the log is spared a line about it.
                own if env.get("HOSTNAME").is_some_and(|host| host == own) => listening.addresses.push(OWN.to_owned()),
                address if address.parse::<IpAddr>().is_ok() => listening.bind(&[address], port),
                unknown => listening.words.extend([
                    (
                        "LOG",
                        format!(
                            "could not translate host name \"{unknown}\", service \"{port}\" to address: Name or \
                             service not known"
                        ),
                    ),
                    ("WARNING", format!("could not create listen socket for \"{unknown}\"")),
                ]),
            }
        }
        if listening.addresses.is_empty() && !names.is_empty() {
            listening.trouble = Some(Report::fatal("F0000", "could not create any TCP/IP sockets"));
        }
        listening
    }

    fn bind(&mut self, addresses: &[&str], port: u16) {
        for address in addresses {
            let family = if address.contains(':') { "IPv6" } else { "IPv4" };
            let words = format!("listening on {family} address \"{address}\", port {port}");
            self.words.push(("LOG", words));
            self.addresses.push((*address).to_owned());
        }
    }
}

/// The address of the pod, whatever it is.
const OWN: &str = "(own)";

/// Says whether a server that listens at `addresses` takes a connection to `target`.
pub(super) fn hears(addresses: &[String], target: &str) -> bool {
    let local = target.starts_with("127.") || target == "::1" || target == "localhost";
    addresses.iter().any(|address| match &**address {
        OWN => !local,
        "0.0.0.0" => !target.contains(':'),
        "::" => target.contains(':'),
        "127.0.0.1" => target == "127.0.0.1" || target == "localhost",
        address => address == target,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(names: &str) -> Listening {
        let env = Env::from([("HOSTNAME".to_owned(), "db-0".to_owned())]);
        let listening = Listening::at(names, 5432, &env);
        assert!(listening.trouble.is_none(), "{:?}", listening.words);
        listening
    }

    #[test]
    fn each_way_to_say_where_hears_just_there() {
        for (names, pod, loopback) in [
            ("*", true, true),
            ("0.0.0.0", true, true),
            ("localhost", false, true),
            ("127.0.0.1", false, true),
            ("10.244.1.7", true, false),
            ("db-0, localhost", true, true),
            ("10.244.1.8", false, false),
            ("::", false, false),
            ("", false, false),
        ] {
            let addresses = listening(names).addresses;
            let found = (hears(&addresses, "10.244.1.7"), hears(&addresses, "127.0.0.1"));
            assert_eq!(found, (pod, loopback), "{names}");
        }
    }

    #[test]
    fn a_name_that_nobody_knows_is_told_of_and_fatal_when_it_is_the_only_one() {
        let some = listening("db-9,127.0.0.1");
        assert_eq!(
            some.words,
            [
                (
                    "LOG",
                    "could not translate host name \"db-9\", service \"5432\" to address: Name or service not known"
                        .to_owned()
                ),
                ("WARNING", "could not create listen socket for \"db-9\"".to_owned()),
                ("LOG", "listening on IPv4 address \"127.0.0.1\", port 5432".to_owned()),
            ]
        );
        let Some(report) = Listening::at("db-9", 5432, &Env::new()).trouble else {
            panic!("nothing listens, and it starts");
        };
        assert_eq!(report.message, "could not create any TCP/IP sockets");
    }
}
