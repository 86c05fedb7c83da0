//! The table at the end of a lab: what each act kept.

use super::play::Player;
use super::{Row, Shown, ledger};
use crate::api::{PersistentVolumeClaim, Pod};
use crate::sim::World;

/// Makes the row of an act, as things stand at its end.
pub(super) fn row(player: &Player<'_>, act: &str, label: String, mark: &str, client: &str) -> Row {
    let store = player.world.store();
    let ready = || {
        store
            .list::<Pod>("default")
            .filter(|pod| pod.is_ready() && !pod.metadata.is_terminating())
    };
    let marked = player.marks.get(mark);
    let name_kept =
        marked.is_some_and(|m| ready().any(|pod| *pod.metadata.name == *m.name && pod.metadata.uid != m.uid));
    let claim_kept = marked
        .and_then(|m| m.claim.as_ref().map(|claim| (claim, &m.volume)))
        .map(|(claim, volume)| {
            volume_of(&player.world, claim) == *volume && ready().any(|pod| pod.claims().any(|used| *used == **claim))
        });
    let (acknowledged, surviving, silent_ms) = ledger::all(&player.world)
        .into_iter()
        .find_map(|shown| match shown {
            Shown::Ledger {
                client: name,
                acknowledged,
                present,
                silent_ms,
                ..
            } if name == client => Some((acknowledged, present, silent_ms)),
            _ => None,
        })
        .unwrap_or_default();
    Row {
        act: act.to_owned(),
        label,
        name_kept,
        claim_kept,
        acknowledged,
        surviving,
        silent_ms,
    }
}

/// Returns the volume that a claim is bound to.
pub(super) fn volume_of(world: &World, claim: &str) -> Option<String> {
    let claim = world.store().get::<PersistentVolumeClaim>("default", claim)?;
    Some(claim.spec.volume_name.to_string()).filter(|name| !name.is_empty())
}
