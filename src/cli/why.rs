//! `pglab why`

use super::error::{Exit, Failure};
use super::place::Place;
use super::run::Format;
use super::terminal;
use crate::api::{Key, Kind};
use crate::sim::World;
use crate::why::{Health, explain};
use clap::Args;

#[derive(Args)]
pub(super) struct Why {
    /// The object: pod/pg-0, pvc/data-pg-0, node/node-a1; a name alone means a pod
    object: String,
    /// A kind and a name may also be two words
    name: Option<String>,
    /// The namespace [default: the current one]
    #[arg(short, long)]
    namespace: Option<String>,
    /// How to print; json is one object
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Why {
    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        let session = place.open("pglab why")?;
        let namespace = self.namespace.unwrap_or_else(|| session.state().namespace.clone());
        let key = key(session.world(), &namespace, &self.object, self.name.as_deref())?;
        let why = explain(&session.whole_world()?, &key);
        session.close()?;
        let known = why.health != Health::Unknown;
        let shown = terminal::print(&match self.format {
            Format::Text => why.text(place.lang()),
            Format::Json => {
                let line = serde_json::to_string(&why).map_err(|error| Failure::Broken(error.to_string()))?;
                format!("{line}\n")
            }
        })?;
        // As `kubectl get` of what is not there.
        Ok(if known { shown } else { Exit::Failed })
    }
}

/// Returns the key that a person means.
fn key(world: &World, namespace: &str, object: &str, name: Option<&str>) -> Result<Key, Failure> {
    let (kind, name) = match (object.split_once('/'), name) {
        (Some((kind, name)), None) => (kind, name),
        (None, Some(name)) => (object, name),
        (None, None) => ("pod", object),
        (Some(_), Some(_)) => return Err(Failure::wrong("that names two objects", "write pglab why pod/pg-0")),
    };
    let known = world
        .store()
        .kinds()
        .find(|known| known.info().answers_to(&kind.to_lowercase()))
        .cloned();
    let Some(kind) = Kind::from_word(&kind.to_lowercase()).or(known) else {
        return Err(Failure::wrong(
            format!("`{kind}` is no kind of object"),
            "`pglab kubectl api-resources` lists the kinds",
        ));
    };
    Ok(if kind.is_namespaced() {
        Key::new(kind, namespace, name)
    } else {
        Key::cluster(kind, name)
    })
}
