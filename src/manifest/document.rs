//! One object as it was written.

use crate::manifest::orphan::{self, Orphan};
use crate::manifest::path::Path;
use crate::manifest::place::Place;
use crate::manifest::schema::{Kind, Type, group_of, schema};
use crate::manifest::similar::did_you_mean;
use crate::manifest::source::Source;
use crate::manifest::tree::{Node, Tree};
use serde_json::{Map, Value};
use std::sync::Arc;

/// One object of a source: its text, its tree, and its value as kubectl would send it.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text that it stands in.
    pub source: Arc<Source>,
    /// The line on which it begins.
    pub line: u32,
    /// `apps/v1`; empty when it says none.
    pub api_version: String,
    /// `StatefulSet`; empty when it says none.
    pub kind: String,
    /// `metadata.name`; empty when it says none.
    pub name: String,
    /// `metadata.namespace`, if it says one.
    pub namespace: Option<String>,
    /// The object: of equal keys the last, without nulls.
    pub value: Value,
    /// What was written.
    pub tree: Tree,
    /// The keys that have lost their indentation; none in a usable document.
    pub orphans: Vec<Orphan>,
    /// Whether tabs were read as blanks; kubectl cannot read such a text at all.
    pub over_tabs: bool,
    mended: Option<Tree>,
}

impl Document {
    /// Makes a document of a tree.
    pub fn new(source: Arc<Source>, tree: Tree) -> Document {
        let text = |tree: &Tree, key: &str| tree.get(key).and_then(Tree::text).unwrap_or("").to_owned();
        let (api_version, kind) = (text(&tree, "apiVersion"), text(&tree, "kind"));
        let of = type_of(&api_version, &kind);

        let mut mended = orphan::may_be_in(&tree, of).then(|| tree.clone());
        let orphans = mended.as_mut().map(|tree| orphan::mend(tree, of)).unwrap_or_default();
        mended = mended.filter(|_| !orphans.is_empty());
        let metadata = tree.get("metadata");
        Document {
            source,
            line: tree.place.line,
            name: metadata.map(|metadata| text(metadata, "name")).unwrap_or_default(),
            namespace: metadata
                .and_then(|metadata| metadata.get("namespace")?.text())
                .map(str::to_owned),
            value: without_nulls(&tree, of),
            api_version,
            kind,
            tree,
            orphans,
            over_tabs: false,
            mended,
        }
    }

    /// Returns what was meant: the tree with its orphans put back.
    pub fn meant(&self) -> &Tree {
        self.mended.as_ref().unwrap_or(&self.tree)
    }

    /// Returns the line and column of a field such as `spec.template.spec.containers[0].securityContext`.
    ///
    /// A field that was not written stands where its nearest ancestor does.
    pub fn locate(&self, path: &str) -> Place {
        self.meant().locate(&Path::parse(path))
    }
}

/// Returns the type of a kind's objects; of an unknown kind only the metadata is known.
pub fn type_of(api_version: &str, kind: &str) -> Type {
    let known = schema()
        .kind(api_version, kind)
        .or_else(|| likely_kind(api_version, kind));
    known.map_or(Type::Any, |kind| Type::Object(kind.definition))
}

/// Returns the kind of Kubernetes' own that is meant by a name under a wrong apiVersion, or in wrong letters.
pub fn likely_kind(api_version: &str, kind: &str) -> Option<&'static Kind> {
    let group = group_of(api_version);
    // `Service` of `serving.knative.dev/v1` is no Service.
    if group.contains('.') && !schema().has_group(group) {
        return None;
    }
    let kinds = schema().kinds();
    let same = |known: &&Kind| known.kind == kind;
    let other_letters =
        |known: &&Kind| known.kind.eq_ignore_ascii_case(kind) || known.plural.eq_ignore_ascii_case(kind);
    let names: Vec<&str> = kinds.iter().map(|known| known.kind).collect();
    kinds
        .iter()
        .rfind(|known| same(known) && known.group() == group)
        .or_else(|| kinds.iter().rfind(same))
        .or_else(|| kinds.iter().rfind(other_letters))
        .or_else(|| did_you_mean(kind, &names).and_then(|name| kinds.iter().rfind(|known| known.kind == name)))
}

/// Returns the value that a server would store.
///
/// Nulls are dropped, as if nothing had been written; in a map or a list of texts Go decodes them as "".
pub fn without_nulls(tree: &Tree, of: Type) -> Value {
    let inner = match of {
        Type::List(inner) | Type::Map(inner) => schema().inner(inner),
        _ => Type::Any,
    };
    match &tree.node {
        Node::Map(entries) => {
            let mut map = Map::new();
            for entry in entries {
                let of = match of {
                    Type::Object(def) => schema().field(def, &entry.key).map_or(Type::Any, |field| field.of),
                    _ => inner,
                };
                if !entry.value.is_null() {
                    map.insert(entry.key.clone(), without_nulls(&entry.value, of));
                } else if inner == Type::Text {
                    map.insert(entry.key.clone(), Value::String(String::new()));
                } else {
                    map.remove(&entry.key);
                }
            }
            Value::Object(map)
        }
        Node::List(items) => {
            let text = |item: &Tree| {
                if inner == Type::Text {
                    Value::String(String::new())
                } else {
                    item.to_value()
                }
            };
            Value::Array(
                items
                    .iter()
                    .map(|item| {
                        if item.is_null() {
                            text(item)
                        } else {
                            without_nulls(item, inner)
                        }
                    })
                    .collect(),
            )
        }
        _ => tree.to_value(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::read::yaml;
    use serde_json::json;

    fn document(text: &str) -> Document {
        let tree = yaml::read(text, 1).expect("good YAML").tree.expect("not empty");
        Document::new(Arc::new(Source::new("-", text)), tree)
    }

    #[test]
    fn nulls_are_dropped_but_are_empty_texts_in_maps_of_texts() {
        let document = document(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace:\n  labels: {a: , b: c}\nspec:\n  \
             containers:\n  - name: x\n    args: [a, ~]\n    name: z\n  volumes: [{name: v, emptyDir: }]\n",
        );
        assert_eq!(
            document.value,
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"a": "", "b": "c"}},
                   "spec": {"containers": [{"name": "z", "args": ["a", ""]}], "volumes": [{"name": "v"}]}})
        );
        assert_eq!(
            (document.kind.as_str(), document.name.as_str(), document.namespace),
            ("Pod", "p", None)
        );
    }

    #[test]
    fn a_field_can_be_pointed_at() {
        let document = document("kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: a\n    image: b\n");
        assert_eq!(document.locate("spec.containers[0].image"), Place::new(6, 5, 5));
        assert_eq!(document.locate("spec.containers[0].ports[1].name"), Place::new(5, 5, 4));
        assert_eq!(document.locate("status"), document.tree.place);
    }
}
