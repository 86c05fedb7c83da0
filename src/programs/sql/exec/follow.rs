//! What becomes of rows whose referred row goes or changes: the actions of foreign keys.

use rusqlite::types::Value;

use super::Job;
use super::constraints::{Checked, Row, search, shown_values};
use crate::programs::sql::catalog::Action;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::Type;

/// Does to the rows that refer to gone or changed ones what their foreign keys say.
///
/// `changes` are old rows with what became of them: `None` is gone.
pub fn follow(job: &mut Job, checked: &Checked, changes: &[(Row, Option<Row>)], depth: usize) -> Result<(), Report> {
    if depth > 50 {
        return Err(Report::beyond("foreign keys that follow one another this far"));
    }
    let references: Vec<_> = job
        .live
        .catalog
        .references_to(checked.table.oid)
        .into_iter()
        .map(|(name, table, constraint, foreign)| {
            (name.clone(), table.clone(), constraint.name.clone(), foreign.clone())
        })
        .collect();
    for (name, table, constraint, foreign) in references {
        for (old, new) in changes {
            let values = checked.values(&foreign.referred, old);
            if values.contains(&Value::Null) {
                continue;
            }
            if new
                .as_ref()
                .is_some_and(|new| checked.values(&foreign.referred, new) == values)
            {
                continue;
            }
            let found = job.live.query(&search(&table, &foreign.columns), &values)?;
            if found.is_empty() {
                continue;
            }
            let action = if new.is_some() {
                foreign.on_update
            } else {
                foreign.on_delete
            };
            if matches!(action, Action::NoAction | Action::Restrict) {
                // Another row may by now have what is referred to.
                let again = job.live.first(&search(&checked.table, &foreign.referred), &values)?;
                if action == Action::NoAction && again.is_some() {
                    continue;
                }
                let types: Vec<Type> = foreign
                    .referred
                    .iter()
                    .filter_map(|n| checked.table.numbered(*n))
                    .map(|c| c.ty.ty)
                    .collect();
                return Err(Report::error(
                    "23503",
                    format!(
                        "update or delete on table \"{}\" violates foreign key constraint \"{constraint}\" on table \
                         \"{}\"",
                        checked.name.1, name.1
                    ),
                )
                .detail(format!(
                    "Key ({})=({}) is still referenced from table \"{}\".",
                    checked.table.names(&foreign.referred).join(", "),
                    shown_values(job, &values, &types),
                    name.1
                )));
            }
            let referring = Checked::new(job, name.clone(), table.clone())?;
            let mut next = Vec::new();
            for found in found {
                let Some(Value::Integer(id)) = found.first() else {
                    continue;
                };
                let Some(row) = referring.fetch(job, *id)? else {
                    continue;
                };
                match (action, new) {
                    (Action::Cascade, None) => {
                        referring.remove(job, *id)?;
                        next.push((row, None));
                    }
                    (action, new) => {
                        let mut changed = row.clone();
                        for (at, number) in foreign.columns.iter().enumerate() {
                            let Some(place) = table.columns.iter().position(|column| column.number == *number) else {
                                continue;
                            };
                            changed[place] = match (action, new) {
                                (Action::Cascade, Some(new)) => {
                                    checked.values(&foreign.referred[at..=at], new).remove(0)
                                }
                                (Action::SetDefault, _) => super::assignment::default_value(job, &table, place)?,
                                _ => Value::Null,
                            };
                        }
                        referring.check(job, &mut changed)?;
                        referring.check_unique(job, &changed, Some(*id))?;
                        referring.replace(job, *id, &changed)?;
                        if action == Action::SetDefault {
                            referring.check_foreign(job, &changed)?;
                        }
                        next.push((row, Some(changed)));
                    }
                }
            }
            follow(job, &referring, &next, depth + 1)?;
        }
    }
    Ok(())
}
