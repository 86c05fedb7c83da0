//! What cannot be equal in two clusters, and how it is told apart none the less: random names, addresses, uids.
//!
//! Pods of ReplicaSets and Jobs, and EndpointSlices, end in five random letters: they are numbered in the order of their
//! creation (`web-~a-~1`). A DaemonSet's controller makes its pods in no order: they are told by their nodes (`agent-~node-a1`). The hash of a Deployment's template is one over Go's memory layout, which only Go
//! can compute: a Deployment's ReplicaSets are lettered in the order of their creation (`web-~a`). The minutes that name a CronJob's Jobs are numbered (`backup-~m1`). A pod's address becomes
//! the pod's name. All are read from the writes, in the same way on both sides.

use serde_json::Value;
use std::collections::BTreeMap;

/// The names of one side.
#[derive(Debug, Default)]
pub struct Names {
    /// The random name, and the one that stands for it; longer ones first.
    names: Vec<(String, String)>,
    addresses: BTreeMap<String, String>,
}

/// Takes a line of the writes apart: sign, kind, name, and what changed.
pub fn parts(line: &str) -> Option<(&str, &str, &str, Value)> {
    let mut words = line.splitn(3, ' ');
    let (sign, object, tree) = (words.next()?, words.next()?, words.next()?);
    let (kind, name) = object.split_once('/')?;
    Some((sign, kind, name, serde_json::from_str(tree).ok()?))
}

/// Returns the nodes of DaemonSets' pods, by the pods' names.
fn nodes_of_daemons(writes: &[String]) -> BTreeMap<String, String> {
    let mut nodes = BTreeMap::new();
    for (sign, kind, name, tree) in writes.iter().filter_map(|line| parts(line)) {
        let daemon = tree["owner"][0]
            .as_str()
            .is_some_and(|owner| owner.starts_with("DaemonSet/"));
        if sign == "+" && kind == "Pod" && daemon {
            nodes.insert(name.to_owned(), String::new());
        }
        if let (Some(node), Some(place)) = (tree["nodeName"].as_str(), nodes.get_mut(name)) {
            node.clone_into(place);
        }
    }
    nodes.retain(|_, node| !node.is_empty());
    nodes
}

impl Names {
    /// Reads the names of one side from its writes.
    pub fn of(writes: &[String]) -> Self {
        let mut names = Self::default();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let nodes = nodes_of_daemons(writes);
        for line in writes {
            let Some((sign, kind, name, tree)) = parts(line) else {
                continue;
            };
            let owner = tree["owner"][0].as_str().unwrap_or("");
            let is_random = kind == "EndpointSlice"
                || ["ReplicaSet/", "Job/", "DaemonSet/"]
                    .iter()
                    .any(|kind| owner.starts_with(kind));
            if sign == "+"
                && kind == "ReplicaSet"
                && let Some((base, hash)) = name.rsplit_once('-')
            {
                let count = counts.entry(format!("{kind}/{base}")).or_default();
                let letter = char::from(b'a' + (*count % 26) as u8);
                *count += 1;
                names.names.push((hash.to_owned(), format!("~{letter}")));
            }
            // A CronJob's Job ends in the minute for which it was made, counted from 1970.
            if sign == "+"
                && owner.starts_with("CronJob/")
                && let Some((_, minute)) = name.rsplit_once('-')
                && minute.chars().all(|c| c.is_ascii_digit())
                && names.names.iter().all(|(known, _)| known != minute)
            {
                let count = counts.entry("minutes".to_owned()).or_default();
                *count += 1;
                names.names.push((minute.to_owned(), format!("~m{count}")));
            }
            if sign == "+"
                && is_random
                && let Some((base, _)) = name.rsplit_once('-')
            {
                let base = names.plain(base);
                let number = nodes.get(name).cloned().unwrap_or_else(|| {
                    let count = counts.entry(format!("{kind}/{base}")).or_default();
                    *count += 1;
                    count.to_string()
                });
                names.names.push((name.to_owned(), format!("{base}-~{number}")));
            }
            if let Some(address) = tree["podIP"].as_str()
                && !names.addresses.contains_key(address)
            {
                let count = counts.entry(format!("address of {name}")).or_default();
                *count += 1;
                let again = if *count > 1 {
                    format!(" #{count}")
                } else {
                    String::new()
                };
                let random = names.names.iter().find(|(random, _)| random == name);
                let pod = random.map_or(name.to_owned(), |(_, plain)| plain.clone());
                names
                    .addresses
                    .insert(address.to_owned(), format!("<address-of-{pod}{again}>"));
            }
        }
        names.names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names
    }

    /// Puts the numbered names in the places of the random ones.
    pub fn plain(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, plain) in &self.names {
            if text.contains(name.as_str()) {
                text = text.replace(name.as_str(), plain);
            }
        }
        text
    }

    /// Returns what stands for a pod's address.
    pub fn address(&self, address: &str) -> &str {
        self.addresses.get(address).map_or("<address>", String::as_str)
    }

    /// Says whether a random name of this side stands in a line.
    pub fn stand_in(&self, line: &str) -> bool {
        self.names.iter().any(|(name, _)| line.contains(name.as_str()))
    }

    /// Puts the names of another side in the places of this one's: a recorded line becomes one that can be typed here.
    pub fn translate(&self, line: &str, to: &Names) -> String {
        let mut line = line.to_owned();
        for (name, plain) in &self.names {
            let other = to.names.iter().find(|(_, other)| other == plain);
            if let Some((other, _)) = other
                && line.contains(name.as_str())
            {
                line = line.replace(name.as_str(), other);
            }
        }
        line
    }
}
