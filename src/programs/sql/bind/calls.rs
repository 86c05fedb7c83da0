//! Calls: functions, the forms that look like functions, and aggregates.

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
    OrderByExpr,
};

use super::bound::{Bound, call, call_at, common_type, quote, type_name};
use super::names::{first_ident, object_name};
use super::{Binder, no_relation};
use crate::programs::sql::catalog::{Generated, Relation, quote_ident};
use crate::programs::sql::directory::Directory;
use crate::programs::sql::functions::{self, AGGREGATES, Aggregate, GATHERS, Gather, Take};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::{Way, cast_way};
use crate::programs::sql::values::{Base, Category, Type};

const NO_FUNCTION: &str =
    "No function matches the given name and argument types. You might need to add explicit type casts.";

/// The arguments of a call, still unbound.
pub(super) struct Arguments<'e> {
    pub list: Vec<&'e Expr>,
    pub names: Vec<Option<String>>,
    pub star: bool,
    pub distinct: bool,
    pub order_by: Vec<&'e OrderByExpr>,
}

impl Binder<'_> {
    /// Binds a call.
    pub(super) fn function(&mut self, function: &Function, _position: usize) -> Result<Bound, Report> {
        let (schema, name) = object_name(&function.name)?;
        let position = first_ident(&function.name).map_or(0, |name| self.source.position(name.span.start));
        if schema.as_deref().is_some_and(|schema| schema != "pg_catalog") {
            return Err(Report::beyond("functions of your own").at(position));
        }
        let arguments = arguments(function)?;
        if function.over.is_some() {
            return self.window_call(function, &name, &arguments, position);
        }
        if !function.within_group.is_empty() {
            return Err(Report::beyond("ordered-set aggregates").at(position));
        }
        if name == "count" || name == "min" || name == "max" || AGGREGATES.iter().any(|known| known.name == name) {
            return self.aggregate_call(function, &name, &arguments, position);
        }
        if super::windows::is_window_function(&name) {
            return Err(Report::error("42P20", format!("window function {name} requires an OVER clause")).at(position));
        }
        if arguments.star || arguments.distinct || !arguments.order_by.is_empty() {
            let what = if arguments.distinct { "DISTINCT" } else { "*" };
            return Err(Report::error(
                "42809",
                format!("{what} specified, but {name} is not an aggregate function"),
            )
            .at(position));
        }
        if let Some(bound) = self.special(
            &name,
            &arguments,
            matches!(function.args, FunctionArguments::None),
            position,
        )? {
            return Ok(bound);
        }
        if let Some(bound) = self.series_in_select(&name, &arguments, position)? {
            return Ok(bound);
        }
        let mut bound = Vec::new();
        for argument in &arguments.list {
            bound.push(self.expr(argument)?);
        }
        self.apply(&name, bound, position)
    }

    /// Applies a function of the tables to bound arguments.
    pub(super) fn apply(&mut self, name: &str, arguments: Vec<Bound>, position: usize) -> Result<Bound, Report> {
        let types: Vec<Type> = arguments.iter().map(|argument| argument.ty).collect();
        let best = functions::named(name)
            .filter_map(|(at, function)| Some((score(function.takes, &types)?, at, function)))
            // Of equals the first in the table.
            .max_by(|(a, x, _), (b, y, _)| a.cmp(b).then(y.cmp(x)));
        let Some((_, at, function)) = best else {
            return Err(no_function(name, &types, position));
        };
        let shown_arguments: Vec<String> = arguments.iter().map(|argument| argument.shown.clone()).collect();
        let (sqls, types) = self.arguments_for(function.takes, arguments)?;
        let sqls: Vec<&str> = sqls.iter().map(String::as_str).collect();
        let mut ty = function.result_type(&types);
        if name == "array_append" || name == "array_remove" {
            ty = types.first().copied().unwrap_or(ty);
        }
        let shown = format!("{}({})", quote_ident(name), shown_arguments.join(", "));
        Ok(Bound::new(call_at(at, &sqls), ty, position).shown(shown))
    }

    /// Casts arguments to what a function takes.
    fn arguments_for(&self, takes: &[Take], arguments: Vec<Bound>) -> Result<(Vec<String>, Vec<Type>), Report> {
        let place = self.around.place;
        // The array among the arguments says what its elements are.
        let array = arguments
            .iter()
            .find(|argument| argument.ty.array)
            .map(|argument| argument.ty);
        let element = arguments
            .iter()
            .zip(takes)
            .find(|(_, take)| **take == Take::AnyElement)
            .map(|(it, _)| it.ty);
        let array = array.unwrap_or_else(|| match element {
            Some(ty) if ty.category() != Category::Unknown => Type { array: true, ..ty },
            _ => Type::array_of(Base::Text),
        });
        let mut sqls = Vec::new();
        let mut types = Vec::new();
        for (at, argument) in arguments.into_iter().enumerate() {
            let take = takes.get(at).or(takes.last()).copied().unwrap_or(Take::AsText);
            let (sql, ty) = match take {
                Take::Is(base) => {
                    let bound = argument.must(Type::of(base), Way::Implicit, place)?;
                    (bound.sql, bound.ty)
                }
                Take::ArrayOf(base) => {
                    let bound = argument.must(Type::array_of(base), Way::Implicit, place)?;
                    (bound.sql, bound.ty)
                }
                Take::AnyArray => {
                    let bound = argument.must(array, Way::Implicit, place)?;
                    (bound.sql, array)
                }
                Take::AnyElement => {
                    let bound = argument.must(array.element(), Way::Implicit, place)?;
                    (bound.as_text(), array.element())
                }
                Take::AsText | Take::RestAsText => (argument.as_text(), argument.ty),
                Take::AsJson | Take::RestAsJson => (argument.as_json(), argument.ty),
            };
            sqls.push(sql);
            types.push(ty);
        }
        Ok((sqls, types))
    }

    /// Binds the forms that have rules of their own, and what only the session can answer.
    fn special(
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
                for (name, role) in &around.roles {
                    sql.push_str(&format!(" WHEN {} = {} THEN {}", oid.sql, role.oid, quote(name)));
                }
                sql.push_str(&format!(" ELSE 'unknown (OID=' || {} || ')' END)", oid.sql));
                Ok(Some(Bound::new(sql, Type::of(Base::Name), position)))
            }
            _ => Ok(None),
        }
    }

    /// `pg_get_constraintdef(oid)` and `pg_get_constraintdef(oid, pretty)`
    fn constraint_definition(&mut self, arguments: &Arguments, position: usize) -> Result<Bound, Report> {
        let oid = self.expr(arguments.list[0])?;
        let pretty = match arguments.list.get(1) {
            Some(pretty) => self.condition(pretty, "pg_get_constraintdef")?.sql == "1",
            None => false,
        };
        let mut sql = String::from("(CASE 0");
        for relation in self.catalog.relations.values() {
            let Relation::Table(table) = relation else { continue };
            for constraint in &table.constraints {
                let path = &self.around.search_path;
                let shown = crate::programs::sql::definition::constraint(self.catalog, path, table, constraint, pretty);
                sql.push_str(&format!(
                    " WHEN {} - {} THEN {}",
                    oid.sql,
                    constraint.oid,
                    quote(&shown)
                ));
            }
        }
        sql.push_str(" WHEN 1 THEN NULL END)");
        Ok(Bound::new(sql, Type::of(Base::Text), position))
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

    /// Binds a text or a name as the relation that it means.
    pub(super) fn regclass(&mut self, operand: Bound) -> Result<Bound, Report> {
        let ty = Type::of(Base::Regclass);
        match &operand.literal {
            Some(Some(words)) => {
                let (schema, name) = split_name(words);
                let Some(((found_schema, found), _)) = self.find(schema.as_deref(), &name) else {
                    if super::system::relation(self.catalog, self.around, schema.as_deref(), &name).is_some() {
                        return Ok(Bound::new(quote(&name), ty, operand.position));
                    }
                    return Err(no_relation(schema.as_deref(), &name).at(operand.position));
                };
                let visible = self.around.search_path.contains(found_schema);
                let shown = if visible {
                    quote_ident(found)
                } else {
                    format!("{}.{}", quote_ident(found_schema), quote_ident(found))
                };
                let literal = format!("'{shown}'::regclass");
                Ok(Bound::new(quote(&shown), ty, operand.position).shown(literal))
            }
            _ => Ok(Bound { ty, ..operand }),
        }
    }

    /// Returns the relation that a literal or a cast literal names.
    fn relation_literal(&mut self, argument: &Expr) -> Result<Option<((String, String), u32, Relation)>, Report> {
        let words = match argument {
            Expr::Cast { expr, .. } => expr.as_ref(),
            other => other,
        };
        let Expr::Value(value) = words else { return Ok(None) };
        let Some(words) = value.value.clone().into_string() else {
            return Ok(None);
        };
        let (schema, name) = split_name(&words);
        match self.find(schema.as_deref(), &name) {
            Some((full, relation)) => Ok(Some((full.clone(), relation.oid(), relation.clone()))),
            None => Err(no_relation(schema.as_deref(), &name).at(self.position(argument))),
        }
    }

    fn sequence_call(&mut self, name: &str, arguments: &Arguments, position: usize) -> Result<Bound, Report> {
        let Some((full, oid, relation)) = self.relation_literal(arguments.list[0])? else {
            return Err(Report::beyond(format!("{name}() of a computed name")).at(position));
        };
        if !matches!(relation, Relation::Sequence(_)) {
            return Err(Report::error("42809", format!("\"{}\" is not a sequence", full.1)));
        }
        self.reads.push(oid);
        let mut bound = vec![Bound::new(oid.to_string(), Type::of(Base::Int8), position)];
        for argument in &arguments.list[1..] {
            bound.push(self.expr(argument)?);
        }
        let visible = self.around.search_path.contains(&full.0);
        let shown = if visible {
            quote_ident(&full.1)
        } else {
            format!("{}.{}", quote_ident(&full.0), quote_ident(&full.1))
        };
        let shown = format!("{name}({}::regclass)", functions::quote_literal(&shown));
        Ok(self.apply(name, bound, position)?.shown(shown))
    }

    fn serial_sequence(&mut self, arguments: &Arguments, position: usize) -> Result<Bound, Report> {
        let Some((_, oid, Relation::Table(table))) = self.relation_literal(arguments.list[0])? else {
            return Err(Report::beyond("pg_get_serial_sequence() of a computed name").at(position));
        };
        let column = self.expr(arguments.list[1])?;
        let Some(Some(column)) = column.literal else {
            return Err(Report::beyond("pg_get_serial_sequence() of a computed name").at(position));
        };
        let Some(found) = table.column(&column) else {
            return Err(Report::error(
                "42703",
                format!("column \"{column}\" of relation does not exist"),
            ));
        };
        let owned = self.catalog.relations.iter().find(|(_, relation)| match relation {
            Relation::Sequence(sequence) => sequence.owned_by == Some((oid, found.number)),
            _ => false,
        });
        let identity = match found.generated {
            Generated::Always(oid) | Generated::ByDefault(oid) => self.catalog.by_oid(oid),
            _ => None,
        };
        let name = owned
            .or(identity)
            .map(|((schema, name), _)| format!("{}.{}", quote_ident(schema), quote_ident(name)));
        let sql = name.as_deref().map_or("NULL".to_owned(), quote);
        Ok(Bound::new(sql, Type::of(Base::Text), position))
    }

    fn relation_size(&mut self, name: &str, argument: &Expr, position: usize) -> Result<Bound, Report> {
        let Some((_, oid, relation)) = self.relation_literal(argument)? else {
            return Err(Report::beyond(format!("{name}() of a computed name")).at(position));
        };
        let pages = |storage: &str| self.around.page_counts.get(storage).copied().unwrap_or(0);
        // A page of PostgreSQL's is two of ours; an index begins with a page of its own, a table with none.
        let heap = |storage: &str| pages(storage).div_ceil(2) * 8192;
        let index_bytes: u64 = self
            .catalog
            .indexes_of(oid)
            .iter()
            .map(|(_, index)| pages(&format!("i{}", index.oid)).max(1).div_ceil(2) * 8192 + 8192)
            .sum();
        let bytes = match (&relation, name) {
            (Relation::Table(table), "pg_total_relation_size") => heap(&table.storage) + index_bytes,
            (Relation::Table(_), "pg_indexes_size") => index_bytes,
            (Relation::Table(table), _) => heap(&table.storage),
            (Relation::Index(index), _) => pages(&format!("i{}", index.oid)).max(1).div_ceil(2) * 8192 + 8192,
            (Relation::Sequence(_), _) => 8192,
            (Relation::View(_), _) => 0,
        };
        Ok(Bound::new(bytes.to_string(), Type::of(Base::Int8), position))
    }

    /// A table's alias as an argument means its row as JSON.
    fn whole_row_json(&mut self, argument: &Expr, position: usize) -> Result<Option<Bound>, Report> {
        let Expr::Identifier(name) = argument else {
            return Ok(None);
        };
        let name = super::ident(name);
        let Some(level) = self.levels.last() else {
            return Ok(None);
        };
        let Some(range) = level.ranges.iter().find(|range| range.name == name) else {
            return Ok(None);
        };
        if level
            .ranges
            .iter()
            .any(|range| range.columns.iter().any(|column| column.name == name && !column.hidden))
        {
            return Ok(None);
        }
        let columns = range.columns.clone();
        let mut parts = Vec::new();
        for column in columns
            .iter()
            .filter(|column| !column.name.is_empty() && (!column.hidden || column.merged))
        {
            let bound = Bound::new(&column.sql, column.ty.ty, position);
            let mut key = String::new();
            crate::programs::sql::values::json::quote_to(&column.name, &mut key);
            parts.push(format!(
                "{} || coalesce({}, 'null')",
                quote(&format!("{key}:")),
                bound.as_json()
            ));
            if let Some(level) = self.levels.last_mut()
                && !level.in_aggregate
            {
                level.loose.push(super::scope::Loose {
                    sql: column.sql.clone(),
                    name: format!("{name}.{}", column.name),
                    position,
                    table: None,
                });
            }
        }
        let sql = format!("('{{' || {} || '}}')", parts.join(" || ',' || "));
        Ok(Some(Bound::new(sql, Type::of(Base::Json), position)))
    }

    fn aggregate_call(
        &mut self,
        function: &Function,
        name: &str,
        arguments: &Arguments,
        position: usize,
    ) -> Result<Bound, Report> {
        let Some(level) = self.levels.last_mut() else {
            return Err(Report::error("42803", "aggregate functions are not allowed here").at(position));
        };
        if let Some(clause) = level.no_aggregates {
            return Err(
                Report::error("42803", format!("aggregate functions are not allowed in {clause}")).at(position),
            );
        }
        if level.in_aggregate {
            return Err(Report::error("42803", "aggregate function calls cannot be nested").at(position));
        }
        level.in_aggregate = true;
        let result = self.aggregate_body(function, name, arguments, position);
        if let Some(level) = self.levels.last_mut() {
            level.in_aggregate = false;
            level.has_aggregate = true;
        }
        result
    }

    fn aggregate_body(
        &mut self,
        function: &Function,
        name: &str,
        arguments: &Arguments,
        position: usize,
    ) -> Result<Bound, Report> {
        let (mut sql, ty) = self.aggregate_sql(name, arguments, position)?;
        if let Some(filter) = &function.filter {
            let condition = self.condition(filter, "FILTER")?;
            let at = sql.find(WRAP).unwrap_or(sql.len());
            sql.insert_str(at, &format!(" FILTER (WHERE {})", condition.sql));
        }
        Ok(Bound::new(sql.replace(WRAP, ""), ty, position))
    }

    /// Returns SQLite's text for an aggregate without FILTER and OVER, and its type.
    ///
    /// A [`WRAP`] mark stands where those go, if the call is not the end of the text.
    pub(super) fn aggregate_sql(
        &mut self,
        name: &str,
        arguments: &Arguments,
        position: usize,
    ) -> Result<(String, Type), Report> {
        if name == "count" && arguments.star && arguments.list.is_empty() {
            return Ok((format!("count(*){WRAP}"), Type::of(Base::Int8)));
        }
        if arguments.star || arguments.list.is_empty() {
            let message = if name == "count" {
                "count(*) must be used to call a parameterless aggregate function".to_owned()
            } else {
                format!("function {name}() does not exist")
            };
            return Err(Report::error("42883", message).at(position));
        }
        let mut bound = Vec::new();
        for (at, argument) in arguments.list.iter().enumerate() {
            // A table's name among the arguments of json_agg is its row.
            let row = if at == 0 && name.starts_with("json") {
                self.whole_row_json(argument, position)?
            } else {
                None
            };
            bound.push(match row {
                Some(row) => row,
                None => self.expr(argument)?,
            });
        }
        let distinct = if arguments.distinct { "DISTINCT " } else { "" };
        let types: Vec<Type> = bound.iter().map(|argument| argument.ty).collect();
        if name == "count" && bound.len() != 1 {
            return Err(no_function(name, &types, position));
        }
        if name == "count" {
            let inner = if arguments.distinct {
                bound[0].equated()
            } else {
                bound[0].sql.clone()
            };
            return Ok((format!("count({distinct}{inner}){WRAP}"), Type::of(Base::Int8)));
        }
        if name == "min" || name == "max" {
            let argument = bound.remove(0);
            let argument = if argument.literal.is_some() {
                argument.must(Type::of(Base::Text), Way::Implicit, self.around.place)?
            } else {
                argument
            };
            if matches!(argument.ty.base, Base::Bool | Base::Json | Base::Jsonb | Base::Uuid) && !argument.ty.array {
                return Err(no_function(name, &types, position));
            }
            if argument.ty.base == Base::Interval {
                return Err(Report::beyond(format!("{name}() of intervals")).at(position));
            }
            let sql = match argument.ty.base {
                Base::Bpchar => format!("{} COLLATE pgtext", argument.sql),
                _ => argument.ordered(),
            };
            return Ok((format!("{name}({sql}){WRAP}"), argument.ty));
        }
        // Whole numbers spread as exact ones do.
        if (name.starts_with("stddev") || name.starts_with("var")) && types[0].is_integer() {
            let first = bound.remove(0);
            bound.insert(
                0,
                first.must(Type::of(Base::Numeric), Way::Implicit, self.around.place)?,
            );
        }
        let types: Vec<Type> = bound.iter().map(|argument| argument.ty).collect();
        let best = AGGREGATES
            .iter()
            .enumerate()
            .filter(|(_, known)| known.name == name)
            .filter_map(|(at, known)| Some((score(known.takes, &types)?, at, known)))
            .max_by(|(a, x, _), (b, y, _)| a.cmp(b).then(y.cmp(x)));
        let Some((_, _, aggregate)) = best else {
            return Err(no_function(name, &types, position));
        };
        self.gather_sql(aggregate, bound, arguments, position)
    }

    fn gather_sql(
        &mut self,
        aggregate: &Aggregate,
        bound: Vec<Bound>,
        arguments: &Arguments,
        position: usize,
    ) -> Result<(String, Type), Report> {
        let element = bound.first().map_or(Type::of(Base::Text), |argument| argument.ty);
        let (sqls, _) = self.arguments_for(aggregate.takes, bound)?;
        let ty = if aggregate.array {
            Type {
                array: true,
                ..if element.base == Base::Unknown {
                    Type::of(Base::Text)
                } else {
                    element
                }
            }
        } else {
            Type::of(aggregate.gives)
        };
        let order = self.order_in_call(&arguments.order_by)?;
        let Some(gather) = aggregate.gather else {
            let distinct = if arguments.distinct { "DISTINCT " } else { "" };
            return Ok((format!("{}({distinct}{}){WRAP}", aggregate.name, sqls.join(", ")), ty));
        };
        let door = GATHERS
            .iter()
            .find(|(_, known)| *known == gather)
            .map_or("", |(name, _)| name);
        if !arguments.distinct {
            return Ok((format!("{door}({}{order}){WRAP}", sqls.join(", ")), ty));
        }
        // SQLite takes DISTINCT with one argument only: the separator joins afterwards.
        let collate = if matches!(aggregate.takes.first(), Some(Take::Is(Base::Numeric))) {
            " COLLATE pgnum"
        } else {
            ""
        };
        match (gather, sqls.as_slice()) {
            (Gather::Join, [value, separator]) => {
                // Without an order of its own PostgreSQL sorts to find what is distinct.
                let order = if order.is_empty() {
                    format!(" ORDER BY {value} COLLATE pgtext")
                } else {
                    order
                };
                let gathered = format!("pga_array(DISTINCT {value}{order}){WRAP}");
                Ok((call("array_to_string", &[&gathered, separator]), ty))
            }
            (_, [value]) => {
                let order = if order.is_empty() {
                    format!(" ORDER BY {}", super::bound::order_sql(value, element))
                } else {
                    order
                };
                let order = if aggregate.array { order } else { String::new() };
                Ok((format!("{door}(DISTINCT {value}{collate}{order}){WRAP}"), ty))
            }
            _ => Err(Report::beyond(format!("DISTINCT in {}()", aggregate.name)).at(position)),
        }
    }

    fn order_in_call(&mut self, order_by: &[&OrderByExpr]) -> Result<String, Report> {
        let mut parts = Vec::new();
        for item in order_by {
            let bound = self.expr(&item.expr)?;
            parts.push(format!("{}{}", bound.ordered(), super::query::direction(&item.options)));
        }
        Ok(if parts.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", parts.join(", "))
        })
    }
}

/// Marks the place in an aggregate's text behind which FILTER and OVER go.
pub(super) const WRAP: &str = "\u{1}";

/// Takes the arguments of a call apart.
pub(super) fn arguments(function: &Function) -> Result<Arguments<'_>, Report> {
    let mut out = Arguments {
        list: Vec::new(),
        names: Vec::new(),
        star: false,
        distinct: false,
        order_by: Vec::new(),
    };
    let list = match &function.args {
        FunctionArguments::None => return Ok(out),
        FunctionArguments::Subquery(_) => return Err(Report::beyond("a subquery as the arguments of a call")),
        FunctionArguments::List(list) => list,
    };
    out.distinct = matches!(list.duplicate_treatment, Some(DuplicateTreatment::Distinct));
    for clause in &list.clauses {
        match clause {
            FunctionArgumentClause::OrderBy(order) => out.order_by.extend(order),
            other => return Err(Report::beyond(format!("{other} in a call"))),
        }
    }
    for argument in &list.args {
        let (name, argument) = match argument {
            FunctionArg::Unnamed(argument) => (None, argument),
            FunctionArg::Named { name, arg, .. } => (Some(super::ident(name)), arg),
            FunctionArg::ExprNamed {
                name: Expr::Identifier(name),
                arg,
                ..
            } => (Some(super::ident(name)), arg),
            FunctionArg::ExprNamed { .. } => return Err(Report::beyond("computed names of arguments")),
        };
        match argument {
            FunctionArgExpr::Expr(expr) => {
                out.list.push(expr);
                out.names.push(name);
            }
            FunctionArgExpr::Wildcard => out.star = true,
            FunctionArgExpr::QualifiedWildcard(_) | FunctionArgExpr::WildcardWithOptions(_) => {
                return Err(Report::beyond("whole rows as values"));
            }
        }
    }
    Ok(out)
}

/// Tells how well arguments fit: exact types, preferred types and text for literals count (parse_func.c).
fn score(takes: &[Take], types: &[Type]) -> Option<(usize, usize, usize)> {
    let variadic = matches!(takes.last(), Some(Take::RestAsText | Take::RestAsJson));
    if variadic {
        if types.len() + 1 < takes.len() {
            return None;
        }
    } else if takes.len() != types.len() {
        return None;
    }
    let (mut exact, mut preferred, mut strings) = (0, 0, 0);
    for (at, ty) in types.iter().enumerate() {
        let take = takes.get(at).or(takes.last())?;
        let wanted = match take {
            Take::Is(base) => Type::of(*base),
            Take::ArrayOf(base) => Type::array_of(*base),
            Take::AnyArray => {
                if !ty.array && ty.category() != Category::Unknown {
                    return None;
                }
                exact += usize::from(ty.array);
                continue;
            }
            Take::AnyElement => {
                if ty.array {
                    return None;
                }
                continue;
            }
            Take::AsText | Take::AsJson | Take::RestAsText | Take::RestAsJson => continue,
        };
        if ty.category() == Category::Unknown {
            strings += usize::from(wanted.is_text());
            // Among other candidates the preferred type of its family wins.
            preferred += usize::from(matches!(wanted.base, Base::Float8 | Base::Timestamptz | Base::Text));
            continue;
        }
        if *ty == wanted {
            exact += 1;
        } else if cast_way(*ty, wanted) == Some(Way::Implicit) {
            preferred += usize::from(matches!(wanted.base, Base::Float8 | Base::Timestamptz | Base::Text));
        } else {
            return None;
        }
    }
    Some((exact, strings, preferred))
}

pub(super) fn no_function(name: &str, types: &[Type], position: usize) -> Report {
    let counted = ["count", "min", "max"].contains(&name);
    let ours = counted || functions::named(name).next().is_some() || AGGREGATES.iter().any(|known| known.name == name);
    if !ours && functions::is_postgresql(name) {
        return Report::beyond(format!("the function {name}()")).at(position);
    }
    let types: Vec<String> = types.iter().map(ToString::to_string).collect();
    let message = format!("function {}({}) does not exist", name, types.join(", "));
    Report::error("42883", message).hint(NO_FUNCTION).at(position)
}

/// Splits what a regclass text names; quotes keep capitals.
pub(super) fn split_name(words: &str) -> (Option<String>, String) {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    for c in words.trim().chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            c if quoted => part.push(c),
            c => part.extend(c.to_lowercase()),
        }
    }
    (parts.pop(), part)
}

/// Casts a text of JSON rows into a column's type.
pub(super) fn typed_json(sql: &str, ty: Type) -> String {
    match ty.base {
        _ if ty.array => sql.to_owned(),
        Base::Int2 | Base::Int4 | Base::Int8 | Base::Oid | Base::Bool => format!("CAST({sql} AS INTEGER)"),
        Base::Float4 | Base::Float8 => format!("CAST({sql} AS REAL)"),
        Base::Bytea => call("cast", &[sql, &quote("text"), &quote(&type_name(ty))]),
        _ => sql.to_owned(),
    }
}
