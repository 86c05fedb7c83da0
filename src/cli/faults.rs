//! Faults by hand: `pglab node`, `pglab zone`, `pglab disk`, `pglab image`.

use super::error::{Exit, Failure};
use super::happen::happen;
use super::place::{Place, read_span};
use super::terminal;
use crate::api::{PersistentVolume, PersistentVolumeClaim};
use crate::cloud::{Machine, VolumeId};
use crate::programs::runtime::Rule;
use crate::sim::{Fault, Input, World, rule_words};
use crate::workspace::Session;
use clap::{Args, Subcommand};
use std::sync::Arc;

#[derive(Subcommand)]
pub(super) enum Node {
    /// Pull the plug of its machine
    Stop {
        /// The node
        name: String,
    },
    /// Switch its machine on again
    Start {
        /// The node
        name: String,
    },
    /// Let its machine crash: all that runs on it dies, and it starts again by itself
    Crash {
        /// The node
        name: String,
    },
    /// Cut it off from the network; what runs on it goes on
    Partition {
        /// The node
        name: String,
    },
    /// Connect it again, and switch it on if it is off
    Heal {
        /// The node
        name: String,
    },
    /// Put up one more machine
    Add {
        /// The node's name
        name: String,
        /// Its zone [default: the zone whose nodes bear such names, or the first]
        #[arg(long)]
        zone: Option<String>,
    },
    /// Take its machine away for good, with what is on its own disk
    Remove {
        /// The node
        name: String,
    },
}

#[derive(Subcommand)]
pub(super) enum Zone {
    /// Pull the plug of all its machines
    Stop {
        /// The zone
        name: String,
    },
    /// Switch all its machines on, and connect them
    Heal {
        /// The zone
        name: String,
    },
}

#[derive(Subcommand)]
pub(super) enum Disk {
    /// Make it slow: what takes a moment takes many
    Slow {
        /// The volume: a claim (data-pg-0), a PersistentVolume or an id (vol-…)
        volume: String,
    },
    /// Make it fail: writes, and reads that must go to the disk, end in an input/output error
    Fail {
        /// The volume: a claim (data-pg-0), a PersistentVolume or an id (vol-…)
        volume: String,
    },
    /// Make it fast and sound again; what is on it stays
    Heal {
        /// The volume: a claim (data-pg-0), a PersistentVolume or an id (vol-…)
        volume: String,
    },
}

#[derive(Subcommand)]
pub(super) enum Image {
    /// Say what the images of a pattern do
    Set(SetImage),
    /// List what was said
    List,
}

#[derive(Args)]
pub(super) struct SetImage {
    /// The images; * stands for any letters: 'shop/*:2.0'
    pattern: String,
    /// missing, crashes, never-ready, exits=CODE[,after=2s], or default
    does: String,
}

fn node(world: &World, name: &str) -> Result<Arc<str>, Failure> {
    let known = world.cloud.machines.keys();
    match known.clone().find(|known| ***known == *name) {
        Some(known) => Ok(known.clone()),
        None => {
            let names: Vec<&str> = known.map(|name| &**name).collect();
            Err(Failure::wrong(
                format!("there is no node {name}"),
                format!("there are {}", names.join(", ")),
            ))
        }
    }
}

impl Node {
    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        let one = |verb: &str, name: String, faults: fn(Arc<str>) -> Vec<Fault>| {
            happen(place, &format!("pglab node {verb} {name}"), |session| {
                Ok(faults(node(session.world(), &name)?)
                    .into_iter()
                    .map(Input::Fault)
                    .collect())
            })
        };
        match self {
            Self::Stop { name } => one("stop", name, |node| vec![Fault::StopNode(node)]),
            Self::Start { name } => one("start", name, |node| vec![Fault::StartNode(node)]),
            Self::Crash { name } => one("crash", name, |node| vec![Fault::CrashNode(node)]),
            Self::Partition { name } => one("partition", name, |node| vec![Fault::Partition(node)]),
            Self::Heal { name } => one("heal", name, |node| {
                vec![Fault::StartNode(node.clone()), Fault::Heal(node)]
            }),
            Self::Add { name, zone } => happen(place, &format!("pglab node add {name}"), |session| {
                add(session.world(), &name, zone)
            }),
            Self::Remove { name } => happen(place, &format!("pglab node remove {name}"), |session| {
                Ok(vec![Input::RemoveNode(node(session.world(), &name)?)])
            }),
        }
    }
}

fn add(world: &World, name: &str, zone: Option<String>) -> Result<Vec<Input>, Failure> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if name.is_empty()
        || name.len() > 63
        || !name.chars().all(fits)
        || !name.starts_with(|c: char| c.is_ascii_lowercase())
    {
        return Err(Failure::wrong(
            format!("`{name}` is no name of a node"),
            "write it as in node-a3",
        ));
    }
    if world.cloud.machines.contains_key(name) {
        return Err(Failure::wrong(
            format!("there is a node {name} already"),
            "take another name",
        ));
    }
    let machines = &world.cloud.machines;
    let letter = |node: &str| node.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let like = machines
        .iter()
        .find(|(other, machine)| {
            zone.as_deref()
                .map_or(letter(other) == letter(name), |zone| *machine.zone == *zone)
        })
        .or_else(|| machines.iter().next().filter(|_| zone.is_none()));
    let machine = match (like, &zone) {
        (Some((_, like)), _) => Machine {
            cpu: like.cpu,
            memory: like.memory,
            pods: like.pods,
            attachable_volumes: like.attachable_volumes,
            ..Machine::new(like.zone.clone())
        },
        (None, Some(zone)) => Machine::new(zone.as_str()),
        (None, None) => Machine::new("zone-a"),
    };
    Ok(vec![Input::AddNode(name.into(), Box::new(machine))])
}

impl Zone {
    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        let (verb, name, faults): (_, _, fn(Arc<str>) -> Vec<Fault>) = match self {
            Self::Stop { name } => ("stop", name, |node| vec![Fault::StopNode(node)]),
            Self::Heal { name } => ("heal", name, |node| {
                vec![Fault::StartNode(node.clone()), Fault::Heal(node)]
            }),
        };
        happen(place, &format!("pglab zone {verb} {name}"), |session| {
            let world = session.world();
            let there = world
                .cloud
                .machines
                .iter()
                .filter(|(_, machine)| *machine.zone == *name);
            let inputs: Vec<Input> = there
                .flat_map(|(node, _)| faults(node.clone()))
                .map(Input::Fault)
                .collect();
            if inputs.is_empty() {
                let zones: std::collections::BTreeSet<&str> = world.cloud.machines.values().map(|m| &*m.zone).collect();
                let zones: Vec<&str> = zones.into_iter().collect();
                return Err(Failure::wrong(
                    format!("there is no zone {name}"),
                    format!("there are {}", zones.join(", ")),
                ));
            }
            Ok(inputs)
        })
    }
}

impl Disk {
    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        let (verb, name, fault): (_, _, fn(VolumeId) -> Fault) = match self {
            Self::Slow { volume } => ("slow", volume, Fault::SlowDisk),
            Self::Fail { volume } => ("fail", volume, Fault::FailDisk),
            Self::Heal { volume } => ("heal", volume, Fault::HealDisk),
        };
        happen(place, &format!("pglab disk {verb} {name}"), |session| {
            Ok(vec![Input::Fault(fault(volume(session, &name)?))])
        })
    }
}

/// Returns the id of the volume that a person means by a claim, a PersistentVolume or an id.
fn volume(session: &Session<'_>, name: &str) -> Result<VolumeId, Failure> {
    let (world, namespace) = (session.world(), &session.state().namespace);
    let store = world.store();
    let name = name.rsplit('/').next().unwrap_or(name);
    let claim = store.get::<PersistentVolumeClaim>(namespace, name);
    let bound = claim.map_or(name, |claim| &claim.spec.volume_name);
    let handle = store
        .get::<PersistentVolume>("", bound)
        .and_then(|volume| volume.spec.csi.as_ref());
    let id = handle.map_or(bound, |csi| &csi.volume_handle);
    if let Some((id, _)) = world.cloud.volumes.get_key_value(id) {
        return Ok(id.clone());
    }
    let claims: Vec<String> = store
        .list::<PersistentVolumeClaim>(namespace)
        .map(|claim| claim.metadata.name.to_string())
        .collect();
    let hint = if claims.is_empty() {
        "there is no claim in this namespace".to_owned()
    } else {
        format!("the claims here are {}", claims.join(", "))
    };
    Err(Failure::wrong(format!("there is no volume {name}"), hint))
}

impl Image {
    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        match self {
            Self::Set(set) => {
                let rule = read_rule(&set.does)?;
                let words = format!("pglab image set '{}' {}", set.pattern, set.does);
                happen(place, &words, |_| Ok(vec![Input::Images(set.pattern.clone(), rule)]))
            }
            Self::List => {
                let session = place.open("pglab image list")?;
                let rules = session.world().runtime.images.iter();
                let text: String = rules
                    .map(|(pattern, rule)| format!("{pattern}: {}\n", rule_words(rule, place.lang())))
                    .collect();
                session.close()?;
                terminal::print(&text)
            }
        }
    }
}

fn read_rule(text: &str) -> Result<Option<Rule>, Failure> {
    let wrong = || {
        Failure::wrong(
            format!("an image cannot be told to do `{text}`"),
            "write missing, crashes, never-ready, exits=CODE, exits=CODE,after=2s, or default",
        )
    };
    Ok(Some(match text {
        "default" => return Ok(None),
        "missing" => Rule::Missing,
        "crashes" => Rule::Crashes,
        "never-ready" => Rule::NeverReady,
        _ => {
            let rest = text.strip_prefix("exits=").ok_or_else(wrong)?;
            let (code, after) = rest
                .split_once(",after=")
                .map_or((rest, None), |(code, after)| (code, Some(after)));
            Rule::Exits {
                code: code.parse::<u8>().map_err(|_| wrong())?.into(),
                after_ms: after.map_or(Ok(0), read_span).map_err(|_| wrong())?,
            }
        }
    }))
}
