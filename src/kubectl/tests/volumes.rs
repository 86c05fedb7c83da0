//! Volumes of several sources, and what a pod is told of itself.

use super::living::{say, world};

const POD: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {app.ini: 'mode = fast'}
---
apiVersion: v1
kind: Pod
metadata:
  name: told
  labels: {tier: gold, app: shop}
spec:
  volumes:
  - name: all
    projected:
      sources:
      - configMap: {name: conf, items: [{key: app.ini, path: conf/app.ini}]}
      - secret: {name: login}
      - secret: {name: perhaps, optional: true}
      - downwardAPI:
          items:
          - {path: name, fieldRef: {fieldPath: metadata.name}}
          - {path: memory, resourceFieldRef: {containerName: main, resource: limits.memory, divisor: 1Mi}}
      - serviceAccountToken: {path: token}
  - name: self
    downwardAPI:
      items:
      - {path: labels, fieldRef: {fieldPath: metadata.labels}}
      - {path: cpu, resourceFieldRef: {containerName: main, resource: limits.cpu}}
      - {path: millis, resourceFieldRef: {containerName: main, resource: requests.cpu, divisor: 1m}}
  containers:
  - name: main
    image: busybox
    command: [sleep, '1000']
    env:
    - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Ki}}}
    resources: {requests: {cpu: 250m}, limits: {memory: 96Mi}}
    volumeMounts: [{name: all, mountPath: /all}, {name: self, mountPath: /self}]
";

const SECRET: &str = "{apiVersion: v1, kind: Secret, metadata: {name: login}, stringData: {user: app}}";

#[test]
fn projected_and_downward_volumes_hold_what_their_sources_say() {
    let (mut world, desk) = world();
    assert!(say(&mut world, &desk, "kubectl apply -f -", POD).ends_with("=== 0"));
    world.run_for(5_000);
    let events = say(&mut world, &desk, "kubectl events --for pod/told", "");
    assert!(
        events.contains("MountVolume.SetUp failed for volume \"all\" : secret \"login\" not found"),
        "{events}"
    );
    assert!(say(&mut world, &desk, "kubectl apply -f -", SECRET).ends_with("=== 0"));
    let waited = say(
        &mut world,
        &desk,
        "kubectl wait --for=condition=Ready pod/told --timeout=300s",
        "",
    );
    assert!(waited.ends_with("=== 0"), "{waited}");
    for (file, text) in [
        ("/all/conf/app.ini", "mode = fast"),
        ("/all/user", "app"),
        ("/all/name", "told"),
        ("/all/memory", "96"),
        ("/all/token", "pglab issues no tokens\n"),
        // Without a limit, all that the node has.
        ("/self/cpu", "4"),
        ("/self/millis", "250"),
    ] {
        let shown = say(&mut world, &desk, &format!("kubectl exec told -- cat {file}"), "");
        assert_eq!(shown, format!("{text}=== 0"), "{file}");
    }
    // The zone is among them since 1.35.
    let labels = say(&mut world, &desk, "kubectl exec told -- cat /self/labels", "");
    assert!(
        labels.starts_with("app=\"shop\"\ntier=\"gold\"\ntopology.kubernetes.io/region="),
        "{labels}"
    );
    let variable = say(&mut world, &desk, "kubectl exec told -- printenv MEMORY", "");
    assert_eq!(variable, "98304\n=== 0");
}

#[test]
fn what_several_sources_lack_is_told_at_once() {
    let (mut world, desk) = world();
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: busybox}], volumes: \
        [{name: v, projected: {sources: [{secret: {name: a}}, {configMap: {name: b}}]}}]}}";
    assert!(say(&mut world, &desk, "kubectl apply -f -", pod).ends_with("=== 0"));
    world.run_for(5_000);
    let events = say(&mut world, &desk, "kubectl events --for pod/p", "");
    let words = "MountVolume.SetUp failed for volume \"v\" : [secret \"a\" not found, configmap \"b\" not found]";
    assert!(events.contains(words), "{events}");
}
