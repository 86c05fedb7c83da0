//! JSON patch (RFC 6902): a list of operations on JSON pointers (RFC 6901). One that fails undoes all.

use super::PatchError;
use serde_json::Value;

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Adds a key, or inserts an item.
    Add(Pointer, Value),
    /// Removes what is there.
    Remove(Pointer),
    /// Replaces what is there.
    Replace(Pointer, Value),
    /// Takes from the first, and adds to the second.
    Move(Pointer, Pointer),
    /// Copies from the first, and adds to the second.
    Copy(Pointer, Pointer),
    /// Goes on only when this value is there.
    Test(Pointer, Value),
}

/// A JSON pointer: `/spec/containers/0/image`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    text: String,
    parts: Vec<String>,
}

/// Applies a JSON patch to a value.
pub fn json_patch(target: &Value, patch: &Value) -> Result<Value, PatchError> {
    let mut patched = target.clone();
    for operation in patch
        .as_array()
        .ok_or_else(|| bad("a JSON patch is a list of operations"))?
    {
        Operation::read(operation)?.apply(&mut patched)?;
    }
    Ok(patched)
}

impl Operation {
    /// Reads `{"op": "replace", "path": "/spec/replicas", "value": 3}`.
    pub fn read(operation: &Value) -> Result<Operation, PatchError> {
        let pointer = |field: &str| {
            let text = operation[field]
                .as_str()
                .ok_or_else(|| bad(format!("an operation without `{field}`")))?;
            Pointer::read(text)
        };
        let value = || {
            operation
                .get("value")
                .cloned()
                .ok_or_else(|| bad("an operation without `value`"))
        };
        let path = pointer("path")?;
        match operation["op"].as_str().unwrap_or("") {
            "add" => Ok(Operation::Add(path, value()?)),
            "remove" => Ok(Operation::Remove(path)),
            "replace" => Ok(Operation::Replace(path, value()?)),
            "move" => Ok(Operation::Move(pointer("from")?, path)),
            "copy" => Ok(Operation::Copy(pointer("from")?, path)),
            "test" => Ok(Operation::Test(path, value()?)),
            other => Err(bad(format!("Unexpected kind: {other}"))),
        }
    }

    fn apply(self, target: &mut Value) -> Result<(), PatchError> {
        match self {
            Operation::Add(path, value) => add(target, &path, value, "add"),
            Operation::Remove(path) => remove(target, &path, "remove").map(|_| ()),
            Operation::Replace(path, value) => {
                *find(target, &path, "replace")? = value;
                Ok(())
            }
            Operation::Move(from, path) => {
                let value = remove(target, &from, "move")?;
                add(target, &path, value, "move")
            }
            Operation::Copy(from, path) => {
                let value = find(target, &from, "copy")?.clone();
                add(target, &path, value, "copy")
            }
            Operation::Test(path, value) => {
                if *find(target, &path, "test")? == value {
                    Ok(())
                } else {
                    Err(PatchError::DoesNotApply(format!("testing value {} failed", path.text)))
                }
            }
        }
    }
}

impl Pointer {
    /// Reads a pointer; the empty one means the whole.
    pub fn read(text: &str) -> Result<Pointer, PatchError> {
        if !text.is_empty() && !text.starts_with('/') {
            return Err(bad(format!("a path begins with `/`, not as {text:?}")));
        }
        let parts = text
            .split('/')
            .skip(1)
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
            .collect();
        Ok(Pointer {
            text: text.to_owned(),
            parts,
        })
    }
}

fn bad(what: impl Into<String>) -> PatchError {
    PatchError::BadOperation(what.into())
}

fn missing(operation: &str, path: &Pointer) -> PatchError {
    PatchError::DoesNotApply(format!(
        "{operation} operation does not apply: doc is missing path: {}: missing value",
        path.text
    ))
}

/// Returns an index into a list; no sign, no leading zero.
fn index(part: &str, length: usize) -> Option<usize> {
    let plain = part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
    part.parse().ok().filter(|index| plain && *index < length)
}

fn step<'a>(value: &'a mut Value, part: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => map.get_mut(part),
        Value::Array(items) => index(part, items.len()).and_then(|index| items.get_mut(index)),
        _ => None,
    }
}

fn find<'a>(target: &'a mut Value, path: &Pointer, operation: &str) -> Result<&'a mut Value, PatchError> {
    path.parts
        .iter()
        .try_fold(target, |value, part| step(value, part))
        .ok_or_else(|| missing(operation, path))
}

/// Splits a pointer into the holder and the last part.
fn holder<'a, 'b>(
    target: &'a mut Value,
    path: &'b Pointer,
    operation: &str,
) -> Result<(&'a mut Value, &'b str), PatchError> {
    let (last, above) = path.parts.split_last().ok_or_else(|| missing(operation, path))?;
    let holder = above.iter().try_fold(target, |value, part| step(value, part));
    Ok((holder.ok_or_else(|| missing(operation, path))?, last))
}

fn add(target: &mut Value, path: &Pointer, value: Value, operation: &str) -> Result<(), PatchError> {
    if path.parts.is_empty() {
        *target = value;
        return Ok(());
    }
    let (holder, last) = holder(target, path, operation)?;
    match holder {
        Value::Object(map) => {
            map.insert(last.to_owned(), value);
        }
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => {
            // One behind the last item is a place too.
            let index = index(last, items.len() + 1).ok_or_else(|| missing(operation, path))?;
            items.insert(index, value);
        }
        _ => return Err(missing(operation, path)),
    }
    Ok(())
}

fn remove(target: &mut Value, path: &Pointer, operation: &str) -> Result<Value, PatchError> {
    let (holder, last) = holder(target, path, operation)?;
    let removed = match holder {
        Value::Object(map) => map.remove(last),
        Value::Array(items) => index(last, items.len()).map(|index| items.remove(index)),
        _ => None,
    };
    removed.ok_or_else(|| missing(operation, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operations_do_what_the_rfc_says() {
        let target = json!({"a": {"b": [1, 2]}, "c~/d": 3});
        for (patch, patched) in [
            (
                json!([{"op": "add", "path": "/a/b/1", "value": 9}]),
                json!({"a": {"b": [1, 9, 2]}, "c~/d": 3}),
            ),
            (
                json!([{"op": "add", "path": "/a/b/-", "value": 9}]),
                json!({"a": {"b": [1, 2, 9]}, "c~/d": 3}),
            ),
            (
                json!([{"op": "add", "path": "/a/b/2", "value": 9}]),
                json!({"a": {"b": [1, 2, 9]}, "c~/d": 3}),
            ),
            (
                json!([{"op": "remove", "path": "/a/b/0"}]),
                json!({"a": {"b": [2]}, "c~/d": 3}),
            ),
            (
                json!([{"op": "replace", "path": "/c~0~1d", "value": 4}]),
                json!({"a": {"b": [1, 2]}, "c~/d": 4}),
            ),
            (
                json!([{"op": "move", "from": "/a/b", "path": "/e"}]),
                json!({"a": {}, "c~/d": 3, "e": [1, 2]}),
            ),
            (
                json!([{"op": "copy", "from": "/a/b/0", "path": "/a/e"}]),
                json!({"a": {"b": [1, 2], "e": 1}, "c~/d": 3}),
            ),
            (json!([{"op": "test", "path": "/a/b", "value": [1, 2]}]), target.clone()),
            (json!([{"op": "replace", "path": "", "value": 1}]), json!(1)),
        ] {
            assert_eq!(json_patch(&target, &patch), Ok(patched), "{patch}");
        }
    }

    #[test]
    fn an_operation_that_does_not_apply_says_why() {
        let target = json!({"a": [1]});
        for (operation, words) in [
            (
                json!({"op": "remove", "path": "/b"}),
                "remove operation does not apply: doc is missing path: /b: missing value",
            ),
            (
                json!({"op": "replace", "path": "/a/1", "value": 0}),
                "replace operation does not apply: doc is missing path: /a/1: missing value",
            ),
            (
                json!({"op": "add", "path": "/a/01", "value": 0}),
                "add operation does not apply: doc is missing path: /a/01: missing value",
            ),
            (
                json!({"op": "test", "path": "/a/0", "value": 2}),
                "testing value /a/0 failed",
            ),
            (json!({"op": "jump", "path": "/a"}), "Unexpected kind: jump"),
            (
                json!({"op": "add", "path": "a", "value": 0}),
                "a path begins with `/`, not as \"a\"",
            ),
            (json!({"op": "add", "path": "/a"}), "an operation without `value`"),
            (
                json!({"op": "remove", "path": ""}),
                "remove operation does not apply: doc is missing path: : missing value",
            ),
        ] {
            let error = json_patch(&target, &json!([operation])).expect_err("it does not apply");
            assert_eq!(error.to_string(), words);
        }
    }
}
