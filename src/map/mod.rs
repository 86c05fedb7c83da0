//! The cluster as a picture: zones with their nodes and disks, nodes with their pods, and who is attached to what.
//!
//! One layout ([`model`]) is drawn twice: as text for a terminal ([`text`]) and as SVG ([`svg`]). Every mark has a word
//! beside it; colour only repeats what mark and word say. Pods that are alike are folded: `web ×12`.
//!
//! Left out: Services and traffic, and volumes that are no disks (a Secret, an emptyDir).

mod model;
mod gather;
mod words;
mod text;
mod pen;
mod svg;

pub use gather::model;
pub use model::{Disk, DiskFault, DiskState, Map, NodeBox, NodeState, PodRow, PodState, Zone};
pub use svg::svg;
pub use text::text;
