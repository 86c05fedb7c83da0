//! What a bare word would be read as: a number, a date, a truth, nothing (go-yaml v2, `resolve.go`).

/// Says whether a plain text would be read as something else than text (go-yaml v2's `resolve`).
pub(super) fn resolves(text: &str) -> bool {
    const WORDS: [&str; 36] = [
        "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "n",
        "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "<<", ".nan", ".NaN", ".NAN", ".inf",
        ".Inf", ".INF", "+.inf", "-.inf",
    ];
    if WORDS.contains(&text) {
        return true;
    }
    let first = text.chars().next().unwrap_or(' ');
    if !(first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return false;
    }
    is_integer(text) || is_float(text) || is_date(text) || is_base_60(text)
}

fn is_integer(text: &str) -> bool {
    let text = text.replace('_', "");
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let all = |rest: &str, is_digit: fn(char) -> bool| !rest.is_empty() && rest.chars().all(is_digit);
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return all(hex, |c| c.is_ascii_hexdigit());
    }
    if let Some(binary) = digits.strip_prefix("0b").or_else(|| digits.strip_prefix("0B")) {
        return all(binary, |c| matches!(c, '0' | '1'));
    }
    if let Some(octal) = digits.strip_prefix("0o").or_else(|| digits.strip_prefix("0O")) {
        return all(octal, |c| matches!(c, '0'..='7'));
    }
    if digits.len() > 1 && digits.starts_with('0') {
        // An octal number; with an 8 or a 9 in it, it is a float.
        return all(digits, |c| c.is_ascii_digit());
    }
    all(digits, |c| c.is_ascii_digit())
}

fn is_float(text: &str) -> bool {
    let text = text.replace('_', "");
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let (mantissa, exponent) = digits
        .split_once(['e', 'E'])
        .map_or((digits, None), |(m, e)| (m, Some(e)));
    let whole = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((left, right)) => whole(left) && whole(right) && !(left.is_empty() && right.is_empty()),
        None => !mantissa.is_empty() && whole(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && whole(e)
    });
    mantissa_fits && exponent_fits
}

/// Says whether a text is a date or an instant, which YAML would read as one.
fn is_date(text: &str) -> bool {
    let date = text.get(..10).unwrap_or(text);
    let parts: Vec<&str> = date.split('-').collect();
    let numbers = parts
        .iter()
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    let looks = parts.len() == 3 && parts[0].len() == 4 && numbers;
    let tail = text.get(10..).unwrap_or("");
    looks
        && (tail.is_empty()
            || (tail.starts_with(['T', 't', ' '])
                && text.replacen([' ', 't'], "T", 1).parse::<jiff::Timestamp>().is_ok()))
}

/// Says whether a text is a number to the base of 60 (`1:20`), as YAML 1.1 has them.
fn is_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = digits.split(':');
    let first = parts.next().unwrap_or("");
    let rest: Vec<&str> = parts.collect();
    let two = |part: &&str| {
        let whole = part.split_once('.').map_or(*part, |(w, _)| w);
        (1..=2).contains(&whole.len())
            && whole.chars().all(|c| c.is_ascii_digit())
            && whole.parse::<u32>().is_ok_and(|n| n < 60)
    };
    !rest.is_empty()
        && first.starts_with(|c: char| c.is_ascii_digit())
        && first.chars().all(|c| c.is_ascii_digit() || c == '_')
        && rest.iter().all(two)
}
