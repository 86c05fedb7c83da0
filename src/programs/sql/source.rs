//! A query string: its statements, its tokens, and where in it things stand.

use sqlparser::ast::Statement;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};

use super::reply::Report;

/// More operators than this in one expression would be a tree too deep for our stack.
const OPERATORS_MAX: usize = 400;
/// PostgreSQL sends at most a gigabyte; nothing here needs more than this.
const BYTES_MAX: usize = 16 << 20;

/// A query string as a client sent it.
#[derive(Clone, Debug)]
pub struct Source {
    text: String,
    /// Where each line begins, in characters.
    lines: Vec<usize>,
    /// The bytes at which characters begin, kept only when some are longer than one.
    wide: Option<Vec<usize>>,
}

/// One statement of a query string: its tokens without blanks and comments, and its text.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The tokens.
    pub tokens: Vec<TokenWithSpan>,
    /// The semicolon behind it, if there is one: the end of the input is there.
    pub end: Option<TokenWithSpan>,
    /// The text from the first token to the last.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "only tests look at it: statements are told by their tokens")
    )]
    pub text: String,
}

impl Source {
    /// Takes a query string.
    pub fn new(text: &str) -> Self {
        let mut lines = vec![0];
        lines.extend(
            text.chars()
                .enumerate()
                .filter(|(_, c)| *c == '\n')
                .map(|(at, _)| at + 1),
        );
        let wide = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self {
            text: text.to_owned(),
            lines,
            wide,
        }
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the position of a place, in characters from 1; 0 for no place.
    pub fn position(&self, location: Location) -> usize {
        if location.line == 0 {
            return 0;
        }
        let line = usize::try_from(location.line - 1)
            .unwrap_or(0)
            .min(self.lines.len() - 1);
        self.lines[line] + usize::try_from(location.column).unwrap_or(1)
    }

    /// Returns the text of a span.
    pub fn slice(&self, span: Span) -> &str {
        let (start, end) = (self.byte(self.position(span.start)), self.byte(self.position(span.end)));
        self.text.get(start..end.max(start)).unwrap_or_default()
    }

    fn byte(&self, position: usize) -> usize {
        let index = position.saturating_sub(1);
        match &self.wide {
            None => index.min(self.text.len()),
            Some(starts) => starts.get(index).copied().unwrap_or(self.text.len()),
        }
    }

    /// Splits the text at its semicolons.
    pub fn pieces(&self) -> Result<Vec<Piece>, Report> {
        if self.text.len() > BYTES_MAX {
            return Err(Report::beyond("query strings of more than 16 MB"));
        }
        if self.text.contains('\0') {
            return Err(Report::error(
                "22021",
                "invalid byte sequence for encoding \"UTF8\": 0x00",
            ));
        }
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, &self.text)
            .tokenize_with_location()
            .map_err(|error| self.token_error(&error.message, error.location))?;
        let mut pieces = Vec::new();
        let mut current: Vec<TokenWithSpan> = Vec::new();
        for token in tokens {
            match token.token {
                Token::Whitespace(_) | Token::EOF => (),
                Token::SemiColon => self.end_piece(&mut current, &mut pieces, Some(token))?,
                _ => current.push(token),
            }
        }
        self.end_piece(&mut current, &mut pieces, None)?;
        Ok(pieces)
    }

    fn end_piece(
        &self,
        current: &mut Vec<TokenWithSpan>,
        pieces: &mut Vec<Piece>,
        end: Option<TokenWithSpan>,
    ) -> Result<(), Report> {
        let tokens = std::mem::take(current);
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return Ok(());
        };
        if longest_chain(&tokens) > OPERATORS_MAX {
            return Err(Report::beyond(format!(
                "expressions with more than {OPERATORS_MAX} operators"
            )));
        }
        let text = self.slice(Span::new(first.span.start, last.span.end)).to_owned();
        pieces.push(Piece { tokens, end, text });
        Ok(())
    }

    /// Parses one statement, or returns PostgreSQL's syntax error for it.
    pub fn parse(&self, piece: &Piece) -> Result<Statement, Report> {
        let dialect = PostgreSqlDialect {};
        let rewritten = super::dialect::rewrite(&piece.tokens)?;
        let mut parser = Parser::new(&dialect).with_tokens_with_locations(rewritten.tokens);
        let mut statement = parser
            .parse_statement()
            .map_err(|error| self.parse_error(&error, piece))?;
        let next = parser.peek_token();
        if next.token != Token::EOF {
            return Err(self.blamed(&next, piece));
        }
        if let Some(token) = missing_name(&piece.tokens) {
            return Err(self.syntax_error_at(token));
        }
        if let Statement::Insert(insert) = &mut statement {
            // MySQL's IGNORE is not PostgreSQL's: its place carries OVERRIDING SYSTEM VALUE.
            insert.ignore = rewritten.overriding;
        }
        Ok(statement)
    }

    /// Returns the syntax error at the end of a statement: at its semicolon, if it has one.
    pub fn syntax_error_behind(&self, piece: &Piece) -> Report {
        match &piece.end {
            Some(semicolon) => self.syntax_error_at(semicolon),
            None => self.syntax_error_at_end(),
        }
    }

    /// Returns the syntax error where PostgreSQL would find it, when the parser has stopped at a token.
    fn blamed(&self, token: &TokenWithSpan, piece: &Piece) -> Report {
        let tokens = &piece.tokens;
        let Some(at) = tokens.iter().position(|it| it.span == token.span) else {
            return self.syntax_error_behind(piece);
        };
        let words: Vec<String> = tokens.iter().map(|it| it.token.to_string().to_lowercase()).collect();
        let is = |at: usize, known: &[&str]| known.contains(&words[at].as_str());
        // Valid, and not of this parser's grammar.
        if words[0] == "update" && words[at] == "[" {
            return Report::beyond("assignments to elements of arrays");
        }
        if words[0] == "alter" && is(at, &["restart", "set"]) && words.contains(&"column".to_owned()) {
            return Report::beyond("options of the sequence of an identity column");
        }
        // A star has no alias, an INSERT no VALUE, a colon no name behind it: PostgreSQL stops one word earlier.
        let star = at >= 3 && words[at - 2] == "*" && is(at - 3, &["select", ",", "."]);
        let value = words[0] == "insert"
            && at >= 2
            && (words[at - 1] == "value" || words[at - 1] == "(" && words[at - 2] == "value");
        let colon = at >= 1 && words[at - 1] == ":";
        let earlier = match () {
            () if star || colon => at - 1,
            () if value && words[at - 1] == "value" => at - 1,
            () if value => at - 2,
            () => at,
        };
        self.syntax_error_at(&tokens[earlier])
    }

    /// Returns the syntax error at a token.
    pub fn syntax_error_at(&self, token: &TokenWithSpan) -> Report {
        if token.token == Token::EOF {
            return self.syntax_error_at_end();
        }
        let near = self.slice(token.span);
        Report::error("42601", format!("syntax error at or near \"{near}\"")).at(self.position(token.span.start))
    }

    /// Returns the syntax error at the end of the text.
    pub fn syntax_error_at_end(&self) -> Report {
        let end = self.text.chars().count() + 1;
        Report::error("42601", "syntax error at end of input").at(end)
    }

    /// The parser tells the place in words: "… at Line: 1, Column: 8".
    fn parse_error(&self, error: &ParserError, piece: &Piece) -> Report {
        let message = match error {
            ParserError::RecursionLimitExceeded => return Report::beyond("expressions nested this deep"),
            ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        };
        let place = message.rsplit_once(" at Line: ").and_then(|(_, place)| {
            let (line, column) = place.split_once(", Column: ")?;
            Some(Location::new(line.parse().ok()?, column.parse().ok()?))
        });
        match place.and_then(|place| piece.tokens.iter().find(|token| token.span.start == place)) {
            Some(token) => self.blamed(token, piece),
            None => self.syntax_error_behind(piece),
        }
    }

    fn token_error(&self, message: &str, location: Location) -> Report {
        let start = self.position(location);
        let rest = &self.text[self.byte(start)..];
        let words = if message.contains("string literal") {
            format!("unterminated quoted string at or near \"{rest}\"")
        } else if message.contains("close delimiter") {
            format!("unterminated quoted identifier at or near \"{rest}\"")
        } else if message.contains("comment") {
            format!("unterminated /* comment at or near \"{rest}\"")
        } else if message.contains("dollar") {
            format!("unterminated dollar-quoted string at or near \"{rest}\"")
        } else {
            format!(
                "syntax error at or near \"{}\"",
                rest.chars().take(1).collect::<String>()
            )
        };
        Report::error("42601", words).at(start)
    }
}

/// Returns a word that cannot be a table's name and stands where one must be.
fn missing_name(tokens: &[TokenWithSpan]) -> Option<&TokenWithSpan> {
    const CLAUSES: &[&str] = &[
        "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "UNION", "ON", "USING", "FROM",
    ];
    let bare = |token: &TokenWithSpan| match &token.token {
        Token::Word(word) if word.quote_style.is_none() => word.value.to_uppercase(),
        _ => String::new(),
    };
    tokens
        .windows(2)
        .find(|pair| {
            ["FROM", "JOIN", "INTO"].contains(&bare(&pair[0]).as_str()) && CLAUSES.contains(&bare(&pair[1]).as_str())
        })
        .map(|pair| &pair[1])
}

/// Returns the most operators that stand in one chain: between parentheses and commas.
fn longest_chain(tokens: &[TokenWithSpan]) -> usize {
    let mut longest = 0;
    let mut open = vec![0];
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket => open.push(0),
            Token::RParen | Token::RBracket if open.len() > 1 => drop(open.pop()),
            Token::Comma => *open.last_mut().expect("one level is always open") = 0,
            Token::Word(word) if !CHAINING.contains(&word.value.to_ascii_uppercase().as_str()) => (),
            Token::Number(..) | Token::SingleQuotedString(_) | Token::Period => (),
            _ => {
                let count = open.last_mut().expect("one level is always open");
                *count += 1;
                longest = longest.max(*count);
            }
        }
    }
    longest
}

/// Words that make an expression or a query deeper.
const CHAINING: &[&str] = &[
    "AND",
    "OR",
    "NOT",
    "IS",
    "LIKE",
    "ILIKE",
    "BETWEEN",
    "IN",
    "COLLATE",
    "SIMILAR",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "CASE",
    "AT",
    "JOIN",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (String, Option<usize>) {
        let source = Source::new(text);
        let report = match source.pieces() {
            Err(report) => report,
            Ok(pieces) => pieces
                .iter()
                .find_map(|piece| source.parse(piece).err())
                .expect("it has an error"),
        };
        (report.message, report.position)
    }

    #[test]
    fn statements_are_split_at_semicolons_outside_quotes() {
        let source = Source::new("select ';' ; -- a; b\n select $$;$$;;");
        let texts: Vec<String> = source.pieces().unwrap().into_iter().map(|piece| piece.text).collect();
        assert_eq!(texts, ["select ';'", "select $$;$$"]);
    }

    #[test]
    fn syntax_errors_are_told_as_postgresql_tells_them() {
        assert_eq!(error("SELEC 1"), ("syntax error at or near \"SELEC\"".into(), Some(1)));
        assert_eq!(
            error("SELECT * FORM t"),
            ("syntax error at or near \"FORM\"".into(), Some(10))
        );
        assert_eq!(error("SELECT 1 +"), ("syntax error at end of input".into(), Some(11)));
        assert_eq!(
            error("SELECT '가', ) "),
            ("syntax error at or near \")\"".into(), Some(13))
        );
        assert_eq!(
            error("SELECT 'abc"),
            ("unterminated quoted string at or near \"'abc\"".into(), Some(8))
        );
        assert!(
            error(&format!("select {}1", "1+".repeat(100_000)))
                .0
                .starts_with("pglab does not simulate")
        );
        assert!(
            error(&format!("select {}1{}", "(".repeat(10_000), ")".repeat(10_000)))
                .0
                .starts_with("pglab")
        );
    }
}
