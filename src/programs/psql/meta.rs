//! Meta commands: what begins with a backslash (src/bin/psql/command.c).

use super::scan::Scanner;
use super::variables::truth;
use super::{Psql, words};

/// What a meta command leaves to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Nothing: it went well.
    Went,
    /// Nothing: it failed.
    Failed,
    /// The statement so far is forgotten.
    Reset,
    /// The statement so far is sent.
    Send {
        /// `\gx`
        expanded: bool,
        /// `\gset`, with what stands before the names.
        prefix: Option<String>,
    },
}

/// Commands that psql has and pglab has not.
const BEYOND: &[&str] = &[
    "!",
    "?",
    "cd",
    "copyright",
    "crosstabview",
    "e",
    "edit",
    "ef",
    "ev",
    "errverbose",
    "gdesc",
    "getenv",
    "gexec",
    "h",
    "help",
    "H",
    "html",
    "lo_export",
    "lo_import",
    "lo_list",
    "lo_unlink",
    "password",
    "prompt",
    "s",
    "setenv",
    "sf",
    "sv",
    "T",
    "w",
    "write",
    "watch",
];

fn went(well: bool) -> After {
    if well { After::Went } else { After::Failed }
}

impl Psql<'_, '_> {
    /// Obeys the one meta command that `-c` gives.
    pub(super) fn meta_alone(&mut self, text: &str) -> bool {
        let mut at = 0;
        let mut scanner = Scanner::default();
        match self.meta(text, &mut at, &mut scanner) {
            After::Went | After::Reset | After::Send { .. } => true,
            After::Failed => false,
        }
    }

    /// Obeys the meta command whose name begins at `at`.
    pub(super) fn meta(&mut self, line: &str, at: &mut usize, scanner: &mut Scanner) -> After {
        let rest = &line[*at..];
        let length = rest
            .find(|c: char| c.is_whitespace() || c == '\\')
            .unwrap_or(rest.len());
        let name = rest[..length].to_owned();
        *at += length;
        if self.restricted.is_some() && name != "unrestrict" {
            *at = line.len();
            self.complain("backslash commands are restricted; only \\unrestrict is allowed");
            return After::Failed;
        }
        if ["if", "elif", "else", "endif"].contains(&name.as_str()) {
            return went(self.branch(&name, line, at));
        }
        if !self.is_active() {
            skip(line, at);
            return After::Went;
        }
        if name == "copy" {
            let text = line[*at..].trim().to_owned();
            *at = line.len();
            return went(self.copy(&text));
        }
        match self.obey(&name, line, at, scanner) {
            Ok(after) => {
                // Words that nobody asked for are told, and ignored.
                while let Ok(Some(word)) = words::word(line, at, &self.variables) {
                    if after == After::Failed {
                        continue;
                    }
                    self.warn(&format!("\\{name}: extra argument \"{word}\" ignored"));
                }
                // Two backslashes end a command.
                if line[*at..].starts_with("\\\\") {
                    *at += 2;
                }
                after
            }
            Err(complaint) => {
                *at = line.len();
                self.complain(&complaint);
                After::Failed
            }
        }
    }

    fn warn(&mut self, text: &str) {
        let text = match &self.script {
            Some((name, line)) => format!("psql:{name}:{line}: warning: {text}\n"),
            None => format!("{text}\n"),
        };
        self.outcome.err(&text);
    }

    fn obey(&mut self, name: &str, line: &str, at: &mut usize, scanner: &mut Scanner) -> Result<After, String> {
        let next = |at: &mut usize, this: &Self| words::word(line, at, &this.variables);
        Ok(match name {
            "q" | "quit" => {
                self.over = true;
                After::Went
            }
            "echo" | "qecho" | "warn" => {
                let words = words::all(line, at, &self.variables)?;
                let bare = words.first().is_some_and(|word| word == "-n");
                let text = words[usize::from(bare)..].join(" ");
                let text = if bare { text } else { format!("{text}\n") };
                match name {
                    "echo" => self.outcome.out(&text),
                    "qecho" => self.out(&text),
                    _ => self.outcome.err(&text),
                }
                After::Went
            }
            "set" => {
                let words = words::all(line, at, &self.variables)?;
                match words.split_first() {
                    None => {
                        let list = self.variables.list();
                        self.outcome.out(&list);
                    }
                    Some((name, values)) => self.variables.set(name, &values.concat())?,
                }
                After::Went
            }
            "unset" => match next(at, self)? {
                Some(name) => {
                    self.variables.unset(&name);
                    After::Went
                }
                None => return Err("\\unset: missing required argument".to_owned()),
            },
            "pset" => {
                let Some(option) = next(at, self)? else {
                    return Err("pglab does not simulate \\pset without arguments of psql".to_owned());
                };
                let value = next(at, self)?;
                let said = self.settings.set(&option, value.as_deref())?;
                self.say(&said)
            }
            "x" | "t" => {
                let value = next(at, self)?;
                let said = self
                    .settings
                    .set(if name == "x" { "expanded" } else { "tuples_only" }, value.as_deref())?;
                self.say(&said)
            }
            "a" => {
                let said = self.settings.toggle_aligned();
                self.say(&said)
            }
            "f" => {
                let value = next(at, self)?;
                let said = self.settings.set("fieldsep", value.as_deref())?;
                self.say(&said)
            }
            "C" => {
                let value = next(at, self)?;
                let said = self.settings.set("title", value.as_deref())?;
                self.say(&said)
            }
            "o" | "out" => {
                let path = next(at, self)?;
                if path.as_deref().is_some_and(|path| path.starts_with('|')) {
                    return Err("pglab does not simulate \\o |COMMAND of psql".to_owned());
                }
                let well = self.end_output();
                self.output = path.map(|path| (path, String::new()));
                went(well)
            }
            "i" | "include" | "ir" | "include_relative" => match next(at, self)? {
                Some(path) => went(self.file(&path, "") == 0 || self.over),
                None => return Err(format!("\\{name}: missing required argument")),
            },
            "c" | "connect" => {
                let words = words::all(line, at, &self.variables)?;
                went(self.reconnect(&words))
            }
            "conninfo" => {
                let text = self.connection();
                self.outcome.out(&text);
                After::Went
            }
            "timing" => {
                self.timing = match next(at, self)? {
                    None => !self.timing,
                    Some(value) => truth(&value)
                        .ok_or_else(|| format!("unrecognized value \"{value}\" for \"\\timing\": Boolean expected"))?,
                };
                let said = format!("Timing is {}.\n", if self.timing { "on" } else { "off" });
                self.say(&said)
            }
            "encoding" => match next(at, self)?.as_deref() {
                None => {
                    self.outcome.out("UTF8\n");
                    After::Went
                }
                Some("UTF8" | "utf8" | "UTF-8") => After::Went,
                Some(other) => return Err(format!("pglab does not simulate the encoding {other}")),
            },
            "p" | "print" => {
                let text = match scanner.buffer() {
                    "" if self.previous.is_empty() => "Query buffer is empty.".to_owned(),
                    "" => self.previous.clone(),
                    text => text.to_owned(),
                };
                self.outcome.out(&format!("{text}\n"));
                After::Went
            }
            "r" | "reset" => {
                self.say("Query buffer reset (cleared).\n");
                After::Reset
            }
            "g" | "gx" => {
                if let Some(target) = next(at, self)? {
                    return Err(format!("pglab does not simulate \\{name} {target} of psql"));
                }
                After::Send {
                    expanded: name == "gx",
                    prefix: None,
                }
            }
            "gset" => After::Send {
                expanded: false,
                prefix: Some(next(at, self)?.unwrap_or_default()),
            },
            "restrict" => match next(at, self)? {
                Some(key) if !key.is_empty() => {
                    self.restricted = Some(key);
                    After::Went
                }
                _ => return Err("\\restrict: missing required argument".to_owned()),
            },
            "unrestrict" => {
                let key = next(at, self)?.ok_or("\\unrestrict: missing required argument")?;
                match &self.restricted {
                    None => return Err("\\unrestrict: not currently in restricted mode".to_owned()),
                    Some(known) if *known != key => return Err("\\unrestrict: wrong key".to_owned()),
                    Some(_) => self.restricted = None,
                }
                After::Went
            }
            _ if BEYOND.contains(&name) => return Err(format!("pglab does not simulate \\{name} of psql")),
            _ => {
                let pattern = next(at, self)?;
                match self.describe(name, pattern.as_deref())? {
                    Some(well) => went(well),
                    None => return Err(format!("invalid command \\{name}")),
                }
            }
        })
    }

    /// Says what a setting is now, unless psql is to be quiet.
    pub(super) fn say(&mut self, text: &str) -> After {
        if !self.variables.is_on("QUIET") {
            self.outcome.out(text);
        }
        After::Went
    }
}

/// Passes over the words of a command that is not obeyed.
pub(super) fn skip(line: &str, at: &mut usize) {
    *at = line[*at..].find('\\').map_or(line.len(), |next| *at + next);
}
