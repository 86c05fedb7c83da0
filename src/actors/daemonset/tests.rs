//! The DaemonSet's rules, each as a short story; the scheduler is played by the test.

use super::fit;
use crate::actors::ActorId;
use crate::actors::stage::Stage;
use crate::api::{ControllerRevision, DaemonSet, Node, Phase, Pod, Taint, TaintEffect};
use crate::store::DeleteOptions;
use std::sync::Arc;

const AGENT: &str = "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: 'agent:1'}]}
";

fn node(stage: &mut Stage, name: &str) {
    let mut node = Node::default();
    node.metadata.name = name.into();
    stage.put(node);
}

/// Plays scheduler and kubelet: each pod runs on the node that it is confined to.
fn run_all(stage: &mut Stage) {
    let waiting = stage
        .store
        .list::<Pod>("")
        .filter(|pod| pod.is_active() && !pod.is_ready());
    let places: Vec<_> = waiting
        .map(|pod| {
            (
                pod.metadata.name.to_string(),
                fit::node_of(pod).expect("it is confined"),
            )
        })
        .collect();
    for (pod, node) in places {
        stage.run_pod(&pod, &node, true);
    }
    stage.settle();
}

/// Three nodes, each with its agent.
fn agents() -> Stage {
    let mut stage = Stage::new(&[ActorId::daemonset]);
    for name in ["a", "b", "c"] {
        node(&mut stage, name);
    }
    stage.apply(AGENT);
    stage.settle();
    run_all(&mut stage);
    stage
}

/// Returns the nodes with an agent that is not on its way out.
fn places(stage: &Stage) -> Vec<String> {
    let pods = stage.store.list::<Pod>("").filter(|pod| pod.is_active());
    let mut places: Vec<_> = pods.map(|pod| pod.spec.node_name.to_string()).collect();
    places.sort();
    places
}

fn on(stage: &Stage, node: &str) -> String {
    let mut pods = stage.store.list::<Pod>("").filter(|pod| &*pod.spec.node_name == node);
    pods.next().expect("an agent").metadata.name.to_string()
}

fn taint(stage: &mut Stage, node: &str, effect: TaintEffect) {
    stage.edit::<Node>(node, |node| {
        node.spec.taints.push(Taint {
            key: "maintenance".to_owned(),
            effect,
            ..Taint::default()
        });
    });
    stage.settle();
}

#[test]
fn each_node_gets_one_and_a_new_node_too() {
    let mut stage = agents();
    assert_eq!(places(&stage), ["a", "b", "c"]);
    let status = &stage.get::<DaemonSet>("agent").status;
    assert_eq!(
        (
            status.desired_number_scheduled,
            status.number_available,
            status.updated_number_scheduled
        ),
        (3, 3, 3)
    );
    let pod = stage.get::<Pod>(&on(&stage, "a"));
    let revision = stage.names::<ControllerRevision>()[0].clone();
    assert_eq!(
        revision,
        format!("agent-{}", pod.metadata.labels.value("controller-revision-hash"))
    );
    assert_eq!(pod.metadata.labels.value("pod-template-generation"), "1");
    assert_eq!(pod.spec.tolerations.len(), 6);
    node(&mut stage, "d");
    stage.settle();
    run_all(&mut stage);
    assert_eq!(places(&stage), ["a", "b", "c", "d"]);
}

#[test]
fn a_cordon_is_borne_a_taint_lets_it_stay_and_an_executing_one_drives_it_away() {
    let mut stage = agents();
    stage.edit::<Node>("a", |node| node.spec.unschedulable = true);
    stage.settle();
    taint(&mut stage, "b", TaintEffect::NoSchedule);
    taint(&mut stage, "c", TaintEffect::NoExecute);
    assert_eq!(places(&stage), ["a", "b"]);
    assert_eq!(stage.get::<DaemonSet>("agent").status.number_misscheduled, 2);
    let pod = on(&stage, "b");
    stage.delete::<Pod>(&pod, DeleteOptions::default());
    stage.bury();
    stage.settle();
    assert_eq!(places(&stage), ["a"], "and is not made again there");
}

#[test]
fn a_node_selector_chooses_the_nodes() {
    let mut stage = agents();
    stage.edit::<Node>("b", |node| node.metadata.labels.set("disk", "ssd"));
    stage.edit::<DaemonSet>("agent", |set| {
        let spec = Arc::make_mut(&mut set.spec.template.spec);
        spec.node_selector.insert("disk".to_owned(), "ssd".to_owned());
    });
    stage.settle();
    for _ in 0..3 {
        stage.bury();
        stage.settle();
        run_all(&mut stage);
    }
    assert_eq!(places(&stage), ["b"]);
}

#[test]
fn an_update_goes_node_by_node() {
    let mut stage = agents();
    stage.edit::<DaemonSet>("agent", |set| {
        let spec = Arc::make_mut(&mut set.spec.template.spec);
        Arc::make_mut(&mut spec.containers)[0].image = "agent:2".into();
    });
    stage.settle();
    let mut rounds = vec![];
    for _ in 0..4 {
        let going = stage.store.list::<Pod>("").filter(|pod| pod.metadata.is_terminating());
        rounds.push(going.count());
        stage.bury();
        stage.settle();
        run_all(&mut stage);
    }
    assert_eq!(rounds, [1, 1, 1, 0]);
    let images = stage
        .store
        .list::<Pod>("")
        .map(|pod| pod.spec.containers[0].image.to_string());
    assert!(images.into_iter().all(|image| image == "agent:2"));
    assert_eq!(stage.names::<ControllerRevision>().len(), 2);
}

#[test]
fn a_failed_pod_is_replaced_each_time_a_little_later() {
    let mut stage = agents();
    for wait in [0, 1_000, 2_000] {
        let pod = on(&stage, "a");
        stage.end_pod(&pod, Phase::Failed);
        if wait > 0 {
            stage.pass(wait - 1);
            assert!(stage.find::<Pod>(&pod).is_some());
            stage.pass(1);
        }
        stage.settle();
        assert!(stage.find::<Pod>(&pod).is_none());
        run_all(&mut stage);
    }
    assert!(
        stage
            .events
            .iter()
            .any(|event| event.starts_with("Warning FailedDaemonPod Found failed daemon pod default/"))
    );
}

#[test]
fn of_two_on_one_node_the_younger_goes() {
    let mut stage = agents();
    let mut twin = Pod::clone(stage.get::<Pod>(&on(&stage, "a")));
    let old = twin.metadata.name.to_string();
    stage.now = stage.now + 1_000;
    twin.metadata.name = "twin".into();
    twin.metadata.owner_references.clear();
    stage.put(twin);
    stage.settle();
    assert!(stage.get::<Pod>("twin").metadata.is_terminating());
    assert!(!stage.get::<Pod>(&old).metadata.is_terminating());
}
