//! The files of the person's side, as kubectl's `-f` names them.

use super::place::write_now;
use crate::kubectl::Files;
use crate::programs::outcome::{Outcome, Stream};
use std::cell::RefCell;
use std::path::Path;

/// The machine's files; what kubectl says is shown at once when time is about to pass.
#[derive(Default)]
pub(super) struct LocalFiles {
    /// The namespace that is to be current from now on.
    pub namespace: RefCell<Option<String>>,
}

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
            let there = known.map(|(_, text)| vec![(path.to_owned(), (*text).to_owned())]);
            return there.ok_or_else(|| format!("unable to read URL \"{path}\""));
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

    fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| system_word(&error))
    }

    fn list(&self, path: &str) -> Option<Vec<String>> {
        let entries = std::fs::read_dir(path).ok()?.flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        Some(names)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let path = Path::new(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| system_word(&error))?;
        }
        std::fs::write(path, bytes).map_err(|error| system_word(&error))
    }

    fn edit(&self, name: &str, text: &str) -> Result<String, String> {
        let set = ["KUBE_EDITOR", "EDITOR"]
            .iter()
            .find_map(|name| std::env::var(name).ok());
        let editor = set
            .filter(|editor| !editor.trim().is_empty())
            .unwrap_or_else(|| "vi".to_owned());
        let name = Path::new(name).file_name().unwrap_or_default().to_string_lossy();
        let file = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
        std::fs::write(&file, text).map_err(|error| system_word(&error))?;
        // The editor's words may bring arguments of their own, as in `code --wait`; only quotes are left to a shell
        // (pkg/cmd/util/editor, `defaultEnvEditor`).
        let mut words = editor.split_whitespace();
        let mut command = if editor.contains(['"', '\'', '\\']) {
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", &format!("{editor} \"$1\""), "editor"]);
            shell
        } else {
            let mut command = std::process::Command::new(words.next().unwrap_or("vi"));
            command.args(words);
            command
        };
        let status = command.arg(&file).status();
        let edited = match status {
            Ok(status) if status.success() => std::fs::read_to_string(&file).map_err(|error| system_word(&error)),
            // What a shell says of a command that is not there.
            Ok(status) if status.code() == Some(127) => Err(format!("unable to launch the editor \"{editor}\"")),
            Ok(_) => Err(format!("there was a problem with the editor \"{editor}\"")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(format!("unable to launch the editor \"{editor}\""))
            }
            Err(_) => Err(format!("there was a problem with the editor \"{editor}\"")),
        };
        let _: std::io::Result<()> = std::fs::remove_file(&file);
        edited
    }

    fn use_namespace(&self, namespace: &str) -> Result<(), String> {
        *self.namespace.borrow_mut() = Some(namespace.to_owned());
        Ok(())
    }

    fn show(&self, said: &mut Outcome) {
        for (stream, text) in said.said.drain(..) {
            write_now(&text, stream == Stream::Stderr);
        }
    }
}

/// Returns the system's own words for an error, without its number.
fn system_word(error: &std::io::Error) -> String {
    let text = error.to_string();
    let word = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
