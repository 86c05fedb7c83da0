//! Keys that have lost their indentation: `metadata:` with nothing in it, and `name:` below it in the same column.
//!
//! Such a text is good YAML, so kubectl says something about empty names or unknown fields. Here each such key is found
//! and put back, so that one lost indentation makes one message a key, and the rest can be judged as it was meant.

use crate::manifest::place::Place;
use crate::manifest::schema::{Def, Type, schema};
use crate::manifest::tree::{Entry, Node, Tree};

/// A key that stands beside the key it belongs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The key.
    pub key: String,
    /// Where it stands.
    pub place: Place,
    /// The key that it belongs under.
    pub parent: String,
    /// Whether the parent is the last item of a list rather than a map.
    pub in_item: bool,
}

/// Tells whether there may be orphans: they make keys that a map does not know, or keys that stand twice.
pub fn may_be_in(tree: &Tree, of: Type) -> bool {
    match of {
        Type::Any => tree.get("metadata").is_some_and(Tree::is_null),
        _ => has_odd(tree, of),
    }
}

fn has_odd(tree: &Tree, of: Type) -> bool {
    match of {
        Type::Object(def) => {
            let field = |key: &str| schema().field(def, key);
            let inside = |entry: &Entry| field(&entry.key).is_some_and(|field| has_odd(&entry.value, field.of));
            is_odd(tree.entries(), |key| field(key).is_some()) || tree.entries().iter().any(inside)
        }
        Type::Map(inner) => tree
            .entries()
            .iter()
            .any(|entry| has_odd(&entry.value, schema().inner(inner))),
        Type::List(inner) => tree.items().iter().any(|item| has_odd(item, schema().inner(inner))),
        _ => false,
    }
}

fn is_odd(entries: &[Entry], knows: impl Fn(&str) -> bool) -> bool {
    let twice = |index: usize| entries[..index].iter().any(|other| other.key == entries[index].key);
    entries
        .iter()
        .enumerate()
        .any(|(index, entry)| !knows(&entry.key) || twice(index))
}

/// Puts orphaned keys back under their parents, everywhere in `tree`, and says which they were.
pub fn mend(tree: &mut Tree, of: Type) -> Vec<Orphan> {
    let mut orphans = Vec::new();
    match (&mut tree.node, of, schema().object_meta()) {
        (Node::Map(entries), Type::Any, Type::Object(meta)) => adopt(entries, Shape::Foreign(meta), &mut orphans),
        _ => visit(tree, of, &mut orphans),
    }
    orphans.sort_by_key(|orphan| orphan.place);
    orphans
}

fn visit(tree: &mut Tree, of: Type, orphans: &mut Vec<Orphan>) {
    match (&mut tree.node, of) {
        (Node::Map(entries), Type::Object(def)) => {
            if is_odd(entries, |key| schema().field(def, key).is_some()) {
                adopt(entries, Shape::Fields(def), orphans);
            }
            for entry in entries {
                if let Some(field) = schema().field(def, &entry.key) {
                    visit(&mut entry.value, field.of, orphans);
                }
            }
        }
        (Node::Map(entries), Type::Map(inner)) => {
            let inner = schema().inner(inner);
            entries
                .iter_mut()
                .for_each(|entry| visit(&mut entry.value, inner, orphans));
        }
        (Node::List(items), Type::List(inner)) => {
            let inner = schema().inner(inner);
            items.iter_mut().for_each(|item| visit(item, inner, orphans));
        }
        _ => (),
    }
}

/// A key that could hold what follows it.
struct Frame {
    name: String,
    shape: Shape,
    held: Vec<Entry>,
}

enum Shape {
    /// An object of a foreign kind, which may have any field but those of this metadata.
    Foreign(Def),
    /// An object with known fields: the map itself, or an empty key below it.
    Fields(Def),
    /// The last item of a list.
    Item(Def, Vec<String>),
    /// An empty map from any key to a plain value, such as `labels`.
    Any,
}

impl Frame {
    fn lacks(&self, key: &str) -> bool {
        !self.held.iter().any(|entry| entry.key == key)
            && !matches!(&self.shape, Shape::Item(_, had) if had.iter().any(|known| known == key))
    }

    fn knows(&self, key: &str) -> bool {
        match self.shape {
            Shape::Fields(def) | Shape::Item(def, _) => schema().field(def, key).is_some(),
            Shape::Foreign(meta) => schema().field(meta, key).is_none(),
            Shape::Any => false,
        }
    }
}

/// Goes through the keys of one map as they stand, with the empty keys above as a stack of possible parents.
fn adopt(entries: &mut Vec<Entry>, shape: Shape, orphans: &mut Vec<Orphan>) {
    let mut frames = vec![Frame {
        name: String::new(),
        shape,
        held: Vec::new(),
    }];
    for entry in std::mem::take(entries) {
        let home = home(&frames, &entry);
        while frames.len() > home + 1 {
            close(&mut frames);
        }
        let Some(frame) = frames.last_mut() else { continue };
        if home > 0 {
            orphans.push(Orphan {
                key: entry.key.clone(),
                place: entry.place,
                parent: frame.name.clone(),
                in_item: matches!(frame.shape, Shape::Item(..)),
            });
        }
        let opened = open(frame, &entry);
        frame.held.push(entry);
        frames.extend(opened);
    }
    while frames.len() > 1 {
        close(&mut frames);
    }
    *entries = frames.pop().map(|frame| frame.held).unwrap_or_default();
}

/// Decides which frame a key belongs to; 0 is where it stands.
fn home(frames: &[Frame], entry: &Entry) -> usize {
    let own = |index: usize| frames[index].knows(&entry.key) && frames[index].lacks(&entry.key);
    let plain = !matches!(entry.value.node, Node::List(_) | Node::Map(_));
    let inner_first = (1..frames.len()).rev();
    // A foreign object may know any key, but what follows an empty `labels:` in a lost order is rather a label.
    let in_labels = matches!(
        (&frames[0].shape, &frames[frames.len() - 1].shape),
        (Shape::Foreign(_), Shape::Any)
    );
    if in_labels && plain && entry.value.text().is_some() && frames[frames.len() - 1].lacks(&entry.key) {
        return frames.len() - 1;
    }
    if own(0) {
        return 0;
    }
    inner_first.clone().find(|&index| own(index)).unwrap_or_else(|| {
        if frames[0].knows(&entry.key) || !plain {
            return 0;
        }
        inner_first
            .clone()
            .find(|&index| matches!(frames[index].shape, Shape::Any) && frames[index].lacks(&entry.key))
            .unwrap_or(0)
    })
}

/// Returns the frame that an entry opens for the keys behind it.
fn open(frame: &Frame, entry: &Entry) -> Option<Frame> {
    let of = match frame.shape {
        Shape::Fields(def) | Shape::Item(def, _) => schema().field(def, &entry.key)?.of,
        Shape::Foreign(meta) if entry.key == "metadata" => Type::Object(meta),
        Shape::Foreign(_) | Shape::Any => return None,
    };
    let shape = match (of, &entry.value.node) {
        (Type::Object(def), Node::Null) => Shape::Fields(def),
        (Type::Map(_), Node::Null) => Shape::Any,
        (Type::List(inner), Node::List(items)) => {
            let Type::Object(def) = schema().inner(inner) else {
                return None;
            };
            let Node::Map(had) = &items.last()?.node else {
                return None;
            };
            Shape::Item(def, had.iter().map(|entry| entry.key.clone()).collect())
        }
        _ => return None,
    };
    Some(Frame {
        name: entry.key.clone(),
        shape,
        held: Vec::new(),
    })
}

/// Moves what the last frame holds into the key that opened it.
fn close(frames: &mut Vec<Frame>) {
    let Some(frame) = frames.pop() else { return };
    let (Some(first), Some(parent)) = (frame.held.first(), frames.last_mut()) else {
        return;
    };
    let place = first.place;
    let Some(value) = parent.held.last_mut().map(|entry| &mut entry.value) else {
        return;
    };
    match &mut value.node {
        Node::List(items) => {
            if let Some(Tree {
                node: Node::Map(entries),
                ..
            }) = items.last_mut()
            {
                entries.extend(frame.held);
            }
        }
        _ => {
            *value = Tree {
                place,
                node: Node::Map(frame.held),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::read::yaml;
    use serde_json::{Value, json};

    fn mended(api_version: &str, kind: &str, text: &str) -> (Value, Vec<String>) {
        let mut tree = yaml::read(text, 1).expect("good YAML").tree.expect("not empty");
        let kind = schema().kind(api_version, kind).expect("a known kind");
        let orphans = mend(&mut tree, Type::Object(kind.definition));
        let told = orphans
            .iter()
            .map(|orphan| format!("{} {} < {}", orphan.place.line, orphan.key, orphan.parent));
        (tree.to_value(), told.collect())
    }

    #[test]
    fn a_flat_storage_class_is_put_in_order() {
        let text =
            "metadata:\nname: ebs\nprovisioner: p\nparameters:\ntype: gp2\nfsType: ext4\nreclaimPolicy: Delete\n";
        let (value, orphans) = mended("storage.k8s.io/v1", "StorageClass", text);
        assert_eq!(
            orphans,
            ["2 name < metadata", "5 type < parameters", "6 fsType < parameters"]
        );
        assert_eq!(
            value,
            json!({"metadata": {"name": "ebs"}, "provisioner": "p", "reclaimPolicy": "Delete",
                   "parameters": {"type": "gp2", "fsType": "ext4"}})
        );
    }

    #[test]
    fn a_deployment_without_any_indentation_is_put_in_order() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\nname: web\nlabels:\napp: web\nspec:\nreplicas: 1\n\
                    selector:\nmatchLabels:\napp: web\ntemplate:\nmetadata:\nlabels:\napp: web\nspec:\ncontainers:\n\
                    - name: web\nimage: nginx\nports:\n- containerPort: 80\nname: http\nvolumes:\n- name: data\n";
        let (value, orphans) = mended("apps/v1", "Deployment", text);
        assert_eq!(
            value,
            json!({
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web", "labels": {"app": "web"}},
                "spec": {
                    "replicas": 1,
                    "selector": {"matchLabels": {"app": "web"}},
                    "template": {
                        "metadata": {"labels": {"app": "web"}},
                        "spec": {
                            "containers": [{"name": "web", "image": "nginx",
                                            "ports": [{"containerPort": 80, "name": "http"}]}],
                            "volumes": [{"name": "data"}],
                        },
                    },
                },
            })
        );
        assert_eq!(orphans.len(), 17);
    }

    #[test]
    fn the_metadata_of_a_foreign_kind_is_put_in_order_too() {
        let text = "metadata:\nname: db\nlabels:\napp: db\nspec:\n  size: 1\nother: 2\n";
        let mut tree = yaml::read(text, 1).expect("good YAML").tree.expect("not empty");
        assert!(may_be_in(&tree, Type::Any));
        assert_eq!(mend(&mut tree, Type::Any).len(), 3);
        let expected = json!({"metadata": {"name": "db", "labels": {"app": "db"}}, "spec": {"size": 1}, "other": 2});
        assert_eq!(tree.to_value(), expected);
    }

    #[test]
    fn what_is_in_order_stays_as_it_is() {
        let text = "metadata:\n  name: p\n  labels:\nspec:\n  nodeSelector:\n  containers:\n  - name: a\n    image: b\nstatus:\n";
        let (_, orphans) = mended("v1", "Pod", text);
        assert_eq!(orphans, Vec::<String>::new());
    }

    #[test]
    fn an_unknown_key_without_an_empty_key_above_is_no_orphan() {
        let (value, orphans) = mended("v1", "Pod", "metadata:\n  name: p\nlabels:\n  a: b\nname: x\n");
        assert_eq!(orphans, Vec::<String>::new());
        assert_eq!(value["labels"], json!({"a": "b"}));
    }
}
