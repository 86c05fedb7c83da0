//! The course: find, load, play and judge a story.
//!
//! A lab is a folder of data (`labs/README.md` is its format); nothing here knows the name of one, or of its objects.

mod error;
mod folder;
mod names;
mod plan;
mod shown;
mod step;
mod text;

pub use error::Error;
pub use folder::Folder;
pub use names::fill;
pub use plan::{Act, Cluster, Lab, RowPlan, Stage, Table, Word};
pub use shown::{Line, Row, Shown};
pub use step::{Apply, ClientPlan, Expectation, Fault, Mark, Prediction, Run, Show, Step, Verdict, Wait};
pub use text::{Lang, Text};

#[cfg(test)]
mod tests;
