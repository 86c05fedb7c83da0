//! A constraint that is wished for: it gets its name when it is granted, after the rows have been looked at.

use sqlparser::ast::{Expr, ForeignKeyConstraint, IndexColumn, NullsDistinctOption, TableConstraint};

use super::Job;
use super::constraints::quoted;
use crate::programs::sql::bind::ident;
use crate::programs::sql::catalog::{Column, Constraint, Formula, Relation, Rule, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::{Base, Type};

/// A constraint of a new table, before it has a name.
#[expect(
    clippy::large_enum_variant,
    reason = "a table has a handful of them, for the time of one statement"
)]
pub(super) enum Wish {
    Primary {
        name: Option<String>,
        columns: Vec<String>,
        position: usize,
    },
    Unique {
        name: Option<String>,
        columns: Vec<String>,
        nulls_equal: bool,
    },
    Check {
        name: Option<String>,
        expr: Expr,
    },
    Foreign {
        name: Option<String>,
        columns: Vec<String>,
        key: Box<ForeignKeyConstraint>,
    },
}

impl Job<'_> {
    pub(super) fn wish(&self, constraint: &TableConstraint) -> Result<Wish, Report> {
        let names = |columns: &[IndexColumn]| -> Result<Vec<String>, Report> {
            columns
                .iter()
                .map(|column| match &column.column.expr {
                    Expr::Identifier(name) => Ok(ident(name)),
                    _ => Err(Report::error("42601", "syntax error")),
                })
                .collect()
        };
        Ok(match constraint {
            TableConstraint::PrimaryKey(key) => Wish::Primary {
                name: key.name.as_ref().map(ident),
                columns: names(&key.columns)?,
                position: 0,
            },
            TableConstraint::Unique(unique) => Wish::Unique {
                name: unique.name.as_ref().map(ident),
                columns: names(&unique.columns)?,
                nulls_equal: matches!(unique.nulls_distinct, NullsDistinctOption::NotDistinct),
            },
            TableConstraint::Check(check) => Wish::Check {
                name: check.name.as_ref().map(ident),
                expr: check.expr.as_ref().clone(),
            },
            TableConstraint::ForeignKey(key) => Wish::Foreign {
                name: key.name.as_ref().map(ident),
                columns: key.columns.iter().map(ident).collect(),
                key: Box::new(key.clone()),
            },
            TableConstraint::Exclude(_) => return Err(Report::beyond("exclusion constraints")),
            _ => return Err(Report::beyond("constraints of this kind")),
        })
    }

    /// Makes the constraints of a table: keys first, then checks, then foreign keys.
    pub(super) fn grant_wishes(&mut self, name: &(String, String), mut wishes: Vec<Wish>) -> Result<(), Report> {
        wishes.sort_by_key(|wish| match wish {
            Wish::Check { .. } => 0,
            Wish::Primary { .. } => 1,
            Wish::Unique { .. } => 2,
            Wish::Foreign { .. } => 3,
        });
        for wish in wishes {
            self.grant(name, wish)?;
        }
        Ok(())
    }

    /// Returns a copy of a table that this statement works on.
    pub(super) fn table_now(&self, name: &(String, String)) -> Table {
        match self.live.catalog.relations.get(name) {
            Some(Relation::Table(table)) => table.clone(),
            _ => Table {
                oid: 0,
                owner: String::new(),
                storage: String::new(),
                columns: Vec::new(),
                constraints: Vec::new(),
                comment: None,
            },
        }
    }

    pub(super) fn put_table(&mut self, name: &(String, String), table: Table) {
        self.live.catalog.relations.insert(name.clone(), Relation::Table(table));
    }

    fn grant(&mut self, name: &(String, String), wish: Wish) -> Result<(), Report> {
        let mut table = self.table_now(name);
        match wish {
            Wish::Primary {
                name: given,
                columns,
                position,
            } => {
                if table.primary_key().is_some() {
                    let message = format!("multiple primary keys for table \"{}\" are not allowed", name.1);
                    return Err(Report::error("42P16", message).at(position));
                }
                let numbers = self.numbers(&table, &columns, "named in key")?;
                for column in &mut table.columns {
                    if numbers.contains(&column.number) {
                        self.no_nulls(name, &table.storage, column)?;
                        column.not_null = true;
                    }
                }
                let index = given.unwrap_or_else(|| self.live.catalog.free_name(&name.0, &made(&name.1, &[], "pkey")));
                self.put_table(name, table);
                self.key(name, index, numbers, false, true)
            }
            Wish::Unique {
                name: given,
                columns,
                nulls_equal,
            } => {
                let numbers = self.numbers(&table, &columns, "named in key")?;
                let index =
                    given.unwrap_or_else(|| self.live.catalog.free_name(&name.0, &made(&name.1, &columns, "key")));
                self.key(name, index, numbers, nulls_equal, false)
            }
            Wish::Check { name: given, expr } => {
                let bound = self.bind_in_place(&table, &expr)?;
                let (ty, position) = (bound.ty, bound.position);
                let bound = bound
                    .cast(Type::of(Base::Bool), Way::Implicit, self.around.place)?
                    .ok_or_else(|| {
                        Report::error(
                            "42804",
                            format!("argument of CHECK must be type boolean, not type {ty}"),
                        )
                        .at(position)
                    })?;
                let used: Vec<String> = table
                    .columns
                    .iter()
                    .filter(|column| bound.sql.contains(&format!("n.{}", quoted(&column.storage))))
                    .map(|column| column.name.clone())
                    .collect();
                let used = if used.len() == 1 { used } else { Vec::new() };
                let constraint_name = match given {
                    Some(given) => {
                        self.constraint_is_free(&table, &name.1, &given)?;
                        given
                    }
                    None => self.free_constraint(&name.0, &made(&name.1, &used, "check")),
                };
                self.obeyed(name, &table, &constraint_name, &bound.sql)?;
                let oid = self.live.catalog.take_oid();
                let formula = Formula {
                    text: expr.to_string(),
                    shown: bound.shown,
                };
                table.constraints.push(Constraint {
                    oid,
                    name: constraint_name,
                    rule: Rule::Check(formula),
                });
                self.put_table(name, table);
                Ok(())
            }
            Wish::Foreign {
                name: given,
                columns,
                key,
            } => self.foreign_key(name, table, given, &columns, &key),
        }
    }

    /// Checks that all rows of a table obey a new CHECK.
    fn obeyed(&self, name: &(String, String), table: &Table, constraint: &str, sql: &str) -> Result<(), Report> {
        let search = format!(
            "SELECT 1 FROM {} AS n WHERE NOT ({sql}) LIMIT 1",
            quoted(&table.storage)
        );
        if self.live.first(&search, &[])?.is_some() {
            let message = format!(
                "check constraint \"{constraint}\" of relation \"{}\" is violated by some row",
                name.1
            );
            return Err(Report::error("23514", message));
        }
        Ok(())
    }

    /// Checks that a column has no nulls, before it promises so.
    pub(super) fn no_nulls(&self, name: &(String, String), storage: &str, column: &Column) -> Result<(), Report> {
        let search = format!(
            "SELECT 1 FROM {} WHERE {} IS NULL LIMIT 1",
            quoted(storage),
            quoted(&column.storage)
        );
        if self.live.first(&search, &[])?.is_some() {
            let message = format!(
                "column \"{}\" of relation \"{}\" contains null values",
                column.name, name.1
            );
            return Err(Report::error("23502", message));
        }
        Ok(())
    }

    pub(super) fn constraint_is_free(&self, table: &Table, table_name: &str, name: &str) -> Result<(), Report> {
        if table.constraints.iter().any(|constraint| constraint.name == name) {
            let message = format!("constraint \"{name}\" for relation \"{table_name}\" already exists");
            return Err(Report::error("42710", message));
        }
        Ok(())
    }

    /// Returns a name that no constraint of the schema has.
    pub(super) fn free_constraint(&self, schema: &str, base: &str) -> String {
        let taken = |candidate: &str| {
            self.live
                .catalog
                .relations
                .iter()
                .any(|((of, _), relation)| match relation {
                    Relation::Table(table) => {
                        of == schema && table.constraints.iter().any(|constraint| constraint.name == candidate)
                    }
                    _ => false,
                })
        };
        let mut candidate = base.to_owned();
        let mut number = 0;
        while taken(&candidate) {
            number += 1;
            candidate = format!("{base}{number}");
        }
        candidate
    }

    pub(super) fn numbers(&self, table: &Table, columns: &[String], what: &str) -> Result<Vec<u32>, Report> {
        columns
            .iter()
            .map(|name| {
                table
                    .column(name)
                    .map(|column| column.number)
                    .ok_or_else(|| Report::error("42703", format!("column \"{name}\" {what} does not exist")))
            })
            .collect()
    }
}

/// Returns the name that PostgreSQL gives: table, columns, label; long ones are cut (makeObjectName).
pub(super) fn made(table: &str, columns: &[String], label: &str) -> String {
    let columns = columns.join("_");
    let overhead = label.len() + 1 + usize::from(!columns.is_empty());
    let (mut a, mut b) = (table.len(), columns.len());
    while a + b + overhead > 63 {
        if a > b { a -= 1 } else { b -= 1 }
    }
    let cut = |text: &str, mut len: usize| {
        while !text.is_char_boundary(len) {
            len -= 1;
        }
        text[..len].to_owned()
    };
    if columns.is_empty() {
        format!("{}_{label}", cut(table, a))
    } else {
        format!("{}_{}_{label}", cut(table, a), cut(&columns, b))
    }
}
