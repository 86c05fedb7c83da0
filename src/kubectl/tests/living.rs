//! Verbs in a world that lives: Kubernetes' tutorial of StatefulSets as far as it runs commands in pods, and files that
//! go in and out of them.

use super::verbs::Desk;
use crate::cloud::Settings;
use crate::sim::{ClusterSpec, World};

const TUTORIAL: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/manifests/statefulset-basics/web.yaml"
));

/// A class for the tutorial's claims, which name none.
const CLASS: &str = "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: gp3, annotations: \
    {storageclass.kubernetes.io/is-default-class: 'true'}}, provisioner: ebs.csi.aws.com, \
    volumeBindingMode: WaitForFirstConsumer}";

pub(super) fn world() -> (World, Desk) {
    let mut world = ClusterSpec::default().world(1, Settings::default());
    world.settle(60_000);
    let desk = Desk::new();
    for text in [CLASS, TUTORIAL] {
        let applied = desk.say(&mut world, "kubectl apply -f -", text);
        assert_eq!(applied.code, 0, "{}", applied.terminal());
    }
    world.settle(600_000);
    world.run_for(10_000);
    (world, desk)
}

/// Runs a line, and returns what a terminal shows and the exit code.
pub(super) fn say(world: &mut World, desk: &Desk, line: &str, stdin: &str) -> String {
    let outcome = desk.say(world, line, stdin);
    format!("{}=== {}", outcome.terminal(), outcome.code)
}

/// Returns the address of a pod.
fn address(world: &mut World, desk: &Desk, pod: &str) -> String {
    let line = format!("kubectl get pod {pod} -o jsonpath={{.status.podIP}}");
    desk.say(world, &line, "").stdout()
}

#[test]
fn the_tutorial_of_statefulsets_runs() {
    let (mut world, desk) = world();
    let mut run = |line: &str, stdin: &str| say(&mut world, &desk, line, stdin);
    for pod in ["web-0", "web-1"] {
        assert_eq!(
            run(&format!("kubectl exec {pod} -- sh -c 'hostname'"), ""),
            format!("{pod}\n=== 0")
        );
        let write = format!("kubectl exec {pod} -- sh -c 'echo \"$(hostname)\" > /usr/share/nginx/html/index.html'");
        assert_eq!(run(&write, ""), "=== 0");
        let read = format!("kubectl exec -i -t {pod} -- curl http://localhost/");
        assert_eq!(run(&read, ""), format!("{pod}\n=== 0"));
    }
    let ip = address(&mut world, &desk, "web-0");
    let looked_up = format!(
        "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\nName:      web-0.nginx\nAddress 1: {ip} web-0.nginx.default.svc.cluster.local\n"
    );
    let talked = say(
        &mut world,
        &desk,
        "kubectl run -i --tty --image busybox:1.28 dns-test --restart=Never --rm",
        "nslookup web-0.nginx\n",
    );
    let prompt = "If you don't see a command prompt, try pressing enter.\n";
    assert_eq!(talked, format!("{prompt}{looked_up}pod \"dns-test\" deleted\n=== 0"));
    let ran = say(
        &mut world,
        &desk,
        "kubectl run -it --rm --restart=Never --image=busybox:1.28 again --quiet -- nslookup web-0.nginx",
        "",
    );
    assert_eq!(ran, format!("{looked_up}=== 0"));
    let lost = say(
        &mut world,
        &desk,
        "kubectl run --attach --rm --restart=Never --image=busybox:1.28 lost -- nslookup web-7.nginx",
        "",
    );
    assert!(
        lost.contains("nslookup: can't resolve 'web-7.nginx'\npod \"lost\" deleted\n"),
        "{lost}"
    );
    assert!(lost.ends_with("pod default/lost terminated (Error)\n=== 1"), "{lost}");
    assert_eq!(
        say(&mut world, &desk, "kubectl get pod dns-test", ""),
        "Error from server (NotFound): pods \"dns-test\" not found\n=== 1"
    );
}

#[test]
fn files_go_in_and_out_of_a_pod() {
    let (mut world, desk) = world();
    let mut run = |line: &str| say(&mut world, &desk, line, "");
    assert_eq!(run("kubectl cp game.properties web-0:/tmp/game"), "=== 0");
    assert_eq!(
        run("kubectl exec web-0 -- cat /tmp/game"),
        "game.lives=3\ngame.name=Snake\n=== 0"
    );
    // A folder that is there takes the file under its own name.
    assert_eq!(
        run("kubectl cp game.properties default/web-0:/usr/share/nginx/html -c nginx"),
        "=== 0"
    );
    assert_eq!(run("kubectl cp conf web-0:/tmp/conf"), "=== 0");
    assert_eq!(run("kubectl exec web-0 -- cat /tmp/conf/a.conf"), "a=1\n=== 0");
    assert_eq!(
        run("kubectl cp web-0:/usr/share/nginx/html/game.properties /tmp/back"),
        "=== 0"
    );
    assert_eq!(run("kubectl cp web-0:/tmp/conf /tmp/folder"), "=== 0");
    assert!(run("kubectl cp web-0:/nowhere /tmp/x").contains("error: /nowhere no such file or directory\n=== 1"));
    let written: Vec<(String, String)> = desk
        .written
        .borrow()
        .iter()
        .map(|(path, bytes)| (path.clone(), String::from_utf8_lossy(bytes).into_owned()))
        .collect();
    assert_eq!(
        written[0],
        ("/tmp/back".to_owned(), "game.lives=3\ngame.name=Snake\n".to_owned())
    );
    assert_eq!(written[1], ("/tmp/folder/a.conf".to_owned(), "a=1\n".to_owned()));
}

#[test]
fn a_job_runs_when_somebody_asks_its_cron_job_and_a_service_is_exposed() {
    let (mut world, desk) = world();
    let mut run = |line: &str| say(&mut world, &desk, line, "");
    let made = run("kubectl create cronjob nightly --image=busybox --schedule='0 3 * * *' -- echo done");
    assert_eq!(made, "cronjob.batch/nightly created\n=== 0");
    assert_eq!(
        run("kubectl create job now --from=cronjob/nightly"),
        "job.batch/now created\n=== 0"
    );
    assert_eq!(
        run("kubectl wait --for=condition=complete job/now --timeout=60s"),
        "job.batch/now condition met\n=== 0"
    );
    assert_eq!(run("kubectl logs job/now"), "done\n=== 0");
    assert_eq!(
        run("kubectl create deployment web --image=nginx --port=80"),
        "deployment.apps/web created\n=== 0"
    );
    assert_eq!(run("kubectl expose deployment web"), "service/web exposed\n=== 0");
    assert_eq!(
        run("kubectl rollout status deployment/web --timeout=120s")
            .lines()
            .last(),
        Some("=== 0")
    );
    let page = run("kubectl run -it --rm -q --restart=Never --image=busybox ask -- wget -q -O- http://web");
    assert!(page.contains("Welcome to nginx!") && page.ends_with("=== 0"), "{page}");
    assert_eq!(
        run("kubectl set env deployment/web COLOUR=blue"),
        "deployment.apps/web env updated\n=== 0"
    );
    assert_eq!(run("kubectl top pod"), "error: Metrics API not available\n=== 1");
}

#[test]
fn a_pod_that_has_ended_before_somebody_attached_is_heard_by_its_log() {
    let (mut world, desk) = world();
    let said = say(
        &mut world,
        &desk,
        "kubectl run -it --rm x --image=busybox -- echo hi",
        "",
    );
    assert_eq!(
        said,
        "If you don't see a command prompt, try pressing enter.\n\
         warning: couldn't attach to pod/x, falling back to streaming logs: Internal error occurred: unable to upgrade \
         connection: container x not found in pod x_default\n\
         hi\npod \"x\" deleted\n=== 0"
    );
}

#[test]
fn a_log_is_followed_to_the_end_of_its_container() {
    let (mut world, desk) = world();
    let mut run = |line: &str| say(&mut world, &desk, line, "");
    run(
        "kubectl run y --image=busybox --restart=Never -- sh -c 'echo one; sleep 5; echo two; sleep 5; echo three; exit 3'",
    );
    run("kubectl wait --for=condition=Ready pod/y --timeout=60s");
    assert_eq!(run("kubectl logs y"), "one\n=== 0");
    assert_eq!(
        run("kubectl logs -f y --prefix"),
        "[pod/y/y] one\n[pod/y/y] two\n[pod/y/y] three\n=== 0"
    );
    assert_eq!(run("kubectl get pod y -o jsonpath={.status.phase}"), "Failed=== 0");
}

#[test]
fn a_container_knows_its_name_and_where_to_ask_for_others() {
    let (mut world, desk) = world();
    let ip = address(&mut world, &desk, "web-0");
    let mut run = |line: &str| say(&mut world, &desk, line, "");
    assert_eq!(
        run("kubectl exec web-0 -- cat /etc/hosts"),
        format!(
            "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
             fe00::\tip6-localnet\nfe00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n\
             {ip}\tweb-0.nginx.default.svc.cluster.local\tweb-0\n=== 0"
        )
    );
    assert_eq!(
        run("kubectl exec web-0 -- cat /etc/resolv.conf"),
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n=== 0"
    );
    for (words, shown) in [
        ("hostname", "web-0"),
        ("hostname -f", "web-0.nginx.default.svc.cluster.local"),
        ("hostname -d", "nginx.default.svc.cluster.local"),
        ("cat /etc/hostname", "web-0"),
        (
            "printenv KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT",
            "10.96.0.1\n443",
        ),
        ("printenv KUBERNETES_PORT_443_TCP", "tcp://10.96.0.1:443"),
    ] {
        assert_eq!(
            run(&format!("kubectl exec web-0 -- {words}")),
            format!("{shown}\n=== 0")
        );
    }
    // A Service is in the environment of whoever starts after it, and of nobody else.
    run("kubectl create service clusterip my-front --tcp=80:8080");
    assert_eq!(
        run("kubectl exec web-0 -- printenv MY_FRONT_SERVICE_PORT"),
        "command terminated with exit code 1\n=== 1"
    );
    run("kubectl delete pod web-0");
    run("kubectl delete pod web-0");
    run("kubectl rollout status sts/web --timeout=120s");
    let front = run("kubectl get service my-front -o jsonpath={.spec.clusterIP}").replace("=== 0", "");
    assert_eq!(
        run("kubectl exec web-0 -- printenv MY_FRONT_SERVICE_PORT MY_FRONT_SERVICE_HOST MY_FRONT_PORT"),
        format!("80\n{front}\ntcp://{front}:80\n=== 0")
    );
    run("kubectl run lone --image=busybox --restart=Never -- sleep 600");
    run("kubectl wait --for=condition=Ready pod/lone --timeout=60s");
    assert_eq!(run("kubectl exec lone -- hostname -f"), "lone\n=== 0");
}

#[test]
fn a_pod_may_do_without_the_variables_and_bring_names_of_its_own() {
    let (mut world, desk) = world();
    say(
        &mut world,
        &desk,
        "kubectl create service clusterip front --tcp=80:8080",
        "",
    );
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: alone}, spec: {enableServiceLinks: false, dnsPolicy: Default, \
        hostAliases: [{ip: 10.1.2.3, hostnames: [old.shop, shop]}], containers: [{name: main, image: busybox, command: [sleep, \
        '600']}]}}";
    say(&mut world, &desk, "kubectl apply -f -", manifest);
    let mut run = |line: &str| say(&mut world, &desk, line, "");
    run("kubectl wait --for=condition=Ready pod/alone --timeout=60s");
    assert!(run("kubectl exec alone -- printenv FRONT_SERVICE_HOST").ends_with("=== 1"));
    // The API server is told to everybody.
    assert_eq!(
        run("kubectl exec alone -- printenv KUBERNETES_SERVICE_HOST"),
        "10.96.0.1\n=== 0"
    );
    let hosts = run("kubectl exec alone -- cat /etc/hosts");
    assert!(
        hosts.ends_with("\talone\n\n# Entries added by HostAliases.\n10.1.2.3\told.shop\tshop\n=== 0"),
        "{hosts}"
    );
    assert_eq!(
        run("kubectl exec alone -- cat /etc/resolv.conf"),
        "nameserver 169.254.169.253\n=== 0"
    );
}
