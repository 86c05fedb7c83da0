//! Stories of scripts, as manifests and people write them.

use super::*;
use crate::api::{Text, Time};
use crate::cloud::disk::Disk;
use crate::programs::files::Files;
use crate::programs::postgres::SessionId;
use crate::programs::psql::{Network, Target, Unreachable};
use crate::programs::runtime::{Dead, Signal};
use crate::programs::sql::{Answer, Report};

/// A container with one disk, and a server that is ready or not.
pub(super) struct Room {
    disk: Disk,
    ready: bool,
    known: bool,
}

impl Room {
    pub(super) fn new() -> Self {
        let mut disk = Disk::empty(1 << 20);
        for dir in ["/tmp", "/etc", "/data"] {
            disk.mkdir(dir).unwrap();
        }
        Self {
            disk,
            ready: true,
            known: true,
        }
    }

    fn run(&mut self, script: &str) -> Outcome {
        let env: Env = [("USER_NAME", "app"), ("EMPTY", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        match Shell::new(script, &[], &env, Dialect::Dash) {
            Ok(mut shell) => shell.run(self),
            Err(words) => {
                let mut outcome = Outcome::default();
                outcome.err(&words);
                outcome.code = 2;
                outcome
            }
        }
    }

    fn says(&mut self, script: &str) -> String {
        self.run(script).terminal()
    }
}

impl Surroundings for Room {
    fn files(&mut self, act: &mut dyn FnMut(&mut Files<'_>)) {
        act(&mut Files::new(&mut self.disk));
    }

    fn client(&mut self, act: &mut dyn FnMut(&mut Files<'_>, &mut dyn Network)) {
        act(&mut Files::new(&mut self.disk), &mut Door(self.ready));
    }

    fn now(&mut self) -> Time {
        Time::EPOCH
    }

    fn draw(&mut self) -> u64 {
        7
    }

    fn identity(&self) -> (String, String) {
        ("db-0".to_owned(), "10.244.0.2".to_owned())
    }

    fn has(&self, tool: &str) -> Has {
        match tool {
            "pg_isready" | "curl" | "wget" => Has::Yes,
            _ if self.known => Has::No,
            _ => Has::Perhaps,
        }
    }

    fn resolve(&mut self, host: &str) -> Option<Vec<Text>> {
        (host == "db").then(|| vec!["10.244.0.2".into()])
    }

    fn knock(&mut self, _: &str, _: u16) -> Result<(), Dead> {
        Ok(())
    }

    fn http(&mut self, host: &str, _: u16, _: &str, path: &str) -> Result<Page, Dead> {
        if host != "web" {
            return Err(Dead::UnknownHost);
        }
        Ok(Page {
            status: if path == "/" { 200 } else { 404 },
            server: "nginx".to_owned(),
            body: "hello\n".to_owned(),
        })
    }

    fn cache(&mut self, _: &str, _: u16, words: &[String]) -> Result<Option<String>, Dead> {
        Ok(Some(words.join("+")))
    }

    fn processes(&self) -> Vec<(u32, String)> {
        vec![(1, "postgres".to_owned())]
    }

    fn kill(&mut self, pid: u32, _: Signal) -> bool {
        pid == 1
    }
}

struct Door(bool);

impl Network for Door {
    fn connect(&mut self, target: &Target) -> Result<SessionId, Unreachable> {
        match (self.0, target.host.as_str()) {
            (_, "far") => Err(Unreachable::Timeout {
                ip: "10.0.0.9".to_owned(),
                after_ms: target.timeout_s * 1000,
            }),
            (true, _) => Ok(SessionId(1)),
            (false, _) => Err(Unreachable::Denied {
                ip: None,
                report: Report::fatal("57P03", "the database system is starting up"),
            }),
        }
    }
    fn address(&self, _: SessionId) -> Option<String> {
        None
    }
    fn server_version(&self, _: SessionId) -> String {
        "16.4".to_owned()
    }
    fn query(&mut self, _: SessionId, _: &str) -> Option<Answer> {
        None
    }
    fn copy_in(&mut self, _: SessionId, _: &str) -> Option<Answer> {
        None
    }
    fn close(&mut self, _: SessionId) {}
}

#[test]
fn words_are_expanded_as_in_any_shell() {
    let mut room = Room::new();
    for (script, said) in [
        ("echo hello   world", "hello world\n"),
        ("x='a  b'; echo $x; echo \"$x\"", "a b\na  b\n"),
        (
            "echo ${USER_NAME}-${NONE:-none}-${EMPTY:-empty}-${EMPTY-set}",
            "app-none-empty-\n",
        ),
        (
            "f=/a/b.tar.gz; echo ${f##*/} ${f%.gz} ${f%%.*} ${#f}",
            "b.tar.gz /a/b.tar /a/b 11\n",
        ),
        ("echo $((1 + 2 * 3)) \"$((10 % 4))\"", "7 2\n"),
        ("echo $(echo a; echo b) `echo c`", "a b c\n"),
        (
            "set -- one 'two three'; for x in \"$@\"; do echo $x; done; echo $#",
            "one\ntwo three\n2\n",
        ),
        ("echo 'single $x' \\$x \"\\$x\"", "single $x $x $x\n"),
        (
            "touch /data/a.sql /data/b.sql; cd /data; echo *.sql /data/*.none",
            "a.sql b.sql /data/*.none\n",
        ),
        ("v=abc; case $v in a*) echo starts;; *) echo other;; esac", "starts\n"),
        ("echo $HOSTNAME; hostname -i", "db-0\n10.244.0.2\n"),
    ] {
        assert_eq!(room.says(script), said, "{script}");
    }
}

#[test]
fn control_flows_as_it_is_written() {
    let mut room = Room::new();
    for (script, said, code) in [
        ("true && echo yes || echo no", "yes\n", 0),
        ("false && echo yes || echo no", "no\n", 0),
        (
            "if false; then echo a; elif true; then echo b; else echo c; fi",
            "b\n",
            0,
        ),
        (
            "i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i -eq 2 ] && continue; echo $i; done",
            "1\n3\n",
            0,
        ),
        ("for i in 1 2 3; do echo $i; [ $i = 2 ] && break; done", "1\n2\n", 0),
        ("f() { echo in $1; return 3; }; f x; echo $?", "in x\n3\n", 0),
        ("(exit 4); echo $?; (cd /tmp; pwd); pwd", "4\n/tmp\n/\n", 0),
        ("set -e; false; echo never", "", 1),
        ("set -e; if false; then :; fi; false || echo saved", "saved\n", 0),
        ("exit 7; echo never", "", 7),
        ("! true; echo $?", "1\n", 0),
        ("nosuch; echo $?", "sh: 1: nosuch: not found\n127\n", 0),
        ("echo a\nnosuch", "a\nsh: 2: nosuch: not found\n", 127),
        ("echo 'oops", "sh: 1: Unterminated quoted string\n", 2),
    ] {
        let outcome = room.run(script);
        assert_eq!((outcome.terminal().as_str(), outcome.code), (said, code), "{script}");
    }
}

#[test]
fn streams_lead_where_they_are_told() {
    let mut room = Room::new();
    assert_eq!(
        room.says("echo a > /data/x; echo b >> /data/x; cat /data/x; wc -l < /data/x"),
        "a\nb\n2\n"
    );
    assert_eq!(room.says("ls /none 2>/dev/null || echo no"), "no\n");
    assert_eq!(
        room.says("ls /none > /data/all 2>&1; cat /data/all"),
        "ls: cannot access '/none': No such file or directory\n"
    );
    assert_eq!(
        room.says("printf 'b\\na\\nb\\n' | sort | uniq -c | head -n 1"),
        "      1 a\n"
    );
    assert_eq!(
        room.says("printf 'x 1\\ny 2\\n' | while read name n; do echo $n-$name; done"),
        "1-x\n2-y\n"
    );
    assert_eq!(
        room.says("cat <<EOF | tr a-z A-Z\nhello $USER_NAME\nEOF"),
        "HELLO APP\n"
    );
    assert_eq!(room.says("{ echo a; echo b; } > /data/y; cat /data/y"), "a\nb\n");
    assert_eq!(
        room.says("echo x > /none/y"),
        "sh: 1: cannot create /none/y: Directory nonexistent\n"
    );
    let outcome = room.run("echo out; echo err >&2");
    assert_eq!(
        (outcome.stdout().as_str(), outcome.stderr().as_str()),
        ("out\n", "err\n")
    );
}

#[test]
fn tools_do_what_scripts_need() {
    let mut room = Room::new();
    for (script, said) in [
        ("mkdir -p /data/a/b && touch /data/a/f && ls /data/a", "b\nf\n"),
        ("rm -rf /data/a && ls /data", ""),
        (
            "echo 'user=x' > /tmp/c; grep -c user /tmp/c; grep -q none /tmp/c || echo none",
            "1\nnone\n",
        ),
        ("sed -i 's/x/y/; s/^user/USER/' /tmp/c; cat /tmp/c", "USER=y\n"),
        ("cut -d= -f2 /tmp/c; echo a:b:c | cut -d: -f1,3", "y\na:c\n"),
        ("[ -f /tmp/c -a -d /data ] && [ ! -e /none ] && echo ok", "ok\n"),
        ("printf '%s=%03d\\n' a 7", "a=007\n"),
        ("seq 3 | tail -n 1; basename /a/b.txt .txt; dirname /a/b", "3\nb\n/a\n"),
        (
            "echo secret | base64; echo c2VjcmV0Cg== | base64 -d",
            "c2VjcmV0Cg==\nsecret\n",
        ),
        ("date +%Y-%m-%d", "2026-01-05\n"),
        (
            "kill -0 1 && echo alive; kill 9 || echo dead",
            "alive\nsh: 1: kill: No such process\ndead\n",
        ),
        ("cp /tmp/c /data/; mv /data/c /data/d; cat /data/d", "USER=y\n"),
        ("find /data -name 'd*' -type f", "/data/d\n"),
        ("awk '{print $1}'", "pglab does not simulate awk\n"),
        ("sh -c 'echo $0 $1' a b", "a b\n"),
        ("env A=1 printenv A", "1\n"),
    ] {
        assert_eq!(room.says(script), said, "{script}");
    }
}

#[test]
fn what_is_packed_is_bytes_and_comes_back_as_it_was() {
    let mut room = Room::new();
    for (script, said) in [
        ("seq 500 | gzip > /data/n.gz && ls /data", "n.gz\n"),
        (
            "zcat /data/n.gz | tail -n 1; gunzip -c /data/n.gz | wc -l; cat /data/n.gz | gzip -d | head -n 1",
            "500\n500\n1\n",
        ),
        ("[ $(wc -c < /data/n.gz) -lt 1200 ] && echo smaller", "smaller\n"),
        // A pipe loses nothing: what was copied through one is the same file.
        (
            "cat /data/n.gz > /data/m.gz; sha256sum < /data/n.gz > /tmp/a; sha256sum < /data/m.gz | grep -qf /tmp/a || [ \"$(cat /tmp/a)\" = \"$(sha256sum < /data/m.gz)\" ] && echo same",
            "same\n",
        ),
        ("base64 /data/n.gz | base64 -d | gunzip | tail -n 1", "500\n"),
        (
            "gunzip /data/m.gz; ls /data; gzip -k /data/m; ls /data; gzip /data/m",
            "m\nn.gz\nm\nm.gz\nn.gz\ngzip: /data/m.gz already exists;\tnot overwritten\n",
        ),
        (
            "gzip -t /data/n.gz && echo sound; echo text | gunzip",
            "sound\n\ngunzip: stdin: not in gzip format\n",
        ),
        (
            "gzip /none; echo $?; gunzip /data/m; echo $?; gzip /data; echo $?",
            "gzip: /none: No such file or directory\n1\ngunzip: /data/m: unknown suffix -- ignored\n2\ngzip: /data is a directory -- ignored\n2\n",
        ),
        (
            "head -c 30 /data/n.gz > /tmp/half.gz; zcat /tmp/half.gz > /dev/null; echo $?",
            "\nzcat: /tmp/half.gz: unexpected end of file\n1\n",
        ),
    ] {
        assert_eq!(room.says(script), said, "{script}");
    }
    let bytes = room.disk.read("/data/n.gz").unwrap();
    assert_eq!(bytes[..2], [0x1F, 0x8B], "other machines can read it");
}

#[test]
fn the_first_of_a_pipe_reads_what_the_shell_has_to_read() {
    let mut room = Room::new();
    let mut says = |dialect: Dialect, script: &str| {
        let shell = Shell::new(script, &[], &Env::new(), dialect).expect("it is well formed");
        let outcome = shell.with_input("one\ntwo\n").run(&mut room);
        (outcome.terminal(), outcome.code)
    };
    assert_eq!(says(Dialect::Dash, "cat | wc -l; cat"), ("2\n".to_owned(), 0));
    assert_eq!(
        says(Dialect::Dash, "while read x; do echo $x | wc -c; done"),
        ("4\n4\n".to_owned(), 0)
    );
    // A pipe's status is its last one's; bash and busybox can be told to look at all.
    assert_eq!(says(Dialect::Dash, "false | true; echo $?").0, "0\n");
    for dialect in [Dialect::Bash, Dialect::Busybox] {
        assert_eq!(
            says(dialect, "set -euo pipefail; false | cat; echo on"),
            (String::new(), 1)
        );
    }
    assert_eq!(
        says(Dialect::Dash, "set -o pipefail; echo on"),
        ("sh: 1: set: Illegal option -o pipefail\n".to_owned(), 2)
    );
}

#[test]
fn a_running_script_stops_where_it_waits_and_goes_on_later() {
    let mut room = Room::new();
    room.ready = false;
    let script = "until pg_isready -q; do echo waiting; sleep 2; done; echo up";
    let mut shell = Shell::new(script, &[], &Env::new(), Dialect::Dash).unwrap();
    let mut outcome = Outcome::default();
    assert!(matches!(shell.resume(&mut room, &mut outcome), Pause::Sleep(2000)));
    // It is plain data: it can be saved in between.
    let text = serde_json::to_string(&shell).unwrap();
    let mut shell: Shell = serde_json::from_str(&text).unwrap();
    room.ready = true;
    assert!(matches!(shell.resume(&mut room, &mut outcome), Pause::Done(0)));
    assert_eq!(outcome.stdout(), "waiting\nup\n");
}

#[test]
fn a_program_that_stays_takes_the_place_of_the_last_command() {
    let mut room = Room::new();
    room.known = false;
    let mut start = |script: &str| {
        let mut shell = Shell::new(script, &[], &Env::new(), Dialect::Dash).unwrap();
        match shell.resume(&mut room, &mut Outcome::default()) {
            Pause::Start { words, exec, .. } => format!("{} {exec}", words.join(" ")),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(
        start("chown 1 /data; exec docker-entrypoint.sh postgres -c x=1"),
        "docker-entrypoint.sh postgres -c x=1 true"
    );
    assert_eq!(start("echo x && redis-server"), "redis-server true");
    assert_eq!(start("redis-server; echo after"), "redis-server false");
    assert_eq!(start("sleep infinity"), "Forever");
}

#[test]
fn a_loop_that_never_waits_keeps_the_processor_busy() {
    let mut room = Room::new();
    let mut shell = Shell::new("while true; do :; done", &[], &Env::new(), Dialect::Dash).unwrap();
    assert!(matches!(
        shell.resume(&mut room, &mut Outcome::default()),
        Pause::Sleep(1000)
    ));
    let outcome = room.run("while true; do sleep 600; done");
    assert_eq!((outcome.code, outcome.busy_ms), (137, 3_600_000));
}

#[test]
fn servers_are_asked_whether_they_are_ready() {
    let mut room = Room::new();
    assert_eq!(
        room.says("pg_isready -U postgres"),
        "/var/run/postgresql:5432 - accepting connections\n"
    );
    room.ready = false;
    let outcome = room.run("pg_isready -h db -p 5433");
    assert_eq!(
        (outcome.stdout().as_str(), outcome.code),
        ("db:5433 - rejecting connections\n", 1)
    );
    let outcome = room.run("pg_isready -h far");
    assert_eq!(
        (outcome.stdout().as_str(), outcome.code, outcome.busy_ms),
        ("far:5432 - no response\n", 2, 3000)
    );
    // What was asked of pg_isready 15 with the same words.
    for (words, out, err, code) in [
        (
            "pg_isready -U nobody -d none",
            "/var/run/postgresql:5432 - rejecting connections\n",
            "",
            1,
        ),
        ("pg_isready -q", "", "", 1),
        ("pg_isready --host=db --port 5433 -q", "", "", 1),
        ("pg_isready -h far -t 1", "far:5432 - no response\n", "", 2),
        ("pg_isready -p x -h db", "db:x - no response\n", "", 2),
        (
            "pg_isready -p 70000",
            "/var/run/postgresql:70000 - no response\n",
            "",
            2,
        ),
        ("pg_isready -t x", "/var/run/postgresql:5432 - no response\n", "", 2),
        (
            "pg_isready -d 'host=db port=9 user=ann' -p 5",
            "db:9 - rejecting connections\n",
            "",
            1,
        ),
        (
            "pg_isready -d postgresql://ann@db:9/x",
            "db:9 - rejecting connections\n",
            "",
            1,
        ),
        (
            "pg_isready foo",
            "",
            "pg_isready: error: too many command-line arguments (first is \"foo\")\n\
             pg_isready: hint: Try \"pg_isready --help\" for more information.\n",
            3,
        ),
        (
            "pg_isready -h",
            "",
            "pg_isready: option requires an argument -- 'h'\n\
             pg_isready: hint: Try \"pg_isready --help\" for more information.\n",
            3,
        ),
        (
            "pg_isready -x",
            "",
            "pg_isready: invalid option -- 'x'\npg_isready: hint: Try \"pg_isready --help\" for more information.\n",
            3,
        ),
    ] {
        let outcome = room.run(words);
        let said = (outcome.stdout(), outcome.stderr(), outcome.code);
        assert_eq!(said, (out.to_owned(), err.to_owned(), code), "{words}");
    }
    assert_eq!(
        room.says("curl -s http://web/; curl -sf http://web/x; echo $?"),
        "hello\ncurl: (22) The requested URL returned error: 404\n22\n"
            .replace("curl: (22) The requested URL returned error: 404\n", "")
    );
    assert_eq!(room.says("wget -qO- http://none"), "wget: bad address 'none'\n");
}

#[test]
fn traps_run_when_their_signal_comes() {
    let mut room = Room::new();
    let mut shell = Shell::new(
        "trap 'echo bye; exit 0' TERM; while true; do sleep 1; done",
        &[],
        &Env::new(),
        Dialect::Dash,
    )
    .unwrap();
    let mut outcome = Outcome::default();
    assert!(matches!(shell.resume(&mut room, &mut outcome), Pause::Sleep(1000)));
    assert!(!shell.signal("INT"));
    assert!(shell.signal("TERM"));
    assert!(matches!(shell.resume(&mut room, &mut outcome), Pause::Done(0)));
    assert_eq!(outcome.stdout(), "bye\n");
}
