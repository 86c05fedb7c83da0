//! Numbers by a pattern: the side of `to_char` that counts digits.

use rusqlite::types::Value;

use super::text;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::decimal::Decimal;

/// Formats a number: digits `9` and `0`, point, commas, `FM`, `S`, `MI`, `$`, `%`; other signs stand for themselves.
pub(super) fn number_text(number: Decimal, pattern: &str) -> Result<Value, Report> {
    let (body, fill) = match pattern.strip_prefix("FM").or_else(|| pattern.strip_prefix("fm")) {
        Some(body) => (body, true),
        None => (pattern, false),
    };
    for word in ["EEEE", "RN", "TH", "th", "V"] {
        if body.contains(word) {
            return Err(Report::beyond(format!("the pattern {word} in to_char()")));
        }
    }
    let body = body
        .replace(['D', 'd'], ".")
        .replace(['G', 'g'], ",")
        .replace(['L', 'l'], "$");
    let negative = number.sign() < 0;
    let (leading_sign, trailing_sign) = (body.starts_with('S'), body.ends_with('S') && body.len() > 1);
    let minus_last = body.ends_with("MI");
    let body = body
        .trim_start_matches('S')
        .trim_end_matches("MI")
        .trim_end_matches('S')
        .replace("PR", "");
    let (whole_pattern, fraction_pattern) = match body.split_once('.') {
        Some((whole, fraction)) => (whole.to_owned(), Some(fraction.to_owned())),
        None => (body.clone(), None),
    };
    let is_digit = |c: &char| *c == '9' || *c == '0';
    let decimals = fraction_pattern
        .as_ref()
        .map_or(0, |part| part.chars().filter(is_digit).count());
    let rounded = number.rounded(decimals as u32)?.to_string();
    let rounded = rounded.trim_start_matches('-');
    let (whole, fraction) = rounded.split_once('.').unwrap_or((rounded, ""));
    let places = whole_pattern.chars().filter(is_digit).count();
    let first_zero = whole_pattern.chars().filter(is_digit).position(|c| c == '0');
    let whole = if whole == "0" && decimals > 0 && first_zero.is_none() {
        ""
    } else {
        whole
    };
    let overflow = whole.len() > places;
    let mut digits = whole.chars().rev().collect::<Vec<_>>();
    let wanted = first_zero.map_or(0, |at| places - at);
    while digits.len() < wanted {
        digits.push('0');
    }
    digits.reverse();
    let mut out = String::new();
    let mut place = 0;
    let mut begun = false;
    for c in whole_pattern.chars() {
        match c {
            '9' | '0' => {
                let missing = places.saturating_sub(digits.len());
                if overflow {
                    out.push('#');
                } else if place < missing {
                    out.push(' ');
                } else {
                    begun = true;
                    out.push(digits[place - missing]);
                }
                place += 1;
            }
            ',' => out.push(if begun || overflow { ',' } else { ' ' }),
            other => out.push(other),
        }
    }
    if let Some(fraction_pattern) = fraction_pattern {
        out.push('.');
        let mut shown = fraction.to_owned();
        if fill {
            // FM drops zeros at the end that only nines ask for.
            let keep = fraction_pattern
                .chars()
                .filter(is_digit)
                .collect::<Vec<_>>()
                .iter()
                .rposition(|c| *c == '0')
                .map_or(0, |at| at + 1);
            while shown.len() > keep && shown.ends_with('0') {
                shown.pop();
            }
        }
        if overflow {
            shown = "#".repeat(shown.len());
        }
        let mut letters = shown.chars();
        for c in fraction_pattern.chars() {
            if is_digit(&c) {
                out.extend(letters.next());
            } else {
                out.push(c);
            }
        }
    }
    let sign = if negative {
        "-"
    } else if leading_sign || trailing_sign {
        "+"
    } else {
        " "
    };
    let start = out.len() - out.trim_start_matches(' ').len();
    let (blanks, number) = out.split_at(start);
    let line = if trailing_sign {
        format!("{out}{sign}")
    } else if minus_last {
        format!("{out}{}", if negative { "-" } else { " " })
    } else {
        // The sign stands right before the first digit.
        format!("{blanks}{sign}{number}")
    };
    text(if fill { line.replace(' ', "") } else { line })
}
