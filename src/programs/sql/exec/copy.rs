//! COPY: rows as lines of text or CSV.

use rusqlite::types::Value;
use sqlparser::ast::{CopyLegacyOption, CopyOption, CopySource, CopyTarget, ObjectName};

use super::Job;
use super::constraints::{Checked, Row};
use crate::programs::sql::bind::{ident, object_name};
use crate::programs::sql::catalog::{Generated, Relation};
use crate::programs::sql::reply::{Reply, Report};
use crate::programs::sql::values::ColumnType;
use crate::programs::sql::values::convert::{self, fit};
use serde::{Deserialize, Serialize};

/// A `COPY … FROM STDIN` that waits for its data: into which columns, and how they are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Copying {
    table: (String, String),
    columns: Vec<String>,
    format: Format,
}

/// How rows are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Format {
    csv: bool,
    delimiter: char,
    null: String,
    header: bool,
    quote: char,
}

impl Job<'_> {
    pub(super) fn copy_legacy(
        &mut self,
        source: &CopySource,
        to: bool,
        target: &CopyTarget,
        legacy: &[CopyLegacyOption],
    ) -> Result<(), Report> {
        let mut options = Vec::new();
        for option in legacy {
            match option {
                CopyLegacyOption::Csv(inner) => {
                    options.push(CopyOption::Format("csv".into()));
                    for inner in inner {
                        match inner {
                            sqlparser::ast::CopyLegacyCsvOption::Header => options.push(CopyOption::Header(true)),
                            sqlparser::ast::CopyLegacyCsvOption::Quote(c) => options.push(CopyOption::Quote(*c)),
                            _ => return Err(Report::beyond("this option of COPY")),
                        }
                    }
                }
                CopyLegacyOption::Delimiter(c) => options.push(CopyOption::Delimiter(*c)),
                CopyLegacyOption::Header => options.push(CopyOption::Header(true)),
                CopyLegacyOption::Null(text) => options.push(CopyOption::Null(text.clone())),
                _ => return Err(Report::beyond("this option of COPY")),
            }
        }
        self.copy(source, to, target, &options)
    }

    pub(super) fn copy(
        &mut self,
        source: &CopySource,
        to: bool,
        target: &CopyTarget,
        options: &[CopyOption],
    ) -> Result<(), Report> {
        match target {
            CopyTarget::Stdin | CopyTarget::Stdout => (),
            // Rows go through the client or not at all: a server's files are not for strangers.
            CopyTarget::File { .. } | CopyTarget::Program { .. } => {
                return Err(Report::beyond(
                    "COPY with files and programs of the server; \\copy and STDIN work",
                ));
            }
        }
        let format = Format::read(options)?;
        match source {
            CopySource::Query(query) => {
                let (rows, bound) = self.rows_of(query)?;
                let columns: Vec<(String, ColumnType)> = bound
                    .columns
                    .iter()
                    .map(|column| (column.name.clone(), column.known_type()))
                    .collect();
                self.copy_out(&rows, &columns, &format);
                Ok(())
            }
            CopySource::Table { table_name, columns } => {
                let names: Vec<String> = columns.iter().map(ident).collect();
                if to {
                    self.copy_table_out(table_name, &names, &format)
                } else {
                    self.copy_begin(table_name, &names, format)
                }
            }
        }
    }

    fn copy_table_out(&mut self, name: &ObjectName, columns: &[String], format: &Format) -> Result<(), Report> {
        let (schema, bare) = object_name(name)?;
        if let Some((_, Relation::View(_))) = self.binder().find(schema.as_deref(), &bare) {
            return Err(Report::error("42809", format!("cannot copy from view \"{bare}\""))
                .hint("Try the COPY (SELECT ...) TO variant."));
        }
        let (full, table) = self.target(name, "COPY")?;
        let chosen = chosen(&full.1, &table, columns)?;
        let list: Vec<String> = chosen
            .iter()
            .map(|place| super::constraints::quoted(&table.columns[*place].storage))
            .collect();
        let list = if list.is_empty() {
            "NULL".into()
        } else {
            list.join(", ")
        };
        let rows = self.live.query(
            &format!(
                "SELECT {list} FROM {} NOT INDEXED",
                super::constraints::quoted(&table.storage)
            ),
            &[],
        )?;
        let columns: Vec<(String, ColumnType)> = chosen
            .iter()
            .map(|place| (table.columns[*place].name.clone(), table.columns[*place].ty))
            .collect();
        self.copy_out(&rows, &columns, format);
        Ok(())
    }

    fn copy_out(&mut self, rows: &[Row], columns: &[(String, ColumnType)], format: &Format) {
        let mut lines = Vec::new();
        if format.header {
            let names: Vec<Option<String>> = columns.iter().map(|(name, _)| Some(name.clone())).collect();
            lines.push(format.write(&names));
        }
        for row in rows {
            let cells: Vec<Option<String>> = row
                .iter()
                .zip(columns)
                .map(|(value, (_, ty))| convert::output(value, ty.ty, self.around.place))
                .collect();
            lines.push(format.write(&cells));
        }
        self.replies.push(Reply::CopyOut(lines, format!("COPY {}", rows.len())));
    }

    fn copy_begin(&mut self, name: &ObjectName, columns: &[String], format: Format) -> Result<(), Report> {
        let (full, table) = self.target(name, "COPY")?;
        let chosen = chosen(&full.1, &table, columns)?;
        let columns = chosen.iter().map(|place| table.columns[*place].name.clone()).collect();
        self.copying = Some(Copying {
            table: full,
            columns,
            format,
        });
        self.replies.push(Reply::CopyIn);
        Ok(())
    }
}

/// Puts the data of a COPY into its table.
pub fn copy_in(job: &mut Job, copying: &Copying, data: &str) -> Result<(), Report> {
    let Some(Relation::Table(table)) = job.live.catalog.relations.get(&copying.table).cloned() else {
        return Err(crate::programs::sql::bind::no_relation(None, &copying.table.1));
    };
    let checked = Checked::new(job, copying.table.clone(), table)?;
    let places = chosen(&copying.table.1, &checked.table, &copying.columns)?;
    let mut count = 0;
    let mut rows = Vec::new();
    let mut lines = data.lines().enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        if line == "\\." {
            break;
        }
        let mut line = line.to_owned();
        // A quoted CSV value may hold line ends.
        while copying.format.csv && copying.format.is_open(&line) {
            let Some((_, more)) = lines.next() else { break };
            line.push('\n');
            line.push_str(more);
        }
        if copying.format.header && at == 0 {
            continue;
        }
        let context = |more: String| format!("COPY {}, line {}{more}", copying.table.1, at + 1);
        let cells = copying.format.read_line(&line);
        if cells.len() > places.len() {
            return Err(Report::error("22P04", "extra data after last expected column")
                .context(context(format!(": \"{line}\""))));
        }
        if let Some(missing) = places.get(cells.len()) {
            let message = format!("missing data for column \"{}\"", checked.table.columns[*missing].name);
            return Err(Report::error("22P04", message).context(context(format!(": \"{line}\""))));
        }
        let mut row: Row = Vec::new();
        for place in 0..checked.table.columns.len() {
            let column = &checked.table.columns[place];
            row.push(match places.iter().position(|it| *it == place) {
                Some(at) => match &cells[at] {
                    None => Value::Null,
                    Some(text) => {
                        let read = convert::input(text, column.ty.ty, job.around.place)
                            .and_then(|value| fit(value, column.ty, false));
                        read.map_err(|report| report.context(context(format!(", column {}: \"{text}\"", column.name))))?
                    }
                },
                None => super::insert::default_value(job, &checked.table, place)?,
            });
        }
        let place = |report: Report| report.context(context(format!(": \"{line}\"")));
        checked.check(job, &mut row).map_err(place)?;
        // A key that is taken shows no line, only its number.
        checked
            .check_unique(job, &row, None)
            .map_err(|report| report.context(context(String::new())))?;
        checked.put(job, &row)?;
        rows.push(row);
        count += 1;
    }
    for row in &rows {
        checked.check_foreign(job, row)?;
    }
    job.done(format!("COPY {count}"));
    Ok(())
}

fn chosen(
    table_name: &str,
    table: &crate::programs::sql::catalog::Table,
    names: &[String],
) -> Result<Vec<usize>, Report> {
    if names.is_empty() {
        // Computed columns are no data.
        let plain = |place: &usize| !matches!(table.columns[*place].generated, Generated::Stored(_));
        return Ok((0..table.columns.len()).filter(plain).collect());
    }
    names
        .iter()
        .map(|name| {
            table
                .columns
                .iter()
                .position(|column| column.name == *name)
                .ok_or_else(|| {
                    let message = format!("column \"{name}\" of relation \"{table_name}\" does not exist");
                    Report::error("42703", message)
                })
        })
        .collect()
}

impl Format {
    fn read(options: &[CopyOption]) -> Result<Self, Report> {
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

    fn write(&self, cells: &[Option<String>]) -> String {
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
    fn is_open(&self, line: &str) -> bool {
        line.chars().filter(|c| *c == self.quote).count() % 2 == 1
    }

    fn read_line(&self, line: &str) -> Vec<Option<String>> {
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
