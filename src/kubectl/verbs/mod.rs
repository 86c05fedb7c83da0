//! The verbs: one file each, one table of all.

mod apply;
mod create;
mod delete;
mod describe;
mod drain;
mod events;
mod exec;
mod get;
mod logs;
mod marks;
mod node;
mod patch;
mod rollout;
mod scale;
mod set_image;
mod taint;
mod wait;

use super::call::Call;
use super::flags::{Flag, Flags};
use super::trouble::{Trouble, Verdict};
use crate::api::Object;
use serde_json::Value;

/// One verb of kubectl.
pub struct Verb {
    /// Its name, in one or two words.
    pub name: &'static str,
    /// Other names, as kubectl has them.
    pub aliases: &'static [&'static str],
    /// The flags that it takes beside the global ones.
    pub flags: &'static [Flag],
    pub(super) run: fn(&mut Call<'_>) -> Verdict,
}

impl Verb {
    /// Says whether these words name the verb.
    pub fn answers_to(&self, words: &str) -> bool {
        self.name == words || self.aliases.contains(&words)
    }
}

/// All the verbs.
pub static VERBS: &[Verb] = &[
    apply::APPLY,
    apply::VIEW_LAST,
    apply::SET_LAST,
    apply::EDIT_LAST,
    create::CREATE,
    get::GET,
    describe::DESCRIBE,
    delete::DELETE,
    logs::LOGS,
    exec::EXEC,
    events::EVENTS,
    scale::SCALE,
    rollout::STATUS,
    rollout::HISTORY,
    rollout::UNDO,
    rollout::RESTART,
    rollout::PAUSE,
    rollout::RESUME,
    set_image::SET_IMAGE,
    patch::PATCH,
    marks::LABEL,
    marks::ANNOTATE,
    wait::WAIT,
    node::CORDON,
    node::UNCORDON,
    taint::TAINT,
    drain::DRAIN,
];

/// Whether a command is only tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DryRun {
    No,
    Client,
    Server,
}

impl DryRun {
    fn is_dry(self) -> bool {
        self != Self::No
    }

    /// Returns what stands behind `created` in kubectl's lines.
    fn suffix(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

/// Reads `--dry-run`.
fn dry_run(flags: &Flags) -> Verdict<DryRun> {
    match flags.text("dry-run") {
        None | Some("none" | "false") => Ok(DryRun::No),
        Some("client" | "unchanged" | "true") => Ok(DryRun::Client),
        Some("server") => Ok(DryRun::Server),
        Some(other) => Err(Trouble::error(format!(
            "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
        ))),
    }
}

/// Puts a changed tree in the place of an object, unless that is only tried; returns the object as it is then, and
/// whether it differs.
fn put(call: &mut Call<'_>, old: &Object, tree: Value, dry: DryRun) -> Verdict<(Object, bool)> {
    if dry.is_dry() {
        let new = Object::from_value(&old.kind(), tree).map_err(|why| Trouble::error(why.to_string()))?;
        let changed = new != *old;
        return Ok((new, changed));
    }
    let changed = call.replace(old, tree)?;
    let new = match changed {
        true => call.find(&old.key())?,
        false => old.clone(),
    };
    Ok((new, changed))
}

/// Refuses `--local` where it makes no sense.
fn refuse_local_on_server(dry: DryRun) -> Verdict {
    match dry {
        DryRun::Server => Err(Trouble::error(
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
        )),
        _ => Ok(()),
    }
}

/// Reads `--validate`. Manifests are always validated as `strict` has it, so the looser ways are refused.
fn read_validate(flags: &Flags) -> Verdict {
    match flags.text("validate") {
        None | Some("strict" | "true") => Ok(()),
        Some(loose @ ("warn" | "ignore" | "false")) => {
            Err(Trouble::error(format!("--validate={loose} is not simulated"))
                .hint("every manifest is validated strictly here; mend what it complains of"))
        }
        Some(other) => Err(Trouble::error(format!(
            "invalid - validate option \"{other}\"; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}
