//! `pglab psql`

use super::error::{Exit, Failure};
use super::kubectl;
use super::place::{Place, as_typed};
use clap::Args;

#[derive(Args)]
pub(super) struct Psql {
    /// The pod, or a thing that has pods: pg-0, deploy/db, svc/pg
    target: String,
    /// The SQL
    #[arg(short, long, value_name = "SQL")]
    command: Vec<String>,
    /// The database [default: POSTGRES_DB of the container, or its user's]
    #[arg(short, long)]
    dbname: Option<String>,
    /// The role [default: POSTGRES_USER of the container]
    #[arg(short = 'U', long)]
    username: Option<String>,
    /// The namespace
    #[arg(short, long)]
    namespace: Option<String>,
    /// Other options of psql's, after --
    #[arg(last = true)]
    rest: Vec<String>,
}

impl Psql {
    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        let mut typed = vec!["psql".to_owned(), self.target.clone()];
        for sql in &self.command {
            typed.extend(["-c".to_owned(), sql.clone()]);
        }
        let mut args = vec!["exec".to_owned(), self.target];
        if self.command.is_empty() {
            args.push("-i".to_owned());
        }
        args.extend(
            self.namespace
                .into_iter()
                .flat_map(|namespace| ["-n".to_owned(), namespace]),
        );
        // The container knows its own user and database, as the image's entrypoint does.
        let user = self.username.map_or_else(
            || "\"${POSTGRES_USER:-${POSTGRESQL_USERNAME:-postgres}}\"".to_owned(),
            |user| quoted(&user),
        );
        let database = self.dbname.map_or_else(
            || "\"${POSTGRES_DB:-${POSTGRESQL_DATABASE:-${POSTGRES_USER:-postgres}}}\"".to_owned(),
            |name| quoted(&name),
        );
        let mut line = format!("psql -U {user} -d {database}");
        for sql in &self.command {
            line.push_str(&format!(" -c {}", quoted(sql)));
        }
        for word in &self.rest {
            line.push_str(&format!(" {}", quoted(word)));
        }
        args.extend(["--", "sh", "-c"].map(str::to_owned));
        args.push(line);
        kubectl::command(place, &as_typed("pglab", &typed), &args)
    }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
