//! Expressions with only the parentheses that people need: from the fully parenthesized form that is kept
//! (utils/adt/ruleutils.c, isSimpleNode).

/// What stands around an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around<'o> {
    /// Nothing, or something with parentheses or commas of its own.
    Open,
    /// AND, OR or NOT.
    Logic(&'static str),
    /// An operator, and whether the expression is its first operand.
    Operator(&'o str, bool),
    /// `::`
    Cast,
}

/// What an expression is at its top.
#[derive(Clone, PartialEq, Eq)]
enum Top {
    Logic(&'static str),
    Operator(String),
    Atom,
}

/// Returns an expression without the parentheses that nobody needs.
pub fn pretty(text: &str) -> String {
    match whole_group(text) {
        Some(inner) => inside(inner, Around::Open),
        None => inside(text, Around::Open),
    }
}

/// Writes what stood between two parentheses, with or without them.
fn inside(content: &str, around: Around<'_>) -> String {
    if let Some(inner) = whole_group(content) {
        return inside(inner, around);
    }
    let top = top(content);
    let parens = match (&top, around) {
        (Top::Atom, _) | (_, Around::Open) => false,
        (Top::Logic(child), Around::Logic(parent)) => {
            !matches!((*child, parent), ("NOT", _) | ("AND", "OR" | "AND") | ("OR", "OR"))
        }
        (Top::Operator(_), Around::Logic(_)) => false,
        (Top::Operator(child), Around::Operator(parent, first)) => {
            let (low, high) = (["+", "-"], ["*", "/", "%"]);
            let (child, parent) = (child.as_str(), parent);
            let known = |op: &str| low.contains(&op) || high.contains(&op);
            let tighter = high.contains(&child) && low.contains(&parent);
            let same = low.contains(&child) == low.contains(&parent);
            !(known(child) && known(parent) && (tighter || same && first))
        }
        _ => true,
    };
    let text = operands(content, &top);
    if parens { format!("({text})") } else { text }
}

/// Writes an expression whose operands are groups.
fn operands(content: &str, top: &Top) -> String {
    let letters: Vec<char> = content.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        if letter == '\'' || letter == '"' {
            let end = quote_end(&letters, at);
            out.extend(&letters[at..end]);
            at = end;
            continue;
        }
        if letter != '(' {
            out.push(letter);
            at += 1;
            continue;
        }
        let end = group_end(&letters, at);
        let inner: String = letters[at + 1..end.saturating_sub(1).max(at + 1)].iter().collect();
        let called = out
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"');
        let word = out.trim_end().rsplit(' ').next().unwrap_or_default();
        let listed = ["ANY", "ALL", "IN", "SOME"].contains(&word);
        if called || listed {
            let arguments: Vec<String> = split_commas(&inner)
                .iter()
                .map(|argument| inside(argument, Around::Open))
                .collect();
            out.push_str(&format!("({})", arguments.join(", ")));
        } else {
            let cast = letters.get(end) == Some(&':') && letters.get(end + 1) == Some(&':');
            let around = match top {
                _ if cast => Around::Cast,
                Top::Logic(word) => Around::Logic(word),
                Top::Operator(sign) => Around::Operator(sign, out.trim().is_empty()),
                Top::Atom => Around::Open,
            };
            out.push_str(&inside(&inner, around));
        }
        at = end;
    }
    out
}

/// Returns what stands between the parentheses that enclose all of a text.
fn whole_group(text: &str) -> Option<&str> {
    let letters: Vec<char> = text.chars().collect();
    (letters.first() == Some(&'(') && group_end(&letters, 0) == letters.len()).then(|| &text[1..text.len() - 1])
}

/// Returns the place behind the parenthesis that closes the one at `at`.
fn group_end(letters: &[char], at: usize) -> usize {
    let (mut depth, mut here) = (0, at);
    while here < letters.len() {
        match letters[here] {
            '\'' | '"' => {
                here = quote_end(letters, here);
                continue;
            }
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return here + 1;
                }
            }
            _ => (),
        }
        here += 1;
    }
    letters.len()
}

fn quote_end(letters: &[char], at: usize) -> usize {
    let close = letters[at + 1..].iter().position(|c| *c == letters[at]);
    close.map_or(letters.len(), |length| at + length + 2)
}

/// Returns the words of a text that stand in no parentheses and no quotes.
fn bare_words(content: &str) -> Vec<String> {
    let letters: Vec<char> = content.chars().collect();
    let mut words = vec![String::new()];
    let mut at = 0;
    while at < letters.len() {
        match letters[at] {
            '\'' | '"' => {
                at = quote_end(&letters, at);
                words.last_mut().expect("one is always there").push('\'');
                continue;
            }
            '(' | '[' => {
                let end = if letters[at] == '(' {
                    group_end(&letters, at)
                } else {
                    letters[at..]
                        .iter()
                        .position(|c| *c == ']')
                        .map_or(letters.len(), |length| at + length + 1)
                };
                at = end;
                words.last_mut().expect("one is always there").push('(');
                continue;
            }
            ' ' => words.push(String::new()),
            letter => words.last_mut().expect("one is always there").push(letter),
        }
        at += 1;
    }
    words
}

fn top(content: &str) -> Top {
    let words = bare_words(content);
    if words.first().map(String::as_str) == Some("CASE") {
        return Top::Atom;
    }
    for logic in ["OR", "AND"] {
        if words.iter().any(|word| word == logic) {
            return Top::Logic(logic);
        }
    }
    if words.first().map(String::as_str) == Some("NOT") {
        return Top::Logic("NOT");
    }
    let operator = words.iter().find(|word| {
        let sign = !word.is_empty() && word.chars().all(|c| "+-*/<>=~!@#%^&|?".contains(c));
        sign || word.as_str() == "IS"
    });
    operator.map_or(Top::Atom, |sign| Top::Operator(sign.clone()))
}

fn split_commas(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut parts = vec![String::new()];
    let mut at = 0;
    while at < letters.len() {
        let end = match letters[at] {
            '\'' | '"' => quote_end(&letters, at),
            '(' => group_end(&letters, at),
            _ => at + 1,
        };
        if letters[at] == ',' {
            parts.push(String::new());
        } else {
            parts.last_mut().expect("one is always there").extend(&letters[at..end]);
        }
        at = end;
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn parentheses_stay_only_where_they_mean_something() {
        // Each pair as pg_get_expr(…, false) and pg_get_expr(…, true) of PostgreSQL 15 print it.
        for (kept, shown) in [
            ("(age > 50)", "age > 50"),
            ("(total >= (0)::numeric)", "total >= 0::numeric"),
            ("((qty > 0) AND (qty < 100))", "qty > 0 AND qty < 100"),
            ("((a > 0) OR ((b > 0) AND (c > 0)))", "a > 0 OR b > 0 AND c > 0"),
            ("(((a > 0) OR (b > 0)) AND (c > 0))", "(a > 0 OR b > 0) AND c > 0"),
            ("((a + (b * 2)) > 3)", "(a + b * 2) > 3"),
            ("lower(name)", "lower(name)"),
            ("(length(name) < 20)", "length(name) < 20"),
            ("(NOT (a = 1))", "NOT a = 1"),
            ("'it''s (so)'::text", "'it''s (so)'::text"),
            (
                "(status = ANY (ARRAY['new'::text, 'paid'::text]))",
                "status = ANY (ARRAY['new'::text, 'paid'::text])",
            ),
            ("(w * h)", "w * h"),
            ("((a + b) - (c - d))", "a + b - (c - d)"),
        ] {
            assert_eq!(pretty(kept), shown);
        }
    }
}
