//! Events, as `kubectl get events` lists them.

use super::{Look, Row};
use crate::api::{Event, Object};
use crate::kubectl::age;

pub(super) const COLUMNS: &[(&str, bool)] = &[
    ("LAST SEEN", false),
    ("TYPE", false),
    ("REASON", false),
    ("OBJECT", false),
    ("SUBOBJECT", true),
    ("SOURCE", true),
    ("MESSAGE", false),
    ("FIRST SEEN", true),
    ("COUNT", true),
    ("NAME", true),
];

pub(super) fn row(object: &Object, look: &Look<'_>) -> Row {
    let Object::Event(event) = object else { return vec![] };
    // Events of the new API (the scheduler's) bear no stamps but the moment itself, to the microsecond.
    let moment = || {
        event
            .event_time
            .map_or("<unknown>".to_owned(), |at| age::human(look.now - at))
    };
    let first = event.first_timestamp.map_or_else(moment, |at| look.since(Some(at)));
    let last = match event.last_timestamp {
        Some(at) => look.since(Some(at)),
        None => first.clone(),
    };
    let about = &event.involved_object;
    let kind = about.kind.to_lowercase();
    let target = if about.name.is_empty() {
        kind
    } else {
        format!("{kind}/{}", about.name)
    };
    vec![
        last,
        event.kind.to_string(),
        event.reason.to_string(),
        target,
        about.field_path.to_string(),
        source_of(event),
        event.message.trim().to_owned(),
        first,
        event.count.unwrap_or(1).max(1).to_string(),
        event.metadata.name.to_string(),
    ]
}

/// Returns who said it (`formatEventSource`): the component, and the host where there is one.
fn source_of(event: &Event) -> String {
    let (component, host) = if event.source.component.is_empty() {
        (&*event.reporting_component, &*event.reporting_instance)
    } else {
        (&*event.source.component, &*event.source.host)
    };
    if host.is_empty() {
        component.to_owned()
    } else {
        format!("{component}, {host}")
    }
}
