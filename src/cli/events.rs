//! `pglab events`

use super::error::{Exit, Failure};
use super::place::Place;
use super::terminal;
use crate::sim::{Lang, Who, World};
use crate::store::Revision;
use clap::{Args, ValueEnum};
use serde_json::json;

/// Every write and every deed of the cluster, in order, each with its cause.
///
/// With --format jsonl a line is one object: `time` (milliseconds of virtual time since the cluster began), `step` (its
/// number), `cause` (the number of the step that caused it), `who` (component, person, fault, machine or client), `words`
/// (the command or the fault, where there is one), and `writes`: for each write its `revision`, `verb` (create, update,
/// delete), `kind`, `namespace`, `name` and `uid`.
#[derive(Args)]
pub(super) struct Events {
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sentences, for a person
    Text,
    /// One object a line, for a program
    Jsonl,
}

impl Events {
    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        let session = place.open("pglab events")?;
        let world = session.whole_world()?;
        session.close()?;
        terminal::print(&match self.format {
            Format::Text => story(&world, place.lang()),
            Format::Jsonl => lines(&world),
        })
    }
}

fn story(world: &World, lang: Lang) -> String {
    let lines = world.story(0, 0);
    lines
        .iter()
        .map(|line| format!("{}  {}\n", world.clock(line.at), line.text(lang)))
        .collect()
}

fn lines(world: &World) -> String {
    let store = world.store();
    let mut revisions = (store.forgotten() + 1..).zip(store.between(0, store.head())).peekable();
    let mut text = String::new();
    for (number, step) in (world.first_step()..).zip(world.steps()) {
        let mut writes = Vec::new();
        while let Some((revision, written)) = revisions.next_if(|(_, revision)| revision.step <= number) {
            writes.push(write(revision, written));
        }
        let (who, words) = match &step.who {
            Who::Beginning => ("beginning".to_owned(), None),
            Who::Person(words) => ("person".to_owned(), Some(words)),
            Who::Fault(words) => ("fault".to_owned(), Some(words)),
            Who::Actor(id) => (id.name().to_owned(), None),
            Who::Machine(name) => (format!("machine {name}"), None),
            Who::Client(place) => (format!("client {place}"), None),
        };
        let mut line =
            json!({"time": step.at - world.began(), "step": number, "cause": step.cause, "who": who, "writes": writes});
        if let Some(words) = words {
            line["words"] = json!(words);
        }
        text.push_str(&format!("{line}\n"));
    }
    text
}

fn write(number: u64, revision: &Revision) -> serde_json::Value {
    let verb = match (&revision.before, &revision.after) {
        (None, _) => "create",
        (_, None) => "delete",
        _ => "update",
    };
    let object = revision.object();
    let meta = object.meta();
    json!({"revision": number, "verb": verb, "kind": object.kind().name(), "namespace": meta.namespace, "name": meta.name, "uid": meta.uid})
}
