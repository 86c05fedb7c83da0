//! The types that values may have, and their names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A type without its modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Type {
    /// The type, or that of the elements.
    pub base: Base,
    /// Whether it is an array.
    pub array: bool,
}

/// The base types that pglab knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "PostgreSQL's own names")]
pub enum Base {
    Bool,
    Int2,
    Int4,
    Int8,
    Numeric,
    Float4,
    Float8,
    Text,
    Varchar,
    Bpchar,
    Name,
    Date,
    Time,
    Timestamp,
    Timestamptz,
    Interval,
    Uuid,
    Json,
    Jsonb,
    Bytea,
    Oid,
    Regclass,
    Inet,
    Lsn,
    Void,
    Record,
    /// A literal whose type its surroundings decide.
    Unknown,
}

/// What stands in parentheses behind a type's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Modifier {
    /// Nothing.
    #[default]
    None,
    /// The length of `varchar(n)` and `char(n)`.
    Length(u32),
    /// Precision and scale of `numeric(p, s)`.
    Decimal(u32, u32),
    /// The digits after the second of `timestamp(p)` and its kin.
    Seconds(u32),
}

/// A type with its modifier: what a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnType {
    /// The type.
    pub ty: Type,
    /// Its modifier.
    pub modifier: Modifier,
}

/// The families in which PostgreSQL looks for a common type (pg_type.typcategory).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// boolean.
    Bool,
    /// Numbers, oids among them.
    Number,
    /// Text in its forms.
    Text,
    /// Dates and times.
    Time,
    /// interval.
    Span,
    /// Literals of no type yet.
    Unknown,
    /// Arrays.
    Array,
    /// Everything else, each for itself.
    Own(Base),
}

impl Type {
    /// Returns the plain type.
    pub const fn of(base: Base) -> Self {
        Self { base, array: false }
    }

    /// Returns the type of arrays of this one.
    pub const fn array_of(base: Base) -> Self {
        Self { base, array: true }
    }

    /// Returns the type of an array's elements.
    pub const fn element(self) -> Self {
        Self {
            base: self.base,
            array: false,
        }
    }

    /// Returns the family.
    pub fn category(self) -> Category {
        use Base::*;
        if self.array {
            return Category::Array;
        }
        match self.base {
            Bool => Category::Bool,
            Int2 | Int4 | Int8 | Numeric | Float4 | Float8 | Oid | Regclass => Category::Number,
            Text | Varchar | Bpchar | Name => Category::Text,
            Date | Time | Timestamp | Timestamptz => Category::Time,
            Interval => Category::Span,
            Unknown => Category::Unknown,
            other => Category::Own(other),
        }
    }

    /// Tells whether psql aligns values of the type to the right.
    pub fn is_right(self) -> bool {
        use Base::*;
        !self.array && matches!(self.base, Int2 | Int4 | Int8 | Numeric | Float4 | Float8 | Oid)
    }

    /// Tells whether the type is one of text.
    pub fn is_text(self) -> bool {
        self.category() == Category::Text
    }

    /// Tells whether values are whole numbers.
    pub fn is_integer(self) -> bool {
        !self.array && matches!(self.base, Base::Int2 | Base::Int4 | Base::Int8)
    }

    /// Returns how PostgreSQL stores long values of the type (pg_type.typstorage), in the words of `\d+`.
    pub fn storage_strategy(self) -> &'static str {
        if self.array {
            return "extended";
        }
        match self.base {
            Base::Text | Base::Varchar | Base::Bpchar | Base::Json | Base::Jsonb | Base::Bytea => "extended",
            Base::Numeric | Base::Inet => "main",
            _ => "plain",
        }
    }

    /// Returns how SQLite stores the type: its column affinity.
    pub fn storage(self) -> &'static str {
        use Base::*;
        if self.array {
            return "TEXT";
        }
        match self.base {
            Bool | Int2 | Int4 | Int8 | Oid => "INTEGER",
            Float4 | Float8 => "REAL",
            Bytea => "BLOB",
            _ => "TEXT",
        }
    }

    /// Returns the short name that `CREATE TABLE AS` and casts give to columns: `int4`, `text`.
    pub fn internal_name(self) -> &'static str {
        use Base::*;
        match self.base {
            Bool => "bool",
            Int2 => "int2",
            Int4 => "int4",
            Int8 => "int8",
            Numeric => "numeric",
            Float4 => "float4",
            Float8 => "float8",
            Text => "text",
            Varchar => "varchar",
            Bpchar => "bpchar",
            Name => "name",
            Date => "date",
            Time => "time",
            Timestamp => "timestamp",
            Timestamptz => "timestamptz",
            Interval => "interval",
            Uuid => "uuid",
            Json => "json",
            Jsonb => "jsonb",
            Bytea => "bytea",
            Oid => "oid",
            Regclass => "regclass",
            Inet => "inet",
            Lsn => "pg_lsn",
            Void => "void",
            Record => "record",
            Unknown => "unknown",
        }
    }

    /// Returns the name in words, without array brackets.
    fn words(self) -> &'static str {
        use Base::*;
        match self.base {
            Bool => "boolean",
            Int2 => "smallint",
            Int4 => "integer",
            Int8 => "bigint",
            Float4 => "real",
            Float8 => "double precision",
            Varchar => "character varying",
            Bpchar => "character",
            Time => "time without time zone",
            Timestamp => "timestamp without time zone",
            Timestamptz => "timestamp with time zone",
            _ => self.internal_name(),
        }
    }

    /// Returns the type that a name means, if pglab knows it: SQL's words as well as PostgreSQL's own.
    pub fn from_name(name: &str) -> Option<Self> {
        use Base::*;
        let (name, array) = match name.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let base = match name {
            "bool" | "boolean" => Bool,
            "int2" | "smallint" => Int2,
            "int" | "int4" | "integer" => Int4,
            "int8" | "bigint" => Int8,
            "numeric" | "decimal" | "dec" => Numeric,
            "float4" | "real" => Float4,
            "float8" | "double precision" | "float" => Float8,
            "text" => Text,
            "varchar" | "character varying" => Varchar,
            "char" | "character" | "bpchar" => Bpchar,
            "name" => Name,
            "date" => Date,
            "time" | "time without time zone" => Time,
            "timestamp" | "timestamp without time zone" => Timestamp,
            "timestamptz" | "timestamp with time zone" => Timestamptz,
            "interval" => Interval,
            "uuid" => Uuid,
            "json" => Json,
            "jsonb" => Jsonb,
            "bytea" => Bytea,
            "oid" => Oid,
            "regclass" => Regclass,
            "inet" => Inet,
            "pg_lsn" => Lsn,
            "void" => Void,
            "record" => Record,
            "unknown" => Unknown,
            _ => return None,
        };
        Some(Self { base, array })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())?;
        if self.array { f.write_str("[]") } else { Ok(()) }
    }
}

impl ColumnType {
    /// Returns the type without a modifier.
    pub const fn plain(base: Base) -> Self {
        Self {
            ty: Type::of(base),
            modifier: Modifier::None,
        }
    }
}

/// As `format_type` prints it: `numeric(10,2)`, `timestamp(3) without time zone`.
impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.ty.words();
        match self.modifier {
            Modifier::None => f.write_str(words)?,
            Modifier::Length(n) => write!(f, "{words}({n})")?,
            Modifier::Decimal(precision, scale) => write!(f, "{words}({precision},{scale})")?,
            Modifier::Seconds(digits) => match words.split_once(' ') {
                Some((first, rest)) => write!(f, "{first}({digits}) {rest}")?,
                None => write!(f, "{words}({digits})")?,
            },
        }
        if self.ty.array { f.write_str("[]") } else { Ok(()) }
    }
}
