//! The words in which the scheduler says why a pod stays pending.

use super::plugin::Rejection;
use std::collections::BTreeMap;

/// What PostFilter says when a PreFilter plugin turned the pod away: the DynamicResources plugin comes first there, and
/// does not find the state that its own PreFilter would have written.
pub const AFTER_TURNED_AWAY: &str = "not found";

/// What the DynamicResources plugin says in front of the preemption's words.
pub const NOTHING_TO_DEALLOCATE: &str = "no new claims to deallocate";

/// What is said when there is not a single node.
pub const NO_NODES: &str = "no nodes available to schedule pods";

/// The longest message that an event holds (`NoteLengthLimit`).
const LONGEST: usize = 1024;

/// Says why no node takes a pod that a plugin turned away before any node was looked at.
pub fn turned_away(nodes: usize, reason: &str, after: &str) -> String {
    format!("0/{nodes} nodes are available: {reason}. {after}")
}

/// Says why no node takes a pod (`framework.FitError.Error`): the reasons with the numbers of nodes, sorted as strings;
/// nodes that were not looked at share one reason; at the end what came after.
pub fn unfit<'a>(
    nodes: usize,
    rejections: impl IntoIterator<Item = &'a Rejection>,
    unseen: Option<&str>,
    after: &str,
) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut seen = 0;
    for rejection in rejections {
        seen += 1;
        for reason in &rejection.reasons {
            *counts.entry(reason).or_default() += 1;
        }
    }
    if let Some(reason) = unseen.filter(|_| seen < nodes) {
        *counts.entry(reason).or_default() += nodes - seen;
    }
    let mut reasons: Vec<String> = counts
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    reasons.sort();
    let mut message = format!("0/{nodes} nodes are available:");
    if !reasons.is_empty() {
        message.push_str(&format!(" {}.", reasons.join(", ")));
    }
    if !after.is_empty() {
        message.push_str(&format!(" {after}"));
    }
    message
}

/// Cuts a message to what an event holds.
pub fn truncated(message: &str) -> String {
    if message.len() <= LONGEST {
        return message.to_owned();
    }
    let suffix = " ...";
    let mut end = LONGEST - suffix.len();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::scheduler::plugin::Plugin;

    #[test]
    fn reasons_are_counted_and_sorted_as_strings() {
        let says = |reason: &'static str| Plugin::NodeResourcesFit.rejects(reason).unwrap_err();
        let rejections = [
            says("node(s) were unschedulable"),
            says("Insufficient cpu"),
            says("node(s) had untolerated taint(s)"),
            says("Insufficient cpu"),
        ];
        assert_eq!(
            unfit(4, &rejections, None, ""),
            "0/4 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 Insufficient cpu."
        );
        let ten: Vec<Rejection> = (0..10).map(|_| says("b")).chain([says("a"), says("a")]).collect();
        assert_eq!(unfit(12, &ten, None, "x"), "0/12 nodes are available: 10 b, 2 a. x");
    }

    #[test]
    fn nodes_that_nobody_looked_at_share_a_reason() {
        assert_eq!(unfit(6, &[], Some("why"), ""), "0/6 nodes are available: 6 why.");
        assert_eq!(unfit(6, &[], None, ""), "0/6 nodes are available:");
    }

    #[test]
    fn a_long_message_is_cut() {
        let cut = truncated(&"x".repeat(2000));
        assert_eq!((cut.len(), cut.ends_with("x ...")), (1024, true));
    }
}
