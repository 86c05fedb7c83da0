//! The graph of causes: every revision points at the step that wrote it, every step at the step that caused it.
//!
//! The graph is a forest whose roots are commands, faults and the beginning; walking it upwards from a revision tells
//! why. Steps in which nothing was written (an actor that sets itself a timer) are walked over, not told.

use super::answer::{Cause, Said};
use super::look::Look;
use crate::api::{ConditionStatus, Key, Object, Uid, condition};
use crate::sim::{Lang, Line, Who, told_of_images};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeMap;

/// How many lines are told of one step.
const TOLD: usize = 3;

/// A node of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Step(u32),
    Revision(u64),
}

/// The records of a world as a graph, and what its story tells of each.
pub(super) struct Causes<'w> {
    look: Look<'w>,
    graph: DiGraph<Event, ()>,
    /// The number of the first step, and how many there are: the revisions begin after them.
    first: u32,
    steps: usize,
    /// How many revisions were forgotten.
    forgotten: u64,
    lines: BTreeMap<u64, Vec<Line>>,
}

impl<'w> Causes<'w> {
    /// Reads the records of a world.
    pub fn of(look: Look<'w>) -> Self {
        let (steps, first) = (look.world.steps(), look.world.first_step());
        let (head, forgotten) = (look.store.head(), look.store.forgotten());
        let mut graph = DiGraph::with_capacity(steps.len() + head as usize, steps.len() + head as usize);
        // What was forgotten is no node: a chain then begins with the first thing that is remembered.
        let place = |step: u32| -> Option<NodeIndex> {
            let place = step.checked_sub(first)? as usize;
            (place < steps.len()).then(|| NodeIndex::new(place))
        };
        for number in 0..steps.len() {
            graph.add_node(Event::Step(first + number as u32));
        }
        for (number, step) in steps.iter().enumerate() {
            let cause = place(step.cause).filter(|cause| cause.index() != number);
            if let Some(cause) = cause {
                graph.add_edge(NodeIndex::new(number), cause, ());
            }
        }
        for (number, revision) in (forgotten + 1..).zip(look.store.between(forgotten, head)) {
            let node = graph.add_node(Event::Revision(number));
            if let Some(step) = place(revision.step) {
                graph.add_edge(node, step, ());
            }
        }
        let mut lines: BTreeMap<u64, Vec<Line>> = BTreeMap::new();
        for line in look.world.story(0, 0) {
            if let Some(revision) = line.revision {
                lines.entry(revision).or_default().push(line);
            }
        }
        Self {
            look,
            graph,
            first,
            steps: steps.len(),
            forgotten,
            lines,
        }
    }

    /// Returns the causes of a revision, the first cause first and the revision itself last.
    pub fn of_revision(&self, revision: u64) -> Vec<Cause> {
        let mut told: Vec<Cause> = Vec::new();
        let Some(place) = revision.checked_sub(self.forgotten + 1) else {
            return told;
        };
        let mut at = NodeIndex::new(self.steps + place as usize);
        let mut from = revision;
        loop {
            if let Some(Event::Step(number)) = self.graph.node_weight(at) {
                if let Some(cause) = self.tell(*number, from, told.is_empty()) {
                    told.push(cause);
                }
                // What a person does has no cause here; a misfortune may be a person's doing.
                let who = self.look.world.step_at(*number).map(|step| &step.who);
                if !matches!(who, Some(Who::Actor(_) | Who::Machine(_) | Who::Fault(_))) {
                    break;
                }
            }
            let Some(next) = self.graph.neighbors_directed(at, Direction::Outgoing).next() else {
                break;
            };
            if let Some(Event::Revision(number)) = self.graph.node_weight(next) {
                from = *number;
            }
            at = next;
        }
        told.reverse();
        told
    }

    /// Returns the last misfortune that befell a machine or a disk, as a cause that stands alone: until somebody notices,
    /// no revision tells of it.
    pub fn misfortune(&self, what: &str) -> Option<Cause> {
        let mut steps = self.look.world.steps().iter();
        let place = steps.rposition(|step| match &step.who {
            Who::Fault(words) => words.split(' ').next() == Some(what),
            _ => false,
        })?;
        self.tell(self.first + place as u32, 0, false)
    }

    /// Returns the last misfortune that befell a thing, with the command that brought it about, where there was one.
    pub fn befell(&self, what: &str) -> Vec<Cause> {
        match self.misfortune(what) {
            Some(fault) => self.with_command(fault),
            None => vec![],
        }
    }

    /// Returns what somebody last said that an image does, with the commands; where that was taken back, both.
    pub fn told_of_image(&self, image: &str) -> Vec<Cause> {
        let mut told = Vec::new();
        for (place, step) in self.look.world.steps().iter().enumerate().rev() {
            let Who::Fault(words) = &step.who else { continue };
            let Some(rule) = told_of_images(words).filter(|told| told.means(image)) else {
                continue;
            };
            told.extend(self.tell(self.first + place as u32, 0, false));
            if !rule.lifted {
                break;
            }
        }
        told.into_iter().flat_map(|fault| self.with_command(fault)).collect()
    }

    /// Returns a misfortune after the command that brought it about, where there was one.
    fn with_command(&self, fault: Cause) -> Vec<Cause> {
        let command = self.look.world.step_at(fault.step).map(|step| step.cause);
        let command = command.filter(|cause| {
            let step = self.look.world.step_at(*cause);
            step.is_some_and(|step| matches!(step.who, Who::Person(_)))
        });
        let command = command.and_then(|cause| self.tell(cause, 0, false));
        command.into_iter().chain([fault]).collect()
    }

    /// Tells a step: what was written in it, the revision that was asked about if it is the `last`. None where there is
    /// nothing to tell.
    fn tell(&self, number: u32, asked: u64, last: bool) -> Option<Cause> {
        let step = self.look.world.step_at(number)?;
        let who = match &step.who {
            Who::Beginning => "the beginning".to_owned(),
            Who::Person(words) => format!("$ {words}"),
            Who::Fault(words) => format!("! {words}"),
            Who::Actor(id) => id.name().to_owned(),
            Who::Machine(node) => format!("programs on {node}"),
            Who::Client(place) => format!("client {place}"),
        };
        let lines = match &step.who {
            Who::Actor(_) | Who::Machine(_) => {
                let written = self
                    .graph
                    .neighbors_directed(NodeIndex::new((number - self.first) as usize), Direction::Incoming);
                let mut written: Vec<u64> = written
                    .filter_map(|node| match self.graph[node] {
                        Event::Revision(number) => Some(number),
                        Event::Step(_) => None,
                    })
                    .filter(|revision| !last || *revision == asked)
                    .collect();
                written.sort();
                let lines = self.thread(written, asked, last);
                if lines.is_empty() {
                    return None;
                }
                lines
            }
            Who::Beginning if !last => return None,
            _ if last => self.lines_of(asked, true),
            _ => vec![],
        };
        Some(Cause {
            at: step.at,
            clock: self.look.world.clock(step.at),
            step: number,
            who,
            lines,
        })
    }

    /// Returns what is told of the revisions of one step: those about what was asked, where there are some.
    fn thread(&self, written: Vec<u64>, asked: u64, last: bool) -> Vec<Said> {
        let of = |revision: u64| self.look.store.revision(revision).map(|written| written.key());
        let name = of(asked).map(|key| key.name).unwrap_or_default();
        // A set, its pods and their claims bear one another's names: db, db-0, data-db-0.
        let akin =
            |revision: u64| of(revision).is_some_and(|key| key.name.contains(&*name) || name.contains(&*key.name));
        let told: Vec<(bool, Said)> = written
            .into_iter()
            .flat_map(|revision| {
                self.lines_of(revision, last)
                    .into_iter()
                    .map(move |line| (revision, line))
            })
            .map(|(revision, line)| (akin(revision), line))
            .collect();
        let some = told.iter().any(|(akin, _)| *akin);
        let mut lines: Vec<Said> = told
            .into_iter()
            .filter(|(akin, _)| *akin == some)
            .map(|(_, line)| line)
            .collect();
        if lines.len() > TOLD {
            let more = lines.len() - TOLD;
            lines.truncate(TOLD);
            lines.push(Said::new(
                format!("… and {more} more of this"),
                format!("… 외 {more}건"),
            ));
        }
        lines
    }

    /// Returns what the story tells of a revision; in plain words where it tells nothing and something `must` be said.
    fn lines_of(&self, revision: u64, must: bool) -> Vec<Said> {
        let told = self.lines.get(&revision).map(Vec::as_slice).unwrap_or_default();
        if !told.is_empty() {
            return told
                .iter()
                .map(|line| Said::new(line.text(Lang::En), line.text(Lang::Ko)))
                .collect();
        }
        let Some(written) = self.look.store.revision(revision) else {
            return vec![];
        };
        if matches!(written.object(), Object::Event(_)) || !must {
            return vec![];
        }
        let key = written.key();
        let homeless = |object: &Object| {
            let Object::Pod(pod) = object else { return false };
            let scheduled = condition::find(&pod.status.conditions, "PodScheduled");
            scheduled.is_some_and(|condition| condition.status == ConditionStatus::False)
        };
        if written.after.as_ref().is_some_and(homeless) {
            return vec![Said::new(
                format!("default-scheduler finds no node for {key}"),
                format!("default-scheduler: {key}이(가) 갈 노드를 찾지 못함"),
            )];
        }
        vec![match (&written.before, &written.after) {
            (None, _) => Said::new(format!("{key} is created"), format!("{key} 생성됨")),
            (_, None) => Said::new(format!("{key} is gone"), format!("{key} 사라짐")),
            _ => Said::new(format!("{key} is changed"), format!("{key} 변경됨")),
        }]
    }

    /// Returns the revision that made an object, the last that changed how it is, and the one that took it away.
    pub fn turns(&self, key: &Key) -> Turns {
        let store = self.look.store;
        let mut turns = Turns::default();
        let (last, uid) = match store.find(key) {
            Some(object) => (object.meta().resource_version, object.meta().uid),
            None => {
                let log = store.between(store.forgotten(), store.head());
                let grave = log.iter().rposition(|r| r.after.is_none() && r.key() == *key);
                let Some(place) = grave else { return turns };
                turns.gone = Some(store.forgotten() + place as u64 + 1);
                let old = log[place].object().meta();
                (old.resource_version, old.uid)
            }
        };
        turns.walk(self, last, uid);
        turns
    }
}

/// The revisions that matter of an object.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turns {
    /// The one that made it.
    pub made: Option<u64>,
    /// The last that changed how it is.
    pub changed: Option<u64>,
    /// The one by which it was asked to go.
    pub doomed: Option<u64>,
    /// The one that took it away.
    pub gone: Option<u64>,
}

impl Turns {
    /// Walks from a revision of an object back to the one that made it.
    fn walk(&mut self, causes: &Causes<'_>, mut number: u64, uid: Uid) {
        let mut plain = None;
        while let Some(revision) = causes.look.store.revision(number) {
            let told = causes.lines.get(&number).is_some_and(|lines| !lines.is_empty());
            let Some(before) = revision.before.as_ref().filter(|before| before.meta().uid == uid) else {
                self.made = Some(number);
                break;
            };
            if told {
                self.changed = self.changed.or(Some(number));
            }
            let after = revision.object();
            // A node's status counts its volumes and its beats, which is not how it is.
            let counts = !matches!(after, Object::Node(_)) && status(before) != status(after);
            plain = plain.or(counts.then_some(number));
            if !before.meta().is_terminating() && after.meta().is_terminating() {
                self.doomed = Some(number);
            }
            number = before.meta().resource_version;
        }
        // A story tells of great changes; where there was none, the last change of the status will do.
        self.changed = self.changed.or(plain).or(self.made);
    }
}

fn status(object: &Object) -> Option<serde_json::Value> {
    object.to_value().get_mut("status").map(serde_json::Value::take)
}
