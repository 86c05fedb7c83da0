//! Expansion: from words to arguments. Tilde, variables, `$(…)`, arithmetic, splitting, file names; in that order.

use super::script::{Change, Part, Word};
use super::{Shell, Surroundings, arith, pattern};
use crate::programs::outcome::Outcome;

/// A piece of an expanded word: its letters, and whether they may be split and match file names.
struct Piece {
    text: String,
    open: bool,
}

impl Shell {
    /// Expands words to arguments.
    pub(super) fn fields(
        &mut self,
        words: &[Word],
        world: &mut dyn Surroundings,
        outcome: &mut Outcome,
    ) -> Vec<String> {
        let mut fields = Vec::with_capacity(words.len());
        for word in words {
            // `"$@"` is as many words as there are arguments.
            if let [Part::Quoted(_), Part::Variable { name, quoted: true, .. }] = word.0.as_slice()
                && name == "@"
            {
                fields.extend(self.scope.args.iter().cloned());
                continue;
            }
            let pieces = self.pieces(word, world, outcome);
            split(&pieces, |field, quoted| {
                self.named(field, quoted, world, &mut fields);
            });
        }
        fields
    }

    /// Expands a word to one text, without splitting: an assignment, the file of a redirection.
    pub(super) fn text(&mut self, word: &Word, world: &mut dyn Surroundings, outcome: &mut Outcome) -> String {
        let pieces = self.pieces(word, world, outcome);
        pieces.into_iter().map(|piece| piece.text).collect()
    }

    /// Expands a word to a pattern: what was quoted means itself.
    pub(super) fn pattern(&mut self, word: &Word, world: &mut dyn Surroundings, outcome: &mut Outcome) -> String {
        let mut out = String::new();
        for piece in self.pieces(word, world, outcome) {
            if piece.open {
                out.push_str(&piece.text);
                continue;
            }
            for letter in piece.text.chars() {
                if "*?[\\".contains(letter) {
                    out.push('\\');
                }
                out.push(letter);
            }
        }
        out
    }

    fn pieces(&mut self, word: &Word, world: &mut dyn Surroundings, outcome: &mut Outcome) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(word.0.len());
        for (at, part) in word.0.iter().enumerate() {
            let (text, open) = match part {
                Part::Plain(text) if at == 0 && (text == "~" || text.starts_with("~/")) => {
                    let home = self.scope.home();
                    (format!("{home}{}", &text[1..]), false)
                }
                Part::Plain(text) => (text.clone(), true),
                Part::Quoted(text) => (text.clone(), false),
                Part::Variable { name, change, quoted } => (self.variable(name, change, world, outcome), !quoted),
                Part::Command(node, quoted) => (self.captured(node, world, outcome), !quoted),
                Part::Arithmetic(word, quoted) => {
                    let text = self.text(word, world, outcome);
                    let vars = &self.scope.vars;
                    let worked_out = arith::evaluate(&text, &|name| vars.get(name).cloned().unwrap_or_default());
                    let text = match worked_out {
                        Ok(value) => value.to_string(),
                        Err(trouble) => {
                            self.fail(2, &trouble, world, outcome);
                            String::new()
                        }
                    };
                    (text, !quoted)
                }
            };
            pieces.push(Piece { text, open });
        }
        pieces
    }

    /// Returns the value of a variable, changed as its braces say.
    fn variable(&mut self, name: &str, change: &Change, world: &mut dyn Surroundings, outcome: &mut Outcome) -> String {
        let value = self.value(name, world);
        match change {
            Change::None => {
                if value.is_none() && self.scope.nounset && !"@*".contains(name) {
                    self.fail(2, &format!("{name}: parameter not set"), world, outcome);
                    self.leave();
                }
                value.unwrap_or_default()
            }
            Change::Length => value.unwrap_or_default().chars().count().to_string(),
            Change::Default(operator, empty_too, word) => {
                let set = value.filter(|value| !(*empty_too && value.is_empty()));
                match (operator, set) {
                    ('+', Some(_)) => self.text(word, world, outcome),
                    ('+', None) => String::new(),
                    (_, Some(value)) => value,
                    ('=', None) => {
                        let value = self.text(word, world, outcome);
                        self.scope.vars.insert(name.to_owned(), value.clone());
                        value
                    }
                    ('?', None) => {
                        let words = self.text(word, world, outcome);
                        let words = if words.is_empty() {
                            "parameter not set".to_owned()
                        } else {
                            words
                        };
                        self.fail(2, &format!("{name}: {words}"), world, outcome);
                        self.leave();
                        String::new()
                    }
                    _ => self.text(word, world, outcome),
                }
            }
            Change::Trim(end, longest, word) => {
                let wanted = self.pattern(word, world, outcome);
                trim(&value.unwrap_or_default(), *end, *longest, &wanted)
            }
            Change::Replace(word, with, all) => {
                let wanted = self.text(word, world, outcome);
                let with = self.text(with, world, outcome);
                let value = value.unwrap_or_default();
                match (wanted.is_empty(), all) {
                    (true, _) => value,
                    (_, true) => value.replace(&wanted, &with),
                    (_, false) => value.replacen(&wanted, &with, 1),
                }
            }
        }
    }

    /// Returns the value of a variable or of one of the shell's own.
    pub(super) fn value(&self, name: &str, world: &mut dyn Surroundings) -> Option<String> {
        Some(match name {
            "?" => self.status.to_string(),
            "#" => self.scope.args.len().to_string(),
            "@" | "*" => self.scope.args.join(" "),
            "$" => "1".to_owned(),
            "!" => self.scope.background.to_string(),
            "0" => self.scope.name.clone(),
            "PWD" => self.scope.cwd.clone(),
            "HOSTNAME" if !self.scope.vars.contains_key(name) => world.identity().0,
            "RANDOM" => (world.draw() % 32768).to_string(),
            _ => match name.parse::<usize>() {
                Ok(number) => self.scope.args.get(number.checked_sub(1)?)?.clone(),
                Err(_) => self.scope.vars.get(name)?.clone(),
            },
        })
    }

    /// Adds a field: the names of the files that it matches, or itself.
    fn named(&self, field: String, quoted: bool, world: &mut dyn Surroundings, fields: &mut Vec<String>) {
        if quoted || !field.contains(['*', '?', '[']) {
            fields.push(field);
            return;
        }
        let mut found = Vec::new();
        let cwd = &self.scope.cwd;
        world.files(&mut |files| {
            let absolute = field.starts_with('/');
            let mut paths = vec![if absolute { "/".to_owned() } else { String::new() }];
            for part in field.split('/').filter(|part| !part.is_empty()) {
                let mut next = Vec::new();
                for path in &paths {
                    let base = if absolute {
                        path.clone()
                    } else {
                        format!("{cwd}/{path}")
                    };
                    let join = |name: &str| match path.as_str() {
                        "" => name.to_owned(),
                        "/" => format!("/{name}"),
                        path => format!("{path}/{name}"),
                    };
                    if !part.contains(['*', '?', '[']) {
                        if files.exists(&format!("{base}/{part}")) {
                            next.push(join(part));
                        }
                        continue;
                    }
                    let names = files.list(&base).unwrap_or_default();
                    let hidden = part.starts_with('.');
                    let names = names.iter().filter(|name| hidden || !name.starts_with('.'));
                    next.extend(names.filter(|name| pattern::glob(part, name)).map(|name| join(name)));
                }
                paths = next;
            }
            found = paths;
        });
        if found.is_empty() {
            fields.push(field);
        } else {
            fields.extend(found);
        }
    }
}

/// Splits expanded pieces at blanks that came out of expansions; each field comes with whether it was quoted.
fn split(pieces: &[Piece], mut add: impl FnMut(String, bool)) {
    let mut field = String::new();
    let (mut begun, mut quoted) = (false, false);
    for piece in pieces {
        if !piece.open {
            field.push_str(&piece.text);
            (begun, quoted) = (true, true);
            continue;
        }
        for letter in piece.text.chars() {
            if letter == ' ' || letter == '\t' || letter == '\n' {
                if begun {
                    add(std::mem::take(&mut field), quoted);
                }
                (begun, quoted) = (false, false);
            } else {
                field.push(letter);
                begun = true;
            }
        }
    }
    if begun {
        add(field, quoted);
    }
}

/// Takes the shortest or the longest beginning or end off that matches.
fn trim(value: &str, end: bool, longest: bool, wanted: &str) -> String {
    let mut places: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
    // The shortest end begins last; the longest beginning ends last.
    if end != longest {
        places.reverse();
    }
    let matches = |at: &&usize| pattern::glob(wanted, if end { &value[**at..] } else { &value[..**at] });
    match places.iter().find(matches) {
        None => value.to_owned(),
        Some(at) if end => value[..*at].to_owned(),
        Some(at) => value[*at..].to_owned(),
    }
}
