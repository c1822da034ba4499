//! People: accounts, teams, rights, pages for attendees, and what attackers try.

mod accounts;
mod attacks;
mod erasing;
mod front;
mod pages;
mod rights;
mod teams;

use std::cell::RefCell;

use base64::{Engine, engine::general_purpose::STANDARD};
use onsale::domain::{PersonRequest, Secret};
use serde_json::{Value, json};

use crate::support::{Answer, Client, SECRET, Server};

/// Origin of the pages of test servers.
const ORIGIN: &str = "http://tickets.example";
const PASSWORD: &str = "Blue-Heron7";

/// A browser: keeps cookies, and says that this site's pages send its requests.
struct Browser {
    client: Client,
    cookies: RefCell<Vec<(String, String)>>,
}

impl Browser {
    fn of(server: &Server) -> Self {
        Self { client: server.client.clone(), cookies: RefCell::default() }
    }

    fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().retain(|(known, _)| known != name);
        self.cookies.borrow_mut().push((name.to_owned(), value.to_owned()));
    }

    /// Sends a request with the cookies, and keeps those of the answer.
    #[track_caller]
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let cookies: Vec<_> = self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut all = vec![("cookie", cookies.as_str())];
        all.extend_from_slice(headers);
        if !headers.iter().any(|(name, _)| *name == "origin") {
            all.push(("origin", ORIGIN));
        }
        let answer = self.client.send(method, path, &all, body);
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            match value {
                "" => self.cookies.borrow_mut().retain(|(known, _)| known != name),
                value => self.set_cookie(name, value),
            }
        }
        answer
    }

    #[track_caller]
    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    #[track_caller]
    fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(method, path, &[], Some(body.to_string().as_bytes()))
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, body)
    }

    #[track_caller]
    fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.post("/api/sessions", &json!({"email": email, "password": password}))
    }

    /// Opens a page as a person does.
    #[track_caller]
    fn page(&self, path: &str) -> Answer {
        self.send("GET", path, &[("accept", "text/html")], None)
    }

    /// Opens a page, and sends its form to `action` with these fields.
    #[track_caller]
    fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let token = form_token(&self.page(page).text());
        let all: Vec<_> = [("form_token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.send_form(action, &all, &[])
    }

    #[track_caller]
    fn send_form(&self, action: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let escape = |text: &str| {
            text.bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                    byte => format!("%{byte:02X}"),
                })
                .collect::<String>()
        };
        let body: Vec<_> = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        let own = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
        let headers: Vec<_> = own.into_iter().chain(headers.iter().copied()).collect();
        self.send("POST", action, &headers, Some(body.join("&").as_bytes()))
    }
}

/// Returns the token of the forms of a page.
#[track_caller]
fn form_token(html: &str) -> String {
    let (_, rest) = html.split_once("name=\"form_token\" value=\"").unwrap_or_else(|| panic!("{html}"));
    rest.split('"').next().unwrap().to_owned()
}

fn secret() -> Secret {
    Secret::new(&STANDARD.decode(SECRET).unwrap()).unwrap()
}

/// Returns token and code of the newest request of an address, as its message has them.
#[track_caller]
fn message_to(server: &Server, address: &str, purpose: PersonRequest) -> (String, String) {
    let sql = format!(
        "SELECT request_id FROM person_requests WHERE address = '{address}' AND purpose = '{}' ORDER BY created_at DESC",
        purpose.name()
    );
    let id = server.database.session().first_column(&sql).into_iter().next().expect("a request").parse().unwrap();
    (secret().request_token(purpose, id).reveal().to_owned(), secret().request_code(purpose, id))
}

/// Returns the notices that an address was sent, the newest first.
fn notices_to(server: &Server, address: &str) -> Vec<String> {
    server.database.session().first_column(&format!(
        "SELECT detail->>'notice' FROM messages WHERE recipient = '{address}' AND kind = 13 /* account-notice */ ORDER BY created_at DESC"
    ))
}

/// Makes an account by signing up, and returns its browser.
#[track_caller]
fn account(server: &Server, email: &str, name: &str) -> Browser {
    let browser = Browser::of(server);
    let body = json!({"email": email, "password": PASSWORD, "name": name, "locale": "en"});
    browser.post("/api/accounts", &body).expect(202);
    let (token, _) = message_to(server, email, PersonRequest::SignUp);
    browser.post("/api/accounts/verify", &json!({"token": token})).expect(200);
    browser
}

/// Opens an organizer, and returns its slug.
#[track_caller]
fn organizer(owner: &Browser, name: &str) -> String {
    owner.post("/api/organizers", &json!({"name": name})).expect(201).json()["slug"].as_str().unwrap().to_owned()
}

/// Adds a member to a team by invitation.
#[track_caller]
fn member(server: &Server, owner: &Browser, slug: &str, email: &str, role: &str) -> Browser {
    let invitation = json!({"email": email, "role": role});
    owner.post(&format!("/api/organizers/{slug}/invitations"), &invitation).expect(201);
    let person = account(server, email, &format!("The {role}"));
    let (token, _) = message_to(server, email, PersonRequest::Invitation);
    person.post(&format!("/api/invitations/{token}"), &json!({})).expect(200);
    person
}

/// Settings without limits for a network: the tests come from one.
const UNLIMITED: [(&str, &str); 1] = [("accounts.tries_per_hour", "0")];
