//! The server's parameters: `SHOW`, `SET`, `postgresql.conf`. Most of them do nothing here, and are still checked.

use super::reply::Report;

/// When a parameter may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// Never.
    Internal,
    /// When the server starts.
    Start,
    /// When the configuration files are read again.
    Reload,
    /// In a session.
    Session,
}

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// on or off.
    Bool,
    /// A whole number without a unit.
    Int,
    /// A number with a fraction.
    Real,
    /// An amount of memory; stored in this many bytes.
    Memory(i64),
    /// A time; stored in this many milliseconds.
    Time(i64),
    /// One of these words.
    Enum(&'static [&'static str]),
    /// Any text.
    Text,
}

/// A parameter of the server.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name as `SHOW ALL` spells it.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// When it may be changed.
    pub context: Context,
    /// Its value when nobody says otherwise, as `SHOW` prints it.
    pub default: &'static str,
}

const fn parameter(name: &'static str, kind: Kind, context: Context, default: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        context,
        default,
    }
}

use Context::{Internal, Reload, Session, Start};
use Kind::{Bool, Enum, Int, Memory, Real, Text, Time};

const KB: i64 = 1024;
const ISOLATION: Kind = Enum(&["serializable", "repeatable read", "read committed", "read uncommitted"]);
const MESSAGES: Kind = Enum(&[
    "debug5", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic",
]);

/// The parameters that pglab knows: those that people meet in tutorials, charts and tuning guides.
pub const PARAMETERS: &[Parameter] = &[
    parameter("application_name", Text, Session, ""),
    parameter("archive_command", Text, Reload, "(disabled)"),
    parameter("archive_mode", Enum(&["always", "on", "off"]), Start, "off"),
    parameter("autovacuum", Bool, Reload, "on"),
    parameter("bytea_output", Enum(&["escape", "hex"]), Session, "hex"),
    parameter("check_function_bodies", Bool, Session, "on"),
    parameter("checkpoint_completion_target", Real, Reload, "0.9"),
    parameter("checkpoint_timeout", Time(1000), Reload, "5min"),
    parameter("client_encoding", Text, Session, "UTF8"),
    parameter("client_min_messages", MESSAGES, Session, "notice"),
    parameter("cluster_name", Text, Start, ""),
    parameter("config_file", Text, Start, ""),
    parameter(
        "constraint_exclusion",
        Enum(&["partition", "on", "off"]),
        Session,
        "partition",
    ),
    parameter("cpu_tuple_cost", Real, Session, "0.01"),
    parameter("data_checksums", Bool, Internal, "off"),
    parameter("data_directory", Text, Start, ""),
    parameter("DateStyle", Text, Session, "ISO, MDY"),
    parameter("deadlock_timeout", Time(1), Session, "1s"),
    parameter("default_statistics_target", Int, Session, "100"),
    parameter("default_table_access_method", Text, Session, "heap"),
    parameter("default_tablespace", Text, Session, ""),
    parameter("default_text_search_config", Text, Session, "pg_catalog.english"),
    parameter("default_toast_compression", Enum(&["pglz", "lz4"]), Session, "pglz"),
    parameter("default_transaction_isolation", ISOLATION, Session, "read committed"),
    parameter("default_transaction_read_only", Bool, Session, "off"),
    parameter("dynamic_shared_memory_type", Text, Start, "posix"),
    parameter("effective_cache_size", Memory(8 * KB), Session, "4GB"),
    parameter("effective_io_concurrency", Int, Session, "1"),
    parameter("enable_seqscan", Bool, Session, "on"),
    parameter("enable_indexscan", Bool, Session, "on"),
    parameter("enable_hashjoin", Bool, Session, "on"),
    parameter("enable_nestloop", Bool, Session, "on"),
    parameter("extra_float_digits", Int, Session, "1"),
    parameter("fsync", Bool, Reload, "on"),
    parameter("full_page_writes", Bool, Reload, "on"),
    parameter("hba_file", Text, Start, ""),
    parameter("hot_standby", Bool, Start, "on"),
    parameter("huge_pages", Enum(&["off", "on", "try"]), Start, "try"),
    parameter("idle_in_transaction_session_timeout", Time(1), Session, "0"),
    parameter("idle_session_timeout", Time(1), Session, "0"),
    parameter("in_hot_standby", Bool, Internal, "off"),
    parameter(
        "IntervalStyle",
        Enum(&["postgres", "postgres_verbose", "sql_standard", "iso_8601"]),
        Session,
        "postgres",
    ),
    parameter("jit", Bool, Session, "on"),
    parameter("lc_collate", Text, Internal, "en_US.utf8"),
    parameter("lc_ctype", Text, Internal, "en_US.utf8"),
    parameter("lc_messages", Text, Session, "en_US.utf8"),
    parameter("lc_monetary", Text, Session, "en_US.utf8"),
    parameter("lc_numeric", Text, Session, "en_US.utf8"),
    parameter("lc_time", Text, Session, "en_US.utf8"),
    parameter("listen_addresses", Text, Start, "localhost"),
    parameter("lock_timeout", Time(1), Session, "0"),
    parameter("log_autovacuum_min_duration", Time(1), Reload, "10min"),
    parameter("log_checkpoints", Bool, Reload, "on"),
    parameter("log_connections", Bool, Reload, "off"),
    parameter("log_destination", Text, Reload, "stderr"),
    parameter("log_directory", Text, Reload, "log"),
    parameter("log_disconnections", Bool, Reload, "off"),
    parameter("log_duration", Bool, Session, "off"),
    parameter("log_filename", Text, Reload, "postgresql-%Y-%m-%d_%H%M%S.log"),
    parameter("log_hostname", Bool, Reload, "off"),
    parameter("log_line_prefix", Text, Reload, "%m [%p] "),
    parameter("log_lock_waits", Bool, Session, "off"),
    parameter("log_min_duration_statement", Time(1), Session, "-1"),
    parameter("log_min_error_statement", MESSAGES, Session, "error"),
    parameter("log_min_messages", MESSAGES, Session, "warning"),
    parameter("log_statement", Enum(&["none", "ddl", "mod", "all"]), Session, "none"),
    parameter("log_temp_files", Memory(KB), Session, "-1"),
    parameter("log_timezone", Text, Reload, "Etc/UTC"),
    parameter("logging_collector", Bool, Start, "off"),
    parameter("maintenance_work_mem", Memory(KB), Session, "64MB"),
    parameter("max_connections", Int, Start, "100"),
    parameter("max_files_per_process", Int, Start, "1000"),
    parameter("max_locks_per_transaction", Int, Start, "64"),
    parameter("max_parallel_maintenance_workers", Int, Session, "2"),
    parameter("max_parallel_workers", Int, Session, "8"),
    parameter("max_parallel_workers_per_gather", Int, Session, "2"),
    parameter("max_prepared_transactions", Int, Start, "0"),
    parameter("max_replication_slots", Int, Start, "10"),
    parameter("max_slot_wal_keep_size", Memory(KB * KB), Reload, "-1"),
    parameter("max_wal_senders", Int, Start, "10"),
    parameter("max_wal_size", Memory(KB * KB), Reload, "1GB"),
    parameter("max_worker_processes", Int, Start, "8"),
    parameter("min_wal_size", Memory(KB * KB), Reload, "80MB"),
    parameter(
        "password_encryption",
        Enum(&["md5", "scram-sha-256"]),
        Session,
        "scram-sha-256",
    ),
    parameter("port", Int, Start, "5432"),
    parameter("primary_conninfo", Text, Reload, ""),
    parameter("random_page_cost", Real, Session, "4"),
    parameter("restart_after_crash", Bool, Reload, "on"),
    parameter("row_security", Bool, Session, "on"),
    parameter("search_path", Text, Session, "\"$user\", public"),
    parameter("seq_page_cost", Real, Session, "1"),
    parameter("server_encoding", Text, Internal, "UTF8"),
    parameter("server_version", Text, Internal, ""),
    parameter("server_version_num", Int, Internal, ""),
    parameter("session_preload_libraries", Text, Session, ""),
    parameter("shared_buffers", Memory(8 * KB), Start, "128MB"),
    parameter("shared_memory_type", Text, Start, "mmap"),
    parameter("shared_preload_libraries", Text, Start, ""),
    parameter("ssl", Bool, Reload, "off"),
    parameter("ssl_cert_file", Text, Reload, "server.crt"),
    parameter("ssl_key_file", Text, Reload, "server.key"),
    parameter("standard_conforming_strings", Bool, Session, "on"),
    parameter("statement_timeout", Time(1), Session, "0"),
    parameter("superuser_reserved_connections", Int, Start, "3"),
    parameter("synchronize_seqscans", Bool, Session, "on"),
    parameter(
        "synchronous_commit",
        Enum(&["local", "remote_write", "remote_apply", "on", "off"]),
        Session,
        "on",
    ),
    parameter("synchronous_standby_names", Text, Reload, ""),
    parameter("tcp_keepalives_count", Int, Session, "0"),
    parameter("tcp_keepalives_idle", Time(1000), Session, "0"),
    parameter("tcp_keepalives_interval", Time(1000), Session, "0"),
    parameter("temp_buffers", Memory(8 * KB), Session, "8MB"),
    parameter("temp_file_limit", Memory(KB), Session, "-1"),
    parameter("TimeZone", Text, Session, "Etc/UTC"),
    parameter("track_activities", Bool, Session, "on"),
    parameter("track_counts", Bool, Session, "on"),
    parameter("transaction_deferrable", Bool, Session, "off"),
    parameter("transaction_isolation", ISOLATION, Session, "read committed"),
    parameter("transaction_read_only", Bool, Session, "off"),
    parameter("unix_socket_directories", Text, Start, "/var/run/postgresql"),
    parameter("vacuum_cost_delay", Time(1), Session, "0"),
    parameter("wal_buffers", Memory(8 * KB), Start, "4MB"),
    parameter("wal_compression", Bool, Session, "off"),
    parameter("wal_keep_size", Memory(KB * KB), Reload, "0"),
    parameter("wal_level", Enum(&["minimal", "replica", "logical"]), Start, "replica"),
    parameter("wal_log_hints", Bool, Start, "off"),
    parameter("wal_sync_method", Text, Reload, "fdatasync"),
    parameter("work_mem", Memory(KB), Session, "4MB"),
    parameter("xmloption", Enum(&["content", "document"]), Session, "content"),
];

/// Returns the parameter of this name, in any case of letters.
pub fn find(name: &str) -> Option<&'static Parameter> {
    PARAMETERS
        .iter()
        .find(|parameter| parameter.name.eq_ignore_ascii_case(name))
}

/// Returns the error for a name that no parameter has.
pub fn unknown(name: &str) -> Report {
    Report::error("42704", format!("unrecognized configuration parameter \"{name}\""))
}

impl Parameter {
    /// Returns a value as `SHOW` will print it, or why it is none.
    pub fn accept(&self, value: &str) -> Result<String, Report> {
        let invalid = || {
            Report::error(
                "22023",
                format!("invalid value for parameter \"{}\": \"{value}\"", self.name),
            )
        };
        match self.kind {
            Text => Ok(value.to_owned()),
            Bool => match value.to_lowercase().as_str() {
                "on" | "true" | "yes" | "1" | "t" | "y" => Ok("on".into()),
                "off" | "false" | "no" | "0" | "f" | "n" => Ok("off".into()),
                _ => Err(Report::error(
                    "22023",
                    format!("parameter \"{}\" requires a Boolean value", self.name),
                )),
            },
            Enum(words) => match words.iter().find(|word| word.eq_ignore_ascii_case(value)) {
                Some(word) => Ok((*word).into()),
                None => Err(invalid().hint(format!("Available values: {}.", words.join(", ")))),
            },
            Int => value
                .trim()
                .parse::<i32>()
                .map(|number| number.to_string())
                .map_err(|_| invalid()),
            Real => value
                .trim()
                .parse::<f64>()
                .map(|number| number.to_string())
                .map_err(|_| invalid()),
            Memory(unit) => {
                let units = [
                    ("B", 1),
                    ("kB", KB),
                    ("MB", KB * KB),
                    ("GB", KB * KB * KB),
                    ("TB", KB * KB * KB * KB),
                ];
                amount(value, unit, &units).ok_or_else(|| {
                    if !value.trim().starts_with(|c: char| c.is_ascii_digit() || c == '-') {
                        return invalid();
                    }
                    invalid().hint("Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".")
                })
            }
            Time(unit) => {
                // In microseconds, as "us" is a unit too.
                let units = [
                    ("us", 1),
                    ("ms", 1000),
                    ("s", 1_000_000),
                    ("min", 60_000_000),
                    ("h", 3_600_000_000),
                    ("d", 86_400_000_000),
                ];
                amount(value, unit * 1000, &units).ok_or_else(|| {
                    invalid()
                        .hint("Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".")
                })
            }
        }
    }
}

/// Returns a shown value as `pg_settings` has it: amounts in the parameter's own unit.
pub fn raw(parameter: &Parameter, shown: &str) -> String {
    let (base, units): (i64, &[(&str, i64)]) = match parameter.kind {
        Memory(base) => (
            base,
            &[
                ("kB", KB),
                ("MB", KB * KB),
                ("GB", KB * KB * KB),
                ("TB", KB * KB * KB * KB),
            ],
        ),
        Time(base) => (
            base,
            &[
                ("ms", 1),
                ("min", 60_000),
                ("s", 1000),
                ("h", 3_600_000),
                ("d", 86_400_000),
            ],
        ),
        _ => return shown.to_owned(),
    };
    let digits = shown.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(shown.len());
    let factor = units
        .iter()
        .find(|(name, _)| *name == &shown[digits..])
        .map(|(_, factor)| *factor);
    match (shown[..digits].parse::<i64>(), factor) {
        (Ok(number), Some(factor)) => (number * factor / base).to_string(),
        _ => shown.to_owned(),
    }
}

/// Reads an amount whose bare numbers count `base`, and prints it in the largest unit that divides it.
fn amount(value: &str, base: i64, units: &[(&str, i64)]) -> Option<String> {
    let value = value.trim();
    let digits = value
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
        .unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let number: f64 = number.parse().ok()?;
    let factor = match unit.trim() {
        "" => base,
        unit => units.iter().find(|(name, _)| *name == unit)?.1,
    };
    // Rounded to the parameter's own unit, as PostgreSQL stores it.
    let stored = (number * factor as f64 / base as f64).round() as i64;
    if stored <= 0 {
        return Some(stored.to_string());
    }
    let whole = stored * base;
    let (name, factor) = units.iter().rev().find(|(_, factor)| whole % factor == 0)?;
    Some(format!("{}{name}", whole / factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_in_the_largest_unit_that_divides_them() {
        let show = |name: &str, value: &str| find(name).unwrap().accept(value).unwrap();
        assert_eq!(show("shared_buffers", "16384"), "128MB");
        assert_eq!(show("work_mem", "1024MB"), "1GB");
        assert_eq!(show("checkpoint_timeout", "300"), "5min");
        assert_eq!(show("statement_timeout", "1500"), "1500ms");
        assert_eq!(show("statement_timeout", "2s"), "2s");
        assert_eq!(show("statement_timeout", "0"), "0");
        assert_eq!(show("fsync", "FALSE"), "off");
        assert!(find("work_mem").unwrap().accept("4XB").is_err());
    }

    #[test]
    fn every_default_is_a_value_that_the_parameter_takes() {
        for parameter in PARAMETERS {
            if !parameter.default.is_empty() {
                assert_eq!(
                    parameter.accept(parameter.default).unwrap(),
                    parameter.default,
                    "{}",
                    parameter.name
                );
            }
        }
    }
}
