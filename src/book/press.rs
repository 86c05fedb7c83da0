//! mdBook's own libraries, with the preprocessor inside.

use super::expand::{Expander, Player, Printed};
use crate::lab::{Error, Lab, Lang};
use mdbook::MDBook;
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::errors::Result as MdResult;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, parse_input};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Returns the books under a folder: itself, and each folder in it that has a `book.toml`, in the order of their names.
pub fn books(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.to_path_buf()];
    let mut inside: Vec<_> = std::fs::read_dir(root)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    inside.sort();
    found.extend(inside.into_iter().filter(|path| path.join("book.toml").is_file()));
    found
}

/// Builds one book, and returns what runs printed into it.
pub fn build(root: &Path, labs: &[Lab], player: impl Player) -> Result<Vec<Printed>, Error> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::new(
            format!("cannot build the book in {}: {error:#}", root.display()),
            "book/README.md says how a chapter is written",
        )
    };
    let mut book = MDBook::load(root).map_err(|error| failed(&error))?;
    let lang = book
        .config
        .book
        .language
        .as_deref()
        .and_then(Lang::from_tag)
        .unwrap_or_default();
    // It runs beside mdBook's own, in the place of the command that `book.toml` names.
    let expanded = expand(&mut book.book, labs, lang, player)?;
    book.with_preprocessor(Done);
    book.build().map_err(|error| failed(&error))?;
    Ok(expanded)
}

/// Serves mdBook as the command that `book.toml` names: a book comes in as JSON, and goes out expanded.
pub fn preprocess(input: impl Read, output: impl Write, labs: &[Lab], player: impl Player) -> Result<(), Error> {
    let foreign = |error: &dyn std::fmt::Display| {
        Error::new(
            format!("mdBook's message cannot be read or answered: {error:#}"),
            "this command is for mdBook; `pglab book build` builds the book",
        )
    };
    let (context, mut book) = parse_input(input).map_err(|error| foreign(&error))?;
    let lang = context
        .config
        .book
        .language
        .as_deref()
        .and_then(Lang::from_tag)
        .unwrap_or_default();
    expand(&mut book, labs, lang, player)?;
    serde_json::to_writer(output, &book).map_err(|error| foreign(&error))
}

fn expand(book: &mut Book, labs: &[Lab], lang: Lang, player: impl Player) -> Result<Vec<Printed>, Error> {
    let mut expander = Expander::new(labs, lang, player);
    let mut trouble = None;
    book.for_each_chapter_mut(|chapter| {
        if trouble.is_some() {
            return;
        }
        let name = chapter
            .source_path
            .as_deref()
            .unwrap_or(Path::new(&chapter.name))
            .display()
            .to_string();
        match expander.chapter(&name, &chapter.content) {
            Ok(text) => chapter.content = text,
            Err(error) => trouble = Some(error),
        }
    });
    match trouble {
        Some(error) => Err(error),
        None => Ok(expander.printed().to_vec()),
    }
}

/// Stands where `book.toml` names the command: the directives are gone already.
struct Done;

impl Preprocessor for Done {
    fn name(&self) -> &str {
        "pglab"
    }

    fn run(&self, _context: &PreprocessorContext, book: Book) -> MdResult<Book> {
        Ok(book)
    }
}
