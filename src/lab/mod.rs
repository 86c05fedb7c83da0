//! The course: find, load, play and judge a story.
//!
//! A lab is a folder of data (`labs/README.md` is its format); nothing here knows the name of one, or of its objects.

mod error;
mod folder;
mod furnish;
mod ledger;
mod korean;
mod library;
mod names;
mod outcome;
mod patience;
mod plan;
mod load;
mod play;
mod ready;
mod reasons;
mod rehearsal;
mod shown;
mod step;
mod table;
mod text;
mod window;
pub mod show;

pub use error::Error;
pub use folder::Folder;
pub use korean::KOREAN;
pub use library::Library;
pub use names::fill;
pub use outcome::Became;
pub use plan::{Act, Cluster, Lab, RowPlan, Stage, Table, Word};
pub use play::{Player, Until};
pub use rehearsal::{Refused, Rehearsal};
pub use shown::{Line, Row, Shown, ranges, seconds};
pub use step::{Apply, ClientPlan, Expectation, Fault, Mark, Prediction, Run, Show, Step, Verdict, Wait};
pub use text::{Lang, Text};
pub use window::{command, words};

#[cfg(test)]
mod tests;
