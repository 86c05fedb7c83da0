//! The forms of `-o`: tables, YAML, JSON, names, JSONPath, Go templates, columns of one's own.

mod columns;
mod print;

pub use print::{SHOW_MANAGED, Teller, compact_json, list, pretty_json, show, tree, tree_with};

use super::call::Call;
use super::gotemplate;
use super::jsonpath::Template;
use super::trouble::{Trouble, Verdict};
use columns::Column;

/// A form of output.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// A table; with the wide columns too.
    Table {
        /// `-o wide`.
        wide: bool,
    },
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// `pod/pg-0`.
    Name,
    /// A JSONPath template.
    JsonPath {
        /// The template.
        template: Template,
        /// As it was written.
        text: String,
        /// The values as a JSON list.
        as_json: bool,
        /// A key that is not there is an error.
        strict: bool,
    },
    /// A Go template.
    GoTemplate {
        /// The template.
        template: gotemplate::Template,
        /// A key that is not there is an error.
        strict: bool,
    },
    /// Columns: headings, and where their values stand.
    Columns(Vec<Column>),
}

/// Which forms a verb has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formats {
    /// All of them: `get`.
    All,
    /// All but columns and wide tables: the verbs that change something.
    Objects,
}

const ALL: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml";
const OBJECTS: &str =
    "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml";

/// Reads a file that an output form names.
type ReadFile<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What the flags say of a form.
struct Ask<'a> {
    output: &'a str,
    template: &'a str,
    strict: bool,
    formats: Formats,
    read: ReadFile<'a>,
}

impl Form {
    /// Reads the value of `-o` alone: no file, no `--template`.
    #[cfg(test)]
    pub fn parse(text: &str) -> Verdict<Self> {
        read(&Ask {
            output: text,
            template: "",
            strict: false,
            formats: Formats::All,
            read: &|_| None,
        })
    }

    /// Reads the form that a call asks for: `-o`, `--template`, `--allow-missing-template-keys`.
    pub fn of(call: &Call<'_>, formats: Formats) -> Verdict<Self> {
        let flags = &call.flags;
        read(&Ask {
            output: flags.text("output").unwrap_or(""),
            template: flags.text("template").unwrap_or(""),
            strict: !flags.bool("allow-missing-template-keys").unwrap_or(true),
            formats,
            read: &|path| {
                let found = call.files.read(path).ok()?;
                Some(found.into_iter().map(|(_, text)| text).collect())
            },
        })
    }
}

fn read(ask: &Ask<'_>) -> Verdict<Form> {
    // A template alone is a form of its own (cli-runtime's PrintFlags).
    let output = match ask.output {
        "" if !ask.template.is_empty() => "go-template",
        output => output,
    };
    let (word, inline) = output.split_once('=').map_or((output, None), |(w, r)| (w, Some(r)));
    let all = ask.formats == Formats::All;
    match (word, inline) {
        ("", _) => Ok(Form::Table { wide: false }),
        ("wide", None) if all => Ok(Form::Table { wide: true }),
        ("yaml", None) => Ok(Form::Yaml),
        ("json", None) => Ok(Form::Json),
        ("name", None) => Ok(Form::Name),
        ("jsonpath" | "jsonpath-as-json" | "jsonpath-file", inline) => {
            let text = template(ask, inline, word == "jsonpath-file")?;
            let bare = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
            let text = bare.unwrap_or(&text).to_owned();
            let parsed = Template::parse(&text)
                .map_err(|why| Trouble::error(format!("error parsing jsonpath {text}, {why}")))?;
            Ok(Form::JsonPath {
                template: parsed,
                text,
                as_json: word == "jsonpath-as-json",
                strict: ask.strict,
            })
        }
        ("go-template" | "template" | "go-template-file" | "templatefile", inline) => {
            let text = template(ask, inline, word.ends_with("file"))?;
            let parsed = gotemplate::Template::parse(&text)
                .map_err(|why| Trouble::error(format!("error parsing template {text}, {why}")))?;
            Ok(Form::GoTemplate {
                template: parsed,
                strict: ask.strict,
            })
        }
        ("custom-columns" | "custom-columns-file", inline) if all => {
            let spec = inline.unwrap_or(ask.template);
            if spec.is_empty() {
                return Err(Trouble::error(
                    "custom-columns format specified but no custom columns given",
                ));
            }
            if word == "custom-columns" {
                return columns::parse(spec).map(Form::Columns);
            }
            let text = (ask.read)(spec).ok_or_else(|| {
                Trouble::error(format!(
                    "error reading template {spec}, open {spec}: no such file or directory"
                ))
            })?;
            columns::parse_file(&text).map(Form::Columns)
        }
        _ => {
            let allowed = if all { ALL } else { OBJECTS };
            Err(Trouble::error(format!(
                "unable to match a printer suitable for the output format \"{output}\", allowed formats are: {allowed}"
            )))
        }
    }
}

/// Returns the text of a template: `--template`, or what stands behind `=`, or the file that this names.
fn template(ask: &Ask<'_>, inline: Option<&str>, is_file: bool) -> Verdict<String> {
    let text = match ask.template {
        "" => inline.unwrap_or(""),
        template => template,
    };
    if text.is_empty() {
        return Err(Trouble::error("template format specified but no template given"));
    }
    if !is_file {
        return Ok(text.to_owned());
    }
    (ask.read)(text).ok_or_else(|| {
        Trouble::error(format!(
            "error reading --template {text}, open {text}: no such file or directory"
        ))
    })
}
