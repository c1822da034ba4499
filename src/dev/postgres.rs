//! A private PostgreSQL cluster, run with the installed binaries: durable and reachable only by its Unix socket. A root
//! process starts it as another user, because PostgreSQL refuses to run as root.

use std::{
    fs,
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};

use super::binaries::find_binaries;

/// Users that a root process may start PostgreSQL as, in order of preference.
const USERS: [&str; 2] = ["postgres", "nobody"];
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
const DATABASE: &str = "onsale";
const SUPERUSER: &str = "onsale";

/// Error while the cluster is started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    #[error(
        "no PostgreSQL server binaries found. Install them (Debian, Ubuntu: apt-get install postgresql; Fedora: \
         dnf install postgresql-server postgresql-contrib; macOS: brew install postgresql), or set their folder: PG_BIN=/path/to/bin"
    )]
    NotInstalled,
    #[error("running {program}: {source}")]
    Spawn { program: String, source: std::io::Error },
    #[error("{program} failed: {output}")]
    Failed { program: String, output: String },
    #[error("{action} {}: {source}", path.display())]
    Files { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("PostgreSQL did not start within {START_LIMIT:?}; the end of {}:\n{tail}", log.display())]
    NotReady { log: PathBuf, tail: String },
    #[error("the cluster in {} was created by PostgreSQL {cluster}, but only {installed} is installed", path.display())]
    OtherVersion { path: PathBuf, cluster: String, installed: String },
    #[error("PostgreSQL refuses to run as root, and the users `postgres` and `nobody` do not exist")]
    NoUser,
}

/// A running cluster. Stopped by [`Postgres::stop`], or when it is dropped.
pub struct Postgres {
    pub data: PathBuf,
    pub version: String,
    socket: PathBuf,
    bin: PathBuf,
    user: Option<User>,
    /// `None` if the cluster was already running because an earlier server was killed.
    child: Option<Child>,
    stopped: bool,
}

#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

impl Postgres {
    /// Starts the cluster under `home`; creates it on the first start. `settings` are additional `name=value` pairs.
    pub fn start(home: &Path, settings: &[&str]) -> Result<Self, PostgresError> {
        let user = if rustix::process::geteuid().is_root() { Some(find_user()?) } else { None };
        let data = data_directory(home, user)?;
        let bin = find_binaries(&data)?;
        let version = fs::read_to_string(data.join("PG_VERSION")).ok();
        let socket = socket_directory(&data, user)?;
        let mut postgres = Self { version: String::new(), data, socket, bin, user, child: None, stopped: false };
        if version.is_none() {
            postgres.create()?;
        }
        let created_by = fs::read_to_string(postgres.data.join("PG_VERSION")).unwrap_or_default();
        created_by.trim().clone_into(&mut postgres.version);
        if !postgres.is_ready()? {
            postgres.launch(settings)?;
        }
        postgres.ensure_database()?;
        Ok(postgres)
    }

    /// Returns the connection URL of the server's database.
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    /// Returns the connection URL of one of the cluster's databases.
    pub fn url_of(&self, database: &str) -> String {
        let socket = self.socket.display().to_string().replace('/', "%2F");
        format!("postgres://{SUPERUSER}@{socket}/{database}")
    }

    /// Returns the folder of the socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Returns the `psql` command line for the server's database.
    pub fn psql(&self) -> String {
        format!("{} -h {} -U {SUPERUSER} {DATABASE}", self.bin.join("psql").display(), self.socket.display())
    }

    /// Returns the process id in `postmaster.pid`. `None` if the cluster is stopped.
    pub fn pid(&self) -> Option<i32> {
        let text = fs::read_to_string(self.data.join("postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    /// Stops the cluster in mode "fast": ends all sessions and writes all data.
    pub fn stop(&mut self) -> Result<(), PostgresError> {
        if std::mem::replace(&mut self.stopped, true) {
            return Ok(());
        }
        let seconds = STOP_LIMIT.as_secs().to_string();
        let data = self.data.display().to_string();
        let result = self.run("pg_ctl", &["stop", "-w", "-m", "fast", "-t", &seconds, "-D", &data]);
        if let Some(child) = &mut self.child {
            // Reaps the child process. If `pg_ctl` could not stop the child, `result` holds the error.
            drop(child.try_wait());
        }
        drop(fs::remove_dir_all(&self.socket));
        result.map(drop)
    }

    fn create(&self) -> Result<(), PostgresError> {
        // An interrupted start would leave an incomplete cluster, so it is created in another folder and then renamed.
        let fresh = self.data.with_extension("new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(|source| files("removing", &fresh, source))?;
        }
        make_directory(&fresh, self.user)?;
        let target = fresh.display().to_string();
        self.run(
            "initdb",
            &[
                "--auth=trust",
                "--username",
                SUPERUSER,
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "-D",
                &target,
            ],
        )?;
        if self.data.exists() {
            fs::remove_dir(&self.data).map_err(|source| files("replacing", &self.data, source))?;
        }
        fs::rename(&fresh, &self.data).map_err(|source| files("renaming", &fresh, source))
    }

    fn launch(&mut self, settings: &[&str]) -> Result<(), PostgresError> {
        let log = self.data.join("server.log");
        let output = fs::OpenOptions::new().create(true).append(true).open(&log);
        let output = output.map_err(|source| files("opening", &log, source))?;
        if let Some(User { uid, gid }) = self.user {
            chown(&log, Some(uid), Some(gid)).map_err(|source| files("changing the owner of", &log, source))?;
        }
        let mut command = self.command("postgres");
        command.arg("-D").arg(&self.data).arg("-k").arg(&self.socket);
        let base = ["listen_addresses=", "max_connections=200", "shared_buffers=256MB", "max_wal_size=4GB"];
        for setting in base.iter().chain(settings) {
            command.arg("-c").arg(setting);
        }
        // A separate process group: Ctrl-C must reach only the server, which stops the cluster as its last step.
        command.process_group(0).stdin(Stdio::null()).stderr(output).stdout(Stdio::null());
        self.child = Some(command.spawn().map_err(|source| spawn("postgres", source))?);
        let start = Instant::now();
        while !self.is_ready()? {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok()).flatten().is_some();
            if ended || start.elapsed() > START_LIMIT {
                let text = fs::read_to_string(&log).unwrap_or_default();
                let lines: Vec<_> = text.lines().collect();
                let tail = lines[lines.len().saturating_sub(10)..].join("\n");
                return Err(PostgresError::NotReady { log, tail });
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    fn is_ready(&self) -> Result<bool, PostgresError> {
        let socket = self.socket.display().to_string();
        match self.run("pg_isready", &["-q", "-h", &socket]) {
            Ok(_) => Ok(true),
            Err(PostgresError::Failed { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn ensure_database(&self) -> Result<(), PostgresError> {
        let socket = self.socket.display().to_string();
        let query = format!("SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'");
        let found = self.run("psql", &["-h", &socket, "-U", SUPERUSER, "-Atc", &query, "postgres"])?;
        if found.trim() == "1" {
            return Ok(());
        }
        self.run("createdb", &["-h", &socket, "-U", SUPERUSER, DATABASE]).map(drop)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.current_dir("/").env_remove("PGHOST").env_remove("PGPORT").env("LC_ALL", "C");
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<String, PostgresError> {
        let output = self.command(program).args(arguments).stdin(Stdio::null()).output();
        let output = output.map_err(|source| spawn(program, source))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let text = [output.stderr, output.stdout].concat();
        Err(PostgresError::Failed { program: program.into(), output: String::from_utf8_lossy(&text).trim().into() })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(%error, "PostgreSQL could not be stopped");
        }
    }
}

fn files(action: &'static str, path: &Path, source: std::io::Error) -> PostgresError {
    PostgresError::Files { action, path: path.into(), source }
}

fn spawn(program: &str, source: std::io::Error) -> PostgresError {
    PostgresError::Spawn { program: program.into(), source }
}

/// Returns the cluster's folder, created if necessary: under `home`, or under `/var/tmp` if `user` cannot reach `home`.
fn data_directory(home: &Path, user: Option<User>) -> Result<PathBuf, PostgresError> {
    let data = home.join("postgres");
    if user.is_none_or(|user| can_reach(home, user)) {
        make_directory(&data, user)?;
        return Ok(data);
    }
    let parent = PathBuf::from(format!("/var/tmp/onsale-{}", short_hash(home)));
    make_directory(&parent, None)?;
    let data = parent.join("postgres");
    make_directory(&data, user)?;
    Ok(data)
}

/// True if `user` may enter every folder of the path: the folder is open to all users, or `user` owns it.
fn can_reach(path: &Path, user: User) -> bool {
    path.ancestors().all(|folder| {
        fs::metadata(folder)
            .is_ok_and(|meta| meta.mode() & 0o001 != 0 || (meta.uid() == user.uid && meta.mode() & 0o100 != 0))
    })
}

/// Creates the private folder of the socket. Its path is short because a socket path may have at most 107 bytes.
fn socket_directory(data: &Path, user: Option<User>) -> Result<PathBuf, PostgresError> {
    let socket = PathBuf::from(format!("/tmp/onsale-{}", short_hash(data)));
    make_directory(&socket, user)?;
    Ok(socket)
}

/// Creates a folder for `user`, or for the current user. An existing folder of a third user is refused, because an
/// attacker can guess names under /tmp and create them first.
fn make_directory(path: &Path, user: Option<User>) -> Result<(), PostgresError> {
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(|source| files("creating", path, source))?;
    let current = rustix::process::geteuid();
    let found = fs::symlink_metadata(path).map_err(|source| files("checking", path, source))?;
    let is_owned = found.uid() == current.as_raw() || user.is_some_and(|user| user.uid == found.uid());
    if !is_owned || !found.is_dir() {
        let reason = "it is not a folder, or it belongs to another user";
        let source = std::io::Error::new(std::io::ErrorKind::PermissionDenied, reason);
        return Err(files("using", path, source));
    }
    match user {
        Some(User { uid, gid }) => {
            chown(path, Some(uid), Some(gid)).map_err(|source| files("changing the owner of", path, source))
        }
        None if current.is_root() => {
            let set = fs::set_permissions(path, fs::Permissions::from_mode(0o711));
            set.map_err(|source| files("changing the permissions of", path, source))
        }
        None => Ok(()),
    }
}

fn short_hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn find_user() -> Result<User, PostgresError> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        passwd.lines().find_map(|line| {
            let fields: Vec<_> = line.split(':').collect();
            (fields.first() == Some(&name)).then_some(())?;
            Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
        })
    };
    USERS.iter().find_map(|name| find(name)).ok_or(PostgresError::NoUser)
}
