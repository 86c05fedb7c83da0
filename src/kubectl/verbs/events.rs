//! `kubectl events`: the younger of two ways to list events.

use super::Verb;
use crate::api::{Event, Kind, Object};
use crate::kubectl::call::{self, Call};
use crate::kubectl::describe::{interval, moment};
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::{self, Form};
use crate::kubectl::select::{FieldQuery, LabelQuery};
use crate::kubectl::tabwriter;
use crate::kubectl::trouble::{Trouble, Verdict};
use std::sync::Arc;

pub(super) const EVENTS: Verb = Verb {
    name: "events",
    aliases: &["event", "ev"],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("all-namespaces", Takes::Bool).short('A'),
    flag("for", Takes::Text),
    flag("types", Takes::Text),
    flag("no-headers", Takes::Bool),
    flag("output", Takes::Text).short('o'),
    flag("watch", Takes::Bool).short('w').refused(),
    flag("chunk-size", Takes::Int).moot(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).refused(),
];

fn run(call: &mut Call<'_>) -> Verdict {
    let everywhere = call.flags.is_set("all-namespaces");
    let types = call.flags.list("types");
    for kind in &types {
        if !["normal", "warning"].contains(&kind.to_lowercase().as_str()) {
            return Err(Trouble::error("valid --types are Normal or Warning"));
        }
    }
    let about = call
        .flags
        .text("for")
        .map(|about| read_about(call, about))
        .transpose()?;
    let namespace = if everywhere {
        String::new()
    } else {
        call.namespace.clone()
    };
    let all = call::select(
        call.store(),
        &Kind::Event,
        &namespace,
        &LabelQuery::default(),
        &FieldQuery::default(),
    );
    let mut events: Vec<Arc<Event>> = all
        .iter()
        .filter_map(|object| match object {
            Object::Event(event) => Some(Arc::clone(event)),
            _ => None,
        })
        .filter(|event| types.is_empty() || types.iter().any(|kind| kind.eq_ignore_ascii_case(&event.kind)))
        .filter(|event| {
            about.as_ref().is_none_or(|(kind, name)| {
                event.involved_object.kind == kind.name() && *event.involved_object.name == **name
            })
        })
        .collect();
    events.sort_by_key(|event| moment(event));
    match Form::parse(call.flags.text("output").unwrap_or(""))? {
        Form::Table { .. } => (),
        form => {
            let objects: Vec<Object> = events.into_iter().map(Object::Event).collect();
            call.say(output::print(&form, &objects, false, true));
            return Ok(());
        }
    }
    if events.is_empty() {
        let text = if everywhere {
            "No events found.".to_owned()
        } else {
            format!("No events found in {} namespace.", call.namespace)
        };
        call.warn(text);
        return Ok(());
    }
    let text = table(call, &events, everywhere);
    call.say(tabwriter::align(&text, tabwriter::TABLE));
    Ok(())
}

fn read_about(call: &Call<'_>, text: &str) -> Verdict<(Kind, String)> {
    let (kind, name) = text
        .split_once('/')
        .ok_or_else(|| Trouble::error("--for must be in resource/name form"))?;
    Ok((call.kind(kind)?, name.to_owned()))
}

fn table(call: &Call<'_>, events: &[Arc<Event>], everywhere: bool) -> String {
    let namespace = if everywhere { "NAMESPACE\t" } else { "" };
    let mut text = String::new();
    if !call.flags.is_set("no-headers") {
        text.push_str(&format!("{namespace}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n"));
    }
    for event in events {
        if everywhere {
            text.push_str(&format!("{}\t", event.metadata.namespace));
        }
        let about = &event.involved_object;
        text.push_str(&format!(
            "{}\t{}\t{}\t{}/{}\t{}\n",
            interval(event, call.now()),
            event.kind,
            event.reason,
            about.kind,
            about.name,
            event.message.trim()
        ));
    }
    text
}
