//! A stream of JSON values to trees, as kubectl reads a source that begins with `{`.

use crate::manifest::place::Place;
use crate::manifest::read::fault::Fault;
use crate::manifest::read::yaml::DEPTH_MAX;
use crate::manifest::tree::{Entry, Node, Tree};
use serde_json::Number;

/// Reads all values of a text, and the fault that stopped the reading.
pub fn read(text: &str) -> (Vec<Tree>, Option<Fault>) {
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        column: 1,
    };
    let mut trees = Vec::new();
    loop {
        reader.blanks();
        if reader.peek().is_none() {
            return (trees, None);
        }
        match reader.value(0) {
            Ok(tree) => trees.push(tree),
            Err(fault) => return (trees, Some(fault)),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    column: u32,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        if next == '\n' {
            (self.line, self.column) = (self.line + 1, 1);
        } else {
            self.column += 1;
        }
        Some(next)
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    fn here(&self) -> Place {
        Place::new(self.line, self.column, 1)
    }

    /// The text ends too early, or something else stands here.
    fn unexpected(&self, wanted: &str) -> Fault {
        let (what, kubectl) = match self.peek() {
            None => (
                format!("the file ends where {wanted} was expected"),
                "unexpected EOF".to_owned(),
            ),
            Some(found) => (
                format!("{wanted} was expected here, not `{found}`"),
                format!("invalid character {found:?} looking for {wanted}"),
            ),
        };
        let hint = self
            .peek()
            .is_none()
            .then(|| "a bracket or a quote is still open".to_owned());
        Fault {
            place: self.here(),
            what,
            hint,
            kubectl,
        }
    }

    fn value(&mut self, depth: usize) -> Result<Tree, Fault> {
        self.blanks();
        let place = self.here();
        if depth > DEPTH_MAX {
            return Err(Fault {
                place,
                what: format!("more than {DEPTH_MAX} levels"),
                hint: None,
                kubectl: "exceeded max depth".to_owned(),
            });
        }
        let node = match self.peek() {
            Some('{') => Node::Map(self.entries(depth)?),
            Some('[') => Node::List(self.items(depth)?),
            Some('"') => Node::Text(self.string()?),
            Some('-' | '0'..='9') => Node::Number(self.number()?),
            Some('a'..='z') => self.word()?,
            _ => return Err(self.unexpected("a value")),
        };
        let width = if self.line == place.line {
            self.column - place.column
        } else {
            1
        };
        Ok(Tree {
            place: Place::new(place.line, place.column, width),
            node,
        })
    }

    fn entries(&mut self, depth: usize) -> Result<Vec<Entry>, Fault> {
        let mut entries = Vec::new();
        self.next();
        self.blanks();
        if self.peek() == Some('}') {
            self.next();
            return Ok(entries);
        }
        loop {
            self.blanks();
            let place = self.here();
            if self.peek() != Some('"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let key = self.string()?;
            let place = Place::new(place.line, place.column, self.column.saturating_sub(place.column));
            self.blanks();
            if self.peek() != Some(':') {
                return Err(self.unexpected("`:`"));
            }
            self.next();
            let value = self.value(depth + 1)?;
            entries.push(Entry { key, place, value });
            self.blanks();
            match self.peek() {
                Some(',') => self.next(),
                Some('}') => {
                    self.next();
                    return Ok(entries);
                }
                _ => return Err(self.unexpected("`,` or `}`")),
            };
        }
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Tree>, Fault> {
        let mut items = Vec::new();
        self.next();
        self.blanks();
        if self.peek() == Some(']') {
            self.next();
            return Ok(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                Some(',') => self.next(),
                Some(']') => {
                    self.next();
                    return Ok(items);
                }
                _ => return Err(self.unexpected("`,` or `]`")),
            };
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        let from = self.at;
        let place = self.here();
        self.next();
        loop {
            match self.next() {
                Some('"') => break,
                Some('\\') => {
                    self.next();
                }
                Some('\n') | None => {
                    return Err(Fault {
                        place,
                        what: "this quote is not closed".to_owned(),
                        hint: None,
                        kubectl: "unexpected EOF".to_owned(),
                    });
                }
                Some(_) => (),
            }
        }
        serde_json::from_str(&self.text[from..self.at]).map_err(|error| Fault {
            place,
            what: "a text that JSON does not know".to_owned(),
            hint: Some("write a backslash as `\\\\`, a tab as `\\t`".to_owned()),
            kubectl: error.to_string(),
        })
    }

    fn number(&mut self) -> Result<Number, Fault> {
        let from = self.at;
        let place = self.here();
        while self
            .peek()
            .is_some_and(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
        {
            self.next();
        }
        serde_json::from_str(&self.text[from..self.at]).map_err(|error| Fault {
            place,
            what: format!("`{}` is no JSON number", &self.text[from..self.at]),
            hint: Some("put it in quotes".to_owned()),
            kubectl: error.to_string(),
        })
    }

    fn word(&mut self) -> Result<Node, Fault> {
        let from = self.at;
        let place = self.here();
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric()) {
            self.next();
        }
        match &self.text[from..self.at] {
            "null" => Ok(Node::Null),
            "true" => Ok(Node::Bool(true)),
            "false" => Ok(Node::Bool(false)),
            other => Err(Fault {
                place,
                what: format!("`{other}` is no JSON value"),
                hint: Some("put it in double quotes".to_owned()),
                kubectl: format!("invalid character {:?} looking for beginning of value", &other[..1]),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stream_is_read_with_places() {
        let (trees, fault) = read("{\"a\": [1, -2.5e1, \"b\\n\\u00e9\", null],\n \"c\": {}}\n{\"d\": true}");
        assert_eq!(fault, None);
        let values: Vec<_> = trees.iter().map(Tree::to_value).collect();
        assert_eq!(
            values,
            [json!({"a": [1, -25.0, "b\né", null], "c": {}}), json!({"d": true})]
        );
        let entry = trees[0].entry("c").expect("`c` was written");
        assert_eq!(entry.place, Place::new(2, 2, 3));
    }

    #[test]
    fn a_broken_text_is_located() {
        let fault = |text: &str| {
            let fault = read(text).1.expect("it is broken");
            format!("{}:{} {}", fault.place.line, fault.place.column, fault.what)
        };
        assert_eq!(
            fault("{\"a\": 1,\n"),
            "2:1 the file ends where a key in double quotes was expected"
        );
        assert_eq!(fault("{\"a\" 1}"), "1:6 `:` was expected here, not `1`");
        assert_eq!(fault("{\"a\": tru}"), "1:7 `tru` is no JSON value");
        assert_eq!(fault("{\"a\": \"x}"), "1:7 this quote is not closed");
        assert_eq!(fault("{\"a\": 01}"), "1:7 `01` is no JSON number");
        assert_eq!(fault(&"[".repeat(5000)), "1:102 more than 100 levels");
    }
}
