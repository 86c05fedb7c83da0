//! The entrypoint of an image: it decides whether a database is made, kept or refused, and says so in its own words.
//!
//! Words and rules are those of docker-library/postgres, docker-entrypoint.sh, and of Bitnami's setup scripts.

use super::settings::{Image, Layout};
use crate::cloud::disk::DiskError;
use crate::programs::files::Files;
use crate::programs::outcome::Env;

/// What a container's environment asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Where the data goes.
    pub pgdata: String,
    /// The superuser.
    pub user: String,
    /// Its password; empty with `trust`.
    pub password: String,
    /// The database that is made beside `postgres`.
    pub database: String,
    /// The authentication method of connections from the network.
    pub auth_method: String,
    /// The role of `POSTGRESQL_USERNAME`, which at Bitnami's is no superuser, with its password.
    pub extra_user: Option<(String, String)>,
}

/// What the entrypoint does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It says why not, and exits with 1.
    Refuse {
        /// What it prints on standard error.
        words: String,
    },
    /// It makes a database, after these words on standard error.
    Init {
        /// What it prints first.
        words: String,
        /// What for.
        wish: Wish,
    },
    /// A database is there already: its environment is not looked at any more.
    Keep {
        /// Where it is.
        pgdata: String,
    },
}

/// Looks at the environment and at the disk.
pub fn plan(image: &Image, env: &Env, files: &Files) -> Plan {
    let wish = match wish(image, env, files) {
        Ok(wish) => wish,
        Err(words) => return Plan::Refuse { words },
    };
    if let Some(words) = unreadable(image, files, &wish.pgdata) {
        return Plan::Refuse { words };
    }
    let version_file = format!("{}/PG_VERSION", wish.pgdata);
    if files.file(&version_file).is_ok_and(|file| !file.is_empty()) {
        return Plan::Keep { pgdata: wish.pgdata };
    }
    if wish.password.is_empty() && wish.auth_method != "trust" {
        let words = match image.layout {
            Layout::Official => NO_PASSWORD.to_owned(),
            Layout::Bitnami => BITNAMI_NO_PASSWORD.to_owned(),
        };
        return Plan::Refuse { words };
    }
    if image.layout == Layout::Official && image.major >= 18 && wish.pgdata == image.default_pgdata() {
        let old = old_databases(files);
        if !old.is_empty() {
            return Plan::Refuse {
                words: OLD_DATABASES.replace("%", &old.join("\n         ")),
            };
        }
    }
    let words = if image.layout == Layout::Official && wish.auth_method == "trust" {
        TRUST
    } else {
        ""
    };
    Plan::Init {
        words: words.to_owned(),
        wish,
    }
}

/// Returns what is printed where the disk under the data directory answers with nothing but errors: the scripts run with
/// `set -e`, and end at the first tool that fails, before anything is looked for or changed.
///
/// docker_create_db_directories: `mkdir -p` finds out below the mount point; the mount point itself is known to the
/// kernel, and `chmod` (whose failure is borne) and `find` stumble. The words are GNU's; those of Alpine are left out.
fn unreadable(image: &Image, files: &Files, pgdata: &str) -> Option<String> {
    let (disk, mount) = files.disk_under(pgdata);
    if !disk.is_failing() {
        return None;
    }
    let why = DiskError::Io;
    let words = match (image.layout, crate::programs::files::normal(pgdata) == mount) {
        (Layout::Official, true) => {
            format!("chmod: changing permissions of '{pgdata}': {why}\nfind: ‘{pgdata}’: {why}\n")
        }
        _ => format!("mkdir: cannot create directory ‘{pgdata}’: {why}\n"),
    };
    Some(words)
}

/// Returns the places where an image of 18 or later fears an older database: docker_setup_env.
fn old_databases(files: &Files) -> Vec<String> {
    let mut places = vec!["/var/lib/postgresql".to_owned(), "/var/lib/postgresql/data".to_owned()];
    for name in files.list("/var/lib/postgresql").unwrap_or_default() {
        places.push(format!("/var/lib/postgresql/{name}/docker"));
    }
    places.retain(|place| {
        files
            .file(&format!("{place}/PG_VERSION"))
            .is_ok_and(|file| !file.is_empty())
    });
    let unused = "/var/lib/postgresql/data";
    if places.is_empty() && files.disk_under(unused).1 == unused {
        places.push(format!("{unused} (unused mount/volume)"));
    }
    places
}

/// Reads what the environment asks for, or says what is wrong with it.
pub fn wish(image: &Image, env: &Env, files: &Files) -> Result<Wish, String> {
    let read = |name: &str| from_env_or_file(env, files, name);
    match image.layout {
        Layout::Official => {
            let password = read("POSTGRES_PASSWORD")?.unwrap_or_default();
            let user = read("POSTGRES_USER")?.unwrap_or_else(|| "postgres".into());
            let database = read("POSTGRES_DB")?.unwrap_or_else(|| user.clone());
            let method = env.get("POSTGRES_HOST_AUTH_METHOD").filter(|method| !method.is_empty());
            Ok(Wish {
                pgdata: env
                    .get("PGDATA")
                    .filter(|path| !path.is_empty())
                    .cloned()
                    .unwrap_or(image.default_pgdata()),
                user,
                password,
                database,
                auth_method: method.cloned().unwrap_or_else(|| image.password_method().into()),
                extra_user: None,
            })
        }
        Layout::Bitnami => {
            let either = |names: &[&str]| -> Result<Option<String>, String> {
                for name in names {
                    if let Some(value) = read(name)? {
                        return Ok(Some(value));
                    }
                }
                Ok(None)
            };
            let user = either(&["POSTGRESQL_USERNAME", "POSTGRESQL_USER", "POSTGRES_USER"])?;
            let password = either(&["POSTGRESQL_PASSWORD", "POSTGRES_PASSWORD"])?.unwrap_or_default();
            let superuser = either(&["POSTGRESQL_POSTGRES_PASSWORD", "POSTGRES_POSTGRES_PASSWORD"])?;
            let database = either(&["POSTGRESQL_DATABASE", "POSTGRES_DB", "POSTGRES_DATABASE"])?;
            let blank = env
                .get("ALLOW_EMPTY_PASSWORD")
                .is_some_and(|word| word.eq_ignore_ascii_case("yes"));
            let other = user.filter(|user| user != "postgres");
            Ok(Wish {
                pgdata: either(&["POSTGRESQL_DATA_DIR", "PGDATA"])?.unwrap_or(image.default_pgdata()),
                user: "postgres".into(),
                password: match &other {
                    Some(_) => superuser.unwrap_or_else(|| password.clone()),
                    None => password.clone(),
                },
                database: database.unwrap_or_else(|| "postgres".into()),
                auth_method: if blank && password.is_empty() {
                    "trust".into()
                } else {
                    "md5".into()
                },
                extra_user: other.map(|user| (user, password)),
            })
        }
    }
}

/// Reads `NAME`, or the file that `NAME_FILE` names; both together are refused, and empty counts as unset.
fn from_env_or_file(env: &Env, files: &Files, name: &str) -> Result<Option<String>, String> {
    let set = |name: &str| env.get(name).filter(|value| !value.is_empty());
    match (set(name), set(&format!("{name}_FILE"))) {
        (Some(_), Some(_)) => Err(format!(
            "error: both {name} and {name}_FILE are set (but are exclusive)"
        )),
        (Some(value), None) => Ok(Some(value.clone())),
        (None, Some(path)) => match files.read_text(path) {
            // The shell's $(< file) drops newlines at the end.
            Ok(text) => Ok(Some(text.trim_end_matches('\n').to_owned()).filter(|text| !text.is_empty())),
            Err(error) => Err(format!("/usr/local/bin/docker-entrypoint.sh: line 21: {path}: {error}")),
        },
        (None, None) => Ok(None),
    }
}

const NO_PASSWORD: &str = "\
Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".

       You may also use \"POSTGRES_HOST_AUTH_METHOD=trust\" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about \"trust\":
       https://www.postgresql.org/docs/current/auth-trust.html
";

const BITNAMI_NO_PASSWORD: &str = "\
postgresql ERROR ==> The POSTGRESQL_PASSWORD environment variable is empty or not set. Set the environment variable ALLOW_EMPTY_PASSWORD=yes to allow the container to be started with blank passwords. This is recommended only for development.
";

const TRUST: &str = "\
********************************************************************************
WARNING: POSTGRES_HOST_AUTH_METHOD has been set to \"trust\". This will allow
         anyone with access to the Postgres port to access your database without
         a password, even if POSTGRES_PASSWORD is set. See PostgreSQL
         documentation about \"trust\":
         https://www.postgresql.org/docs/current/auth-trust.html
         In Docker's default configuration, this is effectively any other
         container on the same system.

         It is not recommended to use POSTGRES_HOST_AUTH_METHOD=trust. Replace
         it with \"-e POSTGRES_PASSWORD=password\" instead to set a password in
         \"docker run\".
********************************************************************************
";

const OLD_DATABASES: &str = "\
Error: in 18+, these Docker images are configured to store database data in a
       format which is compatible with \"pg_ctlcluster\" (specifically, using
       major-version-specific directory names).  This better reflects how
       PostgreSQL itself works, and how upgrades are to be performed.

       See also https://github.com/docker-library/postgres/pull/1259

       Counter to that, there appears to be PostgreSQL data in:
         %

       This is usually the result of upgrading the Docker image without
       upgrading the underlying database using \"pg_upgrade\" (which requires both
       versions).

       The suggested container configuration for 18+ is to place a single mount
       at /var/lib/postgresql which will then place PostgreSQL data in a
       subdirectory, allowing usage of \"pg_upgrade --link\" without mount point
       boundary issues.

       See https://github.com/docker-library/postgres/issues/37 for a (long)
       discussion around this process, and suggestions for how to do so.
";
