//! How the program ends, and what it says when it cannot do what was asked.

use super::korean::tell;
use crate::lab::Error;
use crate::tongue::Lang;
use crate::workspace::Trouble;

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Fine,
    /// Checks failed.
    Failed,
    /// The command or its input is wrong.
    Usage,
    /// The program itself is broken.
    Broken,
    /// Another program's own code: kubectl's, or that of what it ran.
    Code(u8),
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Fine => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Broken => 3,
            Exit::Code(code) => code,
        }
        .into()
    }
}

/// Why a command could not be done.
#[derive(Debug)]
pub(super) enum Failure {
    /// The person can mend it.
    Wrong(Error),
    /// Whoever reads the output has gone.
    Unheard,
    /// We cannot.
    Broken(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Wrong(error)
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::wrong(trouble.what, trouble.hint)
    }
}

impl Failure {
    /// Makes one that the person can mend.
    pub fn wrong(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Wrong(Error::new(what, hint))
    }

    /// Says it in a language, and returns the exit code.
    pub fn report(self, lang: Lang) -> Exit {
        match self {
            Self::Wrong(Error { what, hint }) => {
                let what = without_number(&what);
                let (what, hint) = (tell(&what, lang), tell(&hint, lang));
                match lang {
                    Lang::En => eprintln!("error: {what}\n  hint: {hint}"),
                    Lang::Ko => eprintln!("오류: {what}\n  힌트: {hint}"),
                }
                Exit::Usage
            }
            Self::Unheard => Exit::Fine,
            Self::Broken(what) => {
                match lang {
                    Lang::En => eprintln!(
                        "error: {what}\n  hint: this is a fault of pglab itself; please tell its authors how it came to be"
                    ),
                    Lang::Ko => eprintln!(
                        "오류: {what}\n  힌트: pglab 자체의 결함입니다; 어떻게 일어났는지 만든 사람들에게 알려 주십시오"
                    ),
                }
                Exit::Broken
            }
        }
    }
}

/// Takes the system's numbers of errors out of a sentence: the words before them say it.
fn without_number(text: &str) -> String {
    let Some((before, after)) = text.split_once(" (os error ") else {
        return text.to_owned();
    };
    let after = after.split_once(')').map_or("", |(_, after)| after);
    format!("{before}{}", without_number(after))
}

#[cfg(test)]
mod tests {
    use super::without_number;

    #[test]
    fn numbers_of_the_system_are_left_out() {
        assert_eq!(
            without_number("cannot read x: No such file or directory (os error 2), or so"),
            "cannot read x: No such file or directory, or so"
        );
        assert_eq!(without_number("fine"), "fine");
    }
}
