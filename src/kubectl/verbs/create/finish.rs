//! From words to an object that is stored, tried or printed: what the forms of `create` have in common.

use crate::api::{Key, Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::output::{Form, Formats, Teller, compact_json};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::apply::LAST_APPLIED;
use crate::kubectl::verbs::{DryRun, dry_run};
use crate::kubectl::{go_json, names, trial, yaml};
use serde_json::{Value, json};

/// An object as kubectl's Go struct holds it, before any server has seen it: with the empty fields that Go prints.
pub struct Made {
    /// Its kind.
    pub kind: Kind,
    /// Its tree.
    pub tree: Value,
}

impl Made {
    /// Begins an object: its kind, its name, and the fields beside its metadata.
    pub fn new(kind: Kind, name: &str, fields: Value) -> Self {
        let mut tree = fields;
        tree["apiVersion"] = kind.api_version().into();
        tree["kind"] = kind.name().into();
        tree["metadata"] = json!({"name": name, "creationTimestamp": null});
        Self { kind, tree }
    }

    /// Gives the object labels.
    pub fn labelled(mut self, labels: Value) -> Self {
        self.tree["metadata"]["labels"] = labels;
        self
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.tree["metadata"]["name"].as_str().unwrap_or_default()
    }

    /// Returns the key, in the namespace of the call.
    pub fn key(&self, call: &Call<'_>) -> Key {
        call.key(&self.kind, self.name())
    }

    /// Returns the object as it is sent: without what is null, and with its namespace.
    pub fn object(&self, call: &Call<'_>) -> Verdict<Object> {
        let mut tree = self.tree.clone();
        strip_nulls(&mut tree);
        let key = self.key(call);
        tree["metadata"]["namespace"] = (*key.namespace).into();
        Object::from_value(&self.kind, tree).map_err(|why| Trouble::error(why.to_string()))
    }

    /// Writes the namespace into the tree where `-n` names one.
    pub fn in_namespace(&mut self, call: &Call<'_>) {
        if self.kind.is_namespaced()
            && let Some(namespace) = call.flags.text("namespace")
        {
            self.tree["metadata"]["namespace"] = namespace.into();
        }
    }

    /// Adds the annotation that remembers the object, which `--save-config` asks for.
    pub fn remember(&mut self) {
        let text = go_json::compact(&self.tree) + "\n";
        self.tree["metadata"]["annotations"][LAST_APPLIED] = text.into();
    }
}

/// Removes what is null, as the API server reads it.
fn strip_nulls(tree: &mut Value) {
    match tree {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(strip_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_nulls),
        _ => (),
    }
}

/// Returns the one name among the words before `--`.
pub fn name(call: &Call<'_>) -> Verdict<String> {
    let count = call.flags.dash.unwrap_or(call.flags.words.len());
    match call.flags.words.first() {
        Some(name) if count == 1 => Ok(name.clone()),
        _ => Err(call.usage(format!("exactly one NAME is required, got {count}"))),
    }
}

/// Returns the words after the name: the command of a container.
pub fn command_words<'c>(call: &'c Call<'_>) -> &'c [String] {
    call.flags.words.get(1..).unwrap_or_default()
}

/// Returns the complaint about a flag that must be given. kubectl logs this one, with its own clock and process id.
pub fn required(call: &Call<'_>, flag: &str) -> Verdict<String> {
    let missing = || Trouble::error(format!("required flag(s) \"{flag}\" not set"));
    call.flags.text(flag).map(ToOwned::to_owned).ok_or_else(missing)
}

/// Returns the form that `-o` asks for; tables are not among those of such verbs.
pub fn form(call: &Call<'_>) -> Verdict<Form> {
    Form::of(call, Formats::Objects)
}

/// Prints a tree that kubectl holds itself, or the line that says what was done with it.
pub fn printed(call: &mut Call<'_>, made: &Made, done: &str, dry: DryRun) -> Verdict {
    let key = made.key(call);
    match form(call)? {
        Form::Table { .. } => call.line(format!("{} {done}{}", names::of_key(&key), dry.suffix())),
        Form::Yaml => call.say(yaml::print(&made.tree)),
        Form::Json => call.say(go_json::pretty(&made.tree)),
        Form::Name => call.line(names::of_key(&key)),
        form => {
            let shown = form.print_tree(&made.tree);
            call.say(shown.text);
            return shown.trouble.map_or(Ok(()), Err);
        }
    }
    Ok(())
}

/// Stores, tries or prints an object that was made of words; `failing` stands before the server's complaint.
///
/// Some kinds lose the API's own reason on the way (`error: failed to create …`), others keep it: `failing` is "" then.
pub fn made(call: &mut Call<'_>, mut made: Made, failing: &str) -> Verdict {
    let dry = dry_run(&call.flags)?;
    form(call)?;
    made.in_namespace(call);
    if call.flags.is_set("save-config") {
        made.remember();
    }
    if dry == DryRun::Client {
        return printed(call, &made, "created", dry);
    }
    let object = made.object(call)?;
    let created = trial::judge(&object).and_then(|()| match dry {
        DryRun::Server => trial::create(call, object),
        _ => call.create(object),
    });
    let created = created.map_err(|refusal| match failing {
        "" => Trouble::refused(&refusal),
        failing => Trouble::error(format!("{failing}{refusal}")),
    })?;
    Teller::of(call)?.tell(call, &created, &format!("created{}", dry.suffix()))
}

/// Returns a text as Go's `%q` and JSON both write it.
pub fn quoted(text: &str) -> String {
    compact_json(&Value::from(text))
}

/// Reads `a=b,c=d` as labels (kubectl's `generate.ParseLabels`).
pub fn parse_labels(text: &str) -> Verdict<Value> {
    let mut labels = json!({});
    for part in text.split(',') {
        let pair = part
            .split_once('=')
            .filter(|(key, value)| !key.is_empty() && !value.contains('='));
        let (key, value) = pair.ok_or_else(|| Trouble::error(format!("unexpected label spec: {part}")))?;
        labels[key] = value.into();
    }
    Ok(labels)
}
