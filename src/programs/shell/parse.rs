//! From tokens to a script (POSIX.1-2024, chapter 2, as far as the course needs).
//!
//! Left out: `select`, arrays, `((…))` as a command, coprocesses, aliases.

use std::sync::Arc;

use super::Dialect;
use super::lex::{Placed, Token, tokens};
use super::script::{Node, Redirection, Simple, Word};

/// What is wrong with a script, in the words of dash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub words: String,
}

impl Trouble {
    pub(super) fn new(line: usize, words: impl Into<String>) -> Self {
        Self {
            line,
            words: words.into(),
        }
    }

    /// Returns the trouble as a shell says it.
    pub(super) fn told(&self, dialect: Dialect) -> String {
        let (line, words) = (self.line, &self.words);
        match dialect {
            Dialect::Dash => format!("sh: {line}: {words}\n"),
            Dialect::Busybox => format!("sh: {}\n", words.to_lowercase()),
            Dialect::Bash => format!("bash: line {line}: {}\n", words.to_lowercase()),
        }
    }

    /// Says whether the script only ends too soon: more of it may mend that.
    pub(super) fn is_at_the_end(&self) -> bool {
        self.words.contains("end of file")
            || self.words.starts_with("Unterminated")
            || self.words.contains("Missing '}'")
    }
}

/// Reads a script.
pub fn parse(script: &str) -> Result<Arc<Node>, Trouble> {
    if is_too_deep(script) {
        return Err(Trouble::new(1, "pglab reads scripts up to a depth of 60"));
    }
    let tokens = tokens(script)?;
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
    };
    let node = parser.list(&[])?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.unexpected()),
    }
}

/// The words that end or divide a compound command.
const RESERVED: [&str; 15] = [
    "then", "else", "elif", "fi", "do", "done", "esac", "if", "while", "until", "for", "case", "{", "}", "!",
];

/// How deep commands may be nested: the reader must not run out of room.
const DEPTH: usize = 60;

/// Says whether parentheses and braces are nested too deep, quotes or not.
fn is_too_deep(script: &str) -> bool {
    let mut depth = 0usize;
    script.bytes().any(|letter| {
        match letter {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            _ => (),
        }
        depth > DEPTH
    }) || script.matches('`').count() > 2 * DEPTH
}

pub(super) struct Parser {
    tokens: Vec<Placed>,
    pub(super) at: usize,
    depth: usize,
}

impl Parser {
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    pub(super) fn line(&self) -> usize {
        let place = self.tokens.get(self.at).or(self.tokens.last());
        place.map_or(1, |(_, line)| *line)
    }

    fn is_op(&self, op: &str) -> bool {
        matches!(self.peek(), Some(Token::Op(found)) if found == op)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found.as_plain() == Some(word))
    }

    pub(super) fn eat_op(&mut self, op: &str) -> bool {
        let found = self.is_op(op);
        self.at += usize::from(found);
        found
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn newlines(&mut self) {
        while self.eat_op("\n") {}
    }

    pub(super) fn unexpected(&self) -> Trouble {
        let what = match self.peek() {
            None => "end of file".to_owned(),
            Some(Token::Op(op)) if op == "\n" => "newline".to_owned(),
            Some(Token::Op(op)) => format!("\"{op}\""),
            Some(Token::Word(word)) => word.as_plain().map_or("word".to_owned(), |word| format!("\"{word}\"")),
            Some(Token::Here(_)) => "redirection".to_owned(),
        };
        Trouble::new(self.line(), format!("Syntax error: {what} unexpected"))
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<(), Trouble> {
        if self.eat_word(word) {
            return Ok(());
        }
        let mut trouble = self.unexpected();
        trouble.words = format!("{} (expecting \"{word}\")", trouble.words);
        Err(trouble)
    }

    /// Reads commands until one of the words (or a closing parenthesis) stands where a command would.
    pub(super) fn list(&mut self, ends: &[&str]) -> Result<Arc<Node>, Trouble> {
        let mut nodes = Vec::new();
        loop {
            while self.eat_op("\n") || self.eat_op(";") {}
            let ended = self.peek().is_none() || self.is_op(")") || self.is_op(";;");
            if ended || ends.iter().any(|end| self.is_word(end)) {
                break;
            }
            let node = self.and_or()?;
            if self.eat_op("&") {
                nodes.push(Arc::new(Node::Background(node)));
                continue;
            }
            nodes.push(node);
            let parted = self.is_op(";") || self.is_op("\n");
            let ended = self.peek().is_none() || self.is_op(")") || self.is_op(";;");
            if !parted && !ended && !ends.iter().any(|end| self.is_word(end)) {
                return Err(self.unexpected());
            }
        }
        Ok(match nodes.len() {
            1 => nodes.remove(0),
            _ => Arc::new(Node::Seq(nodes)),
        })
    }

    fn and_or(&mut self) -> Result<Arc<Node>, Trouble> {
        let mut node = self.pipe()?;
        loop {
            let and = self.is_op("&&");
            if !and && !self.is_op("||") {
                return Ok(node);
            }
            self.at += 1;
            self.newlines();
            let next = self.pipe()?;
            node = Arc::new(if and {
                Node::And(node, next)
            } else {
                Node::Or(node, next)
            });
        }
    }

    fn pipe(&mut self) -> Result<Arc<Node>, Trouble> {
        let negated = self.eat_word("!");
        let mut stages = vec![self.command()?];
        while self.eat_op("|") {
            self.newlines();
            stages.push(self.command()?);
        }
        let node = match stages.len() {
            1 => stages.remove(0),
            _ => Arc::new(Node::Pipe(stages)),
        };
        Ok(if negated { Arc::new(Node::Not(node)) } else { node })
    }

    pub(super) fn command(&mut self) -> Result<Arc<Node>, Trouble> {
        if self.depth > DEPTH {
            return Err(Trouble::new(self.line(), "pglab reads scripts up to a depth of 60"));
        }
        self.depth += 1;
        let command = self.command_inside();
        self.depth -= 1;
        command
    }

    fn command_inside(&mut self) -> Result<Arc<Node>, Trouble> {
        let node = if self.eat_op("(") {
            let inner = self.list(&[])?;
            if !self.eat_op(")") {
                return Err(self.unexpected());
            }
            Node::Subshell(inner)
        } else if self.eat_word("{") {
            let inner = self.list(&["}"])?;
            self.expect_word("}")?;
            // A group is its commands: it only may have redirections of its own.
            return self.redirected(inner);
        } else if self.eat_word("if") {
            self.if_command()?
        } else if self.is_word("while") || self.is_word("until") {
            let until = self.is_word("until");
            self.at += 1;
            let condition = self.list(&["do"])?;
            Node::While {
                condition,
                body: self.do_group()?,
                until,
            }
        } else if self.eat_word("for") {
            self.for_command()?
        } else if self.eat_word("case") {
            self.case_command()?
        } else {
            return self.simple();
        };
        self.redirected(Arc::new(node))
    }

    fn redirected(&mut self, node: Arc<Node>) -> Result<Arc<Node>, Trouble> {
        let mut redirections = Vec::new();
        while let Some(redirection) = self.redirection()? {
            redirections.push(redirection);
        }
        Ok(if redirections.is_empty() {
            node
        } else {
            Arc::new(Node::Redirected(node, redirections))
        })
    }

    fn simple(&mut self) -> Result<Arc<Node>, Trouble> {
        let mut simple = Simple {
            line: self.line(),
            ..Simple::default()
        };
        loop {
            if let Some(redirection) = self.redirection()? {
                simple.redirections.push(redirection);
                continue;
            }
            let Some(Token::Word(word)) = self.peek().cloned() else {
                break;
            };
            let first = simple.words.is_empty();
            if first && simple.assignments.is_empty() && word.as_plain().is_some_and(|w| RESERVED.contains(&w)) {
                return Err(self.unexpected());
            }
            self.at += 1;
            if first && let Some((name, value)) = assignment(&word) {
                simple.assignments.push((name, value));
                continue;
            }
            if first && self.is_op("(") && simple.assignments.is_empty() {
                return self.function(&word);
            }
            simple.words.push(word);
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && simple.redirections.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Arc::new(Node::Simple(simple)))
    }

    fn redirection(&mut self) -> Result<Option<Redirection>, Trouble> {
        let (token, _) = match self.tokens.get(self.at) {
            Some(found) => found.clone(),
            None => return Ok(None),
        };
        let op = match token {
            Token::Here(text) => {
                self.at += 1;
                return Ok(Some(Redirection::Here(text)));
            }
            Token::Op(op) if op.contains(['<', '>']) => op,
            _ => return Ok(None),
        };
        self.at += 1;
        let Some(Token::Word(target)) = self.peek().cloned() else {
            return Err(self.unexpected());
        };
        self.at += 1;
        let digit = op.chars().next().and_then(|letter| letter.to_digit(10));
        let bare = op.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let stream = digit.map_or(1, |digit| digit as u8);
        Ok(Some(match bare {
            "<" | "<&" => Redirection::In(target),
            ">" | ">|" => Redirection::Out(stream, target, false),
            ">>" => Redirection::Out(stream, target, true),
            "&>" | "&>>" => Redirection::Both(target),
            ">&" => match target.as_plain().and_then(|text| text.parse().ok()) {
                Some(other) => Redirection::Same(stream, other),
                None => Redirection::Both(target),
            },
            _ => return Err(self.unexpected()),
        }))
    }
}

/// Splits `NAME=value`, if that is what a word is.
fn assignment(word: &Word) -> Option<(String, Word)> {
    use super::script::Part;
    let Some(Part::Plain(text)) = word.0.first() else {
        return None;
    };
    let (name, rest) = text.split_once('=')?;
    if !is_name(name) {
        return None;
    }
    let mut value = Word::default();
    if !rest.is_empty() {
        value.0.push(Part::Plain(rest.to_owned()));
    }
    value.0.extend(word.0[1..].iter().cloned());
    Some((name.to_owned(), value))
}

/// Says whether a text can be the name of a variable.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_scripts_of_manifests_are_read() {
        for script in [
            "sleep 3600",
            "until pg_isready -h db -U \"$USER\"; do echo waiting; sleep 2; done",
            "if [ -f /data/x ]; then\n  cat /data/x\nelif test -d /y; then :; else exit 1\nfi",
            "for i in 1 2 3; do echo $i >> /tmp/n 2>&1; done",
            "case \"$1\" in a|b) echo ab;; *) echo other ;; esac",
            "[[ `hostname` =~ -([0-9]+)$ ]] || exit 1",
            "cat <<EOF > /etc/x\nuser=$USER\nEOF\necho done",
            "f() { echo \"$1\"; }; f x | grep -q x && { echo yes; } || (echo no; exit 2)",
            "chown -R 999:999 /data && chmod 700 /data # mine",
            "x=${A:-b}; y=$((1 + ${#x})); echo ${x%%.*} ${y##*/}",
        ] {
            assert!(parse(script).is_ok(), "{script}: {:?}", parse(script));
        }
    }

    #[test]
    fn what_is_wrong_is_said_as_dash_says_it() {
        let words = |script| parse(script).unwrap_err().words;
        assert_eq!(
            words("if true; then echo"),
            "Syntax error: end of file unexpected (expecting \"fi\")"
        );
        assert_eq!(words("echo )"), "Syntax error: \")\" unexpected");
        assert_eq!(words("done"), "Syntax error: \"done\" unexpected");
        assert_eq!(words("echo 'x"), "Unterminated quoted string");
    }
}
