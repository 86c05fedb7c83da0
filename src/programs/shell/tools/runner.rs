//! Tools that run others: shells, `timeout`, `gosu`.

use super::{Act, Call, run};
use crate::programs::outcome::Stream;
use crate::programs::shell::{Dialect, Shell};

/// `sh -c SCRIPT`, `sh FILE`, or `sh` with a script to be read.
pub(super) fn sh(call: &mut Call<'_>) -> Act {
    let dialect = if call.name() == "bash" {
        Dialect::Bash
    } else {
        Dialect::Dash
    };
    let args = call.args().to_vec();
    let Some((script, rest)) = shell_call(&args) else {
        let script = std::mem::take(&mut call.input);
        return run_script(call, &script, vec![], dialect);
    };
    if let Some(script) = script {
        return run_script(call, &script, rest, dialect);
    }
    let file = rest[0].clone();
    let path = call.path(&file);
    match call.on_files(|files| files.read_text(&path)) {
        Ok(script) => run_script(call, &script, rest, dialect),
        Err(_) => {
            call.said.err(&format!("sh: 0: cannot open {file}: No such file\n"));
            Act::Done(2)
        }
    }
}

/// Takes the arguments of a shell apart: the script of `-c`, with the options before it, and what follows; without a
/// script, what follows begins with a file. None when there is neither.
pub fn shell_call(args: &[String]) -> Option<(Option<String>, Vec<String>)> {
    let mut args = args.to_vec();
    let mut options = Vec::new();
    let mut has_script = false;
    while args.first().is_some_and(|arg| arg.starts_with('-') && arg.len() > 1) {
        let flag = args.remove(0);
        // `-ec`, `-euo pipefail -c`: letters that come with the `c`.
        if flag.starts_with("--") {
            continue;
        }
        if flag.ends_with('o') && !args.is_empty() {
            args.remove(0);
        }
        options.push(flag.replace(['c', 'l', 'i'], ""));
        has_script |= flag.contains('c');
    }
    // POSIX `sh`: the script is the first operand, and more options may stand between it and the `-c`.
    if has_script {
        let script = if args.is_empty() { String::new() } else { args.remove(0) };
        return Some((Some(with_options(&options, &script)), args));
    }
    (!args.is_empty()).then_some((None, args))
}

/// Puts the options of a shell's call before its script.
fn with_options(options: &[String], script: &str) -> String {
    let letters: Vec<&String> = options.iter().filter(|option| option.len() > 1).collect();
    if letters.is_empty() {
        return script.to_owned();
    }
    let letters: Vec<&str> = letters.iter().map(|option| option.trim_end_matches('o')).collect();
    format!("set {}\n{script}", letters.join(" "))
}

/// Runs a script in a shell of its own, to its end.
pub(super) fn run_script(call: &mut Call<'_>, script: &str, args: Vec<String>, dialect: Dialect) -> Act {
    let mut env = call.env.clone();
    env.insert("PWD".to_owned(), call.cwd.clone());
    let shell = Shell::new(script, &args, &env, dialect);
    let mut shell = match shell {
        Ok(shell) => shell.with_input(&std::mem::take(&mut call.input)),
        Err(words) => {
            call.said.err(&words);
            return Act::Done(2);
        }
    };
    let outcome = shell.run(call.world);
    // What it did not read is there for whoever reads next.
    call.input = shell.streams[0].input.take().unwrap_or_default();
    for (stream, text) in &outcome.said {
        match stream {
            Stream::Stdout => call.said.out(text),
            Stream::Stderr => call.said.err(text),
        }
    }
    call.said.busy_ms = call.said.busy_ms.saturating_add(outcome.busy_ms);
    Act::Done(outcome.code)
}

/// `timeout SECONDS COMMAND…`
pub(super) fn timeout(call: &mut Call<'_>) -> Act {
    let flags: Vec<String> = call
        .args()
        .iter()
        .skip_while(|arg| arg.starts_with('-'))
        .cloned()
        .collect();
    let Some((limit, command)) = flags.split_first().filter(|(_, command)| !command.is_empty()) else {
        return call.complain("missing operand");
    };
    let limit_ms = limit
        .trim_end_matches('s')
        .parse::<f64>()
        .map_or(u64::MAX, |s| (s.max(0.0) * 1000.0) as u64);
    let act = run_inner(call, command);
    if act == Act::Forever || call.said.busy_ms > limit_ms {
        call.said.busy_ms = limit_ms;
        return Act::Done(124);
    }
    act
}

/// `gosu USER COMMAND…`: everybody is root, and so may be everybody.
pub(super) fn as_user(call: &mut Call<'_>) -> Act {
    let command = call.args().iter().skip(1).cloned().collect::<Vec<_>>();
    if command.is_empty() {
        return call.complain("missing operand");
    }
    run_inner(call, &command)
}

/// Runs another tool in the place of this one.
pub(super) fn run_inner(call: &mut Call<'_>, words: &[String]) -> Act {
    let mut inner = Call {
        words,
        env: call.env.clone(),
        cwd: call.cwd.clone(),
        input: std::mem::take(&mut call.input),
        said: Default::default(),
        world: &mut *call.world,
    };
    let act = run(&mut inner);
    let said = inner.said;
    let act = match act {
        Act::NotFound => {
            let name = call.name().to_owned();
            call.said
                .err(&format!("{name}: ‘{}’: No such file or directory\n", words[0]));
            Act::Done(127)
        }
        act => act,
    };
    let code = call.said.code;
    call.said.then(said);
    call.said.code = code;
    act
}

#[cfg(test)]
mod tests {
    use super::shell_call;

    #[test]
    fn options_may_stand_between_the_c_and_its_script() {
        let call = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            shell_call(&words).map(|(script, rest)| (script.unwrap_or_default(), rest.join(" ")))
        };
        let told = |script: &str, rest: &str| Some((script.to_owned(), rest.to_owned()));
        assert_eq!(call(&["-c", "exit 3", "name"]), told("exit 3", "name"));
        assert_eq!(call(&["-c", "-e", "false; true"]), told("set -e\nfalse; true", ""));
        assert_eq!(call(&["-ec", "false; true"]), told("set -e\nfalse; true", ""));
        assert_eq!(call(&["a.sh", "-c"]), told("", "a.sh -c"));
        assert_eq!(call(&[]), None);
    }
}
