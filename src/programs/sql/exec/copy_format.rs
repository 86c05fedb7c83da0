//! How COPY writes rows: text or CSV, with its delimiter, its quotes and its nulls.

use serde::{Deserialize, Serialize};
use sqlparser::ast::CopyOption;

use crate::programs::sql::reply::Report;

/// How rows are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Format {
    pub(super) csv: bool,
    delimiter: char,
    null: String,
    pub(super) header: bool,
    quote: char,
}

impl Format {
    pub(super) fn read(options: &[CopyOption]) -> Result<Self, Report> {
        let csv = options.iter().any(|option| match option {
            CopyOption::Format(name) => name.value.eq_ignore_ascii_case("csv"),
            _ => false,
        });
        let mut format = Self {
            csv,
            delimiter: if csv { ',' } else { '\t' },
            null: if csv { String::new() } else { "\\N".into() },
            header: false,
            quote: '"',
        };
        for option in options {
            match option {
                CopyOption::Format(name) => match name.value.to_lowercase().as_str() {
                    "csv" | "text" => (),
                    "binary" => return Err(Report::beyond("binary COPY")),
                    other => {
                        return Err(Report::error(
                            "22023",
                            format!("COPY format \"{other}\" not recognized"),
                        ));
                    }
                },
                CopyOption::Delimiter(c) => format.delimiter = *c,
                CopyOption::Null(text) => format.null.clone_from(text),
                CopyOption::Header(header) => format.header = *header,
                CopyOption::Quote(c) => format.quote = *c,
                other => return Err(Report::beyond(format!("the COPY option {other}"))),
            }
        }
        Ok(format)
    }

    pub(super) fn write(&self, cells: &[Option<String>]) -> String {
        let cells: Vec<String> = cells
            .iter()
            .map(|cell| match cell {
                None => self.null.clone(),
                Some(text) if self.csv => {
                    let special =
                        text.contains([self.delimiter, self.quote, '\n', '\r']) || *text == self.null || text == "\\.";
                    if special {
                        let doubled = text.replace(self.quote, &format!("{0}{0}", self.quote));
                        format!("{0}{doubled}{0}", self.quote)
                    } else {
                        text.clone()
                    }
                }
                Some(text) => {
                    let mut out = String::new();
                    for c in text.chars() {
                        match c {
                            '\\' => out.push_str("\\\\"),
                            '\n' => out.push_str("\\n"),
                            '\r' => out.push_str("\\r"),
                            '\t' => out.push_str("\\t"),
                            c if c == self.delimiter => {
                                out.push('\\');
                                out.push(c);
                            }
                            c => out.push(c),
                        }
                    }
                    out
                }
            })
            .collect();
        format!("{}\n", cells.join(&self.delimiter.to_string()))
    }

    /// Tells whether a quote that was opened on this line is still open.
    pub(super) fn is_open(&self, line: &str) -> bool {
        line.chars().filter(|c| *c == self.quote).count() % 2 == 1
    }

    pub(super) fn read_line(&self, line: &str) -> Vec<Option<String>> {
        if self.csv {
            self.read_csv(line)
        } else {
            self.read_text(line)
        }
    }

    fn read_csv(&self, line: &str) -> Vec<Option<String>> {
        let mut cells = Vec::new();
        let mut cell = String::new();
        let (mut quoted, mut inside) = (false, false);
        let mut letters = line.chars().peekable();
        while let Some(c) = letters.next() {
            if inside {
                if c == self.quote {
                    if letters.peek() == Some(&self.quote) {
                        letters.next();
                        cell.push(c);
                    } else {
                        inside = false;
                    }
                } else {
                    cell.push(c);
                }
            } else if c == self.quote {
                quoted = true;
                inside = true;
            } else if c == self.delimiter {
                cells.push(self.cell(std::mem::take(&mut cell), quoted));
                quoted = false;
            } else {
                cell.push(c);
            }
        }
        cells.push(self.cell(cell, quoted));
        cells
    }

    fn cell(&self, text: String, quoted: bool) -> Option<String> {
        if !quoted && text == self.null { None } else { Some(text) }
    }

    fn read_text(&self, line: &str) -> Vec<Option<String>> {
        let mut cells = Vec::new();
        let mut raw = String::new();
        let mut cell = String::new();
        let mut letters = line.chars();
        let mut finish = |raw: &mut String, cell: &mut String| {
            let null = *raw == self.null;
            raw.clear();
            let text = std::mem::take(cell);
            cells.push(if null { None } else { Some(text) });
        };
        while let Some(c) = letters.next() {
            if c == self.delimiter {
                finish(&mut raw, &mut cell);
                continue;
            }
            raw.push(c);
            if c != '\\' {
                cell.push(c);
                continue;
            }
            if let Some(escaped) = letters.next() {
                raw.push(escaped);
                cell.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'v' => '\u{b}',
                    other => other,
                });
            }
        }
        finish(&mut raw, &mut cell);
        cells
    }
}
