//! Starting containers: in which order, after which pause, with which image and environment.

use super::backoff::BackOff;
use super::env::environment;
use super::pass::Pass;
use super::status::is_started;
use super::worker::PullBook;
use crate::api::{self, Text};
use crate::programs::runtime::{Container, Deed, Start};
use std::sync::Arc;

/// Which list of the spec a container stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Init,
    Main,
}

impl Pass<'_> {
    /// Starts what is to be started now.
    pub fn containers(&mut self) {
        let spec = Arc::clone(&self.pod.spec);
        let (inits, mains) = (&spec.init_containers, &spec.containers);
        // Once a main container was started, only sidecars are looked after among the init containers.
        let begun = mains.iter().any(|main| self.container(&main.name).is_some());
        for (index, init) in inits.iter().enumerate() {
            let sidecar = init.restart_policy == "Always";
            if begun && !sidecar {
                continue;
            }
            let Some(container) = self.container(&init.name) else {
                self.start(List::Init, index);
                if begun {
                    continue;
                }
                return;
            };
            self.tell(List::Init, container.name().to_owned().into());
            let container = self.container(&init.name).expect("it was there a moment ago");
            match (&container.ended, sidecar) {
                (None, true) => {
                    if !is_started(self.worker, container) && !begun {
                        return;
                    }
                }
                (None, false) => return,
                (Some(exit), false) if exit.code == 0 => (),
                (Some(_), false) if spec.restart_policy == "Never" => return,
                // Sidecars that were asked to end with their pod stay down.
                (Some(_), true) if begun && self.is_work_done() => (),
                (Some(_), _) => {
                    self.start(List::Init, index);
                    if !begun {
                        return;
                    }
                }
            }
        }
        for (index, main) in mains.iter().enumerate() {
            if self.pulling {
                return;
            }
            let Some(container) = self.container(&main.name) else {
                self.start(List::Main, index);
                continue;
            };
            self.tell(List::Main, container.name().to_owned().into());
            let container = self.container(&main.name).expect("it was there a moment ago");
            let again = match (&container.ended, &*spec.restart_policy) {
                (None, _) | (_, "Never") => false,
                (Some(exit), "OnFailure") => exit.code != 0,
                (Some(_), _) => true,
            };
            if again {
                self.start(List::Main, index);
            }
        }
        if self.is_work_done() {
            self.stop_sidecars();
        }
    }

    /// Says whether all main containers have ended for good.
    fn is_work_done(&self) -> bool {
        let policy = &*self.pod.spec.restart_policy;
        policy != "Always"
            && self.pod.spec.containers.iter().all(|main| {
                let ended = self
                    .container(&main.name)
                    .and_then(|container| container.ended.as_ref());
                ended.is_some_and(|exit| policy == "Never" || exit.code == 0)
            })
    }

    /// Starts one container, or finds out what keeps it from starting.
    fn start(&mut self, list: List, index: usize) {
        let (now, specs) = (self.now(), self.list(list));
        let spec = &specs[index];
        let name = spec.name.clone();
        let field = self.field(list, &name);
        let before = self.cell.and_then(|cell| cell.container(&name));
        let attempt = before.map_or(0, |before| before.attempt + 1);
        if self.is_held_back(before.cloned().as_ref(), &name, &field) {
            return;
        }
        let Some(pulled) = self.has_image(spec, &field) else {
            return;
        };
        let ip = self.cell.map(|cell| cell.sandbox.ip.to_string()).unwrap_or_default();
        let env = match environment(&self.view, &self.pod, spec, &ip, &self.host_ip()) {
            Ok(env) => env,
            Err(why) => {
                self.await_references(spec);
                if self.worker.book(&name).complaint != why {
                    self.worker.book(&name).complaint = why.clone();
                    self.say_of(false, "Pulled", pulled, field.clone());
                    self.say_of(true, "Failed", format!("Error: {why}"), field);
                }
                self.waits
                    .insert(name.to_string(), ("CreateContainerConfigError".into(), why));
                return;
            }
        };
        self.say_of(false, "Pulled", pulled, field);
        let book = self.worker.book(&name);
        book.complaint.clear();
        (book.pull, book.held, book.doomed) = (PullBook::default(), None, None);
        if before.is_some_and(|before| before.ended.is_some()) {
            book.back_off = Some(BackOff::next(book.back_off, now));
        }
        let owned_by_job = self.pod.metadata.controller().is_some_and(|owner| owner.kind == "Job");
        let ends = match list {
            List::Init => spec.restart_policy != "Always",
            List::Main => owned_by_job,
        };
        let start = Start {
            pod: self.worker.uid,
            containers: Arc::clone(&specs),
            index,
            env: Arc::new(env),
            attempt,
            ends,
            annotations: self.pod.metadata.annotations.clone(),
        };
        self.deed(Deed::Start(Box::new(start)));
        // An end is written down before the container starts anew, as a kubelet writes the status first.
        self.hold |= before.is_none_or(|before| before.ended.is_none());
    }

    /// Says whether a container must wait because it has ended before (`doBackOff`).
    fn is_held_back(&mut self, before: Option<&Container>, name: &str, field: &Text) -> bool {
        let now = self.now();
        let Some(exit) = before.and_then(|before| before.ended.as_ref()) else {
            return false;
        };
        let ended_at = exit.at;
        let Some(back_off) = self.worker.book(name).back_off else {
            return false;
        };
        let Some(until) = back_off.until(ended_at).filter(|until| *until > now) else {
            return false;
        };
        let pod = &self.pod.metadata;
        let whose = format!("{}_{}({})", pod.name, pod.namespace, pod.uid);
        let message = format!(
            "back-off {} restarting failed container={name} pod={whose}",
            back_off.words()
        );
        if self.worker.book(name).held != Some(until) {
            self.worker.book(name).held = Some(until);
            let words = format!("Back-off restarting failed container {name} in pod {whose}");
            self.say_of(true, "BackOff", words, field.clone());
        }
        self.waits.insert(name.to_owned(), ("CrashLoopBackOff".into(), message));
        self.wake_at(until);
        true
    }

    /// Says that a container was created and started, once for each start; runs its `postStart` hook.
    fn tell(&mut self, list: List, name: Text) {
        let Some(container) = self.container(&name) else { return };
        let (attempt, running) = (container.attempt, container.is_running());
        let failed = container.ended.clone().filter(|exit| exit.reason == "StartError");
        let field = self.field(list, &name);
        if self.worker.book(&name).told != Some(attempt) {
            self.worker.book(&name).told = Some(attempt);
            self.say_of(false, "Created", "Container created", field.clone());
            match &failed {
                None => self.say_of(false, "Started", "Container started", field.clone()),
                Some(exit) => self.say_of(true, "Failed", format!("Error: {}", exit.message), field.clone()),
            }
        }
        if let Some(exit) = failed
            && self.pod.spec.restart_policy != "Never"
            && self.worker.book(&name).back_off.is_none()
        {
            // Shown until the first pause begins.
            self.waits
                .insert(name.to_string(), ("RunContainerError".into(), exit.message.to_string()));
        }
        if running {
            self.post_start(&name, attempt, &field);
        }
    }

    fn post_start(&mut self, name: &str, attempt: u32, field: &Text) {
        let Some(container) = self.container(name) else { return };
        let hook = container
            .spec()
            .lifecycle
            .as_ref()
            .and_then(|lifecycle| lifecycle.post_start.clone());
        let Some(handler) = hook else { return };
        let failed = container.hook.as_ref().and_then(|hook| hook.found.clone().err());
        if self.worker.book(name).hooked != Some(attempt) {
            self.worker.book(name).hooked = Some(attempt);
            self.hold = true;
            return self.deed(Deed::Hook {
                pod: self.worker.uid,
                container: name.to_owned().into(),
                handler: Box::new(handler),
            });
        }
        if let Some(why) = failed
            && self.worker.book(name).doomed.is_none()
        {
            self.say_of(
                true,
                "FailedPostStartHook",
                format!("PostStartHook failed: {why}"),
                field.clone(),
            );
            self.doom(name, "FailedPostStartHook", None, field.clone());
        }
    }

    /// Takes note of the objects that a container's environment refers to.
    fn await_references(&mut self, spec: &api::Container) {
        use crate::api::{Key, Kind};
        let namespace = self.pod.metadata.namespace.clone();
        let key = |kind: Kind, name: &str| Key::new(kind, namespace.clone(), name);
        for variable in &spec.env {
            let Some(source) = &variable.value_from else { continue };
            let secret = source.secret_key_ref.as_ref().map(|r| key(Kind::Secret, &r.name));
            let map = source
                .config_map_key_ref
                .as_ref()
                .map(|r| key(Kind::ConfigMap, &r.name));
            self.awaited.extend(secret.into_iter().chain(map));
        }
        for from in &spec.env_from {
            let secret = from.secret_ref.as_ref().map(|r| key(Kind::Secret, &r.name));
            let map = from.config_map_ref.as_ref().map(|r| key(Kind::ConfigMap, &r.name));
            self.awaited.extend(secret.into_iter().chain(map));
        }
    }

    fn list(&self, list: List) -> Arc<Vec<api::Container>> {
        Arc::clone(match list {
            List::Init => &self.pod.spec.init_containers,
            List::Main => &self.pod.spec.containers,
        })
    }

    fn field(&self, list: List, name: &str) -> Text {
        match list {
            List::Init => format!("spec.initContainers{{{name}}}").into(),
            List::Main => format!("spec.containers{{{name}}}").into(),
        }
    }
}
