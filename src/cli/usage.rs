//! What the parser of the command line says, in Korean. Its English is its own; `--help` stays English too, as it is the
//! documentation of the code.

use super::korean::tell;
use super::terminal;
use crate::kubectl::VERBS;
use crate::tongue::{Lang, fitted};
use crate::why::Said;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;
use std::ffi::OsString;

/// Returns the language that a command line asks for before it is parsed: the parser may not come to an end.
pub(super) fn language(args: &[OsString]) -> Lang {
    let words: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let own = words.split(|word| *word == "--").next().unwrap_or_default();
    let given = own
        .iter()
        .enumerate()
        .find_map(|(place, word)| match word.strip_prefix("--lang") {
            Some("") => own.get(place + 1).copied(),
            Some(tag) => tag.strip_prefix('='),
            None => None,
        });
    given.and_then(Lang::from_tag).unwrap_or_else(terminal::language)
}

/// Says in Korean what is wrong with a command line; None where the parser's own words have to do.
pub(super) fn korean(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let (arg, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let what = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!("하위 명령 `{}`은(는) 없습니다", text(ContextKind::InvalidSubcommand)?)
        }
        ErrorKind::UnknownArgument => format!("`{}`은(는) 여기서 쓸 수 없습니다", arg?),
        ErrorKind::MissingRequiredArgument => format!("필요한 것이 빠졌습니다: {}", arg?),
        ErrorKind::ArgumentConflict => format!(
            "`{}`과(와) `{}`은(는) 함께 쓸 수 없습니다",
            arg?,
            text(ContextKind::PriorArg)?
        ),
        ErrorKind::InvalidValue if value.as_ref().is_some_and(String::is_empty) => {
            format!("`{}`에는 값이 있어야 합니다", arg?)
        }
        ErrorKind::InvalidValue => format!("`{}`은(는) `{}`의 값이 될 수 없습니다", value?, arg?),
        ErrorKind::ValueValidation => format!(
            "`{}`은(는) `{}`의 값이 될 수 없습니다: {}",
            value?,
            arg?,
            tell(&error.source()?.to_string(), Lang::Ko)
        ),
        _ => return None,
    };
    let suggested = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    let hint = match (suggested.into_iter().find_map(text), text(ContextKind::ValidValue)) {
        (Some(meant), _) => Some(format!("`{}`을(를) 뜻하셨습니까?", meant.replace(", ", "`, `"))),
        (None, Some(valid)) if !valid.is_empty() => Some(format!("쓸 수 있는 값: {valid}")),
        _ => None,
    };
    let mut told = format!("오류: {what}\n");
    told.extend(hint.map(|hint| format!("  힌트: {hint}\n")));
    if let Some(usage) = text(ContextKind::Usage) {
        told.push_str(&format!("\n{}\n", usage.replacen("Usage:", "사용법:", 1)));
    }
    told.push_str("\n자세한 것은 '--help'를 보십시오.\n");
    Some(fitted(&told))
}

/// Returns what a person may have meant, where the parser cannot know it.
pub(super) fn hint(error: &clap::Error) -> Option<Said> {
    let text = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        _ => None,
    };
    let usage = error
        .get(ContextKind::Usage)
        .map(ToString::to_string)
        .unwrap_or_default();
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand)?;
            let is_kubectl = VERBS.iter().any(|verb| verb.answers_to(&word));
            is_kubectl.then(|| {
                Said::new(
                    format!("that is kubectl's: pglab kubectl {word}"),
                    format!("그것은 kubectl의 명령입니다: pglab kubectl {word}"),
                )
            })
        }
        ErrorKind::MissingRequiredArgument if text(ContextKind::InvalidArg)? == "<LAB>" => Some(Said::new(
            "`pglab list` lists the labs; `pglab run --manifests PATH` plays manifests of your own",
            "`pglab list`가 실습을 보여 줍니다; `pglab run --manifests PATH`는 가지고 있는 매니페스트를 실행합니다",
        )),
        ErrorKind::UnknownArgument if usage.contains("time advance") => Some(Said::new(
            "time goes back with `pglab time back -30s`",
            "시간을 되돌리려면 `pglab time back -30s`",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Args;
    use clap::Parser;

    #[test]
    fn a_slip_in_a_command_line_is_told_in_korean() {
        for (line, told) in [
            (
                "pglab clster status",
                "하위 명령 `clster`는 없습니다\n  힌트: `list`, `cluster`를 뜻하셨습니까?",
            ),
            (
                "pglab why pod/x --formt json",
                "`--formt`는 여기서 쓸 수 없습니다\n  힌트: `--format`",
            ),
            ("pglab node stop", "필요한 것이 빠졌습니다: <NAME>"),
            ("pglab why pod/x --format xml", "쓸 수 있는 값: text, json"),
            ("pglab time advance soon", "`soon`은 시간이 아닙니다: 500ms"),
            ("pglab cluster create --pace 0x", "`0x`는 빠르기가 아닙니다"),
            ("pglab run lab1 --manifests x", "함께 쓸 수 없습니다"),
        ] {
            let error = Args::try_parse_from(line.split(' ')).err().expect(line);
            let korean = korean(&error).unwrap_or_default();
            assert!(
                korean.contains(&fitted(told)) && korean.starts_with("오류: "),
                "{line}: {korean}"
            );
        }
    }

    #[test]
    fn what_the_parser_cannot_know_is_hinted_at() {
        for (line, hinted) in [
            ("pglab apply -f x", Some("that is kubectl's: pglab kubectl apply")),
            ("pglab run", Some("`pglab list` lists the labs")),
            ("pglab time advance -5s", Some("`pglab time back -30s`")),
            ("pglab frobnicate", None),
        ] {
            let error = Args::try_parse_from(line.split(' ')).err().expect(line);
            let hint = hint(&error).map(|hint| hint.text(Lang::En).to_owned());
            match hinted {
                Some(words) => assert!(
                    hint.as_ref().is_some_and(|hint| hint.contains(words)),
                    "{line}: {hint:?}"
                ),
                None => assert_eq!(hint, None),
            }
        }
    }

    #[test]
    fn the_language_is_known_before_the_line_is_parsed() {
        let of = |line: &str| language(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(of("pglab --lang ko wyh"), Lang::Ko);
        assert_eq!(of("pglab wyh --lang=ko"), Lang::Ko);
        assert_eq!(of("pglab wyh --lang en"), Lang::En);
    }
}
