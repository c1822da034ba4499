//! Teams: invitations, roles, and tokens that a person makes.

use onsale::domain::PersonRequest;
use serde_json::json;

use super::{Browser, UNLIMITED, account, member, message_to, organizer};
use crate::support::Server;

#[test]
fn a_person_opens_an_organizer_and_invites_another() {
    let server = Server::with(&UNLIMITED);
    let owner = account(&server, "meera@example.com", "Meera");
    let slug = organizer(&owner, "Café Gardenia");
    assert_eq!(slug, "cafe-gardenia");
    let taken = owner.post("/api/organizers", &json!({"name": "Café Gardenia"}));
    assert_eq!(taken.pointers(), ["/name"]);
    let manager = member(&server, &owner, &slug, "ada@example.com", "manager");
    let list = manager.get("/api/organizers").expect(200).json();
    assert_eq!((&list["items"][0]["role"], &list["items"][0]["slug"]), (&json!("manager"), &json!(slug)));
    // The manager works on its events.
    let event = json!({"slug": "gala", "code": "GALA", "title": "Gala", "status": "draft",
        "startsAt": "2027-01-01T18:00:00Z", "endsAt": "2027-01-01T23:00:00Z", "timezone": "UTC",
        "venue": {"name": "Hall"}, "ticketTypes": [{"code": "all", "name": "All", "price": {"amount": 0, "currency": "EUR"}}]});
    manager.post("/api/events", &event).expect(201);
    let events = owner.get(&format!("/api/organizers/{slug}/events?status=draft")).expect(200).json();
    assert_eq!(events["items"][0]["slug"], "gala");
    assert!(
        owner.get(&format!("/api/organizers/{slug}/events?status=published")).json()["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    owner.get("/api/events/gala").expect(200);
    server.client.get("/api/events/gala").problem(404, "not_found");
    account(&server, "eve@example.com", "Eve").get("/api/events/gala").problem(404, "not_found");
    // Renaming reaches the events.
    owner.call("PATCH", &format!("/api/organizers/{slug}"), &json!({"name": "Gardenia"})).expect(200);
    assert_eq!(owner.get("/api/events/gala").json()["organizer"], "Gardenia");
    // The audit log names accounts by their ids.
    let audit = owner.get("/api/audit").expect(200).text();
    assert!(
        audit.contains("member.joined") && audit.contains("\"account ") && !audit.contains("example.com"),
        "{audit}"
    );
}

#[test]
fn an_invitation_is_for_its_address_and_works_once() {
    let server = Server::with(&UNLIMITED);
    let owner = account(&server, "meera@example.com", "Meera");
    let slug = organizer(&owner, "Gardenia");
    let invite = |email: &str| {
        owner.post(&format!("/api/organizers/{slug}/invitations"), &json!({"email": email, "role": "viewer"}))
    };
    assert_eq!(invite("meera@example.com").pointers(), ["/email"]);
    let invitation = invite("ada@example.com").expect(201).json();
    let (token, _) = message_to(&server, "ada@example.com", PersonRequest::Invitation);
    let accept = |browser: &Browser, token: &str| browser.post(&format!("/api/invitations/{token}"), &json!({}));
    accept(&Browser::of(&server), &token).problem(401, "unauthenticated");
    let eve = account(&server, "eve@example.com", "Eve");
    accept(&eve, &token).problem(409, "conflict");
    assert!(eve.get("/api/organizers").json()["items"].as_array().unwrap().is_empty());
    // Sent again, the earlier link does not work any more.
    invite("ada@example.com").expect(201);
    let ada = account(&server, "ada@example.com", "Ada");
    accept(&ada, &token).problem(404, "not_found");
    let (token, _) = message_to(&server, "ada@example.com", PersonRequest::Invitation);
    accept(&ada, &token).expect(200);
    accept(&ada, &token).problem(404, "not_found");
    let path = format!("/api/organizers/{slug}/invitations/{}", invitation["id"].as_str().unwrap());
    owner.call("DELETE", &path, &json!({})).problem(404, "not_found");
    // Withdrawn.
    let invitation = invite("grace@example.com").expect(201).json();
    let (token, _) = message_to(&server, "grace@example.com", PersonRequest::Invitation);
    let path = format!("/api/organizers/{slug}/invitations/{}", invitation["id"].as_str().unwrap());
    owner.call("DELETE", &path, &json!({})).expect(204);
    accept(&account(&server, "grace@example.com", "Grace"), &token).problem(404, "not_found");
}

#[test]
fn a_team_keeps_an_owner_also_when_two_leave_at_once() {
    let server = Server::with(&UNLIMITED);
    let meera = account(&server, "meera@example.com", "Meera");
    let slug = organizer(&meera, "Gardenia");
    let id = |browser: &Browser| browser.get("/api/me").json()["id"].as_str().unwrap().to_owned();
    let path = |id: &str| format!("/api/organizers/{slug}/members/{id}");
    meera.call("DELETE", &path(&id(&meera)), &json!({})).problem(409, "conflict");
    meera.call("PATCH", &path(&id(&meera)), &json!({"role": "viewer"})).problem(409, "conflict");
    let ada = member(&server, &meera, &slug, "ada@example.com", "owner");
    let (first, second) = (path(&id(&meera)), path(&id(&ada)));
    let leave = |browser: &Browser, path: String| {
        let (client, cookie) = (browser.client.clone(), format!("onsale={}", browser.cookie("onsale").unwrap()));
        std::thread::spawn(move || {
            client.send("DELETE", &path, &[("cookie", &cookie), ("origin", super::ORIGIN)], Some(b"{}")).status
        })
    };
    for _ in 0..5 {
        let [a, b] = [leave(&meera, first.clone()), leave(&ada, second.clone())].map(|thread| thread.join().unwrap());
        let owners = server.database.session().first_column("SELECT count(*)::text FROM members WHERE role = 'owner'");
        assert_eq!(owners, ["1"], "{a} {b}");
        assert!([a, b].contains(&204) && ([a, b].contains(&409) || [a, b].contains(&404)), "{a} {b}");
        let left = server.database.session().first_column(
            "SELECT account_key::text FROM accounts WHERE account_key NOT IN (SELECT account_key FROM members)",
        );
        server.database.execute(&format!(
            "INSERT INTO members (organizer_key, account_key, role) SELECT organizer_key, {}, 'owner' FROM organizers WHERE slug = '{slug}'",
            left[0]
        ));
    }
}

#[test]
fn a_change_of_role_counts_at_once() {
    let server = Server::with(&UNLIMITED);
    let owner = account(&server, "meera@example.com", "Meera");
    let slug = organizer(&owner, "Gardenia");
    let ada = member(&server, &owner, &slug, "ada@example.com", "viewer");
    let id = ada.get("/api/me").json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/organizers/{slug}/members/{id}");
    ada.call("PATCH", &path, &json!({"role": "owner"})).problem(403, "forbidden");
    ada.get(&format!("/api/organizers/{slug}/members")).expect(200);
    owner.call("PATCH", &path, &json!({"role": "door"})).expect(200);
    ada.get(&format!("/api/organizers/{slug}/members")).problem(403, "forbidden");
    assert_eq!(owner.call("PATCH", &path, &json!({"role": "king"})).pointers(), ["/role"]);
    // On another server too, which is notified.
    owner.call("DELETE", &path, &json!({})).expect(204);
    ada.get(&format!("/api/organizers/{slug}")).problem(404, "not_found");
    assert!(ada.get("/api/organizers").json()["items"].as_array().unwrap().is_empty());
}

#[test]
fn tokens_are_shown_once_and_give_no_more_than_their_maker_has() {
    let server = Server::with(&UNLIMITED);
    let owner = account(&server, "meera@example.com", "Meera");
    let slug = organizer(&owner, "Gardenia");
    let path = format!("/api/organizers/{slug}/tokens");
    let faulty = owner.post(&path, &json!({"name": "", "scopes": ["no:such"], "expiresInDays": 0}));
    assert_eq!(faulty.pointers(), ["/name", "/scopes/0", "/expiresInDays"]);
    let body = json!({"name": "Desk", "scopes": ["team:write", "team:read"], "expiresInDays": 30});
    let made = owner.post(&path, &body).expect(201).json();
    let token = made["token"].as_str().unwrap();
    assert!(!owner.get(&path).expect(200).text().contains(token), "it is shown once");
    let desk = server.client.with_token(token);
    // A token with the right to make tokens cannot make a stronger one, nor invite a stronger person.
    desk.post(&path, &json!({"name": "x", "scopes": ["events:write"]})).problem(403, "forbidden");
    desk.post(&path, &json!({"name": "x", "scopes": ["team:read"]})).expect(201);
    let invite = json!({"email": "eve@example.com", "role": "owner"});
    desk.post(&format!("/api/organizers/{slug}/invitations"), &invite).problem(403, "forbidden");
    let used = owner.get(&path).json()["items"][0]["lastUsedAt"].clone();
    assert!(used.is_string(), "{used}");
    let revoke = format!("{path}/{}", made["id"].as_str().unwrap());
    let other = account(&server, "eve@example.com", "Eve");
    let others = organizer(&other, "Others");
    other
        .call("DELETE", &format!("/api/organizers/{others}/tokens/{}", made["id"].as_str().unwrap()), &json!({}))
        .problem(404, "not_found");
    owner.call("DELETE", &revoke, &json!({})).expect(204);
    owner.call("DELETE", &revoke, &json!({})).problem(404, "not_found");
    desk.get(&path).problem(401, "unauthenticated");
}

#[test]
fn operators_can_keep_accounts_and_organizers_to_themselves() {
    let server = Server::with(&[UNLIMITED[0], ("accounts.open_organizers", "operators")]);
    let ada = account(&server, "ada@example.com", "Ada");
    ada.post("/api/organizers", &json!({"name": "Gardenia"})).problem(409, "conflict");
    let server = Server::with(&[UNLIMITED[0], ("accounts.sign_up", "false")]);
    let body = json!({"email": "ada@example.com", "password": super::PASSWORD, "name": "Ada"});
    Browser::of(&server).post("/api/accounts", &body).problem(409, "conflict");
}

#[test]
fn a_person_of_several_organizers_names_one() {
    let server = Server::with(&UNLIMITED);
    let meera = account(&server, "meera@example.com", "Meera");
    let [first, second] = ["Gardenia", "Harbour"].map(|name| organizer(&meera, name));
    meera.get("/api/jobs").problem(400, "malformed");
    let jobs = |slug: &str| meera.send("GET", "/api/jobs", &[("onsale-organizer", slug)], None);
    jobs(&first).expect(200);
    jobs(&second).expect(200);
    jobs("others").problem(404, "not_found");
}
