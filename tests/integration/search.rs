//! Searches of registrants: in tickets whose words are in the database, and in newer ones.

use serde_json::json;

use crate::support::{Event, Registration, Server, eventually, ticket_type};

fn server_with_event(server: &Server) -> Event<'_> {
    server.event(
        json!({"capacity": null, "ticketTypes": [ticket_type("floor", 0, None), ticket_type("balcony", 0, None)]}),
    )
}

/// Returns the numbers of the registrations that a query finds, page by page.
fn found(event: &Event<'_>, query: &str) -> Vec<usize> {
    let (mut numbers, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = event.path(&format!("/registrations?limit=3&{query}{cursor}"));
        let page = event.server.organizer.get(&path).expect(200).json();
        let ids =
            page["items"].as_array().unwrap().iter().map(|row| row["registrationId"].as_str().unwrap().to_owned());
        numbers.extend(ids.map(|id| id.rsplit('-').next().unwrap().parse::<usize>().unwrap()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return numbers,
        }
    }
}

fn indexed_to(server: &Server) -> i32 {
    server.database.rows("SELECT indexed_to FROM search_progress", &[]).first().map_or(0, |row| row.get(0))
}

/// Adds registrations as a sale would have: without words.
fn sell(server: &Server, first: i32, last: i32, name: &str) {
    let each = format!("FROM event_seats, generate_series({first}, {last}) AS n");
    server.database.execute(&format!(
        "INSERT INTO registrations (event_key, number, type_number, status, quantity, created_at)
             SELECT event_key, n, 1, 1 /* confirmed */, 1, now() {each};
         INSERT INTO tickets (ticket_id, event_key, number, position, name, email)
             SELECT gen_random_uuid(), event_key, n, 1, {name}, 'guest-' || n || '@example.com' {each};
         UPDATE event_seats SET sold = {last}, last_number = {last}; UPDATE ticket_type_seats SET sold = {last}"
    ));
}

#[test]
fn the_same_is_found_before_and_after_words_are_in_the_database() {
    let server = Server::start();
    // No words are added while others may only read the progress.
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE search_progress IN SHARE MODE");
    let event = server_with_event(&server);
    for (name, kind) in
        [("José Müller", "floor"), ("佐藤 健", "balcony"), ("Ana-Maria O\u{2019}Neil", "floor"), ("Li Wu", "balcony")]
    {
        event.ask_with(&[], &[name, "Second Guest"], json!({"ticketType": kind})).expect(201);
    }
    let queries = [
        ("q=jose", vec![1]),
        ("q=M%C3%BCLLER+jos", vec![1]),
        ("q=%E5%81%A5", vec![2]),
        ("q=neil", vec![3]),
        ("q=li", vec![4]),
        ("q=aria", vec![3]),
        ("q=jose+second", vec![]),
        ("q=second", vec![4, 3, 2, 1]),
        ("q=second&ticketType=balcony", vec![4, 2]),
        ("q=second&status=cancelled", vec![3]),
        ("ticketType=floor", vec![3, 1]),
        ("ticketType=floor&status=confirmed", vec![1]),
        ("status=cancelled", vec![3]),
        ("q=nobody", vec![]),
    ];
    server.organizer.send("POST", &format!("/api/registrations/{}-0003/cancel", event.code), &[], None).expect(200);
    let check = || {
        for (query, expected) in &queries {
            assert_eq!(&found(&event, query), expected, "{query}");
        }
    };
    check();
    assert_eq!(indexed_to(&server), 0);
    lock.execute("COMMIT");
    eventually("the words are in the database", || indexed_to(&server) == 4);
    check();
}

#[test]
fn a_corrected_name_is_found_and_the_old_one_is_not() {
    let server = Server::start();
    let event = server_with_event(&server);
    let correct = |registration: &Registration, name: &str| {
        let tickets =
            json!({"tickets": [{"ticketId": registration.tickets[0], "name": name, "email": "new@example.com"}]});
        server.organizer.patch(&format!("/api/registrations/{}", registration.id), &tickets).expect(200);
    };
    let ask = |name: &str| Registration::of(&event.ask_with(&[], &[name], json!({"ticketType": "floor"})).expect(201));
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE search_progress IN SHARE MODE");
    let first = ask("Ada Lovelace");
    correct(&first, "Ada King");
    assert_eq!((found(&event, "q=king"), found(&event, "q=lovelace")), (vec![1], vec![]));
    assert_eq!(indexed_to(&server), 0);
    lock.execute("COMMIT");
    eventually("the words are in the database", || indexed_to(&server) == 1);
    assert_eq!((found(&event, "q=king"), found(&event, "q=lovelace")), (vec![1], vec![]));
    correct(&first, "Augusta Byron");
    assert_eq!((found(&event, "q=byron"), found(&event, "q=king")), (vec![1], vec![]));
}

#[test]
fn a_rare_name_is_found_among_many_and_a_common_one_page_by_page() {
    let server = Server::start();
    let event = server_with_event(&server);
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE search_progress IN SHARE MODE");
    sell(&server, 1, 1, "'Zacharias Quill'");
    sell(&server, 2, 7000, "CASE WHEN n % 3000 = 0 THEN 'Rare Name' ELSE 'Common Guest' END");
    assert_eq!(found(&event, "q=quill"), [1]);
    lock.execute("COMMIT");
    eventually("the words are in the database", || indexed_to(&server) == 7000);
    assert_eq!(found(&event, "q=quill"), [1]);
    assert_eq!(found(&event, "q=zach+quill+guest-1@example"), [1]);
    assert_eq!(found(&event, "q=rare"), [6000, 3000]);
    assert_eq!(found(&event, "q=za"), [1]);
    let page = server.organizer.get(&event.path("/registrations?limit=200&q=common")).expect(200).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 200);
    // Newer registrations come first, found without words.
    sell(&server, 7001, 7010, "'Rare Newcomer'");
    assert_eq!(found(&event, "q=rare"), (7001..=7010).rev().chain([6000, 3000]).collect::<Vec<_>>());
}
