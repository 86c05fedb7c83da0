//! Calls that name a relation: its sequence, its size, its constraints, its rows as JSON.

use sqlparser::ast::Expr;

use super::bound::{Bound, quote};
use super::calls::Arguments;
use super::{Binder, no_relation};
use crate::programs::sql::catalog::{Generated, Relation, quote_ident};
use crate::programs::sql::functions;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::{Base, Type};

impl Binder<'_> {
    /// `pg_get_constraintdef(oid)` and `pg_get_constraintdef(oid, pretty)`
    pub(super) fn constraint_definition(&mut self, arguments: &Arguments, position: usize) -> Result<Bound, Report> {
        let oid = self.expr(arguments.list[0])?;
        let pretty = match arguments.list.get(1) {
            Some(pretty) => self.condition(pretty, "pg_get_constraintdef")?.sql == "1",
            None => false,
        };
        let mut sql = String::from("(CASE 0");
        for relation in self.catalog.relations.values() {
            let Relation::Table(table) = relation else { continue };
            for constraint in &table.constraints {
                let path = &self.around.search_path;
                let shown = crate::programs::sql::definition::constraint(self.catalog, path, table, constraint, pretty);
                sql.push_str(&format!(
                    " WHEN {} - {} THEN {}",
                    oid.sql,
                    constraint.oid,
                    quote(&shown)
                ));
            }
        }
        sql.push_str(" WHEN 1 THEN NULL END)");
        Ok(Bound::new(sql, Type::of(Base::Text), position))
    }

    /// Binds a text or a name as the relation that it means.
    pub(super) fn regclass(&mut self, operand: Bound) -> Result<Bound, Report> {
        let ty = Type::of(Base::Regclass);
        match &operand.literal {
            Some(Some(words)) => {
                let (schema, name) = split_name(words);
                let Some(((found_schema, found), _)) = self.find(schema.as_deref(), &name) else {
                    if super::system::relation(self.catalog, self.around, schema.as_deref(), &name).is_some() {
                        return Ok(Bound::new(quote(&name), ty, operand.position));
                    }
                    return Err(no_relation(schema.as_deref(), &name).at(operand.position));
                };
                let visible = self.around.search_path.contains(found_schema);
                let shown = if visible {
                    quote_ident(found)
                } else {
                    format!("{}.{}", quote_ident(found_schema), quote_ident(found))
                };
                let literal = format!("'{shown}'::regclass");
                Ok(Bound::new(quote(&shown), ty, operand.position).shown(literal))
            }
            _ => Ok(Bound { ty, ..operand }),
        }
    }

    /// Returns the relation that a literal or a cast literal names.
    fn relation_literal(&mut self, argument: &Expr) -> Result<Option<((String, String), u32, Relation)>, Report> {
        let words = match argument {
            Expr::Cast { expr, .. } => expr.as_ref(),
            other => other,
        };
        let Expr::Value(value) = words else { return Ok(None) };
        let Some(words) = value.value.clone().into_string() else {
            return Ok(None);
        };
        let (schema, name) = split_name(&words);
        match self.find(schema.as_deref(), &name) {
            Some((full, relation)) => Ok(Some((full.clone(), relation.oid(), relation.clone()))),
            None => Err(no_relation(schema.as_deref(), &name).at(self.position(argument))),
        }
    }

    pub(super) fn sequence_call(
        &mut self,
        name: &str,
        arguments: &Arguments,
        position: usize,
    ) -> Result<Bound, Report> {
        let Some((full, oid, relation)) = self.relation_literal(arguments.list[0])? else {
            return Err(Report::beyond(format!("{name}() of a computed name")).at(position));
        };
        if !matches!(relation, Relation::Sequence(_)) {
            return Err(Report::error("42809", format!("\"{}\" is not a sequence", full.1)));
        }
        self.reads.push(oid);
        let mut bound = vec![Bound::new(oid.to_string(), Type::of(Base::Int8), position)];
        for argument in &arguments.list[1..] {
            bound.push(self.expr(argument)?);
        }
        let visible = self.around.search_path.contains(&full.0);
        let shown = if visible {
            quote_ident(&full.1)
        } else {
            format!("{}.{}", quote_ident(&full.0), quote_ident(&full.1))
        };
        let shown = format!("{name}({}::regclass)", functions::quote_literal(&shown));
        Ok(self.apply(name, bound, position)?.shown(shown))
    }

    pub(super) fn serial_sequence(&mut self, arguments: &Arguments, position: usize) -> Result<Bound, Report> {
        let Some((_, oid, Relation::Table(table))) = self.relation_literal(arguments.list[0])? else {
            return Err(Report::beyond("pg_get_serial_sequence() of a computed name").at(position));
        };
        let column = self.expr(arguments.list[1])?;
        let Some(Some(column)) = column.literal else {
            return Err(Report::beyond("pg_get_serial_sequence() of a computed name").at(position));
        };
        let Some(found) = table.column(&column) else {
            return Err(Report::error(
                "42703",
                format!("column \"{column}\" of relation does not exist"),
            ));
        };
        let owned = self.catalog.relations.iter().find(|(_, relation)| match relation {
            Relation::Sequence(sequence) => sequence.owned_by == Some((oid, found.number)),
            _ => false,
        });
        let identity = match found.generated {
            Generated::Always(oid) | Generated::ByDefault(oid) => self.catalog.by_oid(oid),
            _ => None,
        };
        let name = owned
            .or(identity)
            .map(|((schema, name), _)| format!("{}.{}", quote_ident(schema), quote_ident(name)));
        let sql = name.as_deref().map_or("NULL".to_owned(), quote);
        Ok(Bound::new(sql, Type::of(Base::Text), position))
    }

    pub(super) fn relation_size(&mut self, name: &str, argument: &Expr, position: usize) -> Result<Bound, Report> {
        let Some((_, oid, relation)) = self.relation_literal(argument)? else {
            return Err(Report::beyond(format!("{name}() of a computed name")).at(position));
        };
        let pages = |storage: &str| self.around.page_counts.get(storage).copied().unwrap_or(0);
        // A page of PostgreSQL's is two of ours; an index begins with a page of its own, a table with none.
        let heap = |storage: &str| pages(storage).div_ceil(2) * 8192;
        let index_bytes: u64 = self
            .catalog
            .indexes_of(oid)
            .iter()
            .map(|(_, index)| pages(&format!("i{}", index.oid)).max(1).div_ceil(2) * 8192 + 8192)
            .sum();
        let bytes = match (&relation, name) {
            (Relation::Table(table), "pg_total_relation_size") => heap(&table.storage) + index_bytes,
            (Relation::Table(_), "pg_indexes_size") => index_bytes,
            (Relation::Table(table), _) => heap(&table.storage),
            (Relation::Index(index), _) => pages(&format!("i{}", index.oid)).max(1).div_ceil(2) * 8192 + 8192,
            (Relation::Sequence(_), _) => 8192,
            (Relation::View(_), _) => 0,
        };
        Ok(Bound::new(bytes.to_string(), Type::of(Base::Int8), position))
    }

    /// A table's alias as an argument means its row as JSON.
    pub(super) fn whole_row_json(&mut self, argument: &Expr, position: usize) -> Result<Option<Bound>, Report> {
        let Expr::Identifier(name) = argument else {
            return Ok(None);
        };
        let name = super::ident(name);
        let Some(level) = self.levels.last() else {
            return Ok(None);
        };
        let Some(range) = level.ranges.iter().find(|range| range.name == name) else {
            return Ok(None);
        };
        if level
            .ranges
            .iter()
            .any(|range| range.columns.iter().any(|column| column.name == name && !column.hidden))
        {
            return Ok(None);
        }
        let columns = range.columns.clone();
        let mut parts = Vec::new();
        for column in columns
            .iter()
            .filter(|column| !column.name.is_empty() && (!column.hidden || column.merged))
        {
            let bound = Bound::new(&column.sql, column.ty.ty, position);
            let mut key = String::new();
            crate::programs::sql::values::json::quote_to(&column.name, &mut key);
            parts.push(format!(
                "{} || coalesce({}, 'null')",
                quote(&format!("{key}:")),
                bound.as_json()
            ));
            if let Some(level) = self.levels.last_mut()
                && !level.in_aggregate
            {
                level.loose.push(super::scope::Loose {
                    sql: column.sql.clone(),
                    name: format!("{name}.{}", column.name),
                    position,
                    table: None,
                });
            }
        }
        let sql = format!("('{{' || {} || '}}')", parts.join(" || ',' || "));
        Ok(Some(Bound::new(sql, Type::of(Base::Json), position)))
    }
}

/// Splits what a regclass text names; quotes keep capitals.
pub(super) fn split_name(words: &str) -> (Option<String>, String) {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    for c in words.trim().chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            c if quoted => part.push(c),
            c => part.extend(c.to_lowercase()),
        }
    }
    (parts.pop(), part)
}
