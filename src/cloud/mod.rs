//! The physical world that the API only hears about: zones, machines, network, disks.

pub mod disk;
