//! Runs the command line; prints an error and exits with code 1 if a command fails.

use std::process::ExitCode;

use clap::Parser;
use onsale::commands::CommandLine;

/// Allocator that is fast if memory is allocated and freed on different threads, as registrations and files do.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // `parse` exits with code 2 after a usage error.
    match CommandLine::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("onsale: {error:#}");
            ExitCode::FAILURE
        }
    }
}
