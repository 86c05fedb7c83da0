//! Objects in the form that was asked for.

use super::{Form, Formats, columns};
use crate::api::Object;
use crate::kubectl::call::Call;
use crate::kubectl::gotemplate::{self, go_syntax, quote};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{names, yaml};
use serde_json::{Value, json};

/// The flag that asks for the entries of the managers.
pub const SHOW_MANAGED: &str = "show-managed-fields";

/// What printing came to: text, and what is wrong with a template that could not be carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// For standard output.
    pub text: String,
    /// For standard error.
    pub trouble: Option<Trouble>,
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self { text, trouble: None }
    }
}

/// Returns an object as the API server gives it back, without the entries of its managers.
pub fn tree(object: &Object) -> Value {
    let mut tree = whole(object);
    if let Some(meta) = tree.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
    }
    tree
}

/// Returns an object as the API server gives it back; `managed`: with the entries of its managers.
pub fn tree_with(object: &Object, managed: bool) -> Value {
    if managed { whole(object) } else { tree(object) }
}

fn whole(object: &Object) -> Value {
    let mut tree = object.to_value();
    if let Object::Pod(_) = object {
        // A pod's conditions are probed; the field is printed even when nobody ever does.
        let conditions = tree.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
        for condition in conditions.into_iter().flatten().filter_map(Value::as_object_mut) {
            condition.entry("lastProbeTime").or_insert(Value::Null);
        }
    }
    tree
}

/// Returns several objects as one list.
pub fn list(items: Vec<Value>) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items})
}

/// Returns JSON in one line, as Go writes it.
pub fn compact_json(value: &Value) -> String {
    escape_html(&value.to_string())
}

/// Returns JSON with an indent of four, as kubectl prints it.
pub fn pretty_json(value: &Value) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    serde::Serialize::serialize(value, &mut serializer).expect("a tree is always JSON");
    let text = String::from_utf8(out).expect("JSON is text");
    escape_html(&text) + "\n"
}

/// Go escapes what could end a script in a web page.
fn escape_html(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

impl Form {
    /// Returns one tree in a form for trees; tables and names are of objects, and come out empty.
    pub fn print_tree(&self, tree: &Value) -> Shown {
        match self {
            Self::Yaml => yaml::print(tree).into(),
            Self::Json => pretty_json(tree).into(),
            Self::JsonPath {
                template,
                text,
                as_json,
                strict,
            } => {
                let rendered = match as_json {
                    false => template.render_checked(tree, *strict),
                    true => template.find_checked(tree, *strict).map(|found| {
                        let found = found.into_iter().cloned().collect();
                        pretty_json(&Value::Array(found))
                    }),
                };
                match rendered {
                    Ok(text) => text.into(),
                    Err(why) => Shown {
                        text: String::new(),
                        trouble: Some(jsonpath_trouble(text, &why, tree)),
                    },
                }
            }
            Self::GoTemplate { template, strict } => go_template(template, *strict, tree),
            Self::Columns(columns) => columns::print(columns, std::slice::from_ref(tree), true).into(),
            Self::Table { .. } | Self::Name => Shown::default(),
        }
    }

    /// Returns an object's tree as this form shows it: YAML and JSON leave out the entries of the managers unless they are
    /// asked for, and templates see all (cli-runtime's `JSONYamlPrintFlags`).
    fn tree_of(&self, object: &Object, managed: bool) -> Value {
        tree_with(object, managed || !matches!(self, Self::Yaml | Self::Json))
    }

    /// Returns objects in a form that is not a table; `single`: one object was asked for by its name.
    fn print(&self, objects: &[Object], single: bool, headings: bool, managed: bool) -> Shown {
        let trees = || {
            objects
                .iter()
                .map(|object| self.tree_of(object, managed))
                .collect::<Vec<_>>()
        };
        match self {
            Self::Name => objects
                .iter()
                .map(|o| names::of_key(&o.key()) + "\n")
                .collect::<String>()
                .into(),
            Self::Columns(columns) => columns::print(columns, &trees(), headings).into(),
            _ => match trees() {
                mut one if single && one.len() == 1 => self.print_tree(&one.remove(0)),
                many => self.print_tree(&list(many)),
            },
        }
    }
}

/// Prints objects in a form that is not a table; `single`: one object was asked for by its name.
pub fn show(call: &mut Call<'_>, form: &Form, objects: &[Object], single: bool, headings: bool) -> Verdict {
    let managed = call.flags.is_set(SHOW_MANAGED);
    let shown = form.print(objects, single, headings, managed);
    call.say(shown.text);
    shown.trouble.map_or(Ok(()), Err)
}

fn jsonpath_trouble(text: &str, why: &str, tree: &Value) -> Trouble {
    Trouble::error(format!(
        "error executing jsonpath {}: Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{text}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n",
        quote(text),
        go_syntax(tree)
    ))
}

fn go_template(template: &gotemplate::Template, strict: bool, tree: &Value) -> Shown {
    let (mut text, error) = template.run(tree, strict);
    let Some(why) = error else {
        return text.into();
    };
    text.push_str(&format!(
        "Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{}\n\traw data was:\n\t\t{}\n\tobject given to template engine was:\n\t\t{}\n\n",
        template.text(),
        compact_json(tree),
        gotemplate::plain(&gotemplate::Val::from(tree))
    ));
    let trouble = Trouble::error(format!("error executing template {}: {why}", quote(template.text())));
    Shown {
        text,
        trouble: Some(trouble),
    }
}

/// Tells of one object after the other that was changed: a line each, or in the form that `-o` asks for.
pub struct Teller {
    form: Form,
    /// YAML documents are parted where one printer of kubectl's prints them all.
    parted: bool,
    told: usize,
}

impl Teller {
    /// Makes one for a call; documents of YAML are parted by `---`.
    pub fn of(call: &Call<'_>) -> Verdict<Self> {
        Ok(Self {
            form: Form::of(call, Formats::Objects)?,
            parted: true,
            told: 0,
        })
    }

    /// Makes one for a verb of kubectl's that makes a new printer for every object.
    pub fn unparted(call: &Call<'_>) -> Verdict<Self> {
        Ok(Self {
            parted: false,
            ..Self::of(call)?
        })
    }

    /// Says whether a line a object is told.
    pub fn tells_lines(&self) -> bool {
        matches!(self.form, Form::Table { .. })
    }

    /// Tells of one object; `done` is what is said behind its name where no form was asked for.
    pub fn tell(&mut self, call: &mut Call<'_>, object: &Object, done: &str) -> Verdict {
        let name = names::of_key(&object.key());
        let tree = match self.form {
            // A line shows nothing of it.
            Form::Table { .. } | Form::Name => Value::Null,
            _ => self.form.tree_of(object, call.flags.is_set(SHOW_MANAGED)),
        };
        self.tell_tree(call, &name, &tree, done)
    }

    /// Tells of one tree with the name that stands before `done`.
    pub fn tell_tree(&mut self, call: &mut Call<'_>, name: &str, tree: &Value, done: &str) -> Verdict {
        match &self.form {
            Form::Table { .. } => call.line(format!("{name} {done}")),
            Form::Name => call.line(name),
            form => {
                let begin = if self.parted && self.told > 0 && *form == Form::Yaml {
                    "---\n"
                } else {
                    ""
                };
                let shown = form.print_tree(tree);
                call.say(format!("{begin}{}", shown.text));
                self.told += 1;
                return shown.trouble.map_or(Ok(()), Err);
            }
        }
        Ok(())
    }
}
