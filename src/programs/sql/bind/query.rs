//! Queries: SELECT, VALUES, set operations, WITH.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, LimitClause, NamedWindowExpr, OrderByExpr, OrderByKind, OrderByOptions, OrderBySort,
    Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator, SetQuantifier, Spanned, Value,
    Values, With,
};

use super::Binder;
use super::bound::{Bound, common_type, order_sql};
use super::names::{ident, object_name};
use super::scope::{Level, RangeColumn};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::{Base, ColumnType, Modifier, Type};

/// A query as SQLite's text; its columns are called c1, c2 …
#[derive(Clone, Debug)]
pub struct BoundQuery {
    /// SQLite's text.
    pub sql: String,
    /// Its columns.
    pub columns: Vec<OutColumn>,
}

/// A column that a query gives.
#[derive(Clone, Debug)]
pub struct OutColumn {
    /// Its name.
    pub name: String,
    /// Its type; unknown for a literal that nobody gave one.
    pub ty: ColumnType,
    /// Where it stands.
    pub position: usize,
}

impl OutColumn {
    /// Returns the type, where unknown has become text.
    pub fn known_type(&self) -> ColumnType {
        if self.ty.ty == Type::of(Base::Unknown) {
            ColumnType::plain(Base::Text)
        } else {
            self.ty
        }
    }
}

/// A query that WITH has given a name.
#[derive(Clone, Debug)]
pub struct Cte {
    /// Its name.
    pub name: String,
    /// Its name in SQLite's text.
    pub sql_name: String,
    /// Its columns.
    pub columns: Vec<(String, ColumnType)>,
}

impl Cte {
    /// Returns its columns, seen through an alias.
    pub(super) fn range_columns(&self, sqlite: &str) -> Vec<RangeColumn> {
        let column = |(at, (name, ty)): (usize, &(String, ColumnType))| RangeColumn {
            name: name.clone(),
            ty: *ty,
            sql: format!("{sqlite}.c{}", at + 1),
            hidden: false,
            merged: false,
        };
        self.columns.iter().enumerate().map(column).collect()
    }
}

/// What a select list item is, before and after binding.
struct Item<'e> {
    expr: Option<&'e Expr>,
    alias: Option<String>,
    bound: Bound,
    name: String,
}

impl Binder<'_> {
    pub(super) fn level(&self) -> &Level {
        self.levels.last().expect("FROM is bound inside a level")
    }

    pub(super) fn level_mut(&mut self) -> &mut Level {
        self.levels.last_mut().expect("FROM is bound inside a level")
    }

    /// Runs `bind` on a new innermost level.
    pub fn on_level<T>(
        &mut self,
        level: Level,
        bind: impl FnOnce(&mut Self) -> Result<T, Report>,
    ) -> Result<T, Report> {
        self.levels.push(level);
        let result = bind(self);
        self.levels.pop();
        result
    }

    pub(super) fn query_position(&self, query: &Query) -> usize {
        let start = self.source.position(query.span().start);
        // The syntax tree begins behind the parenthesis that PostgreSQL points at.
        start.saturating_sub(1)
    }

    /// Binds a query inside another.
    pub(super) fn subquery(&mut self, query: &Query) -> Result<BoundQuery, Report> {
        self.deeper()?;
        let hidden = self
            .levels
            .last()
            .map(|level| (level.in_aggregate, level.no_aggregates));
        let bound = self.query(query, &[]);
        if let (Some(level), Some((in_aggregate, no_aggregates))) = (self.levels.last_mut(), hidden) {
            level.in_aggregate = in_aggregate;
            level.no_aggregates = no_aggregates;
        }
        self.depth -= 1;
        bound
    }

    /// Binds a query in an expression: one column, at most one row.
    pub(super) fn scalar_subquery(&mut self, query: &Query, position: usize) -> Result<Bound, Report> {
        let bound = self.subquery(query)?;
        let [column] = bound.columns.as_slice() else {
            return Err(Report::error("42601", "subquery must return only one column").at(position));
        };
        let ty = column.known_type();
        let sql = if gives_one_row(query) {
            format!("({})", bound.sql)
        } else {
            let raise = super::bound::call(
                "raise",
                &[
                    "'21000'",
                    "'more than one row returned by a subquery used as an expression'",
                ],
            );
            format!(
                "(SELECT CASE WHEN count(*) > 1 THEN {raise} ELSE max(c1) END FROM (SELECT c1 FROM ({}) LIMIT 2))",
                bound.sql
            )
        };
        Ok(Bound {
            modifier: ty.modifier,
            ..Bound::new(sql, ty.ty, position)
        })
    }

    pub(super) fn in_subquery(
        &mut self,
        subject: &Expr,
        query: &Query,
        negated: bool,
        position: usize,
    ) -> Result<Bound, Report> {
        let end = self.source.position(sqlparser::ast::Spanned::span(subject).end);
        let subject = self.expr(subject)?;
        let bound = self.subquery(query)?;
        let [column] = bound.columns.as_slice() else {
            // It is the word IN, or NOT, that is pointed at.
            let blanks = self.source.text().chars().skip(end.saturating_sub(1));
            let at = end + blanks.take_while(|c| c.is_whitespace() || *c == ')').count();
            return Err(Report::error("42601", "subquery has too many columns").at(at));
        };
        let inner = Bound::new("c1", column.known_type().ty, position);
        let (left, right) = self.same_type("=", subject, inner, position)?;
        let not = if negated { "NOT " } else { "" };
        let sql = format!(
            "({} {not}IN (SELECT {} FROM ({})))",
            left.equated(),
            right.sql,
            bound.sql
        );
        Ok(Bound::new(sql, Type::of(Base::Bool), position))
    }

    /// Binds a query. `hints` are the types that bare literals of its columns take.
    pub fn query(&mut self, query: &Query, hints: &[Type]) -> Result<BoundQuery, Report> {
        if query
            .fetch
            .as_ref()
            .is_some_and(|fetch| fetch.with_ties || fetch.percent)
        {
            return Err(Report::beyond("FETCH FIRST … WITH TIES"));
        }
        let known_ctes = self.ctes.len();
        let with = match &query.with {
            Some(with) => self.with(with)?,
            None => String::new(),
        };
        let order_by: &[OrderByExpr] = match &query.order_by {
            None => &[],
            Some(order) => match &order.kind {
                OrderByKind::Expressions(list) => list,
                OrderByKind::All(_) => return Err(Report::beyond("ORDER BY ALL")),
            },
        };
        let limit = self.limit(query)?;
        let mut bound = match query.body.as_ref() {
            SetExpr::Select(select) => self.select(select, order_by, hints)?,
            other => {
                let inner = self.set_expr(other, hints)?;
                let order = self.order_of_result(order_by, &inner.columns)?;
                if order.is_empty() && limit.is_empty() {
                    inner
                } else {
                    BoundQuery {
                        sql: format!("SELECT * FROM ({}){order}", inner.sql),
                        columns: inner.columns,
                    }
                }
            }
        };
        bound.sql = format!("{with}{}{limit}", bound.sql);
        self.ctes.truncate(known_ctes);
        Ok(bound)
    }

    fn limit(&mut self, query: &Query) -> Result<String, Report> {
        let (mut limit, mut offset) = match &query.limit_clause {
            None => (None, None),
            Some(LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) if limit_by.is_empty() => (limit.as_ref(), offset.as_ref().map(|offset| &offset.value)),
            Some(_) => {
                return Err(Report::error("42601", "LIMIT #,# syntax is not supported")
                    .hint("Use separate LIMIT and OFFSET clauses."));
            }
        };
        if let Some(fetch) = &query.fetch {
            limit = limit.or(fetch.quantity.as_ref());
        }
        let mut text = String::new();
        if limit.is_none() && query.fetch.is_some() {
            text.push_str(" LIMIT 1");
        }
        if let Some(limit) = limit {
            text.push_str(&format!(" LIMIT {}", self.count(limit, "LIMIT")?));
        }
        if let Some(offset) = offset.take() {
            if text.is_empty() {
                text.push_str(" LIMIT -1");
            }
            text.push_str(&format!(" OFFSET {}", self.count(offset, "OFFSET")?));
        }
        Ok(text)
    }

    fn count(&mut self, expr: &Expr, word: &str) -> Result<String, Report> {
        let bound = self.on_level(Level::default(), |this| this.expr(expr))?;
        if bound.is_null() {
            return Ok("-1".into());
        }
        let (ty, position) = (bound.ty, bound.position);
        let bound = bound
            .cast(Type::of(Base::Int8), Way::Assignment, self.around.place)?
            .ok_or_else(|| {
                Report::error(
                    "42804",
                    format!("argument of {word} must be type bigint, not type {ty}"),
                )
                .at(position)
            })?;
        if bound.sql.starts_with('-') {
            let code = if word == "LIMIT" { "2201W" } else { "2201X" };
            return Err(Report::error(code, format!("{word} must not be negative")));
        }
        Ok(bound.sql)
    }

    fn with(&mut self, with: &With) -> Result<String, Report> {
        let mut parts = Vec::new();
        for cte in &with.cte_tables {
            let name = ident(&cte.alias.name);
            let sql_name = {
                self.aliases += 1;
                format!("q{}", self.aliases)
            };
            let renamed = |columns: &[OutColumn]| -> Vec<(String, ColumnType)> {
                columns
                    .iter()
                    .enumerate()
                    .map(|(at, column)| {
                        let given = cte.alias.columns.get(at).map(|given| ident(&given.name));
                        (given.unwrap_or_else(|| column.name.clone()), column.known_type())
                    })
                    .collect()
            };
            let recursive = with.recursive && self.recursive_parts(&cte.query).is_some();
            let (sql, columns) = if let Some((left, right, all)) =
                self.recursive_parts(&cte.query).filter(|_| recursive)
            {
                let first = self.set_expr(left, &[])?;
                let columns = renamed(&first.columns);
                self.ctes.push(Cte {
                    name: name.clone(),
                    sql_name: sql_name.clone(),
                    columns: columns.clone(),
                });
                let second = self.set_expr(right, &[])?;
                self.ctes.pop();
                if first.columns.len() != second.columns.len() {
                    return Err(Report::error(
                        "42601",
                        "each UNION query must have the same number of columns",
                    ));
                }
                for (at, (a, b)) in first.columns.iter().zip(&second.columns).enumerate() {
                    let (a, b) = (a.known_type().ty, b.known_type().ty);
                    if a != b && !(a.is_text() && b.is_text()) {
                        let message = format!(
                            "recursive query \"{name}\" column {} has type {a} in non-recursive term but type {b} overall",
                            at + 1
                        );
                        return Err(Report::error("42804", message)
                            .hint("Cast the output of the non-recursive term to the correct type.")
                            .at(first.columns[at].position));
                    }
                }
                // SQLite wants the recursive term bare, with the recursive table in its own FROM.
                (
                    format!("{} UNION{} {}", first.sql, if all { " ALL" } else { "" }, second.sql),
                    columns,
                )
            } else {
                let bound = self.subquery(&cte.query)?;
                let columns = renamed(&bound.columns);
                (bound.sql, columns)
            };
            if cte.alias.columns.len() > columns.len() {
                return Err(Report::error(
                    "42P10",
                    format!(
                        "WITH query \"{name}\" has {} columns available but {} columns specified",
                        columns.len(),
                        cte.alias.columns.len()
                    ),
                ));
            }
            let list: Vec<String> = (1..=columns.len()).map(|at| format!("c{at}")).collect();
            parts.push(format!("{sql_name}({}) AS ({sql})", list.join(", ")));
            self.ctes.push(Cte {
                name,
                sql_name,
                columns,
            });
        }
        let word = if with.recursive { "WITH RECURSIVE" } else { "WITH" };
        Ok(format!("{word} {} ", parts.join(", ")))
    }

    /// Returns the two terms of a query that may be recursive.
    fn recursive_parts<'q>(&self, query: &'q Query) -> Option<(&'q SetExpr, &'q SetExpr, bool)> {
        if query.with.is_some() || query.order_by.is_some() || query.limit_clause.is_some() {
            return None;
        }
        match query.body.as_ref() {
            SetExpr::SetOperation {
                left,
                op: SetOperator::Union,
                set_quantifier,
                right,
            } => Some((left, right, *set_quantifier == SetQuantifier::All)),
            _ => None,
        }
    }

    fn set_expr(&mut self, expr: &SetExpr, hints: &[Type]) -> Result<BoundQuery, Report> {
        match expr {
            SetExpr::Select(select) => self.select(select, &[], hints),
            SetExpr::Query(query) => {
                self.deeper()?;
                let bound = self.query(query, hints);
                self.depth -= 1;
                bound
            }
            SetExpr::Values(values) => self.values(values, hints),
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => {
                self.deeper_chain()?;
                let bound = self.set_operation(left, *op, *set_quantifier, right, hints);
                self.depth -= 1;
                bound
            }
            SetExpr::Table(table) => {
                let name = table.table_name.clone().unwrap_or_default();
                let text = match &table.schema_name {
                    Some(schema) => format!("SELECT * FROM {schema}.{name}"),
                    None => format!("SELECT * FROM {name}"),
                };
                let source = crate::programs::sql::source::Source::new(&text);
                let piece = source
                    .pieces()?
                    .into_iter()
                    .next()
                    .ok_or_else(|| Report::beyond("an empty TABLE"))?;
                match source.parse(&piece)? {
                    sqlparser::ast::Statement::Query(query) => self.query(&query, hints),
                    _ => Err(Report::beyond("this form of TABLE")),
                }
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                Err(Report::beyond("statements that change rows inside WITH"))
            }
        }
    }

    fn deeper_chain(&mut self) -> Result<(), Report> {
        self.depth += 1;
        if self.depth > 300 {
            Err(Report::beyond("this many set operations"))
        } else {
            Ok(())
        }
    }

    fn values(&mut self, values: &Values, hints: &[Type]) -> Result<BoundQuery, Report> {
        let mut rows: Vec<Vec<Bound>> = Vec::new();
        for row in &values.rows {
            let level = Level {
                no_aggregates: Some("VALUES"),
                ..Level::default()
            };
            let bound: Result<Vec<Bound>, Report> =
                self.on_level(level, |this| row.content.iter().map(|expr| this.expr(expr)).collect());
            rows.push(bound?);
        }
        let width = rows.first().map_or(0, Vec::len);
        if let Some(bad) = rows.iter().find(|row| row.len() != width) {
            let at = bad.first().map_or(0, |bound| bound.position);
            return Err(Report::error("42601", "VALUES lists must all be the same length").at(at));
        }
        let mut columns = Vec::new();
        for at in 0..width {
            let column: Vec<&Bound> = rows.iter().map(|row| &row[at]).collect();
            let all_literals = column.iter().all(|bound| bound.literal.is_some());
            let ty = match hints.get(at) {
                Some(hint) if all_literals => *hint,
                _ => common_type(&column).map_err(|(a, b, at)| {
                    Report::error("42804", format!("VALUES types {a} and {b} cannot be matched")).at(at)
                })?,
            };
            columns.push(OutColumn {
                name: format!("column{}", at + 1),
                ty: ColumnType {
                    ty,
                    modifier: Modifier::None,
                },
                position: column.first().map_or(0, |bound| bound.position),
            });
        }
        let mut lines = Vec::new();
        for row in rows {
            let mut parts = Vec::new();
            for (bound, column) in row.into_iter().zip(&columns) {
                parts.push(bound.must(column.ty.ty, Way::Implicit, self.around.place)?.sql);
            }
            lines.push(format!("({})", parts.join(", ")));
        }
        let names: Vec<String> = (1..=width).map(|at| format!("column{at} AS c{at}")).collect();
        Ok(BoundQuery {
            sql: format!("SELECT {} FROM (VALUES {})", names.join(", "), lines.join(", ")),
            columns,
        })
    }

    fn set_operation(
        &mut self,
        left: &SetExpr,
        op: SetOperator,
        quantifier: SetQuantifier,
        right: &SetExpr,
        hints: &[Type],
    ) -> Result<BoundQuery, Report> {
        let word = match (op, quantifier) {
            (SetOperator::Union, SetQuantifier::All) => "UNION ALL",
            (SetOperator::Union, SetQuantifier::None | SetQuantifier::Distinct) => "UNION",
            (SetOperator::Intersect, SetQuantifier::None | SetQuantifier::Distinct) => "INTERSECT",
            (SetOperator::Except, SetQuantifier::None | SetQuantifier::Distinct) => "EXCEPT",
            _ => return Err(Report::beyond(format!("{op} {quantifier}"))),
        };
        let aliases = self.aliases;
        let (first, second) = (self.set_expr(left, hints)?, self.set_expr(right, hints)?);
        if first.columns.len() != second.columns.len() {
            let message = format!("each {op} query must have the same number of columns");
            let at = second.columns.first().map_or(0, |column| column.position);
            return Err(Report::error("42601", message).at(at));
        }
        let mut types = Vec::new();
        for (a, b) in first.columns.iter().zip(&second.columns) {
            let bound = |column: &OutColumn| {
                let mut bound = Bound::new("c", column.ty.ty, column.position);
                if column.ty.ty == Type::of(Base::Unknown) {
                    bound.literal = Some(None);
                }
                bound
            };
            let (x, y) = (bound(a), bound(b));
            types.push(common_type(&[&x, &y]).map_err(|(a, b, at)| {
                Report::error("42804", format!("{op} types {a} and {b} cannot be matched")).at(at)
            })?);
        }
        // Literals that had no type yet are read once more, as the type that the other side gave them.
        let literals = |query: &BoundQuery| {
            query
                .columns
                .iter()
                .any(|column| column.ty.ty == Type::of(Base::Unknown))
        };
        let (first, second) = if literals(&first) || literals(&second) {
            self.aliases = aliases;
            (self.set_expr(left, &types)?, self.set_expr(right, &types)?)
        } else {
            (first, second)
        };
        let side = |query: &BoundQuery| -> Result<String, Report> {
            let mut parts = Vec::new();
            for (at, (column, ty)) in query.columns.iter().zip(&types).enumerate() {
                let column = Bound::new(format!("c{}", at + 1), column.known_type().ty, column.position);
                let cast = column.must(*ty, Way::Implicit, self.around.place)?;
                let sql = if ty.base == Base::Numeric && !ty.array {
                    cast.ordered()
                } else {
                    cast.sql
                };
                parts.push(format!("{sql} AS c{}", at + 1));
            }
            Ok(format!("SELECT {} FROM ({})", parts.join(", "), query.sql))
        };
        let sql = format!("{} {word} {}", side(&first)?, side(&second)?);
        let columns = first
            .columns
            .into_iter()
            .zip(second.columns)
            .zip(types)
            .map(|((a, b), ty)| {
                let modifier = if a.ty.modifier == b.ty.modifier {
                    a.ty.modifier
                } else {
                    Modifier::None
                };
                OutColumn {
                    ty: ColumnType { ty, modifier },
                    ..a
                }
            })
            .collect();
        Ok(BoundQuery { sql, columns })
    }

    fn order_of_result(&mut self, order_by: &[OrderByExpr], columns: &[OutColumn]) -> Result<String, Report> {
        let mut keys = Vec::new();
        for item in order_by {
            let position = self.position(&item.expr);
            let at = match (ordinal(&item.expr), &item.expr) {
                (Some(number), _) => in_list(number, columns.len(), "ORDER BY", position)?,
                (None, Expr::Identifier(name)) => {
                    let name = ident(name);
                    columns.iter().position(|column| column.name == name).ok_or_else(|| {
                        Report::error("42703", format!("column \"{name}\" does not exist")).at(position)
                    })?
                }
                _ => {
                    return Err(Report::error("0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
                        .detail("Only result column names can be used, not expressions or functions.")
                        .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
                        .at(position));
                }
            };
            let key = order_sql(&format!("c{}", at + 1), columns[at].known_type().ty);
            keys.push(format!("{key}{}", direction(&item.options)));
        }
        Ok(if keys.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", keys.join(", "))
        })
    }

    fn select(&mut self, select: &Select, order_by: &[OrderByExpr], hints: &[Type]) -> Result<BoundQuery, Report> {
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

    fn items<'e>(&mut self, list: &'e [SelectItem], hints: &[Type]) -> Result<Vec<Item<'e>>, Report> {
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

    /// Finds what a sort key means: a number, a name of the list, or an expression over the tables.
    fn sort_key(&mut self, expr: &Expr, items: &[Item], clause: &str) -> Result<SortKey, Report> {
        let position = self.position(expr);
        let listed = match (ordinal(expr), expr) {
            (Some(number), _) => Some(in_list(number, items.len(), clause, position)?),
            (None, Expr::Identifier(name)) => {
                let name = ident(name);
                let mut named = items.iter().enumerate().filter(|(_, item)| item.name == name);
                let first = named.next();
                if let Some((_, first)) = first
                    && named.any(|(_, other)| other.bound.sql != first.bound.sql)
                {
                    return Err(Report::error("42702", format!("{clause} \"{name}\" is ambiguous")).at(position));
                }
                first.map(|(at, _)| at)
            }
            _ => None,
        };
        let listed = match listed {
            Some(at) => Some(at),
            None => items
                .iter()
                .position(|item| item.alias.is_none() && item.expr == Some(expr)),
        };
        let (bound, item) = match listed {
            Some(at) => (items[at].bound.clone(), Some(at)),
            None => {
                let bound = self.expr(expr)?;
                let same = items.iter().position(|item| item.bound.sql == bound.sql);
                (bound, same)
            }
        };
        let ty = if bound.literal.is_some() {
            Type::of(Base::Text)
        } else {
            bound.ty
        };
        if ty.base == Base::Json && !ty.array {
            return Err(
                Report::error("42883", "could not identify an ordering operator for type json")
                    .hint("Use an explicit ordering operator or modify the query.")
                    .at(position),
            );
        }
        let sql = match item {
            // By its name, so that it is not computed twice.
            Some(at) => order_sql(&format!("c{}", at + 1), ty),
            // A bare number would mean a column of the list.
            None if bound.sql.bytes().all(|byte| byte.is_ascii_digit()) => format!("+{}", bound.sql),
            None => order_sql(&bound.sql, ty),
        };
        Ok(SortKey {
            sql,
            expression: order_sql(&bound.sql, ty),
            equated: bound.equated(),
            plain: bound.sql.clone(),
            ty,
            item,
        })
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

/// A key to sort by.
struct SortKey {
    /// SQLite's text beside the select list.
    sql: String,
    /// SQLite's text where names of the list mean nothing.
    expression: String,
    /// SQLite's text by which keys are equal.
    equated: String,
    /// SQLite's text of the value.
    plain: String,
    /// Its type.
    ty: Type,
    /// The place in the select list, if it stands there.
    item: Option<usize>,
}

/// Returns the words for direction and nulls: PostgreSQL takes nulls for the largest, SQLite for the smallest.
pub(super) fn direction(options: &OrderByOptions) -> String {
    let descending = matches!(options.sort, Some(OrderBySort::Desc));
    let first = options.nulls_first.unwrap_or(descending);
    format!(
        "{} NULLS {}",
        if descending { " DESC" } else { "" },
        if first { "FIRST" } else { "LAST" }
    )
}

fn ordinal(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn in_list(number: i64, length: usize, clause: &str, position: usize) -> Result<usize, Report> {
    usize::try_from(number - 1)
        .ok()
        .filter(|at| *at < length)
        .ok_or_else(|| Report::error("42P10", format!("{clause} position {number} is not in select list")).at(position))
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

/// Tells whether a query cannot give more than one row: an aggregate of everything, LIMIT 1, or no FROM.
fn gives_one_row(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return false;
    };
    let limited = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit: Some(limit), .. }) => ordinal(limit).is_some_and(|limit| limit <= 1),
        _ => false,
    };
    let ungrouped = matches!(&select.group_by, GroupByExpr::Expressions(list, _) if list.is_empty());
    let aggregate = select.projection.iter().all(|item| match item {
        SelectItem::UnnamedExpr(Expr::Function(call))
        | SelectItem::ExprWithAlias {
            expr: Expr::Function(call),
            ..
        } => {
            let name = call.name.to_string().to_lowercase();
            call.over.is_none()
                && [
                    "count",
                    "sum",
                    "min",
                    "max",
                    "avg",
                    "string_agg",
                    "array_agg",
                    "json_agg",
                    "jsonb_agg",
                ]
                .contains(&name.as_str())
        }
        _ => false,
    });
    limited || ungrouped && aggregate
}

/// Returns the name of a column that nobody named: parser/parse_target.c, FigureColname.
pub(super) fn output_name(expr: &Expr) -> String {
    figure(expr).map_or("?column?".into(), |(name, _)| name)
}

/// Returns a name and whether it is a strong one.
fn figure(expr: &Expr) -> Option<(String, bool)> {
    let strong = |name: &str| Some((name.to_owned(), true));
    let weak = |name: String| Some((name, false));
    let cast = |inner: Option<(String, bool)>, data_type: &sqlparser::ast::DataType| match inner {
        Some((name, true)) => Some((name, true)),
        _ => {
            let name = match super::column_type(data_type) {
                Ok((ty, _)) => ty.ty.internal_name().to_owned(),
                Err(_) => data_type.to_string().to_lowercase(),
            };
            weak(name)
        }
    };
    match expr {
        Expr::Identifier(name) => Some((ident(name), true)),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| (ident(name), true)),
        Expr::Function(function) => super::names::last_ident(&function.name).map(|name| (ident(name), true)),
        Expr::Cast { expr, data_type, .. } => cast(figure(expr), data_type),
        Expr::TypedString(typed) => cast(None, &typed.data_type),
        Expr::Interval(_) => weak("interval".into()),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => figure(inner),
        Expr::Case { else_result, .. } => match else_result.as_deref().and_then(figure) {
            Some((name, true)) => Some((name, true)),
            _ => weak("case".into()),
        },
        Expr::Subquery(query) => match query.body.as_ref() {
            SetExpr::Select(select) => match select.projection.first()? {
                SelectItem::UnnamedExpr(expr) => figure(expr),
                SelectItem::ExprWithAlias { alias, .. } => Some((ident(alias), true)),
                _ => None,
            },
            _ => None,
        },
        Expr::Exists { .. } => strong("exists"),
        Expr::Array(_) => strong("array"),
        Expr::Extract { .. } => strong("extract"),
        Expr::Ceil { .. } => strong("ceil"),
        Expr::Floor { .. } => strong("floor"),
        Expr::Position { .. } => strong("position"),
        Expr::Substring { shorthand: true, .. } => strong("substr"),
        Expr::Substring { .. } => strong("substring"),
        Expr::Overlay { .. } => strong("overlay"),
        Expr::Trim { trim_where, .. } => strong(match trim_where {
            Some(sqlparser::ast::TrimWhereField::Leading) => "ltrim",
            Some(sqlparser::ast::TrimWhereField::Trailing) => "rtrim",
            _ => "btrim",
        }),
        Expr::AtTimeZone { .. } => strong("timezone"),
        Expr::CompoundFieldAccess { root, .. } => figure(root),
        Expr::Value(value) => match value.value {
            Value::Boolean(_) => weak("bool".into()),
            _ => None,
        },
        _ => None,
    }
}
