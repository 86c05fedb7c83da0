//! A rehearsal: any manifests, played in an empty cluster until they settle, and what became of them.
//!
//! All manifests are judged together and refused together. What a cluster would take and pglab does not simulate is
//! kept and named. Unlike `kubectl apply`, a rehearsal brings what a folder takes for granted: namespaces that none of the
//! manifests makes, a default StorageClass, and kinds whose CustomResourceDefinition is in another chart.

use super::furnish::furnish;
use super::outcome::{Became, became, endangered};
use super::patience;
use super::reasons::Warnings;
use crate::api::kind::KindInfo;
use crate::api::{Key, Kind, Node, Object, Resource};
use crate::cloud::Settings;
use crate::manifest::{self, Document, Policy, Source, Trouble};
use crate::sim::{ClusterSpec, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a rehearsal goes on before it gives up, in milliseconds of virtual time: longer than a progress deadline.
const GIVE_UP_MS: i64 = 1_200_000;

/// Manifests that were played.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The world as it is now.
    pub world: World,
    /// What was said of the manifests, though they were taken.
    pub warnings: Vec<Trouble>,
    /// What the cluster brought along, or did otherwise than `kubectl apply` would: sentences.
    pub notes: Vec<String>,
    /// The keys of what was created, in the order of the manifests.
    pub created: Vec<Key>,
    /// Whether nothing more was due soon when it ended.
    pub settled: bool,
}

/// Manifests that were refused; nothing was played.
#[derive(Clone, Debug)]
pub struct Refused {
    /// All that is wrong, and what was warned of.
    pub troubles: Vec<Trouble>,
}

impl Rehearsal {
    /// Plays manifests in a cluster of this shape, until they settle or it gives up.
    pub fn play(sources: &[Source], cluster: &ClusterSpec, seed: u64, settings: Settings) -> Result<Self, Refused> {
        let reading = manifest::read(sources);
        let troubles = manifest::judge(&reading, &Policy::default());
        if troubles.iter().any(Trouble::is_error) {
            return Err(Refused { troubles });
        }
        let kinds = Kinds::of(&reading.documents);
        let mut objects = Vec::new();
        let mut notes = Vec::new();
        let for_a_cluster = |document: &&Document| !manifest::is_for_kubectl(&document.api_version);
        for document in reading.documents.iter().filter(for_a_cluster) {
            match object_of(document, &kinds) {
                Ok(object) => objects.push(object),
                Err(why) => notes.push(why),
            }
        }
        let mut world = furnish(&objects, cluster, seed, settings, &mut notes);
        world.settle(60_000);
        let created = apply(&mut world, objects, &mut notes);
        let mut rehearsal = Self {
            world,
            warnings: troubles,
            notes,
            created,
            settled: false,
        };
        rehearsal.rest();
        if !rehearsal.settled {
            rehearsal.notes.push(format!(
                "after {} minutes of virtual time there was still no rest",
                GIVE_UP_MS / 60_000
            ));
        }
        Ok(rehearsal)
    }

    /// Lets the world go on until it settles or it gives up.
    pub fn rest(&mut self) {
        let Self { world, created, .. } = self;
        self.settled = patience::wait(world, GIVE_UP_MS, |world| all(world, created).iter().all(|b| b.healthy));
    }

    /// Returns what became of each thing that was asked for.
    pub fn became(&self) -> Vec<Became> {
        endangered(&self.world, all(&self.world, &self.created))
    }

    /// Returns the fields that are kept but not simulated, each with the objects that have it; indexes are left out.
    pub fn not_simulated(&self) -> BTreeMap<String, Vec<Key>> {
        let mut fields: BTreeMap<String, Vec<Key>> = BTreeMap::new();
        for key in &self.created {
            let paths = self
                .world
                .store()
                .find(key)
                .map(Object::carried_fields)
                .unwrap_or_default();
            let paths: BTreeSet<String> = paths.iter().map(|path| without_indexes(path)).collect();
            for path in paths {
                fields.entry(path).or_default().push(key.clone());
            }
        }
        fields
    }

    /// Returns the objects that are kept and act on nothing.
    pub fn only_kept(&self) -> impl Iterator<Item = &Key> {
        self.created.iter().filter(|key| !key.kind.acts())
    }
}

/// Returns what became of each of these.
fn all(world: &World, keys: &[Key]) -> Vec<Became> {
    let warnings = Warnings::of(world);
    let became = |key| became(world, &warnings, key);
    keys.iter().filter_map(became).collect()
}

fn without_indexes(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '[' => inside = true,
            ']' => {
                inside = false;
                out.push_str("[]");
            }
            _ if !inside => out.push(letter),
            _ => (),
        }
    }
    out
}

/// The kinds that the manifests themselves declare.
struct Kinds(BTreeMap<(String, String), Kind>);

impl Kinds {
    fn of(documents: &[Document]) -> Self {
        let mut kinds = BTreeMap::new();
        for crd in documents.iter().filter(|d| d.kind == "CustomResourceDefinition") {
            let spec = &crd.value["spec"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let versions = spec["versions"].as_array().cloned().unwrap_or_default();
            for version in versions.iter().map(|version| text(&version["name"])) {
                let (group, kind) = (text(&spec["group"]), text(&spec["names"]["kind"]));
                let short = spec["names"]["shortNames"].as_array().cloned().unwrap_or_default();
                let short: Vec<&str> = short.iter().filter_map(Value::as_str).collect();
                let info = KindInfo {
                    plural: text(&spec["names"]["plural"]).into(),
                    singular: kind.to_lowercase().into(),
                    short: short.join(",").into(),
                    namespaced: spec["scope"] == "Namespaced",
                    group: group.clone().into(),
                    version: version.clone().into(),
                    kind: kind.clone().into(),
                };
                kinds.insert((format!("{group}/{version}"), kind), Kind::Carried(Arc::new(info)));
            }
        }
        Self(kinds)
    }

    /// Returns the kind of a document; one that nobody declares is taken to be namespaced.
    fn get(&self, document: &Document) -> Kind {
        let (api_version, kind) = (&document.api_version, &document.kind);
        let declared = || self.0.get(&(api_version.clone(), kind.clone())).cloned();
        Kind::of(api_version, kind).or_else(declared).unwrap_or_else(|| {
            let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
            let singular = kind.to_lowercase();
            Kind::Carried(Arc::new(KindInfo {
                kind: kind.clone().into(),
                group: group.to_owned().into(),
                version: version.to_owned().into(),
                plural: format!("{singular}s").into(),
                singular: singular.into(),
                short: "".into(),
                namespaced: true,
            }))
        })
    }
}

/// Returns the object of a document, as it is before the API server has seen it: a dump's status and history are of
/// another cluster.
fn object_of(document: &Document, kinds: &Kinds) -> Result<Object, String> {
    let kind = kinds.get(document);
    let mut value = document.value.clone();
    if let Some(map) = value.as_object_mut()
        && kind != Kind::Node
    {
        map.remove("status");
    }
    if let Some(meta) = value["metadata"].as_object_mut() {
        for field in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "generation",
            "deletionTimestamp",
            "selfLink",
        ] {
            meta.remove(field);
        }
        if kind.is_namespaced() {
            meta.entry("namespace").or_insert_with(|| "default".into());
        } else {
            meta.remove("namespace");
        }
    }
    Object::from_value(&kind, value).map_err(|error| {
        format!(
            "{}:{}: {}/{} is left out: {error}",
            document.source.name, document.line, document.kind, document.name
        )
    })
}

/// Creates the objects, Namespaces first, else in the order of the manifests, and returns their keys.
fn apply(world: &mut World, objects: Vec<Object>, notes: &mut Vec<String>) -> Vec<Key> {
    let (first, then): (Vec<_>, Vec<_>) = objects.into_iter().partition(|o| o.kind() == Kind::Namespace);
    let mut created = Vec::new();
    for object in first.into_iter().chain(then) {
        let key = object.key();
        if key.kind == Kind::Node {
            adopt(world, object);
            created.push(key);
            continue;
        }
        let there = world.store().find(&key).is_some();
        let outcome = if there {
            world.update(object)
        } else {
            world.create(object)
        };
        match outcome {
            Ok(stored) => created.push(stored.key()),
            Err(refusal) => notes.push(format!("{key} was refused by the API server: {refusal}")),
        }
    }
    created
}

/// Gives a node that its kubelet has registered the labels and taints of its manifest.
fn adopt(world: &mut World, wanted: Object) {
    let (Object::Node(wanted), Some(registered)) = (&wanted, world.store().get::<Node>("", &wanted.meta().name)) else {
        return;
    };
    let mut node = Node::clone(registered);
    for (label, value) in wanted.metadata.labels.iter() {
        node.metadata.labels.set(label, value);
    }
    node.spec.taints.extend(wanted.spec.taints.iter().cloned());
    node.spec.unschedulable |= wanted.spec.unschedulable;
    let _: Result<Object, _> = world.update(node.into_object());
}
