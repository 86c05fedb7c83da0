//! SELECT: from its FROM to its GROUP BY and HAVING.

use sqlparser::ast::{Distinct, Expr, GroupByExpr, NamedWindowExpr, OrderByExpr, Select, SelectItem};

use super::Binder;
use super::bound::order_sql;
use super::names::ident;
use super::query::{BoundQuery, OutColumn};
use super::scope::Level;
use super::sort_key::{SortKey, direction, in_list, ordinal};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::{Base, Type};

impl Binder<'_> {
    pub(super) fn select(
        &mut self,
        select: &Select,
        order_by: &[OrderByExpr],
        hints: &[Type],
    ) -> Result<BoundQuery, Report> {
        if select.into.is_some() {
            return Err(Report::beyond("SELECT INTO; CREATE TABLE AS does the same"));
        }
        if select.top.is_some() || select.qualify.is_some() || select.prewhere.is_some() {
            return Err(Report::error("42601", "syntax error"));
        }
        let mut level = Level::default();
        for window in &select.named_window {
            match &window.1 {
                NamedWindowExpr::WindowSpec(spec) => level.windows.push((ident(&window.0), spec.clone())),
                NamedWindowExpr::NamedWindow(_) => return Err(Report::beyond("windows named after windows")),
            }
        }
        self.on_level(level, |this| this.select_here(select, order_by, hints))
    }

    fn select_here(&mut self, select: &Select, order_by: &[OrderByExpr], hints: &[Type]) -> Result<BoundQuery, Report> {
        let mut from = self.from(&select.from)?;
        if let Some(hint) = self.scan_hint(select) {
            from.push_str(hint);
        }
        let mut tail = String::new();
        if let Some(condition) = &select.selection {
            self.level_mut().no_aggregates = Some("WHERE");
            let condition = self.condition(condition, "WHERE")?;
            tail.push_str(&format!(" WHERE {}", condition.sql));
        }
        self.level_mut().no_aggregates = Some("GROUP BY");
        let groups = self.groups(select)?;
        let level = self.level_mut();
        level.no_aggregates = None;
        level.loose.clear();
        // The text by which groups are made and the plain one: the select list may hold either.
        level.groups = groups
            .iter()
            .flat_map(|(equated, plain)| [equated.clone(), plain.clone()])
            .collect();
        let groups: Vec<String> = groups.into_iter().map(|(equated, _)| equated).collect();
        level.series_welcome = true;
        let items = self.items(&select.projection, hints)?;
        self.level_mut().series_welcome = false;
        let having = match &select.having {
            Some(condition) => Some(self.condition(condition, "HAVING")?),
            None => None,
        };
        let distinct_on = match &select.distinct {
            Some(Distinct::On(keys)) => {
                let mut bound = Vec::new();
                for key in keys {
                    bound.push(self.sort_key(key, &items, "DISTINCT ON")?);
                }
                Some(bound)
            }
            _ => None,
        };
        let distinct = matches!(select.distinct, Some(Distinct::Distinct));
        let mut keys = Vec::new();
        for item in order_by {
            let key = self.sort_key(&item.expr, &items, "ORDER BY")?;
            if distinct && key.item.is_none() {
                let message = "for SELECT DISTINCT, ORDER BY expressions must appear in select list";
                return Err(Report::error("42P10", message).at(self.position(&item.expr)));
            }
            keys.push((key, direction(&item.options)));
        }
        let grouped = !groups.is_empty() || having.is_some() || self.level().has_aggregate;
        if grouped {
            self.check_groups()?;
        }
        let level = self.level_mut();
        if !level.series.is_empty() {
            if grouped {
                return Err(Report::beyond("functions that give rows beside GROUP BY"));
            }
            let series = level.series.join(", ");
            from = if from.is_empty() {
                series
            } else {
                format!("{from} CROSS JOIN {series}")
            };
        }
        let mut sql = if from.is_empty() {
            String::new()
        } else {
            format!(" FROM {from}")
        };
        sql.push_str(&tail);
        if !groups.is_empty() {
            sql.push_str(&format!(" GROUP BY {}", groups.join(", ")));
        }
        if let Some(having) = having {
            // SQLite wants GROUP BY before HAVING.
            if groups.is_empty() {
                sql.push_str(" GROUP BY NULL");
            }
            sql.push_str(&format!(" HAVING {}", having.sql));
        }
        let list = |distinct: bool| -> String {
            let parts: Vec<String> = items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    let collated = distinct && item.bound.ty == Type::of(Base::Numeric);
                    let sql = if collated {
                        item.bound.ordered()
                    } else {
                        item.bound.sql.clone()
                    };
                    format!("{sql} AS c{}", at + 1)
                })
                .collect();
            // A select list may be empty in PostgreSQL.
            if parts.is_empty() {
                "NULL".into()
            } else {
                parts.join(", ")
            }
        };
        let order = |keys: &[(SortKey, String)]| -> String {
            let parts: Vec<String> = keys.iter().map(|(key, way)| format!("{}{way}", key.sql)).collect();
            if parts.is_empty() {
                String::new()
            } else {
                format!(" ORDER BY {}", parts.join(", "))
            }
        };
        let columns = items
            .iter()
            .map(|item| OutColumn {
                name: item.name.clone(),
                ty: item.bound.column_type(),
                position: item.bound.position,
            })
            .collect();
        let sql = match distinct_on {
            None => {
                let word = if distinct { "SELECT DISTINCT" } else { "SELECT" };
                format!("{word} {}{sql}{}", list(distinct), order(&keys))
            }
            Some(on) => {
                for (at, key) in on.iter().enumerate() {
                    if keys
                        .get(at)
                        .is_some_and(|(sort, _)| !on.iter().any(|key| key.sql == sort.sql) && at < on.len())
                    {
                        let _ = key;
                        let position = order_by.get(at).map_or(0, |item| self.position(&item.expr));
                        let message = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions";
                        return Err(Report::error("42P10", message).at(position));
                    }
                }
                // The first row of each partition; the sort keys ride along as s1, s2 …
                let hidden: Vec<String> = keys
                    .iter()
                    .enumerate()
                    .map(|(at, (key, _))| format!(", {} AS s{}", key.plain, at + 1))
                    .collect();
                let partition: Vec<&str> = on.iter().map(|key| key.equated.as_str()).collect();
                let inner_order: Vec<String> = keys
                    .iter()
                    .map(|(key, way)| format!("{}{way}", key.expression))
                    .collect();
                let over = if inner_order.is_empty() {
                    format!("PARTITION BY {}", partition.join(", "))
                } else {
                    format!(
                        "PARTITION BY {} ORDER BY {}",
                        partition.join(", "),
                        inner_order.join(", ")
                    )
                };
                let names: Vec<String> = (1..=items.len()).map(|at| format!("c{at}")).collect();
                let outer: Vec<String> = keys
                    .iter()
                    .enumerate()
                    .map(|(at, (key, way))| format!("{}{way}", order_sql(&format!("s{}", at + 1), key.ty)))
                    .collect();
                let outer = if outer.is_empty() {
                    String::new()
                } else {
                    format!(" ORDER BY {}", outer.join(", "))
                };
                format!(
                    "SELECT {} FROM (SELECT {}{}, row_number() OVER ({over}) AS n{sql}) WHERE n = 1{outer}",
                    names.join(", "),
                    list(false),
                    hidden.concat(),
                )
            }
        };
        Ok(BoundQuery { sql, columns })
    }

    /// Rows of one table come in the order of the table, as a sequential scan gives them, unless a key is looked up.
    fn scan_hint(&self, select: &Select) -> Option<&'static str> {
        let [one] = select.from.as_slice() else { return None };
        let level = self.level();
        let (oid, _) = level.ranges.first()?.table.as_ref()?;
        if !one.joins.is_empty() {
            return None;
        }
        let looked_up = select.selection.as_ref().is_some_and(|condition| {
            let (_, table) = match self.catalog.table_by_oid(*oid) {
                Some(found) => found,
                None => return false,
            };
            self.catalog.indexes_of(*oid).iter().any(|(_, index)| {
                use crate::programs::sql::catalog::Key;
                let Some(Key::Column(number)) = index.parts.first().map(|part| part.key.clone()) else {
                    return false;
                };
                table
                    .numbered(number)
                    .is_some_and(|column| asks_for(condition, &column.name))
            })
        });
        if looked_up { None } else { Some(" NOT INDEXED") }
    }

    fn groups(&mut self, select: &Select) -> Result<Vec<(String, String)>, Report> {
        let list = match &select.group_by {
            GroupByExpr::Expressions(list, modifiers) if modifiers.is_empty() => list,
            GroupByExpr::Expressions(..) => return Err(Report::beyond("grouping sets")),
            GroupByExpr::All(_) => return Err(Report::beyond("GROUP BY ALL")),
        };
        let mut groups = Vec::new();
        for expr in list {
            let position = self.position(expr);
            let bound = match (ordinal(expr), expr) {
                (Some(number), _) => {
                    let at = in_list(number, select.projection.len(), "GROUP BY", position)?;
                    match &select.projection[at] {
                        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => self.expr(expr)?,
                        _ => return Err(Report::beyond("GROUP BY a number beside *").at(position)),
                    }
                }
                // A column of the tables comes before a name of the list.
                (None, Expr::Identifier(name)) => {
                    let bare = ident(name);
                    let column = super::scope::find_bare(&self.levels[self.levels.len() - 1..], &bare);
                    let aliased = select.projection.iter().find_map(|item| match item {
                        SelectItem::ExprWithAlias { expr, alias } if ident(alias) == bare => Some(expr),
                        _ => None,
                    });
                    match (column, aliased) {
                        (Ok(None), Some(aliased)) => self.expr(aliased)?,
                        _ => self.expr(expr)?,
                    }
                }
                _ => self.expr(expr)?,
            };
            groups.push((bound.equated(), bound.sql));
        }
        Ok(groups)
    }

    fn check_groups(&self) -> Result<(), Report> {
        let level = self.level();
        let groups = &level.groups;
        // A table whose primary key is grouped by may show all its columns.
        let keyed: Vec<u32> = level
            .ranges
            .iter()
            .filter_map(|range| {
                let (oid, sqlite) = range.table.as_ref()?;
                let (_, table) = self.catalog.table_by_oid(*oid)?;
                let key = table.primary_key()?;
                let all = key.iter().all(|number| {
                    table.numbered(*number).is_some_and(|column| {
                        let sql = format!("{sqlite}.{}", super::bound::quote_name(&column.storage));
                        groups.contains(&sql)
                    })
                });
                all.then_some(*oid)
            })
            .collect();
        for loose in &level.loose {
            if groups.contains(&loose.sql) || loose.table.is_some_and(|table| keyed.contains(&table)) {
                continue;
            }
            let message = format!(
                "column \"{}\" must appear in the GROUP BY clause or be used in an aggregate function",
                loose.name
            );
            return Err(Report::error("42803", message).at(loose.position));
        }
        Ok(())
    }
}

/// Tells whether a condition asks for one value of a column, alone or with AND.
fn asks_for(condition: &Expr, column: &str) -> bool {
    use sqlparser::ast::BinaryOperator;
    match condition {
        Expr::Nested(inner) => asks_for(inner, column),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => asks_for(left, column) || asks_for(right, column),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => {
            let is_column = |expr: &Expr| match expr {
                Expr::Identifier(name) => ident(name) == column,
                Expr::CompoundIdentifier(parts) => parts.last().is_some_and(|name| ident(name) == column),
                _ => false,
            };
            is_column(left) || is_column(right)
        }
        _ => false,
    }
}
