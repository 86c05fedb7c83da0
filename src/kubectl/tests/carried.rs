//! Tables of kinds that are kept and do nothing here, with the columns of pkg/printers/internalversion/printers.go.

use super::Still;
use crate::api::{Kind, Object};
use crate::store::Store;
use serde_json::{Value, json};

fn shown(kind: &str, tree: Value) -> String {
    let api_version = tree["apiVersion"].as_str().expect("it says its version");
    let known = Kind::of(api_version, kind).expect("a kind of Kubernetes");
    let mut store = Store::default();
    store.place(Object::from_value(&known, tree).expect("it is well made"));
    Still::new(store).say(&format!("get {kind} -n default")).terminal()
}

#[test]
fn each_kind_has_its_own_columns() {
    let meta = |name: &str| json!({"name": name, "namespace": "default", "creationTimestamp": "2026-11-22T08:59:00Z"});
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "metadata": meta("web"),
        "spec": {
            "ingressClassName": "nginx", "tls": [{"hosts": ["a.example"]}],
            "rules": [{"host": "a.example"}, {"host": "b.example"}, {"host": "c.example"}, {"host": "d.example"}],
        },
    });
    assert_eq!(
        shown("Ingress", ingress),
        "NAME   CLASS   HOSTS                                       ADDRESS   PORTS     AGE\n\
         web    nginx   a.example,b.example,c.example + 1 more...             80, 443   60s\n"
    );
    let open = json!({"apiVersion": "networking.k8s.io/v1", "metadata": meta("open"), "spec": {}});
    assert_eq!(
        shown("Ingress", open),
        "NAME   CLASS    HOSTS   ADDRESS   PORTS   AGE\nopen   <none>   *                 80      60s\n"
    );
    let scaler = json!({
        "apiVersion": "autoscaling/v2", "metadata": meta("web"),
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 1, "maxReplicas": 10,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 50}}}],
        },
    });
    assert_eq!(
        shown("HorizontalPodAutoscaler", scaler),
        "NAME   REFERENCE        TARGETS              MINPODS   MAXPODS   REPLICAS   AGE\n\
         web    Deployment/web   cpu: <unknown>/50%   1         10        0          60s\n"
    );
    let class = json!({"apiVersion": "node.k8s.io/v1", "metadata": {"name": "gvisor"}, "handler": "runsc"});
    assert!(shown("RuntimeClass", class).contains("gvisor   runsc"));
    let driver = json!({"apiVersion": "storage.k8s.io/v1", "metadata": {"name": "ebs.csi.aws.com"}, "spec": {"attachRequired": true}});
    let driver = shown("CSIDriver", driver);
    let row: Vec<&str> = driver.lines().nth(1).expect("a row").split_whitespace().collect();
    assert_eq!(
        row[..7],
        [
            "ebs.csi.aws.com",
            "true",
            "false",
            "false",
            "<unset>",
            "false",
            "Persistent"
        ]
    );
}
