//! `metadata`: names, labels, annotations (k8s.io/apimachinery, pkg/api/validation/objectmeta.go).

use super::{At, FieldError, names};

/// All annotations of an object together: 256 KiB.
const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;

/// How the objects of a kind may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grammar {
    /// As the first part of a host name.
    Label,
    /// As a host name.
    Subdomain,
    /// As a part of a URL's path.
    Segment,
}

/// Judges the metadata of an object.
pub fn check(kind: &str, metadata: At<'_>, errors: &mut Vec<FieldError>) {
    let grammar = grammar(kind);
    let prefix = metadata.field("generateName");
    if !prefix.text().is_empty() {
        let whole = format!("{}x", prefix.text().trim_end_matches('-'));
        names::check(&prefix, broken(grammar, &whole), errors);
    }
    let name = metadata.field("name");
    // Reviews are questions: they are answered and not kept, and need no name.
    if name.text().is_empty() && prefix.text().is_empty() && !kind.ends_with("Review") {
        errors.push(FieldError::required(name.path(), "name or generateName is required"));
    } else if !name.text().is_empty() {
        names::check(&name, broken(grammar, name.text()), errors);
    }
    if kind == "CronJob" && name.text().len() > 52 {
        // A Job's name is that of its CronJob and eleven characters of time.
        errors.push(FieldError::invalid(
            name.path(),
            name.text(),
            "must be no more than 52 characters",
        ));
    }
    let namespace = metadata.field("namespace");
    if !namespace.text().is_empty() {
        names::check(&namespace, names::dns_label(namespace.text()), errors);
    }
    names::labels(&metadata.field("labels"), errors);
    annotations(&metadata.field("annotations"), errors);
}

/// Judges annotations: their keys, and their size together.
pub fn annotations(at: &At<'_>, errors: &mut Vec<FieldError>) {
    let mut bytes = 0;
    for (key, value) in at.entries() {
        let wrong = names::qualified(&key.to_lowercase());
        let wrong = wrong
            .into_iter()
            .map(|wrong| FieldError::invalid(value.path(), key, wrong));
        errors.extend(wrong.map(|error| error.shown_as(at.path().to_string())));
        bytes += key.len() + value.text().len();
    }
    if bytes > ANNOTATIONS_BYTES_MAX {
        errors.push(FieldError::too_long(
            at.path(),
            format!("may not be more than {ANNOTATIONS_BYTES_MAX} bytes"),
        ));
    }
}

fn grammar(kind: &str) -> Grammar {
    match kind {
        // Since 1.27 a StatefulSet's name must fit into host names. Services: relaxed from DNS-1035 in 1.36 (KEP-5311).
        "Service" | "StatefulSet" | "Namespace" => Grammar::Label,
        "Role"
        | "ClusterRole"
        | "RoleBinding"
        | "ClusterRoleBinding"
        | "APIService"
        | "CertificateSigningRequest"
        | "IPAddress" => Grammar::Segment,
        _ => Grammar::Subdomain,
    }
}

fn broken(grammar: Grammar, name: &str) -> Vec<String> {
    match grammar {
        Grammar::Label => names::dns_label(name),
        Grammar::Subdomain => names::dns_subdomain(name),
        Grammar::Segment => match name {
            "." | ".." => vec![format!("may not be '{name}'")],
            _ => ['/', '%']
                .iter()
                .filter(|c| name.contains(**c))
                .map(|c| format!("may not contain '{c}'"))
                .collect(),
        },
    }
}
