//! Stories of labs that are read, renamed and found wrong.

use super::*;
use crate::manifest::{Policy, Source, judge, read};
use std::collections::BTreeMap;
use std::path::Path;

const SMALL: &str = r#"
id: one
title: {en: One, ko: 하나}
about: {en: A small lab., ko: 작은 실습입니다.}
minutes: 1
names: {db: orders-db, login: orders}
words:
  - word: {en: Pod, ko: Pod}
    means: {en: It runs., ko: 실행됩니다.}
acts:
  - id: a
    title: {en: First, ko: 첫째}
    words: [Pod]
    steps:
      - apply: start/db.yaml
      - wait: 30s
      - wait: {until: ready, of: "sts/{{db}}", at-most: 5m}
      - mark: {as: first, pod: "app={{db}}"}
      - predict:
          id: kill
          question: {en: "What of {{first}}?", ko: "{{first}} Pod는?"}
          choices: [{en: "yes", ko: 예}, {en: "no", ko: 아니요}]
          answer: 2
          why: {en: So it is., ko: 그렇습니다.}
      - run: kubectl delete pod {{first}}
      - run: {command: "kubectl get pod {{db}}-9", exit: 1}
      - fault: {crash: "{{first}}"}
      - client: {start: shop, service: "{{db}}", port: 5432, login: "{{login}}", every: 1s}
      - client: {stop: shop}
      - show: timeline
      - answer: kill
      - expect: {check: one-writer, verdict: holds, of: "sts/{{db}}", why: {en: One pod., ko: 하나입니다.}}
"#;

const MANIFEST: &str = "name: orders-db\nclaim: rows-orders-db-0\nother: reorders-db\nsecret: orders\n";

fn folder(lab: &str) -> Folder {
    Folder::new("one", [("lab.yaml", lab), ("start/db.yaml", MANIFEST)])
}

fn refusal(from: &str, to: &str) -> Error {
    assert!(SMALL.contains(from), "the lab has no `{from}` to change");
    Lab::load(&folder(&SMALL.replace(from, to))).expect_err("the lab is wrong")
}

#[test]
fn a_lab_is_read_with_the_names_of_its_objects_filled_in() {
    let lab = Lab::load(&folder(SMALL)).unwrap();
    let steps = &lab.acts[0].steps;
    assert_eq!(
        steps[2],
        Step::Wait(Wait::Ready {
            of: "sts/orders-db".into(),
            at_most_ms: 300_000
        })
    );
    assert_eq!(
        steps[5],
        Step::Run(Run {
            command: "kubectl delete pod {{first}}".into(),
            exit: 0
        })
    );
    assert!(
        matches!(&steps[8], Step::Client(ClientPlan::Start { service, every_ms: 1000, .. }) if service == "orders-db")
    );
    assert_eq!(lab.cluster.zones.len(), 3);
}

#[test]
fn every_object_can_have_another_name() {
    let other = BTreeMap::from([
        ("db".to_string(), "tea".to_string()),
        ("login".to_string(), "orders-db".to_string()),
    ]);
    let lab = Lab::load_renamed(&folder(SMALL), &other).unwrap();
    assert_eq!(
        lab.file("start/db.yaml").unwrap(),
        "name: tea\nclaim: rows-tea-0\nother: reorders-db\nsecret: orders-db\n",
        "whole words, the longest first, and no name twice"
    );
    assert!(matches!(&lab.acts[0].steps[3], Step::Mark(mark) if mark.pod == "app=tea"));
    assert!(Lab::load_renamed(&folder(SMALL), &BTreeMap::from([("dv".into(), "x".into())])).is_err());
}

#[test]
fn a_mistake_in_a_lab_is_named_with_its_place() {
    assert!(refusal("minutes: 1", "minutes: 1\nminuts: 2").what.contains("minuts"));
    assert!(refusal("- wait: 30s", "- wait: 30x").what.contains("no duration"));
    assert!(refusal("ko: 하나", "kr: 하나").what.contains("kr"));
    assert!(refusal("answer: 2", "answer: 3").what.contains("answer 3 of 2 choices"));
    assert!(refusal("      - answer: kill\n", "").what.contains("never answered"));
    assert!(
        refusal("- answer: kill", "- answer: kil")
            .what
            .contains("was not asked before")
    );
    assert!(
        refusal("pod {{first}}\n", "pod {{frist}}\n")
            .what
            .contains("step 6 (run): nothing is known as `{{frist}}`")
    );
    assert!(
        refusal("words: [Pod]", "words: []")
            .what
            .contains("`Pod` stands in the `words` of 0 acts")
    );
    assert!(
        refusal("words: [Pod]", "words: [Pod, disk]")
            .what
            .contains("`disk` is not explained")
    );
    assert!(
        refusal("start/db.yaml", "start/dv.yaml")
            .what
            .contains("no file `start/dv.yaml`")
    );
    assert!(
        refusal("{stop: shop}", "{stop: shop, port: 1}")
            .what
            .contains("a client has either")
    );
}

#[test]
fn a_mark_is_filled_in_when_the_pod_is_known() {
    let marks = |hole: &str| (hole == "first.node").then(|| "node-a1".to_string());
    assert_eq!(
        fill("on {{first.node}}, not {{second}}", marks),
        "on node-a1, not {{second}}"
    );
    assert_eq!(fill("-o go-template='{{.spec}}'", marks), "-o go-template='{{.spec}}'");
}

#[test]
fn every_lab_of_the_course_loads_under_its_own_names_and_under_others() {
    let folders = Folder::read_all(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/labs"))).unwrap();
    assert!(!folders.is_empty());
    for folder in &folders {
        let lab = Lab::load(folder).unwrap_or_else(|error| panic!("{error}"));
        let other: BTreeMap<_, _> = lab
            .names
            .keys()
            .enumerate()
            .map(|(n, handle)| (handle.clone(), format!("thing{n}")))
            .collect();
        let renamed = Lab::load_renamed(folder, &other).unwrap();
        for old in lab.names.values() {
            for (path, text) in renamed.files.iter().filter(|(path, _)| path.ends_with(".yaml")) {
                let words = text.split(|c: char| !(c.is_alphanumeric() || c == '-'));
                assert!(
                    words.clone().all(|word| word != old),
                    "{}: {path} still says {old}",
                    lab.id
                );
            }
        }
    }
}

#[test]
fn a_lab_applies_sound_manifests_unless_it_wants_them_refused() {
    let refused = |lab: &Lab, files: &[(&str, &str)]| {
        let sources: Vec<_> = files.iter().map(|(path, text)| Source::new(*path, *text)).collect();
        let troubles = judge(&read(&sources), &Policy::default());
        let errors: Vec<_> = troubles
            .iter()
            .filter(|trouble| trouble.is_error())
            .map(ToString::to_string)
            .collect();
        (!errors.is_empty()).then(|| format!("{}: {}", lab.id, errors.join("\n")))
    };
    for folder in &Folder::read_all(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/labs"))).unwrap() {
        let lab = Lab::load(folder).unwrap();
        for step in lab.acts.iter().flat_map(|act| &act.steps) {
            if let Step::Apply(apply) = step {
                let files: Vec<_> = apply
                    .files
                    .iter()
                    .map(|path| (path.as_str(), lab.file(path).unwrap()))
                    .collect();
                assert_eq!(
                    refused(&lab, &files).is_some(),
                    apply.refused,
                    "{files:?} {:?}",
                    refused(&lab, &files)
                );
            }
        }
        let solutions: std::collections::BTreeSet<_> = lab
            .files
            .keys()
            .filter(|path| path.starts_with("solution/"))
            .filter_map(|path| path.rsplit_once('/'))
            .collect();
        for (solution, _) in solutions {
            let files: Vec<_> = lab.files_in(solution).collect();
            assert_eq!(refused(&lab, &files), None);
        }
    }
}

#[test]
fn a_lab_is_the_same_whether_its_names_are_filled_into_its_text_or_into_its_tree() {
    let mut folders = Folder::read_all(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/labs"))).unwrap();
    folders.push(folder(SMALL));
    for folder in &folders {
        let lab = Lab::load(folder).unwrap();
        let text = names::fill(folder.file("lab.yaml").unwrap(), |hole| lab.names.get(hole).cloned());
        let mut read: Lab = serde_yaml::from_str(&text).unwrap();
        read.files.clone_from(&lab.files);
        assert_eq!(read, lab);
    }
}
