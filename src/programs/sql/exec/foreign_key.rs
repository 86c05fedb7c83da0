//! A foreign key that is being made: what it may refer to, and whether all rows obey it.

use sqlparser::ast::{ConstraintReferenceMatchKind, ForeignKeyConstraint, ReferentialAction};

use super::Job;
use super::constraints::{Checked, quoted};
use super::wish::made;
use crate::programs::sql::bind::{ident, no_relation, object_name};
use crate::programs::sql::catalog::{Action, Constraint, Foreign, Key, Relation, Rule, Table};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::{Way, cast_way};

impl Job<'_> {
    pub(super) fn foreign_key(
        &mut self,
        name: &(String, String),
        mut table: Table,
        given: Option<String>,
        columns: &[String],
        key: &ForeignKeyConstraint,
    ) -> Result<(), Report> {
        if matches!(
            key.match_kind,
            Some(ConstraintReferenceMatchKind::Full | ConstraintReferenceMatchKind::Partial)
        ) {
            return Err(Report::beyond("MATCH FULL and MATCH PARTIAL"));
        }
        let (schema, bare) = object_name(&key.foreign_table)?;
        let parent = match self.binder().find(schema.as_deref(), &bare) {
            Some((_, Relation::Table(parent))) => parent.clone(),
            Some(_) => {
                return Err(Report::error(
                    "42809",
                    format!("referenced relation \"{bare}\" is not a table"),
                ));
            }
            None => return Err(no_relation(schema.as_deref(), &bare)),
        };
        let numbers = self.numbers(&table, columns, "referenced in foreign key constraint")?;
        let referred = if key.referred_columns.is_empty() {
            parent.primary_key().map(<[u32]>::to_vec).ok_or_else(|| {
                Report::error(
                    "42704",
                    format!("there is no primary key for referenced table \"{bare}\""),
                )
            })?
        } else {
            let names: Vec<String> = key.referred_columns.iter().map(ident).collect();
            self.numbers(&parent, &names, "referenced in foreign key constraint")?
        };
        if numbers.len() != referred.len() {
            let message = "number of referencing and referenced columns for foreign key disagree";
            return Err(Report::error("42830", message));
        }
        let mut wanted = referred.clone();
        wanted.sort_unstable();
        let keyed = parent.constraints.iter().any(|constraint| match &constraint.rule {
            Rule::Primary(columns) | Rule::Unique(columns) => {
                let mut columns = columns.clone();
                columns.sort_unstable();
                columns == wanted
            }
            _ => false,
        });
        let indexed = self.live.catalog.indexes_of(parent.oid).iter().any(|(_, index)| {
            let mut columns: Vec<u32> = index
                .parts
                .iter()
                .filter_map(|part| if let Key::Column(n) = part.key { Some(n) } else { None })
                .collect();
            columns.sort_unstable();
            index.unique && index.predicate.is_none() && columns == wanted
        });
        if !keyed && !indexed {
            let message = format!("there is no unique constraint matching given keys for referenced table \"{bare}\"");
            return Err(Report::error("42830", message));
        }
        let constraint_name = match given {
            Some(given) => {
                self.constraint_is_free(&table, &name.1, &given)?;
                given
            }
            None => self.free_constraint(&name.0, &made(&name.1, columns, "fkey")),
        };
        for (a, b) in numbers.iter().zip(&referred) {
            let (Some(a), Some(b)) = (table.numbered(*a), parent.numbered(*b)) else {
                continue;
            };
            let fit = a.ty.ty == b.ty.ty
                || cast_way(a.ty.ty, b.ty.ty) == Some(Way::Implicit)
                || a.ty.ty.category() == b.ty.ty.category();
            if !fit {
                return Err(Report::error(
                    "42804",
                    format!("foreign key constraint \"{constraint_name}\" cannot be implemented"),
                )
                .detail(format!(
                    "Key columns \"{}\" and \"{}\" are of incompatible types: {} and {}.",
                    a.name, b.name, a.ty.ty, b.ty.ty
                )));
            }
        }
        let action = |action: &Option<ReferentialAction>| match action {
            None | Some(ReferentialAction::NoAction) => Action::NoAction,
            Some(ReferentialAction::Restrict) => Action::Restrict,
            Some(ReferentialAction::Cascade) => Action::Cascade,
            Some(ReferentialAction::SetNull) => Action::SetNull,
            Some(ReferentialAction::SetDefault) => Action::SetDefault,
        };
        let characteristics = key.characteristics.as_ref();
        let deferrable = characteristics.is_some_and(|it| it.deferrable == Some(true));
        let foreign = Foreign {
            columns: numbers,
            table: parent.oid,
            referred,
            on_delete: action(&key.on_delete),
            on_update: action(&key.on_update),
            deferrable,
            deferred: characteristics
                .is_some_and(|it| matches!(it.initially, Some(sqlparser::ast::DeferrableInitial::Deferred))),
        };
        let oid = self.live.catalog.take_oid();
        table.constraints.push(Constraint {
            oid,
            name: constraint_name,
            rule: Rule::Foreign(foreign),
        });
        self.put_table(name, table.clone());
        // Rows that are there already must refer to something.
        let checked = Checked::new(self, name.clone(), table.clone())?;
        let rows = self.live.query(
            &format!("SELECT {} FROM {}", checked.column_list(), quoted(&table.storage)),
            &[],
        )?;
        for row in &rows {
            checked.check_foreign(self, row)?;
        }
        Ok(())
    }
}
