//! Which pods mention a claim: an index that several controllers keep, as Kubernetes' shared informers do for them
//! (pkg/controller/volume/common/common.go, `PodPVCIndex`).

use super::{Change, View};
use crate::api::{PersistentVolumeClaim, Pod, Resource};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The names of the pods that mention a claim, by namespace and claim.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ClaimUsers(BTreeMap<Arc<str>, BTreeMap<String, BTreeSet<Arc<str>>>>);

impl ClaimUsers {
    /// Takes notice of a pod's coming and going; the volumes of a pod never change in between.
    pub fn heed(&mut self, change: &Change<'_>) {
        match (change.before.and_then(Pod::of), change.after.and_then(Pod::of)) {
            (None, Some(pod)) => {
                for claim in pod.claims() {
                    let claims = self.0.entry(pod.metadata.namespace.clone()).or_default();
                    let pods = claims.entry(claim.into_owned()).or_default();
                    pods.insert(pod.metadata.name.clone());
                }
            }
            (Some(pod), None) => {
                let Some(claims) = self.0.get_mut(&pod.metadata.namespace) else {
                    return;
                };
                for claim in pod.claims() {
                    if let Some(pods) = claims.get_mut(&*claim) {
                        pods.remove(&pod.metadata.name);
                        if pods.is_empty() {
                            claims.remove(&*claim);
                        }
                    }
                }
            }
            _ => (),
        }
    }

    /// Returns the pods that mention `claim`, by name.
    pub fn of<'s, 'v>(
        &'s self,
        claim: &'s PersistentVolumeClaim,
        view: &View<'v>,
    ) -> impl Iterator<Item = &'v Arc<Pod>> + use<'s, 'v> {
        self.named(&claim.metadata.namespace, &claim.metadata.name, view)
    }

    /// Returns the pods that mention the claim of this name.
    pub fn named<'s, 'v>(
        &'s self,
        namespace: &'s str,
        claim: &str,
        view: &View<'v>,
    ) -> impl Iterator<Item = &'v Arc<Pod>> + use<'s, 'v> {
        let view = *view;
        let pods = self.0.get(namespace).and_then(|claims| claims.get(claim));
        pods.into_iter()
            .flatten()
            .filter_map(move |name| view.get::<Pod>(namespace, name))
    }
}
