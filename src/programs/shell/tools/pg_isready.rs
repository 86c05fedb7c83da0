//! `pg_isready`: whether a server would answer.

use super::{Act, Call};
use crate::programs::psql::{LoginOptions, Target, Unreachable};

/// How long it waits for an answer that does not come, in seconds; the environment has no say in that.
const PATIENCE_S: u64 = 3;

/// The exit code where no attempt was made: its own words were wrong.
const NO_ATTEMPT: i32 = 3;

const HINT: &str = "pg_isready: hint: Try \"pg_isready --help\" for more information.\n";

const LONG: &[(&str, char)] = &[
    ("dbname", 'd'),
    ("host", 'h'),
    ("port", 'p'),
    ("quiet", 'q'),
    ("timeout", 't'),
    ("username", 'U'),
];

/// What is asked of it.
#[derive(Default)]
struct Options {
    host: Option<String>,
    port: Option<String>,
    user: Option<String>,
    database: Option<String>,
    timeout: Option<String>,
    quiet: bool,
}

/// `pg_isready [-h HOST] [-p PORT] [-U ROLE] [-d DATABASE] [-t SECONDS] [-q]`
pub(super) fn pg_isready(call: &mut Call<'_>) -> Act {
    if matches!(
        call.args().first().map(String::as_str),
        Some("-?" | "--help" | "-V" | "--version")
    ) {
        let words = format!("pglab does not simulate {} of pg_isready\n", call.args()[0]);
        call.said.err(&words);
        return Act::Done(126);
    }
    let knocking = Options::read(call.args()).and_then(|options| {
        let login = options.login()?;
        Ok((options, login))
    });
    let (options, login) = match knocking {
        Ok(both) => both,
        Err(words) => {
            call.said.err(&words);
            return Act::Done(NO_ATTEMPT);
        }
    };
    let mut target = login.target(&call.env, "pg_isready");
    let from = |name: &str| call.env.get(name).cloned().filter(|value| !value.is_empty());
    let number = login.port.map(|port| port.to_string());
    let port = number.or(options.port).or_else(|| from("PGPORT"));
    let port = port.unwrap_or_else(|| target.port.to_string());
    let patience = match (login.timeout_s, options.timeout) {
        (Some(seconds), _) => Some(seconds),
        (None, None) => Some(PATIENCE_S),
        (None, Some(text)) => text.trim().parse().ok(),
    };
    let mut found = None;
    // What libpq cannot read as numbers it does not try with.
    if let (Some(number), Some(patience)) = (port.trim().parse::<u16>().ok().filter(|port| *port > 0), patience) {
        (target.port, target.timeout_s) = (number, patience);
        call.world
            .client(&mut |_, network| found = Some(knock(&target, network)));
    }
    let (words, code, busy_ms) = found.unwrap_or(("no response", 2, 0));
    call.said.busy_ms += busy_ms;
    if !options.quiet {
        call.out(&format!("{}:{port} - {words}\n", target.host));
    }
    Act::Done(code)
}

impl Options {
    /// Reads the words after the program's name; the error is what it would say.
    fn read(args: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut names = Vec::new();
        let mut rest = args.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                names.extend(rest.by_ref());
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
                let Some((_, letter)) = LONG.iter().find(|(known, _)| *known == name) else {
                    return Err(format!("pg_isready: unrecognized option '{word}'\n{HINT}"));
                };
                let missing = || format!("pg_isready: option '{word}' requires an argument\n{HINT}");
                let value = match *letter {
                    'q' => String::new(),
                    _ => value
                        .or_else(|| rest.next().map(String::as_str))
                        .ok_or_else(missing)?
                        .to_owned(),
                };
                options.set(*letter, value);
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                for (at, letter) in letters.char_indices() {
                    match letter {
                        'q' => options.quiet = true,
                        'd' | 'h' | 'p' | 't' | 'U' => {
                            let missing = || format!("pg_isready: option requires an argument -- '{letter}'\n{HINT}");
                            let left = Some(&letters[at + 1..]).filter(|left| !left.is_empty());
                            let value = left.or_else(|| rest.next().map(String::as_str));
                            options.set(letter, value.ok_or_else(missing)?.to_owned());
                            break;
                        }
                        _ => return Err(format!("pg_isready: invalid option -- '{letter}'\n{HINT}")),
                    }
                }
            } else {
                names.push(word);
            }
        }
        match names.first() {
            Some(first) => Err(format!(
                "pg_isready: error: too many command-line arguments (first is \"{first}\")\n{HINT}"
            )),
            None => Ok(options),
        }
    }

    fn set(&mut self, letter: char, value: String) {
        match letter {
            'd' => self.database = Some(value),
            'h' => self.host = Some(value),
            'p' => self.port = Some(value),
            't' => self.timeout = Some(value),
            'U' => self.user = Some(value),
            _ => self.quiet = true,
        }
    }

    /// Returns whom to ask for what; a connection string in the place of the database's name counts more than the other
    /// options.
    fn login(&self) -> Result<LoginOptions, String> {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let mut login = LoginOptions {
            host: said(&self.host),
            user: said(&self.user),
            ..LoginOptions::default()
        };
        if let Some(database) = said(&self.database) {
            login
                .set('d', &database, "pg_isready")
                .map_err(|words| format!("{words}\n"))?;
        }
        Ok(login)
    }
}

/// Knocks at a server: whoever it would let in, it is ready when it asks who is there (libpq, `PQping`). It logs whom it
/// does not know, as after any other attempt.
fn knock(target: &Target, network: &mut dyn crate::programs::psql::Network) -> (&'static str, i32, u64) {
    match network.connect(target) {
        Ok(session) => {
            network.close(session);
            ("accepting connections", 0, 0)
        }
        Err(Unreachable::Denied { report, .. }) if report.code == "57P03" => ("rejecting connections", 1, 0),
        Err(Unreachable::Denied { .. } | Unreachable::NoPassword { .. }) => ("accepting connections", 0, 0),
        Err(Unreachable::Timeout { after_ms, .. }) => ("no response", 2, after_ms),
        Err(Unreachable::UnknownHost | Unreachable::Refused { .. } | Unreachable::NoSocket) => ("no response", 2, 0),
    }
}
