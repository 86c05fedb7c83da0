//! A table or a view in FROM.

use sqlparser::ast::{ObjectName, TableAlias};

use super::bound::quote_name;
use super::from::table_columns;
use super::names::{first_ident, ident, object_name};
use super::scope::{Range, RangeColumn};
use super::{Binder, no_relation, system};
use crate::programs::sql::catalog::{Relation, View};
use crate::programs::sql::reply::Report;
use crate::programs::sql::source::Source;
use crate::programs::sql::values::{Base, ColumnType};

impl Binder<'_> {
    pub(super) fn table(&mut self, name: &ObjectName, alias: Option<&TableAlias>) -> Result<String, Report> {
        let position = first_ident(name).map_or(0, |name| self.source.position(name.span.start));
        let (schema, bare) = object_name(name).map_err(|report| report.at(position))?;
        let range_name = alias.map_or_else(|| bare.clone(), |alias| ident(&alias.name));
        if schema.is_none()
            && let Some(cte) = self.ctes.iter().rev().find(|cte| cte.name == bare)
        {
            let sqlite = format!("t{}", self.aliases + 1);
            let columns = cte.range_columns(&sqlite);
            let text = format!("{} AS {sqlite}", cte.sql_name);
            self.aliases += 1;
            self.push_range(range_name, columns, None, alias)?;
            return Ok(text);
        }
        let sqlite = self.alias();
        if let Some((_, relation)) = self.find(schema.as_deref(), &bare) {
            self.reads.push(relation.oid());
            match relation {
                Relation::Table(table) => {
                    let columns = table_columns(table, &sqlite);
                    self.push_range(range_name, columns, Some((table.oid, sqlite.clone())), alias)?;
                    return Ok(format!("{} AS {sqlite}", quote_name(&table.storage)));
                }
                Relation::View(view) => {
                    let view = view.clone();
                    return self.view(&view, range_name, &sqlite, alias);
                }
                Relation::Sequence(sequence) => {
                    let columns = [
                        ("last_value", Base::Int8),
                        ("log_cnt", Base::Int8),
                        ("is_called", Base::Bool),
                    ];
                    let columns = columns.map(|(name, base)| RangeColumn {
                        name: name.into(),
                        ty: ColumnType::plain(base),
                        sql: format!("{sqlite}.{name}"),
                        hidden: false,
                        merged: false,
                    });
                    self.push_range(range_name, columns.into(), None, alias)?;
                    let (last, left, called) = match self.around.standings.get(&sequence.oid) {
                        Some(standing) => (standing.last, standing.left, u8::from(standing.called)),
                        None => (sequence.start, 0, 0),
                    };
                    return Ok(format!(
                        "(SELECT {last} AS last_value, {left} AS log_cnt, {called} AS is_called) AS {sqlite}"
                    ));
                }
                Relation::Index(_) => {
                    return Err(Report::error("42809", format!("cannot open relation \"{bare}\""))
                        .detail("This operation is not supported for indexes.")
                        .at(position));
                }
            }
        }
        if let Some(found) = system::relation(self.catalog, self.around, schema.as_deref(), &bare) {
            let columns = found.range_columns(&sqlite);
            let text = format!("({}) AS {sqlite}", found.sql());
            self.push_range(range_name, columns, None, alias)?;
            return Ok(text);
        }
        if system::is_beyond(schema.as_deref(), &bare) {
            return Err(Report::beyond(format!("the system view {bare}")).at(position));
        }
        Err(no_relation(schema.as_deref(), &bare).at(position))
    }

    fn view(
        &mut self,
        view: &View,
        range_name: String,
        sqlite: &str,
        alias: Option<&TableAlias>,
    ) -> Result<String, Report> {
        let source = Source::new(&view.query);
        let piece = source
            .pieces()?
            .into_iter()
            .next()
            .ok_or_else(|| Report::beyond("an empty view"))?;
        let sqlparser::ast::Statement::Query(query) = source.parse(&piece)? else {
            return Err(Report::beyond("a view that is no query"));
        };
        let mut inner = self.inner(&source);
        inner.deeper()?;
        let bound = inner.query(&query, &[])?;
        self.aliases = inner.aliases;
        let columns = view
            .columns
            .iter()
            .enumerate()
            .map(|(at, (name, ty))| RangeColumn {
                name: name.clone(),
                ty: *ty,
                sql: format!("{sqlite}.c{}", at + 1),
                hidden: false,
                merged: false,
            })
            .collect();
        self.push_range(range_name, columns, None, alias)?;
        Ok(format!("({}) AS {sqlite}", bound.sql))
    }

    pub(super) fn push_range(
        &mut self,
        name: String,
        mut columns: Vec<RangeColumn>,
        table: Option<(u32, String)>,
        alias: Option<&TableAlias>,
    ) -> Result<(), Report> {
        if let Some(alias) = alias {
            let visible = columns.iter().filter(|column| !column.hidden).count();
            if alias.columns.len() > visible {
                return Err(Report::error(
                    "42P10",
                    format!(
                        "table \"{name}\" has {visible} columns available but {} columns specified",
                        alias.columns.len()
                    ),
                ));
            }
            for (column, given) in columns.iter_mut().filter(|column| !column.hidden).zip(&alias.columns) {
                column.name = ident(&given.name);
            }
        }
        let level = self.level_mut();
        if level.ranges.iter().any(|range| range.name == name) {
            return Err(Report::error(
                "42712",
                format!("table name \"{name}\" specified more than once"),
            ));
        }
        level.ranges.push(Range { name, columns, table });
        Ok(())
    }
}
