//! A lab's way to the window: a line as typed, with the lab's own files at hand. The line is one step of the story.

use crate::kubectl::{Window, run};
use crate::programs::outcome::Outcome;
use crate::sim::World;
use std::collections::BTreeMap;

/// Runs a line that begins with `kubectl`.
pub fn command(world: &mut World, line: &str, files: &BTreeMap<String, String>) -> Result<Outcome, String> {
    let words = words(line)?;
    let Some((first, args)) = words.split_first() else {
        return Err("there is no command".to_owned());
    };
    if first != "kubectl" && first != "k" {
        return Err(format!("`{line}` is no kubectl command"));
    }
    Ok(world.commanded(line, |world| {
        let mut window = Window {
            cluster: world,
            files,
            namespace: "default",
            stdin: "",
        };
        run(&mut window, args)
    }))
}

/// Splits a line into words as a shell does: quotes and backslash, no expansion.
pub fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(letters.next()),
            (_, Some(_)) => word.get_or_insert_default().push(letter),
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (' ' | '\t' | '\n', None) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    if quote.is_some() {
        return Err(format!("a quote is opened and not closed in `{line}`"));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_a_shell_splits_it() {
        let line = r#"kubectl exec db-0 -- psql -c 'SELECT "a"' "x y" a\ b ''"#;
        let expected = [
            "kubectl",
            "exec",
            "db-0",
            "--",
            "psql",
            "-c",
            "SELECT \"a\"",
            "x y",
            "a b",
            "",
        ];
        assert_eq!(words(line).unwrap(), expected);
        assert!(words("kubectl 'open").is_err());
    }
}
