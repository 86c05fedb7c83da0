//! Types in syntax trees.

use sqlparser::ast::{ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, TimezoneInfo};

use crate::programs::sql::reply::Report;
use crate::programs::sql::values::{Base, ColumnType, Modifier, Type};

/// The column types that stand for an integer and a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serial(pub Base);

/// Returns the type that a syntax tree names; `serial` and its kin come with the wish for a sequence.
pub fn column_type(ty: &DataType) -> Result<(ColumnType, Option<Serial>), Report> {
    let plain = |base| Ok((ColumnType::plain(base), None));
    let with = |base, modifier| {
        Ok((
            ColumnType {
                ty: Type::of(base),
                modifier,
            },
            None,
        ))
    };
    let length = |base, length: &Option<CharacterLength>| match length {
        None => with(base, Modifier::None),
        Some(CharacterLength::IntegerLength { length, .. }) => match u32::try_from(*length) {
            Ok(0) => Err(Report::error(
                "22023",
                format!("length for type {} must be at least 1", short(base)),
            )),
            Ok(length) if length <= 10_485_760 => with(base, Modifier::Length(length)),
            _ => Err(Report::error(
                "22023",
                format!("length for type {} cannot exceed 10485760", short(base)),
            )),
        },
        Some(CharacterLength::Max) => Err(unknown_type("varchar(max)")),
    };
    match ty {
        DataType::Bool | DataType::Boolean => plain(Base::Bool),
        DataType::SmallInt(_) | DataType::Int2(_) => plain(Base::Int2),
        DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => plain(Base::Int4),
        DataType::BigInt(_) | DataType::Int8(_) => plain(Base::Int8),
        DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => match info {
            ExactNumberInfo::None => plain(Base::Numeric),
            ExactNumberInfo::Precision(precision) => decimal(*precision, 0),
            ExactNumberInfo::PrecisionAndScale(precision, scale) => decimal(*precision, *scale),
        },
        DataType::Real | DataType::Float4 => plain(Base::Float4),
        DataType::DoublePrecision | DataType::Float8 | DataType::Double(_) => plain(Base::Float8),
        DataType::Float(ExactNumberInfo::Precision(bits)) if *bits <= 24 => plain(Base::Float4),
        DataType::Float(_) => plain(Base::Float8),
        DataType::Text => plain(Base::Text),
        DataType::Varchar(n) | DataType::CharacterVarying(n) | DataType::CharVarying(n) => length(Base::Varchar, n),
        DataType::Char(n) | DataType::Character(n) => {
            let one = CharacterLength::IntegerLength { length: 1, unit: None };
            length(Base::Bpchar, &Some((*n).unwrap_or(one)))
        }
        DataType::Uuid => plain(Base::Uuid),
        DataType::Bytea => plain(Base::Bytea),
        DataType::Date => plain(Base::Date),
        DataType::Time(digits, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            with(Base::Time, seconds(*digits))
        }
        DataType::Time(..) => Err(Report::beyond("the type time with time zone")),
        DataType::Timestamp(digits, zone) => match zone {
            TimezoneInfo::None | TimezoneInfo::WithoutTimeZone => with(Base::Timestamp, seconds(*digits)),
            TimezoneInfo::WithTimeZone | TimezoneInfo::Tz => with(Base::Timestamptz, seconds(*digits)),
        },
        DataType::TimestampNtz(digits) => with(Base::Timestamp, seconds(*digits)),
        DataType::Interval {
            fields: None,
            precision,
        } => with(Base::Interval, seconds(*precision)),
        DataType::Interval { .. } => Err(Report::beyond("intervals of certain fields")),
        DataType::JSON => plain(Base::Json),
        DataType::JSONB => plain(Base::Jsonb),
        DataType::Regclass => plain(Base::Regclass),
        DataType::Array(ArrayElemTypeDef::SquareBracket(element, _) | ArrayElemTypeDef::AngleBracket(element)) => {
            let (element, _) = column_type(element)?;
            if element.ty.array {
                return Err(Report::beyond("arrays of more than one dimension"));
            }
            Ok((
                ColumnType {
                    ty: Type {
                        array: true,
                        ..element.ty
                    },
                    modifier: element.modifier,
                },
                None,
            ))
        }
        DataType::Custom(name, modifiers) => custom(&name.to_string().to_lowercase(), modifiers),
        DataType::Bit(_) | DataType::BitVarying(_) | DataType::VarBit(_) => Err(Report::beyond("bit strings")),
        DataType::TsVector | DataType::TsQuery => Err(Report::beyond("full text search")),
        DataType::GeometricType(_) => Err(Report::beyond("geometric types")),
        other => Err(unknown_type(&other.to_string().to_lowercase())),
    }
}

fn custom(name: &str, modifiers: &[String]) -> Result<(ColumnType, Option<Serial>), Report> {
    let name = name.strip_prefix("pg_catalog.").unwrap_or(name).replace('"', "");
    let serial = match name.as_str() {
        "serial" | "serial4" => Some(Base::Int4),
        "bigserial" | "serial8" => Some(Base::Int8),
        "smallserial" | "serial2" => Some(Base::Int2),
        _ => None,
    };
    if let Some(base) = serial {
        return Ok((ColumnType::plain(base), Some(Serial(base))));
    }
    if let Some(ty) = Type::from_name(&name) {
        let number = |at: usize| modifiers.get(at).and_then(|number| number.parse::<u32>().ok());
        let modifier = match (ty.base, number(0)) {
            (Base::Varchar | Base::Bpchar, Some(length)) => Modifier::Length(length),
            (Base::Numeric, Some(precision)) => Modifier::Decimal(precision, number(1).unwrap_or(0)),
            (Base::Timestamp | Base::Timestamptz | Base::Time, Some(digits)) => Modifier::Seconds(digits.min(6)),
            _ => Modifier::None,
        };
        return Ok((ColumnType { ty, modifier }, None));
    }
    const REAL_TYPES: &[&str] = &[
        "money",
        "xml",
        "cidr",
        "macaddr",
        "macaddr8",
        "point",
        "line",
        "lseg",
        "box",
        "path",
        "polygon",
        "circle",
        "tsvector",
        "tsquery",
        "int4range",
        "int8range",
        "numrange",
        "tsrange",
        "tstzrange",
        "daterange",
        "citext",
        "hstore",
        "timetz",
        "vector",
        "geometry",
        "regproc",
        "regtype",
        "regrole",
        "xid",
        "cid",
        "tid",
        "txid_snapshot",
    ];
    if REAL_TYPES.contains(&name.as_str()) {
        return Err(Report::beyond(format!("the type {name}")));
    }
    Err(unknown_type(&name))
}

/// Returns the error for a type that nobody knows.
pub fn unknown_type(name: &str) -> Report {
    Report::error("42704", format!("type \"{name}\" does not exist"))
}

fn decimal(precision: u64, scale: i64) -> Result<(ColumnType, Option<Serial>), Report> {
    if !(1..=1000).contains(&precision) {
        return Err(Report::error(
            "22023",
            format!("NUMERIC precision {precision} must be between 1 and 1000"),
        ));
    }
    let scale = u32::try_from(scale).map_err(|_| Report::beyond("numeric types with a negative scale"))?;
    if u64::from(scale) > precision {
        return Err(Report::beyond("numeric types with more scale than precision"));
    }
    let precision = u32::try_from(precision).expect("it is at most 1000");
    Ok((
        ColumnType {
            ty: Type::of(Base::Numeric),
            modifier: Modifier::Decimal(precision, scale),
        },
        None,
    ))
}

fn seconds(digits: Option<u64>) -> Modifier {
    digits.map_or(Modifier::None, |digits| {
        Modifier::Seconds(u32::try_from(digits).unwrap_or(6).min(6))
    })
}

fn short(base: Base) -> &'static str {
    if base == Base::Bpchar { "char" } else { "varchar" }
}
