//! Judges documents: is this Kubernetes, and does it hang together?
//!
//! All that is wrong is said at once and where it stands. What follows from another trouble is left unsaid: a lost
//! indentation is one message, not the ten unknown and missing fields that come of it.

mod kinds;
mod fields;
mod types;
mod nearby;
mod refusals;
mod cures;
mod advice;

#[cfg(test)]
mod tests;

pub use kinds::{Declared, is_for_kubectl};

use crate::manifest::document::{Document, type_of, without_nulls};
use crate::manifest::read::Reading;
use crate::manifest::tree::Tree;
use crate::manifest::trouble::{Rule, Trouble};
use crate::manifest::validate::validate;

/// What to do with objects of kinds that neither Kubernetes nor a CustomResourceDefinition declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Foreign {
    /// Keep them and say so: their definition may be in another chart.
    #[default]
    Carry,
    /// Refuse them, as a cluster does.
    Refuse,
}

/// How strict the judging is.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// What to do with undeclared kinds.
    pub foreign: Foreign,
    /// Kinds that the cluster has CustomResourceDefinitions for already.
    pub declared: Vec<Declared>,
}

/// Judges all that was read, and returns all troubles in the order of the text.
pub fn judge(reading: &Reading, policy: &Policy) -> Vec<Trouble> {
    let mut policy = policy.clone();
    policy.declared.extend(
        reading
            .documents
            .iter()
            .filter_map(|document| kinds::declared_by(&document.value))
            .flatten(),
    );

    let mut troubles = reading.troubles.clone();
    for document in &reading.documents {
        troubles.extend(judge_document(document, &policy));
    }
    troubles.extend(advice::between(&reading.documents));
    let order = |trouble: &Trouble| reading.sources.iter().position(|name| *name == trouble.source);
    troubles.sort_by_key(|trouble| (order(trouble), trouble.place));
    troubles
}

/// Judges one document, as it was meant: with its orphaned keys put back.
pub fn judge_document(document: &Document, policy: &Policy) -> Vec<Trouble> {
    let orphans = document.orphans.iter().map(|orphan| {
        let (key, parent) = (&orphan.key, &orphan.parent);
        let (what, hint) = if orphan.in_item {
            let what = format!("`{key}` belongs to the item of `{parent}` above: indent it");
            (
                what,
                format!("put it below the first word behind the `- ` of `{parent}`"),
            )
        } else {
            let what = format!("`{key}` belongs under `{parent}`: indent it");
            (
                what,
                format!("put two blanks before `{key}`, and before all that belongs to it"),
            )
        };
        Trouble::error(&document.source, orphan.place, Rule::Orphan, what, Some(hint))
    });
    let mut troubles: Vec<Trouble> = orphans.collect();
    troubles.extend(judge_tree(document, document.meant(), policy));
    troubles.sort_by_key(|trouble| trouble.place);
    troubles
}

/// Judges one document as it stands, as a server would; see `words`.
pub fn judge_as_written(document: &Document, policy: &Policy) -> Vec<Trouble> {
    judge_tree(document, &document.tree, policy)
}

fn judge_tree(document: &Document, tree: &Tree, policy: &Policy) -> Vec<Trouble> {
    let source = &document.source;
    let mut troubles = kinds::check(document, tree, policy);
    let of = type_of(&document.api_version, &document.kind);
    troubles.extend(fields::check(source, tree, of));

    let mended = (!document.orphans.is_empty()).then(|| without_nulls(tree, of));
    let value = mended.as_ref().unwrap_or(&document.value);
    // A kind under a wrong apiVersion, or in wrong letters, is judged as the kind that was meant.
    let meant = kinds::meant(document);
    let (api_version, kind) = meant.map_or((document.api_version.as_str(), document.kind.as_str()), |kind| {
        (kind.api_version, kind.kind)
    });
    let verdict = validate(api_version, kind, value);
    let explained = refusals::Explained::by(&troubles);
    troubles.extend(refusals::troubles(source, tree, value, &verdict, &explained));
    troubles.extend(advice::about(source, tree, kind));
    if let Some(kind) = meant {
        troubles.extend(advice::about_required(source, tree, kind));
    }
    troubles
}
