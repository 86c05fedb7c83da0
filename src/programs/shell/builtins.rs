//! The commands that are the shell's own: they change its variables, its place, its way.

use super::parse::{is_name, parse};
use super::walk::Frame;
use super::{Dialect, Pause, Shell, Surroundings, pattern, tools};
use crate::programs::outcome::{Outcome, Stream};

/// The shell's own commands, as `type` and `command -v` know them.
const BUILTINS: [&str; 26] = [
    ":", ".", "break", "cd", "command", "continue", "eval", "exec", "exit", "export", "local", "read", "readonly",
    "return", "set", "shift", "source", "trap", "type", "ulimit", "umask", "unset", "wait", "declare", "shopt", "[[",
];

impl Shell {
    /// Runs a builtin; None when the command is none. Inside, None means that the script goes on.
    pub(super) fn builtin(
        &mut self,
        words: &[String],
        before: i32,
        assignments: &[(String, String)],
        world: &mut dyn Surroundings,
        outcome: &mut Outcome,
    ) -> Option<Option<Pause>> {
        let name = words[0].as_str();
        if !BUILTINS.contains(&name) {
            return None;
        }
        if name == "[[" && self.dialect != Dialect::Bash {
            return None;
        }
        // Assignments before a special builtin stay.
        self.scope.vars.extend(assignments.iter().cloned());
        let args = &words[1..];
        let first = args.first().map(String::as_str);
        let number = first.and_then(|text| text.parse::<i32>().ok());
        match name {
            "exit" => {
                self.status = number.unwrap_or(before) & 255;
                self.leave();
            }
            "return" => {
                self.status = number.unwrap_or(before) & 255;
                self.return_now();
            }
            "break" | "continue" => {
                let levels = number.map_or(1, |levels| levels.max(1) as usize);
                self.break_out(levels, name == "continue");
            }
            "cd" => self.change_directory(first, world, outcome),
            "export" | "local" | "declare" | "readonly" => self.declare(name, args, world, outcome),
            "unset" => {
                for name in args.iter().filter(|arg| !arg.starts_with('-')) {
                    self.scope.vars.remove(name);
                    self.scope.functions.remove(name);
                }
            }
            "set" => self.set(args, world, outcome),
            "shift" => {
                let count = number
                    .map_or(1, |count| count.max(0) as usize)
                    .min(self.scope.args.len());
                self.scope.args.drain(..count);
            }
            "read" => self.read(args),
            "eval" => self.evaluate(&args.join(" "), world, outcome),
            "." | "source" => self.source(first, world, outcome),
            "exec" => return Some(self.exec(args, world, outcome)),
            "command" if first == Some("-v") => self.which(&args[1..], world, outcome),
            "command" => return Some(self.tool_or_builtin(args, world, outcome)),
            "type" => self.which(args, world, outcome),
            "trap" => self.trap(args),
            "wait" => return Some(self.wait(first)),
            "[[" => {
                let inner = args.strip_suffix(&["]]".to_owned()]).unwrap_or(args).to_vec();
                self.status = i32::from(!self.extended_test(&inner, world));
            }
            // `:`, and what only concerns limits and options that nothing here has.
            _ => (),
        }
        Some(None)
    }

    fn change_directory(&mut self, to: Option<&str>, world: &mut dyn Surroundings, outcome: &mut Outcome) {
        let home = self.scope.home();
        let wanted = match to {
            Some("-") => self.scope.vars.get("OLDPWD").cloned().unwrap_or_default(),
            Some(to) => to.to_owned(),
            None => home,
        };
        let path = self.scope.path(&wanted);
        let (mut is_dir, mut exists) = (false, false);
        world.files(&mut |files| (is_dir, exists) = (files.is_dir(&path), files.exists(&path)));
        if is_dir {
            let old = std::mem::replace(&mut self.scope.cwd, path);
            self.scope.vars.insert("OLDPWD".to_owned(), old);
            return;
        }
        let words = match (self.dialect, exists) {
            (Dialect::Dash, _) => format!("cd: can't cd to {wanted}"),
            (Dialect::Busybox, _) => format!("cd: can't cd to {wanted}: No such file or directory"),
            (Dialect::Bash, true) => format!("cd: {wanted}: Not a directory"),
            (Dialect::Bash, false) => format!("cd: {wanted}: No such file or directory"),
        };
        self.fail(
            if self.dialect == Dialect::Bash { 1 } else { 2 },
            &words,
            world,
            outcome,
        );
    }

    fn declare(&mut self, name: &str, args: &[String], world: &mut dyn Surroundings, outcome: &mut Outcome) {
        if args.iter().all(|arg| arg.starts_with('-')) {
            let lines: String = self
                .scope
                .env()
                .iter()
                .map(|(name, value)| format!("export {name}='{value}'\n"))
                .collect();
            if name == "export" {
                self.emit(Stream::Stdout, &lines, world, outcome);
            }
            return;
        }
        for arg in args.iter().filter(|arg| !arg.starts_with('-')) {
            let (variable, value) = arg.split_once('=').map_or((arg.as_str(), None), |(n, v)| (n, Some(v)));
            if !is_name(variable) {
                self.fail(2, &format!("{name}: {variable}: bad variable name"), world, outcome);
                return;
            }
            if let Some(value) = value {
                self.scope.vars.insert(variable.to_owned(), value.to_owned());
            }
            if name == "export" {
                self.scope.exported.insert(variable.to_owned());
            }
        }
    }

    fn set(&mut self, args: &[String], world: &mut dyn Surroundings, outcome: &mut Outcome) {
        if args.is_empty() {
            let lines: String = self
                .scope
                .vars
                .iter()
                .map(|(name, value)| format!("{name}='{value}'\n"))
                .collect();
            return self.emit(Stream::Stdout, &lines, world, outcome);
        }
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let on = arg.starts_with('-');
            match arg.as_str() {
                "--" => {
                    self.scope.args = rest.cloned().collect();
                    return;
                }
                "-o" | "+o" => {
                    if let Some(name) = rest.next()
                        && !self.set_option(name, on)
                    {
                        return self.refuse_option(name, world, outcome);
                    }
                }
                letters if on || letters.starts_with('+') => {
                    for letter in letters[1..].chars() {
                        match letter {
                            'e' => self.scope.errexit = on,
                            'u' => self.scope.nounset = on,
                            // `-x` would print what runs; that is left out.
                            'o' => {
                                if let Some(name) = rest.next()
                                    && !self.set_option(name, on)
                                {
                                    return self.refuse_option(name, world, outcome);
                                }
                            }
                            _ => (),
                        }
                    }
                }
                _ => {
                    self.scope.args = std::iter::once(arg).chain(rest).cloned().collect();
                    return;
                }
            }
        }
    }

    /// Sets an option by its long name; false where this shell does not know it. Those that change nothing that is
    /// simulated are taken as they come.
    fn set_option(&mut self, name: &str, on: bool) -> bool {
        match name {
            "errexit" => self.scope.errexit = on,
            "nounset" => self.scope.nounset = on,
            // Debian's dash has it from 0.5.13 on, which is newer than the images.
            "pipefail" if self.dialect == Dialect::Dash => return false,
            "pipefail" => self.scope.pipefail = on,
            _ => (),
        }
        true
    }

    /// Ends the shell as dash does, which takes a wrong option for a mistake in the script.
    fn refuse_option(&mut self, name: &str, world: &mut dyn Surroundings, outcome: &mut Outcome) {
        self.fail(2, &format!("set: Illegal option -o {name}"), world, outcome);
        self.leave();
    }

    fn read(&mut self, args: &[String]) {
        let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
        let Some(line) = self.read_line() else {
            self.status = 1;
            return;
        };
        let mut rest = line.trim();
        for (at, name) in names.iter().enumerate() {
            let value = if at + 1 == names.len() {
                rest
            } else {
                let end = rest.find([' ', '\t']).unwrap_or(rest.len());
                let (value, more) = rest.split_at(end);
                rest = more.trim_start();
                value
            };
            self.scope.vars.insert((*name).clone(), value.to_owned());
        }
        if names.is_empty() {
            self.scope.vars.insert("REPLY".to_owned(), line);
        }
    }

    fn evaluate(&mut self, script: &str, world: &mut dyn Surroundings, outcome: &mut Outcome) {
        match parse(script) {
            Ok(node) => self.stack.push(Frame::Run(node)),
            Err(trouble) => self.fail(2, &trouble.words, world, outcome),
        }
    }

    fn source(&mut self, file: Option<&str>, world: &mut dyn Surroundings, outcome: &mut Outcome) {
        let Some(file) = file else { return };
        let path = self.scope.path(file);
        let mut read = Ok(String::new());
        world.files(&mut |files| read = files.read_text(&path));
        match read {
            Ok(script) => self.evaluate(&script, world, outcome),
            Err(_) => self.fail(2, &format!(".: cannot open {file}: No such file"), world, outcome),
        }
    }

    /// `exec`: a program takes the shell's place; without one, its redirections stay.
    fn exec(&mut self, args: &[String], world: &mut dyn Surroundings, outcome: &mut Outcome) -> Option<Pause> {
        if args.is_empty() {
            return None;
        }
        let pause = self.tool(args, Vec::new(), true, world, outcome);
        // Whatever it was, the shell is no more.
        match &pause {
            Some(Pause::Start { .. }) => (),
            _ => self.stack.clear(),
        }
        pause
    }

    fn tool_or_builtin(
        &mut self,
        args: &[String],
        world: &mut dyn Surroundings,
        outcome: &mut Outcome,
    ) -> Option<Pause> {
        if args.is_empty() {
            return None;
        }
        match self.builtin(args, self.status, &[], world, outcome) {
            Some(pause) => pause,
            None => self.tool(args, Vec::new(), false, world, outcome),
        }
    }

    fn which(&mut self, names: &[String], world: &mut dyn Surroundings, outcome: &mut Outcome) {
        for name in names {
            let found = if BUILTINS.contains(&name.as_str()) || self.scope.functions.contains_key(name) {
                name.clone()
            } else if tools::is_there(name, world) {
                format!("/usr/bin/{name}")
            } else {
                self.status = 127;
                continue;
            };
            self.emit(Stream::Stdout, &format!("{found}\n"), world, outcome);
        }
    }

    fn trap(&mut self, args: &[String]) {
        let Some((action, signals)) = args.split_first() else {
            return;
        };
        for signal in signals {
            let name = match signal.trim_start_matches("SIG") {
                "15" => "TERM",
                "2" => "INT",
                "1" => "HUP",
                "3" => "QUIT",
                name => name,
            };
            match action.as_str() {
                "-" => drop(self.traps.remove(name)),
                action => drop(self.traps.insert(name.to_owned(), action.to_owned())),
            }
        }
    }

    fn wait(&mut self, pid: Option<&str>) -> Option<Pause> {
        let pid = pid.and_then(|pid| pid.parse().ok()).unwrap_or(self.scope.background);
        if pid == 0 {
            return None;
        }
        self.awaited = Some(pid);
        Some(Pause::Wait(pid))
    }

    /// bash's `[[ … ]]`: like `test`, with patterns, expressions and `&&`; quotes are not told apart any more here.
    fn extended_test(&mut self, words: &[String], world: &mut dyn Surroundings) -> bool {
        match words {
            [left, operator, right] if operator == "=~" => {
                let Some(regex) = pattern::Regex::new(right, true, false) else {
                    return false;
                };
                let letters: Vec<char> = left.chars().collect();
                let Some(found) = regex.find(&letters, 0) else {
                    return false;
                };
                for (number, place) in found.iter().enumerate() {
                    let text = place.map(|(from, to)| letters[from..to].iter().collect::<String>());
                    let name = format!("BASH_REMATCH[{number}]");
                    self.scope.vars.insert(name, text.unwrap_or_default());
                }
                true
            }
            [left, operator, right] if operator == "==" || operator == "=" => pattern::glob(right, left),
            [left, operator, right] if operator == "!=" => !pattern::glob(right, left),
            _ => tools::test(words, &self.scope.cwd, world) == Ok(true),
        }
    }
}
