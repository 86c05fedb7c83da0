//! The EFS driver: an access point of a shared file system for each claim. Every node mounts it, in every zone, at the
//! same time; so it fits pods that share files, and not two databases that each believe the files are their own.
//! Its words: kubernetes-sigs/aws-efs-csi-driver, pkg/driver/controller.go.

use super::driver::{Made, Progress};
use crate::actors::View;
use crate::api::{PersistentVolumeClaim, StorageClass, hash};
use crate::cloud::{CloudRequest, efs_directory};

/// Takes the next step in making an access point. The size that a claim asks for is only written down.
pub(super) fn provision(
    view: &View<'_>,
    claim: &PersistentVolumeClaim,
    class: &StorageClass,
) -> Result<Progress, String> {
    let parameter = |name: &str| class.parameters.get(name).map(String::as_str);
    let invalid = |why: String| Err(format!("rpc error: code = InvalidArgument desc = {why}"));
    match parameter("provisioningMode") {
        Some("efs-ap") => (),
        Some(mode) => {
            return invalid(format!(
                "Provisioning mode {mode} is not supported. Only Access point provisioning: 'efs-ap' is supported"
            ));
        }
        None => return invalid("Missing provisioningMode parameter".to_owned()),
    }
    let Some(server) = parameter("fileSystemId").filter(|id| !id.is_empty()) else {
        return invalid("Missing fileSystemId parameter".to_owned());
    };
    let digest = hash::sha256_hex(claim.metadata.uid.to_string());
    let handle = format!("{server}::fsap-{}", &digest[..17]);
    let (server, path) = efs_directory(&handle);
    match view
        .cloud
        .file_systems
        .get(server)
        .and_then(|system| system.opens_at(&path))
    {
        None => Ok(Progress::Ask(CloudRequest::CreateAccessPoint {
            server: server.into(),
            path,
        })),
        Some(at) if view.now < at => Ok(Progress::Wait(at)),
        Some(_) => Ok(Progress::Made(Box::new(Made {
            bytes: claim.request().value(),
            zone: None,
            handle,
        }))),
    }
}

/// Returns what has to be asked to unmake an access point; its files stay (`delete-access-point-root-dir` is off).
pub(super) fn delete(view: &View<'_>, handle: &str) -> Option<CloudRequest> {
    let (server, path) = efs_directory(handle);
    view.cloud.file_systems.get(server)?.opens_at(&path)?;
    Some(CloudRequest::DeleteAccessPoint {
        server: server.into(),
        path,
    })
}
