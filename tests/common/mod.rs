//! The sets on which stories are played: a database in one shape or another, and a client that writes to it.
#![allow(dead_code, reason = "each test takes what it needs")]

pub mod impostor;

use pglab::api::{Kind, Object};
use pglab::cloud::Settings;
use pglab::explore::Set;
use pglab::programs::client::Orders;
use pglab::sim::ClusterSpec;
use serde_json::{Value, json};

/// The sets, by name.
pub const SETS: [(&str, fn() -> Set); 3] = [
    ("statefulset", database),
    ("deployment-with-claim", deployment_with_claim),
    ("shared-files", shared_database),
];

/// Returns a set by its name.
pub fn set(name: &str) -> Set {
    let found = SETS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("there is no set {name}")).1()
}

/// Makes an object of the namespace `default` from a tree.
pub fn object(kind: Kind, mut tree: Value) -> Object {
    if kind.is_namespaced() {
        tree["metadata"]["namespace"] = "default".into();
    }
    Object::from_value(&kind, tree).expect("the set is made of valid objects")
}

fn login() -> Object {
    object(
        Kind::Secret,
        json!({"metadata": {"name": "login"}, "stringData": {"POSTGRES_USER": "shop", "POSTGRES_PASSWORD": "tea"}}),
    )
}

fn class() -> Object {
    object(
        Kind::StorageClass,
        json!({
            "metadata": {"name": "disk"}, "provisioner": "ebs.csi.aws.com",
            "volumeBindingMode": "WaitForFirstConsumer", "reclaimPolicy": "Delete",
        }),
    )
}

fn service(headless: bool) -> Object {
    let mut tree = json!({
        "metadata": {"name": "db"},
        "spec": {"selector": {"app": "db"}, "ports": [{"port": 5432}]},
    });
    if headless {
        tree["spec"]["clusterIP"] = "None".into();
    }
    object(Kind::Service, tree)
}

/// The template of a pod with a database whose files lie on the volume `rows`.
fn template(volumes: Value) -> Value {
    json!({
        "metadata": {"labels": {"app": "db"}},
        "spec": {
            "terminationGracePeriodSeconds": 10,
            "containers": [{
                "name": "postgres", "image": "postgres:16.4",
                "envFrom": [{"secretRef": {"name": "login"}}],
                "env": [{"name": "PGDATA", "value": "/var/lib/postgresql/data/pgdata"}],
                "ports": [{"containerPort": 5432}],
                "resources": {"requests": {"cpu": "500m", "memory": "256Mi"}},
                "readinessProbe": {"exec": {"command": ["pg_isready", "-U", "shop"]}, "periodSeconds": 5},
                "volumeMounts": [{"name": "rows", "mountPath": "/var/lib/postgresql/data"}],
            }],
            "volumes": volumes,
        },
    })
}

fn set_of(objects: Vec<Object>) -> Set {
    let client = Orders {
        name: "shop".into(),
        namespace: "default".into(),
        service: "db".to_owned(),
        port: 5432,
        user: "shop".to_owned(),
        password: "tea".to_owned(),
        every_ms: 1_000,
    };
    Set {
        objects,
        client: Some(client),
        cluster: ClusterSpec::default(),
        settings: Settings::default(),
    }
}

fn claim_spec() -> Value {
    json!({"accessModes": ["ReadWriteOnce"], "storageClassName": "disk", "resources": {"requests": {"storage": "1Gi"}}})
}

/// Two pods in a StatefulSet that do nothing but to have an order, and a disk each.
fn shelf() -> Object {
    object(
        Kind::StatefulSet,
        json!({
            "metadata": {"name": "shelf"},
            "spec": {
                "serviceName": "shelf", "replicas": 2, "selector": {"matchLabels": {"app": "shelf"}},
                "template": {
                    "metadata": {"labels": {"app": "shelf"}},
                    "spec": {
                        "terminationGracePeriodSeconds": 2,
                        "containers": [{
                            "name": "main", "image": "busybox:1.36", "command": ["sleep", "1000000"],
                            "resources": {"requests": {"cpu": "100m"}},
                            "volumeMounts": [{"name": "books", "mountPath": "/books"}],
                        }],
                    },
                },
                "volumeClaimTemplates": [{"metadata": {"name": "books"}, "spec": claim_spec()}],
            },
        }),
    )
}

/// One database in a StatefulSet with a claim template, and beside it a StatefulSet of two pods.
pub fn database() -> Set {
    let set = object(
        Kind::StatefulSet,
        json!({
            "metadata": {"name": "db"},
            "spec": {
                "serviceName": "db", "replicas": 1, "selector": {"matchLabels": {"app": "db"}},
                "template": template(json!([])),
                "volumeClaimTemplates": [{"metadata": {"name": "rows"}, "spec": claim_spec()}],
            },
        }),
    );
    set_of(vec![login(), class(), service(true), set, shelf()])
}

/// A Deployment of one database.
fn deployment(volume: Value) -> Object {
    let mut volume = volume;
    volume["name"] = "rows".into();
    object(
        Kind::Deployment,
        json!({
            "metadata": {"name": "db"},
            "spec": {
                "replicas": 1, "strategy": {"type": "Recreate"}, "selector": {"matchLabels": {"app": "db"}},
                "template": template(json!([volume])),
            },
        }),
    )
}

fn claim(spec: Value) -> Object {
    object(
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": "rows"}, "spec": spec}),
    )
}

/// One database in a Deployment with a claim beside it.
pub fn deployment_with_claim() -> Set {
    let database = deployment(json!({"persistentVolumeClaim": {"claimName": "rows"}}));
    set_of(vec![login(), class(), service(false), claim(claim_spec()), database])
}

/// One database in a Deployment whose claim asks for a disk of its own and gets a directory of a file server.
pub fn deployment_on_shared_files() -> Set {
    let database = deployment(json!({"persistentVolumeClaim": {"claimName": "rows"}}));
    let volume = object(
        Kind::PersistentVolume,
        json!({
            "metadata": {"name": "share"},
            "spec": {
                "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "share",
                "nfs": {"server": "files.example.org", "path": "/rows"},
            },
        }),
    );
    let mut spec = claim_spec();
    spec["storageClassName"] = "share".into();
    set_of(vec![login(), service(false), volume, claim(spec), database])
}

/// One database in a Deployment that keeps its files in an emptyDir, which goes when the pod goes.
pub fn deployment_without_claim() -> Set {
    set_of(vec![login(), service(false), deployment(json!({"emptyDir": {}}))])
}

/// One database in a StatefulSet whose files lie on a file server, which many machines can mount at once.
pub fn shared_database() -> Set {
    let set = object(
        Kind::StatefulSet,
        json!({
            "metadata": {"name": "db"},
            "spec": {
                "serviceName": "db", "replicas": 1, "selector": {"matchLabels": {"app": "db"}},
                "template": template(json!([{"name": "rows", "nfs": {"server": "files.example.org", "path": "/rows"}}])),
            },
        }),
    );
    set_of(vec![login(), service(true), set])
}
