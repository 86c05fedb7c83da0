//! Which verb a command line means: cobra's walk over the words, with the flags that may stand between them.

use super::flags::{self, Flag, Takes};
use super::trouble::{Trouble, Verdict};
use super::verbs::{VERBS, Verb};

/// Finds the verb among the words; returns it with all that is not its name, and None where there is no word at all.
///
/// A verb has up to three words (`create secret generic`), and flags may stand before each of them.
pub fn find_verb(args: &[String]) -> Verdict<Option<(&'static Verb, Vec<String>)>> {
    let mut rest = args.to_vec();
    let mut name = String::new();
    let mut found: Option<&'static Verb> = None;
    loop {
        let table = found.map_or(&[][..], |verb| verb.flags);
        let Some(at) = next_word(&rest, table) else { break };
        let longer = if name.is_empty() {
            rest[at].clone()
        } else {
            format!("{name} {}", rest[at])
        };
        let Some(verb) = VERBS.iter().find(|verb| verb.answers_to(&longer)) else {
            break;
        };
        rest.remove(at);
        verb.name.clone_into(&mut name);
        found = Some(verb);
    }
    match (found, next_word(&rest, &[])) {
        (Some(verb), _) => Ok(Some((verb, rest))),
        (None, Some(at)) => Err(unknown_verb(&rest[at])),
        // Who asks for help without a verb is shown the verbs, as who says nothing at all.
        (None, None) if rest.iter().any(|arg| arg == "--help" || arg == "-h") => Ok(None),
        (None, None) => flags::Flags::read("", &[], &rest).map(|_| None),
    }
}

/// Returns the place of the next word that is no flag and no flag's value.
fn next_word(args: &[String], table: &[Flag]) -> Option<usize> {
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        if arg == "--" {
            return None;
        }
        let (short, name) = match (arg.strip_prefix("--"), arg.strip_prefix('-')) {
            (Some(long), _) => (false, long),
            (None, Some(short)) if !short.is_empty() => (true, short),
            _ => return Some(at),
        };
        let known = table.iter().chain(flags::GLOBAL).find(|flag| match short {
            true => flag.short.is_some_and(|letter| name.starts_with(letter)),
            false => flag.long == name,
        });
        // As cobra does, a flag that nobody knows is taken for one with a value; `-h` and `--help` have none.
        let attached = name.contains('=') || short && name.chars().count() > 1 || name == "help" || name == "h";
        let alone = known.is_some_and(|flag| matches!(flag.takes, Takes::Bool | Takes::Optional(_)));
        at += if attached || alone { 1 } else { 2 };
    }
    None
}

fn unknown_verb(word: &str) -> Trouble {
    let mut text = format!("error: unknown command \"{word}\" for \"kubectl\"");
    // cobra suggests what is at most two letters away, or begins alike.
    let mut close: Vec<&str> = VERBS
        .iter()
        .filter_map(|verb| verb.name.split(' ').next())
        .filter(|name| strsim::levenshtein(word, name) <= 2 || name.starts_with(word))
        .collect();
    close.dedup();
    if !close.is_empty() {
        text.push_str("\n\nDid you mean this?\n");
        text.push_str(
            &close
                .iter()
                .map(|name| format!("\t{name}"))
                .collect::<Vec<_>>()
                .join("\n"),
        );
    }
    Trouble::verbatim(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(line: &str) -> (String, String) {
        let args: Vec<String> = line.split_whitespace().map(ToOwned::to_owned).collect();
        match find_verb(&args) {
            Ok(None) => (String::new(), String::new()),
            Ok(Some((verb, rest))) => (verb.name.to_owned(), rest.join(" ")),
            Err(trouble) => (String::new(), trouble.text),
        }
    }

    #[test]
    fn a_verb_is_found_between_the_flags() {
        let found = |line: &str, verb: &str, rest: &str| assert_eq!(find(line), (verb.to_owned(), rest.to_owned()));
        found("-n x get -o yaml pods", "get", "-n x -o yaml pods");
        found("create -n x secret generic s", "create secret generic", "-n x s");
        found("create -f a.yaml", "create", "-f a.yaml");
        found("create secret", "create secret", "");
        found("rollout -w=false status sts/pg", "rollout status", "-w=false sts/pg");
        found("set image deploy/web web=nginx", "set image", "deploy/web web=nginx");
        found("delete create", "delete", "create");
        assert!(find("gte pods").1.contains("Did you mean this?\n\tget"));
    }
}
