//! What PostgreSQL's grammar takes and the parser of queries does not: put into the form that it takes.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::reply::Report;

/// A statement's tokens, as the parser takes them.
pub struct Rewritten {
    /// The tokens.
    pub tokens: Vec<TokenWithSpan>,
    /// Whether `OVERRIDING SYSTEM VALUE` was among them.
    pub overriding: bool,
}

/// Puts a statement into the parser's form.
pub fn rewrite(tokens: &[TokenWithSpan]) -> Result<Rewritten, Report> {
    let mut out = Rewritten {
        tokens: tokens.to_vec(),
        overriding: false,
    };
    match (word(tokens, 0).as_str(), word(tokens, 1).as_str()) {
        ("select", _) if tokens.len() == 1 => return Err(Report::beyond("SELECT of no columns")),
        ("insert", _) => overriding(&mut out)?,
        ("create", "sequence") => {
            let start = tokens.iter().position(|token| option_rank(token).is_some());
            if let Some(start) = start {
                let end = out.tokens.len();
                sort_options(&mut out.tokens, start, end);
            }
        }
        ("create" | "alter", _) => identities(&mut out.tokens)?,
        _ => (),
    }
    Ok(out)
}

fn word(tokens: &[TokenWithSpan], at: usize) -> String {
    match tokens.get(at).map(|token| &token.token) {
        Some(Token::Word(word)) if word.quote_style.is_none() => word.value.to_lowercase(),
        _ => String::new(),
    }
}

/// Takes `OVERRIDING SYSTEM VALUE` out of an INSERT.
fn overriding(out: &mut Rewritten) -> Result<(), Report> {
    let found =
        (0..out.tokens.len()).find(|at| word(&out.tokens, *at) == "overriding" && word(&out.tokens, at + 2) == "value");
    let Some(at) = found else { return Ok(()) };
    match word(&out.tokens, at + 1).as_str() {
        "system" => {
            out.tokens.drain(at..at + 3);
            out.overriding = true;
            Ok(())
        }
        "user" => Err(Report::beyond("OVERRIDING USER VALUE")),
        _ => Ok(()),
    }
}

/// Sorts the options of identity columns: those in parentheses behind `AS IDENTITY`.
fn identities(tokens: &mut Vec<TokenWithSpan>) -> Result<(), Report> {
    let mut at = 0;
    while at < tokens.len() {
        let open = word(tokens, at) == "identity" && tokens.get(at + 1).is_some_and(|it| it.token == Token::LParen);
        at += 1;
        if !open {
            continue;
        }
        let start = at + 1;
        if word(tokens, start) == "sequence" && word(tokens, start + 1) == "name" {
            named(tokens, start)?;
        }
        let end = tokens[start..]
            .iter()
            .position(|token| token.token == Token::RParen)
            .map_or(tokens.len(), |length| start + length);
        sort_options(tokens, start, end);
        at = start;
    }
    Ok(())
}

/// Takes `SEQUENCE NAME name` out: pg_dump writes it, and it is the name that the sequence gets anyway.
fn named(tokens: &mut Vec<TokenWithSpan>, start: usize) -> Result<(), Report> {
    let mut end = start + 3;
    while tokens.get(end).is_some_and(|token| token.token == Token::Period) {
        end += 2;
    }
    let bare = |token: Option<&TokenWithSpan>| match token.map(|token| &token.token) {
        Some(Token::Word(word)) if word.quote_style.is_some() => word.value.clone(),
        Some(Token::Word(word)) => word.value.to_lowercase(),
        _ => String::new(),
    };
    let given = bare(tokens.get(end - 1));
    // ALTER TABLE [ONLY] [schema.]table ALTER [COLUMN] column ADD …
    let alter = (3..start).find(|at| word(tokens, *at) == "alter").unwrap_or(start);
    let column = alter + if word(tokens, alter + 1) == "column" { 2 } else { 1 };
    let usual = format!("{}_{}_seq", bare(tokens.get(alter - 1)), bare(tokens.get(column)));
    if given != usual {
        return Err(Report::beyond("sequences of identity columns with names of their own"));
    }
    tokens.drain(start..end.min(tokens.len()));
    Ok(())
}

/// Returns the place of an option of sequences in the parser's order.
fn option_rank(token: &TokenWithSpan) -> Option<u8> {
    let Token::Word(word) = &token.token else { return None };
    Some(match word.value.to_lowercase().as_str() {
        "as" => 0,
        "increment" => 1,
        "minvalue" => 2,
        "maxvalue" => 3,
        "start" => 4,
        "cache" => 5,
        "cycle" => 6,
        "owned" => 7,
        _ => return None,
    })
}

fn sort_options(tokens: &mut Vec<TokenWithSpan>, start: usize, end: usize) {
    let mut options: Vec<(u8, Vec<TokenWithSpan>)> = Vec::new();
    let mut no = None;
    for token in tokens[start..end].iter().cloned() {
        let is_no = matches!(&token.token, Token::Word(word) if word.value.eq_ignore_ascii_case("no"));
        if is_no {
            no = Some(token);
            continue;
        }
        match (option_rank(&token), options.last_mut()) {
            (Some(rank), _) => options.push((rank, no.take().into_iter().chain([token]).collect())),
            (None, Some((_, option))) => option.push(token),
            (None, None) => options.push((0, vec![token])),
        }
    }
    options.sort_by_key(|(rank, _)| *rank);
    let sorted = options.into_iter().flat_map(|(_, option)| option);
    tokens.splice(start..end, sorted.chain(no));
}
