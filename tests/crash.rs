//! A command lands whole or not at all: pglab is stopped at every write, flush and rename of each kind of command, and at
//! a thousand random instants. The folder opens each time, as it was before the command or as it is after it, and what was
//! printed as done is done.
//!
//! The stops at system calls need `strace` (Debian: `apt-get install strace`); without it that test says so and is skipped.
#![expect(
    clippy::disallowed_methods,
    reason = "processes are stopped after a while of the wall clock"
)]

mod living;

use living::{Cluster, DATABASE, WEB, pglab};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The calls that change what is on a disk.
const CALLS: &[&str] = &[
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "ftruncate",
    "rename",
    "unlink",
];

/// The kinds of commands, each with what is done before it.
const COMMANDS: &[(&str, &[&str])] = &[
    ("apply", &["kubectl", "apply", "-f", "web.yaml"]),
    ("delete", &["kubectl", "delete", "sts", "db", "--wait=false"]),
    ("sql", &["psql", "db-0", "-c", "insert into t values (2)"]),
    ("wait", &["kubectl", "wait", "pod/db-0", "--for=delete", "--timeout=2s"]),
    ("fault", &["node", "stop", "node-a1"]),
    ("image", &["image", "set", "nginx", "missing"]),
    ("advance", &["time", "advance", "3s"]),
    ("back", &["time", "back", "1"]),
    ("undo", &["undo"]),
    ("settings", &["cluster", "settings", "--set", "image-pull=1s"]),
    (
        "namespace",
        &["kubectl", "config", "set-context", "--current", "--namespace=other"],
    ),
];

/// What a folder holds, told by the program: its world's hash and what stands beside it.
fn told(dir: &Path) -> String {
    let verified = pglab(dir, &["cluster", "verify"]).output().expect("pglab runs");
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );
    let status = pglab(dir, &["cluster", "status"]).output().expect("pglab runs");
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let hash = text(&verified.stdout).lines().nth(1).unwrap_or_default().to_owned();
    let status = text(&status.stdout);
    let beside: Vec<&str> = status
        .lines()
        .filter(|line| line.starts_with("namespace") || line.starts_with("pace"))
        .collect();
    format!("{hash}\n{}", beside.join("\n"))
}

fn ready() -> Cluster {
    let cluster = Cluster::new(&["--pace", "paused", "--set", "image-pull=0"]);
    cluster.file("db.yaml", DATABASE);
    cluster.file("web.yaml", WEB);
    cluster.done(&["kubectl", "apply", "-f", "db.yaml"]);
    cluster.done(&["kubectl", "rollout", "status", "sts/db"]);
    cluster.done(&[
        "psql",
        "db-0",
        "-c",
        "create table t(i int)",
        "-c",
        "insert into t values (1)",
    ]);
    cluster
}

fn strace_is_there() -> bool {
    let probe = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .stderr(Stdio::null())
        .status();
    let there = probe.is_ok_and(|status| status.success());
    if !there {
        println!("SKIPPED: strace is not on this machine, or may not trace");
    }
    there
}

#[test]
fn stopped_at_every_call_that_writes_a_command_has_happened_or_has_not() {
    if !strace_is_there() {
        return;
    }
    let cluster = ready();
    let before = told(cluster.dir());
    let mut stops = 0;
    for (name, args) in COMMANDS {
        let whole = cluster.copy();
        let trace = whole.dir().join("../trace");
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-qq", "-o"])
            .arg(&trace)
            .args(["-e", &format!("trace={}", CALLS.join(","))]);
        let run = whole.under(strace, args).output().expect("strace runs");
        assert!(
            run.status.code().is_some_and(|code| code < 2),
            "{name}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        let lines = std::fs::read_to_string(&trace).expect("strace has written");
        let after = told(whole.dir());
        for call in CALLS {
            let many = lines.lines().filter(|line| line.contains(&format!(" {call}("))).count();
            for at in 1..=many {
                stops += 1;
                let stopped = cluster.copy();
                let mut strace = Command::new("strace");
                strace.args(["-f", "-qq", "-o", "/dev/null"]);
                strace.args([
                    "-e",
                    &format!("trace={call}"),
                    "-e",
                    &format!("inject={call}:signal=KILL:when={at}"),
                ]);
                let run = stopped.under(strace, args).output().expect("strace runs");
                let now = told(stopped.dir());
                assert!(
                    now == before || now == after,
                    "{name}, stopped at {call} {at}: neither before nor after"
                );
                if !run.stdout.is_empty() {
                    assert_eq!(now, after, "{name}, stopped at {call} {at}: printed as done, and lost");
                }
            }
        }
    }
    println!(
        "stopped at {stops} calls of {} kinds of commands: each time before or after",
        COMMANDS.len()
    );
    assert!(stops > 200, "only {stops} calls were found");
}

#[test]
fn killed_at_any_instant_a_command_has_happened_or_has_not() {
    let cluster = ready();
    let (_, args) = COMMANDS[0];
    let started = Instant::now();
    let sample = cluster.copy();
    sample.done(args);
    let usual = started.elapsed().max(Duration::from_millis(5));
    let before = told(cluster.dir());
    let after = told(sample.dir());
    let (mut within, mut undone, mut done) = (0, 0, 0);
    let mut draw = 0x9e37_79b9_7f4a_7c15_u64;
    let mut folder = cluster.copy();
    let tries = 1_000;
    for n in 0..tries {
        let mut child = pglab(folder.dir(), args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("pglab runs");
        draw ^= draw << 13;
        draw ^= draw >> 7;
        draw ^= draw << 17;
        std::thread::sleep(usual.mul_f64((draw % 1_000) as f64 / 900.0));
        // A process that has ended by itself cannot be killed: then the command is done.
        let _: std::io::Result<()> = child.kill();
        let output = child.wait_with_output().expect("it has ended");
        let hot = folder.dir().join("pglab.db-journal").exists();
        within += usize::from(hot);
        // Most folders are only opened: telling all of one is dear, so every fourth is played again as well.
        let opened = pglab(folder.dir(), &["kubectl", "get", "deploy", "web"])
            .output()
            .expect("pglab runs");
        let there = opened.status.success();
        assert!(
            there || opened.status.code() == Some(1),
            "try {n}: {}",
            String::from_utf8_lossy(&opened.stderr)
        );
        assert!(there || output.stdout.is_empty(), "try {n}: printed as done, and lost");
        if n % 4 == 0 || hot {
            let now = told(folder.dir());
            assert!(
                now == if there { after.as_str() } else { before.as_str() },
                "try {n}: neither before nor after"
            );
        }
        if there {
            done += 1;
            folder = cluster.copy();
        } else {
            undone += 1;
        }
    }
    println!(
        "killed at {tries} instants: {within} inside a commit; {undone} times nothing had happened, {done} times all"
    );
    assert!(undone > 0 && done > 0, "the instants were all before or all after");
}
