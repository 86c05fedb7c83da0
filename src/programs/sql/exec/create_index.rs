//! CREATE INDEX, and the indexes of keys.

use rusqlite::types::Value;
use sqlparser::ast::{CreateIndex, Expr, IndexType};

use super::Job;
use super::constraints::{Checked, quoted};
use super::wish::made;
use crate::programs::sql::bind::{ident, object_name};
use crate::programs::sql::catalog::{Constraint, Formula, Index, Key, Part, Relation, Rule, Table};
use crate::programs::sql::reply::Report;

impl Job<'_> {
    /// Makes a primary key or a unique constraint with its index.
    pub(super) fn key(
        &mut self,
        name: &(String, String),
        index_name: String,
        numbers: Vec<u32>,
        nulls_equal: bool,
        primary: bool,
    ) -> Result<(), Report> {
        let full = (name.0.clone(), index_name.clone());
        if self.live.catalog.relations.contains_key(&full) {
            return Err(Report::error(
                "42P07",
                format!("relation \"{index_name}\" already exists"),
            ));
        }
        let mut table = self.table_now(name);
        let parts = numbers
            .iter()
            .map(|number| Part {
                key: Key::Column(*number),
                descending: false,
                nulls_first: false,
            })
            .collect();
        self.make_index(name, full, parts, true, nulls_equal, None, "btree".into())?;
        let oid = self.live.catalog.take_oid();
        let rule = if primary {
            Rule::Primary(numbers)
        } else {
            Rule::Unique(numbers)
        };
        table.constraints.push(Constraint {
            oid,
            name: index_name,
            rule,
        });
        self.put_table(name, table);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "an index is made of this many things")]
    fn make_index(
        &mut self,
        table_name: &(String, String),
        name: (String, String),
        parts: Vec<Part>,
        unique: bool,
        nulls_equal: bool,
        predicate: Option<Formula>,
        method: String,
    ) -> Result<(), Report> {
        let table = self.table_now(table_name);
        let oid = self.live.catalog.take_oid();
        let index = Index {
            oid,
            table: table.oid,
            parts,
            unique,
            nulls_equal,
            predicate,
            method,
        };
        self.store_index(&table, &index)?;
        self.live.catalog.relations.insert(name.clone(), Relation::Index(index));
        if unique {
            self.unique_so_far(table_name, &table, &name.1, oid)?;
        }
        Ok(())
    }

    /// Makes SQLite's side of an index: over plain columns only; uniqueness is checked before a row is put.
    pub(super) fn store_index(&self, table: &Table, index: &Index) -> Result<(), Report> {
        let mut columns = Vec::new();
        for part in &index.parts {
            let Key::Column(number) = part.key else { return Ok(()) };
            let Some(column) = table.numbered(number) else {
                return Ok(());
            };
            columns.push(quoted(&column.storage));
        }
        self.live.batch(&format!(
            "CREATE INDEX {} ON {} ({})",
            quoted(&format!("i{}", index.oid)),
            quoted(&table.storage),
            columns.join(", ")
        ))
    }

    fn unique_so_far(&self, name: &(String, String), table: &Table, index: &str, oid: u32) -> Result<(), Report> {
        let checked = Checked::new(self, name.clone(), table.clone())?;
        let Some(unique) = checked.uniques.iter().find(|unique| unique.oid == oid) else {
            return Ok(());
        };
        let rows = self.live.query(
            &format!(
                "SELECT _rowid_, {} FROM {}",
                checked.column_list(),
                quoted(&table.storage)
            ),
            &[],
        )?;
        for mut row in rows {
            let Value::Integer(id) = row.remove(0) else { continue };
            if checked.conflict(self, unique, &row, Some(id))?.is_some() {
                let detail = checked.duplicate(self, unique, &row).detail.unwrap_or_default();
                return Err(
                    Report::error("23505", format!("could not create unique index \"{index}\""))
                        .detail(detail.replace(" already exists.", " is duplicated.")),
                );
            }
        }
        Ok(())
    }

    pub(super) fn create_index(&mut self, create: &CreateIndex) -> Result<(), Report> {
        if !create.include.is_empty() {
            return Err(Report::beyond("INCLUDE columns of an index"));
        }
        let (full, table) = self.target(&create.table_name, "CREATE INDEX")?;
        let method = match &create.using {
            None => "btree".to_owned(),
            Some(IndexType::Custom(name)) => ident(name),
            Some(known) => known.to_string().to_lowercase(),
        };
        if !["btree", "hash", "gin", "gist", "brin", "spgist"].contains(&method.as_str()) {
            return Err(Report::error(
                "42704",
                format!("access method \"{method}\" does not exist"),
            ));
        }
        let mut parts = Vec::new();
        let mut words = Vec::new();
        for column in &create.columns {
            let descending = matches!(column.column.options.sort, Some(sqlparser::ast::OrderBySort::Desc));
            let nulls_first = column.column.options.nulls_first.unwrap_or(descending);
            let key = match &column.column.expr {
                Expr::Identifier(name) => {
                    let bare = ident(name);
                    let number = table
                        .column(&bare)
                        .map(|column| column.number)
                        .ok_or_else(|| Report::error("42703", format!("column \"{bare}\" does not exist")))?;
                    words.push(bare);
                    Key::Column(number)
                }
                expr => {
                    let expr = if let Expr::Nested(inner) = expr { inner } else { expr };
                    words.push(match expr {
                        Expr::Function(function) => object_name(&function.name)?.1,
                        _ => "expr".into(),
                    });
                    Key::Formula(self.formula_over(&table, expr)?)
                }
            };
            parts.push(Part {
                key,
                descending,
                nulls_first,
            });
        }
        let name = match &create.name {
            Some(name) => {
                let (_, bare) = object_name(name)?;
                (full.0.clone(), bare)
            }
            None => (
                full.0.clone(),
                self.live.catalog.free_name(&full.0, &made(&full.1, &words, "idx")),
            ),
        };
        if !self.is_free(&name, create.if_not_exists)? {
            self.done("CREATE INDEX");
            return Ok(());
        }
        let predicate = match &create.predicate {
            Some(expr) => Some(self.formula_over(&table, expr)?),
            None => None,
        };
        let nulls_equal = create.nulls_distinct == Some(false);
        self.make_index(&full, name, parts, create.unique, nulls_equal, predicate, method)?;
        self.done("CREATE INDEX");
        Ok(())
    }
}
