//! `test`: conditions about texts, numbers and files.

use super::{Act, Call};
use crate::programs::shell::surroundings::Surroundings;

/// `test EXPRESSION`, `[ EXPRESSION ]`
pub(super) fn test_tool(call: &mut Call<'_>) -> Act {
    let mut words = call.args().to_vec();
    if call.name() == "[" {
        if words.last().map(String::as_str) != Some("]") {
            call.said.err("sh: 1: [: missing ]\n");
            return Act::Done(2);
        }
        words.pop();
    }
    match test(&words, &call.cwd, call.world) {
        Ok(holds) => Act::Done(i32::from(!holds)),
        Err(words) => {
            call.said.err(&format!("sh: 1: [: {words}\n"));
            Act::Done(2)
        }
    }
}

/// Works out the expression of `test`.
pub(crate) fn test(words: &[String], cwd: &str, world: &mut dyn Surroundings) -> Result<bool, String> {
    for (joint, all) in [("-o", false), ("||", false), ("-a", true), ("&&", true)] {
        if let Some(at) = words
            .iter()
            .position(|word| word == joint)
            .filter(|at| *at > 0 && words.len() > 3)
        {
            let left = test(&words[..at], cwd, world)?;
            let right = test(&words[at + 1..], cwd, world)?;
            return Ok(if all { left && right } else { left || right });
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(false),
        ["!", rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
            Ok(!test(&rest, cwd, world)?)
        }
        [word] => Ok(!word.is_empty()),
        ["-n", word] => Ok(!word.is_empty()),
        ["-z", word] => Ok(word.is_empty()),
        [flag, path] if flag.len() == 2 && flag.starts_with('-') => {
            let whole = if path.starts_with('/') {
                (*path).to_owned()
            } else {
                format!("{cwd}/{path}")
            };
            let mut holds = false;
            world.files(&mut |files| {
                holds = match *flag {
                    "-d" => files.is_dir(&whole),
                    "-f" => files.exists(&whole) && !files.is_dir(&whole),
                    "-s" => files.file(&whole).is_ok_and(|file| !file.is_empty()),
                    "-L" | "-h" => false,
                    _ => files.exists(&whole),
                };
            });
            Ok(holds)
        }
        [left, "=" | "==", right] => Ok(left == right),
        [left, "!=", right] => Ok(left != right),
        [left, "<", right] => Ok(left < right),
        [left, ">", right] => Ok(left > right),
        [left, operator, right] => {
            let number = |text: &str| {
                text.trim()
                    .parse::<i64>()
                    .map_err(|_| format!("Illegal number: {text}"))
            };
            let (left, right) = (number(left)?, number(right)?);
            Ok(match *operator {
                "-eq" => left == right,
                "-ne" => left != right,
                "-lt" => left < right,
                "-le" => left <= right,
                "-gt" => left > right,
                "-ge" => left >= right,
                other => return Err(format!("{other}: unknown operand")),
            })
        }
        [first, ..] => Err(format!("{first}: unexpected operator")),
    }
}
