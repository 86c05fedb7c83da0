//! What kubectl prints when it applies a bad manifest: its own words and the server's, for the window that must say the
//! same.
//!
//! Left out: refusals that need a cluster (a namespace that does not exist, immutable fields, quotas); the grammar of a
//! broken text, of which go-yaml's line number is only approached.

use crate::manifest::document::Document;
use crate::manifest::judge::{Policy, judge_as_written};
use crate::manifest::schema::schema;
use crate::manifest::trouble::{Rule, Trouble};
use crate::manifest::validate::validate;

/// What `kubectl apply` would say of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Printed first, each behind `Warning: `.
    pub warnings: Vec<String>,
    /// The error, without a line break at its end; `None` when the object is sent and taken.
    pub error: Option<String>,
}

/// Returns kubectl's words about a document in `namespace`; `policy` says which kinds the cluster knows.
///
/// Of a text that kubectl cannot read, see [`of_text`].
pub fn of_apply(document: &Document, namespace: &str, policy: &Policy) -> Words {
    if document.over_tabs {
        return Words::default();
    }
    let mut troubles = judge_as_written(document, policy);
    // Go decodes keys in the order in which kubectl sends them: sorted.
    troubles.sort_by(|one, other| one.path.cmp(&other.path));
    let mut words = Words {
        warnings: troubles
            .iter()
            .filter_map(|trouble| match &trouble.rule {
                Rule::Warned(words) => Some(words.clone()),
                _ => None,
            })
            .collect(),
        error: error(document, namespace, &troubles),
    };
    if words.error.is_some() {
        words.warnings.clear();
    }
    words
}

/// Returns kubectl's words about a text that cannot be read.
pub fn of_text(trouble: &Trouble) -> Option<String> {
    let Rule::Syntax(words) = &trouble.rule else {
        return None;
    };
    let file = &trouble.source;
    Some(if words.starts_with("yaml: ") {
        format!("error: error parsing {file}: error converting YAML to JSON: {words}")
    } else {
        format!("error: error parsing {file}: {words}")
    })
}

fn error(document: &Document, namespace: &str, troubles: &[Trouble]) -> Option<String> {
    client(document, namespace, troubles)
        .or_else(|| decoding(document, troubles))
        .or_else(|| refusal(document))
}

/// kubectl itself complains, before or while it asks the server what is there.
fn client(document: &Document, namespace: &str, troubles: &[Trouble]) -> Option<String> {
    let Document {
        api_version,
        kind,
        name,
        ..
    } = document;
    let file = &document.source.name;
    let has = |rule: Rule| troubles.iter().any(|trouble| trouble.rule == rule);
    let unset = match (has(Rule::NoApiVersion), has(Rule::NoKind)) {
        (true, true) => "[apiVersion not set, kind not set]",
        (true, false) => "apiVersion not set",
        (false, true) => "kind not set",
        (false, false) => "",
    };
    if !unset.is_empty() {
        return Some(format!(
            "error: error validating \"{file}\": error validating data: {unset}; if you choose to ignore these errors, turn validation off with --validate=false"
        ));
    }
    // A kind that is only carried has its warning; only an error means that the cluster does not know it.
    if troubles
        .iter()
        .any(|trouble| trouble.rule == Rule::UnknownKind && trouble.is_error())
    {
        let of = document.namespace.as_deref().unwrap_or("");
        return Some(format!(
            "error: resource mapping not found for name: \"{name}\" namespace: \"{of}\" from \"{file}\": no matches for kind \"{kind}\" in version \"{api_version}\"\nensure CRDs are installed first"
        ));
    }
    let of_metadata = |trouble: &&Trouble| trouble.path.to_string().starts_with("metadata");
    if let Some(words) = troubles.iter().filter(of_metadata).find_map(undecodable) {
        return Some(format!("error: unable to decode \"{file}\": {words}"));
    }
    if !document.value["metadata"]["generateName"].is_null() && name.is_empty() {
        return Some(format!("error: from {file}: cannot use generate name with apply"));
    }
    if name.is_empty() {
        let known = schema().kind(api_version, kind);
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let plural = known.map_or("", |known| known.plural);
        let of = if known.is_some_and(|known| !known.namespaced) {
            ""
        } else {
            namespace
        };
        return Some(format!(
            "error: error when retrieving current configuration of:\nResource: \"{group}/{version}, Resource={plural}\", GroupVersionKind: \"{group}/{version}, Kind={kind}\"\nName: \"\", Namespace: \"{of}\"\nfrom server for: \"{file}\": resource name may not be empty"
        ));
    }
    None
}

fn undecodable(trouble: &Trouble) -> Option<&str> {
    match &trouble.rule {
        Rule::Undecodable(words) => Some(words),
        _ => None,
    }
}

/// The server cannot read the object: the first wrong value, or else all unknown fields.
fn decoding(document: &Document, troubles: &[Trouble]) -> Option<String> {
    let Document { api_version, kind, .. } = document;
    let strict = || {
        let unknown = troubles
            .iter()
            .filter(|trouble| matches!(trouble.rule, Rule::UnknownField { .. }));
        let fields: Vec<String> = unknown
            .map(|trouble| format!("unknown field \"{}\"", trouble.path))
            .collect();
        (!fields.is_empty()).then(|| format!("strict decoding error: {}", fields.join(", ")))
    };
    let words = troubles
        .iter()
        .find_map(undecodable)
        .map(str::to_owned)
        .or_else(strict)?;
    let version = api_version
        .split_once('/')
        .map_or(api_version.as_str(), |(_, version)| version);
    let file = &document.source.name;
    Some(format!(
        "Error from server (BadRequest): error when creating \"{file}\": {kind} in version \"{version}\" cannot be handled as a {kind}: {words}"
    ))
}

/// The server reads the object and refuses it.
fn refusal(document: &Document) -> Option<String> {
    let Document { kind, name, .. } = document;
    let verdict = validate(&document.api_version, kind, &document.value);
    match verdict.refusals.as_slice() {
        [] => None,
        [only] => Some(format!("The {kind} \"{name}\" is invalid: {only}")),
        all => {
            let lines: Vec<String> = all.iter().map(|error| format!("\n* {error}")).collect();
            Some(format!("The {kind} \"{name}\" is invalid: {}", lines.concat()))
        }
    }
}
