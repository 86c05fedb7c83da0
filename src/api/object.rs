//! Any object: one value that is a Pod, a Node, a claim … or one that is only carried.

use super::*;
use serde_json::{Map, Value};
use std::sync::Arc;

/// An object that is stored and served, and acts on nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Carried {
    /// Its name, owner and age.
    pub metadata: Meta,
    /// All the rest of it.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What every kind of object can do.
pub trait Resource: Clone + Sized {
    /// The kind.
    const KIND: Kind;
    /// Returns this kind's value, if the object is of it.
    fn of(object: &Object) -> Option<&Arc<Self>>;
    /// Returns the object that holds this value.
    fn into_object(self) -> Object;
    /// Returns the metadata.
    fn meta(&self) -> &Meta;
    /// Returns the metadata, to change it.
    fn meta_mut(&mut self) -> &mut Meta;

    /// Returns the key.
    fn key(&self) -> Key {
        let meta = self.meta();
        Key {
            kind: Self::KIND,
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
        }
    }

    /// Returns a reference to this object, as an event or a claim holds it.
    fn reference(&self) -> ObjectReference {
        let meta = self.meta();
        ObjectReference {
            api_version: Self::KIND.api_version().into(),
            kind: Self::KIND.name().to_owned().into(),
            name: meta.name.clone(),
            namespace: meta.namespace.clone(),
            uid: meta.uid,
            resource_version: meta.resource_version,
            ..ObjectReference::default()
        }
    }

    /// Returns a reference by which an owned object names this one as its manager (`metav1.NewControllerRef`).
    fn as_controller(&self) -> OwnerReference {
        OwnerReference {
            api_version: Self::KIND.api_version().into(),
            kind: Self::KIND.name().to_owned().into(),
            name: self.meta().name.clone(),
            uid: self.meta().uid,
            controller: true,
            block_owner_deletion: true,
            ..OwnerReference::default()
        }
    }
}

macro_rules! objects {
    ($($kind:ident),* $(,)?) => {
        /// Any object of the cluster; cheap to clone.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[expect(missing_docs, reason = "the variants are Kubernetes' own kinds")]
        pub enum Object {
            $($kind(#[serde(with = "crate::pack::shared")] Arc<$kind>),)*
            /// An object of a kind that is only carried.
            Carried(Kind, Arc<Carried>),
        }

        impl Object {
            /// Returns the metadata.
            pub fn meta(&self) -> &Meta {
                match self {
                    $(Object::$kind(object) => &object.metadata,)*
                    Object::Carried(_, object) => &object.metadata,
                }
            }

            /// Returns the metadata, to change it; a shared object is cloned first.
            pub fn meta_mut(&mut self) -> &mut Meta {
                match self {
                    $(Object::$kind(object) => &mut Arc::make_mut(object).metadata,)*
                    Object::Carried(_, object) => &mut Arc::make_mut(object).metadata,
                }
            }

            /// Tells of the fields that are kept but not simulated.
            pub(super) fn look_for_carried(&self, found: &mut super::carried::Finder) {
                use super::carried::Carries;
                match self {
                    $(Object::$kind(object) => object.carried(found),)*
                    Object::Carried(..) => (),
                }
            }

            /// Returns the kind.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Object::$kind(_) => Kind::$kind,)*
                    Object::Carried(kind, _) => kind.clone(),
                }
            }

            /// Reads a tree as an object of `kind`; the error is serde's. Judging a tree is the rim's work: what it let
            /// through fits here.
            pub fn from_value(kind: &Kind, mut value: Value) -> Result<Object, serde_json::Error> {
                if let Some(map) = value.as_object_mut() {
                    map.remove("apiVersion");
                    map.remove("kind");
                }
                Ok(match kind {
                    $(Kind::$kind => Object::$kind(Arc::new(serde_json::from_value(value)?)),)*
                    Kind::Carried(_) => Object::Carried(kind.clone(), Arc::new(serde_json::from_value(value)?)),
                })
            }

            /// Returns the whole object as a tree, `apiVersion` and `kind` included.
            pub fn to_value(&self) -> Value {
                let tree = match self {
                    $(Object::$kind(object) => serde_json::to_value(object),)*
                    Object::Carried(_, object) => serde_json::to_value(object),
                };
                let mut tree = tree.expect("an object of the API is always JSON");
                if let Some(map) = tree.as_object_mut() {
                    map.insert("apiVersion".to_owned(), self.kind().api_version().into());
                    map.insert("kind".to_owned(), self.kind().name().into());
                }
                tree
            }
        }

        $(impl Resource for $kind {
            const KIND: Kind = Kind::$kind;
            fn of(object: &Object) -> Option<&Arc<Self>> {
                match object { Object::$kind(object) => Some(object), _ => None }
            }
            fn into_object(self) -> Object { Object::$kind(Arc::new(self)) }
            fn meta(&self) -> &Meta { &self.metadata }
            fn meta_mut(&mut self) -> &mut Meta { &mut self.metadata }
        })*
    };
}

objects!(
    Namespace,
    Node,
    CsiNode,
    StorageClass,
    PriorityClass,
    Secret,
    ConfigMap,
    Service,
    EndpointSlice,
    PersistentVolume,
    PersistentVolumeClaim,
    VolumeAttachment,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    ControllerRevision,
    Job,
    CronJob,
    PodDisruptionBudget,
    Pod,
    Event,
);

impl Object {
    /// Returns the key.
    pub fn key(&self) -> Key {
        let meta = self.meta();
        Key {
            kind: self.kind(),
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
        }
    }

    /// Returns a reference to the object, as an event or a claim holds it.
    pub fn reference(&self) -> ObjectReference {
        let meta = self.meta();
        ObjectReference {
            api_version: self.kind().api_version().into(),
            kind: self.kind().name().to_owned().into(),
            name: meta.name.clone(),
            namespace: meta.namespace.clone(),
            uid: meta.uid,
            resource_version: meta.resource_version,
            ..ObjectReference::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_simulated_comes_out_whole() {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "p", "namespace": "default", "managedFields": [{"manager": "kubectl"}]},
            "spec": {"containers": [{"name": "c", "image": "nginx", "securityContext": {"runAsUser": 1}}]},
        });
        let object = Object::from_value(&Kind::Pod, pod.clone()).unwrap();
        let Object::Pod(typed) = &object else {
            panic!("a pod was read")
        };
        assert_eq!(
            typed.spec.containers[0].rest.get("securityContext"),
            Some(&json!({"runAsUser": 1}))
        );
        let back = object.to_value();
        assert_eq!(back["metadata"]["managedFields"], pod["metadata"]["managedFields"]);
        assert_eq!(
            back["spec"]["containers"][0]["securityContext"],
            json!({"runAsUser": 1})
        );
        assert_eq!(
            back["spec"]["terminationGracePeriodSeconds"], 30,
            "the default is filled in"
        );
        assert_eq!(
            Object::from_value(&Kind::Pod, back.clone()).unwrap(),
            object,
            "and back again"
        );
    }

    #[test]
    fn every_simulated_kind_reads_an_empty_object() {
        for kind in Kind::known() {
            let object = Object::from_value(&kind, json!({"metadata": {"name": "x"}})).unwrap();
            assert_eq!(object.kind(), kind);
            assert_eq!(Object::from_value(&kind, object.to_value()).unwrap(), object);
        }
    }
}
