//! Functions that give rows: generate_series, unnest and their like, in FROM and in a list.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, ObjectName, TableAlias};

use super::Binder;
use super::aggregates::typed_json;
use super::bound::{Bound, call, quote};
use super::calls::Arguments;
use super::names::{first_ident, ident, object_name};
use super::scope::RangeColumn;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::{Base, ColumnType, Type};

impl Binder<'_> {
    pub(super) fn table_function(
        &mut self,
        name: &ObjectName,
        args: &[FunctionArg],
        alias: Option<&TableAlias>,
        ordinality: bool,
    ) -> Result<String, Report> {
        let position = first_ident(name).map_or(0, |name| self.source.position(name.span.start));
        let (_, bare) = object_name(name)?;
        let mut list = Vec::new();
        for argument in args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => list.push(expr),
                _ => return Err(Report::beyond("named arguments in FROM").at(position)),
            }
        }
        let arguments = Arguments {
            names: vec![None; list.len()],
            list,
            star: false,
            distinct: false,
            order_by: Vec::new(),
        };
        if !is_series(&bare) {
            // Any other function gives one row of one column.
            let function = call_of(name, args);
            let value = self.expr(&Expr::Function(function))?;
            let sqlite = self.alias();
            let shown = alias.map_or(bare.clone(), |alias| ident(&alias.name));
            let column = RangeColumn {
                name: shown.clone(),
                ty: value.column_type(),
                sql: format!("{sqlite}.c1"),
                hidden: false,
                merged: false,
            };
            self.push_range(shown, vec![column], None, alias)?;
            return Ok(format!("(SELECT {} AS c1) AS {sqlite}", value.sql));
        }
        self.series(&bare, &arguments, alias, ordinality, position)
    }

    /// Binds a function that gives rows.
    pub(super) fn series(
        &mut self,
        name: &str,
        arguments: &Arguments,
        alias: Option<&TableAlias>,
        ordinality: bool,
        position: usize,
    ) -> Result<String, Report> {
        let (sql, mut types, names) = self.series_sql(name, arguments, position)?;
        let sqlite = self.alias();
        let shown = alias.map_or_else(|| name.to_owned(), |alias| ident(&alias.name));
        let mut columns: Vec<RangeColumn> = types
            .drain(..)
            .enumerate()
            .map(|(at, ty)| RangeColumn {
                // The only column of a function is called like its alias.
                name: if names.len() == 1 && !name.starts_with("json") {
                    shown.clone()
                } else {
                    names[at].to_owned()
                },
                ty: ColumnType {
                    ty,
                    modifier: crate::programs::sql::values::Modifier::None,
                },
                sql: typed_json(&format!("({sqlite}.value ->> {at})"), ty),
                hidden: false,
                merged: false,
            })
            .collect();
        if ordinality {
            columns.push(RangeColumn {
                name: "ordinality".into(),
                ty: ColumnType::plain(Base::Int8),
                sql: format!("({sqlite}.key + 1)"),
                hidden: false,
                merged: false,
            });
        }
        self.push_range(shown, columns, None, alias)?;
        Ok(format!("json_each({sql}) AS {sqlite}"))
    }

    /// Returns a JSON array of rows, the types of its columns, and their names.
    fn series_sql(
        &mut self,
        name: &str,
        arguments: &Arguments,
        position: usize,
    ) -> Result<(String, Vec<Type>, Vec<&'static str>), Report> {
        let mut bound = Vec::new();
        for argument in &arguments.list {
            bound.push(self.expr(argument)?);
        }
        let place = self.around.place;
        let text = Type::of(Base::Text);
        match (name, bound.len()) {
            ("generate_series", 2 | 3) => {
                let first = bound[0].ty;
                let stamp = [Base::Timestamp, Base::Timestamptz, Base::Date].contains(&first.base)
                    || [Base::Timestamp, Base::Timestamptz, Base::Date].contains(&bound[1].ty.base);
                if stamp && bound.len() == 3 {
                    let zoned = bound[..2]
                        .iter()
                        .any(|it| matches!(it.ty.base, Base::Timestamptz | Base::Date));
                    let ty = Type::of(if zoned { Base::Timestamptz } else { Base::Timestamp });
                    let span = bound.remove(2).must(Type::of(Base::Interval), Way::Implicit, place)?;
                    let to = bound.remove(1).must(ty, Way::Implicit, place)?;
                    let from = bound.remove(0).must(ty, Way::Implicit, place)?;
                    let kind = quote(ty.internal_name());
                    let sql = call("series of times", &[&from.sql, &to.sql, &span.sql, &kind]);
                    return Ok((sql, vec![ty], vec!["generate_series"]));
                }
                if bound.iter().any(|it| it.ty.base == Base::Numeric) {
                    return Err(Report::beyond("generate_series of numeric values").at(position));
                }
                let wide = bound.iter().any(|it| it.ty.base == Base::Int8);
                let ty = Type::of(if wide { Base::Int8 } else { Base::Int4 });
                if bound.len() == 2 {
                    bound.push(self.number("1", position)?);
                }
                let types: Vec<String> = bound.iter().map(|it| it.ty.to_string()).collect();
                let mut parts = Vec::new();
                for part in bound {
                    let fail = || {
                        Report::error("42883", format!("function generate_series({}) does not exist", types[..2].join(", ")))
                            .hint("No function matches the given name and argument types. You might need to add explicit type casts.")
                            .at(position)
                    };
                    parts.push(part.cast(ty, Way::Implicit, place)?.ok_or_else(fail)?.sql);
                }
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                Ok((call("series", &parts), vec![ty], vec!["generate_series"]))
            }
            ("unnest", 1) => {
                let array = bound.remove(0);
                if !array.ty.array {
                    return Err(
                        Report::error("42883", format!("function unnest({}) does not exist", array.ty)).at(position),
                    );
                }
                Ok((
                    call("array rows", &[&array.sql]),
                    vec![array.ty.element()],
                    vec!["unnest"],
                ))
            }
            ("string_to_table" | "regexp_split_to_table", 2) => {
                let function = if name == "string_to_table" {
                    "string_to_array"
                } else {
                    "regexp_split_to_array"
                };
                let array = self.apply(function, bound, position)?;
                Ok((call("array rows", &[&array.sql]), vec![text], vec!["string_to_table"]))
            }
            (
                "json_array_elements"
                | "jsonb_array_elements"
                | "json_array_elements_text"
                | "jsonb_array_elements_text",
                1,
            ) => {
                let (json, kind) = self.json_argument(name, bound.remove(0))?;
                let ty = if name.ends_with("text") { text } else { json.ty };
                Ok((call("json items", &[&json.sql, &kind]), vec![ty], vec!["value"]))
            }
            ("json_each" | "jsonb_each" | "json_each_text" | "jsonb_each_text", 1) => {
                let (json, kind) = self.json_argument(name, bound.remove(0))?;
                let ty = if name.ends_with("text") { text } else { json.ty };
                Ok((
                    call("json pairs", &[&json.sql, &kind]),
                    vec![text, ty],
                    vec!["key", "value"],
                ))
            }
            ("json_object_keys" | "jsonb_object_keys", 1) => {
                let (json, kind) = self.json_argument(name, bound.remove(0))?;
                Ok((
                    call("json pairs", &[&json.sql, &kind]),
                    vec![text],
                    vec!["json_object_keys"],
                ))
            }
            _ => {
                let types: Vec<String> = bound.iter().map(|it| it.ty.to_string()).collect();
                if crate::programs::sql::functions::is_postgresql(name) {
                    return Err(Report::beyond(format!("the function {name}() in FROM")).at(position));
                }
                let message = format!("function {name}({}) does not exist", types.join(", "));
                Err(Report::error("42883", message)
                    .hint("No function matches the given name and argument types. You might need to add explicit type casts.")
                    .at(position))
            }
        }
    }

    fn json_argument(&mut self, name: &str, bound: Bound) -> Result<(Bound, String), Report> {
        let base = if name.starts_with("jsonb") {
            Base::Jsonb
        } else {
            Base::Json
        };
        let words = if name.ends_with("text") { "text" } else { "" };
        let kind = if base == Base::Jsonb {
            format!("jsonb{words}")
        } else {
            format!("json{words}")
        };
        Ok((
            bound.must(Type::of(base), Way::Implicit, self.around.place)?,
            quote(&kind),
        ))
    }

    /// A function that gives rows may stand in a select list: it becomes one more relation.
    pub(super) fn series_in_select(
        &mut self,
        name: &str,
        arguments: &Arguments,
        position: usize,
    ) -> Result<Option<Bound>, Report> {
        if !is_series(name) {
            return Ok(None);
        }
        if !self.levels.last().is_some_and(|level| level.series_welcome) {
            return Err(Report::error("0A000", "set-returning functions are not allowed here").at(position));
        }
        let (sql, types, _) = self.series_sql(name, arguments, position)?;
        if types.len() > 1 {
            return Err(Report::beyond("whole rows as values").at(position));
        }
        let sqlite = self.alias();
        let level = self.level_mut();
        if !level.series.is_empty() {
            return Err(Report::beyond("two functions that give rows in one select list").at(position));
        }
        level.series.push(format!("json_each({sql}) AS {sqlite}"));
        let value = typed_json(&format!("({sqlite}.value ->> 0)"), types[0]);
        Ok(Some(Bound::new(value, types[0], position)))
    }
}

/// Tells whether a function gives rows.
pub(super) fn is_series(name: &str) -> bool {
    [
        "generate_series",
        "unnest",
        "string_to_table",
        "regexp_split_to_table",
        "json_array_elements",
        "jsonb_array_elements",
        "json_array_elements_text",
        "jsonb_array_elements_text",
        "json_each",
        "jsonb_each",
        "json_each_text",
        "jsonb_each_text",
        "json_object_keys",
        "jsonb_object_keys",
    ]
    .contains(&name)
}

fn call_of(name: &ObjectName, args: &[FunctionArg]) -> Function {
    use sqlparser::ast::{FunctionArgumentList, FunctionArguments};
    Function {
        name: name.clone(),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.to_vec(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    }
}
