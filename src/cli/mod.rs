//! The commands of the program, one file each. The only floor that reads the environment and the files of a person.

mod book;
mod error;
mod list;
mod manifests;
mod run;
mod terminal;

use clap::{CommandFactory, Parser, Subcommand};
use error::Failure;
use std::ffi::OsString;

pub use error::Exit;

/// What happens to a PostgreSQL database on Kubernetes: labs and rehearsals in one process, in virtual time.
#[derive(Parser)]
#[command(name = "pglab", version, about, max_term_width = 100, arg_required_else_help = true)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a lab, or your own manifests
    Run(run::Run),
    /// List the labs
    List(list::List),
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
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let wrong = error.use_stderr();
            // A closed pipe is nobody's fault: there is no one left to tell.
            let _ = error.print();
            return if wrong { Exit::Usage } else { Exit::Fine };
        }
    };
    let outcome = match args.command {
        Command::Run(run) => run.run(),
        Command::List(list) => list.run(),
        Command::Book(book) => book.run(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "pglab", &mut script);
            terminal::print(&String::from_utf8_lossy(&script))
        }
    };
    outcome.unwrap_or_else(|failure: Failure| failure.report())
}
