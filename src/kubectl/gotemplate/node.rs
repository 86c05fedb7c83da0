//! The tree of a template (Go's `text/template/parse/node.go`): what stands where, and how errors show it.

use super::printf::quote;

/// Something between other things in a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Text as it is.
    Text(String),
    /// `{{pipeline}}`.
    Action(Pipe),
    /// `{{if}}` and `{{with}}`: the pipeline, what is done, what is done else; `with`: the dot becomes the value.
    Branch {
        /// Whether it is a `with`.
        with: bool,
        /// What decides.
        pipe: Pipe,
        /// Done where it is true.
        list: Vec<Node>,
        /// Done where it is not.
        other: Vec<Node>,
    },
    /// `{{range}}`.
    Range {
        /// What is ranged over.
        pipe: Pipe,
        /// Done for each element.
        list: Vec<Node>,
        /// Done where there is none.
        other: Vec<Node>,
    },
    /// `{{break}}`.
    Break,
    /// `{{continue}}`.
    Continue,
    /// `{{template "name" pipeline}}`.
    Template {
        /// Where the name stands.
        pos: usize,
        /// The name.
        name: String,
        /// The dot of the other template.
        pipe: Option<Pipe>,
    },
}

/// A pipeline: commands, and variables that take its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipe {
    /// Where it begins.
    pub pos: usize,
    /// The variables that it sets.
    pub decl: Vec<String>,
    /// `=`, not `:=`.
    pub is_assign: bool,
    /// The commands.
    pub commands: Vec<Command>,
}

/// An operand and its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Where it begins.
    pub pos: usize,
    /// The operand first.
    pub args: Vec<Arg>,
}

/// An operand, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// Where errors say that it stands.
    pub pos: usize,
    /// What it is.
    pub term: Term,
}

/// An operand.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// `.`.
    Dot,
    /// `nil`.
    Nil,
    /// `true`.
    Bool(bool),
    /// A number, as it was written.
    Number(Number, String),
    /// A text, as it was written.
    Text(String, String),
    /// A function.
    Function(String),
    /// `.a.b`.
    Field(Vec<String>),
    /// `$x.a.b`.
    Variable(String, Vec<String>),
    /// `(pipeline)`.
    Pipe(Pipe),
    /// `(pipeline).a.b`.
    Chain(Box<Arg>, Vec<String>),
}

/// A constant number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole one.
    Int(i64),
    /// One with a fraction.
    Float(f64),
}

impl Number {
    /// Reads a number as Go writes it; the error is Go's.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("illegal number syntax: {}", quote(text));
        let plain = text.replace('_', "");
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
        };
        let lower = digits.to_lowercase();
        let radix = |prefix: &str, radix: u32| lower.strip_prefix(prefix).map(|d| i64::from_str_radix(d, radix));
        if let Some(found) = radix("0x", 16).or_else(|| radix("0b", 2)).or_else(|| radix("0o", 8)) {
            return found.map(|n| Self::Int(sign * n)).map_err(|_| bad());
        }
        if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() {
            if digits.len() > 1 && digits.starts_with('0') {
                return i64::from_str_radix(digits, 8)
                    .map(|n| Self::Int(sign * n))
                    .map_err(|_| bad());
            }
            let parsed = digits.parse::<i64>().map(|n| Self::Int(sign * n));
            return parsed.map_err(|_| format!("integer overflow: {}", quote(text)));
        }
        let is_float = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && digits.contains(|c: char| c.is_ascii_digit())
            && digits.contains(['.', 'e', 'E']);
        match digits.parse::<f64>() {
            // Go keeps a float that is whole as an integer too; which of the two it is shows in its text.
            Ok(n) if is_float => Ok(Self::Float(f64::from(sign as i32) * n)),
            _ => Err(bad()),
        }
    }
}

impl Arg {
    /// Returns the operand as errors show it.
    pub fn shown(&self) -> String {
        let dotted = |names: &[String]| names.iter().map(|name| format!(".{name}")).collect::<String>();
        match &self.term {
            Term::Dot => ".".to_owned(),
            Term::Nil => "nil".to_owned(),
            Term::Bool(yes) => yes.to_string(),
            Term::Number(_, text) | Term::Text(_, text) => text.clone(),
            Term::Function(name) => name.clone(),
            Term::Field(names) => dotted(names),
            Term::Variable(name, names) => format!("{name}{}", dotted(names)),
            Term::Pipe(pipe) => format!("({})", pipe.shown()),
            Term::Chain(arg, names) => format!("{}{}", arg.shown(), dotted(names)),
        }
    }
}

impl Command {
    /// Returns the command as errors show it.
    pub fn shown(&self) -> String {
        let args: Vec<String> = self.args.iter().map(Arg::shown).collect();
        args.join(" ")
    }
}

impl Pipe {
    /// Returns the pipeline as errors show it.
    pub fn shown(&self) -> String {
        let sign = if self.is_assign { "=" } else { ":=" };
        let decl = match self.decl.as_slice() {
            [] => String::new(),
            names => format!("{} {sign} ", names.join(", ")),
        };
        let commands: Vec<String> = self.commands.iter().map(Command::shown).collect();
        format!("{decl}{}", commands.join(" | "))
    }
}
