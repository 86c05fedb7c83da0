//! Workloads in whole worlds: the controllers, the scheduler, the binder and the kubelets together.
//!
//! The rules themselves are tested beside the controllers; here it is seen that they work as one.

use pglab::actors::ActorId;
use pglab::api::{
    CronJob, DaemonSet, Deployment, Job, Key, Kind, Namespace, Node, Object, PersistentVolumeClaim, Pod,
    PodDisruptionBudget, ReplicaSet, Resource, StatefulSet, Time,
};
use pglab::cloud::Settings;
use pglab::sim::{ClusterSpec, Fault, Seeded, World};
use pglab::store::{DeleteOptions, Propagation};
use std::sync::Arc;

const CLASS: &str = "
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: ebs}
provisioner: ebs.csi.aws.com
volumeBindingMode: WaitForFirstConsumer
";

const SET: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 10
      containers: [{name: db, image: 'idle:1', volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], storageClassName: ebs, resources: {requests: {storage: 1Gi}}}
";

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'idle:1'}]}
";

fn world(seed: u64) -> World {
    let mut world = ClusterSpec::default().world(seed, Settings::default());
    world.settle(60_000);
    world
}

fn object(yaml: &str) -> Object {
    let mut tree: serde_json::Value = serde_yaml::from_str(yaml).expect("the test's own YAML");
    let word = |key: &str| tree[key].as_str().expect("a word").to_owned();
    let kind = Kind::of(&word("apiVersion"), &word("kind")).expect("a known kind");
    if kind.is_namespaced() && tree["metadata"]["namespace"].is_null() {
        tree["metadata"]["namespace"] = "default".into();
    }
    Object::from_value(&kind, tree).expect("the test's own object")
}

fn apply(world: &mut World, yaml: &str) {
    world.create(object(yaml)).expect("it may be created");
}

fn settle(world: &mut World) {
    assert!(world.settle(600_000), "it comes to rest");
}

/// A set of three on its claims, all of it up.
fn set_up(seed: u64) -> World {
    let mut world = world(seed);
    apply(&mut world, CLASS);
    apply(&mut world, SET);
    settle(&mut world);
    world
}

fn get<T: Resource>(world: &World, name: &str) -> Arc<T> {
    let namespace = if T::KIND.is_namespaced() { "default" } else { "" };
    world
        .store()
        .get::<T>(namespace, name)
        .unwrap_or_else(|| panic!("no {name}"))
        .clone()
}

fn names<T: Resource>(world: &World) -> Vec<String> {
    world
        .store()
        .list::<T>("")
        .map(|object| object.meta().name.to_string())
        .collect()
}

fn edit<T: Resource>(world: &mut World, name: &str, change: impl FnOnce(&mut T)) {
    let mut object = T::clone(&get::<T>(world, name));
    change(&mut object);
    world.update(object.into_object()).expect("it may be changed");
}

fn delete<T: Resource>(world: &mut World, name: &str, propagation: Propagation) {
    let key = get::<T>(world, name).key();
    let options = DeleteOptions {
        propagation,
        ..DeleteOptions::default()
    };
    world.delete(&key, &options).expect("it may be deleted");
}

/// Returns what was written since revision `from`, a line each, of these kinds only.
fn written(world: &World, from: u64, kinds: &[Kind]) -> Vec<String> {
    let revisions = world.store().between(from, world.store().head()).iter();
    revisions
        .filter(|revision| kinds.contains(&revision.object().kind()))
        .map(|revision| {
            let verb = match (&revision.before, &revision.after) {
                (None, _) => "+",
                (_, None) => "-",
                _ => "~",
            };
            format!("{verb}{}", revision.key())
        })
        .collect()
}

/// Returns what was said of objects since revision `from`: reason and message.
fn said(world: &World, from: u64, of: &str) -> Vec<String> {
    let revisions = world.store().between(from, world.store().head()).iter();
    revisions
        .filter_map(|revision| match &revision.after {
            Some(Object::Event(event)) if event.involved_object.kind == of => {
                Some(format!("{} {}", event.reason, event.message))
            }
            _ => None,
        })
        .collect()
}

fn counts(world: &World) -> [i64; 4] {
    let status = &get::<StatefulSet>(world, "db").status;
    [
        status.replicas,
        status.ready_replicas,
        status.current_replicas,
        status.updated_replicas,
    ]
}

#[test]
fn a_set_comes_up_in_the_order_of_a_real_control_plane() {
    // fidelity s01: revision, claim, pod, status; the next claim only when the first pod is ready.
    let world = set_up(1);
    let made = written(
        &world,
        0,
        &[
            Kind::StatefulSet,
            Kind::ControllerRevision,
            Kind::PersistentVolumeClaim,
            Kind::Pod,
        ],
    );
    let made: Vec<_> = made.iter().filter(|line| line.starts_with('+')).collect();
    let revision =
        format!("+{}", names::<pglab::api::ControllerRevision>(&world)[0]).replace('+', "+controllerrevision/");
    assert_eq!(
        made,
        [
            "+statefulset/db",
            revision.as_str(),
            "+persistentvolumeclaim/data-db-0",
            "+pod/db-0",
            "+persistentvolumeclaim/data-db-1",
            "+pod/db-1",
            "+persistentvolumeclaim/data-db-2",
            "+pod/db-2"
        ]
    );
    assert_eq!(counts(&world), [3, 3, 3, 3]);
}

#[test]
fn a_killed_pod_of_a_set_returns_to_its_claim() {
    // fidelity s02.
    let mut world = set_up(2);
    let claim = get::<PersistentVolumeClaim>(&world, "data-db-1");
    let old = get::<Pod>(&world, "db-1");
    let from = world.store().head();
    delete::<Pod>(&mut world, "db-1", Propagation::Background);
    world.run_for(20);
    assert_eq!(
        counts(&world),
        [3, 3, 2, 2],
        "ready to its end, but of no revision any more"
    );
    settle(&mut world);
    let new = get::<Pod>(&world, "db-1");
    assert_ne!(new.metadata.uid, old.metadata.uid);
    assert_eq!(
        *get::<PersistentVolumeClaim>(&world, "data-db-1"),
        *claim,
        "not a single write"
    );
    let gone = world.store().between(from, world.store().head()).iter();
    let at = |found: fn(&pglab::store::Revision) -> bool| -> Time {
        let mut revisions = gone
            .clone()
            .filter(|r| r.key().kind == Kind::Pod && &*r.key().name == "db-1");
        revisions.find(|r| found(r)).expect("it was written").at
    };
    let pause = at(|r| r.before.is_none()).since(at(|r| r.after.is_none()));
    assert!(
        (1..50).contains(&pause),
        "made again at once, {pause} ms after it was gone"
    );
}

#[test]
fn a_set_scales_down_from_the_top_and_its_claims_stay() {
    // fidelity s04.
    let mut world = set_up(3);
    let from = world.store().head();
    edit::<StatefulSet>(&mut world, "db", |set| set.spec.replicas = 1);
    settle(&mut world);
    let gone = written(&world, from, &[Kind::Pod, Kind::PersistentVolumeClaim]);
    let gone: Vec<_> = gone.iter().filter(|line| line.starts_with('-')).collect();
    assert_eq!(gone, ["-pod/db-2", "-pod/db-1"]);
    delete::<StatefulSet>(&mut world, "db", Propagation::Background);
    settle(&mut world);
    assert!(names::<Pod>(&world).is_empty());
    assert_eq!(names::<PersistentVolumeClaim>(&world).len(), 3);
}

#[test]
fn orphans_are_adopted_by_a_set_of_the_same_name() {
    let mut world = set_up(4);
    let uids: Vec<_> = world.store().list::<Pod>("").map(|pod| pod.metadata.uid).collect();
    delete::<StatefulSet>(&mut world, "db", Propagation::Orphan);
    settle(&mut world);
    let has_owner = |world: &World| {
        world
            .store()
            .list::<Pod>("")
            .any(|pod| pod.metadata.controller().is_some())
    };
    assert!(!has_owner(&world));
    apply(&mut world, SET);
    settle(&mut world);
    let after: Vec<_> = world.store().list::<Pod>("").map(|pod| pod.metadata.uid).collect();
    assert_eq!(after, uids, "nobody was restarted");
    assert_eq!(counts(&world), [3, 3, 3, 3]);
    assert_eq!(names::<pglab::api::ControllerRevision>(&world).len(), 1);
}

#[test]
fn a_deployment_rolls_without_losing_more_than_it_may() {
    // fidelity s12.
    let mut world = world(5);
    apply(&mut world, WEB);
    settle(&mut world);
    let from = world.store().head();
    edit::<Deployment>(&mut world, "web", |web| {
        let spec = Arc::make_mut(&mut web.spec.template.spec);
        Arc::make_mut(&mut spec.containers)[0].image = "idle:2".into();
    });
    settle(&mut world);
    let available = world
        .store()
        .between(from, world.store().head())
        .iter()
        .filter_map(|r| {
            let web = Deployment::of(r.after.as_ref()?)?;
            (web.status.observed_generation == 2).then_some(web.status.available_replicas)
        });
    assert_eq!(available.min(), Some(3), "one of four may be missing");
    let web = get::<Deployment>(&world, "web");
    assert_eq!(
        (
            web.status.updated_replicas,
            web.status.replicas,
            web.status.terminating_replicas
        ),
        (4, 4, Some(0))
    );
    let scaled = said(&world, from, "Deployment");
    let new = &world
        .store()
        .list::<ReplicaSet>("")
        .find(|set| set.spec.replicas == 4)
        .unwrap()
        .metadata
        .name;
    assert_eq!(
        scaled[0],
        format!("ScalingReplicaSet Scaled up replica set {new} from 0 to 1")
    );
    delete::<Deployment>(&mut world, "web", Propagation::Foreground);
    settle(&mut world);
    assert!(names::<Pod>(&world).is_empty() && names::<ReplicaSet>(&world).is_empty());
    assert!(names::<Deployment>(&world).is_empty());
}

#[test]
fn a_cron_job_makes_a_job_that_makes_a_pod_that_ends() {
    // fidelity s13.
    let mut world = world(6);
    apply(
        &mut world,
        "
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup}
spec:
  schedule: '* * * * *'
  concurrencyPolicy: Forbid
  jobTemplate:
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: dump, image: 'idle:1'}]}}}
",
    );
    let minute = world.now().0.div_euclid(60_000) + 1;
    world.run_for(100_000);
    let job = get::<Job>(&world, &format!("backup-{minute}"));
    assert_eq!(job.finished().expect("it is over").kind, "Complete");
    assert_eq!(job.status.succeeded, 1);
    assert!(get::<CronJob>(&world, "backup").status.last_successful_time.is_some());
    let told = said(&world, 0, "Job");
    assert!(
        told[0].starts_with("SuccessfulCreate Created pod: backup-") && told[1] == "Completed Job completed",
        "{told:?}"
    );
    world.run_for(600_000);
    assert_eq!(names::<Job>(&world).len(), 3, "three are kept");
    assert_eq!(names::<Pod>(&world).len(), 3, "and their pods");
}

#[test]
fn an_agent_runs_on_every_node_also_on_a_cordoned_one() {
    let mut world = world(7);
    edit::<Node>(&mut world, "node-a1", |node| node.spec.unschedulable = true);
    apply(
        &mut world,
        "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: 'idle:1'}]}
",
    );
    settle(&mut world);
    let mut places: Vec<_> = world
        .store()
        .list::<Pod>("")
        .map(|pod| pod.spec.node_name.to_string())
        .collect();
    places.sort();
    assert_eq!(
        places,
        ["node-a1", "node-a2", "node-b1", "node-b2", "node-c1", "node-c2"]
    );
    assert_eq!(get::<DaemonSet>(&world, "agent").status.number_available, 6);
}

#[test]
fn a_budget_refuses_the_second_eviction_until_the_first_pod_is_back() {
    // fidelity s16.
    let mut world = set_up(8);
    apply(
        &mut world,
        "
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: db}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: db}}}
",
    );
    settle(&mut world);
    assert_eq!(get::<PodDisruptionBudget>(&world, "db").status.disruptions_allowed, 1);
    let pod = |name: &str| Key::new(Kind::Pod, "default", name);
    world.evict(&pod("db-0"), None).expect("one may go");
    world.evict(&pod("db-1"), None).expect_err("two may not");
    world.run_for(1_000);
    world
        .evict(&pod("db-1"), None)
        .expect_err("nor while the first is away");
    settle(&mut world);
    world.evict(&pod("db-1"), None).expect("now it may");
}

#[test]
fn a_namespace_takes_along_all_that_is_in_it_pods_first() {
    let mut world = set_up(9);
    apply(&mut world, WEB);
    settle(&mut world);
    let from = world.store().head();
    let key = Key::cluster(Kind::Namespace, "default");
    // People may not delete this one; what follows is the same for every namespace.
    let step = world.person("delete the namespace");
    let options = DeleteOptions::default();
    let deleted = world.by_person(step, |store, hand| store.delete(&key, &options, hand));
    deleted.unwrap();
    assert!(
        world.run_till(world.now() + 300_000, |world| world.store().find(&key).is_none()),
        "it is gone"
    );
    let left = [
        names::<Pod>(&world),
        names::<StatefulSet>(&world),
        names::<PersistentVolumeClaim>(&world),
        names::<Deployment>(&world),
    ];
    assert!(left.iter().all(Vec::is_empty), "{left:?}");
    let gone = written(&world, from, &[Kind::Pod, Kind::StatefulSet, Kind::Deployment]);
    let first = |what: &str| gone.iter().position(|line| line.starts_with(what)).unwrap();
    let last_pod = gone.iter().rposition(|line| line.starts_with("-pod/")).unwrap();
    assert!(
        last_pod < first("-statefulset/") && last_pod < first("-deployment/"),
        "{gone:?}"
    );
    assert!(
        !gone.iter().any(|line| line.starts_with("+pod/")),
        "no controller fights it"
    );
    assert!(names::<Namespace>(&world).len() >= 3);
}

#[test]
fn controllers_that_crash_again_and_again_still_bring_all_about() {
    let crashing = [
        ActorId::deployment,
        ActorId::replicaset,
        ActorId::statefulset,
        ActorId::job,
        ActorId::garbage,
    ];
    for seed in 0..6 {
        let mut world = world(seed);
        let mut chooser = Seeded::new(seed);
        for yaml in [CLASS, SET, WEB] {
            apply(&mut world, yaml);
        }
        for round in 0..40 {
            let until = world.now() + 137 * (round % 7 + 1);
            world.run_until_with(until, &mut chooser);
            world.befall(&Fault::Restart(crashing[round as usize % crashing.len()]));
        }
        assert!(world.settle_with(600_000, &mut chooser));
        assert_eq!(counts(&world), [3, 3, 3, 3], "seed {seed}");
        assert_eq!(names::<Pod>(&world).len(), 7, "seed {seed}: no pod too many");
        assert_eq!(
            get::<Deployment>(&world, "web").status.available_replicas,
            4,
            "seed {seed}"
        );
    }
}
