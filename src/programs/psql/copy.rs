//! `\copy` (src/bin/psql/copy.c).

use super::Psql;
use super::script::Feed;
use super::send::Rule;
use crate::programs::sql::Reply;

impl Psql<'_, '_> {
    /// `\copy`: a COPY whose file is the client's.
    pub(super) fn copy(&mut self, text: &str) -> bool {
        let order = match read(text) {
            Ok(order) => order,
            Err(words) => {
                self.complain(&words);
                return false;
            }
        };
        let sql = order.sql();
        let full = order.path.as_deref().map(|path| self.path(path));
        if order.into_table {
            let data = match (&full, &order.path) {
                (Some(full), Some(path)) => match self.place.files.read_text(full) {
                    Ok(data) => data,
                    Err(error) => {
                        self.complain(&format!("{path}: {error}"));
                        return false;
                    }
                },
                _ => self.place.stdin.to_owned(),
            };
            return self.send(&sql, &mut Feed::new(&data), Rule::Print);
        }
        let (Some(full), Some(path)) = (full, order.path) else {
            return self.send(&sql, &mut Feed::new(""), Rule::Print);
        };
        let Some(session) = self.session else { return false };
        let Some(answer) = self.place.network.query(session, &sql) else {
            self.lost();
            return false;
        };
        for reply in answer.replies {
            match reply {
                Reply::CopyOut(lines, tag) => {
                    if let Err(error) = self.place.files.write(&full, lines.concat().as_bytes()) {
                        self.complain(&format!("{path}: {error}"));
                        return false;
                    }
                    self.out(&format!("{tag}\n"));
                }
                Reply::Error(report) => {
                    self.report(&report, &sql);
                    return false;
                }
                _ => (),
            }
        }
        true
    }
}

/// What `\copy` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// The table with its columns, or a query in parentheses.
    what: String,
    /// Whether rows go from the file into the table.
    pub into_table: bool,
    /// The client's file; none for the standard streams.
    pub path: Option<String>,
    options: String,
}

impl Order {
    /// Returns the COPY that is sent instead.
    pub fn sql(&self) -> String {
        let way = if self.into_table { "FROM STDIN" } else { "TO STDOUT" };
        let options = self.options.trim();
        let options = if options.is_empty() {
            String::new()
        } else {
            format!(" {options}")
        };
        format!("COPY  {} {way}{options}", self.what.trim())
    }
}

/// Takes the words behind `\copy` apart.
pub(super) fn read(text: &str) -> Result<Order, String> {
    let text = text.trim().trim_end_matches(';');
    let lower = text.to_lowercase();
    let (mut depth, mut quoted) = (0u32, false);
    let mut found = None;
    for (at, letter) in text.char_indices() {
        match letter {
            '\'' | '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            c if c.is_whitespace() && !quoted && depth == 0 => {
                let here = &lower[at + 1..];
                for (word, into) in [("from ", true), ("to ", false)] {
                    if here.starts_with(word) && found.is_none() {
                        found = Some((at, at + 1 + word.len(), into));
                    }
                }
            }
            _ => (),
        }
    }
    let Some((end, start, into_table)) = found else {
        let near = text.split_whitespace().last().unwrap_or_default();
        return Err(if near.is_empty() {
            "\\copy: arguments required".to_owned()
        } else {
            "\\copy: parse error at end of line".to_owned()
        });
    };
    let rest = text[start..].trim_start();
    let (path, options) = match rest.strip_prefix('\'') {
        Some(inner) => match inner.split_once('\'') {
            Some((path, options)) => (path.to_owned(), options),
            None => return Err("\\copy: parse error at end of line".to_owned()),
        },
        None => {
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            (rest[..length].to_owned(), &rest[length..])
        }
    };
    let word = path.to_lowercase();
    if word == "program" {
        return Err("pglab does not simulate \\copy with a program of psql".to_owned());
    }
    let standard = ["stdin", "stdout", "pstdin", "pstdout"].contains(&word.as_str());
    Ok(Order {
        what: text[..end].to_owned(),
        into_table,
        path: (!standard).then_some(path),
        options: options.to_owned(),
    })
}
