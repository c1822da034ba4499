//! `onsale` as a process: its command line, signals and messages.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{DevServer, Registration, command, eventually};

fn register(server: &DevServer, name: &str, key: &str) -> Registration {
    let body = json!({"event": "gardenia-2025", "attendees": [{"name": name, "email": "someone@example.com"}]});
    let headers = [("idempotency-key", key), ("prefer", "return=minimal")];
    Registration::of(
        &server.client.send("POST", "/api/register", &headers, Some(body.to_string().as_bytes())).expect(201),
    )
}

#[test]
fn a_development_server_finds_its_data_again_even_after_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let mut first = DevServer::start(data.path());
    let ada = register(&first, "Ada", "one");
    assert_eq!(ada.id, "GDN2025-0001");
    first.signal("KILL");
    first.wait();

    let mut second = DevServer::start(data.path());
    assert_eq!(second.organizer_token, first.organizer_token);
    eventually("the ticket is stored after the crash", || {
        second.client.get(&ada.status_path()).expect(200).json()["documents"][0]["status"] == "stored"
    });
    assert_eq!(register(&second, "Ada", "one").tickets, ada.tickets, "the idempotency key is remembered");
    assert_eq!(register(&second, "Grace", "two").id, "GDN2025-0002");
    second.signal("INT");
    assert_eq!(second.wait(), Some(0));

    let third = DevServer::try_start(data.path(), &["--set", "secrets.admin_token=onsale_chosen-by-the-test"]).unwrap();
    assert_eq!(third.organizer_token, "onsale_chosen-by-the-test", "a given token takes precedence over that of --dev");
    assert_eq!(register(&third, "Katherine", "three").id, "GDN2025-0003");
    let stats =
        third.client.with_token(&third.organizer_token).get("/api/events/gardenia-2025/stats").expect(200).json();
    assert_eq!(stats["sold"], 3);
}

#[test]
fn a_taken_port_and_a_taken_folder_are_explained() {
    let data = tempfile::tempdir().unwrap();
    let server = DevServer::start(data.path());
    let said = DevServer::try_start(data.path(), &[]).err().expect("the folder is taken");
    assert!(said.contains(&format!("in use by another onsale, process {}", server.child.id())), "{said}");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let other = tempfile::tempdir().unwrap();
    let said = DevServer::try_start(other.path(), &["--bind", &address]).err().expect("the port is taken");
    let expected = format!("{address} is taken by");
    assert!(said.contains(&expected) && said.contains(&format!("(process {})", std::process::id())), "{said}");
}

#[test]
fn sigterm_finishes_what_was_accepted_and_a_second_one_does_not_wait() {
    let data = tempfile::tempdir().unwrap();
    // All of its time to stop, for a slow machine.
    let start = || DevServer::try_start(data.path(), &["--set", "server.shutdown_seconds=28"]).unwrap();
    let mut server = start();
    let url = database_url(&server);
    let database = crate::support::cluster().existing(url);
    let lock = database.session();
    lock.execute("BEGIN; LOCK TABLE event_seats IN EXCLUSIVE MODE");
    let registering = |server: &DevServer| {
        let client = server.client.clone();
        std::thread::spawn(move || {
            let body =
                json!({"event": "gardenia-2025", "attendees": [{"name": "In flight", "email": "a@example.com"}]});
            client.try_send("POST", "/api/register", &[], Some(body.to_string().as_bytes()))
        })
    };
    let in_flight = registering(&server);
    let page = |server: &DevServer| server.ops.get("/metrics").text();
    eventually("the registrar has the request", || page(&server).contains("onsale_queue_depth{actor=\"registrar\"} 1"));

    server.signal("TERM");
    eventually("the server is not ready", || server.ops.get("/readyz").status == 503);
    assert_eq!(server.ops.get("/readyz").json()["reason"], "shutting down");
    eventually("the server accepts no connection", || server.client.try_send("GET", "/healthz", &[], None).is_err());
    lock.execute("COMMIT");
    in_flight.join().unwrap().unwrap().expect(201);
    drop(lock);
    assert_eq!(server.wait(), Some(0));

    let mut server = start();
    let database = crate::support::cluster().existing(database_url(&server));
    let lock = database.session();
    lock.execute("BEGIN; LOCK TABLE event_seats IN EXCLUSIVE MODE");
    let cut_off = registering(&server);
    eventually("the registrar has the request", || page(&server).contains("onsale_queue_depth{actor=\"registrar\"} 1"));
    server.signal("TERM");
    eventually("the server is stopping", || server.ops.get("/readyz").status == 503);
    server.signal("TERM");
    // The request still waits for the lock: a server that waited for it too would end with 0 once its time is up.
    assert_eq!(server.wait(), Some(130));
    // The request was cut off or refused; or PostgreSQL ended the lock's session first and the seat was taken: then it
    // stays taken.
    match cut_off.join().unwrap() {
        Ok(answer) if answer.status < 500 => {
            let late = Registration::of(&answer.expect(201));
            let server = DevServer::start(data.path());
            server.client.get(&late.status_path()).expect(200);
        }
        _ => {}
    }
}

/// Returns the URL of a development server's database, found by the environment of its process.
pub fn database_url(server: &DevServer) -> String {
    let environ = std::fs::read_to_string(format!("/proc/{}/environ", server.child.id())).unwrap();
    let data = environ.split('\0').find_map(|pair| pair.strip_prefix("DATA_DIR=")).unwrap().to_owned();
    let data = std::fs::canonicalize(data).unwrap();
    let pid_file = ["postgres".into(), format!("/var/tmp/onsale-{}/postgres", short_hash(&data))]
        .map(|folder: String| data.join(folder).join("postmaster.pid"));
    let text = pid_file.iter().find_map(|path| std::fs::read_to_string(path).ok()).expect("PostgreSQL runs");
    let socket = text.lines().nth(4).unwrap().replace('/', "%2F");
    format!("postgres://onsale@{socket}/onsale")
}

fn short_hash(path: &std::path::Path) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
    let data = tempfile::tempdir().unwrap();
    let output =
        command(data.path()).args(arguments).envs(environment.iter().copied()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_line_says_what_is_wrong_and_with_which_code() {
    let (code, _, said) = run(&["serve", "--frobnicate"], &[]);
    assert!(code == 2 && said.contains("--frobnicate"), "{said}");
    assert_eq!(run(&[], &[]).0, 2);
    for command in [
        &["--help"][..],
        &["serve", "--help"],
        &["migrate", "--help"],
        &["token", "create", "--help"],
        &["config", "check", "--help"],
    ] {
        let (code, out, _) = run(command, &[]);
        assert!(code == 0 && out.contains("Usage: onsale"), "{out}");
    }
    let (code, out, said) = run(&["serve"], &[]);
    assert_eq!((code, out.as_str()), (1, ""));
    for missing in ["database.url", "storage.bucket", "secrets.secret"] {
        assert!(said.contains(missing), "{missing} in {said}");
    }
    let (code, _, said) = run(&["serve", "--set", "nonsense.key=1"], &[("LOG_FORMAT", "shouting")]);
    assert_eq!(code, 1);
    for fault in ["nonsense.key", "--dev"] {
        assert!(said.contains(fault), "{fault} in {said}");
    }
    let (code, out, _) = run(&["openapi"], &[]);
    assert_eq!(code, 0);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["info"]["title"], "Onsale");
}

#[test]
fn config_check_shows_everything_but_secrets() {
    let secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==";
    let good = [
        ("DATABASE_URL", "postgres://u:hunter2@localhost/db"),
        ("S3_BUCKET_NAME", "tickets"),
        ("ONSALE_SECRET", secret),
        ("ONSALE_ADMIN_TOKEN", "onsale_this-is-long-enough"),
        ("BIND", "127.0.0.1:7000"),
    ];
    let (code, out, said) = run(&["config", "check", "--set", "registrar.queue=77"], &good);
    assert_eq!(code, 0, "{said}");
    for expected in [
        "server.bind = \"127.0.0.1:7000\"  # environment, BIND",
        "registrar.queue = \"77\"  # command line",
        "# default",
    ] {
        assert!(out.contains(expected), "{expected} in {out}");
    }
    for hidden in [secret, "hunter2", "long-enough"] {
        assert!(!out.contains(hidden) && !said.contains(hidden));
    }
    let bad = [
        ("BIND", "nowhere"),
        ("DATABASE_URL", "postgres://u:hunter2@:x"),
        ("ONSALE_SECRET", "short"),
        ("ONSALE_NONSENSE", "1"),
    ];
    let (code, _, said) = run(&["config", "check", "--set", "registrar.queue=0", "--set", "registrar.que=1"], &bad);
    assert_eq!(code, 1);
    for expected in [
        "server.bind",
        "database.url",
        "secrets.secret",
        "storage.bucket",
        "ONSALE_NONSENSE",
        "registrar.queue: 0",
        "registrar.que:",
    ] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
    assert!(!said.contains("hunter2"));
}

#[test]
fn the_example_files_are_right() {
    let root = env!("CARGO_MANIFEST_DIR");
    let environment = [
        ("DATABASE_URL", "postgres://localhost/x"),
        ("ONSALE_SECRET", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="),
        ("PUBLIC_BASE_URL", "https://tickets.example.com"),
        ("S3_BUCKET_NAME", "x"),
    ];
    for file in ["onsale.example.toml", "production.toml"] {
        let (code, _, said) = run(&["config", "check", "--config", &format!("{root}/config/{file}")], &environment);
        assert_eq!(code, 0, "{file}: {said}");
    }
}

#[test]
fn tokens_are_made_listed_and_revoked_from_the_command_line() {
    let database = crate::support::cluster().database();
    let environment = [("DATABASE_URL", database.url.as_str())];
    let (code, out, said) = run(&["migrate"], &environment);
    assert!(code == 0 && out.contains("up to date"), "{said}");
    let (code, out, said) = run(
        &["token", "create", "--organizer", "Acme", "--scope", "events:write", "--scope", "registrations:read"],
        &environment,
    );
    assert_eq!(code, 0, "{said}");
    let token = out.trim();
    assert!(token.starts_with("onsale_") && token.len() > 40 && !said.contains(token));
    let (_, out, _) = run(&["token", "list", "--organizer", "Acme"], &environment);
    assert!(out.contains("events:write,registrations:read") && out.contains("active") && !out.contains(token));
    let id = out.split('\t').next().unwrap();
    assert_eq!(run(&["token", "revoke", id], &environment).0, 0);
    assert_eq!(run(&["token", "revoke", id], &environment).0, 1);
    assert_eq!(run(&["token", "create", "--organizer", "Acme", "--scope", "everything"], &environment).0, 2);
}

#[test]
fn commands_beside_a_development_server_find_it_by_its_folder() {
    let data = tempfile::tempdir().unwrap();
    let server = DevServer::start(data.path());
    let ada = register(&server, "Ada", "one");
    eventually("the ticket is stored", || {
        server.client.get(&ada.status_path()).expect(200).json()["documents"][0]["status"] == "stored"
    });
    for arguments in [
        &["jobs", "list"][..],
        &["token", "list"],
        &["storage", "check"],
        &["tickets", "regenerate", "--event", "gardenia-2025", "--dry-run"],
    ] {
        let output = command(data.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let shelf = server.client.get("/api/events?q=demo&from=2030-01-01T00:00:00Z").expect(200).json();
    assert!(shelf["items"].as_array().unwrap().len() >= 6, "{shelf}");
    drop(server);
    let output = command(data.path()).args(["jobs", "list"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("database.url"), "{output:?}");
}
