//! What a lab shows, as Markdown.

use crate::lab::{Lang, Row, Shown, Verdict, ranges};
use crate::sim::clock;

/// Draws pieces in their order, with a blank line between one and the next.
pub fn draw(shown: &[Shown], lang: Lang) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let mut kept_open = None;
    for piece in shown {
        let Some(block) = block(piece, lang) else {
            continue;
        };
        // Words and verdicts come several at a time, and are one list.
        let joins = matches!(piece, Shown::Word { .. } | Shown::Verdict { .. });
        let same = joins && kept_open == Some(std::mem::discriminant(piece));
        match blocks.last_mut() {
            Some(last) if same => {
                last.push('\n');
                last.push_str(&block);
            }
            _ => {
                if matches!(piece, Shown::Word { .. }) {
                    blocks.push(say(lang, "**Words**", "**용어**").into());
                }
                blocks.push(block);
            }
        }
        kept_open = joins.then(|| std::mem::discriminant(piece));
    }
    blocks.join("\n\n")
}

fn block(piece: &Shown, lang: Lang) -> Option<String> {
    Some(match piece {
        // The chapter has headings of its own.
        Shown::Lab { .. } | Shown::Act { .. } => return None,
        Shown::Word { word, means } => format!("- **{word}**: {}", means.trim()),
        Shown::Say { text } | Shown::Ending { text } => text.trim().to_string(),
        Shown::Means { text } => format!(
            "{}\n\n{}",
            say(lang, "**What it means**", "**무슨 뜻인가**"),
            text.trim()
        ),
        Shown::Ask { question, choices, .. } => ask(question, choices, lang),
        Shown::Answer {
            number, choice, why, ..
        } => folded(
            say(lang, "The answer", "답"),
            &format!("**{number}. {}** {}", choice.trim(), why.trim()),
        ),
        Shown::Screen { command, output, .. } => screen(command, output),
        Shown::Done { at_ms, text } => format!("*{}* {}", clock(*at_ms), text.trim()),
        Shown::Timeline { lines } => {
            let lines: Vec<_> = lines
                .iter()
                .map(|line| format!("{}  {}", clock(line.at_ms), line.text))
                .collect();
            fenced("text", &lines.join("\n"))
        }
        Shown::Ledger {
            client,
            acknowledged,
            present,
            missing,
            ..
        } => ledger(client, *acknowledged, *present, missing, lang),
        Shown::Verdict { .. } => verdict(piece, lang)?,
        Shown::Table { title, rows } => table(title, rows, lang),
        Shown::End { .. } => return None,
    })
}

fn ask(question: &str, choices: &[String], lang: Lang) -> String {
    let mut lines = vec![
        format!(
            "> **{}** {}",
            say(lang, "Predict.", "예측해 보십시오."),
            question.trim()
        ),
        ">".into(),
    ];
    for (number, choice) in choices.iter().enumerate() {
        lines.push(format!("> {}. {}", number + 1, choice.trim()));
    }
    lines.join("\n")
}

/// Draws a command and what it printed, as a terminal shows them.
pub(super) fn screen(command: &str, output: &str) -> String {
    fenced("console", format!("$ {command}\n{output}").trim_end())
}

/// Puts text between fences longer than any in it.
pub(super) fn fenced(kind: &str, text: &str) -> String {
    let longest = text
        .lines()
        .map(|line| line.chars().take_while(|c| *c == '`').count())
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}{kind}\n{}\n{fence}", text.trim_end())
}

/// Folds text away under a title.
pub(super) fn folded(title: &str, text: &str) -> String {
    format!("<details>\n<summary>{title}</summary>\n\n{}\n\n</details>", text.trim())
}

fn ledger(client: &str, acknowledged: u64, present: Option<u64>, missing: &[u64], lang: Lang) -> String {
    let Some(present) = present else {
        return match lang {
            Lang::En => format!("The ledger of `{client}`: {acknowledged} orders acknowledged. No database answers."),
            Lang::Ko => format!(
                "`{client}`의 장부에는 확인된 주문이 {acknowledged}건 있습니다. 응답하는 데이터베이스가 없습니다."
            ),
        };
    };
    let lost = match missing {
        [] => say(lang, "None is missing.", "빠진 것은 없습니다.").into(),
        _ => match lang {
            Lang::En => format!("Missing: {}.", ranges(missing)),
            Lang::Ko => format!("빠진 주문은 {}번입니다.", ranges(missing)),
        },
    };
    match lang {
        Lang::En => format!(
            "The ledger of `{client}`: {acknowledged} orders acknowledged, {present} of them in the database. {lost}"
        ),
        Lang::Ko => {
            format!(
                "`{client}`의 장부에는 확인된 주문이 {acknowledged}건 있고, 그중 {present}건이 데이터베이스에 있습니다. {lost}"
            )
        }
    }
}

fn verdict(piece: &Shown, lang: Lang) -> Option<String> {
    let Shown::Verdict {
        check,
        of,
        verdict,
        predicted,
        reason,
        why,
        ..
    } = piece
    else {
        return None;
    };
    let on = of.as_ref().map(|of| format!(" (`{of}`)")).unwrap_or_default();
    let said = match verdict {
        Verdict::Holds => say(lang, "holds", "성립합니다"),
        Verdict::Broken => say(lang, "is broken", "깨졌습니다"),
    };
    let foreseen = match verdict == predicted {
        true => say(lang, ", as predicted", "(예측대로)"),
        false => say(lang, ", **which was not predicted**", "(**예측과 다릅니다**)"),
    };
    let reason = match reason {
        Some(reason) => format!(" `{}`", reason.replace('`', "'")),
        None => String::new(),
    };
    Some(format!("- `{check}`{on} {said}{foreseen}.{reason} {}", why.trim()))
}

fn table(title: &str, rows: &[Row], lang: Lang) -> String {
    let mut lines = vec![
        format!("**{}**", title.trim()),
        String::new(),
        format!("| {} |", Row::heads(lang).join(" | ")),
        "|---|---|---|---:|---:|---:|".into(),
    ];
    for row in rows {
        lines.push(format!("| {} |", row.cells(lang).join(" | ")));
    }
    lines.join("\n")
}

pub(super) fn say(lang: Lang, en: &'static str, ko: &'static str) -> &'static str {
    match lang {
        Lang::En => en,
        Lang::Ko => ko,
    }
}
