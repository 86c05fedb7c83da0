//! Sources to documents: split, parse, unfold lists. What is broken hides nothing else.

pub mod split;
pub mod yaml;
pub mod json;
pub mod scalar;
pub mod tabs;
pub mod fault;
mod diagnose;
mod indentation;

use crate::manifest::document::Document;
use crate::manifest::place::Place;
use crate::manifest::source::Source;
use crate::manifest::tree::{Entry, Node, Tree};
use crate::manifest::trouble::{Rule, Trouble};
use fault::Fault;
use std::sync::Arc;

/// What stands in some sources: the objects, and what could not be read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The names of the sources, in their order.
    pub sources: Vec<String>,
    /// The objects in the order of writing; lists are unfolded.
    pub documents: Vec<Document>,
    /// What is wrong with the texts themselves.
    pub troubles: Vec<Trouble>,
}

/// Reads YAML and JSON sources.
pub fn read(sources: &[Source]) -> Reading {
    let mut reading = Reading::default();
    for source in sources {
        reading.sources.push(source.name.clone());
        let source = Arc::new(source.clone());
        let before = reading.documents.len() + reading.troubles.len();
        read_source(&source, &mut reading);
        if reading.documents.len() + reading.troubles.len() == before {
            reading.troubles.push(Trouble::warning(
                &source,
                Place::new(1, 1, 1),
                Rule::Nothing,
                "there is no object in this file",
                None,
            ));
        }
    }
    reading
}

fn read_source(source: &Arc<Source>, reading: &mut Reading) {
    let text = source.text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        let (trees, fault) = json::read(text);
        // kubectl also tries YAML on what begins like JSON: `{a: b}` is good YAML.
        if fault.is_none() || trees.iter().any(|tree| tree.get("kind").is_some()) || yaml::read(text, 1).is_err() {
            trees.into_iter().for_each(|tree| unfold(source, tree, None, reading));
            reading.troubles.extend(fault.map(|fault| broken(source, fault)));
            return;
        }
    }
    for part in split::split(text) {
        match yaml::read(part.text, part.first_line) {
            Ok(yaml) => take(source, yaml, reading),
            Err(fault) => match read_over_tabs(part, &fault) {
                Some((tabs, yaml)) => {
                    reading.troubles.push(broken(source, tabs));
                    let from = reading.documents.len();
                    if let Some(yaml) = yaml {
                        take(source, yaml, reading);
                    }
                    reading.documents[from..]
                        .iter_mut()
                        .for_each(|document| document.over_tabs = true);
                }
                None => reading.troubles.push(broken(source, fault)),
            },
        }
    }
}

/// Says that it was the tabs, when reading them as blanks helps, or when the fault stands on such a line.
fn read_over_tabs(part: split::Part<'_>, fault: &Fault) -> Option<(Fault, Option<yaml::Yaml>)> {
    let tabs = tabs::fault(part.text, part.first_line)?;
    let yaml = tabs::read_over(part.text, part.first_line);
    let tabbed = |line: u32| {
        diagnose::line(part.text, part.first_line, line).starts_with([' ', '\t'])
            && diagnose::line(part.text, part.first_line, line)
                .trim_start_matches(' ')
                .starts_with('\t')
    };
    (yaml.is_some() || tabbed(fault.place.line) || tabbed(fault.place.line + 1)).then_some((tabs, yaml))
}

fn take(source: &Arc<Source>, yaml: yaml::Yaml, reading: &mut Reading) {
    if let Some(tree) = yaml.tree {
        unfold(source, tree, None, reading);
    }
    if let Some(place) = yaml.unread {
        reading.troubles.push(Trouble::warning(
            source,
            place,
            Rule::Unread,
            "what follows `...` is not read, here or by kubectl",
            Some("begin the next document with `---`".to_owned()),
        ));
    }
}

fn broken(source: &Source, fault: Fault) -> Trouble {
    Trouble::error(source, fault.place, Rule::Syntax(fault.kubectl), fault.what, fault.hint)
}

/// Makes documents of a tree: one, or one for each item of a `kind: List`.
fn unfold(source: &Arc<Source>, mut tree: Tree, of_list: Option<&Tree>, reading: &mut Reading) {
    match &tree.node {
        Node::Null => return,
        Node::Map(_) => (),
        _ => {
            reading.troubles.push(Trouble::error(
                source,
                tree.place,
                Rule::Syntax("couldn't get version/kind; json parse error".to_owned()),
                format!("an object was expected here, not {}", tree.noun()),
                Some("an object begins with `apiVersion:` and `kind:`".to_owned()),
            ));
            return;
        }
    }
    if let Some(list) = of_list {
        inherit(&mut tree, list);
    }
    // apimachinery, UnstructuredJSONScheme: whatever has `items` is a list.
    let is_list = tree
        .get("kind")
        .and_then(Tree::text)
        .is_some_and(|kind| kind.ends_with("List"));
    match tree.get("items").map(|items| &items.node) {
        Some(Node::List(items)) if is_list && of_list.is_none() => {
            for item in items {
                unfold(source, item.clone(), Some(&tree), reading);
            }
        }
        _ => {
            reading.documents.push(Document::new(source.clone(), tree));
        }
    }
}

/// The items of a `PodList` need not say that they are pods.
fn inherit(item: &mut Tree, list: &Tree) {
    let kind = list
        .get("kind")
        .and_then(Tree::text)
        .and_then(|kind| kind.strip_suffix("List"))
        .unwrap_or("");
    let place = item.place;
    if kind.is_empty() || item.get("kind").is_some() {
        return;
    }
    let api_version = list.get("apiVersion").and_then(Tree::text).unwrap_or("");
    if let Node::Map(entries) = &mut item.node {
        for (key, text) in [("kind", kind), ("apiVersion", api_version)] {
            let value = Tree {
                place,
                node: Node::Text(text.to_owned()),
            };
            entries.push(Entry {
                key: key.to_owned(),
                place,
                value,
            });
        }
    }
}
