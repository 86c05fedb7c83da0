//! Objects of the catalog written down again: what `pg_get_constraintdef`, `pg_get_indexdef`, `\d` and pg_dump show
//! (utils/adt/ruleutils.c).

use super::catalog::{Action, Catalog, Constraint, Formula, Index, Key, Rule, Table, quote_ident};

/// Returns a relation's name, behind its schema's unless that is on the path.
pub fn relation_name(path: &[String], schema: &str, name: &str) -> String {
    if path.iter().any(|known| known == schema) {
        quote_ident(name)
    } else {
        format!("{}.{}", quote_ident(schema), quote_ident(name))
    }
}

fn formula(formula: &Formula, pretty: bool) -> String {
    if pretty {
        formula.pretty()
    } else {
        formula.shown.clone()
    }
}

/// Returns a constraint as `pg_get_constraintdef` prints it, for people (`pretty`) or for programs.
pub fn constraint(catalog: &Catalog, path: &[String], table: &Table, constraint: &Constraint, pretty: bool) -> String {
    let list = |table: &Table, columns: &[u32]| -> String {
        let names: Vec<String> = table.names(columns).into_iter().map(quote_ident).collect();
        names.join(", ")
    };
    match &constraint.rule {
        Rule::Primary(columns) => format!("PRIMARY KEY ({})", list(table, columns)),
        Rule::Unique(columns) => {
            let nulls_equal = catalog
                .indexes_of(table.oid)
                .iter()
                .any(|((_, name), index)| *name == constraint.name && index.nulls_equal);
            let nulls = if nulls_equal { " NULLS NOT DISTINCT" } else { "" };
            format!("UNIQUE{nulls} ({})", list(table, columns))
        }
        Rule::Check(check) => format!("CHECK ({})", formula(check, pretty)),
        Rule::Foreign(foreign) => {
            let referred = catalog.table_by_oid(foreign.table);
            let other = referred.map_or(String::new(), |((schema, name), other)| {
                format!(
                    "{}({})",
                    relation_name(path, schema, name),
                    list(other, &foreign.referred)
                )
            });
            let mut out = format!("FOREIGN KEY ({}) REFERENCES {other}", list(table, &foreign.columns));
            for (event, action) in [("UPDATE", foreign.on_update), ("DELETE", foreign.on_delete)] {
                let words = match action {
                    Action::NoAction => continue,
                    Action::Restrict => "RESTRICT",
                    Action::Cascade => "CASCADE",
                    Action::SetNull => "SET NULL",
                    Action::SetDefault => "SET DEFAULT",
                };
                out.push_str(&format!(" ON {event} {words}"));
            }
            if foreign.deferrable || foreign.deferred {
                out.push_str(" DEFERRABLE");
            }
            if foreign.deferred {
                out.push_str(" INITIALLY DEFERRED");
            }
            out
        }
    }
}

/// Returns an index as `pg_get_indexdef` prints it.
pub fn index_definition(catalog: &Catalog, name: &str, index: &Index) -> Option<String> {
    let ((schema, table_name), _) = catalog.table_by_oid(index.table)?;
    let unique = if index.unique { "UNIQUE " } else { "" };
    Some(format!(
        "CREATE {unique}INDEX {} ON {}.{} USING {}",
        quote_ident(name),
        quote_ident(schema),
        quote_ident(table_name),
        index_body(catalog, index, false)
    ))
}

/// Returns an index from its method on.
pub fn index_body(catalog: &Catalog, index: &Index, pretty: bool) -> String {
    let nulls = if index.nulls_equal { " NULLS NOT DISTINCT" } else { "" };
    let predicate = index.predicate.as_ref().map_or(String::new(), |predicate| {
        format!(" WHERE {}", formula(predicate, pretty))
    });
    let columns = index_columns(catalog, index, pretty);
    format!("{} ({columns}){nulls}{predicate}", index.method)
}

/// Returns the parts of an index as its definition lists them.
pub fn index_columns(catalog: &Catalog, index: &Index, pretty: bool) -> String {
    let table = catalog.table_by_oid(index.table).map(|(_, table)| table);
    let parts: Vec<String> = index
        .parts
        .iter()
        .map(|part| {
            let key = match &part.key {
                Key::Column(number) => table
                    .and_then(|table| table.numbered(*number))
                    .map_or(String::new(), |it| quote_ident(&it.name)),
                // A call stands bare, any other expression in parentheses.
                Key::Formula(key) => {
                    let call = key.shown.ends_with(')') && !key.shown.starts_with('(');
                    let shown = formula(key, pretty);
                    if call { shown } else { format!("({shown})") }
                }
            };
            let way = if part.descending { " DESC" } else { "" };
            let nulls = match (part.descending, part.nulls_first) {
                (false, true) => " NULLS FIRST",
                (true, false) => " NULLS LAST",
                _ => "",
            };
            format!("{key}{way}{nulls}")
        })
        .collect();
    parts.join(", ")
}
