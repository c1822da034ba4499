//! Load generator: HTTP/1.1 keep-alive connections on one thread, one request at a time per connection.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Requests to send.
#[derive(Clone)]
pub struct Load {
    pub address: SocketAddr,
    pub event: String,
    pub connections: usize,
    /// Measured time, after a warm-up of a tenth of it.
    pub duration: Duration,
    /// True to request the minimal answer (`Prefer: return=minimal`).
    pub minimal: bool,
    /// Limit of requests per second. `None` to send each request when the previous answer arrives.
    pub rate: Option<f64>,
    /// Requests to send in turn instead of registrations.
    pub requests: Option<Arc<Vec<Vec<u8>>>>,
}

/// Measured answers.
pub struct Outcome {
    /// Latencies of successful (200, 201, 302), sold-out (409) and shed (503, retry later) requests.
    pub accepted: Latencies,
    pub sold_out: Latencies,
    pub shed: Latencies,
    pub duration: Duration,
    /// Share of the generator in the CPU time used during the measurement.
    pub generator_share: f64,
}

/// Latencies in microseconds.
#[derive(Default)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns a quantile in milliseconds. The values must be sorted.
    pub fn quantile(&self, quantile: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = (last as f64 * quantile).round();
        self.0.get(at as usize).map_or(0.0, |latency| f64::from(*latency) / 1000.0)
    }
}

impl Load {
    pub fn registrations(
        address: SocketAddr,
        event: &str,
        connections: usize,
        duration: Duration,
        minimal: bool,
    ) -> Self {
        Self { address, event: event.to_owned(), connections, duration, minimal, rate: None, requests: None }
    }

    /// Creates a load of GET requests for these paths, in turn.
    #[allow(dead_code, reason = "one of the benches that share this file registers only")]
    pub fn gets(address: SocketAddr, paths: &[String], connections: usize, duration: Duration) -> Self {
        let request = |path: &String| format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes();
        let requests = Some(Arc::new(paths.iter().map(request).collect()));
        Self { requests, ..Self::registrations(address, "", connections, duration, true) }
    }

    /// Returns the n-th request of a connection. Each registration has its own name and idempotency key.
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
    /// Returns the number of requests per second.
    pub fn rate(&self, latencies: &Latencies) -> f64 {
        latencies.count() as f64 / self.duration.as_secs_f64()
    }

    fn by_status(&mut self) -> [&mut Latencies; 3] {
        [&mut self.accepted, &mut self.sold_out, &mut self.shed]
    }
}

/// Sends the load and returns the measured answers.
pub fn run_load(load: &Load) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // Connections are opened one by one: the speed of accepting connections is not measured.
        let mut sockets = Vec::new();
        for _ in 0..load.connections {
            sockets.push(TcpStream::connect(load.address).await.unwrap());
        }
        let warm_up = load.duration / 10;
        let start = Instant::now();
        let (begin, end) = (start + warm_up, start + warm_up + load.duration);
        let connections: Vec<_> = sockets
            .into_iter()
            .enumerate()
            .map(|(index, socket)| tokio::spawn(run_connection(load.clone(), socket, index, begin, end)))
            .collect();
        tokio::time::sleep_until(begin.into()).await;
        let before = (process_cpu(), machine_cpu());
        tokio::time::sleep_until(end.into()).await;
        let after = (process_cpu(), machine_cpu());
        let mut outcome = Outcome {
            accepted: Latencies::default(),
            sold_out: Latencies::default(),
            shed: Latencies::default(),
            duration: load.duration,
            generator_share: (after.0 - before.0) / (after.1 - before.1).max(1.0),
        };
        let mut errors = Vec::new();
        for connection in connections {
            let measured = match connection.await.unwrap() {
                Ok(measured) => measured,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            outcome.by_status().into_iter().zip(measured).for_each(|(all, latencies)| all.0.extend(latencies));
        }
        assert!(errors.is_empty(), "{} of {} connections failed: {}", errors.len(), load.connections, errors[0]);
        outcome.by_status().into_iter().for_each(|latencies| latencies.0.sort_unstable());
        outcome
    })
}

async fn run_connection(
    load: Load,
    mut socket: TcpStream,
    index: usize,
    begin: Instant,
    end: Instant,
) -> std::io::Result<[Vec<u32>; 3]> {
    socket.set_nodelay(true).unwrap();
    let interval = load.rate.map(|rate| Duration::from_secs_f64(load.connections as f64 / rate));
    let mut next = Instant::now() + interval.unwrap_or_default().mul_f64(index as f64 / load.connections as f64);
    let mut measured = [Vec::new(), Vec::new(), Vec::new()];
    let mut buffer = Vec::with_capacity(8192);
    for n in 0.. {
        if let Some(interval) = interval {
            tokio::time::sleep_until(next.into()).await;
            next += interval;
        }
        let request = load.request(index, n);
        let sent = Instant::now();
        if sent >= end {
            break;
        }
        socket.write_all(&request).await?;
        let status = read_response(&mut socket, &mut buffer).await?;
        let now = Instant::now();
        if now < begin || now >= end {
            continue;
        }
        let group = match status {
            200 | 201 | 302 => 0,
            409 => 1,
            503 => 2,
            other => panic!("answered {other}: {}", String::from_utf8_lossy(&buffer)),
        };
        measured[group].push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
    }
    Ok(measured)
}

/// Reads one response and returns its status code.
async fn read_response(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<u16> {
    buffer.clear();
    let head = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        read_more(socket, buffer).await?;
    };
    let text = std::str::from_utf8(&buffer[..head]).unwrap();
    let body_length =
        text.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let status = text[9..12].parse().unwrap();
    while buffer.len() < head + body_length {
        read_more(socket, buffer).await?;
    }
    Ok(status)
}

async fn read_more(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    match socket.read_buf(buffer).await? {
        0 => Err(std::io::Error::other(format!("connection closed after {:?}", String::from_utf8_lossy(buffer)))),
        _ => Ok(()),
    }
}

/// Returns the CPU time of this process, in clock ticks.
fn process_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
}

/// Returns the CPU time of all processes on this machine, in clock ticks.
fn machine_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let ticks: Vec<f64> = stat.lines().next().unwrap().split_whitespace().skip(1).map(|n| n.parse().unwrap()).collect();
    ticks.iter().sum::<f64>() - ticks[3] - ticks[4]
}
