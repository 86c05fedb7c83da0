//! What somebody has said that images do. A step keeps the English sentence; here is how it is made, read, and said in
//! Korean.

use super::Lang;
use crate::programs::runtime::{Rule, full_name, matches};

const LIFTED: &str = " do what they did";

/// What a step tells of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImagesTold<'s> {
    /// Of which images.
    pub pattern: &'s str,
    /// Whether a rule was taken away, rather than laid down.
    pub lifted: bool,
}

impl ImagesTold<'_> {
    /// Says whether an image is meant, by its name as written or by its whole name.
    pub fn means(&self, image: &str) -> bool {
        matches(self.pattern, image) || matches(self.pattern, &full_name(image))
    }
}

/// Returns the words for a rule that is laid down for images of a pattern; None: it is taken away.
pub fn images(pattern: &str, rule: Option<&Rule>, lang: Lang) -> String {
    match (rule, lang) {
        (Some(rule), Lang::En) => format!("images {pattern}: {}", rule_words(rule, lang)),
        (Some(rule), Lang::Ko) => format!("이미지 {pattern}: {}", rule_words(rule, lang)),
        (None, Lang::En) => format!("images {pattern}{LIFTED}"),
        (None, Lang::Ko) => format!("이미지 {pattern}: 원래대로 동작"),
    }
}

/// Says what a rule lets images do.
pub fn rule_words(rule: &Rule, lang: Lang) -> String {
    let words = match (rule, lang) {
        (Rule::Missing, Lang::En) => "no registry has them",
        (Rule::Missing, Lang::Ko) => "어느 레지스트리에도 없음",
        (Rule::Crashes, Lang::En) => "they end at once with exit code 1",
        (Rule::Crashes, Lang::Ko) => "시작하자마자 끝남(종료 코드 1)",
        (Rule::NeverReady, Lang::En) => "they run, and are never ready",
        (Rule::NeverReady, Lang::Ko) => "돌지만 준비되지 않음",
        (Rule::Exits { code, after_ms }, Lang::En) => {
            return format!("they end with exit code {code} after {after_ms} ms");
        }
        (Rule::Exits { code, after_ms }, Lang::Ko) => return format!("{after_ms} ms 뒤 끝남(종료 코드 {code})"),
    };
    words.to_owned()
}

/// Reads the words of a step; None where they tell of something else.
pub fn told_of_images(words: &str) -> Option<ImagesTold<'_>> {
    let rest = words.strip_prefix("images ")?;
    if let Some(pattern) = rest.strip_suffix(LIFTED) {
        return Some(ImagesTold { pattern, lifted: true });
    }
    let (pattern, _) = rest.rsplit_once(": ")?;
    Some(ImagesTold { pattern, lifted: false })
}

/// Says in Korean what a step tells of images; None where it tells of something else.
pub(super) fn korean(words: &str) -> Option<String> {
    let told = told_of_images(words)?;
    if told.lifted {
        return Some(images(told.pattern, None, Lang::Ko));
    }
    let (_, does) = words.rsplit_once(": ")?;
    let plain = [Rule::Missing, Rule::Crashes, Rule::NeverReady];
    let numbers = does.split(|c: char| !c.is_ascii_digit() && c != '-');
    let mut numbers = numbers.filter_map(|number| number.parse::<i64>().ok());
    let rule = plain.into_iter().find(|rule| rule_words(rule, Lang::En) == does);
    let rule = rule.or_else(|| {
        Some(Rule::Exits {
            code: i32::try_from(numbers.next()?).ok()?,
            after_ms: numbers.next()?,
        })
    })?;
    Some(images(told.pattern, Some(&rule), Lang::Ko))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::misfortune;

    #[test]
    fn what_images_do_is_read_back_and_said_in_korean() {
        let exits = Rule::Exits {
            code: 3,
            after_ms: 2000,
        };
        for rule in [Rule::Missing, Rule::Crashes, Rule::NeverReady, exits] {
            let words = images("shop/*:2", Some(&rule), Lang::En);
            let told = told_of_images(&words).expect("it tells of images");
            assert_eq!((told.pattern, told.lifted), ("shop/*:2", false));
            assert!(told.means("shop/web:2") && !told.means("shop/web:1"));
            assert_eq!(misfortune(&words, Lang::Ko), images("shop/*:2", Some(&rule), Lang::Ko));
        }
        let words = images("nginx*", None, Lang::En);
        assert!(told_of_images(&words).is_some_and(|told| told.lifted && told.means("nginx:1.25")));
        assert_eq!(misfortune(&words, Lang::Ko), "이미지 nginx*: 원래대로 동작");
        assert_eq!(told_of_images("node-a1 loses power"), None);
    }
}
