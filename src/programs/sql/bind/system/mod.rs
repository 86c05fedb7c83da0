//! The system's own views: what the catalog, the roles and the sessions look like as tables.
//!
//! Only columns that people ask for; a view or a column that is missing here is missing by name.

mod server;
mod objects;
mod information;

use serde_json::Value;

use super::Surroundings;
use super::aggregates::typed_json;
use super::bound::quote;
use super::scope::RangeColumn;
use crate::programs::sql::catalog::{Catalog, Relation};
use crate::programs::sql::values::{Base, ColumnType, Type};
use information::information_schema;
use objects::catalog_view;
use server::server_view;

/// A view of the system, filled.
pub struct SystemRelation {
    columns: Vec<(&'static str, Base)>,
    rows: Vec<Value>,
}

impl SystemRelation {
    fn new(columns: &[(&'static str, Base)], rows: Vec<Value>) -> Option<Self> {
        Some(Self {
            columns: columns.to_vec(),
            rows,
        })
    }

    /// Returns SQLite's text for the rows.
    pub fn sql(&self) -> String {
        let parts: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, (_, base))| {
                format!(
                    "{} AS c{}",
                    typed_json(&format!("(value ->> {at})"), Type::of(*base)),
                    at + 1
                )
            })
            .collect();
        let rows = Value::from(self.rows.clone()).to_string();
        format!("SELECT {} FROM json_each({})", parts.join(", "), quote(&rows))
    }

    /// Returns the columns, seen through an alias.
    pub(super) fn range_columns(&self, sqlite: &str) -> Vec<RangeColumn> {
        let column = |(at, (name, base)): (usize, &(&'static str, Base))| RangeColumn {
            name: (*name).to_owned(),
            ty: ColumnType::plain(*base),
            sql: format!("{sqlite}.c{}", at + 1),
            hidden: false,
            merged: false,
        };
        self.columns.iter().enumerate().map(column).collect()
    }
}

/// Tells whether PostgreSQL has a system view of this name that pglab has not.
pub fn is_beyond(schema: Option<&str>, name: &str) -> bool {
    match schema {
        Some("information_schema") => true,
        Some("pg_catalog") => true,
        Some(_) => false,
        None => name.starts_with("pg_"),
    }
}

/// Returns the view of this name.
pub fn relation(catalog: &Catalog, around: &Surroundings, schema: Option<&str>, name: &str) -> Option<SystemRelation> {
    match schema {
        Some("information_schema") => information_schema(catalog, around, name),
        None | Some("pg_catalog") => server_view(around, name).or_else(|| catalog_view(catalog, around, name)),
        Some(_) => None,
    }
}

/// Returns a role's oid, or that of the first superuser (BOOTSTRAP_SUPERUSERID in catalog/pg_authid.dat).
fn role_oid(around: &Surroundings, name: &str) -> u32 {
    around.roles.get(name).map_or(10, |role| role.oid)
}

fn tables(catalog: &Catalog) -> impl Iterator<Item = (&(String, String), &crate::programs::sql::catalog::Table)> {
    catalog.relations.iter().filter_map(|(name, relation)| match relation {
        Relation::Table(table) => Some((name, table)),
        _ => None,
    })
}
