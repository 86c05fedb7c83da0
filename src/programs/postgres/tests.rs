//! The lives of a server: first starts, clean stops, and those that were not.

mod config;
mod panic;

use super::*;
use crate::cloud::disk::Disk;
use crate::programs::files::Files;
use crate::programs::outcome::Env;
use crate::programs::sql::Moment;

const GIB: u64 = 1 << 30;
const T0: u64 = 1_767_225_600_000;

fn env(pairs: &[(&str, &str)]) -> Env {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn start(env: &Env, tag: &str, files: &mut Files, now_ms: u64) -> Postgres {
    let image = Image::from_tag(Layout::Official, tag).unwrap();
    let birth = Birth {
        image,
        env,
        args: &[],
        durations: Durations::default(),
        pid: 1,
        alive: &[],
    };
    Postgres::start(&birth, files, now_ms)
}

fn log(server: &mut Postgres) -> String {
    server
        .take_log()
        .iter()
        .map(|line| format!("{}\n", line.text))
        .collect()
}

fn login(user: &str, database: &str, password: Option<&str>, origin: Origin) -> Login {
    Login {
        user: user.into(),
        database: database.into(),
        password: password.map(str::to_owned),
        origin,
        server_ip: None,
        application: "psql".into(),
    }
}

fn at(now_ms: u64) -> Moment {
    Moment::at_ms(now_ms, 1)
}

fn said(denial: Denial) -> String {
    match denial {
        Denial::NoPassword => "no password".into(),
        Denial::Said(report) => format!("{}: {}", report.severity.word(), report.message),
    }
}

#[test]
fn without_a_password_the_entrypoint_refuses_in_its_own_words() {
    let mut disk = Disk::empty(GIB);
    let mut server = start(&Env::new(), "16", &mut Files::new(&mut disk), T0);
    assert_eq!(server.exit(), Some((1, T0)));
    assert!(
        log(&mut server).starts_with("Error: Database is uninitialized and superuser password is not specified.\n")
    );
    assert!(disk.is_empty());
}

#[test]
fn a_database_is_made_once_and_a_new_password_in_the_environment_changes_nothing() {
    let mut disk = Disk::empty(GIB);
    let mut files = Files::new(&mut disk);
    let first = env(&[
        ("POSTGRES_PASSWORD", "old"),
        ("POSTGRES_USER", "app"),
        ("POSTGRES_DB", "shop"),
    ]);
    let mut server = start(&first, "16.6", &mut files, T0);
    assert_eq!(server.readiness(true), Readiness::Silent);
    server.advance(&mut files, T0 + 1200);
    assert_eq!(
        (server.readiness(true), server.readiness(false)),
        (Readiness::Accepting, Readiness::Silent)
    );
    server.advance(&mut files, T0 + 1550);
    assert_eq!(server.readiness(true), Readiness::Rejecting);
    server.advance(&mut files, T0 + 1600);
    assert_eq!(server.readiness(false), Readiness::Accepting);
    let words = log(&mut server);
    for line in [
        "PostgreSQL init process complete; ready for start up.",
        "2026-01-01 00:00:01.500 UTC [1] LOG:  starting PostgreSQL 16.6 (Debian 16.6-1.pgdg120+1) on x86_64-pc-linux-gnu, \
         compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit",
        "2026-01-01 00:00:01.600 UTC [64] LOG:  database system was shut down at 2026-01-01 00:00:01 UTC",
        "2026-01-01 00:00:01.600 UTC [1] LOG:  database system is ready to accept connections",
    ] {
        assert!(words.contains(line), "{line}\n{words}");
    }
    let far = Origin::Network("10.244.1.7".into());
    let mut try_it = |server: &mut Postgres, user: &str, database: &str, password, origin: &Origin| {
        server
            .connect(
                &login(user, database, password, origin.clone()),
                &mut files,
                at(T0 + 5000),
            )
            .map(drop)
            .map_err(said)
    };
    assert_eq!(try_it(&mut server, "app", "shop", Some("old"), &far), Ok(()));
    assert_eq!(try_it(&mut server, "app", "shop", None, &Origin::Socket), Ok(()));
    assert_eq!(
        try_it(&mut server, "app", "shop", None, &far),
        Err("no password".into())
    );
    assert_eq!(
        try_it(&mut server, "app", "shop", Some("new"), &far),
        Err("FATAL: password authentication failed for user \"app\"".into())
    );
    assert_eq!(
        try_it(&mut server, "postgres", "shop", None, &Origin::Socket),
        Err("FATAL: role \"postgres\" does not exist".into())
    );
    assert_eq!(
        try_it(&mut server, "app", "nope", None, &Origin::Loopback),
        Err("FATAL: database \"nope\" does not exist".into())
    );
    server.signal(Signal::Kill, &mut files, T0 + 6000);
    assert_eq!(server.exit(), Some((137, T0 + 6000)));

    let mut again = start(&env(&[("POSTGRES_PASSWORD", "new")]), "16.6", &mut files, T0 + 7000);
    again.advance(&mut files, T0 + 7500);
    let words = log(&mut again);
    for line in [
        "PostgreSQL Database directory appears to contain a database; Skipping initialization",
        "database system was interrupted; last known up at 2026-01-01 00:00:01 UTC",
        "database system was not properly shut down; automatic recovery in progress",
        "database system is ready to accept connections",
    ] {
        assert!(words.contains(line), "{line}\n{words}");
    }
    let far = login("app", "shop", Some("new"), far);
    assert_eq!(
        again.connect(&far, &mut files, at(T0 + 8000)).map_err(said),
        Err("FATAL: password authentication failed for user \"app\"".into())
    );
}

#[test]
fn an_ext4_disk_mounted_as_the_data_directory_holds_lost_and_found() {
    let (mut layer, mut claim) = (Disk::empty(GIB), Disk::ext4(GIB));
    let mut files = Files::new(&mut layer);
    let claim = files.add(&mut claim);
    files.mount("/var/lib/postgresql/data", claim, "", false).unwrap();
    let plain = env(&[("POSTGRES_PASSWORD", "x")]);
    let mut server = start(&plain, "16", &mut files, T0);
    assert_eq!(server.exit(), Some((1, T0)));
    assert!(log(&mut server).ends_with(
        "initdb: error: directory \"/var/lib/postgresql/data\" exists but is not empty\n\
         initdb: detail: It contains a lost+found directory, perhaps due to it being a mount point.\n\
         initdb: hint: Using a mount point directly as the data directory is not recommended.\n\
         Create a subdirectory under the mount point.\n"
    ));
    let below = env(&[
        ("POSTGRES_PASSWORD", "x"),
        ("PGDATA", "/var/lib/postgresql/data/pgdata"),
    ]);
    let mut server = start(&below, "16", &mut files, T0);
    server.advance(&mut files, T0 + 2000);
    assert_eq!(server.readiness(false), Readiness::Accepting);
}

#[test]
fn another_major_version_refuses_the_files() {
    let mut disk = Disk::empty(GIB);
    let mut files = Files::new(&mut disk);
    let env = env(&[("POSTGRES_PASSWORD", "x")]);
    let mut old = start(&env, "14.9", &mut files, T0);
    old.advance(&mut files, T0 + 2000);
    old.signal(Signal::Int, &mut files, T0 + 3000);
    old.advance(&mut files, T0 + 4000);
    assert_eq!(old.exit(), Some((0, T0 + 3100)));
    let mut new = start(&env, "16.6", &mut files, T0 + 5000);
    assert_eq!(new.exit(), Some((1, T0 + 5000)));
    let words = log(&mut new);
    assert!(words.contains("[1] FATAL:  database files are incompatible with server\n"));
    assert!(words.contains(
        "DETAIL:  The data directory was initialized by PostgreSQL version 14, which is not compatible with this \
         version 16.6 (Debian 16.6-1.pgdg120+1).\n"
    ));
}

#[test]
fn eighteen_and_later_refuse_a_mount_at_the_old_place() {
    let (mut layer, mut claim) = (Disk::empty(GIB), Disk::empty(GIB));
    let mut files = Files::new(&mut layer);
    let claim = files.add(&mut claim);
    files.mount("/var/lib/postgresql/data", claim, "", false).unwrap();
    let mut server = start(&env(&[("POSTGRES_PASSWORD", "x")]), "18", &mut files, T0);
    assert_eq!(server.exit(), Some((1, T0)));
    let words = log(&mut server);
    assert!(words.starts_with("Error: in 18+, these Docker images are configured"));
    assert!(words.contains("\n         /var/lib/postgresql/data (unused mount/volume)\n"));
}

#[test]
fn initdb_that_is_killed_half_way_leaves_a_directory_that_no_server_starts_from() {
    let mut disk = Disk::empty(GIB);
    let mut files = Files::new(&mut disk);
    let env = env(&[("POSTGRES_PASSWORD", "x")]);
    let mut server = start(&env, "16", &mut files, T0);
    // The shell is process 1: SIGTERM does not reach initdb.
    server.signal(Signal::Term, &mut files, T0 + 100);
    assert_eq!(server.exit(), None);
    server.signal(Signal::Kill, &mut files, T0 + 200);
    let mut server = start(&env, "16", &mut files, T0 + 300);
    assert_eq!(server.exit(), Some((2, T0 + 300)));
    assert!(log(&mut server).contains("postgres: could not access the server configuration file"));
}

#[test]
fn a_smart_shutdown_waits_for_sessions_and_a_fast_one_ends_them() {
    let mut disk = Disk::empty(GIB);
    let mut files = Files::new(&mut disk);
    let env = env(&[("POSTGRES_PASSWORD", "x")]);
    let mut server = start(&env, "16", &mut files, T0);
    server.advance(&mut files, T0 + 2000);
    let here = login("postgres", "postgres", None, Origin::Socket);
    let session = server.connect(&here, &mut files, at(T0 + 2000)).unwrap();
    server.signal(Signal::Term, &mut files, T0 + 3000);
    server.advance(&mut files, T0 + 60_000);
    assert_eq!(server.exit(), None);
    assert_eq!(
        server.connect(&here, &mut files, at(T0 + 60_000)).map_err(said),
        Err("FATAL: the database system is shutting down".into())
    );
    let cut = server.clone().signal(Signal::Int, &mut files, T0 + 60_000);
    assert_eq!(cut, [session]);
    server.close(session, T0 + 60_000);
    server.advance(&mut files, T0 + 61_000);
    assert_eq!(server.exit(), Some((0, T0 + 60_100)));
    assert!(!files.exists("/var/lib/postgresql/data/postmaster.pid"));
}

#[test]
fn a_lock_file_counts_only_where_its_process_is_seen() {
    let mut disk = Disk::empty(GIB);
    let mut files = Files::new(&mut disk);
    let env = env(&[("POSTGRES_PASSWORD", "x")]);
    let mut first = start(&env, "16", &mut files, T0);
    first.advance(&mut files, T0 + 2000);
    let image = Image::from_tag(Layout::Official, "16").unwrap();
    let birth = Birth {
        image,
        env: &env,
        args: &[],
        durations: Durations::default(),
        pid: 8,
        alive: &[1],
    };
    let mut neighbour = Postgres::start(&birth, &mut files, T0 + 3000);
    assert_eq!(neighbour.exit(), Some((1, T0 + 3000)));
    assert!(log(&mut neighbour).contains("FATAL:  lock file \"postmaster.pid\" already exists"));
    // In another pod the same file looks stale: nothing keeps the second server out.
    let mut elsewhere = start(&env, "16", &mut files, T0 + 3000);
    elsewhere.advance(&mut files, T0 + 4000);
    assert_eq!(elsewhere.readiness(false), Readiness::Accepting);
}

#[test]
fn connections_end_at_the_limit() {
    let mut disk = Disk::empty(GIB);
    let mut files = Files::new(&mut disk);
    let env = env(&[("POSTGRES_PASSWORD", "x")]);
    let image = Image::from_tag(Layout::Official, "16").unwrap();
    let args = ["-c".to_owned(), "max_connections=2".to_owned()];
    let birth = Birth {
        image,
        env: &env,
        args: &args,
        durations: Durations::default(),
        pid: 1,
        alive: &[],
    };
    let mut server = Postgres::start(&birth, &mut files, T0);
    server.advance(&mut files, T0 + 2000);
    let here = login("postgres", "postgres", None, Origin::Socket);
    let mut connect = |server: &mut Postgres| server.connect(&here, &mut files, at(T0 + 2000)).map(drop).map_err(said);
    assert_eq!(connect(&mut server), Ok(()));
    assert_eq!(connect(&mut server), Ok(()));
    assert_eq!(
        connect(&mut server),
        Err("FATAL: sorry, too many clients already".into())
    );
}

#[test]
fn a_server_survives_serialisation() {
    let mut disk = Disk::empty(GIB);
    let mut files = Files::new(&mut disk);
    let mut server = start(&env(&[("POSTGRES_PASSWORD", "x")]), "16", &mut files, T0);
    server.advance(&mut files, T0 + 2000);
    let text = serde_json::to_string(&server).unwrap();
    assert_eq!(serde_json::from_str::<Postgres>(&text).unwrap(), server);
}

/// Starts a database at `pgdata` on a disk that is mounted at `/data`, or at the image's own place.
fn on_a_disk<R>(disk: &mut Disk, at: &str, slow: bool, act: impl FnOnce(&mut Files) -> R) -> R {
    let mut layer = Disk::empty(GIB);
    let mut files = Files::new(&mut layer);
    let id = files.add(disk);
    files.mount(at, id, "", false).unwrap();
    if slow {
        files.slow_down(id);
    }
    act(&mut files)
}

#[test]
fn a_disk_that_cannot_be_read_is_left_alone_and_named() {
    for (at, pgdata, words) in [
        (
            "/data",
            "/data/pg",
            "mkdir: cannot create directory ‘/data/pg’: Input/output error\n",
        ),
        (
            "/var/lib/postgresql/data",
            "/var/lib/postgresql/data",
            "chmod: changing permissions of '/var/lib/postgresql/data': Input/output error\n\
             find: ‘/var/lib/postgresql/data’: Input/output error\n",
        ),
    ] {
        let env = env(&[("POSTGRES_PASSWORD", "tea"), ("PGDATA", pgdata)]);
        let mut disk = Disk::empty(GIB);
        on_a_disk(&mut disk, at, false, |files| {
            let mut server = start(&env, "16", files, T0);
            server.advance(files, T0 + 5_000);
            assert_eq!(server.readiness(false), Readiness::Accepting);
            server.signal(Signal::Kill, files, T0 + 5_000);
        });
        let before = disk.clone();
        disk.set_failing(true);
        on_a_disk(&mut disk, at, false, |files| {
            let mut server = start(&env, "16", files, T0 + 6_000);
            assert_eq!(
                (server.exit(), log(&mut server).as_str()),
                (Some((1, T0 + 6_000)), words)
            );
        });
        disk.set_failing(false);
        assert_eq!(disk, before, "the rows are where they were");
    }
}

#[test]
fn a_slow_disk_makes_a_start_and_each_commit_longer_and_a_sound_one_nothing() {
    let env = env(&[("POSTGRES_PASSWORD", "tea"), ("PGDATA", "/data/pg")]);
    let busy = |slow: bool| {
        let mut disk = Disk::empty(GIB);
        on_a_disk(&mut disk, "/data", slow, |files| {
            let mut server = start(&env, "16", files, T0);
            let ready = (0..60_000).step_by(100).find(|ms| {
                server.advance(files, T0 + ms);
                server.readiness(false) == Readiness::Accepting
            });
            let now = T0 + 60_000;
            let login = login("postgres", "postgres", None, Origin::Socket);
            let session = server.connect(&login, files, at(now)).map_err(said).unwrap();
            let mut ask = |sql: &str| {
                let answer = server.at_its_pace(files, 300, |server, files| server.run(session, sql, files, at(now)));
                answer.expect("it answers").busy_ms
            };
            let first = ask("CREATE TABLE t (i int)");
            let insert = ask("INSERT INTO t VALUES (1)");
            (ready, first, insert, ask("SELECT * FROM t"), ask("SELECT pg_sleep(1)"))
        })
    };
    assert_eq!(busy(false), (Some(1_600), 0, 0, 0, 1_000));
    // The first statement reads the database too; a row that is in memory is read as fast as ever.
    assert_eq!(busy(true), (Some(16_000), 600, 300, 0, 1_000));
}
