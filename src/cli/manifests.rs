//! `pglab run --manifests`

use super::error::{Exit, Failure};
use super::korean::tell;
use super::progress::Progress;
use super::run::Format;
use super::terminal;
use crate::cloud::Settings;
use crate::lab::show::Look;
use crate::lab::{Became, Lang, Refused, Rehearsal, command};
use crate::manifest::{Severity, Source};
use crate::sim::{ClusterSpec, clock};
use crate::why::{Remedy, Way, explain};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How many of what is not healthy are helped.
const HELPED: usize = 5;

/// Plays manifests, gives the commands, and tells what became of it.
pub(super) fn run(paths: &[PathBuf], then: &[String], seed: u64, format: Format, look: Look) -> Result<Exit, Failure> {
    let mut sources = Vec::new();
    for path in paths {
        gather(path, true, &mut sources)?;
    }
    if sources.is_empty() {
        return Err(Failure::wrong(
            format!("there is no manifest in {}", places(paths)),
            "manifests are files that end in .yaml, .yml or .json",
        ));
    }
    let playing = match look.lang {
        Lang::En => "playing the manifests",
        Lang::Ko => "매니페스트를 실행하는 중",
    };
    let playing = Progress::of(playing);
    let mut rehearsal = match Rehearsal::play(&sources, &ClusterSpec::default(), seed, Settings::default()) {
        Ok(rehearsal) => rehearsal,
        Err(refused) => {
            drop(playing);
            return refuse(&refused, look.lang);
        }
    };
    if rehearsal.created.is_empty() && rehearsal.notes.is_empty() {
        return Err(Failure::wrong(
            format!("there is no object in {}", places(paths)),
            "a manifest has apiVersion, kind, metadata and mostly spec; `pglab run --help` shows what else can be played",
        ));
    }
    for warning in &rehearsal.warnings {
        eprint!("{}", warning.text(look.lang));
    }
    let files: BTreeMap<String, String> = sources.into_iter().map(|s| (s.name, s.text)).collect();
    let mut report = Report {
        format,
        look,
        out: String::new(),
    };
    for line in then {
        let outcome = command(&mut rehearsal.world, line, &files);
        let outcome = outcome.map_err(|what| Failure::wrong(what, "write it as in --then 'kubectl get pods'"))?;
        report.screen(line, &outcome.terminal(), outcome.code);
    }
    if then.is_empty() && !look.quiet {
        let line = "kubectl get pods,pvc -A -o wide";
        if let Ok(outcome) = command(&mut rehearsal.world, line, &files) {
            report.screen(line, &outcome.terminal(), outcome.code);
        }
    }
    if !then.is_empty() {
        rehearsal.rest();
    }
    let became = rehearsal.became();
    let healthy = became.iter().all(|became| became.healthy);
    drop(playing);
    report.became(&became);
    report.help(&rehearsal, &became);
    report.notes(&rehearsal);
    report.end(&rehearsal, became.iter().filter(|b| !b.healthy).count());
    terminal::print(&report.out)?;
    Ok(if healthy { Exit::Fine } else { Exit::Failed })
}

/// Returns the paths as they were given.
fn places(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}

/// Says all that is wrong with the manifests; nothing was played.
fn refuse(refused: &Refused, lang: Lang) -> Result<Exit, Failure> {
    for trouble in &refused.troubles {
        eprintln!("{}", trouble.text(lang));
    }
    let errors = refused
        .troubles
        .iter()
        .filter(|trouble| trouble.severity == Severity::Error)
        .count();
    match (errors, lang) {
        (1, Lang::En) => eprintln!("there is 1 error: nothing was played"),
        (_, Lang::En) => eprintln!("there are {errors} errors: nothing was played"),
        (_, Lang::Ko) => eprintln!("오류 {errors}개: 아무것도 실행하지 않았습니다"),
    }
    Ok(Exit::Usage)
}

/// Reads a file, a folder with all below it in order of names, or standard input.
fn gather(path: &Path, named: bool, sources: &mut Vec<Source>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::wrong(
            format!("cannot read {}: {error}", path.display()),
            "see whether it is there, and is UTF-8 text",
        )
    };
    if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        sources.push(Source::new("<stdin>", text));
    } else if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        let mut entries: Vec<PathBuf> = entries
            .collect::<Result<Vec<_>, _>>()
            .map_err(unreadable)?
            .iter()
            .map(|e| e.path())
            .collect();
        entries.sort();
        for entry in entries {
            gather(&entry, false, sources)?;
        }
    } else if named
        || path
            .extension()
            .is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e == *known))
    {
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        sources.push(Source::new(path.display().to_string(), text));
    }
    Ok(())
}

/// What is printed in the end.
struct Report {
    format: Format,
    look: Look,
    out: String,
}

impl Report {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn say(&mut self, en: &str, ko: &str) {
        let line = if self.look.lang == Lang::Ko { ko } else { en };
        self.line(line);
    }

    fn screen(&mut self, command: &str, output: &str, exit: i32) {
        match self.format {
            Format::Json => {
                self.line(&json!({"kind": "screen", "command": command, "output": output, "exit": exit}).to_string())
            }
            Format::Text => self.line(&format!("$ {command}\n{output}")),
        }
    }

    fn became(&mut self, became: &[Became]) {
        for b in became
            .iter()
            .filter(|b| !b.healthy || !self.look.quiet || self.format == Format::Json)
        {
            if self.format == Format::Json {
                let line = json!({"kind": "became", "object": b.object, "namespace": b.namespace, "healthy": b.healthy, "state": b.state, "reasons": b.reasons});
                self.out.push_str(&format!("{line}\n"));
                continue;
            }
            let mark = if b.healthy { "✓" } else { "✗" };
            let place = if b.namespace.is_empty() || b.namespace == "default" {
                String::new()
            } else {
                format!(" ({})", b.namespace)
            };
            let state = tell(&b.state, self.look.lang);
            self.out.push_str(&format!("{mark} {}{place}: {state}\n", b.object));
            for reason in &b.reasons {
                self.out.push_str(&format!("    {}\n", tell(reason, self.look.lang)));
            }
        }
    }

    /// Says what would help the first few of what is not healthy; patience is no help in a play that is over.
    fn help(&mut self, rehearsal: &Rehearsal, became: &[Became]) {
        if self.format == Format::Json || self.look.quiet {
            return;
        }
        let mut told: Vec<Way> = Vec::new();
        for ill in became.iter().filter(|b| !b.healthy).take(HELPED) {
            let why = explain(&rehearsal.world, &ill.key);
            let mut ways = why.findings.into_iter().flat_map(|finding| finding.ways);
            let way = ways.find(|way| !way.acts.iter().any(|act| matches!(act, Remedy::JustWait(_))));
            let Some(way) = way.filter(|way| !told.contains(way)) else {
                continue;
            };
            if told.is_empty() {
                self.line("");
                self.say("What would help:", "푸는 방법:");
            }
            self.line(&format!("  {}: {}", ill.object, way.words.text(self.look.lang)));
            for act in &way.acts {
                let indent = if matches!(act, Remedy::ApplyManifest(_)) {
                    ""
                } else {
                    "      "
                };
                self.line(&format!("{indent}{act}"));
            }
            told.push(way);
        }
    }

    fn notes(&mut self, rehearsal: &Rehearsal) {
        let fields = rehearsal.not_simulated();
        let kept: Vec<String> = rehearsal.only_kept().map(ToString::to_string).collect();
        if self.format == Format::Json {
            for note in &rehearsal.notes {
                self.line(&json!({"kind": "note", "text": note}).to_string());
            }
            for (field, objects) in &fields {
                let objects: Vec<String> = objects.iter().map(ToString::to_string).collect();
                self.line(&json!({"kind": "not-simulated", "field": field, "objects": objects}).to_string());
            }
            for object in &kept {
                self.line(&json!({"kind": "only-kept", "object": object}).to_string());
            }
            return;
        }
        if self.look.quiet {
            return;
        }
        for note in &rehearsal.notes {
            let note = tell(note, self.look.lang);
            self.say(&format!("note: {note}"), &format!("알림: {note}"));
        }
        if !fields.is_empty() {
            self.line("");
            self.say("Accepted, not simulated:", "받아들이지만 시뮬레이션하지 않는 필드:");
            for (field, objects) in &fields {
                let first = &objects[0];
                let more = match (objects.len() - 1, self.look.lang) {
                    (0, _) => String::new(),
                    (more, Lang::En) => format!(" and {more} more"),
                    (more, Lang::Ko) => format!(" 외 {more}개"),
                };
                self.line(&format!("  {field}  ({first}{more})"));
            }
        }
        if !kept.is_empty() {
            self.line("");
            self.say(
                "Kept, and acting on nothing here:",
                "보관하지만 여기서는 아무 동작도 하지 않는 오브젝트:",
            );
            self.line(&format!("  {}", kept.join(", ")));
        }
    }

    fn end(&mut self, rehearsal: &Rehearsal, ill: usize) {
        let at = clock(rehearsal.world.now() - rehearsal.world.began());
        if self.format == Format::Json {
            self.line(&json!({"kind": "end", "at": at, "settled": rehearsal.settled, "unhealthy": ill}).to_string());
            return;
        }
        if !self.look.quiet {
            self.line("");
        }
        if ill == 0 {
            self.say(
                &format!("All that was asked for is healthy ({at} of virtual time)."),
                &format!("요청한 것이 모두 정상입니다(가상 시간 {at})."),
            );
        } else {
            let are = if ill == 1 {
                "thing that was asked for is"
            } else {
                "things that were asked for are"
            };
            self.say(
                &format!("{ill} {are} not healthy ({at} of virtual time)."),
                &format!("요청한 것 가운데 {ill}개가 정상이 아닙니다(가상 시간 {at})."),
            );
        }
    }
}
