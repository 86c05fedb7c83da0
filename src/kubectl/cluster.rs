//! What the window needs of a cluster, and what it needs of the person's side: files.
//! The window is spared from knowing what a world is made of.

use crate::api::{Key, Object, Time};
use crate::programs::files::Files as Inner;
use crate::programs::outcome::Outcome;
use crate::programs::runtime::{Spoken, Typed};
use crate::store::{DeleteOptions, Refusal, Store};
use crate::tongue::Lang;

/// How long a verb waits that waits for ever on a real cluster, until a person presses Ctrl-C, in milliseconds.
pub(super) const PATIENCE_MS: i64 = 600_000;

/// A cluster as a person reaches it: through the API server, and through the kubelets' doors for logs and exec.
pub trait Cluster {
    /// Returns the API server's state.
    fn store(&self) -> &Store;

    /// Returns the time.
    fn now(&self) -> Time;

    /// Returns the language of the person: hints are told in it, never what kubectl itself says.
    fn lang(&self) -> Lang {
        Lang::En
    }

    /// Returns when a node renewed its Lease the last time; None where there is none to read.
    fn lease(&self, _node: &str) -> Option<Time> {
        None
    }

    /// Returns when the kubelet of a node wrote its status the last time, if what the object says was written at `written`;
    /// None where nobody knows better than the object.
    fn reported(&self, _node: &str, _written: Time) -> Option<Time> {
        None
    }

    /// Creates an object.
    fn create(&mut self, object: Object) -> Result<Object, Refusal>;

    /// Replaces all but the status of an object.
    fn update(&mut self, object: Object) -> Result<Object, Refusal>;

    /// Replaces the status of an object.
    fn update_status(&mut self, object: Object) -> Result<Object, Refusal>;

    /// Asks for the deletion of an object; returns what is left of it, if it is only marked.
    fn delete(&mut self, key: &Key, options: &DeleteOptions) -> Result<Option<Object>, Refusal>;

    /// Asks for the eviction of a pod, which a disruption budget can refuse.
    fn evict(&mut self, pod: &Key, grace_seconds: Option<i64>) -> Result<(), Refusal>;

    /// Lets the next thing happen that is due by `until`. Returns false when nothing is: then it is `until`.
    fn pass(&mut self, until: Time) -> bool;

    /// Says whether nothing is due soon: a watch would show nothing new.
    fn is_quiet(&self) -> bool {
        true
    }

    /// Returns what a person is told when a command that looks on ends because [`Cluster::is_quiet`]; None where that needs
    /// no word.
    fn why_quiet(&self) -> Option<String> {
        None
    }

    /// Counts how often the cluster went back in time while a command looked on.
    fn turns_back(&self) -> u64 {
        0
    }

    /// Returns for how long a command waits that waits for ever on a real cluster, in milliseconds; then somebody pressed
    /// Ctrl-C.
    fn patience_ms(&self) -> i64 {
        PATIENCE_MS
    }

    /// Runs a command in a container of a running pod.
    fn exec(&mut self, pod: &Key, container: &str, command: &[String], stdin: &str) -> Result<Outcome, String>;

    /// Returns what a container has written, line by line with its instant; `previous`: the one before the last restart.
    fn logs(&self, pod: &Key, container: &str, previous: bool) -> Result<Vec<(Time, String)>, String>;

    /// Gives the process of a container that reads its standard input all that there is to read, and the end of it.
    fn attach(&mut self, _pod: &Key, _container: &str, _stdin: &str) -> Result<Outcome, String> {
        Err("error: nothing runs here that could be attached to".to_owned())
    }

    /// Says whether somebody sits at a keyboard, so that a program can be typed to.
    fn has_keyboard(&self) -> bool {
        false
    }

    /// Asks whoever sits at the keyboard for a line; None when no more come. Meanwhile time may pass, and others may change
    /// the cluster.
    fn ask(&mut self, _prompt: &str) -> Option<String> {
        None
    }

    /// Gives a program in a container what is typed; the error is "" when the program has gone.
    fn typed(&mut self, _pod: &Key, _container: &str, _typed: Typed) -> Result<Spoken, String> {
        Err("error: nothing runs here that could be typed to".to_owned())
    }

    /// Shows the files of a running container, as `kubectl cp` reads them.
    fn files(&mut self, _pod: &Key, _container: &str, _look: &mut dyn FnMut(&Inner<'_>)) -> Result<(), String> {
        Err("error: nothing runs here whose files could be copied".to_owned())
    }

    /// Writes files into a running container, as `kubectl cp` does ([`crate::sim::World::unpack`]).
    fn unpack(
        &mut self,
        _pod: &Key,
        _container: &str,
        _path: &str,
        _base: &str,
        _files: &[(String, Vec<u8>)],
    ) -> Result<Result<(), String>, String> {
        Err("error: nothing runs here to which files could be copied".to_owned())
    }
}

/// The files that `-f` can name.
pub trait Files {
    /// Reads a file, or the manifests of a folder in order of their names; the error is Go's sentence.
    fn read(&self, path: &str) -> Result<Vec<(String, String)>, String>;

    /// Shows at once what has been said so far, before time passes, and takes it away; by default it is kept for the end.
    fn show(&self, _said: &mut Outcome) {}

    /// Reads the bytes of one file; the error is the system's word for it (`no such file or directory`).
    fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        let found = self.read(path).unwrap_or_default();
        let one = found.into_iter().find(|(name, _)| name == path);
        one.map(|(_, text)| text.into_bytes())
            .ok_or_else(|| "no such file or directory".to_owned())
    }

    /// Returns the names in a folder, of whatever kind; None where there is no such folder.
    fn list(&self, _path: &str) -> Option<Vec<String>> {
        None
    }

    /// Writes a file, and the folders above it, as `kubectl cp` does; the error is the system's word for it.
    fn write(&self, _path: &str, _bytes: &[u8]) -> Result<(), String> {
        Err("read-only file system".to_owned())
    }

    /// Lets the person change a text in their editor; the error says why there is none.
    fn edit(&self, _name: &str, _text: &str) -> Result<String, String> {
        Err("there is no editor here".to_owned())
    }

    /// Keeps the namespace that is current from now on; the error says why that cannot be.
    fn use_namespace(&self, _namespace: &str) -> Result<(), String> {
        Err("the current namespace is not kept here".to_owned())
    }
}

/// No files at all.
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<Vec<(String, String)>, String> {
        Err(format!("the path \"{path}\" does not exist"))
    }
}

/// Files held in memory, by name; a name that ends in `/` is a folder's.
impl Files for std::collections::BTreeMap<String, String> {
    fn read(&self, path: &str) -> Result<Vec<(String, String)>, String> {
        if let Some(text) = self.get(path) {
            return Ok(vec![(path.to_owned(), text.clone())]);
        }
        let folder = path.trim_end_matches('/');
        let folder = folder.strip_prefix("./").unwrap_or(folder);
        let inside = |name: &String| match folder {
            "." => !name.contains('/'),
            folder => name
                .strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|rest| !rest.contains('/')),
        };
        let is_manifest = |name: &String| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
        let found = self.iter().filter(|(name, _)| inside(name) && is_manifest(name));
        let found: Vec<_> = found.map(|(name, text)| (name.clone(), text.clone())).collect();
        if found.is_empty() {
            return NoFiles.read(path);
        }
        Ok(found)
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        let text = self.get(path.strip_prefix("./").unwrap_or(path));
        text.map(|text| text.clone().into_bytes())
            .ok_or_else(|| "no such file or directory".to_owned())
    }

    fn list(&self, path: &str) -> Option<Vec<String>> {
        let folder = path.trim_end_matches('/');
        let folder = folder.strip_prefix("./").unwrap_or(folder);
        let inside = |name: &String| {
            let rest = if folder == "." {
                Some(name.as_str())
            } else {
                name.strip_prefix(folder)?.strip_prefix('/')
            };
            rest?.split('/').next().map(ToOwned::to_owned)
        };
        let names: std::collections::BTreeSet<String> = self.keys().filter_map(inside).collect();
        (!names.is_empty()).then(|| names.into_iter().collect())
    }
}
