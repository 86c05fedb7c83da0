//! A column that is being made: its type, its default, and the formulas that are kept with it.

use sqlparser::ast::{ColumnDef, ColumnOption, DataType, Expr, GeneratedAs, NullsDistinctOption};

use super::Job;
use super::constraints::quoted;
use super::formula::bind_formula;
use super::wish::Wish;
use crate::programs::sql::bind::{column_type, ident};
use crate::programs::sql::catalog::{Column, Formula, Generated, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;

impl Job<'_> {
    /// Adds a column to a table that is being made or altered; its constraints are wishes for later.
    pub(super) fn add_column(
        &mut self,
        name: &(String, String),
        table: &mut Table,
        definition: &ColumnDef,
        number: u32,
        wishes: &mut Vec<Wish>,
    ) -> Result<(), Report> {
        let column_name = ident(&definition.name);
        let (ty, serial) =
            column_type(&definition.data_type).map_err(|report| self.at_type(report, &definition.data_type))?;
        let mut column = Column {
            storage: free_column(table, &column_name),
            name: column_name.clone(),
            number,
            ty,
            not_null: false,
            default: None,
            generated: Generated::No,
            comment: None,
        };
        if let Some(serial) = serial {
            let sequence = self.make_sequence(name, &column_name, serial.0, &[], Some((table.oid, number)))?;
            let shown = self.sequence_default(&sequence.1);
            column.default = Some(Formula {
                text: shown.clone(),
                shown,
            });
            column.not_null = true;
        }
        for option in &definition.options {
            let constraint_name = option.name.as_ref().map(ident);
            match &option.option {
                ColumnOption::Null => (),
                ColumnOption::NotNull => column.not_null = true,
                ColumnOption::Default(expr) => {
                    if serial.is_some() {
                        let message = format!(
                            "multiple default values specified for column \"{column_name}\" of table \"{}\"",
                            name.1
                        );
                        return Err(Report::error("42601", message));
                    }
                    column.default = self.default_formula(&column, expr)?;
                }
                ColumnOption::PrimaryKey(_) => {
                    // The words themselves have no place in the tree: they stand behind the column's name.
                    let start = self.source.position(definition.name.span.start);
                    let behind: String = self.source.text().to_lowercase().chars().skip(start).collect();
                    let skip = behind
                        .split_once("primary")
                        .map_or(0, |(before, _)| before.chars().count() + 1);
                    let position = start + skip;
                    wishes.push(Wish::Primary {
                        name: constraint_name,
                        columns: vec![column_name.clone()],
                        position,
                    });
                }
                ColumnOption::Unique(unique) => wishes.push(Wish::Unique {
                    name: constraint_name,
                    columns: vec![column_name.clone()],
                    nulls_equal: matches!(unique.nulls_distinct, NullsDistinctOption::NotDistinct),
                }),
                ColumnOption::Check(check) => {
                    wishes.push(Wish::Check {
                        name: constraint_name,
                        expr: check.expr.as_ref().clone(),
                    });
                }
                ColumnOption::ForeignKey(key) => wishes.push(Wish::Foreign {
                    name: constraint_name,
                    columns: vec![column_name.clone()],
                    key: Box::new(key.clone()),
                }),
                ColumnOption::Generated {
                    generated_as,
                    sequence_options,
                    generation_expr,
                    ..
                } => match (generated_as, generation_expr) {
                    (GeneratedAs::ExpStored, Some(expr)) | (_, Some(expr)) => {
                        let formula = self.formula_over(table, expr)?;
                        column.generated = Generated::Stored(formula);
                    }
                    (kind, None) => {
                        if !column.ty.ty.is_integer() {
                            let message = "identity column type must be smallint, integer, or bigint";
                            return Err(Report::error("22023", message));
                        }
                        let options = sequence_options.as_deref().unwrap_or(&[]);
                        let owner = Some((table.oid, number));
                        let (oid, _) = self.make_sequence(name, &column_name, ty.ty.base, options, owner)?;
                        column.generated = match kind {
                            GeneratedAs::ByDefault => Generated::ByDefault(oid),
                            _ => Generated::Always(oid),
                        };
                        column.not_null = true;
                    }
                },
                ColumnOption::Collation(_) => (),
                other => return Err(Report::beyond(format!("the column option {other}"))),
            }
        }
        table.columns.push(column);
        Ok(())
    }

    fn at_type(&self, report: Report, data_type: &DataType) -> Report {
        match data_type {
            DataType::Custom(name, _) if !report.is_beyond() => {
                let start = name
                    .0
                    .first()
                    .and_then(|part| part.as_ident())
                    .map(|part| part.span.start);
                start.map_or_else(
                    || report.clone(),
                    |start| report.clone().at(self.source.position(start)),
                )
            }
            _ => report,
        }
    }

    /// Binds a default: a constant or a call, turned into the column's type.
    pub(super) fn default_formula(&self, column: &Column, expr: &Expr) -> Result<Option<Formula>, Report> {
        let mut binder = self.binder();
        let level = crate::programs::sql::bind::Level {
            no_aggregates: Some("DEFAULT expressions"),
            ..Default::default()
        };
        let bound =
            binder
                .on_level(level, |binder| binder.expr(expr))
                .map_err(|report| match report.code.as_str() {
                    "42703" => Report {
                        message: "cannot use column reference in DEFAULT expression".into(),
                        code: "0A000".into(),
                        hint: None,
                        ..report
                    },
                    _ => report,
                })?;
        if bound.is_null() {
            return Ok(None);
        }
        let (from, position) = (bound.ty, bound.position);
        let written = bound.literal.is_none().then(|| bound.shown.clone());
        let cast = bound
            .cast(column.ty.ty, Way::Assignment, self.around.place)?
            .ok_or_else(|| {
                Report::error(
                    "42804",
                    format!(
                        "column \"{}\" is of type {} but default expression is of type {from}",
                        column.name, column.ty.ty
                    ),
                )
                .hint("You will need to rewrite or cast the expression.")
                .at(position)
            })?;
        // The cast into the column's type is not shown, unless it gives a literal its type.
        let shown = written.unwrap_or(cast.shown);
        Ok(Some(Formula {
            text: expr.to_string(),
            shown,
        }))
    }

    /// Binds an expression over the columns of a table, for keeping.
    pub(super) fn formula_over(&self, table: &Table, expr: &Expr) -> Result<Formula, Report> {
        let text = expr.to_string();
        let bound = self.bind_in_place(table, expr)?;
        Ok(Formula {
            text,
            shown: bound.shown,
        })
    }

    /// Binds an expression of this statement over a table's columns, so that errors tell their place.
    pub(super) fn bind_in_place(
        &self,
        table: &Table,
        expr: &Expr,
    ) -> Result<crate::programs::sql::bind::Bound, Report> {
        use crate::programs::sql::bind::{Level, Range, table_columns};
        let range = Range {
            name: String::new(),
            columns: table_columns(table, "n"),
            table: None,
        };
        let level = Level {
            ranges: vec![range],
            no_aggregates: Some("check constraints"),
            ..Level::default()
        };
        self.binder().on_level(level, |binder| binder.expr(expr))
    }

    /// Computes a kept expression for every row of a table.
    pub(super) fn fill(&self, table: &Table, storage: &str, text: &str) -> Result<(), Report> {
        let bound = bind_formula(self, table, &quoted(&table.storage), text)?;
        self.live.batch(&format!(
            "UPDATE {} SET {} = {}",
            quoted(&table.storage),
            quoted(storage),
            bound.sql
        ))
    }
}

/// Returns a name for a column of SQLite's that the table has not: it does not tell capitals apart.
pub(super) fn free_column(table: &Table, name: &str) -> String {
    let taken = |candidate: &str| {
        table
            .columns
            .iter()
            .any(|column| column.storage.eq_ignore_ascii_case(candidate))
    };
    let base = if name.eq_ignore_ascii_case("_rowid_") || name == "~" {
        format!("c{name}")
    } else {
        name.to_owned()
    };
    let mut candidate = base.clone();
    let mut number = 1;
    while taken(&candidate) {
        number += 1;
        candidate = format!("{base}~{number}");
    }
    candidate
}
