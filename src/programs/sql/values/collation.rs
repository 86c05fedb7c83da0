//! The order of text: en_US.utf8 of glibc 2.36, as the image's databases have it.
//!
//! Letters and digits decide first, then accents, then case (small before large); punctuation counts only among
//! texts that are equal so far. glibc has no weights for Hangul: it counts last of all, shorter texts first, which
//! looks odd and is so. Other scripts follow in order of their code points; that is less than glibc knows.

use std::cmp::Ordering;

/// Compares two texts for `ORDER BY`, `<` and `max`; only equal texts are equal.
pub fn compare(a: &str, b: &str) -> Ordering {
    let level = |key: fn(char) -> Option<u32>| a.chars().filter_map(key).cmp(b.chars().filter_map(key));
    level(base)
        .then_with(|| level(accent))
        .then_with(|| level(case))
        .then_with(|| level(sign))
        .then_with(|| a.cmp(b))
}

/// Level 1: currency signs, digits, letters.
fn base(c: char) -> Option<u32> {
    let plain = fold(c).map_or(c, |(plain, _)| plain);
    match plain {
        '$' => Some(1),
        '¤' | '¢' | '£' | '¥' => Some(plain as u32),
        c if c.is_ascii_digit() => Some(1000 + (c as u32 - '0' as u32)),
        c if c.is_ascii_alphabetic() => Some(2000 + (c.to_ascii_lowercase() as u32 - 'a' as u32)),
        c if c.is_alphanumeric() && !is_hangul(c) => {
            Some(100_000 + c.to_lowercase().next().map_or(c as u32, |small| small as u32))
        }
        _ => None,
    }
}

/// Level 2, of what counts at level 1.
fn accent(c: char) -> Option<u32> {
    base(c).map(|_| fold(c).map_or(0, |(_, accent)| accent))
}

/// Level 3, of what counts at level 1.
fn case(c: char) -> Option<u32> {
    base(c).map(|_| u32::from(c.is_uppercase()))
}

/// Level 4: everything, Hangul before signs before letters.
fn sign(c: char) -> Option<u32> {
    Some(match base(c) {
        Some(base) => 200_000 + base,
        None if is_hangul(c) => 0,
        None => c as u32,
    })
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}')
}

/// Takes the accent off a letter of Latin-1.
fn fold(c: char) -> Option<(char, u32)> {
    const FOLDS: &[(&str, char)] = &[
        ("áàâåäã", 'a'),
        ("ÁÀÂÅÄÃ", 'A'),
        ("ç", 'c'),
        ("Ç", 'C'),
        ("éèêë", 'e'),
        ("ÉÈÊË", 'E'),
        ("íìîï", 'i'),
        ("ÍÌÎÏ", 'I'),
        ("ñ", 'n'),
        ("Ñ", 'N'),
        ("óòôöõø", 'o'),
        ("ÓÒÔÖÕØ", 'O'),
        ("úùûü", 'u'),
        ("ÚÙÛÜ", 'U'),
        ("ýÿ", 'y'),
        ("Ý", 'Y'),
    ];
    if c.is_ascii() {
        return None;
    }
    FOLDS.iter().find_map(|(letters, plain)| {
        letters
            .chars()
            .position(|letter| letter == c)
            .map(|at| (*plain, at as u32 + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_sort_as_in_postgresql_15() {
        for order in [
            "가 안녕 -1 1 10 2 a A aa AA a-b a_b ab Ab äb b b1 B1 e é f order-1 Order_1 _z",
            "라 김철수 이영희 가- -가 $z 가1 1가 가a 나a -a .a a a가 a- a. a-b ab aB 가b b b가 Kim А я あ ア 日本",
        ] {
            let right: Vec<&str> = order.split(' ').collect();
            let mut words = right.clone();
            words.reverse();
            words.sort_by(|a, b| compare(a, b));
            assert_eq!(words, right);
        }
        assert_eq!(compare("a b", "a-b"), Ordering::Less);
    }
}
