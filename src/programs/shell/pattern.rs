//! Patterns: those of file names and `case`, and the regular expressions of `grep`, `sed` and `=~`.

use std::cell::Cell;

/// Says whether a text matches a shell pattern: `*`, `?`, `[a-z]`.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    loop {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, t));
            p += 1;
            continue;
        }
        if t == text.len() && p == pattern.len() {
            return true;
        }
        let taken = text.get(t).and_then(|letter| one(&pattern[p..], *letter));
        match (taken, star) {
            (Some(len), _) => (p, t) = (p + len, t + 1),
            // The last star takes one letter more.
            (None, Some((after, from))) if from < text.len() => {
                star = Some((after, from + 1));
                (p, t) = (after, from + 1);
            }
            _ => return false,
        }
    }
}

/// Returns how much of a pattern one letter matches.
fn one(pattern: &[char], letter: char) -> Option<usize> {
    let (matched, len) = match pattern.first()? {
        '?' => (true, 1),
        '[' => match set(pattern) {
            Some((holds, len)) => (holds(letter), len),
            None => (letter == '[', 1),
        },
        '\\' if pattern.len() > 1 => (letter == pattern[1], 2),
        plain => (letter == *plain, 1),
    };
    matched.then_some(len)
}

type Holds = Box<dyn Fn(char) -> bool>;

/// Reads `[…]` at the beginning of a pattern: what it holds, and how long it is.
fn set(pattern: &[char]) -> Option<(Holds, usize)> {
    let mut at = 1;
    let negated = matches!(pattern.get(at), Some('!' | '^'));
    at += usize::from(negated);
    let mut ranges: Vec<(char, char)> = Vec::new();
    let first = at;
    loop {
        match (*pattern.get(at)?, pattern.get(at + 1), pattern.get(at + 2)) {
            (']', ..) if at > first => break,
            ('[', Some(':'), _) => {
                let end = (at..pattern.len()).find(|end| pattern[*end] == ']')?;
                let name: String = pattern[at + 2..end - 1].iter().collect();
                ranges.extend(class(&name)?);
                at = end + 1;
            }
            (from, Some('-'), Some(to)) if *to != ']' => {
                ranges.push((from, *to));
                at += 3;
            }
            (letter, ..) => {
                ranges.push((letter, letter));
                at += 1;
            }
        }
    }
    let holds = move |letter: char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter)) != negated;
    Some((Box::new(holds), at + 1))
}

fn class(name: &str) -> Option<Vec<(char, char)>> {
    Some(match name {
        "digit" => vec![('0', '9')],
        "alpha" => vec![('a', 'z'), ('A', 'Z')],
        "alnum" => vec![('a', 'z'), ('A', 'Z'), ('0', '9')],
        "upper" => vec![('A', 'Z')],
        "lower" => vec![('a', 'z')],
        "space" | "blank" => vec![(' ', ' '), ('\t', '\r')],
        _ => return None,
    })
}

/// A regular expression: letters, `.`, `[…]`, `*`, `+`, `?`, `^`, `$`, groups and alternatives. Counts (`{2}`) and back
/// references are left out.
#[derive(Clone, Debug)]
pub struct Regex {
    branches: Vec<Vec<Piece>>,
    ignores_case: bool,
    groups: usize,
}

#[derive(Clone, Debug)]
struct Piece {
    atom: Atom,
    least: usize,
    most: usize,
}

#[derive(Clone, Debug)]
enum Atom {
    Letter(char),
    Any,
    Set(Vec<char>),
    Start,
    End,
    Group(usize, Vec<Vec<Piece>>),
}

/// Where a regular expression matched: the whole, then its groups, as places of letters.
pub type Found = Vec<Option<(usize, usize)>>;

impl Regex {
    /// Reads an expression; in a basic one, `+`, `?`, `|` and parentheses mean something only after a backslash.
    pub fn new(text: &str, extended: bool, ignores_case: bool) -> Option<Self> {
        let letters: Vec<char> = text.chars().collect();
        let mut reader = Reader {
            letters: &letters,
            at: 0,
            extended,
            groups: 0,
        };
        let branches = reader.branches(0)?;
        (reader.at == letters.len()).then_some(Self {
            branches,
            ignores_case,
            groups: reader.groups,
        })
    }

    /// Finds the first place in a text that matches, from `from` letters on.
    pub fn find(&self, text: &[char], from: usize) -> Option<Found> {
        let text = &text[..text.len().min(LONGEST_LINE)];
        (from..=text.len()).find_map(|start| {
            let mut found: Found = vec![None; self.groups + 1];
            let mut end = None;
            let walk = Walk {
                text,
                ignores_case: self.ignores_case,
                patience: Cell::new(PATIENCE),
            };
            walk.branches(&self.branches, start, &mut found, &mut |at, _| {
                end = Some(at);
                true
            });
            end.map(|end| {
                found[0] = Some((start, end));
                found
            })
        })
    }

    /// Says whether the expression matches somewhere in a line.
    pub fn is_in(&self, line: &str) -> bool {
        let letters: Vec<char> = line.chars().collect();
        self.find(&letters, 0).is_some()
    }
}

struct Reader<'l> {
    letters: &'l [char],
    at: usize,
    extended: bool,
    groups: usize,
}

impl Reader<'_> {
    fn branches(&mut self, depth: usize) -> Option<Vec<Vec<Piece>>> {
        let mut branches = vec![Vec::new()];
        loop {
            let Some(letter) = self.letters.get(self.at).copied() else {
                return (depth == 0).then_some(branches);
            };
            let escaped = letter == '\\';
            let special = if escaped {
                self.letters.get(self.at + 1).copied()
            } else {
                Some(letter)
            };
            // A sign means something with a backslash in a basic expression, and without one in an extended one.
            let means = escaped != self.extended;
            match special {
                Some('|') if means => {
                    self.at += 1 + usize::from(escaped);
                    branches.push(Vec::new());
                    continue;
                }
                Some(')') if means && depth > 0 => {
                    self.at += 1 + usize::from(escaped);
                    return Some(branches);
                }
                Some('(') if means => {
                    self.at += 1 + usize::from(escaped);
                    self.groups += 1;
                    let number = self.groups;
                    let inner = self.branches(depth + 1)?;
                    self.push(&mut branches, Atom::Group(number, inner));
                    continue;
                }
                _ => (),
            }
            let atom = match letter {
                '.' => Atom::Any,
                '^' => Atom::Start,
                '$' => Atom::End,
                '[' => {
                    let (_, len) = set(&self.letters[self.at..])?;
                    let set = self.letters[self.at..self.at + len].to_vec();
                    self.at += len;
                    self.push(&mut branches, Atom::Set(set));
                    continue;
                }
                '\\' => {
                    self.at += 1;
                    match *self.letters.get(self.at)? {
                        'd' => Atom::Set("[0-9]".chars().collect()),
                        's' => Atom::Set("[ \t]".chars().collect()),
                        'w' => Atom::Set("[a-zA-Z0-9_]".chars().collect()),
                        letter => Atom::Letter(letter),
                    }
                }
                letter => Atom::Letter(letter),
            };
            self.at += 1;
            self.push(&mut branches, atom);
        }
    }

    /// Adds an atom with the repetition that follows it.
    fn push(&mut self, branches: &mut [Vec<Piece>], atom: Atom) {
        let (mut least, mut most) = (1, 1);
        let next = self.letters.get(self.at).copied();
        let escaped = next == Some('\\') && !self.extended;
        let sign = if escaped {
            self.letters.get(self.at + 1).copied()
        } else {
            next
        };
        match sign {
            Some('*') if !escaped => (least, most) = (0, usize::MAX),
            Some('+') if escaped != self.extended => (least, most) = (1, usize::MAX),
            Some('?') if escaped != self.extended => (least, most) = (0, 1),
            _ => (),
        }
        if (least, most) != (1, 1) {
            self.at += 1 + usize::from(escaped);
        }
        let branch = branches.last_mut().expect("there is always one");
        branch.push(Piece { atom, least, most });
    }
}

/// How many steps a search may take: an expression can be written that would take for ever.
const PATIENCE: u32 = 50_000;

/// How long a line may be that is searched; what is over is not looked at.
const LONGEST_LINE: usize = 2_000;

struct Walk<'t> {
    text: &'t [char],
    ignores_case: bool,
    patience: Cell<u32>,
}

/// Goes on after a match at a place; returns whether the rest matches.
type Then<'f> = dyn FnMut(usize, &mut Found) -> bool + 'f;

impl Walk<'_> {
    fn branches(&self, branches: &[Vec<Piece>], at: usize, found: &mut Found, then: &mut Then<'_>) -> bool {
        branches.iter().any(|branch| self.pieces(branch, at, found, then))
    }

    fn pieces(&self, pieces: &[Piece], at: usize, found: &mut Found, then: &mut Then<'_>) -> bool {
        let Some((piece, rest)) = pieces.split_first() else {
            return then(at, found);
        };
        self.repeat(piece, rest, 0, at, found, then)
    }

    /// Takes as many as it can, then fewer.
    fn repeat(
        &self,
        piece: &Piece,
        rest: &[Piece],
        taken: usize,
        at: usize,
        found: &mut Found,
        then: &mut Then<'_>,
    ) -> bool {
        if self.patience.get() == 0 {
            return false;
        }
        self.patience.set(self.patience.get() - 1);
        if taken < piece.most {
            let matched = self.atom(&piece.atom, at, found, &mut |next, found| {
                // Something empty cannot be taken again and again.
                (next > at || taken < piece.least) && self.repeat(piece, rest, taken + 1, next, found, then)
            });
            if matched {
                return true;
            }
        }
        taken >= piece.least && self.pieces(rest, at, found, then)
    }

    fn atom(&self, atom: &Atom, at: usize, found: &mut Found, then: &mut Then<'_>) -> bool {
        let letter = self.text.get(at).copied();
        let fold = |letter: char| {
            if self.ignores_case {
                letter.to_ascii_lowercase()
            } else {
                letter
            }
        };
        match atom {
            Atom::Start => at == 0 && then(at, found),
            Atom::End => at == self.text.len() && then(at, found),
            Atom::Any => letter.is_some() && then(at + 1, found),
            Atom::Letter(wanted) => letter.is_some_and(|l| fold(l) == fold(*wanted)) && then(at + 1, found),
            Atom::Set(pattern) => {
                let (holds, _) = set(pattern).expect("it was read before");
                let held = letter.is_some_and(|l| {
                    holds(l) || self.ignores_case && (holds(fold(l)) || holds(l.to_ascii_uppercase()))
                });
                held && then(at + 1, found)
            }
            Atom::Group(number, branches) => {
                let before = found[*number];
                let matched = self.branches(branches, at, found, &mut |next, found| {
                    let inner = found[*number];
                    found[*number] = Some((at, next));
                    let matched = then(next, found);
                    if !matched {
                        found[*number] = inner;
                    }
                    matched
                });
                if !matched {
                    found[*number] = before;
                }
                matched
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        for (pattern, text, matched) in [
            ("*.sql", "dump.sql", true),
            ("pg_[0-9]?", "pg_1x", true),
            ("[!a]*", "abc", false),
            ("a*b*c", "axxbyyc", true),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern, text), matched, "{pattern} {text}");
        }
    }

    #[test]
    fn expressions_find_places_and_groups() {
        let regex = Regex::new("-([0-9]+)$", true, false).unwrap();
        let text: Vec<char> = "mysql-12".chars().collect();
        let found = regex.find(&text, 0).unwrap();
        assert_eq!(found, [Some((5, 8)), Some((6, 8))]);
        assert!(Regex::new("READY|ready", true, false).unwrap().is_in("is ready"));
        assert!(Regex::new("^a.*b\\+$", false, false).unwrap().is_in("axxbbb"));
        assert!(Regex::new("ERROR", false, true).unwrap().is_in("error: x"));
        assert!(!Regex::new("^(a|b)c?$", true, false).unwrap().is_in("abc"));
        assert!(Regex::new("(", true, false).is_none());
    }
}
