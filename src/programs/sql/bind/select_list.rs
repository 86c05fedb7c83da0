//! The list of a SELECT or a RETURNING: expressions with their names, and stars.

use sqlparser::ast::{Expr, SelectItem, SelectItemQualifiedWildcardKind};

use super::Binder;
use super::bound::Bound;
use super::names::{ident, object_name};
use super::output_name::output_name;
use super::query::{BoundQuery, OutColumn};
use super::scope::Level;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::Type;
use crate::programs::sql::values::convert::Way;

/// What a select list item is, before and after binding.
pub(super) struct Item<'e> {
    pub(super) expr: Option<&'e Expr>,
    pub(super) alias: Option<String>,
    pub(super) bound: Bound,
    pub(super) name: String,
}

impl Binder<'_> {
    /// Binds a RETURNING list: a select list over ranges that are there already.
    pub fn returning(&mut self, list: &[SelectItem], level: Level) -> Result<BoundQuery, Report> {
        let level = Level {
            no_aggregates: Some("RETURNING"),
            ..level
        };
        self.on_level(level, |this| {
            let items = this.items(list, &[])?;
            let parts: Vec<String> = items
                .iter()
                .enumerate()
                .map(|(at, item)| format!("{} AS c{}", item.bound.sql, at + 1))
                .collect();
            let columns = items
                .iter()
                .map(|item| OutColumn {
                    name: item.name.clone(),
                    ty: item.bound.column_type(),
                    position: item.bound.position,
                })
                .collect();
            Ok(BoundQuery {
                sql: format!("SELECT {}", parts.join(", ")),
                columns,
            })
        })
    }

    pub(super) fn items<'e>(&mut self, list: &'e [SelectItem], hints: &[Type]) -> Result<Vec<Item<'e>>, Report> {
        let mut items = Vec::new();
        for item in list {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    let bound = self.item_bound(expr, hints.get(items.len()))?;
                    items.push(Item {
                        expr: Some(expr),
                        alias: None,
                        bound,
                        name: output_name(expr),
                    });
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    let bound = self.item_bound(expr, hints.get(items.len()))?;
                    let alias = ident(alias);
                    items.push(Item {
                        expr: Some(expr),
                        alias: Some(alias.clone()),
                        bound,
                        name: alias,
                    });
                }
                SelectItem::Wildcard(options) => {
                    let position = self.source.position(options.wildcard_token.0.span.start);
                    if self.level().ranges.is_empty() {
                        let message = "SELECT * with no tables specified is not valid";
                        return Err(Report::error("42601", message).at(position));
                    }
                    self.star(None, position, &mut items)?;
                }
                SelectItem::QualifiedWildcard(kind, _) => {
                    let SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
                        return Err(Report::beyond("fields of rows"));
                    };
                    let position =
                        super::names::first_ident(name).map_or(0, |name| self.source.position(name.span.start));
                    let (_, name) = object_name(name)?;
                    self.star(Some(&name), position, &mut items)?;
                }
                SelectItem::ExprWithAliases { .. } => return Err(Report::error("42601", "syntax error")),
            }
        }
        Ok(items)
    }

    fn item_bound(&mut self, expr: &Expr, hint: Option<&Type>) -> Result<Bound, Report> {
        let bound = self.expr(expr)?;
        match hint {
            Some(hint) if bound.literal.is_some() => bound.must(*hint, Way::Assignment, self.around.place),
            _ => Ok(bound),
        }
    }

    fn star(&mut self, only: Option<&str>, position: usize, items: &mut Vec<Item>) -> Result<(), Report> {
        let level = self.level();
        let mut found = false;
        let mut columns = Vec::new();
        // Columns that USING joined come first.
        for merged in [true, false] {
            for range in &level.ranges {
                if only.is_some_and(|only| only != range.name) {
                    continue;
                }
                found = true;
                for column in range.columns.iter().filter(|column| !column.name.is_empty()) {
                    let shown = match only {
                        None => column.merged == merged && !column.hidden,
                        Some(_) => !merged,
                    };
                    if shown {
                        columns.push((range.name.clone(), range.table.clone(), column.clone()));
                    }
                }
            }
        }
        if !found {
            let name = only.unwrap_or_default();
            let message = format!("missing FROM-clause entry for table \"{name}\"");
            return Err(Report::error("42P01", message).at(position));
        }
        for (range, table, column) in columns {
            let level = self.level_mut();
            level.loose.push(super::scope::Loose {
                sql: column.sql.clone(),
                name: format!("{range}.{}", column.name),
                position,
                table: table.map(|(oid, _)| oid),
            });
            let bound = Bound {
                modifier: column.ty.modifier,
                ..Bound::new(&column.sql, column.ty.ty, position)
            };
            items.push(Item {
                expr: None,
                alias: None,
                bound,
                name: column.name,
            });
        }
        Ok(())
    }
}
