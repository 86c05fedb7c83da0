//! What a server is told from outside: which image it is, and how long things take.

use serde::{Deserialize, Serialize};

/// How long a server takes for what it does, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// initdb, and after it the entrypoint's temporary server.
    pub initdb_ms: u64,
    /// From the start of the process to the first connection.
    pub start_ms: u64,
    /// Recovery after an unclean stop, on top of the start.
    pub recovery_ms: u64,
    /// A shutdown with its checkpoint.
    pub stop_ms: u64,
}

impl Default for Durations {
    /// An empty database on an ordinary cloud disk.
    fn default() -> Self {
        Self {
            initdb_ms: 1500,
            start_ms: 100,
            recovery_ms: 400,
            stop_ms: 100,
        }
    }
}

/// Whose image runs the server: they differ in names of variables and in places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// The official image, `postgres`.
    Official,
    /// Bitnami's, `bitnami/postgresql`.
    Bitnami,
}

/// A server's image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Whose rules the entrypoint follows.
    pub layout: Layout,
    /// The major version, as in `PG_VERSION`.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
}

/// The latest minor version of each major that pglab knows of; a tag without a minor means this one.
const LATEST: &[(u32, u32)] = &[
    (18, 4),
    (17, 10),
    (16, 14),
    (15, 18),
    (14, 23),
    (13, 23),
    (12, 22),
    (11, 22),
    (10, 23),
];

impl Image {
    /// Reads the tag of an image: `16`, `16.6`, `16-alpine`, `latest`, Bitnami's `16.6.0-debian-12-r2`.
    ///
    /// The variants of a version (alpine, bookworm) are not told apart.
    pub fn from_tag(layout: Layout, tag: &str) -> Option<Self> {
        let version = tag.split('-').next().unwrap_or_default();
        let mut numbers = version.split('.');
        let major = match numbers.next().unwrap_or_default() {
            "latest" | "alpine" | "bookworm" | "bullseye" | "trixie" => LATEST[0].0,
            number => number.parse().ok()?,
        };
        let minor = match numbers.next() {
            Some(minor) => minor.parse().ok()?,
            None => LATEST.iter().find(|(known, _)| *known == major)?.1,
        };
        Some(Self { layout, major, minor })
    }

    /// Returns the version as `SHOW server_version` has it.
    pub fn server_version(&self) -> String {
        let Self { layout, major, minor } = self;
        match (layout, self.debian()) {
            (Layout::Official, 13) => format!("{major}.{minor} (Debian {major}.{minor}-1.pgdg13+1)"),
            (Layout::Official, _) => format!("{major}.{minor} (Debian {major}.{minor}-1.pgdg120+1)"),
            (Layout::Bitnami, _) => format!("{major}.{minor}"),
        }
    }

    /// Returns what `version()` says.
    pub fn version_line(&self) -> String {
        let compiler = match (self.layout, self.debian()) {
            (Layout::Official, 13) => "gcc (Debian 14.2.0-19) 14.2.0",
            _ => "gcc (Debian 12.2.0-14) 12.2.0",
        };
        format!(
            "PostgreSQL {} on x86_64-pc-linux-gnu, compiled by {compiler}, 64-bit",
            self.server_version()
        )
    }

    /// Returns the signal with which a container of this image is asked to stop.
    ///
    /// The official image says `STOPSIGNAL SIGINT`, a fast shutdown; without such a line it is SIGTERM, the smart one,
    /// which waits for sessions.
    pub fn stop_signal(&self) -> super::Signal {
        match self.layout {
            Layout::Official => super::Signal::Int,
            Layout::Bitnami => super::Signal::Term,
        }
    }

    /// Returns the data directory when no variable names one.
    pub fn default_pgdata(&self) -> String {
        match self.layout {
            Layout::Official if self.major >= 18 => format!("/var/lib/postgresql/{}/docker", self.major),
            Layout::Official => "/var/lib/postgresql/data".into(),
            Layout::Bitnami => "/bitnami/postgresql/data".into(),
        }
    }

    /// Returns the volume that the image declares, on which its data lands when nothing is mounted.
    pub fn volume(&self) -> &'static str {
        match self.layout {
            Layout::Official if self.major >= 18 => "/var/lib/postgresql",
            Layout::Official => "/var/lib/postgresql/data",
            Layout::Bitnami => "/bitnami/postgresql",
        }
    }

    /// Returns how the entrypoint lets the network in: docker-entrypoint.sh, pg_setup_hba_conf.
    pub(super) fn password_method(&self) -> &'static str {
        if self.major >= 14 { "scram-sha-256" } else { "md5" }
    }

    fn debian(&self) -> u32 {
        if self.major >= 18 || (self.major, self.minor) >= (17, 6) && self.major == 17 {
            13
        } else {
            12
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_versions() {
        let image = |tag| Image::from_tag(Layout::Official, tag).map(|image| (image.major, image.minor));
        assert_eq!(image("16.6"), Some((16, 6)));
        assert_eq!(image("15-alpine"), Some((15, 18)));
        assert_eq!(image("latest"), Some((18, 4)));
        assert_eq!(image("nonsense"), None);
        assert_eq!(image("9"), None);
        assert_eq!(
            Image::from_tag(Layout::Official, "16.1").unwrap().server_version(),
            "16.1 (Debian 16.1-1.pgdg120+1)"
        );
    }
}
