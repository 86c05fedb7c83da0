//! Tabs where YAML wants blanks: said once a document, and read over, so that they hide nothing else.

use crate::manifest::place::Place;
use crate::manifest::read::fault::Fault;
use crate::manifest::read::yaml::{self, Yaml};
use crate::manifest::tree::{Node, Tree};

/// Widths tried for a tab; the first that makes YAML of the text wins.
const WIDTHS: [usize; 4] = [2, 4, 8, 1];

/// Reads a document that YAML refused, with blanks for its leading tabs; places are those of the text as written.
pub fn read_over(text: &str, first_line: u32) -> Option<Yaml> {
    WIDTHS.iter().find_map(|&width| {
        let mut yaml = yaml::read(&expand(text, width), first_line).ok()?;
        if let Some(tree) = &mut yaml.tree {
            let shifts: Vec<u32> = text.lines().map(|line| shift(line, width)).collect();
            move_back(tree, first_line, &shifts);
        }
        Some(yaml)
    })
}

/// Says which lines are indented with tabs; `None` when none is.
pub fn fault(text: &str, first_line: u32) -> Option<Fault> {
    let lines: Vec<(u32, u32, u32)> = (first_line..)
        .zip(text.lines())
        .filter_map(|(number, line)| {
            let indent = indent_of(line);
            let before = u32::try_from(indent.find('\t')?).ok()?;
            let tabs = u32::try_from(indent.chars().filter(|c| *c == '\t').count()).ok()?;
            Some((number, before + 1, tabs))
        })
        .collect();
    let &(line, column, width) = lines.first()?;
    let hint = match &lines[1..] {
        [] => "write blanks instead of the tab, two for each level".to_owned(),
        others => {
            let numbers: Vec<String> = others.iter().map(|(number, ..)| number.to_string()).collect();
            let plural = if others.len() == 1 { "line" } else { "lines" };
            format!(
                "write blanks instead of the tabs, two for each level; the same on {plural} {}",
                numbers.join(", ")
            )
        }
    };
    Some(Fault {
        place: Place::new(line, column, width),
        what: "a tab in the indentation: YAML is indented with blanks only".to_owned(),
        hint: Some(hint),
        kubectl: format!(
            "yaml: line {}: found character that cannot start any token",
            line - first_line + 1
        ),
    })
}

/// The blanks and tabs before a line's first character; a blank line has none that count.
fn indent_of(line: &str) -> &str {
    let rest = line.trim_start_matches([' ', '\t']);
    if rest.trim().is_empty() {
        ""
    } else {
        &line[..line.len() - rest.len()]
    }
}

fn expand(text: &str, width: usize) -> String {
    let mut expanded = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive('\n') {
        let indent = indent_of(line);
        expanded.push_str(&indent.replace('\t', &" ".repeat(width)));
        expanded.push_str(&line[indent.len()..]);
    }
    expanded
}

/// By how many columns the expansion has moved a line.
fn shift(line: &str, width: usize) -> u32 {
    let tabs = indent_of(line).chars().filter(|c| *c == '\t').count();
    u32::try_from(tabs * (width - 1)).unwrap_or(0)
}

fn move_back(tree: &mut Tree, first_line: u32, shifts: &[u32]) {
    let back = |place: &mut Place| {
        let shift = shifts
            .get(place.line.saturating_sub(first_line) as usize)
            .copied()
            .unwrap_or(0);
        place.column = place.column.saturating_sub(shift).max(1);
    };
    back(&mut tree.place);
    match &mut tree.node {
        Node::Map(entries) => {
            for entry in entries {
                back(&mut entry.place);
                move_back(&mut entry.value, first_line, shifts);
            }
        }
        Node::List(items) => items.iter_mut().for_each(|item| move_back(item, first_line, shifts)),
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tabs_are_named_and_read_over() {
        let text = "spec:\n\taccessModes:\n\t\t- ReadWriteOnce\n";
        let fault = fault(text, 4).expect("there are tabs");
        assert_eq!(fault.place, Place::new(5, 1, 1));
        assert!(fault.hint.is_some_and(|hint| hint.ends_with("the same on line 6")));
        let tree = read_over(text, 4)
            .and_then(|yaml| yaml.tree)
            .expect("it is YAML but for the tabs");
        assert_eq!(tree.to_value(), json!({"spec": {"accessModes": ["ReadWriteOnce"]}}));
        let modes = tree
            .get("spec")
            .and_then(|spec| spec.entry("accessModes"))
            .expect("it was written");
        assert_eq!(modes.place, Place::new(5, 2, 11));
    }

    #[test]
    fn tabs_inside_of_a_value_are_no_indentation() {
        assert_eq!(fault("a: |\n  x\ty\n\t\nb:\t1\n", 1), None);
    }
}
