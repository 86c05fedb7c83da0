//! What people type to a database, against recordings of a real PostgreSQL 15.
//!
//! `tests/fixtures/sql/NAME.sql` is played through the simulator's own psql, `NAME.calls` through its own shell, and each
//! statement's output is held against what `record.sh` recorded: equal to the byte, or refused by name. The third
//! outcome, silently different, fails the test: but for the statements of `different.txt`, whose differences are known.
//! That list only gets shorter: a statement on it that has become equal fails the test too.

mod room;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use room::Room;

/// At least so many of a hundred statements are equal; whoever makes it better raises it.
const EQUAL_PERCENT_MIN: usize = 94;

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
