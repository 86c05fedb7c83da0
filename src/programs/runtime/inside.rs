//! What a program inside a container can reach: its files, the processes beside it, and others over the network.

use super::Runtime;
use super::deed::{Signal, Wake};
use super::ground::{Ground, Place};
use super::host::Cell;
use super::image::{Brand, Image, Kind};
use super::line::Line;
use super::mounts::{Copies, with_files};
use super::names::API_SERVER;
use super::program::Program;
use super::reach::{Dead, Far};
use crate::api::{Text, Time, Uid};
use crate::programs::files::Files;
use crate::programs::outcome::{Env, Stream};
use crate::programs::psql::Network;
use crate::programs::shell::{Dialect, Has, Page, Surroundings};
use std::sync::Arc;

/// A container, seen from inside.
pub(super) struct Inside<'r, 'g> {
    pub runtime: &'r mut Runtime,
    pub ground: &'r mut Ground<'g>,
    pub node: Arc<str>,
    pub pod: Uid,
    pub place: usize,
    /// Whom the machines want to be called.
    pub wakes: Vec<Wake>,
    /// Whether anything was asked whose answer may differ the next time though nothing in the pod has changed.
    pub wandered: bool,
}

impl<'r, 'g> Inside<'r, 'g> {
    /// Steps into a container, if it is there.
    pub fn new(
        runtime: &'r mut Runtime,
        ground: &'r mut Ground<'g>,
        node: &str,
        pod: Uid,
        place: usize,
    ) -> Option<Self> {
        runtime.cell(node, pod)?.containers.get(place)?;
        Some(Self {
            runtime,
            ground,
            node: node.into(),
            pod,
            place,
            wakes: Vec::new(),
            wandered: false,
        })
    }

    fn cell(&self) -> &Cell {
        self.runtime
            .cell(&self.node, self.pod)
            .expect("it was there when somebody stepped in")
    }

    fn kind(&self) -> Kind {
        self.cell().containers[self.place].kind
    }

    /// Returns where connections come from.
    fn from(&self) -> Place {
        let sandbox = &self.cell().sandbox;
        Place::Pod {
            node: Arc::clone(&self.node),
            namespace: sandbox.key.namespace.clone(),
            uid: self.pod,
            ip: sandbox.ip.clone(),
        }
    }

    /// Returns the environment that a program sees: the container's, and what image and sandbox add.
    pub fn env(&self) -> Env {
        let cell = self.cell();
        let container = &cell.containers[self.place];
        let mut env = Env::clone(&container.env);
        let mut add = |name: &str, value: String| {
            env.entry(name.to_owned()).or_insert(value);
        };
        add(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        );
        add("HOSTNAME", cell.sandbox.hostname.to_string());
        add("HOME", "/root".to_owned());
        // The API server's own Service, which is in every container (pkg/kubelet/envvars).
        let url = format!("tcp://{API_SERVER}:443");
        add("KUBERNETES_SERVICE_HOST", API_SERVER.to_owned());
        add("KUBERNETES_SERVICE_PORT", "443".to_owned());
        add("KUBERNETES_SERVICE_PORT_HTTPS", "443".to_owned());
        add("KUBERNETES_PORT", url.clone());
        add("KUBERNETES_PORT_443_TCP", url);
        add("KUBERNETES_PORT_443_TCP_PROTO", "tcp".to_owned());
        add("KUBERNETES_PORT_443_TCP_PORT", "443".to_owned());
        add("KUBERNETES_PORT_443_TCP_ADDR", API_SERVER.to_owned());
        if let Kind::Postgres(image) = container.kind {
            add("PGDATA", image.default_pgdata());
            add("PG_MAJOR", image.major.to_string());
        }
        let directory = &container.spec().working_dir;
        let directory = match (directory.as_str(), container.kind) {
            ("", Kind::Cache(_)) => "/data",
            ("", _) => "/",
            (directory, _) => directory,
        };
        env.insert("PWD".to_owned(), directory.to_owned());
        env
    }

    /// Returns which shell `sh` is.
    pub fn dialect(&self, shell: &str) -> Dialect {
        dialect(&self.cell().containers[self.place].spec().image, shell)
    }

    /// Writes to the container's log.
    pub fn log(&mut self, said: &[(Stream, String)]) {
        let now = self.ground.now;
        if let Some(container) = self.runtime.container_mut(&self.node, self.pod, self.place) {
            for (stream, text) in said {
                container.write(now, *stream, text);
            }
        }
    }

    /// Finds who listens at a host and port.
    fn find(&mut self, host: &str, port: u16) -> Result<Far, Dead> {
        let from = self.from();
        let found = self.runtime.find(self.ground, &from, host, port);
        if found.as_ref().map(|far| far.pod) != Ok(self.pod) {
            self.wandered = true;
        }
        found
    }

    /// Takes the program at the far end out, lets it act with its files, and puts it back.
    fn with_program<R>(&mut self, far: &Far, act: impl FnOnce(&mut Program, &mut Files<'_>) -> R) -> Option<R> {
        let (result, wakes) = self.runtime.with_program(self.ground, far, act)?;
        self.wakes.extend(wakes);
        Some(result)
    }
}

impl Surroundings for Inside<'_, '_> {
    fn files(&mut self, act: &mut dyn FnMut(&mut Files<'_>)) {
        if let Some(host) = self.runtime.hosts.get_mut(&self.node) {
            with_files(host, self.ground, &self.node, self.pod, self.place, |files| act(files));
        }
    }

    fn client(&mut self, act: &mut dyn FnMut(&mut Files<'_>, &mut dyn Network)) {
        let from = self.from();
        let Some(host) = self.runtime.hosts.get_mut(&self.node) else {
            return;
        };
        let Some(before) = Copies::of(host, self.ground, &self.node, self.pod, self.place) else {
            return;
        };
        let mut copies = before.again();
        let cell = self.cell().clone();
        let mut line = Line::new(self.runtime, self.ground, from, Some(self.place));
        copies.lend(&cell, self.place, |files| act(files, &mut line));
        let (wakes, wandered) = (line.take_wakes(), line.went_out());
        self.wakes.extend(wakes);
        self.wandered |= wandered;
        if let Some(host) = self.runtime.hosts.get_mut(&self.node) {
            copies.bring_back(&before, host, self.ground, &self.node, self.pod, self.place);
        }
    }

    fn now(&mut self) -> Time {
        self.wandered = true;
        self.ground.now
    }

    fn draw(&mut self) -> u64 {
        self.wandered = true;
        (self.ground.draw)()
    }

    fn identity(&self) -> (String, String) {
        let sandbox = &self.cell().sandbox;
        (sandbox.hostname.to_string(), sandbox.ip.to_string())
    }

    fn has(&self, tool: &str) -> Has {
        has(&self.cell().containers[self.place].spec().image, self.kind(), tool)
    }

    fn resolve(&mut self, host: &str) -> Option<Vec<Text>> {
        self.wandered = true;
        let from = self.from();
        self.runtime.addresses(self.ground, &from, host)
    }

    fn name_of(&mut self, address: &str) -> Option<String> {
        self.wandered = true;
        self.ground.routes.name_of(address)
    }

    fn image(&self) -> String {
        self.cell().containers[self.place].spec().image.to_string()
    }

    fn knock(&mut self, host: &str, port: u16) -> Result<(), Dead> {
        self.find(host, port).map(drop)
    }

    fn http(&mut self, host: &str, port: u16, method: &str, path: &str) -> Result<Page, Dead> {
        let far = self.find(host, port)?;
        let (now, from) = (self.ground.now, self.from().ip().to_owned());
        let answered = self.with_program(&far, |program, files| match program {
            Program::Web(web) => Some(web.answer(files, method, path, &from, now)),
            _ => None,
        });
        match answered.flatten() {
            Some((page, line)) => {
                if let Some(container) = self.runtime.container_mut(&far.node, far.pod, far.container) {
                    container.write(now, Stream::Stdout, &line);
                }
                Ok(page)
            }
            // What stands in for a program that nobody here knows answers that all is well.
            None => Ok(Page {
                status: 200,
                server: String::new(),
                body: String::new(),
            }),
        }
    }

    fn cache(&mut self, host: &str, port: u16, words: &[String]) -> Result<Option<String>, Dead> {
        let far = self.find(host, port)?;
        let now = self.ground.now;
        let answer = self.with_program(&far, |program, files| match program {
            Program::Cache(cache) if cache.brand != Brand::Memcached => Some(cache.command(words, files, now)),
            _ => None,
        });
        Ok(answer.flatten())
    }

    fn processes(&self) -> Vec<(u32, String)> {
        let container = &self.cell().containers[self.place];
        let image = Image::of(&container.spec().image);
        container
            .programs()
            .map(|(pid, program)| (pid, program.title(&image)))
            .collect()
    }

    fn kill(&mut self, pid: u32, signal: Signal) -> bool {
        let container = &self.cell().containers[self.place];
        if !container.programs().any(|(known, _)| known == pid) {
            return false;
        }
        // The kernel spares process 1 what it has no handler for, SIGKILL above all.
        if pid == 1 && signal == Signal::Kill {
            return true;
        }
        let far = Far {
            node: Arc::clone(&self.node),
            pod: self.pod,
            container: self.place,
            pid,
            address: "".into(),
        };
        let now = self.ground.now;
        self.with_program(&far, |program, files| program.signal(signal, pid == 1, files, now));
        true
    }
}

/// Returns which shell a word means in an image.
pub(super) fn dialect(image: &str, shell: &str) -> Dialect {
    match shell {
        "bash" => Dialect::Bash,
        "ash" => Dialect::Busybox,
        _ if image.contains("busybox") || image.contains("alpine") => Dialect::Busybox,
        _ => Dialect::Dash,
    }
}

/// Says whether a tool is in an image.
pub(super) fn has(image: &str, kind: Kind, tool: &str) -> Has {
    let small = image.contains("busybox") || image.contains("alpine");
    let there = match kind {
        Kind::Unknown | Kind::Pause => return Has::Perhaps,
        _ if small && matches!(tool, "wget" | "nc" | "nslookup" | "ash") => true,
        _ if tool == "bash" => !small || image.contains("bash"),
        Kind::Postgres(_) => {
            tool.starts_with("pg_")
                || matches!(
                    tool,
                    "psql" | "postgres" | "createdb" | "dropdb" | "createuser" | "gosu" | "docker-entrypoint.sh"
                )
        }
        Kind::Web(..) => matches!(
            tool,
            "nginx" | "httpd" | "httpd-foreground" | "caddy" | "curl" | "docker-entrypoint.sh"
        ),
        Kind::Cache(Brand::Memcached) => matches!(tool, "memcached" | "docker-entrypoint.sh"),
        Kind::Cache(_) => {
            matches!(
                tool,
                "redis-cli" | "redis-server" | "valkey-cli" | "valkey-server" | "gosu" | "docker-entrypoint.sh"
            )
        }
        Kind::Shell => image.contains("curl") && tool == "curl",
    };
    if there { Has::Yes } else { Has::No }
}
