//! The image of a container that is to start: it is there, or it is pulled, or that fails and is tried again.

use super::backoff::BackOff;
use super::pass::Pass;
use super::worker::PullBook;
use crate::api::{self, Text, Time};
use crate::programs::runtime::{Deed, Image, Rule};

/// How long a failed pull is shown as such before it is shown as a pause, in milliseconds: until the kubelet hears of
/// the sandbox that it made, and looks at the pod again (pkg/kubelet/pleg, a relist a second).
const ERR_IMAGE_PULL_MS: i64 = 1_500;

impl Pass<'_> {
    /// Returns what the event says of the image, once the node has it (pkg/kubelet/images, `EnsureImageExists`).
    pub(super) fn has_image(&mut self, spec: &api::Container, field: &Text) -> Option<String> {
        let now = self.now();
        let image = &spec.image;
        let present = format!("Container image \"{image}\" already present on machine and can be accessed by the pod");
        let missing = self.view.runtime.images.of(image) == Some(&Rule::Missing)
            || self.view.runtime.images.of(image).is_none() && !Image::of(image).exists;
        // With pulls that take no time, every image counts as being there already.
        if self.view.settings.image_pull == 0 && !missing {
            return Some(present);
        }
        let pull = self.view.runtime.pull(&self.worker.node, image).cloned();
        let is_there = pull.as_ref().is_some_and(|pull| pull.is_there(now));
        let book = &self.worker.book(&spec.name).pull;
        let (asked, failed) = (book.asked, book.failed.is_some());
        let policy = match &*spec.image_pull_policy {
            "" if Image::of(image).full.ends_with(":latest") => "Always",
            "" => "IfNotPresent",
            said => said,
        };
        let came = pull.as_ref().and_then(|pull| pull.came(now));
        match (policy, came, asked) {
            ("Never", ..) if is_there => return Some(present),
            // Who has tried in vain finds it when another has brought it meanwhile.
            ("IfNotPresent", ..) if is_there && (asked.is_none() || failed) => return Some(present),
            ("Never", ..) => {
                let message = format!("Container image \"{image}\" is not present with pull policy of Never");
                if self.worker.book(&spec.name).complaint != message {
                    self.worker.book(&spec.name).complaint = message.clone();
                    self.say_of(true, "ErrImageNeverPull", message.clone(), field.clone());
                    self.say_of(true, "Failed", "Error: ErrImageNeverPull", field.clone());
                }
                self.waits
                    .insert(spec.name.to_string(), ("ErrImageNeverPull".into(), message));
                return None;
            }
            (_, Some((since, at)), Some(asked)) if at >= asked => {
                let (pull_ms, wait_ms) = (at - since, at - asked);
                return Some(format!(
                    "Successfully pulled image \"{image}\" in {} ({} including waiting). Image size: {} bytes.",
                    go_duration(pull_ms),
                    go_duration(wait_ms.max(pull_ms)),
                    Image::of(image).bytes()
                ));
            }
            _ => (),
        }
        let Some(asked) = asked else {
            self.ask_for_image(spec, field);
            return None;
        };
        match pull.as_ref().and_then(|pull| pull.refused(now)) {
            Some((at, why)) if at >= asked => self.pull_failed(spec, field, at, why),
            // Still on its way: the machine calls when it is there.
            _ => self.pulling = true,
        }
        None
    }

    fn ask_for_image(&mut self, spec: &api::Container, field: &Text) {
        let image = spec.image.clone();
        self.say_of(false, "Pulling", format!("Pulling image \"{image}\""), field.clone());
        let now = self.now();
        self.worker.book(&spec.name).pull = PullBook {
            asked: Some(now),
            ..PullBook::default()
        };
        let pod = crate::api::Resource::key(&*self.pod);
        self.deed(Deed::Pull { pod, image });
        self.pulling = true;
    }

    fn pull_failed(&mut self, spec: &api::Container, field: &Text, at: Time, why: &str) {
        let (now, image) = (self.now(), &spec.image);
        let error = format!("failed to pull image \"{image}\": {why}");
        if self.worker.book(&spec.name).pull.failed.is_none() {
            self.worker.book(&spec.name).pull.failed = Some(at);
            let place = self.worker.pulls.iter().position(|(known, _)| known == image);
            let before = place.map(|place| self.worker.pulls.remove(place).1);
            self.worker.pulls.push((image.clone(), BackOff::next(before, now)));
            self.say_of(
                true,
                "Failed",
                format!("Failed to pull image \"{image}\": {why}"),
                field.clone(),
            );
            self.say_of(true, "Failed", "Error: ErrImagePull", field.clone());
        }
        let until = self
            .worker
            .pulls
            .iter()
            .find(|(known, _)| known == image)
            .and_then(|(_, back_off)| back_off.until(at))
            .unwrap_or(now);
        if now >= until {
            return self.ask_for_image(spec, field);
        }
        let shown_until = (at + ERR_IMAGE_PULL_MS).min(until);
        if now < shown_until {
            self.waits.insert(spec.name.to_string(), ("ErrImagePull".into(), error));
            return self.wake_at(shown_until);
        }
        if !self.worker.book(&spec.name).pull.paused {
            self.worker.book(&spec.name).pull.paused = true;
            let words = format!("Back-off pulling image \"{image}\"");
            self.say_of(false, "BackOff", words, field.clone());
            self.say_of(true, "Failed", "Error: ImagePullBackOff", field.clone());
        }
        let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {error}");
        self.waits
            .insert(spec.name.to_string(), ("ImagePullBackOff".into(), message));
        self.wake_at(until);
    }
}

/// Returns a time in milliseconds as Go prints a duration: `800ms`, `1.5s`, `1m3s`.
fn go_duration(ms: i64) -> String {
    let fraction = |ms: i64| {
        let text = format!("{}.{:03}", ms / 1000, ms % 1000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match ms {
        0 => "0s".to_owned(),
        1..1000 => format!("{ms}ms"),
        1000..60_000 => format!("{}s", fraction(ms)),
        _ => format!("{}m{}s", ms / 60_000, fraction(ms % 60_000)),
    }
}
