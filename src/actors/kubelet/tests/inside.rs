//! What a person finds inside a container: disks, owners, and commands that are not there.

use super::*;

/// A database that runs, with its service account's volume.
fn running(bench: &mut Bench<Kubelet>) -> Uid {
    secret(bench);
    attached_claim(bench, "data");
    let mut spec = database("data");
    let volumes = spec["volumes"].as_array_mut().unwrap();
    volumes.push(json!({"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}));
    volumes.push(json!({"name": "scratch", "emptyDir": {}}));
    volumes.push(json!({"name": "words", "secret": {"secretName": "login"}}));
    let mounts = spec["containers"][0]["volumeMounts"].as_array_mut().unwrap();
    mounts.push(json!({"name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}));
    mounts.push(json!({"name": "scratch", "mountPath": "/scratch"}));
    mounts.push(json!({"name": "words", "mountPath": "/words"}));
    pod(bench, "db", spec);
    bench.pass(20_000);
    bench.get::<Pod>("db").metadata.uid
}

fn exec(bench: &mut Bench<Kubelet>, uid: Uid, words: &str) -> Result<String, String> {
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let ran = bench.on_machines(|runtime, ground| runtime.exec(ground, "node-a1", uid, "postgres", &words, ""));
    ran.expect("it runs").map(|(outcome, _)| outcome.terminal())
}

#[test]
fn df_tells_the_disk_of_a_claim_from_memory_and_from_the_machine_s_own() {
    let mut bench = bench();
    let uid = running(&mut bench);
    let text = exec(&mut bench, uid, "df -h").unwrap();
    let devices: Vec<(&str, &str)> = text
        .lines()
        .skip(1)
        .map(|line| {
            let mut columns = line.split_whitespace();
            (columns.next().unwrap(), columns.next_back().unwrap())
        })
        .collect();
    assert_eq!(
        devices,
        [
            ("overlay", "/"),
            ("/dev/nvme1n1", "/data"),
            ("tmpfs", "/var/run/secrets/kubernetes.io/serviceaccount"),
            ("/dev/nvme0n1p1", "/scratch"),
            ("tmpfs", "/words"),
        ],
        "{text}"
    );
    assert!(
        text.contains("tmpfs            16G"),
        "as large as the machine's memory: {text}"
    );
}

#[test]
fn a_data_directory_belongs_to_postgres_alone() {
    let mut bench = bench();
    let uid = running(&mut bench);
    let line = exec(&mut bench, uid, "ls -ld /data/pgdata").unwrap();
    assert!(line.starts_with("drwx------ 2 postgres postgres "), "{line}");
    let line = exec(&mut bench, uid, "ls -l /data/pgdata/PG_VERSION").unwrap();
    assert!(line.starts_with("-rw------- 1 postgres postgres "), "{line}");
    let line = exec(&mut bench, uid, "stat -c %a:%U /data/pgdata").unwrap();
    assert_eq!(line, "700:postgres\n");
}

#[test]
fn a_command_that_is_not_there_is_refused_by_the_runtime() {
    let mut bench = bench();
    let uid = running(&mut bench);
    for (command, why) in [
        ("nosuch", "exec: \"nosuch\": executable file not found in $PATH"),
        (
            "redis-cli ping",
            "exec: \"redis-cli\": executable file not found in $PATH",
        ),
        (
            "/bin/nosuch",
            "exec: \"/bin/nosuch\": stat /bin/nosuch: no such file or directory",
        ),
        ("/tmp", "exec: \"/tmp\": is a directory"),
    ] {
        let said = exec(&mut bench, uid, command).unwrap_err();
        let (id, rest) = said
            .strip_prefix("failed to exec in container: failed to start exec \"")
            .and_then(|rest| rest.split_once('"'))
            .expect("containerd's words");
        assert!(id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        let words = format!(": OCI runtime exec failed: exec failed: unable to start container process: {why}");
        assert_eq!(rest, words);
    }
    // Inside of a shell it is the shell that says so.
    assert!(
        bench.on_machines(|runtime, ground| {
            let words = ["sh", "-c", "nosuch"].map(str::to_owned);
            let (outcome, _) = runtime.exec(ground, "node-a1", uid, "postgres", &words, "")?.ok()?;
            Some(outcome.code)
        }) == Some(127)
    );
}
