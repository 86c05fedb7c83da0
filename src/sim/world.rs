//! The world: all there is, as plain data.

use super::chance::Chance;
use super::lane::Lane;
use super::queue::{Due, Queue};
use super::recorder::Recorder;
use super::step::{Step, Who};
use crate::actors::{ActorId, Actors, View};
use crate::api::{Kind, Time};
use crate::cloud::{Cloud, Settings};
use crate::programs::Runtime;
use crate::programs::client::Client;
use crate::store::{Hand, Refusal, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that is simulated. Two worlds made alike and driven alike stay alike, byte for byte.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    pub(super) now: Time,
    pub(super) began: Time,
    pub(super) chance: Chance,
    pub(super) queue: Queue,
    /// How many steps were forgotten.
    pub(super) steps_base: u32,
    pub(super) steps: Vec<Step>,
    pub(super) store: Store,
    pub(super) actors: Actors,
    pub(super) lanes: BTreeMap<ActorId, Lane>,
    pub(super) watchers: BTreeMap<Kind, Vec<ActorId>>,
    pub(super) recorder: Recorder,
    /// The newest instant for which a delivery is queued.
    pub(super) deliver_at: Time,
    /// Revisions up to this one were looked at when deliveries were queued.
    pub(super) noticed: u64,
    /// How many writes of actors were refused.
    pub(super) refusals: usize,
    /// A person's command that is under way: its words, and its step once it did something.
    pub(super) command: Option<(Arc<str>, Option<u32>)>,
    /// The physical world.
    pub cloud: Cloud,
    /// What runs on the machines.
    pub runtime: Runtime,
    /// The clients outside the cluster, in order of their start.
    pub(super) clients: Vec<Client>,
    /// How long things take.
    pub settings: Settings,
}

impl World {
    /// Makes an empty world: no node, no namespace.
    pub fn new(seed: u64, settings: Settings) -> Self {
        let actors = Actors::default();
        let mut watchers: BTreeMap<Kind, Vec<ActorId>> = BTreeMap::new();
        for &id in ActorId::ALL {
            for kind in actors.watches(id) {
                watchers.entry(kind).or_default().push(id);
            }
        }
        let mut store = Store::default();
        store.admission.not_ready_toleration_seconds = settings.not_ready_toleration_seconds;
        store.admission.unreachable_toleration_seconds = settings.unreachable_toleration_seconds;
        Self {
            now: Time::EPOCH,
            began: Time::EPOCH,
            chance: Chance::new(seed),
            queue: Queue::default(),
            steps_base: 0,
            steps: vec![Step {
                at: Time::EPOCH,
                cause: 0,
                who: Who::Beginning,
            }],
            store,
            actors,
            lanes: ActorId::ALL.iter().map(|id| (*id, Lane::default())).collect(),
            watchers,
            recorder: Recorder::default(),
            deliver_at: Time(i64::MIN),
            noticed: 0,
            refusals: 0,
            command: None,
            cloud: Cloud::default(),
            runtime: Runtime::default(),
            clients: Vec::new(),
            settings,
        }
    }

    /// Returns the time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Returns the instant at which the world began.
    pub fn began(&self) -> Time {
        self.began
    }

    /// Returns the seed.
    pub fn seed(&self) -> u64 {
        self.chance.seed()
    }

    /// Returns the API server, to read.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the actors with their memories, to read.
    pub fn actors(&self) -> &Actors {
        &self.actors
    }

    /// Returns the steps that are remembered; the first of them is [`World::first_step`].
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns the number of the first step that is remembered: 0 unless some were forgotten.
    pub fn first_step(&self) -> u32 {
        self.steps_base
    }

    /// Returns a step by its number; None when it was forgotten.
    pub fn step_at(&self, number: u32) -> Option<&Step> {
        self.steps.get(number.checked_sub(self.steps_base)? as usize)
    }

    /// Returns the number of the newest step.
    pub fn newest_step(&self) -> u32 {
        (self.steps_base + self.steps.len() as u32).saturating_sub(1)
    }

    /// Returns how many writes of actors were refused so far.
    pub fn refusals(&self) -> usize {
        self.refusals
    }

    /// Returns what is due, in order of time.
    pub fn due(&self) -> impl Iterator<Item = (Time, &Due)> {
        self.queue.iter()
    }

    /// Returns the world as a component sees it whose cache is up to date.
    pub fn view(&self) -> View<'_> {
        View::new(
            &self.store,
            self.store.head(),
            self.now,
            &self.settings,
            &self.cloud,
            &self.runtime,
        )
    }

    /// Puts a step on record and returns its number.
    pub(super) fn record(&mut self, who: Who, cause: u32) -> u32 {
        self.steps.push(Step {
            at: self.now,
            cause,
            who,
        });
        self.newest_step()
    }

    /// Writes to the store on behalf of a step; chance comes from the stream of `purpose` and `key`.
    pub(super) fn write<R>(
        &mut self,
        step: u32,
        purpose: &str,
        key: &str,
        act: impl FnOnce(&mut Store, &mut Hand<'_>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let mut stream = self.chance.stream(purpose, key);
        let mut draw = || stream.draw();
        let result = act(
            &mut self.store,
            &mut Hand {
                now: self.now,
                step,
                draw: &mut draw,
            },
        );
        self.announce();
        result
    }

    /// Queues the delivery of what was just written.
    fn announce(&mut self) {
        if self.store.head() > self.noticed {
            self.noticed = self.store.head();
            let at = self.now + self.settings.watch_lag;
            if at > self.deliver_at {
                self.deliver_at = at;
                self.queue.push(at, Due::Deliver);
            }
        }
    }
}
