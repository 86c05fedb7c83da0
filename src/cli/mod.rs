//! The commands of the program, one file each. The only floor that reads the environment and the files of a person.

mod book;
mod cluster;
mod error;
mod events;
mod faults;
mod files;
mod happen;
mod korean;
mod kubectl;
mod list;
mod map;
mod manifests;
mod place;
mod progress;
mod psql;
mod restore;
mod run;
mod settings;
mod terminal;
mod time;
mod usage;
mod why;

use crate::sim::Lang;
use clap::{CommandFactory, Parser, Subcommand};
use error::Failure;
use std::ffi::OsString;
use std::path::PathBuf;

pub use error::Exit;

/// What happens to a PostgreSQL database on Kubernetes: labs and rehearsals in one process, in virtual time.
#[derive(Parser)]
#[command(name = "pglab", version, about, max_term_width = 100, arg_required_else_help = true)]
struct Args {
    /// The folder of the cluster [default: the current one, or the nearest above it]
    #[arg(long, value_name = "DIR", env = "PGLAB_CLUSTER")]
    cluster: Option<PathBuf>,
    /// The language: en or ko [default: from LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, global = true, value_parser = terminal::read_language)]
    lang: Option<Lang>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a lab, or your own manifests
    Run(run::Run),
    /// List the labs
    List(list::List),
    /// Make, look at or take away a cluster that lives in a folder
    #[command(subcommand)]
    Cluster(cluster::Cluster),
    /// kubectl for the cluster of this folder: get, describe, apply, exec, logs and the rest
    #[command(visible_alias = "k", disable_help_flag = true, disable_version_flag = true)]
    Kubectl(kubectl::Kubectl),
    /// Let time pass, go back in it, or list its moments
    #[command(subcommand)]
    Time(time::Time),
    /// Take back the last command
    Undo,
    /// Stop, start, crash, cut off, heal, add or remove a node
    #[command(subcommand)]
    Node(faults::Node),
    /// Stop or heal a whole zone
    #[command(subcommand)]
    Zone(faults::Zone),
    /// Make a volume slow or broken, or heal it
    #[command(subcommand)]
    Disk(faults::Disk),
    /// Say what an image does
    #[command(subcommand)]
    Image(faults::Image),
    /// Run SQL in a database of the cluster
    Psql(psql::Psql),
    /// Say why an object is as it is, what it waits for, and what would help
    Why(why::Why),
    /// Draw the cluster
    Map(map::Map),
    /// List every write and deed in order, each with its cause
    Events(events::Events),
    /// Build the book, with every screen run anew
    Book(book::Book),
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Runs the program with these arguments, the program's name first, and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    let mut args = match Args::try_parse_from(&args) {
        Ok(args) => args,
        Err(error) => {
            let wrong = error.use_stderr();
            let korean = match usage::language(&args) {
                Lang::En => None,
                Lang::Ko => usage::korean(&error),
            };
            match korean {
                Some(told) => terminal::tell(told.trim_end()),
                // A closed pipe is nobody's fault: there is no one left to tell.
                None => drop(error.print()),
            }
            if let Some(hint) = usage::hint(&error) {
                terminal::tell(&match usage::language(&args) {
                    Lang::En => format!("hint: {}", hint.text(Lang::En)),
                    Lang::Ko => format!("힌트: {}", hint.text(Lang::Ko)),
                });
            }
            return if wrong { Exit::Usage } else { Exit::Fine };
        }
    };
    if let Command::Kubectl(kubectl) = &mut args.command {
        match kubectl.take_language() {
            Ok(lang) => args.lang = lang.or(args.lang),
            Err(wrong) => return wrong.report(args.lang.unwrap_or_else(terminal::language)),
        }
    }
    let lang = args.lang.unwrap_or_else(terminal::language);
    let place = place::Place::new(args.cluster, lang);
    let outcome = match args.command {
        Command::Run(run) => run.run(lang),
        Command::List(list) => list.run(lang),
        Command::Cluster(cluster) => cluster.run(&place),
        Command::Kubectl(kubectl) => kubectl.run(&place),
        Command::Time(time) => time.run(&place),
        Command::Undo => time::undo(&place),
        Command::Node(node) => node.run(&place),
        Command::Zone(zone) => zone.run(&place),
        Command::Disk(disk) => disk.run(&place),
        Command::Image(image) => image.run(&place),
        Command::Psql(psql) => psql.run(&place),
        Command::Why(why) => why.run(&place),
        Command::Map(map) => map.run(&place),
        Command::Events(events) => events.run(&place),
        Command::Book(book) => book.run(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "pglab", &mut script);
            terminal::print(&String::from_utf8_lossy(&script))
        }
    };
    outcome.unwrap_or_else(|failure: Failure| failure.report(lang))
}
