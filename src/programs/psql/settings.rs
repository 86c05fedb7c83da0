//! How psql prints: what `\pset`, `\x`, `\a`, `\t` and their options set.

use super::variables::truth;
use serde::{Deserialize, Serialize};

/// A form of tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Form {
    /// Columns under one another.
    #[default]
    Aligned,
    /// Values with a separator between them.
    Unaligned,
    /// Comma separated values.
    Csv,
}

/// How results are printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub form: Form,
    /// A column a line.
    pub expanded: bool,
    /// Without head and foot.
    pub tuples_only: bool,
    /// Whether the number of rows stands below.
    pub footer: bool,
    /// 0, 1 or 2.
    pub border: u8,
    /// What stands for null.
    pub null: String,
    pub field_separator: String,
    pub record_separator: String,
    pub csv_separator: String,
    /// `\pset title`.
    pub title: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            form: Form::Aligned,
            expanded: false,
            tuples_only: false,
            footer: true,
            border: 1,
            null: String::new(),
            field_separator: "|".to_owned(),
            record_separator: "\n".to_owned(),
            csv_separator: ",".to_owned(),
            title: None,
        }
    }
}

impl Settings {
    /// Changes what `\pset NAME VALUE` names and returns what psql says of it; no value turns a switch round.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<String, String> {
        let switch = |now: bool| match value {
            None => Ok(!now),
            Some(value) => {
                truth(value).ok_or_else(|| format!("unrecognized value \"{value}\" for \"{name}\": Boolean expected"))
            }
        };
        let on = |truth: bool| if truth { "on" } else { "off" };
        Ok(match name {
            "format" => {
                self.form = match value {
                    None => self.form,
                    Some("aligned") => Form::Aligned,
                    Some("unaligned") => Form::Unaligned,
                    Some("csv") => Form::Csv,
                    Some(other) => return Err(format!("pglab does not simulate the format {other} of psql")),
                };
                format!("Output format is {}.\n", self.form_name())
            }
            "expanded" | "x" | "vertical" => {
                if value == Some("auto") {
                    return Err("pglab does not simulate \\x auto of psql".to_owned());
                }
                self.expanded = switch(self.expanded)?;
                format!("Expanded display is {}.\n", on(self.expanded))
            }
            "tuples_only" | "t" => {
                self.tuples_only = switch(self.tuples_only)?;
                told(value, format!("Tuples only is {}.\n", on(self.tuples_only)))
            }
            "footer" => {
                self.footer = switch(self.footer)?;
                told(value, format!("Default footer is {}.\n", on(self.footer)))
            }
            "border" => {
                if let Some(value) = value {
                    self.border = value.parse().unwrap_or(0);
                    if self.border > 2 {
                        return Err(format!("pglab does not simulate border {value} of psql"));
                    }
                }
                format!("Border style is {}.\n", self.border)
            }
            "null" => {
                if let Some(value) = value {
                    self.null = value.to_owned();
                }
                format!("Null display is \"{}\".\n", self.null)
            }
            "fieldsep" => {
                if let Some(value) = value {
                    self.field_separator = value.to_owned();
                }
                format!("Field separator is \"{}\".\n", self.field_separator)
            }
            "recordsep" => {
                if let Some(value) = value {
                    self.record_separator = value.to_owned();
                }
                match self.record_separator.as_str() {
                    "\n" => "Record separator is <newline>.\n".to_owned(),
                    separator => format!("Record separator is \"{separator}\".\n"),
                }
            }
            "csv_fieldsep" => {
                if let Some(value) = value {
                    if value.chars().count() != 1 {
                        return Err("\\pset: csv_fieldsep must be a single one-byte character".to_owned());
                    }
                    self.csv_separator = value.to_owned();
                }
                format!("Field separator for CSV is \"{}\".\n", self.csv_separator)
            }
            "title" | "C" => {
                self.title = value.map(str::to_owned);
                match value {
                    Some(title) => format!("Title is \"{title}\".\n"),
                    None => "Title is unset.\n".to_owned(),
                }
            }
            // There is no terminal to page for.
            "pager" => {
                if value.is_none_or(|value| truth(value) == Some(false)) {
                    "Pager usage is off.\n".to_owned()
                } else {
                    return Err("pglab does not simulate the pager of psql".to_owned());
                }
            }
            "columns"
            | "fieldsep_zero"
            | "linestyle"
            | "numericlocale"
            | "pager_min_lines"
            | "recordsep_zero"
            | "tableattr"
            | "unicode_border_linestyle"
            | "unicode_column_linestyle"
            | "unicode_header_linestyle" => {
                return Err(format!("pglab does not simulate \\pset {name} of psql"));
            }
            _ => return Err(format!("\\pset: unknown option: {name}")),
        })
    }

    /// Goes between aligned and unaligned, as `\a` does.
    pub fn toggle_aligned(&mut self) -> String {
        self.form = if self.form == Form::Aligned {
            Form::Unaligned
        } else {
            Form::Aligned
        };
        format!("Output format is {}.\n", self.form_name())
    }

    fn form_name(&self) -> &'static str {
        match self.form {
            Form::Aligned => "aligned",
            Form::Unaligned => "unaligned",
            Form::Csv => "csv",
        }
    }
}

/// These two are told only when they are turned round (src/bin/psql/command.c, do_pset).
fn told(value: Option<&str>, words: String) -> String {
    if value.is_none() { words } else { String::new() }
}
