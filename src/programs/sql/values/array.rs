//! Arrays: kept as the text that PostgreSQL prints, `{1,2,NULL,"a b"}`. One dimension only.

/// Reads an array; `None` when the text is none.
pub fn parse(text: &str) -> Option<Vec<Option<String>>> {
    let body = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut items = Vec::new();
    if body.trim().is_empty() {
        return Some(items);
    }
    let mut letters = body.chars().peekable();
    loop {
        while letters.peek().is_some_and(|c| c.is_whitespace()) {
            letters.next();
        }
        let mut item = String::new();
        let mut quoted = false;
        if letters.peek() == Some(&'"') {
            quoted = true;
            letters.next();
            loop {
                match letters.next()? {
                    '"' => break,
                    '\\' => item.push(letters.next()?),
                    c => item.push(c),
                }
            }
            while letters.peek().is_some_and(|c| c.is_whitespace()) {
                letters.next();
            }
        } else {
            while let Some(c) = letters.peek().copied().filter(|c| *c != ',') {
                letters.next();
                match c {
                    '\\' => item.push(letters.next()?),
                    // A brace begins another dimension.
                    '{' | '}' | '"' => return None,
                    c => item.push(c),
                }
            }
            item.truncate(item.trim_end().len());
            if item.is_empty() {
                return None;
            }
        }
        items.push(if !quoted && item.eq_ignore_ascii_case("null") {
            None
        } else {
            Some(item)
        });
        match letters.next() {
            None => return Some(items),
            Some(',') => (),
            Some(_) => return None,
        }
    }
}

/// Prints an array.
pub fn print(items: &[Option<String>]) -> String {
    let mut out = String::from("{");
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        match item {
            None => out.push_str("NULL"),
            Some(item) => {
                let plain = !item.is_empty()
                    && !item.eq_ignore_ascii_case("null")
                    && !item.contains(|c: char| c.is_whitespace() || "{},\"\\".contains(c));
                if plain {
                    out.push_str(item);
                } else {
                    out.push('"');
                    for c in item.chars() {
                        if c == '"' || c == '\\' {
                            out.push('\\');
                        }
                        out.push(c);
                    }
                    out.push('"');
                }
            }
        }
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_read_as_they_are_printed() {
        let items = [
            Some("1".to_owned()),
            None,
            Some("a b".into()),
            Some("\"q\\".into()),
            Some("null".into()),
        ];
        let text = print(&items);
        assert_eq!(text, r#"{1,NULL,"a b","\"q\\","null"}"#);
        assert_eq!(parse(&text).unwrap(), items);
        assert_eq!(parse("{}").unwrap(), Vec::<Option<String>>::new());
        assert_eq!(parse("{1,,2}"), None);
        assert_eq!(parse("1,2"), None);
    }
}
