//! Stories of bad manifests, told by what the rim says of them.

use super::{Foreign, Policy, judge};
use crate::manifest::read::read;
use crate::manifest::source::Source;

/// What is said: place, words and hint, a line each.
fn said(text: &str) -> Vec<String> {
    said_of(&[Source::new("x.yaml", text)], &Policy::default())
}

fn said_of(sources: &[Source], policy: &Policy) -> Vec<String> {
    let troubles = judge(&read(sources), policy);
    let line = |trouble: &super::Trouble| {
        let mark = if trouble.is_error() { "" } else { "warning " };
        let hint = trouble
            .hint
            .as_ref()
            .map(|hint| format!(" ({hint})"))
            .unwrap_or_default();
        format!(
            "{mark}{}:{} {}{hint}",
            trouble.place.line, trouble.place.column, trouble.what
        )
    };
    troubles.iter().map(line).collect()
}

const HEAD: &str =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n";

#[test]
fn a_field_in_the_wrong_place_is_sent_home() {
    for (rest, words) in [
        (
            "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      replicas: 2\n      containers: [{name: a, image: b}]\n",
            "9:7 unknown field `spec.template.spec.replicas` (`replicas` belongs under `spec`)",
        ),
        (
            "  containers: [{name: a, image: b}]\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers: [{name: a, image: b}]\n",
            "6:3 unknown field `spec.containers` (`containers` belongs under `spec.template.spec`)",
        ),
        (
            "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      image: b\n      containers: [{name: a, image: b}]\n",
            "9:7 unknown field `spec.template.spec.image` (`image` belongs in an item of `spec.template.spec.containers`)",
        ),
        (
            "  template:\n    labels: {app: web}\n    metadata: {labels: {app: web}}\n    spec:\n      containers: [{name: a, image: b}]\n",
            "7:5 unknown field `spec.template.labels` (`labels` belongs under `spec.template.metadata`)",
        ),
        (
            "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: a\n        image: b\n        volumes: []\n",
            "12:9 unknown field `spec.template.spec.containers[0].volumes` (`volumes` belongs under `spec.template.spec`)",
        ),
    ] {
        assert_eq!(said(&format!("{HEAD}{rest}")), [words]);
    }
}

#[test]
fn what_follows_from_a_slip_is_left_unsaid() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchlabels: {app: web}}\n  template:\n    metadata: {label: {app: web}}\n    spec:\n      container: [{name: a, image: b}]\n";
    assert_eq!(
        said(text),
        [
            "5:14 unknown field `spec.selector.matchlabels` (did you mean `matchLabels`?)",
            "7:16 unknown field `spec.template.metadata.label` (did you mean `labels`?)",
            "9:7 unknown field `spec.template.spec.container` (did you mean `containers`?)",
        ]
    );
    assert_eq!(
        said("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers: {name: a, image: b}\n"),
        ["5:15 `spec.containers` must be a list, not a map (begin each item with `- `)"]
    );
}

#[test]
fn wrong_types_say_how_to_write_them() {
    let pod = |rest: &str| {
        said(&format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - name: a\n    image: b\n{rest}"
        ))
    };
    for (rest, words) in [
        (
            "    tty: \"yes\"\n",
            "8:10 `spec.containers[0].tty` must be true or false, not a text (write true, without quotes)",
        ),
        (
            "    args: -c\n",
            "8:11 `spec.containers[0].args` must be a list, not a text (write it as a list: [-c])",
        ),
        (
            "    command: [sleep, 10]\n",
            "8:22 `spec.containers[0].command[1]` must be a text, not a number (put it in quotes: \"10\")",
        ),
        (
            "    env: [{name: A, value: 0400}]\n",
            "8:28 `spec.containers[0].env[0].value` must be a text, not a number (put it in quotes: \"0400\")",
        ),
        (
            "    env: [{name: A, value: yes}]\n",
            "8:28 `spec.containers[0].env[0].value` must be a text, not a boolean (put it in quotes: \"yes\")",
        ),
        (
            "    resources:\n    - limits: {}\n",
            "9:7 `spec.containers[0].resources` must be a map, not a list (take the `- ` away)",
        ),
        (
            "    resources: limits:1\n",
            "8:16 `spec.containers[0].resources` must be a map, not a text (write `key: value`, with a blank after the colon)",
        ),
        (
            "  terminationGracePeriodSeconds: 1.5\n",
            "8:34 `spec.terminationGracePeriodSeconds` must be a whole number, not 1.5",
        ),
        (
            "  priority: 99999999999\n",
            "8:13 `spec.priority` must be a smaller number, not 99999999999",
        ),
    ] {
        assert_eq!(pod(rest), [words]);
    }
}

#[test]
fn a_stateful_set_is_taken_with_pods_that_will_be_refused() {
    let text = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  serviceName: db\n  selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: {app: db}}\n    spec:\n      containers:\n      - name: a\n        image: b\n        volumeMounts: [{name: data, mountPath: /d}, {name: dat, mountPath: /e}]\n  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec:\n      accessModes: [ReadWriteOnce]\n      resources: {requests: {storage: 1Gi}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {clusterIP: None}\n";
    assert_eq!(
        said(text),
        [
            "warning 13:60 `spec.template.spec.containers[0].volumeMounts[1].name`: there is no \"dat\" (the object is taken, \
          its pods are refused) (declare it under `spec.template.spec.volumes` or `spec.volumeClaimTemplates`)"
        ]
    );
}

#[test]
fn a_kustomization_is_to_be_rendered_first() {
    let text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [db.yaml]\n";
    let said = said(text);
    assert!(
        said.len() == 1 && said[0].starts_with("warning 2:7") && said[0].contains("`kubectl kustomize`"),
        "{said:?}"
    );
}

#[test]
fn undeclared_kinds_are_carried_or_refused_as_the_caller_likes() {
    let custom =
        "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db, lables: {}}\nspec: {instances: 3}\n";
    let unknown = "3:22 unknown field `metadata.lables` (did you mean `labels`?)";
    let carried = "2:7 no CustomResourceDefinition here declares `Cluster` of `postgresql.cnpg.io/v1`";
    assert_eq!(
        said(custom),
        [
            format!("warning {carried} (the object is kept, and nothing acts on it)"),
            unknown.to_owned()
        ]
    );
    let strict = Policy {
        foreign: Foreign::Refuse,
        declared: Vec::new(),
    };
    let refused = said_of(&[Source::new("x.yaml", custom)], &strict);
    assert_eq!(
        refused,
        [
            format!("{carried} (apply its CustomResourceDefinition first)"),
            unknown.to_owned()
        ]
    );

    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: clusters.postgresql.cnpg.io}\nspec:\n  group: postgresql.cnpg.io\n  names: {kind: Cluster, plural: clusters}\n  scope: Namespaced\n  versions: [{name: v1, served: true, storage: true}]\n";
    let both = [Source::new("x.yaml", custom), Source::new("crd.yaml", definition)];
    assert_eq!(said_of(&both, &strict), [unknown]);
}

#[test]
fn a_list_is_unfolded_and_its_items_know_their_kind() {
    let text = "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: A}\n  spec: {containers: [{name: a, image: b}]}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: c}\n  data: {a: 1}\n";
    assert_eq!(
        said(text),
        [
            "4:20 `metadata.name`: \"A\" may only have small letters, digits, `-` and `.`, and begins and ends with a letter or digit (did you mean `a`?)",
            "9:13 `data.a` must be a text, not a number (put it in quotes: \"1\")",
        ]
    );
}

#[test]
fn json_is_judged_like_yaml() {
    let text = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n \"metadata\": {\"name\": \"p\"},\n \"spec\": {\"containers\": [{\"name\": \"a\", \"image\": \"b\", \"imagePullpolicy\": \"Always\"}]}}\n";
    assert_eq!(
        said(text),
        ["3:54 unknown field `spec.containers[0].imagePullpolicy` (did you mean `imagePullPolicy`?)"]
    );
}

#[test]
fn one_broken_document_hides_no_other() {
    let text = "a: [1\n---\nkind: Pod\napiversion: v1\nmetadata: {name: p}\nspec: {containers: [{name: a, image: b}]}\n--- # third\nb: }\n";
    assert_eq!(
        said(text),
        [
            "1:4 `[` is never closed",
            "4:1 `apiVersion` is missing (write `apiVersion`, not `apiversion`)",
            "4:1 unknown field `apiversion` (did you mean `apiVersion`?)",
            "8:4 a closing bracket that was never opened",
        ]
    );
}

#[test]
fn all_files_are_judged_at_once_in_their_order() {
    let bad = |name: &str| Source::new(name, "kind: Pod\n");
    let troubles = judge(&read(&[bad("b.yaml"), bad("a.yaml")]), &Policy::default());
    let sources: Vec<_> = troubles.iter().map(|trouble| trouble.source.as_str()).collect();
    assert!(sources.is_sorted_by(|one, other| one >= other), "{sources:?}");
}

#[test]
fn the_notes_with_their_tabs_are_told_the_same() {
    // As the page's source has it: two tabs before each line.
    let text = "\t\tapiVersion: storage.k8s.io/v1\n\t\tkind: StorageClass\n\t\tmetadata:\n\t\tname: ebs-sc\n\t\tprovisioner: kubernetes.io/aws-ebs\n\t\tparameters:\n\t\ttype: gp2\n\t\treclaimPolicy: Delete\n";
    assert_eq!(
        said(text),
        [
            "1:1 a tab in the indentation: YAML is indented with blanks only (write blanks instead of the tabs, two for each level; the same on lines 2, 3, 4, 5, 6, 7, 8)",
            "4:3 `name` belongs under `metadata`: indent it (put two blanks before `name`, and before all that belongs to it)",
            "7:3 `type` belongs under `parameters`: indent it (put two blanks before `type`, and before all that belongs to it)",
        ]
    );
}

#[test]
fn kinds_that_are_only_carried_are_asked_for_what_their_schema_requires() {
    let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\nroleRef: {kind: Role}\nsubjects: [{kind: ServiceAccount}]\n";
    assert_eq!(
        said(text),
        [
            "warning 4:11 `roleRef.name` is missing, which the schema of Kubernetes requires",
            "warning 5:13 `subjects[0].name` is missing, which the schema of Kubernetes requires",
        ]
    );
}

#[test]
fn of_a_misspelt_kind_nothing_is_said_to_be_missing() {
    for head in [
        "apiVersion: apps/v1\nkind: Deplyment\n",
        "apiVersion: v1\nkind: Deplyment\n",
    ] {
        let said = said(&format!("{head}metadata: {{name: web}}\n"));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].contains("no kind `Deplyment`") && said[0].contains("did you mean `Deployment`"),
            "{said:?}"
        );
    }
    // What is written is judged as what was meant.
    let said = said("apiVersion: v1\nkind: Pdo\nmetadata: {name: p}\nspec: {containers: [{name: a, imge: b}]}\n");
    assert!(said.iter().any(|line| line.contains("imge")), "{said:?}");
}

#[test]
fn old_and_unknown_kinds_are_guessed() {
    for (head, words) in [
        (
            "apiVersion: batch/v1beta1\nkind: CronJob\n",
            "1:13 Kubernetes 1.36 has no kind `CronJob` in `batch/v1beta1` (write `apiVersion: batch/v1`)",
        ),
        (
            "apiVersion: app/v1\nkind: Deployment\n",
            "1:13 Kubernetes 1.36 has no kind `Deployment` in `app/v1` (write `apiVersion: apps/v1`)",
        ),
        (
            "apiVersion: v1\nkind: pod\n",
            "2:7 Kubernetes 1.36 has no kind `pod` in `v1` (did you mean `Pod`?)",
        ),
        (
            "apiVersion: v1\nkind: PersistantVolumeClaim\n",
            "2:7 Kubernetes 1.36 has no kind `PersistantVolumeClaim` in `v1` (did you mean `PersistentVolumeClaim`?)",
        ),
        (
            "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\n",
            "2:7 Kubernetes 1.36 has no kind `PodSecurityPolicy` in `policy/v1beta1` (it was removed in Kubernetes 1.25; leave it out)",
        ),
    ] {
        let all = said(&format!("{head}metadata: {{name: x}}\n"));
        assert!(all.iter().any(|line| line == words), "{all:?}");
    }
    // A stranger of the same name is no Service of ours.
    let knative =
        said("apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}\nspec: {template: {}}\n");
    assert_eq!(knative.len(), 1);
}
