//! `kubectl get -w`: a line for every write, until nothing more is due.

use super::sheet::{Ask, Sheet};
use crate::api::Object;
use crate::kubectl::call::Call;
use crate::kubectl::output::{self, Form};
use crate::kubectl::tabwriter;
use crate::kubectl::targets::{Selection, Target};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::store::Revision;

/// A kubectl that watches goes on until Ctrl-C. Here it ends when nothing is due any more, or after ten minutes.
pub(super) fn run(call: &mut Call<'_>, form: &Form, targets: &[Target], selection: &Selection) -> Verdict {
    let [target] = targets else {
        return Err(Trouble::error("you may only specify a single resource type"));
    };
    let objects = selection.shown(call, target)?;
    let mut screen = Screen {
        ask: Ask::of(
            call,
            *form == Form::Table { wide: true },
            selection.everywhere,
            false,
            false,
        ),
        form,
        target,
        pending: String::new(),
        widths: Vec::new(),
        begun: false,
    };
    if !call.flags.is_set("watch-only") {
        for object in &objects {
            screen.show(call, "ADDED", object)?;
        }
        screen.flush(call);
    }
    let mut seen = call.seen();
    call.wait(None, |call| {
        let news = call.news(&mut seen);
        if news.went_back {
            // What is there is listed again, as after a watch that was cut off.
            for object in selection.objects(call, target)? {
                screen.show(call, "ADDED", &object)?;
            }
            screen.flush(call);
        }
        let heard: Vec<(&str, Object)> = call
            .store()
            .between(news.after, news.until)
            .iter()
            .filter_map(|revision| heard(revision, call, target, selection))
            .collect();
        for (word, object) in heard {
            screen.show(call, word, &object)?;
            screen.flush(call);
        }
        Ok(call.ends_quietly().then_some(()))
    })?;
    Ok(())
}

/// Returns what a watch of the target tells of a write: an object that is selected no more is as good as deleted.
fn heard(
    revision: &Revision,
    call: &Call<'_>,
    target: &Target,
    selection: &Selection,
) -> Option<(&'static str, Object)> {
    let object = revision.object();
    let meta = object.meta();
    let in_reach = selection.everywhere || !target.kind().is_namespaced() || *meta.namespace == *call.namespace;
    let named = match target {
        Target::One(_, name) => *meta.name == **name,
        Target::All(_) => true,
    };
    if object.kind() != *target.kind() || !in_reach || !named {
        return None;
    }
    let is_selected =
        |object: &&Object| selection.labels.matches(&object.meta().labels) && selection.fields.matches(object);
    let before = revision.before.as_ref().filter(is_selected);
    let after = revision.after.as_ref().filter(is_selected);
    match (before, after) {
        (None, Some(after)) => Some(("ADDED", after.clone())),
        (Some(_), Some(after)) => Some(("MODIFIED", after.clone())),
        (Some(before), None) => Some(("DELETED", before.clone())),
        (None, None) => None,
    }
}

/// A screen that grows: columns keep the widths that they once had.
struct Screen<'a> {
    ask: Ask,
    form: &'a Form,
    target: &'a Target,
    /// Lines whose columns are not laid yet.
    pending: String,
    widths: Vec<usize>,
    begun: bool,
}

impl Screen<'_> {
    fn show(&mut self, call: &mut Call<'_>, word: &str, object: &Object) -> Verdict {
        if !matches!(self.form, Form::Table { .. }) {
            let parted = if self.begun && *self.form == Form::Yaml {
                "---\n"
            } else {
                ""
            };
            call.say(parted);
            let shown = output::show(call, self.form, std::slice::from_ref(object), true, !self.begun);
            self.begun = true;
            return shown;
        }
        let sheet = Sheet::new(self.target.kind(), &self.ask, &call.look());
        let with_words = call.flags.is_set("output-watch-events");
        if !self.begun && self.ask.headings {
            let head = if with_words { "EVENT\t" } else { "" };
            self.pending.push_str(&format!("{head}{}", sheet.heading()));
        }
        let head = if with_words { format!("{word}\t") } else { String::new() };
        self.pending
            .push_str(&format!("{head}{}", sheet.row(object, &call.look())));
        self.begun = true;
        Ok(())
    }

    /// Lays the columns of what was shown since the last time.
    fn flush(&mut self, call: &mut Call<'_>) {
        let text = std::mem::take(&mut self.pending);
        call.say(tabwriter::align_on(&text, tabwriter::TABLE, &mut self.widths));
    }
}
