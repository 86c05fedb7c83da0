//! Starting containers: in which order, after which pause, with which image and environment.

use super::backoff::BackOff;
use super::env::environment;
use super::pass::Pass;
use super::status::is_started;
use super::worker::PullBook;
use crate::api::{self, Text, Time};
use crate::programs::runtime::{Container, Deed, Image, Rule, Start};
use std::sync::Arc;

/// How long a failed pull is shown as such before it is shown as a pause, in milliseconds: until the kubelet hears of
/// the sandbox that it made, and looks at the pod again (pkg/kubelet/pleg, a relist a second).
const ERR_IMAGE_PULL_MS: i64 = 1_500;

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

    /// Returns what the event says of the image, once the node has it (pkg/kubelet/images, `EnsureImageExists`).
    fn has_image(&mut self, spec: &api::Container, field: &Text) -> Option<String> {
        let now = self.now();
        let image = &spec.image;
        let present = format!("Container image \"{image}\" already present on machine and can be accessed by the pod");
        let missing = self.view.runtime.images.of(image) == Some(&Rule::Missing)
            || self.view.runtime.images.of(image).is_none() && !Image::of(image).exists;
        // With pulls that take no time, every image counts as being there already.
        if self.view.settings.image_pull == 0 && !missing {
            return Some(present);
        }
        let pull = self.view.runtime.pull(&self.worker.node, image).cloned();
        let is_there = pull.as_ref().is_some_and(|pull| pull.is_there(now));
        let book = &self.worker.book(&spec.name).pull;
        let (asked, failed) = (book.asked, book.failed.is_some());
        let policy = match &*spec.image_pull_policy {
            "" if Image::of(image).full.ends_with(":latest") => "Always",
            "" => "IfNotPresent",
            said => said,
        };
        let came = pull.as_ref().and_then(|pull| pull.came(now));
        match (policy, came, asked) {
            ("Never", ..) if is_there => return Some(present),
            // Who has tried in vain finds it when another has brought it meanwhile.
            ("IfNotPresent", ..) if is_there && (asked.is_none() || failed) => return Some(present),
            ("Never", ..) => {
                let message = format!("Container image \"{image}\" is not present with pull policy of Never");
                if self.worker.book(&spec.name).complaint != message {
                    self.worker.book(&spec.name).complaint = message.clone();
                    self.say_of(true, "ErrImageNeverPull", message.clone(), field.clone());
                    self.say_of(true, "Failed", "Error: ErrImageNeverPull", field.clone());
                }
                self.waits
                    .insert(spec.name.to_string(), ("ErrImageNeverPull".into(), message));
                return None;
            }
            (_, Some((since, at)), Some(asked)) if at >= asked => {
                let (pull_ms, wait_ms) = (at - since, at - asked);
                return Some(format!(
                    "Successfully pulled image \"{image}\" in {} ({} including waiting). Image size: {} bytes.",
                    go_duration(pull_ms),
                    go_duration(wait_ms.max(pull_ms)),
                    Image::of(image).bytes()
                ));
            }
            _ => (),
        }
        let Some(asked) = asked else {
            self.ask_for_image(spec, field);
            return None;
        };
        match pull.as_ref().and_then(|pull| pull.refused(now)) {
            Some((at, why)) if at >= asked => self.pull_failed(spec, field, at, why),
            // Still on its way: the machine calls when it is there.
            _ => self.pulling = true,
        }
        None
    }

    fn ask_for_image(&mut self, spec: &api::Container, field: &Text) {
        let image = spec.image.clone();
        self.say_of(false, "Pulling", format!("Pulling image \"{image}\""), field.clone());
        let now = self.now();
        self.worker.book(&spec.name).pull = PullBook {
            asked: Some(now),
            ..PullBook::default()
        };
        let pod = crate::api::Resource::key(&*self.pod);
        self.deed(Deed::Pull { pod, image });
        self.pulling = true;
    }

    fn pull_failed(&mut self, spec: &api::Container, field: &Text, at: Time, why: &str) {
        let (now, image) = (self.now(), &spec.image);
        let error = format!("failed to pull image \"{image}\": {why}");
        if self.worker.book(&spec.name).pull.failed.is_none() {
            self.worker.book(&spec.name).pull.failed = Some(at);
            let place = self.worker.pulls.iter().position(|(known, _)| known == image);
            let before = place.map(|place| self.worker.pulls.remove(place).1);
            self.worker.pulls.push((image.clone(), BackOff::next(before, now)));
            self.say_of(
                true,
                "Failed",
                format!("Failed to pull image \"{image}\": {why}"),
                field.clone(),
            );
            self.say_of(true, "Failed", "Error: ErrImagePull", field.clone());
        }
        let until = self
            .worker
            .pulls
            .iter()
            .find(|(known, _)| known == image)
            .and_then(|(_, back_off)| back_off.until(at))
            .unwrap_or(now);
        if now >= until {
            return self.ask_for_image(spec, field);
        }
        let shown_until = (at + ERR_IMAGE_PULL_MS).min(until);
        if now < shown_until {
            self.waits.insert(spec.name.to_string(), ("ErrImagePull".into(), error));
            return self.wake_at(shown_until);
        }
        if !self.worker.book(&spec.name).pull.paused {
            self.worker.book(&spec.name).pull.paused = true;
            let words = format!("Back-off pulling image \"{image}\"");
            self.say_of(false, "BackOff", words, field.clone());
            self.say_of(true, "Failed", "Error: ImagePullBackOff", field.clone());
        }
        let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {error}");
        self.waits
            .insert(spec.name.to_string(), ("ImagePullBackOff".into(), message));
        self.wake_at(until);
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

/// Returns a time in milliseconds as Go prints a duration: `800ms`, `1.5s`, `1m3s`.
fn go_duration(ms: i64) -> String {
    let fraction = |ms: i64| {
        let text = format!("{}.{:03}", ms / 1000, ms % 1000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match ms {
        0 => "0s".to_owned(),
        1..1000 => format!("{ms}ms"),
        1000..60_000 => format!("{}s", fraction(ms)),
        _ => format!("{}m{}s", ms / 60_000, fraction(ms % 60_000)),
    }
}
