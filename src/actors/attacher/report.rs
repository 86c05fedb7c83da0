//! What a node is told of its attached volumes, in `status.volumesAttached`: its kubelet mounts nothing else
//! (pkg/controller/volume/attachdetach/statusupdater).

use super::Attacher;
use crate::actors::{Effect, View};
use crate::api::node::AttachedVolume;
use crate::api::{Node, PersistentVolume};
use std::collections::BTreeSet;

impl Attacher {
    /// Writes a node's list of attached volumes, if it has changed.
    pub(super) fn report(&mut self, view: &View<'_>, name: &str) -> Vec<Effect> {
        let Some(node) = view.get::<Node>("", name) else {
            return vec![];
        };
        let reported: BTreeSet<String> = node.status.volumes_attached.iter().map(|v| v.name.clone()).collect();
        let mut attached: BTreeSet<String> = BTreeSet::new();
        for volume in self.attachments.on_node(name) {
            let is_attached = self
                .attachments
                .get(volume, name, view)
                .is_some_and(|a| a.status.attached && !a.metadata.is_terminating());
            let memory = self.volumes.get(volume);
            // Right after a start nothing is remembered yet; then what the node reports stands.
            let attach_name = match memory {
                Some(memory) => Some(memory.attach_name.clone()),
                None => view.get::<PersistentVolume>("", volume).and_then(|v| v.attach_name()),
            };
            let Some(attach_name) = attach_name.filter(|_| is_attached) else {
                continue;
            };
            let pair = memory.and_then(|m| m.nodes.get(name)).cloned().unwrap_or_default();
            if (pair.announced || reported.contains(&attach_name)) && !pair.unreported {
                attached.insert(attach_name);
            }
        }
        if attached == reported {
            return vec![];
        }
        let mut told = Node::clone(node);
        told.status.volumes_attached = attached
            .into_iter()
            .map(|name| AttachedVolume {
                name,
                ..AttachedVolume::default()
            })
            .collect();
        vec![Effect::update_status(told)]
    }
}
