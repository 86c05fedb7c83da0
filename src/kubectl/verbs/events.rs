//! `kubectl events`: the younger of two ways to list events.

use super::Verb;
use crate::api::{Event, Kind, Object};
use crate::kubectl::call::{self, Call};
use crate::kubectl::describe::{interval, moment};
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::{self, Form, Formats};
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
    flag("watch", Takes::Bool).short('w'),
    flag("chunk-size", Takes::Int).moot(),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

/// Which events are asked for.
struct Ask {
    /// `-A`.
    everywhere: bool,
    types: Vec<String>,
    /// Whose they are.
    about: Option<(Kind, String)>,
}

impl Ask {
    fn wants(&self, event: &Event) -> bool {
        let of_type = self.types.is_empty() || self.types.iter().any(|kind| kind.eq_ignore_ascii_case(&event.kind));
        of_type
            && self.about.as_ref().is_none_or(|(kind, name)| {
                event.involved_object.kind == kind.name() && *event.involved_object.name == **name
            })
    }
}

fn run(call: &mut Call<'_>) -> Verdict {
    let form = Form::of(call, Formats::Objects)?;
    let types = call.flags.list("types");
    let about = call.flags.text("for").filter(|about| !about.is_empty());
    let about = about.map(|about| read_about(call, about)).transpose()?;
    for kind in &types {
        if !["normal", "warning"].contains(&kind.to_lowercase().as_str()) {
            return Err(Trouble::error("valid --types are Normal or Warning"));
        }
    }
    let ask = Ask {
        everywhere: call.flags.is_set("all-namespaces"),
        types,
        about,
    };
    let events = find(call, &ask);
    if call.flags.is_set("watch") {
        return watch(call, &ask, &form, &events);
    }
    if !matches!(form, Form::Table { .. }) {
        let objects: Vec<Object> = events.into_iter().map(Object::Event).collect();
        return output::show(call, &form, &objects, false, true);
    }
    if events.is_empty() {
        let text = if ask.everywhere {
            "No events found.".to_owned()
        } else {
            format!("No events found in {} namespace.", call.namespace)
        };
        call.warn(text);
        return Ok(());
    }
    let text = table(call, &events, ask.everywhere, !call.flags.is_set("no-headers"));
    call.say(tabwriter::align(&text, tabwriter::TABLE));
    Ok(())
}

/// Returns the events that are asked for, the oldest first.
fn find(call: &Call<'_>, ask: &Ask) -> Vec<Arc<Event>> {
    let namespace = if ask.everywhere { "" } else { &call.namespace };
    let all = call::select(
        call.store(),
        &Kind::Event,
        namespace,
        &LabelQuery::default(),
        &FieldQuery::default(),
    );
    let mut events: Vec<Arc<Event>> = all
        .into_iter()
        .filter_map(|object| match object {
            Object::Event(event) => Some(event),
            _ => None,
        })
        .filter(|event| ask.wants(event))
        .collect();
    events.sort_by_key(|event| moment(event));
    events
}

/// Shows the events that there are, and each that comes, until nothing more is due.
fn watch(call: &mut Call<'_>, ask: &Ask, form: &Form, events: &[Arc<Event>]) -> Verdict {
    let mut widths = Vec::new();
    let mut headings = !call.flags.is_set("no-headers");
    tell(call, ask, form, events, &mut headings, &mut widths)?;
    let mut seen = call.seen();
    call.wait(None, |call| {
        let news = call.news(&mut seen);
        let writes = call.store().between(news.after, news.until).iter();
        let heard: Vec<Arc<Event>> = writes
            .filter_map(|revision| match &revision.after {
                Some(Object::Event(event)) => Some(Arc::clone(event)),
                _ => None,
            })
            .filter(|event| ask.everywhere || *event.metadata.namespace == *call.namespace)
            .filter(|event| ask.wants(event))
            .collect();
        tell(call, ask, form, &heard, &mut headings, &mut widths)?;
        Ok(call.ends_quietly().then_some(()))
    })?;
    Ok(())
}

/// Shows some events of a watch; columns keep the widths that they once had.
fn tell(
    call: &mut Call<'_>,
    ask: &Ask,
    form: &Form,
    events: &[Arc<Event>],
    headings: &mut bool,
    widths: &mut Vec<usize>,
) -> Verdict {
    if !matches!(form, Form::Table { .. }) {
        for event in events {
            output::show(call, form, &[Object::Event(Arc::clone(event))], true, true)?;
        }
        return Ok(());
    }
    if events.is_empty() {
        return Ok(());
    }
    let text = table(call, events, ask.everywhere, std::mem::take(headings));
    call.say(tabwriter::align_on(&text, tabwriter::TABLE, widths));
    Ok(())
}

fn read_about(call: &Call<'_>, text: &str) -> Verdict<(Kind, String)> {
    let (kind, name) = text
        .split_once('/')
        .ok_or_else(|| Trouble::error("--for must be in resource/name form"))?;
    if name.contains('/') {
        return Err(Trouble::error(
            "arguments in resource/name form may not have more than one slash",
        ));
    }
    let no_such = || Trouble::verbatim(format!("the server doesn't have a resource type \"{kind}\""));
    let kind = call.kind(kind).map_err(|_| no_such())?;
    Ok((kind, name.to_owned()))
}

fn table(call: &Call<'_>, events: &[Arc<Event>], everywhere: bool, headings: bool) -> String {
    let namespace = if everywhere { "NAMESPACE\t" } else { "" };
    let mut text = String::new();
    if headings {
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
