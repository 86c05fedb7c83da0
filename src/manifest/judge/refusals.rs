//! What the API server would refuse, in words for a person, and where it stands.

use crate::manifest::path::Path;
use crate::manifest::similar::did_you_mean;
use crate::manifest::source::Source;
use crate::manifest::tree::Tree;
use crate::manifest::trouble::{Rule, Severity, Trouble};
use crate::manifest::validate::{ErrorKind, FieldError, Verdict};
use serde_json::Value;

const MISMATCH: &str = "`selector` does not match template `labels`";

/// Troubles that explain others.
pub struct Explained {
    undecodable: Vec<Path>,
    meant: Vec<Path>,
}

impl Explained {
    /// Takes what may explain others from what has been found.
    pub fn by(troubles: &[Trouble]) -> Explained {
        let mut explained = Explained {
            undecodable: Vec::new(),
            meant: Vec::new(),
        };
        for trouble in troubles {
            match &trouble.rule {
                Rule::Undecodable(_) => explained.undecodable.push(trouble.path.clone()),
                Rule::UnknownField { meant } => explained.meant.extend(meant.clone()),
                _ => (),
            }
        }
        explained
    }

    /// A value of a wrong type counts as missing, and so does a misspelt field.
    fn explains(&self, error: &FieldError) -> bool {
        let path = &error.path;
        self.undecodable
            .iter()
            .any(|wrong| wrong.starts_with(path) || path.starts_with(wrong))
            || self.meant.iter().any(|meant| meant == path || meant.parent() == *path)
    }
}

/// Turns a verdict into located troubles.
pub fn troubles(source: &Source, tree: &Tree, value: &Value, verdict: &Verdict, explained: &Explained) -> Vec<Trouble> {
    let no_selector =
        |error: &FieldError| error.kind == ErrorKind::Required && error.path == Path::parse("spec.selector");
    let lacks_one_side = verdict.refusals.iter().any(no_selector) || value["spec"]["template"].is_null();
    let unsaid = |error: &FieldError| explained.explains(error) || lacks_one_side && error.detail == MISMATCH;

    let mut troubles = Vec::new();
    for error in verdict.refusals.iter().filter(|error| !unsaid(error)) {
        troubles.push(trouble(source, tree, value, error));
    }
    for error in verdict.doubts.iter().filter(|error| !unsaid(error)) {
        let mut trouble = trouble(source, tree, value, error);
        trouble.severity = Severity::Warning;
        trouble.rule = Rule::Advice;
        trouble.what.push_str(" (the object is taken, its pods are refused)");
        troubles.push(trouble);
    }
    for (path, words) in &verdict.warnings {
        let said = words.split_once(": ").map_or(words.as_str(), |(_, said)| said);
        let place = tree.locate(path);
        troubles.push(
            Trouble::warning(
                source,
                place,
                Rule::Warned(words.clone()),
                format!("`{path}` {said}"),
                None,
            )
            .at(path.clone()),
        );
    }
    troubles
}

fn trouble(source: &Source, tree: &Tree, value: &Value, error: &FieldError) -> Trouble {
    let place = match error.kind {
        // What is missing at the top stands where the object says what it is.
        ErrorKind::Required if tree.at(&Path::parse("spec")).is_none() => tree.locate(&Path::parse("kind")),
        ErrorKind::Required => tree.locate(&error.path.parent()),
        ErrorKind::Forbidden | ErrorKind::TooLong => tree.locate(&error.path),
        _ => tree.locate_value(&error.path),
    };
    let rule = match error.path.to_string().as_str() {
        "metadata.name" if error.kind == ErrorKind::Required => Rule::NoName,
        _ => Rule::Refused(error.clone()),
    };
    let hint = hint(tree, value, error);
    Trouble::error(source, place, rule, what(error), hint).at(error.path.clone())
}

fn what(error: &FieldError) -> String {
    let FieldError { path, detail, .. } = error;
    let value = shortened(&error.value);
    match error.kind {
        ErrorKind::Required
            if detail.is_empty() || detail.starts_with("name or") || detail.starts_with("valid values") =>
        {
            format!("`{path}` is missing")
        }
        ErrorKind::Required if detail.starts_with("must specify") => format!("`{path}` {detail}"),
        ErrorKind::Required => format!("`{path}` is missing: {detail}"),
        ErrorKind::NotSupported => format!("{value} is no value of `{path}`"),
        ErrorKind::Duplicate => format!("`{path}`: {value} is used twice"),
        ErrorKind::NotFound => format!("`{path}`: there is no {value}"),
        ErrorKind::Forbidden | ErrorKind::TooLong => format!("`{path}` {detail}"),
        ErrorKind::Invalid if detail == MISMATCH => "the selector does not match the labels of the template".to_owned(),
        ErrorKind::Invalid => match short(detail) {
            Some(short) => format!("`{path}`: {value} {short}"),
            None if ["must ", "may ", "is "].iter().any(|verb| detail.starts_with(verb)) => {
                format!("`{path}`: {value} {detail}")
            }
            None if value.starts_with('{') => format!("`{path}`: {detail}"),
            None => format!("`{path}`: {value}: {detail}"),
        },
    }
}

/// Cuts a value that would fill the screen.
fn shortened(value: &str) -> String {
    const MOST: usize = 60;
    if value.chars().count() <= MOST {
        return value.to_owned();
    }
    let begin: String = value.chars().take(MOST / 2).collect();
    format!("{begin}…")
}

/// Says in a line what the server says with a regular expression.
fn short(detail: &str) -> Option<&'static str> {
    let table = [
        (
            "a lowercase RFC 1123 subdomain",
            "may only have small letters, digits, `-` and `.`, and begins and ends with a letter or digit",
        ),
        (
            "a lowercase RFC 1123 label",
            "may only have small letters, digits and `-`, and begins and ends with a letter or digit",
        ),
        (
            "a valid label must be",
            "is no label: letters, digits, `-`, `_` and `.` only, beginning and ending with a letter or digit",
        ),
        (
            "name part must consist",
            "is no label's key: letters, digits, `-`, `_` and `.` only, perhaps behind `example.com/`",
        ),
        (
            "a valid config key",
            "is no key: letters, digits, `-`, `_` and `.` only",
        ),
        ("a valid environment variable name", "is no name of a variable"),
        (
            "a valid percent string",
            "is neither a number nor a percentage such as 25%",
        ),
    ];
    table
        .iter()
        .find(|(begins, _)| detail.starts_with(begins))
        .map(|(_, short)| *short)
}

fn hint(tree: &Tree, value: &Value, error: &FieldError) -> Option<String> {
    let shown: Option<Value> = serde_json::from_str(&error.value).ok();
    let text = shown.as_ref().and_then(Value::as_str).unwrap_or("");
    match error.kind {
        ErrorKind::NotSupported => {
            let known = error.known_values();
            let meant = mode_of_abbreviation(text).or_else(|| did_you_mean(text, &known));
            Some(match (meant, known.as_slice()) {
                (Some(meant), _) => format!("did you mean `{meant}`?"),
                (None, [only]) => format!("only `{only}` can stand here"),
                (None, known) => format!("one of {}", known.join(", ")),
            })
        }
        ErrorKind::Required => missing_hint(value, error),
        ErrorKind::Duplicate => first_of(tree, error, text).map(|line| format!("the first is on line {line}")),
        ErrorKind::NotFound => Some(volumes_hint(value, error, text)),
        ErrorKind::Invalid if error.detail == MISMATCH => Some(mismatch_hint(value)),
        ErrorKind::Invalid if error.detail == "must be unique" => {
            first_of(tree, error, text).map(|line| format!("the first is on line {line}"))
        }
        ErrorKind::Invalid if error.detail.starts_with("a lowercase RFC 1123") => {
            let name = host_name(text, error.detail.contains("subdomain"));
            (!name.is_empty()).then(|| format!("did you mean `{name}`?"))
        }
        ErrorKind::Invalid if error.detail.starts_with("must be less than or equal to") => {
            Some("raise the limit, or lower the request".to_owned())
        }
        ErrorKind::Invalid if error.detail.starts_with("provided port") => {
            Some("leave it out, and a free one is given".to_owned())
        }
        ErrorKind::Invalid if error.detail.starts_with("expected exactly 5 fields") => {
            Some("minute hour day-of-month month day-of-week, such as \"*/5 * * * *\"".to_owned())
        }
        ErrorKind::Forbidden if error.detail.contains("more than 1") => {
            let siblings = siblings(tree, &error.path);
            (!siblings.is_empty()).then(|| format!("keep it or `{}`", siblings.join("`, `")))
        }
        _ => None,
    }
}

/// kubectl prints access modes in short.
fn mode_of_abbreviation(text: &str) -> Option<&'static str> {
    match text {
        "RWO" => Some("ReadWriteOnce"),
        "ROX" => Some("ReadOnlyMany"),
        "RWX" => Some("ReadWriteMany"),
        "RWOP" => Some("ReadWriteOncePod"),
        _ => None,
    }
}

fn host_name(text: &str, with_dots: bool) -> String {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' && with_dots;
    let name: String = text
        .to_lowercase()
        .chars()
        .map(|c| if good(c) { c } else { '-' })
        .collect();
    name.trim_matches(['-', '.']).to_owned()
}

fn missing_hint(value: &Value, error: &FieldError) -> Option<String> {
    let labels = &value["spec"]["template"]["metadata"]["labels"];
    let hint = match error.path.last_key()? {
        "selector" if labels.is_object() => format!(
            "add `selector: {{matchLabels: {}}}`, the template's labels",
            flow(labels)
        ),
        "selector" => "add `selector: {matchLabels: {app: NAME}}`, and the same labels to the template".to_owned(),
        "image" => "add `image: NAME:TAG`, such as `image: postgres:16`".to_owned(),
        "containers" => "a pod needs at least one container".to_owned(),
        "storage" => "add `resources: {requests: {storage: 10Gi}}`".to_owned(),
        "accessModes" => "add `accessModes: [ReadWriteOnce]`".to_owned(),
        "ports" => "add `ports: [{port: 5432}]`, or `clusterIP: None` for a headless Service".to_owned(),
        "restartPolicy" => "add `restartPolicy: OnFailure` or `restartPolicy: Never`: a Job ends".to_owned(),
        "name" if error.path.to_string() == "metadata.name" => "add `metadata: {name: NAME}`".to_owned(),
        "name" if error.path.to_string().starts_with("spec.ports") => {
            "each of several ports needs a name, such as `name: http`".to_owned()
        }
        _ => return None,
    };
    Some(hint)
}

/// Writes labels as one would in a manifest: `{app: db}`.
fn flow(labels: &Value) -> String {
    let pairs: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}: {}", value.as_str().unwrap_or("")))
        .collect();
    format!("{{{}}}", pairs.join(", "))
}

fn mismatch_hint(value: &Value) -> String {
    let spec = &value["spec"];
    let labels = &spec["template"]["metadata"]["labels"];
    let has = if labels.is_object() {
        flow(labels)
    } else {
        "no labels".to_owned()
    };
    let selector = &spec["selector"];
    if selector["matchExpressions"].is_array() {
        return format!("the template has {has}");
    }
    format!(
        "the selector wants {}, the template has {has}",
        flow(&selector["matchLabels"])
    )
}

/// Returns the line of the value that stood first.
fn first_of(tree: &Tree, error: &FieldError, text: &str) -> Option<u32> {
    let field = error.path.last_key()?;
    let lists = [error.path.parent().parent(), Path::parse("spec.containers")];
    let here = tree.at(&error.path)?.place;
    let mut values = lists
        .iter()
        .filter_map(|list| tree.at(list))
        .flat_map(Tree::items)
        .filter_map(|item| item.get(field));
    values
        .find(|value| value.text() == Some(text) && value.place < here)
        .map(|value| value.place.line)
}

fn volumes_hint(value: &Value, error: &FieldError, text: &str) -> String {
    // `spec.template.spec.containers[0].volumeMounts[0].name` has its volumes at `spec.template.spec.volumes`.
    let way = error.path.to_string();
    let pod = way
        .split(".containers")
        .next()
        .and_then(|way| way.split(".initContainers").next())
        .unwrap_or("");
    let pointer = format!("/{}/volumes", pod.replace('.', "/"));
    let names: Vec<&str> = value
        .pointer(&pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|volume| volume["name"].as_str())
        .collect();
    let claims = if value["kind"] == "StatefulSet" {
        " or `spec.volumeClaimTemplates`"
    } else {
        ""
    };
    match did_you_mean(text, &names) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if names.is_empty() => format!("declare it under `{pod}.volumes`{claims}"),
        None => format!(
            "declare it under `{pod}.volumes`{claims}, where now: {}",
            names.join(", ")
        ),
    }
}

/// Returns the other keys of the map, except plain ones such as `name`.
fn siblings(tree: &Tree, path: &Path) -> Vec<String> {
    let parent = tree.at(&path.parent());
    let entries = parent.map(Tree::entries).unwrap_or_default();
    let own = path.last_key().unwrap_or("");
    let maps = entries
        .iter()
        .filter(|entry| entry.key != own && matches!(entry.value.node, crate::manifest::tree::Node::Map(_)));
    maps.map(|entry| entry.key.clone()).collect()
}
