//! Rights: every documented route with every role, with a member of another organizer, and with nobody. The table is read
//! from the OpenAPI document, so that a new route cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use onsale::domain::{Role, Scope};
use serde_json::{Value, json};

use super::{Browser, UNLIMITED, account, organizer};
use crate::support::Server;

/// A documented route.
struct Route {
    method: String,
    path: String,
    /// The scope that it needs; `None`: any member.
    scope: Option<Scope>,
}

/// Routes that need no organizer: public ones, and those of the own account.
const WITHOUT_ORGANIZER: [&str; 41] = [
    "DELETE /api/me",
    "DELETE /api/me/second-factor",
    "DELETE /api/sessions/{id}",
    "GET /api/events/{event}/availability",
    "GET /api/layout.schema.json",
    "GET /api/layouts",
    "GET /api/layouts/{name}",
    "GET /api/me",
    "GET /api/me/export",
    "GET /api/me/registrations",
    "GET /api/organizers",
    "GET /api/sessions",
    "GET /events/{event}.ics",
    "GET /healthz",
    "GET /readyz",
    "GET /registrations/{registrationId}.ics",
    "GET /unsubscribe/{messageId}",
    "PATCH /api/me",
    "POST /api/accounts",
    "POST /api/accounts/verify",
    "POST /api/invitations/{token}",
    "POST /api/mail/events/mailgun",
    "POST /api/mail/events/postmark",
    "POST /api/mail/events/ses",
    "POST /api/me/second-factor",
    "POST /api/organizers",
    "POST /api/password-resets",
    "POST /api/register",
    "POST /api/sessions",
    "POST /api/ticket-links",
    "POST /unsubscribe/{messageId}",
    "PUT /api/me/password",
    "PUT /api/password-resets/{token}",
    // For holders as well as organizers: see `holders_and_organizers_see_a_registration`.
    "GET /api/register/{registrationId}",
    "GET /api/register/{registrationId}/pdf",
    "GET /api/registrations/{registrationId}/confirmation.pdf",
    "GET /api/tickets/{ticketId}/pdf",
    "GET /api/tickets/{ticketId}/qr-code",
    "POST /api/tickets/{ticketId}/qr-code",
    // For everybody, and more for members: see below.
    "GET /api/events",
    "GET /api/events/{event}/keys",
];

/// Returns the routes of the document that need an organizer, and the names of the others.
fn routes(server: &Server) -> (Vec<Route>, BTreeSet<String>) {
    let document = server.client.get("/api/openapi.json").expect(200).json();
    let (mut own, mut others) = (Vec::new(), BTreeSet::new());
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method = method.to_uppercase();
            let name = format!("{method} {path}");
            let needs = operation["security"].as_array().into_iter().flatten().find_map(|way| way.get("organizer"));
            match needs {
                Some(scopes) if !WITHOUT_ORGANIZER.contains(&name.as_str()) => {
                    let scope =
                        scopes.as_array().unwrap().first().map(|scope| scope.as_str().unwrap().parse().unwrap());
                    own.push(Route { method, path: path.clone(), scope });
                }
                _ => drop(others.insert(name)),
            }
        }
    }
    (own, others)
}

/// A body that is valid where the rights are checked.
fn body(name: &str) -> Value {
    match name {
        "POST /api/events" => json!({"slug": "new", "code": "NEW", "title": "New",
            "startsAt": "2027-01-01T18:00:00Z", "endsAt": "2027-01-01T23:00:00Z", "timezone": "UTC",
            "venue": {"name": "Hall"}, "ticketTypes": []}),
        "POST /api/events/{event}/ticket-types" => {
            json!({"code": "vip", "name": "VIP", "price": {"amount": 0, "currency": "EUR"}})
        }
        "POST /api/events/{event}/announcements" => json!({"subject": "a", "body": "b", "dryRun": true}),
        "PUT /api/events/{event}/mail-templates/{kind}" | "PUT /api/mail-templates/{kind}" => {
            json!({"subject": "a", "blocks": [{"text": "b"}]})
        }
        "PATCH /api/registrations/{registrationId}" => json!({"tickets": []}),
        "POST /api/suppressions" => json!({"address": "a@example.com"}),
        "PATCH /api/organizers/{slug}" => json!({"name": "Gardenia"}),
        "PATCH /api/organizers/{slug}/members/{id}" => json!({"role": "viewer"}),
        "POST /api/organizers/{slug}/invitations" => json!({"email": "new@example.com", "role": "door"}),
        "POST /api/organizers/{slug}/tokens" => json!({"name": "x", "scopes": ["registrations:read"]}),
        "POST /api/invoices" => json!({"shopId": "s", "orderId": "o", "packageId": "p", "sequenceNumber": "1",
            "number": "1", "issuedOn": "2026-01-01", "currency": "EUR", "language": "en",
            "seller": {"name": "S"}, "buyer": {"name": "B"},
            "lines": [{"description": "d", "quantity": 1, "unitAmount": 100, "taxBasisPoints": 0}]}),
        _ => json!({}),
    }
}

struct House {
    server: Server,
    /// Values of the parameters of paths.
    values: BTreeMap<&'static str, String>,
    slug: String,
    people: Vec<(Role, Browser)>,
    stranger: Browser,
}

/// An organizer with an event, a registration, a job and a message; a member of each role; and another organizer's owner.
fn house() -> House {
    let server = Server::with(&UNLIMITED);
    let owner = account(&server, "owner@example.com", "The owner");
    let slug = organizer(&owner, "Gardenia");
    let key = server.database.number("SELECT organizer_key::bigint FROM organizers WHERE name = 'Gardenia'");
    let mut people = vec![(Role::Owner, owner)];
    for role in &Role::ALL[1..] {
        let person = account(&server, &format!("{}@example.com", role.name()), role.name());
        server.database.execute(&format!(
            "INSERT INTO members SELECT {key}, account_key, '{0}' FROM accounts WHERE address = '{0}@example.com'",
            role.name()
        ));
        people.push((*role, person));
    }
    let stranger = account(&server, "eve@example.com", "Eve");
    organizer(&stranger, "Others");
    let owner = &people[0].1;
    let event = json!({"slug": "gala", "code": "GALA", "title": "Gala", "status": "published",
        "startsAt": "2099-01-01T18:00:00Z", "endsAt": "2099-01-01T23:00:00Z", "timezone": "UTC",
        "venue": {"name": "Hall"},
        "ticketTypes": [{"code": "general", "name": "All", "price": {"amount": 0, "currency": "EUR"}}]});
    owner.post("/api/events", &event).expect(201);
    let register = json!({"event": "gala", "attendees": [{"name": "Ada", "email": "ada@example.com"}]});
    let key = [("idempotency-key", "a-key-of-the-test")];
    let registered =
        server.client.send("POST", "/api/register", &key, Some(register.to_string().as_bytes())).expect(201);
    let registered = registered.json()["data"].clone();
    let id = registered["registrationId"].as_str().unwrap().to_owned();
    let job = owner.post("/api/events/gala/regenerations", &json!({})).expect(202).json();
    let message = owner.post(&format!("/api/registrations/{id}/resend-confirmation"), &json!({})).expect(202).json();
    let values = BTreeMap::from([
        ("event", "gala".to_owned()),
        ("code", "general".to_owned()),
        ("kind", "confirmation".to_owned()),
        ("registrationId", id),
        ("ticketId", registered["tickets"][0]["ticketId"].as_str().unwrap().to_owned()),
        ("messageId", message["messageId"].as_str().unwrap().to_owned()),
        ("job", job["id"].as_str().or(job["jobId"].as_str()).unwrap().to_owned()),
        ("address", "nobody@example.com".to_owned()),
        ("slug", slug.clone()),
        ("id", uuid::Uuid::new_v4().to_string()),
    ]);
    House { server, values, slug, people, stranger }
}

impl House {
    fn fill(&self, path: &str) -> String {
        let mut filled = path.to_owned();
        for (name, value) in &self.values {
            let value = if *name == "id" && path.starts_with("/api/jobs") { &self.values["job"] } else { value };
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        // What belongs to nobody: rights come first.
        for other in ["shopId", "orderId", "packageId", "sequenceNumber"] {
            filled = filled.replace(&format!("{{{other}}}"), "x");
        }
        assert!(!filled.contains('{'), "{filled}");
        match path {
            "/api/storage/signed-url" => format!("{filled}?key=tickets/{}.pdf", self.values["registrationId"]),
            _ => filled,
        }
    }
}

#[test]
fn every_route_is_for_the_roles_that_have_its_scope() {
    let house = house();
    let (routes, others) = routes(&house.server);
    let listed: BTreeSet<_> = WITHOUT_ORGANIZER.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(others, listed, "a route without the rights of an organizer must be listed here");
    assert!(routes.len() > 50, "{}", routes.len());
    let mut wrong = Vec::new();
    let mut ask = |(role, person): &(Role, Browser), route: &Route| {
        let name = format!("{} {}", route.method, route.path);
        let body = body(&name).to_string();
        let body = (route.method != "GET").then_some(body.as_bytes());
        let answer = person.send(&route.method, &house.fill(&route.path), &[], body);
        let lacking = route.scope.filter(|scope| !role.scopes().contains(scope));
        let is_right = match lacking {
            Some(scope) => answer.status == 403 && answer.text().contains(scope.name()),
            None => ![401, 403].contains(&answer.status),
        };
        if !is_right {
            wrong.push(format!("{role:?} {name}: {} {}", answer.status, answer.text()));
        }
    };
    // First what is refused and what only reads: the rest changes things. Owners are the last to change.
    for person in &house.people {
        let harmless = |route: &&Route| {
            route.method == "GET" || route.scope.is_some_and(|scope| !person.0.scopes().contains(&scope))
        };
        routes.iter().filter(harmless).for_each(|route| ask(person, route));
    }
    for person in house.people.iter().rev() {
        let changing = |route: &&Route| {
            route.method != "GET" && route.scope.is_none_or(|scope| person.0.scopes().contains(&scope))
        };
        routes.iter().filter(changing).for_each(|route| ask(person, route));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(house.slug, "gardenia");
}

#[test]
fn strangers_find_nothing_that_belongs_to_others() {
    let house = house();
    let (routes, _) = routes(&house.server);
    // Routes without the name of anything: they are about the caller's own organizer.
    let own = |path: &str| !path.contains('{');
    let keyed = [
        "/api/mail-templates/{kind}",
        "/api/suppressions/{address}",
        "/api/invoices/{shopId}/{orderId}/{packageId}/{sequenceNumber}",
    ];
    let nobody = Browser::of(&house.server);
    let public = ["GET /api/events/{event}", "GET /api/events/{event}/keys"];
    let mut wrong = Vec::new();
    for route in &routes {
        let name = format!("{} {}", route.method, route.path);
        let path = house.fill(&route.path);
        let body = body(&name).to_string();
        let body = (route.method != "GET").then_some(body.as_bytes());
        let answer = house.stranger.send(&route.method, &path, &[], body);
        let is_hidden = match !own(&route.path) && !keyed.contains(&route.path.as_str()) {
            // A published event is for everybody.
            true => answer.status == if public.contains(&name.as_str()) { 200 } else { 404 },
            false => !answer.text().contains("GALA") && !answer.text().contains("ada@example.com"),
        };
        if !is_hidden {
            wrong.push(format!("a stranger: {name}: {} {}", answer.status, answer.text()));
        }
        let answer = nobody.send(&route.method, &path, &[], body);
        let expected: &[u16] = match name.as_str() {
            name if public.contains(&name) => &[200],
            // Holders may ask for this too: without their token it is not there.
            name if name.ends_with("/resend-confirmation") => &[401, 404],
            _ => &[401],
        };
        if !expected.contains(&answer.status) {
            wrong.push(format!("nobody: {name}: {} {}", answer.status, answer.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Nothing has changed.
    let (_, owner) = &house.people[0];
    let registration = owner.get(&format!("/api/register/{}", house.values["registrationId"])).expect(200).json();
    assert_eq!(
        registration["data"]["status"].as_str().or(registration["status"].as_str()),
        Some("confirmed"),
        "{registration}"
    );
    assert_eq!(owner.get("/api/events/gala").json()["title"], "Gala");
}

#[test]
fn holders_and_organizers_see_a_registration() {
    let house = house();
    let (id, ticket) = (&house.values["registrationId"], &house.values["ticketId"]);
    let paths = [
        format!("/api/register/{id}"),
        format!("/api/register/{id}/pdf"),
        format!("/api/registrations/{id}/confirmation.pdf"),
        format!("/api/tickets/{ticket}/pdf"),
        format!("/api/tickets/{ticket}/qr-code"),
    ];
    for path in &paths {
        for (role, person) in &house.people {
            let status = person.get(path).status;
            assert!([200, 302].contains(&status), "{role:?} {path}: {status}");
        }
        house.stranger.get(path).problem(404, "not_found");
        house.server.client.get(path).problem(404, "not_found");
    }
}
