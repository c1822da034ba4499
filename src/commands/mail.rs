//! `onsale mail`

use std::{
    io::{Read, Write, stderr, stdin, stdout},
    process::exit,
};

use clap::Subcommand;

use crate::{
    config::Sources,
    mail::read_report,
    work::{Refusal, messages},
};

/// Commands for messages.
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// Read a report of a mail server about a message, from standard input, and record what became of the message
    ///
    /// For a mail server that pipes what arrives at `MAIL_BOUNCE_ADDRESS` into a command. What is no report is ignored. If
    /// the database does not answer, the exit code is 75: mail servers try again later.
    Bounce,
}

/// Longest report that is read.
const MAX_BYTES: u64 = 25 << 20;
/// Exit code that asks the mail server to try again (`EX_TEMPFAIL`).
const EXIT_TRY_AGAIN: i32 = 75;

impl Mail {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let Self::Bounce = self;
        let mut bytes = Vec::new();
        stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes)?;
        let Some(report) = read_report(&bytes) else {
            writeln!(stdout(), "ignored: this is no report about a message of Onsale")?;
            return Ok(());
        };
        super::with_records(sources, async |records| {
            match messages::report(&records, &report).await {
                Ok(true) => writeln!(stdout(), "{}: {}", report.message, report.state.name())?,
                Ok(false) => writeln!(stdout(), "ignored: there is no message {}", report.message)?,
                Err(Refusal::Unavailable | Refusal::Unknown) => {
                    // Without a stderr, the exit code says it.
                    drop(writeln!(stderr(), "the database does not answer; try again"));
                    exit(EXIT_TRY_AGAIN);
                }
                Err(refusal) => return Err(super::refusal_error(refusal)),
            }
            Ok(())
        })
    }
}
