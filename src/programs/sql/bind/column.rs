//! A column in an expression: found by its name, or the one that was meant.

use super::Binder;
use super::bound::{Bound, quote};
use super::scope::{Found, Loose, find_bare, find_qualified};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::{Base, Type};

impl Binder<'_> {
    pub(super) fn column(&mut self, name: &str, quoted: bool, position: usize) -> Result<Bound, Report> {
        match find_bare(&self.levels, name).map_err(|report| report.at(position))? {
            Some(found) => Ok(self.found(found, position)),
            None => {
                // The name of a relation alone means its whole row.
                if find_qualified(&self.levels, name, "").is_some() {
                    return Err(Report::beyond("whole rows as values").at(position));
                }
                if name == "current_schema" && !quoted {
                    let schema = self.creation_schema().ok();
                    let sql = schema.map_or("NULL".to_owned(), |schema| quote(&schema));
                    return Ok(Bound::new(sql, Type::of(Base::Name), position).shown("CURRENT_SCHEMA"));
                }
                if self.reads_system() {
                    return Err(Report::beyond(format!("the column \"{name}\" of a system view")).at(position));
                }
                let mut report = Report::error("42703", format!("column \"{name}\" does not exist")).at(position);
                if let Some(hint) = self.similar_column(name) {
                    report = report.hint(hint);
                }
                Err(report)
            }
        }
    }

    pub(super) fn qualified_column(&mut self, range: &str, name: &str, position: usize) -> Result<Bound, Report> {
        match find_qualified(&self.levels, range, name) {
            Some(Some(found)) => Ok(self.found(found, position)),
            Some(None) if self.reads_system() => {
                Err(Report::beyond(format!("the column \"{name}\" of a system view")).at(position))
            }
            Some(None) => {
                let mut report = Report::error("42703", format!("column {range}.{name} does not exist")).at(position);
                if let Some(hint) = self.similar_column(name) {
                    report = report.hint(hint);
                }
                Err(report)
            }
            None => {
                Err(Report::error("42P01", format!("missing FROM-clause entry for table \"{range}\"")).at(position))
            }
        }
    }

    /// Tells whether a system view is read: its columns may be fewer than PostgreSQL's.
    fn reads_system(&self) -> bool {
        let mut ranges = self.levels.iter().flat_map(|level| &level.ranges);
        ranges.any(|range| range.table.is_none() && range.name.starts_with("pg_"))
    }

    /// PostgreSQL offers a column whose name is close: parser/parse_relation.c, errorMissingColumn.
    fn similar_column(&self, name: &str) -> Option<String> {
        let limit = |close: usize| close <= name.len() / 2 && close <= 3;
        let columns = self
            .levels
            .iter()
            .rev()
            .flat_map(|level| &level.ranges)
            .flat_map(|range| {
                range
                    .columns
                    .iter()
                    .filter(|column| !column.name.is_empty())
                    .map(move |column| (range, column))
            });
        let near = columns
            .map(|(range, column)| (strsim::levenshtein(&column.name, name), range, column))
            .filter(|(distance, ..)| limit(*distance))
            .min_by_key(|(distance, ..)| *distance)?;
        Some(format!(
            "Perhaps you meant to reference the column \"{}.{}\".",
            near.1.name, near.2.name
        ))
    }

    fn found(&mut self, found: Found, position: usize) -> Bound {
        let column = &found.column;
        let level = &mut self.levels[found.level];
        if !level.in_aggregate {
            level.loose.push(Loose {
                sql: column.sql.clone(),
                name: format!("{}.{}", found.range, column.name),
                position,
                table: found.table,
            });
        }
        let one = self.levels.len() == 1 && self.levels[0].ranges.len() == 1;
        let name = crate::programs::sql::catalog::quote_ident(&column.name);
        let shown = if one { name } else { format!("{}.{name}", found.range) };
        Bound {
            modifier: column.ty.modifier,
            ..Bound::new(&column.sql, column.ty.ty, position)
        }
        .shown(shown)
    }

    /// What GROUP BY names as a whole may use its columns freely.
    pub(super) fn forget_loose_if_grouped(&mut self, bound: &Bound) {
        if let Some(level) = self.levels.last_mut()
            && level.groups.contains(&bound.sql)
        {
            let groups = &level.groups;
            level
                .loose
                .retain(|loose| !bound.sql.contains(&loose.sql) || groups.contains(&loose.sql));
        }
    }
}
