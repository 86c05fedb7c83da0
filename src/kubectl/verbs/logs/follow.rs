//! `kubectl logs -f`: what a container writes from now on, until it ends. A container that is started anew is another one.

use super::{Ask, status_of};
use crate::api::{Key, Pod, Resource, Time, Uid};
use crate::kubectl::call::Call;
use crate::kubectl::trouble::Verdict;
use std::sync::Arc;

/// A log that is followed.
struct Stream {
    pod: Key,
    uid: Uid,
    container: String,
    restarts: i64,
    /// The instant of the last line that was shown, and how many lines there were of that instant.
    last: (Time, usize),
    open: bool,
}

/// Shows what some containers write, until all of them have ended. Like a watch it ends when nothing more is due.
pub(super) fn follow(call: &mut Call<'_>, wanted: &[(Arc<Pod>, String)], ask: &Ask) -> Verdict {
    let mut streams: Vec<Stream> = wanted
        .iter()
        .filter(|(pod, _)| pod.is_scheduled())
        .map(|(pod, container)| Stream {
            pod: pod.key(),
            uid: pod.metadata.uid,
            container: container.clone(),
            restarts: status_of(pod, container).map_or(0, |status| status.restart_count),
            last: (Time::EPOCH, 0),
            open: true,
        })
        .collect();
    for stream in &mut streams {
        // All that is there was shown.
        stream.news(call);
    }
    let mut seen = call.seen();
    call.wait(None, |call| {
        let went_back = call.news(&mut seen).went_back;
        for stream in streams.iter_mut().filter(|stream| stream.open) {
            if went_back {
                stream.last = (Time::EPOCH, 0);
            }
            let news = stream.news(call);
            if !went_back {
                let text: String = news
                    .iter()
                    .map(|(at, line)| ask.line(&stream.pod.name, &stream.container, *at, line))
                    .collect();
                call.say(text);
            }
            stream.open = stream.goes_on(call);
        }
        let over = streams.iter().all(|stream| !stream.open);
        Ok((over || call.ends_quietly()).then_some(()))
    })?;
    Ok(())
}

impl Stream {
    /// Returns the lines that were written since the last look.
    fn news(&mut self, call: &Call<'_>) -> Vec<(Time, String)> {
        // Nobody is there to ask, or another container is by now: then there is nothing more to show.
        let all = call.cluster.logs(&self.pod, &self.container, false).unwrap_or_default();
        let (at, mut known) = self.last;
        let mut news = Vec::new();
        for (when, line) in all {
            if when == self.last.0 {
                self.last.1 += 1;
            } else if when > self.last.0 {
                self.last = (when, 1);
            }
            match when.cmp(&at) {
                std::cmp::Ordering::Less => continue,
                std::cmp::Ordering::Equal if known > 0 => known -= 1,
                _ => news.push((when, line)),
            }
        }
        news
    }

    /// Says whether the container that is followed still runs.
    fn goes_on(&self, call: &Call<'_>) -> bool {
        let pod = call.store().get::<Pod>(&self.pod.namespace, &self.pod.name);
        let Some(pod) = pod.filter(|pod| pod.metadata.uid == self.uid && !pod.status.phase.is_terminal()) else {
            return false;
        };
        let status = status_of(pod, &self.container);
        status.is_some_and(|status| status.state.running.is_some() && status.restart_count == self.restarts)
    }
}
