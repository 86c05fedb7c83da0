//! A script as psql cuts it: at each semicolon that stands in no quotes, comment or parentheses.

/// Returns the statements of a script, and its meta commands, in order.
pub(super) fn split(script: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut statement = String::new();
    let mut letters = script.chars().peekable();
    let mut quote: Option<char> = None;
    let mut depth = 0i32;
    while let Some(letter) = letters.next() {
        if quote.is_none() && letter == '\\' && statement.trim().is_empty() {
            let meta: String = letters.by_ref().take_while(|c| *c != '\n').collect();
            statements.push(format!("\\{meta}"));
            statement.clear();
            continue;
        }
        if quote.is_none() && letter == '-' && letters.peek() == Some(&'-') {
            while letters.next_if(|c| *c != '\n').is_some() {}
            continue;
        }
        statement.push(letter);
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => (),
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ';') if depth <= 0 => {
                let whole = std::mem::take(&mut statement);
                if whole.trim() != ";" {
                    statements.push(whole.trim().to_owned());
                }
            }
            _ => (),
        }
    }
    if !statement.trim().is_empty() {
        statements.push(statement.trim().to_owned());
    }
    statements
}
