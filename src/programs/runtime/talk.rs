//! A person at a container: talking to a shell that was started to be talked to, and copying files in and out.

use super::Runtime;
use super::deed::Wake;
use super::ground::Ground;
use super::image::Kind;
use super::program::Program;
use super::reach::Far;
use crate::api::Uid;
use crate::programs::files::Files;
use crate::programs::outcome::Outcome;

impl Runtime {
    /// Gives the shell of a container all that a person types, and the end of it; returns what it said meanwhile. A
    /// container whose first process reads nothing says nothing; None when no such container runs.
    pub fn talk(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        container: &str,
        stdin: &str,
    ) -> Option<(Outcome, Vec<Wake>)> {
        let place = self.cell(node, pod)?.running_place_of(container)?;
        if !self.cell(node, pod)?.containers[place].is_listening() {
            return Some((Outcome::default(), vec![]));
        }
        let (outcome, mut wakes, _) = self.run_inside(ground, node, pod, place, &["sh".to_owned()], stdin)?;
        let now = ground.now;
        let container = self.container_mut(node, pod, place)?;
        for (stream, text) in &outcome.said {
            container.write(now, *stream, text);
        }
        let far = Far {
            node: node.into(),
            pod,
            container: place,
            pid: 1,
            address: "".into(),
        };
        // Nothing more to read: the shell ends with the status of what it did last.
        let ends = (now + i64::try_from(outcome.busy_ms).unwrap_or_default(), outcome.code);
        let ended = self.with_program(ground, &far, |program, _| {
            if let Program::Idle(idle) = program {
                idle.ends = Some(ends);
            }
        });
        wakes.extend(ended.map(|(_, wakes)| wakes).unwrap_or_default());
        Some((outcome, wakes))
    }

    /// Lends the files of a running container; None when no such container runs.
    pub fn lend(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        container: &str,
        act: &mut dyn FnMut(&mut Files<'_>),
    ) -> Option<Vec<Wake>> {
        let place = self.cell(node, pod)?.running_place_of(container)?;
        let far = Far {
            node: node.into(),
            pod,
            container: place,
            pid: 1,
            address: "".into(),
        };
        let (_, wakes) = self.with_program(ground, &far, |_, files| act(files))?;
        Some(wakes)
    }
}

impl super::Container {
    /// Says whether its first process is a shell that waits for somebody to type: `stdin: true`, and no script.
    pub fn is_listening(&self) -> bool {
        self.kind() == Kind::Shell && is_open(self.spec()) && self.is_idle()
    }
}

/// Says whether a container keeps its standard input open, so that a shell in it waits instead of ending.
pub(super) fn is_open(spec: &crate::api::Container) -> bool {
    spec.rest.get("stdin").and_then(serde_json::Value::as_bool) == Some(true)
}
