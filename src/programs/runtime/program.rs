//! A process: one of the programs that pglab knows, or an idle one in place of those that it does not.

use super::deed::Signal;
use super::image::Image;
use super::script::Script;
use crate::api::Time;
use crate::programs::cache::Cache;
use crate::programs::files::Files;
use crate::programs::postgres::{self, Postgres, Readiness};
use crate::programs::web::Web;
use serde::{Deserialize, Serialize};

/// A process and its number in the container.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Process {
    /// The number: 1 is the first, whose end is the container's.
    pub pid: u32,
    /// What it runs.
    pub program: Program,
}

/// A program that runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Program {
    /// It does nothing that anybody could see.
    Idle(Idle),
    /// A PostgreSQL server, from its entrypoint on.
    Postgres(Box<Postgres>),
    /// A web server.
    Web(Box<Web>),
    /// A cache.
    Cache(Box<Cache>),
    /// A shell script, or a single command.
    Script(Box<Script>),
}

/// A process that only waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idle {
    /// When it ends, and with which exit code; None: when it is told to.
    pub ends: Option<(Time, i32)>,
    /// Whether it takes no notice of polite signals: as process 1 without a handler, which the kernel protects.
    pub deaf: bool,
}

/// What listens at a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ear {
    /// Nobody: connections are refused.
    Closed,
    /// Somebody takes connections.
    Open,
}

impl Program {
    /// Stands in the place of a program that was taken out to act.
    pub(super) const AWAY: Self = Self::Idle(Idle { ends: None, deaf: true });

    /// Returns when the program will next do something by itself.
    pub fn due(&self) -> Option<Time> {
        match self {
            Self::Idle(idle) => idle.ends.map(|(at, _)| at),
            Self::Postgres(server) => server.due_ms().map(from_ms),
            Self::Web(_) => None,
            Self::Cache(cache) => cache.due(),
            Self::Script(script) => script.due(),
        }
    }

    /// Returns the exit code and the instant of the end, once it is over.
    pub fn exit(&self, now: Time) -> Option<(i32, Time)> {
        match self {
            Self::Idle(idle) => idle.ends.filter(|(at, _)| *at <= now).map(|(at, code)| (code, at)),
            Self::Postgres(server) => server.exit().map(|(code, at)| (code, from_ms(at))),
            Self::Web(web) => web.stopped.map(|(at, code)| (code, at)),
            Self::Cache(cache) => cache.stopped.map(|(at, code)| (code, at)),
            Self::Script(script) => script.exit(),
        }
    }

    /// Returns a number that changes when a probe may find something else.
    pub fn pulse(&self) -> u8 {
        match self {
            Self::Postgres(server) => readiness_number(server, true) * 3 + readiness_number(server, false),
            Self::Idle(_) | Self::Web(_) | Self::Cache(_) | Self::Script(_) => 0,
        }
    }

    /// Lets time pass for a server; scripts go on by themselves.
    pub fn advance(&mut self, files: &mut Files<'_>, now: Time) {
        match self {
            Self::Idle(_) | Self::Web(_) | Self::Script(_) => (),
            Self::Postgres(server) => server.advance(files, to_ms(now)),
            Self::Cache(cache) => cache.advance(files, now),
        }
    }

    /// Takes a signal; `first` says whether it is process 1, which is spared those for which it has no handler.
    pub fn signal(&mut self, signal: Signal, first: bool, files: &mut Files<'_>, now: Time) {
        match self {
            Self::Idle(idle) => match signal {
                Signal::Kill => idle.ends = Some((now, 137)),
                Signal::Hup => (),
                _ if idle.deaf && first => (),
                // A program that nobody here knows is taken for a well-behaved one.
                _ => idle.ends = Some((now, 0)),
            },
            Self::Postgres(server) => {
                let signal = match signal {
                    Signal::Stop => server.image().stop_signal(),
                    Signal::Term => postgres::Signal::Term,
                    Signal::Int => postgres::Signal::Int,
                    Signal::Quit => postgres::Signal::Quit,
                    Signal::Hup => postgres::Signal::Hup,
                    Signal::Kill => postgres::Signal::Kill,
                };
                server.signal(signal, files, to_ms(now));
            }
            Self::Web(web) => match signal {
                Signal::Kill => web.stopped = Some((now, 137)),
                Signal::Hup => (),
                _ => web.stopped = Some((now, 0)),
            },
            Self::Cache(cache) => match signal {
                Signal::Kill => cache.stopped = Some((now, 137)),
                Signal::Hup => (),
                _ => cache.stop(files, now),
            },
            Self::Script(script) => {
                let (name, number) = match signal {
                    Signal::Kill => return script.end(137, now),
                    Signal::Stop | Signal::Term => ("TERM", 15),
                    Signal::Int => ("INT", 2),
                    Signal::Quit => ("QUIT", 3),
                    Signal::Hup => ("HUP", 1),
                };
                script.signal(name, number, first, now);
            }
        }
    }

    /// Says who listens at a port of one of the pod's addresses.
    pub fn ear(&self, address: &str, port: u16) -> Ear {
        let open = match self {
            Self::Idle(_) | Self::Script(_) => false,
            Self::Postgres(server) => server.hears(address, port),
            Self::Web(web) => web.port == port,
            Self::Cache(cache) => cache.port == port,
        };
        if open { Ear::Open } else { Ear::Closed }
    }

    /// Returns the port at which the program listens, for others or only for its own pod.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Idle(_) | Self::Script(_) => None,
            Self::Postgres(server) => Some(server.port()),
            Self::Web(web) => Some(web.port),
            Self::Cache(cache) => Some(cache.port),
        }
    }

    /// Returns the words that `ps` shows.
    pub fn title(&self, image: &Image) -> String {
        match self {
            Self::Idle(_) => format!("({})", image.full),
            Self::Postgres(_) => "postgres".to_owned(),
            Self::Web(_) => "nginx: master process".to_owned(),
            Self::Cache(cache) => format!("redis-server *:{}", cache.port),
            Self::Script(_) => "sh".to_owned(),
        }
    }
}

fn readiness_number(server: &Postgres, through_socket: bool) -> u8 {
    match server.readiness(through_socket) {
        Readiness::Silent => 0,
        Readiness::Rejecting => 1,
        Readiness::Accepting => 2,
    }
}

/// Returns an instant as the servers count it.
pub(super) fn to_ms(now: Time) -> u64 {
    u64::try_from(now.0).unwrap_or_default()
}

fn from_ms(ms: u64) -> Time {
    Time(i64::try_from(ms).unwrap_or(i64::MAX))
}
