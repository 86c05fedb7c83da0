//! acknowledged-rows-survive: what a database said it had stored is stored.

use super::{Check, When};
use crate::api::Key;
use crate::sim::World;

/// Every order that a client was told is stored can be read.
pub const CHECK: Check = Check {
    name: "acknowledged-rows-survive",
    claim: "Every row that was acknowledged to a client can be read.",
    premise: "The database keeps its files on a volume, its claim is not deleted, and nobody writes beside it.",
    when: When::Settled,
    meets: |world| {
        world
            .clients()
            .iter()
            .map(|client| client.ledger().acknowledged.len())
            .sum()
    },
    holds,
};

fn holds(world: &World, _: Option<&Key>) -> Result<String, String> {
    // Asking is a connection, and a connection leaves its marks: it is made in a copy of the world.
    let mut probe = world.clone();
    let (mut acknowledged, mut broken) = (0, Vec::new());
    for place in 0..world.clients().len() {
        let client = &world.clients()[place];
        let name = &client.orders().name;
        acknowledged += client.ledger().acknowledged.len();
        match probe.orders_held(place) {
            Ok(rows) => {
                let survey = client.ledger().survey(&rows);
                if !survey.missing.is_empty() {
                    broken.push(format!(
                        "of {} orders acknowledged to {name}, {} are gone: {}",
                        client.ledger().acknowledged.len(),
                        survey.missing.len(),
                        some(&survey.missing)
                    ));
                }
            }
            Err(why) => broken.push(format!("{name} cannot read its orders: {why}")),
        }
    }
    match (world.clients().len(), broken.is_empty()) {
        (0, _) => Ok("no client has written anything".to_owned()),
        (_, true) => Ok(format!("{acknowledged} orders were acknowledged, and all can be read")),
        (_, false) => Err(broken.join("; ")),
    }
}

/// Returns the first few numbers, as people name them.
fn some(numbers: &[u64]) -> String {
    let shown: Vec<String> = numbers.iter().take(5).map(u64::to_string).collect();
    let more = numbers.len().saturating_sub(shown.len());
    if more > 0 {
        format!("{} and {more} more", shown.join(", "))
    } else {
        shown.join(", ")
    }
}
