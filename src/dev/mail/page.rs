//! The page: a list of the newest messages, and each with its text, HTML, files and source.

use std::fs;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, Response, StatusCode, header};
use mail_parser::{Message, MessageParser, MimeHeaders};

use super::Mailbox;

type Answer = Response<Full<Bytes>>;

/// Messages in the list.
const LISTED: usize = 200;
const STYLE: &str = include_str!("page.css");

/// Answers a request. Only reads.
pub fn answer<B>(mailbox: &Mailbox, request: &Request<B>) -> Answer {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "GET only");
    }
    let path: Vec<_> = request.uri().path().trim_matches('/').split('/').collect();
    let found = match path[..] {
        [""] => Some(list(mailbox)),
        ["messages", name] => mailbox.read(name).and_then(|bytes| show(name, &bytes)),
        ["messages", name, "html"] => mailbox.read(name).and_then(|bytes| html(&bytes)),
        ["messages", name, "source"] => mailbox.read(name).map(|bytes| typed("text/plain; charset=utf-8", bytes)),
        ["messages", name, "files", index] => mailbox.read(name).and_then(|bytes| file(&bytes, index.parse().ok()?)),
        _ => None,
    };
    found.unwrap_or_else(|| plain(StatusCode::NOT_FOUND, "There is no such page."))
}

impl Mailbox {
    /// Returns the names of the newest messages, and the number of all.
    fn newest(&self) -> (Vec<String>, usize) {
        let entries = fs::read_dir(&*self.0).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter_map(|name| name.strip_suffix(".eml").map(str::to_owned)).collect();
        names.sort_unstable_by(|a, b| b.cmp(a));
        let all = names.len();
        names.truncate(LISTED);
        (names, all)
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        // A name has no slash: it came from one segment of a path.
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')) && !name.contains("..");
        is_name.then(|| fs::read(self.0.join(format!("{name}.eml"))).ok()).flatten()
    }
}

fn list(mailbox: &Mailbox) -> Answer {
    let (names, all) = mailbox.newest();
    let row = |name: &String| {
        let bytes = mailbox.read(name)?;
        let message = MessageParser::new().parse(&bytes)?;
        Some(format!(
            "<a href=\"/messages/{name}\"><b dir=\"auto\">{subject}</b><span dir=\"auto\">{to}</span><time>{at}</time></a>",
            subject = escape(message.subject().unwrap_or("(no subject)")),
            to = escape(&to(&message)),
            at = escape(
                &message.date().map(|date| date.to_rfc3339().replace('T', " ").replace('Z', "")).unwrap_or_default()
            ),
        ))
    };
    let rows: String = names.iter().filter_map(row).collect();
    let note = match (all, names.len()) {
        (0, _) => "Nothing was sent yet.".to_owned(),
        (all, shown) if shown < all => format!("{all} messages; the newest {shown}:"),
        (1, _) => "1 message".to_owned(),
        (all, _) => format!("{all} messages, the newest first"),
    };
    page("Mail", &format!("<h1>Mail</h1><p>{note}</p><nav>{rows}</nav>"))
}

fn show(name: &str, bytes: &[u8]) -> Option<Answer> {
    let message = MessageParser::new().parse(bytes)?;
    let head = |(label, value): (&str, &str)| {
        format!("<dt>{}</dt><dd dir=\"auto\">{}</dd>", escape(label), escape(value.trim()))
    };
    let heads: String = message.headers_raw().map(head).collect();
    let files: String = message
        .attachments()
        .enumerate()
        .map(|(index, part)| {
            let file = part.attachment_name().unwrap_or("file");
            format!("<li><a href=\"/messages/{name}/files/{index}\">{}</a>, {} bytes</li>", escape(file), part.len())
        })
        .collect();
    let text = message.body_text(0).unwrap_or_default();
    let subject = escape(message.subject().unwrap_or("(no subject)"));
    Some(page(
        &subject,
        &format!(
            "<p><a href=\"/\">← Mail</a></p><h1 dir=\"auto\">{subject}</h1><p dir=\"auto\">{to}</p>\
             <iframe sandbox title=\"The message as HTML\" src=\"/messages/{name}/html\"></iframe><ul>{files}</ul>\
             <details><summary>Text</summary><pre dir=\"auto\">{text}</pre></details>\
             <details><summary>Headers</summary><dl>{heads}</dl></details><p><a href=\"/messages/{name}/source\">Source</a></p>",
            to = escape(&to(&message)),
            text = escape(&text),
        ),
    ))
}

/// The HTML of a message. It cannot run scripts or load anything.
fn html(bytes: &[u8]) -> Option<Answer> {
    let message = MessageParser::new().parse(bytes)?;
    let html = message.body_html(0)?.into_owned();
    let mut answer = typed("text/html; charset=utf-8", html.into_bytes());
    let policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(policy));
    Some(answer)
}

fn file(bytes: &[u8], index: u32) -> Option<Answer> {
    let message = MessageParser::new().parse(bytes)?;
    let part = message.attachment(index)?;
    let kind = match part.attachment_name().and_then(|name| name.rsplit_once('.')) {
        Some((_, "pdf")) => "application/pdf",
        Some((_, "ics")) => "text/calendar; charset=utf-8",
        _ => "application/octet-stream",
    };
    Some(typed(kind, part.contents().to_vec()))
}

fn to(message: &Message<'_>) -> String {
    let addresses = message.to().map(|to| to.iter().collect::<Vec<_>>()).unwrap_or_default();
    let named = addresses.iter().map(|to| match (to.name(), to.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    });
    named.collect::<Vec<_>>().join(", ")
}

fn page(title: &str, body: &str) -> Answer {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <style>{STYLE}</style></head><body>{body}</body></html>"
    );
    typed("text/html; charset=utf-8", html.into_bytes())
}

fn typed(kind: &'static str, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    answer
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = typed("text/plain; charset=utf-8", text.as_bytes().to_vec());
    *answer.status_mut() = status;
    answer
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
