//! INSERT.

use rusqlite::types::Value;
use sqlparser::ast::{Expr, Insert, OnInsert, Query, SetExpr, TableObject};

use super::Job;
use super::assignment::is_default;
use super::conflict::ConflictPlan;
use super::constraints::{Checked, Row};
use super::follow::follow;
use super::returning::Returning;
use crate::programs::sql::bind::{Bound, Level, ident, no_relation, object_name};
use crate::programs::sql::catalog::{Relation, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::Type;

impl Job<'_> {
    /// Finds a table that rows are changed in.
    pub(super) fn target(
        &self,
        name: &sqlparser::ast::ObjectName,
        verb: &str,
    ) -> Result<((String, String), Table), Report> {
        let (schema, bare) = object_name(name)?;
        let position = name
            .0
            .first()
            .and_then(|part| part.as_ident())
            .map_or(0, |part| self.source.position(part.span.start));
        match self.binder().find(schema.as_deref(), &bare) {
            Some((name, Relation::Table(table))) => Ok((name.clone(), table.clone())),
            Some((_, Relation::View(_))) => Err(Report::beyond(format!("{verb} through a view"))),
            Some((_, relation)) => Err(Report::error(
                "42809",
                format!("cannot change {} \"{bare}\"", relation.kind()),
            )),
            // Utility commands do not tell the place.
            None if verb == "COPY" || verb == "TRUNCATE" => Err(no_relation(schema.as_deref(), &bare)),
            None => Err(no_relation(schema.as_deref(), &bare).at(position)),
        }
    }

    pub(super) fn insert(&mut self, insert: &Insert) -> Result<(), Report> {
        let TableObject::TableName(name) = &insert.table else {
            return Err(Report::beyond("INSERT into a function"));
        };
        let (name, table) = self.target(name, "INSERT")?;
        let targets = self.insert_columns(insert, &name.1, &table)?;
        let checked = Checked::new(self, name, table)?;
        let alias = insert.table_alias.as_ref().map(|alias| ident(&alias.alias));
        let range = alias.unwrap_or_else(|| checked.name.1.clone());
        let conflict = match &insert.on {
            None => None,
            Some(OnInsert::OnConflict(conflict)) => Some(self.conflict_plan(conflict, &checked, &range)?),
            Some(_) => return Err(Report::error("42601", "syntax error at or near \"ON\"")),
        };
        let returning = match &insert.returning {
            None => None,
            Some(items) => Some(Returning::bind(self, items, &checked, &range, "")?),
        };
        let mut put = Vec::new();
        let mut given = Vec::new();
        let sources = self.insert_source(insert, &checked, &targets)?;
        for source in sources {
            let mut row = match source {
                RowSource::Ready(row) => row,
                // One row after another, so that sequences and errors come in their order.
                RowSource::Query(sql) => self.live.first(&sql, &[])?.unwrap_or_default(),
            };
            checked.check(self, &mut row)?;
            let id = match &conflict {
                Some(plan) => match self.resolve(plan, &checked, &mut row, &mut put)? {
                    Some(id) => Some(id),
                    None => continue,
                },
                None => {
                    checked.check_unique(self, &row, None)?;
                    None
                }
            };
            let id = match id {
                Some(id) => id,
                None => {
                    let id = checked.put(self, &row)?;
                    put.push((id, None));
                    id
                }
            };
            if let Some(returning) = &returning {
                given.push(returning.row(self, id)?);
            }
        }
        // What the rows refer to may have come in the same statement.
        for (id, old) in put.iter().filter(|(_, old)| old.is_some() || checked.refers()) {
            if let Some(row) = checked.fetch(self, *id)? {
                checked.check_foreign(self, &row)?;
                if let Some(old) = old {
                    follow(self, &checked, &[(Row::clone(old), Some(row))], 0)?;
                }
            }
        }
        let tag = format!("INSERT 0 {}", put.len());
        match returning {
            Some(returning) => returning.give(self, given, tag),
            None => self.done(tag),
        }
        Ok(())
    }

    /// Returns the places of the columns that values are given for.
    fn insert_columns(&self, insert: &Insert, table_name: &str, table: &Table) -> Result<Vec<usize>, Report> {
        if insert.columns.is_empty() {
            return Ok((0..table.columns.len()).collect());
        }
        let mut places = Vec::new();
        for name in &insert.columns {
            let (_, bare) = object_name(name)?;
            let position = name
                .0
                .first()
                .and_then(|part| part.as_ident())
                .map_or(0, |part| self.source.position(part.span.start));
            let place = table
                .columns
                .iter()
                .position(|column| column.name == bare)
                .ok_or_else(|| {
                    let message = format!("column \"{bare}\" of relation \"{table_name}\" does not exist");
                    Report::error("42703", message).at(position)
                })?;
            if places.contains(&place) {
                return Err(Report::error("42701", format!("column \"{bare}\" specified more than once")).at(position));
            }
            places.push(place);
        }
        Ok(places)
    }

    fn insert_source(
        &mut self,
        insert: &Insert,
        checked: &Checked,
        targets: &[usize],
    ) -> Result<Vec<RowSource>, Report> {
        let table = &checked.table;
        let Some(query) = &insert.source else {
            return Ok(vec![RowSource::Query(self.row_sql(table, &[], &[])?)]);
        };
        if let Some(rows) = plain_values(query) {
            return self.insert_values(insert, table, targets, &rows);
        }
        let hints: Vec<Type> = targets.iter().map(|place| table.columns[*place].ty.ty).collect();
        let bound = self.binder().query(query, &hints)?;
        if bound.columns.len() > targets.len() {
            return Err(
                Report::error("42601", "INSERT has more expressions than target columns")
                    .at(bound.columns[targets.len()].position),
            );
        }
        if bound.columns.len() < targets.len() && !insert.columns.is_empty() {
            let position = self.column_position(insert, bound.columns.len());
            return Err(Report::error("42601", "INSERT has more target columns than expressions").at(position));
        }
        let mut cells = Vec::new();
        for (at, (column, place)) in bound.columns.iter().zip(targets).enumerate() {
            let target = &table.columns[*place];
            self.may_be_given(target, false, insert.ignore)?;
            let cell = Bound {
                modifier: column.ty.modifier,
                ..Bound::new(format!("s.c{}", at + 1), column.known_type().ty, column.position)
            };
            cells.push(self.assigned(cell, target)?);
        }
        let targets = &targets[..cells.len()];
        let list = self.cells_sql(table, targets, &cells)?;
        let rows = self
            .live
            .query(&format!("SELECT {list} FROM ({}) AS s", bound.sql), &[])?;
        Ok(rows.into_iter().map(RowSource::Ready).collect())
    }

    fn column_position(&self, insert: &Insert, at: usize) -> usize {
        let part = insert
            .columns
            .get(at)
            .and_then(|name| name.0.first())
            .and_then(|part| part.as_ident());
        part.map_or(0, |part| self.source.position(part.span.start))
    }

    fn insert_values(
        &mut self,
        insert: &Insert,
        table: &Table,
        targets: &[usize],
        rows: &[&[Expr]],
    ) -> Result<Vec<RowSource>, Report> {
        let width = rows.first().map_or(0, |row| row.len());
        let mut out = Vec::new();
        for row in rows {
            if row.len() != width {
                let position = row.first().map_or(0, |expr| self.expr_position(expr));
                return Err(Report::error("42601", "VALUES lists must all be the same length").at(position));
            }
            if row.len() > targets.len() {
                let position = self.expr_position(&row[targets.len()]);
                return Err(Report::error("42601", "INSERT has more expressions than target columns").at(position));
            }
            if row.len() < targets.len() && !insert.columns.is_empty() {
                let position = self.column_position(insert, row.len());
                return Err(Report::error("42601", "INSERT has more target columns than expressions").at(position));
            }
        }
        for row in rows {
            let mut cells = Vec::new();
            for (expr, place) in row.iter().zip(targets) {
                let target = &table.columns[*place];
                let default = is_default(expr);
                self.may_be_given(target, default, insert.ignore)?;
                cells.push(if default {
                    self.default_sql(table, *place)?
                } else {
                    let level = Level {
                        no_aggregates: Some("VALUES"),
                        ..Level::default()
                    };
                    let bound = self.binder().on_level(level, |binder| binder.expr(expr))?;
                    self.assigned(bound, target)?
                });
            }
            out.push(RowSource::Query(self.row_sql(
                table,
                &targets[..cells.len()],
                &cells,
            )?));
        }
        Ok(out)
    }

    pub(super) fn expr_position(&self, expr: &Expr) -> usize {
        use sqlparser::ast::Spanned;
        self.source.position(expr.span().start)
    }

    fn row_sql(&self, table: &Table, targets: &[usize], cells: &[String]) -> Result<String, Report> {
        Ok(format!("SELECT {}", self.cells_sql(table, targets, cells)?))
    }

    /// Returns the values of all columns: the given ones and the defaults of the others.
    fn cells_sql(&self, table: &Table, targets: &[usize], cells: &[String]) -> Result<String, Report> {
        let mut list = Vec::new();
        for place in 0..table.columns.len() {
            list.push(match targets.iter().position(|target| *target == place) {
                Some(at) => cells[at].clone(),
                None => self.default_sql(table, place)?,
            });
        }
        Ok(if list.is_empty() {
            "NULL".into()
        } else {
            list.join(", ")
        })
    }

    /// Finds the row that is in the way and does what ON CONFLICT says.
    ///
    /// Returns the place of an updated row, nothing for a row that is passed by; a row that nothing is in the way of
    /// is put here.
    fn resolve(
        &mut self,
        plan: &ConflictPlan,
        checked: &Checked,
        row: &mut Row,
        put: &mut Vec<(i64, Option<Row>)>,
    ) -> Result<Option<i64>, Report> {
        for (at, unique) in checked.uniques.iter().enumerate() {
            let Some(id) = checked.conflict(self, unique, row, None)? else {
                continue;
            };
            if plan.arbiters.as_ref().is_some_and(|arbiters| !arbiters.contains(&at)) {
                return Err(checked.duplicate(self, unique, row));
            }
            let Some(update) = &plan.update else { return Ok(None) };
            if put.iter().any(|(done, _)| *done == id) {
                return Err(Report::error("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time")
                    .hint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values."));
            }
            let mut values = row.clone();
            values.push(Value::Integer(id));
            let Some(mut changed) = self.live.first(&update.sql, &values)? else {
                return Ok(None);
            };
            let old = checked.fetch(self, id)?.unwrap_or_default();
            checked.check(self, &mut changed)?;
            checked.check_unique(self, &changed, Some(id))?;
            let id = checked.replace(self, id, &changed)?;
            put.push((id, Some(old)));
            return Ok(Some(id));
        }
        let id = checked.put(self, row)?;
        put.push((id, None));
        Ok(Some(id))
    }
}

/// A row that is going to be inserted.
enum RowSource {
    /// Its values.
    Ready(Row),
    /// The query that gives them.
    Query(String),
}

/// Returns the rows of a bare VALUES list.
fn plain_values(query: &Query) -> Option<Vec<&[Expr]>> {
    if query.with.is_some() || query.order_by.is_some() || query.limit_clause.is_some() {
        return None;
    }
    match query.body.as_ref() {
        SetExpr::Values(values) => Some(values.rows.iter().map(|row| row.content.as_slice()).collect()),
        _ => None,
    }
}
