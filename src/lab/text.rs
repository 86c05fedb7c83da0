//! Words in both languages of the course.

use serde::{Deserialize, Serialize};

/// A language in which the course is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// The same words in each language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// In English.
    pub en: String,
    /// In Korean.
    pub ko: String,
}

impl Text {
    /// Returns the words in one language.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ko => &self.ko,
        }
    }
}
