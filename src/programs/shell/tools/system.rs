//! Tools that ask the system, wait, test, or run others.

use super::runner::run_inner;
use super::{Act, Call, is_known, is_there};
use crate::programs::runtime::Signal;
use crate::programs::shell::surroundings::Has;

/// `true`
pub(super) fn yes(_: &mut Call<'_>) -> Act {
    Act::Done(0)
}

/// `false`
pub(super) fn no(_: &mut Call<'_>) -> Act {
    Act::Done(1)
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

/// `hostname [-f] [-d] [-s] [-i]`: what is behind the name, `/etc/hosts` tells.
pub(super) fn hostname(call: &mut Call<'_>) -> Act {
    let (name, ip) = call.world.identity();
    let letters = call.flags("").letters.clone();
    let mut hosts = String::new();
    call.world
        .files(&mut |files| hosts = files.read_text("/etc/hosts").unwrap_or_default());
    let full = hosts.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let first = words.next()?;
        (first == name || words.any(|word| word == name)).then_some(first)
    });
    let full = full.unwrap_or(&name);
    let shown = if letters.contains(['i', 'I']) {
        ip
    } else if letters.contains(['f', 'A']) {
        full.to_owned()
    } else if letters.contains('d') {
        full.split_once('.')
            .map_or(String::new(), |(_, domain)| domain.to_owned())
    } else {
        name.clone()
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
