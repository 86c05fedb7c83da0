//! `kubectl completion`: a small script of our own that completes the names of verbs.

use super::{VERBS, Verb};
use crate::kubectl::call::Call;
use crate::kubectl::trouble::Verdict;

pub(super) const COMPLETION: Verb = Verb {
    name: "completion",
    aliases: &[],
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>) -> Verdict {
    let shell = match call.flags.words.as_slice() {
        [] => return Err(call.usage("Shell not specified.")),
        [shell] => shell.clone(),
        _ => return Err(call.usage("Too many arguments. Expected only the shell type.")),
    };
    let mut names: Vec<&str> = VERBS.iter().filter_map(|verb| verb.name.split(' ').next()).collect();
    names.sort_unstable();
    names.dedup();
    let names = names.join(" ");
    let script = match shell.as_str() {
        "bash" => format!("complete -W \"{names}\" kubectl\n"),
        "zsh" => format!("#compdef kubectl\n_kubectl() {{ compadd {names} }}\ncompdef _kubectl kubectl\n"),
        "fish" => format!("complete -c kubectl -n __fish_use_subcommand -f -a \"{names}\"\n"),
        "powershell" => format!(
            "Register-ArgumentCompleter -Native -CommandName kubectl -ScriptBlock {{\n    param($word)\n    \"{names}\" -split \" \" | Where-Object {{ $_ -like \"$word*\" }}\n}}\n"
        ),
        other => return Err(call.usage(format!("Unsupported shell type \"{other}\"."))),
    };
    call.say(script);
    Ok(())
}
