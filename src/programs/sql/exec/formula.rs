//! An expression that was kept as text, bound again over one row of its table.

use super::Job;
use crate::programs::sql::bind::{Binder, Bound, Level, Range, RangeColumn, table_columns};
use crate::programs::sql::catalog::Table;
use crate::programs::sql::reply::Report;
use crate::programs::sql::source::Source;
use sqlparser::ast::Expr;

/// Binds an expression over one row of a table, whose columns stand for themselves in the relation `alias`.
pub fn bind_formula(job: &Job, table: &Table, alias: &str, text: &str) -> Result<Bound, Report> {
    bind_over(job, table_columns(table, alias), text)
}

/// Binds an expression that speaks of no column: a default.
pub fn bind_alone(job: &Job, text: &str) -> Result<Bound, Report> {
    bind_over(job, Vec::new(), text)
}

fn bind_over(job: &Job, columns: Vec<RangeColumn>, text: &str) -> Result<Bound, Report> {
    let source = Source::new(text);
    let expression = job.live.formula(text, parse_expression)?;
    let mut binder = Binder::new(&job.live.catalog, job.around, &source);
    let range = Range {
        name: String::new(),
        columns,
        table: None,
    };
    let level = Level {
        ranges: vec![range],
        ..Level::default()
    };
    binder.on_level(level, |binder| binder.expr(&expression))
}

/// Parses a text that was an expression when it was kept.
fn parse_expression(text: &str) -> Result<Expr, Report> {
    use sqlparser::dialect::PostgreSqlDialect;
    use sqlparser::parser::Parser;
    let dialect = PostgreSqlDialect {};
    Parser::new(&dialect)
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|_| Report::error("XX000", format!("cannot read the expression \"{text}\"")))
}
