//! What kubectl says when it is used wrongly, word for word, with its exit code.

use super::Still;
use crate::kubectl::{Window, run};
use crate::store::Store;

const RECORDED: &str = include_str!("../../../tests/golden/kubectl-usage.txt");

/// The only file of the recordings.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels: {app: pg}\nspec:\n  containers:\n  - {name: c, image: busybox}\n";

/// One wrong use: the words, what the real kubectl said on both streams, and its exit code.
fn cases() -> Vec<(&'static str, &'static str, i32)> {
    let mut cases = Vec::new();
    for part in RECORDED
        .split("\n$ kubectl ")
        .map(|part| part.trim_start_matches("$ kubectl "))
    {
        let (command, rest) = part.split_once('\n').expect("a command has a line");
        let (said, code) = rest.rsplit_once("=== ").expect("a case ends with its exit code");
        cases.push((command, said, code.trim().parse().expect("an exit code")));
    }
    cases
}

#[test]
fn wrong_uses_are_refused_in_kubectls_words() {
    let mut different = Vec::new();
    let cases = cases();
    for (command, said, code) in &cases {
        let mut cluster = Still::new(Store::default());
        cluster.files.insert("one.yaml".to_owned(), POD.to_owned());
        let files = cluster.files.clone();
        let mut window = Window {
            cluster: &mut cluster,
            files: &files,
            namespace: "default",
            stdin: "",
        };
        let args: Vec<String> = command.split_whitespace().map(ToOwned::to_owned).collect();
        let outcome = run(&mut window, &args);
        if outcome.terminal() != *said || outcome.code != *code {
            different.push(format!(
                "$ kubectl {command}\n--- ours ({})\n{}--- theirs ({code})\n{said}",
                outcome.code,
                outcome.terminal()
            ));
        }
    }
    println!(
        "{} of {} wrong uses are told alike",
        cases.len() - different.len(),
        cases.len()
    );
    assert!(cases.len() >= 60, "{} cases are recorded", cases.len());
    assert!(different.is_empty(), "{}", different.join("\n"));
}
