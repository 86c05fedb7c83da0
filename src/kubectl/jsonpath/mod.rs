//! JSONPath templates, as far as people use them: `{.items[*].metadata.name}`, ranges, filters, quoted text.
//!
//! Left out: regular expressions in filters, which kubectl does not have either, and arithmetic.

mod parse;
mod walk;

use parse::Reader;
use serde_json::Value;
use walk::{Manner, walk};

/// A template: text, and expressions in braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Piece>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    /// `..name`: at any depth.
    Deep(String),
    /// `[*]` or `.*`.
    All,
    Slice(Option<i64>, Option<i64>, Option<i64>),
    Union(Vec<Step>),
    /// `[?(@.a == "b")]`.
    Filter(Operand, String, Option<Operand>),
    /// `$` or `@` at the start: where the path begins.
    Root,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Path(Vec<Step>),
    Literal(Value),
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text };
        let (pieces, ended) = reader.pieces()?;
        if ended {
            return Err("not in range, nothing to end".to_owned());
        }
        Ok(Self(pieces))
    }

    /// Reads one path with or without braces and leading dot, as `--sort-by` and custom columns take it
    /// (`RelaxedJSONPathExpression`).
    pub fn relaxed(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
        let inner = inner.strip_prefix('.').unwrap_or(inner);
        if inner.contains(['{', '}']) {
            return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'".to_string());
        }
        Self::parse(&format!("{{.{inner}}}"))
    }

    /// Returns the values that the first path of the template finds; what is not there is left out.
    pub fn find<'a>(&self, root: &'a Value) -> Vec<&'a Value> {
        self.find_in(root, Manner::Lenient).unwrap_or_default()
    }

    /// Returns the same; an index that is out of bounds is client-go's error, and if `strict` a missing key is too.
    pub fn find_checked<'a>(&self, root: &'a Value, strict: bool) -> Result<Vec<&'a Value>, String> {
        self.find_in(root, if strict { Manner::Strict } else { Manner::Bounds })
    }

    fn find_in<'a>(&self, root: &'a Value, manner: Manner) -> Result<Vec<&'a Value>, String> {
        let path = self.0.iter().find_map(|piece| match piece {
            Piece::Path(steps) => Some(steps),
            _ => None,
        });
        path.map_or(Ok(vec![]), |steps| walk(steps, root, root, manner))
    }

    /// Returns the template's text for a tree; what is not there is left out, or if `strict` an error; an index that is
    /// out of bounds is an error.
    pub fn render_checked(&self, root: &Value, strict: bool) -> Result<String, String> {
        let mut out = String::new();
        let manner = if strict { Manner::Strict } else { Manner::Bounds };
        render(&self.0, root, root, manner, &mut out)?;
        Ok(out)
    }
}

fn render(pieces: &[Piece], root: &Value, at: &Value, manner: Manner, out: &mut String) -> Result<(), String> {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Path(steps) => {
                let found: Vec<String> = walk(steps, root, at, manner)?.into_iter().map(as_text).collect();
                out.push_str(&found.join(" "));
            }
            Piece::Range(steps, body) => {
                for item in walk(steps, root, at, manner)? {
                    render(body, root, item, manner, out)?;
                }
            }
        }
    }
    Ok(())
}

/// Returns a value as a template prints it: text as it is, the rest as JSON.
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => super::output::compact_json(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tree() -> Value {
        json!({"items": [
            {"metadata": {"name": "a", "annotations": {"x.io/y": "deep"}}, "spec": {"n": 1}},
            {"metadata": {"name": "b"}, "spec": {"n": 2}},
            {"metadata": {"name": "c"}, "spec": {"n": 3}},
        ]})
    }

    fn rendered(template: &str) -> String {
        Template::parse(template)
            .unwrap()
            .render_checked(&tree(), false)
            .unwrap()
    }

    #[test]
    fn paths_find_what_people_look_for() {
        assert_eq!(rendered("{.items[*].metadata.name}"), "a b c");
        assert_eq!(rendered("{.items[0].metadata.annotations.x\\.io/y}"), "deep");
        assert_eq!(rendered("{.items[0].metadata.annotations['x.io/y']}"), "deep");
        assert_eq!(rendered("{.items[-1].metadata.name}-{.items[0:2].spec.n}"), "c-1 2");
        assert_eq!(rendered("{.items[?(@.spec.n>1)].metadata.name}"), "b c");
        assert_eq!(rendered("{.items[?(@.metadata.name==\"b\")].spec}"), "{\"n\":2}");
        assert_eq!(rendered("{..n}"), "1 2 3");
        assert_eq!(rendered("{.items[0,2].metadata.name}"), "a c");
        assert_eq!(rendered("{.nothing.at.all}"), "");
    }

    #[test]
    fn ranges_repeat_their_text() {
        let template = "{range .items[*]}{.metadata.name}{\"\\t\"}{.spec.n}{\"\\n\"}{end}";
        assert_eq!(rendered(template), "a\t1\nb\t2\nc\t3\n");
        assert!(Template::parse("{range .items[*]}x").is_err());
        assert!(Template::parse("{.a").is_err());
    }

    #[test]
    fn a_relaxed_path_needs_no_braces() {
        for path in ["metadata.name", ".metadata.name", "{.metadata.name}"] {
            let found = Template::relaxed(path).unwrap();
            assert_eq!(found.find(&tree()["items"][0]), [&json!("a")]);
        }
    }

    #[test]
    fn what_is_out_of_bounds_or_not_there_is_told_in_client_gos_words() {
        let fails = |template: &str, strict| Template::parse(template).unwrap().render_checked(&tree(), strict);
        let words = |text: &str| Err(text.to_owned());
        assert_eq!(
            fails("{.items[5].x}", false),
            words("array index out of bounds: index 5, length 3")
        );
        assert_eq!(
            fails("{.items[0].metadata[0]}", false),
            words("map[string]interface {} is not array or slice")
        );
        assert_eq!(fails("{.nothing.at.all}", true), words("nothing is not found"));
    }
}
