//! Pages of errors: in the look of all pages, honest about what was done, and with the time to try again.

use super::{Browser, PASSWORD, UNLIMITED, account, form_token};
use crate::support::Server;

#[test]
fn errors_of_pages_are_pages_and_errors_of_the_api_are_not() {
    let server = Server::with(&UNLIMITED);
    let browser = Browser::of(&server);
    let page = browser.page("/nothing");
    assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(page.text().contains("Nothing here") && page.text().contains(page.header("x-request-id").unwrap()));
    let german =
        browser.send("GET", "/nothing", &[("accept", "text/html"), ("accept-language", "de-AT, en;q=0.5")], None);
    assert!(
        german.text().contains("<html lang=\"de\"") && !german.text().contains("Nothing here"),
        "{}",
        german.text()
    );
    let page = browser.page("/sign-out");
    assert_eq!((page.status, page.header("allow")), (405, Some("POST")));
    for (path, accept) in [("/nothing", "*/*"), ("/nothing", "application/json"), ("/api/nothing", "text/html")] {
        browser.send("GET", path, &[("accept", accept)], None).problem(404, "not_found");
    }
    assert_eq!(browser.client.get("/nothing").header("content-type"), Some("application/problem+json"));
}

#[test]
fn a_page_says_when_to_try_again() {
    // One try, and then one a minute.
    let server = Server::with(&[("accounts.tries_per_hour", "1")]);
    let browser = Browser::of(&server);
    let fields = [("email", "ada@example.com"), ("password", "wrong")];
    assert_eq!(browser.submit("/sign-in", "/sign-in", &fields).status, 422);
    let slow = browser.submit("/sign-in", "/sign-in", &fields);
    assert_eq!(slow.status, 429);
    assert!(slow.header("retry-after").is_some() && slow.text().contains("Nothing was done"), "{}", slow.text());

    let server = Server::with(&[("clients.per_second", "1"), ("clients.burst", "2")]);
    let browser = Browser::of(&server);
    let limited = (0..10).map(|_| browser.page("/")).find(|page| page.status == 429).expect("a limit");
    assert!(limited.text().contains("Slowly"), "{}", limited.text());
}

#[test]
fn a_server_that_hashes_as_much_as_it_can_says_so_on_a_page() {
    let server = Server::with(&[UNLIMITED[0], ("accounts.hashes_waiting", "1")]);
    account(&server, "ada@example.com", "Ada");
    let pages: Vec<_> = std::thread::scope(|scope| {
        let send = || {
            let browser = Browser::of(&server);
            let token = form_token(&browser.page("/sign-in").text());
            let fields = [("form_token", token.as_str()), ("email", "ada@example.com"), ("password", PASSWORD)];
            browser.send_form("/sign-in", &fields, &[])
        };
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let busy = pages.iter().find(|page| page.status == 503).expect("more than one waits");
    assert!(busy.header("retry-after").is_some() && busy.text().contains("Too many at once"), "{}", busy.text());
    // A form is not sent again by itself.
    assert!(!busy.text().contains("http-equiv"), "{}", busy.text());
    let outcomes: Vec<_> = pages.iter().map(|page| page.status).collect();
    assert!(outcomes.contains(&303) && outcomes.iter().all(|status| [303, 429, 503].contains(status)), "{outcomes:?}");
    assert!(server.metric("onsale_password_hash_seconds_count", "") >= 1.0);
}

#[test]
fn texts_of_pages_are_in_the_language_that_was_chosen() {
    let server = Server::with(&UNLIMITED);
    for (tag, direction) in [
        ("en", "ltr"),
        ("de", "ltr"),
        ("fr", "ltr"),
        ("es", "ltr"),
        ("pt", "ltr"),
        ("hi", "ltr"),
        ("ar", "rtl"),
        ("ja", "ltr"),
    ] {
        let browser = Browser::of(&server);
        let answer = browser.submit(
            "/preferences",
            "/preferences",
            &[("language", tag), ("theme", "dark"), ("back", "/sign-up")],
        );
        assert_eq!((answer.status, answer.header("location")), (303, Some("/sign-up")));
        let html = browser.page("/sign-up").text();
        assert!(html.contains(&format!("<html lang=\"{tag}\" dir=\"{direction}\" data-theme=\"dark\"")), "{html}");
        // Faults of the API are translated too.
        let faulty = browser.submit("/sign-up", "/sign-up", &[("name", ""), ("email", "x"), ("password", "short")]);
        assert_eq!(faulty.status, 422);
        let is_english = faulty.text().contains("must be an e-mail address");
        assert_eq!(is_english, tag == "en", "{tag}: {}", faulty.text());
    }
}

#[test]
fn every_text_of_the_pages_exists_and_is_used() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    let mut folders = vec![root.join("src/http/pages")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                sources.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let english = std::fs::read_to_string(root.join("crates/texts/src/texts/en.ftl")).unwrap();
    let ids: Vec<_> = english
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(" ="))
        .map(|(id, _)| id)
        .collect();
    assert!(ids.len() > 250);
    // Ids that are made of parts: of what was done, roles, scopes, faults, colours, groups of tickets.
    let made = ["done-", "role-", "scope-", "fault-", "theme-", "tickets-coming", "tickets-past"];
    let unused: Vec<_> = ids
        .iter()
        .filter(|id| !made.iter().any(|prefix| id.starts_with(prefix)) && !sources.contains(&format!("\"{id}\"")))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
    for call in [
        "f.s(\"",
        "f.with(\"",
        "f.with2(\"",
        "f.count(\"",
        "f.title(\"",
        "frame.s(\"",
        "frame.with(\"",
        "frame.with2(\"",
    ] {
        for rest in sources.split(call).skip(1) {
            let id = rest.split('"').next().unwrap();
            assert!(ids.contains(&id), "there is no text {id}");
        }
    }
}
