//! Patterns of names: `*` and `?`, quotes, a schema before a dot (src/fe_utils/string_utils.c, patternToSQLRegex).

use regex::Regex;

/// Which names are meant.
pub(in crate::programs) struct Pattern {
    schema: Option<Regex>,
    name: Option<Regex>,
}

impl Pattern {
    /// Reads a pattern; no pattern means all that can be seen without a schema. Unless quoted, capitals are small ones.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut parts = vec![String::new()];
        let mut quoted = false;
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let part = match parts.last_mut() {
                Some(part) => part,
                None => break,
            };
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    part.push('"');
                }
                '"' => quoted = !quoted,
                '*' if !quoted => part.push_str(".*"),
                '?' if !quoted => part.push('.'),
                '.' if !quoted => parts.push(String::new()),
                '$' => part.push_str("\\$"),
                c if !quoted && "|+()[]{}^\\".contains(c) => part.push(c),
                c if quoted => part.push_str(&regex::escape(&c.to_string())),
                c => part.extend(c.to_lowercase()),
            }
        }
        if parts.len() > 2 {
            return Err("pglab does not simulate patterns with a database before the schema".to_owned());
        }
        let regex = |part: &str| {
            Regex::new(&format!("^(?:{part})$")).map_err(|_| format!("pglab does not simulate the pattern \"{text}\""))
        };
        let name = parts.pop().unwrap_or_default();
        Ok(Self {
            schema: parts.pop().map(|schema| regex(&schema)).transpose()?,
            name: if name.is_empty() { None } else { Some(regex(&name)?) },
        })
    }

    /// Tells whether a name is meant; one without a schema must be seen through the search path.
    pub fn matches(&self, schema: &str, name: &str, visible: bool) -> bool {
        let schema_fits = match &self.schema {
            Some(wanted) => wanted.is_match(schema),
            None => visible,
        };
        schema_fits && self.matches_name(name)
    }

    /// Tells whether a name without a schema is meant.
    pub fn matches_name(&self, name: &str) -> bool {
        self.name.as_ref().is_none_or(|wanted| wanted.is_match(name))
    }
}
