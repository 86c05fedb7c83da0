//! What a disk that fails does to a server that runs.

use super::*;

/// Runs a database until a commit meets a disk that fails; returns the disk and the server with what it said since.
fn panicked(tag: &str, sql: &str) -> (Disk, Postgres, String) {
    let env = env(&[("POSTGRES_PASSWORD", "tea"), ("PGDATA", "/data/pg")]);
    let mut disk = Disk::empty(GIB);
    let ask = |server: &mut Postgres, session, sql: &str, files: &mut Files| {
        let answer = server.run(session, sql, files, at(T0 + 60_000)).expect("it answers");
        answer
            .error()
            .map(|report| format!("{}: {}", report.severity.word(), report.message))
    };
    let (mut server, one, other) = on_a_disk(&mut disk, "/data", false, |files| {
        let mut server = start(&env, tag, files, T0);
        server.advance(files, T0 + 60_000);
        let login = login("postgres", "postgres", None, Origin::Socket);
        let one = server.connect(&login, files, at(T0 + 60_000)).map_err(said).unwrap();
        let other = server.connect(&login, files, at(T0 + 60_000)).map_err(said).unwrap();
        for sql in ["CREATE TABLE t (i int)", "INSERT INTO t VALUES (1), (2)"] {
            assert_eq!(ask(&mut server, one, sql, files), None);
        }
        (server, one, other)
    });
    log(&mut server);
    disk.set_failing(true);
    let words = on_a_disk(&mut disk, "/data", false, |files| {
        // What is in memory can be read; a transaction that changes nothing has nothing to bring to the disk.
        for sql in [
            "SELECT * FROM t",
            "UPDATE t SET i = 3 WHERE i = 7",
            "BEGIN",
            "INSERT INTO t VALUES (3)",
            "ROLLBACK",
        ] {
            assert_eq!(ask(&mut server, one, sql, files), None, "{sql}");
        }
        log(&mut server);
        let words = ask(&mut server, one, sql, files);
        assert!(!server.has_session(one) && !server.has_session(other));
        words.expect("it cannot be kept")
    });
    assert_eq!(
        words,
        "PANIC: could not fdatasync file \"000000010000000000000001\": Input/output error"
    );
    let log = log(&mut server);
    (disk, server, log)
}

#[test]
fn a_commit_that_cannot_be_made_durable_ends_the_server_and_loses_nothing() {
    let (mut disk, server, words) = panicked("15", "INSERT INTO t VALUES (4)");
    assert_eq!(server.exit(), Some((1, T0 + 60_000)));
    let lines: Vec<&str> = words.lines().map(|line| line.split_once("] ").unwrap().1).collect();
    assert_eq!(
        lines,
        [
            "PANIC:  could not fdatasync file \"000000010000000000000001\": Input/output error",
            "STATEMENT:  INSERT INTO t VALUES (4)",
            "LOG:  server process (PID 65) was terminated by signal 6: Aborted",
            "DETAIL:  Failed process was running: INSERT INTO t VALUES (4)",
            "LOG:  terminating any other active server processes",
            "LOG:  all server processes terminated; reinitializing",
            "LOG:  could not write to file \"postmaster.pid\": Input/output error",
            "LOG:  database system was interrupted; last known up at 2026-01-01 00:00:01 UTC",
            "LOG:  database system was not properly shut down; automatic recovery in progress",
            "PANIC:  could not fsync file \"/data/pg/global/pg_control\": Input/output error",
            "LOG:  shutting down due to startup process failure",
            "LOG:  database system is shut down",
        ]
    );
    disk.set_failing(false);
    let env = env(&[("POSTGRES_PASSWORD", "tea"), ("PGDATA", "/data/pg")]);
    on_a_disk(&mut disk, "/data", false, |files| {
        let mut server = start(&env, "15", files, T0 + 90_000);
        server.advance(files, T0 + 99_000);
        assert!(log(&mut server).contains("was not properly shut down; automatic recovery in progress"));
        let login = login("postgres", "postgres", None, Origin::Socket);
        let session = server.connect(&login, files, at(T0 + 99_000)).map_err(said).unwrap();
        let answer = server
            .run(session, "SELECT i FROM t ORDER BY i", files, at(T0 + 99_000))
            .unwrap();
        let rows: Vec<_> = answer
            .rows()
            .unwrap()
            .rows
            .iter()
            .map(|row| row[0].clone().unwrap())
            .collect();
        assert_eq!(rows, ["1", "2"]);
    });
}

#[test]
fn whatever_has_to_be_kept_panics_alike() {
    for sql in [
        "CREATE ROLE ann LOGIN",
        "CREATE TABLE u (i int)",
        "BEGIN; DELETE FROM t; COMMIT",
    ] {
        let (_, server, words) = panicked("14", sql);
        assert_eq!(server.exit(), Some((1, T0 + 60_000)), "{sql}");
        assert!(
            words.contains("LOG:  aborting startup due to startup process failure"),
            "{words}"
        );
    }
}
