//! The files by which a container knows its own name and where to ask for others': `/etc/hosts`, `/etc/resolv.conf` and
//! `/etc/hostname`, as a kubelet and containerd write them for each start of a container. Left out: the machine's own hosts
//! file, which a pod in its machine's network sees.

use super::deed::Sandbox;
use crate::api::Text;
use serde::{Deserialize, Serialize};

/// The address of the cluster's DNS server, and the name of its Service.
pub const DNS: (&str, &str) = ("10.96.0.10", "kube-dns.kube-system.svc.cluster.local");

/// The address of the API server inside the cluster: that of the Service `kubernetes`.
pub const API_SERVER: &str = "10.96.0.1";

/// The zone of the cluster's names.
pub const ZONE: &str = "cluster.local";

/// The resolver of the machines themselves: Amazon's, which answers inside any VPC.
const MACHINE_DNS: &str = "169.254.169.253";

/// What of a pod's spec its names are made of. `dnsConfig` is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// `spec.subdomain`; a StatefulSet gives its pods that of its Service.
    pub subdomain: Text,
    /// Whether the pod asks the resolver of its machine, not the cluster's (`dnsPolicy: Default`).
    pub outside: bool,
    /// `spec.hostAliases`: addresses, each with its names.
    pub aliases: Vec<(String, Vec<String>)>,
}

/// Returns the files, by their paths.
pub(super) fn files(sandbox: &Sandbox) -> [(&'static str, String); 3] {
    [
        ("/etc/hostname", format!("{}\n", sandbox.hostname)),
        ("/etc/hosts", hosts(sandbox)),
        ("/etc/resolv.conf", resolv_conf(sandbox)),
    ]
}

/// Returns what is in `/etc/hosts` (pkg/kubelet/kubelet_pods.go, `managedHostsFileContent`).
fn hosts(sandbox: &Sandbox) -> String {
    let Sandbox {
        ip,
        hostname,
        key,
        names,
        ..
    } = sandbox;
    let own = match &*names.subdomain {
        "" => hostname.to_string(),
        subdomain => format!("{hostname}.{subdomain}.{}.svc.{ZONE}\t{hostname}", key.namespace),
    };
    let mut text = format!(
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
         fe00::\tip6-localnet\nfe00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{ip}\t{own}\n"
    );
    if !names.aliases.is_empty() {
        text.push_str("\n# Entries added by HostAliases.\n");
        for (ip, hosts) in &names.aliases {
            text.push_str(&format!("{ip}\t{}\n", hosts.join("\t")));
        }
    }
    text
}

/// Returns what is in `/etc/resolv.conf` (containerd's `parseDNSOptions`, with what pkg/kubelet/network/dns gives it).
fn resolv_conf(sandbox: &Sandbox) -> String {
    if sandbox.names.outside {
        return format!("nameserver {MACHINE_DNS}\n");
    }
    let namespace = &sandbox.key.namespace;
    format!(
        "search {namespace}.svc.{ZONE} svc.{ZONE} {ZONE}\nnameserver {}\noptions ndots:5\n",
        DNS.0
    )
}
