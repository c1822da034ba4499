//! The browser of a person who signs in: a short name for the list of sessions, and its address.

use actix_web::{HttpRequest, http::header};

use super::cookies;
use crate::{http::server::Services, work::people::Browser};

/// Names in user agents, with those that people know; the first one that occurs counts. Most browsers name others too.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];
/// Characters of an unknown user agent that are kept.
const MAX_UNKNOWN: usize = 40;

/// Returns the browser that sent a request.
pub fn browser(request: &HttpRequest) -> Browser {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    Browser {
        device: device(agent),
        network: Services::of(request).client_address(request),
        mark: cookies::browser_mark(request),
    }
}

fn device(agent: &str) -> String {
    let find = |names: &[(&str, &str)]| {
        names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| (*name).to_owned())
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => agent.split(' ').next().unwrap_or_default().chars().take(MAX_UNKNOWN).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_as_people_know_it() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                 Safari/537.36 Edg/140.0",
                "Edge, Windows",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", ""),
        ] {
            assert_eq!(device(agent), name);
        }
    }
}
