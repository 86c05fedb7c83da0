//! A container with a server and a shell in it: the world that the scripts are played in.

use pglab::api::{Text, Time};
use pglab::cloud::disk::Disk;
use pglab::programs::files::Files;
use pglab::programs::outcome::Env;
use pglab::programs::postgres::{Birth, Denial, Durations, Image, Layout, Login, Origin, Postgres, SessionId};
use pglab::programs::psql::{self, Network, Place, Target, Unreachable};
use pglab::programs::runtime::{Dead, Signal};
use pglab::programs::shell::{Dialect, Has, Page, Shell, Surroundings};
use pglab::programs::sql::{Answer, Moment};

/// A container with a server of PostgreSQL 15 in it, and a shell beside that.
pub(super) struct Room {
    disk: Disk,
    pub(super) server: Postgres,
    now_ms: u64,
}

impl Room {
    pub(super) fn new() -> Self {
        let mut disk = Disk::empty(1 << 30);
        let mut now_ms = 1_767_225_600_000;
        let env: Env = [("POSTGRES_PASSWORD", "x"), ("POSTGRES_DB", "shop")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let mut files = Files::new(&mut disk);
        let birth = Birth {
            image: Image::from_tag(Layout::Official, "15.18").expect("pglab knows this tag"),
            env: &env,
            args: &[],
            durations: Durations::default(),
            pid: 1,
            alive: &[],
        };
        let mut server = Postgres::start(&birth, &mut files, now_ms);
        now_ms += 10_000;
        server.advance(&mut files, now_ms);
        files.mkdir_all("/tmp").expect("the disk has room");
        Self { disk, server, now_ms }
    }

    fn env() -> Env {
        [("PGUSER".to_owned(), "postgres".to_owned())].into()
    }

    /// Plays a script on psql's standard input and returns what a terminal shows.
    pub(super) fn psql(&mut self, script: &str) -> String {
        let words: Vec<String> = "psql -X -a -U postgres -d shop".split(' ').map(str::to_owned).collect();
        let mut shown = String::new();
        self.client(&mut |files, network| {
            let place = Place {
                env: &Self::env(),
                stdin: script,
                cwd: "/tmp",
                files,
                network,
            };
            shown = psql::run(&words, place).terminal();
        });
        shown
    }

    /// Runs a command line and returns what a terminal shows.
    pub(super) fn call(&mut self, line: &str) -> String {
        let env = Self::env();
        match Shell::new(&format!("cd /tmp; {line}"), &[], &env, Dialect::Dash) {
            Ok(mut shell) => shell.run(self).terminal(),
            Err(words) => words,
        }
    }
}

/// The way from the shell to the server beside it.
struct Wire<'a, 'f> {
    server: &'a mut Postgres,
    files: &'a mut Files<'f>,
    now_ms: &'a mut u64,
}

impl Network for Wire<'_, '_> {
    fn connect(&mut self, target: &Target) -> Result<SessionId, Unreachable> {
        if target.port != 5432 {
            return Err(Unreachable::NoSocket);
        }
        let login = Login {
            user: target.user.clone(),
            database: target.database.clone(),
            password: target.password.clone(),
            origin: Origin::Socket,
            server_ip: None,
            application: target.application.clone(),
        };
        self.server
            .connect(&login, self.files, Moment::at_ms(*self.now_ms, 1))
            .map_err(|denial| match denial {
                Denial::NoPassword => Unreachable::NoPassword { ip: None },
                Denial::Said(report) => Unreachable::Denied { ip: None, report },
            })
    }

    fn address(&self, _: SessionId) -> Option<String> {
        None
    }

    fn server_version(&self, _: SessionId) -> String {
        self.server.image().server_version()
    }

    fn query(&mut self, session: SessionId, sql: &str) -> Option<Answer> {
        *self.now_ms += 10;
        self.server
            .run(session, sql, self.files, Moment::at_ms(*self.now_ms, *self.now_ms))
    }

    fn copy_in(&mut self, session: SessionId, data: &str) -> Option<Answer> {
        *self.now_ms += 10;
        self.server
            .copy_in(session, data, self.files, Moment::at_ms(*self.now_ms, *self.now_ms))
    }

    fn close(&mut self, session: SessionId) {
        self.server.close(session, *self.now_ms);
    }
}

impl Surroundings for Room {
    fn files(&mut self, act: &mut dyn FnMut(&mut Files<'_>)) {
        act(&mut Files::new(&mut self.disk));
    }

    fn client(&mut self, act: &mut dyn FnMut(&mut Files<'_>, &mut dyn Network)) {
        // What the client writes and what the server writes are kept apart: a copy each, of one disk.
        let mut scratch = self.disk.clone();
        let before = scratch.clone();
        {
            let mut server_files = Files::new(&mut self.disk);
            let mut wire = Wire {
                server: &mut self.server,
                files: &mut server_files,
                now_ms: &mut self.now_ms,
            };
            act(&mut Files::new(&mut scratch), &mut wire);
        }
        let (after, before) = (Files::new(&mut scratch), before);
        let mut before = before;
        let old = Files::new(&mut before);
        let mut written = Vec::new();
        for name in after.list("/tmp").unwrap_or_default() {
            let path = format!("/tmp/{name}");
            let bytes = after.read(&path).ok();
            if bytes != old.read(&path).ok() {
                written.push((path, bytes));
            }
        }
        let mut files = Files::new(&mut self.disk);
        for (path, bytes) in written {
            if let Some(bytes) = bytes {
                files.write(&path, &bytes).expect("the disk has room");
            }
        }
    }

    fn now(&mut self) -> Time {
        Time::EPOCH
    }

    fn draw(&mut self) -> u64 {
        7
    }

    fn identity(&self) -> (String, String) {
        ("pg-0".to_owned(), "10.244.0.2".to_owned())
    }

    fn has(&self, _: &str) -> Has {
        Has::Yes
    }

    fn resolve(&mut self, _: &str) -> Option<Vec<Text>> {
        None
    }

    fn knock(&mut self, _: &str, _: u16) -> Result<(), Dead> {
        Err(Dead::UnknownHost)
    }

    fn http(&mut self, _: &str, _: u16, _: &str, _: &str) -> Result<Page, Dead> {
        Err(Dead::UnknownHost)
    }

    fn cache(&mut self, _: &str, _: u16, _: &[String]) -> Result<Option<String>, Dead> {
        Err(Dead::UnknownHost)
    }

    fn processes(&self) -> Vec<(u32, String)> {
        Vec::new()
    }

    fn kill(&mut self, _: u32, _: Signal) -> bool {
        false
    }
}
