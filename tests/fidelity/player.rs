//! Plays a scenario: the recorded commands at their recorded distances, in a world with the recording's settings.
//!
//! A command that asks or writes ends as long after the one before as it did in the recording. One that waits for
//! something (a deletion, a rollout) begins as soon after it as kubectl takes to start, and ends when what it waits for
//! is there; so does an awaited condition. What comes next keeps its distance from that.

use crate::names::{Names, parts};
use crate::recording::{Command, Entry};
use crate::scenario::Scenario;
use crate::shell::Terminal;
use crate::stage::Stage;
use crate::volumes::Volumes;
use crate::writes;
use pglab::api::{Kind, Namespace, Resource, Time};
use pglab::cloud::Settings;
use pglab::kubectl::{Cluster, Window, run};
use pglab::programs::outcome::Outcome;
use pglab::programs::runtime::Rule;
use pglab::sim::ClusterSpec;
use std::collections::{BTreeMap, VecDeque};

/// What was the same in all recordings.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct House {
    /// The settings, by name.
    settings: BTreeMap<String, i64>,
    /// The images that no registry has, and those that end at once.
    missing: Vec<String>,
    crashing: Vec<String>,
    /// How long the nodes have been there when a recording begins, in milliseconds.
    nodes_before_ms: i64,
    /// How long kubectl takes from its start to its first request, and from its last answer to its end.
    kubectl_start_ms: i64,
    kubectl_end_ms: i64,
    /// How long a request that writes takes, with all that kubectl asks before it.
    kubectl_write_ms: i64,
    /// How often a condition is looked at, and for how long, in milliseconds.
    look_every_ms: i64,
    patience_ms: i64,
}

/// A command and what pglab printed.
pub struct Screen {
    /// The command as recorded.
    pub recorded: Command,
    /// What pglab said, and the exit code.
    pub outcome: Outcome,
    /// When it was said.
    pub at: Time,
}

/// What came of a play.
pub struct Played {
    /// When it began.
    pub began: Time,
    /// The revision that was the newest then.
    pub from: u64,
    /// The screens, in order.
    pub screens: Vec<Screen>,
    /// The screens of `kubectl get -w`, by what was watched.
    pub watches: BTreeMap<String, String>,
    /// Instants that are the same in both: milliseconds since the beginning here, and in the recording.
    pub clock: Vec<(i64, i64)>,
    /// The conditions that never came to be.
    pub missed: Vec<String>,
    /// The cluster at the end.
    pub stage: Stage,
}

/// Plays a scenario.
pub fn play(scenario: &Scenario, house: &House) -> Played {
    let mut player = Player::new(scenario, house);
    let mut section = 0;
    for entry in &scenario.entries {
        match entry {
            Entry::Section(number) => {
                player.unseen(section, None);
                section = *number;
                player.sections.insert(section, player.stage.now());
            }
            Entry::Command(command) => {
                player.command(command);
                player.unseen(section, Some(&command.line));
            }
            Entry::Reached(at, words) => player.reach(*at, words),
        }
    }
    let watches = scenario.watches.iter().map(|(what, screen)| {
        let line = screen.lines().next().unwrap_or_default();
        let section = scenario.plan.watched_from.get(what);
        let from = section.map_or(player.began, |section| {
            player.sections[section] + house.kubectl_start_ms
        });
        (what.clone(), player.watch(line.trim_start_matches("$ kubectl "), from))
    });
    let watches = watches.collect();
    Played {
        began: player.began,
        from: player.from,
        screens: player.screens,
        watches,
        clock: player.clock,
        missed: player.missed,
        stage: player.stage,
    }
}

struct Player<'a> {
    scenario: &'a Scenario,
    house: &'a House,
    stage: Stage,
    began: Time,
    from: u64,
    files: BTreeMap<String, String>,
    recorded_names: Names,
    recorded_volumes: Volumes,
    conditions: VecDeque<usize>,
    /// When each section began.
    sections: BTreeMap<usize, Time>,
    /// When the last entry ended in the recording, in milliseconds.
    recorded_end: i64,
    clock: Vec<(i64, i64)>,
    screens: Vec<Screen>,
    missed: Vec<String>,
}

impl<'a> Player<'a> {
    fn new(scenario: &'a Scenario, house: &'a House) -> Self {
        let mut settings = Settings::default();
        for (name, value) in house.settings.iter().chain(&scenario.plan.settings) {
            assert!(settings.set(name, *value), "there is no setting {name}");
        }
        let mut world = ClusterSpec::default().world(1, settings);
        for pattern in &house.missing {
            world.runtime.images.set(pattern, Some(Rule::Missing));
        }
        for pattern in &house.crashing {
            world.runtime.images.set(pattern, Some(Rule::Crashes));
        }
        for pattern in &scenario.plan.idle {
            let idles = Rule::Exits {
                code: 0,
                after_ms: 1_000_000_000,
            };
            world.runtime.images.set(pattern, Some(idles));
        }
        for pattern in &scenario.plan.failing {
            let fails = Rule::Exits {
                code: 1,
                after_ms: 1000,
            };
            world.runtime.images.set(pattern, Some(fails));
        }
        for (pattern, node) in draws(&scenario.writes) {
            world.lay_lot(&pattern, &node);
        }
        // The world begins at the same fraction of a second: ages and back-offs go by whole seconds.
        let recorded: jiff::Timestamp = scenario
            .plan
            .began
            .parse()
            .expect("play.yaml tells when the recording began");
        let fraction = recorded.as_millisecond().rem_euclid(1000);
        world.run_for(
            scenario
                .plan
                .before_ms
                .unwrap_or(house.nodes_before_ms + fraction - 300),
        );
        let mut namespace = Namespace::default();
        namespace.metadata.name = scenario.name.as_str().into();
        world.create(namespace.into_object()).expect("the namespace is new");
        world.run_for(300);
        Self {
            scenario,
            house,
            began: world.now(),
            from: world.store().head(),
            stage: Stage::new(world, house.kubectl_write_ms),
            files: BTreeMap::new(),
            recorded_names: Names::of(&scenario.writes),
            recorded_volumes: Volumes::shown(scenario.screens()),
            conditions: (0..scenario.plan.reached.len()).collect(),
            sections: BTreeMap::new(),
            recorded_end: 0,
            clock: vec![(0, 0)],
            screens: Vec::new(),
            missed: Vec::new(),
        }
    }

    fn type_in(&mut self, line: &str) -> Outcome {
        let line = if self.recorded_names.stand_in(line) {
            let ours = Names::of(&writes::told(self.stage.store(), self.from, &self.scenario.name));
            self.recorded_names.translate(line, &ours)
        } else {
            line.to_owned()
        };
        // A manifest lay in the folder from the moment when a command first named it.
        let scenario = self.scenario;
        let named = scenario.files.iter().filter(|(name, _)| line.contains(name.as_str()));
        let named: Vec<(String, String)> = named.map(|(name, text)| (name.clone(), self.for_here(text))).collect();
        self.files.extend(named);
        let line = self.for_here(&line);
        let mut terminal = Terminal {
            stage: &mut self.stage,
            files: &self.files,
            namespace: &self.scenario.name,
        };
        let ran = terminal.run(&line);
        ran.unwrap_or_else(|why| panic!("{}: {why}", self.scenario.name))
    }

    /// Puts the names of this side's volumes in the places of the recorded ones.
    fn for_here(&self, text: &str) -> String {
        match self.recorded_volumes.stand_in(text) {
            true => self
                .recorded_volumes
                .translate(text, &Volumes::made(self.stage.store())),
            false => text.to_owned(),
        }
    }

    fn command(&mut self, command: &Command) {
        let house = self.house;
        self.unseen_until(command.ended.unwrap_or(self.recorded_end));
        let anchor = self.stage.now();
        let gap = command.ended.map_or(150, |ended| ended - self.recorded_end).max(0);
        self.recorded_end = command.ended.unwrap_or(self.recorded_end + gap);
        let waits = waits(&command.line);
        let lead = if waits {
            house.kubectl_start_ms.min(gap)
        } else {
            gap - house.kubectl_end_ms - house.kubectl_write_ms * writes_of(command)
        };
        self.stage.wait(lead);
        let outcome = self.type_in(&command.line);
        let at = self.stage.now();
        self.screens.push(Screen {
            recorded: command.clone(),
            outcome,
            at,
        });
        self.clock.push((self.stage.now() - self.began, self.recorded_end));
        let rest = if waits {
            house.kubectl_end_ms
        } else {
            anchor + gap - self.stage.now()
        };
        self.stage.wait(rest);
    }

    fn reach(&mut self, at: i64, words: &str) {
        let condition = self
            .conditions
            .pop_front()
            .map(|place| &self.scenario.plan.reached[place]);
        let condition = condition.filter(|condition| condition.words == words);
        let condition = condition.unwrap_or_else(|| panic!("{}: play.yaml has no `{words}` here", self.scenario.name));
        self.unseen_until(at);
        self.recorded_end = at;
        let deadline = self.stage.now() + self.house.patience_ms;
        loop {
            let said = self.type_in(&condition.ask).terminal();
            if said.trim() == condition.says.trim() {
                self.clock.push((self.stage.now() - self.began, at));
                return;
            }
            if self.stage.now() >= deadline {
                self.missed.push(format!(
                    "`{words}` never came to be: {} said `{}`",
                    condition.ask,
                    said.trim()
                ));
                return;
            }
            self.stage.wait(self.house.look_every_ms);
        }
    }

    fn unseen(&mut self, section: usize, after: Option<&str>) {
        let unseen = self
            .scenario
            .plan
            .unseen
            .iter()
            .filter(|unseen| unseen.at.is_none() && unseen.section == section && unseen.after.as_deref() == after);
        let lines: Vec<&String> = unseen.flat_map(|unseen| &unseen.run).collect();
        for line in lines {
            self.type_in(line);
        }
    }

    /// Does what was done without a screen up to an instant of the recording.
    fn unseen_until(&mut self, until: i64) {
        let scenario = self.scenario;
        for unseen in &scenario.plan.unseen {
            let Some(at) = unseen.at.filter(|at| (self.recorded_end..until).contains(at)) else {
                continue;
            };
            self.stage.wait(at - self.recorded_end);
            self.recorded_end = at;
            for line in &unseen.run {
                self.type_in(line);
            }
        }
    }

    /// Looks on at the play once more, from an instant.
    fn watch(&self, line: &str, from: Time) -> String {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut again = self.stage.again(from);
        let namespace = &self.scenario.name;
        let mut window = Window {
            cluster: &mut again,
            files: &self.scenario.files,
            namespace,
            stdin: "",
        };
        run(&mut window, &args).terminal()
    }
}

/// Says whether a command waits for something that takes time.
fn waits(line: &str) -> bool {
    let deletes = line.contains("kubectl delete ") && !line.contains("--wait=false");
    deletes
        || ["rollout status", "kubectl wait ", "kubectl drain "]
            .iter()
            .any(|verb| line.contains(verb))
}

/// Returns how many writes a command sends that does not wait.
fn writes_of(command: &Command) -> i64 {
    let verb = command.line.split_whitespace().nth(1).unwrap_or_default();
    match verb {
        "get" | "describe" | "events" | "logs" | "explain" | "diff" | "auth" | "top" | "version" | "api-resources" => 0,
        "rollout" if command.line.contains(" history") => 0,
        _ if command.code != 0 || command.line.contains("--dry-run") => 0,
        _ => command
            .screen
            .lines()
            .filter(|line| !line.ends_with(" unchanged"))
            .count()
            .max(1) as i64,
    }
}

/// Returns the recorded choices of nodes: which pods, by a pattern of their names, and which node they came to at last, in
/// the order of their creation, in which a scheduler takes up those that were made together.
fn draws(recorded: &[String]) -> Vec<(String, String)> {
    // By pod: its place among the draws, which is that of its creation.
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut draws: Vec<(String, String)> = Vec::new();
    for (sign, kind, name, tree) in recorded.iter().filter_map(|line| parts(line)) {
        if kind != Kind::Pod.name() {
            continue;
        }
        if sign == "+" && tree["nodeName"].is_null() {
            let owner = tree["owner"][0].as_str().unwrap_or("");
            let maker = owner.strip_prefix("ReplicaSet/").and_then(|set| set.rsplit_once('-'));
            let maker = maker.map(|(base, _)| base).or(owner.strip_prefix("Job/"));
            // The minute in the name of a CronJob's Job is another one here.
            let maker = maker.map(|maker| {
                maker
                    .trim_end_matches(|c: char| c.is_ascii_digit())
                    .trim_end_matches('-')
            });
            let pattern = maker.map_or(name.to_owned(), |base| format!("{base}-*"));
            places.insert(name.to_owned(), draws.len());
            draws.push((pattern, String::new()));
        }
        let node = tree["nominatedNodeName"].as_str().or(tree["nodeName"].as_str());
        if let (Some(node), Some(place)) = (node, places.get(name)) {
            draws[*place].1 = node.to_owned();
        }
    }
    draws.retain(|(_, node)| !node.is_empty());
    draws
}
