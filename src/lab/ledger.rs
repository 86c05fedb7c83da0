//! The clients of a lab, and their ledgers against what the database holds.

use super::Shown;
use crate::api::Secret;
use crate::programs::client::Orders;
use crate::sim::World;

/// What a client is told to do.
pub(super) struct Wish<'a> {
    pub name: &'a str,
    pub service: &'a str,
    pub port: u16,
    pub login: &'a str,
    pub every_ms: i64,
}

/// Starts a client; its user and password come from a Secret.
pub(super) fn start(world: &mut World, wish: &Wish<'_>) -> Result<(), String> {
    let login = wish.login;
    let secret = world
        .store()
        .get::<Secret>("default", login)
        .ok_or_else(|| format!("there is no secret/{login}"))?;
    let value = |key: &str| {
        let bytes = secret
            .decoded(key)
            .ok_or_else(|| format!("secret/{login} has no {key}"))?;
        String::from_utf8(bytes).map_err(|_| format!("{key} of secret/{login} is no text"))
    };
    let orders = Orders {
        name: wish.name.into(),
        namespace: "default".into(),
        service: wish.service.to_owned(),
        port: wish.port,
        user: value("POSTGRES_USER")?,
        password: value("POSTGRES_PASSWORD")?,
        every_ms: wish.every_ms,
    };
    world.start_client(orders);
    Ok(())
}

/// Stops a client.
pub(super) fn stop(world: &mut World, name: &str) -> Result<(), String> {
    if world.stop_client(name) {
        Ok(())
    } else {
        Err(format!("there is no client `{name}` that runs"))
    }
}

/// Returns every client's ledger against what its database holds now.
pub(super) fn all(world: &World) -> Vec<Shown> {
    // Asking is a connection, and a connection leaves its marks: it is made in a copy of the world.
    let mut probe = world.clone();
    let ledgers = world.clients().iter().enumerate().map(|(place, client)| {
        let ledger = client.ledger();
        let survey = probe.orders_held(place).ok().map(|rows| ledger.survey(&rows));
        Shown::Ledger {
            client: client.orders().name.to_string(),
            acknowledged: ledger.acknowledged.len() as u64,
            present: survey.as_ref().map(|survey| survey.surviving as u64),
            missing: survey.map(|survey| survey.missing).unwrap_or_default(),
            silent_ms: ledger.longest_silence_ms(world.now()),
        }
    });
    ledgers.collect()
}
