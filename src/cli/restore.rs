//! `pglab cluster restore`

use super::cluster::counted;
use super::error::{Exit, Failure};
use super::place::{Place, diaries, span};
use super::terminal;
use crate::sim::clock;
use crate::workspace::{Created, DATABASE, Folder, Journal, Wall, journals, read_journal};
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr;

pub(super) fn restore(place: &Place, dir: Option<PathBuf>, from: Option<String>) -> Result<Exit, Failure> {
    let Some(diaries) = diaries() else {
        return Err(Failure::wrong(
            "there is no state directory",
            "set HOME or XDG_STATE_HOME",
        ));
    };
    let known = journals(&diaries);
    // A folder that has one journal needs no more words.
    let its_own = |dir: &PathBuf| {
        let dir = dir.canonicalize().ok()?;
        let is_its = |journal: &Journal| {
            let home = journal.dir.as_ref().and_then(|home| home.canonicalize().ok());
            home.as_ref() == Some(&dir)
        };
        let mut own = known.iter().filter(|journal| is_its(journal));
        own.next()
            .filter(|_| own.next().is_none())
            .map(|journal| journal.id.clone())
    };
    let from = from.or_else(|| dir.as_ref().and_then(its_own));
    let (Some(dir), Some(id)) = (dir, from) else {
        terminal::print(&list_of_journals(place, &known))?;
        terminal::tell(&place.say(
            "say which: pglab cluster restore DIR --from ID",
            "어느 것인지 지정: pglab cluster restore DIR --from ID",
        ));
        return Ok(Exit::Fine);
    };
    if !known.iter().any(|journal| journal.id == id) {
        return Err(Failure::wrong(
            format!("there is no journal {id}"),
            "`pglab cluster restore` lists the journals that there are",
        ));
    }
    let (state, entries) = read_journal(&diaries, &id)?;
    let many = entries.len();
    let Created { folder, .. } = Folder::restore(&dir, Some(diaries), &state, entries, place.clock())?;
    let ago = span(place.clock().now_ms() - state.wall_ms);
    let dir = folder.dir().display();
    terminal::print(&place.say(
        format!(
            "cluster of {ago} ago made again in {dir}: {} of the journal\n",
            counted(many, "entry").replace("entrys", "entries"),
        ),
        format!("{ago} 전에 만든 클러스터를 {dir}에 복원: 저널 항목 {many}개\n"),
    ))
}

/// Lists the journals: how long ago the last command was, how long the cluster had lived by then, and where.
fn list_of_journals(place: &Place, journals: &[Journal]) -> String {
    let now = place.clock().now_ms();
    let rows: Vec<[String; 4]> = journals
        .iter()
        .map(|journal| {
            let folder = match &journal.dir {
                Some(dir) if dir.join(DATABASE).is_file() => dir.display().to_string(),
                // What is gone is what one wants to have again.
                Some(dir) => {
                    let dir = dir.display();
                    place.say(
                        format!("{dir} (no cluster there now)"),
                        format!("{dir} (지금은 클러스터 없음)"),
                    )
                }
                None => "-".to_owned(),
            };
            let ago = span((now - journal.wall_ms).max(0));
            [journal.id.clone(), ago, clock(journal.lived_ms), folder]
        })
        .collect();
    let wide = rows
        .iter()
        .map(|row| row[3].width())
        .max()
        .unwrap_or(0)
        .max("FOLDER".len());
    let mut text = format!(
        "{:16}  {:>9}  {:>13}  FOLDER{}  LAST COMMAND\n",
        "ID",
        "AGO",
        "TIME",
        " ".repeat(wide - "FOLDER".len())
    );
    for ([id, ago, time, folder], journal) in rows.iter().zip(journals) {
        let gap = " ".repeat(wide - folder.width());
        text.push_str(&format!(
            "{id:16}  {ago:>9}  {time:>13}  {folder}{gap}  {}\n",
            journal.last
        ));
    }
    text
}
