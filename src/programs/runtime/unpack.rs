//! The files that an image brings: the directories of every Linux, and the few files that programs here read; and those
//! that tell a container its name.

use super::deed::Sandbox;
use super::image::Kind;
use super::names;
use crate::cloud::disk::Disk;
use crate::programs::postgres::Layout;

const DIRECTORIES: [&str; 14] = [
    "/bin", "/dev", "/etc", "/home", "/mnt", "/opt", "/proc", "/root", "/run", "/srv", "/sys", "/tmp", "/usr", "/var",
];

/// Puts an image's files into a container's layer, and those of its sandbox.
pub(super) fn unpack(layer: &mut Disk, kind: Kind, sandbox: &Sandbox) {
    let mut directories: Vec<&str> = DIRECTORIES.to_vec();
    let mut files: Vec<(String, &str)> = Vec::new();
    match kind {
        Kind::Postgres(image) => {
            directories.extend(["/docker-entrypoint-initdb.d", "/var/run/postgresql", image.volume()]);
            if image.layout == Layout::Bitnami {
                directories.push("/opt/bitnami/postgresql");
            }
        }
        Kind::Web(brand, _) => {
            directories.extend([brand.root(), "/etc/nginx/conf.d"]);
            files.push((format!("{}/index.html", brand.root()), brand.first_page()));
        }
        Kind::Cache(_) => directories.push("/data"),
        Kind::Shell | Kind::Pause | Kind::Unknown => (),
    }
    // A new layer has room for all of it.
    for path in directories {
        let _ = layer.mkdir_all(path);
    }
    for (path, text) in files {
        let _ = layer.write(&path, text.as_bytes());
    }
    for (path, text) in names::files(sandbox) {
        let _ = layer.write(path, text.as_bytes());
    }
}
