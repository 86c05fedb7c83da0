//! `pglab kubectl`

use super::error::{Exit, Failure};
use super::files::LocalFiles;
use super::place::{Place, as_typed};
use super::terminal;
use crate::kubectl::{Files, Window, run};
use crate::programs::bytes::text_of;
use crate::sim::Lang;
use clap::Args;
use std::io::{IsTerminal, Read};

#[derive(Args)]
pub(super) struct Kubectl {
    /// What you would say to kubectl
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    args: Vec<String>,
}

impl Kubectl {
    /// Takes `--lang` out of the words where it stands behind the verb: kubectl has no such flag, and a person may give
    /// it anywhere.
    pub fn take_language(&mut self) -> Result<Option<Lang>, Failure> {
        let own = self.args.iter().position(|arg| arg == "--").unwrap_or(self.args.len());
        let place = self.args[..own]
            .iter()
            .position(|arg| arg == "--lang" || arg.starts_with("--lang="));
        let Some(place) = place else { return Ok(None) };
        let wrong = |what: String| Failure::wrong(what, "write --lang en or --lang ko");
        let flag = self.args.remove(place);
        let tag = match flag.split_once('=') {
            Some((_, tag)) => tag.to_owned(),
            None if place + 1 < own => self.args.remove(place),
            None => return Err(wrong("--lang needs a language".to_owned())),
        };
        let lang = Lang::from_tag(&tag);
        lang.map(Some)
            .ok_or_else(|| wrong(format!("there is no language `{tag}`")))
    }

    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        command(place, &as_typed("kubectl", &self.args), &self.args)
    }
}

/// Runs a kubectl command line in the cluster of the folder, and keeps what it did.
///
/// `typed` are the words that the person typed.
pub(super) fn command(place: &Place, typed: &str, args: &[String]) -> Result<Exit, Failure> {
    let stdin = stdin_for(args, place.lang())?;
    let mut session = place.open(typed)?;
    let namespace = session.state().namespace.clone();
    let files = LocalFiles::default();
    let mut outcome = run(
        &mut Window {
            cluster: &mut session,
            files: &files,
            namespace: &namespace,
            stdin: &stdin,
        },
        args,
    );
    if let Some(namespace) = files.namespace.take() {
        session.set_namespace(&namespace)?;
    }
    // First it is kept, then it is said: what was printed as done is done.
    session.close()?;
    files.show(&mut outcome);
    terminal::flush()?;
    Ok(match outcome.code {
        0 => Exit::Fine,
        code => Exit::Code(u8::try_from(code).unwrap_or(1)),
    })
}

/// Reads what is piped in, where the command asks for it; a person at a terminal ends it with Ctrl-D.
fn stdin_for(args: &[String], lang: Lang) -> Result<String, Failure> {
    let own = args.split(|arg| arg == "--").next().unwrap_or_default();
    let names_it = own
        .iter()
        .any(|arg| arg == "-" || arg == "-f-" || arg == "--filename=-");
    let verb = own.iter().find(|arg| !arg.starts_with('-')).map(String::as_str);
    let interactive = matches!(verb, Some("exec" | "run" | "attach"))
        && own.iter().any(|arg| {
            let short = arg.strip_prefix('-').filter(|short| !short.starts_with('-'));
            arg == "--stdin" || arg == "--stdin=true" || short.is_some_and(|short| matches!(short, "i" | "it" | "ti"))
        });
    if !names_it && !interactive {
        return Ok(String::new());
    }
    let mut stdin = std::io::stdin();
    if interactive && !names_it && stdin.is_terminal() {
        // psql and shells ask for one line after the other; others, such as `psql -c …`, do not read at all.
        let after: Vec<&String> = args.iter().skip_while(|arg| *arg != "--").skip(1).collect();
        if verb != Some("exec") || after.len() != 1 || after[0] != "cat" {
            return Ok(String::new());
        }
        terminal::tell(match lang {
            Lang::En => "type your lines, then Ctrl-D: they run together",
            Lang::Ko => "줄을 입력한 뒤 Ctrl-D를 누르면 한꺼번에 실행됩니다",
        });
    }
    let mut bytes = Vec::new();
    stdin.read_to_end(&mut bytes).map_err(|error| {
        Failure::wrong(
            format!("standard input cannot be read: {error}"),
            "pipe it in once more",
        )
    })?;
    if interactive && !names_it {
        // What a program in a container reads may be anything: `gunzip`, `psql`, `cat > file`.
        return Ok(text_of(&bytes).into_owned());
    }
    String::from_utf8(bytes).map_err(|_| Failure::wrong("standard input is not UTF-8 text", "pipe text in"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_may_stand_behind_the_verb() {
        let taken = |words: &[&str]| {
            let mut kubectl = Kubectl {
                args: words.iter().map(|word| (*word).to_owned()).collect(),
            };
            (kubectl.take_language().ok().flatten(), kubectl.args.join(" "))
        };
        assert_eq!(
            taken(&["get", "pods", "--lang", "ko"]),
            (Some(Lang::Ko), "get pods".to_owned())
        );
        assert_eq!(
            taken(&["get", "--lang=en", "pods"]),
            (Some(Lang::En), "get pods".to_owned())
        );
        // What stands behind `--` is another program's.
        let exec = ["exec", "p", "--", "app", "--lang", "ko"];
        assert_eq!(taken(&exec), (None, exec.join(" ")));
        let mut wrong = Kubectl {
            args: vec!["get".to_owned(), "--lang".to_owned()],
        };
        assert!(wrong.take_language().is_err());
    }
}
