//! The README's map is the tree, and its words are kept.

use std::collections::BTreeSet;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the paths that the map names.
fn map() -> BTreeSet<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("## Map of this tree").expect("the README has a map");
    let block = rest.split("```").nth(1).expect("the map is a block");
    block
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .map(String::from)
        .collect()
}

#[test]
fn everything_on_the_map_is_in_the_tree() {
    for path in map() {
        let found = root().join(&path);
        assert!(found.exists(), "{path} is on the README's map and not in the tree");
        assert_eq!(
            found.is_dir(),
            path.ends_with('/'),
            "{path}: a folder ends in a slash on the map"
        );
    }
}

#[test]
fn every_folder_of_the_source_is_on_the_map() {
    let map = map();
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let entry = entry.unwrap();
        let path = format!("src/{}/", entry.file_name().to_string_lossy());
        assert!(
            !entry.path().is_dir() || map.contains(&path),
            "{path} is not on the README's map"
        );
    }
}
