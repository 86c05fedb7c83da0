//! From letters to tokens: words with their quotes and dollars, and operators.

use super::parameter::{parameter, push_plain, push_quoted, quoted_text, variable};
use super::parse::{Trouble, parse};
use super::script::{Change, Part, Word};

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word.
    Word(Word),
    /// `;`, `&&`, `||`, `|`, `&`, `(`, `)`, `;;`, `<`, `>`, `>>`, `2>` … and the end of a line as `\n`.
    Op(String),
    /// A here-document.
    Here(Word),
}

/// A token and the line on which it stands.
pub type Placed = (Token, usize);

/// Reads a script.
pub(super) struct Lexer {
    letters: Vec<char>,
    pub(super) at: usize,
    line: usize,
    /// Here-documents whose text begins after this line: the place of the token, the end word, whether to expand it,
    /// whether tabs are stripped.
    pending: Vec<(usize, String, bool, bool)>,
    tokens: Vec<Placed>,
    /// Whether the lexer is between `[[` and `]]`, where parentheses are letters of an expression.
    in_test: bool,
}

/// Reads all tokens of a script.
pub fn tokens(script: &str) -> Result<Vec<Placed>, Trouble> {
    let mut lexer = Lexer::new(script);
    lexer.run()?;
    Ok(lexer.tokens)
}

/// The operators, longest first.
const OPERATORS: [&str; 20] = [
    "&>>", "<<-", "&&", "||", ";;", "&>", ">>", "<<", ">&", "<&", ">|", "<", ">", "|", "&", ";", "(", ")", "\n", "\r",
];

impl Lexer {
    pub(super) fn new(text: &str) -> Self {
        Self {
            letters: text.chars().collect(),
            at: 0,
            line: 1,
            pending: Vec::new(),
            tokens: Vec::new(),
            in_test: false,
        }
    }

    fn run(&mut self) -> Result<(), Trouble> {
        while let Some(letter) = self.peek(0) {
            match letter {
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' if self.peek(1) == Some('\n') => {
                    self.at += 2;
                    self.line += 1;
                }
                '#' => {
                    while self.peek(0).is_some_and(|letter| letter != '\n') {
                        self.at += 1;
                    }
                }
                '\n' => {
                    self.push(Token::Op("\n".into()));
                    self.at += 1;
                    self.line += 1;
                    self.here_documents()?;
                }
                _ => self.token()?,
            }
        }
        if self.pending.is_empty() {
            Ok(())
        } else {
            self.here_documents()
        }
    }

    fn token(&mut self) -> Result<(), Trouble> {
        // A number right before a redirection names its stream.
        let digit = self.peek(0).filter(|letter| letter.is_ascii_digit());
        if let Some(digit) = digit.filter(|_| matches!(self.peek(1), Some('>' | '<'))) {
            self.at += 1;
            let operator = self.operator().expect("one of the two stands there");
            self.push(Token::Op(format!("{digit}{operator}")));
            return Ok(());
        }
        let Some(operator) = self.operator() else {
            let word = self.word()?;
            match word.as_plain() {
                Some("[[") => self.in_test = true,
                Some("]]") => self.in_test = false,
                _ => (),
            }
            self.push(Token::Word(word));
            return Ok(());
        };
        if operator == "<<" || operator == "<<-" {
            while matches!(self.peek(0), Some(' ' | '\t')) {
                self.at += 1;
            }
            let end = self.word()?;
            let expands = !end.0.iter().any(|part| matches!(part, Part::Quoted(_)));
            let text: String = end
                .0
                .iter()
                .map(|part| match part {
                    Part::Plain(text) | Part::Quoted(text) => text.as_str(),
                    _ => "",
                })
                .collect();
            self.pending.push((self.tokens.len(), text, expands, operator == "<<-"));
            self.push(Token::Here(Word::default()));
            return Ok(());
        }
        self.push(Token::Op(operator.to_owned()));
        Ok(())
    }

    fn operator(&mut self) -> Option<&'static str> {
        let found = OPERATORS.into_iter().find(|operator| {
            operator
                .chars()
                .enumerate()
                .all(|(place, letter)| self.peek(place) == Some(letter))
        })?;
        self.at += found.len();
        Some(found)
    }

    pub(super) fn push(&mut self, token: Token) {
        self.tokens.push((token, self.line));
    }

    pub(super) fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    /// Reads the texts of the here-documents that were announced on the line before.
    fn here_documents(&mut self) -> Result<(), Trouble> {
        for (place, end, expands, strips) in std::mem::take(&mut self.pending) {
            let mut text = String::new();
            while self.at < self.letters.len() {
                let from = self.at;
                while self.peek(0).is_some_and(|letter| letter != '\n') {
                    self.at += 1;
                }
                let line: String = self.letters[from..self.at].iter().collect();
                self.at += 1;
                self.line += 1;
                let line = if strips { line.trim_start_matches('\t') } else { &line };
                if line == end {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            let word = if expands {
                quoted_text(&text)?
            } else {
                Word::literal(&text)
            };
            self.tokens[place].0 = Token::Here(word);
        }
        self.at = self.at.min(self.letters.len());
        Ok(())
    }

    /// Reads one word, up to a blank or an operator.
    pub(super) fn word(&mut self) -> Result<Word, Trouble> {
        let mut word = Word::default();
        while let Some(letter) = self.peek(0) {
            match letter {
                '(' | ')' | '|' if self.in_test && !word.0.is_empty() => {
                    push_plain(&mut word, letter);
                    self.at += 1;
                }
                ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    self.at += 1;
                    let text = self.until('\'')?;
                    word.0.push(Part::Quoted(text));
                }
                '"' => {
                    self.at += 1;
                    // An empty pair of quotes is a word too.
                    word.0.push(Part::Quoted(String::new()));
                    self.double_quoted(&mut word)?;
                }
                '\\' => {
                    if let Some(next) = self.peek(1) {
                        self.line += usize::from(next == '\n');
                        if next != '\n' {
                            word.0.push(Part::Quoted(next.to_string()));
                        }
                    }
                    self.at += 2;
                }
                '$' => self.dollar(&mut word, false)?,
                '`' => self.backquoted(&mut word, false)?,
                _ => {
                    push_plain(&mut word, letter);
                    self.at += 1;
                }
            }
        }
        Ok(word)
    }

    /// Reads up to the closing double quote.
    fn double_quoted(&mut self, word: &mut Word) -> Result<(), Trouble> {
        loop {
            match self.peek(0) {
                None => return Err(Trouble::new(self.line, "Unterminated quoted string")),
                Some('"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(_) => self.quoted_letter(word)?,
            }
        }
    }

    /// Reads a letter, or a dollar and what belongs to it, as in double quotes.
    pub(super) fn quoted_letter(&mut self, word: &mut Word) -> Result<(), Trouble> {
        match (self.peek(0), self.peek(1)) {
            (Some('$'), _) => return self.dollar(word, true),
            (Some('`'), _) => return self.backquoted(word, true),
            (Some('\\'), Some('\n')) => {
                self.at += 2;
                self.line += 1;
            }
            (Some('\\'), Some(next @ ('$' | '`' | '"' | '\\'))) => {
                push_quoted(word, next);
                self.at += 2;
            }
            (Some(letter), _) => {
                self.line += usize::from(letter == '\n');
                push_quoted(word, letter);
                self.at += 1;
            }
            (None, _) => (),
        }
        Ok(())
    }

    fn until(&mut self, end: char) -> Result<String, Trouble> {
        let from = self.at;
        while let Some(letter) = self.peek(0) {
            self.at += 1;
            self.line += usize::from(letter == '\n');
            if letter == end {
                return Ok(self.letters[from..self.at - 1].iter().collect());
            }
        }
        Err(Trouble::new(self.line, "Unterminated quoted string"))
    }

    fn backquoted(&mut self, word: &mut Word, quoted: bool) -> Result<(), Trouble> {
        self.at += 1;
        let text = self.until('`')?.replace("\\`", "`").replace("\\$", "$");
        word.0.push(Part::Command(parse(&text)?, quoted));
        Ok(())
    }

    /// Reads a dollar and what belongs to it.
    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Result<(), Trouble> {
        let (next, after) = (self.peek(1), self.peek(2));
        match next {
            Some('(') if after == Some('(') => {
                self.at += 3;
                let text = self.balanced(2)?;
                word.0.push(Part::Arithmetic(quoted_text(&text)?, quoted));
            }
            Some('(') => {
                self.at += 2;
                let text = self.balanced(1)?;
                word.0.push(Part::Command(parse(&text)?, quoted));
            }
            Some('{') => {
                self.at += 2;
                self.braced(word, quoted)?;
            }
            Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => {
                self.at += 1;
                let name = self.name();
                word.0.push(variable(name, Change::None, quoted));
            }
            Some(letter) if letter.is_ascii_digit() || "?#@*$!-".contains(letter) => {
                self.at += 2;
                word.0.push(variable(letter.to_string(), Change::None, quoted));
            }
            _ => {
                self.at += 1;
                if quoted {
                    push_quoted(word, '$')
                } else {
                    push_plain(word, '$')
                }
            }
        }
        Ok(())
    }

    fn name(&mut self) -> String {
        let from = self.at;
        while self
            .peek(0)
            .is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        {
            self.at += 1;
        }
        self.letters[from..self.at].iter().collect()
    }

    /// Reads up to so many closing parentheses, over quotes and inner parentheses.
    fn balanced(&mut self, closings: usize) -> Result<String, Trouble> {
        let (from, mut depth) = (self.at, closings);
        while let Some(letter) = self.peek(0) {
            self.at += 1;
            match letter {
                '\'' => drop(self.until('\'')?),
                '"' => drop(self.double_quoted(&mut Word::default())?),
                '\\' => self.at += 1,
                '(' => depth += 1,
                ')' => depth -= 1,
                '\n' => self.line += 1,
                _ => (),
            }
            if depth == 0 {
                return Ok(self.letters[from..self.at - closings].iter().collect());
            }
        }
        Err(Trouble::new(
            self.line,
            "Syntax error: end of file unexpected (expecting \")\")",
        ))
    }

    /// Reads `NAME…}` after `${`.
    fn braced(&mut self, word: &mut Word, quoted: bool) -> Result<(), Trouble> {
        let from = self.at;
        let mut depth = 1;
        while let Some(letter) = self.peek(0) {
            self.at += 1;
            match letter {
                '\\' => self.at += 1,
                '\'' if !quoted => drop(self.until('\'')?),
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => (),
            }
            if depth == 0 {
                let text: String = self.letters[from..self.at - 1].iter().collect();
                word.0.push(parameter(&text, quoted, self.line)?);
                return Ok(());
            }
        }
        Err(Trouble::new(self.line, "Syntax error: Missing '}'"))
    }
}
