//! The Deployment's rules, each as a short story; the ReplicaSets play themselves.

use crate::actors::ActorId;
use crate::actors::stage::Stage;
use crate::api::{Condition, Deployment, IntOrString, Pod, ReplicaSet, condition};
use crate::store::DeleteOptions;
use std::sync::Arc;

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1'}]}
";

/// A Deployment of four whose pods run.
fn web() -> Stage {
    let mut stage = Stage::new(&[ActorId::deployment, ActorId::replicaset]);
    stage.apply(WEB);
    stage.settle();
    stage.all_ready();
    stage.settle();
    stage
}

fn set_image(stage: &mut Stage, image: &'static str) {
    stage.edit::<Deployment>("web", |web| {
        let spec = Arc::make_mut(&mut web.spec.template.spec);
        Arc::make_mut(&mut spec.containers)[0].image = image.into();
    });
    stage.settle();
}

/// Returns the sizes of the sets, oldest revision first.
fn sizes(stage: &Stage) -> Vec<(String, i64)> {
    let mut sets: Vec<_> = stage.store.list::<ReplicaSet>("").collect();
    sets.sort_by_key(|set| super::sets::revision_of(set));
    sets.iter()
        .map(|set| {
            (
                set.spec.template.spec.containers[0].image.to_string(),
                set.spec.replicas,
            )
        })
        .collect()
}

fn condition_of(stage: &Stage, kind: &str) -> String {
    let conditions = &stage.get::<Deployment>("web").status.conditions;
    condition::find(conditions, kind).map_or("none".to_owned(), |c| {
        format!("{:?} {} {}", c.status, c.reason, c.message)
    })
}

/// Returns the scaling events since the last time, without the names of the sets.
fn scalings(stage: &mut Stage) -> Vec<String> {
    let events = stage.take_events();
    let scalings = events.iter().filter(|event| event.contains("ScalingReplicaSet"));
    let short = scalings.map(|event| {
        let words: Vec<_> = event.split(' ').collect();
        format!("{} {}", words[3], words[7..].join(" "))
    });
    short.collect()
}

#[test]
fn a_first_rollout_makes_one_set_named_after_its_template() {
    let mut stage = Stage::new(&[ActorId::deployment, ActorId::replicaset]);
    stage.apply(WEB);
    stage.settle();
    let web = stage.get::<Deployment>("web").clone();
    assert_eq!(web.metadata.annotations.value("deployment.kubernetes.io/revision"), "1");
    let sets = stage.names::<ReplicaSet>();
    let [name] = sets.as_slice() else {
        panic!("one set, not {sets:?}")
    };
    let set = stage.get::<ReplicaSet>(name).clone();
    let hash = set.metadata.labels.value("pod-template-hash").to_owned();
    assert_eq!(*name, format!("web-{hash}"));
    assert_eq!(set.spec.selector.match_labels.value("pod-template-hash"), hash);
    assert_eq!(
        set.metadata
            .annotations
            .value("deployment.kubernetes.io/desired-replicas"),
        "4"
    );
    assert_eq!(
        set.metadata.annotations.value("deployment.kubernetes.io/max-replicas"),
        "5"
    );
    assert!(stage.take_events().contains(&format!(
        "Normal ScalingReplicaSet Scaled up replica set {name} from 0 to 4"
    )));
    assert_eq!(
        condition_of(&stage, "Available"),
        "False MinimumReplicasUnavailable Deployment does not have minimum availability."
    );
    assert_eq!(
        condition_of(&stage, "Progressing"),
        format!("True ReplicaSetUpdated ReplicaSet \"{name}\" is progressing.")
    );
    stage.all_ready();
    stage.settle();
    assert_eq!(
        condition_of(&stage, "Available"),
        "True MinimumReplicasAvailable Deployment has minimum availability."
    );
    assert_eq!(
        condition_of(&stage, "Progressing"),
        format!("True NewReplicaSetAvailable ReplicaSet \"{name}\" has successfully progressed.")
    );
}

#[test]
fn it_rolls_as_the_recorded_cluster_did() {
    // fidelity s12: a quarter of four each way.
    let mut stage = web();
    scalings(&mut stage);
    set_image(&mut stage, "nginx:2");
    assert_eq!(
        scalings(&mut stage),
        ["up from 0 to 1", "down from 4 to 3", "up from 1 to 2"]
    );
    for _ in 0..4 {
        stage.all_ready();
        stage.settle();
    }
    stage.bury();
    stage.settle();
    assert_eq!(sizes(&stage), [("nginx:1".to_owned(), 0), ("nginx:2".to_owned(), 4)]);
    let status = &stage.get::<Deployment>("web").status;
    assert_eq!(
        (status.replicas, status.updated_replicas, status.available_replicas),
        (4, 4, 4)
    );
    assert_eq!(status.terminating_replicas, Some(0));
}

#[test]
fn without_unavailable_it_steps_up_before_it_steps_down() {
    let mut stage = web();
    stage.edit::<Deployment>("web", |web| {
        let rolling = web.spec.strategy.rolling_update.as_mut().unwrap();
        (rolling.max_surge, rolling.max_unavailable) = (IntOrString::Int(1), IntOrString::Int(0));
    });
    stage.settle();
    scalings(&mut stage);
    set_image(&mut stage, "nginx:2");
    let mut all = scalings(&mut stage);
    for _ in 0..4 {
        stage.all_ready();
        stage.settle();
        all.extend(scalings(&mut stage));
    }
    assert_eq!(
        all,
        [
            "up from 0 to 1",
            "down from 4 to 3",
            "up from 1 to 2",
            "down from 3 to 2",
            "up from 2 to 3",
            "down from 2 to 1",
            "up from 3 to 4",
            "down from 1 to 0"
        ]
    );
}

#[test]
fn a_broken_image_stops_the_rollout_and_after_the_deadline_it_is_called_late() {
    let mut stage = web();
    set_image(&mut stage, "broken");
    assert_eq!(sizes(&stage), [("nginx:1".to_owned(), 3), ("broken".to_owned(), 2)]);
    stage.bury();
    stage.settle();
    assert!(condition_of(&stage, "Available").starts_with("True"));
    stage.pass(599_000);
    assert!(condition_of(&stage, "Progressing").starts_with("True ReplicaSetUpdated"));
    stage.pass(3_000);
    let late = condition_of(&stage, "Progressing");
    assert!(
        late.starts_with("False ProgressDeadlineExceeded ReplicaSet") && late.ends_with("has timed out progressing.")
    );
    assert_eq!(
        sizes(&stage),
        [("nginx:1".to_owned(), 3), ("broken".to_owned(), 2)],
        "nothing is rolled back"
    );
    // Going back heals at once: the old set is the new one again, with a higher revision.
    set_image(&mut stage, "nginx:1");
    assert_eq!(sizes(&stage), [("broken".to_owned(), 0), ("nginx:1".to_owned(), 4)]);
    let web = stage.get::<Deployment>("web");
    assert_eq!(web.metadata.annotations.value("deployment.kubernetes.io/revision"), "3");
    let set = stage
        .store
        .list::<ReplicaSet>("")
        .find(|set| set.spec.replicas == 4)
        .unwrap();
    assert_eq!(
        set.metadata
            .annotations
            .value("deployment.kubernetes.io/revision-history"),
        "1"
    );
}

#[test]
fn recreate_waits_until_the_last_old_pod_is_gone() {
    let mut stage = web();
    stage.edit::<Deployment>("web", |web| {
        web.spec.strategy.kind = "Recreate".into();
        web.spec.strategy.rolling_update = None;
    });
    set_image(&mut stage, "nginx:2");
    assert_eq!(sizes(&stage), [("nginx:1".to_owned(), 0)]);
    let names = stage.names::<Pod>();
    assert_eq!(names.len(), 4, "all on their way out");
    let now = DeleteOptions {
        grace_seconds: Some(0),
        ..DeleteOptions::default()
    };
    for name in &names[1..] {
        stage.delete::<Pod>(name, now.clone());
    }
    stage.settle();
    assert_eq!(sizes(&stage).len(), 1);
    stage.bury();
    stage.settle();
    assert_eq!(sizes(&stage), [("nginx:1".to_owned(), 0), ("nginx:2".to_owned(), 4)]);
}

#[test]
fn scaling_while_it_rolls_gives_each_set_its_share() {
    let mut stage = web();
    stage.edit::<Deployment>("web", |web| {
        web.spec.replicas = 10;
        let rolling = web.spec.strategy.rolling_update.as_mut().unwrap();
        (rolling.max_surge, rolling.max_unavailable) = (IntOrString::Int(3), IntOrString::Int(2));
    });
    stage.settle();
    stage.all_ready();
    stage.settle();
    set_image(&mut stage, "broken");
    assert_eq!(sizes(&stage), [("nginx:1".to_owned(), 8), ("broken".to_owned(), 5)]);
    stage.edit::<Deployment>("web", |web| web.spec.replicas = 15);
    stage.settle();
    // The example of the Kubernetes documentation: three for the old set, two for the new.
    assert_eq!(sizes(&stage), [("nginx:1".to_owned(), 11), ("broken".to_owned(), 7)]);
}

#[test]
fn a_paused_rollout_scales_but_does_not_roll() {
    let mut stage = web();
    stage.edit::<Deployment>("web", |web| web.spec.paused = true);
    set_image(&mut stage, "nginx:2");
    assert_eq!(sizes(&stage), [("nginx:1".to_owned(), 4)]);
    assert_eq!(
        condition_of(&stage, "Progressing"),
        "Unknown DeploymentPaused Deployment is paused"
    );
    stage.edit::<Deployment>("web", |web| web.spec.replicas = 6);
    stage.settle();
    assert_eq!(sizes(&stage), [("nginx:1".to_owned(), 6)]);
    stage.edit::<Deployment>("web", |web| web.spec.paused = false);
    stage.settle();
    assert_eq!(sizes(&stage).len(), 2);
}

#[test]
fn only_so_many_old_sets_are_kept() {
    let mut stage = web();
    stage.edit::<Deployment>("web", |web| web.spec.revision_history_limit = 1);
    for image in ["nginx:2", "nginx:3", "nginx:4"] {
        set_image(&mut stage, image);
        for _ in 0..6 {
            stage.all_ready();
            stage.settle();
            stage.bury();
            stage.settle();
        }
    }
    assert_eq!(sizes(&stage), [("nginx:3".to_owned(), 0), ("nginx:4".to_owned(), 4)]);
}

#[test]
fn the_cause_of_a_change_sticks_to_later_revisions() {
    let mut stage = web();
    stage.edit::<Deployment>("web", |web| {
        web.metadata.annotations.set("kubernetes.io/change-cause", "to 2")
    });
    stage.settle();
    set_image(&mut stage, "nginx:2");
    set_image(&mut stage, "nginx:3");
    let causes: Vec<_> = stage
        .store
        .list::<ReplicaSet>("")
        .map(|set| set.metadata.annotations.value("kubernetes.io/change-cause"))
        .collect();
    assert_eq!(causes, ["to 2", "to 2", "to 2"]);
}

#[test]
fn a_set_of_another_template_with_the_same_name_is_a_collision() {
    let mut stage = Stage::new(&[ActorId::deployment, ActorId::replicaset]);
    let mut probe = Stage::new(&[ActorId::deployment]);
    probe.apply(WEB);
    probe.settle();
    let name = probe.names::<ReplicaSet>()[0].clone();
    let mut foreign = ReplicaSet::default();
    (foreign.metadata.name, foreign.metadata.namespace) = (name.as_str().into(), "default".into());
    foreign.spec.replicas = 0;
    stage.put(foreign);
    stage.apply(WEB);
    stage.pass(100);
    let web = stage.get::<Deployment>("web");
    assert_eq!(web.status.collision_count, Some(1));
    assert_eq!(stage.names::<ReplicaSet>().len(), 2);
}

#[test]
fn orphaned_sets_are_adopted_again() {
    let mut stage = web();
    let name = stage.names::<ReplicaSet>()[0].clone();
    let uid = stage.get::<Deployment>("web").metadata.uid;
    stage.delete::<Deployment>("web", DeleteOptions::default());
    stage.edit::<ReplicaSet>(&name, |set| set.metadata.owner_references.clear());
    stage.settle();
    stage.apply(WEB);
    stage.settle();
    let web = stage.get::<Deployment>("web");
    assert_ne!(web.metadata.uid, uid);
    assert!(
        stage
            .get::<ReplicaSet>(&name)
            .metadata
            .is_controlled_by(web.metadata.uid)
    );
    assert_eq!(stage.names::<ReplicaSet>(), [name]);
    assert_eq!(stage.names::<Pod>().len(), 4);
}

#[test]
fn when_a_set_cannot_be_made_the_deployment_says_why() {
    let mut stage = Stage::new(&[ActorId::deployment]);
    stage.forbidden = vec![("web-", "exceeded quota: q")];
    stage.apply(WEB);
    stage.settle();
    let said = condition_of(&stage, "Progressing");
    assert!(
        said.starts_with("False ReplicaSetCreateError Failed to create new replica set \"web-"),
        "{said}"
    );
    assert!(stage.events[0].starts_with("Warning ReplicaSetCreateError Failed to create new replica set"));
    stage.forbidden.clear();
    stage.pass(10_000);
    assert_eq!(stage.names::<ReplicaSet>().len(), 1);
}

#[test]
fn a_failure_of_the_set_shows_in_the_deployment_until_it_is_over() {
    let mut stage = Stage::new(&[ActorId::deployment]);
    stage.apply(WEB);
    stage.settle();
    let set = stage.names::<ReplicaSet>()[0].clone();
    let failure = Condition::new("ReplicaFailure", true, "FailedCreate", "quota", stage.now);
    stage.status::<ReplicaSet>(&set, |set| set.status.conditions = vec![failure]);
    stage.settle();
    assert_eq!(condition_of(&stage, "ReplicaFailure"), "True FailedCreate quota");
    stage.status::<ReplicaSet>(&set, |set| set.status.conditions.clear());
    stage.settle();
    assert_eq!(condition_of(&stage, "ReplicaFailure"), "none");
}
