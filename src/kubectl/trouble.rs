//! How kubectl says that something went wrong, and with which exit code (kubectl's `cmdutil.CheckErr`).

use super::korean::KOREAN;
use crate::manifest;
use crate::store::Refusal;
use crate::tongue::Lang;

/// Words for standard error, and an exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The words, without the last newline; "" says nothing more.
    pub text: String,
    /// The exit code.
    pub code: i32,
    /// What the person can do about it: pglab's own line after kubectl's words.
    pub hint: Option<Hint>,
}

/// What the person can do, in each language: kubectl's words before it are always its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    en: String,
    ko: String,
}

impl Hint {
    /// Makes a hint whose Korean form the table of hints knows.
    pub fn of(en: impl Into<String>) -> Self {
        let en = en.into();
        let ko = KOREAN.tell(&en, Lang::Ko);
        Self { en, ko }
    }

    /// Makes the hint of a manifest: where its first error stands, and what mends it.
    pub fn of_manifest(broken: &manifest::Trouble) -> Self {
        let place = format!("{}:{}:{}", broken.source, broken.place.line, broken.place.column);
        let told = |lang| format!("{place}: {}", broken.in_short(lang));
        Self {
            en: told(Lang::En),
            ko: told(Lang::Ko),
        }
    }

    /// Returns the line that is printed.
    pub fn line(&self, lang: Lang) -> String {
        match lang {
            Lang::En => format!("hint: {}\n", self.en),
            Lang::Ko => format!("힌트: {}\n", self.ko),
        }
    }
}

/// What a verb comes to.
pub type Verdict<T = ()> = Result<T, Trouble>;

impl Trouble {
    /// Returns words that stand as they are.
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: 1,
            hint: None,
        }
    }

    /// Returns `error: …`.
    pub fn error(text: impl AsRef<str>) -> Self {
        Self::verbatim(format!("error: {}", text.as_ref()))
    }

    /// Returns the complaint about how a verb is used (`cmdutil.UsageErrorf`).
    pub fn usage(verb: &str, text: impl AsRef<str>) -> Self {
        Self::error(format!(
            "{}\nSee 'kubectl {verb} -h' for help and examples",
            text.as_ref()
        ))
    }

    /// Returns the complaint about a flag (`kubectl` sets it as cobra's `FlagErrorFunc`).
    pub fn flag(verb: &str, text: impl AsRef<str>) -> Self {
        let path = if verb.is_empty() {
            String::new()
        } else {
            format!(" {verb}")
        };
        Self::verbatim(format!(
            "Error: {}\nSee 'kubectl{path} --help' for usage.",
            text.as_ref()
        ))
    }

    /// Returns what the server said, in kubectl's words.
    pub fn refused(refusal: &Refusal) -> Self {
        Self::refused_while("", refusal)
    }

    /// Returns what the server said while something was done (`error when creating "x.yaml": `).
    pub fn refused_while(doing: &str, refusal: &Refusal) -> Self {
        if let Refusal::Invalid { key, causes } = refusal {
            let head = format!("The {} \"{}\" is invalid: ", key.kind.name(), key.name);
            return Self::verbatim(match causes.as_slice() {
                [one] => format!("{head}{one}"),
                many => {
                    let lines: Vec<String> = many.iter().map(|cause| format!("* {cause}")).collect();
                    format!("{head}\n{}", lines.join("\n"))
                }
            });
        }
        if *refusal == Refusal::Unreachable {
            return Self::verbatim(
                "The connection to the server was refused - did you specify the right host or port?",
            );
        }
        let reason = match refusal.reason() {
            "" => String::new(),
            reason => format!(" ({reason})"),
        };
        Self::verbatim(format!("Error from server{reason}: {doing}{refusal}"))
    }

    /// Returns several troubles as one, a line each; `error: ` stands only before one that is alone
    /// (`cmdutil.MultipleErrors`).
    pub fn many(troubles: Vec<Trouble>) -> Option<Self> {
        let mut troubles = troubles.into_iter();
        let mut all = troubles.next()?;
        let mut rest = troubles.peekable();
        if rest.peek().is_some() {
            all.text = all.bare().to_owned();
        }
        for next in rest {
            all.text = format!("{}\n{}", all.text, next.bare());
            all.hint = all.hint.or(next.hint);
        }
        Some(all)
    }

    fn bare(&self) -> &str {
        self.text.strip_prefix("error: ").unwrap_or(&self.text)
    }

    /// Adds what the person can do about it.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.hinted(Hint::of(hint))
    }

    /// Adds a hint.
    pub fn hinted(mut self, hint: Hint) -> Self {
        self.hint = Some(hint);
        self
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::refused(&refusal)
    }
}
