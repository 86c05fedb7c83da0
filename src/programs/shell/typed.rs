//! A shell with somebody at the keyboard: line by line, with a prompt.
//!
//! Left out: history, job control, and programs that read the keyboard themselves, psql among them.

use super::walk::Frame;
use super::{Dialect, Shell, Surroundings, parse};
use crate::programs::outcome::{Env, Outcome};
use serde::{Deserialize, Serialize};

/// A shell that waits for the next line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Terminal {
    shell: Shell,
    /// The lines of a command that is not whole yet.
    begun: String,
}

impl Terminal {
    /// Makes a shell that somebody types to.
    pub fn new(env: &Env, dialect: Dialect) -> Self {
        let mut shell = Shell::direct(&[], env);
        shell.dialect = dialect;
        shell.stack = vec![Frame::Prompt];
        Self {
            shell,
            begun: String::new(),
        }
    }

    /// Takes a line, or the end of all lines; returns what was said, and the shell if it goes on.
    pub fn take(mut self, line: Option<&str>, world: &mut dyn Surroundings) -> (Outcome, Option<Self>) {
        let mut outcome = Outcome::default();
        let Some(line) = line else {
            outcome.code = self.shell.status;
            return (outcome, None);
        };
        self.begun.push_str(line);
        let program = line.split_whitespace().next().unwrap_or_default();
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if self.begun == line && program == "psql" && crate::programs::psql::reads(&words) && !line.contains(['<', '|'])
        {
            self.begun.clear();
            outcome.err(
                "pglab: psql inside a shell gets its SQL by -c or -f; to type to it, start it by itself: \
                 kubectl exec -it POD -- psql\n",
            );
            return (outcome, Some(self));
        }
        match parse::parse(&self.begun) {
            Ok(node) => {
                self.begun.clear();
                self.shell.stack.push(Frame::Run(node));
            }
            // A command that ends too soon goes on in the next line.
            Err(trouble) if trouble.is_at_the_end() => {
                self.begun.push('\n');
                return (outcome, Some(self));
            }
            Err(trouble) => {
                self.begun.clear();
                self.shell.status = 2;
                outcome.err(&trouble.told(self.shell.dialect));
                return (outcome, Some(self));
            }
        }
        let outcome = self.shell.run(world);
        // Whoever leaves takes everything off the stack.
        let over = self.shell.stack.is_empty();
        if !over {
            self.shell.stack = vec![Frame::Prompt];
        }
        (outcome, (!over).then_some(self))
    }

    /// Returns what the shell asks for the next line with.
    pub fn prompt(&self, host: &str) -> String {
        if !self.begun.is_empty() {
            return "> ".to_owned();
        }
        let place = &self.shell.scope.cwd;
        match self.shell.dialect {
            Dialect::Dash => "# ".to_owned(),
            Dialect::Busybox => format!("{place} # "),
            Dialect::Bash => format!("root@{host}:{place}# "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Room;
    use super::*;

    /// Types lines; returns what was said, a `.` for each prompt, and the exit code once it is over.
    fn typed(lines: &[&str]) -> (String, Option<i32>) {
        let mut room = Room::new();
        let mut terminal = Terminal::new(&Env::default(), Dialect::Dash);
        let mut said = String::new();
        for line in lines {
            said.push_str(if terminal.prompt("h") == "> " { ">" } else { "." });
            let (outcome, left) = terminal.take(Some(line), &mut room);
            said.push_str(&outcome.terminal());
            match left {
                Some(left) => terminal = left,
                None => return (said, Some(outcome.code)),
            }
        }
        (said, None)
    }

    #[test]
    fn a_shell_remembers_between_lines_and_ends_with_exit() {
        assert_eq!(
            typed(&["x=5", "echo $x", "exit 3"]),
            ("..".to_owned() + "5\n.", Some(3))
        );
        assert_eq!(typed(&["false", "exit"]).1, Some(1), "the last status is the shell's");
    }

    #[test]
    fn a_command_may_take_several_lines() {
        let (said, code) = typed(&["for i in 1 2", "do echo $i", "done", "echo 'a", "b'"]);
        assert_eq!((said.as_str(), code), (".>>1\n2\n.>a\nb\n", None));
    }

    #[test]
    fn bad_syntax_is_said_and_forgotten() {
        let (said, code) = typed(&["echo a )", "echo b"]);
        assert!(said.contains("unexpected") && said.ends_with(".b\n"), "{said}");
        assert_eq!(code, None);
    }
}
