//! Images: which of them pglab knows, what runs in their containers, and what people say of the others.
//!
//! Nothing is pulled from anywhere. An image is its name: a table tells which program stands for it, and an image that
//! no line names is an idle process, which [`Image::note`] says. Layers, digests and architectures are left out.

use crate::programs::postgres::{self, Layout};
use crate::programs::web::WebBrand;
use serde::{Deserialize, Serialize};

/// The program that an image starts when nobody says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A PostgreSQL server behind its image's entrypoint.
    Postgres(postgres::Image),
    /// A web server on this port.
    Web(WebBrand, u16),
    /// A key-value store in memory.
    Cache(Brand),
    /// A shell and the small tools around it: without a command it has nothing to do, and ends.
    Shell,
    /// The container that only holds a sandbox open.
    Pause,
    /// Nobody here knows: an idle process.
    Unknown,
}

/// Which cache: they differ in names, ports and in what they write to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Brand {
    /// Redis, port 6379.
    Redis,
    /// Valkey, Redis' free successor, port 6379.
    Valkey,
    /// memcached, port 11211: it never writes to disk.
    Memcached,
}

/// What is known of an image by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The whole name: `docker.io/library/postgres:16.4`.
    pub full: String,
    /// What it runs.
    pub kind: Kind,
    /// Whether its registry has it, as far as a name can tell: a tag of PostgreSQL that is no version is a slip.
    pub exists: bool,
}

/// What somebody has laid down for images whose names match a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// No registry has it.
    Missing,
    /// It ends at once, with exit code 1, however often it is started.
    Crashes,
    /// It runs, and no readiness probe ever succeeds.
    NeverReady,
    /// It runs for a while and ends.
    Exits {
        /// With this code.
        code: i32,
        /// After so many milliseconds.
        after_ms: i64,
    },
}

/// The rules that were laid down, the latest last: it wins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules(Vec<(String, Rule)>);

impl Rules {
    /// Lays a rule down for a pattern (`*` stands for any letters, `?` for one), or takes the pattern's rule away.
    pub fn set(&mut self, pattern: &str, rule: Option<Rule>) {
        self.0.retain(|(known, _)| known != pattern);
        self.0.extend(rule.map(|rule| (pattern.to_owned(), rule)));
    }

    /// Returns the rule for an image, by its name as written or by its whole name.
    pub fn of(&self, image: &str) -> Option<&Rule> {
        self.rule(image).map(|(_, rule)| rule)
    }

    /// Returns the rule for an image with the pattern for which it was laid down.
    pub fn rule(&self, image: &str) -> Option<(&str, &Rule)> {
        if self.0.is_empty() {
            return None;
        }
        let full = full_name(image);
        let of = |pattern: &str| matches(pattern, image) || matches(pattern, &full);
        let found = self.0.iter().rev().find(|(pattern, _)| of(pattern));
        found.map(|(pattern, rule)| (pattern.as_str(), rule))
    }

    /// Returns all rules, the latest last.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.0.iter().map(|(pattern, rule)| (pattern.as_str(), rule))
    }
}

/// The repositories that pglab knows, without registry and tag; the first that matches tells the program.
const KNOWN: &[(&str, fn(&str) -> Option<Kind>)] = &[
    ("postgres", |tag| official(tag)),
    // Built on the official image, with its entrypoint.
    ("postgis/postgis", |tag| official(tag)),
    ("pgvector/pgvector", |tag| official(tag.trim_start_matches("pg"))),
    ("timescale/timescaledb", |tag| {
        official(tag.rsplit("pg").next().unwrap_or(tag))
    }),
    ("bitnami*/postgresql", |tag| bitnami(tag)),
    ("nginx", |_| Some(Kind::Web(WebBrand::Nginx, 80))),
    ("nginx-slim", |_| Some(Kind::Web(WebBrand::Nginx, 80))),
    ("httpd", |_| Some(Kind::Web(WebBrand::Httpd, 80))),
    ("caddy", |_| Some(Kind::Web(WebBrand::Caddy, 80))),
    ("nginxinc/nginx-unprivileged", |_| {
        Some(Kind::Web(WebBrand::Nginx, 8080))
    }),
    ("bitnami*/nginx", |_| Some(Kind::Web(WebBrand::Nginx, 8080))),
    ("redis", |_| Some(Kind::Cache(Brand::Redis))),
    ("bitnami*/redis", |_| Some(Kind::Cache(Brand::Redis))),
    ("valkey", |_| Some(Kind::Cache(Brand::Valkey))),
    ("valkey/valkey", |_| Some(Kind::Cache(Brand::Valkey))),
    ("bitnami*/valkey", |_| Some(Kind::Cache(Brand::Valkey))),
    ("memcached", |_| Some(Kind::Cache(Brand::Memcached))),
    ("bitnami*/memcached", |_| Some(Kind::Cache(Brand::Memcached))),
    ("busybox", |_| Some(Kind::Shell)),
    ("e2e-test-images/busybox", |_| Some(Kind::Shell)),
    ("alpine", |_| Some(Kind::Shell)),
    ("debian", |_| Some(Kind::Shell)),
    ("ubuntu", |_| Some(Kind::Shell)),
    ("bash", |_| Some(Kind::Shell)),
    ("bitnami*/os-shell", |_| Some(Kind::Shell)),
    ("curlimages/curl", |_| Some(Kind::Shell)),
    ("pause", |_| Some(Kind::Pause)),
];

fn official(tag: &str) -> Option<Kind> {
    postgres::Image::from_tag(Layout::Official, tag).map(Kind::Postgres)
}

fn bitnami(tag: &str) -> Option<Kind> {
    postgres::Image::from_tag(Layout::Bitnami, tag).map(Kind::Postgres)
}

impl Image {
    /// Reads the name of an image.
    pub fn of(name: &str) -> Self {
        let full = full_name(name);
        let named = full.split_once('@').map_or(full.as_str(), |(named, _)| named);
        let (repository, tag) = match named.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, tag),
            _ => (named, "latest"),
        };
        let path = repository.split_once('/').map_or(repository, |(_, path)| path);
        // A mirror keeps Docker Hub's own images with or without that word.
        let path = path.strip_prefix("library/").unwrap_or(path);
        let known = KNOWN.iter().find(|(pattern, _)| matches(pattern, path));
        let kind = known.and_then(|(_, kind)| kind(tag));
        // A tag such as `17beta1` or `nightly` may well exist; one of the official image that is no version does not.
        let slip = known.is_some() && kind.is_none() && !tag.starts_with(|c: char| c.is_ascii_digit());
        Self {
            exists: !slip,
            kind: kind.unwrap_or(Kind::Unknown),
            full,
        }
    }

    /// Says what pglab does not know of the image, if it stands in with something else.
    pub fn note(&self) -> Option<String> {
        (self.kind == Kind::Unknown && self.exists).then(|| {
            format!(
                "pglab does not know the image {}: an idle process stands in for it",
                self.full
            )
        })
    }

    /// Returns the size of the compressed layers in bytes: what such an image takes, to a few megabytes.
    pub fn bytes(&self) -> i64 {
        match self.kind {
            Kind::Postgres(_) => 161_000_000,
            Kind::Web(..) => 72_000_000,
            Kind::Cache(_) => 47_000_000,
            Kind::Shell => 4_200_000,
            Kind::Pause => 320_000,
            Kind::Unknown => 150_000_000,
        }
    }
}

/// Returns the whole name of an image: Docker Hub and `latest` are filled in (distribution's `reference` package).
pub fn full_name(name: &str) -> String {
    let first = name.split('/').next().unwrap_or_default();
    let has_registry = name.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    let registry = match (has_registry, name.contains('/')) {
        (true, _) => "",
        (false, true) => "docker.io/",
        (false, false) => "docker.io/library/",
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    let tag = if last.contains([':', '@']) { "" } else { ":latest" };
    format!("{registry}{name}{tag}")
}

/// Says whether a text matches a pattern of `*` and `?`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(letter) if *letter == b'?' || *letter == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    // The star takes one letter more.
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str) -> Kind {
        Image::of(name).kind
    }

    #[test]
    fn an_image_is_known_by_its_repository_whatever_its_registry_and_tag() {
        for name in [
            "postgres",
            "postgres:16.4",
            "docker.io/postgres:15-alpine",
            "mirror.local:5000/library/postgres:16",
            "mirror.local/postgres:16",
        ] {
            assert!(matches!(kind(name), Kind::Postgres(_)), "{name}");
        }
        assert!(matches!(
            kind("bitnami/postgresql:16.6.0-debian-12-r2"),
            Kind::Postgres(_)
        ));
        assert!(matches!(
            kind("docker.io/bitnamilegacy/postgresql:16"),
            Kind::Postgres(_)
        ));
        assert_eq!(kind("registry.k8s.io/nginx-slim:0.24"), Kind::Web(WebBrand::Nginx, 80));
        assert_eq!(kind("busybox"), Kind::Shell);
        assert_eq!(kind("registry.k8s.io/pause:3.10"), Kind::Pause);
        assert_eq!(kind("ghcr.io/zalando/spilo-16:3.3-p2"), Kind::Unknown);
        assert_eq!(kind("redis@sha256:0123"), Kind::Cache(Brand::Redis));
    }

    #[test]
    fn a_tag_that_is_no_version_of_postgresql_does_not_exist() {
        assert!(!Image::of("postgres:broken").exists);
        assert!(Image::of("postgres:17beta1").exists);
        assert!(Image::of("shop/backend:whatever").exists);
        assert!(
            Image::of("shop/backend:whatever")
                .note()
                .is_some_and(|note| note.contains("idle process"))
        );
        assert_eq!(Image::of("nginx:1.25").note(), None);
    }

    #[test]
    fn the_latest_rule_that_matches_wins() {
        let mut rules = Rules::default();
        rules.set("*broken*", Some(Rule::Missing));
        rules.set("shop/*", Some(Rule::Crashes));
        assert_eq!(rules.of("nginx:broken"), Some(&Rule::Missing));
        assert_eq!(rules.of("shop/web:broken"), Some(&Rule::Crashes));
        rules.set("shop/*", None);
        assert_eq!(rules.of("shop/web:1"), None);
        rules.set("docker.io/library/nginx:?.2*", Some(Rule::NeverReady));
        assert_eq!(rules.of("nginx:1.25"), Some(&Rule::NeverReady));
    }

    #[test]
    fn names_are_completed_as_a_runtime_completes_them() {
        assert_eq!(full_name("postgres"), "docker.io/library/postgres:latest");
        assert_eq!(full_name("bitnami/redis:7"), "docker.io/bitnami/redis:7");
        assert_eq!(full_name("localhost/x"), "localhost/x:latest");
        assert_eq!(full_name("reg:5000/x@sha256:1"), "reg:5000/x@sha256:1");
    }
}
