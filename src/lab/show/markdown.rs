//! The little Markdown of labs on a terminal: paragraphs, `code`, *emphasis*; wrapped to a width.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

/// The styles of words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Styles {
    pub code: Style,
    pub emphasis: Style,
}

/// Returns the lines of a text, each at most `width` columns wide where its words allow.
pub(super) fn lines(text: &str, width: usize, styles: Option<Styles>) -> Vec<String> {
    let mut out = Vec::new();
    for (number, paragraph) in text.trim().split("\n\n").enumerate() {
        if number > 0 {
            out.push(String::new());
        }
        let (mut line, mut used) = (String::new(), 0);
        let mut marks = Marks { styles, inside: None };
        for word in paragraph.split_whitespace() {
            let columns = bare(word, styles.is_none()).width();
            if used > 0 && used + 1 + columns > width {
                out.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(&marks.dress(word));
            used += columns;
        }
        out.push(line);
    }
    out
}

/// Returns a word without its marks; in plain text the marks of code stay, as they carry meaning there.
fn bare(word: &str, plain: bool) -> String {
    word.chars().filter(|c| *c != '*' && (plain || *c != '`')).collect()
}

/// What the text is inside of, from word to word.
struct Marks {
    styles: Option<Styles>,
    inside: Option<char>,
}

impl Marks {
    fn dress(&mut self, word: &str) -> String {
        let Some(styles) = self.styles else {
            return bare(word, true);
        };
        let style = |mark| if mark == '`' { styles.code } else { styles.emphasis };
        let mut out = String::new();
        if let Some(mark) = self.inside {
            out.push_str(&style(mark).render().to_string());
        }
        for c in word.chars() {
            match (c, self.inside) {
                ('`' | '*', None) => {
                    self.inside = Some(c);
                    out.push_str(&style(c).render().to_string());
                }
                (_, Some(mark)) if mark == c => {
                    self.inside = None;
                    out.push_str(&style(mark).render_reset().to_string());
                }
                _ => out.push(c),
            }
        }
        if let Some(mark) = self.inside {
            out.push_str(&style(mark).render_reset().to_string());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_wrapped_and_keeps_the_marks_of_code() {
        assert_eq!(
            lines("The *name* is `db-0` now.\n\nSo.", 12, None),
            ["The name is", "`db-0` now.", "", "So."]
        );
    }

    #[test]
    fn korean_words_are_two_columns_wide() {
        assert_eq!(lines("가나다 라마바", 7, None), ["가나다", "라마바"]);
    }
}
