//! Probes: how a container answers when it is asked whether it is well.

use super::Runtime;
use super::container::{Answer, Container};
use super::deed::{ProbeKind, Wake};
use super::ground::Ground;
use super::host::Cell;
use super::image::Rule;
use super::mounts::with_files;
use super::program::Program;
use crate::api::container::HttpGetAction;
use crate::api::{Probe, Uid};

impl Runtime {
    /// Asks a container, and keeps the answer in it.
    pub(super) fn probe(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        name: &str,
        kind: ProbeKind,
        probe: &Probe,
    ) -> Vec<Wake> {
        let Some(place) = self.cell(node, pod).and_then(|cell| cell.running_place_of(name)) else {
            return vec![];
        };
        let container = &self.cell(node, pod).expect("it was just there").containers[place];
        let (image, stands_in) = (&container.spec().image, container.is_idle());
        let never = kind == ProbeKind::Readiness && self.images.of(image) == Some(&Rule::NeverReady);
        let (mut wakes, mut lasting) = (Vec::new(), true);
        let found = if never {
            Err("pglab: its image was set to be never ready".to_owned())
        } else if let Some(exec) = &probe.exec {
            let asked = self.run_inside(ground, node, pod, place, &exec.command, "");
            let Some((outcome, more, wandered)) = asked else {
                return vec![];
            };
            (wakes, lasting) = (more, !wandered);
            // Nobody knows what a command says of an unknown program, nor at which files it looks: well is taken for granted.
            let limit_ms = u64::try_from(probe.timeout_seconds.max(1)).unwrap_or(1) * 1000;
            if stands_in {
                Ok(())
            } else if outcome.busy_ms >= limit_ms {
                let command = exec.command.join(" ");
                Err(format!(
                    "command timed out: \"{command}\" timed out after {}s",
                    probe.timeout_seconds.max(1)
                ))
            } else if outcome.code == 0 {
                Ok(())
            } else {
                Err(outcome.terminal())
            }
        } else if let Some(http) = &probe.http_get {
            self.http_get(ground, node, pod, place, http)
                .and_then(|status| match status {
                    200..400 => Ok(()),
                    status => Err(format!("HTTP probe failed with statuscode: {status}")),
                })
        } else {
            let cell = self.cell(node, pod).expect("it was just there");
            knock(cell, &cell.containers[place], probe)
        };
        // An exec probe may have ended the container that it asked.
        if let Some(container) = self.container_mut(node, pod, place) {
            let version = container.version;
            container.keep(Answer {
                kind,
                at: ground.now,
                found,
                version,
                lasting,
            });
        }
        wakes
    }

    /// Asks a container as a probe would, and returns the answer; None when it does not run. What the question changes stays:
    /// ask a copy.
    pub fn would_answer(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        name: &str,
        kind: ProbeKind,
        probe: &Probe,
    ) -> Option<Result<(), String>> {
        self.probe(ground, node, pod, name, kind, probe);
        Some(self.container(node, pod, name)?.answer(kind)?.found.clone())
    }

    /// Asks for a page in a pod; returns the status code, or why there is none.
    pub(super) fn http_get(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        place: usize,
        http: &HttpGetAction,
    ) -> Result<u16, String> {
        let gone = || "connection refused".to_owned();
        let cell = self.cell(node, pod).ok_or_else(gone)?;
        let container = cell.containers.get(place).ok_or_else(gone)?;
        let port = container.spec().number_of(&http.port)?;
        let (host, scheme) = (host(cell, &http.host).to_owned(), http.scheme.to_lowercase());
        let slash = if http.path.starts_with('/') { "" } else { "/" };
        let path = format!("{slash}{}", http.path);
        let url = format!("{scheme}://{host}:{port}{path}");
        reach(cell, &host, port).map_err(|why| format!("Get \"{url}\": dial tcp {host}:{port}: {why}"))?;
        let web = cell.containers.iter().enumerate().find_map(|(place, container)| {
            let mut programs = container.programs();
            programs.find_map(|(_, program)| match program {
                Program::Web(web) if web.port == port => Some((place, web.clone())),
                _ => None,
            })
        });
        let is_idle = cell.containers.iter().any(Container::is_idle);
        match web {
            Some((place, web)) => {
                let now = ground.now;
                let host = self.hosts.get_mut(node).ok_or_else(gone)?;
                let page = with_files(host, ground, node, pod, place, |files| {
                    web.answer(files, "GET", &path, "", now).0
                });
                Ok(page.map_or(500, |page| page.status))
            }
            None if is_idle => Ok(200),
            None => Err(format!(
                "Get \"{url}\": net/http: HTTP/1.x transport connection broken: malformed HTTP response"
            )),
        }
    }
}

/// Knocks at the port that a probe names.
fn knock(cell: &Cell, container: &Container, probe: &Probe) -> Result<(), String> {
    if let Some(tcp) = &probe.tcp_socket {
        let port = container.spec().number_of(&tcp.port)?;
        let host = host(cell, &tcp.host);
        return reach(cell, host, port).map_err(|why| format!("dial tcp {host}:{port}: {why}"));
    }
    if let Some(grpc) = &probe.grpc {
        let port = u16::try_from(grpc.port).unwrap_or_default();
        return reach(cell, &cell.sandbox.ip, port).map_err(|_| {
            format!(
                "timeout: failed to connect service \"{}:{port}\" within {}s: context deadline exceeded",
                cell.sandbox.ip, probe.timeout_seconds
            )
        });
    }
    Ok(())
}

fn host<'a>(cell: &'a Cell, named: &'a str) -> &'a str {
    if named.is_empty() { &cell.sandbox.ip } else { named }
}

/// Says whether somebody in the pod listens at a port of an address. Nobody knows at which ports an unknown program
/// listens: all of them are taken for open.
fn reach(cell: &Cell, address: &str, port: u16) -> Result<(), &'static str> {
    if cell.containers.iter().any(Container::is_idle) || cell.listener(address, port).is_some() {
        Ok(())
    } else {
        Err("connect: connection refused")
    }
}
