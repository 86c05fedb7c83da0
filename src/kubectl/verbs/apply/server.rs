//! Server-side apply: the manifest goes to the server whole, and the server lays it over what there is.

use super::{Applied, LAST_APPLIED};
use crate::api::{Key, Object};
use crate::kubectl::call::Call;
use crate::kubectl::manifests::Manifest;
use crate::kubectl::output::compact_json;
use crate::kubectl::sign::{KUBECTL, differ_in_times_only, with_managers};
use crate::kubectl::trial::{Server, judge_change};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::DryRun;
use crate::manifest::Policy;
use crate::manifest::managed::{self, Apply, Conflicts, Managers, Writer};
use crate::store::{self, Refusal};
use serde_json::{Value, json};

/// The manager under which kubectl keeps the annotation of client-side apply, so that it is not lost on the way.
const KEEPER: &str = "kubectl-last-applied";

/// What kubectl says behind a conflict.
const REVIEW: &str = "Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// Why the server did not apply something.
enum Refused {
    /// Others own what would change.
    Conflicts(Conflicts),
    /// Something else.
    Refusal(Refusal),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl Refused {
    /// Returns kubectl apply's words.
    fn while_applying(self) -> Trouble {
        match self {
            Self::Conflicts(conflicts) => Trouble::error(format!("{conflicts}\n{REVIEW}")),
            Self::Refusal(refusal @ (Refusal::Conflict(_) | Refusal::OtherUid(_))) => {
                Trouble::error(format!("{refusal}\n{REVIEW}"))
            }
            Self::Refusal(refusal) => Trouble::refused(&refusal),
        }
    }

    /// Returns the server's words, as kubectl diff repeats them.
    fn words(self) -> Trouble {
        match self {
            Self::Conflicts(conflicts) => Trouble::verbatim(format!("Error from server (Conflict): {conflicts}")),
            Self::Refusal(refusal) => Trouble::refused(&refusal),
        }
    }
}

/// One request of a server-side apply.
struct Request<'r> {
    key: &'r Key,
    manager: &'r str,
    force: bool,
}

/// Applies one object of a file.
pub(super) fn apply(call: &mut Call<'_>, manifest: &Manifest, policy: &Policy, dry: DryRun) -> Verdict<Applied> {
    let (key, tree) = wanted(call, manifest, policy)?;
    let (manager, force) = (call.manager(), call.flags.is_set("force-conflicts"));
    let request = Request {
        key: &key,
        manager: &manager,
        force,
    };
    let mut server = Server::of(call, dry == DryRun::Server);
    let mut object = request.send(&mut server, &tree).map_err(Refused::while_applying)?;
    match keep_annotation(&mut server, &request, &object) {
        Err(trouble) => server.call.warn(format!(
            "Warning: failed to migrate {LAST_APPLIED} for Server-Side Apply. This is non-fatal and will be retried next time you apply. Error: {}",
            trouble.text
        )),
        Ok(kept) => {
            object = kept.unwrap_or(object);
            if let Some(migrated) = managed::migrate(&Managers::of(&object.to_value()), &manager) {
                // What client-side apply has owned and the manifest says no more can go only now.
                server.update(with_managers(object, &migrated))?;
                object = request.send(&mut server, &tree).map_err(Refused::while_applying)?;
            }
        }
    }
    if object.meta().is_terminating() {
        let name = &object.meta().name;
        let warning = format!("Warning: Detected changes to resource {name} which is currently being deleted.");
        server.call.warn(warning);
    }
    Ok(Applied {
        object,
        word: "serverside-applied",
    })
}

/// Returns an object as it is, and as a server-side apply would leave it; nothing is kept.
pub(in crate::kubectl::verbs) fn server_diff(
    call: &mut Call<'_>,
    manifest: &Manifest,
    key: &Key,
    policy: &Policy,
) -> Verdict<(Option<Object>, Object)> {
    let (_, tree) = wanted(call, manifest, policy)?;
    let (manager, force) = (call.manager(), call.flags.is_set("force-conflicts"));
    let request = Request {
        key,
        manager: &manager,
        force,
    };
    let live = call.store().find(key).cloned();
    let mut server = Server::of(call, true);
    let mut new = request.send(&mut server, &tree).map_err(Refused::words)?;
    if let Some(live) = &live {
        // A server that only tries counts no revision.
        new.meta_mut().resource_version = live.meta().resource_version;
    }
    Ok((live, new))
}

/// Returns what is sent, and under which key.
fn wanted(call: &mut Call<'_>, manifest: &Manifest, policy: &Policy) -> Verdict<(Key, Value)> {
    if call.flags.text("field-manager") == Some("") {
        return Err(Trouble::verbatim(
            "The PatchOptions \"\" is invalid: fieldManager: Required value: is required for apply patch",
        ));
    }
    let key = manifest.key(call)?;
    let tree = manifest.tree(&key);
    manifest
        .check(call, policy)
        .map_err(|trouble| as_applied(trouble, &key, &tree))?;
    let twice = managed::duplicates(&tree, &key.kind.api_version(), key.kind.name());
    if !twice.is_empty() {
        return Err(Trouble::verbatim(untyped(&key, &twice)));
    }
    if managed::brings_managers(&tree) {
        let why = "metadata.managedFields must be nil".to_owned();
        return Err(Trouble::refused(&Refusal::BadRequest(why)));
    }
    Ok((key, tree))
}

/// Returns the words of a server that applies: it knows of no creation, and tells unknown fields in its own way
/// (structured-merge-diff, `ValidationErrors`).
fn as_applied(trouble: Trouble, key: &Key, tree: &Value) -> Trouble {
    let (version, kind) = (key.kind.api_version(), key.kind.name());
    let fields: Vec<String> = trouble
        .text
        .split("unknown field \"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(path, _)| managed::typed_path(tree, &version, kind, path))
        .map(|path| format!("{path}: field not declared in schema"))
        .collect();
    let text = match fields.as_slice() {
        [] => match trouble.text.split_once("error when creating ") {
            Some((head, rest)) => {
                let said = rest.split_once("\": ").map_or(rest, |(_, said)| said);
                format!("{head}{said}")
            }
            None => trouble.text,
        },
        fields => untyped(key, fields),
    };
    Trouble { text, ..trouble }
}

/// Returns the words of a server that cannot make a typed object of what is applied.
fn untyped(key: &Key, faults: &[String]) -> String {
    let said = match faults {
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    };
    let (namespace, name) = (&key.namespace, &key.name);
    let (version, kind) = (key.kind.api_version(), key.kind.name());
    format!(
        "Error from server: failed to create typed patch object ({namespace}/{name}; {version}, Kind={kind}): {said}"
    )
}

impl Request<'_> {
    /// Sends an apply, and returns the object as it is then.
    fn send(&self, server: &mut Server<'_, '_>, tree: &Value) -> Result<Object, Refused> {
        let Self { key, manager, force } = *self;
        let live = server.find(key);
        let before = live.as_ref().map_or(Value::Null, Object::to_value);
        let now = server.call.now().to_string();
        let writer = Writer {
            manager,
            subresource: "",
            api_version: &key.kind.api_version(),
            kind: key.kind.name(),
            now: &now,
        };
        let mut after = managed::apply(&before, tree, &Apply { writer, force }).map_err(Refused::Conflicts)?;
        if manager == KUBECTL {
            remember(&mut after, tree);
        }
        let bad = |why: serde_json::Error| Refusal::BadRequest(why.to_string());
        // What an applier gives up may have a default, which the server fills in as if nothing had ever been written.
        let strategy_is_set = after.pointer("/spec/updateStrategy/type").is_some();
        let mut object = Object::from_value(&key.kind, after).map_err(bad)?;
        match strategy_is_set {
            true => store::refill(&mut object),
            false => store::fill_in(&mut object),
        }
        let Some(live) = live else {
            return Ok(server.create(object)?);
        };
        judge_change(&live, &before, &object.to_value())?;
        if differ_in_times_only(&live, &object) {
            return Ok(live);
        }
        Ok(server.update(object)?)
    }
}

/// Brings the annotation of client-side apply up to date, where there is one (apimachinery, `lastAppliedUpdater`).
fn remember(object: &mut Value, applied: &Value) {
    let annotations = object
        .get_mut("metadata")
        .and_then(|metadata| metadata.get_mut("annotations"));
    let Some(annotations) = annotations.and_then(Value::as_object_mut) else {
        return;
    };
    let has_one = annotations.get(LAST_APPLIED).is_some_and(|text| *text != "");
    if !has_one {
        return;
    }
    let mut applied = applied.clone();
    let own = applied
        .get_mut("metadata")
        .and_then(|metadata| metadata.get_mut("annotations"));
    if let Some(own) = own.and_then(Value::as_object_mut) {
        own.remove(LAST_APPLIED);
    }
    annotations.insert(LAST_APPLIED.to_owned(), (compact_json(&applied) + "\n").into());
}

/// Applies the annotation of client-side apply under a manager of its own, where there is one that no applier owns
/// (kubectl's `saveLastApplyAnnotationIfNecessary`); returns the object if that was done.
fn keep_annotation(server: &mut Server<'_, '_>, request: &Request<'_>, object: &Object) -> Verdict<Option<Object>> {
    let annotation = object.meta().annotations.get(LAST_APPLIED);
    let (KUBECTL, Some(text)) = (request.manager, annotation) else {
        return Ok(None);
    };
    if managed::is_applied(&Managers::of(&object.to_value())) {
        return Ok(None);
    }
    let key = request.key;
    let mut tree = json!({
        "apiVersion": key.kind.api_version(),
        "kind": key.kind.name(),
        "metadata": {"name": *key.name, "annotations": {LAST_APPLIED: text}},
    });
    if key.kind.is_namespaced() {
        tree["metadata"]["namespace"] = (*key.namespace).into();
    }
    let keeping = Request {
        manager: KEEPER,
        force: false,
        ..*request
    };
    let kept = keeping.send(server, &tree).map_err(Refused::while_applying)?;
    Ok(Some(kept))
}
