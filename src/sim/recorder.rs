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
        // Combined events are one event, whatever the newest message is and of whichever container it tells
        // (`EventAggregatorByReasonFunc`); others are told apart by both (`getEventKey`).
        let identity = if message.starts_with("(combined") {
            "(combined)".to_owned()
        } else {
            format!("{}\n{message}", about.field_path)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Pod;
    use crate::cloud::Settings;
    use crate::sim::ClusterSpec;

    /// A world with a pod that stays as it is.
    fn world() -> (World, crate::api::ObjectReference) {
        let mut world = ClusterSpec::default().world(1, Settings::default());
        let mut pod = Pod::default();
        (pod.metadata.name, pod.metadata.namespace) = ("p".into(), "default".into());
        let pod = world.create(pod.into_object()).expect("the name is free");
        (world, pod.reference())
    }

    fn say(world: &mut World, about: &crate::api::ObjectReference, field: &'static str, message: &str) {
        let mut about = about.clone();
        about.field_path = field.into();
        let note = EventNote {
            about,
            warning: false,
            reason: "Pulled".into(),
            message: message.to_owned(),
            component: None,
            host: "node-a1".into(),
        };
        world.say("kubelet", note, 0);
    }

    /// Returns how often each thing was said, in the order in which it was said first.
    fn said(world: &World) -> Vec<(String, i64)> {
        let mut events: Vec<_> = world.store().list::<Event>("default").collect();
        events.sort_by_key(|event| event.metadata.name.clone());
        let pulled = events.into_iter().filter(|event| event.reason == "Pulled");
        pulled
            .map(|event| {
                let text = format!("{} {}", event.involved_object.field_path, event.message);
                (text.trim().to_owned(), event.count.unwrap_or(0))
            })
            .collect()
    }

    #[test]
    fn the_same_of_two_containers_is_not_the_same() {
        let (mut world, pod) = world();
        for field in ["one", "two", "one"] {
            say(&mut world, &pod, field, "there");
        }
        assert_eq!(said(&world), [("one there".to_owned(), 2), ("two there".to_owned(), 1)]);
    }

    #[test]
    fn the_tenth_of_a_kind_is_combined_and_the_twenty_sixth_is_not_heard() {
        let (mut world, pod) = world();
        for number in 1..=30 {
            say(&mut world, &pod, "", &format!("number {number}"));
        }
        let said = said(&world);
        assert_eq!(said.len(), 10);
        assert_eq!(said[8], ("number 9".to_owned(), 1));
        assert_eq!(
            said[9],
            ("(combined from similar events): number 25".to_owned(), 16),
            "25 of the 30 were heard"
        );
    }
}
