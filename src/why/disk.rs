//! Disks with faults: one that fails, and one that is slow. Nobody in the cluster knows of either, so nobody acts.

use super::answer::{Finding, Said, Stuck, Way};
use super::look::Look;
use crate::api::{Key, Kind, Object, PersistentVolume, PersistentVolumeClaim, Pod, Resource};
use crate::cloud::{EbsVolume, SLOW_TIMES, VolumeId};
use crate::sim::Fault;
use std::sync::Arc;

/// What is found of the disks of an object.
#[derive(Default)]
pub(super) struct Disks {
    /// Those that fail: nothing else counts beside them.
    pub failing: Vec<Finding>,
    /// Those that are slow.
    pub slow: Vec<Finding>,
}

impl Disks {
    fn of(look: &Look<'_>, about: &Key, volumes: impl Iterator<Item = Arc<PersistentVolume>>) -> Self {
        let mut found = Self::default();
        for volume in volumes {
            let Some((id, disk)) = look.disk(&volume) else { continue };
            let whose = whose(&volume, about, id);
            if disk.disk.is_failing() {
                found.failing.push(failing(about, id, &whose));
            } else if disk.slow {
                found.slow.push(slow(look, about, id, &whose));
            }
        }
        found
    }

    /// Returns all that was found, what fails first.
    pub fn all(self) -> Vec<Finding> {
        self.failing.into_iter().chain(self.slow).collect()
    }
}

/// Finds the faults of the disks that a pod uses.
pub(super) fn of_pod(look: &Look<'_>, pod: &Pod) -> Disks {
    Disks::of(look, &pod.key(), volumes_of(look, pod).into_iter())
}

/// Finds the faults of the disks of the pods that an object manages.
pub(super) fn of_pods(look: &Look<'_>, object: &Object) -> Vec<Finding> {
    let pods = look.pods_of(object).into_iter();
    pods.flat_map(|pod| of_pod(look, pod).all()).collect()
}

/// Finds the fault of a claim's disk.
pub(super) fn of_claim(look: &Look<'_>, claim: &PersistentVolumeClaim) -> Disks {
    Disks::of(look, &claim.key(), look.volume(claim).cloned().into_iter())
}

/// Finds the fault of a volume's disk.
pub(super) fn of_volume(look: &Look<'_>, volume: &Arc<PersistentVolume>) -> Disks {
    Disks::of(look, &volume.key(), [volume.clone()].into_iter())
}

/// Returns the ids of the disks of an object that have a fault.
pub(super) fn faulty(look: &Look<'_>, object: &Object) -> Vec<VolumeId> {
    let volumes: Vec<Arc<PersistentVolume>> = match object {
        Object::Pod(pod) => volumes_of(look, pod),
        Object::PersistentVolumeClaim(claim) => look.volume(claim).cloned().into_iter().collect(),
        Object::PersistentVolume(volume) => vec![volume.clone()],
        other => {
            let pods = look.pods_of(other).into_iter();
            pods.flat_map(|pod| volumes_of(look, pod)).collect()
        }
    };
    let disks = volumes.iter().filter_map(|volume| look.disk(volume));
    let ill = disks.filter(|(_, disk): &(_, &EbsVolume)| disk.slow || disk.disk.is_failing());
    ill.map(|(id, _)| id.clone()).collect()
}

fn volumes_of(look: &Look<'_>, pod: &Pod) -> Vec<Arc<PersistentVolume>> {
    let claims = pod.claims().filter_map(|name| look.claim(pod, &name));
    claims.filter_map(|claim| look.volume(claim)).cloned().collect()
}

/// Names a disk as whoever asked about an object knows it.
fn whose(volume: &PersistentVolume, about: &Key, id: &str) -> Said {
    let claim = volume.spec.claim_ref.as_ref().map(|claim| claim.name.to_string());
    match claim.filter(|_| about.kind != Kind::PersistentVolumeClaim) {
        Some(claim) => Said::new(
            format!("the disk of the claim {claim} ({id})"),
            format!("클레임 {claim}의 디스크({id})"),
        ),
        None => Said::new(format!("its disk ({id})"), format!("디스크({id})")),
    }
}

fn failing(about: &Key, id: &VolumeId, whose: &Said) -> Finding {
    let text = Said::new(
        format!(
            "{} fails: writes, and reads that must go to the disk, end in an input/output error; what a server holds in memory can still be read until it restarts, and what is on the disk is not lost",
            whose.en
        ),
        format!(
            "{} 고장: 쓰기와 디스크까지 가야 하는 읽기는 입출력 오류로 끝남; 서버의 메모리에 있는 것은 다시 시작되기 전까지 읽을 수 있고, 디스크에 있는 것은 사라지지 않음",
            whose.ko
        ),
    );
    Finding::new(Stuck::DiskFailing, about.clone(), text).ways([Way::mend(Fault::HealDisk(id.clone()))])
}

fn slow(look: &Look<'_>, about: &Key, id: &VolumeId, whose: &Said) -> Finding {
    let ms = look.world.settings.slow_disk_io;
    let text = Said::new(
        format!(
            "{} is slow: each commit waits {ms} ms for it, and a start or an attachment takes {SLOW_TIMES} times as long",
            whose.en
        ),
        format!(
            "{}가 느림: 커밋마다 {ms} ms를 기다리고, 시작과 연결은 {SLOW_TIMES}배 걸림",
            whose.ko
        ),
    );
    Finding::new(Stuck::DiskSlow, about.clone(), text).ways([Way::mend(Fault::HealDisk(id.clone()))])
}
