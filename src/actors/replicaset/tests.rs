//! The ReplicaSet's rules, each as a short story.

use crate::actors::ActorId;
use crate::actors::stage::Stage;
use crate::api::{Phase, Pod, ReplicaSet, condition};
use crate::store::DeleteOptions;

const WEB: &str = "
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
";

fn web() -> Stage {
    let mut stage = Stage::new(&[ActorId::replicaset]);
    stage.apply(WEB);
    stage.settle();
    stage
}

fn scale(stage: &mut Stage, replicas: i64) {
    stage.edit::<ReplicaSet>("web", |set| set.spec.replicas = replicas);
    stage.settle();
}

/// Returns replicas, fully labelled, ready, available and terminating.
fn counts(stage: &Stage) -> (i64, i64, i64, i64, i64) {
    let status = &stage.get::<ReplicaSet>("web").status;
    (
        status.replicas,
        status.fully_labeled_replicas,
        status.ready_replicas,
        status.available_replicas,
        status.terminating_replicas.expect("the controller has counted"),
    )
}

#[test]
fn it_makes_as_many_pods_as_were_asked_for_and_names_them_in_its_events() {
    let mut stage = web();
    let names = stage.names::<Pod>();
    assert_eq!(names.len(), 3);
    let mut events = stage.take_events();
    events.sort();
    let expected: Vec<_> = names
        .iter()
        .map(|name| format!("Normal SuccessfulCreate Created pod: {name}"))
        .collect();
    assert_eq!(events, expected);
    let pod = stage.get::<Pod>(&names[0]);
    assert_eq!(pod.metadata.generate_name, "web-");
    assert!(
        pod.metadata
            .is_controlled_by(stage.get::<ReplicaSet>("web").metadata.uid)
    );
    assert_eq!(counts(&stage), (3, 3, 0, 0, 0));
    stage.all_ready();
    stage.settle();
    assert_eq!(counts(&stage), (3, 3, 3, 3, 0));
}

#[test]
fn a_deleted_pod_is_replaced_before_it_is_gone() {
    let mut stage = web();
    stage.all_ready();
    let names = stage.names::<Pod>();
    stage.delete::<Pod>(&names[0], DeleteOptions::default());
    stage.settle();
    assert_eq!(stage.names::<Pod>().len(), 4, "three, and one on its way out");
    assert_eq!(counts(&stage), (3, 3, 2, 2, 1));
    stage.bury();
    stage.settle();
    assert_eq!(counts(&stage), (3, 3, 2, 2, 0));
}

#[test]
fn a_pod_that_has_ended_counts_no_longer() {
    let mut stage = web();
    let names = stage.names::<Pod>();
    stage.end_pod(&names[1], Phase::Failed);
    stage.settle();
    assert_eq!(stage.names::<Pod>().len(), 4);
    assert_eq!(counts(&stage).0, 3);
}

#[test]
fn the_unscheduled_go_first_then_the_pending_the_unready_the_cheap_and_the_young() {
    let mut stage = web();
    scale(&mut stage, 6);
    let names = stage.names::<Pod>();
    // 0: ready for long. 1: ready since lately. 2: ready, but cheap. 3: runs, not ready. 4: bound. 5: waits.
    stage.run_pod(&names[0], "a", true);
    stage.now = stage.now + 1_000_000;
    stage.run_pod(&names[1], "b", true);
    stage.edit::<Pod>(&names[2], |pod| {
        pod.metadata
            .annotations
            .set("controller.kubernetes.io/pod-deletion-cost", "-5");
    });
    stage.run_pod(&names[2], "c", true);
    stage.run_pod(&names[3], "d", false);
    stage.bind(&names[4], "e");
    stage.now = stage.now + 1_000;
    for victim in [5, 4, 3, 2, 1] {
        stage.take_events();
        scale(&mut stage, victim as i64);
        let expected = format!("Normal SuccessfulDelete Deleted pod: {}", names[victim]);
        assert_eq!(stage.take_events(), [expected]);
        stage.bury();
        stage.settle();
    }
    assert_eq!(stage.names::<Pod>(), [names[0].clone()]);
}

#[test]
fn of_equal_pods_those_that_stand_doubled_up_go_first() {
    let mut stage = web();
    let names = stage.names::<Pod>();
    for (name, node) in names.iter().zip(["a", "b", "b"]) {
        stage.run_pod(name, node, true);
    }
    scale(&mut stage, 2);
    stage.bury();
    assert!(
        stage.names::<Pod>().contains(&names[0]),
        "the one that stands alone stays"
    );
    scale(&mut stage, 1);
    stage.bury();
    assert_eq!(stage.names::<Pod>().len(), 1);
}

#[test]
fn a_pod_with_other_labels_is_released_and_replaced() {
    let mut stage = web();
    let names = stage.names::<Pod>();
    stage.edit::<Pod>(&names[0], |pod| pod.metadata.labels.set("app", "debug"));
    stage.settle();
    assert!(stage.get::<Pod>(&names[0]).metadata.owner_references.is_empty());
    assert_eq!(stage.names::<Pod>().len(), 4);
    assert_eq!(counts(&stage), (3, 3, 0, 0, 0));
}

#[test]
fn an_orphan_that_fits_is_adopted_instead_of_making_a_pod() {
    let mut stage = Stage::new(&[ActorId::replicaset]);
    for (name, app) in [("mine", "web"), ("other", "db")] {
        let mut pod = Pod::default();
        (pod.metadata.name, pod.metadata.namespace) = (name.into(), "default".into());
        pod.metadata.labels.set("app", app);
        stage.put(pod);
    }
    stage.apply(WEB);
    stage.settle();
    assert_eq!(stage.names::<Pod>().len(), 4, "mine, other and two new ones");
    let owner = stage.get::<ReplicaSet>("web").metadata.uid;
    assert!(stage.get::<Pod>("mine").metadata.is_controlled_by(owner));
    assert!(stage.get::<Pod>("other").metadata.owner_references.is_empty());
    assert_eq!(counts(&stage), (3, 3, 0, 0, 0));
    // A stray that comes by later is one too many.
    stage.edit::<Pod>("other", |pod| pod.metadata.labels.set("app", "web"));
    stage.settle();
    assert_eq!(counts(&stage).0, 3);
    assert_eq!(stage.names::<Pod>().len(), 3);
}

#[test]
fn a_refused_pod_is_told_in_an_event_and_a_condition_until_it_goes_well() {
    let mut stage = Stage::new(&[ActorId::replicaset]);
    stage.forbidden = vec![("web-", "exceeded quota: q")];
    stage.apply(WEB);
    stage.settle();
    let said = "Warning FailedCreate Error creating: pods \"\" is forbidden: exceeded quota: q";
    assert_eq!(stage.take_events(), [said, said], "its own status wakes it once more");
    let conditions = stage.get::<ReplicaSet>("web").status.conditions.clone();
    let failure = condition::find(&conditions, "ReplicaFailure").expect("it says so");
    assert_eq!(
        (&*failure.reason, failure.message.contains("exceeded quota")),
        ("FailedCreate", true)
    );
    stage.pass(40);
    assert!(stage.take_events().iter().all(|event| event == said));
    stage.forbidden.clear();
    stage.pass(1000);
    assert_eq!(stage.names::<Pod>().len(), 3);
    assert!(stage.get::<ReplicaSet>("web").status.conditions.is_empty());
}

#[test]
fn a_pod_is_available_once_it_has_been_ready_for_long_enough() {
    let mut stage = web();
    stage.edit::<ReplicaSet>("web", |set| set.spec.min_ready_seconds = 10);
    stage.all_ready();
    stage.settle();
    assert_eq!(counts(&stage), (3, 3, 3, 0, 0));
    stage.pass(9_999);
    assert_eq!(counts(&stage).3, 0);
    stage.pass(1);
    assert_eq!(counts(&stage).3, 3);
}

#[test]
fn nothing_is_made_in_a_namespace_that_is_going() {
    let mut stage = web();
    stage.delete::<crate::api::Namespace>("default", DeleteOptions::default());
    scale(&mut stage, 5);
    assert_eq!(stage.names::<Pod>().len(), 3);
    assert!(!stage.deeds.iter().any(|deed| deed.starts_with("refuse")));
}

#[test]
fn after_a_restart_it_counts_as_before() {
    let mut stage = web();
    stage.all_ready();
    let names = stage.names::<Pod>();
    stage.edit::<Pod>(&names[0], |pod| pod.metadata.labels.set("extra", "yes"));
    stage.settle();
    let before = counts(&stage);
    stage.take_deeds();
    stage.restart(ActorId::replicaset);
    stage.settle();
    assert_eq!(counts(&stage), before);
    assert!(stage.take_deeds().is_empty());
    stage.delete::<Pod>(&names[0], DeleteOptions::default());
    stage.settle();
    assert_eq!(counts(&stage), (3, 3, 2, 2, 1));
}

#[test]
fn pods_without_a_new_label_of_the_template_are_not_fully_labelled() {
    let mut stage = web();
    stage.edit::<ReplicaSet>("web", |set| set.spec.template.metadata.labels.set("tier", "front"));
    stage.settle();
    assert_eq!(counts(&stage), (3, 0, 0, 0, 0));
    scale(&mut stage, 4);
    assert_eq!(counts(&stage), (4, 1, 0, 0, 0));
}

#[test]
fn thousands_of_pods_are_made_in_bursts_and_looked_at_one_by_one() {
    let mut stage = web();
    scale(&mut stage, 1200);
    assert_eq!(stage.names::<Pod>().len(), 1200);
    assert_eq!(counts(&stage), (1200, 1200, 0, 0, 0));
    let before = stage.runs;
    stage.all_ready();
    stage.settle();
    assert_eq!(counts(&stage).2, 1200);
    assert!(stage.runs - before < 10, "many changes, few looks");
}
