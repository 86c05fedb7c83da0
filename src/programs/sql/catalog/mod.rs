//! The catalog of one database: its schemas, tables, indexes, views and sequences, as data.
//!
//! It lies in the database file itself, in the table `pglab_catalog`, one row an object, so that it is committed,
//! rolled back and lost together with the rows.

mod relation;

pub use relation::{
    Action, Column, Constraint, Foreign, Formula, Generated, Index, Key, Part, Relation, Rule, Sequence, Table, View,
};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The schemas that every database has.
pub const SYSTEM_SCHEMAS: &[&str] = &["pg_catalog", "information_schema", "pg_toast"];

/// All objects of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalog {
    /// Objects by schema and name.
    pub relations: BTreeMap<(String, String), Relation>,
    /// Schemas by name, without the system's own.
    pub schemas: BTreeMap<String, Schema>,
    /// The oid that the next object gets.
    pub next_oid: u32,
}

/// A schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Its oid.
    pub oid: u32,
    /// The role that owns it.
    pub owner: String,
}

impl Catalog {
    /// Returns the catalog of a new database.
    pub fn new(owner: &str) -> Self {
        let owner = if owner.is_empty() { "pg_database_owner" } else { owner };
        Self {
            relations: BTreeMap::new(),
            schemas: [(
                "public".to_owned(),
                Schema {
                    oid: 2200,
                    owner: owner.to_owned(),
                },
            )]
            .into(),
            next_oid: 16_384,
        }
    }

    /// Returns an oid that nothing has.
    pub fn take_oid(&mut self) -> u32 {
        self.next_oid += 1;
        self.next_oid - 1
    }

    /// Finds a relation by its oid.
    pub fn by_oid(&self, oid: u32) -> Option<(&(String, String), &Relation)> {
        self.relations.iter().find(|(_, relation)| relation.oid() == oid)
    }

    /// Finds a table by its oid.
    pub fn table_by_oid(&self, oid: u32) -> Option<(&(String, String), &Table)> {
        match self.by_oid(oid)? {
            (name, Relation::Table(table)) => Some((name, table)),
            _ => None,
        }
    }

    /// Returns the indexes of a table in order of their oids.
    pub fn indexes_of(&self, table: u32) -> Vec<(&(String, String), &Index)> {
        let mut indexes: Vec<_> = self
            .relations
            .iter()
            .filter_map(|(name, relation)| match relation {
                Relation::Index(index) if index.table == table => Some((name, index)),
                _ => None,
            })
            .collect();
        indexes.sort_by_key(|(_, index)| index.oid);
        indexes
    }

    /// Returns the foreign keys that refer to a table: the referring table's name, the table, and the constraint.
    pub fn references_to(&self, table: u32) -> Vec<(&(String, String), &Table, &Constraint, &Foreign)> {
        let mut found = Vec::new();
        for (name, relation) in &self.relations {
            let Relation::Table(other) = relation else { continue };
            for constraint in &other.constraints {
                if let Rule::Foreign(foreign) = &constraint.rule
                    && foreign.table == table
                {
                    found.push((name, other, constraint, foreign));
                }
            }
        }
        found.sort_by_key(|(_, _, constraint, _)| constraint.oid);
        found
    }

    /// Returns a name that no relation of the schema has: `base`, `base1`, `base2` …
    pub fn free_name(&self, schema: &str, base: &str) -> String {
        let mut name = base.to_owned();
        let mut number = 0;
        while self.relations.contains_key(&(schema.to_owned(), name.clone())) {
            number += 1;
            name = format!("{base}{number}");
        }
        name
    }
}

/// Puts a name in quotes where PostgreSQL needs them.
pub fn quote_ident(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '$')
        && !RESERVED.contains(&name);
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Words that name nothing without quotes.
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "current_catalog",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "grant",
    "group",
    "having",
    "in",
    "initially",
    "intersect",
    "into",
    "lateral",
    "leading",
    "limit",
    "localtime",
    "localtimestamp",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "placing",
    "primary",
    "references",
    "returning",
    "select",
    "session_user",
    "some",
    "symmetric",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "when",
    "where",
    "window",
    "with",
    "between",
    "bigint",
    "bit",
    "boolean",
    "char",
    "character",
    "coalesce",
    "dec",
    "decimal",
    "exists",
    "extract",
    "float",
    "greatest",
    "grouping",
    "inout",
    "int",
    "integer",
    "interval",
    "least",
    "national",
    "nchar",
    "none",
    "normalize",
    "nullif",
    "numeric",
    "out",
    "overlay",
    "position",
    "precision",
    "real",
    "row",
    "setof",
    "smallint",
    "substring",
    "time",
    "timestamp",
    "treat",
    "trim",
    "values",
    "varchar",
    "authorization",
    "binary",
    "collation",
    "concurrently",
    "cross",
    "current_schema",
    "freeze",
    "full",
    "ilike",
    "inner",
    "is",
    "isnull",
    "join",
    "left",
    "like",
    "natural",
    "notnull",
    "outer",
    "overlaps",
    "right",
    "similar",
    "tablesample",
    "verbose",
];
