//! A shell with somebody at the keyboard: line by line, with a prompt.
//!
//! Left out: history, job control, and programs that read the keyboard themselves; psql is handed to whoever runs the
//! shell.

use super::script::{Node, Simple};
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

/// What came of a line.
pub enum Next {
    /// The shell waits for the next line.
    Line(Terminal),
    /// It has called psql, which reads the lines that come until it ends.
    Psql {
        /// The shell, to go on with afterwards.
        shell: Terminal,
        /// psql's words.
        words: Vec<String>,
        /// Its environment.
        env: Env,
        /// Its working directory.
        cwd: String,
    },
    /// The shell is over.
    Over,
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

    /// Takes a line, or the end of all lines; returns what was said, and who takes the next one.
    pub fn take(mut self, line: Option<&str>, world: &mut dyn Surroundings) -> (Outcome, Next) {
        let mut outcome = Outcome::default();
        let Some(line) = line else {
            outcome.code = self.shell.status;
            return (outcome, Next::Over);
        };
        self.begun.push_str(line);
        match parse::parse(&self.begun) {
            Ok(node) => {
                self.begun.clear();
                if let Some(call) = psql_call(&node) {
                    let words = self.shell.fields(&call.words, world, &mut outcome);
                    if crate::programs::psql::reads(&words) {
                        let (env, cwd) = (self.shell.scope.env(), self.shell.scope.cwd.clone());
                        let shell = self;
                        return (outcome, Next::Psql { shell, words, env, cwd });
                    }
                }
                self.shell.stack.push(Frame::Run(node));
            }
            // A command that ends too soon goes on in the next line.
            Err(trouble) if trouble.is_at_the_end() => {
                self.begun.push('\n');
                return (outcome, Next::Line(self));
            }
            Err(trouble) => {
                self.begun.clear();
                self.shell.status = 2;
                outcome.err(&trouble.told(self.shell.dialect));
                return (outcome, Next::Line(self));
            }
        }
        let outcome = self.shell.run(world);
        // Whoever leaves takes everything off the stack.
        let over = self.shell.stack.is_empty();
        if !over {
            self.shell.stack = vec![Frame::Prompt];
        }
        (outcome, if over { Next::Over } else { Next::Line(self) })
    }

    /// Takes note of how a program ended that it had called.
    pub fn returned(&mut self, code: i32) {
        self.shell.status = code;
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

/// Returns the psql that a script of one plain command calls, if it does.
fn psql_call(node: &Node) -> Option<&Simple> {
    match node {
        Node::Simple(simple) if simple.redirections.is_empty() && simple.assignments.is_empty() => {
            let name = simple.words.first()?.as_plain()?;
            (name == "psql").then_some(simple)
        }
        Node::Seq(nodes) if nodes.len() == 1 => psql_call(&nodes[0]),
        _ => None,
    }
}

/// Says whether a script only calls a psql that would read what is typed.
pub fn only_calls_psql(script: &str) -> bool {
    let Ok(node) = parse::parse(script) else { return false };
    let words = |call: &Simple| -> Vec<String> {
        let words = call.words.iter();
        words
            .map(|word| word.as_plain().unwrap_or_default().to_owned())
            .collect()
    };
    psql_call(&node).is_some_and(|call| crate::programs::psql::reads(&words(call)))
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
                Next::Line(left) => terminal = left,
                Next::Over => return (said, Some(outcome.code)),
                Next::Psql { shell, words, .. } => {
                    said.push_str(&format!("[{}]", words.join(" ")));
                    terminal = shell;
                }
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

    #[test]
    fn psql_is_handed_on_where_it_would_read() {
        assert_eq!(typed(&["U=app; export U", "psql -U $U"]).0, "..[psql -U app]");
        assert!(only_calls_psql("psql -U \"${POSTGRES_USER:-postgres}\" -d 'x'"));
        assert!(!only_calls_psql("psql -c 'SELECT 1'") && !only_calls_psql("psql < file") && !only_calls_psql("ls"));
    }
}
