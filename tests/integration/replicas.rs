//! Several servers with one database and one bucket: to clients they are one.

use crate::{
    process::database_url,
    support::{DevServer, History, Registration, Replica, cluster, eventually},
};

const EVENT: &str = "gardenia-2025";

#[test]
fn replicas_sell_as_one_while_one_of_them_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let first = DevServer::start(data.path());
    let url = database_url(&first);
    let start = || Replica::start(data.path(), &first.storage, &url);
    let (second, mut third) = (start(), start());
    let history = History::new(EVENT);
    let client = third.client.clone();
    // The first two are sent the same keys at the same time.
    history.run_buyers(&[(0, &first.client), (0, &second.client), (1, &client)], || {
        history.wait_for(300);
        third.kill();
        third = start();
        history.run_buyers(&[(2, &third.client)], || history.wait_for(300));
        eventually("both of the first two had the same keys", || history.repeated() >= 100);
    });
    history.repeat_in_doubt(&second.client);
    history.check(&url, &["acknowledged=600", "in-doubt=1", "repeated=100"]).expect_exact();
    cluster().existing(url).check_invariants();
}

#[test]
fn what_one_replica_sold_another_shows_stores_and_gives_back() {
    let data = tempfile::tempdir().unwrap();
    let first = DevServer::start(data.path());
    let second = Replica::start(data.path(), &first.storage, &database_url(&first));
    let organizer = first.client.with_token(&first.organizer_token);
    organizer.patch(&format!("/api/events/{EVENT}"), &serde_json::json!({"capacity": 1})).expect(200);
    let history = History::new(EVENT);
    eventually("the second server knows of the change", || {
        second.client.get(&format!("/api/events/{EVENT}")).expect(200).json()["available"] == 1
    });

    let body = br#"{"event":"gardenia-2025","attendees":[{"name":"Ada","email":"ada@example.com"}]}"#;
    let ada = Registration::of(&first.client.send("POST", "/api/register", &[], Some(body)).expect(201));
    assert_eq!(history.register(&second.client, "eve"), 409);
    let state = |client: &crate::support::Client| client.get(&ada.status_path()).expect(200).json();
    assert_eq!(state(&second.client)["tickets"][0]["name"], "Ada");
    eventually("the file is stored", || state(&second.client)["documents"][0]["status"] == "stored");
    second.client.get(&ada.pdf_path()).expect(302);

    let cancel = format!("/api/registrations/{}/cancel", ada.id);
    first.client.with_token(&first.organizer_token).send("POST", &cancel, &[], None).expect(200);
    eventually("the second server sells the seat again", || history.register(&second.client, "eve") == 201);
    assert_eq!(history.register(&first.client, "mallory"), 409);
}
