//! Finds the line whose indentation fits nothing above it.
//!
//! Is asked only about a text that YAML has refused, so it may guess; it never refuses anything itself.

use crate::manifest::place::Place;

/// A line that stands in the wrong column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// Its first word.
    pub place: Place,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// A block that is open above a line.
struct Block {
    column: usize,
    word: String,
    takes_children: bool,
}

/// Looks for the first misplaced line of a text whose first line is `first_line` of its source.
pub fn culprit(text: &str, first_line: u32) -> Option<Culprit> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut literal_of: Option<usize> = None;
    let mut brackets = 0i32;
    for (number, line) in text.lines().enumerate() {
        let indent = line.chars().take_while(|c| *c == ' ').count();
        let content = strip_comment(&line[indent..]);
        if content.is_empty() || content.starts_with("---") || content.starts_with('%') {
            continue;
        }
        if literal_of.is_some_and(|column| indent > column) {
            continue;
        }
        literal_of = None;
        if brackets > 0 {
            brackets += balance(content);
            continue;
        }
        let word = first_word(content);
        let place = Place::new(
            first_line.saturating_add(u32::try_from(number).unwrap_or(u32::MAX)),
            u32::try_from(indent + 1).unwrap_or(u32::MAX),
            u32::try_from(word.chars().count()).unwrap_or(1),
        );

        let mut left = None;
        while blocks.last().is_some_and(|block| block.column > indent) {
            left = blocks.pop();
        }
        let same = blocks.last().is_some_and(|block| block.column == indent);
        if let (Some(left), false) = (&left, same) {
            let inner = format!("with `{}` (column {})", left.word, left.column + 1);
            let hint = match blocks.last() {
                Some(outer) => format!(
                    "align it {inner} or with `{}` (column {})",
                    outer.word,
                    outer.column + 1
                ),
                None => format!("align it {inner}"),
            };
            return Some(Culprit {
                place,
                what: format!("`{word}` begins in a column where nothing above it begins"),
                hint,
            });
        }
        let is_entry = content.starts_with("- ") || content == "-" || key_end(content).is_some();
        if let (Some(above), false, true) = (blocks.last(), same, is_entry)
            && !above.takes_children
        {
            return Some(Culprit {
                place,
                what: format!("`{word}` is indented below `{}`, which already has a value", above.word),
                hint: format!("align it with `{}` (column {})", above.word, above.column + 1),
            });
        }
        if same {
            blocks.pop();
        }
        push(&mut blocks, indent, content);
        if is_block_scalar(content) {
            literal_of = Some(blocks.last().map_or(indent, |block| block.column));
        }
        brackets = (brackets + balance(content)).max(0);
    }
    None
}

/// Opens the blocks of one line: `- - name: x` opens three.
fn push(blocks: &mut Vec<Block>, mut column: usize, mut content: &str) {
    while let Some(rest) = content.strip_prefix("- ") {
        blocks.push(Block {
            column,
            word: "-".to_owned(),
            takes_children: true,
        });
        let trimmed = rest.trim_start();
        column += content.len() - trimmed.len();
        content = trimmed;
    }
    let takes_children = content == "-" || key_end(content).is_some_and(|end| opens(content[end..].trim()));
    blocks.push(Block {
        column,
        word: first_word(content).to_owned(),
        takes_children,
    });
}

/// Tells whether what stands behind a key leaves room for children: nothing, an anchor or a tag.
fn opens(value: &str) -> bool {
    value
        .split_whitespace()
        .all(|word| word.starts_with('&') || word.starts_with('!'))
}

/// Returns where the value of `key: value` begins.
fn key_end(content: &str) -> Option<usize> {
    content
        .find(": ")
        .map(|at| at + 1)
        .or_else(|| content.ends_with(':').then_some(content.len()))
}

fn first_word(content: &str) -> &str {
    let content = content.strip_prefix("- ").map_or(content, str::trim_start);
    match key_end(content) {
        Some(end) => &content[..end - 1],
        None => content.split_whitespace().next().unwrap_or(content),
    }
}

fn strip_comment(content: &str) -> &str {
    if content.starts_with('#') {
        return "";
    }
    content.find(" #").map_or(content, |at| &content[..at]).trim_end()
}

fn is_block_scalar(content: &str) -> bool {
    let last = content.split_whitespace().next_back().unwrap_or("");
    last.starts_with(['|', '>']) && last[1..].chars().all(|c| matches!(c, '+' | '-' | '0'..='9'))
}

fn balance(content: &str) -> i32 {
    content.chars().fold(0, |open, c| match c {
        '[' | '{' => open + 1,
        ']' | '}' => open - 1,
        _ => open,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_between_two_levels_is_found() {
        let found = culprit("kind: Pod\nmetadata:\n  name: p\n spec:\n  containers: []\n", 1).expect("line 4 is wrong");
        assert_eq!((found.place.line, found.place.column), (4, 2));
        assert_eq!(found.what, "`spec` begins in a column where nothing above it begins");
        assert_eq!(
            found.hint,
            "align it with `name` (column 3) or with `metadata` (column 1)"
        );
    }

    #[test]
    fn a_key_below_a_value_is_found() {
        let found = culprit("a:\n- name: x\n    image: y\n", 10).expect("line 12 is wrong");
        assert_eq!(found.place.line, 12);
        assert_eq!(
            found.what,
            "`image` is indented below `name`, which already has a value"
        );
        assert_eq!(found.hint, "align it with `name` (column 3)");
    }

    #[test]
    fn good_indentation_has_no_culprit() {
        let text = "---\na: &x\n  b: |\n      text\n    : odd\n  c: {d: 1,\n e: 2}\n  f:\n  - g: 1\n    h:\n    - - 1\n      - 2\n  i: long\n    words\nj: 1\n";
        assert_eq!(culprit(text, 1), None);
    }
}
