//! The same tests on three implementations of storage: the embedded one, rclone, and moto. Each enforces other rules.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use onsale::store::{
    Cause, Credentials, Disposition, Locations, Metadata, NewObject, ObjectKind, Store, StoreSettings, UploadHeader,
};
use serde_json::json;

use crate::support::{Client, DEADLINE, Replica, Server, Storage, eventually, free_port, pdf_text, qpdf_check};

/// A feature that not every storage has.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lack {
    /// Checking signatures and their time.
    Signatures,
    /// Uploads in parts, as the SDK understands them.
    Parts,
    /// Listing unfinished uploads.
    Uploads,
    /// Tags in lists.
    Tags,
    /// Conditional writes, which keep an object from being replaced.
    Conditions,
}

/// A request without an answer is repeated after this: these servers lose one now and then.
const ATTEMPT: Duration = Duration::from_secs(20);

/// A running storage server.
struct Running {
    name: &'static str,
    endpoint: String,
    /// Features that this one lacks.
    lacks: &'static [Lack],
    /// Folder with the bucket's objects as files, if the server stores them like that.
    files: Option<PathBuf>,
    key: String,
    secret: String,
    process: Option<Child>,
    _embedded: Option<Storage>,
    _folder: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Returns the path of a program that script/test installs.
fn tool(name: &str) -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools/python/bin").join(name);
    assert!(own.exists(), "the tests need {name}: script/test installs it");
    own
}

/// Starts a storage server on a free port, and again on another one if the port was taken meanwhile. Returns the
/// process and its URL.
fn started(command: impl Fn(u16) -> Command) -> (Child, String) {
    loop {
        let port = free_port();
        let mut child = command(port).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let ended = |child: &mut Child| child.try_wait().unwrap().is_some();
        eventually("the storage server listens", || {
            ended(&mut child) || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        if !ended(&mut child) {
            return (child, format!("http://127.0.0.1:{port}"));
        }
    }
}

fn embedded() -> Running {
    let storage = Storage::start();
    Running {
        name: "embedded",
        endpoint: storage.endpoint.clone(),
        lacks: &[Lack::Uploads, Lack::Tags],
        files: None,
        key: storage.access_key.clone(),
        secret: storage.secret_key.clone(),
        process: None,
        _embedded: Some(storage),
        _folder: tempfile::tempdir().unwrap(),
    }
}

fn rclone() -> Running {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("onsale")).unwrap();
    let (process, endpoint) = started(|port| {
        let mut command = Command::new(tool("rclone"));
        let address = format!("127.0.0.1:{port}");
        command.args(["serve", "s3", "--auth-key", "key-of-rclone,secret-of-rclone", "--addr", &address]);
        command.args(["--config", "/dev/null", "--vfs-cache-mode", "off", "--dir-cache-time", "0s"]).arg(folder.path());
        command
    });
    Running {
        name: "rclone",
        process: Some(process),
        endpoint,
        lacks: &[Lack::Parts, Lack::Uploads, Lack::Conditions],
        files: Some(folder.path().join("onsale")),
        key: "key-of-rclone".into(),
        secret: "secret-of-rclone".into(),
        _embedded: None,
        _folder: folder,
    }
}

fn moto() -> Running {
    let (process, endpoint) = started(|port| {
        let mut command = Command::new(tool("moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        command
    });
    Client::new(&endpoint).send("PUT", "/onsale", &[], None).expect(200);
    Running {
        name: "moto",
        process: Some(process),
        endpoint,
        lacks: &[Lack::Signatures],
        files: None,
        key: "any".into(),
        secret: "any".into(),
        _embedded: None,
        _folder: tempfile::tempdir().unwrap(),
    }
}

impl Running {
    fn lacks(&self, what: Lack) -> bool {
        self.lacks.contains(&what)
    }

    fn settings(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("storage.endpoint", &self.endpoint),
            ("storage.access_key_id", &self.key),
            ("storage.secret_access_key", &self.secret),
        ]
    }

    async fn store(&self) -> Store {
        let settings = StoreSettings {
            places: Locations::new("onsale", "").unwrap(),
            region: "us-east-1".into(),
            endpoint: Some(self.endpoint.clone()),
            public_endpoint: None,
            cdn: None,
            credentials: Some(Credentials {
                access_key_id: self.key.clone(),
                secret_access_key: self.secret.clone(),
                session_token: None,
            }),
            in_flight: 4,
            connect: ATTEMPT,
            attempt: ATTEMPT,
            operation: DEADLINE,
            encryption: None,
            kms_key: None,
            class: None,
            part_bytes: 5 << 20,
        };
        Store::new(settings, tokio::runtime::Handle::current()).await
    }
}

fn object(key: &str, bytes: Vec<u8>) -> NewObject {
    let metadata = Metadata::from([("source".to_owned(), "a test".to_owned())]);
    NewObject { key: key.into(), bytes: bytes.into(), content_type: "application/pdf", metadata, replace: true }
}

/// Objects that are uploaded in parts: a large one, streams of unknown length, and one that breaks off.
async fn takes_parts(running: &Running, store: &Store) {
    let name = running.name;
    let large: Vec<u8> = (0..12_000_000_u32).map(|n| n.to_be_bytes()[3] ^ n.to_be_bytes()[2]).collect();
    store.put(object("archives/e/large.zip", large.clone())).await.unwrap();
    assert!(store.get("archives/e/large.zip", 20 << 20).await.unwrap() == large, "{name}");
    let pieces = large.chunks(700_001).map(|piece| Ok::<_, String>(Bytes::copy_from_slice(piece)));
    let head = |key: &str| UploadHeader {
        key: key.into(),
        content_type: "application/zip",
        metadata: Metadata::new(),
        replace: true,
    };
    let (_, bytes) = store.put_stream(head("archives/e/streamed.zip"), stream::iter(pieces)).await.unwrap();
    assert_eq!(bytes, 12_000_000, "{name}");
    assert!(store.get("archives/e/streamed.zip", 20 << 20).await.unwrap() == large, "{name}");
    let nothing = stream::iter(Vec::<Result<Bytes, String>>::new());
    store.put_stream(head("archives/e/empty.zip"), nothing).await.unwrap();
    assert_eq!(store.head("archives/e/empty.zip").await.unwrap().unwrap().bytes, 0, "{name}");
    let broken = stream::iter([Ok(Bytes::from(vec![0; 6 << 20])), Err("the source broke")]);
    store.put_stream(head("archives/e/broken.zip"), broken).await.unwrap_err();
    assert_eq!(store.head("archives/e/broken.zip").await.unwrap(), None, "{name}: no object is left of it");
    if !running.lacks(Lack::Uploads) {
        let place = store.places().of(ObjectKind::Archives).clone();
        assert!(store.unfinished_uploads(&place).await.unwrap().is_empty(), "{name}");
    }
}

/// Checks what a server needs of a storage.
async fn serves(running: &Running) {
    let name = running.name;
    let store = running.store().await;
    let key = "tickets/GDN2025-0001.pdf";
    assert_eq!(store.head(key).await.unwrap(), None, "{name}");
    let tag = store.put(object(key, b"a small one".into())).await.unwrap();
    let head = store.head(key).await.unwrap().unwrap();
    assert_eq!((head.bytes, &head.tag), (11, &tag), "{name}");
    assert_eq!(&store.get(key, 100).await.unwrap()[..], b"a small one", "{name}");
    assert_eq!(
        store.get(key, 10).await.unwrap_err().cause,
        Cause::Damaged,
        "{name}: an object that is too large is not read"
    );
    assert_eq!(store.get("tickets/NONE-0001.pdf", 10).await.unwrap_err().cause, Cause::Missing, "{name}");

    let url = store.presign(key, Duration::from_secs(600), Disposition::Attachment).await.unwrap();
    let fetch = |url: String| async { tokio::task::spawn_blocking(move || Client::new("").get(&url)).await.unwrap() };
    let fetched = fetch(url.url.clone()).await.expect(200);
    assert_eq!(fetched.body, b"a small one", "{name}");
    if !running.lacks(Lack::Signatures) {
        let saved = "attachment; filename=\"GDN2025-0001.pdf\"";
        assert_eq!(fetched.header("content-disposition"), Some(saved), "{name}");
        for forged in [url.url.replace("X-Amz-Expires=600", "X-Amz-Expires=601"), url.url.replace("0001", "0002")] {
            assert!([400, 403].contains(&fetch(forged).await.status), "{name}");
        }
    }

    if !running.lacks(Lack::Parts) {
        takes_parts(running, &store).await;
    }

    // A list of two pages, in the order of the keys' bytes.
    let keys = stream::iter(0..1020).map(|number| format!("tickets/A-{number:04}.pdf"));
    match &running.files {
        // This server looks at all files of a folder for each upload.
        Some(files) => keys.for_each(async |key| fs::write(files.join(key), [1]).unwrap()).await,
        None => {
            let put = async |key: String| drop(store.put(object(&key, vec![1])).await.unwrap());
            keys.map(put).buffer_unordered(8).collect::<()>().await;
        }
    }
    let place = store.places().of(ObjectKind::Tickets).clone();
    let (mut listed, mut from) = (Vec::new(), None);
    loop {
        let page = store.list(&place, "tickets/", from.as_deref()).await.unwrap();
        assert!(page.objects.len() <= 1000, "{name}");
        listed.extend(page.objects);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(listed.len(), 1021, "{name}");
    assert!(listed.is_sorted_by(|(a, _), (b, _)| a < b), "{name}");
    assert_eq!(listed.iter().any(|(_, object)| object.tag.is_some()), !running.lacks(Lack::Tags), "{name}");

    let kept = NewObject { replace: false, ..object(key, b"another one".into()) };
    let refused = store.put(kept).await;
    match running.lacks(Lack::Conditions) {
        false => assert_eq!(refused.unwrap_err().cause, Cause::Conflict, "{name}"),
        true => drop(refused.unwrap()),
    }
    store.delete(key).await.unwrap();
    store.delete(key).await.unwrap();
    assert_eq!(store.head(key).await.unwrap(), None, "{name}: an object can be removed twice");
    let open = store.is_public().await;
    assert_eq!(open, Some(running.lacks(Lack::Signatures)), "{name}");
}

#[test]
fn each_storage_does_what_a_server_needs() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for running in [embedded(), rclone(), moto()] {
        runtime.block_on(serves(&running));
    }
}

#[test]
fn each_storage_keeps_a_servers_files() {
    for running in [embedded(), rclone(), moto()] {
        let tidy = [("housekeeper.interval_seconds", "1"), ("housekeeper.grace_seconds", "3600")];
        let server = Server::with(&[&running.settings()[..], &tidy].concat());
        let event = server.event(json!({}));
        let ada = event.register(&["Ada Lovelace"]);
        let pdf = ada.stored_pdf(&server);
        qpdf_check(&pdf);
        assert!(pdf_text(&pdf).contains("Ada Lovelace"), "{}", running.name);
        let code = server.client.send("POST", &ada.ticket_path(0, "/qr-code"), &[], None).expect(200).json();
        Client::new("").get(code["url"].as_str().unwrap()).expect(200);

        // Another program overwrites the file: with another size, and where lists have tags, with the same size.
        let write = |bytes: &[u8]| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async {
                let store = running.store().await;
                store.put(object(&format!("tickets/{}.pdf", ada.id), bytes.to_vec())).await.unwrap();
            });
            server
                .database
                .execute("UPDATE documents SET stored_at = stored_at - interval '1 hour' WHERE kind = 1 /* tickets */");
        };
        let mut forgeries = vec![b"short".to_vec()];
        if !running.lacks(Lack::Tags) {
            forgeries.push(vec![b'x'; pdf.len()]);
        }
        for forgery in forgeries {
            write(&forgery);
            eventually(&format!("{} has the right file again", running.name), || {
                let answer = server.client.get(&ada.pdf_path());
                answer.header("location").is_some_and(|link| Client::new("").get(link).body == pdf)
            });
        }
    }
}

#[test]
fn an_object_says_what_it_was_made_from_and_is_kept_as_configured() {
    let moto = moto();
    let how = [("storage.encryption", "AES256"), ("storage.class", "STANDARD_IA")];
    let server = Server::with(&[&moto.settings()[..], &how].concat());
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    let link = server.client.get(&ada.pdf_path()).expect(302).header("location").unwrap().to_owned();
    let object = Client::new("").get(&link).expect(200);
    let inline = format!("inline; filename=\"{}.pdf\"", ada.id);
    for (name, expected) in [
        ("content-type", "application/pdf"),
        ("content-disposition", &inline),
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-meta-layout-version", "0"),
        ("x-amz-meta-event-revision", "1"),
        ("x-amz-meta-source", concat!("onsale ", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(object.header(name), Some(expected), "{name}");
    }
    let documents = server.organizer.get(&event.path("/documents")).expect(200).json();
    assert_eq!(object.header("x-amz-meta-content-hash"), documents["items"][0]["contentHash"].as_str());
    let at: jiff::Timestamp = object.header("x-amz-meta-made-at").unwrap().parse().unwrap();
    assert!(at.as_second() > 1_700_000_000);
}

#[test]
fn a_bucket_that_anonymous_readers_can_read_is_refused() {
    let open = moto();
    let data = tempfile::tempdir().unwrap();
    let database = crate::support::cluster().database();
    let variables = [
        ("DATABASE_URL", database.url.as_str()),
        ("AWS_ENDPOINT_URL_S3", &open.endpoint),
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        ("ONSALE_SECRET", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="),
    ];
    // A server that gets no answer within a second starts all the same.
    let mut refused = None;
    eventually("storage answers in time", || {
        refused = Replica::try_with(data.path(), &variables).err();
        refused.is_some()
    });
    let (code, said) = refused.unwrap();
    assert_eq!(code, Some(1));
    assert!(said.contains("can read the bucket"), "{said}");
}
