//! `kubectl rollout undo`: the way back to a template that was.

use super::history::{Revision, revisions};
use super::{refuse_without_history, wanted};
use crate::api::{Key, Object};
use crate::kubectl::call::Call;
use crate::kubectl::describe;
use crate::kubectl::output::Teller;
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::verbs::{DryRun, dry_run};
use serde_json::Value;

pub(super) fn run(call: &mut Call<'_>) -> Verdict {
    let dry = dry_run(&call.flags)?;
    let to = call.flags.int("to-revision").unwrap_or(0);
    let (keys, mut troubles) = wanted(call)?;
    let mut teller = Teller::unparted(call)?;
    for key in keys {
        let undone = undo(call, &key, to, dry, &mut teller);
        troubles.extend(undone.err());
    }
    Trouble::many(troubles).map_or(Ok(()), Err)
}

fn undo(call: &mut Call<'_>, key: &Key, to: i64, dry: DryRun, teller: &mut Teller) -> Verdict {
    refuse_without_history(&key.kind, "rollbacker", "rollbacker")?;
    let old = call.find(key)?;
    let done = roll_back(call, key, &old, to, dry)?;
    // What is printed is the object as it was found.
    teller.tell(call, &old, &format!("{done}{}", dry.suffix()))
}

/// Rolls an object back, and returns what is said of it.
fn roll_back(call: &mut Call<'_>, key: &Key, object: &Object, to: i64, dry: DryRun) -> Verdict<String> {
    if let Object::Deployment(deployment) = object
        && deployment.spec.paused
    {
        return Err(Trouble::error(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    let revisions = revisions(call.store(), object);
    let target = target(key, &revisions, to)?;
    let mut tree = object.to_value();
    tree["spec"]["template"] = without_hash(&target.template);
    match dry {
        // A client that only tries shows the template that it would go back to.
        DryRun::Client => {
            let template = describe::template_of_history(&target.template, "");
            let before = match object {
                Object::Deployment(_) => "",
                _ => "will roll back to ",
            };
            Ok(format!("{before}{template}"))
        }
        DryRun::Server => Ok("rolled back".to_owned()),
        DryRun::No => Ok(match call.replace(object, tree)? {
            true => "rolled back".to_owned(),
            false => format!(
                "skipped rollback (current template already matches revision {})",
                target.number
            ),
        }),
    }
}

fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    template
}

/// Returns the revision to go back to: the one that was named, or the one before the last.
fn target<'a>(key: &Key, revisions: &'a [Revision], to: i64) -> Verdict<&'a Revision> {
    if to != 0 {
        let found = revisions.iter().find(|revision| revision.number == to);
        return found.ok_or_else(|| Trouble::error(format!("unable to find specified revision {to} in history")));
    }
    revisions.iter().rev().nth(1).ok_or_else(|| {
        let kind = key.kind.singular();
        Trouble::error(match revisions.is_empty() {
            true => format!("no rollout history found for {kind} \"{}\"", key.name),
            false => "no last revision to roll back to".to_owned(),
        })
    })
}
