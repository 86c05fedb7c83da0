//! Our functions and aggregates in a connection of SQLite's, and what is taken away from it.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags, WindowAggregate};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::Value;

use super::functions::{self, GATHERS, Gather, Seen};
use super::live::{STEP_OPERATIONS, STEPS_MAX, wrapped};
use super::runtime::Runtime;
use super::values::collation;
use super::values::decimal::Decimal;

/// Puts our functions into a connection, and takes away what could reach beyond it.
pub(super) fn equip(connection: &mut Connection, runtime: &Arc<Mutex<Runtime>>) -> rusqlite::Result<()> {
    connection.create_collation("pgtext", collation::compare)?;
    connection.create_collation("pgnum", |a, b| Decimal::stored(a).cmp(&Decimal::stored(b)))?;
    let steady = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let inside = Arc::clone(runtime);
    connection.create_scalar_function("pg", -1, steady, move |context| door(context, &inside))?;
    let inside = Arc::clone(runtime);
    connection.create_scalar_function("pgv", -1, FunctionFlags::SQLITE_UTF8, move |context| {
        door(context, &inside)
    })?;
    for (name, gather) in GATHERS {
        connection.create_window_function(*name, -1, steady, Gatherer(*gather))?;
    }
    let mut steps = 0;
    connection.progress_handler(
        STEP_OPERATIONS,
        Some(move || {
            steps += 1;
            steps % STEPS_MAX == 0
        }),
    )?;
    connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Authorization::Deny,
        // SQLite asks itself for this one when it hands out its pages.
        AuthAction::Pragma {
            pragma_name: "page_count",
            ..
        } => Authorization::Allow,
        AuthAction::Pragma { .. } => Authorization::Deny,
        AuthAction::Function { function_name } if function_name.eq_ignore_ascii_case("load_extension") => {
            Authorization::Deny
        }
        _ => Authorization::Allow,
    }))
}

fn door(context: &Context<'_>, runtime: &Mutex<Runtime>) -> rusqlite::Result<Value> {
    let place: i64 = context.get(0)?;
    let function = usize::try_from(place).ok().and_then(functions::at);
    let Some(function) = function else {
        return Err(rusqlite::Error::UserFunctionError("no such function of ours".into()));
    };
    let arguments: rusqlite::Result<Vec<Value>> = (1..context.len()).map(|at| context.get(at)).collect();
    let arguments = arguments?;
    if function.strict && arguments.contains(&Value::Null) {
        return Ok(Value::Null);
    }
    let mut runtime = runtime.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    (function.run)(&mut runtime, &arguments).map_err(wrapped)
}

/// An aggregate of ours.
struct Gatherer(Gather);

impl Aggregate<Seen, Value> for Gatherer {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Seen> {
        Ok(Seen::default())
    }

    fn step(&self, context: &mut Context<'_>, seen: &mut Seen) -> rusqlite::Result<()> {
        let row: rusqlite::Result<Vec<Value>> = (0..context.len()).map(|at| context.get(at)).collect();
        seen.step(row?);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, seen: Option<Seen>) -> rusqlite::Result<Value> {
        seen.unwrap_or_default().result(self.0).map_err(wrapped)
    }
}

impl WindowAggregate<Seen, Value> for Gatherer {
    fn value(&self, seen: Option<&mut Seen>) -> rusqlite::Result<Value> {
        seen.map_or_else(|| Seen::default().result(self.0), |seen| seen.result(self.0))
            .map_err(wrapped)
    }

    fn inverse(&self, _: &mut Context<'_>, seen: &mut Seen) -> rusqlite::Result<()> {
        seen.drop_first();
        Ok(())
    }
}
