//! The files of the person's side, as kubectl's `-f` names them.

use super::place::write_now;
use crate::kubectl::Files;
use crate::programs::outcome::{Outcome, Stream};
use std::path::Path;

/// The machine's files; what kubectl says is shown at once when time is about to pass.
pub(super) struct LocalFiles;

/// Manifests of the Kubernetes documentation that its tutorials name by address: there is no network here.
const KNOWN: &[(&str, &str)] = &[
    (
        "k8s.io/examples/application/web/web.yaml",
        include_str!("examples/web.yaml"),
    ),
    (
        "k8s.io/examples/application/web/web-parallel.yaml",
        include_str!("examples/web-parallel.yaml"),
    ),
];

impl Files for LocalFiles {
    fn read(&self, path: &str) -> Result<Vec<(String, String)>, String> {
        if let Some(address) = path.strip_prefix("https://").or_else(|| path.strip_prefix("http://")) {
            let address = address
                .strip_prefix("kubernetes.io/")
                .map_or_else(|| address.to_owned(), |rest| format!("k8s.io/{rest}"));
            let known = KNOWN.iter().find(|(known, _)| *known == address);
            return known
                .map(|(_, text)| vec![(path.to_owned(), (*text).to_owned())])
                .ok_or_else(|| {
                    format!("unable to read URL \"{path}\", there is no network here: save the file, and name it")
                });
        }
        let there = Path::new(path);
        if !there.exists() {
            return Err(format!("the path \"{path}\" does not exist"));
        }
        let read = |file: &Path| {
            let text = std::fs::read(file).map_err(|error| format!("open {}: {error}", file.display()))?;
            let text = String::from_utf8(text).map_err(|_| format!("{} is not UTF-8 text", file.display()))?;
            Ok::<_, String>((file.display().to_string(), text))
        };
        if !there.is_dir() {
            return Ok(vec![read(there)?]);
        }
        let entries = std::fs::read_dir(there).map_err(|error| format!("open {path}: {error}"))?;
        let mut found: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        found.sort();
        let is_manifest = |file: &&std::path::PathBuf| {
            let end = file.extension().and_then(|end| end.to_str());
            file.is_file() && matches!(end, Some("yaml" | "yml" | "json"))
        };
        found.iter().filter(is_manifest).map(|file| read(file)).collect()
    }

    fn show(&self, said: &mut Outcome) {
        for (stream, text) in said.said.drain(..) {
            write_now(&text, stream == Stream::Stderr);
        }
    }
}
