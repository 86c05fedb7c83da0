//! Driving what runs: programs are taken out of their container to act, and what has become of it is taken note of.

use super::Runtime;
use super::container::{Container, Exit, Hook};
use super::deed::{Wake, Whom};
use super::ground::Ground;
use super::host::Cell;
use super::image::{Rule, full_name, matches};
use super::inside::Inside;
use super::mounts::with_files;
use super::program::{Program, to_ms};
use super::reach::Far;
use crate::api::container::LifecycleHandler;
use crate::api::{Time, Uid};
use crate::programs::files::Files;
use crate::programs::outcome::{Outcome, Stream};
use crate::programs::postgres::LogLine;
use crate::programs::shell::{self, Shell, Surroundings};

/// What containerd 2 and runc say before the reason why a command cannot be started.
const CANNOT_EXEC: &str = "OCI runtime exec failed: exec failed: unable to start container process: ";

/// How often programs may set one another going at one instant.
const ROUNDS: usize = 100;

impl Runtime {
    /// Lets a program act with the files of its container; None when it is not there any more.
    pub(super) fn with_program<R>(
        &mut self,
        ground: &mut Ground<'_>,
        far: &Far,
        act: impl FnOnce(&mut Program, &mut Files<'_>) -> R,
    ) -> Option<(R, Vec<Wake>)> {
        let container = self.container_mut(&far.node, far.pod, far.container)?;
        let before = container.version;
        let process = container.process_mut(far.pid)?;
        let mut program = std::mem::replace(&mut process.program, Program::AWAY);
        let host = self.hosts.get_mut(&far.node)?;
        let result = with_files(host, ground, &far.node, far.pod, far.container, |files| {
            act(&mut program, files)
        });
        self.put_back(&far.node, far.pod, far.container, far.pid, program);
        let wakes = self.go_on(ground, &far.node, far.pod, far.container, before);
        Some((result?, wakes))
    }

    fn put_back(&mut self, node: &str, pod: Uid, place: usize, pid: u32, program: Program) {
        let container = self.container_mut(node, pod, place);
        if let Some(process) = container.and_then(|container| container.process_mut(pid)) {
            process.program = program;
        }
    }

    /// Lets everything that is due in a container happen, and returns who is to be called; the kubelet is, when the
    /// container's version has left `before`.
    pub(super) fn go_on(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        place: usize,
        before: u32,
    ) -> Vec<Wake> {
        let mut wakes = Vec::new();
        let mut moved = false;
        for _ in 0..ROUNDS {
            self.settle(ground.now, node, pod, place);
            let Some(container) = self.container_mut(node, pod, place).filter(|c| c.is_running()) else {
                break;
            };
            let now = ground.now;
            let due = container.processes.iter().find(|process| {
                let due = process.program.due().is_some_and(|due| due <= now);
                due && process.program.exit(now).is_none()
            });
            let Some(pid) = due.map(|process| process.pid) else {
                break;
            };
            let process = container.process_mut(pid).expect("it was just found");
            let program = std::mem::replace(&mut process.program, Program::AWAY);
            let is_database = matches!(program, Program::Postgres(_));
            let program = match program {
                Program::Script(mut script) => {
                    moved = true;
                    let mut next = None;
                    if let Some(mut inside) = Inside::new(self, ground, node, pod, place) {
                        next = script.go(&mut inside);
                        wakes.append(&mut inside.wakes);
                    }
                    next.unwrap_or(Program::Script(script))
                }
                mut server => {
                    let host = self.hosts.get_mut(node).expect("its container was just there");
                    with_files(host, ground, node, pod, place, |files| server.advance(files, now));
                    server
                }
            };
            self.put_back(node, pod, place, pid, program);
            if is_database {
                wakes.extend(self.first_scripts(ground, node, pod, place, pid));
            }
        }
        if moved {
            // A script may have written anything, on volumes that it shares with the containers beside it.
            self.stir(node, pod);
        }
        let changed = self.version(node, pod, place) != before;
        wakes.extend(self.wakes_of(node, pod, ground.now, changed));
        wakes
    }

    /// Lays a rule down for the images of a pattern, or takes it away. What runs of them may answer otherwise from now on:
    /// returns which pods are to be looked at.
    pub fn tell_images(&mut self, pattern: &str, rule: Option<Rule>, now: Time) -> Vec<Wake> {
        self.images.set(pattern, rule);
        let mut wakes = Vec::new();
        for cell in self.hosts.values_mut().flat_map(|host| host.pods.values_mut()) {
            let mut meant = false;
            for container in &mut cell.containers {
                let image = &container.spec().image;
                if matches(pattern, image) || matches(pattern, &full_name(image)) {
                    container.version += 1;
                    meant = true;
                }
            }
            if meant {
                wakes.push(Wake::pod(cell.sandbox.key.clone(), now));
            }
        }
        wakes
    }

    /// Makes every container of a pod worth asking again.
    fn stir(&mut self, node: &str, pod: Uid) {
        let cell = self.hosts.get_mut(node).and_then(|host| host.pods.get_mut(&pod));
        for container in cell.into_iter().flat_map(|cell| &mut cell.containers) {
            let spec = container.spec();
            let asked = spec.readiness_probe.is_some() || spec.liveness_probe.is_some() || spec.startup_probe.is_some();
            container.version += u32::from(asked);
        }
    }

    /// Takes note of what has become of a container's processes: their words, their ends.
    fn settle(&mut self, now: Time, node: &str, pod: Uid, place: usize) {
        let Some(container) = self.container_mut(node, pod, place).filter(|c| c.is_running()) else {
            return;
        };
        let mut lines = Vec::new();
        let mut pulse = 0u8;
        for process in &mut container.processes {
            match &mut process.program {
                Program::Postgres(server) => lines.extend(server.take_log()),
                Program::Cache(cache) => {
                    let words = cache.take_words();
                    lines.extend(words.into_iter().map(|words| log_line(now, process.pid, &words)));
                }
                Program::Idle(_) | Program::Web(_) | Program::Script(_) => (),
            }
            pulse = pulse.wrapping_mul(31).wrapping_add(process.program.pulse());
        }
        if !lines.is_empty() {
            container.write_lines(lines);
        }
        if container.pulse != pulse {
            container.pulse = pulse;
            container.version += 1;
        }
        if let Some((code, at)) = container.processes.first().and_then(|first| first.program.exit(now)) {
            // With process 1 all the others go.
            return container.end(Exit::new(code, at));
        }
        let ended: Vec<(u32, i32)> = container
            .processes
            .iter()
            .filter_map(|process| Some((process.pid, process.program.exit(now)?.0)))
            .collect();
        for (pid, code) in ended {
            container.processes.retain(|process| process.pid != pid);
            for process in &mut container.processes {
                if let Program::Script(script) = &mut process.program
                    && script.awaits() == Some(pid)
                {
                    script.child_ended(code);
                }
            }
        }
    }

    /// Returns the calls that a pod's containers need: their machine when something is due, the kubelet when it should
    /// look.
    pub(super) fn wakes_of(&mut self, node: &str, pod: Uid, now: Time, look: bool) -> Vec<Wake> {
        let cell = self.hosts.get_mut(node).and_then(|host| host.pods.get_mut(&pod));
        let Some(cell) = cell else { return vec![] };
        let mut wakes = Vec::new();
        let due = cell.containers.iter().filter_map(Container::due).min();
        if cell.called_for != due {
            cell.called_for = due;
            wakes.extend(due.map(|at| Wake {
                at,
                whom: Whom::Machine(node.into()),
            }));
        }
        if look {
            wakes.push(Wake::pod(cell.sandbox.key.clone(), now));
        }
        wakes
    }

    /// Runs a command in a container to its end; also says whether it asked anything outside of the pod.
    pub(super) fn run_inside(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        place: usize,
        command: &[String],
        stdin: &str,
    ) -> Option<(Outcome, Vec<Wake>, bool)> {
        let before = self.version(node, pod, place);
        let mut inside = Inside::new(self, ground, node, pod, place)?;
        let Some(name) = command.first() else {
            return Some((Outcome::default(), vec![], false));
        };
        let env = inside.env();
        let mut outcome = match inside.cannot_run(name) {
            None => Shell::direct(command, &env).with_input(stdin).run(&mut inside),
            Some(why) => {
                let mut outcome = Outcome::default();
                outcome.err(&format!("{CANNOT_EXEC}{why}\n"));
                outcome.code = 127;
                outcome
            }
        };
        outcome.code &= 255;
        let (mut wakes, wandered) = (std::mem::take(&mut inside.wakes), inside.wandered);
        wakes.extend(self.go_on(ground, node, pod, place, before));
        Some((outcome, wakes, wandered))
    }

    /// Runs a hook, and takes note of what became of it.
    pub(super) fn hook(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        name: &str,
        handler: &LifecycleHandler,
    ) -> Vec<Wake> {
        let now = ground.now;
        let Some(place) = self.place(node, pod, name) else {
            return vec![];
        };
        let mut hook = Hook {
            ends_at: now,
            found: Ok(()),
        };
        let mut wakes = Vec::new();
        // What a command would say in an image that nobody knows is taken to be well.
        let stands_in = self
            .cell(node, pod)
            .is_some_and(|cell| cell.containers[place].is_idle());
        if let Some(exec) = &handler.exec {
            if let Some((outcome, more, _)) = self.run_inside(ground, node, pod, place, &exec.command, "") {
                wakes = more;
                hook.ends_at = now + i64::try_from(outcome.busy_ms).unwrap_or(i64::MAX / 4);
                if outcome.code != 0 && !stands_in {
                    let said = outcome.terminal();
                    hook.found = Err(format!("command exited with {}: {}", outcome.code, said.trim_end()));
                }
            }
        } else if let Some(sleep) = &handler.sleep {
            hook.ends_at = now + sleep.seconds.max(0).saturating_mul(1000);
        } else if let Some(http) = &handler.http_get {
            hook.found = self.http_get(ground, node, pod, place, http).map(drop);
        }
        if let Some(container) = self.container_mut(node, pod, place) {
            container.hook = Some(hook);
        }
        wakes.extend(self.wakes_of(node, pod, now, true));
        wakes
    }
}

impl Runtime {
    /// Returns why a command cannot even be started in a container; None when it can.
    pub(super) fn cannot_exec(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        place: usize,
        command: &[String],
    ) -> Option<String> {
        let mut inside = Inside::new(self, ground, node, pod, place)?;
        let why = inside.cannot_run(command.first()?)?;
        // Each attempt has a number of its own (internal/cri/util, `GenerateID`).
        let id: String = (0..4).map(|_| format!("{:016x}", (ground.draw)())).collect();
        Some(format!(
            "failed to exec in container: failed to start exec \"{id}\": {CANNOT_EXEC}{why}"
        ))
    }
}

impl Inside<'_, '_> {
    /// Returns what runc has against a command's first word, if it has something.
    fn cannot_run(&mut self, name: &str) -> Option<String> {
        let mut is_dir = false;
        self.files(&mut |files| is_dir = name.contains('/') && files.is_dir(name));
        if is_dir {
            return Some(format!("exec: \"{name}\": is a directory"));
        }
        let base = name.rsplit('/').next().unwrap_or(name);
        let known = shell::is_known_tool(base) && !shell::is_lacking_tool(base, self);
        if known || self.is_runnable(name) {
            return None;
        }
        let why = if name.contains('/') {
            format!("stat {name}: no such file or directory")
        } else {
            "executable file not found in $PATH".to_owned()
        };
        Some(format!("exec: \"{name}\": {why}"))
    }

    /// Says whether a word calls a file that is there, or a tool that this image may have.
    fn is_runnable(&mut self, name: &str) -> bool {
        let mut is_file = false;
        self.files(&mut |files| is_file = name.contains('/') && files.file(name).is_ok());
        is_file || self.has(name) == crate::programs::shell::Has::Perhaps
    }
}

fn log_line(now: Time, pid: u32, words: &str) -> LogLine {
    let at = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
    let time = jiff::fmt::strtime::format("%d %b %Y %H:%M:%S", &at).unwrap_or_default();
    LogLine {
        at_ms: to_ms(now),
        stream: Stream::Stdout,
        text: format!("{pid}:M {time}.{:03} {words}", now.0.rem_euclid(1000)),
    }
}

impl Cell {
    /// Returns the place of a container that runs.
    pub(super) fn running_place_of(&self, name: &str) -> Option<usize> {
        let place = self.place_of(name)?;
        self.containers[place].is_running().then_some(place)
    }
}
