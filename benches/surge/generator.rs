//! A lean client: keep-alive connections that write a request and read its answer, on one thread.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What to send.
#[derive(Clone)]
pub struct Load {
    pub address: SocketAddr,
    pub event: String,
    pub connections: usize,
    pub length: Duration,
    pub minimal: bool,
    /// Requests a second at most; `None` is as fast as answers come.
    pub rate: Option<f64>,
    /// These one after the other instead of registrations.
    pub requests: Option<Arc<Vec<Vec<u8>>>>,
}

/// What came back.
pub struct Outcome {
    /// Those with a seat (201), those for whom there is none (409), and those told to come back (503).
    pub accepted: Waits,
    pub sold_out: Waits,
    pub shed: Waits,
    pub length: Duration,
    /// The generator's share of the CPU time used meanwhile.
    pub generator_share: f64,
}

/// How long answers took, in microseconds.
#[derive(Default)]
pub struct Waits(Vec<u32>);

impl Waits {
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// In milliseconds; sorted by now.
    pub fn quantile(&self, quantile: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = (last as f64 * quantile).round();
        self.0.get(at as usize).map_or(0.0, |wait| f64::from(*wait) / 1000.0)
    }
}

impl Load {
    pub fn registrations(
        address: SocketAddr,
        event: &str,
        connections: usize,
        length: Duration,
        minimal: bool,
    ) -> Self {
        Self { address, event: event.to_owned(), connections, length, minimal, rate: None, requests: None }
    }

    /// Asks for these paths, one after the other.
    #[allow(dead_code, reason = "one of the benches that share this file registers only")]
    pub fn gets(address: SocketAddr, paths: &[String], connections: usize, length: Duration) -> Self {
        let request = |path: &String| format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes();
        let requests = Some(Arc::new(paths.iter().map(request).collect()));
        Self { requests, ..Self::registrations(address, "", connections, length, true) }
    }

    /// The n-th request of a connection: a name and a key of its own.
    fn request(&self, connection: usize, n: u64) -> Vec<u8> {
        if let Some(requests) = &self.requests {
            return requests[(connection * 7919 + n as usize) % requests.len()].clone();
        }
        let body = format!(
            "{{\"event\":\"{}\",\"attendees\":[{{\"name\":\"Buyer {connection}-{n}\",\"email\":\"buyer-{connection}-{n}@example.com\"}}]}}",
            self.event
        );
        let prefer = if self.minimal { "Prefer: return=minimal\r\n" } else { "" };
        format!(
            "POST /api/register HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{prefer}\
             Idempotency-Key: {connection}-{n}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

impl Outcome {
    /// So many a second.
    pub fn rate(&self, waits: &Waits) -> f64 {
        waits.count() as f64 / self.length.as_secs_f64()
    }

    fn kinds(&mut self) -> [&mut Waits; 3] {
        [&mut self.accepted, &mut self.sold_out, &mut self.shed]
    }
}

/// Drives the load and returns what came back.
pub fn drive(load: &Load) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // One after the other: how fast it accepts is another question.
        let mut sockets = Vec::new();
        for _ in 0..load.connections {
            sockets.push(TcpStream::connect(load.address).await.unwrap());
        }
        let warm = load.length / 10;
        let start = Instant::now();
        let (begin, end) = (start + warm, start + warm + load.length);
        let connections: Vec<_> = sockets
            .into_iter()
            .enumerate()
            .map(|(index, socket)| tokio::spawn(converse(load.clone(), socket, index, begin, end)))
            .collect();
        tokio::time::sleep_until(begin.into()).await;
        let before = (own_cpu(), all_cpu());
        tokio::time::sleep_until(end.into()).await;
        let after = (own_cpu(), all_cpu());
        let mut outcome = Outcome {
            accepted: Waits::default(),
            sold_out: Waits::default(),
            shed: Waits::default(),
            length: load.length,
            generator_share: (after.0 - before.0) / (after.1 - before.1).max(1.0),
        };
        let mut cut = Vec::new();
        for connection in connections {
            let seen = match connection.await.unwrap() {
                Ok(seen) => seen,
                Err(error) => {
                    cut.push(error);
                    continue;
                }
            };
            outcome.kinds().into_iter().zip(seen).for_each(|(all, waits)| all.0.extend(waits));
        }
        assert!(cut.is_empty(), "{} of {} connections broke: {}", cut.len(), load.connections, cut[0]);
        outcome.kinds().into_iter().for_each(|waits| waits.0.sort_unstable());
        outcome
    })
}

async fn converse(
    load: Load,
    mut socket: TcpStream,
    index: usize,
    begin: Instant,
    end: Instant,
) -> std::io::Result<[Vec<u32>; 3]> {
    socket.set_nodelay(true).unwrap();
    let pause = load.rate.map(|rate| Duration::from_secs_f64(load.connections as f64 / rate));
    let mut next = Instant::now() + pause.unwrap_or_default().mul_f64(index as f64 / load.connections as f64);
    let mut seen = [Vec::new(), Vec::new(), Vec::new()];
    let mut buffer = Vec::with_capacity(8192);
    for n in 0.. {
        if let Some(pause) = pause {
            tokio::time::sleep_until(next.into()).await;
            next += pause;
        }
        let request = load.request(index, n);
        let sent = Instant::now();
        if sent >= end {
            break;
        }
        socket.write_all(&request).await?;
        let status = read_answer(&mut socket, &mut buffer).await?;
        let now = Instant::now();
        if now < begin || now >= end {
            continue;
        }
        let kind = match status {
            200 | 201 | 302 => 0,
            409 => 1,
            503 => 2,
            other => panic!("answered {other}: {}", String::from_utf8_lossy(&buffer)),
        };
        seen[kind].push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
    }
    Ok(seen)
}

/// Reads one answer and returns its status.
async fn read_answer(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<u16> {
    buffer.clear();
    let head = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        read_more(socket, buffer).await?;
    };
    let text = std::str::from_utf8(&buffer[..head]).unwrap();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let status = text[9..12].parse().unwrap();
    while buffer.len() < head + length {
        read_more(socket, buffer).await?;
    }
    Ok(status)
}

async fn read_more(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    match socket.read_buf(buffer).await? {
        0 => Err(std::io::Error::other(format!("cut after {:?}", String::from_utf8_lossy(buffer)))),
        _ => Ok(()),
    }
}

/// CPU time of this process, in clock ticks.
fn own_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
}

/// CPU time of everything on this machine but idling, in clock ticks.
fn all_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let ticks: Vec<f64> = stat.lines().next().unwrap().split_whitespace().skip(1).map(|n| n.parse().unwrap()).collect();
    ticks.iter().sum::<f64>() - ticks[3] - ticks[4]
}
