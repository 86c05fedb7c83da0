//! Stuck worlds of every kind, drawn: other names, other shapes, the same trouble.
#![allow(dead_code, reason = "each test takes what it needs")]

pub mod act;
pub mod pods;
mod leaving;
mod sets;
mod faults;
mod services;
mod rest;

use pglab::api::{Deployment, Job, Key, Kind, Object, PersistentVolumeClaim, Pod, StatefulSet, storage::ClaimPhase};
use pglab::cloud::Settings;
use pglab::kubectl::{self, NoFiles, Window};
use pglab::sim::{ClusterSpec, World};
use pglab::why::Stuck;

/// A stuck world.
pub struct Case {
    pub world: World,
    /// The object that is asked about.
    pub asked: Key,
    /// What must be among what is found.
    pub expected: Vec<Stuck>,
    /// Says whether it is stuck no more.
    pub healed: Box<dyn Fn(&World) -> bool>,
}

/// Makes a stuck world.
pub type Make = fn(&mut Draw) -> Case;

/// All kinds.
pub const KINDS: &[(&str, Make)] = &[
    ("pod: too much cpu", pods::cpu),
    ("pod: too much memory", pods::memory),
    ("pod: no room left", pods::full),
    ("pod: taints", pods::taints),
    ("pod: cordoned nodes", pods::cordon),
    ("pod: node selector", pods::selector),
    ("pod: anti-affinity", pods::anti_affinity),
    ("pod: a probe for what is not there", pods::probe),
    ("pod: zone of its volume", pods::zone),
    ("pod: unbound claim", pods::unbound_claim),
    ("pod: missing claim", pods::missing_claim),
    ("pod: claim being deleted", pods::going_claim),
    ("pod: volume limit", pods::volume_limit),
    ("pod: claim for one pod in use", pods::one_pod),
    ("pod: scheduling gate", pods::gate),
    ("pod: unknown scheduler", pods::scheduler),
    ("pod: no such node", pods::node_name),
    ("pod: missing secret", pods::secret),
    ("pod: missing config map", pods::config_map),
    ("pod: image pull", pods::image),
    ("pod: postgres without a password", pods::password),
    ("pod: lost+found", pods::lost_found),
    ("pod: disk fails", faults::failed_disk),
    ("claim: disk fails", faults::failed_disk_of_a_claim),
    ("volume: slow disk", faults::slow_disk),
    ("pod: database starting", faults::starting_database),
    ("pod: image told to be missing", faults::missing_image),
    ("pod: image told to crash", faults::crashing_image),
    ("pod: image told never to be ready", faults::unready_image),
    ("pod: node crashed", faults::crashed_node),
    ("volume: still attached to a dead node", leaving::multi_attach_dead),
    ("volume: old pod still ending", leaving::multi_attach_ending),
    ("volume: attaching", leaving::attaching),
    ("pod: ending on a dead node", leaving::dead_node),
    ("finalizer of a stranger", leaving::foreign_finalizer),
    ("claim: protected", leaving::used_claim),
    ("volume: protected", leaving::bound_volume),
    ("namespace: held", leaving::namespace),
    ("stateful set: broken ordinal", sets::ordinal),
    ("stateful set: foreign pod", sets::foreign_pod),
    ("stateful set: going back does not heal", sets::broken_rollout),
    ("deployment: past its quota", sets::quota_of_pods),
    ("stateful set: past its quota of claims", sets::quota_of_claims),
    ("deployment: past its deadline", sets::deadline),
    ("deployment: paused", sets::paused),
    ("claim: missing class", rest::missing_class),
    ("claim: volume made late", rest::about_to_bind),
    ("claim: no default class", rest::no_class),
    ("claim: lost", rest::lost),
    ("volume: released", rest::released),
    ("service: selector", services::selector),
    ("service: named port", services::named_port),
    ("service: a port where nobody listens", services::target_port),
    (
        "service: a database that listens only to itself",
        services::inward_database,
    ),
    ("pod: a database that listens only to itself", services::knocked_in_vain),
    ("service: pods not ready", services::pods_not_ready),
    ("job: gave up", rest::job_failed),
    ("job: suspended", rest::job_suspended),
    ("job: back-off", rest::job_backoff),
    ("cron job: suspended", rest::cron_suspended),
    ("budget: drain blocked", rest::budget),
    ("node: no power", rest::node_off),
    ("node: cut off", rest::node_cut),
];

/// Chance, always the same for a number.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// Draws a name that nobody else has in the world.
    pub fn name(&mut self) -> String {
        const WORDS: [&str; 10] = [
            "shop", "ledger", "orders", "cart", "billing", "search", "mail", "stock", "audit", "bank",
        ];
        let word = WORDS[self.below(10) as usize];
        format!("{word}-{}", self.below(90) + 10)
    }

    /// Makes a world of a drawn shape, with a class for disks.
    pub fn world(&mut self) -> World {
        let zones = self.below(2) + 2;
        let per_zone = self.below(2) + 1;
        self.world_of(zones as usize, per_zone as usize, 25)
    }

    pub fn world_of(&mut self, zones: usize, per_zone: usize, volumes: i64) -> World {
        let spec = ClusterSpec {
            zones: ["zone-a", "zone-b", "zone-c"][..zones]
                .iter()
                .map(|zone| (*zone).to_owned())
                .collect(),
            nodes_per_zone: per_zone,
            attachable_volumes: volumes,
            ..ClusterSpec::default()
        };
        let mut world = spec.world(self.below(1_000), Settings::default());
        world.settle(60_000);
        apply(
            &mut world,
            "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: disk}\nprovisioner: ebs.csi.aws.com\nvolumeBindingMode: WaitForFirstConsumer\n",
        );
        world
    }
}

/// Runs kubectl, which must not be refused.
pub fn run(world: &mut World, words: &str) {
    let args: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let mut window = Window {
        cluster: world,
        files: &NoFiles,
        namespace: "default",
        stdin: "",
    };
    let outcome = kubectl::run(&mut window, &args);
    assert_eq!(outcome.code, 0, "kubectl {words}: {outcome:?}");
}

pub fn apply(world: &mut World, manifest: &str) {
    let mut window = Window {
        cluster: world,
        files: &NoFiles,
        namespace: "default",
        stdin: manifest,
    };
    let outcome = kubectl::run(&mut window, &["apply", "-f", "-"].map(str::to_owned));
    assert_eq!(outcome.code, 0, "{manifest}: {outcome:?}");
}

pub fn pod_key(name: &str) -> Key {
    Key::new(Kind::Pod, "default", name)
}

pub fn key(kind: Kind, name: &str) -> Key {
    match kind.is_namespaced() {
        true => Key::new(kind, "default", name),
        false => Key::cluster(kind, name),
    }
}

/// A Deployment of one pod whose container has more to it: `container`, in lines at their depth of eight blanks.
pub fn deployment_with(name: &str, image: &str, container: &str) -> String {
    let plain = format!("      containers: [{{name: main, image: '{image}'}}]");
    let full = format!("      containers:\n      - name: main\n        image: '{image}'\n{container}");
    let manifest = deployment(name, 1, image, "");
    assert!(manifest.contains(&plain), "{manifest}");
    manifest.replace(&plain, &full)
}

/// Returns the world of a Deployment whose only pod is asked about, and heals when the Deployment does.
pub fn of_its_pod(world: World, name: &str, expected: Stuck) -> Case {
    Case {
        asked: pod_key(&only_pod(&world, name).metadata.name),
        world,
        expected: vec![expected],
        healed: well(key(Kind::Deployment, name)),
    }
}

/// A Deployment; `more` goes into the pod's spec, a line each at its depth of six blanks.
pub fn deployment(name: &str, replicas: u64, image: &str, more: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      terminationGracePeriodSeconds: 5
{more}
      containers: [{{name: main, image: '{image}'}}]
"
    )
}

/// A pod; `more` goes into its spec, `of_container` into its container.
pub fn pod(name: &str, more: &str, of_container: &str) -> String {
    format!(
        "apiVersion: v1
kind: Pod
metadata: {{name: {name}, labels: {{app: {name}}}}}
spec:
  terminationGracePeriodSeconds: 5
{more}
  containers:
  - name: main
    image: idle:1
{of_container}
"
    )
}

/// A claim of the class `disk`.
pub fn claim(name: &str, mode: &str) -> String {
    claim_of(name, mode, "storageClassName: disk,")
}

pub fn claim_of(name: &str, mode: &str, class: &str) -> String {
    format!(
        "apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {name}}}
spec: {{accessModes: [{mode}], {class} resources: {{requests: {{storage: 1Gi}}}}}}
"
    )
}

/// The line that gives a pod a volume of a claim.
pub fn volume(claim: &str) -> String {
    format!("  volumes: [{{name: data, persistentVolumeClaim: {{claimName: {claim}}}}}]")
}

/// A StatefulSet whose pods have a disk each.
pub fn stateful_set(name: &str, replicas: u64, image: &str, of_container: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: {name}}}
spec:
  serviceName: {name}
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
      - name: main
        image: '{image}'
        volumeMounts: [{{name: data, mountPath: /var/lib/postgresql/data}}]
{of_container}
  volumeClaimTemplates:
  - metadata: {{name: data}}
    spec: {{accessModes: [ReadWriteOnce], storageClassName: disk, resources: {{requests: {{storage: 1Gi}}}}}}
"
    )
}

/// Says whether an object is as it was asked to be, by what the API tells, not by what is judged.
pub fn is_well(world: &World, key: &Key) -> bool {
    match world.store().find(key) {
        Some(Object::Pod(pod)) => pod.is_ready() && !pod.metadata.is_terminating(),
        Some(Object::Deployment(d)) => {
            let Deployment {
                spec, status, metadata, ..
            } = &**d;
            status.observed_generation >= metadata.generation
                && status.available_replicas == spec.replicas
                && status.updated_replicas == spec.replicas
                && status.replicas == spec.replicas
        }
        Some(Object::StatefulSet(s)) => {
            let StatefulSet {
                spec, status, metadata, ..
            } = &**s;
            status.observed_generation >= metadata.generation
                && status.ready_replicas == spec.replicas
                && status.updated_replicas == spec.replicas
        }
        Some(Object::PersistentVolumeClaim(claim)) => {
            let claim: &PersistentVolumeClaim = claim;
            claim.status.phase == ClaimPhase::Bound && !claim.metadata.is_terminating()
        }
        Some(Object::Job(job)) => {
            let job: &Job = job;
            job.finished().is_some_and(|end| end.kind == "Complete")
        }
        Some(Object::Node(node)) => node.is_ready(),
        _ => false,
    }
}

pub fn well(key: Key) -> Box<dyn Fn(&World) -> bool> {
    Box::new(move |world| is_well(world, &key))
}

pub fn gone(key: Key) -> Box<dyn Fn(&World) -> bool> {
    Box::new(move |world| world.store().find(&key).is_none())
}

/// The only pod that bears the label `app`.
pub fn only_pod(world: &World, app: &str) -> std::sync::Arc<Pod> {
    let mut pods = world
        .store()
        .list::<Pod>("default")
        .filter(|pod| pod.metadata.labels.value("app") == app);
    pods.next().expect("there is a pod").clone()
}
