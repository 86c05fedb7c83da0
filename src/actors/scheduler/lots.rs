//! Lots that were laid down beforehand: which of some equally good nodes a pod gets.
//!
//! Where nodes are equally good, Kubernetes draws. Whoever plays a recorded story again lays the recorded draws down;
//! a lot that is not among the best nodes is worth nothing, so no lot can hide a wrong score. They are lost when the
//! scheduler restarts, with all else that it remembers.

use crate::api::{Pod, Uid};
use crate::programs::runtime::matches;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The lots that were laid down, and those that were drawn.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lots {
    laid: Vec<(String, VecDeque<Arc<str>>)>,
    drawn: BTreeMap<Uid, Arc<str>>,
}

impl Lots {
    /// Lays down that the next pod whose name matches a pattern (`*` stands for any letters) gets this node.
    pub fn lay(&mut self, pods: &str, node: &str) {
        let known = self.laid.iter_mut().find(|(pattern, _)| pattern == pods);
        match known {
            Some((_, nodes)) => nodes.push_back(node.into()),
            None => self.laid.push((pods.to_owned(), VecDeque::from([node.into()]))),
        }
    }

    /// Draws a pod's lot, if one was laid down; a pod draws once, however often it is tried.
    pub fn draw(&mut self, pod: &Pod) -> Option<Arc<str>> {
        let uid = pod.metadata.uid;
        if let Some(node) = self.drawn.get(&uid) {
            return Some(node.clone());
        }
        let name = &pod.metadata.name;
        let lot = self.laid.iter_mut().find(|(pattern, _)| matches(pattern, name));
        let node = lot.and_then(|(_, nodes)| nodes.pop_front())?;
        self.drawn.insert(uid, node.clone());
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str, uid: u128) -> Pod {
        let mut pod = Pod::default();
        (pod.metadata.name, pod.metadata.uid) = (name.into(), Uid(uid));
        pod
    }

    #[test]
    fn a_pod_draws_once_and_the_next_of_its_name_draws_the_next() {
        let mut lots = Lots::default();
        lots.lay("web-*", "node-a1");
        lots.lay("web-*", "node-b1");
        let mut draw = |name: &str, uid| lots.draw(&pod(name, uid)).map(|node| node.to_string());
        assert_eq!(draw("web-x", 1).as_deref(), Some("node-a1"));
        assert_eq!(draw("web-x", 1).as_deref(), Some("node-a1"));
        assert_eq!(draw("db-0", 2), None);
        assert_eq!(draw("web-y", 3).as_deref(), Some("node-b1"));
        assert_eq!(draw("web-z", 4), None);
    }
}
