//! CREATE TABLE, and CREATE TABLE AS: a table with its columns, before its constraints are granted.

use sqlparser::ast::CreateTable;

use super::Job;
use super::constraints::{Checked, quoted};
use super::new_column::free_column;
use crate::programs::sql::bind::ident;
use crate::programs::sql::catalog::{Column, Generated, Relation, Table};
use crate::programs::sql::reply::Report;

impl Job<'_> {
    pub(super) fn create_table(&mut self, create: &CreateTable) -> Result<(), Report> {
        for (asked, what) in [
            (create.temporary, "temporary tables"),
            (create.unlogged, "unlogged tables"),
            (
                create.partition_by.is_some() || create.partition_of.is_some(),
                "partitioned tables",
            ),
            (create.inherits.is_some(), "table inheritance"),
            (create.like.is_some(), "CREATE TABLE (LIKE …)"),
            (create.clone.is_some() || create.external, "tables of this kind"),
        ] {
            if asked {
                return Err(Report::beyond(what));
            }
        }
        let name = self.new_name(&create.name)?;
        if !self.is_free(&name, create.if_not_exists)? {
            self.done(if create.query.is_some() {
                "CREATE TABLE AS"
            } else {
                "CREATE TABLE"
            });
            return Ok(());
        }
        if let Some(query) = &create.query {
            return self.create_table_as(name, create, query);
        }
        let mut table = self.new_table(&name);
        let mut wishes = Vec::new();
        for definition in &create.columns {
            let column = ident(&definition.name);
            if table.column(&column).is_some() {
                return Err(Report::error(
                    "42701",
                    format!("column \"{column}\" specified more than once"),
                ));
            }
            let number = table.columns.len() as u32 + 1;
            self.add_column(&name, &mut table, definition, number, &mut wishes)?;
        }
        for constraint in &create.constraints {
            wishes.push(self.wish(constraint)?);
        }
        // What belongs to the key cannot be null, wherever the key was written.
        self.store_table(&table)?;
        self.live.catalog.relations.insert(name.clone(), Relation::Table(table));
        self.grant_wishes(&name, wishes)?;
        self.done("CREATE TABLE");
        Ok(())
    }

    fn create_table_as(
        &mut self,
        name: (String, String),
        create: &CreateTable,
        query: &sqlparser::ast::Query,
    ) -> Result<(), Report> {
        let (rows, bound) = self.rows_of(query)?;
        let mut table = self.new_table(&name);
        for (at, column) in bound.columns.iter().enumerate() {
            let given = create.columns.get(at).map(|column| ident(&column.name));
            let column_name = given.unwrap_or_else(|| column.name.clone());
            if table.column(&column_name).is_some() {
                return Err(Report::error(
                    "42701",
                    format!("column \"{column_name}\" specified more than once"),
                ));
            }
            table.columns.push(Column {
                storage: free_column(&table, &column_name),
                name: column_name,
                number: at as u32 + 1,
                ty: column.known_type(),
                not_null: false,
                default: None,
                generated: Generated::No,
                comment: None,
            });
        }
        self.store_table(&table)?;
        self.live
            .catalog
            .relations
            .insert(name.clone(), Relation::Table(table.clone()));
        let checked = Checked::new(self, name, table)?;
        let count = rows.len();
        for row in &rows {
            checked.put(self, row)?;
        }
        self.done(format!("SELECT {count}"));
        Ok(())
    }

    /// Returns a table without columns.
    fn new_table(&mut self, name: &(String, String)) -> Table {
        Table {
            oid: self.live.catalog.take_oid(),
            owner: self.around.user.clone(),
            storage: self.storage_name(name),
            columns: Vec::new(),
            constraints: Vec::new(),
            comment: None,
        }
    }

    /// Returns a name for the SQLite table of a relation that no other has; SQLite does not tell capitals apart.
    fn storage_name(&self, name: &(String, String)) -> String {
        let base = if name.0 == "public" {
            name.1.clone()
        } else {
            format!("{}.{}", name.0, name.1)
        };
        let reserved = base.to_lowercase();
        let base = if reserved.starts_with("sqlite_") || reserved.starts_with("pglab_") {
            format!("t_{base}")
        } else {
            base
        };
        let taken = |candidate: &str| {
            self.live.catalog.relations.values().any(
                |relation| matches!(relation, Relation::Table(table) if table.storage.eq_ignore_ascii_case(candidate)),
            )
        };
        let mut candidate = base.clone();
        let mut number = 1;
        while taken(&candidate) {
            number += 1;
            candidate = format!("{base}~{number}");
        }
        candidate
    }

    fn store_table(&self, table: &Table) -> Result<(), Report> {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("{} {}", quoted(&column.storage), column.ty.ty.storage()))
            .collect();
        // A table without columns is a table in PostgreSQL.
        let columns = if columns.is_empty() {
            "\"~\"".to_owned()
        } else {
            columns.join(", ")
        };
        self.live
            .batch(&format!("CREATE TABLE {} ({columns})", quoted(&table.storage)))
    }
}
