//! Whole screens of a real kubectl 1.32 against a real API server, compared with ours.
//!
//! Each file under `tests/golden/kubectl` holds screens of one recording: a command line, the objects that it shows (one
//! a line, as JSON), `---`, the screen, and `===` with the exit code. The objects were written down from the recordings;
//! it is nine o'clock.

use super::Still;
use crate::api::{Kind, Object};
use crate::store::Store;
use serde_json::Value;
use std::fs;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/kubectl");

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
            let outcome = Still::new(screen.store).say(&screen.command);
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
