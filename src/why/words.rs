//! The answer as text, in English and in Korean.

use super::answer::{Cause, Coming, Finding, Health, Mover, Verdicts, Way, Why};
use crate::api::Key;
use crate::sim::{Lang, misfortune};
use std::fmt::Write;

/// Returns a time in milliseconds as a person says it: `40s`, `4m12s`, `1h02m`; the last second is rounded up.
pub fn span(ms: i64, lang: Lang) -> String {
    let seconds = (ms.max(0) + 999) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (lang, hours, minutes) {
        (Lang::En, 0, 0) => format!("{seconds}s"),
        (Lang::En, 0, _) => format!("{minutes}m{seconds:02}s"),
        (Lang::En, ..) => format!("{hours}h{minutes:02}m"),
        (Lang::Ko, 0, 0) => format!("{seconds}초"),
        (Lang::Ko, 0, _) => format!("{minutes}분 {seconds}초"),
        (Lang::Ko, ..) => format!("{hours}시간 {minutes}분"),
    }
}

/// The words around what was found.
struct Frame {
    well: &'static str,
    waits: &'static str,
    acts: &'static str,
    comes: &'static str,
    never: &'static str,
    helps: &'static str,
    log: &'static str,
    nodes: &'static str,
    takes: &'static str,
    now: &'static str,
    went: &'static str,
    exists: &'static str,
}

const EN: Frame = Frame {
    well: "It is as it was asked to be.",
    waits: "What holds it up",
    acts: "who must act",
    comes: "by itself",
    never: "nothing",
    helps: "what helps",
    log: "last lines of its log",
    nodes: "What each node says",
    takes: "fits; score",
    now: "How it came to be so",
    went: "How it went",
    exists: "Why it exists",
};

const KO: Frame = Frame {
    well: "요청한 대로 되어 있음.",
    waits: "막고 있는 것",
    acts: "움직여야 할 쪽",
    comes: "저절로 일어날 일",
    never: "없음",
    helps: "푸는 방법",
    log: "로그의 마지막 줄",
    nodes: "노드마다 하는 말",
    takes: "배치 가능; 점수",
    now: "이렇게 된 과정",
    went: "사라진 과정",
    exists: "만들어진 까닭",
};

impl Why {
    /// Returns the answer as plain text in a language.
    pub fn text(&self, lang: Lang) -> String {
        let frame = match lang {
            Lang::En => &EN,
            Lang::Ko => &KO,
        };
        let mut out = format!("{}: {}\n", self.object, self.state.text(lang));
        if self.health == Health::Well {
            let _ = writeln!(out, "{}", frame.well);
        }
        if !self.findings.is_empty() {
            section(&mut out, frame.waits);
            let mut known: Vec<&Way> = Vec::new();
            for finding in &self.findings {
                tell_finding(&mut out, finding, &self.object, frame, lang);
                // What helps what is below helps what is above: it is told once.
                for way in finding
                    .ways
                    .iter()
                    .filter(|way| !known.contains(way))
                    .collect::<Vec<_>>()
                {
                    tell_way(&mut out, way, frame, lang);
                    known.push(way);
                }
            }
        }
        if !self.nodes.is_empty() {
            section(&mut out, frame.nodes);
            tell_nodes(&mut out, &self.nodes, frame);
        }
        let title = if self.health == Health::Gone {
            frame.went
        } else {
            frame.now
        };
        tell_causes(&mut out, title, &self.as_it_is, lang);
        // Where nothing has come between, the one story tells both.
        let steps = |causes: &[Cause]| causes.iter().map(|cause| cause.step).collect::<Vec<_>>();
        if !steps(&self.as_it_is).starts_with(&steps(&self.exists)) {
            tell_causes(&mut out, frame.exists, &self.exists, lang);
        }
        out
    }
}

fn section(out: &mut String, title: &str) {
    out.push('\n');
    out.push_str(title);
    out.push('\n');
}

fn tell_finding(out: &mut String, finding: &Finding, asked: &Key, frame: &Frame, lang: Lang) {
    let about = match finding.about == *asked {
        true => String::new(),
        false => format!("{}: ", finding.about),
    };
    let _ = writeln!(out, "- {about}{}", finding.text.text(lang));
    if !finding.log.is_empty() {
        let _ = writeln!(out, "  {}:", frame.log);
        for line in &finding.log {
            let _ = writeln!(out, "    | {line}");
        }
    }
    let _ = writeln!(out, "  {}: {}", frame.acts, mover(&finding.mover, lang));
    let coming: Vec<&str> = finding
        .coming
        .iter()
        .map(|Coming { what, .. }| what.text(lang))
        .collect();
    let coming = if coming.is_empty() {
        frame.never.to_owned()
    } else {
        coming.join("; ")
    };
    let _ = writeln!(out, "  {}: {coming}", frame.comes);
}

/// Tells a way out and its acts, as they are typed.
fn tell_way(out: &mut String, way: &Way, frame: &Frame, lang: Lang) {
    let _ = writeln!(out, "  {}: {}", frame.helps, way.words.text(lang));
    for act in &way.acts {
        let act = act.to_string();
        // A manifest stands at the margin: a shell that it is pasted into finds its end there only.
        let indent = if act.contains('\n') { "" } else { "      " };
        let _ = writeln!(out, "{indent}{act}");
    }
}

fn mover(mover: &Mover, lang: Lang) -> String {
    match (mover, lang) {
        (Mover::Component(name), _) => name.to_string(),
        (Mover::Person, Lang::En) => "you".to_owned(),
        (Mover::Person, Lang::Ko) => "사용자".to_owned(),
        (Mover::Machine(node), Lang::En) => format!("whoever mends the machine of {node}"),
        (Mover::Machine(node), Lang::Ko) => format!("{node}의 머신을 고칠 사람"),
        (Mover::Booting(node), Lang::En) => format!("the machine of {node}, which boots"),
        (Mover::Booting(node), Lang::Ko) => format!("{node}의 머신(부팅 중)"),
        (Mover::Cloud, Lang::En) => "the cloud, which is at it".to_owned(),
        (Mover::Cloud, Lang::Ko) => "클라우드(작업 중)".to_owned(),
    }
}

fn tell_nodes(out: &mut String, nodes: &[Verdicts], frame: &Frame) {
    let wide = nodes.iter().map(|v| v.node.chars().count()).max().unwrap_or_default();
    let zone = nodes.iter().map(|v| v.zone.chars().count()).max().unwrap_or_default();
    for Verdicts {
        node,
        zone: of,
        plugins,
        score,
    } in nodes
    {
        let mut said: Vec<String> = plugins
            .iter()
            .filter(|(_, reasons)| !reasons.is_empty())
            .map(|(plugin, reasons)| format!("{plugin}: {}", reasons.join(", ")))
            .collect();
        if let Some(score) = score {
            said.push(format!("{} {score}", frame.takes));
        }
        let _ = writeln!(out, "  {node:wide$}  {of:zone$}  {}", said.join("; "));
    }
}

fn tell_causes(out: &mut String, title: &str, causes: &[Cause], lang: Lang) {
    if causes.is_empty() {
        return;
    }
    section(out, title);
    for cause in causes {
        let blank = " ".repeat(cause.clock.len());
        if cause.lines.is_empty() || cause.who.starts_with(['$', '!']) {
            let who = match cause.who.strip_prefix("! ") {
                Some(befell) => format!("! {}", misfortune(befell, lang)),
                None => cause.who.clone(),
            };
            let _ = writeln!(out, "  {}  {who}", cause.clock);
            for line in &cause.lines {
                let _ = writeln!(out, "  {blank}  {}", line.text(lang));
            }
            continue;
        }
        for (n, line) in cause.lines.iter().enumerate() {
            let clock = if n == 0 { &cause.clock } else { &blank };
            let line = line.text(lang);
            // A line that names its component needs no other name.
            let by = if line.contains(&*cause.who) {
                String::new()
            } else {
                format!(" [{}]", cause.who)
            };
            let _ = writeln!(out, "  {clock}  {line}{by}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_as_people_say_it() {
        let said = |ms| (span(ms, Lang::En), span(ms, Lang::Ko));
        assert_eq!(said(40_000), ("40s".into(), "40초".into()));
        assert_eq!(said(251_001), ("4m12s".into(), "4분 12초".into()));
        assert_eq!(said(3_720_000), ("1h02m".into(), "1시간 2분".into()));
        assert_eq!(said(-5), ("0s".into(), "0초".into()));
    }
}
