//! Two terminals in one folder: who watches does not hold up who acts, and two who act wait for each other.
#![expect(clippy::disallowed_methods, reason = "what another process prints is waited for")]

mod living;

use living::{Cluster, WEB, pglab};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A command that goes on, and the lines that it prints.
struct Watch {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Watch {
    fn begin(cluster: &Cluster, args: &[&str]) -> Self {
        let mut child = pglab(cluster.dir(), args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("pglab runs");
        let (say, lines) = mpsc::channel();
        hear(child.stdout.take().expect("it is piped"), say.clone());
        hear(child.stderr.take().expect("it is piped"), say);
        Self { child, lines }
    }

    /// Waits for a line that holds all these words, and returns it.
    fn line(&self, words: &[&str]) -> String {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("nobody printed a line with {words:?}"));
            if words.iter().all(|word| line.contains(word)) {
                return line;
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _: std::io::Result<()> = self.child.kill();
        let _: std::io::Result<std::process::ExitStatus> = self.child.wait();
    }
}

/// Passes the lines of a stream on as they come.
fn hear(stream: impl Read + Send + 'static, say: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if say.send(line).is_err() {
                break;
            }
        }
    });
}

/// Waits until a command has taken the folder for the first time.
fn has_opened(cluster: &Cluster, words: &str) {
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        let holder = std::fs::read_to_string(cluster.dir().join(".pglab.lock")).unwrap_or_default();
        if holder.contains(words) {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("`{words}` never opened the folder");
}

#[test]
fn a_watch_sees_what_another_terminal_does() {
    let cluster = Cluster::new(&["--pace", "10x", "--set", "image-pull=0"]);
    cluster.file("web.yaml", WEB);
    let watch = Watch::begin(&cluster, &["kubectl", "get", "pods", "-w"]);
    // A watch that comes too late sees only how it ended.
    has_opened(&cluster, "kubectl get pods -w");
    cluster.done(&["kubectl", "apply", "-f", "web.yaml"]);
    watch.line(&["NAME", "READY", "STATUS"]);
    watch.line(&["web-", "Pending"]);
    watch.line(&["web-", "ContainerCreating"]);
    watch.line(&["web-", "1/1", "Running"]);
    // A command that waits lets others in, and sees what they do.
    let deleting = Watch::begin(
        &cluster,
        &["kubectl", "wait", "deploy/web", "--for=delete", "--timeout=600s"],
    );
    has_opened(&cluster, "kubectl wait");
    cluster.done(&["kubectl", "delete", "deploy", "web"]);
    watch.line(&["web-", "Terminating"]);
    deleting.line(&["deployment.apps/web condition met"]);
}

#[test]
fn a_watch_says_that_somebody_went_back_in_time_and_goes_on_from_there() {
    let cluster = Cluster::new(&["--pace", "10x", "--set", "image-pull=0"]);
    cluster.file("web.yaml", WEB);
    let watch = Watch::begin(&cluster, &["kubectl", "get", "deploy", "-w"]);
    has_opened(&cluster, "kubectl get deploy -w");
    cluster.done(&["kubectl", "apply", "-f", "web.yaml"]);
    watch.line(&["web", "2/2"]);
    cluster.done(&["kubectl", "scale", "deploy/web", "--replicas=3"]);
    watch.line(&["web", "3/3"]);
    cluster.done(&["undo"]);
    watch.line(&["another terminal went back in time: it is +"]);
    watch.line(&["web", "2/2"]);
    cluster.done(&["kubectl", "scale", "deploy/web", "--replicas=4"]);
    watch.line(&["web", "4/4"]);
}

#[test]
fn a_rollout_is_followed_while_another_terminal_makes_it_possible() {
    let cluster = Cluster::new(&["--pace", "10x", "--set", "image-pull=0"]);
    cluster.file("web.yaml", WEB);
    cluster.done(&["image", "set", "nginx*", "missing"]);
    cluster.done(&["kubectl", "apply", "-f", "web.yaml"]);
    let status = Watch::begin(&cluster, &["kubectl", "rollout", "status", "deploy/web"]);
    status.line(&["0 of 2 updated replicas are available"]);
    cluster.done(&["image", "set", "nginx*", "default"]);
    cluster.done(&["kubectl", "delete", "pods", "--all"]);
    status.line(&["successfully rolled out"]);
}

#[test]
fn commands_that_change_at_the_same_moment_all_land() {
    let cluster = Cluster::new(&["--pace", "wall"]);
    let names: Vec<String> = (0..12).map(|n| format!("ns-{n}")).collect();
    let mut children: Vec<Child> = names
        .iter()
        .map(|name| {
            pglab(cluster.dir(), &["kubectl", "create", "namespace", name])
                .stdout(Stdio::null())
                .spawn()
                .expect("pglab runs")
        })
        .collect();
    for child in &mut children {
        assert!(child.wait().expect("it ends").success());
    }
    let there = cluster.done(&["kubectl", "get", "namespaces", "-o", "name"]);
    for name in &names {
        assert!(
            there.lines().any(|line| line == format!("namespace/{name}")),
            "{name} is lost"
        );
    }
    assert!(cluster.done(&["cluster", "verify"]).contains("byte for byte"));
}

#[test]
fn who_waits_for_a_folder_is_told_who_holds_it() {
    let cluster = Cluster::new(&["--pace", "paused"]);
    let lock = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(cluster.dir().join(".pglab.lock"))
        .expect("there is a lock");
    lock.lock().expect("nobody has it");
    std::fs::write(
        cluster.dir().join(".pglab.lock"),
        "`kubectl apply -f big.yaml` (process 7)",
    )
    .expect("it can be signed");
    let child = pglab(cluster.dir(), &["kubectl", "get", "nodes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("pglab runs");
    std::thread::sleep(Duration::from_secs(6));
    drop(lock);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        said,
        "waiting for `kubectl apply -f big.yaml` (process 7), which holds this cluster\n"
    );
    assert!(output.status.success());
}
