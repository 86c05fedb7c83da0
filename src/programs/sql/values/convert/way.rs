//! Which casts there are, and how much has to be said for them.

use crate::programs::sql::values::{Base, Category, Type};

/// Returns how well a type can be cast to another: pg_cast's context.
pub fn cast_way(from: Type, to: Type) -> Option<Way> {
    use Base::*;
    if from == to || from.category() == Category::Unknown {
        return Some(Way::Implicit);
    }
    if from.array || to.array {
        return match (from.array, to.array) {
            (true, true) => cast_way(from.element(), to.element()),
            (true, false) if to.is_text() => Some(Way::Assignment),
            (false, true) if from.is_text() => Some(Way::Explicit),
            _ => None,
        };
    }
    let rank = |base| match base {
        Int2 => 1,
        Int4 => 2,
        Int8 => 3,
        Numeric => 4,
        Float4 => 5,
        Float8 => 6,
        _ => 0,
    };
    match (from.base, to.base) {
        (a, b) if rank(a) > 0 && rank(b) > 0 => Some(if rank(a) < rank(b) {
            Way::Implicit
        } else {
            Way::Assignment
        }),
        (Int2 | Int4 | Int8, Oid | Regclass) | (Oid, Int8) | (Regclass, Oid | Int8) => Some(Way::Implicit),
        (Oid, Int4) | (Regclass, Int4) => Some(Way::Assignment),
        (a, b) if Type::of(a).is_text() && Type::of(b).is_text() => Some(if b == Name || a == Name && b != Text {
            Way::Assignment
        } else {
            Way::Implicit
        }),
        (Text | Varchar, Regclass) => Some(Way::Implicit),
        (Date, Timestamp | Timestamptz) | (Timestamp, Timestamptz) | (Time, Interval) => Some(Way::Implicit),
        (Timestamp | Timestamptz, Date | Time | Timestamp) | (Interval, Time) => Some(Way::Assignment),
        (Bool, Int4) | (Int4, Bool) => Some(Way::Explicit),
        (Json, Jsonb) | (Jsonb, Json) => Some(Way::Assignment),
        (Jsonb, Int2 | Int4 | Int8 | Numeric | Float4 | Float8 | Bool) => Some(Way::Explicit),
        // Everything prints, and what prints can be assigned to text; the way back must be asked for.
        (_, Text | Varchar | Bpchar) => Some(Way::Assignment),
        (_, Name) => Some(Way::Assignment),
        (Text | Varchar | Bpchar | Name, _) => Some(Way::Explicit),
        _ => None,
    }
}

/// When a cast happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// By itself, wherever it helps.
    Implicit,
    /// When a value is put into a column.
    Assignment,
    /// When somebody writes it.
    Explicit,
}
