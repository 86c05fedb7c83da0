//! Views of `pg_catalog` over the objects of a database: schemas, relations, columns, constraints.

use Base::{Bool, Int2, Int4, Int8, Name, Oid, Text};
use serde_json::json;

use super::{SystemRelation, role_oid, tables};
use crate::programs::sql::bind::Surroundings;
use crate::programs::sql::catalog::{Catalog, Relation, Rule};
use crate::programs::sql::definition::index_definition;
use crate::programs::sql::values::Base;

/// Returns a view of `pg_catalog` over the objects of the database.
pub(super) fn catalog_view(catalog: &Catalog, around: &Surroundings, name: &str) -> Option<SystemRelation> {
    match name {
        "pg_namespace" => {
            let mut rows = vec![
                json!([11, "pg_catalog", 10]),
                json!([99, "pg_toast", 10]),
                json!([13_000, "information_schema", 10]),
            ];
            rows.extend(
                catalog
                    .schemas
                    .iter()
                    .map(|(name, schema)| json!([schema.oid, name, role_oid(around, &schema.owner)])),
            );
            SystemRelation::new(&[("oid", Oid), ("nspname", Name), ("nspowner", Oid)], rows)
        }
        "pg_class" => SystemRelation::new(
            &[
                ("oid", Oid),
                ("relname", Name),
                ("relnamespace", Oid),
                ("relowner", Oid),
                ("relkind", Text),
                ("relnatts", Int2),
                ("reltuples", Base::Float4),
                ("relpages", Int4),
                ("relhasindex", Bool),
            ],
            catalog
                .relations
                .iter()
                .map(|((schema, name), relation)| {
                    let (kind, width, owner) = match relation {
                        Relation::Table(table) => ("r", table.columns.len(), table.owner.as_str()),
                        Relation::View(view) => ("v", view.columns.len(), view.owner.as_str()),
                        Relation::Index(index) => ("i", index.parts.len(), ""),
                        Relation::Sequence(sequence) => ("S", 3, sequence.owner.as_str()),
                    };
                    let namespace = catalog.schemas.get(schema).map_or(2200, |schema| schema.oid);
                    let indexed = !catalog.indexes_of(relation.oid()).is_empty();
                    json!([
                        relation.oid(),
                        name,
                        namespace,
                        role_oid(around, owner),
                        kind,
                        width,
                        -1,
                        0,
                        i32::from(indexed)
                    ])
                })
                .collect(),
        ),
        "pg_attribute" => SystemRelation::new(
            &[
                ("attrelid", Oid),
                ("attname", Name),
                ("attnum", Int2),
                ("attnotnull", Bool),
                ("atthasdef", Bool),
                ("attisdropped", Bool),
                ("atttypid", Oid),
            ],
            catalog
                .relations
                .values()
                .filter_map(|relation| match relation {
                    Relation::Table(table) => Some(table),
                    _ => None,
                })
                .flat_map(|table| {
                    table.columns.iter().map(move |column| {
                        json!([
                            table.oid,
                            column.name,
                            column.number,
                            i32::from(column.not_null),
                            i32::from(column.default.is_some()),
                            0,
                            0
                        ])
                    })
                })
                .collect(),
        ),
        "pg_tables" => SystemRelation::new(
            &[
                ("schemaname", Name),
                ("tablename", Name),
                ("tableowner", Name),
                ("tablespace", Name),
                ("hasindexes", Bool),
                ("hasrules", Bool),
                ("hastriggers", Bool),
                ("rowsecurity", Bool),
            ],
            tables(catalog)
                .map(|((schema, name), table)| {
                    let indexed = !catalog.indexes_of(table.oid).is_empty();
                    let foreign = table
                        .constraints
                        .iter()
                        .any(|constraint| matches!(constraint.rule, Rule::Foreign(_)));
                    let referred = !catalog.references_to(table.oid).is_empty();
                    json!([
                        schema,
                        name,
                        table.owner,
                        null,
                        i32::from(indexed),
                        0,
                        i32::from(foreign || referred),
                        0
                    ])
                })
                .collect(),
        ),
        "pg_views" => SystemRelation::new(
            &[
                ("schemaname", Name),
                ("viewname", Name),
                ("viewowner", Name),
                ("definition", Text),
            ],
            catalog
                .relations
                .iter()
                .filter_map(|((schema, name), relation)| match relation {
                    Relation::View(view) => Some(json!([schema, name, view.owner, format!(" {};", view.query)])),
                    _ => None,
                })
                .collect(),
        ),
        "pg_indexes" => SystemRelation::new(
            &[
                ("schemaname", Name),
                ("tablename", Name),
                ("indexname", Name),
                ("tablespace", Name),
                ("indexdef", Text),
            ],
            catalog
                .relations
                .iter()
                .filter_map(|((schema, name), relation)| match relation {
                    Relation::Index(index) => {
                        let ((_, table), _) = catalog.table_by_oid(index.table)?;
                        Some(json!([
                            schema,
                            table,
                            name,
                            null,
                            index_definition(catalog, name, index)?
                        ]))
                    }
                    _ => None,
                })
                .collect(),
        ),
        "pg_sequences" => SystemRelation::new(
            &[
                ("schemaname", Name),
                ("sequencename", Name),
                ("sequenceowner", Name),
                ("start_value", Int8),
                ("min_value", Int8),
                ("max_value", Int8),
                ("increment_by", Int8),
                ("cycle", Bool),
                ("cache_size", Int8),
            ],
            catalog
                .relations
                .iter()
                .filter_map(|((schema, name), relation)| match relation {
                    Relation::Sequence(it) => Some(json!([
                        schema,
                        name,
                        it.owner,
                        it.start,
                        it.min,
                        it.max,
                        it.increment,
                        i32::from(it.cycle),
                        it.cache
                    ])),
                    _ => None,
                })
                .collect(),
        ),
        "pg_stat_user_tables" | "pg_stat_all_tables" => SystemRelation::new(
            &[("relid", Oid), ("schemaname", Name), ("relname", Name)],
            tables(catalog)
                .map(|((schema, name), table)| json!([table.oid, schema, name]))
                .collect(),
        ),
        "pg_constraint" => SystemRelation::new(
            &[
                ("oid", Oid),
                ("conname", Name),
                ("contype", Text),
                ("conrelid", Oid),
                ("confrelid", Oid),
            ],
            tables(catalog)
                .flat_map(|(_, table)| {
                    table.constraints.iter().map(move |constraint| {
                        let (kind, other) = match &constraint.rule {
                            Rule::Primary(_) => ("p", 0),
                            Rule::Unique(_) => ("u", 0),
                            Rule::Check(_) => ("c", 0),
                            Rule::Foreign(foreign) => ("f", foreign.table),
                        };
                        json!([constraint.oid, constraint.name, kind, table.oid, other])
                    })
                })
                .collect(),
        ),
        _ => None,
    }
}
