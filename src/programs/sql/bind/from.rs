//! FROM: tables, views, subqueries, functions and their joins.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableFactor,
    TableWithJoins,
};

use super::bound::{Bound, call, common_type, quote, quote_name};
use super::calls::{Arguments, typed_json};
use super::names::{first_ident, ident, object_name};
use super::scope::{Range, RangeColumn};
use super::{Binder, no_relation, system};
use crate::programs::sql::catalog::{Relation, View};
use crate::programs::sql::reply::Report;
use crate::programs::sql::source::Source;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::{Base, ColumnType, Type};

impl Binder<'_> {
    /// Binds a FROM list: its relations join the innermost level, its text is returned.
    pub fn from(&mut self, list: &[TableWithJoins]) -> Result<String, Report> {
        let mut parts = Vec::new();
        for (at, item) in list.iter().enumerate() {
            let text = self.joined(item)?;
            let outer = item.joins.iter().any(|join| {
                matches!(
                    join.join_operator,
                    JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_)
                )
            });
            parts.push(if at > 0 && outer { format!("({text})") } else { text });
        }
        Ok(parts.join(", "))
    }

    fn joined(&mut self, item: &TableWithJoins) -> Result<String, Report> {
        // Only the ranges of this item take part in its joins.
        let first = self.level().ranges.len();
        let mut text = self.factor(&item.relation)?;
        for join in &item.joins {
            let before = self.level().ranges.len();
            let right = self.factor(&join.relation)?;
            let (word, constraint) = match &join.join_operator {
                JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => ("JOIN", constraint),
                JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => ("LEFT JOIN", constraint),
                JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => ("RIGHT JOIN", constraint),
                JoinOperator::FullOuter(constraint) => ("FULL JOIN", constraint),
                JoinOperator::CrossJoin(_) => ("JOIN", &JoinConstraint::None),
                _ => return Err(Report::beyond("this kind of join")),
            };
            let condition = match constraint {
                JoinConstraint::None => "1".to_owned(),
                JoinConstraint::On(condition) => {
                    let level = self.level_mut();
                    let saved = level.no_aggregates.replace("JOIN conditions");
                    let bound = self.condition(condition, "JOIN/ON");
                    self.level_mut().no_aggregates = saved;
                    bound?.sql
                }
                JoinConstraint::Using(names) => {
                    let names: Result<Vec<String>, Report> = names
                        .iter()
                        .map(|name| object_name(name).map(|(_, name)| name))
                        .collect();
                    self.using(&names?, first, before, word)?
                }
                JoinConstraint::Natural => {
                    let level = self.level();
                    let visible = |ranges: &[Range]| -> Vec<String> {
                        let columns = ranges.iter().flat_map(|range| &range.columns);
                        columns
                            .filter(|column| !column.hidden)
                            .map(|column| column.name.clone())
                            .collect()
                    };
                    let right = visible(&level.ranges[before..]);
                    let names: Vec<String> = visible(&level.ranges[first..before])
                        .into_iter()
                        .filter(|name| right.contains(name))
                        .collect();
                    self.using(&names, first, before, word)?
                }
            };
            text = format!("{text} {word} {right} ON {condition}");
        }
        Ok(text)
    }

    /// Joins by columns of the same name: both sides show one column.
    fn using(&mut self, names: &[String], first: usize, before: usize, word: &str) -> Result<String, Report> {
        let mut conditions = Vec::new();
        for name in names {
            let find = |ranges: &[Range], side: &str| {
                let mut found = None;
                for (at, range) in ranges.iter().enumerate() {
                    for (place, column) in range.columns.iter().enumerate() {
                        if column.name == *name && (!column.hidden || column.merged) {
                            if found.is_some() && !column.merged {
                                return Err(Report::error(
                                    "42702",
                                    format!("common column name \"{name}\" appears more than once in {side} table"),
                                ));
                            }
                            found = found.or(Some((at, place, column.clone())));
                        }
                    }
                }
                found.ok_or_else(|| {
                    Report::error(
                        "42703",
                        format!("column \"{name}\" specified in USING clause does not exist in {side} table"),
                    )
                })
            };
            let level = self.level();
            let (left_range, left_place, left) = find(&level.ranges[first..before], "left")?;
            let (right_range, right_place, right) = find(&level.ranges[before..], "right")?;
            let a = Bound::new(&left.sql, left.ty.ty, 0);
            let b = Bound::new(&right.sql, right.ty.ty, 0);
            let ty = common_type(&[&a, &b]).map_err(|(a, b, _)| {
                Report::error("42804", format!("JOIN/USING types {a} and {b} cannot be matched"))
            })?;
            let (a, b) = self.same_type("=", a, b, 0)?;
            conditions.push(format!("{} = {}", a.equated(), b.equated()));
            let merged = match word {
                "RIGHT JOIN" => right.sql.clone(),
                "FULL JOIN" => format!("coalesce({}, {})", a.sql, b.sql),
                _ => left.sql.clone(),
            };
            let level = self.level_mut();
            let column_type = if left.ty.ty == ty {
                left.ty
            } else {
                ColumnType::plain(ty.base)
            };
            // The left twin becomes the merged column, the right one is found by its qualified name only.
            let twin = &mut level.ranges[first + left_range].columns[left_place];
            let own = twin.sql.clone();
            *twin = RangeColumn {
                name: name.clone(),
                ty: column_type,
                sql: merged,
                hidden: false,
                merged: true,
            };
            let _ = own;
            level.ranges[before + right_range].columns[right_place].hidden = true;
        }
        if conditions.is_empty() {
            Ok("1".into())
        } else {
            Ok(conditions.join(" AND "))
        }
    }

    fn factor(&mut self, factor: &TableFactor) -> Result<String, Report> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_ordinality: false,
                sample: None,
                ..
            } => self.table(name, alias.as_ref()),
            TableFactor::Table {
                name,
                alias,
                args: Some(args),
                with_ordinality,
                ..
            } => self.table_function(name, &args.args, alias.as_ref(), *with_ordinality),
            TableFactor::Function {
                name,
                args,
                alias,
                with_ordinality,
                ..
            } => self.table_function(name, args, alias.as_ref(), *with_ordinality),
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset: false,
                with_ordinality,
                ..
            } => {
                let list: Vec<&Expr> = array_exprs.iter().collect();
                let arguments = Arguments {
                    names: vec![None; list.len()],
                    list,
                    star: false,
                    distinct: false,
                    order_by: Vec::new(),
                };
                self.series("unnest", &arguments, alias.as_ref(), *with_ordinality, 0)
            }
            TableFactor::Derived { lateral: true, .. } => Err(Report::beyond("LATERAL subqueries")),
            TableFactor::Derived {
                subquery,
                alias,
                sample: None,
                ..
            } => {
                let query = self.subquery(subquery)?;
                let sqlite = self.alias();
                let name = alias.as_ref().map_or_else(String::new, |alias| ident(&alias.name));
                let columns = query
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(at, column)| RangeColumn {
                        name: column.name.clone(),
                        ty: column.known_type(),
                        sql: format!("{sqlite}.c{}", at + 1),
                        hidden: false,
                        merged: false,
                    })
                    .collect();
                if alias.is_none() {
                    return Err(Report::error("42601", "subquery in FROM must have an alias")
                        .hint("For example, FROM (SELECT ...) [AS] foo.")
                        .at(self.query_position(subquery)));
                }
                self.push_range(name, columns, None, alias.as_ref())?;
                Ok(format!("({}) AS {sqlite}", query.sql))
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => Ok(format!("({})", self.joined(table_with_joins)?)),
            TableFactor::Table { sample: Some(_), .. } => Err(Report::beyond("TABLESAMPLE")),
            _ => Err(Report::beyond("this kind of table in FROM")),
        }
    }

    fn table(&mut self, name: &ObjectName, alias: Option<&TableAlias>) -> Result<String, Report> {
        let position = first_ident(name).map_or(0, |name| self.source.position(name.span.start));
        let (schema, bare) = object_name(name).map_err(|report| report.at(position))?;
        let range_name = alias.map_or_else(|| bare.clone(), |alias| ident(&alias.name));
        if schema.is_none()
            && let Some(cte) = self.ctes.iter().rev().find(|cte| cte.name == bare)
        {
            let sqlite = format!("t{}", self.aliases + 1);
            let columns = cte.range_columns(&sqlite);
            let text = format!("{} AS {sqlite}", cte.sql_name);
            self.aliases += 1;
            self.push_range(range_name, columns, None, alias)?;
            return Ok(text);
        }
        let sqlite = self.alias();
        if let Some((_, relation)) = self.find(schema.as_deref(), &bare) {
            self.reads.push(relation.oid());
            match relation {
                Relation::Table(table) => {
                    let columns = table_columns(table, &sqlite);
                    self.push_range(range_name, columns, Some((table.oid, sqlite.clone())), alias)?;
                    return Ok(format!("{} AS {sqlite}", quote_name(&table.storage)));
                }
                Relation::View(view) => {
                    let view = view.clone();
                    return self.view(&view, range_name, &sqlite, alias);
                }
                Relation::Sequence(sequence) => {
                    let columns = [
                        ("last_value", Base::Int8),
                        ("log_cnt", Base::Int8),
                        ("is_called", Base::Bool),
                    ];
                    let columns = columns.map(|(name, base)| RangeColumn {
                        name: name.into(),
                        ty: ColumnType::plain(base),
                        sql: format!("{sqlite}.{name}"),
                        hidden: false,
                        merged: false,
                    });
                    self.push_range(range_name, columns.into(), None, alias)?;
                    let (last, left, called) = match self.around.standings.get(&sequence.oid) {
                        Some(standing) => (standing.last, standing.left, u8::from(standing.called)),
                        None => (sequence.start, 0, 0),
                    };
                    return Ok(format!(
                        "(SELECT {last} AS last_value, {left} AS log_cnt, {called} AS is_called) AS {sqlite}"
                    ));
                }
                Relation::Index(_) => {
                    return Err(Report::error("42809", format!("cannot open relation \"{bare}\""))
                        .detail("This operation is not supported for indexes.")
                        .at(position));
                }
            }
        }
        if let Some(found) = system::relation(self.catalog, self.around, schema.as_deref(), &bare) {
            let columns = found.range_columns(&sqlite);
            let text = format!("({}) AS {sqlite}", found.sql());
            self.push_range(range_name, columns, None, alias)?;
            return Ok(text);
        }
        if system::is_beyond(schema.as_deref(), &bare) {
            return Err(Report::beyond(format!("the system view {bare}")).at(position));
        }
        Err(no_relation(schema.as_deref(), &bare).at(position))
    }

    fn view(
        &mut self,
        view: &View,
        range_name: String,
        sqlite: &str,
        alias: Option<&TableAlias>,
    ) -> Result<String, Report> {
        let source = Source::new(&view.query);
        let piece = source
            .pieces()?
            .into_iter()
            .next()
            .ok_or_else(|| Report::beyond("an empty view"))?;
        let sqlparser::ast::Statement::Query(query) = source.parse(&piece)? else {
            return Err(Report::beyond("a view that is no query"));
        };
        let mut inner = self.inner(&source);
        inner.deeper()?;
        let bound = inner.query(&query, &[])?;
        self.aliases = inner.aliases;
        let columns = view
            .columns
            .iter()
            .enumerate()
            .map(|(at, (name, ty))| RangeColumn {
                name: name.clone(),
                ty: *ty,
                sql: format!("{sqlite}.c{}", at + 1),
                hidden: false,
                merged: false,
            })
            .collect();
        self.push_range(range_name, columns, None, alias)?;
        Ok(format!("({}) AS {sqlite}", bound.sql))
    }

    fn table_function(
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
    fn series(
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

    fn push_range(
        &mut self,
        name: String,
        mut columns: Vec<RangeColumn>,
        table: Option<(u32, String)>,
        alias: Option<&TableAlias>,
    ) -> Result<(), Report> {
        if let Some(alias) = alias {
            let visible = columns.iter().filter(|column| !column.hidden).count();
            if alias.columns.len() > visible {
                return Err(Report::error(
                    "42P10",
                    format!(
                        "table \"{name}\" has {visible} columns available but {} columns specified",
                        alias.columns.len()
                    ),
                ));
            }
            for (column, given) in columns.iter_mut().filter(|column| !column.hidden).zip(&alias.columns) {
                column.name = ident(&given.name);
            }
        }
        let level = self.level_mut();
        if level.ranges.iter().any(|range| range.name == name) {
            return Err(Report::error(
                "42712",
                format!("table name \"{name}\" specified more than once"),
            ));
        }
        level.ranges.push(Range { name, columns, table });
        Ok(())
    }
}

/// Returns the columns of a table, seen through an alias, with its system columns.
pub fn table_columns(table: &crate::programs::sql::catalog::Table, sqlite: &str) -> Vec<RangeColumn> {
    let mut columns: Vec<RangeColumn> = table
        .columns
        .iter()
        .map(|column| RangeColumn {
            name: column.name.clone(),
            ty: column.ty,
            sql: format!("{sqlite}.{}", quote_name(&column.storage)),
            hidden: false,
            merged: false,
        })
        .collect();
    // ctid and its kin are not simulated: nobody builds on them, and they would not be true.
    columns.push(RangeColumn {
        name: String::new(),
        ty: ColumnType::plain(Base::Int8),
        sql: format!("{sqlite}._rowid_"),
        hidden: true,
        merged: false,
    });
    columns
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
