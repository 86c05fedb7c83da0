//! What people type after `psql`.

use super::settings::{Form, Settings};
use super::{SOCKET, Target};
use crate::programs::outcome::Env;

/// What is to be done, in the order of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// `-c`
    Command(String),
    /// `-f`; a dash is standard input.
    File(String),
}

/// The options that pglab's psql knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::programs) struct Options {
    /// Where and as whom to connect.
    pub login: LoginOptions,
    /// `-c` and `-f`, in order.
    pub actions: Vec<Action>,
    /// How results are printed.
    pub settings: Settings,
    /// `-v`, in order: names and values; none removes.
    pub variables: Vec<(String, Option<String>)>,
    /// `-q`
    pub quiet: bool,
    /// `-1`
    pub single_transaction: bool,
    /// `-l`
    pub list: bool,
    /// `-o`
    pub output: Option<String>,
    /// `-V`
    pub version: bool,
}

/// Where and as whom a client connects, as far as its options say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::programs) struct LoginOptions {
    pub host: Option<String>,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub database: Option<String>,
    pub password: Option<String>,
    pub timeout_s: Option<u64>,
}

/// Long options and their letters.
const LONG: &[(&str, char)] = &[
    ("host", 'h'),
    ("port", 'p'),
    ("username", 'U'),
    ("dbname", 'd'),
    ("command", 'c'),
    ("file", 'f'),
    ("tuples-only", 't'),
    ("no-align", 'A'),
    ("expanded", 'x'),
    ("quiet", 'q'),
    ("no-psqlrc", 'X'),
    ("no-password", 'w'),
    ("password", 'W'),
    ("no-readline", 'n'),
    ("variable", 'v'),
    ("set", 'v'),
    ("field-separator", 'F'),
    ("record-separator", 'R'),
    ("version", 'V'),
    ("echo-all", 'a'),
    ("echo-queries", 'e'),
    ("echo-errors", 'b'),
    ("single-transaction", '1'),
    ("list", 'l'),
    ("output", 'o'),
    ("pset", 'P'),
];

/// Long options that psql has and pglab has not.
const BEYOND: &[&str] = &[
    "csv",
    "echo-hidden",
    "help",
    "html",
    "log-file",
    "single-line",
    "single-step",
    "table-attr",
    "field-separator-zero",
    "record-separator-zero",
];

impl Options {
    /// Reads the words, psql's own name first; the error is what psql would say.
    pub fn read(words: &[String], env: &Env) -> Result<Self, String> {
        let mut options = Self::default();
        let mut rest = words.iter().skip(1);
        let mut names = 0;
        while let Some(word) = rest.next() {
            if word == "--csv" {
                options.settings.form = Form::Csv;
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = long
                    .split_once('=')
                    .map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
                let Some((_, letter)) = LONG.iter().find(|(known, _)| *known == name) else {
                    return Err(if BEYOND.contains(&name) {
                        format!("pglab does not simulate --{name} of psql")
                    } else {
                        format!(
                            "psql: unrecognized option '{word}'\npsql: hint: Try \"psql --help\" for more information."
                        )
                    });
                };
                let value = if takes_value(*letter) {
                    value.or_else(|| rest.next().cloned())
                } else {
                    None
                };
                options.set(*letter, value)?;
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
                    0 if options.login.database.is_none() => options.set('d', Some(word.clone()))?,
                    _ => options.set('U', Some(word.clone()))?,
                }
                names += 1;
            }
        }
        options.login.fill_from(env);
        Ok(options)
    }

    fn set(&mut self, letter: char, value: Option<String>) -> Result<(), String> {
        if takes_value(letter) && value.is_none() {
            return Err(format!(
                "psql: option requires an argument -- '{letter}'\npsql: hint: Try \"psql --help\" for more information."
            ));
        }
        let text = value.unwrap_or_default();
        let mut echo = |how: &str| self.variables.push(("ECHO".to_owned(), Some(how.to_owned())));
        match letter {
            'h' | 'p' | 'U' | 'd' => self.login.set(letter, &text, "psql")?,
            'c' => self.actions.push(Action::Command(text)),
            'f' => self.actions.push(Action::File(text)),
            't' => self.settings.tuples_only = true,
            'A' => self.settings.form = Form::Unaligned,
            'x' => self.settings.expanded = true,
            'q' => self.quiet = true,
            'F' => self.settings.field_separator = text,
            'R' => self.settings.record_separator = text,
            'v' => self.variables.push(match text.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (text, None),
            }),
            'P' => {
                let (name, value) = text
                    .split_once('=')
                    .map_or((text.as_str(), None), |(n, v)| (n, Some(v)));
                self.settings.set(name, value).map_err(|words| {
                    format!("psql: error: {words}\npsql: error: could not set printing parameter \"{name}\"")
                })?;
            }
            'a' => echo("all"),
            'e' => echo("queries"),
            'b' => echo("errors"),
            '1' => self.single_transaction = true,
            'l' => self.list = true,
            'o' => self.output = Some(text),
            'V' => self.version = true,
            // No file is read at the start, no password asked for, no line edited.
            'X' | 'w' | 'W' | 'n' => (),
            'E' | 'H' | 'L' | 's' | 'S' | 'T' | 'z' | '0' | '?' => {
                return Err(format!("pglab does not simulate -{letter} of psql"));
            }
            _ => {
                return Err(format!(
                    "psql: invalid option -- '{letter}'\npsql: hint: Try \"psql --help\" for more information."
                ));
            }
        }
        Ok(())
    }
}

impl LoginOptions {
    /// Takes `-h`, `-p`, `-U` or `-d` of a program.
    pub fn set(&mut self, letter: char, text: &str, program: &str) -> Result<(), String> {
        match letter {
            'h' => self.host = Some(text.to_owned()),
            'p' => {
                let port = text
                    .parse()
                    .map_err(|_| format!("{program}: error: invalid port number: \"{text}\""))?;
                self.port = Some(port);
            }
            'U' => self.user = Some(text.to_owned()),
            _ => self.connect_to(text, program)?,
        }
        Ok(())
    }

    /// Takes what only the environment says of secrets and patience.
    pub fn fill_from(&mut self, env: &Env) {
        self.password = self.password.take().or_else(|| env.get("PGPASSWORD").cloned());
    }

    /// Takes a database's name, or a connection string.
    fn connect_to(&mut self, text: &str, program: &str) -> Result<(), String> {
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
                self.set('p', port, program)?;
            }
            let database = database.split('?').next().unwrap_or_default();
            self.database = Some(database.to_owned()).filter(|database| !database.is_empty());
        } else if text.contains('=') {
            for (key, value) in text.split_whitespace().filter_map(|pair| pair.split_once('=')) {
                let value = value.trim_matches('\'').to_owned();
                match key {
                    "host" => self.host = Some(value),
                    "port" => self.set('p', &value, program)?,
                    "user" => self.user = Some(value),
                    "dbname" => self.database = Some(value),
                    "password" => self.password = Some(value),
                    "connect_timeout" => self.timeout_s = value.parse().ok(),
                    // Nothing here is encrypted, and nothing asks for it.
                    "sslmode" | "application_name" | "client_encoding" | "gssencmode" => (),
                    _ => return Err(format!("pglab does not simulate {key} in a connection string")),
                }
            }
        } else {
            self.database = Some(text.to_owned());
        }
        Ok(())
    }

    /// Returns where and as whom to connect; what is not said comes from the environment.
    pub fn target(&self, env: &Env, program: &str) -> Target {
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
            application: program.to_owned(),
            timeout_s: self
                .timeout_s
                .or_else(|| from("PGCONNECT_TIMEOUT")?.parse().ok())
                .unwrap_or(0),
        }
    }
}

fn takes_value(letter: char) -> bool {
    "hpUdcfvFRPo".contains(letter)
}
