//! Verbs that are refused by name, with what to do instead.

use super::Verb;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};

/// Makes a verb whose flags are read, and which says why it does nothing.
const fn refused(name: &'static str, flags: &'static [Flag]) -> Verb {
    Verb {
        name,
        aliases: &[],
        flags,
        run,
    }
}

/// The verbs: why they do nothing here, and what does the same or shows it.
const WHY: &[(&str, &str, &str)] = &[
    (
        "port-forward",
        "the network of your machine does not reach in here",
        "kubectl exec POD -- curl http://localhost:PORT asks a port from inside; kubectl run -it --rm asks it from another pod",
    ),
    (
        "proxy",
        "there is no API server behind a port here",
        "kubectl get -o json shows what the API would answer",
    ),
    (
        "debug",
        "containers are not added to running pods here",
        "kubectl exec runs a command in a container; kubectl run -it --rm starts a pod beside it",
    ),
    (
        "kustomize",
        "kustomizations are not built here",
        "build it with kustomize, and give what it prints to kubectl apply -f",
    ),
    (
        "certificate approve",
        "certificates are not signed here",
        "a CertificateSigningRequest is kept and served, and nothing acts on it",
    ),
    (
        "create token",
        "nobody signs in here",
        "every command runs as the cluster's administrator; see kubectl auth whoami",
    ),
    (
        "cluster-info dump",
        "a dump of everything is not written here",
        "kubectl get all -A -o yaml and kubectl events -A show the same",
    ),
    (
        "auth reconcile",
        "rules are not reconciled here, and nothing is ever forbidden",
        "kubectl apply -f puts Roles and bindings as they are written",
    ),
    (
        "plugin list",
        "there are no plugins here",
        "kubectl help lists the verbs that there are",
    ),
    (
        "certificate deny",
        "certificates are not signed here",
        "a CertificateSigningRequest is kept and served, and nothing acts on it",
    ),
    (
        "certificate",
        "certificates are not signed here",
        "a CertificateSigningRequest is kept and served, and nothing acts on it",
    ),
    (
        "plugin",
        "there are no plugins here",
        "kubectl help lists the verbs that there are",
    ),
    (
        "alpha",
        "no verb of alpha is simulated",
        "kubectl help lists the verbs that there are",
    ),
    (
        "config set",
        "there is one cluster, one user and one context here",
        "kubectl config set-context --current --namespace=NAME keeps another namespace",
    ),
    (
        "config set-cluster",
        "there is one cluster, one user and one context here",
        "kubectl config set-context --current --namespace=NAME keeps another namespace",
    ),
    (
        "config set-credentials",
        "there is one cluster, one user and one context here",
        "kubectl config set-context --current --namespace=NAME keeps another namespace",
    ),
    (
        "config unset",
        "there is one cluster, one user and one context here",
        "kubectl config set-context --current --namespace=NAME keeps another namespace",
    ),
    (
        "config delete-cluster",
        "there is one cluster, one user and one context here",
        "kubectl config set-context --current --namespace=NAME keeps another namespace",
    ),
    (
        "config delete-context",
        "there is one cluster, one user and one context here",
        "kubectl config set-context --current --namespace=NAME keeps another namespace",
    ),
    (
        "config delete-user",
        "there is one cluster, one user and one context here",
        "kubectl config set-context --current --namespace=NAME keeps another namespace",
    ),
    (
        "config rename-context",
        "there is one cluster, one user and one context here",
        "kubectl config set-context --current --namespace=NAME keeps another namespace",
    ),
];

/// Returns why a verb is refused; None of those that are simulated.
pub fn refusal(verb: &str) -> Option<&'static str> {
    WHY.iter().find(|(name, ..)| *name == verb).map(|(_, why, _)| *why)
}

fn run(call: &mut Call<'_>) -> Verdict {
    let (_, why, instead) = WHY
        .iter()
        .find(|(name, ..)| *name == call.verb)
        .copied()
        .unwrap_or_default();
    Err(Trouble::error(format!("kubectl {} is not simulated: {why}", call.verb)).hint(instead))
}

pub(super) const PORT_FORWARD: Verb = refused("port-forward", PORT_FORWARD_FLAGS);
pub(super) const PROXY: Verb = refused("proxy", PROXY_FLAGS);
pub(super) const DEBUG: Verb = refused("debug", DEBUG_FLAGS);
pub(super) const KUSTOMIZE: Verb = refused("kustomize", KUSTOMIZE_FLAGS);
pub(super) const CERTIFICATE_APPROVE: Verb = refused("certificate approve", CERTIFICATE_APPROVE_FLAGS);
pub(super) const CLUSTER_DUMP: Verb = refused("cluster-info dump", CLUSTER_DUMP_FLAGS);
pub(super) const RECONCILE: Verb = refused("auth reconcile", RECONCILE_FLAGS);
pub(super) const PLUGIN_LIST: Verb = refused("plugin list", PLUGIN_LIST_FLAGS);
pub(super) const TOKEN: Verb = refused("create token", TOKEN_FLAGS);
pub(super) const CERTIFICATE: Verb = refused("certificate", &[]);
pub(super) const CERTIFICATE_DENY: Verb = refused("certificate deny", CERTIFICATE_APPROVE_FLAGS);
pub(super) const PLUGIN: Verb = refused("plugin", &[]);
pub(super) const ALPHA: Verb = refused("alpha", &[]);
pub(super) const CONFIG_SET: Verb = refused("config set", &[flag("set-raw-bytes", Takes::Bool).moot()]);
pub(super) const CONFIG_SET_CLUSTER: Verb = refused("config set-cluster", CLUSTER_FLAGS);
pub(super) const CONFIG_SET_CREDENTIALS: Verb = refused("config set-credentials", CREDENTIALS_FLAGS);
pub(super) const CONFIG_UNSET: Verb = refused("config unset", &[]);
pub(super) const CONFIG_DELETE_CLUSTER: Verb = refused("config delete-cluster", &[]);
pub(super) const CONFIG_DELETE_CONTEXT: Verb = refused("config delete-context", &[]);
pub(super) const CONFIG_DELETE_USER: Verb = refused("config delete-user", &[]);
pub(super) const CONFIG_RENAME_CONTEXT: Verb = refused("config rename-context", &[]);

const PORT_FORWARD_FLAGS: &[Flag] = &[
    flag("address", Takes::Text).moot(),
    flag("pod-running-timeout", Takes::Duration).moot(),
];

const PROXY_FLAGS: &[Flag] = &[
    flag("accept-hosts", Takes::Text).moot(),
    flag("accept-paths", Takes::Text).moot(),
    flag("address", Takes::Text).moot(),
    flag("api-prefix", Takes::Text).moot(),
    flag("append-server-path", Takes::Bool).moot(),
    flag("disable-filter", Takes::Bool).moot(),
    flag("keepalive", Takes::Duration).moot(),
    flag("port", Takes::Int).short('p').moot(),
    flag("reject-methods", Takes::Text).moot(),
    flag("reject-paths", Takes::Text).moot(),
    flag("unix-socket", Takes::Text).short('u').moot(),
    flag("www", Takes::Text).short('w').moot(),
    flag("www-prefix", Takes::Text).short('P').moot(),
];

const DEBUG_FLAGS: &[Flag] = &[
    flag("arguments-only", Takes::Bool).moot(),
    flag("attach", Takes::Bool).moot(),
    flag("container", Takes::Text).short('c').moot(),
    flag("copy-to", Takes::Text).moot(),
    flag("custom", Takes::Text).moot(),
    flag("env", Takes::Text).moot(),
    flag("filename", Takes::Text).short('f').moot(),
    flag("image", Takes::Text).moot(),
    flag("image-pull-policy", Takes::Text).moot(),
    flag("keep-annotations", Takes::Bool).moot(),
    flag("keep-init-containers", Takes::Bool).moot(),
    flag("keep-labels", Takes::Bool).moot(),
    flag("keep-liveness", Takes::Bool).moot(),
    flag("keep-readiness", Takes::Bool).moot(),
    flag("keep-startup", Takes::Bool).moot(),
    flag("profile", Takes::Text).moot(),
    flag("quiet", Takes::Bool).short('q').moot(),
    flag("replace", Takes::Bool).moot(),
    flag("same-node", Takes::Bool).moot(),
    flag("set-image", Takes::Text).moot(),
    flag("share-processes", Takes::Bool).moot(),
    flag("stdin", Takes::Bool).short('i').moot(),
    flag("target", Takes::Text).moot(),
    flag("tty", Takes::Bool).short('t').moot(),
];

const KUSTOMIZE_FLAGS: &[Flag] = &[
    flag("as-current-user", Takes::Bool).moot(),
    flag("enable-alpha-plugins", Takes::Bool).moot(),
    flag("enable-helm", Takes::Bool).moot(),
    flag("env", Takes::Text).short('e').moot(),
    flag("helm-api-versions", Takes::Text).moot(),
    flag("helm-command", Takes::Text).moot(),
    flag("helm-debug", Takes::Bool).moot(),
    flag("helm-kube-version", Takes::Text).moot(),
    flag("load-restrictor", Takes::Text).moot(),
    flag("mount", Takes::Text).moot(),
    flag("network", Takes::Bool).moot(),
    flag("network-name", Takes::Text).moot(),
    flag("output", Takes::Text).short('o').moot(),
];

const CERTIFICATE_APPROVE_FLAGS: &[Flag] = &[
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("filename", Takes::Text).short('f').moot(),
    flag("force", Takes::Bool).moot(),
    flag("kustomize", Takes::Text).short('k').moot(),
    flag("output", Takes::Text).short('o').moot(),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).moot(),
];

const CLUSTER_DUMP_FLAGS: &[Flag] = &[
    flag("all-namespaces", Takes::Bool).short('A').moot(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("namespaces", Takes::Text).moot(),
    flag("output", Takes::Text).short('o').moot(),
    flag("output-directory", Takes::Text).moot(),
    flag("pod-running-timeout", Takes::Duration).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).moot(),
];

const RECONCILE_FLAGS: &[Flag] = &[
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("dry-run", Takes::Optional("unchanged")).moot(),
    flag("filename", Takes::Text).short('f').moot(),
    flag("kustomize", Takes::Text).short('k').moot(),
    flag("output", Takes::Text).short('o').moot(),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("remove-extra-permissions", Takes::Bool).moot(),
    flag("remove-extra-subjects", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).moot(),
];

const PLUGIN_LIST_FLAGS: &[Flag] = &[flag("name-only", Takes::Bool).moot()];

const TOKEN_FLAGS: &[Flag] = &[
    flag("audience", Takes::Text).moot(),
    flag("bound-object-kind", Takes::Text).moot(),
    flag("bound-object-name", Takes::Text).moot(),
    flag("bound-object-uid", Takes::Text).moot(),
    flag("duration", Takes::Duration).moot(),
    flag("output", Takes::Text).short('o').moot(),
    flag("allow-missing-template-keys", Takes::Bool).moot(),
    flag("show-managed-fields", Takes::Bool).moot(),
    flag("template", Takes::Text).moot(),
];

const CLUSTER_FLAGS: &[Flag] = &[
    flag("certificate-authority", Takes::Text).moot(),
    flag("embed-certs", Takes::Bool).moot(),
    flag("insecure-skip-tls-verify", Takes::Bool).moot(),
    flag("proxy-url", Takes::Text).moot(),
    flag("server", Takes::Text).moot(),
    flag("tls-server-name", Takes::Text).moot(),
];

const CREDENTIALS_FLAGS: &[Flag] = &[
    flag("auth-provider", Takes::Text).moot(),
    flag("auth-provider-arg", Takes::Text).moot(),
    flag("client-certificate", Takes::Text).moot(),
    flag("client-key", Takes::Text).moot(),
    flag("embed-certs", Takes::Bool).moot(),
    flag("exec-api-version", Takes::Text).moot(),
    flag("exec-arg", Takes::Text).moot(),
    flag("exec-command", Takes::Text).moot(),
    flag("exec-env", Takes::Text).moot(),
    flag("exec-interactive-mode", Takes::Text).moot(),
    flag("exec-provide-cluster-info", Takes::Bool).moot(),
    flag("password", Takes::Text).moot(),
    flag("token", Takes::Text).moot(),
    flag("username", Takes::Text).moot(),
];

#[cfg(test)]
mod tests {
    use super::WHY;
    use crate::kubectl::korean::KOREAN;

    #[test]
    fn what_to_do_instead_is_told_in_korean() {
        for (verb, _, instead) in WHY {
            assert!(KOREAN.korean(instead).is_some(), "{verb}: {instead}");
        }
    }
}
