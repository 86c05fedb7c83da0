//! What people type after `psql`.

use super::{SOCKET, Target};
use crate::programs::outcome::Env;

/// The options that pglab's psql knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub host: Option<String>,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub database: Option<String>,
    pub password: Option<String>,
    /// The commands of `-c`, in order.
    pub commands: Vec<String>,
    pub tuples_only: bool,
    pub unaligned: bool,
    pub expanded: bool,
    pub quiet: bool,
    /// Whether `ON_ERROR_STOP` is set.
    pub stop: bool,
    pub separator: Option<String>,
    pub version: bool,
}

impl Options {
    /// Reads the words, psql's own name first; the error is what psql would say.
    pub fn read(words: &[String], env: &Env) -> Result<Self, String> {
        let mut options = Self::default();
        let mut rest = words.iter().skip(1);
        let mut names = 0;
        while let Some(word) = rest.next() {
            if let Some(long) = word.strip_prefix("--") {
                let (name, value) = long
                    .split_once('=')
                    .map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
                let letter = match name {
                    "host" => 'h',
                    "port" => 'p',
                    "username" => 'U',
                    "dbname" => 'd',
                    "command" => 'c',
                    "file" => 'f',
                    "tuples-only" => 't',
                    "no-align" => 'A',
                    "expanded" => 'x',
                    "quiet" => 'q',
                    "no-psqlrc" => 'X',
                    "no-password" => 'w',
                    "variable" | "set" => 'v',
                    "field-separator" => 'F',
                    "version" => 'V',
                    _ => return Err(format!("pglab does not simulate --{name} of psql")),
                };
                let value = if takes_value(letter) {
                    value.or_else(|| rest.next().cloned())
                } else {
                    None
                };
                options.set(letter, value)?;
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                let letters = letters.char_indices();
                for (at, letter) in letters {
                    if !takes_value(letter) {
                        options.set(letter, None)?;
                        continue;
                    }
                    // The value is what is left of the word, or the next word.
                    let left = &word[1 + at + letter.len_utf8()..];
                    let value = if left.is_empty() {
                        rest.next().cloned()
                    } else {
                        Some(left.to_owned())
                    };
                    options.set(letter, value)?;
                    break;
                }
            } else {
                match names {
                    0 if options.database.is_none() => options.set('d', Some(word.clone()))?,
                    _ => options.set('U', Some(word.clone()))?,
                }
                names += 1;
            }
        }
        options.password = options.password.or_else(|| env.get("PGPASSWORD").cloned());
        Ok(options)
    }

    fn set(&mut self, letter: char, value: Option<String>) -> Result<(), String> {
        if takes_value(letter) && value.is_none() {
            return Err(format!(
                "psql: option requires an argument -- '{letter}'\npsql: hint: Try \"psql --help\" for more information."
            ));
        }
        let text = value.unwrap_or_default();
        match letter {
            'h' => self.host = Some(text),
            'p' => {
                let port = text
                    .parse()
                    .map_err(|_| format!("psql: error: invalid port number: \"{text}\""))?;
                self.port = Some(port);
            }
            'U' => self.user = Some(text),
            'd' => self.connect_to(&text)?,
            'c' => self.commands.push(text),
            'f' if text == "-" => (),
            'f' => return Err("pglab does not simulate -f FILE of psql; pipe the file into it".to_owned()),
            't' => self.tuples_only = true,
            'A' => self.unaligned = true,
            'x' => self.expanded = true,
            'q' => self.quiet = true,
            'F' => self.separator = Some(text),
            'v' => {
                self.stop |= matches!(
                    text.as_str(),
                    "ON_ERROR_STOP=1" | "ON_ERROR_STOP=on" | "ON_ERROR_STOP=true"
                )
            }
            'V' => self.version = true,
            'X' | 'w' | 'W' | 'n' | 'b' | 'e' => (),
            _ => {
                return Err(format!(
                    "psql: invalid option -- '{letter}'\npsql: hint: Try \"psql --help\" for more information."
                ));
            }
        }
        Ok(())
    }

    /// Takes a database's name, or a connection string.
    fn connect_to(&mut self, text: &str) -> Result<(), String> {
        let url = text
            .strip_prefix("postgresql://")
            .or_else(|| text.strip_prefix("postgres://"));
        if let Some(url) = url {
            let (place, database) = url.split_once('/').unwrap_or((url, ""));
            let (login, host) = place
                .rsplit_once('@')
                .map_or((None, place), |(login, host)| (Some(login), host));
            if let Some(login) = login {
                let (user, password) = login.split_once(':').map_or((login, None), |(u, p)| (u, Some(p)));
                self.user = Some(user.to_owned());
                self.password = password.map(str::to_owned);
            }
            let (host, port) = host.split_once(':').map_or((host, None), |(h, p)| (h, Some(p)));
            self.host = Some(host.to_owned()).filter(|host| !host.is_empty());
            if let Some(port) = port {
                self.set('p', Some(port.to_owned()))?;
            }
            let database = database.split('?').next().unwrap_or_default();
            self.database = Some(database.to_owned()).filter(|database| !database.is_empty());
        } else if text.contains('=') {
            for (key, value) in text.split_whitespace().filter_map(|pair| pair.split_once('=')) {
                let value = value.trim_matches('\'').to_owned();
                match key {
                    "host" => self.host = Some(value),
                    "port" => self.set('p', Some(value))?,
                    "user" => self.user = Some(value),
                    "dbname" => self.database = Some(value),
                    "password" => self.password = Some(value),
                    _ => return Err(format!("pglab does not simulate {key} in a connection string")),
                }
            }
        } else {
            self.database = Some(text.to_owned());
        }
        Ok(())
    }

    /// Returns where and as whom to connect; what is not said comes from the environment.
    pub fn target(&self, env: &Env) -> Target {
        let from = |name: &str| env.get(name).cloned().filter(|value| !value.is_empty());
        let user = self
            .user
            .clone()
            .or_else(|| from("PGUSER"))
            .unwrap_or_else(|| "root".to_owned());
        let port = self.port.or_else(|| from("PGPORT")?.parse().ok()).unwrap_or(5432);
        Target {
            host: self
                .host
                .clone()
                .or_else(|| from("PGHOST"))
                .unwrap_or_else(|| SOCKET.to_owned()),
            port,
            database: self
                .database
                .clone()
                .or_else(|| from("PGDATABASE"))
                .unwrap_or_else(|| user.clone()),
            user,
            password: self.password.clone(),
            application: "psql".to_owned(),
            timeout_s: from("PGCONNECT_TIMEOUT")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
        }
    }
}

fn takes_value(letter: char) -> bool {
    "hpUdcfvF".contains(letter)
}
