//! initdb: an empty folder becomes a data directory, or initdb says why not.

use super::control::{Control, State};
use super::entrypoint::Wish;
use super::settings::Image;
use crate::cloud::disk::DiskError;
use crate::programs::files::Files;
use crate::programs::sql::Cluster;

/// The bytes that the system catalogs of one fresh database take; they are reserved, not written.
const CATALOG_BYTES: u64 = 7_527 * 1024;
/// The size of a segment of the write-ahead log.
const WAL_SEGMENT_BYTES: u64 = 16 << 20;

const FOLDERS: &[&str] = &[
    "base/1",
    "base/4",
    "base/5",
    "global",
    "pg_commit_ts",
    "pg_dynshmem",
    "pg_logical",
    "pg_multixact",
    "pg_notify",
    "pg_replslot",
    "pg_serial",
    "pg_snapshots",
    "pg_stat",
    "pg_stat_tmp",
    "pg_subtrans",
    "pg_tblspc",
    "pg_twophase",
    "pg_wal",
    "pg_xact",
];

/// Returns what initdb prints before it looks at the folder.
pub fn greeting(image: &Image) -> String {
    let checksums = if image.major >= 18 { "enabled" } else { "disabled" };
    format!(
        "The files belonging to this database system will be owned by user \"postgres\".\n\
         This user must also own the server process.\n\n\
         The database cluster will be initialized with locale \"en_US.utf8\".\n\
         The default database encoding has accordingly been set to \"UTF8\".\n\
         The default text search configuration will be set to \"english\".\n\n\
         Data page checksums are {checksums}.\n\n"
    )
}

/// Returns initdb's refusal of a folder that holds something, as standard error has it.
pub fn not_empty(image: &Image, files: &Files, pgdata: &str) -> Option<String> {
    let names = files.list(pgdata).unwrap_or_default();
    if names.is_empty() {
        return None;
    }
    let error = format!("initdb: error: directory \"{pgdata}\" exists but is not empty\n");
    // Since 15 the words "detail" and "hint" stand before what used to be plain lines.
    let (detail, hint) = if image.major >= 15 {
        ("initdb: detail: ", "initdb: hint: ")
    } else {
        ("", "")
    };
    Some(if names.iter().any(|name| name == "lost+found") {
        format!(
            "{error}{detail}It contains a lost+found directory, perhaps due to it being a mount point.\n\
             {hint}Using a mount point directly as the data directory is not recommended.\n\
             Create a subdirectory under the mount point.\n"
        )
    } else if names.iter().all(|name| name.starts_with('.')) {
        format!(
            "{error}{detail}It contains a dot-prefixed/invisible file, perhaps due to it being a mount point.\n\
             {hint}Using a mount point directly as the data directory is not recommended.\n\
             Create a subdirectory under the mount point.\n"
        )
    } else {
        format!(
            "{error}{hint}If you want to create a new database system, either remove or empty the directory \
             \"{pgdata}\" or run initdb with an argument other than \"{pgdata}\".\n"
        )
    })
}

/// Makes the folders and the version stamp: the first thing that initdb leaves on the disk.
pub fn begin(image: &Image, files: &mut Files, pgdata: &str) -> Result<(), DiskError> {
    for folder in FOLDERS {
        files.mkdir_all(&format!("{pgdata}/{folder}"))?;
    }
    files.write(&format!("{pgdata}/PG_VERSION"), format!("{}\n", image.major).as_bytes())
}

/// Fills the data directory, up to the line that the entrypoint adds to `pg_hba.conf`.
pub fn finish(image: &Image, files: &mut Files, wish: &Wish, now_ms: u64) -> Result<Cluster, DiskError> {
    let pgdata = &wish.pgdata;
    let stamp = format!("{}\n", image.major);
    for oid in [1, 4, 5] {
        files.write(&format!("{pgdata}/base/{oid}/PG_VERSION"), stamp.as_bytes())?;
        files.allocate(&format!("{pgdata}/base/{oid}/1249"), CATALOG_BYTES)?;
    }
    files.allocate(&format!("{pgdata}/pg_wal/000000010000000000000001"), WAL_SEGMENT_BYTES)?;
    files.write(&format!("{pgdata}/postgresql.conf"), CONF.as_bytes())?;
    files.write(&format!("{pgdata}/postgresql.auto.conf"), AUTO_CONF.as_bytes())?;
    files.write(&format!("{pgdata}/pg_ident.conf"), b"")?;
    let mut hba = HBA.to_owned();
    hba.push('\n');
    if wish.auth_method == "trust" {
        hba.push_str("# warning trust is enabled for all connections\n");
        hba.push_str(&format!(
            "# see https://www.postgresql.org/docs/{}/auth-trust.html\n",
            image.major
        ));
    }
    hba.push_str(&format!("host all all all {}\n", wish.auth_method));
    files.write(&format!("{pgdata}/pg_hba.conf"), hba.as_bytes())?;
    let password = Some(wish.password.as_str()).filter(|password| !password.is_empty());
    let cluster = Cluster::initdb(files, pgdata, &wish.user, password)?;
    Control {
        state: State::ShutDown,
        at_ms: now_ms,
        lsn: 0x0152_1B68,
    }
    .write(files, pgdata)?;
    Ok(cluster)
}

/// Returns what initdb prints from the folder on, when all went well.
pub fn success(image: &Image, pgdata: &str) -> (String, String, String) {
    // Since 17 the names of the parameters stand in quotes.
    let quote = if image.major >= 17 { "\"" } else { "" };
    let progress = format!(
        "fixing permissions on existing directory {pgdata} ... ok\n\
         creating subdirectories ... ok\n\
         selecting dynamic shared memory implementation ... posix\n\
         selecting default {quote}max_connections{quote} ... 100\n\
         selecting default {quote}shared_buffers{quote} ... 128MB\n\
         selecting default time zone ... Etc/UTC\n\
         creating configuration files ... ok\n\
         running bootstrap script ... ok\n\
         performing post-bootstrap initialization ... ok\n\
         syncing data to disk ... ok\n\n"
    );
    let hint = if image.major >= 15 { "initdb: hint: " } else { "" };
    let warning = format!(
        "initdb: warning: enabling \"trust\" authentication for local connections\n\
         {hint}You can change this by editing pg_hba.conf or using the option -A, or --auth-local and --auth-host, \
         the next time you run initdb.\n"
    );
    let end = format!(
        "\nSuccess. You can now start the database server using:\n\n    pg_ctl -D {pgdata} -l logfile start\n\n"
    );
    (progress, warning, end)
}

const CONF: &str = "\
# PostgreSQL configuration file; parameters that initdb leaves at their defaults are not listed
listen_addresses = '*'
max_connections = 100			# (change requires restart)
shared_buffers = 128MB			# min 128kB
dynamic_shared_memory_type = posix	# the default is usually the first option
max_wal_size = 1GB
min_wal_size = 80MB
log_timezone = 'Etc/UTC'
datestyle = 'iso, mdy'
timezone = 'Etc/UTC'
lc_messages = 'en_US.utf8'			# locale for system error message
lc_monetary = 'en_US.utf8'			# locale for monetary formatting
lc_numeric = 'en_US.utf8'			# locale for number formatting
lc_time = 'en_US.utf8'				# locale for time formatting
default_text_search_config = 'pg_catalog.english'
";

const AUTO_CONF: &str = "\
# Do not edit this file manually!
# It will be overwritten by the ALTER SYSTEM command.
";

const HBA: &str = "\
# PostgreSQL Client Authentication Configuration File
# TYPE  DATABASE        USER            ADDRESS                 METHOD

# \"local\" is for Unix domain socket connections only
local   all             all                                     trust
# IPv4 local connections:
host    all             all             127.0.0.1/32            trust
# IPv6 local connections:
host    all             all             ::1/128                 trust
# Allow replication connections from localhost, by a user with the
# replication privilege.
local   replication     all                                     trust
host    replication     all             127.0.0.1/32            trust
host    replication     all             ::1/128                 trust
";
