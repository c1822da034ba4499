//! Search for PostgreSQL's server binaries on this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::PostgresError;

/// Returns the folder of the binaries with the cluster's major version, or of the newest ones for a new cluster.
pub fn find_binaries(data: &Path) -> Result<PathBuf, PostgresError> {
    let mut found: Vec<(u32, PathBuf)> =
        candidates().into_iter().filter(|bin| is_complete(bin)).map(|bin| (major_version(&bin), bin)).collect();
    found.sort();
    let Some((newest, bin)) = found.last().cloned() else { return Err(PostgresError::NotInstalled) };
    let Ok(cluster) = fs::read_to_string(data.join("PG_VERSION")) else { return Ok(bin) };
    let cluster = cluster.trim().to_owned();
    match found.into_iter().find(|(version, _)| version.to_string() == cluster) {
        Some((_, bin)) => Ok(bin),
        None => Err(PostgresError::OtherVersion { path: data.into(), cluster, installed: newest.to_string() }),
    }
}

/// True if all programs are in the folder; some folders on the `PATH` contain only a few of them.
fn is_complete(bin: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl", "pg_isready", "psql", "createdb"].iter().all(|name| bin.join(name).exists())
}

fn candidates() -> Vec<PathBuf> {
    let mut bins: Vec<PathBuf> = env::var_os("PG_BIN").map(PathBuf::from).into_iter().collect();
    if bins.is_empty() {
        for parent in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
            let entries = fs::read_dir(parent).into_iter().flatten().flatten();
            bins.extend(entries.map(|entry| entry.path().join("bin")));
        }
        bins.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    }
    bins
}

/// Returns the major version of the binaries; 0 if it cannot be read.
fn major_version(bin: &Path) -> u32 {
    let output = Command::new(bin.join("initdb")).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.split_whitespace()
        .find_map(|word| {
            word.split('.').next().filter(|_| word.starts_with(|c: char| c.is_ascii_digit()))?.parse().ok()
        })
        .unwrap_or(0)
}
