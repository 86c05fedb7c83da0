//! Makes `table.txt` out of k8s-openapi's JSON schemas, and fails when the file differs.
//!
//! Only what a default 1.36 cluster serves: beta and alpha APIs are off there.

use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope, Resource};
use schemars::SchemaGenerator;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/manifest/schema/table.txt");
const CURE: &str = "PGLAB_BLESS=1 cargo test --lib manifest::schema";

macro_rules! kinds {
    ($from:ident, $generator:ident: $($module:ident::$version:ident { $($kind:ident)* })*) => {
        [$($(row::<k8s_openapi::$from::$module::$version::$kind>(&mut $generator)),*),*]
    };
}

#[test]
fn the_table_is_that_of_k8s_openapi() {
    let table = generate();
    if std::env::var_os("PGLAB_BLESS").is_some() {
        std::fs::write(FILE, &table).expect("the source tree can be written");
    }
    let stored = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        stored == table,
        "src/manifest/schema/table.txt is stale; refresh it: {CURE}"
    );
    assert!(table.len() < 60_000, "{} bytes are no slim table", table.len());
}

struct Row {
    line: String,
    definition: String,
}

fn row<T: Resource + schemars::JsonSchema>(generator: &mut SchemaGenerator) -> Row
where
    T::Scope: Namespaced,
{
    generator.subschema_for::<T>();
    let (scope, definition) = (T::Scope::MARK, T::schema_name().into_owned());
    Row {
        line: format!("K {} {} {} {scope}", T::API_VERSION, T::KIND, T::URL_PATH_SEGMENT),
        definition,
    }
}

trait Namespaced {
    const MARK: char;
}
impl Namespaced for NamespaceResourceScope {
    const MARK: char = 'n';
}
impl Namespaced for ClusterResourceScope {
    const MARK: char = 'c';
}

fn generate() -> String {
    let mut generator = SchemaGenerator::default();
    let mut rows: Vec<Row> = Vec::new();
    rows.extend(kinds!(api, generator:
        core::v1 { ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod
            PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount Binding ComponentStatus }
        apps::v1 { ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet }
        batch::v1 { CronJob Job }
        autoscaling::v1 { HorizontalPodAutoscaler }
        autoscaling::v2 { HorizontalPodAutoscaler }
        policy::v1 { PodDisruptionBudget }
        networking::v1 { IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR }
        storage::v1 { CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass }
        rbac::v1 { ClusterRole ClusterRoleBinding Role RoleBinding }
        coordination::v1 { Lease }
        discovery::v1 { EndpointSlice }
        events::v1 { Event }
        node::v1 { RuntimeClass }
        scheduling::v1 { PriorityClass }
        resource::v1 { DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice }
        certificates::v1 { CertificateSigningRequest }
        flowcontrol::v1 { FlowSchema PriorityLevelConfiguration }
        admissionregistration::v1 { MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration
            ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration }
        authentication::v1 { SelfSubjectReview TokenReview }
        authorization::v1 { LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview
            SubjectAccessReview }
    ));
    rows.push(row::<
        k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
    >(&mut generator));
    rows.push(row::<
        k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService,
    >(&mut generator));

    let definitions = generator.definitions().clone();
    let names = short_names(&definitions);
    let mut kinds: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {}", row.line, names[&row.definition]))
        .collect();
    kinds.sort();
    let mut lines: Vec<(String, String)> = definitions
        .iter()
        .filter(|(_, schema)| schema.get("properties").is_some())
        .map(|(name, schema)| (names[name].clone(), fields(schema, &definitions, &names)))
        .collect();
    lines.sort();

    let mut table = kinds.join("\n");
    table.push('\n');
    for (name, fields) in lines {
        writeln!(table, "D {name}{fields}").expect("a String takes all");
    }
    table
}

/// `io.k8s.api.core.v1.PodSpec` becomes `PodSpec`; equal names of different groups keep their group behind a `~`.
fn short_names(definitions: &Map<String, Value>) -> BTreeMap<String, String> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<String> = definitions
        .keys()
        .map(|name| last(name))
        .filter(|name| !seen.insert(name.clone()))
        .collect();
    definitions
        .keys()
        .map(|name| {
            let short = last(name);
            let group: Vec<&str> = name.rsplit('.').skip(1).take(2).collect();
            let unique = if twice.contains(&short) {
                format!("{short}~{}/{}", group[1], group[0])
            } else {
                short
            };
            (name.clone(), unique)
        })
        .collect()
}

fn fields(schema: &Value, definitions: &Map<String, Value>, names: &BTreeMap<String, String>) -> String {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema["properties"].as_object().expect("an object has properties");
    let mut fields: Vec<String> = properties
        .iter()
        .map(|(name, property)| {
            let mark = if required.contains(&name.as_str()) { "!" } else { "" };
            format!(" {name}:{}{mark}", code(property, definitions, names))
        })
        .collect();
    fields.sort_by(|one, other| one.split(':').next().cmp(&other.split(':').next()));
    fields.concat()
}

fn code(schema: &Value, definitions: &Map<String, Value>, names: &BTreeMap<String, String>) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix("#/$defs/"))
    {
        let target = &definitions[name];
        return match name.rsplit('.').next() {
            Some("Quantity") => "q".to_owned(),
            Some("IntOrString") => "x".to_owned(),
            _ if target.get("properties").is_some() => names[name].clone(),
            _ => code(target, definitions, names),
        };
    }
    let format = schema["format"].as_str().unwrap_or("");
    match (schema["type"].as_str(), format) {
        (Some("string"), "date-time") => "t".to_owned(),
        (Some("string"), "byte") => "y".to_owned(),
        (Some("string"), _) => "s".to_owned(),
        (Some("integer"), "int32") => "i".to_owned(),
        (Some("integer"), _) => "l".to_owned(),
        (Some("number"), _) => "n".to_owned(),
        (Some("boolean"), _) => "b".to_owned(),
        (Some("array"), _) => format!("[{}", code(&schema["items"], definitions, names)),
        (Some("object"), _) if schema.get("additionalProperties").is_some_and(Value::is_object) => {
            format!("{{{}", code(&schema["additionalProperties"], definitions, names))
        }
        _ => "j".to_owned(),
    }
}
