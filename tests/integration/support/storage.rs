//! The storage of one test, behind a proxy that misbehaves on command.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use onsale::dev::{DataDir, S3};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Behaviour of the proxy.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Requests are forwarded.
    Pass,
    /// The connection is closed before anything is read.
    Refuse,
    /// Requests are read, and neither forwarded nor answered while the fault lasts.
    Silent,
    /// This many uploads are forwarded; further ones are forwarded once the fault is over.
    HoldUploadsAfter(u64),
    /// This percentage of requests is answered with 503 `SlowDown`.
    SlowDown(u64),
    /// Requests are forwarded after this time.
    Slow(Duration),
    /// Uploads are stored, and answered with 500.
    StoreThenFail,
    /// Uploads are stored, and the connection is cut.
    StoreThenCut,
    /// Uploads are stored, and not answered while the fault lasts.
    StoreThenSilence,
    /// Uploads are stored, and answered with a wrong tag.
    OtherTag,
    /// Half of each upload is stored, and answered with a wrong tag.
    Truncate,
    /// Requests are refused because of their access key.
    InvalidKey,
    /// Removals of objects whose keys contain this text are refused.
    Locked(&'static str),
}

/// The embedded storage of `--dev`, behind a proxy.
pub struct Storage {
    /// URL of the proxy, for servers.
    pub endpoint: String,
    pub access_key: String,
    pub secret_key: String,
    /// The bucket's folder.
    pub folder: PathBuf,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
    _home: TempDir,
}

struct Shared {
    fault: Mutex<Fault>,
    upstream: SocketAddr,
    folder: PathBuf,
    /// Requests by method.
    requests: Mutex<BTreeMap<String, u64>>,
    connections: AtomicU64,
    /// Uploads since the last change of the fault.
    uploads: AtomicU64,
    ended: AtomicBool,
}

impl Storage {
    pub fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let keys = DataDir::open(home.path()).unwrap().keys().unwrap();
        let s3 = runtime.block_on(S3::start(home.path(), &keys, 0)).unwrap();
        let (direct, folder) = (s3.endpoint(), s3.folder.join("onsale"));
        runtime.spawn(async move {
            let _kept_alive = s3;
            std::future::pending::<()>().await;
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            fault: Mutex::new(Fault::Pass),
            upstream: direct.strip_prefix("http://").unwrap().parse().unwrap(),
            folder: folder.clone(),
            requests: Mutex::default(),
            connections: AtomicU64::new(0),
            uploads: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        });
        let accepting = shared.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if accepting.ended.load(Ordering::Relaxed) {
                    return;
                }
                let shared = accepting.clone();
                // Tests break connections on purpose.
                std::thread::spawn(move || drop(shared.serve(connection)));
            }
        });
        let (access_key, secret_key) = (keys.s3_access_key, keys.s3_secret_key);
        Self { endpoint, access_key, secret_key, folder, shared, runtime: Some(runtime), _home: home }
    }

    /// Sets the behaviour from now on.
    pub fn set_fault(&self, fault: Fault) {
        let mut current = self.shared.fault.lock().unwrap();
        self.shared.uploads.store(0, Ordering::Relaxed);
        *current = fault;
    }

    /// Number of requests of a method so far.
    pub fn requests(&self, method: &str) -> u64 {
        self.shared.requests.lock().unwrap().get(method).copied().unwrap_or(0)
    }

    /// Number of connections so far, with one request each; refused ones included.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Settings of a server that uses this storage.
    pub fn settings(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("storage.endpoint", &self.endpoint),
            ("storage.access_key_id", &self.access_key),
            ("storage.secret_access_key", &self.secret_key),
        ]
    }

    /// Returns the keys of all objects that begin with `prefix`, sorted.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().map_while(Result::ok) {
                let key = entry.path().strip_prefix(&self.folder).unwrap().to_str().unwrap().to_owned();
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else if key.starts_with(prefix) && !hidden {
                    found.push(key);
                }
            }
        }
        found.sort();
        found
    }

    /// Writes an object with the metadata of another one, so that it looks like one that this program has written.
    pub fn write_like(&self, other: &str, key: &str, text: &str) {
        let path = self.folder.join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        let metadata = |key: &str| {
            let [bucket, key] = ["onsale", key].map(|name| URL_SAFE_NO_PAD.encode(name));
            self.folder.with_file_name(format!(".bucket-{bucket}.object-{key}.metadata.json"))
        };
        fs::copy(metadata(other), metadata(key)).unwrap();
    }

    /// Returns the time at which an object was written.
    pub fn written_at(&self, key: &str) -> SystemTime {
        fs::metadata(self.folder.join(key)).unwrap().modified().unwrap()
    }

    /// Reads an object from disk.
    pub fn object(&self, key: &str) -> Vec<u8> {
        fs::read(self.folder.join(key)).unwrap()
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.endpoint.strip_prefix("http://").unwrap());
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        client.set_nodelay(true)?;
        let fault = self.fault.lock().unwrap().clone();
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        if fault == Fault::Refuse {
            return client.shutdown(Shutdown::Both);
        }
        let Some((head, body)) = read_request(&mut client)? else { return Ok(()) };
        let method = head.split(' ').next().unwrap().to_owned();
        *self.requests.lock().unwrap().entry(method.clone()).or_default() += 1;
        let uploads = method == "PUT" || (method == "POST" && head.contains("uploadId"));
        match fault {
            Fault::Silent => {
                self.wait_while(&fault);
                return Ok(());
            }
            Fault::HoldUploadsAfter(most) if uploads && self.uploads.fetch_add(1, Ordering::Relaxed) >= most => {
                self.wait_while(&fault);
            }
            Fault::SlowDown(percent) if number * 37 % 100 < percent => {
                return refuse(&mut client, "503 Slow Down", "SlowDown");
            }
            Fault::InvalidKey => return refuse(&mut client, "403 Forbidden", "InvalidAccessKeyId"),
            Fault::Locked(part) if head.starts_with("DELETE ") && head.split(' ').nth(1).unwrap().contains(part) => {
                return refuse(&mut client, "403 Forbidden", "AccessDenied");
            }
            Fault::Slow(pause) => std::thread::sleep(pause),
            _ => {}
        }
        let answer = self.forward(&head, &body)?;
        match fault {
            Fault::StoreThenFail if uploads => refuse(&mut client, "500 Internal Server Error", "InternalError"),
            Fault::StoreThenCut if uploads => client.shutdown(Shutdown::Both),
            Fault::StoreThenSilence if uploads => {
                self.wait_while(&fault);
                Ok(())
            }
            Fault::OtherTag if uploads => client.write_all(&with_other_tag(&answer)),
            Fault::Truncate if uploads => {
                let key = head.split(' ').nth(1).unwrap().split('?').next().unwrap();
                let path = self.folder.parent().unwrap().join(key.trim_start_matches('/'));
                fs::write(&path, &body[..body.len() / 2])?;
                client.write_all(&with_other_tag(&answer))
            }
            _ => client.write_all(&answer),
        }
    }

    /// Waits while the fault lasts.
    fn wait_while(&self, fault: &Fault) {
        while *self.fault.lock().unwrap() == *fault && !self.ended.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn forward(&self, head: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut upstream = TcpStream::connect(self.upstream)?;
        upstream.set_nodelay(true)?;
        let (line, rest) = head.split_once("\r\n").unwrap();
        let head = format!("{line}\r\nconnection: close\r\n{rest}");
        upstream.write_all(head.as_bytes())?;
        upstream.write_all(body)?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer)?;
        Ok(answer)
    }
}

fn read_request(client: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut read = Vec::new();
    let mut chunk = [0; 16 * 1024];
    let end = loop {
        let count = client.read(&mut chunk)?;
        if count == 0 {
            return Ok(None);
        }
        read.extend_from_slice(&chunk[..count]);
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = String::from_utf8(read[..end].to_vec()).expect("a head is ASCII");
    let mut body = read.split_off(end);
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    if header("expect").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
    while body.len() < length {
        let count = client.read(&mut chunk)?;
        if count == 0 {
            return Ok(None);
        }
        body.extend_from_slice(&chunk[..count]);
    }
    let kept: Vec<_> = head.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("expect:")).collect();
    Ok(Some((kept.join("\r\n"), body)))
}

fn refuse(client: &mut TcpStream, status: &str, code: &str) -> std::io::Result<()> {
    let body =
        format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>injected by the test</Message></Error>");
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    client.write_all(&[head.as_bytes(), body.as_bytes()].concat())
}

fn with_other_tag(answer: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer).into_owned();
    let lines = text.split("\r\n").map(|line| match line.split_once(':') {
        Some((name, _)) if name.eq_ignore_ascii_case("etag") => format!("{name}: \"{}\"", "ab".repeat(16)),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\r\n").into_bytes()
}
