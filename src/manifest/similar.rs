//! "Did you mean": words that a person may have confused.

/// Returns the word that is likely meant: other letters' case, other dashes, or few other letters.
pub fn did_you_mean<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = plain(word);
    known
        .iter()
        .map(|known| (distance(&plain, known), *known))
        .filter(|(distance, _)| *distance <= most(&plain))
        .min_by_key(|(distance, known)| (*distance, known.len().abs_diff(word.len())))
        .map(|(_, known)| known)
}

/// Tells whether two words differ by so little that nothing else can be meant.
pub fn is_slip(word: &str, known: &str) -> bool {
    distance(&plain(word), known) <= 1
}

fn distance(plain_word: &str, known: &str) -> usize {
    strsim::osa_distance(plain_word, &plain(known))
}

/// A third of the letters may be wrong.
fn most(word: &str) -> usize {
    (word.chars().count() / 3).max(1)
}

fn plain(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_guessed_and_strangers_are_not() {
        let known = [
            "replicas",
            "selector",
            "template",
            "minReadySeconds",
            "volumeMounts",
            "volumes",
        ];
        for (word, meant) in [
            ("replica", Some("replicas")),
            ("volume_mounts", Some("volumeMounts")),
            ("VolumeMounts", Some("volumeMounts")),
            ("minReadySecond", Some("minReadySeconds")),
            ("templaet", Some("template")),
            ("zone", None),
            ("", None),
        ] {
            assert_eq!(did_you_mean(word, &known), meant, "{word}");
        }
    }
}
