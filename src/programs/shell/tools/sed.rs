//! `sed`: its small language of edits.

use super::filter::inputs;
use super::{Act, Call};
use crate::programs::bytes::bytes_of;
use crate::programs::shell::pattern::Regex;

/// `sed [-i] [-E] [-n] SCRIPT [FILE…]`: `s/…/…/g`, `/…/d`, `Nd`, `/…/p`. Other commands are refused by name.
pub(super) fn sed(call: &mut Call<'_>) -> Act {
    let flags = call.flags("e");
    let mut rest = flags.rest.clone();
    let script = match flags.value('e') {
        Some(script) => script.to_owned(),
        None if rest.is_empty() => return call.complain("no script"),
        None => rest.remove(0),
    };
    let extended = flags.has('E') || flags.has('r');
    let mut edits = Vec::new();
    for part in script.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        match edit(part, extended) {
            Some(edit) => edits.push(edit),
            None => {
                call.said
                    .err(&format!("sed: pglab does not read this command: {part}\n"));
                return Act::Done(126);
            }
        }
    }
    let mut code = 0;
    for (name, text) in inputs(call, &rest, &mut code) {
        let mut out = String::new();
        for (at, line) in text.lines().enumerate() {
            out.push_str(&edited(line, at + 1, &edits, flags.has('n')));
        }
        if flags.has('i') && name != "-" {
            let path = call.path(&name);
            if let Err(error) = call.on_files(|files| files.write(&path, &bytes_of(&out))) {
                return call.complain(&format!("couldn't open {name}: {error}"));
            }
        } else {
            call.out(&out);
        }
    }
    Act::Done(i32::from(code > 0))
}

enum Edit {
    Replace(Regex, String, bool),
    Delete(Where),
    Print(Where),
}

enum Where {
    Line(usize),
    Match(Regex),
}

fn edit(part: &str, extended: bool) -> Option<Edit> {
    if let Some(rest) = part.strip_prefix('s') {
        let mark = rest.chars().next()?;
        let mut pieces: Vec<String> = vec![String::new()];
        let mut letters = rest.chars().skip(1).peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' if letters.peek() == Some(&mark) => pieces.last_mut()?.extend(letters.next()),
                '\\' => pieces.last_mut()?.extend(std::iter::once('\\').chain(letters.next())),
                letter if letter == mark => pieces.push(String::new()),
                letter => pieces.last_mut()?.push(letter),
            }
        }
        let [wanted, with, how] = pieces.as_slice() else {
            return None;
        };
        if !how.chars().all(|letter| "gI".contains(letter)) {
            return None;
        }
        let regex = Regex::new(wanted, extended, how.contains('I'))?;
        return Some(Edit::Replace(regex, with.clone(), how.contains('g')));
    }
    let (place, command) = part.split_at(part.len().checked_sub(1)?);
    let place = match place.strip_prefix('/').and_then(|place| place.strip_suffix('/')) {
        Some(wanted) => Where::Match(Regex::new(wanted, extended, false)?),
        None => Where::Line(place.parse().ok()?),
    };
    match command {
        "d" => Some(Edit::Delete(place)),
        "p" => Some(Edit::Print(place)),
        _ => None,
    }
}

fn edited(line: &str, number: usize, edits: &[Edit], quiet: bool) -> String {
    let (mut line, mut out) = (line.to_owned(), String::new());
    let is_at = |place: &Where, line: &str| match place {
        Where::Line(at) => *at == number,
        Where::Match(regex) => regex.is_in(line),
    };
    for edit in edits {
        match edit {
            Edit::Replace(regex, with, all) => line = replaced(&line, regex, with, *all),
            Edit::Delete(place) if is_at(place, &line) => return out,
            Edit::Print(place) if is_at(place, &line) => out.push_str(&format!("{line}\n")),
            Edit::Delete(_) | Edit::Print(_) => (),
        }
    }
    if !quiet {
        out.push_str(&format!("{line}\n"));
    }
    out
}

fn replaced(line: &str, regex: &Regex, with: &str, all: bool) -> String {
    let letters: Vec<char> = line.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    while let Some(found) = regex.find(&letters, at) {
        let Some((from, to)) = found[0] else { break };
        out.extend(&letters[at..from]);
        let mut signs = with.chars();
        while let Some(sign) = signs.next() {
            match sign {
                '&' => out.extend(&letters[from..to]),
                '\\' => match signs.next() {
                    Some(digit) if digit.is_ascii_digit() => {
                        let group = found.get(digit as usize - '0' as usize).copied().flatten();
                        out.extend(group.map(|(from, to)| &letters[from..to]).unwrap_or_default());
                    }
                    Some('n') => out.push('\n'),
                    Some(letter) => out.push(letter),
                    None => (),
                },
                sign => out.push(sign),
            }
        }
        // Something empty that matched must not match again at the same place.
        if to == from {
            out.extend(letters.get(to));
        }
        at = to.max(from + 1).min(letters.len() + usize::from(to == from));
        if !all || at > letters.len() {
            break;
        }
    }
    out.extend(letters.get(at..).unwrap_or_default());
    out
}
