//! The kernel: takes the next step, and lands what actors ask for, one effect at a time.

use super::chooser::Chooser;
use super::lane::Landing;
use super::queue::Due;
use super::step::Who;
use super::world::World;
use crate::actors::{ActorId, Change, Effect, View};
use crate::api::{Key, Time};
use crate::store::Refusal;

impl World {
    /// Takes the next step, if one is due until `until`; returns whether it did.
    pub fn step(&mut self, until: Time, chooser: &mut dyn Chooser) -> bool {
        if self.queue.next_at().is_none_or(|at| at > until) {
            return false;
        }
        let next = if chooser.is_calm() {
            self.queue.pop()
        } else {
            self.queue.pop_chosen(|n| chooser.pick(n))
        };
        let Some((at, due)) = next else { return false };
        self.now = self.now.max(at);
        match due {
            Due::Deliver => self.deliver(),
            Due::Timer(id, key) => {
                let cause = self.lane(id).timers.remove(&(key.clone(), at));
                self.wake(id, key, cause);
            }
            Due::Run(id, key) => self.run(id, key),
            Due::Land(id, key) => self.land(id, key),
            Due::Machine(node) => self.advance_machine(&node),
            Due::Boot(node, cause) => self.boot(&node, cause),
            Due::Client(place) => self.advance_client(place),
        }
        true
    }

    /// Brings what was written to every watch that is not stalled, and wakes the keys that the actors name.
    fn deliver(&mut self) {
        let visible = self.store.newest_until(self.now + -self.settings.watch_lag);
        let mut woken: Vec<(ActorId, Key, u32)> = Vec::new();
        let oldest = self.lanes.values().map(|lane| lane.cursor).min().unwrap_or(visible);
        let view = View::new(
            &self.store,
            visible,
            self.now,
            &self.settings,
            &self.cloud,
            &self.runtime,
        );
        let mut keys = Vec::new();
        for (number, revision) in (oldest + 1..).zip(self.store.between(oldest, visible)) {
            let Some(watchers) = self.watchers.get(&revision.object().kind()) else {
                continue;
            };
            for &id in watchers {
                let lane = &self.lanes[&id];
                if lane.cursor >= number || lane.stalled_until.is_some_and(|until| until > self.now) {
                    continue;
                }
                let change = Change {
                    before: revision.before.as_ref(),
                    after: revision.after.as_ref(),
                };
                self.actors.heed(id, &change, &view, &mut keys);
                woken.extend(keys.drain(..).map(|key| (id, key, revision.step)));
            }
        }
        for lane in self.lanes.values_mut() {
            if lane.stalled_until.is_none_or(|until| until <= self.now) {
                lane.stalled_until = None;
                lane.cursor = lane.cursor.max(visible);
            }
        }
        for (id, key, cause) in woken {
            self.wake(id, key, Some(cause));
        }
    }

    /// Marks a key as worth a run.
    pub(super) fn wake(&mut self, id: ActorId, key: Key, cause: Option<u32>) {
        let (now, newest) = (self.now, self.newest_step());
        let cause = cause.unwrap_or(newest);
        let lane = self.lane(id);
        if let Some(landing) = lane.landing.get_mut(&key) {
            landing.again.get_or_insert(cause);
            return;
        }
        if lane.waiting.contains_key(&key) {
            return;
        }
        lane.waiting.insert(key.clone(), cause);
        if !id.is_serial() {
            self.queue.push(now, Due::Run(id, key));
            return;
        }
        lane.line.push_back(key.clone());
        if lane.line.len() == 1 {
            let at = now.max(lane.free_at);
            self.queue.push(at, Due::Run(id, key));
        }
    }

    /// Lets an actor work on a key, unless its cache has not seen its own last writes yet.
    ///
    /// A serial actor has one entry in the queue, whatever the length of its line: the first of the line comes next.
    fn run(&mut self, id: ActorId, key: Key) {
        let now = self.now;
        let lane = self.lanes.get_mut(&id).expect("every actor has a lane");
        let key = if id.is_serial() {
            lane.line.pop_front().unwrap_or(key)
        } else {
            key
        };
        let blocked = lane.stalled_until.filter(|until| *until > now).or_else(|| {
            let wrote = lane.wrote.get(&key).filter(|wrote| **wrote > lane.cursor)?;
            let written_at = self.store.revision(*wrote).map_or(now, |r| r.at);
            Some((now + 1).max(written_at + self.settings.watch_lag))
        });
        if let Some(at) = blocked {
            if id.is_serial() {
                lane.line.push_back(key.clone());
            }
            self.queue.push(at, Due::Run(id, key));
            return;
        }
        lane.wrote.remove(&key);
        let cause = lane.waiting.remove(&key).unwrap_or_default();
        let view = View::new(
            &self.store,
            lane.cursor,
            now,
            &self.settings,
            &self.cloud,
            &self.runtime,
        );
        let effects = self.actors.reconcile(id, &view, &key);
        if id.is_serial() {
            lane.free_at = now + self.settings.scheduling_cycle;
            if let Some(next) = lane.line.front() {
                self.queue.push(lane.free_at, Due::Run(id, next.clone()));
            }
        }
        if effects.is_empty() {
            lane.failures.remove(&key);
            return;
        }
        lane.landing.insert(
            key.clone(),
            Landing {
                effects: effects.into(),
                cause,
                again: None,
                written: "".into(),
            },
        );
        self.queue.push(now, Due::Land(id, key));
    }

    /// Lands the next write of a run, and all the effects before it that take no time.
    fn land(&mut self, id: ActorId, key: Key) {
        let Some(landing) = self.lanes.get_mut(&id).and_then(|lane| lane.landing.get_mut(&key)) else {
            return;
        };
        let cause = landing.cause;
        let Some(effect) = landing.effects.pop_front() else {
            self.finish(id, key);
            return;
        };
        let takes_time = !matches!(effect, Effect::Event(_) | Effect::WakeAt(..) | Effect::Deed(..));
        let last = landing.effects.is_empty();
        let step = self.record(Who::Actor(id), cause);
        if id == ActorId::kubelet {
            self.lane(id).acted.insert(key.clone(), step);
        }
        let before = self.store.head();
        let outcome = match effect {
            Effect::Retry => Err(None),
            _ => self.perform(id, &key, effect.clone(), step).map_err(Some),
        };
        let lane = self.lane(id);
        match outcome {
            Ok(()) => {
                let wrote = self.store.head();
                if wrote > before {
                    self.lane(id).wrote.insert(key.clone(), wrote);
                }
                if last {
                    self.finish(id, key);
                } else {
                    let pause = if takes_time { self.settings.api_write } else { 0 };
                    self.queue.push(self.now + pause, Due::Land(id, key));
                }
            }
            Err(refusal) => {
                let pause = lane.back_off(&key);
                if let Some(refusal) = refusal {
                    self.refusals += 1;
                    self.regret(id, &key, &effect, &refusal, step);
                }
                let landing = self.lane(id).landing.remove(&key);
                self.set_timer(id, key.clone(), self.now + pause, step);
                // What woke it meanwhile wakes it at once, back-off or not (client-go's queue: a dirty key).
                if let Some(cause) = landing.and_then(|landing| landing.again) {
                    self.wake(id, key, Some(cause));
                }
            }
        }
    }

    /// Tells an actor of a refusal, and lands what it still wants done.
    fn regret(&mut self, id: ActorId, key: &Key, effect: &Effect, refusal: &Refusal, step: u32) {
        let view = View::new(
            &self.store,
            self.lanes[&id].cursor,
            self.now,
            &self.settings,
            &self.cloud,
            &self.runtime,
        );
        let before = self.store.head();
        for last in self.actors.refused(id, &view, key, effect, refusal) {
            // Nobody is left to tell of a refusal here: the key comes again anyway.
            let _ = self.perform(id, key, last, step);
        }
        let wrote = self.store.head();
        if wrote > before {
            self.lane(id).wrote.insert(key.clone(), wrote);
        }
    }

    /// Ends a run whose effects have all landed.
    fn finish(&mut self, id: ActorId, key: Key) {
        let lane = self.lane(id);
        lane.failures.remove(&key);
        if let Some(cause) = lane.landing.remove(&key).and_then(|landing| landing.again) {
            self.wake(id, key, Some(cause));
        }
    }

    /// Sets a timer of an actor for a key on behalf of a step; setting it twice is setting it once.
    pub(super) fn set_timer(&mut self, id: ActorId, key: Key, at: Time, cause: u32) {
        if self.lane(id).timers.insert_new((key.clone(), at), cause) {
            self.queue.push(at, Due::Timer(id, key));
        }
    }

    /// Returns the bookkeeping of an actor.
    pub(super) fn lane(&mut self, id: ActorId) -> &mut super::lane::Lane {
        self.lanes.get_mut(&id).expect("every actor has a lane")
    }

    /// Restarts an actor: its memory is lost, what it had in flight never lands, and everything comes by once more.
    pub(super) fn restart(&mut self, id: ActorId, cause: u32) {
        self.actors.restart(id);
        let visible = self.store.head();
        *self.lane(id) = super::lane::Lane {
            cursor: visible,
            ..Default::default()
        };
        let mut keys = Vec::new();
        let view = View::new(
            &self.store,
            visible,
            self.now,
            &self.settings,
            &self.cloud,
            &self.runtime,
        );
        for kind in self.actors.watches(id) {
            for object in self.store.objects(&kind, "") {
                self.actors.heed(
                    id,
                    &Change {
                        before: None,
                        after: Some(object),
                    },
                    &view,
                    &mut keys,
                );
            }
        }
        for key in keys {
            self.wake(id, key, Some(cause));
        }
    }
}
