//! The picture as text: zones side by side as far as the width goes, a box in a box.

use super::model::{Disk, Map, NodeBox, PodRow, PodState, Zone};
use super::words::{
    DISK, Tone, disk_mark, disk_words, fault_meaning, faults, headings, mark, meaning, node_words, summary,
    waits_words, wanted_words,
};
use crate::sim::{Lang, World};
use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A zone that is narrower than this cannot be read.
const LEAST_WIDTH: usize = 38;

/// The widest that a zone gets: longer lines are no easier to read.
const MOST_WIDTH: usize = 60;

/// A part of a line.
#[derive(Clone, Debug)]
struct Part {
    text: String,
    tone: Tone,
}

/// A line of parts.
type Line = Vec<Part>;

fn part(text: impl Into<String>, tone: Tone) -> Part {
    Part {
        text: text.into(),
        tone,
    }
}

fn plain(text: impl Into<String>) -> Part {
    part(text, Tone::Plain)
}

/// Returns the picture of a cluster as text of at most `width` columns (at least 40), in a language, with or without
/// colour.
pub fn text(world: &World, width: usize, lang: Lang, colour: bool) -> String {
    let map = super::model(world);
    let width = width.max(LEAST_WIDTH + 2);
    let heads = headings(lang);
    let (head, sum) = (format!("{} {}", heads.cluster, map.clock), summary(&map, lang));
    let mut lines: Vec<Line> = match head.width() + 2 + sum.width() <= width {
        true => vec![vec![plain(format!("{head}  {sum}"))]],
        false => vec![vec![plain(head)], vec![plain(sum)]],
    };
    // A little more than half an empty column is worse than one column fewer.
    let across = (width / LEAST_WIDTH).clamp(1, map.zones.len().max(1));
    let each = ((width + 1) / across - 1).min(MOST_WIDTH);
    for row in map.zones.chunks(across) {
        lines.extend(beside(
            row.iter().map(|zone| zone_box(zone, each, lang)).collect(),
            each,
        ));
    }
    if !map.homeless.is_empty() {
        lines.push(vec![plain(format!("{}:", heads.homeless))]);
        lines.extend(
            map.homeless
                .iter()
                .flat_map(|row| pod_lines(row, width - 2, lang))
                .map(indented),
        );
    }
    if !map.elsewhere.is_empty() {
        lines.push(vec![plain(format!("{}:", heads.elsewhere))]);
        lines.extend(
            map.elsewhere
                .iter()
                .flat_map(|disk| disk_lines(disk, width - 2, lang))
                .map(indented),
        );
    }
    if !map.unbound.is_empty() {
        lines.push(vec![plain(format!("{}:", heads.unbound))]);
        let claims = map
            .unbound
            .iter()
            .map(|(name, how)| vec![plain(format!("▤ {name}  ")), part(how, Tone::Busy)]);
        lines.extend(claims.map(indented));
    }
    lines.extend(legend(&map, width, lang));
    let mut out = String::new();
    for line in lines {
        let line = fit(line, width);
        let mut written: String = line.iter().map(|part| shown(part, colour)).collect();
        written.truncate(written.trim_end().len());
        out.push_str(&written);
        out.push('\n');
    }
    out
}

fn indented(mut line: Line) -> Line {
    line.insert(0, plain("  "));
    line
}

/// Explains the marks that occur.
fn legend(map: &Map, width: usize, lang: Lang) -> Vec<Line> {
    let mut states: Vec<PodState> = map.rows().map(|row| row.state).collect();
    states.sort();
    states.dedup();
    let heads = headings(lang);
    let mut line = vec![part(format!("{}: ", heads.marks), Tone::Dim)];
    for state in states {
        let (mark, tone) = mark(state);
        line.push(part(mark, tone));
        line.push(part(format!(" {}  ", meaning(state, lang)), Tone::Dim));
    }
    line.push(part(format!("{DISK} {}  ⇒ {}", heads.disk, heads.attached), Tone::Dim));
    let mut lines = vec![line];
    for fault in faults(map) {
        let (sign, tone) = disk_mark(Some(fault));
        let more = vec![
            part(sign, tone),
            part(format!(" {}", fault_meaning(fault, lang)), Tone::Dim),
        ];
        // What has no room beside the others gets a line of its own, below their first mark.
        match lines.last_mut() {
            Some(last) if width_of(last) + 2 + width_of(&more) <= width => {
                last.push(plain("  "));
                last.extend(more);
            }
            _ => {
                let mut line = vec![plain(" ".repeat(heads.marks.width() + 2))];
                line.extend(more);
                lines.push(line);
            }
        }
    }
    lines
}

/// Puts boxes of one width beside one another, the shorter ones filled up.
fn beside(boxes: Vec<Vec<Line>>, each: usize) -> Vec<Line> {
    let height = boxes.iter().map(Vec::len).max().unwrap_or_default();
    let row = |n: usize| {
        let mut line = Line::new();
        for (place, lines) in boxes.iter().enumerate() {
            if place > 0 {
                line.push(plain(" "));
            }
            line.extend(lines.get(n).cloned().unwrap_or_else(|| vec![plain(" ".repeat(each))]));
        }
        line
    };
    (0..height).map(row).collect()
}

fn zone_box(zone: &Zone, width: usize, lang: Lang) -> Vec<Line> {
    let inner = width - 4;
    let mut lines = Vec::new();
    for node in &zone.nodes {
        lines.extend(node_lines(node, inner, lang));
    }
    lines.extend(zone.disks.iter().flat_map(|disk| disk_lines(disk, inner, lang)));
    framed(vec![plain(zone.name.clone())], lines, width, &THIN, Tone::Dim)
}

fn node_lines(node: &NodeBox, width: usize, lang: Lang) -> Vec<Line> {
    let (words, tone) = node_words(node, lang);
    let title = vec![plain(format!("{} ", node.name)), part(words, tone)];
    let inner = width - 4;
    let mut rows: Vec<Line> = node.pods.iter().flat_map(|row| pod_lines(row, inner, lang)).collect();
    if rows.is_empty() {
        rows.push(vec![part(headings(lang).no_pods, Tone::Dim)]);
    }
    let (frame, tone) = if node.is_broken() {
        (&BROKEN, Tone::Bad)
    } else {
        (&THIN, Tone::Dim)
    };
    framed(title, rows, width, frame, tone)
}

/// Draws a pod, and below it what it has or waits for.
fn pod_lines(row: &PodRow, width: usize, lang: Lang) -> Vec<Line> {
    let (sign, tone) = mark(row.state);
    let count = if row.count > 1 {
        format!(" ×{}", row.count)
    } else {
        String::new()
    };
    let word = format!(" {}", row.word);
    // The word counts more than the end of a long name.
    let room = width.min(MOST_WIDTH).saturating_sub(2 + count.width() + word.width());
    let name = cut_middle(&row.name, room.max(8));
    let gap = room.saturating_sub(name.width());
    let mut lines = vec![vec![
        part(sign, tone),
        plain(format!(" {name}{count}{}", " ".repeat(gap))),
        part(word, tone),
    ]];
    if !row.claims.is_empty() {
        let claims = match row.claims.as_slice() {
            claims @ ([_] | [_, _]) => claims.join(", "),
            [first, rest @ ..] => format!("{first} +{}", rest.len()),
            [] => String::new(),
        };
        let (sign, tone) = match row.fault {
            None => (DISK, Tone::Dim),
            fault => disk_mark(fault),
        };
        lines.push(vec![
            part("  └", Tone::Dim),
            part(sign, tone),
            part(format!(" {claims}"), Tone::Dim),
        ]);
    }
    if let Some(node) = &row.waits_for {
        lines.push(vec![part(format!("     {}", waits_words(node, lang)), Tone::Bad)]);
    }
    lines
}

/// Draws a disk: its claim and size, and where it is; on two lines where one is too short.
fn disk_lines(disk: &Disk, width: usize, lang: Lang) -> Vec<Line> {
    let (words, tone) = disk_words(disk, lang);
    let name = disk.claim.as_ref().unwrap_or(&disk.name);
    let (sign, sign_tone) = disk_mark(disk.fault);
    let head = format!(" {name} {}", disk.size);
    let fits = sign.width() + head.width() + 1 + words.width() <= width;
    let mut lines = match fits {
        true => vec![vec![
            part(sign, sign_tone),
            plain(format!("{head} ")),
            part(words, tone),
        ]],
        false => vec![
            vec![part(sign, sign_tone), plain(head)],
            vec![part(format!("    {words}"), tone)],
        ],
    };
    lines.extend(wanted_words(disk, lang).map(|words| vec![part(format!("    {words}"), Tone::Bad)]));
    lines
}

/// The lines of a box: corners, level, upright.
struct Frame([&'static str; 6]);

const THIN: Frame = Frame(["┌", "┐", "└", "┘", "─", "│"]);

/// The box of what is broken: it is told apart without colour.
const BROKEN: Frame = Frame(["╔", "╗", "╚", "╝", "═", "║"]);

/// Puts lines into a box with a title.
fn framed(title: Line, lines: Vec<Line>, width: usize, frame: &Frame, tone: Tone) -> Vec<Line> {
    let [left_top, right_top, left_end, right_end, level, upright] = frame.0;
    let title = fit(title, width - 4);
    let rest = width - 4 - width_of(&title);
    let mut top = vec![part(format!("{left_top} "), tone)];
    top.extend(title);
    top.push(part(format!(" {}{right_top}", level.repeat(rest)), tone));
    let mut boxed = vec![top];
    for line in lines {
        let line = fit(line, width - 4);
        let rest = width - 4 - width_of(&line);
        let mut full = vec![part(format!("{upright} "), tone)];
        full.extend(line);
        full.push(part(format!("{} {upright}", " ".repeat(rest)), tone));
        boxed.push(full);
    }
    boxed.push(vec![part(
        format!("{left_end}{}{right_end}", level.repeat(width - 2)),
        tone,
    )]);
    boxed
}

fn width_of(line: &[Part]) -> usize {
    line.iter().map(|part| part.text.width()).sum()
}

/// Cuts a line to a width; what is cut ends in `…`.
fn fit(line: Line, width: usize) -> Line {
    if width_of(&line) <= width {
        return line;
    }
    let mut left = width;
    let mut fitted = Line::new();
    for Part { text, tone } in line {
        let wide = text.width();
        // One column stays for the sign that something follows.
        if wide < left {
            left -= wide;
            fitted.push(part(text, tone));
            continue;
        }
        fitted.push(part(cut_hard(&text, left), tone));
        break;
    }
    fitted
}

/// Cuts a name that is too wide in its middle: its end tells a pod from its siblings.
fn cut_middle(name: &str, width: usize) -> String {
    // As many letters as a controller draws for a pod's name.
    const DRAWN: usize = 5;
    let end = name.char_indices().rev().nth(DRAWN - 1).map_or(0, |(at, _)| at);
    let end = &name[end..];
    if name.width() <= width || end.width() + 2 > width {
        return cut(name, width);
    }
    format!("{}{end}", cut_hard(name, width - end.width()))
}

/// Cuts a text that is too wide; the sign counts.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    cut_hard(text, width)
}

fn cut_hard(text: &str, width: usize) -> String {
    let mut left = width.saturating_sub(1);
    let mut kept = String::new();
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if wide > left {
            break;
        }
        left -= wide;
        kept.push(c);
    }
    kept.push('…');
    kept
}

fn shown(part: &Part, colour: bool) -> String {
    let style = match part.tone {
        _ if !colour => return part.text.clone(),
        Tone::Plain => return part.text.clone(),
        Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Tone::Busy => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
        Tone::Bad => Style::new().fg_color(Some(AnsiColor::Red.into())).bold(),
        Tone::Dim => Style::new().dimmed(),
    };
    format!("{}{}{}", style.render(), part.text, style.render_reset())
}
