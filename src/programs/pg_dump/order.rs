//! What is dumped, and in which order (src/bin/pg_dump/pg_dump_sort.c).

use std::collections::{BTreeMap, BTreeSet};

use super::options::Options;
use crate::programs::psql::Pattern;
use crate::programs::sql::{Directory, Generated, Relation, Rule};

/// A relation that is dumped.
pub(super) struct Chosen<'d> {
    pub schema: &'d str,
    pub name: &'d str,
    pub relation: &'d Relation,
}

/// Returns the tables, views and sequences that are dumped, each behind what it needs.
pub(super) fn chosen<'d>(directory: &'d Directory, options: &Options) -> Result<Vec<Chosen<'d>>, String> {
    let patterns =
        |texts: &[String]| -> Result<Vec<Pattern>, String> { texts.iter().map(|text| Pattern::read(text)).collect() };
    let (tables, not_tables) = (patterns(&options.tables)?, patterns(&options.not_tables)?);
    let (schemas, not_schemas) = (patterns(&options.schemas)?, patterns(&options.not_schemas)?);
    let meant = |schema: &str, name: &str| {
        // A name without a schema means what the search path shows, which is public here.
        let fits = |list: &[Pattern]| {
            list.iter()
                .any(|pattern| pattern.matches(schema, name, schema == "public"))
        };
        let in_schema = |list: &[Pattern]| list.iter().any(|pattern| pattern.matches_name(schema));
        (if tables.is_empty() {
            schemas.is_empty() || in_schema(&schemas)
        } else {
            fits(&tables)
        }) && !fits(&not_tables)
            && !in_schema(&not_schemas)
    };
    let mut wanted = BTreeSet::new();
    for ((schema, name), relation) in &directory.catalog.relations {
        if meant(schema, name) && !matches!(relation, Relation::Index(_)) {
            wanted.insert(relation.oid());
        }
    }
    // The sequences of a table's columns go with it.
    for relation in directory.catalog.relations.values() {
        if let Relation::Sequence(sequence) = relation
            && let Some((table, _)) = sequence.owned_by
            && wanted.contains(&table)
        {
            wanted.insert(sequence.oid);
        }
    }
    if wanted.is_empty() && !tables.is_empty() {
        return Err("no matching tables were found".to_owned());
    }
    if !schemas.is_empty()
        && !directory
            .catalog
            .schemas
            .keys()
            .any(|name| schemas.iter().any(|it| it.matches_name(name)))
    {
        return Err("no matching schemas were found".to_owned());
    }
    let all: Vec<Chosen<'d>> = directory
        .catalog
        .relations
        .iter()
        .filter(|(_, relation)| !matches!(relation, Relation::Index(_)))
        .map(|((schema, name), relation)| Chosen { schema, name, relation })
        .collect();
    let needs: BTreeMap<u32, Vec<u32>> = all
        .iter()
        .map(|it| {
            let needed = match it.relation {
                Relation::View(view) => view.reads.clone(),
                Relation::Sequence(sequence) => sequence.owned_by.iter().map(|(table, _)| *table).collect(),
                _ => Vec::new(),
            };
            (it.relation.oid(), needed)
        })
        .collect();
    Ok(sorted(all, &needs)
        .into_iter()
        .filter(|it| wanted.contains(&it.relation.oid()))
        .collect())
}

/// Puts the tables whose data is dumped alone behind those that they refer to; names decide otherwise.
pub(super) fn by_references<'c, 'd>(tables: Vec<&'c Chosen<'d>>) -> Vec<&'c Chosen<'d>> {
    let needs = tables
        .iter()
        .map(|it| {
            let needed = match it.relation {
                Relation::Table(table) => table
                    .constraints
                    .iter()
                    .filter_map(|constraint| match &constraint.rule {
                        Rule::Foreign(foreign) if foreign.table != table.oid => Some(foreign.table),
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            };
            (it.relation.oid(), needed)
        })
        .collect();
    sorted(tables, &needs)
}

/// Something with an oid.
pub(super) trait HasOid {
    fn oid(&self) -> u32;
}

impl HasOid for Chosen<'_> {
    fn oid(&self) -> u32 {
        self.relation.oid()
    }
}

impl HasOid for &Chosen<'_> {
    fn oid(&self) -> u32 {
        self.relation.oid()
    }
}

/// Sorts from the end, as pg_dump does: the last of those that nothing left over needs comes last.
/// Where all need one another in a ring, the last of them is taken.
fn sorted<T: HasOid>(mut left: Vec<T>, needs: &BTreeMap<u32, Vec<u32>>) -> Vec<T> {
    let mut done = Vec::new();
    while !left.is_empty() {
        let needed: BTreeSet<u32> = left
            .iter()
            .flat_map(|it| {
                needs
                    .get(&it.oid())
                    .into_iter()
                    .flatten()
                    .filter(|need| **need != it.oid())
            })
            .copied()
            .collect();
        let at = left
            .iter()
            .rposition(|it| !needed.contains(&it.oid()))
            .unwrap_or(left.len() - 1);
        done.push(left.remove(at));
    }
    done.reverse();
    done
}

/// Tells whether a sequence belongs to an identity column.
pub(super) fn is_identity(directory: &Directory, oid: u32) -> bool {
    directory.catalog.relations.values().any(|relation| match relation {
        Relation::Table(table) => table
            .columns
            .iter()
            .any(|column| matches!(column.generated, Generated::Always(it) | Generated::ByDefault(it) if it == oid)),
        _ => false,
    })
}
