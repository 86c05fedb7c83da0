//! Meta commands: what begins with a backslash (src/bin/psql/command.c).

use super::scan::Scanner;
use super::send::Rule;
use super::script::Feed;
use super::variables::truth;
use super::{Branch, Psql, SOCKET, refusal, words};

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
    "!", "?", "cd", "copyright", "crosstabview", "e", "edit", "ef", "ev", "errverbose", "gdesc", "getenv", "gexec",
    "h", "help", "H", "html", "lo_export", "lo_import", "lo_list", "lo_unlink", "password", "prompt", "s", "setenv",
    "sf", "sv", "T", "w", "write", "watch",
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
        if let Some(key) = &self.restricted
            && name != "unrestrict"
        {
            let _ = key;
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
                // These are quiet about themselves unless they are asked (src/bin/psql/command.c, do_pset).
                let said = if option == "footer" && value.is_some() { String::new() } else { said };
                self.say(&said)
            }
            "x" | "t" => {
                let value = next(at, self)?;
                let said = self.settings.set(if name == "x" { "expanded" } else { "tuples_only" }, value.as_deref())?;
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
    fn say(&mut self, text: &str) -> After {
        if !self.variables.is_on("QUIET") {
            self.outcome.out(text);
        }
        After::Went
    }

    fn connection(&mut self) -> String {
        let Some(session) = self.session else {
            return "You are currently not connected to a database.\n".to_owned();
        };
        let address = self.place.network.address(session);
        let target = &self.target;
        let how = match address {
            Some(ip) if ip == target.host => format!("on host \"{ip}\" at port \"{}\"", target.port),
            Some(ip) => format!("on host \"{}\" (address \"{ip}\") at port \"{}\"", target.host, target.port),
            None => format!("via socket in \"{SOCKET}\" at port \"{}\"", target.port),
        };
        format!(
            "You are connected to database \"{}\" as user \"{}\" {how}.\n",
            target.database, target.user
        )
    }

    /// `\c DATABASE USER HOST PORT`, a dash for what stays.
    fn reconnect(&mut self, words: &[String]) -> bool {
        let mut target = self.target.clone();
        let given = |at: usize| words.get(at).map(|word| word.trim_matches('"')).filter(|word| *word != "-");
        if given(0).is_some_and(|name| name.contains('=') || name.contains("://")) {
            self.complain("pglab does not simulate \\connect with a connection string of psql");
            return false;
        }
        if let Some(database) = given(0) {
            database.clone_into(&mut target.database);
        }
        if let Some(user) = given(1) {
            user.clone_into(&mut target.user);
        }
        if let Some(host) = given(2) {
            host.clone_into(&mut target.host);
        }
        if let Some(port) = given(3) {
            let Ok(port) = port.parse() else {
                self.complain(&format!("\\connect: invalid port number: \"{port}\""));
                return false;
            };
            target.port = port;
        }
        let session = match self.place.network.connect(&target) {
            Ok(session) => session,
            Err(why) => {
                let words = format!("\\connect: {}", refusal(&target, &why));
                self.complain(&words);
                // A script must not go on in the wrong database.
                if let Some(old) = self.session.take() {
                    self.place.network.close(old);
                }
                return false;
            }
        };
        if let Some(old) = self.session.replace(session) {
            self.place.network.close(old);
        }
        let moved = target.host != self.target.host || target.port != self.target.port;
        self.target = target;
        self.variables.put("DBNAME", self.target.database.clone());
        self.variables.put("USER", self.target.user.clone());
        let how = match (moved, self.place.network.address(session)) {
            (false, _) => String::new(),
            (true, Some(ip)) => format!(
                " on host \"{}\" (address \"{ip}\") at port \"{}\"",
                self.target.host, self.target.port
            ),
            (true, None) => format!(" via socket in \"{SOCKET}\" at port \"{}\"", self.target.port),
        };
        let said = format!(
            "You are now connected to database \"{}\" as user \"{}\"{how}.\n",
            self.target.database, self.target.user
        );
        self.say(&said);
        true
    }

    fn branch(&mut self, name: &str, line: &str, at: &mut usize) -> bool {
        let outer = self.branches.split_last().is_none_or(|(_, outer)| outer.iter().all(|branch| branch.active));
        let asked = |at: &mut usize, this: &mut Self| -> Option<bool> {
            let words = words::all(line, at, &this.variables).unwrap_or_default().join(" ");
            let value = truth(&words);
            if value.is_none() {
                this.complain(&format!("unrecognized value \"{words}\" for \"\\{name} expression\": Boolean expected"));
            }
            value
        };
        match (name, self.branches.last().copied()) {
            ("if", _) => {
                let reached = self.is_active();
                let value = if reached {
                    asked(at, self)
                } else {
                    skip(line, at);
                    Some(false)
                };
                self.branches.push(Branch {
                    active: reached && value == Some(true),
                    done: !reached || value != Some(false),
                    in_else: false,
                });
                value.is_some()
            }
            (_, None) => {
                skip(line, at);
                self.complain(&format!("\\{name}: no matching \\if"));
                false
            }
            ("elif" | "else", Some(branch)) if branch.in_else => {
                skip(line, at);
                self.complain(&format!("\\{name}: cannot occur after \\else"));
                false
            }
            ("elif", Some(branch)) => {
                let value = if branch.done {
                    skip(line, at);
                    Some(false)
                } else {
                    asked(at, self)
                };
                if let Some(branch) = self.branches.last_mut() {
                    branch.active = outer && !branch.done && value == Some(true);
                    branch.done |= value != Some(false);
                }
                value.is_some()
            }
            ("else", Some(_)) => {
                skip(line, at);
                if let Some(branch) = self.branches.last_mut() {
                    branch.active = outer && !branch.done;
                    branch.done = true;
                    branch.in_else = true;
                }
                true
            }
            _ => {
                skip(line, at);
                self.branches.pop();
                true
            }
        }
    }

    /// `\copy`: a COPY whose file is the client's.
    pub(super) fn copy(&mut self, text: &str) -> bool {
        let order = match super::copy::read(text) {
            Ok(order) => order,
            Err(words) => {
                self.complain(&words);
                return false;
            }
        };
        let sql = order.sql();
        let full = order.path.as_deref().map(|path| self.path(path));
        if order.into_table {
            let data = match (&full, &order.path) {
                (Some(full), Some(path)) => match self.place.files.read_text(full) {
                    Ok(data) => data,
                    Err(error) => {
                        self.complain(&format!("{path}: {error}"));
                        return false;
                    }
                },
                _ => self.place.stdin.to_owned(),
            };
            return self.send(&sql, &mut Feed::new(&data), Rule::Print);
        }
        let (Some(full), Some(path)) = (full, order.path) else {
            return self.send(&sql, &mut Feed::new(""), Rule::Print);
        };
        let Some(session) = self.session else { return false };
        let Some(answer) = self.place.network.query(session, &sql) else {
            self.lost();
            return false;
        };
        for reply in answer.replies {
            match reply {
                crate::programs::sql::Reply::CopyOut(lines, tag) => {
                    if let Err(error) = self.place.files.write(&full, lines.concat().as_bytes()) {
                        self.complain(&format!("{path}: {error}"));
                        return false;
                    }
                    self.out(&format!("{tag}\n"));
                }
                crate::programs::sql::Reply::Error(report) => {
                    self.report(&report, &sql);
                    return false;
                }
                _ => (),
            }
        }
        true
    }
}

/// Passes over the words of a command that is not obeyed.
fn skip(line: &str, at: &mut usize) {
    *at = line[*at..].find('\\').map_or(line.len(), |next| *at + next);
}
