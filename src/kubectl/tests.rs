//! Whole screens of a real kubectl 1.32 against a real API server, compared with ours.
//!
//! Each file under `tests/golden/kubectl` holds screens of one recording: a command line, the objects that it shows (one
//! a line, as JSON), `---`, the screen, and `===` with the exit code. The objects were written down from the recordings;
//! it is nine o'clock.

use super::cluster::{Cluster, NoFiles};
use super::{Window, run};
use crate::api::{Key, Kind, Object, Time};
use crate::programs::outcome::Outcome;
use crate::store::{DeleteOptions, Refusal, Store};
use serde_json::Value;
use std::fs;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/kubectl");

/// 2026-11-22T09:00:00Z.
const NOW: Time = Time(1_795_338_000_000);

/// A cluster that stands still: it can be looked at.
struct Still(Store);

impl Cluster for Still {
    fn store(&self) -> &Store {
        &self.0
    }

    fn now(&self) -> Time {
        NOW
    }

    fn create(&mut self, _: Object) -> Result<Object, Refusal> {
        Err(Refusal::Unreachable)
    }

    fn update(&mut self, _: Object) -> Result<Object, Refusal> {
        Err(Refusal::Unreachable)
    }

    fn update_status(&mut self, _: Object) -> Result<Object, Refusal> {
        Err(Refusal::Unreachable)
    }

    fn delete(&mut self, _: &Key, _: &DeleteOptions) -> Result<Option<Object>, Refusal> {
        Err(Refusal::Unreachable)
    }

    fn evict(&mut self, _: &Key, _: Option<i64>) -> Result<(), Refusal> {
        Err(Refusal::Unreachable)
    }

    fn pass(&mut self, _: Time) -> bool {
        false
    }

    fn exec(&mut self, _: &Key, _: &str, _: &[String], _: &str) -> Result<Outcome, String> {
        Err("nothing runs here".to_owned())
    }

    fn logs(&self, _: &Key, _: &str, _: bool) -> Result<Vec<(Time, String)>, String> {
        Err("nothing runs here".to_owned())
    }
}

/// One screen of a recording.
struct Screen {
    command: String,
    store: Store,
    expected: String,
    code: i32,
}

fn screens(text: &str) -> Vec<Screen> {
    let mut screens = Vec::new();
    let mut lines = text.lines();
    while let Some(command) = lines.next() {
        let mut screen = Screen {
            command: command.trim_start_matches("$ kubectl ").to_owned(),
            store: Store::default(),
            expected: String::new(),
            code: 0,
        };
        for line in lines.by_ref().take_while(|line| *line != "---") {
            screen.store.place(object(line));
        }
        for line in lines.by_ref() {
            if let Some(code) = line.strip_prefix("=== ") {
                screen.code = code.parse().expect("an exit code");
                break;
            }
            screen.expected.push_str(line);
            screen.expected.push('\n');
        }
        screens.push(screen);
    }
    screens
}

fn object(line: &str) -> Object {
    let tree: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
    let text = |field: &str| tree[field].as_str().unwrap_or("").to_owned();
    let kind = Kind::of(&text("apiVersion"), &text("kind")).unwrap_or_else(|| panic!("unknown kind: {line}"));
    Object::from_value(&kind, tree).unwrap_or_else(|why| panic!("{why}: {line}"))
}

#[test]
fn screens_are_those_of_the_real_kubectl() {
    let folder = std::env::var("PGLAB_SCREENS").unwrap_or(FOLDER.to_owned());
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the screens are in the tree")
        .flatten()
        .map(|f| f.path())
        .collect();
    files.sort();
    let (mut compared, mut different) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).expect("a screen file is text");
        for screen in screens(&text) {
            compared += 1;
            let args: Vec<String> = screen.command.split_whitespace().map(ToOwned::to_owned).collect();
            let mut window = Window {
                cluster: &mut Still(screen.store),
                files: &NoFiles,
                namespace: "default",
                stdin: "",
            };
            let outcome = run(&mut window, &args);
            if outcome.terminal() != screen.expected || outcome.code != screen.code {
                different.push(format!(
                    "$ kubectl {}\n--- ours ({})\n{}--- theirs ({})\n{}",
                    screen.command,
                    outcome.code,
                    outcome.terminal(),
                    screen.code,
                    screen.expected
                ));
            }
        }
    }
    println!("{} of {compared} screens are the same", compared - different.len());
    assert!(different.is_empty(), "{}", different.join("\n"));
}
