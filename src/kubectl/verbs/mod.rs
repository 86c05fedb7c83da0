//! The verbs: one file each, one table of all.

mod tables;

mod api_list;
mod apply;
mod attach;
mod auth;
mod autoscale;
mod completion;
mod config;
mod cp;
mod create;
mod delete;
mod describe;
mod diff;
mod drain;
mod edit;
mod events;
mod exec;
mod explain;
mod expose;
mod get;
pub(super) mod help;
mod info;
mod logs;
mod marks;
mod node;
mod patch;
mod pod_words;
mod refused;
mod replace;
mod requirements;
mod rollout;
mod run;
mod scale;
mod set;
mod taint;
mod top;
mod wait;

use super::call::Call;
use super::flags::{Flag, Flags};
use super::subresource::Subresource;
use super::trial;
use super::trouble::{Trouble, Verdict};
use crate::api::Object;
pub(super) use refused::refusal;
use serde_json::Value;
use tables::flags;

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

/// All the verbs, in the groups and the order of kubectl's own help.
pub static VERBS: &[Verb] = &[
    // Basic commands, for a beginner.
    create::CREATE,
    create::CLUSTER_ROLE,
    create::CLUSTER_BINDING,
    create::CONFIG_MAP,
    create::CRON_JOB,
    create::DEPLOYMENT,
    create::INGRESS,
    create::JOB,
    create::NAMESPACE,
    create::BUDGET,
    create::PRIORITY,
    create::QUOTA,
    create::ROLE,
    create::BINDING,
    help::CREATE_SECRET,
    create::DOCKER,
    create::GENERIC,
    create::TLS,
    help::CREATE_SERVICE,
    create::CLUSTER_IP,
    create::EXTERNAL_NAME,
    create::LOAD_BALANCER,
    create::NODE_PORT,
    create::ACCOUNT,
    refused::TOKEN,
    expose::EXPOSE,
    run::RUN,
    help::SET,
    set::SET_ENV,
    set::SET_IMAGE,
    set::SET_RESOURCES,
    set::SET_SELECTOR,
    set::SET_ACCOUNT,
    set::SET_SUBJECT,
    // Basic commands, beyond that.
    explain::EXPLAIN,
    get::GET,
    edit::EDIT,
    delete::DELETE,
    // Deploy commands.
    help::ROLLOUT,
    rollout::HISTORY,
    rollout::PAUSE,
    rollout::RESTART,
    rollout::RESUME,
    rollout::STATUS,
    rollout::UNDO,
    scale::SCALE,
    autoscale::AUTOSCALE,
    // Cluster management.
    refused::CERTIFICATE,
    refused::CERTIFICATE_APPROVE,
    refused::CERTIFICATE_DENY,
    info::CLUSTER_INFO,
    refused::CLUSTER_DUMP,
    help::TOP,
    top::NODE,
    top::POD,
    node::CORDON,
    node::UNCORDON,
    drain::DRAIN,
    taint::TAINT,
    // Troubleshooting.
    describe::DESCRIBE,
    logs::LOGS,
    attach::ATTACH,
    exec::EXEC,
    refused::PORT_FORWARD,
    refused::PROXY,
    cp::CP,
    help::AUTH,
    auth::CAN_I,
    refused::RECONCILE,
    auth::WHO_AM_I,
    refused::DEBUG,
    events::EVENTS,
    // Advanced commands.
    diff::DIFF,
    apply::APPLY,
    apply::EDIT_LAST,
    apply::SET_LAST,
    apply::VIEW_LAST,
    patch::PATCH,
    replace::REPLACE,
    wait::WAIT,
    refused::KUSTOMIZE,
    // Settings.
    marks::LABEL,
    marks::ANNOTATE,
    completion::COMPLETION,
    // The rest.
    api_list::RESOURCES,
    api_list::VERSIONS,
    help::CONFIG,
    config::CURRENT_CONTEXT,
    refused::CONFIG_DELETE_CLUSTER,
    refused::CONFIG_DELETE_CONTEXT,
    refused::CONFIG_DELETE_USER,
    config::GET_CLUSTERS,
    config::GET_CONTEXTS,
    config::GET_USERS,
    refused::CONFIG_RENAME_CONTEXT,
    refused::CONFIG_SET,
    refused::CONFIG_SET_CLUSTER,
    config::SET_CONTEXT,
    refused::CONFIG_SET_CREDENTIALS,
    refused::CONFIG_UNSET,
    config::USE_CONTEXT,
    config::VIEW,
    refused::PLUGIN,
    refused::PLUGIN_LIST,
    refused::ALPHA,
    info::VERSION,
    help::HELP,
    help::OPTIONS,
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
    put_part(call, old, tree, dry, None)
}

/// Does so through a subresource where one is named.
fn put_part(
    call: &mut Call<'_>,
    old: &Object,
    tree: Value,
    dry: DryRun,
    part: Option<Subresource>,
) -> Verdict<(Object, bool)> {
    if dry.is_dry() {
        let new = Object::from_value(&old.kind(), tree).map_err(|why| Trouble::error(why.to_string()))?;
        let changed = new != *old;
        return match dry {
            DryRun::Server if changed => Ok((try_put(call, old, new, part)?, true)),
            _ => Ok((new, changed)),
        };
    }
    let changed = call.try_replace_part(old, tree, part)?;
    let new = match changed {
        true => call.find(&old.key())?,
        false => old.clone(),
    };
    Ok((new, changed))
}

/// Returns what the server would make of a change. kubectl patches, so that no revision is in its way.
fn try_put(call: &Call<'_>, old: &Object, mut new: Object, part: Option<Subresource>) -> Verdict<Object> {
    new.meta_mut().resource_version = old.meta().resource_version;
    Ok(trial::update(call, new, part)?)
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
