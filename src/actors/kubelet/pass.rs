//! One pass over a pod: what a kubelet does when it looks at a pod that shall run.
//!
//! It looks at the pod, at what the machine has of it and at what it remembers, and asks for what is missing; the
//! machine wakes it when there is more to see (pkg/kubelet, `SyncPod`, and kuberuntime's `SyncPod`).

use super::status::{self, Facts, Waits};
use super::volumes;
use super::worker::{Share, Stop, Wait, Worker};
use crate::actors::{Effect, EventNote, View};
use crate::api::{Key, Kind, Node, ObjectReference, Pod, PodStatus, Resource, Text, Time};
use crate::programs::runtime::{Cell, Container, Deed, Names, Sandbox};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;
use std::sync::Arc;

/// How long a kubelet waits for a pod's volumes before it complains, in milliseconds (`podAttachAndMountTimeout`).
const MOUNT_TIMEOUT_MS: i64 = 123_000;

/// The first and the longest pause after a mount that failed, in milliseconds (pkg/util/goroutinemap/exponentialbackoff).
const MOUNT_PAUSE_MS: (i64, i64) = (500, 122_000);

/// One pass.
pub struct Pass<'a> {
    pub view: View<'a>,
    pub pod: Arc<Pod>,
    pub node: Arc<Node>,
    pub worker: &'a mut Worker,
    /// What the other pods on the node take.
    pub others: Share,
    /// Whether another pod on the node uses a claim.
    pub claimed: &'a dyn Fn(&str) -> bool,
    pub cell: Option<&'a Cell>,
    /// Whether the API server can be reached.
    pub reaches: bool,
    pub effects: Vec<Effect>,
    /// Why containers wait.
    pub waits: Waits,
    /// Objects whose change would help.
    pub awaited: Vec<Key>,
    /// Whether something was asked for that is answered at once: the status can wait for it.
    pub hold: bool,
    /// Whether an image is on its way: a kubelet starts the containers of a pod one after the other.
    pub pulling: bool,
}

impl Pass<'_> {
    /// Returns the time.
    pub fn now(&self) -> Time {
        self.view.now
    }

    /// Looks at a pod that shall run.
    pub fn run(&mut self) {
        if self.worker.admitted.is_none() {
            if let Some((reason, message)) = self.refuse() {
                return self.reject(reason, message);
            }
            self.worker.admitted = Some(share_of(&self.pod));
        }
        if self.is_past_deadline() {
            return self.begin_stop(Some((
                "DeadlineExceeded".into(),
                "Pod was active on the node longer than the specified deadline".into(),
            )));
        }
        if !self.has_volumes() || !self.has_sandbox() {
            return self.write_status(false);
        }
        self.containers();
        self.probes();
        if !self.hold && !self.pulling {
            self.write_status(false);
        }
    }

    /// Returns why the node cannot take the pod (pkg/scheduler's `AdmissionCheck`, as the kubelet uses it): only for pods
    /// that did not come through the scheduler. Ports, selectors and taints are left out.
    fn refuse(&self) -> Option<(String, String)> {
        // Whoever runs already was admitted before.
        if self.cell.is_some() || self.pod.status.start_time.is_some() {
            return None;
        }
        let share = share_of(&self.pod);
        let allocatable = &self.node.status.allocatable;
        let amount = |name: &str| allocatable.get(name).copied().unwrap_or_default();
        let rows = [
            ("pods", 1, self.others.pods, amount("pods").value()),
            ("cpu", share.cpu_milli, self.others.cpu_milli, amount("cpu").as_milli()),
            ("memory", share.memory, self.others.memory, amount("memory").value()),
        ];
        let (name, requested, used, capacity) = rows
            .into_iter()
            .find(|(_, requested, used, capacity)| *requested > 0 && requested + used > *capacity)?;
        Some((
            format!("OutOf{name}"),
            format!(
                "Node didn't have enough resource: {name}, requested: {requested}, used: {used}, capacity: {capacity}"
            ),
        ))
    }

    fn reject(&mut self, reason: String, message: String) {
        self.say(true, reason.clone(), message.clone());
        let mut pod = Pod::clone(&self.pod);
        pod.status.phase = crate::api::Phase::Failed;
        pod.status.start_time = Some(self.now());
        pod.status.reason = reason.into();
        pod.status.message = format!("Pod was rejected: {message}").into();
        self.put_status(pod);
    }

    /// Says whether `activeDeadlineSeconds` is over; if there is such a deadline, the pod is looked at again then.
    fn is_past_deadline(&mut self) -> bool {
        let Some(seconds) = self.pod.spec.active_deadline_seconds else {
            return false;
        };
        let deadline = self.pod.status.start_time.unwrap_or(self.now()) + seconds.saturating_mul(1000);
        if deadline > self.now() {
            self.wake_at(deadline);
        }
        deadline <= self.now()
    }

    /// Says whether all volumes are there to be mounted; complains where that takes long or goes wrong.
    fn has_volumes(&mut self) -> bool {
        // What is mounted stays mounted.
        if self.cell.is_some_and(|cell| cell.alive) {
            return true;
        }
        let found = volumes::find(&self.view, &self.pod, &self.node, self.claimed);
        if self.worker.devices != found.devices {
            self.worker.devices = found.devices;
            self.wake_node();
        }
        self.awaited.extend(found.awaited);
        if found.unmounted.is_empty() {
            self.worker.wait = None;
            return true;
        }
        let now = self.now();
        let mut wait = self.worker.wait.take().unwrap_or_else(|| {
            Box::new(Wait {
                since: now,
                complain_at: now + MOUNT_TIMEOUT_MS,
                trouble: None,
            })
        });
        if let Some(trouble) = found.trouble {
            let (said, again, pause) = wait.trouble.take().unwrap_or((String::new(), now, MOUNT_PAUSE_MS.0));
            if said != trouble || again <= now {
                self.say(true, "FailedMount", trouble.clone());
                let pause = if said == trouble {
                    (pause * 2).min(MOUNT_PAUSE_MS.1)
                } else {
                    MOUNT_PAUSE_MS.0
                };
                wait.trouble = Some((trouble, now + pause, pause));
            } else {
                wait.trouble = Some((said, again, pause));
            }
        }
        // A claim that cannot be looked at is said at once, the rest when the time is up.
        let first = wait.since == now && !found.unprocessed.is_empty();
        if first || wait.complain_at <= now {
            let names = |list: &[String]| format!("[{}]", list.join(" "));
            let (unprocessed, whys): (Vec<_>, Vec<_>) = found.unprocessed.into_iter().unzip();
            let why = if whys.is_empty() {
                "context deadline exceeded".to_owned()
            } else {
                names_of_errors(&whys)
            };
            self.say(
                true,
                "FailedMount",
                format!(
                    "Unable to attach or mount volumes: unmounted volumes={}, unattached volumes=[], failed to process \
                     volumes={}: {why}",
                    names(&found.unmounted),
                    names(&unprocessed)
                ),
            );
            wait.complain_at = now + MOUNT_TIMEOUT_MS;
        }
        self.wake_at(wait.complain_at);
        if let Some((_, again, _)) = wait.trouble {
            self.wake_at(again);
        }
        self.worker.wait = Some(wait);
        false
    }

    /// Says whether the sandbox is ready; asks for one where there is none.
    fn has_sandbox(&mut self) -> bool {
        let now = self.now();
        if let Some(cell) = self.cell.filter(|cell| cell.alive) {
            return cell.ready_at <= now;
        }
        if self.cell.is_some() {
            self.say(
                false,
                "SandboxChanged",
                "Pod sandbox changed, it will be killed and re-created.",
            );
        }
        let found = volumes::find(&self.view, &self.pod, &self.node, self.claimed);
        let hostname = match &*self.pod.spec.hostname {
            "" if self.pod.spec.host_network => self.worker.node.to_string(),
            "" => self.pod.metadata.name.chars().take(63).collect(),
            named => named.to_owned(),
        };
        let ip = if self.pod.spec.host_network {
            self.host_ip().into()
        } else {
            "".into()
        };
        let sandbox = Sandbox {
            uid: self.worker.uid,
            key: self.pod.key(),
            ip,
            hostname: hostname.into(),
            volumes: found.sources,
            in_memory: volumes::in_memory(&self.pod),
            names: names(&self.pod),
        };
        self.deed(Deed::Prepare(Box::new(sandbox)));
        false
    }

    /// Writes the status where it differs from what the API server has.
    pub fn write_status(&mut self, over: bool) {
        if !self.reaches || self.worker.gone {
            return;
        }
        let status = self.status(over);
        if status == self.pod.status {
            return;
        }
        let mut pod = Pod::clone(&self.pod);
        pod.status = status;
        self.put_status(pod);
    }

    fn put_status(&mut self, pod: Pod) {
        if self.reaches && !self.worker.gone {
            self.worker.wrote = fingerprint(&pod.status);
            self.effects.push(Effect::update_status(pod));
        }
    }

    /// Returns the status as it is now.
    pub fn status(&self, over: bool) -> PodStatus {
        let host_ip = self.host_ip();
        let facts = Facts {
            cell: self.cell,
            worker: self.worker,
            waits: &self.waits,
            host_ip: &host_ip,
            over,
            now: self.view.now,
        };
        status::status(&self.pod, &facts)
    }

    /// Returns the node's own address.
    pub fn host_ip(&self) -> String {
        let machine = self.view.cloud.machines.get(&self.worker.node);
        machine.map(crate::cloud::Machine::address).unwrap_or_default()
    }

    /// Returns a container of the sandbox that is there now; one of an earlier sandbox is not it.
    pub fn container(&self, name: &str) -> Option<&Container> {
        let cell = self.cell?;
        cell.container(name)
            .filter(|container| container.started_at >= cell.ready_at)
    }

    /// Begins the end of a pod.
    pub fn begin_stop(&mut self, why: Option<(Text, Text)>) {
        let now = self.now();
        let grace_ms = self.grace_ms();
        self.worker.stop.get_or_insert_with(|| {
            Box::new(Stop {
                began: now,
                deadline: now + grace_ms,
                why,
                asked: Vec::new(),
                hooked: Vec::new(),
                killed: Vec::new(),
            })
        });
        self.stop();
    }

    /// Asks for a deed on the machine.
    pub fn deed(&mut self, deed: Deed) {
        self.effects.push(Effect::Deed(Arc::clone(&self.worker.node), deed));
    }

    /// Asks to come back.
    pub fn wake_at(&mut self, at: Time) {
        self.effects.push(Effect::WakeAt(self.pod.key(), at));
    }

    /// Lets the kubelet look at its node.
    pub fn wake_node(&mut self) {
        let key = Key::cluster(Kind::Node, Arc::clone(&self.worker.node));
        self.effects.push(Effect::WakeAt(key, self.view.now));
    }

    /// Says something of the pod.
    pub fn say(&mut self, warning: bool, reason: impl Into<Text>, message: impl Into<String>) {
        self.say_of(warning, reason, message, "".into());
    }

    /// Says something of a container.
    pub fn say_of(&mut self, warning: bool, reason: impl Into<Text>, message: impl Into<String>, field: Text) {
        let about = ObjectReference {
            field_path: field,
            ..Pod::clone(&self.pod).into_object().reference()
        };
        self.effects.push(Effect::Event(EventNote {
            about,
            warning,
            reason: reason.into(),
            message: message.into(),
            component: None,
            host: Arc::clone(&self.worker.node),
        }));
    }
}

/// Returns errors as Go joins them.
fn names_of_errors(whys: &[String]) -> String {
    match whys {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}

/// Returns what the names of a pod are made of.
fn names(pod: &Pod) -> Names {
    let spec = &pod.spec;
    let texts = |value: &serde_json::Value| -> Vec<String> {
        let all = value.as_array().into_iter().flatten();
        all.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let aliases = spec.rest.get("hostAliases").and_then(|aliases| aliases.as_array());
    let aliases = aliases.into_iter().flatten().filter_map(|alias| {
        let ip = alias.get("ip")?.as_str()?.to_owned();
        Some((ip, alias.get("hostnames").map(texts).unwrap_or_default()))
    });
    // A pod in its machine's network asks as the machine does, unless it is told otherwise (pkg/kubelet/network/dns).
    let outside = match &*spec.dns_policy {
        "ClusterFirst" => spec.host_network,
        "ClusterFirstWithHostNet" => false,
        _ => true,
    };
    Names {
        subdomain: spec.subdomain.clone(),
        outside,
        aliases: aliases.collect(),
    }
}

/// Returns what a pod takes of its node.
pub fn share_of(pod: &Pod) -> Share {
    Share {
        cpu_milli: pod.spec.request("cpu").as_milli(),
        memory: pod.spec.request("memory").value(),
        pods: 1,
    }
}

/// Returns a number that tells statuses apart.
pub fn fingerprint(status: &PodStatus) -> u64 {
    // Its keys are fixed, so the same status has the same number in every run.
    FixedState::default().hash_one(status)
}
