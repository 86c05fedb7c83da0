//! The verbs: one file each, one table of all.

mod get;

use super::call::Call;
use super::flags::Flag;
use super::trouble::Verdict;

/// One verb of kubectl.
pub struct Verb {
    /// Its name, in one or two words.
    pub name: &'static str,
    /// Other names, as kubectl has them.
    pub aliases: &'static [&'static str],
    /// The flags that it takes beside the global ones.
    pub flags: &'static [Flag],
    pub(super) run: fn(&mut Call<'_>) -> Verdict,
}

impl Verb {
    /// Says whether these words name the verb.
    pub fn answers_to(&self, words: &str) -> bool {
        self.name == words || self.aliases.contains(&words)
    }
}

/// All the verbs.
pub static VERBS: &[Verb] = &[get::GET];
