//! The end of a pod: hooks, a polite signal, patience, SIGKILL, the last status, and its removal.
//!
//! pkg/kubelet, `SyncTerminatingPod` and `SyncTerminatedPod`; kuberuntime, `killContainer`.

use super::pass::Pass;
use crate::actors::Effect;
use crate::api::{Resource, Text, Time};
use crate::programs::runtime::{Container, Deed, Signal};
use crate::store::DeleteOptions;

/// The least time that is left for SIGTERM after a `preStop` hook, in milliseconds (`minimumGracePeriodInSeconds`).
const LEAST_GRACE_MS: i64 = 2_000;

impl Pass<'_> {
    /// Returns the time that the pod gets to end by itself, in milliseconds: a second at least, even when deletion was
    /// forced (pkg/kubelet/pod_workers.go, `calculateEffectiveGracePeriod`).
    pub fn grace_ms(&self) -> i64 {
        let meta = &self.pod.metadata;
        let asked = meta.deletion_grace_period_seconds.filter(|_| meta.is_terminating());
        let grace = asked.unwrap_or(self.pod.spec.termination_grace_period_seconds);
        grace.max(1).saturating_mul(1000)
    }

    /// Goes on with the end of the pod.
    pub fn stop(&mut self) {
        let now = self.now();
        // A later deletion may leave less time, never more.
        let sooner = now + self.grace_ms();
        let asked_again =
            self.pod.metadata.is_terminating() && self.worker.stop.as_ref().is_some_and(|s| s.why.is_some());
        if let Some(stop) = &mut self.worker.stop {
            let shortened = self
                .pod
                .metadata
                .deletion_grace_period_seconds
                .is_some_and(|grace| stop.began + grace.max(1).saturating_mul(1000) < stop.deadline);
            if shortened || asked_again {
                stop.deadline = stop.deadline.min(sooner);
            }
        }
        let inits = &self.pod.spec.init_containers;
        let mains: Vec<Text> = self.pod.spec.containers.iter().map(|spec| spec.name.clone()).collect();
        let inits: Vec<Text> = inits.iter().map(|spec| spec.name.clone()).collect();
        let running = |pass: &Self, names: &[Text]| names.iter().any(|name| pass.is_running(name));
        if running(self, &mains) {
            for name in &mains {
                self.end_container(name);
            }
            self.wake_at_deadline();
        } else if running(self, &inits) {
            // Sidecars end after the others, the last one first.
            let last = inits.iter().rev().find(|name| self.is_running(name)).cloned();
            if let Some(name) = last {
                self.end_container(&name);
            }
            self.wake_at_deadline();
        } else {
            self.ended();
        }
    }

    fn is_running(&self, name: &str) -> bool {
        self.cell
            .and_then(|cell| cell.container(name))
            .is_some_and(Container::is_running)
    }

    fn wake_at_deadline(&mut self) {
        let deadline = self.worker.stop.as_ref().map(|stop| stop.deadline);
        if let Some(deadline) = deadline.filter(|deadline| *deadline > self.now()) {
            self.wake_at(deadline);
        }
    }

    /// Leads one container towards its end: hook, signal, SIGKILL.
    fn end_container(&mut self, name: &Text) {
        let (now, uid) = (self.now(), self.worker.uid);
        let Some(container) = self
            .cell
            .and_then(|cell| cell.container(name))
            .filter(|c| c.is_running())
        else {
            return;
        };
        let Some(stop) = self.worker.stop.clone() else { return };
        let pre_stop = container
            .spec()
            .lifecycle
            .as_ref()
            .and_then(|lifecycle| lifecycle.pre_stop.clone());
        let hook = container.hook.clone();
        let field: Text = format!("spec.containers{{{name}}}").into();
        let deed = |signal| Deed::Signal {
            pod: uid,
            container: name.clone(),
            signal,
        };
        let mut next = stop.clone();
        if !stop.asked.contains(name) {
            let hooked = stop.hooked.contains(name);
            if !hooked {
                self.say_of(false, "Killing", format!("Stopping container {name}"), field.clone());
            }
            match pre_stop {
                Some(handler) if !hooked => {
                    next.hooked.push(name.clone());
                    self.deed(Deed::Hook {
                        pod: uid,
                        container: name.clone(),
                        handler: Box::new(handler),
                    });
                }
                Some(_) if hook.as_ref().is_some_and(|hook| hook.ends_at > now) && now < stop.deadline => {
                    let ends_at = hook.map_or(now, |hook| hook.ends_at);
                    self.wake_at(ends_at.min(stop.deadline));
                }
                hooked_or_not => {
                    if let Some(why) = hook
                        .and_then(|hook| hook.found.err())
                        .filter(|_| hooked_or_not.is_some())
                    {
                        self.say_of(true, "FailedPreStopHook", format!("PreStopHook failed: {why}"), field);
                    }
                    next.asked.push(name.clone());
                    if hooked_or_not.is_some() {
                        next.deadline = next.deadline.max(now + LEAST_GRACE_MS);
                    }
                    self.deed(deed(Signal::Stop));
                }
            }
        } else if now >= stop.deadline && !stop.killed.contains(name) {
            next.killed.push(name.clone());
            self.deed(deed(Signal::Kill));
        }
        self.worker.stop = Some(next);
    }

    /// Does what is left once nothing runs any more: the last status, the clean-up, and the deletion of the object.
    fn ended(&mut self) {
        let now = self.now();
        let last_end = self.cell.and_then(|cell| {
            let ends = cell
                .containers()
                .iter()
                .filter_map(|container| container.ended.as_ref());
            ends.map(|exit| exit.at).max()
        });
        let stop_began = self.worker.stop.as_ref().map_or(now, |stop| stop.began);
        // What had ended long before is down already.
        let down_at = last_end
            .filter(|at| *at >= stop_began)
            .map_or(now, |at| at + self.view.settings.pod_stop);
        if down_at > now {
            return self.wake_at(down_at);
        }
        if self.worker.gone {
            self.deed(Deed::Remove(self.worker.uid));
            // Once the machine is clear, the memory of the pod can go too.
            self.wake_at(now);
            return self.release();
        }
        if !self.reaches {
            return;
        }
        let status = self.status(true);
        if status != self.pod.status && !self.is_cleared() {
            self.write_status(true);
            self.release();
            if self.pod.metadata.is_terminating() {
                self.wake_at(now);
            }
            return;
        }
        self.release();
        if !self.pod.metadata.is_terminating() {
            return;
        }
        if self.cell.is_some() {
            self.deed(Deed::Remove(self.worker.uid));
        }
        let options = DeleteOptions {
            grace_seconds: Some(0),
            uid: Some(self.worker.uid),
            ..DeleteOptions::default()
        };
        self.effects.push(Effect::Delete(self.pod.key(), options));
    }

    /// Says whether the last status was written and the machine cleared: then there is nothing left to compare with.
    fn is_cleared(&self) -> bool {
        self.cell.is_none() && self.pod.status.phase.is_terminal()
    }

    /// Gives the volumes back, so that they can be detached.
    pub fn release(&mut self) {
        if !self.worker.devices.is_empty() {
            self.worker.devices.clear();
            self.wake_node();
        }
    }

    /// Ends sidecars once the work of the pod is done.
    pub fn stop_sidecars(&mut self) {
        let names: Vec<Text> = self
            .pod
            .spec
            .init_containers
            .iter()
            .filter(|spec| spec.restart_policy == "Always")
            .map(|spec| spec.name.clone())
            .collect();
        let now: Time = self.now();
        for name in names.iter().rev() {
            let running = self.is_running(name);
            if running && self.worker.known(name).is_none_or(|book| book.doomed.is_none()) {
                let field: Text = format!("spec.initContainers{{{name}}}").into();
                self.doom(name, &format!("Stopping container {name}"), None, field);
            }
            if running {
                return self.wake_at(now + self.grace_ms());
            }
        }
    }
}
