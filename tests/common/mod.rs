//! The sets on which stories are played: a database in one shape or another, and a client that writes to it.
#![allow(dead_code, reason = "each test takes what it needs")]

use pglab::api::{Kind, Object};
use pglab::cloud::Settings;
use pglab::explore::Set;
use pglab::programs::client::Orders;
use pglab::sim::ClusterSpec;
use serde_json::{Value, json};

/// The name of the set with a StatefulSet.
pub const DATABASE_KEY: &str = "database";

/// Returns a set by its name.
pub fn cluster_of(_name: &str) -> Set {
    database()
}

fn object(kind: Kind, mut tree: Value) -> Object {
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

/// One database in a StatefulSet with a claim template.
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
    set_of(vec![login(), class(), service(true), set])
}

/// One database in a Deployment with a claim beside it.
pub fn deployment_with_claim() -> Set {
    let claim = object(
        Kind::PersistentVolumeClaim,
        json!({"metadata": {"name": "rows"}, "spec": claim_spec()}),
    );
    let deployment = object(
        Kind::Deployment,
        json!({
            "metadata": {"name": "db"},
            "spec": {
                "replicas": 1, "strategy": {"type": "Recreate"}, "selector": {"matchLabels": {"app": "db"}},
                "template": template(json!([{"name": "rows", "persistentVolumeClaim": {"claimName": "rows"}}])),
            },
        }),
    );
    set_of(vec![login(), class(), service(false), claim, deployment])
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
