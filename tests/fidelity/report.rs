//! The table of scores, the floors below which none may fall, and the list of differences with their explanations.

use crate::scenario::{data, folder, text};
use crate::score::{Cell, Difference, SORTS, Score, Sort};
use pglab::programs::runtime::matches;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

/// Why some differences are there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The explanation.
    pub why: String,
    /// In which scenarios; none: in all.
    #[serde(default, rename = "in")]
    pub scenarios: Vec<String>,
    /// In what; none: in everything.
    #[serde(default)]
    pub of: Vec<Sort>,
    /// Patterns of the command or the object; none: any.
    #[serde(default)]
    pub places: Vec<String>,
    /// Patterns of the line, its sign included; none: any.
    #[serde(default)]
    pub lines: Vec<String>,
}

impl Explanation {
    fn covers(&self, difference: &Difference) -> bool {
        let any = |patterns: &[String], word: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, word))
        };
        (self.scenarios.is_empty() || self.scenarios.contains(&difference.scenario))
            && (self.of.is_empty() || self.of.contains(&difference.sort))
            && any(&self.places, &difference.place)
            && any(&self.lines, &difference.line)
    }
}

/// The lowest score that a cell may have.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    matched: usize,
    of: usize,
    extra: usize,
}

/// Returns the table of scores.
pub fn table(scores: &BTreeMap<String, Score>) -> String {
    let mut rows = vec![["scenario", "screens", "events", "writes", "watch"].map(str::to_owned)];
    let mut sums: BTreeMap<Sort, Cell> = BTreeMap::new();
    let show = |cell: Option<&Cell>| cell.map_or("-".to_owned(), show);
    for (name, score) in scores {
        rows.push(row(name, &score.cells, show));
        for (sort, cell) in &score.cells {
            let sum = sums.entry(*sort).or_default();
            sum.matched += cell.matched;
            sum.compared += cell.compared;
            sum.extra += cell.extra;
        }
    }
    rows.push(row("all", &sums, show));
    let mut table = String::new();
    for (number, row) in rows.iter().enumerate() {
        let _ = writeln!(table, "| {} |", row.join(" | "));
        if number == 0 {
            table.push_str("|---|---|---|---|---|\n");
        }
    }
    let total = sums.values().fold(Cell::default(), |sum, cell| Cell {
        matched: sum.matched + cell.matched,
        compared: sum.compared + cell.compared,
        extra: sum.extra + cell.extra,
    });
    let percent = 100.0 * total.matched as f64 / total.compared.max(1) as f64;
    let _ = writeln!(
        table,
        "\nTogether {} of {} are the same ({percent:.1} %); {} more are pglab's alone.",
        total.matched, total.compared, total.extra
    );
    table
}

fn row(name: &str, cells: &BTreeMap<Sort, Cell>, show: impl Fn(Option<&Cell>) -> String) -> [String; 5] {
    let mut row = [
        name.to_owned(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
    ];
    for (place, sort) in SORTS.iter().enumerate() {
        row[place + 1] = show(cells.get(sort));
    }
    row
}

fn show(cell: &Cell) -> String {
    let extra = if cell.extra > 0 {
        format!(" +{}", cell.extra)
    } else {
        String::new()
    };
    format!("{}/{}{extra}", cell.matched, cell.compared)
}

/// Says which cells have fallen below their floors, or were compared with another recording.
pub fn fallen(scores: &BTreeMap<String, Score>) -> Vec<String> {
    let floors: BTreeMap<String, BTreeMap<Sort, Floor>> = data("floors.yaml");
    let mut fallen = Vec::new();
    for (name, score) in scores {
        for (sort, cell) in &score.cells {
            let floor = floors.get(name).and_then(|floors| floors.get(sort));
            let Some(floor) = floor else {
                fallen.push(format!("{name} {sort}: floors.yaml has no floor"));
                continue;
            };
            let is = show(cell);
            if cell.matched < floor.matched || cell.extra > floor.extra || cell.compared != floor.of {
                let was = show(&Cell {
                    matched: floor.matched,
                    compared: floor.of,
                    extra: floor.extra,
                });
                fallen.push(format!("{name} {sort}: {is}, and it was {was}"));
            } else if cell.matched > floor.matched || cell.extra < floor.extra {
                println!("{name} {sort}: {is} is better than its floor; PGLAB_ACCEPT=1 raises it");
            }
        }
    }
    fallen
}

/// Writes the scores down as the new floors.
pub fn raise_floors(scores: &BTreeMap<String, Score>) {
    let mut floors = "# The lowest scores: a test fails when one gets worse. See main.rs.\n".to_owned();
    for (name, score) in scores {
        let _ = writeln!(floors, "{name}:");
        for (
            sort,
            Cell {
                matched,
                compared,
                extra,
            },
        ) in &score.cells
        {
            let _ = writeln!(
                floors,
                "  {sort}: {{matched: {matched}, of: {compared}, extra: {extra}}}"
            );
        }
    }
    fs::write(folder().join("floors.yaml"), floors).expect("the folder can be written to");
}

/// The list of differences, and what is wrong with it.
pub struct Differences {
    /// The text of `DIFFERENCES.md`.
    pub text: String,
    /// The differences that nobody has explained.
    pub unexplained: Vec<String>,
    /// The explanations that explain nothing.
    pub idle: Vec<String>,
}

/// Lists the differences, each with its explanation.
pub fn differences(scores: &BTreeMap<String, Score>) -> Differences {
    let explanations: Vec<Explanation> = data("explanations.yaml");
    let mut used = vec![false; explanations.len()];
    let mut unexplained = Vec::new();
    let mut text = INTRODUCTION.to_owned() + "\n" + &table(scores);
    for (name, score) in scores {
        let mut groups: BTreeMap<(Sort, usize), Vec<&Difference>> = BTreeMap::new();
        for difference in &score.differences {
            let place = explanations
                .iter()
                .position(|explanation| explanation.covers(difference));
            match place {
                Some(place) => used[place] = true,
                None => unexplained.push(format!(
                    "{name} {} [{}] {}",
                    difference.sort, difference.place, difference.line
                )),
            }
            let place = place.unwrap_or(explanations.len());
            groups.entry((difference.sort, place)).or_default().push(difference);
        }
        if !groups.is_empty() {
            let _ = write!(text, "\n## {name}\n");
        }
        for ((sort, place), group) in groups {
            let why = explanations
                .get(place)
                .map_or("nobody has explained this yet", |e| e.why.trim());
            let _ = write!(text, "\n**{sort}**: {why}\n\n```diff\n{}```\n", listed(&group));
        }
    }
    let idle = explanations.iter().zip(&used).filter(|(_, used)| !**used);
    let idle = idle.map(|(explanation, _)| explanation.why.clone()).collect();
    Differences {
        text,
        unexplained,
        idle,
    }
}

/// Lists differences under the commands or objects in which they are, equal ones once with their number.
fn listed(group: &[&Difference]) -> String {
    let mut places: Vec<(&str, Vec<(String, usize)>)> = Vec::new();
    for difference in group {
        let line: String = difference.line.chars().take(WIDTH).collect();
        let place = places
            .iter()
            .position(|(place, _)| *place == difference.place)
            .unwrap_or_else(|| {
                places.push((&difference.place, Vec::new()));
                places.len() - 1
            });
        let lines = &mut places[place].1;
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, count)) => *count += 1,
            None => lines.push((line, 1)),
        }
    }
    let mut text = String::new();
    for (place, lines) in places {
        if !place.is_empty() {
            let _ = writeln!(text, "@@ {place}");
        }
        for (line, count) in lines {
            let times = if count > 1 {
                format!(" (×{count})")
            } else {
                String::new()
            };
            let _ = writeln!(text, "{line}{times}");
        }
    }
    text
}

/// How much of a line is listed, in letters.
const WIDTH: usize = 260;

/// Says whether the list in the tree is this one.
pub fn is_listed(differences: &str) -> bool {
    text("DIFFERENCES.md") == differences
}

/// Puts the list into the tree.
pub fn list(differences: &str) {
    fs::write(folder().join("DIFFERENCES.md"), differences).expect("the folder can be written to");
}

const INTRODUCTION: &str = "\
# Where pglab differs from a real control plane

Whole scenarios that were recorded on a real Kubernetes 1.36 control plane are played in pglab, with the same commands at
the same distances and with the recording's settings, and everything is compared.
A cell says how many of the recording's screens, events, writes and lines of `kubectl get -w` are the same; a number after
`+` says how many pglab has besides.
Below the table stands everything that differs, with the reason.
In a list `-` is the recording's line, `+` is pglab's, and `~` is one that both have, at another place in the story.

This file is written by `PGLAB_ACCEPT=1 cargo test --test fidelity`, which reads the reasons from `explanations.yaml`.
";
