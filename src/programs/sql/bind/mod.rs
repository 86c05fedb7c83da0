//! The binder: PostgreSQL's syntax trees become SQLite's text, with names looked up and types found.
//!
//! What it cannot bind it refuses: with PostgreSQL's own error where PostgreSQL has one, by name where pglab ends.

mod bound;
mod scope;
mod types;
mod expr;
mod column;
mod literal;
mod comparison;
mod operators;
mod arithmetic;
mod calls;
mod special;
mod relation_calls;
mod aggregates;
mod windows;
mod from;
mod from_relation;
mod series;
mod query;
mod with;
mod set_operation;
mod select;
mod select_list;
mod sort_key;
mod subquery;
mod output_name;
mod names;
pub mod system;

pub use bound::{Bound, call};
pub use from::table_columns;
pub use names::{ident, object_name};
pub use query::BoundQuery;
pub use scope::{Level, Range, RangeColumn};
pub use types::column_type;

use std::collections::BTreeMap;

use super::catalog::{Catalog, Relation};
use super::cluster::{Client, Database};
use super::in_force::InForce;
use super::reply::Report;
use super::role::Roles;
use super::source::Source;
use super::values::convert::Place;

/// What a statement may see of the session and the server that it runs in.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Who runs it.
    pub user: String,
    /// Who connected.
    pub session_user: String,
    /// The database.
    pub database: String,
    /// The schemas in which names are looked for, after `pg_catalog`.
    pub search_path: Vec<String>,
    /// Time and zone.
    pub place: Place,
    /// The session's own process, address and so on.
    pub client: Client,
    /// All parameters that differ from their defaults.
    pub parameters: InForce,
    /// The version, as `version()` says it.
    pub version: String,
    /// When the server came up, in microseconds since 1970.
    pub started_us: i64,
    /// The roles.
    pub roles: Roles,
    /// The databases with their sizes.
    pub databases: BTreeMap<String, (Database, u64)>,
    /// The sessions: client, state, last query.
    pub sessions: Vec<(Client, &'static str, String)>,
    /// Where the sequences stand, for those who read them like tables.
    pub standings: BTreeMap<u32, crate::programs::sql::runtime::Standing>,
    /// Pages that each SQLite table takes, by its name; filled when sizes are asked for.
    pub page_counts: BTreeMap<String, u64>,
}

/// Binds one statement.
pub struct Binder<'a> {
    /// The objects of the database.
    pub catalog: &'a Catalog,
    /// The session.
    pub around: &'a Surroundings,
    /// The text that positions refer to.
    pub source: &'a Source,
    /// The relations that were read so far.
    pub reads: Vec<u32>,
    levels: Vec<Level>,
    ctes: Vec<with::Cte>,
    aliases: usize,
    depth: usize,
}

/// Views in views, queries in queries: deeper than this nobody nests by hand.
const DEPTH_MAX: usize = 40;

impl<'a> Binder<'a> {
    /// Returns a binder for statements of `source`.
    pub fn new(catalog: &'a Catalog, around: &'a Surroundings, source: &'a Source) -> Self {
        Self {
            catalog,
            around,
            source,
            reads: Vec::new(),
            levels: Vec::new(),
            ctes: Vec::new(),
            aliases: 0,
            depth: 0,
        }
    }

    /// Returns a binder for a view's text or a stored formula: other words, the same session.
    fn inner<'b>(&self, source: &'b Source) -> Binder<'b>
    where
        'a: 'b,
    {
        Binder {
            aliases: self.aliases + 100,
            depth: self.depth + 1,
            ..Binder::new(self.catalog, self.around, source)
        }
    }

    /// Finds a relation along the search path.
    pub fn find(&self, schema: Option<&str>, name: &str) -> Option<(&'a (String, String), &'a Relation)> {
        let path: Vec<&str> = match schema {
            Some(schema) => vec![schema],
            None => self.around.search_path.iter().map(String::as_str).collect(),
        };
        path.into_iter().find_map(|schema| {
            self.catalog
                .relations
                .get_key_value(&(schema.to_owned(), name.to_owned()))
        })
    }

    /// Returns the schema in which new objects are made.
    pub fn creation_schema(&self) -> Result<String, Report> {
        self.around
            .search_path
            .iter()
            .find(|schema| self.catalog.schemas.contains_key(*schema))
            .cloned()
            .ok_or_else(|| Report::error("3F000", "no schema has been selected to create in"))
    }

    /// Returns a new alias for a relation in SQLite's text.
    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    fn deeper(&mut self) -> Result<(), Report> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Report::beyond(format!("queries nested more than {DEPTH_MAX} deep")));
        }
        Ok(())
    }
}

/// Returns the error for a relation that is not there.
pub fn no_relation(schema: Option<&str>, name: &str) -> Report {
    let full = schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"));
    Report::error("42P01", format!("relation \"{full}\" does not exist"))
}
