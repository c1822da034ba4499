//! Files on local disk: the spool, and tickets of another program.

use std::path::PathBuf;

use super::{
    Sources,
    key::{keys, number, text},
    server::data_dir,
};

keys! {
    SPOOL_MB = number("spool.mb", 0, 0..=10_000_000,
        "MiB under DATA_DIR/spool for files that storage does not accept now; 0 is no spool.");
    TICKETS_DIR = text("local.tickets_dir", None,
        "Folder of PDFs named by registration id; they are served until they are imported.");
    FILE_MB = number("local.file_mb", 32, 1..=4096,
        "Largest PDF in local.tickets_dir, in MiB; a file is read into memory.");
}

/// Settings of files on local disk.
#[derive(Debug, Clone)]
pub struct DiskConfig {
    /// Folder of files that storage does not accept now.
    pub spool: PathBuf,
    /// Largest total of these files; 0 is no spool.
    pub spool_bytes: u64,
    /// Folder of tickets that another program made.
    pub local_tickets: Option<PathBuf>,
    /// Size of the largest of these tickets.
    pub local_file_bytes: u64,
}

/// Reads the settings of files on local disk.
pub fn read(sources: &mut Sources) -> DiskConfig {
    DiskConfig {
        spool: data_dir(sources).join("spool"),
        spool_bytes: SPOOL_MB.number::<u64>(sources) << 20,
        local_tickets: TICKETS_DIR.text(sources).map(PathBuf::from),
        local_file_bytes: FILE_MB.number::<u64>(sources) << 20,
    }
}
