//! What was said of an object, at the end of its description.

use super::page::Page;
use crate::api::{Event, Object, Time};
use crate::kubectl::age;
use crate::kubectl::tables::Look;
use std::sync::Arc;

/// Writes the events of an object, by the time of their last stamp (`DescribeEvents`).
pub(super) fn events(page: &mut Page, object: &Object, look: &Look<'_>) {
    let meta = object.meta();
    let mut found: Vec<&Arc<Event>> = look
        .store
        .list::<Event>(&meta.namespace)
        .filter(|event| {
            let about = &event.involved_object;
            about.uid == meta.uid && about.name == meta.name && about.kind == object.kind().name()
        })
        .collect();
    if found.is_empty() {
        page.line(0, "Events:\t<none>");
        return;
    }
    // The scheduler's events bear no such stamp and come first (kubectl's `event.SortableEvents` of 1.32).
    found.sort_by_key(|event| event.last_timestamp);
    page.line(0, "Events:");
    page.line(1, "Type\tReason\tAge\tFrom\tMessage");
    page.line(1, "----\t------\t----\t----\t-------");
    for event in found {
        let from = if event.source.component.is_empty() {
            &event.reporting_component
        } else {
            &event.source.component
        };
        let message = event.message.trim();
        let message = if event.involved_object.field_path.is_empty() {
            message.to_owned()
        } else {
            format!("{}: {message}", event.involved_object.field_path)
        };
        let age = interval(event, look.now);
        page.line(1, format!("{}\t{}\t{age}\t{from}\t{message}", event.kind, event.reason));
    }
}

/// Returns the moment by which `kubectl events` orders an event.
pub fn moment(event: &Event) -> Time {
    event.last_timestamp.or(event.event_time).unwrap_or_default()
}

/// Returns `5s`, or `5s (x3 over 20s)` for one that was said again.
pub fn interval(event: &Event, now: Time) -> String {
    let first = match event.event_time {
        Some(at) => age::human(now - at),
        None => age::since(event.first_timestamp, now),
    };
    match event.count {
        Some(count) if count > 1 => {
            format!("{} (x{count} over {first})", age::since(event.last_timestamp, now))
        }
        _ => first,
    }
}
