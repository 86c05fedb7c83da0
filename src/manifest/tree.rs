//! A value as it was written: every key and every value knows its place.
//!
//! A tree keeps what JSON would lose: nulls, and the first of two equal keys.
//! It knows neither YAML nor Kubernetes.

use crate::manifest::path::{Path, Step};
use crate::manifest::place::Place;
use serde_json::{Map, Number, Value};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Where the value begins; for an empty value, the place of its key.
    pub place: Place,
    /// The value.
    pub node: Node,
}

/// What a value is, before anything is known about what it should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Nothing after the colon, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// A map, in the order of writing; equal keys may still be there.
    Map(Vec<Entry>),
}

/// One `key: value` of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub value: Tree,
}

impl Tree {
    /// Makes a tree of a value that was never written; every part stands at `place`.
    pub fn from_value(value: &Value, place: Place) -> Tree {
        let node = match value {
            Value::Null => Node::Null,
            Value::Bool(flag) => Node::Bool(*flag),
            Value::Number(number) => Node::Number(number.clone()),
            Value::String(text) => Node::Text(text.clone()),
            Value::Array(items) => Node::List(items.iter().map(|item| Tree::from_value(item, place)).collect()),
            Value::Object(map) => Node::Map(
                map.iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        place,
                        value: Tree::from_value(value, place),
                    })
                    .collect(),
            ),
        };
        Tree { place, node }
    }

    /// Returns the entries, when this is a map.
    pub fn entries(&self) -> &[Entry] {
        match &self.node {
            Node::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the items, when this is a list.
    pub fn items(&self) -> &[Tree] {
        match &self.node {
            Node::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the entry of a key, the last of equal ones, as kubectl does.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| entry.key == key)
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Returns the text, when this is one.
    pub fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Tells whether nothing was written.
    pub fn is_null(&self) -> bool {
        self.node == Node::Null
    }

    /// Returns the value at a path.
    pub fn at(&self, path: &Path) -> Option<&Tree> {
        path.steps().iter().try_fold(self, |tree, step| match step {
            Step::Key(key) => tree.get(key),
            Step::Index(index) => tree.items().get(*index),
        })
    }

    /// Returns where a path stands: its key, or its item; what is missing stands where its nearest ancestor does.
    pub fn locate(&self, path: &Path) -> Place {
        let mut tree = self;
        let mut place = self.place;
        for step in path.steps() {
            match step {
                Step::Key(key) => match tree.entry(key) {
                    Some(entry) => (tree, place) = (&entry.value, entry.place),
                    None => return place,
                },
                Step::Index(index) => match tree.items().get(*index) {
                    Some(item) => (tree, place) = (item, item.place),
                    None => return place,
                },
            }
        }
        place
    }

    /// Returns where the *value* at a path stands; what is missing stands where its nearest ancestor's key does.
    pub fn locate_value(&self, path: &Path) -> Place {
        self.at(path).map_or_else(|| self.locate(path), |tree| tree.place)
    }

    /// Returns the value as JSON, nulls included; the last of equal keys wins.
    pub fn to_value(&self) -> Value {
        match &self.node {
            Node::Null => Value::Null,
            Node::Bool(flag) => Value::Bool(*flag),
            Node::Number(number) => Value::Number(number.clone()),
            Node::Text(text) => Value::String(text.clone()),
            Node::List(items) => Value::Array(items.iter().map(Tree::to_value).collect()),
            Node::Map(entries) => {
                let mut map = Map::new();
                for entry in entries {
                    map.insert(entry.key.clone(), entry.value.to_value());
                }
                Value::Object(map)
            }
        }
    }

    /// Names what this is, in plain words.
    pub fn noun(&self) -> &'static str {
        match self.node {
            Node::Null => "nothing",
            Node::Bool(_) => "a boolean",
            Node::Number(_) => "a number",
            Node::Text(_) => "a text",
            Node::List(_) => "a list",
            Node::Map(_) => "a map",
        }
    }
}
