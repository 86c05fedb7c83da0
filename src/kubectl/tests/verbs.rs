//! Verbs whose words the real kubectl 1.32 prints without a cluster behind it, or in front of a server that only knew the
//! objects of `setup.yaml`: each file under `tests/golden/verbs` is one recording, played from top to bottom.
//!
//! A line that ends in `\c` ended without a line break.

use super::Still;
use crate::kubectl::{Cluster, Files, Window, run};
use crate::programs::outcome::Outcome;
use crate::store::Store;
use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/verbs");

/// What an editor makes of a text.
type Edit = Box<dyn Fn(&str) -> String>;

/// The files of a person, and what their editor does.
pub(super) struct Desk {
    folder: PathBuf,
    /// What the editor makes of a text, one entry each time.
    pub edits: RefCell<Vec<Edit>>,
    /// What was opened in the editor.
    pub opened: RefCell<Vec<String>>,
    /// What was written, by its path.
    pub written: RefCell<Vec<(String, Vec<u8>)>>,
    /// The namespace that was kept.
    pub namespace: RefCell<String>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            folder: PathBuf::from(FOLDER).join("files"),
            edits: RefCell::default(),
            opened: RefCell::default(),
            written: RefCell::default(),
            namespace: RefCell::new("default".to_owned()),
        }
    }

    /// Runs a line whose words are parted as a shell parts them.
    pub(super) fn say(&self, cluster: &mut dyn Cluster, line: &str, stdin: &str) -> Outcome {
        let namespace = self.namespace.borrow().clone();
        let mut window = Window {
            cluster,
            files: self,
            namespace: &namespace,
            stdin,
        };
        run(&mut window, &words(line)[1..])
    }
}

impl Files for Desk {
    fn read(&self, path: &str) -> Result<Vec<(String, String)>, String> {
        match fs::read_to_string(self.folder.join(path)) {
            Ok(text) => Ok(vec![(path.to_owned(), text)]),
            Err(_) => Err(format!("the path \"{path}\" does not exist")),
        }
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        let read = fs::read(self.folder.join(path));
        read.map_err(|_| "no such file or directory".to_owned())
    }

    fn list(&self, path: &str) -> Option<Vec<String>> {
        let entries = fs::read_dir(self.folder.join(path)).ok()?;
        let mut names: Vec<String> = entries
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        Some(names)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        self.written.borrow_mut().push((path.to_owned(), bytes.to_vec()));
        Ok(())
    }

    fn edit(&self, _: &str, text: &str) -> Result<String, String> {
        self.opened.borrow_mut().push(text.to_owned());
        let mut edits = self.edits.borrow_mut();
        if edits.is_empty() {
            return Ok(text.to_owned());
        }
        Ok(edits.remove(0)(text))
    }

    fn use_namespace(&self, namespace: &str) -> Result<(), String> {
        namespace.clone_into(&mut self.namespace.borrow_mut());
        Ok(())
    }
}

/// Splits a line at blanks outside of quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            (_, Some(_)) => word.get_or_insert_default().push(letter),
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (' ', None) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Returns the cluster of the recordings.
pub(super) fn cluster(desk: &Desk) -> Still {
    let mut cluster = Still::new(Store::default());
    let created = desk.say(&mut cluster, "kubectl create namespace default", "");
    assert_eq!(created.code, 0, "{}", created.terminal());
    let created = desk.say(&mut cluster, "kubectl create -f setup.yaml", "");
    assert_eq!(created.code, 0, "{}", created.terminal());
    cluster
}

/// kubectl logs some complaints, with its clock and process id, instead of printing them.
fn without_log_head(line: &str) -> String {
    match line.split_once("] \"command failed\" err=\"") {
        Some((_, words)) => format!("error: {}", words.trim_end_matches('"').replace("\\\"", "\"")),
        None => line.to_owned(),
    }
}

fn play(name: &str) -> (usize, Vec<String>) {
    let text = fs::read_to_string(format!("{FOLDER}/{name}.txt")).expect("the recording is in the tree");
    let desk = Desk::new();
    let mut cluster = cluster(&desk);
    let (mut played, mut different) = (0, Vec::new());
    let mut lines = text.lines();
    while let Some(command) = lines.next() {
        let command = command.strip_prefix("$ ").expect("a case begins with its command");
        let mut expected = String::new();
        for line in lines.by_ref() {
            let line = without_log_head(line);
            match (line.strip_prefix("=== "), line.strip_suffix("\\c")) {
                (Some(code), _) => {
                    expected.push_str(&format!("=== {code}"));
                    break;
                }
                (None, Some(cut)) => expected.push_str(cut),
                (None, None) => expected.push_str(&format!("{line}\n")),
            }
        }
        let outcome = desk.say(&mut cluster, command, "");
        let said: String = outcome
            .terminal()
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("hint: "))
            .collect();
        let ours = format!("{said}=== {}", outcome.code);
        played += 1;
        if ours != expected {
            different.push(format!("$ {command}\n--- ours\n{ours}\n--- theirs\n{expected}\n"));
        }
    }
    (played, different)
}

#[test]
fn objects_made_of_words_are_those_of_kubectl() {
    let (played, different) = play("create");
    assert!(
        different.is_empty(),
        "{} of {played} differ\n{}",
        different.len(),
        different.join("\n")
    );
    assert!(played > 130, "{played} cases were played");
}

#[test]
fn pods_made_of_words_are_those_of_kubectl() {
    let (played, different) = play("run");
    assert!(
        different.is_empty(),
        "{} of {played} differ\n{}",
        different.len(),
        different.join("\n")
    );
    assert!(played > 30, "{played} cases were played");
}

#[test]
fn the_other_verbs_say_what_kubectl_says() {
    let (played, different) = play("others");
    assert!(
        different.is_empty(),
        "{} of {played} differ\n{}",
        different.len(),
        different.join("\n")
    );
    assert!(played > 90, "{played} cases were played");
}
