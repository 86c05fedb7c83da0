//! Rules about the code, as tests: the floors, the map in the README, dead files, and names that must not leak.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns every file below a folder that ends in `.rs`, with its path from the root.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root().join("src"), &mut found);
    assert!(found.len() > 100, "the walk finds the sources");
    found
}

fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            found.push((name, read(&path)));
        }
    }
}

/// Returns the floors as the table in `src/lib.rs` tells them: module and floor.
fn floors() -> Vec<(String, u32)> {
    let map = read(&root().join("src/lib.rs"));
    let rows = map.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("//! |")?.split('|');
        let floor = cells.next()?.trim().parse().ok()?;
        let module = cells.next()?.trim().trim_matches('`').to_owned();
        Some((module, floor))
    });
    rows.collect()
}

#[test]
fn no_module_uses_one_from_a_floor_above() {
    let floors = floors();
    let floor_of = |module: &str| floors.iter().find(|(name, _)| name == module).map(|(_, floor)| *floor);
    assert!(floors.len() >= 12, "the table in src/lib.rs is read");
    let mut upward = Vec::new();
    for (path, text) in sources() {
        let Some(module) = path
            .strip_prefix("src/")
            .and_then(|rest| rest.split_once('/'))
            .map(|(module, _)| module)
        else {
            continue;
        };
        let here = floor_of(module).unwrap_or_else(|| panic!("{module} has no floor in src/lib.rs"));
        // Tests may look up: a test of a low floor may play in a whole world.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_test = path.ends_with("tests.rs") || path.contains("/tests/") || path.ends_with("/bench.rs");
        for (number, line) in (1..).zip(code.lines()).filter(|_| !is_test) {
            let code = line.split("//").next().unwrap_or_default();
            for used in code.split("crate::").skip(1) {
                let used = used
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or_default();
                if floor_of(used).is_some_and(|there| there > here) {
                    upward.push(format!("{path}:{number}: {module} (floor {here}) uses {used}"));
                }
            }
        }
    }
    assert!(upward.is_empty(), "arrows point down:\n{}", upward.join("\n"));
}

#[test]
fn every_source_file_is_a_module_of_its_folder() {
    let sources = sources();
    let names: BTreeSet<&str> = sources.iter().map(|(path, _)| path.as_str()).collect();
    let mut dead = Vec::new();
    for path in &names {
        let path = Path::new(path);
        let (folder, stem) = (path.parent().unwrap(), path.file_stem().unwrap().to_string_lossy());
        if ["lib", "main"].contains(&&*stem) {
            continue;
        }
        let (parent, module) = if stem == "mod" {
            (
                folder.parent().unwrap(),
                folder.file_name().unwrap().to_string_lossy().into_owned(),
            )
        } else {
            (folder, stem.into_owned())
        };
        let candidates = [
            parent.join("mod.rs"),
            parent.join("lib.rs"),
            parent.with_extension("rs"),
        ];
        let declared = candidates.iter().filter_map(|file| {
            let name = file.to_string_lossy();
            sources.iter().find(|(path, _)| *path == *name)
        });
        let wanted = format!("mod {module};");
        if !declared
            .into_iter()
            .any(|(_, text)| text.lines().any(|line| line.trim_end().ends_with(&wanted)))
        {
            dead.push(path.display().to_string());
        }
    }
    assert!(dead.is_empty(), "no `mod` names these files:\n{}", dead.join("\n"));
}

#[test]
fn every_source_file_says_what_it_stands_for() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path)
        .collect();
    assert!(
        silent.is_empty(),
        "these files do not open with `//!`:\n{}",
        silent.join("\n")
    );
}

#[test]
fn nothing_in_src_knows_the_name_of_a_lab_or_of_its_objects() {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(root().join("labs")).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        names.insert(path.file_name().unwrap().to_string_lossy().into_owned());
        let lab = read(&path.join("lab.yaml"));
        let block = lab.split("\nnames:\n").nth(1).unwrap_or_default();
        for line in block.lines().take_while(|line| line.starts_with(' ')) {
            let name = line
                .split(':')
                .nth(1)
                .unwrap_or_default()
                .trim()
                .trim_matches('"')
                .to_owned();
            // A single common word may stand anywhere; a name with a hyphen is a name.
            if name.contains('-') {
                names.insert(name);
            }
        }
    }
    assert!(names.len() > 5, "labs and their objects are found");
    let mut leaks = Vec::new();
    for (path, text) in sources() {
        let is_test = path.ends_with("tests.rs") || path.contains("/tests/");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for name in names
            .iter()
            .filter(|name| !is_test && code.contains(&format!("\"{name}")))
        {
            leaks.push(format!("{path} knows `{name}`"));
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn the_map_in_the_readme_is_the_tree() {
    let readme = read(&root().join("README.md"));
    let (_, rest) = readme.split_once("## Map of this tree").expect("the README has a map");
    let block = rest.split("```").nth(1).expect("the map is a block");
    let map: BTreeSet<&str> = block
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let mut wrong = Vec::new();
    for path in &map {
        let found = root().join(path);
        if !found.exists() || found.is_dir() != path.ends_with('/') {
            wrong.push(format!(
                "README.md names {path}, which is not there (a folder ends in a slash)"
            ));
        }
    }
    for folder in ["", "src/"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}{name}/");
            // The folders of `src` are named one by one.
            let elsewhere = name.starts_with('.') || ["src", "target"].contains(&name.as_str());
            if entry.path().is_dir() && !elsewhere && !map.contains(path.as_str()) {
                wrong.push(format!("README.md does not name {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_top_level_holds_what_was_agreed() {
    let agreed = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE",
        "README.md",
        "src",
        "book",
        "labs",
        "tests",
        "benches",
        "target",
    ];
    let strangers: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !agreed.contains(&name.as_str()))
        .collect();
    assert!(strangers.is_empty(), "at the top level: {}", strangers.join(", "));
}
