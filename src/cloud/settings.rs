//! The one table of how long things take, and where each figure comes from.

use serde::{Deserialize, Serialize};

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name, as `--set` takes it.
    pub name: &'static str,
    /// Its default, in `unit`.
    pub default: i64,
    /// `ms`, or "" for a plain number.
    pub unit: &'static str,
    /// What it is, and where the default comes from.
    pub source: &'static str,
}

macro_rules! settings {
    ($($field:ident, $name:literal = $default:literal $unit:literal, $source:literal;)*) => {
        /// How long things take. Durations are in milliseconds; [`TABLE`] tells what each one is.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        #[expect(missing_docs, reason = "the table tells what each field is")]
        pub struct Settings { $(pub $field: i64,)* }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        /// All the settings, with defaults, units and sources.
        pub const TABLE: &[Setting] =
            &[$(Setting { name: $name, default: $default, unit: $unit, source: $source },)*];

        impl Settings {
            /// Returns the value of a setting by its name.
            pub fn get(&self, name: &str) -> Option<i64> {
                match name { $($name => Some(self.$field),)* _ => None }
            }

            /// Sets a setting by its name; returns whether there is one.
            pub fn set(&mut self, name: &str, value: i64) -> bool {
                match name { $($name => self.$field = value,)* _ => return false }
                true
            }
        }
    };
}

settings! {
    watch_lag, "watch-lag" = 5 "ms", "a write reaches a component's cache through its watch: a few milliseconds in the traces of a real control plane";
    api_write, "api-write" = 2 "ms", "one write to the API server, etcd's fsync included: a few milliseconds in the same traces";
    scheduling_cycle, "scheduling-cycle" = 1 "ms", "one pod through the filters and scores: some hundreds of pods a second on small machines";
    prebind_poll, "prebind-poll" = 1000 "ms", "how often PreBind looks whether claims are bound (pkg/scheduler/framework/plugins/volumebinding, `wait.PollUntilContextTimeout` with a second)";
    claim_resync, "claim-resync" = 15000 "ms", "how often the volume controller looks at every claim again (`--pvclaimbinder-sync-period`)";
    volume_provision, "volume-provision" = 2000 "ms", "EC2 CreateVolume until `available`: one to three seconds by the EBS CSI driver's logs";
    volume_attach, "volume-attach" = 3000 "ms", "EC2 AttachVolume until `in-use`: two to ten seconds by the EBS CSI driver's logs";
    volume_detach, "volume-detach" = 2000 "ms", "EC2 DetachVolume until `available`: one to several seconds by the EBS CSI driver's logs";
    volume_grow, "volume-grow" = 5000 "ms", "EC2 ModifyVolume until `optimizing`, when the new size can be used: some seconds by the EBS CSI driver's logs";
    file_system_grow, "file-system-grow" = 500 "ms", "resize2fs of a mounted ext4: below a second";
    access_point, "access-point" = 1000 "ms", "EFS CreateAccessPoint until `available`: about a second by the EFS CSI driver's logs";
    attach_loop, "attach-loop" = 100 "ms", "how often the attach-detach controller compares what is attached with what should be (`reconcilerLoopPeriod`, a constant)";
    force_detach, "force-detach" = 360000 "ms", "`ReconcilerMaxWaitForUnmountDuration`, a constant (pkg/controller/volume/attachdetach)";
    lease_period, "lease-period" = 10000 "ms", "a kubelet renews its Lease every 10 s (`nodeLeaseDurationSeconds` 40, a quarter of it)";
    node_status_report, "node-status-report" = 300000 "ms", "`nodeStatusReportFrequency`: how often a kubelet writes a status that has not changed; what stands there as the last heartbeat is computed, not written";
    node_monitor_period, "node-monitor-period" = 5000 "ms", "`--node-monitor-period`";
    node_monitor_grace_period, "node-monitor-grace-period" = 50000 "ms", "`--node-monitor-grace-period`, 50 s since 1.32";
    node_startup_grace_period, "node-startup-grace-period" = 60000 "ms", "`--node-startup-grace-period`: how long a node may take to be heard of for the first time";
    node_eviction_pause, "node-eviction-pause" = 10000 "ms", "`--node-eviction-rate` 0.1 a second: so long between two nodes of a zone whose pods are sent away";
    pod_gc_period, "pod-gc-period" = 20000 "ms", "`gcCheckPeriod`, a constant (pkg/controller/podgc)";
    pod_gc_quarantine, "pod-gc-quarantine" = 40000 "ms", "`quarantineTime`, a constant (pkg/controller/podgc): how long a node is looked for before its pods are given up";
    terminated_pod_gc_threshold, "terminated-pod-gc-threshold" = 12500 "", "`--terminated-pod-gc-threshold`: so many ended pods are kept; with 0 all are";
    not_ready_toleration_seconds, "not-ready-toleration-seconds" = 300 "s", "`--default-not-ready-toleration-seconds`";
    unreachable_toleration_seconds, "unreachable-toleration-seconds" = 300 "s", "`--default-unreachable-toleration-seconds`";
    service_lag, "service-lag" = 50 "ms", "a changed EndpointSlice reaches kube-proxy's rules and CoreDNS: tens of milliseconds when nothing else changes (`iptables.minSyncPeriod` is a second under load)";
    image_pull, "image-pull" = 4000 "ms", "pulling an image of some 150 MB that the node does not have yet; with 0 every node has every image";
    pod_start, "pod-start" = 700 "ms", "sandbox and container creation of containerd: some hundreds of milliseconds";
    pod_stop, "pod-stop" = 300 "ms", "taking a container down once its process has ended";
    job_run, "job-run" = 5000 "ms", "how long a container of a Job runs whose image pglab does not know";
    node_boot, "node-boot" = 30000 "ms", "a machine that crashed or is switched on again runs its kubelet: half a minute to some minutes for an EC2 instance";
    postgres_initdb, "postgres-initdb" = 1500 "ms", "initdb of an empty cluster on a cloud disk";
    postgres_start, "postgres-start" = 300 "ms", "start until `ready to accept connections` after a clean stop";
    postgres_recovery, "postgres-recovery" = 900 "ms", "replay of the WAL after an unclean stop, for the small databases of a lab";
    slow_disk_io, "slow-disk-io" = 300 "ms", "how long a server waits for a slow disk at a commit, or where it reads a database for the first time: 30 requests ahead of it at a gp2 volume without burst credits, which does 100 a second; the milliseconds of a sound disk are not counted";
}
