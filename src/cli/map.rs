//! `pglab map`

use super::error::{Exit, Failure};
use super::place::Place;
use super::terminal;
use crate::map::{svg, text};
use crate::sim::Lang;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Map {
    /// Draw into a file, as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// The width in columns [default: that of the terminal]
    #[arg(long, value_parser = clap::value_parser!(u16).range(40..=500))]
    width: Option<u16>,
}

impl Map {
    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        let session = place.open("pglab map")?;
        let lang = place.lang();
        let drawn = match &self.svg {
            Some(_) => svg(session.world(), lang),
            None => {
                let width = self.width.map_or_else(terminal::columns, usize::from);
                text(session.world(), width, lang, terminal::colour())
            }
        };
        session.close()?;
        let Some(path) = self.svg else {
            return terminal::print(&drawn);
        };
        std::fs::write(&path, drawn).map_err(|error| {
            Failure::wrong(
                format!("cannot write {}: {error}", path.display()),
                "name a file that can be written",
            )
        })?;
        terminal::print(&match lang {
            Lang::En => format!("drawn into {}\n", path.display()),
            Lang::Ko => format!("{}에 그림\n", path.display()),
        })
    }
}
