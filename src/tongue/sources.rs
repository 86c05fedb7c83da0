//! The sentences that stand in the code, for tests: whoever writes a new one is asked for its Korean.

use std::path::Path;

/// Returns the sentences among the arguments of calls such as `Failure::wrong(` in a file or a folder below `src`, with
/// `x1` in their holes; tests are left out, and words that stand alone are none.
pub fn sentences(place: &str, calls: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(place),
        calls,
        &mut found,
    );
    assert!(!found.is_empty(), "{place} says something");
    found
}

fn walk(place: &Path, calls: &[&str], found: &mut Vec<String>) {
    if place.is_dir() {
        for entry in std::fs::read_dir(place).expect("a folder").flatten() {
            walk(&entry.path(), calls, found);
        }
        return;
    }
    let is_test = place.ends_with("tests.rs") || place.components().any(|part| part.as_os_str() == "tests");
    if is_test || place.extension().is_none_or(|end| end != "rs") {
        return;
    }
    let text = std::fs::read_to_string(place).expect("a source is text");
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    for call in calls {
        for (at, _) in code.match_indices(call) {
            let literals = literals(&code[at + call.len()..]);
            found.extend(literals.into_iter().filter(|text| text.trim().contains(' ')));
        }
    }
}

/// Returns the text literals up to the parenthesis that closes, with `x1` for what is filled in.
pub fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut depth, mut letters) = (1, code.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            '"' => {
                let mut literal = String::new();
                while let Some(letter) = letters.next() {
                    match letter {
                        '"' => break,
                        '\\' => match letters.next() {
                            // A literal that goes on in the next line.
                            Some('\n') => while letters.next_if(|c| c.is_whitespace()).is_some() {},
                            Some(other) => literal.push(other),
                            None => break,
                        },
                        other => literal.push(other),
                    }
                }
                found.push(filled(&literal));
            }
            _ => (),
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// Fills the holes of a format.
fn filled(format: &str) -> String {
    let mut out = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' | '}' if letters.next_if_eq(&letter).is_some() => out.push(letter),
            '{' => {
                letters.by_ref().take_while(|c| *c != '}').for_each(drop);
                out.push_str("x1");
            }
            other => out.push(other),
        }
    }
    out
}
