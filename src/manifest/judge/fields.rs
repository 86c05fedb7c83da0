//! Walks a tree along the schema: unknown fields, wrong types, keys that stand twice.

use super::{nearby, types};
use crate::manifest::path::{Path, Trail};
use crate::manifest::schema::{Def, Type, schema};
use crate::manifest::similar;
use crate::manifest::source::Source;
use crate::manifest::tree::{Entry, Node, Tree};
use crate::manifest::trouble::{Rule, Trouble};
use nearby::Level;
use types::GoField;

/// Judges the fields of an object; of a foreign kind only its metadata.
pub fn check(source: &Source, tree: &Tree, of: Type) -> Vec<Trouble> {
    let mut walk = Walk {
        source,
        levels: Vec::new(),
        troubles: Vec::new(),
    };
    walk.equal_keys(tree, &Trail::top());
    let top = Trail::top();
    let metadata = top.key("metadata");
    match (of, tree.get("metadata")) {
        (Type::Object(_), _) => walk.value(tree, of, GoField { owner: "", trail: &top }, &top),
        (_, Some(found)) => {
            let of = schema().object_meta();
            walk.value(
                found,
                of,
                GoField {
                    owner: "",
                    trail: &metadata,
                },
                &metadata,
            );
        }
        (_, None) => (),
    }
    walk.troubles
}

struct Walk<'a> {
    source: &'a Source,
    /// The objects on the way, and how many steps lead to each.
    levels: Vec<(Def, usize)>,
    troubles: Vec<Trouble>,
}

impl Walk<'_> {
    fn value(&mut self, tree: &Tree, of: Type, field: GoField<'_>, trail: &Trail<'_>) {
        if tree.is_null() {
            return;
        }
        match (&tree.node, of) {
            (_, Type::Any) | (Node::Text(_), Type::Text) => (),
            (Node::Map(entries), Type::Object(def)) => {
                self.levels.push((def, trail.depth()));
                for entry in entries {
                    let trail = trail.key(&entry.key);
                    let Some(known) = schema().field(def, &entry.key) else {
                        self.unknown(def, entry, trail.path());
                        continue;
                    };
                    let owner = schema().name(def);
                    self.value(&entry.value, known.of, GoField { owner, trail: &trail }, &trail);
                }
                self.levels.pop();
            }
            (Node::Map(entries), Type::Map(inner)) => {
                let inner = schema().inner(inner);
                for entry in entries {
                    self.value(&entry.value, inner, field, &trail.key(&entry.key));
                }
            }
            (Node::List(items), Type::List(inner)) => {
                let inner = schema().inner(inner);
                for (index, item) in items.iter().enumerate() {
                    self.value(item, inner, field, &trail.index(index));
                }
            }
            _ => {
                if let Some(wrong) = types::wrong(self.source, tree, of, field, trail) {
                    let rule = Rule::Undecodable(wrong.go);
                    let trouble = Trouble::error(self.source, tree.place, rule, wrong.what, wrong.hint);
                    self.troubles.push(trouble.at(trail.path()));
                }
            }
        }
    }

    fn unknown(&mut self, def: Def, entry: &Entry, path: Path) {
        let what = format!("unknown field `{path}`");
        let (hint, meant) = self
            .hint(def, entry, &path)
            .map_or((None, None), |(hint, meant)| (Some(hint), meant));
        let trouble = Trouble::error(self.source, entry.place, Rule::UnknownField { meant }, what, hint);
        self.troubles.push(trouble.at(path));
    }

    fn levels(&self, path: &Path) -> Vec<Level> {
        let level = |&(def, depth): &(Def, usize)| Level {
            def,
            path: path.first(depth),
        };
        self.levels.iter().map(level).collect()
    }

    /// Returns a hint, and the path that was likely meant.
    fn hint(&self, def: Def, entry: &Entry, path: &Path) -> Option<(String, Option<Path>)> {
        let key = entry.key.as_str();
        if let Some(word) = key.strip_prefix('-') {
            return Some((format!("write `- {word}`, with a blank, to begin a list item"), None));
        }
        let names: Vec<&str> = schema().fields(def).iter().map(|field| field.name).collect();
        let meant = similar::did_you_mean(key, &names);
        let slip = meant.filter(|meant| similar::is_slip(key, meant));
        if slip.is_none()
            && let Some((home, in_list)) = nearby::home(&self.levels(path), key, &entry.value)
        {
            let hint = match (in_list, home.is_root()) {
                (true, _) => format!("`{key}` belongs in an item of `{home}`"),
                (_, true) => format!("`{key}` belongs at the top, beside `kind`"),
                _ => format!("`{key}` belongs under `{home}`"),
            };
            return Some((hint, Some(home.key(key))));
        }
        meant.map(|meant| (format!("did you mean `{meant}`?"), Some(path.parent().key(meant))))
    }

    /// The last of equal keys wins, without a word from kubectl.
    fn equal_keys(&mut self, tree: &Tree, trail: &Trail<'_>) {
        for (index, entry) in tree.entries().iter().enumerate() {
            let trail = trail.key(&entry.key);
            if let Some(first) = tree.entries()[..index].iter().find(|first| first.key == entry.key) {
                let what = format!("`{}` stands twice; the last one counts", entry.key);
                let hint = Some(format!("the other is on line {}", first.place.line));
                let trouble = Trouble::warning(self.source, entry.place, Rule::EqualKeys, what, hint);
                self.troubles.push(trouble.at(trail.path()));
            }
            self.equal_keys(&entry.value, &trail);
        }
        for (index, item) in tree.items().iter().enumerate() {
            self.equal_keys(item, &trail.index(index));
        }
    }
}
