//! The system's own views: what the catalog, the roles and the sessions look like as tables.
//!
//! Only columns that people ask for; a view or a column that is missing here is missing by name.

use serde_json::{Value, json};

use super::Surroundings;
use super::bound::quote;
use super::calls::typed_json;
use super::scope::RangeColumn;
use crate::programs::sql::catalog::{Catalog, Generated, Relation, Rule};
use crate::programs::sql::definition::index_definition;
use crate::programs::sql::parameters::{self, Context, Kind};
use crate::programs::sql::values::convert::stored_timestamptz;
use crate::programs::sql::values::{Base, ColumnType, Modifier, Type};

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
        None | Some("pg_catalog") => pg_catalog(catalog, around, name),
        Some(_) => None,
    }
}

use Base::{Bool, Inet, Int2, Int4, Int8, Name, Oid, Text, Timestamptz};

fn stamp(us: i64) -> String {
    stored_timestamptz(us)
}

fn pg_catalog(catalog: &Catalog, around: &Surroundings, name: &str) -> Option<SystemRelation> {
    let role_oid = |name: &str| around.roles.get(name).map_or(10, |role| role.oid);
    match name {
        "pg_database" => SystemRelation::new(
            &[
                ("oid", Oid),
                ("datname", Name),
                ("datdba", Oid),
                ("encoding", Int4),
                ("datistemplate", Bool),
                ("datallowconn", Bool),
                ("datconnlimit", Int4),
                ("datcollate", Text),
                ("datctype", Text),
                ("datlocprovider", Text),
                ("datacl", Text),
            ],
            around
                .databases
                .iter()
                .map(|(name, (database, _))| {
                    let template = name.starts_with("template");
                    let acl = template.then(|| format!("{{=c/{0},{0}=CTc/{0}}}", database.owner));
                    json!([
                        database.oid,
                        name,
                        role_oid(&database.owner),
                        6,
                        i32::from(template),
                        i32::from(name != "template0"),
                        -1,
                        "en_US.utf8",
                        "en_US.utf8",
                        "c",
                        acl
                    ])
                })
                .collect(),
        ),
        "pg_roles" | "pg_authid" => SystemRelation::new(
            &[
                ("oid", Oid),
                ("rolname", Name),
                ("rolsuper", Bool),
                ("rolinherit", Bool),
                ("rolcreaterole", Bool),
                ("rolcreatedb", Bool),
                ("rolcanlogin", Bool),
                ("rolreplication", Bool),
                ("rolbypassrls", Bool),
                ("rolconnlimit", Int4),
                ("rolpassword", Text),
                ("rolvaliduntil", Timestamptz),
            ],
            around
                .roles
                .iter()
                .map(|(name, role)| {
                    json!([
                        role.oid,
                        name,
                        i32::from(role.superuser),
                        i32::from(role.inherit),
                        i32::from(role.create_role),
                        i32::from(role.create_db),
                        i32::from(role.login),
                        i32::from(role.replication),
                        i32::from(role.bypass_rls),
                        role.connection_limit,
                        "********",
                        role.valid_until
                    ])
                })
                .collect(),
        ),
        "pg_user" => SystemRelation::new(
            &[
                ("usename", Name),
                ("usesysid", Oid),
                ("usecreatedb", Bool),
                ("usesuper", Bool),
                ("userepl", Bool),
                ("usebypassrls", Bool),
                ("passwd", Text),
            ],
            around
                .roles
                .iter()
                .filter(|(_, role)| role.login)
                .map(|(name, role)| {
                    json!([
                        name,
                        role.oid,
                        i32::from(role.create_db),
                        i32::from(role.superuser),
                        i32::from(role.replication),
                        i32::from(role.bypass_rls),
                        "********"
                    ])
                })
                .collect(),
        ),
        "pg_stat_activity" => SystemRelation::new(
            &[
                ("datid", Oid),
                ("datname", Name),
                ("pid", Int4),
                ("usesysid", Oid),
                ("usename", Name),
                ("application_name", Text),
                ("client_addr", Inet),
                ("client_hostname", Text),
                ("client_port", Int4),
                ("backend_start", Timestamptz),
                ("wait_event_type", Text),
                ("wait_event", Text),
                ("state", Text),
                ("query", Text),
                ("backend_type", Text),
                ("query_start", Timestamptz),
                ("xact_start", Timestamptz),
                ("state_change", Timestamptz),
            ],
            around
                .sessions
                .iter()
                .map(|(client, state, query)| {
                    let waiting = *state == "idle" || *state == "idle in transaction";
                    json!([
                        around.databases.get(&client.database).map(|(database, _)| database.oid),
                        client.database,
                        client.pid,
                        role_oid(&client.user),
                        client.user,
                        client.application,
                        client.client_ip,
                        null,
                        client.client_ip.as_ref().map_or(-1, |_| 40_000 + i64::from(client.pid)),
                        stamp(client.since_us),
                        waiting.then_some("Client"),
                        waiting.then_some("ClientRead"),
                        state,
                        query,
                        "client backend",
                        stamp(around.place.now_us),
                        null,
                        stamp(around.place.now_us)
                    ])
                })
                .collect(),
        ),
        // Nothing here replicates: these have their columns and no rows.
        "pg_stat_replication" => SystemRelation::new(
            &[
                ("pid", Int4),
                ("usesysid", Oid),
                ("usename", Name),
                ("application_name", Text),
                ("client_addr", Inet),
                ("client_hostname", Text),
                ("client_port", Int4),
                ("backend_start", Timestamptz),
                ("backend_xmin", Text),
                ("state", Text),
                ("sent_lsn", Base::Lsn),
                ("write_lsn", Base::Lsn),
                ("flush_lsn", Base::Lsn),
                ("replay_lsn", Base::Lsn),
                ("write_lag", Base::Interval),
                ("flush_lag", Base::Interval),
                ("replay_lag", Base::Interval),
                ("sync_priority", Int4),
                ("sync_state", Text),
                ("reply_time", Timestamptz),
            ],
            Vec::new(),
        ),
        "pg_replication_slots" => SystemRelation::new(
            &[
                ("slot_name", Name),
                ("plugin", Name),
                ("slot_type", Text),
                ("datoid", Oid),
                ("database", Name),
                ("temporary", Bool),
                ("active", Bool),
                ("active_pid", Int4),
                ("xmin", Text),
                ("catalog_xmin", Text),
                ("restart_lsn", Base::Lsn),
                ("confirmed_flush_lsn", Base::Lsn),
                ("wal_status", Text),
                ("safe_wal_size", Int8),
                ("two_phase", Bool),
            ],
            Vec::new(),
        ),
        "pg_prepared_xacts" => SystemRelation::new(
            &[
                ("transaction", Text),
                ("gid", Text),
                ("prepared", Timestamptz),
                ("owner", Name),
                ("database", Name),
            ],
            Vec::new(),
        ),
        "pg_extension" => SystemRelation::new(
            &[("oid", Oid), ("extname", Name), ("extversion", Text)],
            vec![json!([13_392, "plpgsql", "1.0"])],
        ),
        "pg_stat_database" => SystemRelation::new(
            &[
                ("datid", Oid),
                ("datname", Name),
                ("numbackends", Int4),
                ("deadlocks", Int8),
            ],
            around
                .databases
                .iter()
                .map(|(name, (database, _))| {
                    let backends = around
                        .sessions
                        .iter()
                        .filter(|(client, ..)| client.database == *name)
                        .count();
                    json!([database.oid, name, backends, 0])
                })
                .collect(),
        ),
        "pg_settings" => SystemRelation::new(
            &[
                ("name", Text),
                ("setting", Text),
                ("unit", Text),
                ("vartype", Text),
                ("context", Text),
                ("boot_val", Text),
                ("source", Text),
                ("pending_restart", Bool),
            ],
            parameters::PARAMETERS
                .iter()
                .map(|parameter| {
                    let value = around.parameters.get(parameter.name);
                    let shown = value.map_or(parameter.default, String::as_str);
                    let (unit, kind) = match parameter.kind {
                        Kind::Bool => (None, "bool"),
                        Kind::Int => (None, "integer"),
                        Kind::Real => (None, "real"),
                        Kind::Enum(_) => (None, "enum"),
                        Kind::Text => (None, "string"),
                        Kind::Memory(1024) => (Some("kB"), "integer"),
                        Kind::Memory(8192) => (Some("8kB"), "integer"),
                        Kind::Memory(_) => (Some("MB"), "integer"),
                        Kind::Time(1000) => (Some("s"), "integer"),
                        Kind::Time(_) => (Some("ms"), "integer"),
                    };
                    let context = match parameter.context {
                        Context::Internal => "internal",
                        Context::Start => "postmaster",
                        Context::Reload => "sighup",
                        Context::Session => "user",
                    };
                    let source = if value.is_some() {
                        "configuration file"
                    } else {
                        "default"
                    };
                    json!([
                        parameter.name,
                        parameters::raw(parameter, shown),
                        unit,
                        kind,
                        context,
                        parameter.default,
                        source,
                        0
                    ])
                })
                .collect(),
        ),
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
                    .map(|(name, schema)| json!([schema.oid, name, role_oid(&schema.owner)])),
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
                        role_oid(owner),
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

fn information_schema(catalog: &Catalog, around: &Surroundings, name: &str) -> Option<SystemRelation> {
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

fn tables(catalog: &Catalog) -> impl Iterator<Item = (&(String, String), &crate::programs::sql::catalog::Table)> {
    catalog.relations.iter().filter_map(|(name, relation)| match relation {
        Relation::Table(table) => Some((name, table)),
        _ => None,
    })
}
