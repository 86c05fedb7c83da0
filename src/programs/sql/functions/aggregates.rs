//! Aggregates: many values in, one out. `count`, `min` and `max` are SQLite's own.

use std::collections::VecDeque;

use rusqlite::types::Value;

use super::{Take, decimal_of, int_of, real_of, text_of};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::decimal::Decimal;
use crate::programs::sql::values::interval::Interval;
use crate::programs::sql::values::json::quote_to;
use crate::programs::sql::values::{Base, array};

/// An aggregate with the types of its arguments.
pub struct Aggregate {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static [Take],
    /// What it gives.
    pub gives: Base,
    /// Whether it gives an array of that.
    pub array: bool,
    /// Who gathers; `None` is SQLite's function of the same name.
    pub gather: Option<Gather>,
}

/// The ways of gathering; each is a function of its own to SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gather {
    Sum,
    SumFloat,
    SumSpan,
    Avg,
    AvgFloat,
    AvgSpan,
    Join,
    Array,
    Json,
    Jsonb,
    JsonObject,
    JsonbObject,
    And,
    Or,
    StddevSamp,
    StddevPop,
    VarSamp,
    VarPop,
    StddevSampFloat,
    StddevPopFloat,
    VarSampFloat,
    VarPopFloat,
    BitAnd,
    BitOr,
}

/// All ways of gathering, with the names that SQLite knows them by.
pub const GATHERS: &[(&str, Gather)] = &[
    ("pga_sum", Gather::Sum),
    ("pga_sum_float", Gather::SumFloat),
    ("pga_sum_span", Gather::SumSpan),
    ("pga_avg", Gather::Avg),
    ("pga_avg_float", Gather::AvgFloat),
    ("pga_avg_span", Gather::AvgSpan),
    ("pga_join", Gather::Join),
    ("pga_array", Gather::Array),
    ("pga_json", Gather::Json),
    ("pga_jsonb", Gather::Jsonb),
    ("pga_json_object", Gather::JsonObject),
    ("pga_jsonb_object", Gather::JsonbObject),
    ("pga_and", Gather::And),
    ("pga_or", Gather::Or),
    ("pga_stddev", Gather::StddevSamp),
    ("pga_stddev_pop", Gather::StddevPop),
    ("pga_var", Gather::VarSamp),
    ("pga_var_pop", Gather::VarPop),
    ("pga_stddev_float", Gather::StddevSampFloat),
    ("pga_stddev_pop_float", Gather::StddevPopFloat),
    ("pga_var_float", Gather::VarSampFloat),
    ("pga_var_pop_float", Gather::VarPopFloat),
    ("pga_bit_and", Gather::BitAnd),
    ("pga_bit_or", Gather::BitOr),
];

const I2: Take = Take::Is(Base::Int2);
const I4: Take = Take::Is(Base::Int4);
const I8: Take = Take::Is(Base::Int8);
const N: Take = Take::Is(Base::Numeric);
const F: Take = Take::Is(Base::Float8);
const B: Take = Take::Is(Base::Bool);
const T: Take = Take::Is(Base::Text);
const SPAN: Take = Take::Is(Base::Interval);

const fn ours(name: &'static str, takes: &'static [Take], gives: Base, gather: Gather) -> Aggregate {
    Aggregate {
        name,
        takes,
        gives,
        array: false,
        gather: Some(gather),
    }
}

/// The aggregates.
pub const AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "sum",
        takes: &[I2],
        gives: Base::Int8,
        array: false,
        gather: None,
    },
    Aggregate {
        name: "sum",
        takes: &[I4],
        gives: Base::Int8,
        array: false,
        gather: None,
    },
    ours("sum", &[I8], Base::Numeric, Gather::Sum),
    ours("sum", &[N], Base::Numeric, Gather::Sum),
    ours("sum", &[Take::Is(Base::Float4)], Base::Float4, Gather::SumFloat),
    ours("sum", &[F], Base::Float8, Gather::SumFloat),
    ours("sum", &[SPAN], Base::Interval, Gather::SumSpan),
    ours("avg", &[I2], Base::Numeric, Gather::Avg),
    ours("avg", &[I4], Base::Numeric, Gather::Avg),
    ours("avg", &[I8], Base::Numeric, Gather::Avg),
    ours("avg", &[N], Base::Numeric, Gather::Avg),
    ours("avg", &[F], Base::Float8, Gather::AvgFloat),
    ours("avg", &[SPAN], Base::Interval, Gather::AvgSpan),
    ours("string_agg", &[T, T], Base::Text, Gather::Join),
    Aggregate {
        name: "array_agg",
        takes: &[Take::AsText],
        gives: Base::Text,
        array: true,
        gather: Some(Gather::Array),
    },
    ours("json_agg", &[Take::AsJson], Base::Json, Gather::Json),
    ours("jsonb_agg", &[Take::AsJson], Base::Jsonb, Gather::Jsonb),
    ours(
        "json_object_agg",
        &[Take::AsText, Take::AsJson],
        Base::Json,
        Gather::JsonObject,
    ),
    ours(
        "jsonb_object_agg",
        &[Take::AsText, Take::AsJson],
        Base::Jsonb,
        Gather::JsonbObject,
    ),
    ours("bool_and", &[B], Base::Bool, Gather::And),
    ours("every", &[B], Base::Bool, Gather::And),
    ours("bool_or", &[B], Base::Bool, Gather::Or),
    ours("bit_and", &[I4], Base::Int4, Gather::BitAnd),
    ours("bit_or", &[I4], Base::Int4, Gather::BitOr),
    ours("stddev", &[N], Base::Numeric, Gather::StddevSamp),
    ours("stddev_samp", &[N], Base::Numeric, Gather::StddevSamp),
    ours("stddev_pop", &[N], Base::Numeric, Gather::StddevPop),
    ours("variance", &[N], Base::Numeric, Gather::VarSamp),
    ours("var_samp", &[N], Base::Numeric, Gather::VarSamp),
    ours("var_pop", &[N], Base::Numeric, Gather::VarPop),
    ours("stddev", &[F], Base::Float8, Gather::StddevSampFloat),
    ours("stddev_samp", &[F], Base::Float8, Gather::StddevSampFloat),
    ours("stddev_pop", &[F], Base::Float8, Gather::StddevPopFloat),
    ours("variance", &[F], Base::Float8, Gather::VarSampFloat),
    ours("var_samp", &[F], Base::Float8, Gather::VarSampFloat),
    ours("var_pop", &[F], Base::Float8, Gather::VarPopFloat),
];

/// The values that an aggregate has seen in its group or window.
///
/// They are kept, not summed up on the way, so that a window can let its first one go.
#[derive(Clone, Debug, Default)]
pub struct Seen(VecDeque<Vec<Value>>);

impl Seen {
    /// Takes the values of a row.
    pub fn step(&mut self, row: Vec<Value>) {
        self.0.push_back(row);
    }

    /// Lets the oldest row go.
    pub fn drop_first(&mut self) {
        self.0.pop_front();
    }

    /// Returns what has been gathered.
    pub fn result(&self, gather: Gather) -> Result<Value, Report> {
        use Gather::*;
        let rows = || self.0.iter().filter(|row| row[0] != Value::Null);
        let count = rows().count() as i64;
        // These tell nothing from something even when all values are null.
        if matches!(gather, Array | Json | Jsonb | JsonObject | JsonbObject) {
            if self.0.is_empty() {
                return Ok(Value::Null);
            }
        } else if count == 0 {
            return Ok(Value::Null);
        }
        let sum = || rows().try_fold(Decimal::ZERO, |sum, row| sum.add(decimal_of(&row[0])));
        let float_sum = || rows().map(|row| real_of(&row[0])).sum::<f64>();
        let span_sum = || {
            rows().fold(Interval::default(), |sum, row| {
                sum.add(Interval::stored(text_of(&row[0])))
            })
        };
        Ok(match gather {
            Sum => Value::Text(sum()?.to_string()),
            SumFloat => Value::Real(float_sum()),
            SumSpan => Value::Text(span_sum().to_string()),
            Avg => Value::Text(sum()?.div(Decimal::from_int(count))?.to_string()),
            AvgFloat => Value::Real(float_sum() / count as f64),
            AvgSpan => Value::Text(span_sum().mul(1.0 / count as f64).to_string()),
            Join => {
                let mut out = String::new();
                for (at, row) in rows().enumerate() {
                    if at > 0 {
                        out.push_str(row.get(1).map_or("", text_of));
                    }
                    out.push_str(text_of(&row[0]));
                }
                Value::Text(out)
            }
            Array => {
                let items: Vec<_> = self.0.iter().map(|row| nullable(&row[0])).collect();
                Value::Text(array::print(&items))
            }
            Json | Jsonb => {
                let items: Vec<_> = self
                    .0
                    .iter()
                    .map(|row| nullable(&row[0]).unwrap_or("null".into()))
                    .collect();
                normal(format!("[{}]", items.join(", ")), gather == Jsonb)
            }
            JsonObject | JsonbObject => {
                let mut parts = Vec::new();
                for row in &self.0 {
                    let key = nullable(&row[0]).ok_or_else(|| Report::error("22023", "field name must not be null"))?;
                    let mut part = String::new();
                    quote_to(&key, &mut part);
                    parts.push(format!("{part} : {}", nullable(&row[1]).unwrap_or("null".into())));
                }
                normal(format!("{{ {} }}", parts.join(", ")), gather == JsonbObject)
            }
            And => Value::Integer(rows().all(|row| int_of(&row[0]) != 0).into()),
            Or => Value::Integer(rows().any(|row| int_of(&row[0]) != 0).into()),
            BitAnd => Value::Integer(rows().fold(-1, |bits, row| bits & int_of(&row[0]))),
            BitOr => Value::Integer(rows().fold(0, |bits, row| bits | int_of(&row[0]))),
            StddevSamp | StddevPop | VarSamp | VarPop => {
                let sample = matches!(gather, StddevSamp | VarSamp);
                if sample && count < 2 {
                    return Ok(Value::Null);
                }
                // (N * sum of squares - square of sum) / (N * (N - 1 or N)), as numeric.c does.
                let n = Decimal::from_int(count);
                let squares = rows().try_fold(Decimal::ZERO, |sum, row| {
                    let value = decimal_of(&row[0]);
                    sum.add(value.mul(value)?)
                })?;
                let spread = n.mul(squares)?.sub(sum()?.mul(sum()?)?)?;
                if spread.sign() <= 0 {
                    return Ok(Value::Text("0".into()));
                }
                let variance = spread.div(n.mul(Decimal::from_int(count - i64::from(sample)))?)?;
                let deviation = matches!(gather, StddevSamp | StddevPop);
                Value::Text(if deviation { variance.sqrt()? } else { variance }.to_string())
            }
            StddevSampFloat | StddevPopFloat | VarSampFloat | VarPopFloat => {
                let sample = matches!(gather, StddevSampFloat | VarSampFloat);
                if sample && count < 2 {
                    return Ok(Value::Null);
                }
                // Youngs and Cramer's way, as float.c does.
                let (mut n, mut sum, mut spread) = (0.0, 0.0, 0.0);
                for row in rows() {
                    let value = real_of(&row[0]);
                    n += 1.0;
                    sum += value;
                    if n > 1.0 {
                        let off = value * n - sum;
                        spread += off * off / (n * (n - 1.0));
                    }
                }
                let variance = spread / if sample { n - 1.0 } else { n };
                let deviation = matches!(gather, StddevSampFloat | StddevPopFloat);
                Value::Real(if deviation { variance.sqrt() } else { variance })
            }
        })
    }
}

fn nullable(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text.clone()),
        other => Some(int_of(other).to_string()),
    }
}

fn normal(json: String, binary: bool) -> Value {
    use crate::programs::sql::values::json;
    match json::parse(&json) {
        Ok(parsed) if binary => Value::Text(parsed.print()),
        _ => Value::Text(json),
    }
}
