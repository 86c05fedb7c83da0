//! `kubectl cp`: files from and to a container, through its own mounts.
//!
//! kubectl runs `tar` in the container; here nobody misses a `tar`. Owners, modes and links are left out.

use super::Verb;
use super::exec::container_of;
use crate::api::{Key, Object};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::programs::files::{Files, normal};

pub(super) const CP: Verb = Verb {
    name: "cp",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("container", Takes::Text).short('c'),
    flag("no-preserve", Takes::Bool).moot(),
    flag("retries", Takes::Int).moot(),
];

/// How deep folders are followed.
const DEPTH: usize = 64;

/// One end of the copy.
#[derive(Clone, Debug)]
struct End {
    namespace: Option<String>,
    /// The pod; None is a local path.
    pod: Option<String>,
    path: String,
}

/// A file, by its path below what is copied; "" is the thing itself.
type Found = (String, Vec<u8>);

fn run(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.clone();
    let [from, to] = words.as_slice() else {
        return Err(Trouble::error("source and destination are required"));
    };
    let (from, to) = (End::read(from)?, End::read(to)?);
    match (&from.pod, &to.pod) {
        (Some(_), Some(_)) => Err(Trouble::error("one of src or dest must be a local file specification")),
        (None, None) => Err(Trouble::error("one of src or dest must be a remote file specification")),
        _ if from.path.is_empty() || to.path.is_empty() => Err(Trouble::error("filepath can not be empty")),
        (Some(_), None) => out_of(call, &from, &to.path),
        (None, Some(_)) => into(call, &from.path, &to),
    }
}

impl End {
    /// Reads `[[namespace/]pod:]path` (kubectl's `extractFileSpec`).
    fn read(text: &str) -> Verdict<Self> {
        let bad = || Trouble::error("filespec must match the canonical format: [[namespace/]pod:]file/path");
        let Some((place, path)) = text.split_once(':') else {
            return Ok(Self {
                namespace: None,
                pod: None,
                path: text.to_owned(),
            });
        };
        // `./a:b` is a local path.
        if place.starts_with('.') || place.starts_with('/') {
            return Ok(Self {
                namespace: None,
                pod: None,
                path: text.to_owned(),
            });
        }
        let (namespace, pod) = match place.split('/').collect::<Vec<_>>().as_slice() {
            [pod] if !pod.is_empty() => (None, (*pod).to_owned()),
            [namespace, pod] if !pod.is_empty() => (Some((*namespace).to_owned()), (*pod).to_owned()),
            _ => return Err(bad()),
        };
        Ok(Self {
            namespace,
            pod: Some(pod),
            path: path.to_owned(),
        })
    }
}

/// Returns the pod's key and the container that is meant.
fn container(call: &mut Call<'_>, end: &End) -> Verdict<(Key, String)> {
    if let Some(namespace) = &end.namespace {
        namespace.clone_into(&mut call.namespace);
    }
    let key = super::attach::pod_key(call, end.pod.as_deref().unwrap_or_default());
    let Object::Pod(pod) = call.find(&key)? else {
        return Err(Trouble::error("no such pod"));
    };
    if pod.status.phase.is_terminal() {
        return Err(Trouble::error(format!(
            "cannot exec into a container in a completed pod; current phase is {:?}",
            pod.status.phase
        )));
    }
    let name = container_of(call, &pod)?;
    Ok((key, name))
}

fn out_of(call: &mut Call<'_>, from: &End, to: &str) -> Verdict {
    let (key, name) = container(call, from)?;
    let path = normal(&from.path);
    let mut found: Result<Vec<Found>, String> = Ok(vec![]);
    let lent = call
        .cluster
        .files(&key, &name, &mut |files| found = gather(files, &path));
    lent.map_err(Trouble::verbatim)?;
    let found = found.map_err(|why| Trouble {
        code: 1,
        ..Trouble::verbatim(format!(
            "tar: {}: {why}\nerror: {} no such file or directory",
            from.path, from.path
        ))
    })?;
    // A file that is copied to a folder keeps its name.
    let base = path.rsplit('/').next().unwrap_or_default();
    let is_folder = to.ends_with('/') || to == "." || to == ".." || call.files.list(to).is_some();
    let single = found.first().is_some_and(|(below, _)| below.is_empty());
    let root = match (single, is_folder) {
        (true, true) => format!("{}/{base}", to.trim_end_matches('/')),
        _ => to.trim_end_matches('/').to_owned(),
    };
    for (below, bytes) in found {
        let path = if below.is_empty() {
            root.clone()
        } else {
            format!("{root}/{below}")
        };
        call.files
            .write(&path, &bytes)
            .map_err(|why| Trouble::error(format!("open {path}: {why}")))?;
    }
    Ok(())
}

/// Returns a file, or all files of a folder, sorted.
fn gather(files: &Files<'_>, path: &str) -> Result<Vec<Found>, String> {
    if !files.is_dir(path) {
        return files
            .read(path)
            .map(|bytes| vec![(String::new(), bytes)])
            .map_err(|why| why.to_string());
    }
    let mut found = Vec::new();
    walk(files, path, "", 0, &mut found);
    Ok(found)
}

fn walk(files: &Files<'_>, path: &str, below: &str, depth: usize, found: &mut Vec<Found>) {
    for name in files
        .list(path)
        .unwrap_or_default()
        .into_iter()
        .filter(|_| depth < DEPTH)
    {
        let (path, below) = (format!("{path}/{name}"), format!("{below}{name}"));
        if files.is_dir(&path) {
            walk(files, &path, &format!("{below}/"), depth + 1, found);
        } else if let Ok(bytes) = files.read(&path) {
            found.push((below, bytes));
        }
    }
}

fn into(call: &mut Call<'_>, from: &str, to: &End) -> Verdict {
    let found = local(call, from)?;
    let (key, name) = container(call, to)?;
    let base = from
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let path = normal(&to.path);
    let unpacked = call.cluster.unpack(&key, &name, &path, &base, &found);
    unpacked.map_err(Trouble::verbatim)?.map_err(|text| Trouble {
        code: 2,
        ..Trouble::verbatim(format!("{text}\ncommand terminated with exit code 2"))
    })
}

/// Returns a local file, or all files of a local folder.
fn local(call: &Call<'_>, path: &str) -> Verdict<Vec<Found>> {
    if let Ok(bytes) = call.files.bytes(path) {
        return Ok(vec![(String::new(), bytes)]);
    }
    let mut found = Vec::new();
    let mut folders = vec![(path.trim_end_matches('/').to_owned(), String::new(), 0)];
    let missing = || Trouble::error(format!("{path} doesn't exist in local filesystem"));
    call.files.list(path).ok_or_else(missing)?;
    while let Some((folder, below, depth)) = folders.pop() {
        for name in call.files.list(&folder).unwrap_or_default() {
            let (path, below) = (format!("{folder}/{name}"), format!("{below}{name}"));
            match call.files.bytes(&path) {
                Ok(bytes) => found.push((below, bytes)),
                Err(_) if depth < DEPTH => folders.push((path, format!("{below}/"), depth + 1)),
                Err(_) => (),
            }
        }
    }
    found.sort();
    Ok(found)
}
