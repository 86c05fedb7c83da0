//! `pglab list`

use super::error::{Exit, Failure};
use super::run::Format;
use super::terminal;
use crate::lab::{Lang, Library};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct List {
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// List the labs of this folder instead of those inside the program
    #[arg(long, value_name = "DIR")]
    labs: Option<PathBuf>,
}

impl List {
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let library = library(self.labs.as_deref())?;
        let mut out = String::new();
        for lab in library.labs()? {
            let (title, about) = (lab.title.in_lang(lang).trim(), lab.about.in_lang(lang).trim());
            match self.format {
                Format::Text => {
                    let minutes = match lang {
                        Lang::En => format!("{} minutes", lab.minutes),
                        Lang::Ko => format!("{}분", lab.minutes),
                    };
                    out.push_str(&format!("{}  {title} ({minutes})\n      {about}\n", lab.id));
                }
                Format::Json => {
                    let line = json!({"id": lab.id, "title": title, "about": about, "minutes": lab.minutes, "needs": lab.needs});
                    out.push_str(&format!("{line}\n"));
                }
            }
        }
        terminal::print(&out)
    }
}

/// Returns the labs of a folder, or those inside the program.
pub(super) fn library(folder: Option<&std::path::Path>) -> Result<Library, Failure> {
    match folder {
        Some(folder) => Ok(Library::of_folder(folder)?),
        None => Ok(Library::inside()),
    }
}
