//! The rim against bad manifests from a real cluster: our words, and kubectl's.

use crate::manifest::judge::{Foreign, Policy, judge};
use crate::manifest::read::{Reading, read};
use crate::manifest::source::Source;
use crate::manifest::words;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/bad-manifests");
const MANIFESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/manifests");

/// A cluster without any CustomResourceDefinition.
const STRICT: Policy = Policy {
    foreign: Foreign::Refuse,
    declared: Vec::new(),
};

struct Case {
    file: String,
    title: String,
    exit: i64,
    stderr: String,
    reading: Reading,
}

fn cases() -> Vec<Case> {
    let recorded = fs::read_to_string(format!("{FOLDER}/kubectl.json")).expect("the recording is in the tree");
    let recorded: Vec<Value> = serde_json::from_str(&recorded).expect("the recording is JSON");
    let text = |case: &Value, key: &str| case[key].as_str().unwrap_or_default().to_owned();
    recorded
        .iter()
        .map(|case| Case {
            file: text(case, "file"),
            title: text(case, "title"),
            exit: case["exit"].as_i64().unwrap_or_default(),
            stderr: text(case, "stderr"),
            reading: read(&[file(FOLDER, &text(case, "file"))]),
        })
        .collect()
}

fn file(folder: &str, name: &str) -> Source {
    let text =
        fs::read_to_string(format!("{folder}/{name}")).unwrap_or_else(|_| panic!("{folder}/{name} is in the tree"));
    Source::new(name, text)
}

#[test]
fn our_words_about_bad_manifests_are_those_of_the_golden_file() {
    let mut golden = String::new();
    for case in cases() {
        let verdict = if case.exit == 0 { "taken" } else { "refused" };
        writeln!(golden, "## {} ({}); by Kubernetes {verdict}\n", case.title, case.file).expect("a String takes all");
        let troubles = judge(&case.reading, &STRICT);
        for trouble in &troubles {
            writeln!(golden, "{trouble}").expect("a String takes all");
        }
        if troubles.is_empty() {
            golden.push_str("(nothing)\n\n");
        }
    }
    let path = format!("{FOLDER}/golden.txt");
    if std::env::var_os("PGLAB_BLESS").is_some() {
        fs::write(&path, &golden).expect("the source tree can be written");
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    let differs = stored
        .lines()
        .zip(golden.lines())
        .position(|(stored, said)| stored != said);
    let line = differs.unwrap_or_else(|| stored.lines().count().min(golden.lines().count()));
    assert!(
        stored == golden,
        "golden.txt differs at line {}; look, then refresh it: PGLAB_BLESS=1 cargo test --lib manifest::golden\n{}",
        line + 1,
        golden.lines().skip(line).take(5).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn what_kubernetes_refuses_we_refuse_and_what_it_takes_we_take() {
    // These need a cluster: a namespace, or the object as it was. An empty file is no trouble of a folder.
    let needs_a_cluster =
        |case: &Case| case.file == "wrong-ns.yaml" || case.file == "empty-file.yaml" || case.file.starts_with("imm-");
    for case in cases().iter().filter(|case| !needs_a_cluster(case)) {
        let refused = judge(&case.reading, &STRICT)
            .iter()
            .any(super::trouble::Trouble::is_error);
        assert_eq!(refused, case.exit != 0, "{}: {}", case.file, case.stderr);
    }
}

#[test]
fn kubectl_words_are_known() {
    let mut different = Vec::new();
    for case in cases() {
        let mut lines = String::new();
        for trouble in &case.reading.troubles {
            if let Some(words) = words::of_text(trouble) {
                lines.push_str(&words);
                lines.push('\n');
            }
        }
        for document in &case.reading.documents {
            let words = words::of_apply(document, "s17", &STRICT);
            for warning in words.warnings {
                writeln!(lines, "Warning: {warning}").expect("a String takes all");
            }
            if let Some(error) = words.error {
                writeln!(lines, "{error}").expect("a String takes all");
            }
        }
        if lines != case.stderr {
            different.push(case.file.clone());
            if std::env::var_os("PGLAB_SHOW").is_some() {
                println!("{}\n--- kubectl\n{}--- ours\n{lines}", case.file, case.stderr);
            }
        }
    }
    // A namespace that is not there and an empty folder are the cluster's and kubectl's business.
    different.retain(|file| !file.starts_with("imm-"));
    assert_eq!(different, ["wrong-ns.yaml", "empty-file.yaml"]);
}

#[test]
fn what_people_really_have_goes_in() {
    let mut found = 0;
    for folder in fs::read_dir(MANIFESTS)
        .expect("the manifests are in the tree")
        .flatten()
    {
        let name = folder.file_name().to_string_lossy().into_owned();
        let sources = sources(&folder.path());
        let reading = read(&sources);
        found += reading.documents.len();
        for trouble in judge(&reading, &Policy::default()) {
            assert!(!trouble.is_error(), "{name}: {trouble}");
            println!("{name}: {trouble}");
        }
    }
    assert!(found > 50, "only {found} objects");
}

/// All manifests below a folder, except those that are meant to be bad.
fn sources(folder: &std::path::Path) -> Vec<Source> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("as-they-stand") {
            sources.extend(self::sources(&path));
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "json") {
            let text = fs::read_to_string(&path).expect("a manifest is a text");
            sources.push(Source::new(
                path.file_name().expect("a file has a name").to_string_lossy(),
                text,
            ));
        }
    }
    sources
}

#[test]
fn each_orphan_of_the_notes_is_named_and_nothing_else() {
    let folder = format!("{MANIFESTS}/notes/as-they-stand");
    let told = |name: &str| {
        let troubles = judge(&read(&[file(&folder, name)]), &Policy::default());
        let lines = troubles
            .iter()
            .map(|trouble| format!("{}:{} {}", trouble.place.line, trouble.place.column, trouble.what));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(
        told("storageclass.yaml"),
        [
            "4:1 `name` belongs under `metadata`: indent it",
            "7:1 `type` belongs under `parameters`: indent it",
            "8:1 `fsType` belongs under `parameters`: indent it",
        ]
    );
    assert_eq!(
        told("pvc.yaml"),
        [
            "4:1 `name` belongs under `metadata`: indent it",
            "6:1 `accessModes` belongs under `spec`: indent it",
            "7:1 a tab in the indentation: YAML is indented with blanks only",
            "8:1 `resources` belongs under `spec`: indent it",
            "10:2 `storage` belongs under `requests`: indent it",
            "11:1 `storageClassName` belongs under `spec`: indent it",
        ]
    );
}
