//! From client-side to server-side apply: the entry of the client-side applier becomes that of a server-side one
//! (client-go, `util/csaupgrade`), so that what it owned and is said no more can go.

use super::managers::{Entry, Managers, Operation};

/// Where the annotation stands by which client-side appliers are known.
const ANNOTATION: [&str; 3] = [
    "f:metadata",
    "f:annotations",
    "f:kubectl.kubernetes.io/last-applied-configuration",
];

/// Says whether somebody owns the annotation of client-side apply by a server-side one.
pub fn is_applied(managers: &Managers) -> bool {
    owners(managers, Operation::Apply).next().is_some()
}

fn owners(managers: &Managers, operation: Operation) -> impl Iterator<Item = &Entry> {
    let owns = move |entry: &&Entry| entry.operation == operation && entry.fields.has(&ANNOTATION);
    managers.0.iter().filter(owns)
}

/// Hands what client-side appliers own to the server-side applier of this name; None where there is nothing to hand over.
pub fn migrate(managers: &Managers, applier: &str) -> Option<Managers> {
    let names: Vec<String> = owners(managers, Operation::Update)
        .map(|entry| entry.manager.clone())
        .collect();
    let mut migrated = managers.clone();
    for name in &names {
        hand_over(&mut migrated, name, applier);
    }
    (migrated != *managers).then_some(migrated)
}

fn hand_over(managers: &mut Managers, from: &str, to: &str) {
    let is_client =
        |entry: &Entry| entry.manager == from && entry.operation == Operation::Update && entry.subresource.is_empty();
    let is_server =
        |entry: &Entry| entry.manager == to && entry.operation == Operation::Apply && entry.subresource.is_empty();
    let entries = &mut managers.0;
    let place = entries
        .iter()
        .position(is_server)
        .or_else(|| entries.iter().position(is_client));
    let Some(place) = place else { return };
    let version = entries[place].api_version.clone();
    let client = entries
        .iter()
        .find(|entry| is_client(entry) && entry.api_version == version);
    let fields = client.map(|entry| entry.fields.clone()).unwrap_or_default();
    let target = &mut entries[place];
    target.fields = target.fields.union(&fields);
    target.manager = to.to_owned();
    target.operation = Operation::Apply;
    entries.retain(|entry| !is_client(entry));
}
