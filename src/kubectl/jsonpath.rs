//! JSONPath templates, as far as people use them: `{.items[*].metadata.name}`, ranges, filters, quoted text.
//!
//! Left out: regular expressions in filters, which kubectl does not have either, and arithmetic.

use serde_json::Value;

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

    /// Returns the values that the first path of the template finds.
    pub fn find<'a>(&self, root: &'a Value) -> Vec<&'a Value> {
        self.0
            .iter()
            .find_map(|piece| match piece {
                Piece::Path(steps) => Some(walk(steps, root, root)),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// Returns the template's text for a tree; what is not there is left out.
    pub fn render(&self, root: &Value) -> String {
        let mut out = String::new();
        render(&self.0, root, root, &mut out);
        out
    }
}

fn render(pieces: &[Piece], root: &Value, at: &Value, out: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Path(steps) => {
                let found: Vec<String> = walk(steps, root, at).into_iter().map(as_text).collect();
                out.push_str(&found.join(" "));
            }
            Piece::Range(steps, body) => {
                for item in walk(steps, root, at) {
                    render(body, root, item, out);
                }
            }
        }
    }
}

/// Returns a value as a template prints it: text as it is, the rest as JSON.
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => super::output::compact_json(other),
    }
}

fn walk<'a>(steps: &[Step], root: &'a Value, at: &'a Value) -> Vec<&'a Value> {
    let mut found = vec![at];
    for step in steps {
        found = found.into_iter().flat_map(|value| take(step, root, value)).collect();
    }
    found
}

fn take<'a>(step: &Step, root: &'a Value, value: &'a Value) -> Vec<&'a Value> {
    match step {
        Step::Root => vec![root],
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::Deep(name) => {
            let mut found = Vec::new();
            deep(name, value, &mut found);
            found
        }
        Step::All => children(value),
        Step::Union(steps) => steps.iter().flat_map(|step| take(step, root, value)).collect(),
        Step::Slice(from, to, by) => slice(value, *from, *to, *by),
        Step::Filter(left, sign, right) => {
            let holds = |item: &&'a Value| judge(left, sign, right.as_ref(), root, item);
            children(value).into_iter().filter(holds).collect()
        }
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => vec![],
    }
}

fn deep<'a>(name: &str, value: &'a Value, found: &mut Vec<&'a Value>) {
    if let Some(here) = value.get(name) {
        found.push(here);
    }
    for child in children(value) {
        deep(name, child, found);
    }
}

fn slice(value: &Value, from: Option<i64>, to: Option<i64>, by: Option<i64>) -> Vec<&Value> {
    let Value::Array(items) = value else { return vec![] };
    let n = items.len() as i64;
    let place = |i: i64| if i < 0 { i + n } else { i };
    let from = place(from.unwrap_or(0)).max(0);
    let to = to.map_or(n, place).min(n);
    let by = by.unwrap_or(1).max(1);
    (from..to.max(from))
        .step_by(by as usize)
        .filter_map(|i| items.get(i as usize))
        .collect()
}

fn judge(left: &Operand, sign: &str, right: Option<&Operand>, root: &Value, item: &Value) -> bool {
    let value = |operand: &Operand| match operand {
        Operand::Literal(value) => Some(value.clone()),
        Operand::Path(steps) => walk(steps, root, item).first().map(|value| (*value).clone()),
    };
    let Some(left) = value(left) else { return false };
    let Some(right) = right else { return true };
    let Some(right) = value(right) else { return false };
    let order = match (left.as_f64(), right.as_f64()) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        _ => Some(as_text(&left).cmp(&as_text(&right))),
    };
    order.is_some_and(|order| match sign {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    })
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Reads pieces up to `{end}` or the end; says which.
    fn pieces(&mut self) -> Result<(Vec<Piece>, bool), String> {
        let mut pieces = Vec::new();
        while !self.rest.is_empty() {
            let Some(open) = self.rest.find('{') else {
                pieces.push(Piece::Text(std::mem::take(&mut self.rest).to_owned()));
                break;
            };
            if open > 0 {
                pieces.push(Piece::Text(self.rest[..open].to_owned()));
            }
            self.rest = &self.rest[open + 1..];
            let close = closing(self.rest).ok_or("unclosed action")?;
            let inside = self.rest[..close].trim();
            self.rest = &self.rest[close + 1..];
            match inside {
                "end" => return Ok((pieces, true)),
                "" => (),
                inside if inside.starts_with("range") => {
                    let steps = steps(inside["range".len()..].trim())?;
                    let (body, ended) = self.pieces()?;
                    if !ended {
                        return Err("unterminated range, missing end".to_owned());
                    }
                    pieces.push(Piece::Range(steps, body));
                }
                inside => inside_braces(inside, &mut pieces)?,
            }
        }
        Ok((pieces, false))
    }
}

/// Returns where the brace that opened closes, quoted text passed over.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(q), c) if q == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') => return Some(i),
            _ => (),
        }
    }
    None
}

/// Reads what stands in braces: quoted text, or paths side by side.
fn inside_braces(inside: &str, pieces: &mut Vec<Piece>) -> Result<(), String> {
    let first = inside.chars().next().unwrap_or('.');
    if matches!(first, '"' | '\'') {
        let text = inside[1..].strip_suffix(first).ok_or("unterminated quoted string")?;
        pieces.push(Piece::Text(unescape(text)));
    } else {
        pieces.push(Piece::Path(steps(inside)?));
    }
    Ok(())
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => (),
            },
            c => out.push(c),
        }
    }
    out
}

/// Reads one path.
fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text.trim();
    if let Some(after) = rest.strip_prefix('$') {
        steps.push(Step::Root);
        rest = after;
    } else if let Some(after) = rest.strip_prefix('@') {
        rest = after;
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            let (name, after) = name(after);
            steps.push(Step::Deep(name));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let (name, after) = name(after);
            match name.as_str() {
                "*" => steps.push(Step::All),
                "" => (),
                _ => steps.push(Step::Field(name)),
            }
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let close = bracket(after).ok_or("unterminated array")?;
            steps.push(index(after[..close].trim())?);
            rest = &after[close + 1..];
        } else if steps.is_empty() {
            let word = rest.split(['.', '[', ' ']).next().unwrap_or(rest);
            return Err(format!("unrecognized identifier {word}"));
        } else {
            return Err(format!(
                "unrecognized character in action: U+{:04X}",
                rest.chars().next().map_or(0, u32::from)
            ));
        }
    }
    Ok(steps)
}

/// Reads a name up to the next step; a backslash keeps a dot inside it.
fn name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => {
                if let Some((_, escaped)) = chars.next() {
                    name.push(escaped);
                }
            }
            '.' | '[' | ' ' | ')' => return (name, &text[i..]),
            c => name.push(c),
        }
    }
    (name, "")
}

fn bracket(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => (),
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(i),
            (None, ']') => depth -= 1,
            _ => (),
        }
    }
    None
}

fn index(inside: &str) -> Result<Step, String> {
    if inside == "*" {
        return Ok(Step::All);
    }
    if let Some(filter) = inside.strip_prefix("?(").and_then(|f| f.strip_suffix(')')) {
        return filter_step(filter.trim());
    }
    if let Some(quoted) = quoted(inside) {
        return Ok(Step::Field(unescape(quoted)));
    }
    if inside.contains(',') {
        let parts: Result<Vec<Step>, String> = inside.split(',').map(|part| index(part.trim())).collect();
        return Ok(Step::Union(parts?));
    }
    let number = |text: &str| -> Result<Option<i64>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| format!("invalid array index {inside}"))
    };
    let parts: Vec<&str> = inside.split(':').collect();
    match parts.as_slice() {
        [one] => {
            let i = number(one)?.ok_or_else(|| format!("invalid array index {inside}"))?;
            // The last place needs an open end: after -1 comes no 0.
            Ok(Step::Slice(Some(i), (i != -1).then_some(i + 1), None))
        }
        [from, to] => Ok(Step::Slice(number(from)?, number(to)?, None)),
        [from, to, by] => Ok(Step::Slice(number(from)?, number(to)?, number(by)?)),
        _ => Err(format!("invalid array index {inside}")),
    }
}

fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].strip_suffix(quote).filter(|inner| !inner.contains(quote))
}

fn filter_step(text: &str) -> Result<Step, String> {
    for sign in ["==", "!=", "<=", ">=", "<", ">"] {
        if let Some((left, right)) = text.split_once(sign) {
            return Ok(Step::Filter(operand(left)?, sign.to_owned(), Some(operand(right)?)));
        }
    }
    Ok(Step::Filter(operand(text)?, String::new(), None))
}

fn operand(text: &str) -> Result<Operand, String> {
    let text = text.trim();
    if let Some(quoted) = quoted(text) {
        return Ok(Operand::Literal(Value::String(unescape(quoted))));
    }
    if text.starts_with(['@', '$', '.']) {
        return Ok(Operand::Path(steps(text)?));
    }
    let literal = serde_json::from_str(text).map_err(|_| format!("unrecognized identifier {text}"))?;
    Ok(Operand::Literal(literal))
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
        Template::parse(template).unwrap().render(&tree())
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
}
