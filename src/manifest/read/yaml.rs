//! One YAML document to a tree: anchors, merge keys and tags are resolved here, nulls and equal keys are kept.
//!
//! Stands on serde-saphyr's event parser rather than on its serde face, as only events tell `"yes"` from `yes`.

use crate::manifest::place::Place;
use crate::manifest::read::fault::Fault;
use crate::manifest::read::{diagnose, scalar};
use crate::manifest::tree::{Entry, Node, Tree};
use base64::Engine;
use serde_yaml::granit_parser::{self, Event, Marker, Parser, ScalarStyle, Span, StrInput, Tag};
use std::collections::BTreeMap;

/// Aliases may unfold to this many values; beyond that a few lines could fill the memory.
const UNFOLDED_MAX: usize = 100_000;

/// Deeper values would use up the stack; the deepest schemas of real charts end at about forty.
pub(super) const DEPTH_MAX: usize = 100;

/// What a document holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Yaml {
    /// The value; `None` when there are only comments.
    pub tree: Option<Tree>,
    /// Where a second document begins behind `...`, which kubectl does not read.
    pub unread: Option<Place>,
}

/// Reads the first document of a text whose first line is line `first_line` of its source.
pub fn read(text: &str, first_line: u32) -> Result<Yaml, Fault> {
    let mut composer = Composer {
        parser: Parser::new_from_str_with_options(
            text,
            granit_parser::options! {
                emit_comments: false,
                block_nesting_limit: DEPTH_MAX,
                flow_nesting_limit: DEPTH_MAX,
            },
        ),
        text,
        first_line,
        anchors: BTreeMap::new(),
        unfolded: 0,
    };
    composer.document()
}

struct Composer<'a> {
    parser: Parser<'a, StrInput<'a>>,
    text: &'a str,
    first_line: u32,
    anchors: BTreeMap<usize, Tree>,
    unfolded: usize,
}

impl<'a> Composer<'a> {
    fn document(&mut self) -> Result<Yaml, Fault> {
        let mut tree = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamStart | Event::DocumentStart(..) | Event::Comment(..) => (),
                Event::StreamEnd => break,
                Event::DocumentEnd => {
                    let unread = self.second_document();
                    return Ok(Yaml { tree, unread });
                }
                event => tree = Some(self.node(event, span, None)?),
            }
        }
        Ok(Yaml { tree, unread: None })
    }

    /// Finds content behind the first document; what is broken there is not read either.
    fn second_document(&mut self) -> Option<Place> {
        while let Ok(Some((event, span))) = self.next() {
            match event {
                Event::Comment(..) | Event::DocumentStart(..) | Event::DocumentEnd => (),
                Event::StreamEnd => break,
                _ => return Some(self.place(&span)),
            }
        }
        None
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Fault> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(next)) => Ok(Some(next)),
            Some(Err(error)) => Err(diagnose::fault(self.text, self.first_line, &error)),
        }
    }

    /// Reads the node that an event begins; an empty value stands where its key does.
    fn node(&mut self, event: Event<'a>, span: Span, key: Option<Place>) -> Result<Tree, Fault> {
        let place = self.place(&span);
        let (anchor, tree) = match event {
            Event::Scalar(word, style, anchor, tag) => {
                // An empty plain scalar has no place of its own.
                let empty = style == ScalarStyle::Plain && span.is_empty();
                let place = if empty { key.unwrap_or(place) } else { place };
                let word = if empty { "" } else { &*word };
                (
                    anchor,
                    Tree {
                        place,
                        node: self.scalar(word, style, tag.as_deref(), place)?,
                    },
                )
            }
            Event::SequenceStart(_, anchor, _) => {
                let mut items = Vec::new();
                while let Some((event, span)) = self.next_part()? {
                    if event == Event::SequenceEnd {
                        break;
                    }
                    items.push(self.node(event, span, None)?);
                }
                (
                    anchor,
                    Tree {
                        place,
                        node: Node::List(items),
                    },
                )
            }
            Event::MappingStart(_, anchor, _) => {
                let entries = self.entries()?;
                let width = entries
                    .iter()
                    .find(|entry| (entry.place.line, entry.place.column) == (place.line, place.column));
                let place = width.map_or(place, |first| first.place);
                (
                    anchor,
                    Tree {
                        place,
                        node: Node::Map(entries),
                    },
                )
            }
            Event::Alias(anchor) => (0, self.alias(anchor, place)?),
            // The parser offers nothing else where a node must stand.
            _ => (
                0,
                Tree {
                    place,
                    node: Node::Null,
                },
            ),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, tree.clone());
        }
        Ok(tree)
    }

    fn next_part(&mut self) -> Result<Option<(Event<'a>, Span)>, Fault> {
        loop {
            match self.next()? {
                Some((Event::Comment(..), _)) => (),
                other => return Ok(other),
            }
        }
    }

    fn entries(&mut self) -> Result<Vec<Entry>, Fault> {
        let mut entries = Vec::new();
        let mut merged = Vec::new();
        while let Some((event, span)) = self.next_part()? {
            if event == Event::MappingEnd {
                break;
            }
            let merges = matches!(&event, Event::Scalar(word, ScalarStyle::Plain, ..) if word == "<<");
            let key_tree = self.node(event, span, None)?;
            let place = key_tree.place;
            let Some((event, span)) = self.next_part()? else { break };
            let value = self.node(event, span, Some(place))?;
            if merges {
                merge(value, &mut merged)?;
                continue;
            }
            let Some(key) = key_text(&key_tree.node) else {
                return Err(Fault {
                    place,
                    what: format!("a key must be a word, not {}", key_tree.noun()),
                    hint: Some("a `{{ … }}` of a chart must be rendered first (`helm template`)".to_owned())
                        .filter(|_| diagnose::line(self.text, self.first_line, place.line).contains("{{")),
                    kubectl: "invalid map key".to_owned(),
                });
            };
            entries.push(Entry { key, place, value });
        }
        // What is written here goes before what is merged from elsewhere.
        merged.retain(|entry: &Entry| !entries.iter().any(|written| written.key == entry.key));
        merged.append(&mut entries);
        Ok(merged)
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<Tree, Fault> {
        let fault = |what: &str| Fault {
            place,
            what: what.to_owned(),
            hint: None,
            kubectl: "document contains excessive aliasing".to_owned(),
        };
        let Some(target) = self.anchors.get(&anchor) else {
            return Err(fault("an alias inside of what it names"));
        };
        self.unfolded += size(target);
        if height(target) > DEPTH_MAX {
            return Err(fault("aliases unfold to more than 100 levels"));
        }
        if self.unfolded > UNFOLDED_MAX {
            return Err(fault("aliases unfold to more than 100,000 values"));
        }
        Ok(Tree {
            place,
            node: target.node.clone(),
        })
    }

    fn scalar(&self, word: &str, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Result<Node, Fault> {
        let fault = |what: String| Fault {
            place,
            kubectl: format!("cannot decode `{word}`"),
            what,
            hint: Some("put it in quotes".to_owned()),
        };
        let resolved =
            || scalar::resolve(word).ok_or_else(|| fault(format!("`{word}` is a number that JSON does not have")));
        let Some(tag) = tag.and_then(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:")) else {
            return if style == ScalarStyle::Plain {
                resolved()
            } else {
                Ok(Node::Text(word.to_owned()))
            };
        };
        match &*tag {
            "str" => Ok(Node::Text(word.to_owned())),
            "binary" => {
                let compact: String = word.split_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(compact)
                    .map_err(|_| fault("`!!binary` must be base64".to_owned()))?;
                // Go's JSON encoder replaces what is no UTF-8 in the same way.
                Ok(Node::Text(String::from_utf8_lossy(&bytes).into_owned()))
            }
            _ => resolved(),
        }
    }

    fn place(&self, span: &Span) -> Place {
        let Span { start, end, .. } = *span;
        let width = if end.line() == start.line() {
            end.col().saturating_sub(start.col())
        } else {
            let rest = diagnose::line(self.text, 1, small(start.line()))
                .chars()
                .skip(start.col());
            rest.collect::<String>().trim_end().chars().count()
        };
        Place {
            width: small(width).max(1),
            ..at(self.first_line, &start)
        }
    }
}

/// Turns a parser's mark into a place of the source.
pub fn at(first_line: u32, mark: &Marker) -> Place {
    Place::new(
        (first_line - 1).saturating_add(small(mark.line()).max(1)),
        small(mark.col()).saturating_add(1),
        1,
    )
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// sigs.k8s.io/yaml, convertToJSONableObject: numbers and booleans may be keys, null may not.
fn key_text(node: &Node) -> Option<String> {
    match node {
        Node::Text(text) => Some(text.clone()),
        Node::Bool(flag) => Some(flag.to_string()),
        Node::Number(number) => Some(number.to_string()),
        Node::Null | Node::List(_) | Node::Map(_) => None,
    }
}

/// `<<: *defaults`: the entries of a map, or of a list of maps of which the first has the last word.
fn merge(value: Tree, into: &mut Vec<Entry>) -> Result<(), Fault> {
    match value.node {
        Node::Map(entries) => {
            for entry in entries {
                if !into.iter().any(|known| known.key == entry.key) {
                    into.push(entry);
                }
            }
            Ok(())
        }
        Node::List(items) if items.iter().all(|item| matches!(item.node, Node::Map(_))) => {
            items.into_iter().try_for_each(|item| merge(item, into))
        }
        _ => Err(Fault {
            place: value.place,
            what: "`<<` merges maps only".to_owned(),
            hint: None,
            kubectl: "map merge requires map or sequence of maps as the value".to_owned(),
        }),
    }
}

fn height(tree: &Tree) -> usize {
    let values = tree
        .items()
        .iter()
        .chain(tree.entries().iter().map(|entry| &entry.value));
    1 + values.map(height).max().unwrap_or(0)
}

fn size(tree: &Tree) -> usize {
    1 + tree.items().iter().map(size).sum::<usize>()
        + tree.entries().iter().map(|entry| size(&entry.value)).sum::<usize>()
}
