//! Reading a lab: its `lab.yaml` becomes a tree once; names are filled into the tree, holes are sought in it, and the lab is
//! made of it.

use super::{Error, Folder, Lab, names};
use serde_json::Value;
use std::collections::BTreeMap;

/// The holes that no name filled, of each step of each act.
pub(super) type Holes = Vec<Vec<Vec<String>>>;

impl Lab {
    /// Reads a lab from its folder.
    pub fn load(folder: &Folder) -> Result<Lab, Error> {
        Self::load_renamed(folder, &BTreeMap::new())
    }

    /// Reads a lab and gives its objects other names: `renamed` maps handles to them.
    pub fn load_renamed(folder: &Folder, renamed: &BTreeMap<String, String>) -> Result<Lab, Error> {
        let text = folder.file("lab.yaml")?;
        // What is wrong is told with its line and column, which a tree has not: then it is read anew as what it should be.
        let Some((mut tree, written)) = tree_of(text) else {
            return Err(wrong(folder, text));
        };
        let mut names = written.clone();
        for (handle, name) in renamed {
            let Some(slot) = names.get_mut(handle) else {
                let id = tree["id"].as_str().unwrap_or_default();
                return Err(Error::new(
                    format!("{id}: no object has the handle `{handle}`"),
                    format!("it has {}", names::list(written.keys())),
                ));
            };
            slot.clone_from(name);
        }
        each_text(&mut tree, &mut |text| {
            if text.contains("{{") {
                *text = names::fill(text, |hole| names.get(hole).cloned());
            }
        });
        let holes = holes_of(&mut tree);
        let Ok(mut lab) = serde_json::from_value::<Lab>(tree) else {
            return Err(wrong(folder, &names::fill(text, |hole| names.get(hole).cloned())));
        };
        let swaps: BTreeMap<_, _> = written.values().cloned().zip(names.values().cloned()).collect();
        lab.files = folder
            .files()
            .filter(|(path, _)| *path != "lab.yaml")
            .map(|(path, text)| (path.to_string(), names::rename(text, &swaps)))
            .collect();
        lab.names = names;
        lab.check(&holes)?;
        Ok(lab)
    }
}

/// Reads a text as a tree, and the names in it.
fn tree_of(text: &str) -> Option<(Value, BTreeMap<String, String>)> {
    let tree: Value = serde_yaml::from_str(text).ok()?;
    let names = tree["names"].as_object()?.iter();
    let names: Option<_> = names
        .map(|(handle, name)| Some((handle.clone(), name.as_str()?.to_owned())))
        .collect();
    Some((tree, names?))
}

/// Visits every text of a tree but the keys.
fn each_text(tree: &mut Value, visit: &mut impl FnMut(&mut String)) {
    match tree {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, visit)),
        Value::Object(fields) => fields.values_mut().for_each(|field| each_text(field, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

/// Returns the holes that are left in the texts and commands of each step.
fn holes_of(tree: &mut Value) -> Holes {
    let of_step = |step: &mut Value| {
        let mut found = Vec::new();
        each_text(step, &mut |text| found.extend(names::holes(text)));
        found
    };
    let of_act = |act: &mut Value| -> Vec<Vec<String>> {
        let steps = act.get_mut("steps").and_then(Value::as_array_mut);
        steps.into_iter().flatten().map(of_step).collect()
    };
    let acts = tree.get_mut("acts").and_then(Value::as_array_mut);
    acts.into_iter().flatten().map(of_act).collect()
}

/// Says what is wrong with a `lab.yaml`, and where.
fn wrong(folder: &Folder, text: &str) -> Error {
    let why = match serde_yaml::from_str::<Lab>(text) {
        Err(error) => error.render(),
        Ok(_) => "its texts must be in quotes where they look like numbers or words such as yes".to_owned(),
    };
    Error::new(
        format!("{}/lab.yaml: {why}", folder.name()),
        "labs/README.md says what a lab.yaml holds",
    )
}
