//! Calls: a function is chosen by the types of its arguments.

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
    OrderByExpr,
};

use super::Binder;
use super::bound::{Bound, call_at};
use super::names::{first_ident, object_name};
use crate::programs::sql::catalog::quote_ident;
use crate::programs::sql::functions::{self, AGGREGATES, Take};
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
    pub(super) fn arguments_for(
        &self,
        takes: &[Take],
        arguments: Vec<Bound>,
    ) -> Result<(Vec<String>, Vec<Type>), Report> {
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
}

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
pub(super) fn score(takes: &[Take], types: &[Type]) -> Option<(usize, usize, usize)> {
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
