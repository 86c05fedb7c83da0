//! Label selectors of words as objects hold them: `a=b,c in (d,e)` becomes `matchLabels` and `matchExpressions`.

use crate::kubectl::select::{LabelQuery, split_outside_brackets};
use crate::kubectl::trouble::{Trouble, Verdict};
use serde_json::{Value, json};

/// Reads a selector as apimachinery's `metav1.ParseToLabelSelector` does.
pub(super) fn label_selector(text: &str) -> Verdict<Value> {
    let bad = |why: String| Trouble::error(format!("couldn't parse the selector string \"{text}\": {why}"));
    LabelQuery::parse(text).map_err(bad)?;
    let mut selector = json!({});
    let mut expressions = Vec::new();
    for part in split_outside_brackets(text)
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        if part.contains("!=") {
            return Err(Trouble::error("\"!=\" is not a valid label selector operator"));
        }
        if let Some(sign) = ['<', '>'].into_iter().find(|sign| part.contains(*sign)) {
            let name = if sign == '<' { "lt" } else { "gt" };
            return Err(Trouble::error(format!(
                "\"{name}\" is not a valid label selector operator"
            )));
        }
        if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            selector["matchLabels"][key.trim()] = value.trim().into();
            continue;
        }
        let (head, values) = part
            .split_once('(')
            .map_or((part, None), |(head, values)| (head, Some(values)));
        let mut words = head.split_whitespace();
        let key = words.next().unwrap_or_default();
        let Some(values) = values else {
            expressions.push(match key.strip_prefix('!') {
                Some(key) => json!({"key": key, "operator": "DoesNotExist"}),
                None => json!({"key": key, "operator": "Exists"}),
            });
            continue;
        };
        let operator = if words.next() == Some("notin") { "NotIn" } else { "In" };
        let mut values: Vec<&str> = values.trim_end_matches(')').split(',').map(str::trim).collect();
        values.sort_unstable();
        expressions.push(json!({"key": key, "operator": operator, "values": values}));
    }
    if !expressions.is_empty() {
        selector["matchExpressions"] = expressions.into();
    }
    Ok(selector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_of_words_becomes_one_of_an_object() {
        assert_eq!(
            label_selector("app=pg,tier in (b, a),!old,zone").unwrap(),
            json!({"matchLabels": {"app": "pg"}, "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["a", "b"]},
                {"key": "old", "operator": "DoesNotExist"},
                {"key": "zone", "operator": "Exists"}]})
        );
        assert!(
            label_selector("a!=b")
                .unwrap_err()
                .text
                .contains("not a valid label selector operator")
        );
    }
}
