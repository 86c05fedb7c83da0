//! What admission fills in for a pod.

use super::super::{Hand, Refusal, Store};
use crate::api::{Pod, TaintEffect, Toleration};
use std::sync::Arc;

impl Store {
    /// Fills in tolerations and the service account of a new pod.
    pub(super) fn admit_pod(&mut self, pod: &mut Pod, _hand: &mut Hand<'_>) -> Result<(), Refusal> {
        let admission = &self.admission;
        let spec = pod.spec_mut();
        if spec.service_account_name.is_empty() {
            spec.service_account_name = "default".into();
        }
        // Admission plugin `DefaultTolerationSeconds`.
        for (key, seconds) in [
            ("node.kubernetes.io/not-ready", admission.not_ready_toleration_seconds),
            (
                "node.kubernetes.io/unreachable",
                admission.unreachable_toleration_seconds,
            ),
        ] {
            let covered = spec.tolerations.iter().any(|t| {
                (t.key.is_empty() || t.key == key) && t.effect.is_none_or(|effect| effect == TaintEffect::NoExecute)
            });
            if !covered {
                Arc::make_mut(&mut spec.tolerations).push(Toleration {
                    key: key.to_owned(),
                    operator: "Exists".into(),
                    effect: Some(TaintEffect::NoExecute),
                    toleration_seconds: Some(seconds),
                    ..Toleration::default()
                });
            }
        }
        Ok(())
    }
}
