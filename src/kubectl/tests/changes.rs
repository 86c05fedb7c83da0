//! Verbs that change what is there, in a cluster where nothing else happens: `edit`, `replace`, `diff`, `set`, `config`.

use super::Still;
use super::verbs::{Desk, cluster};

fn both() -> (Still, Desk) {
    let desk = Desk::new();
    (cluster(&desk), desk)
}

fn say(cluster: &mut Still, desk: &Desk, line: &str) -> String {
    let outcome = desk.say(cluster, line, "");
    format!("{}=== {}", outcome.terminal(), outcome.code)
}

/// Lets the person's editor do this the next time.
fn editor(desk: &Desk, edit: impl Fn(&str) -> String + 'static) {
    desk.edits.borrow_mut().push(Box::new(edit));
}

const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n";

#[test]
fn an_edit_is_stored_cancelled_or_opened_again() {
    let (mut cluster, desk) = both();
    let mut run = |line: &str| say(&mut cluster, &desk, line);
    assert_eq!(
        run("kubectl edit deploy web"),
        "Edit cancelled, no changes made.\n=== 0"
    );
    assert!(desk.opened.borrow()[0].starts_with(&format!("{HEAD}apiVersion: apps/v1\nkind: Deployment\n")));
    editor(&desk, |text| text.replace("replicas: 1", "replicas: 2"));
    assert_eq!(run("kubectl edit deploy/web"), "deployment.apps/web edited\n=== 0");
    assert_eq!(run("kubectl get deploy web -o jsonpath={.spec.replicas}"), "2=== 0");
    editor(&desk, |_| String::new());
    assert_eq!(
        run("kubectl edit deploy web"),
        "Edit cancelled, saved file was empty.\n=== 0"
    );
    // A value that the server refuses: the text is opened again with the reason, and mended.
    editor(&desk, |text| text.replace("replicas: 2", "replicas: -1"));
    editor(&desk, |text| text.replace("replicas: -1", "replicas: 3"));
    assert_eq!(
        run("kubectl edit deploy web"),
        "error: deployments.apps \"web\" is invalid\ndeployment.apps/web edited\n=== 0"
    );
    let again = desk.opened.borrow().last().cloned().unwrap_or_default();
    let reason = "# deployments.apps \"web\" was not valid:\n# * spec.replicas: Invalid value: -1: must be greater than or equal to 0\n#\n";
    assert!(again.starts_with(&format!("{HEAD}{reason}apiVersion")), "{again}");
    // Not mended: the text is kept aside.
    editor(&desk, |text| text.replace("replicas: 3", "replicas: -1"));
    let given_up = run("kubectl edit deploy web");
    assert_eq!(
        given_up,
        "error: deployments.apps \"web\" is invalid\nA copy of your changes has been stored to \"/tmp/kubectl-edit-web.yaml\"\nerror: Edit cancelled, no valid changes were saved.\n=== 1"
    );
    editor(&desk, |text| text.replace("  name: web\n", "  name: web2\n"));
    assert_eq!(
        run("kubectl edit deploy web"),
        "A copy of your changes has been stored to \"/tmp/kubectl-edit-web.yaml\"\nerror: At least one of apiVersion, kind and name was changed\n=== 1"
    );
}

#[test]
fn a_difference_is_shown_as_diff_shows_it() {
    let (mut cluster, desk) = both();
    let mut run = |line: &str| say(&mut cluster, &desk, line);
    let shown = run("kubectl diff -f other.yaml");
    let mut lines = shown.lines();
    let head = lines.next().unwrap_or_default();
    assert!(head.starts_with("diff -u -N /tmp/LIVE-"), "{shown}");
    assert!(head.ends_with("/v1.Pod.default.other"), "{shown}");
    assert!(shown.contains("\n@@ -0,0 +1,"), "all of a new object is added: {shown}");
    assert!(shown.ends_with("=== 1"), "{shown}");
    assert_eq!(
        run("kubectl get pod other").lines().last(),
        Some("=== 1"),
        "nothing was made"
    );
    let shown = run("kubectl diff -f pod2.yaml");
    assert!(shown.contains("\n-    app: p\n+    app: p2\n"), "{shown}");
    assert!(
        shown.contains("\n-  - image: nginx\n+  - image: nginx:1.28\n"),
        "{shown}"
    );
    assert!(!shown.contains("+  resourceVersion"), "{shown}");
    assert_eq!(run("kubectl apply -f pod2.yaml").lines().last(), Some("=== 0"));
    assert_eq!(
        run("kubectl diff -f pod2.yaml"),
        "=== 0",
        "what was applied makes no difference"
    );
}

#[test]
fn what_is_replaced_is_the_file_s() {
    let (mut cluster, desk) = both();
    let mut run = |line: &str| say(&mut cluster, &desk, line);
    assert_eq!(
        run("kubectl replace -f other.yaml"),
        "Error from server (NotFound): error when replacing \"other.yaml\": pods \"other\" not found\n=== 1"
    );
    let data = "kubectl get cm conf -o jsonpath={.data}";
    let before = run(data);
    assert_eq!(
        run("kubectl replace -f conf2.yaml --dry-run=server"),
        "configmap/conf replaced (server dry run)\n=== 0"
    );
    assert_eq!(run(data), before);
    assert_eq!(run("kubectl replace -f conf2.yaml"), "configmap/conf replaced\n=== 0");
    assert_eq!(run(data), "{\"only\":\"3\"}=== 0");
    // A bare pod lacks what admission has filled in, and so is another pod: only by force.
    let forbidden = run("kubectl replace -f pod2.yaml");
    assert!(forbidden.starts_with("The Pod \"p\" is invalid: spec: Forbidden: pod updates may not change"));
    assert_eq!(
        run("kubectl replace --force -f pod2.yaml"),
        "pod \"p\" deleted\npod/p replaced\n=== 0"
    );
    assert_eq!(run("kubectl get pod p -o jsonpath={.metadata.labels.app}"), "p2=== 0");
}

#[test]
fn the_namespace_that_was_chosen_is_kept() {
    let (mut cluster, desk) = both();
    let mut run = |line: &str| say(&mut cluster, &desk, line);
    assert_eq!(
        run("kubectl config set-context --current --namespace=prod"),
        "Context \"pglab\" modified.\n=== 0"
    );
    assert_eq!(run("kubectl get pods"), "No resources found in prod namespace.\n=== 0");
    assert_eq!(
        run("kubectl config get-contexts"),
        "CURRENT   NAME    CLUSTER   AUTHINFO           NAMESPACE\n*         pglab   pglab     kubernetes-admin   prod\n=== 0"
    );
    assert_eq!(
        run("kubectl config view --minify -o jsonpath={..namespace}"),
        "prod=== 0"
    );
    assert_eq!(
        run("kubectl config set-context --current --namespace="),
        "Context \"pglab\" modified.\n=== 0"
    );
    assert_eq!(run("kubectl get pod p --no-headers=true -o name"), "pod/p\n=== 0");
}

#[test]
fn fields_are_explained_as_pglab_treats_them() {
    let (mut cluster, desk) = both();
    let mut run = |line: &str| say(&mut cluster, &desk, line);
    let page = run("kubectl explain sts.spec.podManagementPolicy");
    assert!(
        page.starts_with("GROUP:      apps\nKIND:       StatefulSet\nVERSION:    v1\n\nFIELD: podManagementPolicy <string>\n\nDESCRIPTION:\n    OrderedReady makes pods one after the other, Parallel all at once. pglab\n    simulates it."),
        "{page}"
    );
    let page = run("kubectl explain pods.spec.containers");
    assert!(
        page.contains("\n  image\t<string>\n    What is run. pglab simulates it.\n"),
        "{page}"
    );
    assert!(
        page.contains(
            "\n  securityContext\t<SecurityContext>\n    pglab keeps and serves it; nothing here acts on it.\n"
        ),
        "{page}"
    );
    assert!(page.contains("\n  name\t<string> -required-\n"), "{page}");
    for (field, words) in [
        (
            "projected.sources.serviceAccountToken",
            "pglab issues no tokens: a file says so in place of it.",
        ),
        (
            "configMap.defaultMode",
            "pglab keeps and serves it; files here have no modes of their own.",
        ),
        ("downwardAPI", "pglab simulates it."),
        ("csi", "pglab keeps and serves it; nothing here acts on it."),
    ] {
        let page = run(&format!("kubectl explain pod.spec.volumes.{field}"));
        let (_, description) = page.split_once("DESCRIPTION:").expect("it has one");
        let description: Vec<&str> = description.split_whitespace().collect();
        assert!(description.join(" ").starts_with(words), "{field}: {page}");
    }
    let tree = run("kubectl explain deployment --recursive");
    assert!(
        tree.contains("FIELDS:\n  apiVersion\t<string>\n") && tree.contains("\n    replicas\t<integer>\n"),
        "{tree}"
    );
    let page = run("kubectl explain pod.spec.terminationGracePeriodSeconds");
    assert!(page.contains("Default: 30."), "{page}");
    let missing = run("kubectl explain pod.spec.nosuch");
    let expected = "KIND:       Pod\nVERSION:    v1\n\nerror: field \"nosuch\" does not exist\n";
    assert!(missing.starts_with(expected), "{missing}");
    assert!(run("kubectl explain role").contains("pglab keeps and serves it; nothing here acts on it."));
}

#[test]
fn kinds_and_versions_are_listed_and_what_is_not_simulated_is_refused_by_name() {
    let (mut cluster, desk) = both();
    let mut run = |line: &str| say(&mut cluster, &desk, line);
    let apps = "NAME                  SHORTNAMES   APIVERSION   NAMESPACED   KIND\n\
        controllerrevisions                apps/v1      true         ControllerRevision\n\
        daemonsets            ds           apps/v1      true         DaemonSet\n\
        deployments           deploy       apps/v1      true         Deployment\n\
        replicasets           rs           apps/v1      true         ReplicaSet\n\
        statefulsets          sts          apps/v1      true         StatefulSet\n=== 0";
    assert_eq!(run("kubectl api-resources --api-group=apps"), apps);
    assert!(run("kubectl api-resources -o name").contains("\nstatefulsets.apps\n"));
    assert!(run("kubectl api-versions").contains("\nevents.k8s.io/v1\n"));
    assert!(
        run("kubectl version")
            .starts_with("Client Version: v1.32.4\nKustomize Version: v5.5.0\nServer Version: v1.36.2\n")
    );
    assert!(run("kubectl cluster-info").starts_with("Kubernetes control plane is running at https://"));
    for line in [
        "port-forward p 80",
        "proxy",
        "debug p -it --image=busybox",
        "certificate approve x",
        "kustomize .",
        "alpha",
        "cluster-info dump",
    ] {
        let said = run(&format!("kubectl {line}"));
        assert!(
            said.contains(" is not simulated: ") && said.contains("\nhint: "),
            "{line}: {said}"
        );
        assert!(said.ends_with("=== 1"), "{line}: {said}");
    }
    assert!(run("kubectl").contains("\n  create "));
    assert!(run("kubectl help create secret").contains("\n  create secret docker-registry "));
    assert!(run("kubectl create secret tls --help").contains("--cert TEXT"));
    assert!(run("kubectl options").contains("--namespace TEXT"));
    assert!(run("kubectl completion bash").starts_with("complete -W \""));
}

#[test]
fn an_autoscaler_is_kept_and_said_to_do_nothing() {
    let (mut cluster, desk) = both();
    let mut run = |line: &str| say(&mut cluster, &desk, line);
    let said = run("kubectl autoscale deployment web --min=2 --max=5 --cpu-percent=70");
    assert!(
        said.starts_with("horizontalpodautoscaler.autoscaling/web autoscaled\nhint: it is kept"),
        "{said}"
    );
    assert_eq!(
        run("kubectl get hpa web -o jsonpath={.spec.metrics[0].resource.target.averageUtilization}"),
        "70=== 0"
    );
    let tried = run("kubectl create namespace tried --dry-run=server -o name");
    assert_eq!(tried, "namespace/tried\n=== 0");
    assert_eq!(run("kubectl get ns tried").lines().last(), Some("=== 1"));
    assert_eq!(
        run("kubectl create deployment web --image=x"),
        "error: failed to create deployment: deployments.apps \"web\" already exists\n=== 1"
    );
}
