//! `onsale` in processes of its own, which can be killed.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
};

use serde_json::Value;

use super::{Client, DEADLINE, PATIENT};

/// Returns a port that is free now; another program may take it before it is used.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A development server in a process of its own.
pub struct DevServer {
    pub child: Child,
    pub client: Client,
    pub ops: Client,
    pub organizer_token: String,
    /// URL of its storage.
    pub storage: String,
}

impl DevServer {
    /// Starts a server on this data directory and waits until it reports that it is ready.
    pub fn start(data: &Path) -> Self {
        Self::try_start(data, &[]).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts a server with further arguments. `Err` is its output if it did not become ready.
    pub fn try_start(data: &Path, arguments: &[&str]) -> Result<Self, String> {
        Self::try_start_in(data, &[], arguments)
    }

    /// The same with further environment variables.
    pub fn try_start_in(data: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Result<Self, String> {
        let mut child = command(data)
            .envs(variables.iter().copied())
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
        while let Ok(text) = lines.recv_timeout(DEADLINE) {
            said.push(text);
            if said.iter().any(|text| text.contains("curl")) {
                let find = |label: &str| {
                    let found = said.iter().find_map(|text| text.trim().strip_prefix(label));
                    found.unwrap_or_else(|| panic!("{label} is missing: {said:?}")).trim().to_owned()
                };
                let client = Client::new(&find("API"));
                let ops = Client::new(find("Metrics").trim_end_matches("/metrics"));
                // Output is read to its end, so that the process never blocks on a full pipe.
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

    /// Waits until the process ends and returns its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for DevServer {
    /// Sends SIGINT, so that the process stops its PostgreSQL too.
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.signal("INT");
            let _ = self.child.wait();
        }
    }
}

/// A server without `--dev`, on a database and a storage that exist already.
pub struct Replica {
    child: Child,
    pub client: Client,
}

impl Replica {
    /// Starts a server with the keys of the development server in `data` and waits until it listens.
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

    /// Starts a server with these environment variables and waits until it listens.
    pub fn with(data: &Path, variables: &[(&str, &str)]) -> Self {
        Self::try_with(data, variables).unwrap_or_else(|(_, said)| panic!("the server does not listen: {said}"))
    }

    /// Starts a server with these environment variables. `Err` is the exit code and the log if the server ended instead
    /// of listening.
    pub fn try_with(data: &Path, variables: &[(&str, &str)]) -> Result<Self, (Option<i32>, String)> {
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
            let address =
                serde_json::from_str::<Value>(&line).ok().and_then(|line| line["address"].as_str().map(str::to_owned));
            said.push(line);
            address
        });
        let Some(address) = address else {
            return Err((child.wait().unwrap().code(), said.join("\n")));
        };
        // The log is read to its end, so that the process never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { client: Client::new(&format!("http://{address}")), child })
    }

    /// Kills the process with SIGKILL.
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

/// Returns the program's command, without the variables of the test's own environment and with patient time limits.
pub fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onsale"));
    for (name, _) in std::env::vars() {
        if ["AWS_", "ONSALE_", "DATABASE_URL", "S3_", "BIND", "OPS_BIND"].iter().any(|prefix| name.starts_with(prefix))
        {
            command.env_remove(name);
        }
    }
    command.env("DATA_DIR", data).env_remove("CI");
    command.envs(PATIENT.map(|(key, value)| (format!("ONSALE_{}", key.replace('.', "_").to_uppercase()), value)));
    command
}
