//! The store's rules, each as a short story.

use super::*;
use crate::api::{Condition, Namespace, Node, Pod, Secret, condition};

fn world() -> Store {
    let mut store = Store::default();
    let mut namespace = Namespace::default();
    namespace.metadata.name = "default".into();
    create(&mut store, namespace).unwrap();
    store
}

fn create<T: Resource>(store: &mut Store, object: T) -> Result<Arc<T>, Refusal> {
    let seed = store.head();
    let stored = Hand::with(Time::EPOCH, seed, |hand| store.create(object.into_object(), hand))?;
    Ok(T::of(&stored).expect("the kind stays").clone())
}

fn pod(name: &str) -> Pod {
    let mut pod = Pod::default();
    pod.metadata.name = name.into();
    pod.metadata.namespace = "default".into();
    pod
}

fn update<T: Resource>(store: &mut Store, object: T) -> Result<Object, Refusal> {
    Hand::with(Time::EPOCH, 9, |hand| store.update(object.into_object(), hand))
}

fn delete(store: &mut Store, key: &Key, grace_seconds: Option<i64>) -> Option<Object> {
    let options = DeleteOptions {
        grace_seconds,
        ..DeleteOptions::default()
    };
    Hand::with(Time::EPOCH, 9, |hand| store.delete(key, &options, hand)).unwrap()
}

#[test]
fn a_writer_who_saw_an_older_revision_is_refused() {
    let mut store = world();
    let seen = create(&mut store, pod("p")).unwrap();
    let mut first = (*seen).clone();
    first.metadata.labels.set("a", "1");
    update(&mut store, first).unwrap();
    let mut second = (*seen).clone();
    second.metadata.labels.set("b", "2");
    let refusal = update(&mut store, second).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "Operation cannot be fulfilled on pods \"p\": the object has been modified; please apply your changes to the latest version and try again"
    );
}

#[test]
fn a_write_that_changes_nothing_gets_no_revision() {
    let mut store = world();
    let seen = create(&mut store, pod("p")).unwrap();
    let head = store.head();
    update(&mut store, (*seen).clone()).unwrap();
    assert_eq!(store.head(), head);
}

#[test]
fn the_spec_and_the_status_have_different_writers() {
    let mut store = world();
    let seen = create(&mut store, pod("p")).unwrap();
    let mut both = (*seen).clone();
    both.status.reason = "Evicted".into();
    both.spec_mut().active_deadline_seconds = Some(1);
    let Object::Pod(spec_only) = update(&mut store, both.clone()).unwrap() else {
        panic!("a pod")
    };
    let (spec, status) = (&spec_only.spec, &spec_only.status);
    assert_eq!((spec.active_deadline_seconds, &*status.reason), (Some(1), ""));
    assert_eq!(spec_only.metadata.generation, 2, "a changed spec is a new generation");
    both.metadata.resource_version = 0;
    both.spec_mut().active_deadline_seconds = Some(2);
    let stored = Hand::with(Time::EPOCH, 1, |hand| store.update_status(both.into_object(), hand)).unwrap();
    let Object::Pod(status_only) = stored else {
        panic!("a pod")
    };
    let (spec, status) = (&status_only.spec, &status_only.status);
    assert_eq!((spec.active_deadline_seconds, &*status.reason), (Some(1), "Evicted"));
    assert_eq!(status_only.metadata.generation, 2);
}

#[test]
fn a_scheduled_pod_gets_its_grace_and_an_unscheduled_one_none() {
    let mut store = world();
    let waiting = create(&mut store, pod("waiting")).unwrap();
    assert_eq!(delete(&mut store, &waiting.key(), None), None);
    let mut scheduled = pod("scheduled");
    scheduled.spec_mut().node_name = "n".into();
    let scheduled = create(&mut store, scheduled).unwrap();
    let marked = delete(&mut store, &scheduled.key(), None).expect("it is only marked");
    assert_eq!(marked.meta().deletion_timestamp, Some(Time::EPOCH + 30_000));
    assert_eq!(
        delete(&mut store, &scheduled.key(), Some(0)),
        None,
        "--force --grace-period=0"
    );
    assert!(store.find(&scheduled.key()).is_none());
}

#[test]
fn a_finalizer_holds_an_object_until_it_is_taken_off() {
    let mut store = world();
    let mut secret = Secret::default();
    (secret.metadata.name, secret.metadata.namespace) = ("s".into(), "default".into());
    secret.metadata.finalizers = vec!["example.org/hold".into()];
    let secret = create(&mut store, secret).unwrap();
    let marked = delete(&mut store, &secret.key(), None).expect("it is held");
    let mut free = Secret::clone(Secret::of(&marked).unwrap());
    free.metadata.finalizers.clear();
    update(&mut store, free).unwrap();
    assert!(store.find(&secret.key()).is_none());
}

#[test]
fn a_cursor_that_lags_sees_the_past_and_only_the_past() {
    let mut store = world();
    let first = create(&mut store, pod("p")).unwrap();
    let then = store.head();
    let mut labelled = (*first).clone();
    labelled.metadata.labels.set("new", "yes");
    update(&mut store, labelled).unwrap();
    delete(&mut store, &first.key(), Some(0));
    create(&mut store, pod("p")).unwrap();
    create(&mut store, pod("q")).unwrap();
    let seen = store.find_at(&first.key(), then).expect("it stood there then");
    assert_eq!(seen.meta().uid, first.metadata.uid);
    assert!(seen.meta().labels.is_empty());
    assert!(store.find_at(&pod("q").key(), then).is_none());
    assert!(store.find_at(&first.key(), then - 1).is_none());
}

#[test]
fn a_binding_names_the_node_and_copies_its_zone() {
    let mut store = world();
    let mut node = Node::default();
    node.metadata.name = "node-a".into();
    node.metadata.labels.set("topology.kubernetes.io/zone", "zone-a");
    create(&mut store, node).unwrap();
    let waiting = create(&mut store, pod("p")).unwrap();
    let bind = |store: &mut Store| {
        Hand::with(Time::EPOCH, 3, |hand| {
            store.bind(&waiting.key(), waiting.metadata.uid, "node-a", hand)
        })
    };
    let Object::Pod(bound) = bind(&mut store).unwrap() else {
        panic!("a pod")
    };
    assert_eq!(&*bound.spec.node_name, "node-a");
    assert_eq!(bound.metadata.labels.value("topology.kubernetes.io/zone"), "zone-a");
    assert!(condition::is_true(&bound.status.conditions, "PodScheduled"));
    assert_eq!(bind(&mut store), Err(Refusal::Conflict(waiting.key())), "only once");
    let _: Option<&Condition> = condition::find(&bound.status.conditions, "Ready");
}

#[test]
fn a_store_takes_so_many_objects_of_a_kind_and_no_more() {
    let mut store = world();
    let secret = |name: String| {
        let mut secret = Secret::default();
        secret.metadata.name = name.into();
        secret.metadata.namespace = "default".into();
        secret
    };
    for number in 0..ROOM {
        create(&mut store, secret(format!("s{number}"))).unwrap();
    }
    let head = store.head();
    let refusal = create(&mut store, secret("last".to_owned())).unwrap_err();
    assert_eq!(refusal.to_string(), "etcdserver: mvcc: database space exceeded");
    assert_eq!(store.head(), head, "nothing was written");
    create(&mut store, pod("of-another-kind")).unwrap();
    delete(&mut store, &Key::new(Kind::Secret, "default", "s7"), None);
    create(&mut store, secret("last".to_owned())).unwrap();
}

#[test]
fn a_generated_name_that_is_taken_is_drawn_anew() {
    let mut store = world();
    let mut base = pod("");
    base.metadata.generate_name = "web-".into();
    // The first three draws of each pod are the same: the first name is taken the second time.
    let mut draws = [1, 2, 3, 1, 7, 8, 9].into_iter();
    let mut draw = || draws.next().unwrap_or(42);
    let mut hand = Hand {
        now: Time::EPOCH,
        step: 0,
        draw: &mut draw,
    };
    let first = store.create(base.clone().into_object(), &mut hand).unwrap();
    let second = store.create(base.into_object(), &mut hand).unwrap();
    assert_ne!(first.meta().name, second.meta().name);
}
