//! The scripts of a database's first start: they run once, in order, and whoever fails ends the container.

use super::*;

/// A database with files in `/docker-entrypoint-initdb.d`, after twenty seconds.
fn started(bench: &mut Bench<Kubelet>, scripts: Value) -> Uid {
    started_with(bench, json!({"data": scripts}))
}

fn started_with(bench: &mut Bench<Kubelet>, mut map: Value) -> Uid {
    map["metadata"] = json!({"name": "init"});
    secret(bench);
    attached_claim(bench, "data");
    bench.put(Kind::ConfigMap, map);
    let mut spec = database("data");
    let volumes = spec["volumes"].as_array_mut().unwrap();
    volumes.push(json!({"name": "init", "configMap": {"name": "init"}}));
    let container = &mut spec["containers"][0];
    container["env"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "POSTGRES_DB", "value": "shop"}));
    let mounts = container["volumeMounts"].as_array_mut().unwrap();
    mounts.push(json!({"name": "init", "mountPath": "/docker-entrypoint-initdb.d"}));
    pod(bench, "db", spec);
    bench.pass(20_000);
    bench.get::<Pod>("db").metadata.uid
}

fn query(bench: &mut Bench<Kubelet>, uid: Uid, sql: &str) -> String {
    let words = ["psql", "-U", "postgres", "-d", "shop", "-Atc", sql].map(str::to_owned);
    let ran = bench.on_machines(|runtime, ground| runtime.exec(ground, "node-a1", uid, "postgres", &words, ""));
    ran.expect("it runs").expect("psql is there").0.terminal()
}

fn log(bench: &Bench<Kubelet>, uid: Uid, previous: bool) -> Vec<String> {
    let lines = bench.runtime.log("node-a1", uid, "postgres", previous).expect("it ran");
    lines.into_iter().map(|line| line.text).collect()
}

#[test]
fn scripts_run_in_order_against_the_database_that_was_wished_for() {
    let mut bench = bench();
    let scripts = json!({
        "10-tables.sql": "CREATE TABLE orders (id serial PRIMARY KEY, item text);\nINSERT INTO orders (item) VALUES ('tea');\n",
        "20-more.sh": "psql --username \"$POSTGRES_USER\" --dbname \"$POSTGRES_DB\" <<-EOSQL\n\tINSERT INTO orders (item) VALUES ('milk');\nEOSQL\necho more\n",
        "notes.txt": "nobody reads this",
    });
    let uid = started(&mut bench, scripts);
    assert_eq!(
        query(&mut bench, uid, "SELECT item FROM orders ORDER BY id"),
        "tea\nmilk\n"
    );
    let log = log(&bench, uid, false);
    let begin = log
        .iter()
        .position(|line| line.contains("running /docker"))
        .expect("it is told");
    let end = log
        .iter()
        .position(|line| line.starts_with("waiting for server to shut down"))
        .expect("it is told");
    assert_eq!(
        log[begin..end],
        [
            "/usr/local/bin/docker-entrypoint.sh: running /docker-entrypoint-initdb.d/10-tables.sql",
            "CREATE TABLE",
            "INSERT 0 1",
            "",
            "",
            "/usr/local/bin/docker-entrypoint.sh: sourcing /docker-entrypoint-initdb.d/20-more.sh",
            "INSERT 0 1",
            "more",
            "",
            "/usr/local/bin/docker-entrypoint.sh: ignoring /docker-entrypoint-initdb.d/notes.txt",
            "",
        ]
    );
    // What was stopped cleanly needs no recovery, and is not made again.
    assert!(log.iter().any(|line| line.contains("database system was shut down at")));
    assert!(!log.iter().any(|line| line.contains("automatic recovery")));
}

#[test]
fn a_script_that_fails_leaves_half_of_a_database_that_is_not_made_again() {
    let mut bench = bench();
    let scripts = json!({
        "1.sql": "CREATE TABLE first (id int);\nSELEC 1;\nCREATE TABLE second (id int);\n",
        "2.sql": "CREATE TABLE third (id int);\n",
    });
    let uid = started(&mut bench, scripts);
    assert_eq!(state(&bench, "db"), "Running, running, ready, restarts 1");
    let before = log(&bench, uid, true);
    assert!(
        before
            .iter()
            .any(|line| line.starts_with("psql:/docker-entrypoint-initdb.d/1.sql:2: ERROR:")),
        "{before:#?}"
    );
    let after = log(&bench, uid, false);
    assert!(
        after[1].ends_with("appears to contain a database; Skipping initialization"),
        "{after:#?}"
    );
    assert!(
        after.iter().any(|line| line.contains("automatic recovery")),
        "{after:#?}"
    );
    let tables = query(
        &mut bench,
        uid,
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    );
    assert_eq!(tables, "first\n");
}

#[test]
fn a_packed_dump_is_unpacked_on_its_way() {
    use base64::Engine;
    use std::io::Read;
    let mut packed = Vec::new();
    let sql = "CREATE TABLE orders (id int);\nINSERT INTO orders VALUES (7);\n".as_bytes();
    let mut packer = flate2::read::GzEncoder::new(sql, flate2::Compression::default());
    packer.read_to_end(&mut packed).expect("it is packed");
    let mut bench = bench();
    let packed = base64::engine::general_purpose::STANDARD.encode(packed);
    let uid = started_with(&mut bench, json!({"binaryData": {"dump.sql.gz": packed}}));
    assert_eq!(query(&mut bench, uid, "SELECT id FROM orders"), "7\n");
}

#[test]
fn a_script_that_nothing_here_unpacks_is_refused_by_name() {
    let mut bench = bench();
    let uid = started(&mut bench, json!({"dump.sql.xz": "x"}));
    let log = log(&bench, uid, true);
    let said = "pglab does not unpack /docker-entrypoint-initdb.d/dump.sql.xz";
    assert!(log.iter().any(|line| line == said), "{log:#?}");
}
