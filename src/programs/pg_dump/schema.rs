//! The objects: those that rows need, and those that come after the rows.

use super::entry::{Entry, IF_EXISTS};
use super::options::Options;
use super::order::{Chosen, is_identity};
use crate::programs::sql::{
    Directory, Formula, Generated, Relation, Rule, Sequence, Table, View, quote_ident, quote_literal,
};

/// Returns schemas, tables, views, sequences and the defaults that draw from sequences.
pub(super) fn before(directory: &Directory, chosen: &[Chosen<'_>], options: &Options) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (name, schema) in &directory.catalog.schemas {
        let wanted = options.schemas.is_empty() || chosen.iter().any(|it| it.schema == name);
        // Every database has public; a dump of tables dumps no schemas.
        if name == "public" || !options.tables.is_empty() || !wanted {
            continue;
        }
        let quoted = quote_ident(name);
        entries.push(Entry {
            kind: "SCHEMA",
            name: name.clone(),
            schema: None,
            owner: schema.owner.clone(),
            body: format!("CREATE SCHEMA {quoted};\n"),
            owned: Some(format!("SCHEMA {quoted}")),
            drop: Some(format!("DROP SCHEMA {IF_EXISTS}{quoted};\n")),
        });
    }
    for it in chosen {
        match it.relation {
            Relation::Table(table) => {
                entries.push(make_table(directory, it, table));
                if !options.no_comments {
                    entries.extend(comments(directory, it, table));
                }
            }
            Relation::View(view) => entries.push(make_view(directory, it, view)),
            Relation::Sequence(sequence) => entries.extend(make_sequence(directory, it, sequence)),
            Relation::Index(_) => (),
        }
    }
    for it in chosen {
        let Relation::Table(table) = it.relation else { continue };
        let full = directory.shown_name(it.schema, it.name);
        for column in &table.columns {
            let Some(default) = column.default.as_ref().filter(|default| draws(default)) else {
                continue;
            };
            let quoted = quote_ident(&column.name);
            let value = qualified(directory, it.schema, default);
            entries.push(Entry {
                kind: "DEFAULT",
                name: format!("{} {}", it.name, column.name),
                schema: Some(it.schema.to_owned()),
                owner: table.owner.clone(),
                body: format!("ALTER TABLE ONLY {full} ALTER COLUMN {quoted} SET DEFAULT {value};\n"),
                owned: None,
                drop: Some(format!(
                    "ALTER TABLE {IF_EXISTS}{full} ALTER COLUMN {quoted} DROP DEFAULT;\n"
                )),
            });
        }
    }
    entries
}

/// Returns keys, indexes and foreign keys.
pub(super) fn after(directory: &Directory, chosen: &[Chosen<'_>]) -> Vec<Entry> {
    let (mut keys, mut indexes, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
    for it in chosen {
        let Relation::Table(table) = it.relation else { continue };
        let full = directory.shown_name(it.schema, it.name);
        for constraint in &table.constraints {
            let kind = match constraint.rule {
                Rule::Primary(_) | Rule::Unique(_) => "CONSTRAINT",
                Rule::Foreign(_) => "FK CONSTRAINT",
                // A check stands in its table.
                Rule::Check(_) => continue,
            };
            let name = quote_ident(&constraint.name);
            let definition = directory.constraint(table, constraint, false);
            let list = if kind == "CONSTRAINT" { &mut keys } else { &mut foreign };
            list.push((
                constraint.name.clone(),
                Entry {
                    kind,
                    name: format!("{} {}", it.name, constraint.name),
                    schema: Some(it.schema.to_owned()),
                    owner: table.owner.clone(),
                    body: format!("ALTER TABLE ONLY {full}\n    ADD CONSTRAINT {name} {definition};\n"),
                    owned: None,
                    drop: Some(format!(
                        "ALTER TABLE {IF_EXISTS}ONLY {full} DROP CONSTRAINT {IF_EXISTS}{name};\n"
                    )),
                },
            ));
        }
        for ((schema, name), index) in directory.catalog.indexes_of(table.oid) {
            if table.constraints.iter().any(|constraint| constraint.name == *name) {
                continue;
            }
            let Some(definition) = directory.index(name, index) else {
                continue;
            };
            indexes.push((
                name.clone(),
                Entry {
                    kind: "INDEX",
                    name: name.clone(),
                    schema: Some(schema.clone()),
                    owner: table.owner.clone(),
                    body: format!("{definition};\n"),
                    owned: None,
                    drop: Some(format!(
                        "DROP INDEX {IF_EXISTS}{};\n",
                        directory.shown_name(schema, name)
                    )),
                },
            ));
        }
    }
    let mut entries = Vec::new();
    for mut list in [keys, indexes, foreign] {
        list.sort_by(|(a, x), (b, y)| x.schema.cmp(&y.schema).then(a.cmp(b)));
        entries.extend(list.into_iter().map(|(_, entry)| entry));
    }
    entries
}

fn make_table(directory: &Directory, it: &Chosen<'_>, table: &Table) -> Entry {
    let full = directory.shown_name(it.schema, it.name);
    let mut lines: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let mut line = format!("{} {}", quote_ident(&column.name), column.ty);
            match (&column.generated, &column.default) {
                (Generated::Stored(formula), _) => {
                    line.push_str(&format!(" GENERATED ALWAYS AS ({}) STORED", formula.shown));
                }
                (_, Some(default)) if !draws(default) => line.push_str(&format!(" DEFAULT {}", default.shown)),
                _ => (),
            }
            if column.not_null {
                line.push_str(" NOT NULL");
            }
            line
        })
        .collect();
    let mut checks: Vec<_> = table
        .constraints
        .iter()
        .filter(|constraint| matches!(constraint.rule, Rule::Check(_)))
        .collect();
    checks.sort_by_key(|constraint| constraint.name.clone());
    for constraint in checks {
        lines.push(format!(
            "CONSTRAINT {} {}",
            quote_ident(&constraint.name),
            directory.constraint(table, constraint, false)
        ));
    }
    let lines = if lines.is_empty() {
        String::new()
    } else {
        format!("\n    {}", lines.join(",\n    "))
    };
    Entry {
        kind: "TABLE",
        name: it.name.to_owned(),
        schema: Some(it.schema.to_owned()),
        owner: table.owner.clone(),
        body: format!("CREATE TABLE {full} ({lines}\n);\n"),
        owned: Some(format!("TABLE {full}")),
        drop: Some(format!("DROP TABLE {IF_EXISTS}{full};\n")),
    }
}

fn comments(directory: &Directory, it: &Chosen<'_>, table: &Table) -> Vec<Entry> {
    let full = directory.shown_name(it.schema, it.name);
    let entry = |name: String, what: String, comment: &str| Entry {
        kind: "COMMENT",
        name,
        schema: Some(it.schema.to_owned()),
        owner: table.owner.clone(),
        body: format!("COMMENT ON {what} IS {};\n", quote_literal(comment)),
        owned: None,
        drop: None,
    };
    let mut entries = Vec::new();
    if let Some(comment) = &table.comment {
        entries.push(entry(
            format!("TABLE {}", quote_ident(it.name)),
            format!("TABLE {full}"),
            comment,
        ));
    }
    for column in &table.columns {
        if let Some(comment) = &column.comment {
            let name = quote_ident(&column.name);
            entries.push(entry(
                format!("COLUMN {}.{name}", quote_ident(it.name)),
                format!("COLUMN {full}.{name}"),
                comment,
            ));
        }
    }
    entries
}

fn make_view(directory: &Directory, it: &Chosen<'_>, view: &View) -> Entry {
    let full = directory.shown_name(it.schema, it.name);
    let columns: Vec<String> = view.columns.iter().map(|(name, _)| quote_ident(name)).collect();
    let query = view.qualified_query(&directory.catalog);
    Entry {
        kind: "VIEW",
        name: it.name.to_owned(),
        schema: Some(it.schema.to_owned()),
        owner: view.owner.clone(),
        body: format!(
            "-- pglab does not simulate how PostgreSQL writes a view's query anew: it stands here as it was written.\n\
             CREATE VIEW {full} ({}) AS\n {query};\n",
            columns.join(", ")
        ),
        owned: Some(format!("TABLE {full}")),
        drop: Some(format!("DROP VIEW {IF_EXISTS}{full};\n")),
    }
}

fn make_sequence(directory: &Directory, it: &Chosen<'_>, sequence: &Sequence) -> Vec<Entry> {
    let full = directory.shown_name(it.schema, it.name);
    let identity = is_identity(directory, sequence.oid);
    let limits = sequence.default_limits();
    let mut parts = vec![
        format!("START WITH {}", sequence.start),
        format!("INCREMENT BY {}", sequence.increment),
        if sequence.min == limits.0 {
            "NO MINVALUE".to_owned()
        } else {
            format!("MINVALUE {}", sequence.min)
        },
        if sequence.max == limits.1 {
            "NO MAXVALUE".to_owned()
        } else {
            format!("MAXVALUE {}", sequence.max)
        },
        format!("CACHE {}", sequence.cache),
    ];
    if sequence.cycle {
        parts.push("CYCLE".to_owned());
    }
    let of = sequence.owned_by.and_then(|(table, number)| {
        let ((schema, name), table) = directory.catalog.table_by_oid(table)?;
        let column = table.numbered(number)?;
        Some((directory.shown_name(schema, name), column))
    });
    let body = match (identity, &of) {
        (true, Some((table, column))) => {
            let kind = if matches!(column.generated, Generated::Always(_)) {
                "ALWAYS"
            } else {
                "BY DEFAULT"
            };
            format!(
                "ALTER TABLE {table} ALTER COLUMN {} ADD GENERATED {kind} AS IDENTITY (\n    SEQUENCE NAME {full}\n    {}\n);\n",
                quote_ident(&column.name),
                parts.join("\n    ")
            )
        }
        _ => {
            if sequence.type_name() != "bigint" {
                parts.insert(0, format!("AS {}", sequence.type_name()));
            }
            format!("CREATE SEQUENCE {full}\n    {};\n", parts.join("\n    "))
        }
    };
    let mut entries = vec![Entry {
        kind: "SEQUENCE",
        name: it.name.to_owned(),
        schema: Some(it.schema.to_owned()),
        owner: sequence.owner.clone(),
        body,
        owned: (!identity).then(|| format!("TABLE {full}")),
        drop: (!identity).then(|| format!("DROP SEQUENCE {IF_EXISTS}{full};\n")),
    }];
    if let (false, Some((table, column))) = (identity, of) {
        entries.push(Entry {
            kind: "SEQUENCE OWNED BY",
            name: it.name.to_owned(),
            schema: Some(it.schema.to_owned()),
            owner: sequence.owner.clone(),
            body: format!(
                "ALTER SEQUENCE {full} OWNED BY {table}.{};\n",
                quote_ident(&column.name)
            ),
            owned: None,
            drop: None,
        });
    }
    entries
}

/// Tells whether a default draws from a sequence: it comes when the sequence is there.
fn draws(default: &Formula) -> bool {
    default.shown.starts_with("nextval(")
}

/// Returns such a default with the schema before the sequence's name.
fn qualified(directory: &Directory, schema: &str, default: &Formula) -> String {
    let inner = default
        .shown
        .strip_prefix("nextval('")
        .and_then(|rest| rest.split_once('\''));
    match inner {
        Some((name, rest)) if !name.contains('.') => {
            let bare = name.trim_matches('"').replace("\"\"", "\"");
            let known = directory
                .catalog
                .relations
                .contains_key(&(schema.to_owned(), bare.clone()));
            let schema = if known { schema } else { "public" };
            format!("nextval('{}'{rest}", directory.shown_name(schema, &bare))
        }
        _ => default.shown.clone(),
    }
}
