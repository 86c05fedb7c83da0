//! `kubectl help`, `--help` and `options`: what a verb is for, in our words, and what pglab does with each of its flags.
//!
//! kubectl's own pages are left out: they tell of what is not simulated too.

mod about;

use super::tables::done;
use super::{VERBS, Verb};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, GLOBAL, Takes};
use crate::kubectl::tabwriter;
use crate::kubectl::trouble::{Trouble, Verdict};
use about::{ABOUT, GROUPS};

/// A verb that is only the first word of others.
const fn first_word(name: &'static str, aliases: &'static [&'static str]) -> Verb {
    Verb {
        name,
        aliases,
        flags: &[],
        run: list,
    }
}

pub(super) const CREATE_SECRET: Verb = first_word("create secret", &[]);
pub(super) const CREATE_SERVICE: Verb = first_word("create service", &["create svc"]);
pub(super) const SET: Verb = first_word("set", &[]);
pub(super) const ROLLOUT: Verb = first_word("rollout", &[]);
pub(super) const TOP: Verb = first_word("top", &[]);
pub(super) const AUTH: Verb = first_word("auth", &[]);
pub(super) const CONFIG: Verb = first_word("config", &[]);

pub(super) const OPTIONS: Verb = Verb {
    name: "options",
    aliases: &[],
    flags: &[],
    run: |call| {
        let text = format!(
            "The following flags can be given to every verb:\n\n{}",
            table_of(GLOBAL)
        );
        call.say(text);
        Ok(())
    },
};

pub(super) const HELP: Verb = Verb {
    name: "help",
    aliases: &[],
    flags: &[],
    run: help,
};

/// Says whether the words after a verb ask for its page.
pub fn is_asked(words: &[String]) -> bool {
    let before = words.iter().take_while(|word| *word != "--");
    before
        .into_iter()
        .any(|word| matches!(word.as_str(), "--help" | "-h" | "--help=true"))
}

/// Returns the list of all verbs by their groups.
pub fn overview() -> String {
    let mut text = "kubectl talks to the simulated cluster, as the real one talks to a real cluster.\n".to_owned();
    for (group, title) in GROUPS {
        text.push_str(&format!("\n{title}:\n"));
        let own = ABOUT.iter().filter(|(name, of, _)| of == group && !name.contains(' '));
        let rows: String = own.map(|(name, _, words)| format!("  {name}\t{words}\n")).collect();
        text.push_str(&tabwriter::align(&rows, tabwriter::TABLE));
    }
    text.push_str("\nUsage:\n  kubectl VERB [flags]\n");
    text.push_str(
        "\nkubectl VERB --help tells more of a verb; kubectl options lists the flags that all of them take.\n",
    );
    text
}

/// Returns the page of a verb.
pub fn page(verb: &Verb) -> String {
    let words = about(verb.name);
    let mut text = format!("{words}.\n");
    let others: Vec<&str> = std::iter::once(verb.name).chain(verb.aliases.iter().copied()).collect();
    if others.len() > 1 {
        text.push_str(&format!("\nNames:\n  {}\n", others.join(", ")));
    }
    let below = below(verb.name);
    if !below.is_empty() {
        let rows: String = below
            .iter()
            .map(|name| format!("  {name}\t{}\n", about(name)))
            .collect();
        text.push_str(&format!("\nVerbs:\n{}", tabwriter::align(&rows, tabwriter::TABLE)));
    }
    if !verb.flags.is_empty() {
        text.push_str(&format!("\nFlags:\n{}", table_of(verb.flags)));
    }
    text.push_str(&format!("\nUsage:\n  kubectl {} [flags]\n", verb.name));
    text.push_str("\nkubectl options lists the flags that every verb takes.\n");
    text
}

/// Returns what a verb is for, in a few words.
fn about(name: &str) -> &'static str {
    ABOUT
        .iter()
        .find(|(known, ..)| *known == name)
        .map_or("", |(_, _, words)| words)
}

/// Returns the names of the verbs that have one word more than this one.
fn below(name: &str) -> Vec<&'static str> {
    let names = VERBS.iter().map(|verb| verb.name);
    let longer = |longer: &&str| {
        let rest = longer.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
        rest.is_some_and(|rest| !rest.contains(' '))
    };
    names.filter(longer).collect()
}

/// Returns the flags as a table: names, what they take, and what pglab does with them.
fn table_of(flags: &[Flag]) -> String {
    let mut flags: Vec<&Flag> = flags.iter().collect();
    flags.sort_by_key(|flag| flag.long);
    let rows: String = flags
        .into_iter()
        .map(|flag| {
            let short = flag.short.map_or("    ".to_owned(), |short| format!("-{short}, "));
            let takes = match flag.takes {
                Takes::Bool => "",
                Takes::Text => " TEXT",
                Takes::Int => " NUMBER",
                Takes::Duration => " DURATION",
                Takes::Optional(_) => "[=TEXT]",
            };
            format!("  {short}--{}{takes}\t{}\n", flag.long, done(flag))
        })
        .collect();
    let aligned = tabwriter::align(&rows, tabwriter::TABLE);
    aligned.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Prints the verbs that begin with this one; a word that is none of them is refused.
fn list(call: &mut Call<'_>) -> Verdict {
    if !call.flags.words.is_empty() {
        return Err(call.usage(format!("unknown command \"{}\"", call.flags.words.join(" "))));
    }
    if let Some(verb) = VERBS.iter().find(|verb| verb.name == call.verb) {
        match call.verb {
            "rollout" => call.say(page(verb)),
            _ => call.out.err(&page(verb)),
        }
    }
    // Without a verb that does something it is an error all the same (cmd/util, `DefaultSubCommandRun`).
    Err(Trouble::verbatim(""))
}

fn help(call: &mut Call<'_>) -> Verdict {
    let words = call.flags.words.join(" ");
    if words.is_empty() {
        call.say(overview());
        return Ok(());
    }
    let Some(verb) = VERBS.iter().find(|verb| verb.answers_to(&words)) else {
        let text = format!(
            "Unknown help topic [`{}`]\n{}",
            call.flags.words.join("` `"),
            overview()
        );
        call.say(text);
        return Ok(());
    };
    call.say(page(verb));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_is_told_of_and_no_other() {
        let named: Vec<&str> = ABOUT.iter().map(|(name, ..)| *name).collect();
        for verb in VERBS {
            assert!(named.contains(&verb.name), "{} has no words", verb.name);
        }
        for name in named {
            assert!(VERBS.iter().any(|verb| verb.name == name), "{name} is no verb");
        }
        assert!(
            ABOUT
                .iter()
                .all(|(_, group, _)| GROUPS.iter().any(|(known, _)| known == group))
        );
    }

    #[test]
    fn pages_name_every_flag() {
        let scale = VERBS.iter().find(|verb| verb.name == "scale").unwrap();
        let page = page(scale);
        assert!(page.starts_with("Asks for another number of replicas.\n"), "{page}");
        assert!(
            scale
                .flags
                .iter()
                .all(|flag| page.contains(&format!("--{}", flag.long)))
        );
        assert!(is_asked(&["-h".to_owned()]));
        assert!(!is_asked(&["p".to_owned(), "--".to_owned(), "-h".to_owned()]));
    }
}
