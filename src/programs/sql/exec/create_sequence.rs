//! CREATE SEQUENCE, and the sequences of serial and identity columns.

use sqlparser::ast::{DataType, Expr, ObjectName, SequenceOptions};

use super::Job;
use super::wish::made;
use crate::programs::sql::bind::{column_type, ident, no_relation};
use crate::programs::sql::catalog::{Relation, Sequence};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::Base;

impl Job<'_> {
    pub(super) fn create_sequence(
        &mut self,
        if_not_exists: bool,
        name: &ObjectName,
        data_type: Option<&DataType>,
        options: &[SequenceOptions],
        owned_by: Option<&ObjectName>,
    ) -> Result<(), Report> {
        let name = self.new_name(name)?;
        if !self.is_free(&name, if_not_exists)? {
            self.done("CREATE SEQUENCE");
            return Ok(());
        }
        let base = match data_type {
            None => Base::Int8,
            Some(ty) => column_type(ty)?.0.ty.base,
        };
        let owned_by = match owned_by {
            None => None,
            Some(owner) if owner.to_string().eq_ignore_ascii_case("none") => None,
            Some(owner) => Some(self.owner_column(owner)?),
        };
        let sequence = self.new_sequence(base, options, owned_by)?;
        self.live.catalog.relations.insert(name, Relation::Sequence(sequence));
        self.done("CREATE SEQUENCE");
        Ok(())
    }

    pub(super) fn owner_column(&self, owner: &ObjectName) -> Result<(u32, u32), Report> {
        let mut parts: Vec<String> = owner.0.iter().filter_map(|part| part.as_ident()).map(ident).collect();
        let column = parts.pop().unwrap_or_default();
        let table = parts.pop().unwrap_or_default();
        let schema = parts.pop();
        match self.binder().find(schema.as_deref(), &table) {
            Some((_, Relation::Table(found))) => match found.column(&column) {
                Some(column) => Ok((found.oid, column.number)),
                None => Err(Report::error(
                    "42703",
                    format!("column \"{column}\" of relation \"{table}\" does not exist"),
                )),
            },
            _ => Err(no_relation(schema.as_deref(), &table)),
        }
    }

    /// Makes the sequence of a serial or identity column.
    pub(super) fn make_sequence(
        &mut self,
        table: &(String, String),
        column: &str,
        base: Base,
        options: &[SequenceOptions],
        owned_by: Option<(u32, u32)>,
    ) -> Result<(u32, (String, String)), Report> {
        let name = self
            .live
            .catalog
            .free_name(&table.0, &made(&table.1, &[column.to_owned()], "seq"));
        let sequence = self.new_sequence(base, options, owned_by)?;
        let oid = sequence.oid;
        let full = (table.0.clone(), name);
        self.live
            .catalog
            .relations
            .insert(full.clone(), Relation::Sequence(sequence));
        Ok((oid, full))
    }

    pub(super) fn sequence_default(&self, name: &(String, String)) -> String {
        use crate::programs::sql::catalog::quote_ident;
        use crate::programs::sql::functions::quote_literal;
        let visible = self.around.search_path.contains(&name.0);
        let full = if visible {
            quote_ident(&name.1)
        } else {
            format!("{}.{}", quote_ident(&name.0), quote_ident(&name.1))
        };
        format!("nextval({}::regclass)", quote_literal(&full))
    }

    fn new_sequence(
        &mut self,
        base: Base,
        options: &[SequenceOptions],
        owned_by: Option<(u32, u32)>,
    ) -> Result<Sequence, Report> {
        let limits = match base {
            Base::Int2 => (i64::from(i16::MIN), i64::from(i16::MAX)),
            Base::Int4 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Base::Int8 => (i64::MIN, i64::MAX),
            _ => {
                return Err(Report::error(
                    "22023",
                    "sequence type must be smallint, integer, or bigint",
                ));
            }
        };
        let number = |expr: &Expr| {
            expr.to_string()
                .replace(' ', "")
                .parse::<i64>()
                .map_err(|_| Report::beyond("this option of a sequence"))
        };
        let (mut start, mut increment, mut min, mut max, mut cache, mut cycle) = (None, 1, None, None, 1, false);
        for option in options {
            match option {
                SequenceOptions::IncrementBy(expr, _) => increment = number(expr)?,
                SequenceOptions::MinValue(expr) => min = expr.as_ref().map(number).transpose()?,
                SequenceOptions::MaxValue(expr) => max = expr.as_ref().map(number).transpose()?,
                SequenceOptions::StartWith(expr, _) => start = Some(number(expr)?),
                SequenceOptions::Cache(expr) => cache = number(expr)?,
                // The tree says whether NO stood before CYCLE.
                SequenceOptions::Cycle(no) => cycle = !no,
            }
        }
        if increment == 0 {
            return Err(Report::error("22023", "INCREMENT must not be zero"));
        }
        let min = min.unwrap_or(if increment > 0 { 1 } else { limits.0 });
        let max = max.unwrap_or(if increment > 0 { limits.1 } else { -1 });
        if min >= max {
            return Err(Report::error(
                "22023",
                format!("MINVALUE ({min}) must be less than MAXVALUE ({max})"),
            ));
        }
        let start = start.unwrap_or(if increment > 0 { min } else { max });
        if start < min {
            return Err(Report::error(
                "22023",
                format!("START value ({start}) cannot be less than MINVALUE ({min})"),
            ));
        }
        if start > max {
            return Err(Report::error(
                "22023",
                format!("START value ({start}) cannot be greater than MAXVALUE ({max})"),
            ));
        }
        let oid = self.live.catalog.take_oid();
        let owner = self.around.user.clone();
        Ok(Sequence {
            oid,
            owner,
            ty: base,
            start,
            increment,
            min,
            max,
            cache,
            cycle,
            owned_by,
        })
    }
}
