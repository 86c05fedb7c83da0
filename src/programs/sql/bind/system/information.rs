//! The views of `information_schema`.

use Base::{Int4, Name, Text};
use serde_json::{Value, json};

use super::{SystemRelation, tables};
use crate::programs::sql::bind::Surroundings;
use crate::programs::sql::catalog::{Catalog, Generated, Relation, Rule};
use crate::programs::sql::values::{Base, ColumnType, Modifier, Type};

pub(super) fn information_schema(catalog: &Catalog, around: &Surroundings, name: &str) -> Option<SystemRelation> {
    let database = &around.database;
    match name {
        "tables" => {
            let kinds = catalog
                .relations
                .iter()
                .filter_map(|((schema, name), relation)| match relation {
                    Relation::Table(_) => Some(json!([database, schema, name, "BASE TABLE", "YES"])),
                    Relation::View(_) => Some(json!([database, schema, name, "VIEW", "NO"])),
                    _ => None,
                });
            SystemRelation::new(
                &[
                    ("table_catalog", Name),
                    ("table_schema", Name),
                    ("table_name", Name),
                    ("table_type", Text),
                    ("is_insertable_into", Text),
                ],
                kinds.collect(),
            )
        }
        "columns" => {
            let mut rows = Vec::new();
            for ((schema, name), relation) in &catalog.relations {
                let columns: Vec<(String, ColumnType, Option<String>, bool, bool)> = match relation {
                    Relation::Table(table) => table
                        .columns
                        .iter()
                        .map(|column| {
                            let identity = matches!(column.generated, Generated::Always(_) | Generated::ByDefault(_));
                            let default = column.default.as_ref().map(|default| default.shown.clone());
                            (column.name.clone(), column.ty, default, !column.not_null, identity)
                        })
                        .collect(),
                    Relation::View(view) => view
                        .columns
                        .iter()
                        .map(|(name, ty)| (name.clone(), *ty, None, true, false))
                        .collect(),
                    _ => continue,
                };
                for (at, (column, ty, default, nullable, identity)) in columns.into_iter().enumerate() {
                    let (length, precision, scale) = match (ty.modifier, ty.ty.base) {
                        (Modifier::Length(length), _) => (Some(length), None, None),
                        (Modifier::Decimal(precision, scale), _) => (None, Some(precision), Some(scale)),
                        (_, Base::Int2) => (None, Some(16), Some(0)),
                        (_, Base::Int4) => (None, Some(32), Some(0)),
                        (_, Base::Int8) => (None, Some(64), Some(0)),
                        _ => (None, None, None),
                    };
                    let data_type = if ty.ty.array {
                        "ARRAY".to_owned()
                    } else {
                        ty.ty.to_string()
                    };
                    let yes = |truth: bool| if truth { "YES" } else { "NO" };
                    rows.push(json!([
                        database,
                        schema,
                        name,
                        column,
                        at + 1,
                        default,
                        yes(nullable),
                        data_type,
                        length,
                        precision,
                        scale,
                        ty.ty.internal_name(),
                        yes(identity)
                    ]));
                }
            }
            SystemRelation::new(
                &[
                    ("table_catalog", Name),
                    ("table_schema", Name),
                    ("table_name", Name),
                    ("column_name", Name),
                    ("ordinal_position", Int4),
                    ("column_default", Text),
                    ("is_nullable", Text),
                    ("data_type", Text),
                    ("character_maximum_length", Int4),
                    ("numeric_precision", Int4),
                    ("numeric_scale", Int4),
                    ("udt_name", Name),
                    ("is_identity", Text),
                ],
                rows,
            )
        }
        "schemata" => {
            let mut rows: Vec<Value> = ["information_schema", "pg_catalog", "pg_toast"]
                .into_iter()
                .map(|name| json!([database, name, "postgres"]))
                .collect();
            rows.extend(
                catalog
                    .schemas
                    .iter()
                    .map(|(name, schema)| json!([database, name, schema.owner])),
            );
            SystemRelation::new(
                &[("catalog_name", Name), ("schema_name", Name), ("schema_owner", Name)],
                rows,
            )
        }
        "table_constraints" => {
            let mut rows = Vec::new();
            for ((schema, name), table) in tables(catalog) {
                for constraint in &table.constraints {
                    let kind = match constraint.rule {
                        Rule::Primary(_) => "PRIMARY KEY",
                        Rule::Unique(_) => "UNIQUE",
                        Rule::Check(_) => "CHECK",
                        Rule::Foreign(_) => "FOREIGN KEY",
                    };
                    rows.push(json!([database, schema, constraint.name, schema, name, kind]));
                }
                // NOT NULL is a check here, named after oids.
                for column in table.columns.iter().filter(|column| column.not_null) {
                    let check = format!("2200_{}_{}_not_null", table.oid, column.number);
                    rows.push(json!([database, schema, check, schema, name, "CHECK"]));
                }
            }
            SystemRelation::new(
                &[
                    ("constraint_catalog", Name),
                    ("constraint_schema", Name),
                    ("constraint_name", Name),
                    ("table_schema", Name),
                    ("table_name", Name),
                    ("constraint_type", Text),
                ],
                rows,
            )
        }
        "key_column_usage" => {
            let mut rows = Vec::new();
            for ((schema, name), table) in tables(catalog) {
                for constraint in &table.constraints {
                    let columns = match &constraint.rule {
                        Rule::Primary(columns) | Rule::Unique(columns) => columns,
                        Rule::Foreign(foreign) => &foreign.columns,
                        Rule::Check(_) => continue,
                    };
                    for (at, column) in table.names(columns).into_iter().enumerate() {
                        rows.push(json!([schema, constraint.name, schema, name, column, at + 1]));
                    }
                }
            }
            SystemRelation::new(
                &[
                    ("constraint_schema", Name),
                    ("constraint_name", Name),
                    ("table_schema", Name),
                    ("table_name", Name),
                    ("column_name", Name),
                    ("ordinal_position", Int4),
                ],
                rows,
            )
        }
        "views" => SystemRelation::new(
            &[
                ("table_catalog", Name),
                ("table_schema", Name),
                ("table_name", Name),
                ("view_definition", Text),
            ],
            catalog
                .relations
                .iter()
                .filter_map(|((schema, name), relation)| match relation {
                    Relation::View(view) => Some(json!([database, schema, name, format!(" {};", view.query)])),
                    _ => None,
                })
                .collect(),
        ),
        "sequences" => SystemRelation::new(
            &[
                ("sequence_catalog", Name),
                ("sequence_schema", Name),
                ("sequence_name", Name),
                ("data_type", Text),
            ],
            catalog
                .relations
                .iter()
                .filter_map(|((schema, name), relation)| match relation {
                    Relation::Sequence(it) => Some(json!([database, schema, name, Type::of(it.ty).to_string()])),
                    _ => None,
                })
                .collect(),
        ),
        _ => None,
    }
}
