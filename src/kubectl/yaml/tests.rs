//! What the printer prints, line by line.

use super::*;
use serde_json::json;

#[test]
fn lists_stand_under_their_key_and_empty_ones_are_written_out() {
    let tree = json!({"b": [{"x": 1, "a": [1, [2, 3]]}], "a": {}, "c": [], "z": null});
    assert_eq!(
        print(&tree),
        "a: {}\nb:\n- a:\n  - 1\n  - - 2\n    - 3\n  x: 1\nc: []\nz: null\n"
    );
}

#[test]
fn what_would_be_read_as_something_else_is_quoted() {
    for text in [
        "yes",
        "True",
        "0",
        "1.5",
        "0777",
        "1e3",
        "",
        "2026-11-22T08:00:32Z",
        "2026-01-05",
        "1:20",
        "null",
        "0x1f",
    ] {
        assert_eq!(print(&json!({"k": text})), format!("k: \"{text}\"\n"));
    }
    for text in [
        "postgres:16.4",
        "10.244.1.2",
        "512Mi",
        "-U",
        "a b",
        "yes please",
        "2026-11",
        "10Gi",
        "v1",
    ] {
        assert_eq!(print(&json!({"k": text})), format!("k: {text}\n"));
    }
    for text in ["{bad", "*", "a: b", "a #b", "- a", "@x", " lead", "it's \"x\"", "key:"] {
        let quoted = text.replace('\'', "''");
        let expected = if text.starts_with("it") {
            format!("k: {text}\n")
        } else {
            format!("k: '{quoted}'\n")
        };
        assert_eq!(print(&json!({"k": text})), expected);
    }
    assert_eq!(print(&json!({"a": "tab\there"})), "a: \"tab\\there\"\n");
    assert_eq!(print(&json!({"yes": 1, "a b": 2})), "a b: 2\n\"yes\": 1\n");
}

#[test]
fn lines_stay_lines() {
    assert_eq!(print(&json!({"k": "a\nb\n"})), "k: |\n  a\n  b\n");
    assert_eq!(print(&json!({"k": "a\n\nb"})), "k: |-\n  a\n\n  b\n");
    assert_eq!(print(&json!(["x\n"])), "- |\n  x\n");
}

#[test]
fn long_sentences_fold_past_eighty_columns() {
    let text = "0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate, 2 Insufficient cpu.";
    let folded = "  - message: '0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master:\n      }, that the pod didn''t tolerate, 2 Insufficient cpu.'\n";
    assert_eq!(
        print(&json!({"a": {"c": [{"message": text}]}})),
        format!("a:\n  c:\n{folded}")
    );
}

#[test]
fn keys_are_ordered_as_go_yaml_does() {
    let tree = json!({"a10": 1, "a2": 1, "ab": 1, "a-b": 1, "a": 1, "B": 1});
    assert_eq!(print(&tree), "B: 1\na: 1\na-b: 1\na2: 1\na10: 1\nab: 1\n");
}
