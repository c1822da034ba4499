//! What attackers try with accounts and their pages.

use std::time::Instant;

use onsale::domain::PersonRequest;
use serde_json::json;

use super::{Browser, PASSWORD, UNLIMITED, account, form_token, member, message_to, organizer};
use crate::support::Server;

/// A name that would be markup, a script and an attribute.
const MARKUP: &str = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}";

#[test]
fn a_session_of_an_attacker_is_not_taken_over() {
    let server = Server::with(&UNLIMITED);
    account(&server, "ada@example.com", "Ada");
    let victim = Browser::of(&server);
    let planted = "A".repeat(43);
    victim.set_cookie("onsale", &planted);
    victim.sign_in("ada@example.com", PASSWORD).expect(201);
    let own = victim.cookie("onsale").unwrap();
    assert_ne!(own, planted);
    // Each sign-in has a new one.
    victim.sign_in("ada@example.com", PASSWORD).expect(201);
    assert_ne!(victim.cookie("onsale").unwrap(), own);
    let attacker = Browser::of(&server);
    attacker.set_cookie("onsale", &planted);
    attacker.get("/api/me").problem(401, "unauthenticated");
}

#[test]
fn pages_of_other_sites_change_nothing() {
    let server = Server::with(&UNLIMITED);
    let ada = account(&server, "ada@example.com", "Ada");
    let body = json!({"name": "Eve"}).to_string();
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://tickets.example.evil.example")],
        &[("origin", "http://tickets.example"), ("sec-fetch-site", "cross-site")],
        &[("origin", "http://tickets.example"), ("sec-fetch-site", "same-site")],
        &[("origin", "http://tickets.example"), ("sec-fetch-site", "none")],
        &[("origin", "")],
    ] {
        ada.send("PATCH", "/api/me", headers, Some(body.as_bytes())).problem(403, "forbidden");
    }
    ada.send("PATCH", "/api/me", &[("origin", ""), ("sec-fetch-site", "same-origin")], Some(body.as_bytes()))
        .expect(200);
    // Forms need the token of this browser as well.
    let other = Browser::of(&server);
    let foreign = form_token(&other.page("/sign-in").text());
    for token in ["", "x", foreign.as_str()] {
        let refused = ada.send_form("/account/profile", &[("form_token", token), ("name", "Mallory")], &[]);
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("Not from here"), "{}", refused.text());
    }
    let own = form_token(&ada.page("/account").text());
    let evil = [("origin", "https://evil.example")];
    assert_eq!(ada.send_form("/account/profile", &[("form_token", &own), ("name", "Mallory")], &evil).status, 403);
    assert_eq!(ada.get("/api/me").json()["name"], "Eve");
    // Signing somebody in as the attacker needs a token too.
    let victim = Browser::of(&server);
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    assert_eq!(victim.send_form("/sign-in", &fields, &[]).status, 403);
    assert!(victim.cookie("onsale").is_none());
}

#[test]
fn signing_in_leads_to_this_site_only() {
    let server = Server::with(&UNLIMITED);
    account(&server, "ada@example.com", "Ada");
    for (next, expected) in [
        ("/account", "/account"),
        ("https://evil.example/", "/my-tickets"),
        ("//evil.example/", "/my-tickets"),
        ("/\\evil.example", "/my-tickets"),
        ("javascript:alert(1)", "/my-tickets"),
        ("/a\r\nset-cookie: a=b", "/my-tickets"),
    ] {
        let browser = Browser::of(&server);
        let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("next", next)];
        let answer = browser.submit("/sign-in", "/sign-in", &fields).expect(303);
        assert_eq!(answer.header("location"), Some(expected), "{next}");
    }
}

#[test]
fn links_name_this_server_whatever_the_request_says() {
    let server = Server::with(&UNLIMITED);
    let browser = Browser::of(&server);
    for header in
        ["x-forwarded-host", "x-forwarded-proto", "x-forwarded-for", "forwarded", "x-original-url", "x-rewrite-url"]
    {
        let page = browser.send("GET", "/sign-in", &[("accept", "text/html"), (header, "evil.example")], None);
        assert!(!page.text().contains("evil.example"), "{header}");
        let body = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}).to_string();
        let answer =
            browser.send("POST", "/api/accounts", &[(header, "evil.example")], Some(body.as_bytes())).expect(202);
        assert!(!format!("{answer:?}").contains("evil.example"), "{header}");
    }
    // A cache between keeps no page of a person for another one.
    for path in ["/sign-in", "/my-tickets", "/nothing", "/api/me"] {
        let answer = browser.page(path);
        let cache = answer.header("cache-control").unwrap();
        assert!(cache.contains("no-store"), "{path}: {cache}");
    }
    let ada = account(&server, "ada@example.com", "Ada");
    // Pages for everybody are shared, but not those with the links of a person.
    assert!(Browser::of(&server).page("/").header("cache-control").unwrap().starts_with("public"));
    assert_eq!(ada.page("/").header("cache-control"), Some("private, no-cache"));
    assert!(ada.page("/account").expect(200).header("cache-control").unwrap().contains("private, no-store"));
}

#[test]
fn every_page_has_a_strict_policy() {
    let server = Server::with(&UNLIMITED);
    let ada = account(&server, "ada@example.com", "Ada");
    organizer(&ada, "Gardenia");
    server.event(json!({"slug": "the-event"}));
    let visitor = Browser::of(&server);
    for path in [
        "/",
        "/events/the-event",
        "/events/the-event/register",
        "/preferences",
        "/sign-in",
        "/sign-up",
        "/verify",
        "/verify?token=x",
        "/reset-password",
        "/my-tickets",
        "/account",
        "/account/erase",
        "/account/second-factor",
        "/organizer",
        "/organizer/team",
        "/organizer/tokens",
        "/invitation?token=x",
        "/nothing",
    ] {
        let is_own = path.starts_with("/account") || path.starts_with("/organizer");
        let page = if is_own { &ada } else { &visitor }.page(path);
        let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("{path}"));
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(page.header("permissions-policy").unwrap().contains("camera=()"), "{path}");
        let html = page.text();
        for forbidden in [" style=", "<style", " onclick", " onload", "javascript:", "<script>"] {
            assert!(!html.contains(forbidden), "{path} has {forbidden}");
        }
        assert!(html.len() <= 30 << 10, "{path}: {}", html.len());
    }
}

#[test]
fn markup_in_every_field_is_shown_as_text_on_every_page() {
    let server = Server::with(&UNLIMITED);
    let owner = Browser::of(&server);
    let body = json!({"email": "meera@example.com", "password": PASSWORD, "name": MARKUP, "locale": MARKUP});
    owner.post("/api/accounts", &body).expect(202);
    let (token, _) = message_to(&server, "meera@example.com", PersonRequest::SignUp);
    owner.post("/api/accounts/verify", &json!({"token": token})).expect(200);
    let agent = [("user-agent", "Firefox \"><script>alert(3)</script> Linux")];
    let sign_in = json!({"email": "meera@example.com", "password": PASSWORD}).to_string();
    owner.send("POST", "/api/sessions", &agent, Some(sign_in.as_bytes())).expect(201);
    let slug = organizer(&owner, MARKUP);
    let event = json!({"slug": "gala", "code": "GALA", "title": MARKUP, "status": "published",
        "startsAt": "2099-01-01T18:00:00Z", "endsAt": "2099-01-01T23:00:00Z", "timezone": "UTC",
        "venue": {"name": MARKUP},
        "ticketTypes": [{"code": "general", "name": MARKUP, "price": {"amount": 0, "currency": "EUR"}}]});
    owner.post("/api/events", &event).expect(201);
    let register = json!({"event": "gala", "attendees": [{"name": MARKUP, "email": "meera@example.com"}]}).to_string();
    let key = [("idempotency-key", "a-key-of-the-test")];
    let registered = server.client.send("POST", "/api/register", &key, Some(register.as_bytes())).expect(201).json();
    owner
        .post(&format!("/api/organizers/{slug}/tokens"), &json!({"name": MARKUP, "scopes": ["team:read"]}))
        .expect(201);
    owner
        .post(&format!("/api/organizers/{slug}/invitations"), &json!({"email": "ada@example.com", "role": "door"}))
        .expect(201);
    let (invitation, _) = message_to(&server, "ada@example.com", PersonRequest::Invitation);
    crate::support::eventually("the address book is filled", || {
        !owner.get("/api/me/registrations").json()["items"].as_array().unwrap().is_empty()
    });
    let id = registered["data"]["registrationId"].as_str().unwrap();
    let me = owner.get("/api/me").json()["id"].as_str().unwrap().to_owned();
    let mut shown = 0;
    for path in [
        "/account".to_owned(),
        "/my-tickets".to_owned(),
        "/organizer?choose".to_owned(),
        format!("/organizer?organizer={slug}"),
        format!("/organizer/team?organizer={slug}"),
        format!("/organizer/team/{me}?organizer={slug}"),
        format!("/organizer/tokens?organizer={slug}"),
        format!("/invitation?token={invitation}"),
        format!("/registrations/{id}"),
        "/verify?email=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&next=%22%3E%3Cscript%3E".to_owned(),
        "/sign-in?email=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&next=%22%3E%3Cscript%3E".to_owned(),
        "/reset-password?token=%22%3E%3Cscript%3E".to_owned(),
        "/my-tickets?cursor=%22%3E%3Cscript%3E".to_owned(),
        "/account?done=%22%3E%3Cscript%3E".to_owned(),
        "/%22%3E%3Cscript%3E".to_owned(),
    ] {
        let html = owner.page(&path).text();
        assert!(!html.contains("<script>") && !html.contains("<img src=x"), "{path}: {html}");
        shown += usize::from(html.contains("&lt;script&gt;") || html.contains("&#60;script&#62;"));
    }
    assert!(shown >= 9, "the markup was shown on {shown} pages");
}

#[test]
fn an_edited_form_gives_no_more_rights() {
    let server = Server::with(&UNLIMITED);
    let owner = account(&server, "meera@example.com", "Meera");
    let slug = organizer(&owner, "Gardenia");
    let viewer = member(&server, &owner, &slug, "ada@example.com", "viewer");
    let me = viewer.get("/api/me").json()["id"].as_str().unwrap().to_owned();
    let team = format!("/organizer/team?organizer={slug}");
    let html = viewer.page(&team).expect(200).text();
    assert!(!html.contains("/organizer/team/invite"), "there is no form to edit");
    let organizer = ("organizer", slug.as_str());
    for (action, fields) in [
        ("/organizer/team/role", vec![organizer, ("member", me.as_str()), ("role", "owner")]),
        ("/organizer/team/invite", vec![organizer, ("email", "eve@example.com"), ("role", "owner")]),
        ("/organizer/team/rename", vec![organizer, ("name", "Mine")]),
        ("/organizer/tokens", vec![organizer, ("name", "x"), ("scope", "team:write")]),
    ] {
        let answer = viewer.submit(&team, action, &fields);
        assert!([403, 422].contains(&answer.status), "{action}: {}", answer.status);
        assert!(answer.text().contains("does not allow"), "{action}: {}", answer.text());
    }
    let roles = server.database.session().first_column("SELECT role FROM members ORDER BY role");
    assert_eq!(roles, ["owner", "viewer"]);
    // Another organizer's pages do not exist.
    let eve = account(&server, "eve@example.com", "Eve");
    assert_eq!(eve.page(&team).status, 404);
    assert_eq!(eve.submit("/account", "/organizer/team/rename", &[organizer, ("name", "Mine")]).status, 404);
}

#[test]
fn a_form_that_is_sent_twice_does_one_thing() {
    let server = Server::with(&UNLIMITED);
    let meera = account(&server, "meera@example.com", "Meera");
    let html = meera.page("/organizer").text();
    let token = form_token(&html);
    let key = html.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("form_token", token.as_str()), ("key", key.as_str()), ("name", "Gardenia")];
    let first = meera.send_form("/organizer", &fields, &[]).expect(303);
    let second = meera.send_form("/organizer", &fields, &[]).expect(303);
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(server.database.number("SELECT count(*) FROM organizers WHERE slug LIKE 'gardenia%'"), 1);
}

/// Statistics over a thousand tries, half of them for addresses with an account: by its time, an answer tells nothing.
#[test]
fn an_answer_takes_as_long_for_an_unknown_address() {
    const PAIRS: usize = 500;
    let server = Server::with(&UNLIMITED);
    account(&server, "person0@example.com", "Ada");
    server.database.execute(
        "INSERT INTO accounts (address, email, name, language, password)
         SELECT 'person' || n || '@example.com', 'person' || n || '@example.com', 'Ada', 'en', password
         FROM accounts, generate_series(1, 499) AS n; ANALYZE accounts",
    );
    let browser = Browser::of(&server);
    let time = |email: String| {
        let start = Instant::now();
        browser.sign_in(&email, "Wrong-Heron7").problem(401, "unauthenticated");
        start.elapsed()
    };
    let mut known_is_slower = 0;
    for pair in 0..PAIRS {
        let (known, unknown) = (format!("person{pair}@example.com"), format!("nobody{pair}@example.com"));
        // In turns, so that a warm cache favours neither.
        let (known, unknown) = if pair % 2 == 0 {
            let known = time(known);
            (known, time(unknown))
        } else {
            let unknown = time(unknown);
            (time(known), unknown)
        };
        known_is_slower += usize::from(known > unknown);
    }
    // Of 500 fair coins, fewer than 200 or more than 300 show one side in one of 100,000 runs.
    assert!((200..=300).contains(&known_is_slower), "a known address was slower in {known_is_slower} of {PAIRS} pairs");
}
