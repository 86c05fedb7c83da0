//! A query on its way to the server, and what comes back.

use super::script::Feed;
use super::{Psql, print};
use crate::programs::sql::{Answer, Reply, Report, Rows, Severity};

/// What becomes of a query's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule<'g> {
    /// They are printed.
    Print,
    /// They are printed a column a line: `\gx`.
    Expanded,
    /// They become variables: `\gset`, with what stands before their names.
    Keep(&'g str),
}

impl Psql<'_, '_> {
    /// Runs the words of `-c`: one query string, or one meta command.
    pub(super) fn command(&mut self, text: &str) -> bool {
        if let Some(meta) = text.strip_prefix('\\') {
            return self.meta_alone(meta);
        }
        if self.variables.get("ECHO") == Some("all") {
            self.outcome.out(&format!("{text}\n"));
        }
        let stdin = self.place.stdin.to_owned();
        self.send(text, &mut Feed::new(&stdin), Rule::Print)
    }

    /// Sends a query and prints what comes back; returns whether all of it went well.
    pub(super) fn send(&mut self, text: &str, feed: &mut Feed<'_>, rule: Rule<'_>) -> bool {
        let Some(session) = self.session else {
            self.complain("You are currently not connected to a database.");
            return false;
        };
        if self.variables.get("ECHO") == Some("queries") {
            self.outcome.out(&format!("{text}\n"));
        }
        let busy_before = self.outcome.busy_ms;
        let Some(answer) = self.place.network.query(session, text) else {
            self.lost();
            return false;
        };
        let waits = answer.replies.iter().any(|reply| matches!(reply, Reply::CopyIn));
        let mut went = self.show(&answer, text, rule);
        if waits && let Some(session) = self.session {
            let data = feed.copy_data();
            match self.place.network.copy_in(session, &data) {
                Some(answer) => went &= self.show(&answer, text, rule),
                None => {
                    self.lost();
                    return false;
                }
            }
        }
        if self.timing {
            let ms = self.outcome.busy_ms - busy_before;
            let long = if ms >= 1000 {
                let (s, ms) = (ms / 1000, ms % 1000);
                format!(" ({:02}:{:02}.{ms:03})", s / 60, s % 60)
            } else {
                String::new()
            };
            self.outcome.out(&format!("Time: {ms}.000 ms{long}\n"));
        }
        went
    }

    /// Prints an answer.
    fn show(&mut self, answer: &Answer, text: &str, rule: Rule<'_>) -> bool {
        self.outcome.busy_ms += answer.busy_ms;
        let quiet = self.variables.is_on("QUIET");
        for reply in &answer.replies {
            match reply {
                Reply::Rows(rows) => {
                    if !self.rows(rows, rule) {
                        return false;
                    }
                    let written = ["INSERT", "UPDATE", "DELETE"]
                        .iter()
                        .any(|verb| rows.tag.starts_with(verb));
                    if written && !quiet && !matches!(rule, Rule::Keep(_)) {
                        self.out(&format!("{}\n", rows.tag));
                    }
                    self.variables.after(None, rows.rows.len());
                }
                Reply::Done(tag) => {
                    if !quiet {
                        self.out(&format!("{tag}\n"));
                    }
                    let count = tag.rsplit(' ').next().and_then(|count| count.parse().ok());
                    self.variables.after(None, count.unwrap_or(0));
                }
                Reply::CopyOut(lines, _) => self.out(&lines.concat()),
                Reply::Notice(report) => self.report(report, text),
                Reply::Error(report) => {
                    self.report(report, text);
                    if self.variables.get("ECHO") == Some("errors") {
                        let words = format!("STATEMENT:  {text}\n");
                        self.outcome.err(&self.located(&words));
                    }
                    self.variables.after(Some(report), 0);
                    if report.severity >= Severity::Fatal {
                        self.lost();
                    }
                    return false;
                }
                Reply::Empty | Reply::CopyIn => (),
            }
        }
        true
    }

    fn rows(&mut self, rows: &Rows, rule: Rule<'_>) -> bool {
        let prefix = match rule {
            Rule::Print => {
                let text = print::rows(rows, &self.settings);
                self.out(&text);
                return true;
            }
            Rule::Expanded => {
                let mut settings = self.settings.clone();
                settings.expanded = true;
                let text = print::rows(rows, &settings);
                self.out(&text);
                return true;
            }
            Rule::Keep(prefix) => prefix,
        };
        match rows.rows.as_slice() {
            [row] => {
                for (column, cell) in rows.columns.iter().zip(row) {
                    let name = format!("{prefix}{}", column.name);
                    match cell {
                        Some(value) => {
                            if let Err(words) = self.variables.set(&name, value) {
                                self.complain(&words);
                                return false;
                            }
                        }
                        None => self.variables.unset(&name),
                    }
                }
                true
            }
            [] => {
                self.complain("no rows returned for \\gset");
                false
            }
            _ => {
                self.complain("more than one row returned for \\gset");
                false
            }
        }
    }

    /// Asks for psql's own ends; an error is printed, and nothing returned.
    pub(super) fn ask(&mut self, sql: &str) -> Option<Rows> {
        let session = self.session?;
        let Some(answer) = self.place.network.query(session, sql) else {
            self.lost();
            return None;
        };
        if let Some(report) = answer.error().cloned() {
            self.report(&report, "");
            return None;
        }
        answer.rows().cloned()
    }

    /// Says that the server is not there any more.
    pub(super) fn lost(&mut self) {
        self.outcome.err(
            "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\t\
             before or while processing the request.\nconnection to server was lost\n",
        );
        self.session = None;
        self.gone = true;
    }

    /// Says an error or a notice as psql does.
    pub(super) fn report(&mut self, report: &Report, query: &str) {
        let words = print::report(report, query);
        self.outcome.err(&self.located(&words));
    }

    fn located(&self, words: &str) -> String {
        match &self.script {
            Some((name, line)) => format!("psql:{name}:{line}: {words}"),
            None => words.to_owned(),
        }
    }
}
