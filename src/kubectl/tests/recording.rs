//! What the verbs that change something say, one after the other on one cluster, against a recording of the real kubectl.

use super::Still;
use crate::kubectl::{Window, run};
use crate::store::Store;

const RECORDED: &str = include_str!("../../../tests/golden/kubectl-verbs.txt");

/// The objects of the recording, as far as its screens show them.
const CLUSTER: &str = include_str!("../../../tests/fixtures/kubectl-verbs.yaml");

/// A file of the recording: an object that is there.
const THERE: &str =
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: pg-0\nspec:\n  containers:\n  - {name: postgres, image: busybox}\n";

/// Another: an object that is not there.
const MISSING: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels: {app: pg}\nspec:\n  containers:\n  - {name: c, image: busybox}\n";

/// Parts the words of a line; quotes of either kind hold a word together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => (quote, begun) = (Some(c), true),
            (None, ' ') => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (None, c) => word.push(c),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    words
}

#[test]
fn verbs_say_what_the_real_kubectl_says() {
    let mut cluster = Still::new(Store::default());
    for (name, text) in [("cluster.yaml", CLUSTER), ("rs.yaml", THERE), ("one.yaml", MISSING)] {
        cluster.files.insert(name.to_owned(), text.to_owned());
    }
    let files = cluster.files.clone();
    let mut say = |line: &str| {
        let mut window = Window {
            cluster: &mut cluster,
            files: &files,
            namespace: "default",
            stdin: "",
        };
        run(&mut window, &words(line))
    };
    let created = say("create -f cluster.yaml");
    assert_eq!(created.code, 0, "{}", created.terminal());
    let (mut compared, mut different) = (0, Vec::new());
    for part in RECORDED.split("\n$ kubectl ") {
        let (command, rest) = part
            .trim_start_matches("$ kubectl ")
            .split_once('\n')
            .expect("a command has a line");
        let (said, code) = rest.rsplit_once("=== ").expect("a case ends with its exit code");
        let outcome = say(command);
        compared += 1;
        // A form without a newline of its own is recorded as a line.
        let terminal = outcome.terminal();
        let ours = if terminal.is_empty() || terminal.ends_with('\n') {
            terminal
        } else {
            terminal + "\n"
        };
        if ours != said || outcome.code.to_string() != code.trim() {
            let code = code.trim();
            different.push(format!(
                "$ kubectl {command}\n--- ours ({})\n{ours}--- theirs ({code})\n{said}",
                outcome.code
            ));
        }
    }
    println!("{} of {compared} screens are the same", compared - different.len());
    assert!(compared > 70, "{compared} screens are recorded");
    assert!(different.is_empty(), "{}", different.join("\n"));
}
