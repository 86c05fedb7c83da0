//! Views of `pg_catalog` over what all databases share: databases, roles, sessions, parameters.

use Base::{Bool, Inet, Int4, Int8, Name, Oid, Text, Timestamptz};
use serde_json::json;

use super::{SystemRelation, role_oid};
use crate::programs::sql::bind::Surroundings;
use crate::programs::sql::parameters::{self, Context, Kind};
use crate::programs::sql::values::Base;
use crate::programs::sql::values::convert::stored_timestamptz;

fn stamp(us: i64) -> String {
    stored_timestamptz(us)
}

/// Returns a view of `pg_catalog` over what all databases share.
pub(super) fn server_view(around: &Surroundings, name: &str) -> Option<SystemRelation> {
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
                        role_oid(around, &database.owner),
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
                        role_oid(around, &client.user),
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
        _ => None,
    }
}
