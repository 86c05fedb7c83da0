//! Reads a command line by the tables.

use super::{Done, Flag, GLOBAL, Takes, reason};
use crate::kubectl::trouble::{Trouble, Verdict};
use std::collections::BTreeMap;

/// A command line that has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The words that are no flags.
    pub words: Vec<String>,
    /// How many of the words stand before `--`; None where there is none.
    pub dash: Option<usize>,
    given: BTreeMap<&'static str, Vec<String>>,
}

impl Flags {
    /// Reads the words after a verb.
    pub fn read(verb: &str, table: &[Flag], args: &[String]) -> Verdict<Flags> {
        let mut flags = Flags::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if arg == "--" {
                flags.dash = Some(flags.words.len());
                flags.words.extend(args.by_ref().cloned());
            } else if let Some(long) = arg.strip_prefix("--") {
                flags.read_long(verb, table, long, &mut args)?;
            } else if arg.len() > 1 && arg.starts_with('-') {
                flags.read_short(verb, table, &arg[1..], &mut args)?;
            } else {
                flags.words.push(arg.clone());
            }
        }
        Ok(flags)
    }

    fn read_long<'a>(
        &mut self,
        verb: &str,
        table: &[Flag],
        long: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Verdict {
        let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
        let Some(flag) = all(table).find(|flag| flag.long == name) else {
            return Err(match name {
                "help" => Trouble {
                    code: 0,
                    ..Trouble::verbatim("")
                },
                _ => Trouble::flag(verb, format!("unknown flag: --{name}")),
            });
        };
        let value = match (value, flag.takes) {
            (Some(value), _) => value.to_owned(),
            (None, Takes::Bool) => "true".to_owned(),
            (None, Takes::Optional(default)) => default.to_owned(),
            (None, _) => rest
                .next()
                .cloned()
                .ok_or_else(|| Trouble::flag(verb, format!("flag needs an argument: --{name}")))?,
        };
        self.give(verb, flag, value)
    }

    fn read_short<'a>(
        &mut self,
        verb: &str,
        table: &[Flag],
        cluster: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Verdict {
        let letters = cluster.char_indices();
        for (at, letter) in letters {
            let tail = &cluster[at + letter.len_utf8()..];
            let Some(flag) = all(table).find(|flag| flag.short == Some(letter)) else {
                let text = format!("unknown shorthand flag: '{letter}' in -{}", &cluster[at..]);
                return Err(match letter {
                    'h' => Trouble {
                        code: 0,
                        ..Trouble::verbatim("")
                    },
                    _ => Trouble::flag(verb, text),
                });
            };
            let value = match (tail.strip_prefix('='), flag.takes) {
                (Some(value), _) => value.to_owned(),
                (None, Takes::Bool) => {
                    self.give(verb, flag, "true".to_owned())?;
                    continue;
                }
                (None, Takes::Optional(default)) => {
                    self.give(verb, flag, default.to_owned())?;
                    continue;
                }
                (None, _) if !tail.is_empty() => tail.to_owned(),
                (None, _) => {
                    let text = format!("flag needs an argument: '{letter}' in -{}", &cluster[at..]);
                    rest.next().cloned().ok_or_else(|| Trouble::flag(verb, text))?
                }
            };
            return self.give(verb, flag, value);
        }
        Ok(())
    }

    fn give(&mut self, verb: &str, flag: &Flag, value: String) -> Verdict {
        let shown = match flag.short {
            Some(short) => format!("-{short}, --{}", flag.long),
            None => format!("--{}", flag.long),
        };
        let complaint = match flag.takes {
            Takes::Bool if parse_bool(&value).is_none() => {
                format!("strconv.ParseBool: parsing \"{value}\": invalid syntax")
            }
            Takes::Int if value.parse::<i64>().is_err() => {
                format!("strconv.ParseInt: parsing \"{value}\": invalid syntax")
            }
            Takes::Duration if duration_ms(&value).is_none() => match value.parse::<f64>() {
                Ok(_) => format!("time: missing unit in duration \"{value}\""),
                Err(_) => format!("time: invalid duration \"{value}\""),
            },
            _ => String::new(),
        };
        if !complaint.is_empty() {
            let text = format!("invalid argument \"{value}\" for \"{shown}\" flag: {complaint}");
            return Err(Trouble::flag(verb, text));
        }
        if flag.done == Done::No {
            let text = format!("flag --{} is not simulated", flag.long);
            let hint = match reason(flag.long) {
                Some(reason) => reason.to_owned(),
                None => format!("kubectl {verb} works here without it"),
            };
            return Err(Trouble::error(text).hint(hint));
        }
        self.given.entry(flag.long).or_default().push(value);
        Ok(())
    }

    /// Returns the last value of a flag.
    pub fn text(&self, long: &str) -> Option<&str> {
        self.given.get(long)?.last().map(String::as_str)
    }

    /// Returns all values of a flag that may be repeated.
    pub fn texts(&self, long: &str) -> &[String] {
        self.given.get(long).map_or(&[], Vec::as_slice)
    }

    /// Returns all values of a flag that may be repeated and may hold several, parted by commas.
    pub fn list(&self, long: &str) -> Vec<String> {
        let values = self.texts(long).iter().flat_map(|value| value.split(','));
        values.filter(|v| !v.is_empty()).map(ToOwned::to_owned).collect()
    }

    /// Says whether a flag that takes nothing is set.
    pub fn is_set(&self, long: &str) -> bool {
        self.bool(long).unwrap_or(false)
    }

    /// Returns what a flag that takes nothing was set to, if it was given at all.
    pub fn bool(&self, long: &str) -> Option<bool> {
        self.text(long).and_then(parse_bool)
    }

    /// Returns a flag's whole number.
    pub fn int(&self, long: &str) -> Option<i64> {
        self.text(long)?.parse().ok()
    }

    /// Returns a flag's duration in milliseconds.
    pub fn duration_ms(&self, long: &str) -> Option<i64> {
        duration_ms(self.text(long)?)
    }
}

fn all(table: &[Flag]) -> impl Iterator<Item = &Flag> {
    table.iter().chain(GLOBAL)
}

/// Reads a truth as Go's `strconv.ParseBool` does.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Reads a duration as Go's `time.ParseDuration` does: `1h2m3.5s`, `300ms`, `-1s`, `0`.
pub(super) fn duration_ms(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        total += number
            * match &rest[..letters] {
                "h" => 3_600_000.0,
                "m" => 60_000.0,
                "s" => 1000.0,
                "ms" => 1.0,
                "us" | "µs" => 0.001,
                "ns" => 0.000_001,
                _ => return None,
            };
        rest = &rest[letters..];
    }
    Some((sign * total) as i64)
}
