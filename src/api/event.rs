//! Events: what components say of objects.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{Meta, Text, Time, Uid};
use std::sync::Arc;

words! {
    /// An Event.
    pub struct Event {
        metadata: Meta = Meta::default(),
        involved_object: ObjectReference = ObjectReference::default(),
        reason: Text,
        message: Text,
        source: EventSource = EventSource::default(),
        first_timestamp: Option<Time>,
        last_timestamp: Option<Time>,
        count: Option<i64>,
        #[serde(rename = "type")]
        kind: Text,
        event_time: Option<Time>,
        action: Text,
        reporting_component: Text = "".into(),
        reporting_instance: Text = "".into(),
    }

    /// Who says it.
    pub struct EventSource {
        component: Text,
        host: Arc<str>,
    }

    /// Which object is meant.
    pub struct ObjectReference {
        api_version: Text,
        kind: Text,
        name: Arc<str>,
        namespace: Arc<str>,
        uid: Uid,
        #[serde(with = "super::meta::text_number")]
        resource_version: u64,
        field_path: Text,
    }
}
