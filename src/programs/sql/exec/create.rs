//! CREATE TABLE, INDEX, VIEW, SEQUENCE and SCHEMA; COMMENT.

use rusqlite::types::Value;
use sqlparser::ast::{
    ColumnDef, ColumnOption, CommentObject, ConstraintReferenceMatchKind, CreateIndex, CreateTable, CreateView,
    DataType, Expr, ForeignKeyConstraint, GeneratedAs, IndexColumn, IndexType, NullsDistinctOption, ObjectName,
    ReferentialAction, SchemaName, SequenceOptions, TableConstraint,
};

use super::Job;
use super::constraints::{Checked, bind_formula, quoted};
use crate::programs::sql::bind::{column_type, ident, no_relation, object_name};
use crate::programs::sql::catalog::{
    Action, Column, Constraint, Foreign, Formula, Generated, Index, Key, Part, Relation, Rule, SYSTEM_SCHEMAS, Schema,
    Sequence, Table, View,
};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::{Way, cast_way};
use crate::programs::sql::values::{Base, Type};

/// A constraint of a new table, before it has a name.
#[expect(
    clippy::large_enum_variant,
    reason = "a table has a handful of them, for the time of one statement"
)]
pub(super) enum Wish {
    Primary {
        name: Option<String>,
        columns: Vec<String>,
        position: usize,
    },
    Unique {
        name: Option<String>,
        columns: Vec<String>,
        nulls_equal: bool,
    },
    Check {
        name: Option<String>,
        expr: Expr,
    },
    Foreign {
        name: Option<String>,
        columns: Vec<String>,
        key: Box<ForeignKeyConstraint>,
    },
}

impl Job<'_> {
    /// Returns the schema and the name of an object that is going to be made.
    pub(super) fn new_name(&self, name: &ObjectName) -> Result<(String, String), Report> {
        let position = name
            .0
            .first()
            .and_then(|part| part.as_ident())
            .map_or(0, |part| self.source.position(part.span.start));
        let (schema, bare) = object_name(name)?;
        let schema = match schema {
            None => self.binder().creation_schema()?,
            Some(schema) => {
                if SYSTEM_SCHEMAS.contains(&schema.as_str()) {
                    return Err(
                        Report::error("42501", format!("permission denied to create \"{schema}.{bare}\""))
                            .detail("System catalog modifications are currently disallowed."),
                    );
                }
                if !self.live.catalog.schemas.contains_key(&schema) {
                    let message = format!("schema \"{schema}\" does not exist");
                    return Err(Report::error("3F000", message).at(position));
                }
                schema
            }
        };
        Ok((schema, bare))
    }

    /// Says that a relation is there already, or gives leave to make it.
    fn is_free(&mut self, name: &(String, String), if_not_exists: bool) -> Result<bool, Report> {
        if !self.live.catalog.relations.contains_key(name) {
            return Ok(true);
        }
        let report = Report::error("42P07", format!("relation \"{}\" already exists", name.1));
        if if_not_exists {
            self.notice(format!("{}, skipping", report.message));
            return Ok(false);
        }
        Err(report)
    }

    pub(super) fn create_table(&mut self, create: &CreateTable) -> Result<(), Report> {
        for (asked, what) in [
            (create.temporary, "temporary tables"),
            (create.unlogged, "unlogged tables"),
            (
                create.partition_by.is_some() || create.partition_of.is_some(),
                "partitioned tables",
            ),
            (create.inherits.is_some(), "table inheritance"),
            (create.like.is_some(), "CREATE TABLE (LIKE …)"),
            (create.clone.is_some() || create.external, "tables of this kind"),
        ] {
            if asked {
                return Err(Report::beyond(what));
            }
        }
        let name = self.new_name(&create.name)?;
        if !self.is_free(&name, create.if_not_exists)? {
            self.done(if create.query.is_some() {
                "CREATE TABLE AS"
            } else {
                "CREATE TABLE"
            });
            return Ok(());
        }
        if let Some(query) = &create.query {
            return self.create_table_as(name, create, query);
        }
        let oid = self.live.catalog.take_oid();
        let mut table = Table {
            oid,
            owner: self.around.user.clone(),
            storage: self.storage_name(&name),
            columns: Vec::new(),
            constraints: Vec::new(),
            comment: None,
        };
        let mut wishes = Vec::new();
        for definition in &create.columns {
            let column = ident(&definition.name);
            if table.column(&column).is_some() {
                return Err(Report::error(
                    "42701",
                    format!("column \"{column}\" specified more than once"),
                ));
            }
            let number = table.columns.len() as u32 + 1;
            self.add_column(&name, &mut table, definition, number, &mut wishes)?;
        }
        for constraint in &create.constraints {
            wishes.push(self.wish(constraint)?);
        }
        // What belongs to the key cannot be null, wherever the key was written.
        self.store_table(&table)?;
        self.live.catalog.relations.insert(name.clone(), Relation::Table(table));
        self.grant_wishes(&name, wishes)?;
        self.done("CREATE TABLE");
        Ok(())
    }

    fn create_table_as(
        &mut self,
        name: (String, String),
        create: &CreateTable,
        query: &sqlparser::ast::Query,
    ) -> Result<(), Report> {
        let (rows, bound) = self.rows_of(query)?;
        let oid = self.live.catalog.take_oid();
        let mut table = Table {
            oid,
            owner: self.around.user.clone(),
            storage: self.storage_name(&name),
            columns: Vec::new(),
            constraints: Vec::new(),
            comment: None,
        };
        for (at, column) in bound.columns.iter().enumerate() {
            let given = create.columns.get(at).map(|column| ident(&column.name));
            let column_name = given.unwrap_or_else(|| column.name.clone());
            if table.column(&column_name).is_some() {
                return Err(Report::error(
                    "42701",
                    format!("column \"{column_name}\" specified more than once"),
                ));
            }
            table.columns.push(Column {
                storage: free_column(&table, &column_name),
                name: column_name,
                number: at as u32 + 1,
                ty: column.known_type(),
                not_null: false,
                default: None,
                generated: Generated::No,
                comment: None,
            });
        }
        self.store_table(&table)?;
        self.live
            .catalog
            .relations
            .insert(name.clone(), Relation::Table(table.clone()));
        let checked = Checked::new(self, name, table)?;
        let count = rows.len();
        for row in &rows {
            checked.put(self, row)?;
        }
        self.done(format!("SELECT {count}"));
        Ok(())
    }

    /// Returns a name for the SQLite table of a relation that no other has; SQLite does not tell capitals apart.
    fn storage_name(&self, name: &(String, String)) -> String {
        let base = if name.0 == "public" {
            name.1.clone()
        } else {
            format!("{}.{}", name.0, name.1)
        };
        let reserved = base.to_lowercase();
        let base = if reserved.starts_with("sqlite_") || reserved.starts_with("pglab_") {
            format!("t_{base}")
        } else {
            base
        };
        let taken = |candidate: &str| {
            self.live.catalog.relations.values().any(
                |relation| matches!(relation, Relation::Table(table) if table.storage.eq_ignore_ascii_case(candidate)),
            )
        };
        let mut candidate = base.clone();
        let mut number = 1;
        while taken(&candidate) {
            number += 1;
            candidate = format!("{base}~{number}");
        }
        candidate
    }

    fn store_table(&self, table: &Table) -> Result<(), Report> {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("{} {}", quoted(&column.storage), column.ty.ty.storage()))
            .collect();
        // A table without columns is a table in PostgreSQL.
        let columns = if columns.is_empty() {
            "\"~\"".to_owned()
        } else {
            columns.join(", ")
        };
        self.live
            .batch(&format!("CREATE TABLE {} ({columns})", quoted(&table.storage)))
    }

    /// Adds a column to a table that is being made or altered; its constraints are wishes for later.
    pub(super) fn add_column(
        &mut self,
        name: &(String, String),
        table: &mut Table,
        definition: &ColumnDef,
        number: u32,
        wishes: &mut Vec<Wish>,
    ) -> Result<(), Report> {
        let column_name = ident(&definition.name);
        let (ty, serial) =
            column_type(&definition.data_type).map_err(|report| self.at_type(report, &definition.data_type))?;
        let mut column = Column {
            storage: free_column(table, &column_name),
            name: column_name.clone(),
            number,
            ty,
            not_null: false,
            default: None,
            generated: Generated::No,
            comment: None,
        };
        if let Some(serial) = serial {
            let sequence = self.make_sequence(name, &column_name, serial.0, &[], Some((table.oid, number)))?;
            let shown = self.sequence_default(&sequence.1);
            column.default = Some(Formula {
                text: shown.clone(),
                shown,
            });
            column.not_null = true;
        }
        for option in &definition.options {
            let constraint_name = option.name.as_ref().map(ident);
            match &option.option {
                ColumnOption::Null => (),
                ColumnOption::NotNull => column.not_null = true,
                ColumnOption::Default(expr) => {
                    if serial.is_some() {
                        let message = format!(
                            "multiple default values specified for column \"{column_name}\" of table \"{}\"",
                            name.1
                        );
                        return Err(Report::error("42601", message));
                    }
                    column.default = self.default_formula(&column, expr)?;
                }
                ColumnOption::PrimaryKey(_) => {
                    // The words themselves have no place in the tree: they stand behind the column's name.
                    let start = self.source.position(definition.name.span.start);
                    let behind: String = self.source.text().to_lowercase().chars().skip(start).collect();
                    let skip = behind
                        .split_once("primary")
                        .map_or(0, |(before, _)| before.chars().count() + 1);
                    let position = start + skip;
                    wishes.push(Wish::Primary {
                        name: constraint_name,
                        columns: vec![column_name.clone()],
                        position,
                    });
                }
                ColumnOption::Unique(unique) => wishes.push(Wish::Unique {
                    name: constraint_name,
                    columns: vec![column_name.clone()],
                    nulls_equal: matches!(unique.nulls_distinct, NullsDistinctOption::NotDistinct),
                }),
                ColumnOption::Check(check) => {
                    wishes.push(Wish::Check {
                        name: constraint_name,
                        expr: check.expr.as_ref().clone(),
                    });
                }
                ColumnOption::ForeignKey(key) => wishes.push(Wish::Foreign {
                    name: constraint_name,
                    columns: vec![column_name.clone()],
                    key: Box::new(key.clone()),
                }),
                ColumnOption::Generated {
                    generated_as,
                    sequence_options,
                    generation_expr,
                    ..
                } => match (generated_as, generation_expr) {
                    (GeneratedAs::ExpStored, Some(expr)) | (_, Some(expr)) => {
                        let formula = self.formula_over(table, expr)?;
                        column.generated = Generated::Stored(formula);
                    }
                    (kind, None) => {
                        if !column.ty.ty.is_integer() {
                            let message = "identity column type must be smallint, integer, or bigint";
                            return Err(Report::error("22023", message));
                        }
                        let options = sequence_options.as_deref().unwrap_or(&[]);
                        let owner = Some((table.oid, number));
                        let (oid, _) = self.make_sequence(name, &column_name, ty.ty.base, options, owner)?;
                        column.generated = match kind {
                            GeneratedAs::ByDefault => Generated::ByDefault(oid),
                            _ => Generated::Always(oid),
                        };
                        column.not_null = true;
                    }
                },
                ColumnOption::Collation(_) => (),
                other => return Err(Report::beyond(format!("the column option {other}"))),
            }
        }
        table.columns.push(column);
        Ok(())
    }

    fn at_type(&self, report: Report, data_type: &DataType) -> Report {
        match data_type {
            DataType::Custom(name, _) if !report.is_beyond() => {
                let start = name
                    .0
                    .first()
                    .and_then(|part| part.as_ident())
                    .map(|part| part.span.start);
                start.map_or_else(
                    || report.clone(),
                    |start| report.clone().at(self.source.position(start)),
                )
            }
            _ => report,
        }
    }

    /// Binds a default: a constant or a call, turned into the column's type.
    pub(super) fn default_formula(&self, column: &Column, expr: &Expr) -> Result<Option<Formula>, Report> {
        let mut binder = self.binder();
        let level = crate::programs::sql::bind::Level {
            no_aggregates: Some("DEFAULT expressions"),
            ..Default::default()
        };
        let bound =
            binder
                .on_level(level, |binder| binder.expr(expr))
                .map_err(|report| match report.code.as_str() {
                    "42703" => Report {
                        message: "cannot use column reference in DEFAULT expression".into(),
                        code: "0A000".into(),
                        hint: None,
                        ..report
                    },
                    _ => report,
                })?;
        if bound.is_null() {
            return Ok(None);
        }
        let (from, position) = (bound.ty, bound.position);
        let written = bound.literal.is_none().then(|| bound.shown.clone());
        let cast = bound
            .cast(column.ty.ty, Way::Assignment, self.around.place)?
            .ok_or_else(|| {
                Report::error(
                    "42804",
                    format!(
                        "column \"{}\" is of type {} but default expression is of type {from}",
                        column.name, column.ty.ty
                    ),
                )
                .hint("You will need to rewrite or cast the expression.")
                .at(position)
            })?;
        // The cast into the column's type is not shown, unless it gives a literal its type.
        let shown = written.unwrap_or(cast.shown);
        Ok(Some(Formula {
            text: expr.to_string(),
            shown,
        }))
    }

    /// Binds an expression over the columns of a table, for keeping.
    pub(super) fn formula_over(&self, table: &Table, expr: &Expr) -> Result<Formula, Report> {
        let text = expr.to_string();
        let bound = self.bind_in_place(table, expr)?;
        Ok(Formula {
            text,
            shown: bound.shown,
        })
    }

    /// Binds an expression of this statement over a table's columns, so that errors tell their place.
    pub(super) fn bind_in_place(
        &self,
        table: &Table,
        expr: &Expr,
    ) -> Result<crate::programs::sql::bind::Bound, Report> {
        use crate::programs::sql::bind::{Level, Range, table_columns};
        let range = Range {
            name: String::new(),
            columns: table_columns(table, "n"),
            table: None,
        };
        let level = Level {
            ranges: vec![range],
            no_aggregates: Some("check constraints"),
            ..Level::default()
        };
        self.binder().on_level(level, |binder| binder.expr(expr))
    }

    pub(super) fn wish(&self, constraint: &TableConstraint) -> Result<Wish, Report> {
        let names = |columns: &[IndexColumn]| -> Result<Vec<String>, Report> {
            columns
                .iter()
                .map(|column| match &column.column.expr {
                    Expr::Identifier(name) => Ok(ident(name)),
                    _ => Err(Report::error("42601", "syntax error")),
                })
                .collect()
        };
        Ok(match constraint {
            TableConstraint::PrimaryKey(key) => Wish::Primary {
                name: key.name.as_ref().map(ident),
                columns: names(&key.columns)?,
                position: 0,
            },
            TableConstraint::Unique(unique) => Wish::Unique {
                name: unique.name.as_ref().map(ident),
                columns: names(&unique.columns)?,
                nulls_equal: matches!(unique.nulls_distinct, NullsDistinctOption::NotDistinct),
            },
            TableConstraint::Check(check) => Wish::Check {
                name: check.name.as_ref().map(ident),
                expr: check.expr.as_ref().clone(),
            },
            TableConstraint::ForeignKey(key) => Wish::Foreign {
                name: key.name.as_ref().map(ident),
                columns: key.columns.iter().map(ident).collect(),
                key: Box::new(key.clone()),
            },
            TableConstraint::Exclude(_) => return Err(Report::beyond("exclusion constraints")),
            _ => return Err(Report::beyond("constraints of this kind")),
        })
    }

    /// Makes the constraints of a table: keys first, then checks, then foreign keys.
    pub(super) fn grant_wishes(&mut self, name: &(String, String), mut wishes: Vec<Wish>) -> Result<(), Report> {
        wishes.sort_by_key(|wish| match wish {
            Wish::Check { .. } => 0,
            Wish::Primary { .. } => 1,
            Wish::Unique { .. } => 2,
            Wish::Foreign { .. } => 3,
        });
        for wish in wishes {
            self.grant(name, wish)?;
        }
        Ok(())
    }

    /// Returns a copy of a table that this statement works on.
    pub(super) fn table_now(&self, name: &(String, String)) -> Table {
        match self.live.catalog.relations.get(name) {
            Some(Relation::Table(table)) => table.clone(),
            _ => Table {
                oid: 0,
                owner: String::new(),
                storage: String::new(),
                columns: Vec::new(),
                constraints: Vec::new(),
                comment: None,
            },
        }
    }

    pub(super) fn put_table(&mut self, name: &(String, String), table: Table) {
        self.live.catalog.relations.insert(name.clone(), Relation::Table(table));
    }

    fn grant(&mut self, name: &(String, String), wish: Wish) -> Result<(), Report> {
        let mut table = self.table_now(name);
        match wish {
            Wish::Primary {
                name: given,
                columns,
                position,
            } => {
                if table.primary_key().is_some() {
                    let message = format!("multiple primary keys for table \"{}\" are not allowed", name.1);
                    return Err(Report::error("42P16", message).at(position));
                }
                let numbers = self.numbers(&table, &columns, "named in key")?;
                for column in &mut table.columns {
                    if numbers.contains(&column.number) {
                        self.no_nulls(name, &table.storage, column)?;
                        column.not_null = true;
                    }
                }
                let index = given.unwrap_or_else(|| self.live.catalog.free_name(&name.0, &made(&name.1, &[], "pkey")));
                self.put_table(name, table);
                self.key(name, index, numbers, false, true)
            }
            Wish::Unique {
                name: given,
                columns,
                nulls_equal,
            } => {
                let numbers = self.numbers(&table, &columns, "named in key")?;
                let index =
                    given.unwrap_or_else(|| self.live.catalog.free_name(&name.0, &made(&name.1, &columns, "key")));
                self.key(name, index, numbers, nulls_equal, false)
            }
            Wish::Check { name: given, expr } => {
                let bound = self.bind_in_place(&table, &expr)?;
                let (ty, position) = (bound.ty, bound.position);
                let bound = bound
                    .cast(Type::of(Base::Bool), Way::Implicit, self.around.place)?
                    .ok_or_else(|| {
                        Report::error(
                            "42804",
                            format!("argument of CHECK must be type boolean, not type {ty}"),
                        )
                        .at(position)
                    })?;
                let used: Vec<String> = table
                    .columns
                    .iter()
                    .filter(|column| bound.sql.contains(&format!("n.{}", quoted(&column.storage))))
                    .map(|column| column.name.clone())
                    .collect();
                let used = if used.len() == 1 { used } else { Vec::new() };
                let constraint_name = match given {
                    Some(given) => {
                        self.constraint_is_free(&table, &name.1, &given)?;
                        given
                    }
                    None => self.free_constraint(&name.0, &made(&name.1, &used, "check")),
                };
                self.obeyed(name, &table, &constraint_name, &bound.sql)?;
                let oid = self.live.catalog.take_oid();
                let formula = Formula {
                    text: expr.to_string(),
                    shown: bound.shown,
                };
                table.constraints.push(Constraint {
                    oid,
                    name: constraint_name,
                    rule: Rule::Check(formula),
                });
                self.put_table(name, table);
                Ok(())
            }
            Wish::Foreign {
                name: given,
                columns,
                key,
            } => self.foreign_key(name, table, given, &columns, &key),
        }
    }

    /// Checks that all rows of a table obey a new CHECK.
    fn obeyed(&self, name: &(String, String), table: &Table, constraint: &str, sql: &str) -> Result<(), Report> {
        let search = format!(
            "SELECT 1 FROM {} AS n WHERE NOT ({sql}) LIMIT 1",
            quoted(&table.storage)
        );
        if self.live.first(&search, &[])?.is_some() {
            let message = format!(
                "check constraint \"{constraint}\" of relation \"{}\" is violated by some row",
                name.1
            );
            return Err(Report::error("23514", message));
        }
        Ok(())
    }

    /// Checks that a column has no nulls, before it promises so.
    pub(super) fn no_nulls(&self, name: &(String, String), storage: &str, column: &Column) -> Result<(), Report> {
        let search = format!(
            "SELECT 1 FROM {} WHERE {} IS NULL LIMIT 1",
            quoted(storage),
            quoted(&column.storage)
        );
        if self.live.first(&search, &[])?.is_some() {
            let message = format!(
                "column \"{}\" of relation \"{}\" contains null values",
                column.name, name.1
            );
            return Err(Report::error("23502", message));
        }
        Ok(())
    }

    pub(super) fn constraint_is_free(&self, table: &Table, table_name: &str, name: &str) -> Result<(), Report> {
        if table.constraints.iter().any(|constraint| constraint.name == name) {
            let message = format!("constraint \"{name}\" for relation \"{table_name}\" already exists");
            return Err(Report::error("42710", message));
        }
        Ok(())
    }

    /// Returns a name that no constraint of the schema has.
    fn free_constraint(&self, schema: &str, base: &str) -> String {
        let taken = |candidate: &str| {
            self.live
                .catalog
                .relations
                .iter()
                .any(|((of, _), relation)| match relation {
                    Relation::Table(table) => {
                        of == schema && table.constraints.iter().any(|constraint| constraint.name == candidate)
                    }
                    _ => false,
                })
        };
        let mut candidate = base.to_owned();
        let mut number = 0;
        while taken(&candidate) {
            number += 1;
            candidate = format!("{base}{number}");
        }
        candidate
    }

    fn numbers(&self, table: &Table, columns: &[String], what: &str) -> Result<Vec<u32>, Report> {
        columns
            .iter()
            .map(|name| {
                table
                    .column(name)
                    .map(|column| column.number)
                    .ok_or_else(|| Report::error("42703", format!("column \"{name}\" {what} does not exist")))
            })
            .collect()
    }

    /// Makes a primary key or a unique constraint with its index.
    fn key(
        &mut self,
        name: &(String, String),
        index_name: String,
        numbers: Vec<u32>,
        nulls_equal: bool,
        primary: bool,
    ) -> Result<(), Report> {
        let full = (name.0.clone(), index_name.clone());
        if self.live.catalog.relations.contains_key(&full) {
            return Err(Report::error(
                "42P07",
                format!("relation \"{index_name}\" already exists"),
            ));
        }
        let mut table = self.table_now(name);
        let parts = numbers
            .iter()
            .map(|number| Part {
                key: Key::Column(*number),
                descending: false,
                nulls_first: false,
            })
            .collect();
        self.make_index(name, full, parts, true, nulls_equal, None, "btree".into())?;
        let oid = self.live.catalog.take_oid();
        let rule = if primary {
            Rule::Primary(numbers)
        } else {
            Rule::Unique(numbers)
        };
        table.constraints.push(Constraint {
            oid,
            name: index_name,
            rule,
        });
        self.put_table(name, table);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "an index is made of this many things")]
    fn make_index(
        &mut self,
        table_name: &(String, String),
        name: (String, String),
        parts: Vec<Part>,
        unique: bool,
        nulls_equal: bool,
        predicate: Option<Formula>,
        method: String,
    ) -> Result<(), Report> {
        let table = self.table_now(table_name);
        let oid = self.live.catalog.take_oid();
        let index = Index {
            oid,
            table: table.oid,
            parts,
            unique,
            nulls_equal,
            predicate,
            method,
        };
        self.store_index(&table, &index)?;
        self.live.catalog.relations.insert(name.clone(), Relation::Index(index));
        if unique {
            self.unique_so_far(table_name, &table, &name.1, oid)?;
        }
        Ok(())
    }

    /// Makes SQLite's side of an index: over plain columns only; uniqueness is checked before a row is put.
    pub(super) fn store_index(&self, table: &Table, index: &Index) -> Result<(), Report> {
        let mut columns = Vec::new();
        for part in &index.parts {
            let Key::Column(number) = part.key else { return Ok(()) };
            let Some(column) = table.numbered(number) else {
                return Ok(());
            };
            columns.push(quoted(&column.storage));
        }
        self.live.batch(&format!(
            "CREATE INDEX {} ON {} ({})",
            quoted(&format!("i{}", index.oid)),
            quoted(&table.storage),
            columns.join(", ")
        ))
    }

    fn unique_so_far(&self, name: &(String, String), table: &Table, index: &str, oid: u32) -> Result<(), Report> {
        let checked = Checked::new(self, name.clone(), table.clone())?;
        let Some(unique) = checked.uniques.iter().find(|unique| unique.oid == oid) else {
            return Ok(());
        };
        let rows = self.live.query(
            &format!(
                "SELECT _rowid_, {} FROM {}",
                checked.column_list(),
                quoted(&table.storage)
            ),
            &[],
        )?;
        for mut row in rows {
            let Value::Integer(id) = row.remove(0) else { continue };
            if checked.conflict(self, unique, &row, Some(id))?.is_some() {
                let detail = checked.duplicate(self, unique, &row).detail.unwrap_or_default();
                return Err(
                    Report::error("23505", format!("could not create unique index \"{index}\""))
                        .detail(detail.replace(" already exists.", " is duplicated.")),
                );
            }
        }
        Ok(())
    }

    fn foreign_key(
        &mut self,
        name: &(String, String),
        mut table: Table,
        given: Option<String>,
        columns: &[String],
        key: &ForeignKeyConstraint,
    ) -> Result<(), Report> {
        if matches!(
            key.match_kind,
            Some(ConstraintReferenceMatchKind::Full | ConstraintReferenceMatchKind::Partial)
        ) {
            return Err(Report::beyond("MATCH FULL and MATCH PARTIAL"));
        }
        let (schema, bare) = object_name(&key.foreign_table)?;
        let parent = match self.binder().find(schema.as_deref(), &bare) {
            Some((_, Relation::Table(parent))) => parent.clone(),
            Some(_) => {
                return Err(Report::error(
                    "42809",
                    format!("referenced relation \"{bare}\" is not a table"),
                ));
            }
            None => return Err(no_relation(schema.as_deref(), &bare)),
        };
        let numbers = self.numbers(&table, columns, "referenced in foreign key constraint")?;
        let referred = if key.referred_columns.is_empty() {
            parent.primary_key().map(<[u32]>::to_vec).ok_or_else(|| {
                Report::error(
                    "42704",
                    format!("there is no primary key for referenced table \"{bare}\""),
                )
            })?
        } else {
            let names: Vec<String> = key.referred_columns.iter().map(ident).collect();
            self.numbers(&parent, &names, "referenced in foreign key constraint")?
        };
        if numbers.len() != referred.len() {
            let message = "number of referencing and referenced columns for foreign key disagree";
            return Err(Report::error("42830", message));
        }
        let mut wanted = referred.clone();
        wanted.sort_unstable();
        let keyed = parent.constraints.iter().any(|constraint| match &constraint.rule {
            Rule::Primary(columns) | Rule::Unique(columns) => {
                let mut columns = columns.clone();
                columns.sort_unstable();
                columns == wanted
            }
            _ => false,
        });
        let indexed = self.live.catalog.indexes_of(parent.oid).iter().any(|(_, index)| {
            let mut columns: Vec<u32> = index
                .parts
                .iter()
                .filter_map(|part| if let Key::Column(n) = part.key { Some(n) } else { None })
                .collect();
            columns.sort_unstable();
            index.unique && index.predicate.is_none() && columns == wanted
        });
        if !keyed && !indexed {
            let message = format!("there is no unique constraint matching given keys for referenced table \"{bare}\"");
            return Err(Report::error("42830", message));
        }
        let constraint_name = match given {
            Some(given) => {
                self.constraint_is_free(&table, &name.1, &given)?;
                given
            }
            None => self.free_constraint(&name.0, &made(&name.1, columns, "fkey")),
        };
        for (a, b) in numbers.iter().zip(&referred) {
            let (Some(a), Some(b)) = (table.numbered(*a), parent.numbered(*b)) else {
                continue;
            };
            let fit = a.ty.ty == b.ty.ty
                || cast_way(a.ty.ty, b.ty.ty) == Some(Way::Implicit)
                || a.ty.ty.category() == b.ty.ty.category();
            if !fit {
                return Err(Report::error(
                    "42804",
                    format!("foreign key constraint \"{constraint_name}\" cannot be implemented"),
                )
                .detail(format!(
                    "Key columns \"{}\" and \"{}\" are of incompatible types: {} and {}.",
                    a.name, b.name, a.ty.ty, b.ty.ty
                )));
            }
        }
        let action = |action: &Option<ReferentialAction>| match action {
            None | Some(ReferentialAction::NoAction) => Action::NoAction,
            Some(ReferentialAction::Restrict) => Action::Restrict,
            Some(ReferentialAction::Cascade) => Action::Cascade,
            Some(ReferentialAction::SetNull) => Action::SetNull,
            Some(ReferentialAction::SetDefault) => Action::SetDefault,
        };
        let characteristics = key.characteristics.as_ref();
        let deferrable = characteristics.is_some_and(|it| it.deferrable == Some(true));
        let foreign = Foreign {
            columns: numbers,
            table: parent.oid,
            referred,
            on_delete: action(&key.on_delete),
            on_update: action(&key.on_update),
            deferrable,
            deferred: characteristics
                .is_some_and(|it| matches!(it.initially, Some(sqlparser::ast::DeferrableInitial::Deferred))),
        };
        let oid = self.live.catalog.take_oid();
        table.constraints.push(Constraint {
            oid,
            name: constraint_name,
            rule: Rule::Foreign(foreign),
        });
        self.put_table(name, table.clone());
        // Rows that are there already must refer to something.
        let checked = Checked::new(self, name.clone(), table.clone())?;
        let rows = self.live.query(
            &format!("SELECT {} FROM {}", checked.column_list(), quoted(&table.storage)),
            &[],
        )?;
        for row in &rows {
            checked.check_foreign(self, row)?;
        }
        Ok(())
    }

    pub(super) fn create_index(&mut self, create: &CreateIndex) -> Result<(), Report> {
        if !create.include.is_empty() {
            return Err(Report::beyond("INCLUDE columns of an index"));
        }
        let (full, table) = self.target(&create.table_name, "CREATE INDEX")?;
        let method = match &create.using {
            None => "btree".to_owned(),
            Some(IndexType::Custom(name)) => ident(name),
            Some(known) => known.to_string().to_lowercase(),
        };
        if !["btree", "hash", "gin", "gist", "brin", "spgist"].contains(&method.as_str()) {
            return Err(Report::error(
                "42704",
                format!("access method \"{method}\" does not exist"),
            ));
        }
        let mut parts = Vec::new();
        let mut words = Vec::new();
        for column in &create.columns {
            let descending = matches!(column.column.options.sort, Some(sqlparser::ast::OrderBySort::Desc));
            let nulls_first = column.column.options.nulls_first.unwrap_or(descending);
            let key = match &column.column.expr {
                Expr::Identifier(name) => {
                    let bare = ident(name);
                    let number = table
                        .column(&bare)
                        .map(|column| column.number)
                        .ok_or_else(|| Report::error("42703", format!("column \"{bare}\" does not exist")))?;
                    words.push(bare);
                    Key::Column(number)
                }
                expr => {
                    let expr = if let Expr::Nested(inner) = expr { inner } else { expr };
                    words.push(match expr {
                        Expr::Function(function) => object_name(&function.name)?.1,
                        _ => "expr".into(),
                    });
                    Key::Formula(self.formula_over(&table, expr)?)
                }
            };
            parts.push(Part {
                key,
                descending,
                nulls_first,
            });
        }
        let name = match &create.name {
            Some(name) => {
                let (_, bare) = object_name(name)?;
                (full.0.clone(), bare)
            }
            None => (
                full.0.clone(),
                self.live.catalog.free_name(&full.0, &made(&full.1, &words, "idx")),
            ),
        };
        if !self.is_free(&name, create.if_not_exists)? {
            self.done("CREATE INDEX");
            return Ok(());
        }
        let predicate = match &create.predicate {
            Some(expr) => Some(self.formula_over(&table, expr)?),
            None => None,
        };
        let nulls_equal = create.nulls_distinct == Some(false);
        self.make_index(&full, name, parts, create.unique, nulls_equal, predicate, method)?;
        self.done("CREATE INDEX");
        Ok(())
    }

    pub(super) fn create_view(&mut self, create: &CreateView) -> Result<(), Report> {
        if create.materialized {
            return Err(Report::beyond("materialized views"));
        }
        if create.temporary {
            return Err(Report::beyond("temporary views"));
        }
        let name = self.new_name(&create.name)?;
        let mut binder = self.binder();
        let bound = binder.query(&create.query, &[])?;
        let reads = binder.reads.clone();
        let mut columns: Vec<(String, crate::programs::sql::values::ColumnType)> = Vec::new();
        for (at, column) in bound.columns.iter().enumerate() {
            let given = create.columns.get(at).map(|column| ident(&column.name));
            let column_name = given.unwrap_or_else(|| column.name.clone());
            if columns.iter().any(|(known, _)| *known == column_name) {
                return Err(Report::error(
                    "42701",
                    format!("column \"{column_name}\" specified more than once"),
                ));
            }
            columns.push((column_name, column.known_type()));
        }
        let oid = match self.live.catalog.relations.get(&name) {
            Some(Relation::View(old)) if create.or_replace => {
                if columns.len() < old.columns.len() {
                    return Err(Report::error("42P16", "cannot drop columns from view"));
                }
                for (at, (old_name, old_type)) in old.columns.iter().enumerate() {
                    let Some((new_name, new_type)) = columns.get(at) else {
                        return Err(Report::error("42P16", "cannot drop columns from view"));
                    };
                    if new_name != old_name {
                        let message = format!("cannot change name of view column \"{old_name}\" to \"{new_name}\"");
                        return Err(Report::error("42P16", message)
                            .hint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead."));
                    }
                    if new_type.ty != old_type.ty {
                        let message = format!(
                            "cannot change data type of view column \"{old_name}\" from {old_type} to {new_type}"
                        );
                        return Err(Report::error("42P16", message));
                    }
                }
                old.oid
            }
            Some(_) => {
                return Err(Report::error(
                    "42P07",
                    format!("relation \"{}\" already exists", name.1),
                ));
            }
            None => self.live.catalog.take_oid(),
        };
        let view = View {
            oid,
            owner: self.around.user.clone(),
            query: create.query.to_string(),
            columns,
            reads,
            comment: None,
        };
        self.live.catalog.relations.insert(name, Relation::View(view));
        self.done("CREATE VIEW");
        Ok(())
    }

    pub(super) fn create_schema(&mut self, name: &SchemaName, if_not_exists: bool) -> Result<(), Report> {
        let (name, owner) = match name {
            SchemaName::Simple(name) => (object_name(name)?.1, self.around.user.clone()),
            SchemaName::UnnamedAuthorization(owner) => (ident(owner), ident(owner)),
            SchemaName::NamedAuthorization(name, owner) => (object_name(name)?.1, ident(owner)),
        };
        if name.starts_with("pg_") {
            return Err(Report::error("42939", format!("unacceptable schema name \"{name}\""))
                .detail("The prefix \"pg_\" is reserved for system schemas."));
        }
        if self.live.catalog.schemas.contains_key(&name) || SYSTEM_SCHEMAS.contains(&name.as_str()) {
            let message = format!("schema \"{name}\" already exists");
            if !if_not_exists {
                return Err(Report::error("42P06", message));
            }
            self.notice(format!("{message}, skipping"));
        } else {
            let oid = self.live.catalog.take_oid();
            self.live.catalog.schemas.insert(name, Schema { oid, owner });
        }
        self.done("CREATE SCHEMA");
        Ok(())
    }

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

    fn owner_column(&self, owner: &ObjectName) -> Result<(u32, u32), Report> {
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

    fn sequence_default(&self, name: &(String, String)) -> String {
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

    pub(super) fn comment(
        &mut self,
        kind: CommentObject,
        name: &ObjectName,
        comment: Option<String>,
    ) -> Result<(), Report> {
        let comment = comment.filter(|comment| !comment.is_empty());
        match kind {
            CommentObject::Table => {
                let (full, mut table) = self.target(name, "COMMENT")?;
                table.comment = comment;
                self.put_table(&full, table);
            }
            CommentObject::Column => {
                let (oid, number) = self.owner_column(name)?;
                let full = self.live.catalog.table_by_oid(oid).map(|(full, _)| full.clone());
                if let Some(full) = full {
                    let mut table = self.table_now(&full);
                    if let Some(column) = table.columns.iter_mut().find(|column| column.number == number) {
                        column.comment = comment;
                    }
                    self.put_table(&full, table);
                }
            }
            CommentObject::View => {
                let (schema, bare) = object_name(name)?;
                let found = self
                    .binder()
                    .find(schema.as_deref(), &bare)
                    .map(|(full, relation)| (full.clone(), relation.clone()));
                match found {
                    Some((full, Relation::View(view))) => {
                        let view = View { comment, ..view };
                        self.live.catalog.relations.insert(full, Relation::View(view));
                    }
                    _ => return Err(no_relation(schema.as_deref(), &bare)),
                }
            }
            // Accepted; nothing here shows them.
            CommentObject::Schema | CommentObject::Database | CommentObject::Index | CommentObject::Sequence => (),
            other => return Err(Report::beyond(format!("COMMENT ON {other}"))),
        }
        self.done("COMMENT");
        Ok(())
    }

    /// Checks that every view still means something after its tables have changed.
    pub(super) fn broken_views(&self, table: u32) -> Vec<(String, String)> {
        let mut broken = Vec::new();
        for (name, relation) in &self.live.catalog.relations {
            let Relation::View(view) = relation else { continue };
            if !view.reads.contains(&table) {
                continue;
            }
            let source = crate::programs::sql::source::Source::new(&view.query);
            let bound = source.pieces().and_then(|pieces| {
                let piece = pieces
                    .into_iter()
                    .next()
                    .ok_or_else(|| Report::beyond("an empty view"))?;
                match source.parse(&piece)? {
                    sqlparser::ast::Statement::Query(query) => {
                        crate::programs::sql::bind::Binder::new(&self.live.catalog, self.around, &source)
                            .query(&query, &[])
                            .map(drop)
                    }
                    _ => Ok(()),
                }
            });
            if bound.is_err() {
                broken.push(name.clone());
            }
        }
        broken
    }

    /// Computes a kept expression for every row of a table.
    pub(super) fn fill(&self, table: &Table, storage: &str, text: &str) -> Result<(), Report> {
        let bound = bind_formula(self, table, &quoted(&table.storage), text)?;
        self.live.batch(&format!(
            "UPDATE {} SET {} = {}",
            quoted(&table.storage),
            quoted(storage),
            bound.sql
        ))
    }
}

/// Returns a name for a column of SQLite's that the table has not: it does not tell capitals apart.
pub(super) fn free_column(table: &Table, name: &str) -> String {
    let taken = |candidate: &str| {
        table
            .columns
            .iter()
            .any(|column| column.storage.eq_ignore_ascii_case(candidate))
    };
    let base = if name.eq_ignore_ascii_case("_rowid_") || name == "~" {
        format!("c{name}")
    } else {
        name.to_owned()
    };
    let mut candidate = base.clone();
    let mut number = 1;
    while taken(&candidate) {
        number += 1;
        candidate = format!("{base}~{number}");
    }
    candidate
}

/// Returns the name that PostgreSQL gives: table, columns, label; long ones are cut (makeObjectName).
pub(super) fn made(table: &str, columns: &[String], label: &str) -> String {
    let columns = columns.join("_");
    let overhead = label.len() + 1 + usize::from(!columns.is_empty());
    let (mut a, mut b) = (table.len(), columns.len());
    while a + b + overhead > 63 {
        if a > b { a -= 1 } else { b -= 1 }
    }
    let cut = |text: &str, mut len: usize| {
        while !text.is_char_boundary(len) {
            len -= 1;
        }
        text[..len].to_owned()
    };
    if columns.is_empty() {
        format!("{}_{label}", cut(table, a))
    } else {
        format!("{}_{}_{label}", cut(table, a), cut(&columns, b))
    }
}
