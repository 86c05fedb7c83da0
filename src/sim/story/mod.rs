//! The story: what happened, as lines that a learner can read.
//!
//! Not every revision is a line: a story leaves out what a person would not look at (statuses that only count,
//! annotations, resource versions). `Store::between` has them all.

mod happening;
mod images;
mod misfortune;
mod words;

pub use crate::tongue::Lang;
pub use happening::Happening;
pub use images::{ImagesTold, images, rule_words, told_of_images};
pub use misfortune::misfortune;

use super::step::Who;
use super::world::World;
use crate::api::Time;

/// A line of the story.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// When.
    pub at: Time,
    /// The step that did it.
    pub step: u32,
    /// The number of the revision, or None where no object changed.
    pub revision: Option<u64>,
    /// What happened.
    pub what: Happening,
}

impl World {
    /// Returns the lines of the story after a revision and a step, oldest first.
    pub fn story(&self, after_revision: u64, after_step: u32) -> Vec<Line> {
        let store = self.store();
        let mut lines = Vec::new();
        let first = after_revision.max(store.forgotten()) + 1;
        for (number, revision) in (first..).zip(store.between(after_revision, store.head())) {
            // Who wrote what the world has forgotten is not known here.
            let who = self.step_at(revision.step).map_or(&Who::Beginning, |step| &step.who);
            for what in happening::of(revision, who) {
                lines.push(Line {
                    at: revision.at,
                    step: revision.step,
                    revision: Some(number),
                    what,
                });
            }
        }
        for (number, step) in (self.first_step()..).zip(self.steps()) {
            if number <= after_step {
                continue;
            }
            let what = match &step.who {
                Who::Person(words) => Happening::Command(words.clone()),
                Who::Fault(words) => Happening::Fault(words.clone()),
                _ => continue,
            };
            lines.push(Line {
                at: step.at,
                step: number,
                revision: None,
                what,
            });
        }
        // A command comes before what it wrote.
        lines.sort_by_key(|line| (line.at, line.step, line.revision));
        lines
    }

    /// Returns an instant as a story tells it: the time since the world began, `+00:41.000`.
    pub fn clock(&self, at: Time) -> String {
        clock(at - self.began())
    }
}

/// Returns a time in milliseconds as a story tells it: `+00:41.000`, `+1:02:03.000` from an hour on.
pub fn clock(ms: i64) -> String {
    let (seconds, ms) = (ms.max(0) / 1000, ms.max(0) % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("+{hours}:{minutes:02}:{seconds:02}.{ms:03}")
    } else {
        format!("+{minutes:02}:{seconds:02}.{ms:03}")
    }
}

impl Line {
    /// Returns the line in a language, without its time.
    pub fn text(&self, lang: Lang) -> String {
        words::tell(&self.what, lang)
    }
}
