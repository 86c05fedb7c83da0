//! Probes: when a container is asked, and what comes of its answers.
//!
//! A real kubelet asks every `periodSeconds` for ever. Here it asks as often, at the same instants, but leaves out what
//! could only repeat the last answer: the runtime says whether an answer lasts until something changes in the pod, and
//! wakes the kubelet when it does. So a container that is well costs nothing (pkg/kubelet/prober, `worker.doProbe`).

use super::pass::Pass;
use super::status::is_started;
use super::worker::Tally;
use crate::api::{Probe, Resource, Text, Time};
use crate::programs::runtime::{Container, Deed, ProbeKind, Signal};

/// How many failures in a row are told: then the recorder's filter would drop them anyway (client-go, `defaultSpamBurst`).
const TOLD_FAILURES: i64 = 25;

impl Pass<'_> {
    /// Asks and judges all running containers.
    pub fn probes(&mut self) {
        let Some(cell) = self.cell else { return };
        let names: Vec<Text> = cell
            .containers()
            .iter()
            .filter(|container| container.started_at >= cell.ready_at)
            .filter(|container| has_probes(container) || self.is_doomed(container.name()))
            .map(|container| container.spec().name.clone())
            .collect();
        for name in names {
            if self.is_doomed(&name) {
                self.see_to_the_doomed(&name);
                continue;
            }
            for kind in [ProbeKind::Startup, ProbeKind::Liveness, ProbeKind::Readiness] {
                self.probe(&name, kind);
            }
        }
    }

    fn is_doomed(&self, name: &str) -> bool {
        self.worker.known(name).is_some_and(|book| book.doomed.is_some())
    }

    /// Counts the latest answer to one probe, and asks again when it is time.
    fn probe(&mut self, name: &str, kind: ProbeKind) {
        let Some(container) = self.container(name).filter(|container| container.is_running()) else {
            return;
        };
        let Some(probe) = kind.of(container.spec()).cloned() else {
            return;
        };
        // Until it has started, nothing else is asked; afterwards, that is asked no more.
        let started = is_started(self.worker, container);
        if started == (kind == ProbeKind::Startup) {
            return;
        }
        let (attempt, version, started_at) = (container.attempt, container.version, container.started_at);
        let answer = container.answer(kind).cloned();
        let tallies = &mut self.worker.book(name).tallies;
        let place = tallies.iter().position(|tally| tally.kind == kind).unwrap_or_else(|| {
            tallies.push(fresh(kind, attempt));
            tallies.len() - 1
        });
        if tallies[place].attempt != attempt {
            tallies[place] = fresh(kind, attempt);
        }
        let mut tally = tallies[place].clone();
        if let Some(answer) = answer.as_ref().filter(|answer| Some(answer.at) > tally.seen) {
            count(&mut tally, answer.found.is_ok(), &probe, kind);
            tally.seen = Some(answer.at);
            self.worker.book(name).tallies[place] = tally.clone();
            if let Err(why) = &answer.found {
                self.complain(name, kind, why, &tally, &probe);
            }
        }
        if self.is_doomed(name) {
            return;
        }
        let steady = answer
            .as_ref()
            .is_some_and(|answer| answer.lasting && answer.version == version && is_steady(&tally, &probe, kind));
        if steady || kind == ProbeKind::Startup && tally.result {
            return;
        }
        let next = next_tick(started_at, &probe, tally.seen, self.now());
        if next > self.now() {
            return self.wake_at(next);
        }
        self.hold |= tally.seen.is_none();
        self.deed(Deed::Probe {
            pod: self.worker.uid,
            container: name.to_owned().into(),
            kind,
            probe: Box::new(probe),
        });
    }

    /// Says that a probe failed; a container that is not alive any more, or never was, is killed.
    fn complain(&mut self, name: &str, kind: ProbeKind, why: &str, tally: &Tally, probe: &Probe) {
        let word = match kind {
            ProbeKind::Startup => "Startup",
            ProbeKind::Liveness => "Liveness",
            ProbeKind::Readiness => "Readiness",
        };
        let field: Text = format!("spec.containers{{{name}}}").into();
        self.say_of(true, "Unhealthy", format!("{word} probe failed: {why}"), field.clone());
        let fatal = kind != ProbeKind::Readiness && !tally.last_good && tally.row >= probe.failure_threshold;
        if fatal {
            let word = word.to_lowercase();
            let again = if self.pod.spec.restart_policy == "Never" {
                ""
            } else {
                ", will be restarted"
            };
            self.doom(
                name,
                &format!("Container {name} failed {word} probe{again}"),
                probe.termination_grace_period_seconds,
                field,
            );
        }
    }

    /// Begins to kill one container; it is restarted by its policy once it has ended.
    pub fn doom(&mut self, name: &str, words: &str, grace_seconds: Option<i64>, field: Text) {
        self.say_of(false, "Killing", words, field);
        let grace = grace_seconds.unwrap_or(self.pod.spec.termination_grace_period_seconds);
        let deadline = self.now() + grace.max(1).saturating_mul(1000);
        self.worker.book(name).doomed = Some(deadline);
        self.deed(Deed::Signal {
            pod: self.worker.uid,
            container: name.to_owned().into(),
            signal: Signal::Stop,
        });
        self.wake_at(deadline);
    }

    /// Kills a container that was asked to end and does not.
    fn see_to_the_doomed(&mut self, name: &str) {
        let running = self.container(name).is_some_and(Container::is_running);
        let deadline = self.worker.known(name).and_then(|book| book.doomed);
        if let Some(deadline) = deadline.filter(|_| running) {
            if deadline > self.now() {
                return self.wake_at(deadline);
            }
            self.deed(Deed::Signal {
                pod: self.worker.uid,
                container: name.to_owned().into(),
                signal: Signal::Kill,
            });
            self.wake_at(self.now() + 1);
            let _ = self.pod.key();
        }
    }
}

fn fresh(kind: ProbeKind, attempt: u32) -> Tally {
    Tally {
        kind,
        attempt,
        seen: None,
        row: 0,
        last_good: false,
        // A container is taken for alive, and for not ready, until it was asked.
        result: kind == ProbeKind::Liveness,
    }
}

fn count(tally: &mut Tally, good: bool, probe: &Probe, kind: ProbeKind) {
    if tally.last_good == good && tally.seen.is_some() {
        tally.row += 1;
    } else {
        (tally.row, tally.last_good) = (1, good);
    }
    let threshold = if good {
        probe.success_threshold
    } else {
        probe.failure_threshold
    };
    if tally.row >= threshold {
        tally.result = good;
    } else if kind == ProbeKind::Readiness && tally.seen.is_none() {
        tally.result = false;
    }
}

/// Says whether more answers like the last one would change nothing.
fn is_steady(tally: &Tally, probe: &Probe, kind: ProbeKind) -> bool {
    match (tally.last_good, kind) {
        (true, _) => tally.result && tally.row >= probe.success_threshold,
        (false, ProbeKind::Readiness) => !tally.result && tally.row >= TOLD_FAILURES,
        (false, _) => false,
    }
}

/// Returns when a container is to be asked next. The ticks count from its start, and those before
/// `initialDelaySeconds` are skipped. The random pause of a kubelet that has just started itself is left out.
fn next_tick(started_at: Time, probe: &Probe, seen: Option<Time>, now: Time) -> Time {
    let period = probe.period_seconds.max(1) * 1000;
    let delay = probe.initial_delay_seconds.max(0) * 1000;
    let tick = |n: i64| started_at + n * period;
    let first = delay.div_euclid(period) + i64::from(delay.rem_euclid(period) != 0);
    match seen {
        None => tick(first).max(now),
        Some(seen) => {
            let after = (seen - started_at).div_euclid(period) + 1;
            // Ticks that went by while nothing could change are not made up for.
            let current = (now - started_at + period - 1).div_euclid(period);
            tick(after.max(first).max(current))
        }
    }
}

fn has_probes(container: &Container) -> bool {
    let spec = container.spec();
    spec.startup_probe.is_some() || spec.liveness_probe.is_some() || spec.readiness_probe.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_before_the_initial_delay_are_skipped_and_missed_ones_are_not_made_up_for() {
        let probe = Probe {
            initial_delay_seconds: 5,
            period_seconds: 10,
            ..Probe::default()
        };
        let start = Time::EPOCH;
        assert_eq!(next_tick(start, &probe, None, start), start + 10_000);
        assert_eq!(
            next_tick(start, &probe, Some(start + 10_000), start + 10_000),
            start + 20_000
        );
        assert_eq!(
            next_tick(start, &probe, Some(start + 10_000), start + 34_000),
            start + 40_000
        );
        let eager = Probe::default();
        assert_eq!(next_tick(start, &eager, None, start), start);
    }
}
