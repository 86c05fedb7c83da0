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
mod top;
mod wait;

use super::call::Call;
use super::flags::{Flag, Flags};
use super::trouble::{Trouble, Verdict};
use tables::flags;

/// What kubectl says when nothing is named (cli-runtime's Builder).
const NO_RESOURCES: &str = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

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
    create::TOKEN,
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
    node::TAINT,
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
