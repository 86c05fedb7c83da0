//! The directives of a chapter, and the text between them.

use crate::lab::Error;

/// What a chapter asks the simulator for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// The question that a lab answers.
    Question {
        /// The lab.
        lab: String,
    },
    /// What an act tells and shows.
    Act {
        /// The lab.
        lab: String,
        /// The act.
        act: String,
    },
    /// The table at a lab's end.
    Table {
        /// The lab.
        lab: String,
    },
    /// The answer to a lab's question.
    Ending {
        /// The lab.
        lab: String,
    },
    /// A file of a lab.
    File {
        /// The lab.
        lab: String,
        /// The file, under the lab's folder.
        path: String,
    },
    /// The screens of commands once a folder's manifests have settled.
    Play {
        /// The lab.
        lab: String,
        /// The folder, under the lab's.
        folder: String,
        /// The commands.
        commands: Vec<String>,
    },
    /// A lab's hints, folded away.
    Hints {
        /// The lab.
        lab: String,
    },
    /// Every word of every lab.
    Words,
    /// Every flag of kubectl, and what is done with it.
    Flags,
    /// A number of an act's row.
    Fact {
        /// The lab.
        lab: String,
        /// The act.
        act: String,
        /// The number's name.
        name: String,
    },
}

/// A stretch of a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text that stays as it is.
    Text(&'a str),
    /// Something to run, and the line it stands on.
    Run(Directive, usize),
}

/// Cuts a chapter at its directives.
pub fn pieces(chapter: &str) -> Result<Vec<Piece<'_>>, Error> {
    let mut found = Vec::new();
    let mut done = 0;
    let mut from = 0;
    while let Some(at) = chapter[from..].find("{{").map(|at| at + from) {
        from = at + 2;
        let inner = &chapter[from..];
        let Some(body) = inner.strip_prefix("#pglab ").or_else(|| inner.strip_prefix("fact ")) else {
            continue;
        };
        let line = chapter[..at].matches('\n').count() + 1;
        let Some(length) = body.find("}}") else {
            return Err(wrong(line, "a directive without its `}}`"));
        };
        let words = split(&body[..length]).map_err(|what| wrong(line, &what))?;
        let directive = match inner.starts_with('#') {
            true => parse(&words),
            false => fact(&words),
        };
        let Some(directive) = directive else {
            return Err(wrong(line, &format!("no directive is written `{}`", words.join(" "))));
        };
        found.push(Piece::Text(&chapter[done..at]));
        found.push(Piece::Run(directive, line));
        done = from + (inner.len() - body.len()) + length + 2;
        from = done;
    }
    found.push(Piece::Text(&chapter[done..]));
    Ok(found)
}

fn parse(words: &[String]) -> Option<Directive> {
    let mut words = words.iter().cloned();
    let verb = words.next()?;
    let rest: Vec<String> = words.collect();
    Some(match (verb.as_str(), rest.as_slice()) {
        ("words", []) => Directive::Words,
        ("flags", []) => Directive::Flags,
        ("question", [lab]) => Directive::Question { lab: lab.clone() },
        ("table", [lab]) => Directive::Table { lab: lab.clone() },
        ("ending", [lab]) => Directive::Ending { lab: lab.clone() },
        ("hints", [lab]) => Directive::Hints { lab: lab.clone() },
        ("act", [lab, act]) => Directive::Act {
            lab: lab.clone(),
            act: act.clone(),
        },
        ("file", [lab, path]) => Directive::File {
            lab: lab.clone(),
            path: path.clone(),
        },
        ("play", [lab, folder, commands @ ..]) if !commands.is_empty() => Directive::Play {
            lab: lab.clone(),
            folder: folder.clone(),
            commands: commands.to_vec(),
        },
        _ => return None,
    })
}

fn fact(words: &[String]) -> Option<Directive> {
    match words {
        [lab, act, name] => Some(Directive::Fact {
            lab: lab.clone(),
            act: act.clone(),
            name: name.clone(),
        }),
        _ => None,
    }
}

/// Splits at blanks; single quotes hold a word together.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    for (number, part) in text.split('\'').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(String::from)),
            _ => words.push(part.to_string()),
        }
    }
    match text.matches('\'').count() % 2 {
        0 => Ok(words),
        _ => Err("a quote that is not closed".into()),
    }
}

fn wrong(line: usize, what: &str) -> Error {
    Error::new(format!("line {line}: {what}"), "book/README.md lists the directives")
}
