//! The lines from a client to servers: a container's, or those of somebody outside the cluster.
//!
//! For psql and its kin this is the network. A session holds on to one start of one server: when that process has ended,
//! or the way there is cut, nothing comes back any more.

use super::Runtime;
use super::deed::Wake;
use super::ground::{Ground, Place};
use super::program::{Program, to_ms};
use super::reach::{Dead, Far, leads};
use crate::programs::files::Files;
use crate::programs::postgres::{Denial, Login, Origin, Postgres, Readiness, SessionId};
use crate::programs::psql::{Network, Target, Unreachable, Wire};
use crate::programs::sql::{Answer, Moment, Report};
use std::sync::Arc;

/// How long TCP tries to connect where no limit is set, in milliseconds (Linux, `tcp_syn_retries` 6).
const TCP_PATIENCE_MS: u64 = 130_000;

/// What a client has of the world: the servers, and where it stands itself.
pub struct Line<'r, 'g> {
    runtime: &'r mut Runtime,
    ground: &'r mut Ground<'g>,
    from: Place,
    /// The client's own container, where it has one: its socket is there.
    own: Option<usize>,
    wires: Vec<Wire>,
    wakes: Vec<Wake>,
    went_out: bool,
}

impl<'r, 'g> Line<'r, 'g> {
    /// Makes the line of somebody who stands at `from`, in the container at `own` of that pod if it is a pod.
    pub fn new(runtime: &'r mut Runtime, ground: &'r mut Ground<'g>, from: Place, own: Option<usize>) -> Self {
        Self {
            runtime,
            ground,
            from,
            own,
            wires: Vec::new(),
            wakes: Vec::new(),
            went_out: false,
        }
    }

    /// Returns whom the machines want to be called, because of what was done over this line.
    pub fn take_wakes(&mut self) -> Vec<Wake> {
        std::mem::take(&mut self.wakes)
    }

    fn moment(&mut self) -> Moment {
        Moment::at_ms(to_ms(self.ground.now), (self.ground.draw)())
    }

    /// Does something with a server and its files; None when the process has ended.
    fn with_server<R>(&mut self, far: &Far, act: impl FnOnce(&mut Postgres, &mut Files<'_>, Moment) -> R) -> Option<R> {
        let moment = self.moment();
        if let Place::Pod { uid, .. } = &self.from
            && *uid != far.pod
        {
            self.went_out = true;
        }
        let (result, wakes) = self
            .runtime
            .with_program(self.ground, far, |program, files| match program {
                Program::Postgres(server) => Some(act(server, files, moment)),
                _ => None,
            })?;
        self.wakes.extend(wakes);
        result
    }

    /// Lets a server answer; where its disk is slow, the answer comes late.
    fn answered(
        &mut self,
        far: &Far,
        act: impl FnOnce(&mut Postgres, &mut Files<'_>, Moment) -> Option<Answer>,
    ) -> Option<Answer> {
        let wait_ms = u64::try_from(self.ground.settings.slow_disk_io).unwrap_or_default();
        self.with_server(far, |server, files, moment| {
            server.at_its_pace(files, wait_ms, |server, files| act(server, files, moment))
        })?
    }

    /// Says whether anybody outside of the client's own pod was asked, or nobody was found.
    pub fn went_out(&self) -> bool {
        self.went_out
    }

    /// Opens a session with the server at the far end.
    fn open(&mut self, far: Far, origin: Origin, target: &Target) -> Result<SessionId, Unreachable> {
        let ip = (origin != Origin::Socket).then(|| far.address.to_string());
        let login = Login {
            user: target.user.clone(),
            database: target.database.clone(),
            password: target.password.clone(),
            origin,
            server_ip: ip.clone(),
            application: target.application.clone(),
        };
        let opened = self.with_server(&far, |server, files, moment| server.connect(&login, files, moment));
        let attempt = self
            .runtime
            .cell(&far.node, far.pod)
            .and_then(|cell| cell.containers.get(far.container))
            .map_or(0, |container| container.attempt);
        match opened {
            // Whatever listens there, it does not speak PostgreSQL's protocol.
            None => Err(Unreachable::Denied {
                ip,
                report: Report::fatal("08P01", "server closed the connection unexpectedly"),
            }),
            Some(Ok(session)) => Ok(self.resume(Wire {
                node: far.node,
                pod: far.pod,
                container: far.container,
                pid: far.pid,
                attempt,
                session,
                address: ip,
            })),
            Some(Err(Denial::NoPassword)) => Err(Unreachable::NoPassword { ip }),
            Some(Err(Denial::Said(report))) => Err(Unreachable::Denied { ip, report }),
        }
    }

    /// Returns the server that listens at the socket of the client's own container.
    fn behind_socket(&self, port: u16) -> Option<Far> {
        let Place::Pod { node, uid, .. } = &self.from else {
            return None;
        };
        let place = self.own?;
        let container = self.runtime.cell(node, *uid)?.containers.get(place)?;
        let mut programs = container.programs();
        let (pid, _) = programs.find(|(_, program)| match program {
            Program::Postgres(server) => server.port() == port && server.readiness(true) != Readiness::Silent,
            _ => false,
        })?;
        Some(Far {
            node: Arc::clone(node),
            pod: *uid,
            container: place,
            pid,
            address: "".into(),
        })
    }

    /// Returns the far end of a session, if its process still runs and the way there is open.
    fn far(&self, session: SessionId) -> Option<(Far, SessionId)> {
        let wire = self.wires.get(session.0 as usize)?;
        let container = self
            .runtime
            .cell(&wire.node, wire.pod)?
            .containers
            .get(wire.container)?;
        if container.attempt != wire.attempt || !leads(self.ground.cloud, &self.from, &wire.node) {
            return None;
        }
        let far = Far {
            node: Arc::clone(&wire.node),
            pod: wire.pod,
            container: wire.container,
            pid: wire.pid,
            address: wire.address.clone().unwrap_or_default().into(),
        };
        Some((far, wire.session))
    }
}

impl Network for Line<'_, '_> {
    fn connect(&mut self, target: &Target) -> Result<SessionId, Unreachable> {
        if target.host.is_empty() || target.host.starts_with('/') {
            let far = self.behind_socket(target.port).ok_or(Unreachable::NoSocket)?;
            return self.open(far, Origin::Socket, target);
        }
        let patience = match target.timeout_s {
            0 => TCP_PATIENCE_MS,
            seconds => seconds.saturating_mul(1000),
        };
        let far = self
            .runtime
            .find(self.ground, &self.from, &target.host, target.port)
            .inspect_err(|_| self.went_out = true)
            .map_err(|dead| match dead {
                Dead::UnknownHost => Unreachable::UnknownHost,
                Dead::Refused(ip) => Unreachable::Refused { ip: ip.into() },
                Dead::Lost(ip) => Unreachable::Timeout {
                    ip: ip.into(),
                    after_ms: patience,
                },
            })?;
        let loopback = far.address.starts_with("127.") || far.address == "::1";
        let origin = if loopback {
            Origin::Loopback
        } else {
            Origin::Network(self.from.ip().to_owned())
        };
        self.open(far, origin, target)
    }

    fn address(&self, session: SessionId) -> Option<String> {
        self.wires.get(session.0 as usize)?.address.clone()
    }

    fn server_version(&self, session: SessionId) -> String {
        let far = self.far(session);
        match far.and_then(|(far, _)| self.runtime.program(&far)) {
            Some(Program::Postgres(server)) => server.image().server_version(),
            _ => String::new(),
        }
    }

    fn query(&mut self, session: SessionId, sql: &str) -> Option<Answer> {
        let (far, session) = self.far(session)?;
        self.answered(&far, |server, files, moment| server.run(session, sql, files, moment))
    }

    fn copy_in(&mut self, session: SessionId, data: &str) -> Option<Answer> {
        let (far, session) = self.far(session)?;
        self.answered(&far, |server, files, moment| {
            server.copy_in(session, data, files, moment)
        })
    }

    fn standing(&self, session: SessionId) -> (bool, &'static str) {
        let far = self.far(session);
        match far.and_then(|(far, session)| Some((self.runtime.program(&far)?, session))) {
            Some((Program::Postgres(server), session)) => server.standing(session),
            _ => (false, ""),
        }
    }

    fn hold(&self, session: SessionId) -> Option<Wire> {
        self.wires.get(session.0 as usize).cloned()
    }

    fn resume(&mut self, wire: Wire) -> SessionId {
        self.wires.push(wire);
        SessionId(self.wires.len() as u64 - 1)
    }

    fn close(&mut self, session: SessionId) {
        if let Some((far, session)) = self.far(session) {
            let now_ms = to_ms(self.ground.now);
            self.with_server(&far, |server, _, _| server.close(session, now_ms));
        }
    }
}
