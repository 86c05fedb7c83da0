//! A folder that can be read and not written: whoever only looks still sees.

use super::*;

/// Lets every landing fail, as on a disk that is full.
fn fill(lab: &Lab) {
    database(lab)
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
        )
        .unwrap();
}

fn make_room(lab: &Lab) {
    database(lab).execute_batch("DROP TRIGGER full").unwrap();
}

fn database(lab: &Lab) -> rusqlite::Connection {
    rusqlite::Connection::open(lab.path().join("pglab.db")).unwrap()
}

/// Runs a line without insisting that it is kept.
fn try_k(lab: &Lab, line: &str, stdin: &str) -> Result<String, Trouble> {
    let mut session = lab.open(&format!("kubectl {line}"));
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
    session.close()?;
    Ok(outcome.terminal())
}

#[test]
fn whoever_looks_at_a_full_disk_still_sees_and_is_told() {
    let lab = Lab::new(Pace::Wall(1));
    lab.k("apply -f -", WEB);
    fill(&lab);
    // So much time that it would be written.
    lab.wall.now.set(lab.wall.now.get() + 300_000);
    let shown = try_k(&lab, "get nodes", "").unwrap();
    assert!(shown.contains("node-a1"), "{shown}");
    let told = lab.wall.told.take();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("can only be looked at") && told[0].contains("full"),
        "{told:?}"
    );
    // What is asked of the cluster is refused as before, and does not happen.
    let refused = try_k(&lab, "delete deployment web", "").unwrap_err();
    assert!(refused.what.contains("full"), "{refused}");
    make_room(&lab);
    assert!(try_k(&lab, "get deployment web", "").unwrap().contains("2/2"));
    assert_eq!(lab.wall.told.take(), Vec::<String>::new());
}

#[test]
fn a_watch_on_a_full_disk_goes_on_and_forgets_nothing() {
    let lab = Lab::new(Pace::Wall(1));
    lab.k("apply -f -", WEB);
    fill(&lab);
    lab.wall.now.set(lab.wall.now.get() + 120_000);
    let path = lab.path();
    lab.wall.meanwhile.borrow_mut().push(Box::new(move || {
        let connection = rusqlite::Connection::open(path.join("pglab.db")).unwrap();
        connection.execute_batch("DROP TRIGGER full").unwrap();
    }));
    let shown = try_k(&lab, "wait --for=delete deployment/web --timeout=30s", "").unwrap();
    assert!(shown.contains("timed out waiting"), "{shown}");
    assert_eq!(lab.wall.told.take().len(), 1, "it is told once");
    let mut session = lab.open("verify");
    assert!(session.world().now() > Time::EPOCH + 180_000);
    let verified = session.verify().unwrap();
    assert!(verified.entries > 2, "what passed was kept as soon as there was room");
    assert_eq!(verified.differs, None);
}

#[test]
fn time_that_somebody_asked_for_is_not_passed_on_a_full_disk() {
    let lab = Lab::new(Pace::Paused);
    fill(&lab);
    let mut session = lab.open("pglab time advance 1m");
    let until = session.world().now() + 60_000;
    session.pass_until(until);
    assert!(session.close().unwrap_err().what.contains("full"));
}
