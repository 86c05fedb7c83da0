//! What people type to a database, against recordings of a real PostgreSQL 15.
//!
//! `tests/fixtures/sql/NAME.sql` is played through the simulator's own psql, `NAME.calls` through its own shell, and each
//! statement's output is held against what `record.sh` recorded: equal to the byte, or refused by name. The third
//! outcome, silently different, fails the test: but for the statements of `different.txt`, whose differences are known.
//! That list only gets shorter: a statement on it that has become equal fails the test too.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pglab::api::{Text, Time};
use pglab::cloud::disk::Disk;
use pglab::programs::files::Files;
use pglab::programs::outcome::Env;
use pglab::programs::postgres::{Birth, Denial, Durations, Image, Layout, Login, Origin, Postgres, SessionId};
use pglab::programs::psql::{self, Network, Place, Target, Unreachable};
use pglab::programs::runtime::{Dead, Signal};
use pglab::programs::shell::{Dialect, Has, Page, Shell, Surroundings};
use pglab::programs::sql::{Answer, Moment};

/// At least so many of a hundred statements are equal; whoever makes it better raises it.
const EQUAL_PERCENT_MIN: usize = 94;

/// A container with a server of PostgreSQL 15 in it, and a shell beside that.
struct Room {
    disk: Disk,
    server: Postgres,
    now_ms: u64,
}

impl Room {
    fn new() -> Self {
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
    fn psql(&mut self, script: &str) -> String {
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
    fn call(&mut self, line: &str) -> String {
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

/// Takes out of a recording, and out of what pglab says, all that cannot be equal by nature: and nothing else.
fn normal(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        // Who packaged the server: Debian, or the makers of the image; and the minor version of the compiler.
        let mut line = line.to_owned();
        while let Some((before, after)) = line
            .split_once("15.18 (Debian ")
            .map(|(before, after)| (before.to_owned(), after.to_owned()))
        {
            let rest = after.split_once(')').map_or("", |(_, rest)| rest);
            line = format!("{before}15.18{rest}");
        }
        line = line.replace("gcc (Debian 12.2.0-14+deb12u1)", "gcc (Debian 12.2.0-14)");
        // Where the data lies: a folder of the recorder, or the image's.
        line = line.replace("/var/lib/postgresql/data", "/var/run/postgresql/data");
        // pg_dump's key against injected commands is drawn anew each time.
        for word in ["\\restrict ", "\\unrestrict "] {
            if let Some(key) = line.strip_prefix(word) {
                assert_eq!(key.trim().len(), 63, "a key has 63 letters: {line}");
                line = format!("{word}KEY\n");
            }
        }
        out.push_str(&line);
    }
    // The width of these columns follows their one value, which was normalized above.
    for (folder, name) in [("/var/run/postgresql/data", "data_directory")] {
        if out.contains(folder) && out.contains(name) {
            out = out
                .lines()
                .map(|line| format!("{}\n", line.trim()))
                .collect::<String>()
                .replace("------------------------\n", "--\n")
                .replace("--------------------------\n", "--\n");
        }
    }
    out
}

/// A statement, with what was printed behind it.
struct Piece {
    text: String,
    output: String,
}

/// Cuts a script into statements: each ends with a line that ends with a semicolon, or begins with a backslash.
/// The data of a COPY belongs to it.
fn statements(script: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut echoed, mut data) = (String::new(), false);
    for line in script.lines() {
        if data {
            data = line != "\\.";
            continue;
        }
        echoed.push_str(line);
        echoed.push('\n');
        let lower = line.to_lowercase();
        data = lower.starts_with("copy ") && lower.contains("from stdin");
        if line.ends_with(';') || line.contains('\\') {
            found.push((line.to_owned(), std::mem::take(&mut echoed)));
        }
    }
    if !echoed.is_empty() {
        found.push((echoed.clone(), echoed));
    }
    found
}

/// Cuts an output with echoed lines at those lines.
fn pieces(script: &str, output: &str) -> Vec<Piece> {
    let statements = statements(script);
    let mut rest = output;
    let mut found = Vec::new();
    for (at, (_, echoed)) in statements.iter().enumerate() {
        let Some(behind) = rest.strip_prefix(echoed.as_str()) else {
            break;
        };
        let next = statements.get(at + 1).map(|(_, echoed)| echoed.as_str());
        let end = match next {
            Some(next) if behind.starts_with(next) => 0,
            Some(next) => behind.find(&format!("\n{next}")).map_or(behind.len(), |end| end + 1),
            None => behind.len(),
        };
        found.push(Piece {
            text: echoed.trim_end().to_owned(),
            output: behind[..end].to_owned(),
        });
        rest = &behind[end..];
    }
    found
}

/// What became of the statements.
#[derive(Default)]
struct Score {
    equal: usize,
    /// The statements that are known to differ, and have not yet been met.
    known: Vec<String>,
    /// Those of them that still do.
    still: usize,
    refused: Vec<String>,
    different: Vec<String>,
}

impl Score {
    fn count(&mut self, subject: &str, text: &str, expected: &str, got: &str) {
        let (expected, got) = (normal(expected), normal(got));
        if expected == got {
            self.equal += 1;
        } else if got.contains("pglab does not simulate") {
            let words = got.lines().find(|line| line.contains("pglab")).unwrap_or_default();
            self.refused.push(format!("{subject}: {text}\n      {words}"));
        } else if let Some(at) = self.known.iter().position(|known| {
            let line = text.lines().next().unwrap_or_default();
            *known == format!("{subject}: {line}")
        }) {
            self.known.remove(at);
            self.still += 1;
        } else {
            self.different.push(format!(
                "{subject}: {text}\n--- recorded\n{expected}--- pglab\n{got}---"
            ));
        }
    }
}

fn fixtures() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sql");
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(&folder).expect("the fixtures are there") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        found.insert(name.to_owned(), fs::read_to_string(&path).expect("a fixture is text"));
    }
    found
}

#[test]
fn statements_say_what_postgresql_says_or_are_refused_by_name() {
    let fixtures = fixtures();
    let only = std::env::var("PGLAB_SQL_ONLY").ok();
    let listed = fixtures["different.txt"].lines().filter(|line| !line.starts_with('#'));
    let mut score = Score {
        known: listed.map(str::to_owned).collect(),
        ..Score::default()
    };
    for (file, script) in &fixtures {
        let Some(subject) = file.strip_suffix(".sql") else {
            continue;
        };
        if only
            .as_ref()
            .is_some_and(|only| !only.split(',').any(|it| it == subject))
        {
            continue;
        }
        let mut room = Room::new();
        let shown = room.psql(script);
        let recorded = pieces(script, &fixtures[&format!("{subject}.out")]);
        let mut played = pieces(script, &shown).into_iter();
        for piece in &recorded {
            let got = played
                .next()
                .map_or("(nothing: psql has ended)\n".to_owned(), |it| it.output);
            score.count(subject, &piece.text, &piece.output, &got);
        }
        assert!(!recorded.is_empty(), "{subject} has no recording");
        let Some(calls) = fixtures.get(&format!("{subject}.calls")) else {
            continue;
        };
        let mut rest = fixtures[&format!("{subject}.calls.out")].as_str();
        let mut lines = calls.lines().peekable();
        while let Some(line) = lines.next() {
            let behind = rest
                .strip_prefix(&format!("$ {line}\n"))
                .expect("each call was recorded");
            let end = lines
                .peek()
                .map_or(behind.len(), |next| match behind.starts_with(&format!("$ {next}\n")) {
                    true => 0,
                    false => behind
                        .find(&format!("\n$ {next}\n"))
                        .map_or(behind.len(), |end| end + 1),
                });
            let got = room.call(line);
            score.count(subject, line, &behind[..end], &got);
            rest = &behind[end..];
        }
    }
    let (e, r, d) = (score.equal, score.refused.len(), score.different.len());
    let still = score.still;
    for refused in &score.refused {
        println!("refused {refused}");
    }
    for different in &score.different {
        println!("DIFFERENT {different}\n");
    }
    let all = e + r + d + still;
    println!("{all} statements: {e} equal, {r} refused by name, {d} different, {still} known to differ");
    assert_eq!(d, 0, "statements are silently different from PostgreSQL's");
    assert!(
        only.is_some() || score.known.is_empty(),
        "no longer different: {:#?}",
        score.known
    );
    assert!(only.is_some() || all >= 750, "statements were lost: {all}");
    let percent = e * 100 / all;
    assert!(percent >= EQUAL_PERCENT_MIN, "only {percent} % are equal");
}
