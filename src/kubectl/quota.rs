//! What a ResourceQuota has left. It is counted when somebody reads the quota, and not written.

use super::cluster::Cluster;
use crate::api::Object;
use std::sync::Arc;

/// Brings the status of a quota up to date; other objects stay as they are.
pub fn refresh(object: &mut Object, cluster: &dyn Cluster) {
    let Some(status) = cluster.store().quota_status(object, cluster.now()) else {
        return;
    };
    if let Object::Carried(_, quota) = object {
        Arc::make_mut(quota).rest.insert("status".to_owned(), status);
    }
}
