//! ALTER SEQUENCE and ALTER SCHEMA.

use super::Job;
use crate::programs::sql::bind::no_relation;
use crate::programs::sql::catalog::Relation;
use crate::programs::sql::command::{Command, SequenceChange};
use crate::programs::sql::reply::Report;
use crate::programs::sql::runtime::Standing;

impl Job<'_> {
    /// Runs a utility command that changes the catalog.
    pub fn utility(&mut self, command: &Command) -> Result<(), Report> {
        match command {
            Command::AlterSequence {
                name,
                if_exists,
                changes,
            } => self.alter_sequence(name, *if_exists, changes),
            Command::AlterSchema { name, rename, owner } => {
                self.alter_schema(name, rename.as_deref(), owner.as_deref())
            }
            _ => Err(Report::beyond("this command")),
        }
    }

    fn alter_sequence(
        &mut self,
        name: &(Option<String>, String),
        if_exists: bool,
        changes: &[SequenceChange],
    ) -> Result<(), Report> {
        let found = self
            .binder()
            .find(name.0.as_deref(), &name.1)
            .map(|(full, relation)| (full.clone(), relation.clone()));
        let (mut full, mut sequence) = match found {
            Some((full, Relation::Sequence(sequence))) => (full, sequence),
            Some(_) => return Err(Report::error("42809", format!("\"{}\" is not a sequence", name.1))),
            None => {
                let report = no_relation(name.0.as_deref(), &name.1);
                if !if_exists {
                    return Err(report);
                }
                self.notice(format!("{}, skipping", report.message));
                self.done("ALTER SEQUENCE");
                return Ok(());
            }
        };
        for change in changes {
            match change {
                SequenceChange::Increment(step) => sequence.increment = *step,
                SequenceChange::Min(min) => sequence.min = min.unwrap_or(1),
                SequenceChange::Max(max) => sequence.max = max.unwrap_or(i64::MAX),
                SequenceChange::Start(start) => sequence.start = *start,
                SequenceChange::Cache(cache) => sequence.cache = *cache,
                SequenceChange::Cycle(cycle) => sequence.cycle = *cycle,
                SequenceChange::Owner(owner) => {
                    if !self.around.roles.contains_key(owner) {
                        return Err(Report::error("42704", format!("role \"{owner}\" does not exist")));
                    }
                    sequence.owner.clone_from(owner);
                }
                SequenceChange::OwnedBy(owner) => {
                    sequence.owned_by = match owner.as_deref() {
                        None => None,
                        Some(parts) => Some(self.column_of(parts)?),
                    };
                }
                SequenceChange::Restart(at) => {
                    let at = at.unwrap_or(sequence.start);
                    if at < sequence.min || at > sequence.max {
                        let (word, bound) = if at < sequence.min {
                            ("less than MINVALUE", sequence.min)
                        } else {
                            ("greater than MAXVALUE", sequence.max)
                        };
                        return Err(Report::error(
                            "22023",
                            format!("RESTART value ({at}) cannot be {word} ({bound})"),
                        ));
                    }
                    let standing = Standing {
                        last: at,
                        called: false,
                        logged: at,
                        left: 0,
                    };
                    self.live.runtime().standings.insert(sequence.oid, standing);
                }
                SequenceChange::Rename(to) => {
                    let new = (full.0.clone(), to.clone());
                    self.rename_relation(&full, &new)?;
                    full = new;
                }
            }
        }
        self.live.catalog.relations.insert(full, Relation::Sequence(sequence));
        self.done("ALTER SEQUENCE");
        Ok(())
    }

    fn column_of(&self, parts: &[String]) -> Result<(u32, u32), Report> {
        let (schema, table, column) = match parts {
            [table, column] => (None, table, column),
            [schema, table, column] => (Some(schema.as_str()), table, column),
            _ => {
                return Err(Report::error("42601", "invalid OWNED BY option")
                    .hint("Specify OWNED BY table.column or OWNED BY NONE."));
            }
        };
        match self.binder().find(schema, table) {
            Some((_, Relation::Table(found))) => match found.column(column) {
                Some(column) => Ok((found.oid, column.number)),
                None => Err(Report::error(
                    "42703",
                    format!("column \"{column}\" of relation \"{table}\" does not exist"),
                )),
            },
            _ => Err(no_relation(schema, table)),
        }
    }

    fn alter_schema(&mut self, name: &str, rename: Option<&str>, owner: Option<&str>) -> Result<(), Report> {
        let Some(mut schema) = self.live.catalog.schemas.get(name).cloned() else {
            return Err(Report::error("3F000", format!("schema \"{name}\" does not exist")));
        };
        if let Some(owner) = owner {
            if !self.around.roles.contains_key(owner) {
                return Err(Report::error("42704", format!("role \"{owner}\" does not exist")));
            }
            schema.owner = owner.to_owned();
            self.live.catalog.schemas.insert(name.to_owned(), schema.clone());
        }
        if rename.is_some() {
            return Err(Report::beyond("renaming a schema"));
        }
        self.done("ALTER SCHEMA");
        Ok(())
    }
}
