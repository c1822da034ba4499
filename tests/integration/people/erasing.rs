//! Erasing: what must stay for accounting stays, without name and address.

use serde_json::json;

use super::{Browser, PASSWORD, UNLIMITED, account, member, organizer};
use crate::support::{Server, eventually};

#[test]
fn an_erased_person_is_nowhere_any_more() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({}));
    let attendees = json!({"answers": {"shoes": "size 7 of Ada"}, "attendees": [
        {"name": "Ada Lovelace", "email": "ada@example.com"}, {"name": "Grace Hopper", "email": "grace@example.com"}]});
    let registered = event.ask_with(&[], &["Ada"], attendees).expect(201).json()["data"].clone();
    let id = registered["registrationId"].as_str().unwrap();
    let token = registered["accessToken"].as_str().unwrap();
    let ada = account(&server, "ada@example.com", "Ada Lovelace");
    eventually("the address book is filled", || {
        !ada.get("/api/me/registrations").json()["items"].as_array().unwrap().is_empty()
    });
    let export = ada.get("/api/me/export").expect(200).json();
    assert_eq!(export["account"]["email"], "ada@example.com");
    assert_eq!(export["registrations"][0]["answers"]["shoes"], "size 7 of Ada");
    assert_eq!(export["registrations"][0]["tickets"].as_array().unwrap().len(), 2, "the contact sees all");

    let wrong = ada.call("DELETE", "/api/me", &json!({"currentPassword": "wrong"}));
    assert_eq!(wrong.pointers(), ["/currentPassword"]);
    let answer = ada.call("DELETE", "/api/me", &json!({"currentPassword": PASSWORD})).expect(204);
    assert!(answer.headers.iter().any(|(name, value)| name == "set-cookie" && value.contains("Max-Age=0")));
    ada.sign_in("ada@example.com", PASSWORD).problem(401, "unauthenticated");
    // The old link is not hers any more; the organizer sees a registration without her.
    server.client.get(&format!("/api/register/{id}?token={token}")).problem(404, "not_found");
    let row = server.organizer.get(&format!("/api/register/{id}")).expect(200).text();
    assert!(!row.contains("Ada") && !row.contains("ada@") && row.contains("Grace Hopper"), "{row}");
    for query in ["ada", "lovelace"] {
        let found = server.organizer.get(&event.path(&format!("/registrations?q={query}"))).json();
        assert!(found["items"].as_array().unwrap().is_empty(), "{found}");
    }
    // Only the message that tells her is left of the address, for a day.
    for table in
        ["accounts", "address_book", "person_requests", "registrations", "tickets", "ticket_search", "audit_log"]
    {
        let rows = server.database.session().first_column(&format!(
            "SELECT t::text FROM {table} t WHERE t::text ILIKE ANY ('{{%lovelace%,%ada@%,%of Ada%}}')"
        ));
        assert!(rows.is_empty(), "{table}: {rows:?}");
    }
    let messages = server.database.session().first_column(
        "SELECT coalesce(detail->>'notice', kind::text) FROM messages WHERE recipient ILIKE 'ada@%' ORDER BY created_at",
    );
    assert!(messages.last().is_some_and(|last| last == "erased"), "{messages:?}");
    // Its ticket still admits.
    let ticket = registered["tickets"][0]["ticketId"].as_str().unwrap();
    server.organizer.get(&format!("/api/tickets/{ticket}/pdf")).expect(200);
}

#[test]
fn messages_to_a_contact_of_before_and_registrations_of_drafts_are_erased_too() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({}));
    let attendees = json!({"attendees": [{"name": "Ada", "email": "ada@example.com"}]});
    let before = event.ask_with(&[], &["Ada"], attendees.clone()).expect(201).json()["data"].clone();
    let draft = server.event(json!({}));
    draft.ask_with(&[], &["Ada"], attendees).expect(201);
    let ada = account(&server, "ada@example.com", "Ada");
    let session = server.database.session();
    eventually("the messages are queued", || {
        session.first_column("SELECT kind::text FROM messages WHERE event_key IS NOT NULL").len() == 2
    });
    eventually("the address book is filled", || {
        ada.get("/api/me/registrations").json()["items"].as_array().unwrap().len() == 2
    });
    // As if the first one had been sent before the registration got another contact.
    let of = before["registrationId"].as_str().unwrap();
    session.execute(&format!(
        "UPDATE messages SET recipient = 'Ada@example.com' WHERE number = {}",
        of.rsplit_once('-').unwrap().1.parse::<i32>().unwrap()
    ));
    let other = json!({"tickets": [{"ticketId": before["tickets"][0]["ticketId"], "name": "Grace", "email": "grace@example.com"}]});
    server.organizer.patch(&format!("/api/registrations/{of}"), &other).expect(200);
    session.execute("UPDATE events SET status = 'draft' WHERE event_key = (SELECT max(event_key) FROM events)");
    let export = ada.get("/api/me/export").expect(200).json();
    assert_eq!(export["registrations"].as_array().unwrap().len(), 1, "{export}");
    assert!(export["messages"].as_array().unwrap().iter().any(|message| message["kind"] == "verify"), "{export}");
    ada.call("DELETE", "/api/me", &json!({"currentPassword": PASSWORD})).expect(204);
    let left = session.first_column(
        "SELECT kind::text FROM messages WHERE event_key IS NOT NULL AND recipient ILIKE 'ada@%'
        UNION ALL SELECT number::text FROM tickets WHERE email ILIKE 'ada@%'",
    );
    assert!(left.is_empty(), "{left:?}");
    // What waited for the erased contact is not sent.
    let waiting = session.first_column(
        "SELECT m.state::text FROM messages m JOIN tickets t USING (event_key, number)
        WHERE t.email = 'erased@invalid.invalid' AND m.state <= 2 /* sending */",
    );
    assert!(waiting.is_empty(), "{waiting:?}");
}

#[test]
fn the_only_owner_hands_over_first() {
    let server = Server::with(&UNLIMITED);
    let owner = account(&server, "meera@example.com", "Meera");
    let slug = organizer(&owner, "Gardenia");
    let event = server.event(json!({}));
    let attendees = json!({"attendees": [{"name": "Meera", "email": "meera@example.com"}]});
    event.ask_with(&[], &["Meera"], attendees).expect(201);
    let erase = |browser: &Browser| browser.call("DELETE", "/api/me", &json!({"currentPassword": PASSWORD}));
    let refused = erase(&owner).problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("Gardenia"), "{refused}");
    let names = server.database.session().first_column("SELECT name FROM tickets");
    assert_eq!(names, ["Meera"], "nothing is erased");
    let other = member(&server, &owner, &slug, "ada@example.com", "owner");
    erase(&owner).expect(204);
    let members = other.get(&format!("/api/organizers/{slug}/members")).expect(200).json();
    assert_eq!(members["items"].as_array().unwrap().len(), 1);
    erase(&other).problem(409, "conflict");
}
