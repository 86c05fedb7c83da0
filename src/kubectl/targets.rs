//! Which objects a command line names: `pods`, `pod,svc`, `pod/a pod/b`, `pods a b`, `all` (cli-runtime's Builder).

use super::call::{self, Call};
use super::manifests;
use super::select::{FieldQuery, LabelQuery};
use super::trouble::{Trouble, Verdict};
use super::{heartbeat, quota};
use crate::api::{Key, Kind, Object};
use crate::store::Refusal;

/// What was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// All objects of a kind, as far as they are selected.
    All(Kind),
    /// One object by its name.
    One(Kind, String),
}

/// The kinds that `all` stands for, in the order of the API server's discovery.
pub const ALL: [&str; 10] = [
    "pods",
    "replicationcontrollers",
    "services",
    "daemonsets",
    "deployments",
    "replicasets",
    "statefulsets",
    "horizontalpodautoscalers",
    "cronjobs",
    "jobs",
];

/// Reads the words of a command line; none at all is no target.
pub fn read(call: &Call<'_>, words: &[String]) -> Verdict<Vec<Target>> {
    let Some(first) = words.first() else {
        return Ok(vec![]);
    };
    let slashes = words.iter().filter(|word| word.contains('/')).count();
    if slashes > 0 && slashes < words.len() {
        return Err(mixed_forms());
    }
    if slashes > 0 {
        return words.iter().map(|word| slashed(call, word)).collect();
    }
    let mut kinds = Vec::new();
    for word in first.split(',') {
        if word == "all" {
            for word in ALL {
                kinds.push(call.kind(word)?);
            }
        } else {
            kinds.push(call.kind(word)?);
        }
    }
    let names = &words[1..];
    if names.is_empty() {
        return Ok(kinds.into_iter().map(Target::All).collect());
    }
    let each = |kind: Kind| names.iter().map(move |name| Target::One(kind.clone(), name.clone()));
    Ok(kinds.into_iter().flat_map(each).collect())
}

fn mixed_forms() -> Trouble {
    Trouble::error(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
    )
}

fn slashed(call: &Call<'_>, word: &str) -> Verdict<Target> {
    let Some((kind, name)) = word.split_once('/') else {
        return Err(mixed_forms());
    };
    if name.contains('/') {
        return Err(Trouble::error(
            "arguments in resource/name form may not have more than one slash",
        ));
    }
    if kind.is_empty() || name.is_empty() {
        return Err(Trouble::error(
            "arguments in resource/name form must have a single resource and name",
        ));
    }
    Ok(Target::One(call.kind(kind)?, name.to_owned()))
}

/// Says whether more than one kind was asked for, so that names need their kinds before them.
pub fn many_kinds(words: &[String]) -> bool {
    match words {
        [] => false,
        [one] if one == "all" => true,
        [first, ..] if first.contains(',') => true,
        words => {
            let kinds = words
                .iter()
                .filter_map(|word| word.split_once('/'))
                .map(|(kind, _)| kind);
            kinds.collect::<std::collections::BTreeSet<_>>().len() > 1
        }
    }
}

/// What selects among the objects of a kind.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `-A`.
    pub everywhere: bool,
    /// `-l`.
    pub labels: LabelQuery,
    /// `--field-selector`.
    pub fields: FieldQuery,
    label_text: String,
    field_text: String,
}

impl Selection {
    /// Reads the flags that select.
    pub fn of(call: &Call<'_>, kind: Option<&Kind>) -> Verdict<Self> {
        let label_text = call.flags.text("selector").unwrap_or("").to_owned();
        let field_text = call.flags.text("field-selector").unwrap_or("").to_owned();
        let mut selection = Self {
            everywhere: call.flags.is_set("all-namespaces"),
            label_text,
            field_text,
            ..Self::default()
        };
        selection.labels = LabelQuery::parse(&selection.label_text).map_err(|why| selection.bad(kind, &why))?;
        selection.fields = FieldQuery::parse(&selection.field_text).map_err(|why| selection.bad(kind, &why))?;
        Ok(selection)
    }

    fn bad(&self, kind: Option<&Kind>, why: &str) -> Trouble {
        let kind = kind.cloned().unwrap_or(Kind::Pod);
        let info = kind.info();
        let text = format!(
            "Unable to find \"{}/{}, Resource={}\" that match label selector \"{}\", field selector \"{}\": {why}",
            info.group, info.version, info.plural, self.label_text, self.field_text
        );
        Trouble::refused(&Refusal::BadRequest(text))
    }

    /// Says whether anything was asked of labels or fields.
    pub fn is_empty(&self) -> bool {
        self.label_text.is_empty() && self.field_text.is_empty()
    }

    /// Returns the objects that one target names, as a person reads them: nodes with the heartbeats of their kubelets,
    /// quotas with what is used of them.
    pub fn shown(&self, call: &Call<'_>, target: &Target) -> Verdict<Vec<Object>> {
        let mut objects = self.objects(call, target)?;
        for object in &mut objects {
            heartbeat::refresh(object, call.cluster);
            quota::refresh(object, call.cluster);
        }
        Ok(objects)
    }

    /// Returns the objects that one target names.
    pub fn objects(&self, call: &Call<'_>, target: &Target) -> Verdict<Vec<Object>> {
        match target {
            Target::One(kind, name) => {
                if self.everywhere && kind.is_namespaced() {
                    return Err(Trouble::error(
                        "a resource cannot be retrieved by name across all namespaces",
                    ));
                }
                Ok(vec![call.find(&call.key(kind, name))?])
            }
            Target::All(kind) => {
                if let Some(field) = self.fields.unsupported(kind) {
                    return Err(self.bad(Some(kind), &format!("field label not supported: {field}")));
                }
                let namespace = if self.everywhere || !kind.is_namespaced() {
                    ""
                } else {
                    &call.namespace
                };
                Ok(call::select(call.store(), kind, namespace, &self.labels, &self.fields))
            }
        }
    }
}

impl Target {
    /// Returns the kind.
    pub fn kind(&self) -> &Kind {
        match self {
            Target::All(kind) | Target::One(kind, _) => kind,
        }
    }
}

/// Returns the objects that a command line names, all of them by name or by a selector, for the verbs that change
/// something; the keys of those that are missing come as troubles.
pub fn named(call: &Call<'_>, words: &[String]) -> Verdict<(Vec<Key>, Vec<Trouble>)> {
    let targets = read(call, words)?;
    let selection = Selection::of(call, targets.first().map(Target::kind))?;
    let (mut keys, mut troubles) = (Vec::new(), Vec::new());
    for target in &targets {
        if matches!(target, Target::All(_)) && selection.is_empty() && !call.flags.is_set("all") {
            return Err(Trouble::error("resource(s) were provided, but no name was specified"));
        }
        if matches!(target, Target::One(..)) && !selection.is_empty() {
            return Err(Trouble::error("name cannot be provided when a selector is specified"));
        }
        match selection.objects(call, target) {
            Ok(objects) => keys.extend(objects.iter().map(Object::key)),
            Err(trouble) => troubles.push(trouble),
        }
    }
    Ok((keys, troubles))
}

/// What kubectl says where nothing was named (cli-runtime's `missingResourceError`).
pub fn nothing_named() -> Trouble {
    Trouble::error(
        "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
    )
}

/// Complains of words beside files.
pub fn refuse_words_with_files(words: &[String]) -> Verdict {
    match words {
        [] => Ok(()),
        words if words.iter().any(|word| word.contains('/')) => Err(Trouble::error(
            "resource/name arguments cannot be provided when a path is specified",
        )),
        _ => Err(Trouble::error(
            "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
        )),
    }
}

/// Returns the objects that words or files name, for the verbs that change something; those that are missing come as
/// troubles.
pub fn wanted(call: &Call<'_>, words: &[String]) -> Verdict<(Vec<Key>, Vec<Trouble>)> {
    if call.flags.texts("filename").is_empty() {
        if words.is_empty() {
            return Err(nothing_named());
        }
        return named(call, words);
    }
    let manifests = manifests::read(call)?;
    refuse_words_with_files(words)?;
    let (mut keys, mut troubles) = (Vec::new(), Vec::new());
    for manifest in manifests {
        let key = manifest.key(call)?;
        match call.find(&key) {
            Ok(_) => keys.push(key),
            Err(trouble) => troubles.push(trouble),
        }
    }
    Ok((keys, troubles))
}

/// Says whether exactly one object was named, as kubectl counts it (`IntoSingleItemImplied`).
pub fn is_single(call: &Call<'_>, words: &[String]) -> bool {
    match call.flags.list("filename").as_slice() {
        [] => match words {
            [one] => one.contains('/'),
            [kinds, _] => !kinds.contains(['/', ',']),
            _ => false,
        },
        [one] => one != "-" && !one.ends_with('/'),
        _ => false,
    }
}
