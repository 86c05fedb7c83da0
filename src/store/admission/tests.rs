//! What is filled in, and what is refused.

use crate::api::{ConfigMap, Container, Kind, OwnerReference, PersistentVolumeClaim, Phase, Time, Uid};
use crate::api::{Job, Namespace, Object, Pod, PriorityClass, Quantity, Resource, Service, ServicePort, StorageClass};
use crate::store::{Hand, Refusal, Store};
use serde_json::json;
use std::sync::Arc;

fn store() -> Store {
    let mut store = Store::default();
    let mut namespace = Namespace::default();
    namespace.metadata.name = "default".into();
    create(&mut store, namespace).unwrap();
    store
}

fn create<T: Resource>(store: &mut Store, mut object: T) -> Result<Arc<T>, Refusal> {
    if T::KIND.is_namespaced() {
        object.meta_mut().namespace = "default".into();
    }
    let seed = store.head();
    let stored = Hand::with(Time::EPOCH, seed, |hand| store.create(object.into_object(), hand))?;
    Ok(T::of(&stored).expect("the kind stays").clone())
}

fn pod(name: &str, image: &str) -> Pod {
    let mut pod = Pod::default();
    pod.metadata.name = name.into();
    let container = Container {
        name: "c".into(),
        image: image.to_owned().into(),
        ..Container::default()
    };
    pod.spec_mut().containers = Arc::new(vec![container]);
    pod
}

#[test]
fn a_pod_gets_a_token_tolerations_a_pull_policy_and_a_quality() {
    let mut store = store();
    let plain = create(&mut store, pod("plain", "nginx")).unwrap();
    assert_eq!(&*plain.spec.containers[0].image_pull_policy, "Always");
    assert_eq!(plain.spec.tolerations.len(), 2);
    assert!(plain.spec.volumes[0].name.starts_with("kube-api-access-"));
    assert_eq!(&*plain.status.qos_class, "BestEffort");

    let mut limited = pod("limited", "postgres:16.4");
    for resource in ["cpu", "memory"] {
        let container = &mut Arc::make_mut(&mut limited.spec_mut().containers)[0];
        container
            .resources
            .limits
            .insert(resource.to_owned(), Quantity::whole(1));
    }
    let limited = create(&mut store, limited).unwrap();
    assert_eq!(&*limited.spec.containers[0].image_pull_policy, "IfNotPresent");
    assert_eq!(
        limited.spec.containers[0].resources.requests.len(),
        2,
        "a limit without a request is one"
    );
    assert_eq!(&*limited.status.qos_class, "Guaranteed");
}

#[test]
fn pods_of_one_template_and_owner_share_their_containers() {
    let mut store = store();
    let mut template = pod("", "postgres:16");
    let owner = OwnerReference {
        uid: Uid(7),
        controller: true,
        ..OwnerReference::default()
    };
    template.metadata.owner_references.push(owner);
    let mut named = |name: &str| {
        let mut pod = template.clone();
        pod.metadata.name = name.into();
        create(&mut store, pod).unwrap()
    };
    let (one, other) = (named("one"), named("other"));
    assert!(Arc::ptr_eq(&one.spec.containers, &other.spec.containers));
    assert!(Arc::ptr_eq(&one.spec.volumes, &other.spec.volumes));
}

#[test]
fn a_priority_class_that_is_not_there_forbids_the_pod() {
    let mut store = store();
    let mut wants = pod("vip", "nginx");
    wants.spec_mut().priority_class_name = "nosuch".into();
    let refusal = create(&mut store, wants.clone()).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "pods \"vip\" is forbidden: no PriorityClass with name nosuch was found"
    );
    let mut class = PriorityClass::default();
    (class.metadata.name, class.value) = ("nosuch".into(), 1000);
    create(&mut store, class).unwrap();
    assert_eq!(create(&mut store, wants).unwrap().spec.priority, Some(1000));
}

#[test]
fn a_claim_without_a_class_gets_the_newest_default_and_an_empty_class_stays_empty() {
    let mut store = store();
    let claim = |class: Option<&'static str>, name: &str| {
        let mut claim = PersistentVolumeClaim::default();
        claim.metadata.name = name.into();
        claim.spec.storage_class_name = class.map(Into::into);
        claim
    };
    assert_eq!(
        create(&mut store, claim(None, "early"))
            .unwrap()
            .spec
            .storage_class_name,
        None
    );
    let mut class = StorageClass::default();
    class.metadata.name = "gp3".into();
    class
        .metadata
        .annotations
        .set(crate::api::storage::DEFAULT_CLASS, "true");
    create(&mut store, class).unwrap();
    let class_of = |claim: Arc<PersistentVolumeClaim>| claim.spec.storage_class_name.clone();
    assert_eq!(
        class_of(create(&mut store, claim(None, "late")).unwrap()).as_deref(),
        Some("gp3")
    );
    assert_eq!(
        class_of(create(&mut store, claim(Some(""), "none")).unwrap()).as_deref(),
        Some("")
    );
}

#[test]
fn services_get_addresses_of_their_own_and_ports_only_once() {
    let mut store = store();
    let service = |name: &str, kind: &'static str, node_port: i64| {
        let mut service = Service::default();
        service.metadata.name = name.into();
        service.spec.kind = kind.into();
        service.spec.ports = vec![ServicePort {
            port: 5432,
            node_port,
            ..ServicePort::default()
        }];
        service
    };
    let inside = create(&mut store, service("inside", "ClusterIP", 0)).unwrap();
    assert!(inside.spec.cluster_ip.starts_with("10.96."));
    assert_eq!(inside.spec.ports[0].target_port, crate::api::IntOrString::Int(5432));
    assert_eq!(inside.spec.ports[0].node_port, 0);
    let open = create(&mut store, service("open", "NodePort", 31_000)).unwrap();
    assert_eq!(open.spec.ports[0].node_port, 31_000);
    let refusal = create(&mut store, service("again", "NodePort", 31_000)).unwrap_err();
    assert!(
        refusal.to_string().ends_with("provided port is already allocated"),
        "{refusal}"
    );
    let refusal = create(&mut store, service("low", "NodePort", 80)).unwrap_err();
    assert!(
        refusal.to_string().contains("The range of valid ports is 30000-32767"),
        "{refusal}"
    );
    for (address, why) in [
        (&*inside.spec.cluster_ip, "provided IP is already allocated"),
        ("10.0.0.1", "the provided network does not match the current range"),
    ] {
        let mut wanting = service("wanting", "ClusterIP", 0);
        wanting.spec.cluster_ip = address.to_owned().into();
        let refusal = create(&mut store, wanting).unwrap_err().to_string();
        assert!(
            refusal.ends_with(&format!("failed to allocate IP {address}: {why}")),
            "{refusal}"
        );
    }
    let mut headless = service("headless", "ClusterIP", 0);
    headless.spec.cluster_ip = "None".into();
    assert_eq!(create(&mut store, headless).unwrap().spec.cluster_ips, ["None"]);
}

#[test]
fn a_jobs_pods_are_told_by_its_uid() {
    let mut store = store();
    let mut job = Job::default();
    job.metadata.name = "backup".into();
    let job = create(&mut store, job).unwrap();
    let selector = job.spec.selector.as_ref().expect("it is filled in");
    assert!(selector.matches(&job.spec.template.metadata.labels));
    assert_eq!(job.spec.completions, Some(1));
    // Without labels of its own it has its pods'.
    assert_eq!(job.metadata.labels, job.spec.template.metadata.labels);
    let mut labelled = Job::default();
    labelled.metadata.name = "labelled".into();
    labelled.spec.template.metadata.labels.set("app", "backup");
    let labelled = create(&mut store, labelled).unwrap();
    assert_eq!(
        labelled.metadata.labels.len(),
        1,
        "what is written in the template, not what is added there"
    );
}

#[test]
fn the_changes_of_a_daemon_sets_template_are_counted() {
    let mut store = store();
    let set = json!({"metadata": {"name": "agent", "namespace": "default"}, "spec": {}});
    let set = Object::from_value(&Kind::DaemonSet, set).unwrap();
    let mut set = Hand::with(Time::EPOCH, 1, |hand| store.create(set, hand)).unwrap();
    let count = |set: &Object| {
        set.meta()
            .annotations
            .value("deprecated.daemonset.template.generation")
            .to_owned()
    };
    assert_eq!(count(&set), "1");
    for (label, counted) in [("one", "2"), ("one", "2"), ("two", "3")] {
        let Object::DaemonSet(daemon) = &mut set else {
            panic!("the kind stays")
        };
        let daemon = Arc::make_mut(daemon);
        daemon.spec.template.metadata.labels.set("app", label);
        daemon.metadata.annotations = crate::api::Labels::default();
        set = Hand::with(Time::EPOCH, 2, |hand| store.update(set, hand)).unwrap();
        assert_eq!(count(&set), counted);
    }
}

#[test]
fn a_strategy_that_is_not_said_is_filled_in() {
    let mut store = store();
    let deployment = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {}});
    let object = Object::from_value(&crate::api::Kind::Deployment, deployment).unwrap();
    let stored = Hand::with(Time::EPOCH, 1, |hand| store.create(object, hand)).unwrap();
    let value = stored.to_value();
    assert_eq!(
        value["spec"]["strategy"]["rollingUpdate"],
        json!({"maxSurge": "25%", "maxUnavailable": "25%"})
    );
}

#[test]
fn of_a_claim_only_the_size_may_change_upwards_and_where_its_class_allows_it() {
    let mut store = store();
    let class = json!({"metadata": {"name": "ebs"}, "provisioner": "ebs.csi.aws.com", "allowVolumeExpansion": true});
    let class: StorageClass = serde_json::from_value(class).unwrap();
    create(&mut store, class).unwrap();
    let claim = |class: &str| -> PersistentVolumeClaim {
        let tree = json!({
            "metadata": {"name": format!("of-{class}")},
            "spec": {
                "storageClassName": class,
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "5Gi"}},
            },
            "status": {"phase": "Bound", "capacity": {"storage": "5Gi"}},
        });
        serde_json::from_value(tree).unwrap()
    };
    let change = |store: &mut Store, name: &str, change: &dyn Fn(&mut PersistentVolumeClaim)| {
        let mut claim = PersistentVolumeClaim::clone(store.get("default", name).unwrap());
        change(&mut claim);
        let changed = Hand::with(Time::EPOCH, 3, |hand| store.update(claim.into_object(), hand));
        changed.map(drop).map_err(|refusal| refusal.to_string())
    };
    let size = |size: &'static str| {
        move |claim: &mut PersistentVolumeClaim| {
            let size = size.parse().unwrap();
            claim.spec.resources.requests.insert("storage".to_owned(), size);
        }
    };
    create(&mut store, claim("ebs")).unwrap();
    create(&mut store, claim("fixed")).unwrap();
    assert_eq!(change(&mut store, "of-ebs", &size("8Gi")), Ok(()));
    assert_eq!(
        change(&mut store, "of-ebs", &size("1Gi")).unwrap_err(),
        "PersistentVolumeClaim \"of-ebs\" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"
    );
    assert_eq!(
        change(&mut store, "of-ebs", &|claim| claim.spec.access_modes.clear()).unwrap_err(),
        "PersistentVolumeClaim \"of-ebs\" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
    );
    assert_eq!(
        change(&mut store, "of-fixed", &size("8Gi")).unwrap_err(),
        "persistentvolumeclaims \"of-fixed\" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
    );
}

/// Makes an object of a kind that is only carried.
fn carried(store: &mut Store, kind: &str, name: &str, spec: serde_json::Value) {
    let kind = Kind::of("v1", kind).expect("a kind of Kubernetes");
    let tree = json!({"metadata": {"name": name, "namespace": "default"}, "spec": spec});
    let object = Object::from_value(&kind, tree).expect("a tree");
    let seed = store.head();
    Hand::with(Time::EPOCH, seed, |hand| store.create(object, hand)).expect("it is allowed");
}

fn asking(name: &str, amounts: serde_json::Value) -> Pod {
    let mut pod = pod(name, "nginx");
    let container = &mut Arc::make_mut(&mut pod.spec_mut().containers)[0];
    container.resources = serde_json::from_value(amounts).expect("amounts");
    pod
}

#[test]
fn a_quota_refuses_what_is_too_much_and_what_does_not_say_how_much() {
    let mut store = store();
    let hard = json!({"pods": "2", "requests.cpu": "1", "persistentvolumeclaims": "1", "count/configmaps": "0"});
    carried(&mut store, "ResourceQuota", "q", json!({"hard": hard}));
    let why = create(&mut store, pod("noreq", "nginx")).unwrap_err().to_string();
    assert_eq!(
        why,
        "pods \"noreq\" is forbidden: failed quota: q: must specify requests.cpu for: c"
    );
    let cpu = |amount: &str| json!({"requests": {"cpu": amount}});
    let why = create(&mut store, asking("big", cpu("2"))).unwrap_err().to_string();
    assert_eq!(
        why,
        "pods \"big\" is forbidden: exceeded quota: q, requested: requests.cpu=2, used: requests.cpu=0, limited: requests.cpu=1"
    );
    create(&mut store, asking("one", cpu("100m"))).unwrap();
    create(&mut store, asking("two", cpu("100m"))).unwrap();
    let why = create(&mut store, asking("three", cpu("100m")))
        .unwrap_err()
        .to_string();
    assert_eq!(
        why,
        "pods \"three\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2"
    );
    let quota = Kind::of("v1", "ResourceQuota").unwrap();
    let status = |store: &Store| {
        let quota = store.objects(&quota, "default").next().expect("it is there");
        store.quota_status(quota, Time::EPOCH).expect("it is a quota")["used"].clone()
    };
    assert_eq!(
        status(&store),
        json!({"pods": "2", "requests.cpu": "200m", "persistentvolumeclaims": "0", "count/configmaps": "0"})
    );
    assert!(create(&mut store, ConfigMap::default()).is_err());
    // A pod that has ended takes nothing.
    let mut ended = Pod::clone(store.get::<Pod>("default", "one").unwrap());
    ended.status.phase = Phase::Succeeded;
    Hand::with(Time::EPOCH, 3, |hand| store.update_status(ended.into_object(), hand)).unwrap();
    create(&mut store, asking("three", cpu("100m"))).unwrap();
}

#[test]
fn a_quota_with_a_scope_is_about_some_pods_only() {
    let mut store = store();
    carried(
        &mut store,
        "ResourceQuota",
        "q",
        json!({"hard": {"pods": "0"}, "scopes": ["BestEffort"]}),
    );
    assert!(create(&mut store, pod("plain", "nginx")).is_err());
    create(&mut store, asking("asks", json!({"requests": {"cpu": "1m"}}))).unwrap();
}

#[test]
fn a_limit_range_fills_in_what_containers_leave_open_and_refuses_what_is_out_of_bounds() {
    let mut store = store();
    let item = json!({
        "type": "Container", "default": {"cpu": "500m", "memory": "256Mi"},
        "defaultRequest": {"cpu": "200m", "memory": "128Mi"}, "max": {"cpu": "1"},
    });
    let claims = json!({"type": "PersistentVolumeClaim", "max": {"storage": "5Gi"}});
    carried(&mut store, "LimitRange", "lr", json!({"limits": [item, claims]}));
    let given = create(&mut store, pod("lrp", "nginx")).unwrap();
    assert_eq!(
        serde_json::to_value(&given.spec.containers[0].resources).unwrap(),
        json!({"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "200m", "memory": "128Mi"}})
    );
    assert_eq!(
        given.metadata.annotations.value("kubernetes.io/limit-ranger"),
        "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c"
    );
    assert_eq!(&*given.status.qos_class, "Burstable");
    let why = create(&mut store, asking("lrx", json!({"requests": {"cpu": "2"}})))
        .unwrap_err()
        .to_string();
    assert_eq!(
        why,
        "Pod \"lrx\" is invalid: spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 500m"
    );
    let why = create(&mut store, asking("max", json!({"limits": {"cpu": "2"}})))
        .unwrap_err()
        .to_string();
    assert_eq!(
        why,
        "pods \"max\" is forbidden: maximum cpu usage per Container is 1, but limit is 2"
    );
    let mut claim = PersistentVolumeClaim::default();
    claim.metadata.name = "large".into();
    claim
        .spec
        .resources
        .requests
        .insert("storage".to_owned(), "10Gi".parse().unwrap());
    let why = create(&mut store, claim).unwrap_err().to_string();
    assert_eq!(
        why,
        "persistentvolumeclaims \"large\" is forbidden: maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 10Gi"
    );
}
