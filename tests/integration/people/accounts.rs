//! Accounts: signing up and in, second factors, sessions, passwords and addresses.

use onsale::{db::NewSession, domain::PersonRequest};
use serde_json::json;
use totp_rs::{Builder, Secret};

use super::{Browser, PASSWORD, UNLIMITED, account, message_to, notices_to};
use crate::support::{Server, eventually};

#[test]
fn a_person_signs_up_with_the_code_of_a_message() {
    let server = Server::with(&UNLIMITED);
    let browser = Browser::of(&server);
    let body = json!({"email": "Ada@Example.com", "password": PASSWORD, "name": "Ada Lovelace", "locale": "de-CH"});
    let answer = browser.post("/api/accounts", &body).expect(202);
    assert!(answer.body.is_empty() && browser.cookie("onsale").is_none());
    browser.get("/api/me").problem(401, "unauthenticated");
    let (_, code) = message_to(&server, "ada@example.com", PersonRequest::SignUp);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let verify = |code: &str| browser.post("/api/accounts/verify", &json!({"email": "ada@example.com", "code": code}));
    verify(wrong).problem(401, "unauthenticated");
    let session = verify(&code).expect(200).json();
    assert_eq!(session["account"]["email"], "Ada@Example.com", "as its owner writes it");
    let me = browser.get("/api/me").expect(200).json();
    assert_eq!((&me["name"], &me["locale"]), (&json!("Ada Lovelace"), &json!("de")));
    verify(&code).problem(401, "unauthenticated");
    let cookie = answer_cookie(&browser.sign_in("ada@example.com", PASSWORD).expect(201));
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
}

fn answer_cookie(answer: &crate::support::Answer) -> String {
    let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    cookies.map(|(_, value)| value.clone()).find(|cookie| cookie.contains("onsale=")).unwrap()
}

#[test]
fn over_https_the_cookie_is_for_this_host_only() {
    let server = Server::with(&[("server.public_base_url", "https://tickets.example"), UNLIMITED[0]]);
    let browser = account(&server, "ada@example.com", "Ada");
    let cookie = browser.sign_in("ada@example.com", PASSWORD).expect(201);
    let cookie = answer_cookie(&cookie);
    assert!(cookie.starts_with("__Host-onsale=") && cookie.contains("Secure"), "{cookie}");
    // Pages of this site are those of the base URL.
    let patch = |origin: &str| {
        let body = json!({"name": "Ada L"}).to_string();
        browser.send("PATCH", "/api/me", &[("origin", origin)], Some(body.as_bytes()))
    };
    patch("https://tickets.example").expect(200);
    patch("http://tickets.example").problem(403, "forbidden");
}

#[test]
fn a_code_can_be_tried_five_times() {
    let server = Server::with(&UNLIMITED);
    let browser = Browser::of(&server);
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    browser.post("/api/accounts", &body).expect(202);
    let (token, code) = message_to(&server, "ada@example.com", PersonRequest::SignUp);
    let verify = |code: &str| browser.post("/api/accounts/verify", &json!({"email": "ada@example.com", "code": code}));
    let wrong = if code == "123456" { "654321" } else { "123456" };
    for _ in 0..5 {
        verify(wrong).problem(401, "unauthenticated");
    }
    verify(&code).problem(429, "rate_limited");
    server.database.execute("DELETE FROM guesses");
    verify(&code).problem(401, "unauthenticated");
    // The link still works: nobody guesses it.
    browser.post("/api/accounts/verify", &json!({"token": token})).expect(200);
}

#[test]
fn requests_expire() {
    let server = Server::with(&UNLIMITED);
    let browser = Browser::of(&server);
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    browser.post("/api/accounts", &body).expect(202);
    let (token, code) = message_to(&server, "ada@example.com", PersonRequest::SignUp);
    server.database.execute("UPDATE person_requests SET expires_at = now()");
    browser.post("/api/accounts/verify", &json!({"token": token})).problem(401, "unauthenticated");
    let by_code = json!({"email": "ada@example.com", "code": code});
    browser.post("/api/accounts/verify", &by_code).problem(401, "unauthenticated");
}

#[test]
fn a_known_address_gets_a_notice_instead_of_a_code() {
    let server = Server::with(&UNLIMITED);
    account(&server, "ada@example.com", "Ada");
    let stranger = Browser::of(&server);
    let body = json!({"email": "ADA@example.com", "password": "Quick-Falcon9", "name": "Eve"});
    let known = stranger.post("/api/accounts", &body).expect(202);
    let body = json!({"email": "nobody@example.com", "password": "Quick-Falcon9", "name": "Eve"});
    let unknown = stranger.post("/api/accounts", &body).expect(202);
    assert_eq!(known.body, unknown.body);
    assert_eq!(notices_to(&server, "ada@example.com"), ["known"]);
    stranger.sign_in("ada@example.com", "Quick-Falcon9").problem(401, "unauthenticated");
    stranger.sign_in("ada@example.com", PASSWORD).expect(201);
}

#[test]
fn faults_are_named_all_at_once() {
    let server = Server::with(&UNLIMITED);
    let browser = Browser::of(&server);
    let body = json!({"email": "ada", "password": "Password1!", "name": ""});
    let answer = browser.post("/api/accounts", &body);
    answer.problem(422, "invalid");
    assert_eq!(answer.pointers(), ["/email", "/name", "/password"]);
    // An address gets at most five messages in an hour.
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    for _ in 0..8 {
        browser.post("/api/accounts", &body).expect(202);
    }
    let messages = server
        .database
        .session()
        .first_column("SELECT count(*)::text FROM messages WHERE recipient = 'ada@example.com'");
    assert_eq!(messages, ["5"]);
}

#[test]
fn a_second_factor_is_asked_for_and_accepted_once() {
    let server = Server::with(&UNLIMITED);
    let ada = account(&server, "ada@example.com", "Ada");
    let setup = ada.post("/api/me/second-factor", &json!({"currentPassword": "wrong"}));
    assert_eq!(setup.pointers(), ["/currentPassword"]);
    let setup = ada.post("/api/me/second-factor", &json!({"currentPassword": PASSWORD})).expect(200).json();
    let secret = Secret::try_from_base32(setup["secret"].as_str().unwrap()).unwrap();
    let app = Builder::new().with_secret(secret).with_account_name("ada").build_noncompliant();
    ada.sign_in("ada@example.com", PASSWORD).expect(201);
    let confirm = |code: &str| ada.post("/api/me/second-factor", &json!({"setup": setup["setup"], "code": code}));
    assert_eq!(confirm("000000").pointers(), ["/code"]);
    let code = app.generate(jiff::Timestamp::now().as_second().cast_unsigned()).to_string();
    let recovery = confirm(&code).expect(201).json()["recoveryCodes"].clone();
    assert_eq!(recovery.as_array().unwrap().len(), 10);
    assert_eq!(notices_to(&server, "ada@example.com"), ["factor-added"]);
    let other = Browser::of(&server);
    other.sign_in("ada@example.com", PASSWORD).problem(401, "second_factor_needed");
    let sign_in = |code: &str| {
        server.database.execute("DELETE FROM guesses");
        other.post("/api/sessions", &json!({"email": "ada@example.com", "password": PASSWORD, "totp": code}))
    };
    sign_in(&code).problem(401, "unauthenticated");
    // A later code; time is not turned, so the stored step is.
    server.database.execute("UPDATE accounts SET factor_step = factor_step - 2");
    let code = app.generate(jiff::Timestamp::now().as_second().cast_unsigned()).to_string();
    sign_in(&code).expect(201);
    sign_in(&code).problem(401, "unauthenticated");
    let lost = recovery[3].as_str().unwrap().to_uppercase();
    sign_in(&lost).expect(201);
    sign_in(&lost).problem(401, "unauthenticated");
    // A new password does not go around the code.
    other.post("/api/password-resets", &json!({"email": "ada@example.com"})).expect(202);
    let (token, _) = message_to(&server, "ada@example.com", PersonRequest::Reset);
    let stranger = Browser::of(&server);
    let path = format!("/api/password-resets/{token}");
    stranger.call("PUT", &path, &json!({"password": "Quick-Falcon9"})).expect(204);
    assert!(stranger.cookie("onsale").is_none());
    ada.get("/api/me").problem(401, "unauthenticated");
    let sign_in = json!({"email": "ada@example.com", "password": "Quick-Falcon9", "totp": recovery[4]});
    ada.post("/api/sessions", &sign_in).expect(201);
    ada.call("DELETE", "/api/me/second-factor", &json!({"currentPassword": "Quick-Falcon9"})).expect(204);
    other.sign_in("ada@example.com", "Quick-Falcon9").expect(201);
}

#[test]
fn a_new_password_ends_all_other_sessions_at_once() {
    let server = Server::with(&UNLIMITED);
    let [here, there, replica] =
        [account(&server, "ada@example.com", "Ada"), Browser::of(&server), Browser::of(&server)];
    there.sign_in("ada@example.com", PASSWORD).expect(201);
    replica.set_cookie("onsale", &there.cookie("onsale").unwrap());
    there.get("/api/me").expect(200);
    let change = |present: &str, new: &str| {
        here.call("PUT", "/api/me/password", &json!({"currentPassword": present, "password": new}))
    };
    assert_eq!(change("wrong", "Quick-Falcon9").pointers(), ["/currentPassword"]);
    assert_eq!(change(PASSWORD, "short").pointers(), ["/password"]);
    change(PASSWORD, "Quick-Falcon9").expect(204);
    here.get("/api/me").expect(200);
    there.get("/api/me").problem(401, "unauthenticated");
    replica.get("/api/me").problem(401, "unauthenticated");
    assert_eq!(notices_to(&server, "ada@example.com"), ["password"]);
    // A forgotten one ends this one too.
    there.post("/api/password-resets", &json!({"email": "ada@example.com"})).expect(202);
    there.post("/api/password-resets", &json!({"email": "nobody@example.com"})).expect(202);
    let (token, _) = message_to(&server, "ada@example.com", PersonRequest::Reset);
    let path = format!("/api/password-resets/{token}");
    assert_eq!(there.call("PUT", &path, &json!({"password": "ada@example.com"})).pointers(), ["/password"]);
    there.call("PUT", &path, &json!({"password": "Calm-Otter5"})).expect(200);
    there.get("/api/me").expect(200);
    here.get("/api/me").problem(401, "unauthenticated");
    there.call("PUT", &path, &json!({"password": "Calm-Otter6"})).problem(404, "not_found");
}

#[test]
fn a_new_address_counts_when_it_is_confirmed_and_both_are_told() {
    let server = Server::with(&UNLIMITED);
    let ada = account(&server, "ada@example.com", "Ada");
    account(&server, "grace@example.com", "Grace");
    let change = |email: &str| ada.call("PATCH", "/api/me", &json!({"email": email, "currentPassword": PASSWORD}));
    let without = ada.call("PATCH", "/api/me", &json!({"email": "ada@new.example"}));
    assert_eq!(without.pointers(), ["/currentPassword"]);
    change("ada@new.example").expect(200);
    assert_eq!(ada.get("/api/me").json()["email"], "ada@example.com");
    let (token, code) = message_to(&server, "ada@new.example", PersonRequest::Address);
    // The message alone is not enough: only the browser of the account may complete it.
    let stranger = Browser::of(&server);
    stranger.post("/api/accounts/verify", &json!({"token": token})).problem(401, "unauthenticated");
    stranger
        .post("/api/accounts/verify", &json!({"email": "ada@new.example", "code": code}))
        .problem(401, "unauthenticated");
    let other = account(&server, "eve@example.com", "Eve");
    other.post("/api/accounts/verify", &json!({"token": token})).problem(401, "unauthenticated");
    ada.post("/api/accounts/verify", &json!({"email": "ada@new.example", "code": code})).expect(200);
    assert_eq!(ada.get("/api/me").json()["email"], "ada@new.example");
    assert_eq!(notices_to(&server, "ada@example.com"), ["address"]);
    assert_eq!(notices_to(&server, "ada@new.example"), ["address"]);
    ada.sign_in("ada@example.com", PASSWORD).problem(401, "unauthenticated");
    ada.sign_in("ada@new.example", PASSWORD).expect(201);
    // The address of another account is told, and nothing changes.
    change("grace@example.com").expect(200);
    assert_eq!(notices_to(&server, "grace@example.com"), ["known"]);
}

#[test]
fn a_new_password_voids_requests_for_a_new_address() {
    let server = Server::with(&UNLIMITED);
    let ada = account(&server, "ada@example.com", "Ada");
    let change = json!({"email": "thief@example.com", "currentPassword": PASSWORD});
    ada.call("PATCH", "/api/me", &change).expect(200);
    let (token, _) = message_to(&server, "thief@example.com", PersonRequest::Address);
    ada.post("/api/password-resets", &json!({"email": "ada@example.com"})).expect(202);
    let (reset, _) = message_to(&server, "ada@example.com", PersonRequest::Reset);
    let path = format!("/api/password-resets/{reset}");
    ada.call("PUT", &path, &json!({"password": "Green-Crane8"})).expect(200);
    ada.call("PUT", &path, &json!({"password": "Green-Crane9"})).problem(404, "not_found");
    ada.post("/api/accounts/verify", &json!({"token": token})).problem(401, "unauthenticated");
    assert_eq!(ada.get("/api/me").expect(200).json()["email"], "ada@example.com");
}

#[test]
fn a_session_begins_only_with_the_password_that_was_checked() {
    let server = Server::with(&UNLIMITED);
    let ada = account(&server, "ada@example.com", "Ada");
    server.database.with_pool(async |database| {
        let checked = database.account_of_address("ada@example.com").await.unwrap().unwrap();
        let session = |account, token_hash| NewSession { account, token_hash, device: "", network: None, most: 50 };
        assert!(database.begin_session(session(&checked, &[1; 32])).await.unwrap().is_some());
        // Meanwhile the owner sets another password: its sessions end, and none begins with the one before.
        database.set_password(checked.key, "another hash", None).await.unwrap();
        assert!(database.begin_session(session(&checked, &[2; 32])).await.unwrap().is_none());
    });
    eventually("the session has ended", || ada.get("/api/me").status == 401);
}

#[test]
fn sessions_are_listed_and_end() {
    let server = Server::with(&UNLIMITED);
    let here = account(&server, "ada@example.com", "Ada");
    let there = Browser::of(&server);
    let agent = [("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")];
    let sign_in = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    there.send("POST", "/api/sessions", &agent, Some(sign_in.as_bytes())).expect(201);
    let list = here.get("/api/sessions").expect(200).json()["items"].as_array().unwrap().clone();
    assert_eq!(list.len(), 2);
    let other = list.iter().find(|session| session["current"] == false).unwrap();
    assert_eq!((&other["device"], &other["network"]), (&json!("Firefox, Linux"), &json!("127.0.0.1")));
    let path = format!("/api/sessions/{}", other["id"].as_str().unwrap());
    let stranger = account(&server, "eve@example.com", "Eve");
    stranger.call("DELETE", &path, &json!({})).problem(404, "not_found");
    here.call("DELETE", &path, &json!({})).expect(204);
    there.get("/api/me").problem(401, "unauthenticated");
    there.sign_in("ada@example.com", PASSWORD).expect(201);
    here.call("DELETE", "/api/sessions/others", &json!({})).expect(204);
    there.get("/api/me").problem(401, "unauthenticated");
    let token = here.cookie("onsale").unwrap();
    here.call("DELETE", "/api/sessions/current", &json!({})).expect(204);
    assert!(here.cookie("onsale").is_none());
    here.set_cookie("onsale", &token);
    here.get("/api/me").problem(401, "unauthenticated");
}

#[test]
fn a_session_ends_when_it_is_idle_or_old() {
    for ended in ["seen_at = now() - interval '14 days 1 second'", "created_at = now() - interval '90 days 1 second'"] {
        let server = Server::with(&UNLIMITED);
        let ada = account(&server, "ada@example.com", "Ada");
        server.database.execute(&format!("UPDATE sessions SET {ended}"));
        // It was not used since: the server has it not in memory.
        ada.get("/api/me").problem(401, "unauthenticated");
    }
}

#[test]
fn guessing_is_slowed_and_told_and_locks_nobody_out() {
    let server = Server::with(&UNLIMITED);
    let owner = account(&server, "ada@example.com", "Ada");
    let known_browser = owner.cookie("onsale-browser").unwrap();
    let thief = Browser::of(&server);
    for email in ["ada@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            thief.sign_in(email, "wrong").problem(401, "unauthenticated");
        }
        let refused = thief.sign_in(email, "wrong");
        refused.problem(429, "rate_limited");
        assert!(refused.header("retry-after").is_some());
        // The right password makes no difference: otherwise it could be guessed on.
        thief.sign_in(email, PASSWORD).problem(429, "rate_limited");
    }
    // In a browser where the owner has signed in before, strangers are not in the way.
    let at_home = Browser::of(&server);
    at_home.set_cookie("onsale-browser", &known_browser);
    at_home.sign_in("ada@example.com", PASSWORD).expect(201);
    // A forged mark is none.
    thief.set_cookie("onsale-browser", &format!("{}x", &known_browser[..known_browser.len() - 1]));
    thief.sign_in("ada@example.com", "wrong").problem(429, "rate_limited");
    // After ten wrong passwords the owner is told, once a day.
    for _ in 0..6 {
        server.database.execute("UPDATE guesses SET last_at = now() - interval '1 hour'");
        thief.sign_in("ada@example.com", "wrong").problem(401, "unauthenticated");
    }
    assert_eq!(notices_to(&server, "ada@example.com"), ["guessed"]);
    // A new password ends the wait.
    thief.post("/api/password-resets", &json!({"email": "ada@example.com"})).expect(202);
    let (token, _) = message_to(&server, "ada@example.com", PersonRequest::Reset);
    let path = format!("/api/password-resets/{token}");
    at_home.call("PUT", &path, &json!({"password": "Quick-Falcon9"})).expect(200);
    Browser::of(&server).sign_in("ada@example.com", "Quick-Falcon9").expect(201);
}

#[test]
fn a_network_is_limited_too() {
    let server = Server::with(&[("accounts.tries_per_hour", "60")]);
    let thief = Browser::of(&server);
    let outcomes: Vec<_> =
        (0..12).map(|number| thief.sign_in(&format!("{number}@example.com"), "wrong").status).collect();
    assert_eq!(outcomes[..10], [401; 10]);
    assert!(outcomes[10..].contains(&429), "{outcomes:?}");
}

#[test]
fn my_tickets_are_those_of_the_confirmed_address() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({"title": "Gardenia"}));
    let both = json!({"attendees": [
        {"name": "Grace", "email": "grace@example.com"}, {"name": "Ada", "email": "ada@example.com"}]});
    event.ask_with(&[], &["Grace"], both).expect(201);
    let own = json!({"attendees": [{"name": "Ada", "email": "ADA@example.com"}]});
    let registration = event.ask_with(&[], &["Ada"], own).expect(201).json()["data"].clone();
    let ada = account(&server, "ada@example.com", "Ada");
    let eve = account(&server, "eve@example.com", "Eve");
    crate::support::eventually("the address book is filled", || {
        ada.get("/api/me/registrations").expect(200).json()["items"].as_array().unwrap().len() == 2
    });
    let items = ada.get("/api/me/registrations").json()["items"].as_array().unwrap().clone();
    let contact = items.iter().find(|item| item["contact"] == true).unwrap();
    assert_eq!(contact["registrationId"], registration["registrationId"]);
    assert!(contact["url"].as_str().unwrap().contains("?token="));
    let guest = items.iter().find(|item| item["contact"] == false).unwrap();
    assert!(guest["url"].is_null() && guest["tickets"].as_array().unwrap().len() == 1, "{guest}");
    // The contact opens the registration without its token; others do not.
    let path = format!("/api/register/{}", registration["registrationId"].as_str().unwrap());
    ada.get(&path).expect(200);
    let status = ada.get(&format!("{path}/pdf")).status;
    assert!([200, 302].contains(&status), "{status}");
    eve.get(&path).problem(404, "not_found");
    let other = format!("/api/register/{}", guest["registrationId"].as_str().unwrap());
    ada.get(&other).problem(404, "not_found");
    assert!(eve.get("/api/me/registrations").json()["items"].as_array().unwrap().is_empty());
    // By pages of one.
    let first = ada.get("/api/me/registrations?limit=1").json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = ada.get(&format!("/api/me/registrations?limit=1&cursor={cursor}")).json();
    assert_ne!(first["items"][0]["registrationId"], second["items"][0]["registrationId"]);
    let page = ada.page("/my-tickets").expect(200).text();
    assert!(page.contains("Gardenia") && page.contains(registration["registrationId"].as_str().unwrap()), "{page}");
}

#[test]
fn somebody_who_signs_up_with_a_strangers_address_gets_no_account_by_the_strangers_press() {
    let server = Server::with(&UNLIMITED);
    let eve = Browser::of(&server);
    let sign_up = json!({"email": "ada@example.com", "password": "Eves-Secret1", "name": "Ada", "locale": "en"});
    eve.post("/api/accounts", &sign_up).expect(202);
    let (token, _) = message_to(&server, "ada@example.com", PersonRequest::SignUp);
    let ada = Browser::of(&server);
    let page = format!("/verify?token={token}");
    assert!(ada.page(&page).text().contains("The password that you chose"));
    for password in ["", PASSWORD] {
        let refused = ada.submit(&page, "/verify", &[("token", &token), ("password", password)]);
        assert_eq!(refused.status, 422, "{password}");
        assert!(refused.text().contains("is not your password"), "{}", refused.text());
    }
    assert_eq!(server.database.number("SELECT count(*) FROM accounts"), 0);
    // The person who chose it confirms with it.
    let confirmed = ada.submit(&page, "/verify", &[("token", &token), ("password", "Eves-Secret1")]);
    assert_eq!(confirmed.status, 303, "{}", confirmed.text());
    assert_eq!(server.database.number("SELECT count(*) FROM accounts"), 1);
}
