//! The kinds of objects: their groups, versions, plurals and short names, as `kubectl api-resources` lists them.

use super::kinds::{CARRIED, SIMULATED, SIMULATED_KINDS};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

type Word = Cow<'static, str>;

/// What the API server knows of a kind before it sees an object of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KindInfo {
    /// `StatefulSet`.
    pub kind: Word,
    /// `apps`, or "" for the core group.
    pub group: Word,
    /// `v1`.
    pub version: Word,
    /// `statefulsets`.
    pub plural: Word,
    /// `statefulset`.
    pub singular: Word,
    /// `sts`; several are parted by commas, and a kind without one has "".
    pub short: Word,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

/// A kind of object: one that is simulated, or one that is only carried.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants are Kubernetes' own kinds")]
pub enum Kind {
    Namespace,
    Node,
    CsiNode,
    StorageClass,
    PriorityClass,
    Secret,
    ConfigMap,
    Service,
    EndpointSlice,
    PersistentVolume,
    PersistentVolumeClaim,
    VolumeAttachment,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    ControllerRevision,
    Job,
    CronJob,
    PodDisruptionBudget,
    Pod,
    Event,
    /// A kind that is stored and served, and acts on nothing.
    Carried(Arc<KindInfo>),
}

impl Kind {
    /// Returns what is known of the kind.
    pub fn info(&self) -> &KindInfo {
        match self {
            Kind::Carried(info) => info,
            simulated => &SIMULATED[simulated.place()],
        }
    }

    /// Returns the kind's place among the simulated ones.
    fn place(&self) -> usize {
        SIMULATED_KINDS
            .iter()
            .position(|kind| kind == self)
            .expect("every simulated kind is in the table")
    }

    /// Says whether anything here acts on objects of the kind: actors on those that are simulated, admission on quotas
    /// and limit ranges.
    pub fn acts(&self) -> bool {
        match self {
            Kind::Carried(info) => info.group.is_empty() && matches!(&*info.kind, "ResourceQuota" | "LimitRange"),
            _ => true,
        }
    }

    /// Returns `StatefulSet`.
    pub fn name(&self) -> &str {
        &self.info().kind
    }

    /// Returns `statefulset`, as a story and kubectl's lists name an object.
    pub fn singular(&self) -> &str {
        &self.info().singular
    }

    /// Returns `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        let info = self.info();
        if info.group.is_empty() {
            info.version.to_string()
        } else {
            format!("{}/{}", info.group, info.version)
        }
    }

    /// Says whether objects of the kind live in namespaces.
    pub fn is_namespaced(&self) -> bool {
        self.info().namespaced
    }

    /// Returns Kubernetes' own kind of this `apiVersion` and `kind`, if there is one.
    pub fn of(api_version: &str, kind: &str) -> Option<Kind> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let found = Self::known().find(|known| known.info().kind == kind && known.info().group == group)?;
        // Events are served in two groups; other versions than the stored one are not served.
        (found.info().version == version || found == Kind::Event)
            .then_some(found)
            .or_else(|| (kind == "Event" && group == "events.k8s.io").then_some(Kind::Event))
    }

    /// Returns all of Kubernetes' own kinds: the simulated ones, then the carried ones.
    pub fn known() -> impl Iterator<Item = Kind> {
        SIMULATED_KINDS
            .iter()
            .cloned()
            .chain(CARRIED.iter().map(|info| Kind::Carried(Arc::new(info.clone()))))
    }

    /// Returns the kind that a word of the command line means: `pods`, `po`, `pod`, `statefulsets.apps` …
    pub fn from_word(word: &str) -> Option<Kind> {
        let word = word.to_ascii_lowercase();
        Self::known().find(|kind| kind.info().answers_to(&word))
    }
}

impl KindInfo {
    /// Says whether a lower-case word of the command line means this kind.
    pub fn answers_to(&self, word: &str) -> bool {
        let (word, group) = word.split_once('.').map_or((word, None), |(w, g)| (w, Some(g)));
        let named = !word.is_empty()
            && (word == self.plural || word == self.singular || self.short.split(',').any(|s| s == word));
        let in_group = group.is_none_or(|g| {
            g == self.group
                || g.strip_prefix(&*self.version)
                    .is_some_and(|g| g.strip_prefix('.') == Some(&*self.group))
        });
        named && in_group
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = SIMULATED_KINDS.iter().position(|known| known == self);
        match place.and_then(|place| u8::try_from(place).ok()) {
            Some(place) if !serializer.is_human_readable() => serializer.serialize_u8(place),
            _ => self.info().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            KindInfo::deserialize(deserializer).map(Kind::from)
        } else {
            deserializer.deserialize_any(Compact)
        }
    }
}

impl From<KindInfo> for Kind {
    fn from(info: KindInfo) -> Self {
        let known = SIMULATED.iter().position(|simulated| *simulated == info);
        known.map_or_else(|| Kind::Carried(Arc::new(info)), |place| SIMULATED_KINDS[place].clone())
    }
}

/// Reads a kind of a saved world: a simulated one is its place, as each key begins with one; another is whole.
struct Compact;

impl<'de> Visitor<'de> for Compact {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a kind or its place")
    }

    fn visit_u64<E: Error>(self, place: u64) -> Result<Kind, E> {
        let known = usize::try_from(place).ok().and_then(|place| SIMULATED_KINDS.get(place));
        known
            .cloned()
            .ok_or_else(|| E::custom(format!("there is no kind number {place}")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, fields: A) -> Result<Kind, A::Error> {
        KindInfo::deserialize(SeqAccessDeserializer::new(fields)).map(Kind::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Kind, A::Error> {
        KindInfo::deserialize(MapAccessDeserializer::new(fields)).map(Kind::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_simulated_kind_stands_in_its_place() {
        for (kind, info) in SIMULATED_KINDS.iter().zip(&SIMULATED) {
            assert_eq!(kind.info(), info);
        }
        assert_eq!(Kind::of("apps/v1", "StatefulSet"), Some(Kind::StatefulSet));
        assert_eq!(Kind::of("storage.k8s.io/v1", "CSINode"), Some(Kind::CsiNode));
        assert_eq!(Kind::of("extensions/v1beta1", "Deployment"), None);
    }

    #[test]
    fn people_may_say_it_short_or_long() {
        for word in ["po", "pod", "pods", "Pod"] {
            assert_eq!(Kind::from_word(word), Some(Kind::Pod));
        }
        assert_eq!(Kind::from_word("statefulsets.apps"), Some(Kind::StatefulSet));
        assert_eq!(Kind::from_word("deployments.v1.apps"), Some(Kind::Deployment));
        assert_eq!(Kind::from_word("cats"), None);
    }
}
