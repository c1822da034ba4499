//! `onsale healthcheck`: the health check of containers, which have no shell.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, ensure};

use crate::config::Sources;

/// Time to connect, and time to wait for the answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Succeeds if the server on this machine is ready.
pub fn run(mut sources: Sources) -> anyhow::Result<()> {
    let bind: Option<SocketAddr> = sources.parsed("server.ops_bind", "an address");
    sources.faults()?;
    let mut address = bind.context("server.ops_bind has a default")?;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let mut socket =
        TcpStream::connect_timeout(&address, TIMEOUT).with_context(|| format!("connecting to {address}"))?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    write!(socket, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).context("reading the answer")?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "not ready: {}", answer.lines().last().unwrap_or_default());
    Ok(())
}
