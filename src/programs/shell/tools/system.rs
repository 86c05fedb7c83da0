//! Tools that ask the system, wait, test, or run others.

use super::{Act, Call, is_known, is_there, run};
use crate::programs::outcome::Stream;
use crate::programs::runtime::Signal;
use crate::programs::shell::surroundings::{Has, Surroundings};
use crate::programs::shell::{Dialect, Shell};

/// `true`
pub(super) fn yes(_: &mut Call<'_>) -> Act {
    Act::Done(0)
}

/// `false`
pub(super) fn no(_: &mut Call<'_>) -> Act {
    Act::Done(1)
}

/// `test EXPRESSION`, `[ EXPRESSION ]`
pub(super) fn test_tool(call: &mut Call<'_>) -> Act {
    let mut words = call.args().to_vec();
    if call.name() == "[" {
        if words.last().map(String::as_str) != Some("]") {
            call.said.err("sh: 1: [: missing ]\n");
            return Act::Done(2);
        }
        words.pop();
    }
    match test(&words, &call.cwd, call.world) {
        Ok(holds) => Act::Done(i32::from(!holds)),
        Err(words) => {
            call.said.err(&format!("sh: 1: [: {words}\n"));
            Act::Done(2)
        }
    }
}

/// Works out the expression of `test`.
pub(crate) fn test(words: &[String], cwd: &str, world: &mut dyn Surroundings) -> Result<bool, String> {
    for (joint, all) in [("-o", false), ("||", false), ("-a", true), ("&&", true)] {
        if let Some(at) = words
            .iter()
            .position(|word| word == joint)
            .filter(|at| *at > 0 && words.len() > 3)
        {
            let left = test(&words[..at], cwd, world)?;
            let right = test(&words[at + 1..], cwd, world)?;
            return Ok(if all { left && right } else { left || right });
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(false),
        ["!", rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
            Ok(!test(&rest, cwd, world)?)
        }
        [word] => Ok(!word.is_empty()),
        ["-n", word] => Ok(!word.is_empty()),
        ["-z", word] => Ok(word.is_empty()),
        [flag, path] if flag.len() == 2 && flag.starts_with('-') => {
            let whole = if path.starts_with('/') {
                (*path).to_owned()
            } else {
                format!("{cwd}/{path}")
            };
            let mut holds = false;
            world.files(&mut |files| {
                holds = match *flag {
                    "-d" => files.is_dir(&whole),
                    "-f" => files.exists(&whole) && !files.is_dir(&whole),
                    "-s" => files.file(&whole).is_ok_and(|file| !file.is_empty()),
                    "-L" | "-h" => false,
                    _ => files.exists(&whole),
                };
            });
            Ok(holds)
        }
        [left, "=" | "==", right] => Ok(left == right),
        [left, "!=", right] => Ok(left != right),
        [left, "<", right] => Ok(left < right),
        [left, ">", right] => Ok(left > right),
        [left, operator, right] => {
            let number = |text: &str| {
                text.trim()
                    .parse::<i64>()
                    .map_err(|_| format!("Illegal number: {text}"))
            };
            let (left, right) = (number(left)?, number(right)?);
            Ok(match *operator {
                "-eq" => left == right,
                "-ne" => left != right,
                "-lt" => left < right,
                "-le" => left <= right,
                "-gt" => left > right,
                "-ge" => left >= right,
                other => return Err(format!("{other}: unknown operand")),
            })
        }
        [first, ..] => Err(format!("{first}: unexpected operator")),
    }
}

/// `sleep SECONDS…`, with `s`, `m`, `h`, `d` and `infinity`.
pub(super) fn sleep(call: &mut Call<'_>) -> Act {
    let mut ms = 0.0;
    for arg in call.args() {
        if arg == "infinity" || arg == "inf" {
            return Act::Forever;
        }
        let (number, unit) = match arg.chars().last() {
            Some('s') => (&arg[..arg.len() - 1], 1.0),
            Some('m') => (&arg[..arg.len() - 1], 60.0),
            Some('h') => (&arg[..arg.len() - 1], 3600.0),
            Some('d') => (&arg[..arg.len() - 1], 86_400.0),
            _ => (arg.as_str(), 1.0),
        };
        match number.parse::<f64>() {
            Ok(seconds) if seconds >= 0.0 => ms += seconds * unit * 1000.0,
            _ => {
                let words = format!("invalid time interval ‘{arg}’");
                return call.complain(&words);
            }
        }
    }
    if call.args().is_empty() {
        return call.complain("missing operand");
    }
    call.said.busy_ms = ms.min(1e15) as u64;
    Act::Done(0)
}

/// `date [-u] [-I] [+FORMAT]`; the container's time zone is UTC.
pub(super) fn date(call: &mut Call<'_>) -> Act {
    let now = call.world.now().timestamp().to_zoned(jiff::tz::TimeZone::UTC);
    let format = call
        .args()
        .iter()
        .find_map(|arg| arg.strip_prefix('+').map(str::to_owned));
    let iso = call.args().iter().any(|arg| arg.starts_with("-I"));
    let format = format.unwrap_or_else(|| if iso { "%Y-%m-%d" } else { "%a %b %e %H:%M:%S UTC %Y" }.to_owned());
    let text = jiff::fmt::strtime::format(&format, &now).unwrap_or(format);
    call.out(&format!("{text}\n"));
    Act::Done(0)
}

/// `hostname [-f] [-i]`
pub(super) fn hostname(call: &mut Call<'_>) -> Act {
    let (name, ip) = call.world.identity();
    let shown = if call.flags("").letters.contains(['i', 'I']) {
        ip
    } else {
        name
    };
    call.out(&format!("{shown}\n"));
    Act::Done(0)
}

/// `id`, `whoami`: everybody is root here.
pub(super) fn id(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let text = match (call.name(), flags.has('u'), flags.has('n')) {
        ("whoami", ..) | (_, _, true) => "root",
        (_, true, _) => "0",
        _ if flags.has('g') => "0",
        _ => "uid=0(root) gid=0(root) groups=0(root)",
    };
    call.out(&format!("{text}\n"));
    Act::Done(0)
}

/// `uname [-a] [-n] [-r] [-m]`
pub(super) fn uname(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let (host, _) = call.world.identity();
    let text = match flags.letters.as_str() {
        "a" => format!("Linux {host} 6.1.0 #1 SMP x86_64 GNU/Linux"),
        "n" => host,
        "r" => "6.1.0".to_owned(),
        "m" | "p" => "x86_64".to_owned(),
        _ => "Linux".to_owned(),
    };
    call.out(&format!("{text}\n"));
    Act::Done(0)
}

/// `env [NAME=VALUE…] [COMMAND…]`
pub(super) fn env(call: &mut Call<'_>) -> Act {
    let args = call.args().to_vec();
    let settings = args.iter().take_while(|arg| arg.contains('=')).count();
    for arg in &args[..settings] {
        if let Some((name, value)) = arg.split_once('=') {
            call.env.insert(name.to_owned(), value.to_owned());
        }
    }
    if settings == args.len() {
        return printenv_all(call);
    }
    run_inner(call, &args[settings..])
}

fn printenv_all(call: &mut Call<'_>) -> Act {
    let (host, _) = call.world.identity();
    let mut env = call.env.clone();
    env.entry("HOSTNAME".to_owned()).or_insert(host);
    let text: String = env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    call.out(&text);
    Act::Done(0)
}

/// `printenv [NAME…]`
pub(super) fn printenv(call: &mut Call<'_>) -> Act {
    if call.args().is_empty() {
        return printenv_all(call);
    }
    let mut code = 0;
    for name in call.args().to_vec() {
        match call.env.get(&name).cloned() {
            Some(value) => call.out(&format!("{value}\n")),
            None if name == "HOSTNAME" => {
                let (host, _) = call.world.identity();
                call.out(&format!("{host}\n"));
            }
            None => code = 1,
        }
    }
    Act::Done(code)
}

/// `pwd`
pub(super) fn pwd(call: &mut Call<'_>) -> Act {
    let line = format!("{}\n", call.cwd);
    call.out(&line);
    Act::Done(0)
}

/// `ps`: all processes of the container, whatever is asked for.
pub(super) fn ps(call: &mut Call<'_>) -> Act {
    let rows = call.world.processes();
    let lines: String = rows
        .iter()
        .map(|(pid, words)| format!("{pid:>5} root      0:00 {words}\n"))
        .collect();
    call.out(&format!("  PID USER     TIME  COMMAND\n{lines}"));
    Act::Done(0)
}

/// `kill [-SIGNAL] PID…`. Process 1 is protected from SIGKILL out of its own container, as on Linux.
pub(super) fn kill(call: &mut Call<'_>) -> Act {
    let mut signal = Some(Signal::Term);
    let mut code = 0;
    let mut args = call.args().to_vec().into_iter();
    while let Some(arg) = args.next() {
        let named = match arg.as_str() {
            "-s" => args.next().unwrap_or_default(),
            _ => match arg.strip_prefix('-') {
                Some(name) => name.to_owned(),
                None => {
                    let there = match (arg.parse(), signal) {
                        (Ok(pid), Some(signal)) => call.world.kill(pid, signal),
                        (Ok(pid), None) => call.world.processes().iter().any(|(known, _)| *known == pid),
                        _ => false,
                    };
                    if !there {
                        call.said.err("sh: 1: kill: No such process\n");
                        code = 1;
                    }
                    continue;
                }
            },
        };
        signal = match named.trim_start_matches("SIG") {
            "0" => None,
            "9" | "KILL" => Some(Signal::Kill),
            "2" | "INT" => Some(Signal::Int),
            "3" | "QUIT" => Some(Signal::Quit),
            "1" | "HUP" => Some(Signal::Hup),
            "15" | "TERM" => Some(Signal::Term),
            other => {
                call.said.err(&format!("pglab does not simulate the signal {other}\n"));
                return Act::Done(126);
            }
        };
    }
    Act::Done(code)
}

/// `which NAME…`
pub(super) fn which(call: &mut Call<'_>) -> Act {
    let mut code = 0;
    for name in call.args().to_vec() {
        if is_there(&name, call.world) || is_known(&name) && call.world.has(&name) != Has::No {
            call.out(&format!("/usr/bin/{name}\n"));
        } else {
            code = 1;
        }
    }
    Act::Done(code)
}

/// `nproc`
pub(super) fn nproc(call: &mut Call<'_>) -> Act {
    call.out("4\n");
    Act::Done(0)
}

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
        if flag.contains('c') {
            let script = if args.is_empty() { String::new() } else { args.remove(0) };
            return Some((Some(with_options(&options, &script)), args));
        }
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
        Ok(shell) => shell,
        Err(words) => {
            call.said.err(&words);
            return Act::Done(2);
        }
    };
    let outcome = shell.run(call.world);
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
fn run_inner(call: &mut Call<'_>, words: &[String]) -> Act {
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
