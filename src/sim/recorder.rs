//! The recorder of events: repeated ones are counted, similar ones combined, and a torrent is cut off.
//!
//! client-go's `EventCorrelator`: nine similar events (same object, type and reason) within ten minutes are written one
//! by one, from the tenth on they are combined; one source gets 25 events about one object, then one every five minutes.
//! Left out: events do not vanish after an hour (`--event-ttl`).

use super::world::World;
use crate::actors::EventNote;
use crate::api::{ByKey, Event, Key, Kind, Object, Resource, Text, Time};
use crate::store::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many similar events are written before they are combined, and within which time (`defaultAggregateMaxEvents`,
/// `defaultAggregateIntervalInSeconds`).
const SIMILAR: (usize, i64) = (10, 600_000);

/// How many events a source may write about an object at once, and how long until it may write one more
/// (`defaultSpamBurst`, `defaultSpamQPS`).
const SPAM: (i64, i64) = (25, 300_000);

/// Who says what kind of thing about which object.
type Similar = (Text, Arc<str>, Key, u128, bool, Text);

/// What the recorders remember.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Recorder {
    similar: ByKey<Similar, (Time, BTreeSet<String>)>,
    written: ByKey<(Similar, String), Key>,
    buckets: ByKey<(Text, Arc<str>, Key, u128), (i64, Time)>,
    count: u64,
}

impl Recorder {
    /// Forgets what is too long ago to be similar to anything that comes.
    pub fn forget(&mut self, now: Time) {
        self.similar.retain(|_, (last, _)| now - *last <= SIMILAR.1);
    }
}

impl World {
    /// Writes an event, or counts or combines or drops it.
    pub(super) fn say(&mut self, actor: &'static str, note: EventNote, step: u32) {
        let now = self.now;
        let component = note.component.clone().unwrap_or(Text::Borrowed(actor));
        let about = &note.about;
        let kind = Kind::of(&about.api_version, &about.kind).unwrap_or(Kind::Event);
        let object = Key {
            kind,
            namespace: about.namespace.clone(),
            name: about.name.clone(),
        };
        // The scheduler speaks through the newer events API, which combines nothing (tools/events).
        let newer = component == "default-scheduler";
        let uid = about.uid.0;
        let similar: Similar = (
            component.clone(),
            note.host.clone(),
            object.clone(),
            uid,
            note.warning,
            note.reason.clone(),
        );
        let mut message = note.message.clone();
        if !newer {
            let (last, messages) = self.recorder.similar.or_insert(similar.clone(), (now, BTreeSet::new()));
            if now - *last > SIMILAR.1 {
                messages.clear();
            }
            *last = now;
            messages.insert(message.clone());
            if messages.len() >= SIMILAR.0 {
                messages.pop_first();
                message = format!("(combined from similar events): {message}");
            }
            let bucket = (component.clone(), note.host.clone(), object, uid);
            let (tokens, filled) = self.recorder.buckets.or_insert(bucket, (SPAM.0, now));
            let refill = (now - *filled) / SPAM.1;
            *tokens = (*tokens + refill).min(SPAM.0);
            *filled = *filled + refill * SPAM.1;
            if *tokens == 0 {
                return;
            }
            *tokens -= 1;
        }
        // Combined events are one event, whatever the newest message is.
        let identity = if message.starts_with("(combined") {
            "(combined)".to_owned()
        } else {
            message.clone()
        };
        let place = (similar, identity);
        if let Some(key) = self.recorder.written.get(&place).cloned()
            && let Some(Object::Event(event)) = self.store.find(&key)
        {
            let mut event = Event::clone(event);
            if newer {
                return;
            }
            event.count = event.count.map(|count| count + 1);
            event.last_timestamp = Some(now);
            event.message = message.into();
            let _: Result<_, Refusal> =
                self.write(step, "event", "", |store, hand| store.update(event.into_object(), hand));
            return;
        }
        self.recorder.count += 1;
        let mut event = Event {
            involved_object: note.about.clone(),
            reason: note.reason,
            message: message.into(),
            kind: if note.warning {
                "Warning".into()
            } else {
                "Normal".into()
            },
            reporting_component: component.clone(),
            ..Event::default()
        };
        let nanos = now.0 as u64 * 1_000_000 + self.recorder.count % 1_000_000;
        event.metadata.name = format!("{}.{nanos:x}", note.about.name).into();
        event.metadata.namespace = if about_nothing(&note.about.namespace) {
            "default".into()
        } else {
            note.about.namespace
        };
        if newer {
            event.event_time = Some(now);
            event.action = if event.reason == "Preempted" {
                "Preempting"
            } else {
                "Binding"
            }
            .into();
            event.reporting_instance = "default-scheduler-0".into();
        } else {
            event.source.component = component;
            event.source.host = note.host.clone();
            event.reporting_instance = Text::Owned(note.host.to_string());
            (event.first_timestamp, event.last_timestamp, event.count) = (Some(now), Some(now), Some(1));
        }
        let written = self.write(step, "event", "", |store, hand| store.create(event.into_object(), hand));
        if let Ok(written) = written {
            self.recorder.written.insert(place, written.key());
        }
    }
}

fn about_nothing(namespace: &str) -> bool {
    namespace.is_empty()
}
