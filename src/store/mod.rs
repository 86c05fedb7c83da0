//! The API server and etcd in one: a log of revisions.
