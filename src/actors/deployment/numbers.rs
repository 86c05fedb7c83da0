//! How many pods above and below the wanted number, and how a change of it is shared out
//! (pkg/controller/deployment/util/deployment_util.go).

use crate::api::{Deployment, ReplicaSet};

/// Returns how many pods there may be too many and too few during a rollout (`ResolveFenceposts`).
fn fenceposts(deployment: &Deployment) -> (i64, i64) {
    let Some(rolling) = &deployment.spec.strategy.rolling_update else {
        return (0, 0);
    };
    let replicas = deployment.spec.replicas;
    let surge = rolling.max_surge.of(replicas, true);
    let unavailable = rolling.max_unavailable.of(replicas, false);
    if surge == 0 && unavailable == 0 {
        // Both may round to zero, and then nothing could ever move.
        return (0, 1);
    }
    (surge, unavailable)
}

/// Returns how many pods there may be too many.
pub(super) fn max_surge(deployment: &Deployment) -> i64 {
    fenceposts(deployment).0
}

/// Returns how many pods may be missing.
pub(super) fn max_unavailable(deployment: &Deployment) -> i64 {
    fenceposts(deployment).1.min(deployment.spec.replicas)
}

/// Returns how many pods there may be at most.
pub(super) fn max_replicas(deployment: &Deployment) -> i64 {
    deployment.spec.replicas + max_surge(deployment)
}

/// Returns how large the new set may be, which has `size` now, when all sets together are wanted to have `total`
/// (`NewRSNewReplicas`).
pub(super) fn new_size(deployment: &Deployment, total: i64, size: i64) -> i64 {
    let replicas = deployment.spec.replicas;
    if deployment.spec.strategy.kind == "Recreate" {
        return replicas;
    }
    let room = max_replicas(deployment) - total;
    if room <= 0 {
        size
    } else {
        size + room.min(replicas - size)
    }
}

/// Returns how many of `to_add` pods a set gets (or loses, when negative) in proportion to its size, when `added` have
/// been given away (`GetReplicaSetProportion`).
pub(super) fn proportion(set: &ReplicaSet, deployment: &Deployment, to_add: i64, added: i64) -> i64 {
    let size = set.spec.replicas;
    if size == 0 || to_add == 0 || to_add == added {
        return 0;
    }
    let share = if deployment.spec.replicas == 0 {
        -size
    } else {
        let before = annotated(set, super::sets::MAX_REPLICAS).filter(|max| *max != 0);
        // Without the annotation the present size of the Deployment must do.
        let before = before.unwrap_or(deployment.status.replicas);
        if before == 0 {
            0
        } else {
            rounded(size * max_replicas(deployment), before) - size
        }
    };
    let allowed = to_add - added;
    if to_add > 0 {
        share.min(allowed)
    } else {
        share.max(allowed)
    }
}

/// Returns a number that an annotation of a set holds.
pub(super) fn annotated(set: &ReplicaSet, annotation: &str) -> Option<i64> {
    set.metadata.annotations.get(annotation)?.parse().ok()
}

/// Divides and rounds half away from zero (`integer.RoundToInt32`).
fn rounded(numerator: i64, denominator: i64) -> i64 {
    let (numerator, denominator) = if denominator < 0 {
        (-numerator, -denominator)
    } else {
        (numerator, denominator)
    };
    let half = if numerator < 0 { -denominator } else { denominator };
    (2 * numerator + half) / (2 * denominator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::IntOrString;
    use crate::api::workload::RollingUpdateDeployment;

    fn deployment(replicas: i64, surge: &str, unavailable: &str) -> Deployment {
        let value = |text: &str| {
            text.parse()
                .map_or(IntOrString::String(text.to_owned()), IntOrString::Int)
        };
        let mut deployment = Deployment::default();
        deployment.spec.replicas = replicas;
        deployment.spec.strategy.rolling_update = Some(RollingUpdateDeployment {
            max_surge: value(surge),
            max_unavailable: value(unavailable),
            ..RollingUpdateDeployment::default()
        });
        deployment
    }

    #[test]
    fn surge_rounds_up_and_unavailable_down() {
        let of = |replicas, surge, unavailable| fenceposts(&deployment(replicas, surge, unavailable));
        assert_eq!(of(1, "25%", "25%"), (1, 0));
        assert_eq!(of(4, "25%", "25%"), (1, 1));
        assert_eq!(of(10, "25%", "25%"), (3, 2));
        assert_eq!(of(3, "0", "10%"), (0, 1), "else nothing could move");
        assert_eq!(max_unavailable(&deployment(2, "1", "5")), 2);
    }

    #[test]
    fn the_new_set_fills_what_room_there_is() {
        let four = deployment(4, "1", "1");
        assert_eq!(new_size(&four, 4, 0), 1);
        assert_eq!(new_size(&four, 5, 1), 1);
        assert_eq!(new_size(&four, 3, 3), 4, "but never more than are wanted");
    }

    #[test]
    fn shares_are_rounded_half_away_from_zero() {
        assert_eq!(
            (rounded(5, 2), rounded(-5, 2), rounded(7, 3), rounded(-7, 3)),
            (3, -3, 2, -2)
        );
    }
}
