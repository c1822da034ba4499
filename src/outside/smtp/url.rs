//! The URL of a mail server: `smtp://user:password@host:587?tls=required`.

use std::{fmt, net::IpAddr, str::FromStr};

use url::{Host, Url};

/// Encryption of the connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// For a server on this machine only.
    None,
    /// STARTTLS, required.
    Start,
    /// From the first byte.
    Implicit,
}

/// Address, encryption and credentials of a mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// User and password.
    pub credentials: Option<(String, String)>,
}

/// A URL that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlFault {
    #[error("is no URL such as smtp://user:password@host:587?tls=required")]
    Form,
    #[error("must have tls=required, or tls=none for a server on this machine; {0} is unknown")]
    Tls(String),
    #[error("sends in plain text (tls=none), which is allowed to a server on this machine only")]
    PlainText,
    #[error("has a user without a password")]
    NoPassword,
}

impl FromStr for SmtpUrl {
    type Err = SmtpUrlFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| SmtpUrlFault::Form)?;
        let (default_port, encrypted) = match url.scheme() {
            "smtp" => (587, Tls::Start),
            "smtps" => (465, Tls::Implicit),
            _ => return Err(SmtpUrlFault::Form),
        };
        // Addresses of other schemes than http are not parsed by the library.
        let host = url.host().map(|host| host.to_string()).filter(|host| !host.is_empty()).ok_or(SmtpUrlFault::Form)?;
        let host = Host::parse(&host).map_err(|_| SmtpUrlFault::Form)?;
        let mut tls = encrypted;
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), value.as_ref()) {
                ("tls", "required") => {}
                ("tls", "none") => tls = Tls::None,
                (name, value) => return Err(SmtpUrlFault::Tls(format!("{name}={value}"))),
            }
        }
        let is_loopback = match &host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        if tls == Tls::None && !is_loopback {
            return Err(SmtpUrlFault::PlainText);
        }
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (_, None) => return Err(SmtpUrlFault::NoPassword),
            (user, Some(password)) => Some((decode(user)?, decode(password)?)),
        };
        let host = match host {
            Host::Domain(name) => name,
            Host::Ipv4(address) => IpAddr::V4(address).to_string(),
            Host::Ipv6(address) => IpAddr::V6(address).to_string(),
        };
        Ok(Self { host, port: url.port().unwrap_or(default_port), tls, credentials })
    }
}

fn decode(text: &str) -> Result<String, SmtpUrlFault> {
    // The library encodes what has to be encoded in a URL; a form decoder would change a plus sign.
    let text = text.replace('+', "%2B");
    let pair = form_urlencoded::parse(text.as_bytes()).next();
    pair.map(|(name, _)| name.into_owned()).ok_or(SmtpUrlFault::Form)
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpUrl({self})")
    }
}

/// Without the credentials.
impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls == Tls::Implicit { "smtps" } else { "smtp" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_server_encryption_and_credentials() {
        let url: SmtpUrl = "smtp://user%40example.com:p+%2Fss@mail.example.com?tls=required".parse().unwrap();
        assert_eq!((url.host.as_str(), url.port, url.tls), ("mail.example.com", 587, Tls::Start));
        assert_eq!(url.credentials, Some(("user@example.com".into(), "p+/ss".into())));
        assert_eq!(format!("{url:?}"), "SmtpUrl(smtp://mail.example.com:587)");
        let url: SmtpUrl = "smtps://mail.example.com".parse().unwrap();
        assert_eq!((url.port, url.tls), (465, Tls::Implicit));
        for local in ["smtp://127.0.0.1:2525?tls=none", "smtp://localhost:25?tls=none", "smtp://[::1]:25?tls=none"] {
            assert_eq!(local.parse::<SmtpUrl>().unwrap().tls, Tls::None, "{local}");
        }
    }

    #[test]
    fn urls_without_encryption_are_for_this_machine_only() {
        for (text, fault) in [
            ("smtp://mail.example.com?tls=none", SmtpUrlFault::PlainText),
            ("smtp://10.0.0.1?tls=none", SmtpUrlFault::PlainText),
            ("smtp://mail.example.com?tls=maybe", SmtpUrlFault::Tls("tls=maybe".into())),
            ("smtp://user@mail.example.com", SmtpUrlFault::NoPassword),
            ("http://mail.example.com", SmtpUrlFault::Form),
            ("mail.example.com:25", SmtpUrlFault::Form),
            ("smtp://", SmtpUrlFault::Form),
        ] {
            assert_eq!(text.parse::<SmtpUrl>(), Err(fault), "{text}");
        }
    }
}
