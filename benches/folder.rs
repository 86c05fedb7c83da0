//! How long a command takes in a cluster that lives in a folder, start-up included, and how large the folder grows.
//!
//! `cargo bench --bench folder` prints, for a small cluster (some 50 objects) and a large one (1,000 pods), the median of
//! a command that looks and of one that changes, both again after a night away; and the size of a folder after 1,000
//! commands. Whole processes are timed, as a person at a shell waits for them.
#![expect(clippy::disallowed_methods, reason = "whole processes are timed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A folder in the system's temporary place, which goes with this value.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in the way of nobody.
        let _: std::io::Result<()> = std::fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn new(name: &str, options: &[&str]) -> Self {
        let dir = std::env::temp_dir().join(format!("pglab-bench-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a temporary folder");
        let folder = Self(dir);
        let args: Vec<&str> = ["cluster", "create"].iter().chain(options).copied().collect();
        folder.run(&args);
        folder
    }

    fn run(&self, args: &[&str]) -> Duration {
        let began = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_pglab"))
            .args(args)
            .current_dir(&self.0)
            .env("XDG_STATE_HOME", self.0.join("state"))
            .env_remove("PGLAB_CLUSTER")
            .stdout(Stdio::null())
            .status()
            .expect("pglab runs");
        assert!(status.success(), "pglab {}", args.join(" "));
        began.elapsed()
    }

    fn median(&self, args: &[&str], runs: usize) -> Duration {
        let mut times: Vec<Duration> = (0..runs).map(|_| self.run(args)).collect();
        times.sort();
        times[runs / 2]
    }

    /// Moves the clock of the folder back, as if the last command had been given so many hours ago.
    fn rest(&self, hours: i64) {
        let database = rusqlite::Connection::open(self.0.join("pglab.db")).expect("the folder has a database");
        let text: String = database
            .query_row("SELECT text FROM state", [], |row| row.get(0))
            .expect("and a state");
        let mut state: serde_json::Value = serde_json::from_str(&text).expect("which is JSON");
        let wall = state["wall_ms"].as_i64().expect("with a clock");
        state["wall_ms"] = (wall - hours * 3_600_000).into();
        database
            .execute("UPDATE state SET text = ?1", [state.to_string()])
            .expect("it can be set");
    }
}

fn size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).expect("the folder is there").flatten();
    entries
        .map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                size(&path)
            } else {
                entry.metadata().map_or(0, |data| data.len())
            }
        })
        .sum()
}

fn web(replicas: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      containers:\n      - {{name: web, image: nginx, resources: {{requests: {{cpu: 10m, memory: 16Mi}}}}}}\n"
    )
}

fn report(what: &str, folder: &Folder, runs: usize) {
    let look = folder.median(&["kubectl", "get", "pods"], runs);
    let change = folder.median(&["kubectl", "label", "deploy/web", "bench=x", "--overwrite"], runs);
    let toggle = folder.median(&["kubectl", "annotate", "deploy/web", "bench-", "--overwrite"], 1);
    let mut nights: Vec<Duration> = (0..5)
        .map(|_| {
            folder.rest(9);
            folder.run(&["kubectl", "get", "pods"])
        })
        .collect();
    nights.sort();
    println!(
        "{what}: get pods {look:.1?}, label {change:.1?} (first change {toggle:.1?}), get pods after a night {:.1?}",
        nights[2]
    );
    println!("  folder {} kB", size(&folder.0) / 1024);
}

fn main() {
    let small = Folder::new("small", &[]);
    std::fs::write(small.0.join("web.yaml"), web(12)).expect("a file");
    small.run(&["kubectl", "apply", "-f", "web.yaml"]);
    small.run(&["kubectl", "rollout", "status", "deploy/web", "--timeout=120s"]);
    report("50 objects", &small, 21);

    let large = Folder::new("large", &["--nodes-per-zone", "10", "--pace", "100x"]);
    std::fs::write(large.0.join("web.yaml"), web(1_000)).expect("a file");
    large.run(&["kubectl", "apply", "-f", "web.yaml"]);
    large.run(&["kubectl", "rollout", "status", "deploy/web", "--timeout=3600s"]);
    large.run(&["time", "pace", "wall"]);
    report("1,000 pods", &large, 11);

    let long = Folder::new("long", &["--pace", "paused"]);
    std::fs::write(long.0.join("web.yaml"), web(3)).expect("a file");
    long.run(&["kubectl", "apply", "-f", "web.yaml"]);
    long.run(&["time", "advance", "30s"]);
    let began = Instant::now();
    for n in 0..1_000 {
        long.run(&["kubectl", "annotate", "deploy/web", &format!("n={n}"), "--overwrite"]);
    }
    let each = began.elapsed() / 1_000;
    println!("1,000 commands: {each:.1?} each, folder {} kB", size(&long.0) / 1024);
}
