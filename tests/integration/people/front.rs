//! Pages for attendees: finding an event, registering on a page, and the tickets of a registration.

use serde_json::{Value, json};

use super::{Browser, UNLIMITED, account, form_token};
use crate::support::{Event, Registration, Server, eventually, ticket_type};

/// Text with which organizers and attendees try to break pages.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

fn page_of(event: &Event<'_>) -> String {
    format!("/events/{}", event.slug)
}

/// The fields of a form for these names, all with one address.
fn names<'a>(names: &[&'a str]) -> Vec<(String, &'a str)> {
    let fields = names.iter().zip(1..).map(|(name, number)| (format!("name-{number}"), *name));
    fields.chain([("email-1".to_owned(), "ada@example.com")]).collect()
}

/// The hidden fields of a form that was shown.
fn hidden(html: &str) -> Vec<(String, String)> {
    let fields = html.split("<input type=\"hidden\" ").skip(1).map(|rest| {
        let value = |name: &str| {
            let rest = rest.split_once(&format!("{name}=\"")).unwrap().1;
            rest.split('"').next().unwrap().to_owned()
        };
        (value("name"), value("value"))
    });
    fields.collect()
}

/// Opens the form of an event and sends it.
fn order(browser: &Browser, event: &Event<'_>, people: &[&str]) -> crate::support::Answer {
    let form = browser.page(&format!("{}/register?quantity={}", page_of(event), people.len())).expect(200).text();
    send(browser, event, &form, people)
}

fn send(browser: &Browser, event: &Event<'_>, form: &str, people: &[&str]) -> crate::support::Answer {
    let (hidden, names) = (hidden(form), names(people));
    let given = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<_> = given.chain(names.iter().map(|(name, value)| (name.as_str(), *value))).collect();
    browser.send_form(&format!("{}/register", page_of(event)), &fields, &[])
}

#[test]
fn an_event_is_written_once_and_answered_from_memory() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({"title": "Nacht & Tag", "description": "First.\n\n**Then** more."}));
    let visitor = Browser::of(&server);
    let page = visitor.page(&page_of(&event)).expect(200);
    assert!(page.text().contains("Nacht &amp; Tag") || page.text().contains("Nacht &#38; Tag"), "{}", page.text());
    assert!(page.text().contains("<strong>Then</strong> more."), "{}", page.text());
    assert!(page.header("cache-control").unwrap().starts_with("public, max-age=2"));
    assert_eq!(page.header("set-cookie"), None, "a shared page sets no cookie");
    let tag = page.header("etag").unwrap().to_owned();
    for _ in 0..5 {
        let known = visitor.send("GET", &page_of(&event), &[("accept", "text/html"), ("if-none-match", &tag)], None);
        assert_eq!((known.status, known.body.len()), (304, 0));
        // Caches copy the headers of this answer to the page that they have.
        assert_eq!(known.header("content-security-policy"), page.header("content-security-policy"));
    }
    let pages =
        |outcome| server.metric("onsale_cache_requests_total", &format!("cache=\"pages\",outcome=\"{outcome}\""));
    // All servers of the tests count together.
    assert!(pages("miss") >= 1.0 && pages("hit") >= 5.0);
    let packed = visitor.send("GET", &page_of(&event), &[("accept", "text/html"), ("accept-encoding", "gzip")], None);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() < 4 << 10, "{}", packed.body.len());
    // What one visitor adds to the address is not shown to others.
    let event_page = page_of(&event);
    server.organizer.patch(&event.path(""), &json!({"description": "Rewritten."})).expect(200);
    let odd = format!("{event_page}?done=given-back&secret=x");
    eventually("the page is written again", || visitor.page(&odd).text().contains("Rewritten."));
    let html = visitor.page(&event_page).text();
    assert!(!html.contains("secret") && !html.contains("given back"), "{html}");
    // A change is seen, and a person who is signed in sees other links.
    server.organizer.patch(&event.path(""), &json!({"title": "Another"})).expect(200);
    eventually("the change is shown", || visitor.page(&page_of(&event)).text().contains("Another"));
    let ada = account(&server, "ada@example.com", "Ada");
    let own = ada.page(&page_of(&event)).expect(200);
    assert_eq!(own.header("cache-control"), Some("private, no-cache"));
    assert!(own.text().contains("href=\"/account\"") && !visitor.page("/").text().contains("href=\"/account\""));
}

#[test]
fn an_event_says_how_its_sale_is() {
    let server = Server::with(&UNLIMITED);
    let visitor = Browser::of(&server);
    let at = "2099-01-01T10:00:00Z";
    for (fields, state, words) in [
        (json!({}), "open", "Get tickets"),
        (json!({"salesOpenAt": at}), "not-yet", "Sales open in"),
        (json!({"capacity": 0}), "sold-out", "All tickets are gone"),
        (json!({"salesCloseAt": "2020-01-01T00:00:00Z", "endsAt": at}), "closed", "Sales are closed"),
        (
            json!({"startsAt": "2020-01-01T09:00:00Z", "endsAt": "2020-01-01T10:00:00Z", "salesCloseAt": null}),
            "over",
            "The event is over",
        ),
        (json!({"status": "cancelled"}), "cancelled", "has cancelled this event"),
    ] {
        let event = server.event(fields);
        let html = visitor.page(&page_of(&event)).expect(200).text();
        assert!(html.contains(&format!("data-state=\"{state}\"")) && html.contains(words), "{state}: {html}");
        let answer = server.client.get(&event.path("/availability")).expect(200);
        assert_eq!(answer.json()["state"], state);
        assert_eq!(answer.header("cache-control"), Some("public, max-age=1"));
        // Only an open sale asks for names.
        let form = visitor.page(&format!("{}/register", page_of(&event)));
        assert_eq!(form.status, if ["open", "sold-out"].contains(&state) { 200 } else { 303 }, "{state}");
    }
    let draft = server.event(json!({"status": "draft"}));
    assert_eq!(visitor.page(&page_of(&draft)).status, 404);
    server.client.get(&draft.path("/availability")).problem(404, "not_found");
    let few = server.event(json!({"capacity": 12}));
    few.register(&["Ada", "Grace"]);
    let left = server.client.get(&few.path("/availability")).expect(200).json();
    assert_eq!(left["ticketTypes"][0], json!({"code": "general", "soldOut": false, "left": 10}));
    assert!(visitor.page(&page_of(&few)).text().contains("10 left"));
}

#[test]
fn an_earlier_name_and_an_id_lead_to_the_event() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({}));
    let id = event.show()["id"].as_str().unwrap().to_owned();
    let visitor = Browser::of(&server);
    let by_id = visitor.page(&format!("/events/{id}"));
    assert_eq!(
        (by_id.status, by_id.header("location").unwrap()),
        (302, format!("http://tickets.example{}", page_of(&event)).as_str())
    );
    server.organizer.patch(&event.path(""), &json!({"slug": "another-name"})).expect(200);
    eventually("the earlier name leads on", || visitor.page(&page_of(&event)).status == 301);
    assert_eq!(visitor.page("/events/nothing-here").status, 404);
}

#[test]
fn a_moved_event_says_what_has_changed() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({}));
    event.register(&["Ada"]);
    let changed = json!({"venue": {"name": "The other lawn"}, "startsAt": "2098-05-01T10:00:00Z", "endsAt": "2098-05-01T12:00:00Z"});
    server.organizer.patch(&format!("{}?notify=true", event.path("")), &changed).expect(200);
    let html = Browser::of(&server).page(&page_of(&event)).expect(200).text();
    assert!(
        html.contains("The time has changed. Before, it was:") && html.contains("The place has changed."),
        "{html}"
    );
}

#[test]
fn events_are_found_by_words_place_category_and_date() {
    let server = Server::with(&UNLIMITED);
    let visitor = Browser::of(&server);
    let coming = |title: &str, place: &str, category: &str, day: &str| {
        server.event(json!({"title": title, "category": category, "venue": {"name": place, "address": "Zürich"},
            "startsAt": format!("{day}T18:00:00Z"), "endsAt": format!("{day}T22:00:00Z")}))
    };
    coming("Opera night", "Hall One", "music", "2097-01-10");
    coming("Quiz", "Hall Two", "quiz", "2097-02-10");
    coming("Long ago", "Hall One", "music", "2020-01-01");
    let found = |query: &str| {
        let html = visitor.page(&format!("/{query}")).expect(200).text();
        ["Opera night", "Quiz", "Long ago"].map(|title| html.contains(&format!(">{title}</bdi>")))
    };
    assert_eq!(found(""), [true, true, false]);
    assert_eq!(found("?q=opera"), [true, false, false]);
    assert_eq!(found("?place=two+zurich"), [false, true, false]);
    assert_eq!(found("?place=opera"), [false, false, false]);
    assert_eq!(found("?category=MUSIC"), [true, false, false]);
    // In Kolkata it ends after midnight.
    assert_eq!(found("?from=2097-01-11"), [true, true, false]);
    assert_eq!(found("?from=2097-01-12"), [false, true, false]);
    assert_eq!(found("?to=2097-01-09"), [false, false, false]);
    assert_eq!(found("?to=2097-01-10"), [true, false, false]);
    assert_eq!(found("?from=2020-01-01&to=2020-01-01"), [false, false, true]);
    let nothing = visitor.page("/?q=nothing+like+it").expect(200).text();
    assert!(nothing.contains("Nothing found") && nothing.contains("noindex"), "{nothing}");
    // What is wrong in an address is ignored or refused, and breaks nothing.
    assert_eq!(found("?from=tomorrow&to=%00"), [true, true, false]);
    assert_eq!(found("?from=-004800-01-01&to=9999-01-01"), [true, true, false]);
    assert_eq!(visitor.page(&format!("/?q={}", "x".repeat(300))).status, 400);
    assert_eq!(visitor.page("/?cursor=x").status, 422);
    assert!(!visitor.page("/?q=%3Cscript%3Ealert(1)").text().contains("<script>alert"));
    let map = server.client.get("/sitemap.xml").expect(200).text();
    assert_eq!(map.matches("<url>").count(), 3, "{map}");
    assert!(server.client.get("/robots.txt").expect(200).text().contains("Disallow: /registrations/"));
}

#[test]
fn more_events_than_a_page_has_lead_on() {
    let server = Server::with(&UNLIMITED);
    for index in 0..45 {
        server.event(json!({"title": format!("Number {index:02}"), "startsAt": format!("2097-01-01T{:02}:{:02}:00Z", index / 4, index % 4),
            "endsAt": "2097-01-02T00:00:00Z"}));
    }
    let visitor = Browser::of(&server);
    let html = visitor.page("/").expect(200).text();
    assert_eq!(html.matches("class=\"event-row\"").count(), 40);
    let next = html.split("<p><a class=\"button\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let rest = visitor.page(&next.replace("&#38;", "&").replace("&amp;", "&")).expect(200).text();
    assert_eq!(rest.matches("class=\"event-row\"").count(), 5);
    assert!(rest.contains("Number 44") && !rest.contains("Number 39"));
}

#[test]
fn hostile_text_is_shown_and_does_nothing() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({"title": &HOSTILE[..60.min(HOSTILE.len())], "description": format!("a\n\n{HOSTILE}\n\n[x](javascript:alert(1))"),
        "category": HOSTILE, "startsAt": "2097-01-01T10:00:00Z", "endsAt": "2097-01-01T12:00:00Z", "venue": {"name": HOSTILE, "address": HOSTILE},
        "ticketTypes": [{"code": "general", "name": HOSTILE, "description": HOSTILE, "price": {"amount": 0, "currency": "EUR"}}]}));
    let browser = Browser::of(&server);
    let order = order(&browser, &event, &[HOSTILE]);
    assert_eq!(order.status, 303, "{}", order.text());
    let tickets = order.header("location").unwrap().to_owned();
    for path in [
        "/".to_owned(),
        page_of(&event),
        format!("{}/register", page_of(&event)),
        tickets.clone(),
        format!("{tickets}/names"),
        format!("{tickets}/return"),
    ] {
        let html = browser.page(&path).expect(200).text();
        for bad in ["<script>alert", "<img src=x", "href=\"javascript"] {
            assert!(!html.contains(bad), "{path} has {bad}");
        }
        assert!(html.contains("&#60;script") || html.contains("&lt;script"), "{path}: {html}");
    }
}

#[test]
fn an_order_takes_its_seats_once() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({"capacity": 5}));
    let browser = Browser::of(&server);
    let form = browser.page(&format!("{}/register?quantity=2", page_of(&event))).expect(200).text();
    // Another tab has the same order.
    let other = browser.page(&format!("{}/register?quantity=2", page_of(&event))).expect(200).text();
    let first = send(&browser, &event, &form, &["Ada", "Grace"]);
    assert_eq!(first.status, 303, "{}", first.text());
    for again in [&form, &other] {
        let again = send(&browser, &event, again, &["Ada", "Grace"]);
        assert_eq!((again.status, again.header("location")), (303, first.header("location")));
    }
    // Other names in the other tab are asked about first.
    let different = send(&browser, &event, &other, &["Ada", "Joost"]);
    assert_eq!(different.status, 409);
    assert!(different.text().contains("in another tab already") && different.text().contains("value=\"Joost\""));
    assert_eq!(server.database.number("SELECT count(*) FROM registrations"), 1);
    let further = send(&browser, &event, &different.text(), &["Ada", "Joost"]);
    assert_eq!(further.status, 303);
    assert_eq!(server.database.number("SELECT count(*) FROM registrations"), 2);
    server.database.check_invariants();
}

#[test]
fn what_was_typed_survives_faults_and_a_sold_out_type() {
    let server = Server::with(&UNLIMITED);
    let event =
        server.event(json!({"ticketTypes": [ticket_type("lawn", 0, Some(2)), ticket_type("tent", 0, Some(5))]}));
    let browser = Browser::of(&server);
    let form = browser.page(&format!("{}/register?ticketType=lawn&quantity=2", page_of(&event))).expect(200).text();
    let faulty = send(&browser, &event, &form, &["Ada", ""]);
    assert_eq!(faulty.status, 422);
    assert!(faulty.text().contains("href=\"#name-2\"") && faulty.text().contains("value=\"Ada\""), "{}", faulty.text());
    let body = event.body(&["Eve"], json!({"ticketType": "lawn"}));
    server.client.post("/api/register", &body).expect(201);
    let sold_out = send(&browser, &event, &faulty.text(), &["Ada", "Grace"]);
    assert_eq!(sold_out.status, 409);
    let html = sold_out.text();
    assert!(
        html.contains("Nothing was booked") && html.contains("value=\"Grace\"") && html.contains("<select"),
        "{html}"
    );
    // The other type is chosen in the same form, with the same key.
    let hidden = hidden(&html);
    let mut fields: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([
        ("ticketType", "tent"),
        ("quantity", "2"),
        ("name-1", "Ada"),
        ("name-2", "Grace"),
        ("email-1", "ada@example.com"),
    ]);
    let taken = browser.send_form(&format!("{}/register", page_of(&event)), &fields, &[]);
    assert_eq!(taken.status, 303, "{}", taken.text());
    assert_eq!(server.database.number("SELECT sum(quantity) FROM registrations WHERE type_number = 2"), 2);
}

#[test]
fn no_name_is_dropped_when_a_type_allows_fewer() {
    let server = Server::with(&UNLIMITED);
    let small =
        json!({"code": "small", "name": "Small", "price": {"amount": 0, "currency": "EUR"}, "maxPerRegistration": 2});
    let event = server.event(json!({"ticketTypes": [ticket_type("lawn", 0, None), small]}));
    let browser = Browser::of(&server);
    let form = browser.page(&format!("{}/register?ticketType=lawn&quantity=3", page_of(&event))).expect(200).text();
    for quantity in ["3", "", "many", "-1", "99999"] {
        let hidden = hidden(&form);
        let kept = hidden.iter().filter(|(name, _)| !["ticketType", "quantity"].contains(&name.as_str()));
        let mut fields: Vec<_> = kept.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend([("ticketType", "small"), ("quantity", quantity), ("email-1", "ada@example.com")]);
        fields.extend([("name-1", "Ada"), ("name-2", "Grace"), ("name-3", "Joost")]);
        let refused = browser.send_form(&format!("{}/register", page_of(&event)), &fields, &[]);
        assert_eq!(refused.status, 422, "{quantity}: {}", refused.text());
        assert!(refused.text().contains("must have 1 to 2 entries") && refused.text().contains("value=\"Ada\""));
    }
    assert_eq!(server.database.number("SELECT count(*) FROM registrations"), 0);
}

#[test]
fn an_overloaded_sale_keeps_the_form_and_says_that_nothing_was_done() {
    let server = Server::with(&[UNLIMITED[0], ("registrar.stuck_ms", "200")]);
    let event = server.event(json!({}));
    event.register(&["Warm"]);
    let browser = Browser::of(&server);
    let form = browser.page(&format!("{}/register", page_of(&event))).expect(200).text();
    let lock = server.database.session();
    lock.execute("BEGIN; SELECT FROM event_seats FOR UPDATE");
    // The first order waits for the lock; those behind it are refused.
    let busy = std::thread::scope(|scope| {
        scope.spawn(|| event.ask(&["Eve"]));
        eventually("an order is under way", || server.metric("onsale_queue_depth", "registrar") == 1.0);
        let busy = send(&browser, &event, &form, &["Ada"]);
        lock.execute("COMMIT");
        busy
    });
    assert_eq!(busy.status, 503, "{}", busy.text());
    let html = busy.text();
    assert!(
        busy.header("retry-after").is_some() && html.contains("data-again") && html.contains("value=\"Ada\""),
        "{html}"
    );
    assert!(html.contains("Nothing was booked"), "{html}");
    eventually("the same form is accepted", || send(&browser, &event, &html, &["Ada"]).status == 303);
    eventually("each has one", || server.database.number("SELECT count(*) FROM registrations") == 3);
}

#[test]
fn a_form_of_another_page_or_browser_takes_nothing() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({}));
    let browser = Browser::of(&server);
    let form = browser.page(&format!("{}/register", page_of(&event))).expect(200).text();
    let stranger = Browser::of(&server);
    assert_eq!(send(&stranger, &event, &form, &["Ada"]).status, 403);
    let fields = [
        ("form_token", form_token(&form)),
        ("key", "k".repeat(20)),
        ("name-1", "Ada".into()),
        ("email-1", "a@b.example".into()),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let foreign =
        browser.send_form(&format!("{}/register", page_of(&event)), &fields, &[("origin", "https://evil.example")]);
    assert_eq!(foreign.status, 403);
    assert_eq!(server.database.number("SELECT count(*) FROM registrations"), 0);
}

#[test]
fn the_token_of_a_link_moves_to_a_cookie_of_its_own_pages() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    let browser = Browser::of(&server);
    let page = format!("/registrations/{}", ada.id);
    let moved = browser.page(&format!("{page}?token={}", ada.token));
    assert_eq!((moved.status, moved.header("location")), (303, Some(page.as_str())));
    let cookie = moved.header("set-cookie").unwrap();
    for part in [format!("Path={page};"), "HttpOnly".into(), "SameSite=Lax".into()] {
        assert!(format!("{cookie};").contains(&part), "{cookie}");
    }
    let shown = browser.page(&page).expect(200);
    assert_eq!(shown.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(shown.header("cache-control"), Some("private, no-store"));
    assert!(shown.text().contains("<svg xmlns") && !shown.text().contains(&ada.token), "{}", shown.text());
    for rest in ["/tickets.pdf", "/tickets/1.pdf", "/tickets/1.svg", "/calendar.ics"] {
        let file = browser.get(&format!("{page}{rest}"));
        assert!([200, 302].contains(&file.status), "{rest}: {}", file.status);
        assert_eq!(file.header("cache-control"), Some("private, no-store"), "{rest}");
    }
    let stranger = Browser::of(&server);
    for rest in ["", "?token=wrong", "/names", "/return", "/tickets.pdf", "/tickets/1.svg"] {
        assert_eq!(stranger.page(&format!("{page}{rest}")).status, 404, "{rest}");
    }
    assert_eq!(browser.page(&format!("{page}/tickets/2.pdf")).status, 404);
}

/// A browser that has opened the link of a registration.
fn holder(server: &Server, registration: &Registration) -> (Browser, String) {
    let browser = Browser::of(server);
    let page = format!("/registrations/{}", registration.id);
    assert_eq!(browser.page(&format!("{page}?token={}", registration.token)).status, 303);
    (browser, page)
}

#[test]
fn a_holder_changes_names_and_the_old_code_ends() {
    let server = Server::with(&UNLIMITED);
    let coming = json!({"startsAt": "2098-05-01T10:00:00Z", "endsAt": "2098-05-01T12:00:00Z"});
    let event = server.event(coming);
    let ada = event.register(&["Ada", "Grace"]);
    let (browser, page) = holder(&server, &ada);
    let fields = [("name-1", "Ada"), ("name-2", "Joost"), ("email-2", "joost@example.com")];
    let changed = browser.submit(&format!("{page}/names"), &format!("{page}/names"), &fields);
    assert_eq!(changed.status, 303, "{}", changed.text());
    let rows =
        server.database.session().first_column("SELECT name || generation || email FROM tickets ORDER BY position");
    assert_eq!(rows, ["Ada1someone@example.com", "Joost2joost@example.com"], "only the changed ticket has a new code");
    let faulty =
        browser.submit(&format!("{page}/names"), &format!("{page}/names"), &[("name-2", "a\u{7}"), ("email-2", "x")]);
    assert_eq!(faulty.status, 422);
    assert!(
        faulty.text().contains("href=\"#name-2\"") && faulty.text().contains("href=\"#email-2\""),
        "{}",
        faulty.text()
    );

    // The same with the API, and what it refuses.
    let patch = |fields: Value| {
        server
            .client
            .patch(&format!("/api/registrations/{}?token={}", ada.id, ada.token), &json!({"tickets": [fields]}))
    };
    patch(json!({"ticketId": ada.tickets[1], "name": "Yuki"})).expect(200);
    let contact = patch(json!({"ticketId": ada.tickets[0], "email": "eve@example.com"}));
    assert_eq!(contact.pointers(), ["/tickets/0/email"]);
    server
        .client
        .patch(&format!("/api/registrations/{}", ada.id), &json!({"tickets": []}))
        .problem(401, "unauthenticated");
    server.organizer.patch(&event.path(""), &json!({"renamesUntil": "2020-01-01T00:00:00Z"})).expect(200);
    patch(json!({"ticketId": ada.tickets[1], "name": "Late"})).problem(409, "conflict");
    assert!(!browser.page(&page).text().contains("/names\""));
    // The organizer still can, and the code stays.
    let body = json!({"tickets": [{"ticketId": ada.tickets[1], "name": "Office"}]});
    server.organizer.patch(&format!("/api/registrations/{}", ada.id), &body).expect(200);
    assert_eq!(server.database.number("SELECT generation::bigint FROM tickets WHERE position = 2"), 3);
}

#[test]
fn a_form_of_names_changes_only_what_was_changed_in_it() {
    let server = Server::with(&UNLIMITED);
    let coming = json!({"startsAt": "2098-05-01T10:00:00Z", "endsAt": "2098-05-01T12:00:00Z"});
    let event = server.event(coming);
    let ada = event.register(&["Ada", "Grace"]);
    let (browser, page) = holder(&server, &ada);
    let form = browser.page(&format!("{page}/names")).expect(200).text();
    // Meanwhile the organizer changes the other ticket.
    let body = json!({"tickets": [{"ticketId": ada.tickets[1], "name": "Office"}]});
    server.organizer.patch(&format!("/api/registrations/{}", ada.id), &body).expect(200);
    let hidden = hidden(&form);
    let mut fields: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("name-1", "Lady Ada"), ("name-2", "Grace"), ("email-2", "someone@example.com")]);
    assert_eq!(browser.send_form(&format!("{page}/names"), &fields, &[]).status, 303);
    let rows = server.database.session().first_column("SELECT name FROM tickets ORDER BY position");
    assert_eq!(rows, ["Lady Ada", "Office"]);
    fields.retain(|(name, _)| *name != "name-1");
    fields.push(("name-1", ""));
    let empty = browser.send_form(&format!("{page}/names"), &fields, &[]);
    assert!(empty.status == 422 && empty.text().contains("must not be empty"), "{}", empty.text());
}

#[test]
fn a_revoked_cookie_does_not_keep_the_new_contact_out() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({"startsAt": "2098-05-01T10:00:00Z", "endsAt": "2098-05-01T12:00:00Z"}));
    let order = event.register(&["Ada"]);
    let (browser, page) = holder(&server, &order);
    let body = json!({"tickets": [{"ticketId": order.tickets[0], "email": "ada@example.com"}]});
    server.organizer.patch(&format!("/api/registrations/{}", order.id), &body).expect(200);
    assert_eq!(browser.page(&page).status, 404, "the token is revoked");
    let ada = account(&server, "ada@example.com", "Ada");
    ada.set_cookie("onsale-registration", &browser.cookie("onsale-registration").unwrap());
    assert_eq!(ada.page(&page).status, 200);
    assert_eq!(ada.submit(&format!("{page}/names"), &format!("{page}/names"), &[("name-1", "Lady Ada")]).status, 303);
}

#[test]
fn a_holder_gives_tickets_back_by_the_rules_of_the_organizer() {
    let server = Server::with(&UNLIMITED);
    let coming = json!({"capacity": 2, "startsAt": "2098-05-01T10:00:00Z", "endsAt": "2098-05-01T12:00:00Z",
        "ticketTypes": [ticket_type("free", 0, None), ticket_type("paid", 1000, None)]});
    let event = server.event(coming);
    let register = |code: &str| {
        let body = event.body(&["Ada"], json!({"ticketType": code}));
        Registration::of(&server.client.post("/api/register", &body).expect(201))
    };
    let (free, paid) = (register("free"), register("paid"));
    let (browser, page) = holder(&server, &free);
    let given = browser.submit(&format!("{page}/return"), &format!("{page}/return"), &[]);
    assert_eq!(given.status, 303, "{}", given.text());
    assert!(browser.page(&page).text().contains("Given back"));
    assert_eq!(server.database.number("SELECT sold::bigint FROM event_seats"), 1);

    server.organizer.send("POST", &format!("/api/registrations/{}/mark-paid", paid.id), &[], None).expect(200);
    let cancel = |of: &Registration| {
        server.client.send("POST", &format!("/api/registrations/{}/cancel?token={}", of.id, of.token), &[], None)
    };
    cancel(&paid).problem(409, "conflict");
    let late = register("free");
    server.organizer.patch(&event.path(""), &json!({"returnsUntil": "2020-01-01T00:00:00Z"})).expect(200);
    cancel(&late).problem(409, "conflict");
    server
        .client
        .send("POST", &format!("/api/registrations/{}/cancel", late.id), &[], None)
        .problem(401, "unauthenticated");
    server.database.check_invariants();
}

#[test]
fn a_hold_is_extended_for_those_who_need_time_but_not_for_ever() {
    let server = Server::with(&[UNLIMITED[0], ("registrar.hold_seconds", "600")]);
    let event = server.event(json!({"ticketTypes": [ticket_type("paid", 1000, None)]}));
    let ada = event.register(&["Ada"]);
    let (browser, page) = holder(&server, &ada);
    assert!(browser.page(&page).text().contains("Your seats are held"));
    server.database.execute(
        "UPDATE registrations SET created_at = now() - interval '500 s', expires_at = now() + interval '100 s'",
    );
    let longer = browser.submit(&page, &format!("{page}/hold"), &[]);
    assert_eq!(longer.status, 303, "{}", longer.text());
    let left = || server.database.number("SELECT extract(epoch FROM expires_at - now())::bigint FROM registrations");
    assert!((590..=600).contains(&left()), "{}", left());
    let hold = format!("/api/registrations/{}/hold?token={}", ada.id, ada.token);
    server.database.execute(
        "UPDATE registrations SET created_at = now() - interval '1500 s', expires_at = now() + interval '9 s'",
    );
    server.client.send("POST", &hold, &[], None).expect(200);
    assert!((290..=300).contains(&left()), "at most three times as long in all: {}", left());
    server.client.send("POST", &hold, &[], None).problem(409, "conflict");
    server.database.execute("UPDATE registrations SET created_at = now(), expires_at = now() - interval '1 s'");
    server.client.send("POST", &hold, &[], None).problem(409, "conflict");
}

#[test]
fn pictures_and_styles_follow_from_their_addresses() {
    let server = Server::with(&UNLIMITED);
    let style = server.client.get("/accents/1f6f4a.css").expect(200);
    assert!(style.text().starts_with(":root { --accent: #1f6f4a; }"));
    let picture = server.client.get("/patterns/1f6f4a-0123abcd.svg").expect(200);
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    for answer in [&style, &picture] {
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
    }
    for wrong in [
        "/accents/1F6F4A.css",
        "/accents/red.css",
        "/patterns/1f6f4a-+123abcd.svg",
        "/patterns/x.svg",
        "/patterns/1f6f4a.svg",
    ] {
        server.client.get(wrong).problem(404, "not_found");
    }
}

/// Questions of every kind.
fn questions() -> Value {
    json!([
        {"code": "meal", "label": "Supper?", "hint": "We cook it.", "kind": "choice", "required": true,
         "options": [{"code": "vegan", "label": "Vegan"}, {"code": "other", "label": "Other"}]},
        {"code": "which", "label": "Which?", "kind": "text", "required": true, "onlyIf": {"question": "meal", "answer": "other"}},
        {"code": "days", "label": "Days", "kind": "several", "options": [{"code": "fri", "label": "Friday"}, {"code": "sat", "label": "Saturday"}]},
        {"code": "age", "label": "Age", "kind": "number"},
        {"code": "born", "label": "Born", "kind": "date"},
        {"code": "terms", "label": "I accept the terms", "kind": "consent", "required": true},
    ])
}

#[test]
fn questions_are_asked_on_the_page_and_checked_by_the_api() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({"questions": questions()}));
    assert_eq!(event.show()["questions"].as_array().unwrap().len(), 6);
    let refused = event.ask_with(&[], &["Ada"], json!({"answers": {"meal": "beef", "unknown": 1}}));
    assert_eq!(refused.status, 422);
    assert_eq!(refused.pointers(), ["/answers/unknown", "/answers/meal", "/answers/terms"]);
    event.ask_with(&[], &["Ada"], json!({"answers": {"meal": "vegan", "terms": true}})).expect(201);

    let browser = Browser::of(&server);
    let form = browser.page(&format!("{}/register", page_of(&event))).expect(200).text();
    assert!(
        form.contains("Supper?") && form.contains("We cook it.") && form.contains("Only if you answer “Other”."),
        "{form}"
    );
    let send = |answers: &[(&str, &str)]| {
        let hidden = hidden(&form);
        let fields = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = fields
            .chain([("name-1", "Grace"), ("email-1", "grace@example.com")])
            .chain(answers.iter().copied())
            .collect();
        browser.send_form(&format!("{}/register", page_of(&event)), &fields, &[])
    };
    let faulty = send(&[("answer-meal", "other"), ("answer-days", "sat"), ("answer-age", "old"), ("answer-born", "")]);
    assert_eq!(faulty.status, 422);
    let html = faulty.text();
    for link in ["#answer-which", "#answer-age", "#answer-terms"] {
        assert!(html.contains(&format!("href=\"{link}\"")), "{link}: {html}");
    }
    assert!(
        html.contains("value=\"sat\" checked") && html.contains("value=\"old\""),
        "what was answered stays: {html}"
    );
    // What is not asked is left out, also where no script hides it.
    let taken = send(&[
        ("answer-meal", "vegan"),
        ("answer-which", "not asked"),
        ("answer-days", "fri"),
        ("answer-days", "sat"),
        ("answer-age", "36,5"),
        ("answer-born", "1815-12-10"),
        ("answer-terms", "true"),
    ]);
    assert_eq!(taken.status, 303, "{}", taken.text());
    let kept =
        server.database.session().first_column("SELECT answers::text FROM registrations ORDER BY number DESC LIMIT 1");
    let kept: Value = serde_json::from_str(&kept[0]).unwrap();
    assert_eq!(
        kept,
        json!({"meal": "vegan", "days": ["fri", "sat"], "age": 36.5, "born": "1815-12-10", "terms": true})
    );
    let csv =
        server.organizer.send("GET", &event.path("/registrations"), &[("accept", "text/csv")], None).expect(200).text();
    let (head, rows) = csv.split_once('\n').unwrap();
    assert!(
        head.trim().ends_with("answers,answers.meal,answers.which,answers.days,answers.age,answers.born,answers.terms"),
        "{head}"
    );
    assert!(rows.contains("vegan,,\"fri, sat\",36.5,1815-12-10,true"), "{rows}");

    // Faulty questions are refused, and a patch replaces all of them.
    let faulty = json!({"questions": [{"code": "A b", "label": "x", "kind": "text"}]});
    assert_eq!(server.organizer.patch(&event.path(""), &faulty).pointers(), ["/questions/0/code"]);
    server.organizer.patch(&event.path(""), &json!({"questions": []})).expect(200);
    eventually("nothing is asked any more", || event.ask(&["Joost"]).status == 201);
}

#[test]
fn only_the_sale_of_an_event_is_shown_in_frames_of_other_sites() {
    let server = Server::with(&UNLIMITED);
    let event = server.event(json!({}));
    let visitor = Browser::of(&server);
    let policy = |path: &str| {
        let page = visitor.page(path).expect(200);
        page.header("content-security-policy").unwrap().to_owned()
    };
    assert!(policy(&format!("{}/widget", page_of(&event))).contains("frame-ancestors *"));
    for path in ["/".to_owned(), page_of(&event), format!("{}/register", page_of(&event)), "/sign-in".to_owned()] {
        assert!(policy(&path).contains("frame-ancestors 'none'"), "{path}");
    }
    let draft = server.event(json!({"status": "draft"}));
    assert_eq!(visitor.page(&format!("{}/widget", page_of(&draft))).status, 404);
    let script = server.client.get("/widget.js").expect(200);
    assert_eq!(script.header("cross-origin-resource-policy"), Some("cross-origin"));
    assert_eq!(script.header("cache-control"), Some("public, max-age=60"));
}
