//! The entrypoint's temporary server: it makes the database that was wished for, and runs the scripts.

use super::entrypoint;
use super::server::Postgres;
use crate::programs::files::Files;

const SCRIPTS: &str = "/docker-entrypoint-initdb.d";

/// Makes database and extra role, runs `/docker-entrypoint-initdb.d`; a failing script's exit code is the container's.
pub(super) fn run(server: &mut Postgres, files: &mut Files, now_ms: u64) -> Result<(), i32> {
    let wish = entrypoint::wish(&server.image, server.env(), files).map_err(|words| {
        server.log.complain(now_ms, &words);
        1
    })?;
    server
        .log
        .print(now_ms, "waiting for server to start.... done\nserver started");
    if let Some(cluster) = &mut server.cluster
        && !cluster.has_database(&wish.database)
    {
        let made = cluster.create_database(&wish.database, &wish.user, "template1", files);
        if let Err(report) = made {
            server.log.report(now_ms, server.pid, &report, None);
            return Err(1);
        }
        server.log.print(now_ms, "CREATE DATABASE\n\n");
    }
    if let (Some(cluster), Some((user, password))) = (&mut server.cluster, &wish.extra_user)
        && let Err(report) = cluster.create_login(user, password, files)
    {
        server.log.report(now_ms, server.pid, &report, None);
        return Err(1);
    }
    server.log.print(now_ms, "");
    let scripts = files.list(SCRIPTS).unwrap_or_default();
    if scripts.is_empty() {
        server.log.print(
            now_ms,
            &format!("/usr/local/bin/docker-entrypoint.sh: ignoring {SCRIPTS}/*\n\n"),
        );
    }
    server
        .log
        .print(now_ms, "waiting for server to shut down.... done\nserver stopped");
    Ok(())
}
