//! The files of `-f`: read as kubectl reads them, one object after the other.

use super::call::Call;
use super::names;
use super::trouble::{Hint, Trouble, Verdict};
use crate::api::{Key, Kind, Object};
use crate::manifest::judge::Foreign;
use crate::manifest::{Declared, Document, Policy, Rule, Source, judge_document, words};
use crate::store::Refusal;
use serde_json::Value;
use std::sync::Arc;

/// One object of a file, whose kind the cluster knows.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// As it was written.
    pub document: Document,
    /// Its kind.
    pub kind: Kind,
}

impl Manifest {
    /// Returns the name of the file.
    pub fn file(&self) -> &str {
        &self.document.source.name
    }

    /// Returns the key of the object; its namespace is its own, or that of the call.
    pub fn key(&self, call: &Call<'_>) -> Verdict<Key> {
        if !self.kind.is_namespaced() {
            return Ok(Key::cluster(self.kind.clone(), self.document.name.as_str()));
        }
        let own = self.document.namespace.as_deref().filter(|own| !own.is_empty());
        if let (Some(own), Some(asked)) = (own, call.flags.text("namespace"))
            && own != asked
        {
            return Err(Trouble::error(format!(
                "the namespace from the provided object \"{own}\" does not match the namespace \"{asked}\". You must pass '--namespace={own}' to perform this operation."
            )));
        }
        let namespace = own.unwrap_or(&call.namespace);
        Ok(Key::new(self.kind.clone(), namespace, self.document.name.as_str()))
    }

    /// Returns the object's tree as kubectl sends it: with its namespace filled in.
    pub fn tree(&self, key: &Key) -> Value {
        let mut tree = self.document.value.clone();
        if self.kind.is_namespaced() && tree["metadata"].is_object() {
            tree["metadata"]["namespace"] = (*key.namespace).into();
        }
        tree
    }

    /// Returns the object; a tree that does not fit is refused in the words of Go's decoder, as far as they are known.
    pub fn object(&self, tree: Value) -> Verdict<Object> {
        Object::from_value(&self.kind, tree).map_err(|why| {
            let info = self.kind.info();
            let text = format!(
                "{} in version \"{}\" cannot be handled as a {}: {why}",
                info.kind, info.version, info.kind
            );
            let doing = format!("error when creating \"{}\": ", self.file());
            Trouble::refused_while(&doing, &Refusal::BadRequest(text))
        })
    }

    /// Refuses labels and annotations that are no texts: of an object whose type it does not know, kubectl decodes those.
    pub fn check_labels(&self) -> Verdict {
        for field in ["labels", "annotations"] {
            let map = self.document.value["metadata"][field].as_object();
            let wrong = map
                .into_iter()
                .flatten()
                .find(|(_, value)| !value.is_string() && !value.is_null());
            if let Some((_, value)) = wrong {
                let kind = match value {
                    Value::Bool(_) => "bool",
                    Value::Number(_) => "number",
                    Value::Array(_) => "array",
                    _ => "object",
                };
                return Err(Trouble::error(format!(
                    "unable to decode \"{}\": json: cannot unmarshal {kind} into Go struct field ObjectMeta.metadata.{field} of type string",
                    self.file()
                )));
            }
        }
        Ok(())
    }

    /// Says what kubectl and the server say of the object before anything is stored; warnings are said at once.
    pub fn check(&self, call: &mut Call<'_>, policy: &Policy) -> Verdict {
        let namespace = call.namespace.clone();
        let said = words::of_apply(&self.document, &namespace, policy);
        for warning in said.warnings {
            call.warn(format!("Warning: {warning}"));
        }
        match said.error {
            Some(text) => Err(with_hint(Trouble::verbatim(text), &self.document, policy)),
            None => Ok(()),
        }
    }
}

/// Adds where the first error stands, and what mends it, after kubectl's words.
fn with_hint(trouble: Trouble, document: &Document, policy: &Policy) -> Trouble {
    let judged = judge_document(document, policy);
    let Some(first) = judged.iter().find(|trouble| trouble.is_error()) else {
        return trouble;
    };
    trouble.hinted(Hint::of_manifest(first))
}

/// Returns what the cluster knows of kinds; others are refused, as a cluster does.
pub fn policy(call: &Call<'_>) -> Policy {
    let declared = names::brought_kinds(call.store()).into_iter().map(|info| Declared {
        api_version: format!("{}/{}", info.group, info.version),
        kind: info.kind.to_string(),
    });
    Policy {
        foreign: Foreign::Refuse,
        declared: declared.collect(),
    }
}

/// What stands in the files: the objects of known kinds in order, and what is wrong with the rest.
pub struct Files {
    /// The objects.
    pub manifests: Vec<Manifest>,
    /// What could not be read, or has an unknown kind.
    pub troubles: Vec<Trouble>,
}

/// Reads all files that `-f` names; `-` is what was piped in. Nothing in a file is an error of its own to the verb.
pub fn read_all(call: &Call<'_>) -> Verdict<Files> {
    let mut files = Files {
        manifests: vec![],
        troubles: vec![],
    };
    let policy = policy(call);
    for path in call.flags.list("filename") {
        let found = match path.as_str() {
            "-" => vec![("STDIN".to_owned(), call.stdin.to_owned())],
            path if path.starts_with("http://") || path.starts_with("https://") => {
                // Whoever brings the files may know some by their addresses.
                call.files.read(path).map_err(|_| {
                    Trouble::error(format!("unable to read URL \"{path}\": there is no network here"))
                        .hint("download the file, and name it with -f")
                })?
            }
            path => call.files.read(path).map_err(Trouble::error)?,
        };
        for (name, text) in found {
            read_one(call, Source::new(name, text), &policy, &mut files);
        }
    }
    Ok(files)
}

fn read_one(call: &Call<'_>, source: Source, policy: &Policy, files: &mut Files) {
    let reading = crate::manifest::read(&[source]);
    // kubectl reads a file up to the first part that is no YAML.
    let broken = reading
        .troubles
        .iter()
        .find(|trouble| matches!(trouble.rule, Rule::Syntax(_)));
    let readable =
        |document: &Document| broken.is_none_or(|broken| document.line < broken.place.line && !document.over_tabs);
    for document in reading.documents.iter().filter(|document| readable(document)) {
        match kind_of(call, document) {
            Some(kind) => files.manifests.push(Manifest {
                document: document.clone(),
                kind,
            }),
            None => {
                let said = words::of_apply(document, &call.namespace, policy).error;
                let text = said.unwrap_or_else(|| {
                    let (name, kind, version) = (&document.name, &document.kind, &document.api_version);
                    format!(
                        "error: resource mapping not found for name: \"{name}\" namespace: \"\" from \"{}\": no matches for kind \"{kind}\" in version \"{version}\"\nensure CRDs are installed first",
                        document.source.name
                    )
                });
                files
                    .troubles
                    .push(with_hint(Trouble::verbatim(text), document, policy));
            }
        }
    }
    if let Some(broken) = broken {
        let text = words::of_text(broken).unwrap_or_else(|| format!("error: {}", broken.what));
        let trouble = Trouble::verbatim(text).hinted(Hint::of_manifest(broken));
        files.troubles.push(trouble);
    }
}

fn kind_of(call: &Call<'_>, document: &Document) -> Option<Kind> {
    Kind::of(&document.api_version, &document.kind).or_else(|| {
        let (group, _) = document.api_version.rsplit_once('/')?;
        let mut brought = names::brought_kinds(call.store()).into_iter();
        let info = brought.find(|info| info.group == group && info.kind == document.kind)?;
        Some(Kind::Carried(Arc::new(info)))
    })
}

/// Reads the objects of the files for the verbs that only need their names.
pub fn read(call: &Call<'_>) -> Verdict<Vec<Manifest>> {
    let files = read_all(call)?;
    match Trouble::many(files.troubles) {
        Some(trouble) => Err(trouble),
        None => Ok(files.manifests),
    }
}

/// Returns the keys of the objects in the files, each of which must be there.
pub fn keys(call: &Call<'_>) -> Verdict<Vec<Key>> {
    let mut keys = Vec::new();
    for manifest in read(call)? {
        let key = manifest.key(call)?;
        call.find(&key)?;
        keys.push(key);
    }
    Ok(keys)
}
