//! Parses the command line, runs a command, and turns its error into a text and an exit code.

use std::process::ExitCode;

use clap::Parser;
use onsale::commands::CommandLine;

/// A surge allocates on some threads and frees on others; this allocator is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
