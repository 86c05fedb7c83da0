//! Tools that only make text of their arguments.

use super::{Act, Call};

/// `echo [-n] [-e] TEXT…`: dash and busybox read escapes, bash only with `-e`; here only with `-e` too.
pub(super) fn echo(call: &mut Call<'_>) -> Act {
    let mut args = call.args();
    let (mut newline, mut escapes) = (true, false);
    while let Some(flag) = args.first() {
        let letters = flag.strip_prefix('-').filter(|letters| !letters.is_empty());
        let Some(letters) = letters.filter(|letters| letters.chars().all(|letter| "neE".contains(letter))) else {
            break;
        };
        newline &= !letters.contains('n');
        escapes |= letters.contains('e');
        args = &args[1..];
    }
    let text = args.join(" ");
    let text = if escapes { unescaped(&text) } else { text };
    call.out(&format!("{text}{}", if newline { "\n" } else { "" }));
    Act::Done(0)
}

/// Replaces `\n`, `\t` and their kin.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\\') | None => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
        }
    }
    out
}

/// `printf FORMAT [ARG…]`: `%s`, `%d`, `%%`, and widths; the format is used again while arguments are left.
pub(super) fn printf(call: &mut Call<'_>) -> Act {
    let Some((format, args)) = call.args().split_first() else {
        return call.complain("missing operand");
    };
    let format: Vec<char> = unescaped(format).chars().collect();
    let mut args = args.iter();
    let mut out = String::new();
    loop {
        let (before, mut at) = (args.len(), 0);
        while at < format.len() {
            if format[at] != '%' {
                out.push(format[at]);
                at += 1;
                continue;
            }
            at += 1;
            let from = at;
            while format
                .get(at)
                .is_some_and(|letter| letter.is_ascii_digit() || "-.".contains(*letter))
            {
                at += 1;
            }
            let width: String = format[from..at].iter().collect();
            let left = width.starts_with('-');
            let zeros = width.starts_with('0');
            let width: usize = width.trim_start_matches('-').parse().unwrap_or(0).min(1000);
            let value = match format.get(at) {
                Some('%') => "%".to_owned(),
                Some('d' | 'i' | 'u') => args
                    .next()
                    .map_or("0".to_owned(), |arg| arg.parse::<i64>().unwrap_or(0).to_string()),
                Some('b') => args.next().map_or(String::new(), |arg| unescaped(arg)),
                Some(_) => args.next().cloned().unwrap_or_default(),
                None => String::new(),
            };
            at += 1;
            out.push_str(&match (left, zeros) {
                (true, _) => format!("{value:<width$}"),
                (_, true) => format!("{value:0>width$}"),
                _ => format!("{value:>width$}"),
            });
        }
        if args.len() == 0 || args.len() == before {
            break;
        }
    }
    call.out(&out);
    Act::Done(0)
}

/// `basename PATH [SUFFIX]`
pub(super) fn basename(call: &mut Call<'_>) -> Act {
    let args = call.args();
    let path = args.first().map_or("", |path| path.trim_end_matches('/'));
    let base = path.rsplit('/').next().unwrap_or_default();
    let suffix = args.get(1).map_or("", String::as_str);
    let base = base
        .strip_suffix(suffix)
        .filter(|base| !base.is_empty())
        .unwrap_or(base)
        .to_owned();
    call.out(&format!("{base}\n"));
    Act::Done(0)
}

/// `dirname PATH`
pub(super) fn dirname(call: &mut Call<'_>) -> Act {
    let path = call.args().first().map_or("", |path| path.trim_end_matches('/'));
    let dir = match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((dir, _)) => dir,
        None => ".",
    };
    let line = format!("{dir}\n");
    call.out(&line);
    Act::Done(0)
}

/// `seq [FIRST [STEP]] LAST`
pub(super) fn seq(call: &mut Call<'_>) -> Act {
    let numbers: Vec<i64> = call.args().iter().filter_map(|arg| arg.parse().ok()).collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => return call.complain("missing operand"),
    };
    let mut out = String::new();
    let mut number = first;
    // A hundred thousand lines are more than any script here needs.
    for _ in 0..100_000 {
        if step > 0 && number > last || step < 0 && number < last {
            break;
        }
        out.push_str(&format!("{number}\n"));
        number = number.saturating_add(step);
    }
    call.out(&out);
    Act::Done(0)
}
