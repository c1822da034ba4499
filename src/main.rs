//! Parses the command line, runs a command, and turns its error into a text and an exit code.

use std::process::ExitCode;

use clap::Parser;
use onsale::commands::CommandLine;

fn main() -> ExitCode {
    // Usage errors end here, with code 2.
    match CommandLine::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("onsale: {error:#}");
            ExitCode::FAILURE
        }
    }
}
