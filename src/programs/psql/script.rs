//! A script, line by line (src/bin/psql/mainloop.c).

use super::Psql;
use super::meta::After;
use super::scan::{Scanner, Stop};
use super::send::Rule;

/// The lines of a script, or of standard input.
pub(super) struct Feed<'t> {
    rest: &'t str,
    number: usize,
}

impl<'t> Feed<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { rest: text, number: 0 }
    }

    fn line(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(line)
    }

    /// Takes the lines that belong to a COPY: up to a `\.` or the end.
    pub fn copy_data(&mut self) -> String {
        let mut data = String::new();
        while let Some(line) = self.line() {
            if line == "\\." {
                break;
            }
            data.push_str(line);
            data.push('\n');
        }
        data
    }
}

impl Psql<'_, '_> {
    /// Plays a file; returns psql's exit code.
    pub(super) fn file(&mut self, path: &str, before: &str) -> i32 {
        if path == "-" {
            let stdin = self.place.stdin.to_owned();
            return self.play(&stdin, Some("<stdin>"));
        }
        let full = self.path(path);
        match self.place.files.read_text(&full) {
            Ok(text) => self.play(&text, Some(path)),
            Err(error) => {
                self.outcome.err(&format!("{before}{path}: {error}\n"));
                1
            }
        }
    }

    /// Plays a script; messages name it, if it has a name. Returns psql's exit code.
    pub(super) fn play(&mut self, text: &str, name: Option<&str>) -> i32 {
        let outer = self.script.take();
        self.script = name.map(|name| (name.to_owned(), 0));
        let open = self.branches.len();
        let mut code = self.lines(text);
        if code == 0 && !self.over && self.branches.len() > open {
            self.complain("reached EOF without finding closing \\endif(s)");
            if self.variables.is_on("ON_ERROR_STOP") {
                code = 3;
            }
        }
        self.branches.truncate(open);
        self.script = outer;
        code
    }

    fn lines(&mut self, text: &str) -> i32 {
        let mut feed = Feed::new(text);
        let mut scanner = Scanner::default();
        while let Some(line) = feed.line() {
            if let Some((_, number)) = &mut self.script {
                *number = feed.number;
            }
            if line.is_empty() && !scanner.is_in_quote() {
                continue;
            }
            if self.variables.get("ECHO") == Some("all") {
                self.outcome.out(&format!("{line}\n"));
            }
            // What a line sets counts from the next line on.
            let stop = self.variables.is_on("ON_ERROR_STOP");
            let went = self.line(line, &mut scanner, &mut feed, stop);
            if self.session.is_none() {
                return 2;
            }
            if self.over {
                return 0;
            }
            if !went && stop {
                return 3;
            }
        }
        // What has no semicolon at the end is sent all the same.
        if !scanner.buffer().trim().is_empty() && self.is_active() {
            let statement = scanner.take();
            let went = self.send(&statement, &mut feed, Rule::Print);
            if self.session.is_none() {
                return 2;
            }
            if !went && self.variables.is_on("ON_ERROR_STOP") {
                return 3;
            }
        }
        0
    }

    pub(super) fn line(&mut self, line: &str, scanner: &mut Scanner, feed: &mut Feed<'_>, stop: bool) -> bool {
        scanner.begin_line();
        let mut at = 0;
        let mut went = true;
        while went || !stop {
            match scanner.scan(line, &mut at, &self.variables) {
                Stop::End => break,
                Stop::Semicolon => {
                    let statement = scanner.take();
                    if self.is_active() {
                        went = self.send(&statement, feed, Rule::Print);
                        self.previous = statement;
                    }
                }
                Stop::Backslash => {
                    scanner.forget_newline();
                    match self.meta(line, &mut at, scanner) {
                        After::Went => went = true,
                        After::Failed => went = false,
                        After::Reset => drop(scanner.take()),
                        After::Send { expanded, prefix } => {
                            let mut statement = scanner.take();
                            if statement.trim().is_empty() {
                                statement = self.previous.clone();
                            }
                            if statement.is_empty() {
                                continue;
                            }
                            let rule = match &prefix {
                                Some(prefix) => Rule::Keep(prefix),
                                None if expanded => Rule::Expanded,
                                None => Rule::Print,
                            };
                            went = self.send(&statement, feed, rule);
                            self.previous = statement;
                        }
                    }
                }
            }
            if self.session.is_none() || self.over {
                return went;
            }
        }
        went
    }

    /// Tells whether commands are obeyed: no `\if` around them says no.
    pub(super) fn is_active(&self) -> bool {
        self.branches.iter().all(|branch| branch.active)
    }
}
