//! Queries: what SELECT, VALUES and set operations have in common, with ORDER BY and LIMIT.

use sqlparser::ast::{Expr, LimitClause, OrderByExpr, OrderByKind, Query, SetExpr};

use super::Binder;
use super::scope::Level;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::{Base, ColumnType, Type};

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

    pub(super) fn count(&mut self, expr: &Expr, word: &str) -> Result<String, Report> {
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

    pub(super) fn set_expr(&mut self, expr: &SetExpr, hints: &[Type]) -> Result<BoundQuery, Report> {
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
}
