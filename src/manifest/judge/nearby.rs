//! Where a misplaced field would be at home.

use crate::manifest::path::Path;
use crate::manifest::schema::{Def, Type, schema};
use crate::manifest::tree::{Node, Tree};

/// An object on the way from the top, and its path.
#[derive(Clone, Debug)]
pub struct Level {
    /// The object's type.
    pub def: Def,
    /// The object's path.
    pub path: Path,
}

/// How far a field may have strayed: steps up and down together.
const FARTHEST: usize = 4;

/// Returns the nearest object that has the field, with `true` when it is an item of the list at that path.
pub fn home(levels: &[Level], key: &str, value: &Tree) -> Option<(Path, bool)> {
    (1..=FARTHEST).find_map(|distance| {
        (0..=distance).rev().find_map(|up| {
            let level = levels.len().checked_sub(1 + up).map(|index| &levels[index])?;
            below(level.def, &level.path, distance - up, key, value, false)
        })
    })
}

/// Looks exactly `depth` steps below an object.
fn below(def: Def, path: &Path, depth: usize, key: &str, value: &Tree, in_list: bool) -> Option<(Path, bool)> {
    if depth == 0 {
        let fits = schema().field(def, key).is_some_and(|field| could_be(value, field.of));
        return fits.then(|| (path.clone(), in_list));
    }
    schema()
        .fields(def)
        .iter()
        .filter(|field| !["status", "managedFields"].contains(&field.name))
        .find_map(|field| {
            let (inner, is_list) = match field.of {
                Type::Object(inner) => (inner, false),
                Type::List(inner) => match schema().inner(inner) {
                    Type::Object(inner) => (inner, true),
                    _ => return None,
                },
                _ => return None,
            };
            // Two lists deep nobody strays.
            if in_list && is_list {
                return None;
            }
            below(inner, &path.key(field.name), depth - 1, key, value, is_list)
        })
}

fn could_be(value: &Tree, of: Type) -> bool {
    match (&value.node, of) {
        (Node::Null, _) | (_, Type::Any) => true,
        (Node::List(_), of) => matches!(of, Type::List(_)),
        (Node::Map(_), of) => matches!(of, Type::Map(_) | Type::Object(_)),
        (_, of) => !matches!(of, Type::List(_) | Type::Map(_) | Type::Object(_)),
    }
}
