//! Tools that read lines and pass on some of them, changed or not.

use super::show::contents;
use super::{Act, Call};
use crate::programs::bytes::{bytes_of, text_of};
use crate::programs::shell::pattern::Regex;

/// Returns the texts of the named files, or what can be read; complains of those that are not there.
pub(super) fn inputs(call: &mut Call<'_>, names: &[String], code: &mut i32) -> Vec<(String, String)> {
    if names.is_empty() {
        return vec![("-".to_owned(), std::mem::take(&mut call.input))];
    }
    let mut texts = Vec::new();
    for name in names {
        match contents(call, name) {
            Ok(text) => texts.push((name.clone(), text)),
            Err(error) => {
                call.complain(&format!("{name}: {error}"));
                *code = 2;
            }
        }
    }
    texts
}

/// `grep [-qvicnEFowlhr] PATTERN [FILE…]`
pub(super) fn grep(call: &mut Call<'_>) -> Act {
    let flags = call.flags("emABC");
    let mut rest = flags.rest.clone();
    let pattern = match flags.value('e') {
        Some(pattern) => pattern.to_owned(),
        None if rest.is_empty() => {
            call.said.err("Usage: grep [OPTION]... PATTERNS [FILE]...\n");
            return Act::Done(2);
        }
        None => rest.remove(0),
    };
    let fixed = flags.has('F') || call.name() == "fgrep";
    let extended = flags.has('E') || flags.has('P') || call.name() == "egrep";
    let (icase, quiet) = (flags.has('i'), flags.has('q'));
    let regex = if fixed {
        None
    } else {
        Regex::new(&pattern, extended, icase)
    };
    if !fixed && regex.is_none() {
        call.said
            .err(&format!("grep: pglab does not read this expression: {pattern}\n"));
        return Act::Done(2);
    }
    let matches = |line: &str| match &regex {
        Some(regex) => regex.is_in(line),
        None if icase => line.to_lowercase().contains(&pattern.to_lowercase()),
        None => line.contains(&pattern),
    };
    let mut code = 1;
    let mut trouble = 0;
    let many = rest.len() > 1 && !flags.has('h');
    for (name, text) in inputs(call, &rest, &mut trouble) {
        let found: Vec<(usize, &str)> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| matches(line) != flags.has('v'))
            .collect();
        if !found.is_empty() {
            code = 0;
        }
        if quiet {
            continue;
        }
        let prefix = if many { format!("{name}:") } else { String::new() };
        let mut out = String::new();
        if flags.has('c') {
            out.push_str(&format!("{prefix}{}\n", found.len()));
        } else if flags.has('l') {
            out.push_str(&if found.is_empty() {
                String::new()
            } else {
                format!("{name}\n")
            });
        } else {
            let most = flags
                .value('m')
                .and_then(|most| most.parse().ok())
                .unwrap_or(usize::MAX);
            for (at, line) in found.into_iter().take(most) {
                let number = if flags.has('n') {
                    format!("{}:", at + 1)
                } else {
                    String::new()
                };
                out.push_str(&format!("{prefix}{number}{}\n", only(line, &regex, flags.has('o'))));
            }
        }
        call.out(&out);
    }
    Act::Done(if trouble > 0 { trouble } else { code })
}

/// Returns the line, or with `-o` only what matched.
fn only(line: &str, regex: &Option<Regex>, only: bool) -> String {
    let letters: Vec<char> = line.chars().collect();
    match regex
        .as_ref()
        .filter(|_| only)
        .and_then(|regex| regex.find(&letters, 0)?[0])
    {
        Some((from, to)) => letters[from..to].iter().collect(),
        None => line.to_owned(),
    }
}

/// `head [-n N] [FILE…]`
pub(super) fn head(call: &mut Call<'_>) -> Act {
    let (count, names) = count_and_names(call);
    let mut code = 0;
    for (_, text) in inputs(call, &names, &mut code) {
        let lines: String = text.lines().take(count).map(|line| format!("{line}\n")).collect();
        call.out(&lines);
    }
    Act::Done(i32::from(code > 0))
}

/// `tail [-n N] [-f] [FILE…]`: with `-f` it stays for ever.
pub(super) fn tail(call: &mut Call<'_>) -> Act {
    let follows = call
        .args()
        .iter()
        .any(|arg| matches!(arg.as_str(), "-f" | "-F" | "--follow"));
    let (count, names) = count_and_names(call);
    let mut code = 0;
    for (_, text) in inputs(call, &names, &mut code) {
        let all: Vec<&str> = text.lines().collect();
        let lines: String = all[all.len().saturating_sub(count)..]
            .iter()
            .map(|line| format!("{line}\n"))
            .collect();
        call.out(&lines);
    }
    match (follows, code) {
        (true, 0) => Act::Forever,
        (_, code) => Act::Done(i32::from(code > 0)),
    }
}

fn count_and_names(call: &Call<'_>) -> (usize, Vec<String>) {
    let flags = call.flags("nc");
    let short = flags.letters.chars().filter(char::is_ascii_digit).collect::<String>();
    let count = flags.value('n').unwrap_or(&short).trim_start_matches(['-', '+']);
    (count.parse().unwrap_or(10), flags.rest)
}

/// `wc [-lwc] [FILE…]`
pub(super) fn wc(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let mut code = 0;
    for (name, text) in inputs(call, &flags.rest, &mut code) {
        let numbers = [
            ('l', text.matches('\n').count()),
            ('w', text.split_whitespace().count()),
            ('c', bytes_of(&text).len()),
        ];
        let chosen: Vec<String> = numbers
            .iter()
            .filter(|(letter, _)| flags.letters.is_empty() || flags.has(*letter))
            .map(|(_, number)| number.to_string())
            .collect();
        let line = if chosen.len() == 1 {
            chosen[0].clone()
        } else {
            format!(" {}", chosen.join(" "))
        };
        let name = if name == "-" { String::new() } else { format!(" {name}") };
        call.out(&format!("{line}{name}\n"));
    }
    Act::Done(i32::from(code > 0))
}

/// `sort [-r] [-n] [-u] [FILE…]`
pub(super) fn sort(call: &mut Call<'_>) -> Act {
    let flags = call.flags("kto");
    let mut code = 0;
    let texts = inputs(call, &flags.rest, &mut code);
    let mut lines: Vec<&str> = texts.iter().flat_map(|(_, text)| text.lines()).collect();
    let number = |line: &str| {
        let digits = line.trim_start();
        let end = digits
            .find(|letter: char| !letter.is_ascii_digit() && letter != '-')
            .unwrap_or(digits.len());
        digits[..end].parse::<i64>().unwrap_or(0)
    };
    lines.sort();
    if flags.has('n') {
        lines.sort_by_key(|line| number(line));
    }
    if flags.has('r') {
        lines.reverse();
    }
    if flags.has('u') {
        lines.dedup();
    }
    let out: String = lines.iter().map(|line| format!("{line}\n")).collect();
    call.out(&out);
    Act::Done(i32::from(code > 0))
}

/// `uniq [-c]`
pub(super) fn uniq(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let mut code = 0;
    let texts = inputs(call, &flags.rest, &mut code);
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for line in texts.iter().flat_map(|(_, text)| text.lines()) {
        match runs.last_mut() {
            Some((last, count)) if *last == line => *count += 1,
            _ => runs.push((line, 1)),
        }
    }
    let counted = flags.has('c');
    let line = |(line, count): &(&str, usize)| {
        if counted {
            format!("{count:>7} {line}\n")
        } else {
            format!("{line}\n")
        }
    };
    let out: String = runs.iter().map(line).collect();
    call.out(&out);
    Act::Done(i32::from(code > 0))
}

/// `cut -d X -f N,M-` or `cut -c N-M`
pub(super) fn cut(call: &mut Call<'_>) -> Act {
    let flags = call.flags("dfcb");
    let by_field = flags.value('f').is_some();
    let list = flags
        .value('f')
        .or(flags.value('c'))
        .or(flags.value('b'))
        .unwrap_or_default()
        .to_owned();
    let delimiter = flags.value('d').and_then(|text| text.chars().next()).unwrap_or('\t');
    let wanted = |place: usize| {
        list.split(',').any(|range| match range.split_once('-') {
            Some((from, to)) => place >= from.parse().unwrap_or(1) && place <= to.parse().unwrap_or(usize::MAX),
            None => range.parse() == Ok(place),
        })
    };
    let mut code = 0;
    let mut out = String::new();
    for (_, text) in inputs(call, &flags.rest, &mut code) {
        for line in text.lines() {
            if !by_field {
                out.extend(
                    line.chars()
                        .enumerate()
                        .filter(|(at, _)| wanted(at + 1))
                        .map(|(_, letter)| letter),
                );
            } else if line.contains(delimiter) {
                let fields = line.split(delimiter).enumerate().filter(|(at, _)| wanted(at + 1));
                let fields: Vec<&str> = fields.map(|(_, field)| field).collect();
                out.push_str(&fields.join(&delimiter.to_string()));
            } else {
                out.push_str(line);
            }
            out.push('\n');
        }
    }
    call.out(&out);
    Act::Done(i32::from(code > 0))
}

/// `tr [-d] SET [SET]`
pub(super) fn tr(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let set = |text: &str| {
        let letters: Vec<char> = text.replace("\\n", "\n").replace("\\t", "\t").chars().collect();
        let mut all = Vec::new();
        let mut at = 0;
        while at < letters.len() {
            match (letters.get(at + 1), letters.get(at + 2)) {
                (Some('-'), Some(to)) => {
                    all.extend(letters[at]..=*to);
                    at += 3;
                }
                _ => {
                    all.push(letters[at]);
                    at += 1;
                }
            }
        }
        all
    };
    let from = flags.rest.first().map(|text| set(text)).unwrap_or_default();
    let to = flags.rest.get(1).map(|text| set(text)).unwrap_or_default();
    let input = std::mem::take(&mut call.input);
    let out: String = input
        .chars()
        .filter_map(|letter| match from.iter().position(|known| *known == letter) {
            Some(_) if flags.has('d') => None,
            Some(at) => to.get(at).or(to.last()).copied().or(Some(letter)),
            None => Some(letter),
        })
        .collect();
    call.out(&out);
    Act::Done(0)
}

/// `base64 [-d]`
pub(super) fn base64(call: &mut Call<'_>) -> Act {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD;
    let flags = call.flags("w");
    let mut code = 0;
    for (_, text) in inputs(call, &flags.rest, &mut code) {
        if flags.has('d') || flags.has_long("decode") {
            let clean: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
            match engine.decode(clean) {
                Ok(bytes) => call.out(&text_of(&bytes)),
                Err(_) => return call.complain("invalid input"),
            }
        } else {
            call.out(&format!("{}\n", engine.encode(bytes_of(&text))));
        }
    }
    Act::Done(i32::from(code > 0))
}

/// `sha256sum [FILE…]`
pub(super) fn sha256sum(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let mut code = 0;
    for (name, text) in inputs(call, &flags.rest, &mut code) {
        call.out(&format!("{}  {name}\n", crate::api::hash::sha256_hex(bytes_of(&text))));
    }
    Act::Done(i32::from(code > 0))
}
