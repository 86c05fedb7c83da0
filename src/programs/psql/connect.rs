//! `\c` and `\conninfo`: to whom psql speaks.

use super::{Psql, SOCKET, refusal};

impl Psql<'_, '_> {
    /// Says where the session goes.
    pub(super) fn connection(&mut self) -> String {
        let Some(session) = self.session else {
            return "You are currently not connected to a database.\n".to_owned();
        };
        let address = self.place.network.address(session);
        let target = &self.target;
        let how = match address {
            Some(ip) if ip == target.host => format!("on host \"{ip}\" at port \"{}\"", target.port),
            Some(ip) => format!(
                "on host \"{}\" (address \"{ip}\") at port \"{}\"",
                target.host, target.port
            ),
            None => format!("via socket in \"{SOCKET}\" at port \"{}\"", target.port),
        };
        format!(
            "You are connected to database \"{}\" as user \"{}\" {how}.\n",
            target.database, target.user
        )
    }

    /// `\c DATABASE USER HOST PORT`, a dash for what stays.
    pub(super) fn reconnect(&mut self, words: &[String]) -> bool {
        let mut target = self.target.clone();
        let given = |at: usize| {
            words
                .get(at)
                .map(|word| word.trim_matches('"'))
                .filter(|word| *word != "-")
        };
        if given(0).is_some_and(|name| name.contains('=') || name.contains("://")) {
            self.complain("pglab does not simulate \\connect with a connection string of psql");
            return false;
        }
        if let Some(database) = given(0) {
            database.clone_into(&mut target.database);
        }
        if let Some(user) = given(1) {
            user.clone_into(&mut target.user);
        }
        if let Some(host) = given(2) {
            host.clone_into(&mut target.host);
        }
        if let Some(port) = given(3) {
            let Ok(port) = port.parse() else {
                self.complain(&format!("\\connect: invalid port number: \"{port}\""));
                return false;
            };
            target.port = port;
        }
        let session = match self.place.network.connect(&target) {
            Ok(session) => session,
            Err(why) => {
                let words = format!("\\connect: {}", refusal(&target, &why));
                self.complain(&words);
                // A script must not go on in the wrong database.
                if let Some(old) = self.session.take() {
                    self.place.network.close(old);
                }
                return false;
            }
        };
        if let Some(old) = self.session.replace(session) {
            self.place.network.close(old);
        }
        let moved = target.host != self.target.host || target.port != self.target.port;
        self.target = target;
        self.variables.put("DBNAME", self.target.database.clone());
        self.variables.put("USER", self.target.user.clone());
        let how = match (moved, self.place.network.address(session)) {
            (false, _) => String::new(),
            (true, Some(ip)) => format!(
                " on host \"{}\" (address \"{ip}\") at port \"{}\"",
                self.target.host, self.target.port
            ),
            (true, None) => format!(" via socket in \"{SOCKET}\" at port \"{}\"", self.target.port),
        };
        let said = format!(
            "You are now connected to database \"{}\" as user \"{}\"{how}.\n",
            self.target.database, self.target.user
        );
        self.say(&said);
        true
    }
}
