//! `--sort-by`: objects in the order of one of their fields.

use super::jsonpath::Template;
use super::trouble::{Trouble, Verdict};
use crate::api::{Object, Quantity};
use serde_json::Value;
use std::cmp::Ordering;

/// Returns objects in the order of the field at `path`; those without it come first.
///
/// Equal ones keep their order, which is their names'. kubectl's sort does not keep it when there are more than twelve.
pub fn by(path: &str, objects: Vec<Object>) -> Verdict<Vec<Object>> {
    let template = Template::relaxed(path).map_err(Trouble::error)?;
    let trees: Vec<Value> = objects.iter().map(Object::to_value).collect();
    let field = |tree: &Value| template.find(tree).first().map(|value| (*value).clone());
    let fields: Vec<Option<Value>> = trees.iter().map(field).collect();
    if !objects.is_empty() && fields.iter().all(Option::is_none) {
        let path = path
            .trim_start_matches('{')
            .trim_end_matches('}')
            .trim_start_matches('.');
        return Err(Trouble::error(format!(
            "couldn't find any field with path \"{{.{path}}}\" in the list of objects"
        )));
    }
    let mut paired: Vec<(Option<Value>, Object)> = fields.into_iter().zip(objects).collect();
    paired.sort_by(|(a, _), (b, _)| compare(a.as_ref(), b.as_ref()));
    Ok(paired.into_iter().map(|(_, object)| object).collect())
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::String(a)), Some(Value::String(b))) => text(a, b),
        (Some(a), Some(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            _ => a.to_string().cmp(&b.to_string()),
        },
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Quantities by their amount, other texts with runs of digits by their value (`sortorder.NaturalLess`).
fn text(a: &str, b: &str) -> Ordering {
    if let (Ok(a), Ok(b)) = (a.parse::<Quantity>(), b.parse::<Quantity>()) {
        return a.as_milli().cmp(&b.as_milli());
    }
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        match (left, right) {
            ([], _) | (_, []) => return left.len().cmp(&right.len()),
            ([x, ..], [y, ..]) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (m, after_m) = number(left);
                let (n, after_n) = number(right);
                match m.len().cmp(&n.len()).then_with(|| m.cmp(n)) {
                    Ordering::Equal => (left, right) = (after_m, after_n),
                    order => return order,
                }
            }
            ([x, after_x @ ..], [y, after_y @ ..]) if x == y => (left, right) = (after_x, after_y),
            ([x, ..], [y, ..]) => return x.cmp(y),
        }
    }
}

/// Parts a run of digits, leading zeros dropped, from what follows.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|c| !c.is_ascii_digit()).unwrap_or(text.len());
    let zeros = text[..end].iter().take_while(|c| **c == b'0').count();
    (&text[zeros..end], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use serde_json::json;

    #[test]
    fn objects_without_the_field_come_first_and_numbers_count() {
        let pod = |name: &str, n: Option<&str>| {
            let mut pod = json!({"metadata": {"name": name, "annotations": {}}});
            if let Some(n) = n {
                pod["metadata"]["annotations"]["n"] = n.into();
            }
            Object::from_value(&Kind::Pod, pod).unwrap()
        };
        let pods = vec![pod("a", Some("x10")), pod("b", Some("x9")), pod("c", None)];
        let sorted = by(".metadata.annotations.n", pods.clone()).unwrap();
        let names: Vec<_> = sorted.iter().map(|o| o.meta().name.to_string()).collect();
        assert_eq!(names, ["c", "b", "a"]);
        assert_eq!(
            by("spec.nosuch", pods).unwrap_err().text,
            "error: couldn't find any field with path \"{.spec.nosuch}\" in the list of objects"
        );
    }
}
