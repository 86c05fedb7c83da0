//! The languages of people: what the code says in English, said in Korean.
//!
//! What is wrong is told by many hands, deep in the code, in English and as plain text: it is compared, tested and kept.
//! Beside it each floor has a [`Table`] that says the same in Korean; whoever shows the text to a person asks the table.
//! What no table knows stays as it is: the words of kubectl, of PostgreSQL and of the operating system are their own.
//!
//! Left out: what only an author of labs or of the book meets, and the usage errors of the command line's parser.

mod particle;
mod table;

#[cfg(test)]
pub(crate) mod sources;

pub use particle::fitted;
pub use table::{Sentences, Table};

use serde::{Deserialize, Serialize};

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Lang {
    /// Every language, in the order in which they are listed.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Ko];

    /// Returns the language that a tag such as `ko`, `ko-KR` or `ko_KR.UTF-8` names.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        match tag.split(['-', '_', '.']).next() {
            Some("en") => Some(Lang::En),
            Some("ko") => Some(Lang::Ko),
            _ => None,
        }
    }

    /// Returns the language's tag.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Ko => "ko",
        }
    }
}
