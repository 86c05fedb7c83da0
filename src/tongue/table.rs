//! A table of sentences: English with holes, and the same in Korean.

use super::Lang;
use super::particle::fitted;

/// Sentences of one floor in parts. `{}` is a hole for what differs: a name, a number, another sentence of the
/// table. Several sentences may stand beside one another, parted by `; `. The holes are filled in the same order; `{1}` in the Korean one names the second of the English one.
#[derive(Clone, Copy, Debug)]
pub struct Table(pub &'static [Sentences]);

/// Sentences of one part of a table, English and Korean.
pub type Sentences = &'static [(&'static str, &'static str)];

/// What stands between several sentences.
const BETWEEN: &str = "; ";

/// How deep sentences stand in one another.
const DEPTH: usize = 4;

impl Table {
    /// Returns a text in a language; as it is where no sentence fits.
    pub fn tell(&self, text: &str, lang: Lang) -> String {
        match lang {
            Lang::En => text.to_owned(),
            Lang::Ko => self.korean(text).unwrap_or_else(|| text.to_owned()),
        }
    }

    /// Returns a text in Korean; None where no sentence fits. Of several the one that leaves least to its holes counts.
    pub fn korean(&self, text: &str) -> Option<String> {
        self.below(text, DEPTH).map(|korean| fitted(&korean))
    }

    fn below(&self, text: &str, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let fits = self
            .0
            .iter()
            .copied()
            .flatten()
            .filter_map(|(english, korean)| Some((holes(english, text)?, korean)))
            .filter(|(holes, _)| !holes.iter().any(|hole| hole.contains(BETWEEN)));
        let size = |holes: &[&str]| holes.iter().map(|hole| hole.len()).sum::<usize>();
        let Some((holes, korean)) = fits.min_by_key(|(holes, _)| (size(holes), holes.len())) else {
            return self.each(text, depth);
        };
        let filled: Vec<String> = holes
            .iter()
            .map(|hole| self.below(hole, depth).unwrap_or_else(|| (*hole).to_owned()))
            .collect();
        Some(fill(korean, &filled))
    }
}

impl Table {
    /// Says each of several sentences in Korean; None where none of them is known.
    fn each(&self, text: &str, depth: usize) -> Option<String> {
        let parts: Vec<&str> = text.split(BETWEEN).collect();
        if parts.len() < 2 {
            return None;
        }
        let told: Vec<Option<String>> = parts.iter().map(|part| self.below(part, depth)).collect();
        let told = told.iter().any(Option::is_some).then_some(told)?;
        let each = told.into_iter().zip(parts);
        let each: Vec<String> = each
            .map(|(told, part)| told.unwrap_or_else(|| part.to_owned()))
            .collect();
        Some(each.join(BETWEEN))
    }
}

/// Returns what stands in the holes of a template that fits a whole text.
fn holes<'t>(template: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = template.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty().then_some(found);
    }
    while let Some(part) = parts.next() {
        let at = match parts.peek() {
            Some(_) => rest.find(part)?,
            None => rest.strip_suffix(part)?.len(),
        };
        found.push(&rest[..at]);
        rest = &rest[at + part.len()..];
    }
    Some(found)
}

/// Fills the holes of a template, in order or by their numbers.
fn fill(template: &str, holes: &[String]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    let mut next = 0;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let inside = &rest[at + 1..];
        let number = inside.split('}').next().unwrap_or_default();
        let hole = match number {
            "" => {
                next += 1;
                holes.get(next - 1)
            }
            number => number.parse::<usize>().ok().and_then(|number| holes.get(number)),
        };
        match hole {
            Some(hole) => {
                out.push_str(hole);
                rest = &inside[number.len() + 1..];
            }
            // A brace of a sentence about braces.
            None => {
                out.push('{');
                rest = inside;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table(&[&[
        ("there is no node {}", "노드 {}이(가) 없습니다"),
        ("there is no {}", "{}이(가) 없습니다"),
        ("{} of {} are gone", "{1}개 가운데 {0}개가 사라졌습니다"),
        ("add `a: {x: NAME}`", "`a: {x: 이름}`을(를) 추가하십시오"),
    ]]);

    #[test]
    fn a_sentence_is_found_and_its_holes_are_filled() {
        for (english, korean) in [
            ("there is no node node-a1", Some("노드 node-a1이 없습니다")),
            ("there is no lab9", Some("lab9이(가) 없습니다")),
            ("2 of 7 are gone", Some("7개 가운데 2개가 사라졌습니다")),
            ("add `a: {x: NAME}`", Some("`a: {x: 이름}`을 추가하십시오")),
            (
                "there is no node x; 1 of 2 are gone",
                Some("노드 x가 없습니다; 2개 가운데 1개가 사라졌습니다"),
            ),
            ("something else", None),
            ("", None),
        ] {
            let korean = korean.map(fitted);
            assert_eq!(TABLE.korean(english), korean, "{english}");
        }
        assert_eq!(TABLE.tell("something else", Lang::Ko), "something else");
        assert_eq!(TABLE.tell("2 of 7 are gone", Lang::En), "2 of 7 are gone");
    }
}
