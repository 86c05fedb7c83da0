//! Queries inside of expressions: a value, a list, or whether there is a row.

use sqlparser::ast::{Expr, GroupByExpr, LimitClause, Query, SelectItem, SetExpr, Spanned};

use super::Binder;
use super::bound::Bound;
use super::query::BoundQuery;
use super::sort_key::ordinal;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::{Base, Type};

impl Binder<'_> {
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
