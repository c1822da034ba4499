//! `onsale tickets import`: files of another program are stored for their registrations, and anything else is skipped.

use std::{
    fmt::Write,
    fs,
    os::unix::fs::symlink,
    process::{Command, Output, Stdio},
};

use serde_json::json;

use super::Process;
use crate::support::{Client, Fault, Server, Storage, cluster, eventually, qpdf_check};

/// Returns a PDF of another program with this text.
fn foreign(text: &str) -> Vec<u8> {
    let content = format!("BT /F1 24 Tf 20 50 Td ({text}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let (mut file, mut table) = (b"%PDF-1.4\n".to_vec(), String::new());
    for (object, number) in objects.iter().zip(1..) {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        file.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let at = file.len();
    file.extend(
        format!("xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n")
            .bytes(),
    );
    file
}

impl Process {
    fn import(&self, folder: &std::path::Path, arguments: &[&str]) -> Command {
        let mut command = self.command(&["tickets", "import", "--from", folder.to_str().unwrap()]);
        command.args(arguments);
        command
    }
}

/// Returns the lines of a program's standard output.
fn lines(output: &Output) -> Vec<String> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect()
}

/// Makes registrations come from another system, longer ago than the time for which an import leaves them to servers.
fn age(case: &Process) {
    case.database.execute("UPDATE registrations SET created_at = created_at - interval '1 day', imported = true");
}

#[test]
fn local_files_are_served_until_they_are_imported_and_from_storage_afterwards() {
    let case = Process::prepared();
    age(&case);
    let folder = tempfile::tempdir().unwrap();
    let file = foreign("For Ada, from long ago");
    qpdf_check(&file);
    fs::write(folder.path().join(format!("{}.pdf", case.person.id)), &file).unwrap();
    let local = [("ONSALE_LOCAL_TICKETS_DIR", folder.path().to_str().unwrap())];
    let server = case.start(&[&case.keys()[..], &local].concat());
    case.is_stored();
    assert!(server.client.get(&case.person.pdf_path()).expect(200).body == file, "the local file comes first");
    eventually("the download is recorded", || {
        case.database.number("SELECT count(*) FROM downloads WHERE served_from = 'disk'") == 1
    });

    let tried = case.import(folder.path(), &["--dry-run"]).output().unwrap();
    assert_eq!(lines(&tried), [format!("would import\t{}.pdf\t{} B", case.person.id, file.len())]);
    assert_eq!(case.database.number("SELECT count(*) FROM documents WHERE imported"), 0);
    let done = case.import(folder.path(), &[]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(lines(&done)[0].starts_with("imported\t"));
    assert!(case.storage.object(&format!("tickets/{}.pdf", case.person.id)) == file);
    let redirect = server.client.get(&case.person.pdf_path()).expect(302);
    assert!(Client::new("").get(redirect.header("location").unwrap()).expect(200).body == file);

    // The imported file stays as it is when the event changes, and is not uploaded again.
    case.database.execute("UPDATE events SET title = 'Gardenia 2026', revision = revision + 1");
    let puts = case.storage.requests("PUT");
    for arguments in [&[][..], &["--verify"]] {
        let again = case.import(folder.path(), arguments).output().unwrap();
        assert!(lines(&again)[0].starts_with("present\t"), "{again:?}");
    }
    assert_eq!(case.storage.requests("PUT"), puts);
    assert_eq!(server.client.get(&case.person.pdf_path()).status, 302);
    // A damaged object is found by --verify and replaced.
    fs::write(case.storage.folder.join(format!("tickets/{}.pdf", case.person.id)), "spoilt").unwrap();
    let mended = case.import(folder.path(), &["--verify"]).output().unwrap();
    assert!(lines(&mended)[0].starts_with("imported\t"), "{mended:?}");
}

#[test]
fn what_is_no_ticket_is_skipped_with_its_reason() {
    let case = Process::prepared();
    age(&case);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let code = case.person.id.split('-').next().unwrap().to_owned();
    let good = foreign("x");
    fs::write(path(&format!("{code}-0002.pdf")), &good).unwrap();
    fs::write(path("NOBODY-0001.pdf"), &good).unwrap();
    fs::write(path("GDN2025-1.pdf"), &good).unwrap();
    fs::write(path("notes.txt"), "x").unwrap();
    fs::write(path("naïve \u{1b}[31m\n.pdf"), &good).unwrap();
    fs::create_dir(path(&format!("{code}-0003.pdf"))).unwrap();
    symlink("/etc/passwd", path(&format!("{code}-0004.pdf"))).unwrap();
    symlink(path("NOBODY-0001.pdf"), path(&format!("{}.pdf", case.person.id))).unwrap();
    assert!(Command::new("mkfifo").arg(path(&format!("{code}-0005.pdf"))).status().unwrap().success());
    let output = case.import(folder.path(), &[]).output().unwrap();
    assert!(output.status.success());
    let lines = lines(&output);
    assert_eq!(lines.len(), 9);
    let why = |name: &str| lines.iter().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {lines:?}"));
    assert!(why("-0002").ends_with("there is no such registration"));
    assert!(why("NOBODY").ends_with("no event has this code"));
    assert!(why("GDN2025-1.pdf").contains("not a registration id"));
    assert!(why("notes.txt").contains("not a registration id"));
    assert!(why("\\u{1b}[31m\\n").starts_with("skipped"), "control characters of a name are escaped");
    for name in ["-0003", "-0004", "-0005", &case.person.id] {
        assert!(why(name).ends_with("not a file of its own"), "{}", why(name));
    }
    assert_eq!(case.database.number("SELECT count(*) FROM documents WHERE imported"), 0);

    let own = path(&format!("{}.pdf", case.person.id));
    fs::remove_file(&own).unwrap();
    let check = |bytes: &[u8], expected: &str| {
        fs::write(&own, bytes).unwrap();
        let output = case.import(folder.path(), &[]).output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let line = lines.lines().find(|line| line.contains(&case.person.id)).unwrap().to_owned();
        assert!(line.ends_with(expected), "{line}");
    };
    check(b"", "the file is empty");
    check(b"PK\x03\x04", "the file is no PDF");
    check(&good[..good.len() / 2], "the PDF is incomplete");
    check(&vec![b'x'; 33 << 20], "the file is larger than 32.00 MiB");
    server_is_unharmed(&case);
}

/// Asserts that a server still stores its own file.
fn server_is_unharmed(case: &Process) {
    let _server = case.start(&case.keys());
    eventually("the server's own file is stored", || case.storage.keys("tickets/").len() == 1);
    qpdf_check(&case.storage.object(&format!("tickets/{}.pdf", case.person.id)));
}

#[test]
fn an_import_that_is_cut_off_again_and_again_comes_to_an_end() {
    let count: usize = std::env::var("IMPORT_FILES").map_or(400, |files| files.parse().unwrap());
    let storage = Storage::start();
    let server = Server::without_uploads(&storage, &[]);
    let event =
        server.event(json!({"capacity": null, "ticketTypes": [crate::support::ticket_type("general", 0, None)]}));
    let people: Vec<_> = (0..count).map(|n| event.register(&[&format!("Person {n}")])).collect();
    let url = server.database.url.clone();
    drop(event);
    drop(server);
    storage.set_fault(Fault::Pass);
    let case = Process {
        database: cluster().existing(url),
        storage,
        data: tempfile::tempdir().unwrap(),
        person: people[0].clone(),
    };
    age(&case);
    let folder = tempfile::tempdir().unwrap();
    for person in &people {
        fs::write(folder.path().join(format!("{}.pdf", person.id)), foreign(&person.id)).unwrap();
    }
    let imported = || case.database.number("SELECT count(*) FROM documents WHERE imported");
    let mut cut = 0;
    while cut < 10 {
        let before = imported();
        let mut child = case.import(folder.path(), &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        eventually("a part is imported", || imported() > before + 10 || child.try_wait().unwrap().is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        cut += 1;
    }
    // Files under way when the import was killed are claimed until their lease is over.
    case.database.expire_leases();
    let last = case.import(folder.path(), &["--verify"]).output().unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
    assert_eq!(imported(), i64::try_from(count).unwrap());
    for person in &people {
        let object = case.storage.object(&format!("tickets/{}.pdf", person.id));
        assert!(object == foreign(&person.id), "{}", person.id);
    }
}

#[test]
fn a_number_that_was_sold_here_gets_no_file_of_another_system() {
    let case = Process::prepared();
    age(&case);
    case.database.execute("UPDATE registrations SET imported = false");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(format!("{}.pdf", case.person.id)), foreign("For an earlier holder")).unwrap();
    let skipped = case.import(folder.path(), &[]).output().unwrap();
    assert!(
        lines(&skipped)[0].starts_with("skipped\t") && lines(&skipped)[0].contains("another system"),
        "{skipped:?}"
    );
    let local = [("ONSALE_LOCAL_TICKETS_DIR", folder.path().to_str().unwrap())];
    let server = case.start(&[&case.keys()[..], &local].concat());
    case.is_stored();
    server.client.get(&case.person.pdf_path()).expect(302);
    assert_eq!(case.database.number("SELECT count(*) FROM downloads WHERE served_from = 'disk'"), 0);
}

#[test]
fn registrations_of_another_system_keep_their_numbers() {
    let case = Process::prepared();
    case.database.execute("UPDATE ticket_type_seats SET capacity = 10");
    let code = case.person.id.split('-').next().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let (csv, json_file) = (folder.path().join("old.csv"), folder.path().join("old.json"));
    let table = format!(
        "registrationId,ticketType,name,email,createdAt,status,amount,currency,answers\n\
         {code}-0101,general,Grace Hopper,grace@example.com,2024-05-01T10:00:00Z,confirmed,2500,EUR,\"{{\"\"diet\"\":\"\"vegan\"\"}}\"\n\
         {code}-0101,general,Katherine Johnson,kj@example.com,2024-05-01T10:00:00Z,confirmed,2500,EUR,\n\
         {code}-0050,,'=Ada,ada@example.com,,,,,\n\
         {code}-0051,,Eve,eve@example.com,,cancelled,,,\n\
         {code}-0001,,Mallory,mallory@example.com,,,,,\n\
         {code}-0052,balcony,Eve,eve@example.com,,,,,\n\
         NOBODY-0001,,Eve,eve@example.com,,,,,\n"
    );
    fs::write(&csv, table).unwrap();
    let import = |path: &std::path::Path, arguments: &[&str]| {
        let mut command = case.command(&["registrations", "import", "--from", path.to_str().unwrap()]);
        command.args(arguments).output().unwrap()
    };
    let outcomes = |output: &Output| -> Vec<String> {
        lines(output).iter().map(|line| line.split('\t').take(2).collect::<Vec<_>>().join(" ")).collect()
    };
    let expected = |done: &str| {
        vec![
            format!("{done} {code}-0101"),
            format!("{done} {code}-0050"),
            format!("skipped {code}-0051"),
            format!("failed {code}-0001"),
            format!("failed {code}-0052"),
            "failed NOBODY-0001".to_owned(),
        ]
    };
    let count = "SELECT count(*) FROM registrations";
    assert_eq!(outcomes(&import(&csv, &["--dry-run"])), expected("would import"));
    assert_eq!(case.database.number(count), 1);
    let first = import(&csv, &[]);
    assert_eq!((outcomes(&first), first.status.code()), (expected("imported"), Some(1)));
    assert_eq!(outcomes(&import(&csv, &[])), expected("present"), "it can be run again");
    assert_eq!(case.database.number(count), 3);
    case.database.check_invariants();

    let more = json!([{"registrationId": format!("{code}-0200"), "ticketType": "general",
        "amount": {"amount": 100, "currency": "EUR"}, "tickets": [{"name": "Linus", "email": "l@example.com"}]}]);
    fs::write(&json_file, more.to_string()).unwrap();
    assert_eq!(outcomes(&import(&json_file, &[])), [format!("imported {code}-0200")]);

    // Their tickets are made like others, and the next number follows.
    let server = case.start(&case.keys());
    eventually("every ticket is stored", || {
        case.database.number("SELECT count(*) FROM documents WHERE state = 2 /* stored */") == 4
    });
    let slug = case.database.rows("SELECT slug FROM events", &[])[0].get::<_, String>(0);
    let body = json!({"event": slug, "attendees": [{"name": "New", "email": "new@example.com"}]});
    let registered = server.client.post("/api/register", &body).expect(201).json();
    assert_eq!(registered["data"]["registrationId"], json!(format!("{code}-0201")));
    case.database.check_invariants();
}
