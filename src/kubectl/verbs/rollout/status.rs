//! `kubectl rollout status`: a sentence whenever the object changes, until it is as it should be.

use super::{refuse_negative, wanted};
use crate::api::{DaemonSet, Deployment, Key, Object, StatefulSet, condition};
use crate::kubectl::call::{Call, Waited, gave_up};
use crate::kubectl::names;
use crate::kubectl::trouble::{Trouble, Verdict};

/// A sentence, and whether it was the last.
type Said = Verdict<(String, bool)>;

pub(super) fn run(call: &mut Call<'_>) -> Verdict {
    let revision = call.flags.int("revision");
    refuse_negative(revision)?;
    let (keys, mut troubles) = wanted(call)?;
    let timeout = call.flags.duration_ms("timeout").filter(|ms| *ms > 0);
    let watches = call.flags.bool("watch").unwrap_or(true);
    for key in keys {
        let told = one(call, &key, revision.unwrap_or(0), timeout, watches);
        troubles.extend(told.err());
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn one(call: &mut Call<'_>, key: &Key, revision: i64, timeout: Option<i64>, watches: bool) -> Verdict {
    let object = call.find(key)?;
    refuse_other_revision(&object, revision)?;
    let (text, done) = status(&object)?;
    call.say(&text);
    if !done && watches {
        watch(call, key, timeout)?;
    }
    Ok(())
}

/// A Deployment's revision stands in its annotation; the other kinds pay `--revision` no heed.
fn refuse_other_revision(object: &Object, wanted: i64) -> Verdict {
    let Object::Deployment(deployment) = object else {
        return Ok(());
    };
    let running = deployment
        .metadata
        .annotations
        .value("deployment.kubernetes.io/revision");
    if wanted > 0 && running.parse() != Ok(wanted) {
        return Err(Trouble::error(format!(
            "desired revision ({wanted}) is different from the running revision ({running})"
        )));
    }
    Ok(())
}

/// Follows an object write by write: each is an event of kubectl's watch, and each says its sentence.
fn watch(call: &mut Call<'_>, key: &Key, timeout: Option<i64>) -> Verdict {
    let mut seen = call.seen();
    let came = call.wait(timeout, |call| {
        let news = call.news(&mut seen);
        let writes = call
            .store()
            .between(news.after, news.until)
            .iter()
            .filter(|revision| revision.key() == *key);
        let states: Vec<Option<Object>> = writes.map(|revision| revision.after.clone()).collect();
        for state in states {
            let Some(object) = state else {
                return Err(Trouble::error("object has been deleted"));
            };
            let (text, done) = status(&object)?;
            call.say(&text);
            if done {
                return Ok(Some(()));
            }
        }
        Ok(None)
    })?;
    match came {
        Waited::Came(()) => Ok(()),
        Waited::TimedOut => Err(Trouble::error("timed out waiting for the condition")),
        Waited::GaveUp => Err(gave_up(&format!("the rollout of {}", names::of_key(key)))),
    }
}

fn status(object: &Object) -> Said {
    match object {
        Object::Deployment(deployment) => of_deployment(deployment),
        Object::StatefulSet(set) => of_stateful_set(set),
        Object::DaemonSet(set) => of_daemon_set(set),
        other => Err(Trouble::error(format!(
            "no status viewer has been implemented for {}",
            other.kind().name()
        ))),
    }
}

/// kubectl's `DeploymentStatusViewer`.
fn of_deployment(deployment: &Deployment) -> Said {
    let (name, spec, status) = (&deployment.metadata.name, &deployment.spec, &deployment.status);
    if deployment.metadata.generation > status.observed_generation {
        return Ok((
            "Waiting for deployment spec update to be observed...\n".to_owned(),
            false,
        ));
    }
    let progressing = condition::find(&status.conditions, "Progressing");
    if progressing.is_some_and(|c| c.reason == "ProgressDeadlineExceeded") {
        return Err(Trouble::error(format!(
            "deployment \"{name}\" exceeded its progress deadline"
        )));
    }
    let waiting = |what: String| {
        let text = format!("Waiting for deployment \"{name}\" rollout to finish: {what}...\n");
        Ok((text, false))
    };
    if status.updated_replicas < spec.replicas {
        let (updated, wanted) = (status.updated_replicas, spec.replicas);
        return waiting(format!("{updated} out of {wanted} new replicas have been updated"));
    }
    if status.replicas > status.updated_replicas {
        let old = status.replicas - status.updated_replicas;
        return waiting(format!("{old} old replicas are pending termination"));
    }
    if status.available_replicas < status.updated_replicas {
        let (available, updated) = (status.available_replicas, status.updated_replicas);
        return waiting(format!("{available} of {updated} updated replicas are available"));
    }
    Ok((format!("deployment \"{name}\" successfully rolled out\n"), true))
}

/// kubectl's `StatefulSetStatusViewer`.
fn of_stateful_set(set: &StatefulSet) -> Said {
    let (spec, status) = (&set.spec, &set.status);
    if spec.update_strategy.kind != "RollingUpdate" {
        return Err(Trouble::error(
            "rollout status is only available for RollingUpdate strategy type",
        ));
    }
    if status.observed_generation == 0 || set.metadata.generation > status.observed_generation {
        return Ok((
            "Waiting for statefulset spec update to be observed...\n".to_owned(),
            false,
        ));
    }
    if status.ready_replicas < spec.replicas {
        let missing = spec.replicas - status.ready_replicas;
        return Ok((format!("Waiting for {missing} pods to be ready...\n"), false));
    }
    let updated = status.updated_replicas;
    if let Some(rolling) = &spec.update_strategy.rolling_update {
        let wanted = spec.replicas - rolling.partition;
        if updated < wanted {
            let text = format!(
                "Waiting for partitioned roll out to finish: {updated} out of {wanted} new pods have been updated...\n"
            );
            return Ok((text, false));
        }
        let text = format!("partitioned roll out complete: {updated} new pods have been updated...\n");
        return Ok((text, true));
    }
    if status.update_revision != status.current_revision {
        let text = format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {}...\n",
            status.update_revision
        );
        return Ok((text, false));
    }
    let text = format!(
        "statefulset rolling update complete {} pods at revision {}...\n",
        status.current_replicas, status.current_revision
    );
    Ok((text, true))
}

/// kubectl's `DaemonSetStatusViewer`.
fn of_daemon_set(set: &DaemonSet) -> Said {
    let (name, status) = (&set.metadata.name, &set.status);
    if set.spec.update_strategy.kind != "RollingUpdate" {
        return Err(Trouble::error(
            "rollout status is only available for RollingUpdate strategy type",
        ));
    }
    if set.metadata.generation > status.observed_generation {
        return Ok((
            "Waiting for daemon set spec update to be observed...\n".to_owned(),
            false,
        ));
    }
    let wanted = status.desired_number_scheduled;
    let waiting = |what: String| {
        let text = format!("Waiting for daemon set \"{name}\" rollout to finish: {what}...\n");
        Ok((text, false))
    };
    if status.updated_number_scheduled < wanted {
        let updated = status.updated_number_scheduled;
        return waiting(format!("{updated} out of {wanted} new pods have been updated"));
    }
    if status.number_available < wanted {
        let available = status.number_available;
        return waiting(format!("{available} of {wanted} updated pods are available"));
    }
    Ok((format!("daemon set \"{name}\" successfully rolled out\n"), true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_tells_where_it_stands() {
        let mut web = Deployment::default();
        web.metadata.name = "web".into();
        web.metadata.generation = 2;
        web.spec.replicas = 4;
        let said = |web: &Deployment| of_deployment(web).map(|(text, _)| text.trim_end().to_owned());
        assert_eq!(
            said(&web).unwrap(),
            "Waiting for deployment spec update to be observed..."
        );
        web.status.observed_generation = 2;
        web.status.updated_replicas = 1;
        assert_eq!(
            said(&web).unwrap(),
            "Waiting for deployment \"web\" rollout to finish: 1 out of 4 new replicas have been updated..."
        );
        (web.status.updated_replicas, web.status.replicas) = (4, 5);
        assert_eq!(
            said(&web).unwrap(),
            "Waiting for deployment \"web\" rollout to finish: 1 old replicas are pending termination..."
        );
        (web.status.replicas, web.status.available_replicas) = (4, 3);
        assert_eq!(
            said(&web).unwrap(),
            "Waiting for deployment \"web\" rollout to finish: 3 of 4 updated replicas are available..."
        );
        web.status.available_replicas = 4;
        assert!(of_deployment(&web).unwrap().1);
        let late = crate::api::Condition::new(
            "Progressing",
            false,
            "ProgressDeadlineExceeded",
            "",
            crate::api::Time::EPOCH,
        );
        web.status.conditions.push(late);
        assert_eq!(
            said(&web).unwrap_err().text,
            "error: deployment \"web\" exceeded its progress deadline"
        );
    }

    #[test]
    fn a_stateful_set_counts_above_its_partition() {
        let mut pg = StatefulSet::default();
        pg.spec.replicas = 3;
        pg.status.observed_generation = 1;
        pg.status.ready_replicas = 3;
        pg.spec.update_strategy.rolling_update = Some(crate::api::workload::RollingUpdateStatefulSet {
            partition: 2,
            ..Default::default()
        });
        assert_eq!(
            of_stateful_set(&pg).unwrap().0,
            "Waiting for partitioned roll out to finish: 0 out of 1 new pods have been updated...\n"
        );
        pg.spec.update_strategy.kind = "OnDelete".into();
        assert!(of_stateful_set(&pg).is_err());
    }
}
