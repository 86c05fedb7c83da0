//! The API server's own Service, `kubernetes` in `default`, through which pods find it: made when the namespace is there,
//! and made again when somebody deletes it (pkg/controlplane/controller/kubernetesservice).
//!
//! Left out: nothing listens behind it, as no program here speaks the API; and the `Endpoints` object, which is only
//! carried here (deprecated since 1.33).

use super::{Actor, Change, Effect, View};
use crate::api::service::{EndpointConditions, EndpointPort};
use crate::api::{Endpoint, EndpointSlice, IntOrString, Key, Kind, Namespace, Service, ServicePort};
use crate::programs::runtime::API_SERVER;
use serde::{Deserialize, Serialize};

const NAMESPACE: &str = "default";
const NAME: &str = "kubernetes";

/// The address and the port of the one API server, beside the machines' own.
const BEHIND: (&str, i64) = ("192.168.0.2", 6443);

/// How often the API server looks whether its Service is there, in milliseconds (`EndpointReconcilerInterval`).
const INTERVAL_MS: i64 = 10_000;

/// The part of the API server that keeps its Service. It remembers nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FrontDoor {}

impl Actor for FrontDoor {
    const NAME: &'static str = "apiserver";

    fn watches(&self) -> Vec<Kind> {
        vec![Kind::Namespace, Kind::Service, Kind::EndpointSlice]
    }

    fn heed(&mut self, change: &Change<'_>, _view: &View<'_>, wake: &mut Vec<Key>) {
        let key = change.object().key();
        let is_home = key.kind == Kind::Namespace && *key.name == *NAMESPACE && change.before.is_none();
        let is_gone = change.after.is_none() && *key.namespace == *NAMESPACE && *key.name == *NAME;
        if is_home || is_gone {
            wake.push(Key::new(Kind::Service, NAMESPACE, NAME));
        }
    }

    fn reconcile(&mut self, view: &View<'_>, key: &Key) -> Vec<Effect> {
        let has_service = view.get::<Service>(NAMESPACE, NAME).is_some();
        let has_slice = view.get::<EndpointSlice>(NAMESPACE, NAME).is_some();
        // It looks when it starts, and then every so often; only when something is amiss is that worth an instant of the
        // simulation.
        let Some(home) = view.get::<Namespace>("", NAMESPACE) else {
            return vec![];
        };
        let since_look = (view.now - home.metadata.creation_timestamp.unwrap_or(view.now)).rem_euclid(INTERVAL_MS);
        if (!has_service || !has_slice) && since_look > view.settings.watch_lag {
            return vec![Effect::WakeAt(key.clone(), view.now + (INTERVAL_MS - since_look))];
        }
        let mut effects = Vec::new();
        if !has_service {
            effects.push(Effect::create(service()));
        }
        if !has_slice {
            effects.push(Effect::create(slice()));
        }
        effects
    }
}

fn service() -> Service {
    let mut service = Service::default();
    (service.metadata.name, service.metadata.namespace) = (NAME.into(), NAMESPACE.into());
    service.metadata.labels.set("component", "apiserver");
    service.metadata.labels.set("provider", "kubernetes");
    service.spec.cluster_ip = API_SERVER.into();
    service.spec.ports = vec![ServicePort {
        name: "https".into(),
        port: 443,
        target_port: IntOrString::Int(BEHIND.1),
        ..ServicePort::default()
    }];
    service
}

fn slice() -> EndpointSlice {
    let mut slice = EndpointSlice::default();
    (slice.metadata.name, slice.metadata.namespace) = (NAME.into(), NAMESPACE.into());
    slice.metadata.labels.set("kubernetes.io/service-name", NAME);
    slice.endpoints = vec![Endpoint {
        addresses: vec![BEHIND.0.into()],
        conditions: EndpointConditions {
            ready: true,
            ..EndpointConditions::default()
        },
        ..Endpoint::default()
    }];
    slice.ports = vec![EndpointPort {
        name: "https".into(),
        port: BEHIND.1,
        ..EndpointPort::default()
    }];
    slice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::ActorId;
    use crate::actors::stage::Stage;
    use crate::store::DeleteOptions;

    #[test]
    fn the_service_is_there_and_comes_again() {
        let mut stage = Stage::new(&[ActorId::front_door]);
        stage.pass(12_000);
        assert_eq!(stage.get::<Service>(NAME).spec.cluster_ip, API_SERVER);
        assert_eq!(stage.names::<EndpointSlice>(), [NAME]);
        stage.delete::<Service>(NAME, DeleteOptions::default());
        stage.pass(1_000);
        assert!(stage.find::<Service>(NAME).is_none());
        stage.pass(7_000);
        assert_eq!(stage.names::<Service>(), [NAME]);
    }
}
