//! Why a flag makes no difference here, and what to do where it is refused: one sentence a name, as a flag means the
//! same to every verb that has it.

/// Returns why a flag is moot, or what to do instead of it.
pub fn reason(long: &str) -> Option<&'static str> {
    let found = REASONS.iter().find(|(names, _)| names.contains(&long));
    found.map(|(_, reason)| *reason)
}

const REASONS: &[(&[&str], &str)] = &[
    (
        &[
            "as",
            "as-group",
            "as-uid",
            "user",
            "username",
            "password",
            "token",
            "client-certificate",
            "client-key",
        ],
        "there is one person here, who may do everything",
    ),
    (
        &[
            "cluster",
            "server",
            "kubeconfig",
            "certificate-authority",
            "tls-server-name",
        ],
        "there is one cluster here, and no other way to it",
    ),
    (
        &[
            "insecure-skip-tls-verify",
            "insecure-skip-tls-verify-backend",
            "disable-compression",
        ],
        "nothing travels over a network here",
    ),
    (&["cache-dir"], "nothing is cached: discovery is always fresh"),
    (&["match-server-version"], "client and server are the same program"),
    (
        &["profile", "profile-output"],
        "the simulator is no process of its own to profile",
    ),
    (&["request-timeout"], "the API server answers at once"),
    (
        &["log-flush-frequency", "v", "vmodule"],
        "kubectl keeps no log of its own here",
    ),
    (&["warnings-as-errors"], "look at the lines that begin with Warning"),
    (&["chunk-size"], "a list always comes whole"),
    (&["field-manager"], "nothing is written here"),
    (&["show-managed-fields"], "what is shown here has no managers"),
    (
        &["kustomize"],
        "build the manifests with a kustomize of your own, and name the result with -f",
    ),
    (
        &["recursive"],
        "a folder is read with the manifests in it; name its folders one by one",
    ),
    (&["validate"], "every manifest is validated strictly, as by default"),
    (&["openapi-patch"], "patches are made by the schema, as by default"),
    (
        &["raw"],
        "there are no credentials to hide; what a verb would send is written as a manifest, and named with -f",
    ),
    (&["edit"], "change the manifest, and name it with -f"),
    (
        &["windows-line-endings"],
        "a text is given to the editor with the line ends of this machine",
    ),
    (&["tty"], "a command's output is the same with and without a terminal"),
    (
        &["pod-running-timeout"],
        "a pod is looked for at once; kubectl wait waits for it",
    ),
    (&["ignore-errors"], "no log breaks off while it is read"),
    (&["overwrite"], "what a manifest says wins, as by default"),
    (
        &["local"],
        "here it works with the objects of the cluster only; kubectl patch --local changes a file without a server",
    ),
    (&["subresource"], "kubectl patch --subresource writes one"),
    (
        &["output", "template", "allow-missing-template-keys"],
        "what was edited is told in a line; kubectl get -o prints it in any form",
    ),
    (&["selector"], "kubectl apply -f with -l applies some objects of a file"),
    (
        &["cached", "use-protocol-buffers"],
        "nothing travels over a network here, and nothing is cached",
    ),
    (&["all-namespaces"], "everything is allowed, in every namespace"),
    (
        &["flatten", "merge", "minify"],
        "there is one configuration here, with one context",
    ),
    (&["no-preserve"], "files have no owners and modes here"),
    (&["retries"], "nothing breaks off while it is copied"),
    (
        &["prune", "prune-allowlist"],
        "kubectl apply --prune --dry-run=client says what would go",
    ),
    (&["concurrency"], "the API server answers at once"),
    (
        &["save-config"],
        "kubectl apply set-last-applied writes the annotation that remembers an object",
    ),
    (
        &["wait", "timeout"],
        "whoever replaces or looks on always waits until what was there is gone",
    ),
    (&["cascade"], "a pod has nothing that depends on it"),
    (
        &["filename"],
        "words make the object here; kubectl create -f takes a file",
    ),
    (
        &["resource-version"],
        "nobody else writes between the look and the change here",
    ),
];

#[cfg(test)]
mod tests {
    use super::super::{Done, GLOBAL};
    use super::*;
    use crate::kubectl::VERBS;
    use crate::kubectl::verbs::refusal;

    #[test]
    fn what_is_not_done_says_why() {
        let tables = VERBS.iter().filter(|verb| refusal(verb.name).is_none());
        let tables = tables.flat_map(|verb| verb.flags).chain(GLOBAL);
        let mute: Vec<&str> = tables
            .filter(|flag| flag.done != Done::Yes && reason(flag.long).is_none())
            .map(|flag| flag.long)
            .collect();
        assert!(
            mute.is_empty(),
            "give a reason in src/kubectl/flags/reasons.rs to {mute:?}"
        );
    }
}
