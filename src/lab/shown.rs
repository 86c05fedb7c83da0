//! What a played lab shows, piece by piece, in one language. The terminal, the JSON lines and the book each draw it
//! in their own way; nothing that they draw comes from elsewhere.

use super::{Lang, Verdict};
use serde::Serialize;

/// One piece of what a person sees. As JSON it is an object whose `kind` is the variant's name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Shown {
    /// A lab begins.
    Lab {
        /// What a person types.
        id: String,
        /// One line.
        title: String,
        /// The question that it answers.
        question: Option<String>,
    },
    /// An act begins.
    Act {
        /// Its id.
        id: String,
        /// One line.
        title: String,
    },
    /// A word that comes up for the first time.
    Word {
        /// The word.
        word: String,
        /// What it means.
        means: String,
    },
    /// What is about to happen.
    Say {
        /// Markdown.
        text: String,
    },
    /// What it meant.
    Means {
        /// Markdown.
        text: String,
    },
    /// A question.
    Ask {
        /// By which its answer names it.
        id: String,
        /// The question.
        question: String,
        /// The choices, to be numbered from 1.
        choices: Vec<String>,
    },
    /// The answer to an earlier question.
    Answer {
        /// The question's id.
        id: String,
        /// The number of the right choice, from 1.
        number: usize,
        /// The right choice.
        choice: String,
        /// Why it is right.
        why: String,
    },
    /// A command in the window and what it printed.
    Screen {
        /// Virtual time since the act began, in milliseconds.
        at_ms: i64,
        /// The command line.
        command: String,
        /// What it printed, stdout and stderr as a terminal mixes them.
        output: String,
        /// The exit code.
        exit: i32,
    },
    /// Something that was done without a command: a client, a fault, a wait.
    Done {
        /// Virtual time since the act began, in milliseconds.
        at_ms: i64,
        /// One sentence.
        text: String,
    },
    /// Lines of the story.
    Timeline {
        /// In order.
        lines: Vec<Line>,
    },
    /// What a client knows, against what the database holds.
    Ledger {
        /// The client.
        client: String,
        /// How many orders were acknowledged.
        acknowledged: u64,
        /// How many of those are in the database; None when no database answers.
        present: Option<u64>,
        /// The acknowledged orders that are not, in order.
        missing: Vec<u64>,
        /// The longest time between two acknowledgements, in milliseconds.
        silent_ms: i64,
    },
    /// What a check says, beside what was predicted.
    Verdict {
        /// The check's name.
        check: String,
        /// What it claims.
        claim: String,
        /// The object, where one was meant.
        of: Option<String>,
        /// What it says.
        verdict: Verdict,
        /// What the lab predicted.
        predicted: Verdict,
        /// Why it is broken, in the check's words.
        reason: Option<String>,
        /// Why the lab predicted so.
        why: String,
    },
    /// The table at the end.
    Table {
        /// What stands above it.
        title: String,
        /// One row an act.
        rows: Vec<Row>,
    },
    /// The answer to the lab's question.
    Ending {
        /// Markdown.
        text: String,
    },
    /// The play is over, or was stopped as asked.
    End {
        /// The step after which it was stopped, as in `b.7`; None at the end.
        stopped_after: Option<String>,
        /// How many checks were made.
        checks: usize,
        /// How many of them did not come out as predicted.
        otherwise: usize,
    },
}

/// A line of the story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Virtual time since the act began, in milliseconds.
    pub at_ms: i64,
    /// One sentence.
    pub text: String,
}

/// What an act puts into the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The act's id.
    pub act: String,
    /// What the row is called.
    pub label: String,
    /// Whether a ready pod has the marked pod's name.
    pub name_kept: bool,
    /// Whether a ready pod mounts the marked pod's claim, on the same volume; None when it had no claim.
    pub claim_kept: Option<bool>,
    /// How many orders were acknowledged.
    pub acknowledged: u64,
    /// How many of those the database holds; None when no database answers.
    pub surviving: Option<u64>,
    /// The longest time between two acknowledgements, in milliseconds.
    pub silent_ms: i64,
}

impl Row {
    /// Returns what stands above the columns.
    pub fn heads(lang: Lang) -> [&'static str; 6] {
        match lang {
            Lang::En => [
                "act",
                "name kept",
                "claim kept",
                "rows acknowledged",
                "rows surviving",
                "seconds without answers",
            ],
            Lang::Ko => [
                "막",
                "이름 유지",
                "claim 유지",
                "확인된 행",
                "남은 행",
                "응답이 없던 시간(초)",
            ],
        }
    }

    /// Returns the cells of the row, as a person reads them; a dash stands for what cannot be said.
    pub fn cells(&self, lang: Lang) -> [String; 6] {
        let yes = |kept: bool| match (kept, lang) {
            (true, Lang::En) => "yes",
            (false, Lang::En) => "no",
            (true, Lang::Ko) => "예",
            (false, Lang::Ko) => "아니요",
        };
        [
            format!("{}. {}", self.act, self.label),
            yes(self.name_kept).to_owned(),
            self.claim_kept.map_or("–", yes).to_owned(),
            self.acknowledged.to_string(),
            self.surviving.map_or("–".to_owned(), |n| n.to_string()),
            seconds(self.silent_ms),
        ]
    }
}

/// Writes milliseconds as seconds with one digit; the rest is cut off, not rounded.
pub fn seconds(ms: i64) -> String {
    format!("{}.{}", ms / 1000, ms % 1000 / 100)
}

/// Writes `1–31, 40`: numbers in order, neighbours drawn together.
pub fn ranges(numbers: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let told = runs.iter().map(|(first, last)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}–{last}")
        }
    });
    told.collect::<Vec<_>>().join(", ")
}
