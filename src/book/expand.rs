//! Puts in the place of each directive what is played, and remembers what was printed where.

use super::directive::{Directive, Piece, pieces};
use super::draw::{draw, fenced, folded, say, screen};
use crate::lab::{Error, Lab, Lang, Shown, seconds};
use std::collections::BTreeMap;

/// Who plays. The book asks for no more than this, so a test can play too.
pub trait Player {
    /// Plays a whole lab and returns what it shows, in order.
    fn play(&mut self, lab: &Lab, lang: Lang) -> Result<Vec<Shown>, Error>;

    /// Applies manifests to an empty cluster, waits until they settle, and runs commands in the window.
    fn screens(&mut self, manifests: &[(&str, &str)], commands: &[String]) -> Result<Vec<Shown>, Error>;
}

/// Something that a run printed into the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The lab that it belongs to.
    pub lab: String,
    /// A name for it within the lab.
    pub name: String,
    /// In which language.
    pub lang: Lang,
    /// The Markdown.
    pub text: String,
}

/// Expands chapters, playing each lab once a language.
pub struct Expander<'a, P> {
    labs: &'a [Lab],
    lang: Lang,
    player: P,
    played: BTreeMap<String, Vec<Shown>>,
    printed: Vec<Printed>,
}

impl<'a, P: Player> Expander<'a, P> {
    /// Makes an expander for books in one language.
    pub fn new(labs: &'a [Lab], lang: Lang, player: P) -> Self {
        Self {
            labs,
            lang,
            player,
            played: BTreeMap::new(),
            printed: Vec::new(),
        }
    }

    /// Returns a chapter with its directives replaced; `name` is for messages.
    pub fn chapter(&mut self, name: &str, text: &str) -> Result<String, Error> {
        let located = |error: Error| Error::new(format!("{name}: {}", error.what), error.hint);
        let mut out = String::with_capacity(text.len());
        for piece in pieces(text).map_err(located)? {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Run(directive, line) => {
                    let located = |error: Error| Error::new(format!("{name}:{line}: {}", error.what), error.hint);
                    out.push_str(&self.run(&directive).map_err(located)?);
                }
            }
        }
        Ok(out)
    }

    /// Returns what runs printed so far, in order.
    pub fn printed(&self) -> &[Printed] {
        &self.printed
    }

    fn run(&mut self, directive: &Directive) -> Result<String, Error> {
        let lang = self.lang;
        match directive {
            Directive::Words => Ok(self.words()),
            Directive::Flags => Ok(crate::kubectl::flag_table().trim_end().to_string()),
            Directive::Question { lab } => {
                let lab = self.lab(lab)?;
                let question = lab.question.as_ref().ok_or_else(|| lacks(lab, "question"))?;
                Ok(format!("> {}", question.in_lang(lang).trim()))
            }
            Directive::Ending { lab } => {
                let lab = self.lab(lab)?;
                let ending = lab.ending.as_ref().ok_or_else(|| lacks(lab, "ending"))?;
                Ok(ending.in_lang(lang).trim().to_string())
            }
            Directive::Hints { lab } => Ok(hints(self.lab(lab)?, lang)),
            Directive::File { lab, path } => {
                let text = self.lab(lab)?.file(path)?;
                Ok(format!("`{path}`\n\n{}", fenced("yaml", text)))
            }
            Directive::Act { lab, act } => {
                self.lab(lab)?.act(act)?;
                let shown = self.shown(lab)?;
                let is_act =
                    |piece: &Shown| matches!(piece, Shown::Act { .. } | Shown::Table { .. } | Shown::Ending { .. });
                let mine = |piece: &Shown| matches!(piece, Shown::Act { id, .. } if id == act);
                let from = shown.iter().position(mine).map_or(shown.len(), |at| at + 1);
                let length = shown[from..].iter().position(is_act).unwrap_or(shown.len() - from);
                let text = draw(&shown[from..from + length], lang);
                Ok(self.print(lab, format!("act-{act}"), text))
            }
            Directive::Table { lab } => {
                let table: Vec<_> = self
                    .shown(lab)?
                    .iter()
                    .filter(|piece| matches!(piece, Shown::Table { .. }))
                    .cloned()
                    .collect();
                if table.is_empty() {
                    return Err(lacks(self.lab(lab)?, "table"));
                }
                let text = draw(&table, lang);
                Ok(self.print(lab, "table".into(), text))
            }
            Directive::Fact { lab, act, name } => {
                let text = fact(self.shown(lab)?, act, name)?;
                Ok(self.print(lab, format!("fact-{act}-{name}"), text))
            }
            Directive::Play { lab, folder, commands } => {
                let plan = self.lab(lab)?;
                let files: Vec<_> = plan.files_in(folder).collect();
                if files.is_empty() {
                    return Err(Error::new(
                        format!("{lab} has no files in `{folder}`"),
                        "name a folder under the lab's own",
                    ));
                }
                let shown = self.player.screens(&files, commands)?;
                let screens: Vec<_> = shown
                    .iter()
                    .filter_map(|piece| match piece {
                        Shown::Screen { command, output, .. } => Some(screen(command, output)),
                        _ => None,
                    })
                    .collect();
                Ok(self.print(lab, format!("play-{}", folder.replace('/', "-")), screens.join("\n\n")))
            }
        }
    }

    fn lab(&self, id: &str) -> Result<&'a Lab, Error> {
        self.labs.iter().find(|lab| lab.id == id).ok_or_else(|| {
            let ids: Vec<_> = self.labs.iter().map(|lab| lab.id.as_str()).collect();
            Error::new(
                format!("there is no lab `{id}`"),
                format!("there are {}", ids.join(", ")),
            )
        })
    }

    /// Returns what a lab shows, and refuses to print a story that did not go as its text says.
    fn shown(&mut self, id: &str) -> Result<&[Shown], Error> {
        let lab = self.lab(id)?;
        if !self.played.contains_key(id) {
            let shown = self.player.play(lab, self.lang)?;
            for piece in &shown {
                if let Shown::Verdict {
                    check,
                    verdict,
                    predicted,
                    ..
                } = piece
                    && verdict != predicted
                {
                    return Err(Error::new(
                        format!("{id}: `{check}` is {verdict:?} where the lab predicts {predicted:?}"),
                        format!("see it with: pglab run {id}"),
                    ));
                }
            }
            self.played.insert(id.to_string(), shown);
        }
        Ok(&self.played[id])
    }

    fn print(&mut self, lab: &str, name: String, text: String) -> String {
        self.printed.push(Printed {
            lab: lab.to_string(),
            name,
            lang: self.lang,
            text: text.clone(),
        });
        text
    }

    /// Lists every word once, where it first comes up.
    fn words(&self) -> String {
        let mut seen: Vec<&str> = Vec::new();
        let mut lines = Vec::new();
        for word in self.labs.iter().flat_map(|lab| &lab.words) {
            let (en, here) = (word.word.en.as_str(), word.word.in_lang(self.lang));
            if seen.contains(&en) {
                continue;
            }
            seen.push(en);
            let other = if here == en { String::new() } else { format!(" ({en})") };
            lines.push(format!("- **{here}**{other}: {}", word.means.in_lang(self.lang).trim()));
        }
        lines.join("\n")
    }
}

fn hints(lab: &Lab, lang: Lang) -> String {
    let title = say(lang, "Hint", "힌트");
    let folds: Vec<_> = lab
        .hints
        .iter()
        .enumerate()
        .map(|(number, hint)| folded(&format!("{title} {}", number + 1), hint.in_lang(lang)))
        .collect();
    folds.join("\n\n")
}

fn fact(shown: &[Shown], act: &str, name: &str) -> Result<String, Error> {
    let rows = shown.iter().filter_map(|piece| match piece {
        Shown::Table { rows, .. } => Some(rows),
        _ => None,
    });
    let Some(row) = rows.flatten().find(|row| row.act == act) else {
        return Err(Error::new(
            format!("act `{act}` makes no row"),
            "give the act a `row`, and the lab a `table`",
        ));
    };
    match name {
        "acknowledged" => Ok(row.acknowledged.to_string()),
        "surviving" => Ok(row.surviving.unwrap_or_default().to_string()),
        "lost" => Ok(row
            .acknowledged
            .saturating_sub(row.surviving.unwrap_or_default())
            .to_string()),
        "seconds" => Ok(seconds(row.silent_ms)),
        _ => Err(Error::new(
            format!("no fact is called `{name}`"),
            "there are acknowledged, surviving, lost and seconds",
        )),
    }
}

fn lacks(lab: &Lab, what: &str) -> Error {
    Error::new(
        format!("{} has no {what}", lab.id),
        format!("add `{what}` to its lab.yaml"),
    )
}
