//! The functions and operators of SQL: their names, their types, and what they do to values.
//!
//! SQLite calls all of them through one door, by their place in these tables; the types are right by then, as the
//! binder has cast the arguments.

mod aggregates;
mod arrays;
mod jsons;
mod json_changes;
mod math;
mod operators;
mod patterns;
mod system;
mod text;
mod encoding;
mod times;
mod to_char;
mod number_format;

pub use aggregates::{AGGREGATES, Aggregate, GATHERS, Gather, Seen};
pub use text::quote_literal;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rusqlite::types::Value;

use super::reply::Report;
use super::runtime::Runtime;
use super::values::decimal::Decimal;
use super::values::{Base, Type};

/// What a function does: the state around it and its arguments in, a value out.
pub type Run = fn(&mut Runtime, &[Value]) -> Result<Value, Report>;

/// A function with the types of its arguments.
pub struct Function {
    /// Its name; operators have names that nobody can type.
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static [Take],
    /// What it gives.
    pub gives: Give,
    /// Whether a null among the arguments makes the result null without asking.
    pub strict: bool,
    /// Whether two calls with the same arguments may differ.
    pub volatile: bool,
    /// What it does.
    pub run: Run,
}

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// A value of this type.
    Is(Base),
    /// An array of this type.
    ArrayOf(Base),
    /// An array of any type.
    AnyArray,
    /// An element of the array among the arguments.
    AnyElement,
    /// Anything, as the text that it prints.
    AsText,
    /// Anything, as JSON.
    AsJson,
    /// Any number of further arguments, as text.
    RestAsText,
    /// Any number of further arguments, as JSON.
    RestAsJson,
}

/// What a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Give {
    /// A value of this type.
    Is(Base),
    /// An array of this type.
    ArrayOf(Base),
    /// The type of the argument at this place.
    Same(usize),
    /// The element type of the array at this place.
    Element(usize),
}

const fn function(name: &'static str, takes: &'static [Take], gives: Give, run: Run) -> Function {
    Function {
        name,
        takes,
        gives,
        strict: true,
        volatile: false,
        run,
    }
}

impl Function {
    /// The function hears of nulls.
    const fn lax(mut self) -> Self {
        self.strict = false;
        self
    }

    /// Each call counts.
    const fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    /// Returns the type of the result for these types of arguments.
    pub fn result_type(&self, arguments: &[Type]) -> Type {
        match self.gives {
            Give::Is(base) => Type::of(base),
            Give::ArrayOf(base) => Type::array_of(base),
            Give::Same(at) => arguments.get(at).copied().unwrap_or(Type::of(Base::Text)),
            Give::Element(at) => arguments.get(at).map_or(Type::of(Base::Text), |ty| ty.element()),
        }
    }
}

const TABLES: [&[Function]; 9] = [
    operators::FUNCTIONS,
    text::FUNCTIONS,
    math::FUNCTIONS,
    times::FUNCTIONS,
    to_char::FUNCTIONS,
    patterns::FUNCTIONS,
    jsons::FUNCTIONS,
    arrays::FUNCTIONS,
    system::FUNCTIONS,
];

/// The functions of all tables, made once: each statement names some, and each row may call them.
struct Index {
    places: Vec<&'static Function>,
    by_name: BTreeMap<&'static str, Vec<usize>>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let places: Vec<&Function> = TABLES.into_iter().flatten().collect();
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, function) in places.iter().enumerate() {
            by_name.entry(function.name).or_default().push(place);
        }
        Index { places, by_name }
    })
}

/// Returns every function of this name, with its place.
pub fn named(name: &str) -> impl Iterator<Item = (usize, &'static Function)> {
    let Index { places, by_name } = index();
    let found = by_name.get(name).into_iter().flatten();
    found.map(|place| (*place, places[*place]))
}

/// Returns the place of an operator or a helper of which there is one only.
pub fn place_of(name: &str) -> usize {
    named(name)
        .next()
        .map(|(place, _)| place)
        .expect("the binder names operators that exist")
}

/// Returns the function at a place.
pub fn at(place: usize) -> Option<&'static Function> {
    index().places.get(place).copied()
}

/// Returns a text argument.
fn text_of(value: &Value) -> &str {
    if let Value::Text(text) = value { text } else { "" }
}

/// Returns a whole number argument.
fn int_of(value: &Value) -> i64 {
    match value {
        Value::Integer(number) => *number,
        Value::Real(number) => *number as i64,
        _ => 0,
    }
}

/// Returns a floating-point argument.
fn real_of(value: &Value) -> f64 {
    super::values::convert::real(value)
}

/// Returns a numeric argument.
fn decimal_of(value: &Value) -> Decimal {
    match value {
        Value::Integer(number) => Decimal::from_int(*number),
        Value::Text(text) => Decimal::stored(text),
        _ => Decimal::ZERO,
    }
}

fn text(text: impl Into<String>) -> Result<Value, Report> {
    Ok(Value::Text(text.into()))
}

fn int(number: i64) -> Result<Value, Report> {
    Ok(Value::Integer(number))
}

fn boolean(truth: bool) -> Result<Value, Report> {
    Ok(Value::Integer(truth.into()))
}

fn decimal(number: Decimal) -> Result<Value, Report> {
    Ok(Value::Text(number.to_string()))
}

/// A floating-point result: what has become infinite from finite numbers is out of range.
fn real(number: f64) -> Result<Value, Report> {
    if number.is_infinite() {
        return Err(Report::error("22003", "value out of range: overflow"));
    }
    if number.is_nan() {
        return Err(Report::beyond("NaN as a floating-point number"));
    }
    Ok(Value::Real(number))
}

/// The functions that PostgreSQL has, a line each.
const KNOWN: &str = include_str!("known.txt");

/// Tells whether PostgreSQL has a function of this name.
pub fn is_postgresql(name: &str) -> bool {
    let family = ["inet_", "has_", "pg_stat_get_"]
        .iter()
        .any(|family| name.starts_with(family));
    family || KNOWN.lines().any(|known| known == name)
}
