//! psql with somebody at the keyboard: line by line, with a prompt. Between two lines it is plain data.
//!
//! Left out: readline and its history, the pager, prompts of one's own (`PROMPT1` and `PROMPT2` are kept and not heeded),
//! and the data of a `COPY … FROM STDIN` typed by hand: it is empty. Where a lost connection cannot be made anew, psql
//! ends; the real one goes on without.

use super::options::Options;
use super::scan::Scanner;
use super::script::Feed;
use super::settings::Settings;
use super::variables::Variables;
use super::{Branch, Network, Place, Psql, Target, refusal};
use crate::programs::outcome::Outcome;
use crate::programs::postgres::SessionId;
use serde::{Deserialize, Serialize};

/// A psql that waits for the next line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    settings: Settings,
    variables: Variables,
    target: Target,
    previous: String,
    output: Option<(String, String)>,
    timing: bool,
    branches: Vec<Branch>,
    restricted: Option<String>,
    scanner: Scanner,
}

/// What came of a line: what was said, and psql with its session if it goes on.
pub type Turn = (Outcome, Option<(Waiting, SessionId)>);

/// Says whether psql, called with these words, would read what somebody types.
pub fn reads(words: &[String]) -> bool {
    let is_told = |word: &String| {
        let short = word.strip_prefix('-').filter(|short| !short.starts_with('-'));
        let asks = short.is_some_and(|short| short.starts_with(['c', 'f', 'l', 'V', '?']));
        asks || ["--command", "--file", "--list", "--version", "--help"]
            .iter()
            .any(|long| word.starts_with(long))
    };
    !words.iter().skip(1).any(is_told)
}

/// Starts psql for somebody who types.
pub fn begin(words: &[String], place: Place<'_, '_>) -> Turn {
    let failed = |code: i32, text: String| {
        let mut outcome = Outcome::default();
        outcome.err(&text);
        outcome.code = code;
        (outcome, None)
    };
    let options = match Options::read(words, place.env) {
        Ok(options) => options,
        Err(text) => return failed(1, format!("{text}\n")),
    };
    let target = options.login.target(place.env, "psql");
    let session = match place.network.connect(&target) {
        Ok(session) => session,
        Err(why) => return failed(2, format!("psql: error: {}\n", refusal(&target, &why))),
    };
    let waiting = Waiting {
        settings: options.settings.clone(),
        variables: Variables::new(),
        target,
        previous: String::new(),
        output: options.output.clone().map(|path| (path, String::new())),
        timing: false,
        branches: Vec::new(),
        restricted: None,
        scanner: Scanner::default(),
    };
    let version = place.network.server_version(session);
    let (mut client, scanner) = waiting.awake(Some(session), place);
    if let Err(code) = client.prepare(&options) {
        client.close();
        client.outcome.code = code;
        return (client.outcome, None);
    }
    if !options.quiet {
        client
            .outcome
            .out(&format!("psql ({version})\nType \"help\" for help.\n\n"));
    }
    client.asleep(scanner)
}

impl Waiting {
    /// Takes a line, or the end of all lines.
    pub fn take(self, session: SessionId, line: Option<&str>, place: Place<'_, '_>) -> Turn {
        let (mut client, mut scanner) = self.awake(Some(session), place);
        let Some(line) = line else {
            client.outcome.out("\\q\n");
            client.close();
            return (client.outcome, None);
        };
        let word = line.trim().trim_end_matches(';');
        if scanner.buffer().is_empty() && matches!(word, "exit" | "quit") {
            client.close();
            return (client.outcome, None);
        }
        if scanner.buffer().is_empty() && word == "help" {
            client.outcome.out(HELP);
            return client.asleep(scanner);
        }
        if !line.is_empty() || scanner.is_in_quote() {
            client.line(line, &mut scanner, &mut Feed::new(""), false);
        }
        if client.over {
            client.close();
            return (client.outcome, None);
        }
        if client.session.is_none() {
            client
                .outcome
                .err("The connection to the server was lost. Attempting reset: ");
            match client.place.network.connect(&client.target.clone()) {
                Ok(session) => {
                    client.session = Some(session);
                    client.gone = false;
                    client.outcome.err("Succeeded.\n");
                }
                Err(_) => {
                    client.outcome.err("Failed.\n");
                    client.outcome.code = 2;
                    return (client.outcome, None);
                }
            }
        }
        client.asleep(scanner)
    }

    /// Returns what psql asks for the next line with: `app=> `.
    pub fn prompt(&self, session: SessionId, network: &dyn Network) -> String {
        let (superuser, transaction) = network.standing(session);
        let place = match self.scanner.prompt() {
            "" => "=",
            place => place,
        };
        let end = if superuser { "#" } else { ">" };
        format!("{}{place}{transaction}{end} ", self.target.database)
    }

    fn awake<'a, 'f>(self, session: Option<SessionId>, place: Place<'a, 'f>) -> (Psql<'a, 'f>, Scanner) {
        let client = Psql {
            settings: self.settings,
            variables: self.variables,
            place,
            target: self.target,
            session,
            outcome: Outcome::default(),
            script: None,
            previous: self.previous,
            output: self.output,
            timing: self.timing,
            branches: self.branches,
            restricted: self.restricted,
            over: false,
            gone: false,
        };
        (client, self.scanner)
    }
}

impl Psql<'_, '_> {
    fn asleep(self, scanner: Scanner) -> Turn {
        let Some(session) = self.session else {
            return (self.outcome, None);
        };
        let waiting = Waiting {
            settings: self.settings,
            variables: self.variables,
            target: self.target,
            previous: self.previous,
            output: self.output,
            timing: self.timing,
            branches: self.branches,
            restricted: self.restricted,
            scanner,
        };
        (self.outcome, Some((waiting, session)))
    }
}

/// What psql answers to `help` (src/bin/psql/mainloop.c).
const HELP: &str = "You are using psql, the command-line interface to PostgreSQL.\n\
Type:  \\copyright for distribution terms\n       \\h for help with SQL commands\n       \\? for help with psql commands\n       \
\\g or terminate with semicolon to execute query\n       \\q to quit\n";
