//! A bound expression: SQLite's text for it, its type, and how PostgreSQL would show it.

use rusqlite::types::Value;

use crate::programs::sql::functions;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::{self, Place, Way, cast_way};
use crate::programs::sql::values::{Base, Category, ColumnType, Modifier, Type};

/// An expression that has found its type.
#[derive(Clone, Debug)]
pub struct Bound {
    /// SQLite's text.
    pub sql: String,
    /// The type.
    pub ty: Type,
    /// The type's modifier, where it is known.
    pub modifier: Modifier,
    /// The text of a literal that has no type yet; `Some(None)` is a bare `NULL`.
    pub literal: Option<Option<String>>,
    /// Where it stands in the query, in characters from 1; 0 for nowhere.
    pub position: usize,
    /// How `\d` and pg_dump show it.
    pub shown: String,
}

impl Bound {
    /// Returns an expression of a type.
    pub fn new(sql: impl Into<String>, ty: Type, position: usize) -> Self {
        Self {
            sql: sql.into(),
            ty,
            modifier: Modifier::None,
            literal: None,
            position,
            shown: String::new(),
        }
    }

    /// Returns a literal that its surroundings will give a type.
    pub fn literal(text: Option<String>, position: usize) -> Self {
        let sql = text.as_deref().map_or("NULL".to_owned(), quote);
        Self {
            literal: Some(text),
            ..Self::new(sql, Type::of(Base::Unknown), position)
        }
    }

    /// Adds how it is shown.
    pub fn shown(mut self, shown: impl Into<String>) -> Self {
        self.shown = shown.into();
        self
    }

    /// Tells whether it is a bare `NULL`.
    pub fn is_null(&self) -> bool {
        self.literal == Some(None)
    }

    /// Returns the type with its modifier.
    pub fn column_type(&self) -> ColumnType {
        ColumnType {
            ty: self.ty,
            modifier: self.modifier,
        }
    }

    /// Turns it into a type, if there is such a way. A literal is read here and now.
    pub fn cast(self, to: Type, way: Way, place: Place) -> Result<Option<Self>, Report> {
        let position = self.position;
        if let Some(literal) = &self.literal {
            let shown_type = ColumnType {
                ty: to,
                modifier: Modifier::None,
            };
            return Ok(Some(match literal {
                None => Self {
                    ty: to,
                    literal: None,
                    ..self
                }
                .shown(format!("NULL::{shown_type}")),
                Some(text) => {
                    let value = convert::input(text, to, place).map_err(|report| report.at(position))?;
                    let shown = format!("{}::{shown_type}", functions::quote_literal(text));
                    Self::new(value_sql(&value), to, position).shown(shown)
                }
            }));
        }
        if self.ty == to {
            return Ok(Some(self));
        }
        match cast_way(self.ty, to) {
            Some(found) if found <= way => (),
            _ => return Ok(None),
        }
        let sql = cast_sql(&self.sql, self.ty, to);
        let shown = format!("({})::{to}", self.shown);
        Ok(Some(Self {
            sql,
            ty: to,
            modifier: Modifier::None,
            literal: None,
            position,
            shown,
        }))
    }

    /// Turns it into a type that it must have.
    pub fn must(self, to: Type, way: Way, place: Place) -> Result<Self, Report> {
        let (from, position) = (self.ty, self.position);
        let error = || Report::error("42846", format!("cannot cast type {from} to {to}")).at(position);
        self.cast(to, way, place)?.ok_or_else(error)
    }

    /// Applies a modifier.
    pub fn fitted(self, target: ColumnType, explicit: bool) -> Self {
        if target.modifier == Modifier::None || self.modifier == target.modifier && self.ty == target.ty {
            return Self {
                modifier: target.modifier,
                ..self
            };
        }
        let (kind, a, b) = match target.modifier {
            Modifier::Length(length) => ("length", length, 0),
            Modifier::Decimal(precision, scale) => ("decimal", precision, scale),
            Modifier::Seconds(digits) => ("seconds", digits, 0),
            Modifier::None => ("", 0, 0),
        };
        let name = target.ty.internal_name();
        let explicit = u8::from(explicit);
        let sql = call(
            "fit",
            &[
                &self.sql,
                &quote(name),
                &quote(kind),
                &a.to_string(),
                &b.to_string(),
                &explicit.to_string(),
            ],
        );
        Self {
            sql,
            modifier: target.modifier,
            ..self
        }
    }

    /// Returns the text by which values are compared and sorted: the order of the type, not of SQLite.
    pub fn ordered(&self) -> String {
        order_sql(&self.sql, self.ty)
    }

    /// Returns the text by which values are equal.
    pub fn equated(&self) -> String {
        match (self.ty.array, self.ty.base) {
            (false, Base::Numeric) => format!("{} COLLATE pgnum", self.sql),
            (false, Base::Bpchar) => format!("rtrim({}, ' ')", self.sql),
            (false, Base::Interval) => call("span length", &[&self.sql]),
            // 1 and 1.0 are one number.
            (false, Base::Jsonb) => call("jsonb key", &[&self.sql]),
            _ => self.sql.clone(),
        }
    }

    /// Returns the value as text, the way it prints.
    pub fn as_text(&self) -> String {
        match (self.ty.array, self.ty.base) {
            (_, Base::Text | Base::Varchar | Base::Bpchar | Base::Name | Base::Unknown | Base::Numeric) => {
                self.sql.clone()
            }
            (false, Base::Int2 | Base::Int4 | Base::Int8 | Base::Oid) => format!("CAST({} AS TEXT)", self.sql),
            _ => call("print", &[&self.sql, &quote(&type_name(self.ty))]),
        }
    }

    /// Returns the value as JSON.
    pub fn as_json(&self) -> String {
        let ty = if self.ty.base == Base::Unknown {
            Type::of(Base::Text)
        } else {
            self.ty
        };
        call("json of", &[&self.sql, &quote(&type_name(ty))])
    }
}

/// Returns the text that sorts like the type.
pub fn order_sql(sql: &str, ty: Type) -> String {
    match (ty.array, ty.base) {
        (false, Base::Numeric) => format!("{sql} COLLATE pgnum"),
        (false, Base::Text | Base::Varchar | Base::Unknown) => format!("{sql} COLLATE pgtext"),
        (false, Base::Bpchar) => format!("rtrim({sql}, ' ') COLLATE pgtext"),
        (false, Base::Interval) => call("span length", &[sql]),
        _ => sql.to_owned(),
    }
}

/// Returns the short name of a type, with brackets for arrays.
pub fn type_name(ty: Type) -> String {
    format!("{}{}", ty.internal_name(), if ty.array { "[]" } else { "" })
}

fn cast_sql(sql: &str, from: Type, to: Type) -> String {
    use Base::*;
    if !from.array && !to.array {
        match (from.base, to.base) {
            (Int2, Int4 | Int8) | (Int4, Int8) | (Float4, Float8) | (Oid, Int8) => return sql.to_owned(),
            (Text | Varchar | Name, Text | Varchar | Bpchar | Name) => return sql.to_owned(),
            (Bpchar, Text | Varchar) => return format!("rtrim({sql}, ' ')"),
            (Int2 | Int4 | Int8 | Oid, Numeric | Text | Varchar) => return format!("CAST({sql} AS TEXT)"),
            (Int2 | Int4 | Int8 | Numeric, Float8) => return format!("CAST({sql} AS REAL)"),
            (Bool, Int4) | (Int2 | Int4, Oid) => return sql.to_owned(),
            _ => (),
        }
    }
    call("cast", &[sql, &quote(&type_name(from)), &quote(&type_name(to))])
}

/// Returns a call of a function of ours.
pub fn call(name: &str, arguments: &[&str]) -> String {
    call_at(functions::place_of(name), arguments)
}

/// Returns a call of the function at a place.
pub fn call_at(place: usize, arguments: &[&str]) -> String {
    let volatile = functions::at(place).is_some_and(|function| function.volatile);
    let door = if volatile { "pgv" } else { "pg" };
    let arguments: String = arguments.iter().map(|argument| format!(", {argument}")).collect();
    format!("{door}({place}{arguments})")
}

/// Returns a text as a literal of SQLite.
pub fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns a name in SQLite's quotes.
pub fn quote_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a value as a literal of SQLite.
pub fn value_sql(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Integer(i64::MIN) => "(-9223372036854775807 - 1)".into(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) if number.is_infinite() => if *number > 0.0 { "9e999" } else { "-9e999" }.into(),
        // Debug keeps all digits, and a point or an exponent.
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => quote(text),
        Value::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{hex}'")
        }
    }
}

/// Returns the type that all of these can be turned into, as PostgreSQL picks it (select_common_type).
///
/// `None` when two of them are of different families; the error then names both.
pub fn common_type(items: &[&Bound]) -> Result<Type, (Type, Type, usize)> {
    let mut known = items.iter().filter(|item| item.literal.is_none());
    let Some(first) = known.next() else {
        return Ok(Type::of(Base::Text));
    };
    let mut common = first.ty;
    for item in known {
        let ty = item.ty;
        if ty == common {
            continue;
        }
        if ty.category() != common.category() {
            return Err((common, ty, item.position));
        }
        let up = cast_way(common, ty) == Some(Way::Implicit);
        let down = cast_way(ty, common) == Some(Way::Implicit);
        // The preferred type of a family stays: text, double precision, timestamptz.
        let preferred = matches!(common.base, Base::Text | Base::Float8 | Base::Timestamptz | Base::Oid);
        if up && !preferred {
            common = ty;
        } else if !down && !up {
            return Err((common, ty, item.position));
        }
    }
    if common.category() == Category::Unknown {
        Ok(Type::of(Base::Text))
    } else {
        Ok(common)
    }
}
