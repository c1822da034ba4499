//! Templates of messages over HTTP: shipped and own ones, their versions, and previews.

use serde_json::{Value, json};

use crate::support::{Answer, Server, ticket_type};

fn put(server: &Server, path: &str, template: &Value) -> Answer {
    server.organizer.send("PUT", path, &[], Some(&serde_json::to_vec(template).unwrap()))
}

fn template(subject: &str) -> Value {
    json!({"subject": subject, "blocks": [
        {"heading": "{event.title|upper}"},
        {"text": "Dear {recipient.name},\n\nyour registration is {registration.id}."},
        "event", "tickets", "rule",
        {"button": {"label": "Open", "to": "order"}},
        {"small": "{event.organizer}"},
    ]})
}

#[test]
fn an_event_has_the_shipped_templates_in_its_language_until_it_has_its_own() {
    let server = Server::start();
    let event = server.event(json!({"language": "de-AT"}));
    let path = event.path("/mail-templates/confirmation");
    let shipped = server.organizer.get(&path).expect(200).json();
    assert_eq!((&shipped["version"], &shipped["createdAt"]), (&json!(0), &Value::Null));
    assert_eq!(shipped["template"]["blocks"][0]["heading"], "Sie sind angemeldet");
    let placeholders = shipped["placeholders"].as_array().unwrap();
    assert!(placeholders.iter().any(|one| one["name"] == "registration.id" && one["meaning"] != ""));

    assert_eq!(put(&server, &path, &template("First")).expect(200).json()["version"], 1);
    assert_eq!(put(&server, &path, &template("First")).expect(200).json()["version"], 1, "nothing changed");
    assert_eq!(put(&server, &path, &template("Second")).expect(200).json()["version"], 2);
    let subject =
        |query: &str| server.organizer.get(&format!("{path}{query}")).expect(200).json()["template"]["subject"].clone();
    assert_eq!([subject(""), subject("?version=1")], ["Second", "First"]);
    assert_eq!(subject("?version=0"), shipped["template"]["subject"]);
    server.organizer.get(&format!("{path}?version=3")).problem(404, "not_found");

    let first = server.organizer.get(&event.path("/mail-templates/confirmation/versions?limit=1")).expect(200).json();
    assert_eq!(first["items"][0]["version"], 2);
    let cursor = first["nextCursor"].as_str().unwrap();
    let rest = server.organizer.get(&format!("{path}/versions?cursor={cursor}")).expect(200).json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["items"][0]["version"]), (1, &json!(1)));

    // Other kinds keep the shipped template.
    let other = server.organizer.get(&event.path("/mail-templates/cancelled")).expect(200).json();
    assert_eq!(other["version"], 0);
    let error = server.database.error_of("UPDATE mail_templates SET template = '{}'");
    assert!(error.contains("never changes"), "{error}");
}

#[test]
fn an_organizers_template_is_used_by_events_without_one_of_their_own() {
    let server = Server::start();
    let (plain, own) = (server.event(json!({})), server.event(json!({})));
    assert_eq!(put(&server, "/api/mail-templates/confirmation", &template("Of all")).expect(200).json()["version"], 1);
    put(&server, &own.path("/mail-templates/confirmation"), &template("Of this one")).expect(200);
    let read = |path: &str| {
        let found = server.organizer.get(path).expect(200).json();
        (found["layer"].clone(), found["template"]["subject"].clone())
    };
    assert_eq!(read("/api/mail-templates/confirmation"), (json!("organizer"), json!("Of all")));
    assert_eq!(read("/api/mail-templates/cancelled").0, "shipped");
    assert_eq!(read(&plain.path("/mail-templates/confirmation")), (json!("organizer"), json!("Of all")));
    assert_eq!(read(&own.path("/mail-templates/confirmation")), (json!("event"), json!("Of this one")));
    let shown = server.organizer.post(&plain.path("/mail-templates/confirmation/preview"), &json!({})).expect(200);
    assert_eq!(shown.json()["subject"], "Of all");
    let other = server.other_organizer("other", &["events:write"]);
    assert_eq!(other.get("/api/mail-templates/confirmation").expect(200).json()["layer"], "shipped");
    put(&server, "/api/mail-templates/confirmation", &template("{nothing}")).problem(422, "invalid");
    put(&server, "/api/mail-templates/verify", &template("x")).problem(404, "not_found");
    server.client.get("/api/mail-templates/confirmation").problem(401, "unauthenticated");
}

#[test]
fn a_template_that_cannot_be_used_is_refused_with_all_its_faults() {
    let server = Server::start();
    let event = server.event(json!({}));
    let path = event.path("/mail-templates/cancelled");
    let bad = json!({"subject": "{event.titel}", "blocks": [
        {"text": "{code}"}, {"button": {"label": "", "to": "confirm"}}, {"text": "{registration.id|date}"}]});
    let answer = put(&server, &path, &bad);
    answer.problem(422, "invalid");
    let expected = ["/subject", "/blocks/0/text", "/blocks/1/button/label", "/blocks/1/button/to", "/blocks/2/text"];
    assert_eq!(answer.pointers(), expected);
    put(&server, &path, &json!({"subject": "a", "blocks": [{"txet": "a"}]})).problem(400, "malformed");
    put(&server, &path, &json!({"subject": "a"})).problem(422, "invalid");
    assert_eq!(server.organizer.get(&path).expect(200).json()["version"], 0);
    for kind in ["nothing", "verify", "reset", "invitation", "ticket-links"] {
        server.organizer.get(&event.path(&format!("/mail-templates/{kind}"))).problem(404, "not_found");
    }
}

#[test]
fn a_preview_shows_a_message_as_json_text_or_page() {
    let server = Server::start();
    let event = server.event(json!({"title": "Summer & Sun", "ticketTypes": [ticket_type("general", 2500, None)]}));
    let path = event.path("/mail-templates/confirmation/preview");
    let sample = server.organizer.post(&path, &json!({"template": template("{event.title} for {ticket.type}")}));
    let sample = sample.expect(200).json();
    assert_eq!(sample["subject"], "Summer & Sun for General Admission");
    let text = sample["text"].as_str().unwrap();
    assert!(text.contains("SUMMER & SUN") && text.contains("Dear Ada Lovelace,") && text.contains("Grace Hopper"));
    assert!(sample["html"].as_str().unwrap().contains("SUMMER &amp; SUN"));

    let in_form = |accept: &str| server.organizer.send("POST", &path, &[("accept", accept)], None).expect(200);
    let page = in_form("text/html");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().contains("sandbox"));
    assert!(page.text().starts_with("<!doctype html>"), "{}", &page.text()[..40]);
    assert!(in_form("text/plain").text().starts_with("You are registered\n\nHello Ada Lovelace,\n\n"));
    server.organizer.send("POST", &path, &[("accept", "image/png")], None).problem(406, "not_acceptable");

    // The sample of a priced type has an amount.
    let payment = server.organizer.send("POST", &event.path("/mail-templates/payment-needed/preview"), &[], None);
    let payment = payment.expect(200).json();
    assert!(payment["text"].as_str().unwrap().contains("Please pay ₹50.00"), "{}", payment["text"]);
}

#[test]
fn a_preview_of_a_registration_is_for_its_organizer_and_gives_no_access() {
    let server = Server::start();
    let (event, other) = (server.event(json!({})), server.event(json!({})));
    let (ada, eve) = (event.register(&["Ada <i>Lovelace</i>", "李小龙"]), other.register(&["Eve"]));
    let path = event.path("/mail-templates/confirmation/preview");
    let shown = server.organizer.post(&path, &json!({"registrationId": ada.id})).expect(200);
    let letter = shown.json();
    let (text, html) = (letter["text"].as_str().unwrap(), letter["html"].as_str().unwrap());
    assert!(text.contains(&ada.id) && text.contains("李小龙") && text.contains("Ada <i>Lovelace</i>"), "{text}");
    assert!(html.contains("Ada &lt;i&gt;Lovelace&lt;/i&gt;") && !html.contains("<i>Lovelace"));
    assert!(!shown.text().contains("token=") && !shown.text().contains(&ada.token));
    assert_eq!(shown.header("cache-control"), Some("private, no-store"));

    server.organizer.post(&path, &json!({"registrationId": eve.id})).problem(404, "not_found");
    server.organizer.post(&path, &json!({"registrationId": "x"})).problem(404, "not_found");
    let stranger = server.other_organizer("stranger", &["events:write", "registrations:read"]);
    stranger.post(&path, &json!({"registrationId": ada.id})).problem(404, "not_found");
    stranger.get(&event.path("/mail-templates/confirmation")).problem(404, "not_found");
    server.client.get(&event.path("/mail-templates/confirmation")).problem(401, "unauthenticated");
    let reader = server.other_organizer("reader", &["registrations:read"]);
    reader.get(&event.path("/mail-templates/confirmation")).problem(403, "forbidden");
}
