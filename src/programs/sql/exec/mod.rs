//! Statements at work: what is done to a live database, and what is answered.

mod alter;
mod alter_column;
mod constraints;
mod formula;
mod unique;
mod follow;
mod copy;
mod copy_format;
mod create;
mod create_table;
mod new_column;
mod wish;
mod create_index;
mod foreign_key;
mod create_sequence;
mod delete;
mod drop;
mod insert;
mod conflict;
mod assignment;
mod returning;
mod update;
mod utility;

pub use copy::{Copying, copy_in};

use rusqlite::types::Value;
use sqlparser::ast::{Query, SetExpr, Statement};

use super::bind::{Binder, BoundQuery, Surroundings};
use super::live::Live;
use super::reply::{Column, Reply, Report, Rows};
use super::source::Source;
use super::values::ColumnType;
use super::values::convert;

/// A statement at work: a live database, the session around it, the text it came from, and what it has said so far.
pub struct Job<'a> {
    /// The database.
    pub live: &'a mut Live,
    /// The session.
    pub around: &'a Surroundings,
    /// The text.
    pub source: &'a Source,
    /// Notices and the result.
    pub replies: Vec<Reply>,
    /// What the session must wait for: the data of a COPY.
    pub copying: Option<Copying>,
}

impl<'a> Job<'a> {
    /// Returns a job that has not begun.
    pub fn new(live: &'a mut Live, around: &'a Surroundings, source: &'a Source) -> Self {
        Self {
            live,
            around,
            source,
            replies: Vec::new(),
            copying: None,
        }
    }

    /// Runs a statement of SQL; utility commands have been taken away before.
    pub fn run(&mut self, statement: &Statement) -> Result<(), Report> {
        match statement {
            Statement::Query(query) => self.select(query),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::CreateTable(create) => self.create_table(create),
            Statement::CreateIndex(create) => self.create_index(create),
            Statement::CreateView(create) => self.create_view(create),
            Statement::CreateSchema {
                schema_name,
                if_not_exists,
                ..
            } => self.create_schema(schema_name, *if_not_exists),
            Statement::CreateSequence {
                temporary: _,
                if_not_exists,
                name,
                data_type,
                sequence_options,
                owned_by,
            } => self.create_sequence(
                *if_not_exists,
                name,
                data_type.as_ref(),
                sequence_options,
                owned_by.as_ref(),
            ),
            Statement::AlterTable(alter) => self.alter_table(alter),
            Statement::AlterIndex { name, operation } => self.alter_index(name, operation),
            Statement::Drop {
                object_type,
                if_exists,
                names,
                cascade,
                ..
            } => self.drop(*object_type, *if_exists, names, *cascade),
            Statement::Truncate(truncate) => self.truncate(truncate),
            Statement::Copy {
                source,
                to,
                target,
                options,
                legacy_options,
                values: _,
            } => {
                if !legacy_options.is_empty() {
                    return self.copy_legacy(source, *to, target, legacy_options);
                }
                self.copy(source, *to, target, options)
            }
            Statement::Comment {
                object_type,
                object_name,
                comment,
                ..
            } => self.comment(*object_type, object_name, comment.clone()),
            Statement::CreateExtension(extension) => {
                let name = extension.name.value.to_lowercase();
                match name.as_str() {
                    // What they are asked for is built in.
                    "plpgsql" | "pgcrypto" | "uuid-ossp" if extension.if_not_exists || name != "plpgsql" => {
                        if name == "plpgsql" {
                            self.notice("extension \"plpgsql\" already exists, skipping".to_owned());
                        }
                        self.done("CREATE EXTENSION");
                        Ok(())
                    }
                    "plpgsql" => Err(Report::error("42710", "extension \"plpgsql\" already exists")),
                    _ => Err(Report::beyond(format!("the extension \"{name}\""))),
                }
            }
            Statement::Explain { .. } | Statement::ExplainTable { .. } => Err(Report::beyond("EXPLAIN")),
            Statement::CreateFunction(_) | Statement::CreateProcedure { .. } => {
                Err(Report::beyond("functions of your own"))
            }
            Statement::CreateTrigger(_) => Err(Report::beyond("triggers")),
            Statement::CreateType { .. } | Statement::CreateDomain(_) => Err(Report::beyond("types of your own")),
            Statement::Prepare { .. } | Statement::Execute { .. } | Statement::Deallocate { .. } => {
                Err(Report::beyond("prepared statements"))
            }
            Statement::Declare { .. } | Statement::Fetch { .. } | Statement::Close { .. } => {
                Err(Report::beyond("cursors"))
            }
            Statement::Merge(_) => Err(Report::beyond("MERGE")),
            other => {
                let text = other.to_string();
                let words: Vec<&str> = text.split_whitespace().take(2).collect();
                Err(Report::beyond(words.join(" ").to_uppercase()))
            }
        }
    }

    /// Adds a command tag.
    pub fn done(&mut self, tag: impl Into<String>) {
        self.replies.push(Reply::Done(tag.into()));
    }

    /// Adds a notice.
    pub fn notice(&mut self, message: impl Into<String>) {
        self.replies.push(Reply::Notice(Report::notice(message)));
    }

    /// Returns a binder for this statement.
    pub fn binder(&self) -> Binder<'_> {
        Binder::new(&self.live.catalog, self.around, self.source)
    }

    fn select(&mut self, query: &Query) -> Result<(), Report> {
        let (rows, bound) = self.rows_of(query)?;
        let count = rows.len();
        self.give(rows, &bound, format!("SELECT {count}"));
        Ok(())
    }

    /// Runs a query to its end.
    pub fn rows_of(&mut self, query: &Query) -> Result<(Vec<Vec<Value>>, BoundQuery), Report> {
        let bound = self.binder().query(query, &[])?;
        let rows = self.live.query(&bound.sql, &[])?;
        Ok((rows, bound))
    }

    /// Answers with rows.
    pub fn give(&mut self, rows: Vec<Vec<Value>>, bound: &BoundQuery, tag: String) {
        let types: Vec<(String, ColumnType)> = bound
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.known_type()))
            .collect();
        let result = table(&rows, &types, self.around.place, tag);
        self.replies.push(Reply::Rows(result));
    }
}

/// Turns values into a table of text.
pub fn table(rows: &[Vec<Value>], columns: &[(String, ColumnType)], place: convert::Place, tag: String) -> Rows {
    Rows {
        columns: columns
            .iter()
            .map(|(name, ty)| Column {
                name: name.clone(),
                type_name: ty.ty.to_string(),
                right: ty.ty.is_right(),
            })
            .collect(),
        rows: rows
            .iter()
            .map(|row| {
                row.iter()
                    .zip(columns)
                    .map(|(value, (_, ty))| convert::output(value, ty.ty, place))
                    .collect()
            })
            .collect(),
        tag,
    }
}

/// Tells whether a statement of SQL can change anything but sequences.
pub fn changes(statement: &Statement) -> bool {
    match statement {
        Statement::Query(query) => {
            // A sequence that is drawn from is a change too; it is found out afterwards.
            matches!(
                query.body.as_ref(),
                SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_)
            )
        }
        Statement::Copy { to, .. } => !to,
        Statement::Explain { .. } => false,
        _ => true,
    }
}
