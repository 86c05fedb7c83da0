//! Clusters in folders of their own, driven through the program.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A cluster in a folder that goes with this value.
pub struct Cluster {
    home: TempDir,
    dir: PathBuf,
}

/// A stateless web server.
pub const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
";

/// A database with a volume of its own.
pub const DATABASE: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: postgres
        image: postgres:16
        env: [{name: POSTGRES_PASSWORD, value: tea}, {name: PGDATA, value: /data/pg}]
        readinessProbe: {exec: {command: [pg_isready, -U, postgres]}, periodSeconds: 1}
        volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";

/// Returns the program, about to run in a cluster's folder.
pub fn pglab(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pglab"));
    command.args(args);
    dress(&mut command, dir);
    command
}

fn dress(command: &mut Command, dir: &Path) {
    command
        .current_dir(dir)
        .env("XDG_STATE_HOME", dir.join("../state"))
        .env("NO_COLOR", "1")
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env_remove("PGLAB_CLUSTER");
}

impl Cluster {
    /// Makes one whose time is paused, with a database that runs.
    pub fn with_database() -> Self {
        let cluster = Self::new(&["--pace", "paused", "--set", "image-pull=0"]);
        cluster.file("db.yaml", DATABASE);
        cluster.done(&["kubectl", "apply", "-f", "db.yaml"]);
        cluster.done(&["kubectl", "rollout", "status", "sts/db"]);
        cluster
    }

    /// Makes a cluster with these options of `pglab cluster create`.
    pub fn new(options: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let cluster = Self::within(home);
        std::fs::create_dir(cluster.dir()).expect("a folder in it");
        let args: Vec<&str> = ["cluster", "create"].iter().chain(options).copied().collect();
        cluster.done(&args);
        cluster
    }

    fn within(home: TempDir) -> Self {
        let dir = home.path().join("cluster");
        Self { home, dir }
    }

    /// Returns the folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes a file into the folder.
    pub fn file(&self, name: &str, text: &str) {
        std::fs::write(self.dir().join(name), text).expect("the folder takes a file");
    }

    /// Returns a copy, with its journal elsewhere.
    pub fn copy(&self) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        copy(self.home.path(), home.path());
        Self::within(home)
    }

    /// Runs a command that must succeed, and returns what it printed.
    pub fn done(&self, args: &[&str]) -> String {
        let (code, out, err) = self.run(args);
        assert_eq!(code, Some(0), "pglab {}: {out}{err}", args.join(" "));
        out
    }

    /// Runs a command: exit code, standard output, standard error.
    pub fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let output = pglab(self.dir(), args).output().expect("pglab runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    /// Returns the program as the last words of another command's.
    pub fn under(&self, mut other: Command, args: &[&str]) -> Command {
        other.arg(env!("CARGO_BIN_EXE_pglab")).args(args);
        dress(&mut other, self.dir());
        other
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("it is there").flatten() {
        let (source, target): (PathBuf, PathBuf) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            std::fs::copy(&source, &target).expect("a file is copied");
        }
    }
}
