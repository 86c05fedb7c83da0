//! `kubectl version` and `cluster-info`: who speaks with whom.

use super::Verb;
use crate::api::Service;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{go_json, yaml};
use serde_json::{Value, json};

pub(super) const VERSION: Verb = Verb {
    name: "version",
    aliases: &[],
    flags: FLAGS,
    run: version,
};

const FLAGS: &[Flag] = &[flag("client", Takes::Bool), flag("output", Takes::Text).short('o')];

pub(super) const CLUSTER_INFO: Verb = Verb {
    name: "cluster-info",
    aliases: &[],
    flags: &[],
    run: cluster_info,
};

/// The kubectl whose words the window speaks.
const CLIENT: &str = "v1.32.4";

/// The kustomize inside that kubectl.
const KUSTOMIZE: &str = "v5.5.0";

/// The control plane that is played.
const SERVER: &str = "v1.36.2";

/// Where the API server would be reached.
pub(super) const ADDRESS: &str = "https://127.0.0.1:6443";

/// Returns what is known of a build; where and when it was built is left out, as it was not.
fn build(version: &str) -> Value {
    let minor = version.split('.').nth(1).unwrap_or_default();
    json!({"major": "1", "minor": minor, "gitVersion": version})
}

fn version(call: &mut Call<'_>) -> Verdict {
    if !call.flags.words.is_empty() {
        return Err(Trouble::error(format!(
            "extra arguments: [{}]",
            call.flags.words.join(" ")
        )));
    }
    let only_client = call.flags.is_set("client");
    let mut tree = json!({"clientVersion": build(CLIENT), "kustomizeVersion": KUSTOMIZE});
    if !only_client {
        tree["serverVersion"] = build(SERVER);
    }
    match call.flags.text("output").unwrap_or("") {
        "" => {
            let mut text = format!("Client Version: {CLIENT}\nKustomize Version: {KUSTOMIZE}\n");
            if !only_client {
                text.push_str(&format!("Server Version: {SERVER}\n"));
            }
            call.say(text);
        }
        "yaml" => call.say(format!("{}\n", yaml::print(&tree))),
        // This one is indented by two.
        "json" => call.say(go_json::pretty(&tree).replace("    ", "  ")),
        _ => return Err(Trouble::error("--output must be 'yaml' or 'json'")),
    }
    if !only_client {
        call.warn(
            "WARNING: version difference between client (1.32) and server (1.36) exceeds the supported minor version skew of +/-1",
        );
    }
    Ok(())
}

fn cluster_info(call: &mut Call<'_>) -> Verdict {
    let mut text = format!("Kubernetes control plane is running at {ADDRESS}\n");
    let own = call.store().list::<Service>("kube-system");
    for service in own.filter(|service| service.metadata.labels.value("kubernetes.io/cluster-service") == "true") {
        let meta = &service.metadata;
        let label = meta.labels.value("kubernetes.io/name");
        let title = if label.is_empty() { &*meta.name } else { label };
        let port = service
            .spec
            .ports
            .first()
            .map_or(String::new(), |port| format!(":{}", port.name));
        text.push_str(&format!(
            "{title} is running at {ADDRESS}/api/v1/namespaces/kube-system/services/{}{port}/proxy\n",
            meta.name
        ));
    }
    text.push_str("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
    call.say(text);
    Ok(())
}
