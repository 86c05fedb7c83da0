//! A lab as written: its acts and words. Knows nothing of worlds, and of no lab in particular.

use super::load::Holes;
use super::{Error, Step, Text, names};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// One lab, checked: what it says of itself can be relied on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    /// What a person types.
    pub id: String,
    /// One line.
    pub title: Text,
    /// One sentence for a list of labs.
    pub about: Text,
    /// The question that the lab answers.
    pub question: Option<Text>,
    /// How long a person needs.
    pub minutes: u32,
    /// Labs that come before this one.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Handles, and the names of the objects that they stand for.
    pub names: BTreeMap<String, String>,
    /// The cluster that an act begins in.
    #[serde(default)]
    pub cluster: Cluster,
    /// The vocabulary, in order of first use.
    pub words: Vec<Word>,
    /// The acts, in order.
    pub acts: Vec<Act>,
    /// The table at the end.
    pub table: Option<Table>,
    /// What comes after it.
    pub ending: Option<Text>,
    /// From vague to plain.
    #[serde(default)]
    pub hints: Vec<Text>,
    /// The lab's other files, under their names in the folder; objects in them bear the names of `names`.
    #[serde(skip)]
    pub files: BTreeMap<String, String>,
}

/// The shape of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Cluster {
    /// The zones' names.
    pub zones: Vec<String>,
    /// How many nodes stand in each.
    pub nodes_per_zone: u32,
    /// Processors of each node, as a quantity.
    pub cpu: String,
    /// Memory of each node, as a quantity.
    pub memory: String,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            zones: ["zone-a", "zone-b", "zone-c"].map(String::from).to_vec(),
            nodes_per_zone: 2,
            cpu: "4".into(),
            memory: "16Gi".into(),
        }
    }
}

/// A word and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The word.
    pub word: Text,
    /// What it means.
    pub means: Text,
}

/// One act.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Its id within the lab.
    pub id: String,
    /// One line.
    pub title: Text,
    /// Whether it goes on where the act before ended.
    #[serde(default)]
    pub cluster: Stage,
    /// The words that come up here for the first time, by their English form.
    #[serde(default)]
    pub words: Vec<String>,
    /// What happens.
    pub steps: Vec<Step>,
    /// What it puts into the table.
    pub row: Option<RowPlan>,
}

/// Where an act begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// In an empty cluster, at time zero.
    #[default]
    New,
    /// Where the act before ended.
    Same,
}

/// What an act puts into the table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowPlan {
    /// The mark to compare with.
    pub pod: String,
    /// The client whose ledger counts.
    pub client: String,
    /// What the row is called.
    pub label: Text,
}

/// The table at the end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What stands above it.
    pub title: Text,
}

impl Lab {
    /// Returns the text of one of the lab's files.
    pub fn file(&self, path: &str) -> Result<&str, Error> {
        self.files.get(path).map(String::as_str).ok_or_else(|| {
            Error::new(
                format!("{}: there is no file `{path}`", self.id),
                format!("the lab's folder has {}", names::list(self.files.keys())),
            )
        })
    }

    /// Returns the files in one folder of the lab, in the order of their names.
    pub fn files_in<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files.iter().filter_map(move |(path, text)| {
            let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
            (!rest.contains('/')).then_some((path.as_str(), text.as_str()))
        })
    }

    /// Returns an act.
    pub fn act(&self, id: &str) -> Result<&Act, Error> {
        self.acts.iter().find(|act| act.id == id).ok_or_else(|| {
            Error::new(
                format!("{} has no act `{id}`", self.id),
                format!("it has {}", names::list(self.acts.iter().map(|act| &act.id))),
            )
        })
    }

    /// Returns the vocabulary that an act brings in.
    pub fn words_of<'a>(&'a self, act: &'a Act) -> impl Iterator<Item = &'a Word> {
        self.words.iter().filter(|word| act.words.contains(&word.word.en))
    }

    /// Looks for what a form cannot say; `holes` are those that no name filled, by act and step.
    pub(super) fn check(&self, holes: &Holes) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        for (act, holes) in self.acts.iter().zip(holes) {
            if !seen.insert(&act.id) {
                return Err(Error::new(
                    format!("{}: two acts have the id `{}`", self.id, act.id),
                    "rename one",
                ));
            }
            self.check_act(act, holes)?;
        }
        self.check_words()
    }

    /// Each word of the vocabulary comes up first in exactly one act.
    fn check_words(&self) -> Result<(), Error> {
        for word in &self.words {
            let acts = self.acts.iter().filter(|act| act.words.contains(&word.word.en)).count();
            if acts != 1 {
                return Err(Error::new(
                    format!(
                        "{}: the word `{}` stands in the `words` of {acts} acts",
                        self.id, word.word.en
                    ),
                    "put it into the one act that uses it first",
                ));
            }
        }
        for (act, word) in self
            .acts
            .iter()
            .flat_map(|act| act.words.iter().map(move |word| (act, word)))
        {
            if !self.words.iter().any(|known| known.word.en == *word) {
                return Err(Error::new(
                    format!("{} act {}: the word `{word}` is not explained", self.id, act.id),
                    "add it to the lab's `words`",
                ));
            }
        }
        Ok(())
    }

    fn check_act(&self, act: &Act, holes: &[Vec<String>]) -> Result<(), Error> {
        let mut open: BTreeSet<&str> = BTreeSet::new();
        let mut marks: BTreeSet<&str> = BTreeSet::new();
        for (number, (step, holes)) in act.steps.iter().zip(holes).enumerate() {
            let wrong = |what: String, hint: &str| {
                let place = format!("{} act {} step {} ({})", self.id, act.id, number + 1, step.kind());
                Err(Error::new(format!("{place}: {what}"), hint))
            };
            match step {
                Step::Predict(question) if !(1..=question.choices.len()).contains(&question.answer) => {
                    return wrong(
                        format!("answer {} of {} choices", question.answer, question.choices.len()),
                        "`answer` is the number of a choice, from 1",
                    );
                }
                Step::Predict(question) if !open.insert(&question.id) => {
                    return wrong(format!("`{}` is asked twice", question.id), "give it another id");
                }
                Step::Answer(id) if !open.remove(id.as_str()) => {
                    return wrong(
                        format!("`{id}` was not asked before"),
                        "ask first, with `predict`, and answer once",
                    );
                }
                Step::Apply(apply) => {
                    for file in &apply.files {
                        self.file(file)?;
                    }
                }
                Step::Mark(mark) => {
                    if let Some(unknown) = mark.besides.iter().find(|name| !marks.contains(name.as_str())) {
                        return wrong(
                            format!("there is no mark `{unknown}` yet"),
                            "make it with `mark` before",
                        );
                    }
                    marks.insert(&mark.name);
                }
                _ => (),
            }
            // A hole that no handle filled must be a mark that was made before.
            for hole in holes {
                let (mark, part) = hole.split_once('.').unwrap_or((hole, ""));
                if !marks.contains(mark) || !matches!(part, "" | "node" | "claim" | "volume") {
                    return wrong(
                        format!("nothing is known as `{{{{{hole}}}}}` here"),
                        "write a handle of `names`, or a mark of an earlier step, with .node, .claim or .volume",
                    );
                }
            }
        }
        if let Some(id) = open.first() {
            return Err(Error::new(
                format!("{} act {}: `{id}` is asked and never answered", self.id, act.id),
                "add an `answer` step",
            ));
        }
        match &act.row {
            Some(row) if !marks.contains(row.pod.as_str()) => Err(Error::new(
                format!(
                    "{} act {}: its row compares with the mark `{}`, which is not made",
                    self.id, act.id, row.pod
                ),
                "make it with a `mark` step",
            )),
            _ => Ok(()),
        }
    }
}
