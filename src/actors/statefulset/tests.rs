//! The StatefulSet's rules, each as a short story.

use crate::actors::ActorId;
use crate::actors::stage::Stage;
use crate::api::{ControllerRevision, PersistentVolumeClaim, Phase, Pod, Resource, StatefulSet};
use crate::store::DeleteOptions;
use std::sync::Arc;

const PG: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: pg}
spec:
  replicas: 3
  serviceName: pg
  selector: {matchLabels: {app: pg}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}
  template:
    metadata: {labels: {app: pg}}
    spec:
      containers: [{name: pg, image: 'postgres:16.4', volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
  - metadata: {name: data, labels: {tier: db}}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}
";

fn pg() -> Stage {
    let mut stage = Stage::new(&[ActorId::statefulset]);
    stage.apply(PG);
    stage.settle();
    stage
}

/// A set of three whose pods all run.
fn running() -> Stage {
    let mut stage = pg();
    finish(&mut stage);
    stage
}

/// Plays the kubelet until nothing moves any more.
fn finish(stage: &mut Stage) {
    for _ in 0..40 {
        stage.bury();
        stage.all_ready();
        stage.settle();
    }
}

fn edit(stage: &mut Stage, change: impl FnOnce(&mut StatefulSet)) {
    stage.edit::<StatefulSet>("pg", change);
    stage.settle();
}

fn set_image(stage: &mut Stage, image: &'static str) {
    edit(stage, |set| {
        let spec = Arc::make_mut(&mut set.spec.template.spec);
        Arc::make_mut(&mut spec.containers)[0].image = image.into();
    });
}

fn kill(stage: &mut Stage, pod: &str) {
    stage.delete::<Pod>(pod, DeleteOptions::default());
    stage.settle();
}

/// Returns the images of the pods by name.
fn images(stage: &Stage) -> Vec<(String, String)> {
    let pods = stage.store.list::<Pod>("");
    pods.map(|pod| (pod.metadata.name.to_string(), pod.spec.containers[0].image.to_string()))
        .collect()
}

/// Returns replicas, ready, current and updated.
fn counts(stage: &Stage) -> [i64; 4] {
    let status = &stage.get::<StatefulSet>("pg").status;
    [
        status.replicas,
        status.ready_replicas,
        status.current_replicas,
        status.updated_replicas,
    ]
}

fn deletes(stage: &mut Stage) -> Vec<String> {
    let deeds = stage.take_deeds();
    deeds
        .into_iter()
        .filter(|deed| deed.starts_with("delete pod"))
        .collect()
}

#[test]
fn revision_claim_pod_in_that_order_and_the_next_only_when_the_first_is_ready() {
    // fidelity s01.
    let mut stage = pg();
    let revision = stage.names::<ControllerRevision>()[0].clone();
    assert_eq!(
        stage.take_deeds(),
        [
            format!("create controllerrevision/{revision}"),
            "create persistentvolumeclaim/data-pg-0".to_owned(),
            "create pod/pg-0".to_owned()
        ]
    );
    assert_eq!(
        stage.take_events(),
        [
            "Normal SuccessfulCreate Create Claim data-pg-0 Pod pg-0 in StatefulSet pg success",
            "Normal SuccessfulCreate Create Pod pg-0 in StatefulSet pg successful"
        ]
    );
    stage.run_pod("pg-0", "node-a1", false);
    stage.settle();
    assert_eq!(stage.names::<Pod>(), ["pg-0"]);
    stage.ready("pg-0");
    stage.settle();
    assert_eq!(stage.names::<Pod>(), ["pg-0", "pg-1"]);
    finish(&mut stage);
    assert_eq!(stage.names::<Pod>(), ["pg-0", "pg-1", "pg-2"]);
    assert_eq!(
        stage.names::<PersistentVolumeClaim>(),
        ["data-pg-0", "data-pg-1", "data-pg-2"]
    );
    assert_eq!(counts(&stage), [3, 3, 3, 3]);
}

#[test]
fn a_pod_bears_its_identity_and_mounts_its_own_claim() {
    let stage = running();
    let pod = stage.get::<Pod>("pg-1");
    let label = |key: &str| pod.metadata.labels.value(key).to_owned();
    assert_eq!(label("apps.kubernetes.io/pod-index"), "1");
    assert_eq!(label("statefulset.kubernetes.io/pod-name"), "pg-1");
    assert_eq!(
        label("controller-revision-hash"),
        stage.names::<ControllerRevision>()[0]
    );
    assert_eq!((&*pod.spec.hostname, &*pod.spec.subdomain), ("pg-1", "pg"));
    assert_eq!(pod.metadata.generate_name, "pg-");
    assert_eq!(pod.claims().collect::<Vec<_>>(), ["data-pg-1"]);
    let claim = stage.get::<PersistentVolumeClaim>("data-pg-1");
    assert_eq!(
        (claim.metadata.labels.value("app"), claim.metadata.labels.value("tier")),
        ("pg", "db")
    );
    assert!(claim.metadata.owner_references.is_empty());
}

#[test]
fn a_deleted_pod_comes_back_once_it_is_gone_with_its_old_claim() {
    // fidelity s02: readiness outlives the wish to delete, the revision counts do not.
    let mut stage = running();
    stage.take_deeds();
    let claim = stage.get::<PersistentVolumeClaim>("data-pg-1").clone();
    kill(&mut stage, "pg-1");
    assert_eq!(counts(&stage), [3, 3, 2, 2]);
    assert!(stage.take_deeds().is_empty(), "two pods of one name cannot be");
    stage.bury();
    stage.settle();
    assert_eq!(stage.take_deeds(), ["create pod/pg-1"]);
    assert_eq!(
        *stage.get::<PersistentVolumeClaim>("data-pg-1"),
        claim,
        "not a single write"
    );
}

#[test]
fn three_killed_together_come_back_strictly_in_order() {
    let mut stage = running();
    stage.take_deeds();
    for pod in ["pg-0", "pg-1", "pg-2"] {
        stage.delete::<Pod>(pod, DeleteOptions::default());
    }
    stage.bury();
    stage.settle();
    for ready in [0, 1] {
        assert_eq!(stage.take_deeds(), [format!("create pod/pg-{ready}")]);
        stage.ready(&format!("pg-{ready}"));
        stage.settle();
    }
    assert_eq!(stage.take_deeds(), ["create pod/pg-2"]);
}

#[test]
fn scaling_down_takes_the_highest_first_and_waits_until_it_is_gone() {
    // fidelity s04.
    let mut stage = running();
    stage.take_deeds();
    edit(&mut stage, |set| set.spec.replicas = 1);
    assert_eq!(stage.take_deeds(), ["delete pod/pg-2"]);
    assert_eq!(counts(&stage), [3, 3, 2, 2]);
    stage.bury();
    stage.settle();
    assert_eq!(stage.take_deeds(), ["delete pod/pg-1"]);
    finish(&mut stage);
    assert_eq!(stage.names::<Pod>(), ["pg-0"]);
    assert_eq!(stage.names::<PersistentVolumeClaim>().len(), 3, "the claims stay");
    edit(&mut stage, |set| set.spec.replicas = 3);
    finish(&mut stage);
    assert_eq!(stage.names::<Pod>().len(), 3);
}

#[test]
fn scaling_down_waits_while_a_lower_pod_is_not_well_unless_it_is_the_sick_one_that_goes() {
    let mut stage = running();
    stage.run_pod("pg-0", "node-a1", false);
    stage.settle();
    stage.take_deeds();
    edit(&mut stage, |set| set.spec.replicas = 2);
    assert!(deletes(&mut stage).is_empty());
    stage.ready("pg-0");
    stage.run_pod("pg-2", "node-a1", false);
    stage.settle();
    assert_eq!(deletes(&mut stage), ["delete pod/pg-2"]);
}

#[test]
fn a_rollout_goes_from_the_highest_to_the_lowest_each_ready_before_the_next() {
    // fidelity s05.
    let mut stage = running();
    stage.take_deeds();
    set_image(&mut stage, "postgres:16.5");
    assert_eq!(counts(&stage), [3, 3, 2, 0]);
    let mut order = deletes(&mut stage);
    for _ in 0..3 {
        stage.bury();
        stage.settle();
        assert!(deletes(&mut stage).is_empty(), "the new one is not ready yet");
        stage.all_ready();
        stage.settle();
        order.extend(deletes(&mut stage));
    }
    assert_eq!(order, ["delete pod/pg-2", "delete pod/pg-1", "delete pod/pg-0"]);
    assert!(images(&stage).iter().all(|(_, image)| image == "postgres:16.5"));
    let status = &stage.get::<StatefulSet>("pg").status;
    assert_eq!(status.current_revision, status.update_revision);
    assert_eq!(counts(&stage), [3, 3, 3, 3]);
}

#[test]
fn below_the_partition_a_pod_keeps_the_old_revision_even_when_it_is_made_anew() {
    let mut stage = running();
    edit(&mut stage, |set| {
        set.spec.update_strategy.rolling_update.as_mut().unwrap().partition = 2;
    });
    set_image(&mut stage, "postgres:16.5");
    finish(&mut stage);
    kill(&mut stage, "pg-0");
    finish(&mut stage);
    let images = images(&stage);
    let images: Vec<_> = images.iter().map(|(_, image)| image.as_str()).collect();
    assert_eq!(images, ["postgres:16.4", "postgres:16.4", "postgres:16.5"]);
    let status = &stage.get::<StatefulSet>("pg").status;
    assert_ne!(status.current_revision, status.update_revision);
    assert_eq!(counts(&stage), [3, 3, 2, 1]);
}

#[test]
fn a_broken_rollout_does_not_heal_when_it_is_taken_back_until_the_pod_is_deleted() {
    // fidelity s05: "forced rollback", a trap that orderly sets fall into.
    let mut stage = running();
    set_image(&mut stage, "broken");
    stage.bury();
    stage.settle();
    stage.run_pod("pg-2", "node-a1", false);
    stage.settle();
    stage.take_deeds();
    set_image(&mut stage, "postgres:16.4");
    assert!(deletes(&mut stage).is_empty());
    assert_eq!(images(&stage)[2].1, "broken");
    assert_eq!(stage.get::<StatefulSet>("pg").status.ready_replicas, 2);
    kill(&mut stage, "pg-2");
    finish(&mut stage);
    assert_eq!(images(&stage)[2].1, "postgres:16.4");
    let numbers: Vec<_> = stage.store.list::<ControllerRevision>("").map(|r| r.revision).collect();
    assert!(
        numbers.contains(&3) && !numbers.contains(&1),
        "the old revision got a new number: {numbers:?}"
    );
}

#[test]
fn a_parallel_set_does_all_at_once_rolls_one_by_one_and_heals_when_taken_back() {
    // fidelity s06.
    let mut stage = Stage::new(&[ActorId::statefulset]);
    stage.apply(&PG.replace("serviceName: pg", "serviceName: pg\n  podManagementPolicy: Parallel"));
    stage.settle();
    assert_eq!(stage.names::<Pod>().len(), 3);
    finish(&mut stage);
    stage.take_deeds();
    set_image(&mut stage, "broken");
    assert_eq!(deletes(&mut stage), ["delete pod/pg-2"]);
    stage.bury();
    stage.settle();
    stage.run_pod("pg-2", "node-a1", false);
    stage.settle();
    assert!(deletes(&mut stage).is_empty());
    set_image(&mut stage, "postgres:16.4");
    assert_eq!(deletes(&mut stage), ["delete pod/pg-2"]);
    finish(&mut stage);
    assert_eq!(counts(&stage), [3, 3, 3, 3]);
    stage.take_deeds();
    edit(&mut stage, |set| set.spec.replicas = 0);
    assert_eq!(deletes(&mut stage).len(), 3);
}

#[test]
fn on_delete_only_a_deleted_pod_gets_the_new_revision() {
    let mut stage = running();
    edit(&mut stage, |set| {
        set.spec.update_strategy.kind = "OnDelete".into();
        set.spec.update_strategy.rolling_update = None;
    });
    set_image(&mut stage, "postgres:16.5");
    finish(&mut stage);
    assert_eq!(images(&stage)[1].1, "postgres:16.4");
    kill(&mut stage, "pg-1");
    finish(&mut stage);
    assert_eq!(images(&stage)[1].1, "postgres:16.5");
}

#[test]
fn the_next_pod_waits_until_the_last_was_ready_for_long_enough() {
    let mut stage = pg();
    edit(&mut stage, |set| set.spec.min_ready_seconds = 3);
    stage.ready("pg-0");
    stage.pass(2_999);
    assert_eq!(stage.names::<Pod>(), ["pg-0"]);
    stage.pass(1);
    assert_eq!(stage.names::<Pod>(), ["pg-0", "pg-1"]);
}

#[test]
fn ordinals_may_start_elsewhere() {
    let mut stage = Stage::new(&[ActorId::statefulset]);
    stage.apply(&PG.replace("replicas: 3", "replicas: 2\n  ordinals: {start: 5}"));
    finish(&mut stage);
    assert_eq!(stage.names::<Pod>(), ["pg-5", "pg-6"]);
}

#[test]
fn only_so_many_revisions_of_no_pod_are_kept() {
    let mut stage = running();
    edit(&mut stage, |set| set.spec.revision_history_limit = 1);
    for image in ["a", "b", "c"] {
        set_image(&mut stage, image);
        finish(&mut stage);
    }
    let mut numbers: Vec<_> = stage.store.list::<ControllerRevision>("").map(|r| r.revision).collect();
    numbers.sort();
    assert_eq!(numbers, [3, 4]);
}

#[test]
fn an_ended_pod_is_deleted_and_made_anew_once_it_is_gone() {
    let mut stage = running();
    stage.take_deeds();
    stage.end_pod("pg-1", Phase::Failed);
    stage.settle();
    // An ended pod has no grace: it is gone at once.
    assert_eq!(stage.take_deeds(), ["delete pod/pg-1", "create pod/pg-1"]);
}

#[test]
fn a_foreign_pod_of_the_name_blocks_the_set_without_a_word() {
    // fidelity s18.
    let mut stage = Stage::new(&[ActorId::statefulset]);
    let mut foreign = Pod::default();
    (foreign.metadata.name, foreign.metadata.namespace) = ("pg-0".into(), "default".into());
    stage.put(foreign);
    stage.apply(&PG[..PG.find("  volumeClaimTemplates").unwrap()]);
    stage.pass(60_000);
    assert!(stage.take_events().is_empty());
    assert_eq!(counts(&stage), [0, 0, 0, 0]);
    stage.delete::<Pod>("pg-0", DeleteOptions::default());
    stage.pass(200_000);
    assert!(stage.get::<Pod>("pg-0").metadata.controller().is_some());
}

#[test]
fn an_orphan_with_name_and_labels_is_adopted_and_not_restarted() {
    // fidelity s04: delete --cascade=orphan, apply again.
    let mut stage = running();
    stage.delete::<StatefulSet>("pg", DeleteOptions::default());
    let revision = stage.names::<ControllerRevision>()[0].clone();
    stage.edit::<ControllerRevision>(&revision, |r| r.metadata.owner_references.clear());
    for pod in ["pg-0", "pg-1", "pg-2"] {
        stage.edit::<Pod>(pod, |pod| pod.metadata.owner_references.clear());
    }
    stage.settle();
    kill(&mut stage, "pg-1");
    stage.bury();
    stage.take_deeds();
    stage.apply(PG);
    stage.settle();
    let uid = stage.get::<StatefulSet>("pg").metadata.uid;
    assert!(stage.get::<Pod>("pg-0").metadata.is_controlled_by(uid));
    assert!(
        stage
            .get::<ControllerRevision>(&revision)
            .metadata
            .is_controlled_by(uid)
    );
    assert_eq!(stage.names::<ControllerRevision>(), [revision]);
    let deeds = stage.take_deeds();
    assert!(deeds.contains(&"create pod/pg-1".to_owned()) && !deeds.iter().any(|deed| deed.starts_with("delete")));
}

#[test]
fn a_pod_with_other_labels_is_released_and_then_stands_in_the_way() {
    let mut stage = running();
    stage.edit::<Pod>("pg-1", |pod| pod.metadata.labels.set("app", "debug"));
    stage.settle();
    assert!(stage.get::<Pod>("pg-1").metadata.owner_references.is_empty());
    assert_eq!(counts(&stage)[0], 2);
}

#[test]
fn scaling_down_with_delete_hands_the_claim_to_the_condemned_pod() {
    // fidelity s04.
    let mut stage = running();
    edit(&mut stage, |set| {
        set.spec.persistent_volume_claim_retention_policy.when_scaled = "Delete".into();
    });
    edit(&mut stage, |set| set.spec.replicas = 2);
    let claim = stage.get::<PersistentVolumeClaim>("data-pg-2");
    let pod = stage.get::<Pod>("pg-2");
    assert!(claim.metadata.is_controlled_by(pod.metadata.uid));
    let kept = stage.get::<PersistentVolumeClaim>("data-pg-1");
    assert!(kept.metadata.owner_references.is_empty());
}

#[test]
fn a_policy_changed_on_a_live_set_is_told_pod_by_pod() {
    let mut stage = running();
    stage.take_events();
    stage.take_deeds();
    edit(&mut stage, |set| {
        set.spec.persistent_volume_claim_retention_policy.when_deleted = "Delete".into();
    });
    assert_eq!(
        stage.take_deeds(),
        [0, 1, 2].map(|n| format!("update persistentvolumeclaim/data-pg-{n}"))
    );
    assert_eq!(
        stage.take_events(),
        [0, 1, 2].map(|n| format!("Normal SuccessfulUpdate Update Pod pg-{n} in StatefulSet pg successful"))
    );
    let claim = stage.get::<PersistentVolumeClaim>("data-pg-0");
    assert!(
        claim
            .metadata
            .is_controlled_by(stage.get::<StatefulSet>("pg").metadata.uid)
    );
}

#[test]
fn a_pod_is_not_made_on_a_claim_that_goes_with_its_forerunner() {
    let mut stage = running();
    edit(&mut stage, |set| {
        set.spec.persistent_volume_claim_retention_policy.when_scaled = "Delete".into();
        set.spec.replicas = 2;
    });
    stage.bury();
    stage.settle();
    stage.take_deeds();
    edit(&mut stage, |set| set.spec.replicas = 3);
    stage.pass(1000);
    assert!(stage.find::<Pod>("pg-2").is_none());
    stage.edit::<PersistentVolumeClaim>("data-pg-2", |claim| claim.metadata.finalizers.clear());
    stage.delete::<PersistentVolumeClaim>("data-pg-2", DeleteOptions::default());
    stage.pass(10_000);
    assert_eq!(
        stage
            .take_deeds()
            .iter()
            .filter(|d| d.starts_with("create"))
            .collect::<Vec<_>>(),
        ["create persistentvolumeclaim/data-pg-2", "create pod/pg-2"]
    );
}

#[test]
fn a_refused_claim_is_told_twice_and_a_dying_claim_once() {
    // fidelity s18.
    let mut stage = Stage::new(&[ActorId::statefulset]);
    stage.forbidden = vec![("data-pg-0", "exceeded quota: q2")];
    stage.apply(PG);
    stage.settle();
    let refusal = "persistentvolumeclaims \"data-pg-0\" is forbidden: exceeded quota: q2";
    assert_eq!(
        stage.take_events()[..2],
        [
            format!(
                "Warning FailedCreate Create Claim data-pg-0 for Pod pg-0 in StatefulSet pg failed error: {refusal}"
            ),
            format!(
                "Warning FailedCreate Create Pod pg-0 in StatefulSet pg failed error: failed to create PVC data-pg-0: {refusal}"
            )
        ]
    );
    let status = &stage.get::<StatefulSet>("pg").status;
    assert_eq!(
        (status.observed_generation, status.replicas),
        (1, 0),
        "the status is written all the same"
    );
    stage.forbidden.clear();
    stage.pass(10_000);
    finish(&mut stage);
    stage.delete::<PersistentVolumeClaim>("data-pg-1", DeleteOptions::default());
    kill(&mut stage, "pg-1");
    stage.bury();
    stage.take_events();
    stage.settle();
    let said = "Warning FailedCreate Create Pod pg-1 in StatefulSet pg failed error: pvc data-pg-1 is being deleted";
    assert_eq!(stage.take_events(), [said, said], "its own status wakes it once more");
}

#[test]
fn a_missing_claim_of_a_pending_pod_is_made_again() {
    let mut stage = pg();
    stage.edit::<PersistentVolumeClaim>("data-pg-0", |claim| claim.metadata.finalizers.clear());
    stage.delete::<PersistentVolumeClaim>("data-pg-0", DeleteOptions::default());
    stage.edit::<Pod>("pg-0", |pod| pod.metadata.annotations.set("touched", "yes"));
    stage.settle();
    assert_eq!(stage.names::<PersistentVolumeClaim>(), ["data-pg-0"]);
}

#[test]
fn a_set_on_its_way_out_only_counts() {
    let mut stage = running();
    stage.edit::<StatefulSet>("pg", |set| set.metadata.finalizers.push("example.org/hold".into()));
    stage.settle();
    stage.delete::<StatefulSet>("pg", DeleteOptions::default());
    kill(&mut stage, "pg-0");
    stage.take_deeds();
    stage.bury();
    stage.settle();
    assert!(stage.take_deeds().is_empty());
    assert_eq!(counts(&stage)[0], 2);
}

#[test]
fn a_revision_whose_name_is_taken_gets_another() {
    let mut probe = pg();
    let name = probe.names::<ControllerRevision>()[0].clone();
    probe.settle();
    let mut stage = Stage::new(&[ActorId::statefulset]);
    let mut taken = ControllerRevision::default();
    (taken.metadata.name, taken.metadata.namespace) = (name.as_str().into(), "default".into());
    let taken = stage.put(taken);
    stage.apply(PG);
    stage.pass(100);
    assert_eq!(stage.names::<ControllerRevision>().len(), 2);
    assert_eq!(stage.get::<StatefulSet>("pg").status.collision_count, Some(1));
    assert_eq!(
        stage.get::<ControllerRevision>(&taken.key().name).data,
        serde_json::Value::Null
    );
    assert_eq!(stage.names::<Pod>(), ["pg-0"]);
}
