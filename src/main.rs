//! The program `pglab`: hands the arguments over, and ends with an exit code.

fn main() -> std::process::ExitCode {
    // A panic is a fault of ours: say so, and end with the code that means it.
    let outcome = std::panic::catch_unwind(|| pglab::cli::run(std::env::args_os()));
    outcome.unwrap_or(pglab::cli::Exit::Broken).into()
}
