//! What kubectl says when something is wrong: bad manifests, and commands that make no sense.

use super::{Cluster, Still};
use crate::api::storage::ClaimPhase;
use crate::api::{Namespace, Node, PersistentVolumeClaim, Resource};
use crate::store::Store;
use serde_json::Value;
use std::fs;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/bad-manifests");
const ERRORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/kubectl-errors.txt");

/// Refusals that go on with a piece of Go's memory, which only Go can write: compared up to there.
const GO_ONLY: [&str; 5] = [
    "imm-pvc-class.yaml",
    "imm-pvc-mode.yaml",
    "imm-pod-env.yaml",
    "imm-pod-resources.yaml",
    "imm-job-template.yaml",
];

fn before_go(text: &str) -> String {
    let end = text
        .find("\n@@ ")
        .or(text.find("Invalid value: {"))
        .unwrap_or(text.trim_end().len());
    text[..end].to_owned()
}

/// Returns the cluster of the recording: a namespace and a node.
fn cluster() -> Still {
    let mut cluster = Still::new(Store::default());
    let mut namespace = Namespace::default();
    namespace.metadata.name = "s17".into();
    cluster.create(namespace.into_object()).expect("the first namespace");
    let mut node = Node::default();
    node.metadata.name = "node-a1".into();
    cluster.create(node.into_object()).expect("the first node");
    for entry in fs::read_dir(FOLDER).expect("the manifests are in the tree").flatten() {
        let text = fs::read_to_string(entry.path()).expect("a manifest is text");
        cluster
            .files
            .insert(entry.file_name().to_string_lossy().into_owned(), text);
    }
    cluster
}

/// Returns the same cluster with good objects in it; the claims are bound, as they were by then.
fn peopled() -> Still {
    let mut cluster = cluster();
    let applied = cluster.say("apply -f good.yaml");
    assert_eq!(applied.code, 0, "{}", applied.terminal());
    for name in ["bound", "fixed"] {
        let claim = cluster.store.get::<PersistentVolumeClaim>("s17", name);
        let mut claim = PersistentVolumeClaim::clone(claim.expect("it was applied"));
        claim.status.phase = ClaimPhase::Bound;
        claim.status.capacity = claim.spec.resources.requests.clone();
        cluster.update_status(claim.into_object()).expect("a claim is bound");
    }
    cluster
}

/// Leaves out our own hints.
fn without_hints(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with("hint: "))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn bad_manifests_are_refused_in_the_words_of_kubectl_and_the_server() {
    let recorded = fs::read_to_string(format!("{FOLDER}/kubectl.json")).expect("the recording is in the tree");
    let recorded: Vec<Value> = serde_json::from_str(&recorded).expect("the recording is JSON");
    let (empty, peopled) = (cluster(), peopled());
    let (mut same, mut different) = (0, Vec::new());
    for case in &recorded {
        let text = |field: &str| case[field].as_str().unwrap_or_default();
        let cluster = if text("file").starts_with("imm-") {
            &peopled
        } else {
            &empty
        };
        let outcome = cluster.clone().say(&format!("apply -f {}", text("file")));
        let of_go = GO_ONLY.contains(&text("file"));
        let told = |stderr: &str| if of_go { before_go(stderr) } else { stderr.to_owned() };
        let ours = format!(
            "{}{}({})",
            outcome.stdout(),
            told(&without_hints(&outcome.stderr())),
            outcome.code
        );
        let theirs = format!("{}{}({})", text("stdout"), told(text("stderr")), case["exit"]);
        same += usize::from(ours == theirs && !of_go);
        if ours != theirs {
            different.push(format!("{}\n--- ours\n{ours}\n--- theirs\n{theirs}", text("file")));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(
        (same, recorded.len()),
        (73, 78),
        "all but those that show Go's memory are the same to the letter"
    );
}

#[test]
fn commands_that_make_no_sense_are_refused_in_kubectls_words() {
    let text = fs::read_to_string(ERRORS).expect("the recording is in the tree");
    let mut cluster = peopled();
    let mut different = Vec::new();
    for case in text
        .split_inclusive("\n=== ")
        .map(|part| part.trim_start_matches(['0', '1', '\n']))
    {
        let Some((command, rest)) = case.strip_prefix("$ kubectl ").and_then(|case| case.split_once('\n')) else {
            continue;
        };
        let expected = rest.trim_end_matches("=== ");
        let outcome = cluster.say(command);
        let ours = without_hints(&outcome.terminal());
        if ours != *expected {
            different.push(format!(
                "$ kubectl {command}\n--- ours ({})\n{ours}--- theirs\n{expected}",
                outcome.code
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
