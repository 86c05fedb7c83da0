//! Calls that no table of functions knows: forms with a grammar of their own, and what the session and the server say
//! of themselves.

use super::Binder;
use super::bound::{Bound, call, common_type, quote};
use super::calls::Arguments;
use super::relation_calls::split_name;
use crate::programs::sql::catalog::quote_ident;
use crate::programs::sql::directory::Directory;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::{Base, Category, Type};

impl Binder<'_> {
    /// Binds the forms that have rules of their own, and what only the session can answer.
    pub(super) fn special(
        &mut self,
        name: &str,
        arguments: &Arguments,
        bare: bool,
        position: usize,
    ) -> Result<Option<Bound>, Report> {
        let text = Type::of(Base::Text);
        let around = self.around;
        let named = |value: &str| {
            let bound = Bound::new(quote(value), Type::of(Base::Name), position);
            Ok(Some(bound.shown(if bare {
                name.to_uppercase()
            } else {
                format!("{name}()")
            })))
        };
        let count = arguments.list.len();
        match (name, count) {
            ("coalesce", 1..) => self.pick("COALESCE", "coalesce", arguments, position).map(Some),
            ("greatest", 1..) => self.pick("GREATEST", "max", arguments, position).map(Some),
            ("least", 1..) => self.pick("LEAST", "min", arguments, position).map(Some),
            ("nullif", 2) => {
                let (left, right) = (self.expr(arguments.list[0])?, self.expr(arguments.list[1])?);
                let ty = if left.literal.is_some() { text } else { left.ty };
                let shown = format!("NULLIF({}, {})", left.shown, right.shown);
                let equal = self.binary("=", left.clone(), right, position)?;
                let sql = format!("(CASE WHEN {} THEN NULL ELSE {} END)", equal.sql, left.sql);
                Ok(Some(Bound::new(sql, ty, position).shown(shown)))
            }
            ("version", 0) => Ok(Some(Bound::new(quote(&around.version), text, position))),
            ("current_database" | "current_catalog", 0) => named(&around.database),
            ("current_user" | "user" | "current_role", 0) => named(&around.user),
            ("session_user", 0) => named(&around.session_user),
            ("current_schema", 0) => {
                let schema = self.creation_schema().ok();
                match schema {
                    Some(schema) => named(&schema),
                    None => Ok(Some(Bound::new("NULL", Type::of(Base::Name), position))),
                }
            }
            ("current_schemas", 1) => {
                let mut schemas = vec![Some("pg_catalog".to_owned())];
                schemas.extend(
                    around
                        .search_path
                        .iter()
                        .filter(|name| self.catalog.schemas.contains_key(*name))
                        .cloned()
                        .map(Some),
                );
                let array = crate::programs::sql::values::array::print(&schemas);
                Ok(Some(Bound::new(quote(&array), Type::array_of(Base::Name), position)))
            }
            ("current_timestamp" | "localtimestamp" | "current_date" | "localtime" | "current_time", _)
                if bare || count == 1 =>
            {
                if name == "current_time" {
                    return Err(Report::beyond("the type time with time zone").at(position));
                }
                let function = if name == "current_timestamp" { "now" } else { name };
                let bound = self.apply(function, Vec::new(), position)?;
                Ok(Some(bound.shown(name.to_uppercase())))
            }
            // For pglab's own clients; see `Directory`.
            ("pglab_directory", 0) => {
                let memberships = around
                    .roles
                    .iter()
                    .map(|(name, role)| (name.clone(), role.member_of.clone()))
                    .collect();
                let text_of_it = Directory::write(self.catalog, &around.search_path, memberships);
                Ok(Some(Bound::new(quote(&text_of_it), text, position)))
            }
            ("pg_get_constraintdef", 1 | 2) => self.constraint_definition(arguments, position).map(Some),
            ("pg_backend_pid", 0) => Ok(Some(Bound::new(
                around.client.pid.to_string(),
                Type::of(Base::Int4),
                position,
            ))),
            ("pg_is_in_recovery", 0) => Ok(Some(Bound::new("0", Type::of(Base::Bool), position))),
            ("pg_postmaster_start_time" | "pg_conf_load_time", 0) => {
                let stamp = crate::programs::sql::values::convert::stored_timestamptz(around.started_us);
                Ok(Some(Bound::new(quote(&stamp), Type::of(Base::Timestamptz), position)))
            }
            ("inet_server_addr" | "inet_client_addr", 0) => {
                let ip = if name == "inet_server_addr" {
                    &around.client.server_ip
                } else {
                    &around.client.client_ip
                };
                let sql = ip.as_deref().map_or("NULL".to_owned(), quote);
                Ok(Some(Bound::new(sql, Type::of(Base::Inet), position)))
            }
            ("inet_server_port", 0) => {
                let port = around.parameters.get("port").map_or("5432", String::as_str);
                let sql = if around.client.server_ip.is_some() {
                    port
                } else {
                    "NULL"
                };
                Ok(Some(Bound::new(sql, Type::of(Base::Int4), position)))
            }
            ("pg_reload_conf" | "pg_rotate_logfile", 0) => Ok(Some(Bound::new("1", Type::of(Base::Bool), position))),
            ("pg_typeof", 1) => {
                let ty = self.expr(arguments.list[0])?.ty;
                Ok(Some(Bound::new(
                    quote(&ty.to_string()),
                    Type::of(Base::Regclass),
                    position,
                )))
            }
            ("pg_database_size", 1) => {
                let which = self.expr(arguments.list[0])?;
                let mut sql = String::from("(CASE");
                let key = if which.ty.category() == Category::Number {
                    "oid"
                } else {
                    "name"
                };
                for (database, (info, bytes)) in &around.databases {
                    let id = if key == "oid" {
                        info.oid.to_string()
                    } else {
                        quote(database)
                    };
                    sql.push_str(&format!(" WHEN {} = {id} THEN {bytes}", which.sql));
                }
                let missing = match &which.literal {
                    Some(Some(name)) => format!("database \"{name}\" does not exist"),
                    _ => "database does not exist".to_owned(),
                };
                sql.push_str(&format!(
                    " ELSE {} END)",
                    call("raise", &[&quote("3D000"), &quote(&missing)])
                ));
                Ok(Some(Bound::new(sql, Type::of(Base::Int8), position)))
            }
            ("pg_relation_size" | "pg_table_size" | "pg_total_relation_size" | "pg_indexes_size", 1) => {
                self.relation_size(name, arguments.list[0], position).map(Some)
            }
            ("nextval" | "currval" | "setval", 1..) => self.sequence_call(name, arguments, position).map(Some),
            ("pg_get_serial_sequence", 2) => self.serial_sequence(arguments, position).map(Some),
            ("to_regclass", 1) => {
                let operand = self.expr(arguments.list[0])?;
                let Some(Some(name)) = &operand.literal else {
                    return Err(Report::beyond("to_regclass of a column"));
                };
                let (schema, name) = split_name(name);
                let found = self.find(schema.as_deref(), &name).is_some();
                let sql = if found {
                    quote(&quote_ident(&name))
                } else {
                    "NULL".into()
                };
                Ok(Some(Bound::new(sql, Type::of(Base::Regclass), position)))
            }
            ("row_to_json", 1) => self.whole_row_json(arguments.list[0], position),
            ("to_json" | "to_jsonb", 1) => match self.whole_row_json(arguments.list[0], position)? {
                Some(row) if name == "to_jsonb" => self.apply("to_jsonb", vec![row], position).map(Some),
                other => Ok(other),
            },
            ("make_interval", _) => self.make_interval(arguments, position).map(Some),
            ("obj_description" | "col_description" | "shobj_description", _) => {
                Ok(Some(Bound::new("NULL", text, position)))
            }
            (
                "has_table_privilege"
                | "has_schema_privilege"
                | "has_database_privilege"
                | "pg_table_is_visible"
                | "has_sequence_privilege"
                | "pg_has_role"
                | "has_column_privilege",
                _,
            ) => Ok(Some(Bound::new("1", Type::of(Base::Bool), position))),
            ("pg_current_wal_lsn" | "pg_current_wal_insert_lsn", 0) => {
                Ok(Some(Bound::new("'0/1522D40'", Type::of(Base::Lsn), position)))
            }
            ("pg_get_userbyid", 1) => {
                let oid = self.expr(arguments.list[0])?;
                let mut sql = String::from("(CASE");
                for (name, role) in around.roles.iter() {
                    sql.push_str(&format!(" WHEN {} = {} THEN {}", oid.sql, role.oid, quote(name)));
                }
                sql.push_str(&format!(" ELSE 'unknown (OID=' || {} || ')' END)", oid.sql));
                Ok(Some(Bound::new(sql, Type::of(Base::Name), position)))
            }
            _ => Ok(None),
        }
    }

    /// COALESCE, GREATEST and LEAST: one type for all.
    fn pick(&mut self, word: &str, sqlite: &str, arguments: &Arguments, position: usize) -> Result<Bound, Report> {
        let mut items = Vec::new();
        for argument in &arguments.list {
            items.push(self.expr(argument)?);
        }
        let ty = common_type(&items.iter().collect::<Vec<_>>()).map_err(|(a, b, at)| {
            Report::error("42804", format!("{word} types {a} and {b} cannot be matched")).at(at)
        })?;
        let items = self.all_to(items, ty)?;
        let showns: Vec<&str> = items.iter().map(|item| item.shown.as_str()).collect();
        let shown = format!("{word}({})", showns.join(", "));
        if items.len() == 1 {
            return Ok(Bound::new(items[0].sql.clone(), ty, position).shown(shown));
        }
        let sql = if sqlite == "coalesce" {
            let sqls: Vec<&str> = items.iter().map(|item| item.sql.as_str()).collect();
            format!("coalesce({})", sqls.join(", "))
        } else {
            // Nulls are passed by, where SQLite's own functions would give in to them.
            let rows: Vec<String> = items.iter().map(|item| format!("SELECT {} AS v", item.sql)).collect();
            let order = super::bound::order_sql("v", ty);
            let way = if sqlite == "max" { "DESC" } else { "ASC" };
            format!(
                "(SELECT v FROM ({}) WHERE v IS NOT NULL ORDER BY {order} {way} LIMIT 1)",
                rows.join(" UNION ALL ")
            )
        };
        Ok(Bound::new(sql, ty, position).shown(shown))
    }

    fn make_interval(&mut self, arguments: &Arguments, position: usize) -> Result<Bound, Report> {
        let names = ["years", "months", "weeks", "days", "hours", "mins", "secs"];
        let mut parts: Vec<Bound> = Vec::new();
        for (at, wanted) in names.iter().enumerate() {
            let given = arguments
                .list
                .iter()
                .zip(&arguments.names)
                .enumerate()
                .find(|(place, (_, name))| match name {
                    Some(name) => name == wanted,
                    None => *place == at,
                });
            parts.push(match given {
                Some((_, (argument, _))) => self.expr(argument)?,
                None => self.number("0", position)?,
            });
        }
        self.apply("make_interval", parts, position)
    }
}
