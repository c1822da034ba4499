//! Invoices: no row without its object, and no object without its row.

use serde_json::{Value, json};

use crate::support::{Client, Fault, Server, Storage, eventually, pdf_text, qpdf_check};

fn invoice(sequence: u32) -> Value {
    json!({
        "shopId": "shop-1", "orderId": "5770-22", "packageId": 9, "sequenceNumber": sequence,
        "issuedAt": "2025-11-08T09:00:00Z", "currency": "EUR", "language": "de",
        "seller": {"name": "Gardenia Kollektiv", "address": "Am Rosenhof 1\n10115 Berlin", "taxId": "DE123456789"},
        "buyer": {"name": "山田太郎", "address": "Palace Road {1}\nBengaluru", "email": "taro@example.com"},
        "lines": [
            {"description": "Front Lawn", "quantity": 2, "unitPrice": 2_500, "taxBasisPoints": 1900},
            {"description": "Programme", "quantity": 3, "unitPrice": 499, "taxBasisPoints": 700},
            {"description": "Members’ discount", "quantity": 1, "unitPrice": -1_000, "taxBasisPoints": 1900},
        ],
    })
}

const KEY: &str = "invoices/tiktok/shop-1/5770-22/9/1.pdf";

#[test]
fn an_invoice_adds_up_and_is_there_before_its_row() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let made = server.organizer.post("/api/invoices", &invoice(1)).expect(201);
    let answer = made.json();
    assert_eq!(answer["key"], KEY);
    let pdf = storage.object(KEY);
    assert_eq!(answer["bytes"], pdf.len());
    assert!(Client::new("").get(answer["signedUrl"].as_str().unwrap()).expect(200).body == pdf);
    qpdf_check(&pdf);
    let text = pdf_text(&pdf);
    // 5000 - 1000 at 19 %, 1497 at 7 %.
    for expected in [
        "Rechnung 1",
        "Gardenia Kollektiv",
        "10115 Berlin",
        "DE123456789",
        "山田太郎",
        "Palace Road {1}",
        "Front Lawn",
        "50,00",
        "14,97",
        "-10,00",
        "54,97",
        "7,60",
        "1,05",
        "63,62",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let path = "/api/invoices/shop-1/5770-22/9/1";
    assert_eq!(made.header("location"), Some(format!("http://tickets.example{path}").as_str()));
    let link = server.organizer.get(path).expect(302).header("location").unwrap().to_owned();
    assert!(Client::new("").get(&link).expect(200).body == pdf);

    server.organizer.post("/api/invoices", &invoice(1)).expect(200);
    let mut other = invoice(1);
    other["buyer"]["name"] = json!("Another buyer");
    server.organizer.post("/api/invoices", &other).problem(409, "conflict");
    assert!(storage.object(KEY) == pdf);
    let eve = server.other_organizer("Eve", &["invoices:read", "invoices:write", "storage:read"]);
    eve.get(path).problem(404, "not_found");
    // The same ids of another organizer are another invoice.
    let hers = eve.post("/api/invoices", &other).expect(201).json();
    assert_ne!(hers["key"], KEY);
    eve.post("/api/invoices", &other).expect(200);
    eve.get(path).expect(302);
    assert!(storage.object(KEY) == pdf);
    eve.get(&format!("/api/storage/signed-url?key={KEY}")).problem(404, "not_found");
    server
        .organizer
        .get(&format!("/api/storage/signed-url?key={}", hers["key"].as_str().unwrap()))
        .problem(404, "not_found");
    server.organizer.get(&format!("/api/storage/signed-url?key={KEY}")).expect(200);
    assert_eq!(server.database.number("SELECT min(total) FROM invoices"), 6362);
}

#[test]
fn a_faulty_invoice_is_refused_with_every_place() {
    let server = Server::start();
    let mut faulty = invoice(1);
    faulty["shopId"] = json!("../../tickets");
    faulty["lines"][1]["quantity"] = json!(0);
    faulty["currency"] = json!("EURO");
    faulty["total"] = json!(1);
    let refused = server.organizer.post("/api/invoices", &faulty);
    refused.problem(422, "invalid");
    assert_eq!(refused.pointers(), ["/shopId", "/currency", "/lines/1/quantity", "/total"]);
    server.organizer.get("/api/invoices/a/b/c/%2e%2e").problem(404, "not_found");
    server.client.post("/api/invoices", &invoice(1)).problem(401, "unauthenticated");
    assert_eq!(server.database.number("SELECT count(*) FROM invoices"), 0);
}

#[test]
fn without_its_object_no_invoice_is_recorded() {
    for fault in [Fault::Refuse, Fault::StoreThenFail, Fault::Truncate] {
        let storage = Storage::start();
        let server = Server::with(&storage.settings());
        storage.set_fault(fault.clone());
        server.organizer.post("/api/invoices", &invoice(1)).problem(503, "unavailable");
        assert_eq!(server.database.number("SELECT count(*) FROM invoices"), 0);
        server.organizer.get("/api/invoices/shop-1/5770-22/9/1").problem(404, "not_found");
        if fault != Fault::Refuse {
            assert!(storage.keys("invoices/").is_empty(), "nothing is left behind: {fault:?}");
        }
        storage.set_fault(Fault::Pass);
        eventually("the invoice can be made now", || server.organizer.post("/api/invoices", &invoice(1)).status == 201);
        qpdf_check(&storage.object(KEY));
    }
}

#[test]
fn the_same_invoice_from_many_sides_is_made_once() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let mut other = invoice(1);
    other["buyer"]["name"] = json!("Another buyer");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = |body: Value| scope.spawn(|| server.organizer.post("/api/invoices", &{ body }).status);
        let asked: Vec<_> = (0..8).map(|n| ask(if n % 2 == 0 { invoice(1) } else { other.clone() })).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 201, 409].contains(status)), "{statuses:?}");
    let name = server.database.rows("SELECT request->'buyer'->>'name' FROM invoices", &[])[0].get::<_, String>(0);
    assert!(pdf_text(&storage.object(KEY)).contains(&name), "the row and the object are of one invoice");
}

#[test]
fn without_its_row_no_object_is_left() {
    let storage = Storage::start();
    let server = Server::with(&[&storage.settings()[..], &[("database.statement_ms", "5000")]].concat());
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE invoices IN EXCLUSIVE MODE");
    server.organizer.post("/api/invoices", &invoice(1)).problem(503, "unavailable");
    assert!(storage.requests("PUT") > 0 && storage.keys("invoices/").is_empty());
    lock.execute("ROLLBACK");
    server.organizer.post("/api/invoices", &invoice(1)).expect(201);
}

#[test]
fn an_expired_invoice_that_cannot_be_removed_does_not_keep_the_others() {
    let storage = Storage::start();
    storage.set_fault(Fault::Locked("9/2.pdf"));
    let tidy = [("housekeeper.interval_seconds", "1"), ("retention.invoices_days", "10")];
    let server = Server::with(&[&storage.settings()[..], &tidy].concat());
    let issue = |sequence| {
        let mut body = invoice(sequence);
        body["issuedAt"] = "2020-01-01T00:00:00Z".into();
        server.organizer.post("/api/invoices", &body).expect(201);
    };
    (1..=3).for_each(issue);
    let left = || storage.keys("invoices/");
    eventually("the other two are removed", || left() == ["invoices/tiktok/shop-1/5770-22/9/2.pdf"]);
    storage.set_fault(Fault::Pass);
    eventually("the next round removes it", || left().is_empty());
    assert_eq!(server.database.number("SELECT count(*) FROM invoices"), 0);
}
