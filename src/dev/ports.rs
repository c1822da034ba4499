//! Finds the process that listens on a port, for the error message when the server's port is in use.

use std::{fs, net::SocketAddr};

/// Returns the process that listens on the port of `address`, as `name (process 123)`. `None` if it is not found or
/// belongs to another user.
pub fn find_listener(address: SocketAddr) -> Option<String> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| listening(table, address.port()))
        .flatten()
        .collect();
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let holds = fs::read_dir(entry.path().join("fd")).ok()?.flatten().any(|fd| {
            let target = fs::read_link(fd.path()).unwrap_or_default();
            inodes.iter().any(|inode| target.to_str() == Some(&format!("socket:[{inode}]")))
        });
        let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        holds.then(|| format!("{} (process {pid})", name.trim()))
    })
}

/// Returns the inodes of the sockets that listen on a port. In `/proc/net/tcp`, column 2 is the local address, 4 the
/// state (0A: listening), 10 the inode.
fn listening(table: &str, port: u16) -> Option<Vec<String>> {
    let suffix = format!(":{port:04X}");
    let rows = fs::read_to_string(table).ok()?;
    let rows = rows.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
    let listening = rows.filter(|row| row.len() > 9 && row[1].ends_with(&suffix) && row[3] == "0A");
    Some(listening.map(|row| row[9].to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_found_by_its_port() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let process = find_listener(listener.local_addr().unwrap()).unwrap();
        assert!(process.contains(&std::process::id().to_string()), "{process}");
    }
}
