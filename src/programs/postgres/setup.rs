//! The entrypoint's temporary server: it makes the database that was wished for, and runs the scripts.
//!
//! The server cannot run a script: whoever drives it asks for one after the other ([`Postgres::next_script`]), runs it in
//! the container, where psql reaches the temporary server through its socket, and tells what came of it. Words and rules
//! are those of docker-library/postgres, docker-entrypoint.sh (`docker_process_init_files`), and of Bitnami's
//! `postgresql_custom_init_scripts`. Left out: how long scripts take, those that xz or zstd packed (they are refused by
//! name), what a sourced script leaves in the environment of the next, and its `exit 0`, which ends the entrypoint too.

use super::control::{Control, State};
use super::entrypoint::{self, Wish};
use super::server::{Phase, Postgres};
use super::settings::Layout;
use crate::cloud::disk::DiskError;
use crate::programs::files::Files;
use crate::programs::outcome::{Env, Outcome, Stream};

const SCRIPTS: &str = "/docker-entrypoint-initdb.d";

/// How the entrypoint's lines begin.
const ENTRYPOINT: &str = "/usr/local/bin/docker-entrypoint.sh";

/// One of the scripts that a first start runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitScript {
    /// What bash is given to run.
    pub text: String,
    /// Its environment.
    pub env: Env,
}

impl Postgres {
    /// Makes database and extra role, and looks for scripts; a failure's exit code is the container's.
    pub(super) fn end_setup(&mut self, files: &mut Files, now_ms: u64) {
        match self.make_wished(files, now_ms) {
            Ok(wish) => self.look_for_scripts(&wish, files, now_ms),
            Err(code) => self.exit_with(code, now_ms),
        }
    }

    fn make_wished(&mut self, files: &mut Files, now_ms: u64) -> Result<Wish, i32> {
        let wish = entrypoint::wish(&self.image, self.env(), files).map_err(|words| {
            self.log.complain(now_ms, &words);
            1
        })?;
        self.log
            .print(now_ms, "waiting for server to start.... done\nserver started");
        if let Some(cluster) = &mut self.cluster
            && !cluster.has_database(&wish.database)
        {
            let made = cluster.create_database(&wish.database, &wish.user, "template1", files);
            if let Err(report) = made {
                self.log.report(now_ms, self.pid, &report, None);
                return Err(1);
            }
            self.log.print(now_ms, "CREATE DATABASE\n\n");
        }
        if let (Some(cluster), Some((user, password))) = (&mut self.cluster, &wish.extra_user)
            && let Err(report) = cluster.create_login(user, password, files)
        {
            self.log.report(now_ms, self.pid, &report, None);
            return Err(1);
        }
        self.log.print(now_ms, "");
        Ok(wish)
    }

    fn look_for_scripts(&mut self, wish: &Wish, files: &mut Files, now_ms: u64) {
        let mut names = files.list(SCRIPTS).unwrap_or_default();
        // A ConfigMap's versions lie beside its files, and a pattern takes nothing that begins with a dot.
        names.retain(|name| !name.starts_with('.') && files.file(&format!("{SCRIPTS}/{name}")).is_ok());
        names.sort();
        if names.is_empty() {
            self.log
                .print(now_ms, &format!("{ENTRYPOINT}: ignoring {SCRIPTS}/*\n\n"));
            return self.leave_setup(files, now_ms);
        }
        if self.image.layout == Layout::Bitnami {
            let words = format!("postgresql INFO  ==> Loading user's custom files from {SCRIPTS} ...");
            self.log.print(now_ms, &words);
        }
        let (user, password) = match &wish.extra_user {
            Some(extra) => extra.clone(),
            None => (wish.user.clone(), wish.password.clone()),
        };
        let mut env = self.env.clone();
        // What the entrypoint exports: `file_env` and `_main`.
        for (name, value) in [
            ("POSTGRES_USER", &wish.user),
            ("POSTGRES_DB", &wish.database),
            ("POSTGRES_PASSWORD", &wish.password),
        ] {
            env.insert(name.to_owned(), value.clone());
        }
        env.entry("PGPASSWORD".to_owned()).or_insert(password);
        names.reverse();
        // The temporary server is a server like any other: who is stopped hard leaves a directory that wants recovery.
        self.read_hba(files);
        if let Err(error) = self.mark(State::InProduction, files, now_ms) {
            self.log
                .complain(now_ms, &format!("pg_ctl: could not start server: {error}"));
            return self.exit_with(1, now_ms);
        }
        self.phase = Phase::Scripts {
            rest: names,
            user,
            database: wish.database.clone(),
        };
        self.env_of_scripts = env;
        self.skip_ignored(files, now_ms);
    }

    /// Passes over what is no script, and ends the setup behind the last.
    fn skip_ignored(&mut self, files: &mut Files, now_ms: u64) {
        while let Phase::Scripts { rest, .. } = &mut self.phase {
            let Some(name) = rest.last() else {
                return self.stop_temporary(files, now_ms);
            };
            if runs(name).is_some() {
                return;
            }
            if self.image.layout == Layout::Official {
                self.log
                    .print(now_ms, &format!("{ENTRYPOINT}: ignoring {SCRIPTS}/{name}\n\n"));
            }
            rest.pop();
        }
    }

    /// Returns the script that is to run now, once its heading is in the log; None when none is.
    pub fn next_script(&mut self, now_ms: u64) -> Option<InitScript> {
        let Phase::Scripts { rest, user, database } = &self.phase else {
            return None;
        };
        let name = rest.last()?;
        let path = format!("{SCRIPTS}/{name}");
        let what = runs(name)?;
        if self.image.layout == Layout::Official {
            let verb = if what == Runs::Shell { "sourcing" } else { "running" };
            self.log.print(now_ms, &format!("{ENTRYPOINT}: {verb} {path}"));
        }
        let psql = |more: &str| {
            format!(
                "psql -v ON_ERROR_STOP=1 --username {} --no-password --no-psqlrc --dbname {}{more}",
                quoted(user),
                quoted(database)
            )
        };
        let text = match what {
            Runs::Shell => format!("set -Eeo pipefail\n. {}", quoted(&path)),
            Runs::Sql => psql(&format!(" -f {}", quoted(&path))),
            Runs::Packed => format!("set -Eeo pipefail\ngunzip -c {} | {}", quoted(&path), psql("")),
            Runs::Unreadable => format!("echo 'pglab does not unpack '{} >&2; exit 126", quoted(&path)),
        };
        Some(InitScript {
            text,
            env: self.env_of_scripts.clone(),
        })
    }

    /// Takes note of what came of the script that was to run: where it failed, the container ends with its code.
    pub fn script_ran(&mut self, outcome: &Outcome, files: &mut Files, now_ms: u64) {
        let Phase::Scripts { rest, .. } = &mut self.phase else {
            return;
        };
        let is_sql = rest
            .pop()
            .is_some_and(|name| runs(&name).is_some_and(|what| what != Runs::Shell));
        for said in outcome.said.chunk_by(|before, after| before.0 == after.0) {
            let text: String = said.iter().map(|(_, text)| text.as_str()).collect();
            match said[0].0 {
                Stream::Stdout => self.log.print(now_ms, &text),
                Stream::Stderr => self.log.complain(now_ms, &text),
            }
        }
        if outcome.code != 0 {
            return self.exit_with(outcome.code, now_ms);
        }
        self.log.print(now_ms, if is_sql { "\n\n" } else { "" });
        self.skip_ignored(files, now_ms);
    }

    /// Stops the temporary server as `pg_ctl -m fast -w stop` does: with a checkpoint.
    fn stop_temporary(&mut self, files: &mut Files, now_ms: u64) {
        let saved = self
            .cluster
            .as_mut()
            .map_or(Ok(()), |cluster| cluster.checkpoint(files));
        if let Err(report) = saved {
            self.log.report(now_ms, self.pid, &report, None);
            return self.exit_with(1, now_ms);
        }
        if let Err(error) = self.mark(State::ShutDown, files, now_ms) {
            self.log
                .complain(now_ms, &format!("pg_ctl: server does not shut down: {error}"));
            return self.exit_with(1, now_ms);
        }
        self.leave_setup(files, now_ms);
    }

    fn mark(&self, state: State, files: &mut Files, now_ms: u64) -> Result<(), DiskError> {
        let lsn = Control::read(files, &self.pgdata)?.lsn;
        let at_ms = now_ms;
        Control { state, at_ms, lsn }.write(files, &self.pgdata)
    }

    fn leave_setup(&mut self, files: &mut Files, now_ms: u64) {
        self.log
            .print(now_ms, "waiting for server to shut down.... done\nserver stopped");
        self.cluster = None;
        self.env_of_scripts = Env::default();
        self.log
            .print(now_ms, "\nPostgreSQL init process complete; ready for start up.\n\n");
        self.next_pid = 64;
        self.launch(files, now_ms);
    }
}

/// What a file among the scripts is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runs {
    Shell,
    Sql,
    /// With gzip.
    Packed,
    /// With a packer that is not simulated.
    Unreadable,
}

fn runs(name: &str) -> Option<Runs> {
    let ends = |end: &str| name.ends_with(end);
    match () {
        () if ends(".sh") => Some(Runs::Shell),
        () if ends(".sql") => Some(Runs::Sql),
        () if ends(".sql.gz") => Some(Runs::Packed),
        () if ends(".sql.xz") || ends(".sql.zst") => Some(Runs::Unreadable),
        () => None,
    }
}

/// Quotes a word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
