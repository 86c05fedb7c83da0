//! COPY: rows as lines of text or CSV.

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use sqlparser::ast::{CopyLegacyOption, CopyOption, CopySource, CopyTarget, ObjectName};

use super::Job;
use super::constraints::{Checked, Row};
use super::copy_format::Format;
use crate::programs::sql::bind::{ident, object_name};
use crate::programs::sql::catalog::{Generated, Relation};
use crate::programs::sql::reply::{Reply, Report};
use crate::programs::sql::values::ColumnType;
use crate::programs::sql::values::convert::{self, fit};

/// A `COPY … FROM STDIN` that waits for its data: into which columns, and how they are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Copying {
    table: (String, String),
    columns: Vec<String>,
    format: Format,
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
                None => super::assignment::default_value(job, &checked.table, place)?,
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
