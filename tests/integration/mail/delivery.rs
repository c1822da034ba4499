//! Messages arrive once, with all that belongs to them, whatever the mail server does.

use std::collections::HashSet;

use serde_json::json;

use super::{
    hurry, messages_of, register, server_with,
    sink::{Kind, Sink, read_messages},
    state_of,
};
use crate::support::{Client, DevServer, Fault, Server, Storage, cluster, eventually, qpdf_check, ticket_type};

#[test]
fn a_confirmation_arrives_once_with_its_ticket_its_calendar_and_its_links() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({"title": "Nacht der Lichter", "language": "de"}));
    let registration = register(&event, "Zoë Müller", "zoe@example.com");
    let accepted = sink.wait_for(1);
    eventually("it is recorded", || state_of(&event, &registration) == "sent");
    let listed = &messages_of(&event, &registration)[0];
    let id = listed["messageId"].as_str().unwrap();
    assert_eq!(accepted[0].message_id, format!("<{id}@onsale.example>"));
    assert_eq!(accepted[0].return_path, format!("bounces+{}@onsale.example", id.replace('-', "")));
    assert_eq!(listed["kind"], "confirmation");
    let shown = server.client.get(&registration.status_path()).expect(200).json();
    assert_eq!((&shown["mail"]["messageId"], &shown["mail"]["state"]), (&json!(id), &json!("sent")));
    assert_eq!((&listed["recipient"], &listed["attempts"]), (&json!("zoe@example.com"), &json!(1)));

    let message = &sink.read()[0];
    assert_eq!(message["subject"], "Ihre Tickets für Nacht der Lichter");
    assert_eq!(message["to"], "Zoë Müller <zoe@example.com>");
    assert_eq!(message["headers"]["auto-submitted"], "auto-generated");
    assert_eq!(message["headers"].get("list-unsubscribe"), None);
    let text = message["text"].as_str().unwrap();
    let order = format!("http://tickets.example/registrations/{}?token={}", registration.id, registration.token);
    assert!(text.contains(&order), "{text}");
    assert!(message["html"].as_str().unwrap().contains(&order));
    // The link leads to the page of the tickets, which keeps the token in a cookie.
    let page = server.client.get(order.strip_prefix("http://tickets.example").unwrap()).expect(303);
    let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap();
    let page = server.client.send("GET", page.header("location").unwrap(), &[("cookie", cookie)], None).expect(200);
    assert!(page.text().contains("Zoë Müller") && page.text().contains("/tickets.pdf"), "{}", page.text());
    server.client.get(&format!("/registrations/{}", registration.id)).problem(404, "not_found");
    let ticket = server.client.get(&registration.ticket_path(0, "/pdf"));
    assert!(text.contains(&registration.ticket_path(0, "/pdf")), "{text}");
    assert!(matches!(ticket.status, 200 | 302));
    let files = message["files"].as_array().unwrap();
    let names: Vec<_> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, [format!("{}.pdf", registration.id), format!("{}.ics", registration.id)]);
    assert!(files[0]["start"].as_str().unwrap().starts_with("%PDF-"));
    let calendar = files[1]["start"].as_str().unwrap();
    assert!(calendar.contains("SUMMARY:Nacht der Lichter") && !calendar.contains("token="), "{calendar}");
    let own = server.client.get(&format!("/registrations/{}.ics?token={}", registration.id, registration.token));
    assert!(own.expect(200).text().contains("SUMMARY:Nacht der Lichter"));
    server.client.get(&format!("/registrations/{}.ics", registration.id)).problem(404, "not_found");
    let public = server.client.get(&format!("/events/{}.ics", event.slug)).expect(200);
    assert_eq!(public.header("content-type"), Some("text/calendar; charset=utf-8"));

    // The copy is as it was sent, without what gives access.
    let copy = server.organizer.get(&format!("/api/messages/{id}/content")).expect(302);
    let copy = Client::new("").get(copy.header("location").unwrap()).expect(200);
    assert_eq!(copy.header("content-type"), Some("message/rfc822"));
    let file = sink.folder.join("copy");
    std::fs::write(&file, &copy.body).unwrap();
    let copy = &read_messages([file], "")[0];
    assert_eq!((&copy["subject"], &copy["messageId"]), (&message["subject"], &message["messageId"]));
    assert!(!copy.to_string().contains(&registration.token));
    assert!(copy["text"].as_str().unwrap().contains("?token=xxxxxxxx"));
    server.client.get(&format!("/api/messages/{id}/content")).problem(401, "unauthenticated");
    server
        .other_organizer("other", &["registrations:read"])
        .get(&format!("/api/messages/{id}"))
        .problem(404, "not_found");
}

#[test]
fn names_of_every_script_arrive_in_header_text_and_ticket() {
    const NAMES: [&str; 40] = [
        "Ada Lovelace",
        "Zoë Müller",
        "Łukasz Żółć",
        "Nguyễn Thị Ánh",
        "Ðorđe Šćepanović",
        "Αθηνά Παπαδοπούλου",
        "Екатерина Ёлкина",
        "Володимир Їжак",
        "Արամ Խաչատրյան",
        "ნინო ბერიძე",
        "דוד לוי",
        "نور الهدى",
        "فاطمه زهرا",
        "محمد علی",
        "ޙަސަން",
        "अनन्या शर्मा",
        "অনন্যা সেন",
        "ਗੁਰਪ੍ਰੀਤ",
        "અંજલિ પટેલ",
        "ଅନନ୍ୟା",
        "தமிழ்ச்செல்வி",
        "అనన్య",
        "ಅನನ್ಯಾ",
        "അനന്യ",
        "අනන්‍යා",
        "สมชาย ใจดี",
        "ສົມສັກ",
        "བསྟན་འཛིན",
        "အောင်ဆန်း",
        "ភូមិ",
        "አበበ ቢቂላ",
        "ᏣᎳᎩ",
        "王小明",
        "臺灣人",
        "山田 花子",
        "カタカナ",
        "김민수",
        "ᠮᠣᠩᠭᠣᠯ",
        "ⵜⵉⴼⵉⵏⴰⵖ",
        "O’Neil \"Gig\" 🎟️, <b>",
    ];
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({"language": "ja"}));
    for (index, name) in NAMES.iter().enumerate() {
        register(&event, name, &format!("p{index}@example.com"));
    }
    let accepted = sink.wait_for(NAMES.len());
    for (message, accepted) in sink.read().iter().zip(&accepted) {
        let index: usize = accepted.recipient[1..].split('@').next().unwrap().parse().unwrap();
        assert_eq!(message["names"], json!([NAMES[index]]), "{message}");
        assert!(message["text"].as_str().unwrap().contains(NAMES[index]), "{message}");
        assert_eq!(message["files"][0]["name"], format!("{}-{:04}.pdf", event.code, index + 1));
    }
    assert_eq!(accepted.len(), NAMES.len(), "each once");
}

#[test]
fn addresses_of_other_scripts_are_sent_to_or_said_to_be_impossible() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({}));
    let domain = register(&event, "Ada", "ada@bücher.example");
    let user = register(&event, "王小明", "用户@例え.jp");
    let recipients = || sink.accepted().into_iter().map(|one| one.recipient).collect::<HashSet<_>>();
    sink.wait_for(2);
    assert_eq!(recipients(), ["ada@xn--bcher-kva.example".to_owned(), "用户@xn--r8jz45g.jp".to_owned()].into());
    eventually("both are sent", || [&domain, &user].iter().all(|one| state_of(&event, one) == "sent"));

    // The mail server of --dev does not support letters outside of ASCII before the @.
    let data = tempfile::tempdir().unwrap();
    let dev = DevServer::start(data.path());
    let attendees = json!([{"name": "王小明", "email": "用户@例え.jp"}]);
    dev.client.post("/api/register", &json!({"event": "gardenia-2025", "attendees": attendees})).expect(201);
    let organizer = dev.client.with_token(&dev.organizer_token);
    let messages = || organizer.get("/api/events/gardenia-2025/messages?state=failed").expect(200).json();
    eventually("it is said", || {
        messages()["items"][0]["reply"].as_str().is_some_and(|reply| reply.contains("SMTPUTF8"))
    });
}

#[test]
fn a_text_that_would_add_a_header_adds_none() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({"title": "Gala \u{2028}Bcc: eve@example.com"}));
    for name in ["Eve\u{2028}Bcc: eve@example.com", "=?utf-8?q?Eve?=", "Eve <eve@example.com>, Bob"] {
        register(&event, name, "someone@example.com");
    }
    let long = "Ā".repeat(200);
    register(&event, &long, "someone@example.com");
    event
        .ask_with(&[], &["Eve"], json!({"attendees": [{"name": "Eve\r\nBcc: x@y.z", "email": "a@example.com"}]}))
        .problem(422, "invalid");
    let accepted = sink.wait_for(4);
    for message in sink.read() {
        assert_eq!(message["headers"].get("bcc"), None, "{message}");
        assert_eq!(message["names"].as_array().unwrap().len(), 1, "{message}");
    }
    assert!(accepted.iter().all(|message| message.recipient == "someone@example.com"));
}

#[test]
fn what_a_mail_server_refuses_is_tried_again_or_bounces_as_it_says() {
    check_refusals(&Sink::start());
}

#[test]
fn another_mail_server_is_understood_alike() {
    check_refusals(&Sink::of(Kind::SmtpServer, |_| {}));
}

fn check_refusals(sink: &Sink) {
    let server = server_with(sink, &[("mail.message_ms", "1000")]);
    let event = server.event(json!({}));
    let all: Vec<_> = ["busy", "closing", "full", "unknown", "spam", "hang", "vanish", "hangup", "fine"]
        .map(|user| (user, register(&event, user, &format!("{user}@{user}.example"))))
        .into();
    let of = |user: &str| &all.iter().find(|(known, _)| *known == user).unwrap().1;
    eventually("all were tried", || {
        all.iter().all(|(_, one)| {
            messages_of(&event, one).first().is_some_and(|message| message["reply"] != serde_json::Value::Null)
        })
    });
    for (user, state) in [("unknown", "bounced"), ("spam", "bounced")] {
        eventually(user, || state_of(&event, of(user)) == state);
    }
    let refused = &messages_of(&event, of("unknown"))[0];
    assert_eq!(refused["reply"], "550 5.1.1 there is no such mailbox");
    // The faults of others may have made the server look away for a moment.
    eventually("the full mailbox is heard of", || {
        let waiting = &messages_of(&event, of("full"))[0];
        hurry(&server);
        waiting["state"] == "queued" && waiting["reply"] == "452 4.2.2 the mailbox is full"
    });
    let waiting = &messages_of(&event, of("full"))[0];
    assert_ne!((&waiting["nextTryAt"], &waiting["attempts"]), (&json!(null), &json!(0)));

    // All others arrive in the end; those whose acceptance got lost arrive twice, with the same Message-ID.
    eventually("all others arrived", || {
        hurry(&server);
        ["busy", "closing", "hang", "vanish", "hangup", "fine"].iter().all(|user| state_of(&event, of(user)) == "sent")
    });
    let accepted = sink.accepted();
    for (user, copies) in [("busy", 1), ("closing", 1), ("hang", 1), ("hangup", 1), ("fine", 1), ("vanish", 2)] {
        let of_user: Vec<_> = accepted.iter().filter(|one| one.recipient.starts_with(&format!("{user}@"))).collect();
        assert_eq!(of_user.len(), copies, "{user}: {accepted:?}");
        assert_eq!(of_user.iter().map(|one| &one.message_id).collect::<HashSet<_>>().len(), 1, "{user}");
    }
    assert!(!accepted.iter().any(|one| one.recipient.starts_with("unknown") || one.recipient.starts_with("spam")));

    // Only the address that does not exist is suppressed, and that can be undone.
    let suppressed = server.organizer.get("/api/suppressions").expect(200).json()["items"].clone();
    assert_eq!(suppressed.as_array().unwrap().len(), 1);
    assert_eq!(
        (&suppressed[0]["address"], &suppressed[0]["reason"]),
        (&json!("unknown@unknown.example"), &json!("bounce"))
    );
    let again = server.organizer.send(
        "POST",
        &format!("/api/messages/{}/resend", refused["messageId"].as_str().unwrap()),
        &[],
        None,
    );
    again.expect(202);
    eventually("it is not sent", || state_of(&event, of("unknown")) == "suppressed");
    server.organizer.send("DELETE", "/api/suppressions/unknown@unknown.example", &[], None).expect(204);
    server.organizer.send("DELETE", "/api/suppressions/unknown@unknown.example", &[], None).problem(404, "not_found");
}

#[test]
fn an_address_is_corrected_and_the_message_sent_again() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({}));
    let registration = register(&event, "Ada", "unknown@example.com");
    eventually("it bounces", || state_of(&event, &registration) == "bounced");
    let correction = json!({"tickets": [{"ticketId": registration.tickets[0], "email": "ada@example.com"}]});
    server.organizer.patch(&format!("/api/registrations/{}", registration.id), &correction).expect(200);
    let resend = format!("/api/registrations/{}/resend-confirmation", registration.id);
    server.client.send("POST", &resend, &[], None).problem(401, "unauthenticated");
    let queued = server.organizer.send("POST", &resend, &[], None).expect(202).json();
    let accepted = sink.wait_for(1);
    assert_eq!(accepted[0].recipient, "ada@example.com");
    assert_eq!(accepted[0].message_id, format!("<{}@onsale.example>", queued["messageId"].as_str().unwrap()));
    let link = sink.read()[0]["text"]
        .as_str()
        .unwrap()
        .split("?token=")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    assert_ne!(link, registration.token, "the former contact has no access any more");

    // The new holder may ask a few times.
    let own = format!("{resend}?token={link}");
    let statuses: Vec<_> = (0..4).map(|_| server.client.send("POST", &own, &[], None).status).collect();
    assert_eq!(statuses, [202, 202, 409, 409]);
    sink.wait_for(3);
    server.client.send("POST", &format!("{resend}?token=wrong"), &[], None).problem(404, "not_found");
}

#[test]
fn a_message_that_waits_goes_to_the_present_contact() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({}));
    let registration = register(&event, "Ada", "full@example.com");
    eventually("it waits", || {
        messages_of(&event, &registration).first().is_some_and(|one| one["attempts"] == 1 && one["state"] == "queued")
    });
    let correction = json!({"tickets": [{"ticketId": registration.tickets[0], "email": "ada@example.org"}]});
    server.organizer.patch(&format!("/api/registrations/{}", registration.id), &correction).expect(200);
    eventually("it arrives", || {
        hurry(&server);
        state_of(&event, &registration) == "sent"
    });
    let recipients: Vec<_> = sink.accepted().into_iter().map(|one| one.recipient).collect();
    assert_eq!(recipients, ["ada@example.org"]);
    assert_eq!(messages_of(&event, &registration)[0]["recipient"], "ada@example.org");
}

#[test]
fn addresses_are_suppressed_in_every_spelling_and_for_each_reason() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({}));
    server.organizer.post("/api/suppressions", &json!({"address": "Ada@BÜCHER.example"})).expect(204);
    let registration = register(&event, "Ada", "ada@bücher.example");
    eventually("it is not sent", || state_of(&event, &registration) == "suppressed");
    let listed = server.organizer.get("/api/suppressions").expect(200).json();
    assert_eq!(listed["items"][0]["address"], "ada@xn--bcher-kva.example");
    server.organizer.send("DELETE", "/api/suppressions/ada@xn--bcher-kva.example", &[], None).expect(204);
    // The wish of its owner stays if the organizer allows an address again.
    server.database.execute(
        "INSERT INTO suppressions (organizer_key, address, reason) SELECT organizer_key, 'bob@example.com', reason
         FROM organizers, unnest('{bounce,unsubscribed}'::text[]) AS reason",
    );
    let bounced = register(&event, "Bob", "bob@example.com");
    eventually("it is not sent", || state_of(&event, &bounced) == "suppressed");
    server.organizer.send("DELETE", "/api/suppressions/bob@example.com", &[], None).expect(204);
    let after = server.organizer.get("/api/suppressions").expect(200).json();
    assert_eq!(
        after["items"].as_array().unwrap().iter().map(|one| &one["reason"]).collect::<Vec<_>>(),
        ["unsubscribed"]
    );
    let allowed = register(&event, "Bob", "bob@example.com");
    eventually("it is sent", || state_of(&event, &allowed) == "sent");
}

#[test]
fn a_cancelled_event_confirms_nothing() {
    let sink = Sink::start();
    let server = server_with(&sink, &[("mail.notice_seconds", "0")]);
    let event = server.event(json!({}));
    let registration = register(&event, "Ada", "ada@example.com");
    sink.wait_for(1);
    eventually("it is sent", || state_of(&event, &registration) == "sent");
    server.organizer.patch(&event.path(""), &json!({"status": "cancelled"})).expect(200);
    sink.wait_for(2);
    let resend = format!("/api/registrations/{}/resend-confirmation", registration.id);
    server.organizer.send("POST", &resend, &[], None).expect(202);
    eventually("it is not sent", || state_of(&event, &registration) == "suppressed");
    assert_eq!(messages_of(&event, &registration)[0]["reply"], "the event is cancelled");
}

#[test]
fn a_rate_is_kept_to() {
    let sink = Sink::start();
    let server = server_with(&sink, &[("mail.per_second", "20")]);
    let event = server.event(json!({}));
    for number in 0..30 {
        register(&event, "Ada", &format!("p{number}@example.com"));
    }
    sink.wait_for(5);
    let (begin, before) = (std::time::Instant::now(), sink.accepted().len());
    sink.wait_for(30);
    let allowed = 20.0 * begin.elapsed().as_secs_f64() + 5.0;
    let sent = (30 - before) as f64;
    assert!(sent <= allowed, "{sent} messages in {:?}", begin.elapsed());
}

#[test]
fn a_lost_link_is_found_again_and_nobody_learns_who_is_known() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let ends = json!({"title": "Gala", "startsAt": "2999-01-01T18:00:00Z", "endsAt": "2999-01-01T20:00:00Z"});
    let gala = server.event(ends);
    let over = server.event(json!({"title": "Past", "salesCloseAt": "2026-11-01T00:00:00Z"}));
    let ada = register(&gala, "Ada", "Ada@Example.com");
    let cancelled = register(&gala, "Ada", "ada@example.com");
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", cancelled.id), &[], None).expect(200);
    drop(over);
    sink.wait_for(2);
    eventually("the address book is up to date", || server.database.number("SELECT count(*) FROM address_book") == 2);
    let ask = |email: &str| server.client.post("/api/ticket-links", &json!({"email": email}));
    let known = ask("ada@example.com").expect(202);
    let unknown = ask("eve@example.com").expect(202);
    assert_eq!((known.body, unknown.body), (Vec::new(), Vec::new()));
    ask("no address").problem(422, "invalid");
    let links = || sink.accepted().into_iter().filter(|one| one.recipient == "ada@example.com");
    eventually("the links arrive", || sink.read().iter().any(|message| message["subject"] == "Your tickets"));
    let message = sink.read().into_iter().find(|message| message["subject"] == "Your tickets").unwrap();
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("Gala") && text.contains(&format!("{}?token={}", ada.id, ada.token)), "{text}");
    assert!(!text.contains(&cancelled.id), "{text}");
    let before = links().count();
    for _ in 0..5 {
        ask("ADA@example.com").expect(202);
    }
    eventually("three within an hour", || links().count() == before + 2);
    assert!(!sink.accepted().iter().any(|one| one.recipient.starts_with("eve")));
    let kept = || server.database.number("SELECT count(*) FROM messages WHERE kind = 8 /* ticket-links */");
    assert_eq!(kept(), 4);
    // An organizer that sends nothing to an address sends no links either.
    server.organizer.post("/api/suppressions", &json!({"address": "bob@example.com"})).expect(204);
    register(&gala, "Bob", "bob@example.com");
    eventually("the address book is up to date", || server.database.number("SELECT count(*) FROM address_book") == 3);
    ask("bob@example.com").expect(202);
    let not_sent = "SELECT count(*) FROM messages WHERE kind = 8 /* ticket-links */ AND state = 9 /* suppressed */";
    eventually("Bob's links are not sent", || server.database.number(not_sent) == 2);
    assert_eq!(kept(), 5);
    assert!(!sink.accepted().iter().any(|one| one.recipient == "bob@example.com"));
}

#[test]
fn nobody_can_send_links_to_all_guests_of_an_event_at_once() {
    const PER_SECOND: usize = 10;
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({"startsAt": "2999-01-01T18:00:00Z", "endsAt": "2999-01-01T20:00:00Z"}));
    let guests: Vec<_> = (0..4 * PER_SECOND).map(|number| format!("guest{number}@host{number}.example")).collect();
    for guest in &guests {
        register(&event, "Ada", guest);
    }
    sink.wait_for(guests.len());
    let known = i64::try_from(guests.len()).unwrap();
    let book = "SELECT count(*) FROM address_book";
    eventually("the address book is up to date", || server.database.number(book) == known);
    let begin = std::time::Instant::now();
    for guest in &guests {
        server.client.post("/api/ticket-links", &json!({"email": guest})).expect(202);
    }
    sink.wait_for(2 * guests.len());
    // The first one waits for nothing.
    let least = (guests.len() - 1) / PER_SECOND;
    assert!(begin.elapsed().as_secs() >= least as u64, "{} links in {:?}", guests.len(), begin.elapsed());
}

#[test]
fn cancellation_and_payment_are_told() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({"ticketTypes": [ticket_type("general", 25_000, Some(10))]}));
    let registration = register(&event, "Ada", "ada@example.com");
    sink.wait_for(1);
    let act = |what: &str| {
        server.organizer.send("POST", &format!("/api/registrations/{}/{what}", registration.id), &[], None)
    };
    act("mark-paid").expect(200);
    sink.wait_for(2);
    act("cancel").expect(200);
    act("cancel").expect(200);
    sink.wait_for(3);
    let messages = sink.read();
    let subjects: Vec<_> = messages.iter().map(|message| message["subject"].as_str().unwrap()).collect();
    assert_eq!(
        subjects,
        ["Please pay for Gardenia 2025", "Your tickets for Gardenia 2025", "Cancelled: Gardenia 2025"]
    );
    assert!(messages[0]["text"].as_str().unwrap().contains("₹250.00"), "{}", messages[0]["text"]);
    assert_eq!(messages[0]["files"].as_array().unwrap().len(), 0, "an unpaid seat has no ticket");
    assert_eq!(messages[1]["files"].as_array().unwrap().len(), 2);
    // The confirmation of a registration that is over is not sent.
    let later = server.event(json!({}));
    let registration = register(&later, "Bob", "bob@example.com");
    sink.wait_for(4);
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", registration.id), &[], None).expect(200);
    let first = messages_of(&later, &registration).pop().unwrap();
    server
        .organizer
        .send("POST", &format!("/api/messages/{}/resend", first["messageId"].as_str().unwrap()), &[], None)
        .expect(202);
    eventually("it is not true any more", || state_of(&later, &registration) == "suppressed");
    assert_eq!(messages_of(&later, &registration)[0]["reply"], "the registration was cancelled");
}

#[test]
fn messages_wait_while_the_mail_server_is_gone_and_a_sale_does_not_notice() {
    let mut sink = Sink::start();
    sink.kill();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({"capacity": 1000, "ticketTypes": [ticket_type("general", 0, None)]}));
    for number in 0..60 {
        register(&event, "Ada", &format!("p{number}@example.com"));
    }
    eventually("the server notices", || server.metric("onsale_mail_server_away", "") == 1.0);
    sink.restart();
    sink.refuse(true);
    for number in 60..80 {
        register(&event, "Ada", &format!("p{number}@example.com"));
    }
    sink.refuse(false);
    sink.wait_for(80);
    eventually("all are recorded", || {
        server.database.number("SELECT count(*) FROM messages WHERE state = 3 /* sent */") == 80
    });
    let recipients: HashSet<_> = sink.accepted().into_iter().map(|message| message.recipient).collect();
    assert_eq!((sink.accepted().len(), recipients.len()), (80, 80), "each once");
    assert_eq!(server.database.number("SELECT count(*) FROM messages WHERE failures > 0"), 0);
}

#[test]
fn without_a_mail_server_messages_wait_for_one() {
    let sink = Sink::start();
    let server = Server::with(&[("mail.interval_ms", "50")]);
    let event = server.event(json!({}));
    let registration = register(&event, "Ada", "ada@example.com");
    eventually("it waits", || state_of(&event, &registration) == "queued");
    let counts = server.organizer.get(&event.path("/messages/counts")).expect(200).json();
    assert_eq!((&counts["queued"], &counts["sent"]), (&json!(1), &json!(0)));
    let own = sink.settings();
    let settings: Vec<_> = own.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let later = Server::on(cluster().existing(server.database.url.clone()), &settings);
    sink.wait_for(1);
    eventually("it is sent", || later.database.number("SELECT count(*) FROM messages WHERE state = 3 /* sent */") == 1);
}

#[test]
fn a_message_is_sent_while_storage_is_away_and_its_copy_follows() {
    let (sink, storage) = (Sink::start(), Storage::start());
    let own = sink.settings();
    let mut settings: Vec<_> = own.iter().map(|(key, value)| (*key, value.as_str())).collect();
    settings.extend(storage.settings());
    settings.extend([("storage.attempt_ms", "500"), ("storage.operation_ms", "1000")]);
    let server = Server::with(&settings);
    let event = server.event(json!({}));
    storage.set_fault(Fault::Silent);
    let registration = register(&event, "Ada", "ada@example.com");
    sink.wait_for(1);
    eventually("the copy waits", || server.database.number("SELECT count(*) FROM message_copies") == 1);
    eventually("it is sent", || state_of(&event, &registration) == "sent");
    let id = messages_of(&event, &registration)[0]["messageId"].as_str().unwrap().to_owned();
    let waiting = server.organizer.get(&format!("/api/messages/{id}/content")).expect(200);
    assert!(waiting.text().contains(&id));
    storage.set_fault(Fault::Pass);
    eventually("the copy is stored", || server.database.number("SELECT count(*) FROM message_copies") == 0);
    let key = storage.keys("mails/").pop().expect("the copy has its key");
    assert!(key.ends_with(&format!("/{id}.eml")), "{key}");
    assert_eq!(storage.object(&key), waiting.body);
    server.organizer.get(&format!("/api/messages/{id}/content")).expect(302);
}

#[test]
fn old_copies_are_removed_and_their_messages_stay() {
    let (sink, storage) = (Sink::start(), Storage::start());
    let own = sink.settings();
    let mut settings: Vec<_> = own.iter().map(|(key, value)| (*key, value.as_str())).collect();
    settings.extend(storage.settings());
    settings.extend([("housekeeper.interval_seconds", "1"), ("retention.mails_days", "30")]);
    let server = Server::with(&settings);
    let event = server.event(json!({}));
    let (old, young) = (register(&event, "Ada", "ada@example.com"), register(&event, "Bob", "bob@example.com"));
    eventually("both are sent", || [&old, &young].iter().all(|one| state_of(&event, one) == "sent"));
    assert_eq!(storage.keys("mails/").len(), 2);
    server.database.execute("UPDATE messages SET created_at = now() - interval '31 days' WHERE number = 1");
    eventually("the old copy is removed", || storage.keys("mails/").len() == 1);
    eventually("that is recorded", || messages_of(&event, &old)[0]["archived"] == false);
    assert_eq!(messages_of(&event, &young)[0]["archived"], true);
    let id = messages_of(&event, &old)[0]["messageId"].as_str().unwrap().to_owned();
    server.organizer.get(&format!("/api/messages/{id}/content")).problem(404, "not_found");
}

#[test]
fn connections_are_encrypted_and_the_certificate_is_verified() {
    let sink = Sink::start_with(|folder| {
        let openssl = |arguments: &[&str]| {
            let output = std::process::Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        let new_key = ["-newkey", "rsa:2048", "-nodes"];
        let ca = ["req", "-x509", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", "-days", "2"];
        openssl(&[&ca[..], &new_key].concat());
        let name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
        openssl(&[&["req", "-keyout", "key.pem", "-out", "request.pem"][..], &name, &new_key].concat());
        openssl(&[
            "x509",
            "-req",
            "-in",
            "request.pem",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-out",
            "cert.pem",
            "-days",
            "2",
            "-copy_extensions",
            "copy",
        ]);
    });
    let data = tempfile::tempdir().unwrap();
    let url = format!("mail.smtp_url=smtp://localhost:{}?tls=required", sink.port);
    let arguments =
        ["--set", url.as_str(), "--set", "mail.from=tickets@onsale.example", "--set", "mail.interval_ms=50"];
    let body = json!({"event": "gardenia-2025", "attendees": [{"name": "Ada", "email": "ada@example.com"}]});
    {
        let server = DevServer::try_start(data.path(), &arguments).unwrap();
        server.client.post("/api/register", &body).expect(201);
        eventually("the certificate is not trusted", || {
            server.ops.get("/metrics").expect(200).text().contains("onsale_mail_server_away 1")
        });
    }
    assert_eq!(sink.accepted().len(), 0);
    let ca = sink.folder.join("ca.pem");
    let trusted = [("SSL_CERT_FILE", ca.to_str().unwrap())];
    let _server = DevServer::try_start_in(data.path(), &trusted, &arguments).unwrap();
    sink.wait_for(1);
}

#[test]
fn servers_share_the_work_and_each_message_is_sent_once() {
    let sink = Sink::start();
    let first = server_with(&sink, &[]);
    let own = sink.settings();
    let settings: Vec<_> = own.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let second = Server::on(cluster().existing(first.database.url.clone()), &settings);
    let event = first.event(json!({"capacity": 1000, "ticketTypes": [ticket_type("general", 0, None)]}));
    for number in 0..200 {
        // Some are slow: their leases are renewed.
        let user = if number % 50 == 0 { "slow" } else { "p" };
        register(&event, "Ada", &format!("{user}{number}@example.com"));
    }
    sink.wait_for(200);
    eventually("all are recorded", || {
        second.database.number("SELECT count(*) FROM messages WHERE state = 3 /* sent */") == 200
    });
    let recipients: HashSet<_> = sink.accepted().into_iter().map(|message| message.recipient).collect();
    assert_eq!((sink.accepted().len(), recipients.len()), (200, 200));
}

#[test]
fn messages_are_signed_for_other_programs_to_verify() {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |arguments: &[&str]| {
        let output = std::process::Command::new("openssl").args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem"]);
    openssl(&["genpkey", "-algorithm", "ed25519", "-out", "ed.pem"]);
    let rsa = openssl(&["pkey", "-in", "rsa.pem", "-pubout", "-outform", "DER"]);
    let ed = openssl(&["pkey", "-in", "ed.pem", "-pubout", "-outform", "DER"]);
    let base64 = |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    // A DKIM record has the bare key of Ed25519, which ends its DER form.
    let keys = format!("big:rsa:{},small:ed25519:{}", base64(&rsa), base64(&ed[ed.len() - 32..]));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let pem = read("rsa.pem") + &read("ed.pem");

    let sink = Sink::start();
    let server = server_with(&sink, &[("mail.dkim_selector", "big, small"), ("mail.dkim_key", &pem)]);
    let event = server.event(json!({"title": "Ein  langer Titel   with spaces 🎟", "language": "ar"}));
    for name in ["Ada", "نور الهدى", &"Ā".repeat(190)] {
        register(&event, name, "ada@example.com");
    }
    sink.wait_for(3);
    let files = (1..=3).map(|number| sink.folder.join(format!("{number}.eml")));
    for message in read_messages(files, &keys) {
        assert_eq!(message["signatures"], json!([true, true]));
    }
    // The attached ticket is one that other programs accept.
    let text = std::fs::read_to_string(sink.folder.join("1.eml")).unwrap();
    let part = text.split("Content-Type: application/pdf").nth(1).unwrap();
    let encoded: String =
        part.split("\r\n\r\n").nth(1).unwrap().split("--").next().unwrap().split_whitespace().collect();
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded).unwrap();
    qpdf_check(&bytes);
}
