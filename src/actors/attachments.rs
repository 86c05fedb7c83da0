//! Which VolumeAttachments there are, by volume and by node: an index that several controllers keep.

use super::{Change, View};
use crate::api::Resource;
use crate::api::VolumeAttachment;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The attachments that a watch has brought.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Attachments {
    by_volume: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Arc<str>>>,
    by_node: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

impl Attachments {
    /// Takes notice of an attachment's coming and going; returns its volume and node.
    pub fn heed(&mut self, change: &Change<'_>) -> Option<(Arc<str>, Arc<str>)> {
        let attachment = VolumeAttachment::of(change.object())?;
        let volume = attachment.spec.source.persistent_volume_name.clone()?;
        let node = attachment.spec.node_name.clone();
        if change.after.is_some() {
            let name = attachment.metadata.name.clone();
            self.by_volume
                .entry(volume.clone())
                .or_default()
                .insert(node.clone(), name);
            self.by_node.entry(node.clone()).or_default().insert(volume.clone());
        } else {
            if let Some(nodes) = self.by_volume.get_mut(&volume) {
                nodes.remove(&node);
                if nodes.is_empty() {
                    self.by_volume.remove(&volume);
                }
            }
            if let Some(volumes) = self.by_node.get_mut(&node) {
                volumes.remove(&volume);
                if volumes.is_empty() {
                    self.by_node.remove(&node);
                }
            }
        }
        Some((volume, node))
    }

    /// Returns the attachments of a volume, by node.
    pub fn of_volume<'a>(&'a self, volume: &str, view: &View<'a>) -> impl Iterator<Item = &'a Arc<VolumeAttachment>> {
        let view = *view;
        let names = self.by_volume.get(volume);
        names
            .into_iter()
            .flat_map(|nodes| nodes.values())
            .filter_map(move |name| view.get::<VolumeAttachment>("", name))
    }

    /// Returns the attachment of a volume to a node.
    pub fn get<'a>(&self, volume: &str, node: &str, view: &View<'a>) -> Option<&'a Arc<VolumeAttachment>> {
        view.get("", self.by_volume.get(volume)?.get(node)?)
    }

    /// Returns the names of the volumes that have an attachment to a node.
    pub fn on_node(&self, node: &str) -> impl Iterator<Item = &Arc<str>> {
        self.by_node.get(node).into_iter().flatten()
    }
}
