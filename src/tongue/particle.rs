//! Korean particles that fit the word before them: `db-0이`, `data가`, where a sentence was written with both, `이(가)`.
//!
//! A name is read as Koreans read it aloud: digits by their Sino-Korean names, Latin words roughly as they are spelt in
//! Hangul. The rules for Latin words are rules of thumb: what ends in `l`, `m`, `n`, or in a stop after a short vowel,
//! ends in a consonant.

/// The particles: as they are written where the word is not known, after a consonant, after a vowel.
const PAIRS: [(&str, &str, &str); 6] = [
    ("이(가)", "이", "가"),
    ("을(를)", "을", "를"),
    ("은(는)", "은", "는"),
    ("과(와)", "과", "와"),
    ("(으)로", "으로", "로"),
    ("(이)어야", "이어야", "여야"),
];

/// How a word ends when it is read aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Vowel,
    /// The consonant ㄹ, after which `로` stays `로`.
    Rieul,
    Consonant,
}

/// Returns a sentence in which each particle fits the word before it.
pub fn fitted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, (written, closed, open))) = next(rest) {
        out.push_str(&rest[..at]);
        rest = &rest[at + written.len()..];
        let end = end_of(&out);
        let open_fits = end == End::Vowel || (end == End::Rieul && open == "로");
        out.push_str(if open_fits { open } else { closed });
    }
    out.push_str(rest);
    out
}

/// Finds the first particle that is not decided.
fn next(text: &str) -> Option<(usize, (&'static str, &'static str, &'static str))> {
    let found = PAIRS.into_iter().filter_map(|pair| Some((text.find(pair.0)?, pair)));
    found.min_by_key(|(at, _)| *at)
}

/// Says how the last word of a text ends; marks after it are not read.
fn end_of(text: &str) -> End {
    let word = text.trim_end_matches(|c: char| !c.is_alphanumeric());
    let Some(last) = word.chars().next_back() else {
        return End::Vowel;
    };
    match last {
        // A syllable block has its final consonant in the remainder by 28; the eighth of them is ㄹ.
        '가'..='힣' => match (last as u32 - '가' as u32) % 28 {
            0 => End::Vowel,
            8 => End::Rieul,
            _ => End::Consonant,
        },
        // 일, 칠, 팔; 영, 삼, 육; 이, 사, 오, 구.
        '1' | '7' | '8' => End::Rieul,
        '0' | '3' | '6' => End::Consonant,
        _ => latin(word),
    }
}

fn latin(word: &str) -> End {
    let start = word
        .rfind(|c: char| !c.is_ascii_alphabetic())
        .map_or(0, |at| at + word[at..].chars().next().map_or(1, char::len_utf8));
    let letters: Vec<char> = word[start..].chars().map(|c| c.to_ascii_lowercase()).collect();
    let vowel = |c: char| "aeiou".contains(c);
    match *letters.as_slice() {
        [.., 'l'] => End::Rieul,
        [.., 'm' | 'n'] | [.., 'n', 'g'] | [.., 'c', 'k'] => End::Consonant,
        // After a long vowel (`root`) most stops get a vowel of their own.
        [.., a, b, 'b' | 'p' | 't' | 'k' | 'c'] if vowel(a) && vowel(b) => End::Vowel,
        [.., a, 'b' | 'p' | 't' | 'k' | 'c'] if vowel(a) => End::Consonant,
        _ => End::Vowel,
    }
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn a_particle_fits_the_word_before_it() {
        let said = |name: &str| fitted(&format!("{name}이(가)"));
        for name in [
            "db-0",
            "node-a1",
            "노드 셋",
            "kubelet",
            "secret",
            "mail",
            "web",
            "stock",
            "pvc-1234…",
            "pg-3)",
        ] {
            let fits = if name.ends_with('…') { "가" } else { "이" };
            assert_eq!(said(name), format!("{name}{fits}"));
        }
        for name in [
            "data", "node-a2", "노드", "rows", "disk", "bank", "root", "pod", "cart", "",
        ] {
            assert_eq!(said(name), format!("{name}가"));
        }
        assert_eq!(fitted("8080(으)로 web을(를), 5432은(는)"), "8080으로 web을, 5432는");
        assert_eq!(fitted("node-a1(으)로"), "node-a1로");
        assert_eq!(fitted("문자열(이)어야, 수(이)어야"), "문자열이어야, 수여야");
    }
}
