//! The indexes of an Indexed Job: which have succeeded, which come next, and how a pod bears its own
//! (pkg/controller/job/indexed_job_utils.go).

use crate::api::container::{EnvVar, EnvVarSource, FieldRef};
use crate::api::{Job, Meta, Pod};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The annotation and the label that hold a pod's index.
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// The variable in which a container finds its index.
const VARIABLE: &str = "JOB_COMPLETION_INDEX";

/// Says whether a Job's pods have indexes.
pub(super) fn is_indexed(job: &Job) -> bool {
    job.spec.completion_mode == "Indexed"
}

/// Returns the index that a pod bears, if it is one of its Job's.
pub(super) fn index_of(job: &Job, pod: &Meta) -> Option<i64> {
    let index: i64 = pod.annotations.get(INDEX)?.parse().ok()?;
    (0..job.spec.completions.unwrap_or(0)).contains(&index).then_some(index)
}

/// Indexes as ranges in order, first and last, which neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Indexes(Vec<(i64, i64)>);

impl Indexes {
    /// Reads `0,2-4`, as a Job's status holds it; what lies beyond the completions is left out, what is no index too.
    pub fn read(text: &str, completions: i64) -> Self {
        let mut ranges = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            if let (Ok(first), Ok(last)) = (first.parse::<i64>(), last.parse::<i64>())
                && first <= last.min(completions - 1)
            {
                ranges.push((first, last.min(completions - 1)));
            }
        }
        Self::joined(ranges)
    }

    /// Returns these indexes and more.
    pub fn with(&self, more: impl IntoIterator<Item = i64>) -> Self {
        let more = more.into_iter().map(|index| (index, index));
        Self::joined(self.0.iter().copied().chain(more).collect())
    }

    fn joined(mut ranges: Vec<(i64, i64)>) -> Self {
        ranges.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    /// Returns how many there are.
    pub fn count(&self) -> i64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Says whether an index is among them.
    pub fn contains(&self, index: i64) -> bool {
        let place = self.0.partition_point(|(_, last)| *last < index);
        self.0.get(place).is_some_and(|(first, _)| *first <= index)
    }

    /// Writes them as a Job's status holds them: two neighbours stand side by side, more become a range.
    pub fn text(&self) -> String {
        let range = |(first, last): &(i64, i64)| match last - first {
            0 => first.to_string(),
            1 => format!("{first},{last}"),
            _ => format!("{first}-{last}"),
        };
        self.0.iter().map(range).collect::<Vec<_>>().join(",")
    }
}

/// Returns the lowest indexes that have not succeeded and that no active pod bears, so many at most
/// (`firstPendingIndexes`).
pub(super) fn pending(job: &Job, done: &Indexes, active: &[&Arc<Pod>], count: usize) -> Vec<i64> {
    let busy: BTreeSet<i64> = active.iter().filter_map(|pod| index_of(job, &pod.metadata)).collect();
    let is_free = |index: &i64| !busy.contains(index) && !done.contains(*index);
    let all = 0..job.spec.completions.unwrap_or(0);
    all.filter(is_free).take(count).collect()
}

/// Returns the active pods that are one too many: without an index, or with that of another that is as far
/// (`appendDuplicatedIndexPodsForRemoval`).
pub(super) fn superfluous<'a>(job: &Job, active: &[&'a Arc<Pod>]) -> Vec<&'a Arc<Pod>> {
    let mut seen = BTreeSet::new();
    let is_first = |pod: &Meta, seen: &mut BTreeSet<i64>| index_of(job, pod).is_some_and(|index| seen.insert(index));
    active
        .iter()
        .filter(|pod| !is_first(&pod.metadata, &mut seen))
        .copied()
        .collect()
}

/// Gives a new pod its index: in its name, its host name, an annotation, a label, and a variable of its containers.
pub(super) fn give(pod: &mut Pod, job: &Job, index: i64) {
    pod.metadata.generate_name = format!("{}-{index}-", job.metadata.name);
    pod.metadata.annotations.set(INDEX, index.to_string());
    pod.metadata.labels.set(INDEX, index.to_string());
    let spec = pod.spec_mut();
    spec.hostname = format!("{}-{index}", job.metadata.name).into();
    for containers in [&mut spec.init_containers, &mut spec.containers] {
        for container in Arc::make_mut(containers) {
            if container.env.iter().all(|known| known.name != VARIABLE) {
                container.env.push(variable());
            }
        }
    }
}

fn variable() -> EnvVar {
    EnvVar {
        name: VARIABLE.to_owned(),
        value_from: Some(EnvVarSource {
            field_ref: Some(FieldRef {
                field_path: format!("metadata.labels['{INDEX}']"),
                ..FieldRef::default()
            }),
            ..EnvVarSource::default()
        }),
        ..EnvVar::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_written_as_short_as_kubernetes_writes_them() {
        let indexes = Indexes::default().with([4, 0, 1, 3, 7]);
        assert_eq!(indexes.text(), "0,1,3,4,7");
        let indexes = indexes.with([2]);
        assert_eq!(indexes.text(), "0-4,7");
        assert_eq!(indexes.count(), 6);
        assert!(indexes.contains(7) && indexes.contains(0) && !indexes.contains(5));
        assert_eq!(Indexes::read("0-4,7", 10), indexes);
        assert_eq!(Indexes::read("0-4,7", 3).text(), "0-2");
        assert_eq!(Indexes::read("", 3), Indexes::default());
        assert_eq!(Indexes::read("x,2-1,-5", 3), Indexes::default());
    }
}
