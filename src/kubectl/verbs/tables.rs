//! Tables of flags that share a part.

use crate::kubectl::flags::{Done, Flag, Takes, flag};

/// Joins two tables at compile time; `N` is the sum of their lengths.
pub(super) const fn joined<const N: usize>(own: &[Flag], common: &[Flag]) -> [Flag; N] {
    let mut all = [flag("", Takes::Bool); N];
    let mut at = 0;
    while at < N {
        all[at] = if at < own.len() {
            own[at]
        } else {
            common[at - own.len()]
        };
        at += 1;
    }
    all
}

/// Makes a table of a verb's own flags and those that it shares with others: `flags![COMMON; flag(…), flag(…)]`.
macro_rules! flags {
    ($common:expr; $($own:expr),* $(,)?) => {{
        const OWN: &[$crate::kubectl::flags::Flag] = &[$($own),*];
        const ALL: [$crate::kubectl::flags::Flag; OWN.len() + $common.len()] =
            $crate::kubectl::verbs::tables::joined(OWN, $common);
        &ALL
    }};
}
pub(super) use flags;

/// Says in a word what pglab does with a flag.
pub(super) fn done(flag: &Flag) -> &'static str {
    match flag.done {
        Done::Yes => "",
        Done::Moot => "makes no difference here",
        Done::No => "not simulated",
    }
}
