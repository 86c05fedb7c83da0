//! A play for a person: colour on a terminal, plain in a pipe; the colour never carries the meaning.

use super::markdown::{self, Styles};
use crate::lab::{Lang, Row, Shown, Verdict, ranges, seconds};
use crate::sim::clock;
use anstyle::{AnsiColor, Style};
use std::io::Write;
use unicode_width::UnicodeWidthStr;

/// How it is to look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The language of headings and labels.
    pub lang: Lang,
    /// Whether to use colour.
    pub colour: bool,
    /// The width in columns.
    pub width: usize,
    /// Whether to leave out all but verdicts, the table and the end.
    pub quiet: bool,
}

/// Writes a play as text.
pub struct Screenplay<W: Write> {
    out: W,
    look: Look,
    after_word: bool,
    /// The first failure to write; nothing is written after it.
    pub failed: Option<std::io::Error>,
}

const HEADING: Style = Style::new().bold();
const CODE: Style = AnsiColor::Cyan.on_default();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const QUESTION: Style = AnsiColor::Yellow.on_default();

impl<W: Write> Screenplay<W> {
    /// Makes a writer to `out`.
    pub fn new(out: W, look: Look) -> Self {
        Self {
            out,
            look,
            after_word: false,
            failed: None,
        }
    }

    fn line(&mut self, line: &str) {
        if self.failed.is_none() {
            self.failed = writeln!(self.out, "{}", line.trim_end()).err();
        }
    }

    fn styled(&mut self, style: Style, line: &str) {
        let line = self.dress(style, line);
        self.line(&line);
    }

    fn dress(&self, style: Style, text: &str) -> String {
        if self.look.colour {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    fn paragraphs(&mut self, text: &str, indent: &str) {
        let styles = self.look.colour.then_some(Styles {
            code: CODE,
            emphasis: Style::new().italic(),
        });
        let width = self.look.width.saturating_sub(indent.width()).max(20);
        for line in markdown::lines(text, width, styles) {
            self.line(&format!("{indent}{line}"));
        }
    }

    fn word(&self, en: &'static str, ko: &'static str) -> &'static str {
        match self.look.lang {
            Lang::En => en,
            Lang::Ko => ko,
        }
    }

    fn verdict(&mut self, verdict: Verdict, predicted: Verdict, head: &str, reason: &str, why: &str) {
        let came = match verdict {
            Verdict::Holds => self.word("holds", "성립"),
            Verdict::Broken => self.word("broken", "깨짐"),
        };
        let (mark, style, note) = if verdict == predicted {
            ("✓", GOOD, self.word("as predicted", "예상대로"))
        } else {
            ("✗", BAD, self.word("NOT as predicted", "예상과 다름"))
        };
        self.styled(style, &format!("{mark} {head}: {came}, {note}"));
        self.paragraphs(reason, "  ");
        self.paragraphs(why, "  ");
        self.line("");
    }

    fn ledger(&mut self, client: &str, acknowledged: u64, present: Option<u64>, missing: &[u64], silent_ms: i64) {
        let unknown = self.word("no database answers", "응답하는 데이터베이스 없음");
        let rows = [
            (self.word("acknowledged", "확인된 주문"), acknowledged.to_string()),
            (
                self.word("in the database", "데이터베이스에 있는 주문"),
                present.map_or(unknown.to_owned(), |n| n.to_string()),
            ),
            (
                self.word("missing", "없어진 주문"),
                match (present, missing) {
                    (None, _) => "–".to_owned(),
                    (Some(_), []) => "0".to_owned(),
                    (Some(_), missing) => format!("{} ({})", missing.len(), ranges(missing)),
                },
            ),
            (
                self.word("longest time without an answer", "응답이 없던 가장 긴 시간"),
                format!("{}{}", seconds(silent_ms), self.word(" s", "초")),
            ),
        ];
        let wide = rows.iter().map(|(label, _)| label.width()).max().unwrap_or_default();
        let head = match self.look.lang {
            Lang::En => format!("The ledger of client {client}"),
            Lang::Ko => format!("클라이언트 {client}의 장부"),
        };
        self.styled(HEADING, &head);
        for (label, value) in rows {
            self.line(&format!("  {label}{}  {value}", " ".repeat(wide - label.width())));
        }
        self.line("");
    }

    fn table(&mut self, title: &str, rows: &[Row]) {
        let lang = self.look.lang;
        let heads = Row::heads(lang).map(str::to_owned);
        let cells: Vec<[String; 6]> = std::iter::once(heads)
            .chain(rows.iter().map(|row| row.cells(lang)))
            .collect();
        let widths: [usize; 6] =
            std::array::from_fn(|column| cells.iter().map(|row| row[column].width()).max().unwrap_or_default());
        self.styled(HEADING, title);
        self.line("");
        for (number, row) in cells.iter().enumerate() {
            let padded = row.iter().zip(widths).enumerate().map(|(column, (cell, wide))| {
                let space = " ".repeat(wide - cell.width());
                // Numbers stand to the right.
                if column >= 3 {
                    format!("{space}{cell}")
                } else {
                    format!("{cell}{space}")
                }
            });
            let line = padded.collect::<Vec<_>>().join("   ");
            self.line(&line);
            if number == 0 {
                self.line(&widths.map(|wide| "─".repeat(wide)).join("   "));
            }
        }
        self.line("");
    }

    fn screen(&mut self, command: &str, output: &str) {
        let prompt = self.dress(CODE, &format!("$ {command}"));
        self.line(&prompt);
        for line in output.lines() {
            self.line(line);
        }
        self.line("");
    }

    fn heading(&mut self, title: &str) {
        let head = format!("── {title} ");
        let rule = "─".repeat(self.look.width.saturating_sub(head.width()));
        self.styled(HEADING, &format!("{head}{rule}"));
        self.line("");
    }

    fn end(&mut self, stopped_after: Option<&str>, checks: usize, otherwise: usize) {
        if let Some(after) = stopped_after {
            let text = match self.look.lang {
                Lang::En => format!("Stopped after {after}, as asked."),
                Lang::Ko => format!("요청하신 대로 {after} 다음에서 멈췄습니다."),
            };
            self.styled(FAINT, &text);
        }
        let (style, text) = match (otherwise, self.look.lang) {
            _ if checks == 0 => return,
            (0, Lang::En) if checks == 1 => (GOOD, "The one check came out as predicted.".to_owned()),
            (0, Lang::En) => (GOOD, format!("All {checks} checks came out as predicted.")),
            (_, Lang::En) if checks == 1 => (BAD, "The one check did not come out as predicted.".to_owned()),
            (_, Lang::En) => (
                BAD,
                format!("{otherwise} of {checks} checks did not come out as predicted."),
            ),
            (0, Lang::Ko) => (GOOD, format!("확인 {checks}개가 모두 예상대로 나왔습니다.")),
            (_, Lang::Ko) => (
                BAD,
                format!("확인 {checks}개 가운데 {otherwise}개가 예상과 다르게 나왔습니다."),
            ),
        };
        self.styled(style, &text);
    }

    /// Writes a piece.
    pub fn show(&mut self, shown: &Shown) {
        let essential = matches!(
            shown,
            Shown::Lab { .. } | Shown::Act { .. } | Shown::Verdict { .. } | Shown::Table { .. } | Shown::End { .. }
        );
        if self.look.quiet && !essential {
            return;
        }
        let was_word = std::mem::replace(&mut self.after_word, matches!(shown, Shown::Word { .. }));
        if was_word && !self.after_word {
            self.line("");
        }
        match shown {
            Shown::Lab { id, title, question } => {
                self.styled(HEADING, &format!("{id}  {title}"));
                self.line("");
                if let Some(question) = question.as_ref().filter(|_| !self.look.quiet) {
                    self.paragraphs(question, "");
                    self.line("");
                }
            }
            Shown::Act { id, title } => self.heading(&format!("{id}. {title}")),
            Shown::Word { word, means } => {
                if !was_word {
                    let label = self.word("Words", "용어");
                    self.styled(FAINT, label);
                }
                self.paragraphs(&format!("*{word}*: {means}"), "  ");
            }
            Shown::Say { text } | Shown::Means { text } | Shown::Ending { text } => {
                self.paragraphs(text, "");
                self.line("");
            }
            Shown::Ask { question, choices, .. } => {
                let label = self.word("Predict", "예상해 보십시오");
                self.styled(QUESTION, label);
                self.paragraphs(question, "  ");
                for (number, choice) in (1..).zip(choices) {
                    self.paragraphs(&format!("{number}) {choice}"), "    ");
                }
                self.line("");
            }
            Shown::Answer {
                number, choice, why, ..
            } => {
                let label = self.word("Answer", "답");
                self.styled(QUESTION, label);
                self.paragraphs(&format!("{number}) {choice}"), "  ");
                self.paragraphs(why, "  ");
                self.line("");
            }
            Shown::Screen { command, output, .. } => self.screen(command, output),
            Shown::Done { at_ms, text } => {
                let time = self.dress(FAINT, &clock(*at_ms));
                self.line(&format!("{time}  {text}"));
                self.line("");
            }
            Shown::Timeline { lines } => {
                let label = self.word("What happened", "일어난 일");
                self.styled(HEADING, label);
                for line in lines {
                    let time = self.dress(FAINT, &clock(line.at_ms));
                    self.line(&format!("{time}  {}", line.text));
                }
                self.line("");
            }
            Shown::Ledger {
                client,
                acknowledged,
                present,
                missing,
                silent_ms,
            } => {
                self.ledger(client, *acknowledged, *present, missing, *silent_ms);
            }
            Shown::Verdict {
                check,
                of,
                verdict,
                predicted,
                reason,
                why,
                ..
            } => {
                let of = of.as_ref().map(|of| format!(" ({of})")).unwrap_or_default();
                let reason = reason.as_deref().unwrap_or_default();
                self.verdict(*verdict, *predicted, &format!("{check}{of}"), reason, why);
            }
            Shown::Table { title, rows } => self.table(title, rows),
            Shown::End {
                stopped_after,
                checks,
                otherwise,
            } => self.end(stopped_after.as_deref(), *checks, *otherwise),
        }
    }
}
