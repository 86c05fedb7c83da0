//! What a database holds, handed to clients in one piece: psql and pg_dump read it where real ones ask the system
//! catalogs in dozens of queries.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalog::{Catalog, Constraint, Index, Relation, Schema, Table};
use super::definition;
use super::reply::Rows;

/// The objects of a database as a session sees them.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The objects.
    pub catalog: Catalog,
    /// The schemas in which names are looked for.
    pub search_path: Vec<String>,
    memberships: BTreeMap<String, Vec<String>>,
}

/// How it travels.
#[derive(Serialize, Deserialize)]
struct Wire {
    relations: Vec<(String, String, Relation)>,
    schemas: BTreeMap<String, Schema>,
    search_path: Vec<String>,
    memberships: BTreeMap<String, Vec<String>>,
}

impl Directory {
    /// The query whose one value is a directory.
    pub const QUERY: &'static str = "SELECT pglab_directory()";

    /// Writes the directory of a catalog down.
    pub(super) fn write(
        catalog: &Catalog,
        search_path: &[String],
        memberships: BTreeMap<String, Vec<String>>,
    ) -> String {
        let wire = Wire {
            relations: catalog
                .relations
                .iter()
                .map(|((schema, name), relation)| (schema.clone(), name.clone(), relation.clone()))
                .collect(),
            schemas: catalog.schemas.clone(),
            search_path: search_path.to_vec(),
            memberships,
        };
        serde_json::to_string(&wire).expect("names and plain fields make JSON")
    }

    /// Reads the directory out of the answer to [`Self::QUERY`].
    pub fn read(rows: &Rows) -> Option<Self> {
        let text = rows.rows.first()?.first()?.as_ref()?;
        let wire: Wire = serde_json::from_str(text).ok()?;
        Some(Self {
            catalog: Catalog {
                relations: wire
                    .relations
                    .into_iter()
                    .map(|(schema, name, relation)| ((schema, name), relation))
                    .collect(),
                schemas: wire.schemas,
                next_oid: 0,
            },
            search_path: wire.search_path,
            memberships: wire.memberships,
        })
    }

    /// Tells whether a relation is what its bare name means.
    pub fn is_visible(&self, schema: &str, name: &str) -> bool {
        let key = |schema: &str| (schema.to_owned(), name.to_owned());
        let first = self
            .search_path
            .iter()
            .find(|schema| self.catalog.relations.contains_key(&key(schema)));
        first.is_some_and(|first| first == schema)
    }

    /// Returns a relation's name as messages show it.
    pub fn shown_name(&self, schema: &str, name: &str) -> String {
        definition::relation_name(&self.search_path, schema, name)
    }

    /// Returns a constraint's definition.
    pub fn constraint(&self, table: &Table, constraint: &Constraint, pretty: bool) -> String {
        definition::constraint(&self.catalog, &self.search_path, table, constraint, pretty)
    }

    /// Returns an index's definition from its method on.
    pub fn index_body(&self, index: &Index, pretty: bool) -> String {
        definition::index_body(&self.catalog, index, pretty)
    }

    /// Returns an index's whole definition.
    pub fn index(&self, name: &str, index: &Index) -> Option<String> {
        definition::index_definition(&self.catalog, name, index)
    }

    /// Returns the roles that a role is a member of, as an array is printed.
    pub fn memberships_of(&self, role: &str) -> String {
        let list = self
            .memberships
            .get(role)
            .map(|list| list.join(","))
            .unwrap_or_default();
        format!("{{{list}}}")
    }
}
