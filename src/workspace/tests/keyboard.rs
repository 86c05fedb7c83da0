//! Somebody at the keyboard, and somebody else at another terminal.

use super::*;
use crate::programs::outcome::Outcome;

const DB: &str = "
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  containers:
  - name: postgres
    image: postgres:16.4
    env: [{name: POSTGRES_PASSWORD, value: secret}]
    readinessProbe: {exec: {command: [pg_isready]}, periodSeconds: 1}
";

/// Files that are none; what was said is kept in order.
#[derive(Default)]
struct Screen(RefCell<String>);

impl crate::kubectl::Files for Screen {
    fn read(&self, path: &str) -> Result<Vec<(String, String)>, String> {
        NoFiles.read(path)
    }

    fn show(&self, said: &mut Outcome) {
        self.0.borrow_mut().push_str(&said.terminal());
        said.said.clear();
    }
}

impl Lab {
    fn with_database() -> Self {
        let lab = Self::new(Pace::Wall(1));
        assert_eq!(lab.k("apply -f -", DB).0, 0);
        assert_eq!(lab.k("wait --for=condition=Ready pod/db --timeout=120s", "").0, 0);
        lab
    }

    /// Gives a command and types lines; returns its exit code, and all that was on the screen.
    fn types(&self, line: &str, lines: &[&str]) -> (i32, String) {
        let lines = lines.iter().rev().map(|line| (*line).to_owned()).collect();
        *self.wall.typed.borrow_mut() = Some(lines);
        let screen = Screen::default();
        let mut session = self.open(&format!("kubectl {line}"));
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut outcome = run(
            &mut Window {
                cluster: &mut session,
                files: &screen,
                namespace: "default",
                stdin: "",
            },
            &args,
        );
        session.close().unwrap();
        let code = outcome.code;
        crate::kubectl::Files::show(&screen, &mut outcome);
        *self.wall.typed.borrow_mut() = None;
        (code, screen.0.into_inner())
    }
}

#[test]
fn psql_asks_for_one_line_after_the_other_and_remembers() {
    let lab = Lab::with_database();
    let lines = [
        "CREATE TABLE t (a int);",
        "BEGIN;",
        "INSERT INTO t",
        "VALUES (1);",
        "SELECT nonsense;",
        "ROLLBACK;",
        "\\t",
        "SELECT count(*) FROM t;",
        "\\q",
    ];
    let (code, screen) = lab.types("exec -it db -- psql -U postgres", &lines);
    assert_eq!(code, 0, "{screen}");
    let asked = lab.wall.asked.borrow();
    assert_eq!(
        *asked,
        [
            "postgres=# ",
            "postgres=# ",
            "postgres=*# ",
            "postgres-*# ",
            "postgres=*# ",
            "postgres=!# ",
            "postgres=# ",
            "postgres=# ",
            "postgres=# ",
        ]
    );
    let expected = "CREATE TABLE\nBEGIN\nINSERT 0 1\nERROR:  column \"nonsense\" does not exist\n";
    assert!(screen.contains(expected), "{screen}");
    assert!(screen.ends_with("ROLLBACK\nTuples only is on.\n     0\n\n"), "{screen}");
    // Every line is in the journal, and plays again.
    assert_eq!(lab.open("pglab cluster verify").verify().unwrap().differs, None);
}

#[test]
fn a_shell_goes_on_until_exit_and_gives_its_status() {
    let lab = Lab::with_database();
    let (code, screen) = lab.types("exec -it db -- sh", &["cd /tmp", "pwd", "exit 3"]);
    assert_eq!(
        (code, screen.as_str()),
        (3, "/tmp\ncommand terminated with exit code 3\n")
    );
    let (code, screen) = lab.types("exec -it db -- nosuch", &["exit"]);
    assert_eq!(code, 1);
    assert!(screen.contains("executable file not found"), "{screen}");
}

#[test]
fn psql_may_be_called_from_a_shell_and_gives_it_back() {
    let lab = Lab::with_database();
    let lines = ["psql -U postgres -t", "SELECT 40 + 2;", "\\q", "echo back $?", "exit"];
    let (code, screen) = lab.types("exec -it db -- sh", &lines);
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("       42\n") && screen.ends_with("back 0\n"),
        "{screen}"
    );
    let expected = ["# ", "postgres=# ", "postgres=# ", "# ", "# "];
    assert_eq!(*lab.wall.asked.borrow(), expected);
    assert_eq!(lab.open("pglab cluster verify").verify().unwrap().differs, None);
}

#[test]
fn a_pod_that_is_run_to_be_talked_to_ends_when_its_shell_does() {
    let lab = Lab::new(Pace::Wall(1));
    let run = "run -i --tty --image busybox:1.28 test --restart=Never --rm";
    let (code, screen) = lab.types(run, &["echo hello", "exit"]);
    assert_eq!(code, 0, "{screen}");
    assert_eq!(
        screen,
        "If you don't see a command prompt, try pressing enter.\nhello\npod \"test\" deleted\n"
    );
    assert_eq!(*lab.wall.asked.borrow(), ["/ # ", "/ # "]);
    assert!(lab.k("get pod test", "").1.contains("not found"));
}

#[test]
fn somebody_else_may_take_the_pod_away_meanwhile() {
    let lab = Lab::with_database();
    let (path, diaries) = (lab.path(), lab.diaries());
    let kill = move || {
        let wall = Hand::default();
        wall.now.set(2_000_000);
        let folder = Folder::at(&path, Some(diaries)).unwrap();
        let mut session = folder.open("kubectl delete", &wall).unwrap();
        let args = ["delete", "pod", "db", "--force", "--grace-period=0"].map(str::to_owned);
        run(
            &mut Window {
                cluster: &mut session,
                files: &NoFiles,
                namespace: "default",
                stdin: "",
            },
            &args,
        );
        session.close().unwrap();
    };
    lab.wall.meanwhile.borrow_mut().push(Box::new(kill));
    let (code, screen) = lab.types("exec -it db -- psql -U postgres", &["SELECT 1;", "SELECT 2;"]);
    assert_eq!(code, 137, "{screen}");
    assert!(screen.ends_with("command terminated with exit code 137\n"), "{screen}");
}
