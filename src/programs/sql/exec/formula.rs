//! An expression that was kept as text, bound again over one row of its table.

use super::Job;
use crate::programs::sql::bind::{Binder, Bound, Level, Range, table_columns};
use crate::programs::sql::catalog::{Catalog, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::source::Source;

/// Binds an expression over one row of a table, whose columns stand for themselves in the relation `alias`.
pub fn bind_formula(job: &Job, table: &Table, alias: &str, text: &str) -> Result<Bound, Report> {
    bind_over_row(&job.live.catalog, job, table, alias, text)
}

fn bind_over_row(catalog: &Catalog, job: &Job, table: &Table, alias: &str, text: &str) -> Result<Bound, Report> {
    let source = Source::new(text);
    let expression = parse_expression(text)?;
    let mut binder = Binder::new(catalog, job.around, &source);
    let range = Range {
        name: String::new(),
        columns: table_columns(table, alias),
        table: None,
    };
    let level = Level {
        ranges: vec![range],
        ..Level::default()
    };
    binder.on_level(level, |binder| binder.expr(&expression))
}

/// Parses a text that was an expression when it was kept.
pub fn parse_expression(text: &str) -> Result<sqlparser::ast::Expr, Report> {
    use sqlparser::dialect::PostgreSqlDialect;
    use sqlparser::parser::Parser;
    let dialect = PostgreSqlDialect {};
    Parser::new(&dialect)
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|_| Report::error("XX000", format!("cannot read the expression \"{text}\"")))
}
