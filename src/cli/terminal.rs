//! The terminal: whether it takes colour, how wide it is, which language its owner speaks.

use super::error::{Exit, Failure};
use crate::lab::Lang;
use crate::lab::show::Look;
use crate::programs::bytes::bytes_of;
use std::io::{ErrorKind, IsTerminal, Write};

/// The width of plain text, and the most that a line of words takes on a terminal.
const WIDTH: usize = 96;

/// Returns how a play is to look on this terminal.
pub(super) fn look(lang: Lang, quiet: bool) -> Look {
    Look {
        lang,
        quiet,
        colour: colour(),
        width: width(),
    }
}

/// Says whether standard output takes colour (https://no-color.org, and `CLICOLOR_FORCE`).
pub(super) fn colour() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("NO_COLOR") {
        return false;
    }
    if std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0" && !value.is_empty()) {
        return true;
    }
    std::io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

fn width() -> usize {
    columns().min(WIDTH)
}

/// Returns the width of the terminal, and that of plain text where there is none.
pub(super) fn columns() -> usize {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse::<usize>().ok());
    columns
        .filter(|_| std::io::stdout().is_terminal())
        .map_or(WIDTH, |columns| columns.clamp(40, 500))
}

/// Reads a language.
pub(super) fn read_language(tag: &str) -> Result<Lang, String> {
    Lang::from_tag(tag).ok_or_else(|| "there are en and ko".to_owned())
}

/// Returns the language that the environment asks for (`LC_ALL`, `LC_MESSAGES`, `LANG`); English where it is another.
pub(super) fn language() -> Lang {
    let mut set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok());
    set.find(|value| !value.is_empty())
        .and_then(|tag| Lang::from_tag(&tag))
        .unwrap_or_default()
}

/// Prints text; a reader who has gone is no failure.
pub(super) fn print(text: &str) -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    written(out.write_all(&bytes_of(text)).and_then(|()| out.flush()).err()).map(|()| Exit::Fine)
}

/// Judges a failure to write.
pub(super) fn written(failed: Option<std::io::Error>) -> Result<(), Failure> {
    match failed {
        None => Ok(()),
        Some(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::Unheard),
        Some(error) => Err(Failure::wrong(
            format!("cannot write the output: {error}"),
            "see whether the disk is full, or the file cannot be written",
        )),
    }
}

/// Tells the person something that is no data.
pub(super) fn tell(words: &str) {
    eprintln!("{words}");
}

/// Makes sure that what was printed has gone out.
pub(super) fn flush() -> Result<(), Failure> {
    written(std::io::stdout().lock().flush().err())
}
