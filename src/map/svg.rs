//! The picture as SVG: self-contained, without script; colours follow the reader's light or dark scheme.
//!
//! A line leads from each disk to the pods that use it: solid where it is attached, dashed where somebody waits in vain.

use super::model::{Disk, DiskFault, DiskState, Map, NodeBox, PodRow, PodState, Zone};
use super::pen::{class_of, cut, escaped, text_at, text_right};
use super::words::{
    DISK, disk_mark, disk_words, fault_meaning, faults, headings, mark, meaning, node_words, summary, waits_words,
    wanted_words,
};
use crate::sim::{Lang, World};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Measures, in pixels.
const ZONE: i64 = 400;
const GAP: i64 = 20;
const ROW: i64 = 19;
const HEAD: i64 = 30;
/// The gutter at the left of a zone, in which lines run.
const GUTTER: i64 = 14;
/// How far apart lines run, and how many run beside one another.
const LANE: i64 = 6;
const LANES: usize = 8;

const STYLE: &str = "\
:root{color-scheme:light dark}\
.bg{fill:#fff}.zone{fill:#f6f7f9;stroke:#c3c9d2}.node{fill:#fff;stroke:#8a93a0}.node.bad{fill:#fff4f2;stroke:#c62f1d;stroke-width:2.5;stroke-dasharray:7 3}\
.disk{fill:#eef2fa;stroke:#6b7a99}.disk.bad{fill:#fff4f2;stroke:#c62f1d;stroke-width:2}.disk.slow{stroke:#8a5a00;stroke-width:2;stroke-dasharray:2 3}\
text{font:13px ui-sans-serif,system-ui,'Noto Sans','Noto Sans KR','Noto Sans CJK KR',sans-serif;fill:#1c2026}\
.big{font-size:16px;font-weight:600}.name{font-weight:600}.dim{fill:#5a626e}.good{fill:#1a7a3c}.busy{fill:#8a5a00}.bad text,text.bad,tspan.bad{fill:#b3261e}\
.line{fill:none;stroke:#6b7a99;stroke-width:1.5}.line.bad{stroke:#c62f1d;stroke-dasharray:5 4;stroke-width:2}.line.busy{stroke-dasharray:2 3}\
@media (prefers-color-scheme:dark){.bg{fill:#14171b}.zone{fill:#1b1f25;stroke:#3d4550}.node{fill:#22272e;stroke:#727d8b}.node.bad{fill:#331b19;stroke:#ff7a6b}\
.disk{fill:#232a38;stroke:#8fa1c7}.disk.bad{fill:#331b19;stroke:#ff7a6b}.disk.slow{stroke:#e5b454}text{fill:#e6e9ee}.dim{fill:#a2abb8}.good{fill:#6fd08c}.busy{fill:#e5b454}\
.bad text,text.bad,tspan.bad{fill:#ff8a7d}.line{stroke:#8fa1c7}.line.bad{stroke:#ff7a6b}}";

/// Returns the picture of a cluster as an SVG document, in a language.
pub fn svg(world: &World, lang: Lang) -> String {
    let map = super::model(world);
    let columns = map.zones.len().max(1) as i64;
    let width = GAP + columns * (ZONE + GAP);
    let mut body = String::new();
    let heads = headings(lang);
    let summary = summary(&map, lang);
    text_at(&mut body, GAP, 30, "big", &format!("{} {}", heads.cluster, map.clock));
    text_at(&mut body, GAP, 52, "dim", &summary);
    let top = 68;
    let mut bottom = top;
    for (place, zone) in map.zones.iter().enumerate() {
        let left = GAP + place as i64 * (ZONE + GAP);
        bottom = bottom.max(draw_zone(&mut body, zone, left, top, lang));
    }
    let mut y = bottom + 26;
    y = draw_rest(&mut body, &map, y, lang);
    y = draw_legend(&mut body, &map, y, lang);
    let height = y + 24;
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"map-title map-desc\" lang=\"{}\">\n\
         <title id=\"map-title\">{} {}</title>\n<desc id=\"map-desc\">{}</desc>\n<style>{STYLE}</style>\n\
         <rect class=\"bg\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n",
        lang.tag(),
        heads.cluster,
        escaped(&map.clock),
        escaped(&described(&map, lang)),
    );
    out
}

/// Tells the picture to whoever cannot see it: zone by zone, node by node.
fn described(map: &Map, lang: Lang) -> String {
    let mut words = vec![summary(map, lang)];
    for zone in &map.zones {
        for node in &zone.nodes {
            let pods: Vec<String> = node
                .pods
                .iter()
                .map(|row| format!("{}{} {}", row.name, times(row), row.word))
                .collect();
            let pods = if pods.is_empty() {
                "-".to_owned()
            } else {
                pods.join(", ")
            };
            words.push(format!(
                "{} / {} ({}): {pods}",
                zone.name,
                node.name,
                node_words(node, lang).0
            ));
        }
        for disk in &zone.disks {
            let wanted = wanted_words(disk, lang)
                .map(|words| format!(", {words}"))
                .unwrap_or_default();
            words.push(format!(
                "{} / {} {}{wanted}",
                zone.name,
                label(disk),
                disk_words(disk, lang).0
            ));
        }
    }
    words.join(". ")
}

fn label(disk: &Disk) -> String {
    format!("{} {}", disk.claim.as_ref().unwrap_or(&disk.name), disk.size)
}

fn times(row: &PodRow) -> String {
    if row.count > 1 {
        format!(" ×{}", row.count)
    } else {
        String::new()
    }
}

/// Where a pod that has claims is drawn.
struct Spot<'m> {
    node: &'m str,
    row: &'m PodRow,
    y: i64,
}

/// Draws a zone, and returns where it ends.
fn draw_zone(out: &mut String, zone: &Zone, left: i64, top: i64, lang: Lang) -> i64 {
    let uses = |disk: &Disk, row: &PodRow| disk.claim.as_ref().is_some_and(|claim| row.claims.contains(claim));
    let links = zone.disks.iter().flat_map(|disk| {
        let rows = zone
            .nodes
            .iter()
            .flat_map(|node| node.pods.iter().map(move |row| (node, row)));
        rows.filter(move |(node, row)| uses(disk, row) && link(disk, &node.name).is_some())
    });
    let lanes = links.count().min(LANES) as i64;
    let inner_left = left + GUTTER + lanes * LANE;
    let inner = ZONE - GUTTER - lanes * LANE - 12;
    let mut body = String::new();
    let mut spots = Vec::new();
    let mut y = top + HEAD + 4;
    for node in &zone.nodes {
        y = draw_node(&mut body, node, inner_left, y, inner, &mut spots, lang) + 12;
    }
    let mut drawn = 0;
    for disk in &zone.disks {
        let (mut middle, end) = draw_disk(&mut body, disk, inner_left, y, inner, lang);
        for spot in spots.iter().filter(|spot| uses(disk, spot.row)) {
            let Some(class) = link(disk, spot.node) else { continue };
            // A lane of its own: a line that lies upon another cannot be seen.
            let lane = left + 8 + (drawn % LANES) as i64 * LANE;
            let _ = writeln!(
                body,
                "<path class=\"{class}\" d=\"M{inner_left} {middle} H{lane} V{} H{inner_left}\"/>",
                spot.y
            );
            drawn += 1;
            middle = (middle + LANE).min(end - 12);
        }
        y = end + 8;
    }
    let bottom = y + 4;
    let _ = writeln!(
        out,
        "<g><rect class=\"zone\" x=\"{left}\" y=\"{top}\" width=\"{ZONE}\" height=\"{}\" rx=\"8\"/>",
        bottom - top
    );
    text_at(out, left + 12, top + 21, "name", &zone.name);
    out.push_str(&body);
    out.push_str("</g>\n");
    bottom
}

/// Returns how the line between a disk and a pod on a node looks; None where there is nothing between them.
fn link(disk: &Disk, node: &str) -> Option<&'static str> {
    match (disk.state.node() == Some(node), &disk.state) {
        (true, DiskState::Attached(_)) => Some("line"),
        (true, _) => Some("line busy"),
        (false, DiskState::Free | DiskState::Shared) => None,
        (false, _) => Some("line bad"),
    }
}

fn draw_node<'m>(
    out: &mut String,
    node: &'m NodeBox,
    x: i64,
    top: i64,
    width: i64,
    spots: &mut Vec<Spot<'m>>,
    lang: Lang,
) -> i64 {
    let rows: i64 = node.pods.iter().map(lines_of).sum();
    let height = HEAD + rows.max(1) * ROW + 4;
    let (words, tone) = node_words(node, lang);
    let class = if node.is_broken() { "node bad" } else { "node" };
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>"
    );
    text_at(out, x + 10, top + 20, "name", &node.name);
    text_right(out, x + width - 10, top + 20, class_of(tone), &words);
    let mut y = top + HEAD + 14;
    if node.pods.is_empty() {
        text_at(out, x + 10, y, "dim", headings(lang).no_pods);
    }
    for row in &node.pods {
        if !row.claims.is_empty() {
            spots.push(Spot {
                node: &node.name,
                row,
                y: y - 4,
            });
        }
        draw_pod(out, row, x + 10, y, width - 20, lang);
        y += lines_of(row) * ROW;
    }
    top + height
}

fn lines_of(row: &PodRow) -> i64 {
    1 + i64::from(!row.claims.is_empty()) + i64::from(row.waits_for.is_some())
}

fn draw_pod(out: &mut String, row: &PodRow, x: i64, y: i64, width: i64, lang: Lang) {
    let (sign, tone) = mark(row.state);
    let tone = class_of(tone);
    text_at(out, x, y, tone, sign);
    // A letter is some seven pixels wide.
    let room = (width / 7 - 6).max(12) as usize;
    let name = format!(
        "{}{}",
        cut(&row.name, room.saturating_sub(row.word.width() + 4)),
        times(row)
    );
    text_at(out, x + 18, y, "", &name);
    text_right(out, x + width, y, tone, &row.word);
    let mut y = y;
    if !row.claims.is_empty() {
        y += ROW;
        let claims = match row.claims.as_slice() {
            [first, rest @ ..] if rest.len() > 1 => format!("{first} +{}", rest.len()),
            claims => claims.join(", "),
        };
        let (sign, tone) = disk_mark(row.fault);
        let class = if row.fault.is_some() { class_of(tone) } else { "dim" };
        text_at(out, x + 18, y, class, &format!("└ {sign} {}", cut(&claims, room)));
    }
    if let Some(node) = &row.waits_for {
        text_at(out, x + 32, y + ROW, "bad", &waits_words(node, lang));
    }
}

/// Draws a disk as a cylinder; returns its middle and its end.
fn draw_disk(out: &mut String, disk: &Disk, x: i64, top: i64, width: i64, lang: Lang) -> (i64, i64) {
    let wanted = wanted_words(disk, lang);
    let height = 2 * ROW + 18 + if wanted.is_some() { ROW } else { 0 };
    let class = match disk.fault {
        Some(DiskFault::Failing) => "disk bad",
        _ if disk.is_stuck() => "disk bad",
        Some(DiskFault::Slow) => "disk slow",
        None => "disk",
    };
    let (right, bottom) = (x + width, top + height);
    let _ = writeln!(
        out,
        "<path class=\"{class}\" d=\"M{x} {} V{} A{} 6 0 0 0 {right} {} V{} A{} 6 0 0 0 {x} {} A{} 6 0 0 0 {right} {}\"/>",
        top + 6,
        bottom - 6,
        width / 2,
        bottom - 6,
        top + 6,
        width / 2,
        top + 6,
        width / 2,
        top + 6,
    );
    let (words, tone) = disk_words(disk, lang);
    let room = (width / 7 - 4).max(12) as usize;
    let (sign, sign_tone) = disk_mark(disk.fault);
    let head = format!("{sign} {}", cut(&label(disk), room));
    text_at(out, x + 10, top + 26, class_of(sign_tone), &head);
    text_at(out, x + 28, top + 27 + ROW, class_of(tone), &words);
    if let Some(wanted) = wanted {
        text_at(out, x + 28, top + 27 + 2 * ROW, "bad", &wanted);
    }
    (top + height / 2, bottom + 4)
}

/// Draws what stands in no zone, and returns where it ends.
fn draw_rest(out: &mut String, map: &Map, top: i64, lang: Lang) -> i64 {
    let heads = headings(lang);
    let mut y = top;
    if !map.homeless.is_empty() {
        text_at(out, GAP, y, "name", heads.homeless);
        for row in &map.homeless {
            y += ROW;
            draw_pod(out, row, GAP + 10, y, ZONE, lang);
            y += (lines_of(row) - 1) * ROW;
        }
        y += ROW + 8;
    }
    if !map.elsewhere.is_empty() {
        text_at(out, GAP, y, "name", heads.elsewhere);
        for disk in &map.elsewhere {
            y += ROW;
            let (words, tone) = disk_words(disk, lang);
            let (sign, _) = disk_mark(disk.fault);
            text_at(out, GAP + 10, y, "", &format!("{sign} {}", label(disk)));
            text_right(out, GAP + 10 + ZONE, y, class_of(tone), &words);
        }
        y += ROW + 8;
    }
    if !map.unbound.is_empty() {
        text_at(out, GAP, y, "name", heads.unbound);
        for (name, how) in &map.unbound {
            y += ROW;
            text_at(out, GAP + 10, y, "", &format!("▤ {name}"));
            text_right(out, GAP + 10 + ZONE, y, "busy", how);
        }
        y += ROW + 8;
    }
    y
}

/// Explains the marks that occur, and returns where that ends.
fn draw_legend(out: &mut String, map: &Map, y: i64, lang: Lang) -> i64 {
    let mut states: Vec<PodState> = map.rows().map(|row| row.state).collect();
    states.sort();
    states.dedup();
    let _ = write!(
        out,
        "<text class=\"dim\" x=\"{GAP}\" y=\"{y}\">{}: ",
        headings(lang).marks
    );
    for state in states {
        let (sign, tone) = mark(state);
        let _ = write!(
            out,
            "<tspan class=\"{}\">{sign}</tspan> {}\u{2003}",
            class_of(tone),
            meaning(state, lang)
        );
    }
    let heads = headings(lang);
    let _ = writeln!(out, "{DISK} {}\u{2003}⇒ {}</text>", heads.disk, heads.attached);
    let mut y = y;
    for fault in faults(map) {
        y += ROW;
        let (sign, tone) = disk_mark(Some(fault));
        let _ = writeln!(
            out,
            "<text class=\"dim\" x=\"{GAP}\" y=\"{y}\"><tspan class=\"{}\">{sign}</tspan> {}</text>",
            class_of(tone),
            fault_meaning(fault, lang)
        );
    }
    y
}
