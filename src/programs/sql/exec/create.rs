//! CREATE VIEW and SCHEMA, COMMENT; and the names that anything new may have.

use sqlparser::ast::{CommentObject, CreateView, ObjectName, SchemaName};

use super::Job;
use crate::programs::sql::bind::{ident, no_relation, object_name};
use crate::programs::sql::catalog::{Relation, SYSTEM_SCHEMAS, Schema, View};
use crate::programs::sql::reply::Report;

impl Job<'_> {
    /// Returns the schema and the name of an object that is going to be made.
    pub(super) fn new_name(&self, name: &ObjectName) -> Result<(String, String), Report> {
        let position = name
            .0
            .first()
            .and_then(|part| part.as_ident())
            .map_or(0, |part| self.source.position(part.span.start));
        let (schema, bare) = object_name(name)?;
        let schema = match schema {
            None => self.binder().creation_schema()?,
            Some(schema) => {
                if SYSTEM_SCHEMAS.contains(&schema.as_str()) {
                    return Err(
                        Report::error("42501", format!("permission denied to create \"{schema}.{bare}\""))
                            .detail("System catalog modifications are currently disallowed."),
                    );
                }
                if !self.live.catalog.schemas.contains_key(&schema) {
                    let message = format!("schema \"{schema}\" does not exist");
                    return Err(Report::error("3F000", message).at(position));
                }
                schema
            }
        };
        Ok((schema, bare))
    }

    /// Says that a relation is there already, or gives leave to make it.
    pub(super) fn is_free(&mut self, name: &(String, String), if_not_exists: bool) -> Result<bool, Report> {
        if !self.live.catalog.relations.contains_key(name) {
            return Ok(true);
        }
        let report = Report::error("42P07", format!("relation \"{}\" already exists", name.1));
        if if_not_exists {
            self.notice(format!("{}, skipping", report.message));
            return Ok(false);
        }
        Err(report)
    }

    pub(super) fn create_view(&mut self, create: &CreateView) -> Result<(), Report> {
        if create.materialized {
            return Err(Report::beyond("materialized views"));
        }
        if create.temporary {
            return Err(Report::beyond("temporary views"));
        }
        let name = self.new_name(&create.name)?;
        let mut binder = self.binder();
        let bound = binder.query(&create.query, &[])?;
        let reads = binder.reads.clone();
        let mut columns: Vec<(String, crate::programs::sql::values::ColumnType)> = Vec::new();
        for (at, column) in bound.columns.iter().enumerate() {
            let given = create.columns.get(at).map(|column| ident(&column.name));
            let column_name = given.unwrap_or_else(|| column.name.clone());
            if columns.iter().any(|(known, _)| *known == column_name) {
                return Err(Report::error(
                    "42701",
                    format!("column \"{column_name}\" specified more than once"),
                ));
            }
            columns.push((column_name, column.known_type()));
        }
        let oid = match self.live.catalog.relations.get(&name) {
            Some(Relation::View(old)) if create.or_replace => {
                if columns.len() < old.columns.len() {
                    return Err(Report::error("42P16", "cannot drop columns from view"));
                }
                for (at, (old_name, old_type)) in old.columns.iter().enumerate() {
                    let Some((new_name, new_type)) = columns.get(at) else {
                        return Err(Report::error("42P16", "cannot drop columns from view"));
                    };
                    if new_name != old_name {
                        let message = format!("cannot change name of view column \"{old_name}\" to \"{new_name}\"");
                        return Err(Report::error("42P16", message)
                            .hint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead."));
                    }
                    if new_type.ty != old_type.ty {
                        let message = format!(
                            "cannot change data type of view column \"{old_name}\" from {old_type} to {new_type}"
                        );
                        return Err(Report::error("42P16", message));
                    }
                }
                old.oid
            }
            Some(_) => {
                return Err(Report::error(
                    "42P07",
                    format!("relation \"{}\" already exists", name.1),
                ));
            }
            None => self.live.catalog.take_oid(),
        };
        let view = View {
            oid,
            owner: self.around.user.clone(),
            query: create.query.to_string(),
            columns,
            reads,
            comment: None,
        };
        self.live.catalog.relations.insert(name, Relation::View(view));
        self.done("CREATE VIEW");
        Ok(())
    }

    pub(super) fn create_schema(&mut self, name: &SchemaName, if_not_exists: bool) -> Result<(), Report> {
        let (name, owner) = match name {
            SchemaName::Simple(name) => (object_name(name)?.1, self.around.user.clone()),
            SchemaName::UnnamedAuthorization(owner) => (ident(owner), ident(owner)),
            SchemaName::NamedAuthorization(name, owner) => (object_name(name)?.1, ident(owner)),
        };
        if name.starts_with("pg_") {
            return Err(Report::error("42939", format!("unacceptable schema name \"{name}\""))
                .detail("The prefix \"pg_\" is reserved for system schemas."));
        }
        if self.live.catalog.schemas.contains_key(&name) || SYSTEM_SCHEMAS.contains(&name.as_str()) {
            let message = format!("schema \"{name}\" already exists");
            if !if_not_exists {
                return Err(Report::error("42P06", message));
            }
            self.notice(format!("{message}, skipping"));
        } else {
            let oid = self.live.catalog.take_oid();
            self.live.catalog.schemas.insert(name, Schema { oid, owner });
        }
        self.done("CREATE SCHEMA");
        Ok(())
    }

    pub(super) fn comment(
        &mut self,
        kind: CommentObject,
        name: &ObjectName,
        comment: Option<String>,
    ) -> Result<(), Report> {
        let comment = comment.filter(|comment| !comment.is_empty());
        match kind {
            CommentObject::Table => {
                let (full, mut table) = self.target(name, "COMMENT")?;
                table.comment = comment;
                self.put_table(&full, table);
            }
            CommentObject::Column => {
                let (oid, number) = self.owner_column(name)?;
                let full = self.live.catalog.table_by_oid(oid).map(|(full, _)| full.clone());
                if let Some(full) = full {
                    let mut table = self.table_now(&full);
                    if let Some(column) = table.columns.iter_mut().find(|column| column.number == number) {
                        column.comment = comment;
                    }
                    self.put_table(&full, table);
                }
            }
            CommentObject::View => {
                let (schema, bare) = object_name(name)?;
                let found = self
                    .binder()
                    .find(schema.as_deref(), &bare)
                    .map(|(full, relation)| (full.clone(), relation.clone()));
                match found {
                    Some((full, Relation::View(view))) => {
                        let view = View { comment, ..view };
                        self.live.catalog.relations.insert(full, Relation::View(view));
                    }
                    _ => return Err(no_relation(schema.as_deref(), &bare)),
                }
            }
            // Accepted; nothing here shows them.
            CommentObject::Schema | CommentObject::Database | CommentObject::Index | CommentObject::Sequence => (),
            other => return Err(Report::beyond(format!("COMMENT ON {other}"))),
        }
        self.done("COMMENT");
        Ok(())
    }

    /// Checks that every view still means something after its tables have changed.
    pub(super) fn broken_views(&self, table: u32) -> Vec<(String, String)> {
        let mut broken = Vec::new();
        for (name, relation) in &self.live.catalog.relations {
            let Relation::View(view) = relation else { continue };
            if !view.reads.contains(&table) {
                continue;
            }
            let source = crate::programs::sql::source::Source::new(&view.query);
            let bound = source.pieces().and_then(|pieces| {
                let piece = pieces
                    .into_iter()
                    .next()
                    .ok_or_else(|| Report::beyond("an empty view"))?;
                match source.parse(&piece)? {
                    sqlparser::ast::Statement::Query(query) => {
                        crate::programs::sql::bind::Binder::new(&self.live.catalog, self.around, &source)
                            .query(&query, &[])
                            .map(drop)
                    }
                    _ => Ok(()),
                }
            });
            if bound.is_err() {
                broken.push(name.clone());
            }
        }
        broken
    }
}
