//! The EBS driver: volumes of one zone, of a type, and of whole gibibytes.
//! Its words: kubernetes-sigs/aws-ebs-csi-driver, pkg/driver/controller.go and pkg/cloud/cloud.go.

use super::driver::{Made, Progress, csi_mode};
use super::zone::zone_for;
use crate::actors::View;
use crate::api::storage::AccessMode;
use crate::api::{PersistentVolumeClaim, StorageClass, hash};
use crate::cloud::{CloudRequest, VolumeId};

const GIB: i64 = 1 << 30;

/// The size of a volume when nobody asks for one.
const DEFAULT_BYTES: i64 = 100 * GIB;

/// The types with the least and the most gibibytes that EC2 gives.
const TYPES: [(&str, i64, i64); 8] = [
    ("gp3", 1, 65_536),
    ("gp2", 1, 16_384),
    ("io1", 4, 16_384),
    ("io2", 4, 65_536),
    ("st1", 125, 16_384),
    ("sc1", 125, 16_384),
    ("standard", 1, 1_024),
    ("sbp1", 1, 16_384),
];

/// The parameters of a class that the driver knows, in lower case.
const PARAMETERS: [&str; 20] = [
    "type",
    "iops",
    "iopspergb",
    "allowautoiopspergbincrease",
    "allowautoiopsincreaseonmodify",
    "throughput",
    "encrypted",
    "kmskeyid",
    "fstype",
    "csi.storage.k8s.io/fstype",
    "blockexpress",
    "blocksize",
    "inodesize",
    "bytesperinode",
    "numberofinodes",
    "ext4bigalloc",
    "ext4clustersize",
    "ext4encryptionsupport",
    "volumeinitializationrate",
    "blockattachuntilinitialized",
];

/// Takes the next step in making a volume. Multi-Attach of io2 block devices is left out: no database here wants it.
pub(super) fn provision(
    view: &View<'_>,
    claim: &PersistentVolumeClaim,
    class: &StorageClass,
) -> Result<Progress, String> {
    let modes = &claim.spec.access_modes;
    let single = |mode: &AccessMode| matches!(mode, AccessMode::ReadWriteOnce | AccessMode::ReadWriteOncePod);
    if !modes.iter().all(single) {
        let named: Vec<&str> = modes.iter().map(|mode| csi_mode(*mode)).collect();
        return Err(invalid(&format!(
            "Volume capabilities {} not supported. Only AccessModes[ReadWriteOnce] supported.",
            named.join(", ")
        )));
    }
    let migrated = class.provisioner != crate::api::migration::EBS_DRIVER;
    let known = |key: &str| {
        PARAMETERS.contains(&key)
            || key.starts_with("tagspecification")
            // Those of the old plugin became allowed topologies.
            || migrated && (key == "zone" || key == "zones")
    };
    let mut kind = "gp3";
    for (key, value) in &class.parameters {
        let lower = key.to_ascii_lowercase();
        if !known(&lower) {
            return Err(invalid(&format!("Invalid parameter key {key} for CreateVolume")));
        }
        if lower == "type" && !value.is_empty() {
            kind = value;
        }
    }
    let name = format!("pvc-{}", claim.metadata.uid);
    let refused = |why: &str| format!("rpc error: code = Internal desc = Could not create volume \"{name}\": {why}");
    let limits = TYPES.iter().find(|(name, ..)| *name == kind);
    let Some((_, least, most)) = limits else {
        return Err(refused(&format!("invalid AWS VolumeType \"{kind}\"")));
    };
    let gibibytes = match claim.request().value() {
        0 => DEFAULT_BYTES / GIB,
        bytes => bytes.saturating_add(GIB - 1) / GIB,
    };
    if gibibytes < *least || gibibytes > *most {
        let why = if gibibytes < *least {
            format!("too small for volume type {kind}. Minimum is {least} GiB")
        } else {
            format!("too large for volume type {kind}. Maximum is {most} GiB")
        };
        return Err(refused(&format!(
            "could not create volume in EC2: api error InvalidParameterValue: Volume of {gibibytes}GiB is {why}."
        )));
    }
    let id = volume_id(claim);
    let Some(volume) = view.cloud.volumes.get(&id) else {
        let zone = zone_for(view, claim, class)?;
        let bytes = gibibytes * GIB;
        return Ok(Progress::Ask(CloudRequest::CreateVolume { id, zone, bytes }));
    };
    let ready = volume.settled_at();
    if view.now < ready {
        return Ok(Progress::Wait(ready));
    }
    Ok(Progress::Made(Box::new(Made {
        handle: id.to_string(),
        zone: Some(volume.zone.clone()),
        bytes: volume.bytes,
    })))
}

/// Returns what has to be asked to unmake a volume; nothing when it is gone already.
pub(super) fn delete(view: &View<'_>, handle: &str) -> Result<Option<CloudRequest>, String> {
    if !view.cloud.volumes.contains_key(handle) {
        return Ok(None);
    }
    let request = CloudRequest::DeleteVolume(handle.into());
    match view.cloud.refusal(&request, view.now) {
        None => Ok(Some(request)),
        Some(why) => Err(format!(
            "rpc error: code = Internal desc = Could not delete volume ID \"{handle}\": {why}"
        )),
    }
}

/// Returns the id of a claim's volume. It follows from the claim, so that asking twice makes one volume.
fn volume_id(claim: &PersistentVolumeClaim) -> VolumeId {
    let digest = hash::sha256_hex(claim.metadata.uid.to_string());
    format!("vol-{}", &digest[..17]).into()
}

fn invalid(why: &str) -> String {
    format!("rpc error: code = InvalidArgument desc = {why}")
}
