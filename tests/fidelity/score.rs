//! What was compared, how much of it is the same, and in what the rest differs.

use crate::clock::Clock;
use crate::lines::{self, Change};
use crate::names::Names;
use crate::player::{Played, Screen};
use crate::scenario::Scenario;
use crate::screen::Eyes;
use crate::writes;
use pglab::api::{Object, Time};
use regex::Regex;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// Commands: the whole screen and the exit code.
    Screens,
    /// Events: type, reason and message, in order for each object.
    Events,
    /// Writes: which object, and what of it changed, in one order for all.
    Writes,
    /// Lines of `kubectl get -w`, in order.
    Watch,
}

/// All that is compared, in the order of the table's columns.
pub const SORTS: [Sort; 4] = [Sort::Screens, Sort::Events, Sort::Writes, Sort::Watch];

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Screens => "screens",
            Self::Events => "events",
            Self::Writes => "writes",
            Self::Watch => "watch",
        };
        f.write_str(word)
    }
}

/// One cell of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many are the same.
    pub matched: usize,
    /// How many the recording holds.
    pub compared: usize,
    /// How many pglab has that the recording does not hold.
    pub extra: usize,
}

/// One difference.
#[derive(Clone, Debug)]
pub struct Difference {
    /// In which scenario.
    pub scenario: String,
    /// In what.
    pub sort: Sort,
    /// In which command, object or watch; empty for writes.
    pub place: String,
    /// The line: `- ` the recording's, `+ ` pglab's, `~ ` both have it, at another place.
    pub line: String,
}

/// The result of a scenario.
#[derive(Default)]
pub struct Score {
    /// The cells, by what was compared.
    pub cells: BTreeMap<Sort, Cell>,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// Compares a play with its recording.
pub fn judge(scenario: &Scenario, played: &Played) -> Score {
    let store = played.stage.world().store();
    let our_writes = writes::told(store, played.from, &scenario.name);
    let began: jiff::Timestamp = scenario
        .plan
        .began
        .parse()
        .expect("play.yaml tells when the recording began");
    let theirs = Eyes::new(
        Names::of(&scenario.writes),
        Time(began.as_millisecond()),
        Clock::default(),
        scenario.screens(),
    );
    let said: Vec<String> = played.screens.iter().map(|screen| screen.outcome.terminal()).collect();
    let shown = said.iter().chain(played.watches.values()).map(String::as_str);
    let clock = Clock::new(played.clock.clone());
    let ours = Eyes::new(Names::of(&our_writes), played.began, clock, shown);
    let mut judge = Judge {
        scenario,
        played,
        theirs,
        ours,
        score: Score::default(),
    };
    judge.screens();
    judge.events();
    judge.writes(&our_writes);
    judge.watches();
    for missed in &played.missed {
        judge.differ(Sort::Screens, "conditions", format!("- {missed}"));
    }
    judge.score
}

/// The recorded events hide which volume they are about.
static VOLUMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("pvc-[0-9a-f]{8}-[0-9a-f-]{27}").expect("the pattern is well made"));

fn is_same(theirs: &[String], ours: &[String]) -> bool {
    theirs.len() == ours.len() && theirs.iter().zip(ours).all(|(theirs, ours)| lines::same(theirs, ours))
}

struct Judge<'a> {
    scenario: &'a Scenario,
    played: &'a Played,
    theirs: Eyes,
    ours: Eyes,
    score: Score,
}

impl Judge<'_> {
    fn screens(&mut self) {
        let played = self.played;
        for screen in &played.screens {
            let command = &screen.recorded;
            let outcome = &screen.outcome;
            let theirs = self.theirs.screen(&command.screen, self.theirs.began);
            let theirs = [theirs, vec![format!("(exit {})", command.code)]].concat();
            let mixed = self.our_screen(&outcome.terminal(), screen);
            let apart = self.our_screen(&(outcome.stdout() + &outcome.stderr()), screen);
            let matched = match self.scenario.stdout_lines.get(&command.line) {
                Some(lines) => {
                    let stdout = self.ours.lines(&outcome.stdout()).len();
                    is_same(&theirs, &apart) && stdout == *lines
                }
                // Some screens were recorded as a terminal mixes the streams, some one stream after the other.
                None => is_same(&theirs, &mixed) || is_same(&theirs, &apart),
            };
            self.count(Sort::Screens, usize::from(matched), 1, 0);
            if !matched {
                let mut changes = lines::compare(&theirs, &mixed);
                if changes.iter().all(|change| matches!(change, Change::Both(_))) {
                    changes = vec![Change::Ours("the same words, on the other stream".to_owned())];
                }
                self.tell(Sort::Screens, &format!("$ {}", command.line), changes);
            }
        }
    }

    fn our_screen(&self, text: &str, screen: &Screen) -> Vec<String> {
        let mut lines = self.ours.screen(text, screen.at);
        lines.push(format!("(exit {})", screen.outcome.code));
        lines
    }

    fn events(&mut self) {
        let mut objects: BTreeMap<String, [Vec<String>; 2]> = BTreeMap::new();
        for [object, kind, reason, message] in &self.scenario.events {
            let line = self.theirs.line(&format!("{kind} {reason} {message}"));
            let object = self.theirs.line(object);
            objects.entry(object).or_default()[0].push(line);
        }
        let store = self.played.stage.world().store();
        for revision in store.between(self.played.from, store.head()) {
            // One that is said again is counted, which is a write too; the recording holds each.
            let Some(Object::Event(event)) = &revision.after else {
                continue;
            };
            let line = format!("{} {} {}", event.kind, event.reason, event.message);
            let line = self.ours.line(&VOLUMES.replace_all(&line, "pvc-<uid>"));
            let about = &event.involved_object;
            let object = self.ours.line(&format!("{}/{}", about.kind, about.name));
            objects.entry(object).or_default()[1].push(line);
        }
        for (object, [theirs, ours]) in objects {
            let changes = lines::compare(&theirs, &ours);
            let shared = lines::shared(&changes);
            self.count(Sort::Events, shared, theirs.len(), ours.len() - shared);
            self.tell(Sort::Events, &object, lines::join_moved(changes));
        }
    }

    fn writes(&mut self, ours: &[String]) {
        let theirs: Vec<String> = self
            .scenario
            .writes
            .iter()
            .map(|l| writes::plain(l, &self.theirs.names))
            .collect();
        let ours: Vec<String> = ours.iter().map(|line| writes::plain(line, &self.ours.names)).collect();
        let changes = lines::compare(&theirs, &ours);
        let shared = lines::shared(&changes);
        self.count(Sort::Writes, shared, theirs.len(), ours.len() - shared);
        self.tell(Sort::Writes, "", lines::join_moved(changes));
    }

    fn watches(&mut self) {
        let scenario = self.scenario;
        for (what, theirs) in &scenario.watches {
            let command = theirs.lines().next().unwrap_or_default();
            let theirs: Vec<String> = self.theirs.lines(theirs).split_off(1);
            let ours = self.ours.lines(&self.played.watches[what]);
            let changes = lines::compare(&theirs, &ours);
            let shared = lines::shared(&changes);
            self.count(Sort::Watch, shared, theirs.len(), ours.len() - shared);
            self.tell(Sort::Watch, command, lines::join_moved(changes));
        }
    }

    fn count(&mut self, sort: Sort, matched: usize, compared: usize, extra: usize) {
        let cell = self.score.cells.entry(sort).or_default();
        cell.matched += matched;
        cell.compared += compared;
        cell.extra += extra;
    }

    fn tell(&mut self, sort: Sort, place: &str, changes: Vec<Change>) {
        for change in changes.iter().filter(|change| !matches!(change, Change::Both(_))) {
            self.differ(sort, place, change.to_string());
        }
    }

    fn differ(&mut self, sort: Sort, place: &str, line: String) {
        let (scenario, place) = (self.scenario.name.clone(), place.to_owned());
        self.score.differences.push(Difference {
            scenario,
            sort,
            place,
            line,
        });
    }
}
