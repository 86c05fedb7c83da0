//! The table of all flags, as the book prints it.

use super::{Done, Flag, GLOBAL, Takes, reason};
use crate::kubectl::VERBS;
use crate::kubectl::verbs::refusal;

/// Returns a Markdown table: each verb, its flags, and what pglab does with them.
pub fn flag_table() -> String {
    let mut text = String::from("| verb | flag | here |\n|---|---|---|\n");
    let mut verbs: Vec<(&str, &[Flag])> = VERBS.iter().map(|verb| (verb.name, verb.flags)).collect();
    verbs.sort_by_key(|(name, _)| *name);
    verbs.push(("every verb", GLOBAL));
    for (verb, flags) in verbs {
        let refusal = refusal(verb);
        let mut flags: Vec<&Flag> = flags.iter().collect();
        flags.sort_by_key(|flag| flag.long);
        for (i, flag) in flags.into_iter().enumerate() {
            let verb = match i {
                0 if verb.starts_with("every") => verb.to_owned(),
                0 => format!("`{verb}`"),
                _ => String::new(),
            };
            text.push_str(&format!("| {verb} | {} | {} |\n", name(flag), here(flag, refusal)));
        }
    }
    text
}

fn name(flag: &Flag) -> String {
    let short = flag.short.map_or(String::new(), |short| format!("`-{short}`, "));
    let value = match flag.takes {
        Takes::Bool => "",
        Takes::Text => "=TEXT",
        Takes::Int => "=N",
        Takes::Duration => "=TIME",
        Takes::Optional(_) => "[=TEXT]",
    };
    format!("{short}`--{}{value}`", flag.long)
}

/// Says what is done with a flag; with those of a verb that is refused itself, nothing.
fn here(flag: &Flag, refusal: Option<&str>) -> String {
    if let Some(why) = refusal {
        return format!("refused with its verb: {why}");
    }
    let why = reason(flag.long).unwrap_or("it makes no difference here");
    match flag.done {
        Done::Yes => "done".to_owned(),
        Done::Moot => format!("no difference: {why}"),
        Done::No => format!("refused: {why}"),
    }
}
