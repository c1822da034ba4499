//! `onsale serve --dev` as a process of its own, which can be killed.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

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
                return Ok(Self { client, ops, organizer_token: find("Organizer"), child });
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
