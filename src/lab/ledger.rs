//! The clients of a lab, and their ledgers against what the database holds.

use super::Shown;
use crate::sim::World;

/// Starts a client.
pub(super) fn start(
    _: &mut World,
    _name: &str,
    _service: &str,
    _port: u16,
    _login: &str,
    _every_ms: i64,
) -> Result<(), String> {
    Ok(())
}

/// Stops a client.
pub(super) fn stop(_: &mut World, _name: &str) -> Result<(), String> {
    Ok(())
}

/// Returns every client's ledger.
pub(super) fn all(_world: &World) -> Vec<Shown> {
    vec![]
}
