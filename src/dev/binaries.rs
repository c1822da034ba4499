//! Where PostgreSQL's programs are on this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::PostgresError;

/// The binaries that fit the cluster, or the newest for a new one.
pub fn find_binaries(data: &Path) -> Result<PathBuf, PostgresError> {
    let mut found: Vec<(u32, PathBuf)> =
        candidates().into_iter().filter(|bin| is_complete(bin)).map(|bin| (major(&bin), bin)).collect();
    found.sort();
    let Some((newest, bin)) = found.last().cloned() else { return Err(PostgresError::NotInstalled) };
    let Ok(cluster) = fs::read_to_string(data.join("PG_VERSION")) else { return Ok(bin) };
    let cluster = cluster.trim().to_owned();
    match found.into_iter().find(|(version, _)| version.to_string() == cluster) {
        Some((_, bin)) => Ok(bin),
        None => Err(PostgresError::OtherVersion { path: data.into(), cluster, installed: newest.to_string() }),
    }
}

/// Some folders on the path hold links to a few of the programs only.
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

fn major(bin: &Path) -> u32 {
    let output = Command::new(bin.join("initdb")).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.split_whitespace()
        .find_map(|word| {
            word.split('.').next().filter(|_| word.starts_with(|c: char| c.is_ascii_digit()))?.parse().ok()
        })
        .unwrap_or(0)
}
