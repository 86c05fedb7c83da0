//! Containers: the image, what it is told, what it needs, and how it is asked whether it is well.

#![expect(missing_docs, reason = "fields bear the names of the Kubernetes API reference")]

use super::{IntOrString, Quantity, Resources, Text};

words! {
    /// A container of a pod.
    pub struct Container {
        name: Text = "".into(),
        image: Text,
        command: Vec<String>,
        args: Vec<String>,
        working_dir: String,
        ports: Vec<ContainerPort>,
        env_from: Vec<EnvFrom>,
        env: Vec<EnvVar>,
        /// Requests are honoured by the scheduler; limits are read and kept, as nothing here can exceed one.
        resources: ResourceRequirements = ResourceRequirements::default(),
        volume_mounts: Vec<VolumeMount>,
        liveness_probe: Option<Probe>,
        readiness_probe: Option<Probe>,
        startup_probe: Option<Probe>,
        lifecycle: Option<Lifecycle>,
        termination_message_path: Text = "/dev/termination-log".into(),
        termination_message_policy: Text = "File".into(),
        image_pull_policy: Text,
        /// `Always` makes an init container a sidecar.
        restart_policy: Text,
    }

    /// A port that the container listens on.
    pub struct ContainerPort {
        name: String,
        host_port: i64,
        container_port: i64 = 0,
        protocol: Text = "TCP".into(),
    }

    /// One variable of the environment.
    pub struct EnvVar {
        name: String = String::new(),
        value: String,
        value_from: Option<EnvVarSource>,
    }

    /// Where the value of a variable comes from.
    pub struct EnvVarSource {
        field_ref: Option<FieldRef>,
        secret_key_ref: Option<KeyRef>,
        config_map_key_ref: Option<KeyRef>,
    }

    /// A field of the pod itself.
    pub struct FieldRef {
        api_version: Text = "v1".into(),
        field_path: String = String::new(),
    }

    /// A key of a Secret or ConfigMap.
    pub struct KeyRef {
        name: String,
        key: String = String::new(),
        optional: Option<bool>,
    }

    /// All the keys of a Secret or ConfigMap.
    pub struct EnvFrom {
        prefix: String,
        config_map_ref: Option<ObjectName>,
        secret_ref: Option<ObjectName>,
    }

    /// The name of an object of a known kind.
    pub struct ObjectName {
        name: String,
        optional: Option<bool>,
    }

    /// What a container asks for, and may not exceed.
    pub struct ResourceRequirements {
        limits: Resources,
        requests: Resources,
    }

    /// Where a volume of the pod appears inside the container.
    pub struct VolumeMount {
        name: String = String::new(),
        read_only: bool,
        mount_path: String = String::new(),
        sub_path: String,
    }

    /// A question that the kubelet asks a container again and again.
    pub struct Probe {
        exec: Option<ExecAction>,
        http_get: Option<HttpGetAction>,
        tcp_socket: Option<TcpSocketAction>,
        grpc: Option<GrpcAction>,
        initial_delay_seconds: i64,
        timeout_seconds: i64 = 1,
        period_seconds: i64 = 10,
        success_threshold: i64 = 1,
        failure_threshold: i64 = 3,
        termination_grace_period_seconds: Option<i64>,
    }

    /// A command to run inside the container.
    pub struct ExecAction {
        command: Vec<String>,
    }

    /// An HTTP request to the container.
    pub struct HttpGetAction {
        path: String,
        port: IntOrString = IntOrString::default(),
        host: String,
        scheme: Text = "HTTP".into(),
    }

    /// A connection to a port of the container.
    pub struct TcpSocketAction {
        port: IntOrString = IntOrString::default(),
        host: String,
    }

    /// A gRPC health check.
    pub struct GrpcAction {
        port: i64 = 0,
        service: Option<String>,
    }

    /// What is done right after a container started, and right before it is stopped.
    pub struct Lifecycle {
        post_start: Option<LifecycleHandler>,
        pre_stop: Option<LifecycleHandler>,
    }

    /// One act of a lifecycle.
    pub struct LifecycleHandler {
        exec: Option<ExecAction>,
        http_get: Option<HttpGetAction>,
        sleep: Option<SleepAction>,
    }

    /// Waits.
    pub struct SleepAction {
        seconds: i64 = 0,
    }
}

impl Container {
    /// Returns the number of a port that may be given by the name that the container has for it, or what a kubelet says
    /// when there is none (pkg/probe/util.go, `ResolveContainerPort`).
    pub fn number_of(&self, port: &IntOrString) -> Result<u16, String> {
        let number = match port {
            IntOrString::Int(number) => Some(*number),
            IntOrString::String(name) => {
                let named = self.ports.iter().find(|port| port.name == *name);
                named.map(|port| port.container_port).or_else(|| name.parse().ok())
            }
        };
        number
            .and_then(|number| u16::try_from(number).ok())
            .filter(|number| *number > 0)
            .ok_or_else(|| format!("couldn't find port {port}"))
    }

    /// Returns the request for a resource; a limit without a request is one, as the API server defaults it.
    pub fn request(&self, resource: &str) -> Quantity {
        let asked = self
            .resources
            .requests
            .get(resource)
            .or_else(|| self.resources.limits.get(resource));
        asked.copied().unwrap_or_default()
    }
}
