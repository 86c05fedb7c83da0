//! Folders, each as a short story.

mod keyboard;
mod unwritable;

use super::*;
use crate::api::{Key, Kind, Pod, Time};
use crate::kubectl::{Cluster, NoFiles, Window, run};
use crate::sim::{ClusterSpec, Fault, Input, World};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tempfile::TempDir;

/// A wall clock that is set by hand; sleeping moves it, and lets somebody else act.
#[derive(Default)]
struct Hand {
    now: Cell<i64>,
    told: RefCell<Vec<String>>,
    meanwhile: RefCell<Vec<Box<dyn FnOnce()>>>,
    /// What the person at the keyboard types, the next at the end; None: there is no keyboard.
    typed: RefCell<Option<Vec<String>>>,
    /// What the person was asked with.
    asked: RefCell<Vec<String>>,
}

impl Wall for Hand {
    fn now_ms(&self) -> i64 {
        self.now.get()
    }

    fn sleep(&self, ms: i64) {
        self.now.set(self.now.get() + ms);
        let next = self.meanwhile.borrow_mut().pop();
        if let Some(act) = next {
            act();
        }
    }

    fn has_keyboard(&self) -> bool {
        self.typed.borrow().is_some()
    }

    fn ask(&self, prompt: &str) -> Option<String> {
        self.asked.borrow_mut().push(prompt.to_owned());
        self.sleep(1_000);
        self.typed.borrow_mut().as_mut()?.pop()
    }

    fn tell(&self, words: &str) {
        self.told.borrow_mut().push(words.to_owned());
    }
}

struct Lab {
    dir: TempDir,
    wall: Hand,
}

impl Lab {
    fn new(pace: Pace) -> Self {
        let lab = Self {
            dir: tempfile::tempdir().unwrap(),
            wall: Hand::default(),
        };
        lab.wall.now.set(1_000_000);
        let plan = Plan {
            spec: ClusterSpec::default(),
            seed: 1,
            settings: BTreeMap::new(),
            pace,
            storage_class: true,
        };
        Folder::create(&lab.path(), Some(lab.diaries()), &plan, &lab.wall).unwrap();
        lab
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("cluster")
    }

    fn diaries(&self) -> PathBuf {
        self.dir.path().join("journals")
    }

    fn folder(&self) -> Folder {
        Folder::at(&self.path(), Some(self.diaries())).unwrap()
    }

    fn open(&self, words: &str) -> Session<'_> {
        self.folder().open(words, &self.wall).unwrap()
    }

    fn k(&self, line: &str, stdin: &str) -> (i32, String) {
        let mut session = self.open(&format!("kubectl {line}"));
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let outcome = run(
            &mut Window {
                cluster: &mut session,
                files: &NoFiles,
                namespace: "default",
                stdin,
            },
            &args,
        );
        session.close().unwrap();
        (outcome.code, outcome.terminal())
    }

    fn bytes(&self) -> Vec<u8> {
        self.open("look").world().to_bytes()
    }
}

const WEB: &str = "
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

const DATABASE: &str = "
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

fn pods(session: &Session<'_>) -> Vec<String> {
    let pods = session.world().store().list::<Pod>("default");
    pods.map(|pod| pod.metadata.name.to_string()).collect()
}

/// Compares two worlds byte for byte, and shows where they part.
fn same(one: &World, other: &World, when: &str) {
    let (one, other) = (one.to_bytes(), other.to_bytes());
    if one == other {
        return;
    }
    let at = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let around = |bytes: &[u8]| {
        let part = &bytes[at.saturating_sub(300)..(at + 100).min(bytes.len())];
        String::from_utf8_lossy(part).into_owned()
    };
    panic!(
        "{when}: they part at byte {at}: {:?} … and {:?}",
        around(&one),
        around(&other)
    );
}

#[test]
fn a_saved_world_goes_on_as_if_nothing_had_been() {
    let mut world = ClusterSpec::default().world(7, crate::cloud::Settings::default());
    let class = crate::workspace::folder::default_class();
    world.create(class).unwrap();
    let mut files = BTreeMap::new();
    files.insert("db.yaml".to_owned(), format!("{DATABASE}---{WEB}"));
    let args = ["apply", "-f", "db.yaml"].map(str::to_owned);
    let window = &mut Window {
        cluster: &mut world,
        files: &files,
        namespace: "default",
        stdin: "",
    };
    assert_eq!(run(window, &args).code, 0);
    // Saved in the middle of things, again and again, and once with its past cut off.
    for round in 0..12 {
        world.run_for(700);
        let mut other = World::from_bytes(&world.to_bytes()).unwrap();
        same(&world, &other, &format!("round {round}, read back"));
        other.forget();
        other.befall(&Fault::StopNode("node-a1".into()));
        let mut unsaved = world.clone();
        unsaved.befall(&Fault::StopNode("node-a1".into()));
        other.run_for(400_000);
        unsaved.run_for(400_000);
        other.forget();
        unsaved.forget();
        same(&unsaved, &other, &format!("round {round}, gone on"));
    }
}

#[test]
fn time_follows_the_wall_clock_between_commands_and_sleeps_after_ten_minutes() {
    let lab = Lab::new(Pace::Wall(1));
    assert_eq!(lab.k("apply -f -", WEB).0, 0);
    lab.wall.now.set(lab.wall.now_ms() + 3_000);
    let (_, soon) = lab.k("get pods", "");
    assert!(soon.contains("ContainerCreating") && soon.contains(" 3s"), "{soon}");
    lab.wall.now.set(lab.wall.now_ms() + 9_000);
    let (_, later) = lab.k("get pods", "");
    assert!(later.contains("Running") && later.contains(" 12s"), "{later}");
    lab.wall.now.set(lab.wall.now_ms() + 8 * 3_600_000);
    let session = lab.open("look");
    assert_eq!(session.slept_ms(), 8 * 3_600_000 + 12_000 - 600_000);
    session.close().unwrap();
    let (_, morning) = lab.k("get pods", "");
    assert!(morning.contains(" 10m"), "{morning}");
}

#[test]
fn a_watch_does_not_hold_time_up() {
    let lab = Lab::new(Pace::Wall(1));
    lab.k("apply -f -", WEB);
    let before = lab.open("look").world().now();
    let wall = lab.wall.now_ms();
    // A watch of some minutes: it keeps the cluster awake, and lands now and then.
    let mut session = lab.open("kubectl get pods -w");
    for _ in 0..3_000 {
        let until = session.now() + 3_600_000;
        Cluster::pass(&mut session, until);
    }
    session.close().unwrap();
    let passed = lab.wall.now_ms() - wall;
    let session = lab.open("look");
    assert_eq!(session.world().now() - before, passed);
    assert!(session.head < 2 + (passed / 60_000) as u32, "{} landings", session.head);
}

#[test]
fn paused_time_moves_by_itself_only_for_commands_that_wait() {
    let lab = Lab::new(Pace::Paused);
    lab.k("apply -f -", WEB);
    lab.wall.now.set(lab.wall.now_ms() + 60_000);
    assert!(lab.k("get pods", "").1.contains("No resources found"));
    let (code, said) = lab.k("rollout status deployment/web", "");
    assert_eq!((code, said.contains("successfully rolled out")), (0, true), "{said}");
    let session = lab.open("look");
    assert_eq!(pods(&session).len(), 2);
}

#[test]
fn a_journal_plays_to_the_same_world_byte_for_byte() {
    let lab = Lab::new(Pace::Wall(10));
    lab.k("apply -f -", DATABASE);
    let mut landed = BTreeMap::new();
    for step in 0..40 {
        lab.wall.now.set(lab.wall.now_ms() + 1_700);
        match step % 8 {
            0 => drop(lab.k("delete pod db-0 --wait=false", "")),
            2 => drop(lab.k("scale sts/db --replicas=2", "")),
            4 => {
                let mut session = lab.open("fault");
                session.take(Input::Fault(Fault::Partition("node-b1".into())));
                session.close().unwrap();
            }
            6 => drop(lab.k("exec db-0 -- psql -U postgres -c 'create table t(i int)'", "")),
            _ => drop(lab.k("get pods", "")),
        }
        let session = lab.open("look");
        landed.insert(session.vault.head().unwrap(), session.vault.world().unwrap());
    }
    let session = lab.open("look");
    let mut world = super::folder::first_world(session.state());
    for entry in session.vault.entries(0).unwrap() {
        entry.play(&mut world);
        if let Some(there) = landed.get(&entry.number) {
            same(there, &world, &format!("entry {}, {}", entry.number, entry.words));
        }
    }
    session.close().unwrap();
    let mut session = lab.open("verify");
    let verified = session.verify().unwrap();
    assert_eq!(verified.differs, None);
    assert!(verified.entries > 15, "{verified:?}");
}

#[test]
fn going_back_returns_the_rows_too_and_undo_takes_back_one_command_at_a_time() {
    let lab = Lab::new(Pace::Paused);
    lab.k("apply -f -", DATABASE);
    lab.k("rollout status sts/db", "");
    let sql = |sql: &str| {
        let mut session = lab.open(sql);
        let command = ["psql", "-U", "postgres", "-tAc", sql].map(str::to_owned);
        let key = Key::new(Kind::Pod, "default", "db-0");
        let outcome = Cluster::exec(&mut session, &key, "postgres", &command, "").unwrap();
        session.close().unwrap();
        outcome.terminal().trim().to_owned()
    };
    sql("create table t(i int)");
    for i in 0..40 {
        sql(&format!("insert into t values ({i})"));
    }
    assert_eq!(sql("select count(*) from t"), "40");
    let moments = lab.open("log").moments().unwrap();
    let tenth = moments
        .iter()
        .find(|m| m.words == "insert into t values (9)")
        .unwrap()
        .number;
    let mut session = lab.open("back");
    session.back_to(tenth).unwrap();
    session.close().unwrap();
    assert_eq!(sql("select count(*) from t"), "10");
    let undone = |expected: &str| {
        let mut session = lab.open(UNDO);
        assert_eq!(session.undo().unwrap(), expected);
        session.close().unwrap();
    };
    undone("select count(*) from t");
    undone("back");
    assert_eq!(sql("select count(*) from t"), "40");
    undone("select count(*) from t");
    undone("select count(*) from t");
    undone("insert into t values (39)");
    assert_eq!(sql("select count(*) from t"), "39");
    let mut session = lab.open("verify");
    assert_eq!(session.verify().unwrap().differs, None);
}

#[test]
fn going_back_by_a_span_keeps_what_was_done_before() {
    let lab = Lab::new(Pace::Wall(1));
    lab.k("apply -f -", WEB);
    lab.wall.now.set(lab.wall.now_ms() + 20_000);
    lab.k("scale deploy/web --replicas=5", "");
    lab.wall.now.set(lab.wall.now_ms() + 20_000);
    let mut session = lab.open("back");
    let at = session.world().now() + -10_000;
    assert_eq!(session.back_until(at).unwrap(), at);
    assert_eq!(pods(&session).len(), 5);
    session.close().unwrap();
    let mut session = lab.open("back");
    let at = session.world().now() + -15_000;
    session.back_until(at).unwrap();
    assert_eq!(pods(&session).len(), 2);
    assert!(session.back_until(Time::EPOCH).is_err());
    assert!(session.back_to(99).unwrap_err().what.contains("no step 99"));
}

#[test]
fn a_command_that_waits_lets_others_in() {
    let lab = Lab::new(Pace::Wall(1));
    lab.k("apply -f -", WEB);
    lab.wall.now.set(lab.wall.now_ms() + 20_000);
    // While `kubectl wait` sleeps, somebody else deletes what it waits for.
    let (path, diaries) = (lab.path(), lab.diaries());
    let at = lab.wall.now_ms() + 50;
    lab.wall.meanwhile.borrow_mut().push(Box::new(move || {
        let wall = Hand::default();
        wall.now.set(at);
        let mut session = Folder::at(&path, Some(diaries))
            .unwrap()
            .open("kubectl delete deploy web", &wall)
            .unwrap();
        Cluster::delete(
            &mut session,
            &Key::new(Kind::Deployment, "default", "web"),
            &Default::default(),
        )
        .unwrap();
        session.close().unwrap();
    }));
    let (code, said) = lab.k("wait deploy/web --for=delete --timeout=60s", "");
    assert_eq!((code, said.as_str()), (0, "deployment.apps/web condition met\n"));
}

#[test]
fn what_is_not_ours_is_refused_and_left_alone() {
    let lab = Lab::new(Pace::Paused);
    let database = lab.path().join("pglab.db");
    let whole = std::fs::read(&database).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(&database, bytes).unwrap();
        let trouble = lab.folder().open("look", &lab.wall).err().expect("it is refused");
        assert_eq!(std::fs::read(&database).unwrap(), bytes, "it is left alone");
        trouble.what
    };
    assert!(refused(b"").contains("cut off"));
    assert!(refused(&[7; 5_000]).contains("does not begin as a database"));
    let mut foreign = whole.clone();
    foreign[68..72].copy_from_slice(&[0; 4]);
    assert!(refused(&foreign).contains("another program's"));
    let mut newer = whole.clone();
    newer[60..64].copy_from_slice(&9_i32.to_be_bytes());
    assert!(refused(&newer).contains("newer pglab"));
    refused(&whole[..whole.len() / 2]);
    std::fs::write(&database, &whole).unwrap();
    let rows = rusqlite::Connection::open(&database).unwrap();
    rows.execute("UPDATE state SET text = json_set(text, '$.rules', 999)", [])
        .unwrap();
    drop(rows);
    let older = lab.folder().open("look", &lab.wall).err().unwrap();
    assert!(older.what.contains("rules of version 999"), "{older}");
    std::fs::write(&database, &whole).unwrap();
    lab.open("look").close().unwrap();
}

#[test]
fn a_broken_folder_is_made_again_from_the_journal_elsewhere() {
    let lab = Lab::new(Pace::Wall(1));
    lab.k("apply -f -", DATABASE);
    lab.wall.now.set(lab.wall.now_ms() + 30_000);
    lab.k("annotate sts/db a=b", "");
    let before = lab.bytes();
    let id = lab.open("look").state().id.clone();
    std::fs::write(lab.path().join("pglab.db"), b"gone").unwrap();
    let (state, entries) = read_journal(&lab.diaries(), &id).unwrap();
    assert_eq!(entries.len(), 3);
    Folder::restore(&lab.path(), Some(lab.diaries()), &state, entries, &lab.wall).unwrap();
    assert_eq!(lab.bytes(), before);
    assert!(lab.path().join("pglab.db.damaged").exists(), "nothing is thrown away");
    lab.k("annotate sts/db a-", "");
    assert_eq!(lab.open("verify").verify().unwrap().differs, None);
}

#[test]
fn a_folder_has_one_cluster_and_delete_leaves_other_files() {
    let lab = Lab::new(Pace::Paused);
    std::fs::write(lab.path().join("mine.yaml"), "a: b").unwrap();
    let plan = Plan {
        spec: ClusterSpec::default(),
        seed: 1,
        settings: BTreeMap::new(),
        pace: Pace::Paused,
        storage_class: false,
    };
    let twice = Folder::create(&lab.path(), None, &plan, &lab.wall).unwrap_err();
    assert!(twice.what.contains("already"));
    lab.folder().delete(&lab.wall).unwrap();
    let left: Vec<_> = std::fs::read_dir(lab.path())
        .unwrap()
        .flatten()
        .map(|e| e.file_name())
        .collect();
    assert_eq!(left, ["mine.yaml"]);
    assert!(
        Folder::find(&lab.path(), None)
            .unwrap_err()
            .hint
            .contains("cluster create")
    );
}

#[test]
fn rows_on_volumes_stand_in_files() {
    let lab = Lab::new(Pace::Paused);
    lab.k("apply -f -", DATABASE);
    lab.k("rollout status sts/db", "");
    lab.k(
        "exec -i db-0 -- psql -U postgres",
        "create table orders(id int, what text); insert into orders values (1, 'tea');",
    );
    let file = lab.path().join("volumes/data-db-0.postgres.db");
    let rows = rusqlite::Connection::open(file).unwrap();
    let row: (i64, String) = rows
        .query_row("SELECT * FROM orders", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(row, (1, "tea".to_owned()));
}

#[test]
fn what_was_refused_leaves_no_trace() {
    let lab = Lab::new(Pace::Paused);
    let before = lab.bytes();
    assert_eq!(lab.k("delete pod nobody", "").0, 1);
    assert_eq!(lab.k("get pods", "").0, 0);
    assert_eq!(lab.bytes(), before);
    assert_eq!(lab.open("log").moments().unwrap().len(), 1);
}
