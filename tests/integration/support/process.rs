//! `onsale serve --dev` as a process of its own, which can be killed.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::Value;

use super::Client;

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A development server in its own process.
pub struct DevServer {
    pub child: Child,
    pub client: Client,
    pub ops: Client,
    pub organizer_token: String,
    /// Where its storage listens.
    pub storage: String,
}

impl DevServer {
    /// Starts it over this data directory and waits until it says that it is ready.
    pub fn start(data: &Path) -> Self {
        Self::try_start(data, &[]).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts it with further arguments; `Err` is what it said instead of being ready.
    pub fn try_start(data: &Path, arguments: &[&str]) -> Result<Self, String> {
        let mut child = command(data)
            .args(["serve", "--dev", "--set", "server.bind=127.0.0.1:0", "--set", "server.ops_bind=127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (line, lines) = mpsc::channel();
        let readers: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for reader in readers {
            let line = line.clone();
            std::thread::spawn(move || {
                for text in BufReader::new(reader).lines().map_while(Result::ok) {
                    let _ = line.send(text);
                }
            });
        }
        drop(line);
        let mut said = Vec::new();
        while let Ok(text) = lines.recv_timeout(Duration::from_secs(60)) {
            said.push(text);
            if said.iter().any(|text| text.contains("curl")) {
                let find = |label: &str| {
                    let found = said.iter().find_map(|text| text.trim().strip_prefix(label));
                    found.unwrap_or_else(|| panic!("{label} is missing: {said:?}")).trim().to_owned()
                };
                let client = Client::new(&find("API"));
                let ops = Client::new(find("Metrics").trim_end_matches("/metrics"));
                // Goes on reading, so that the process never waits for us.
                std::thread::spawn(move || lines.iter().for_each(drop));
                return Ok(Self { client, ops, organizer_token: find("Organizer"), storage: find("Storage"), child });
            }
        }
        let _ = child.kill();
        let _ = child.wait();
        Err(said.join("\n"))
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end and returns the exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for DevServer {
    /// Ctrl-C, so that PostgreSQL goes too.
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.signal("INT");
            let _ = self.child.wait();
        }
    }
}

/// Another server on a development server's database and storage, as it would run in production.
pub struct Replica {
    child: Child,
    pub client: Client,
}

impl Replica {
    /// Starts it with the keys of `data` and waits until it listens.
    pub fn start(data: &Path, storage: &str, database: &str) -> Self {
        let keys: Value = serde_json::from_slice(&std::fs::read(data.join("keys.json")).unwrap()).unwrap();
        let key = |name: &str| keys[name].as_str().unwrap().to_owned();
        let (id, secret, own) = (key("s3_access_key"), key("s3_secret_key"), key("secret"));
        let variables = [
            ("DATABASE_URL", database),
            ("AWS_ENDPOINT_URL_S3", storage),
            ("AWS_ACCESS_KEY_ID", &id),
            ("AWS_SECRET_ACCESS_KEY", &secret),
            ("ONSALE_SECRET", &own),
        ];
        Self::with(data, &variables)
    }

    /// Starts it with these variables and waits until it listens.
    pub fn with(data: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = command(data)
            .arg("serve")
            .env("S3_BUCKET_NAME", "onsale")
            .env("BIND", "127.0.0.1:0")
            .env("OPS_BIND", "127.0.0.1:0")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut said = Vec::new();
        let address = lines.find_map(|line| {
            let address = serde_json::from_str::<Value>(&line).ok()?["address"].as_str().map(str::to_owned);
            said.push(line);
            address
        });
        let address = address.unwrap_or_else(|| panic!("it does not listen: {said:?}"));
        // Goes on reading, so that the process never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        Self { client: Client::new(&format!("http://{address}")), child }
    }

    /// Pulls its plug.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The program with nothing of the test's environment that it would read.
pub fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onsale"));
    for (name, _) in std::env::vars() {
        if ["AWS_", "ONSALE_", "DATABASE_URL", "S3_", "BIND", "OPS_BIND"].iter().any(|prefix| name.starts_with(prefix))
        {
            command.env_remove(name);
        }
    }
    command.env("DATA_DIR", data).env_remove("CI");
    command
}
