//! A value on its way into a column: where it goes, its type, its default.

use rusqlite::types::Value;
use sqlparser::ast::{AssignmentTarget, Expr};

use super::Job;
use super::constraints::Checked;
use super::formula::bind_alone;
use crate::programs::sql::bind::{Bound, object_name};
use crate::programs::sql::catalog::{Column, Generated, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;

impl Job<'_> {
    /// An identity column that makes its own values takes no other.
    pub(super) fn may_be_given(&self, column: &Column, default: bool, overriding: bool) -> Result<(), Report> {
        match &column.generated {
            _ if default => Ok(()),
            Generated::Always(_) if overriding => Ok(()),
            Generated::Always(_) => Err(Report::error(
                "428C9",
                format!("cannot insert a non-DEFAULT value into column \"{}\"", column.name),
            )
            .detail(format!(
                "Column \"{}\" is an identity column defined as GENERATED ALWAYS.",
                column.name
            ))
            .hint("Use OVERRIDING SYSTEM VALUE to override.")),
            Generated::Stored(_) => Err(Report::error(
                "428C9",
                format!("cannot insert a non-DEFAULT value into column \"{}\"", column.name),
            )
            .detail(format!("Column \"{}\" is a generated column.", column.name))),
            Generated::No | Generated::ByDefault(_) => Ok(()),
        }
    }

    /// Turns a value into the type of the column that it is put into.
    pub(super) fn assigned(&self, bound: Bound, column: &Column) -> Result<String, Report> {
        let (from, position) = (bound.ty, bound.position);
        let cast = bound
            .cast(column.ty.ty, Way::Assignment, self.around.place)?
            .ok_or_else(|| {
                Report::error(
                    "42804",
                    format!(
                        "column \"{}\" is of type {} but expression is of type {from}",
                        column.name, column.ty.ty
                    ),
                )
                .hint("You will need to rewrite or cast the expression.")
                .at(position)
            })?;
        Ok(cast.fitted(column.ty, false).sql)
    }

    /// Returns SQLite's text for a column's default.
    pub(super) fn default_sql(&self, table: &Table, place: usize) -> Result<String, Report> {
        let column = &table.columns[place];
        match &column.generated {
            Generated::Always(oid) | Generated::ByDefault(oid) => {
                return Ok(crate::programs::sql::bind::call("nextval", &[&oid.to_string()]));
            }
            Generated::Stored(_) => return Ok("NULL".into()),
            Generated::No => (),
        }
        match &column.default {
            None => Ok("NULL".into()),
            Some(formula) => {
                let bound = bind_alone(self, &formula.text)?;
                self.assigned(bound, column)
            }
        }
    }

    /// Returns the place of a column that is assigned to.
    pub(super) fn assignment_place(&self, target: &AssignmentTarget, checked: &Checked) -> Result<usize, Report> {
        let AssignmentTarget::ColumnName(name) = target else {
            return Err(Report::beyond("SET of several columns at once"));
        };
        let position = name
            .0
            .first()
            .and_then(|part| part.as_ident())
            .map_or(0, |part| self.source.position(part.span.start));
        let (_, bare) = object_name(name)?;
        let place = checked
            .table
            .columns
            .iter()
            .position(|column| column.name == bare)
            .ok_or_else(|| {
                let message = format!("column \"{bare}\" of relation \"{}\" does not exist", checked.name.1);
                Report::error("42703", message).at(position)
            })?;
        Ok(place)
    }
}

/// Tells whether a value is the word DEFAULT.
pub(super) fn is_default(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(name) if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("default"))
}

/// Returns the value of a column's default.
pub(super) fn default_value(job: &Job, table: &Table, place: usize) -> Result<Value, Report> {
    let sql = job.default_sql(table, place)?;
    let row = job.live.first(&format!("SELECT {sql}"), &[])?;
    Ok(row.and_then(|mut values| values.pop()).unwrap_or(Value::Null))
}
