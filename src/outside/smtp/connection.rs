//! One connection to the mail server.

use std::time::Duration;

use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Ehlo, Mail, Rcpt, Rset},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
        response::Response,
    },
};

use super::{
    SmtpSettings, TimeLimits, Tls,
    fault::{SendFault, Step},
};

/// A connection that was greeted and authenticated.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    /// True if the server reads several commands at once (RFC 2920).
    pipelining: bool,
    /// False after an error that leaves the connection in an unknown state.
    usable: bool,
    /// True once a message was sent.
    used: bool,
}

impl Connection {
    /// Connects, encrypts and authenticates as configured.
    pub async fn open(settings: &SmtpSettings, tls: Option<&TlsParameters>) -> Result<Self, SendFault> {
        let limit = settings.limits.connect;
        match tokio::time::timeout(limit, connect(settings, tls)).await {
            Ok(connected) => connected.map_err(|error| SendFault::of(Step::Connect, &error)),
            Err(_) => Err(SendFault::server(format!("the mail server did not answer within {limit:?}"))),
        }
    }

    /// Sends one message.
    pub async fn send(
        &mut self,
        from: Address,
        to: Address,
        message: &str,
        limits: TimeLimits,
    ) -> Result<String, SendFault> {
        let mut parameters = Vec::new();
        if !AsRef::<str>::as_ref(&to).is_ascii() || !AsRef::<str>::as_ref(&from).is_ascii() {
            if !self.smtp.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(SendFault::Unsupported);
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !message.is_ascii() {
            if !self.smtp.server_info().supports_feature(Extension::EightBitMime) {
                return Err(SendFault::Unsupported);
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let reused = std::mem::replace(&mut self.used, true);
        self.begin(&Mail::new(Some(from), parameters), &Rcpt::new(to, Vec::new()), limits.command, reused).await?;
        // The message and its end are written at once: a server that waits for more answers late.
        match self.answer(limits.message, Step::Message, async |smtp| smtp.command(ended(message)).await).await {
            Ok(response) => Ok(crate::mail::short_line(&format!(
                "{} {}",
                response.code(),
                response.message().collect::<Vec<_>>().join(" ")
            ))),
            Err(fault) => Err(fault),
        }
    }

    /// Names sender and recipient, until the server waits for the message.
    async fn begin(&mut self, mail: &Mail, rcpt: &Rcpt, limit: Duration, reused: bool) -> Result<(), SendFault> {
        let closed = |fault| match fault {
            // Servers close idle connections, some with a word.
            SendFault::Server { .. } if reused => SendFault::Closed,
            fault => fault,
        };
        if !self.pipelining {
            let sender = self.answer(limit, Step::Sender, async |smtp| smtp.command(mail).await).await;
            sender.map_err(closed)?;
            if let Err(fault) = self.answer(limit, Step::Recipient, async |smtp| smtp.command(rcpt).await).await {
                return self.reset(limit, fault).await;
            }
            return match self.answer(limit, Step::Recipient, async |smtp| smtp.command(Data).await).await {
                Ok(_) => Ok(()),
                Err(fault) => self.reset(limit, fault).await,
            };
        }
        let commands = format!("{mail}{rcpt}{Data}");
        let sender = self.answer(limit, Step::Sender, async |smtp| smtp.command(&commands).await).await;
        if !self.usable {
            return Err(closed(sender.err().unwrap_or(SendFault::Closed)));
        }
        let recipient = self.answer(limit, Step::Recipient, async |smtp| smtp.read_response().await).await;
        if !self.usable {
            return recipient.map(drop);
        }
        let data = self.answer(limit, Step::Recipient, async |smtp| smtp.read_response().await).await;
        match sender.and(recipient) {
            Ok(_) => match data {
                Ok(_) => Ok(()),
                Err(fault) => self.reset(limit, fault).await,
            },
            Err(fault) => {
                // A server that accepts DATA without a recipient gets an empty message, which it refuses.
                if data.is_ok() {
                    drop(self.answer(limit, Step::Recipient, async |smtp| smtp.command(".\r\n").await).await);
                }
                self.reset(limit, fault).await
            }
        }
    }

    /// Makes the connection ready for another message after a refusal.
    async fn reset<T>(&mut self, limit: Duration, fault: SendFault) -> Result<T, SendFault> {
        if self.usable {
            drop(self.answer(limit, Step::Sender, async |smtp| smtp.command(Rset).await).await);
        }
        Err(fault)
    }

    /// Waits for an answer. After anything else than an answer of the server, the connection is not used again.
    async fn answer(
        &mut self,
        limit: Duration,
        step: Step,
        command: impl AsyncFnOnce(&mut AsyncSmtpConnection) -> Result<Response, Error>,
    ) -> Result<Response, SendFault> {
        let answered = tokio::time::timeout(limit, command(&mut self.smtp)).await;
        match answered {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                let is_answer = error.status().is_some_and(|code| code.to_string() != "421");
                self.usable &= is_answer;
                Err(SendFault::of(step, &error))
            }
            Err(_) => {
                self.usable = false;
                let reply = format!("the mail server did not answer within {limit:?}");
                Err(match step {
                    Step::Message => SendFault::Unknown { reply },
                    Step::Connect | Step::Sender | Step::Recipient => SendFault::Server { reply },
                })
            }
        }
    }

    pub const fn is_usable(&self) -> bool {
        self.usable
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        // The server may have closed the connection already.
        drop(tokio::time::timeout(Duration::from_secs(1), self.smtp.quit()).await);
    }
}

async fn connect(settings: &SmtpSettings, tls: Option<&TlsParameters>) -> Result<Connection, Error> {
    let SmtpSettings { url, hello, .. } = settings;
    let hello = ClientId::Domain(hello.clone());
    let implicit = tls.filter(|_| url.tls == Tls::Implicit).cloned();
    let address = (url.host.as_str(), url.port);
    let mut smtp = AsyncSmtpConnection::connect_tokio1(address, None, &hello, implicit, None).await?;
    if let Some(tls) = tls.filter(|_| url.tls == Tls::Start) {
        smtp.starttls(tls.clone(), &hello).await?;
    }
    if let Some((user, password)) = &url.credentials {
        let credentials = Credentials::new(user.clone(), password.clone());
        smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
    }
    // The library does not keep this extension, so the server is asked again. Some accept one greeting only.
    let pipelining = match smtp.command(Ehlo::new(hello)).await {
        Ok(extensions) => extensions.message().any(|line| line.eq_ignore_ascii_case("PIPELINING")),
        Err(error) if error.status().is_some() => false,
        Err(error) => return Err(error),
    };
    Ok(Connection { smtp, pipelining, usable: true, used: false })
}

/// Returns a message with its end; a dot at the beginning of a line is doubled.
fn ended(message: &str) -> String {
    let mut out = String::with_capacity(message.len() + 64);
    for line in message.split_inclusive('\n') {
        if line.starts_with('.') {
            out.push('.');
        }
        out.push_str(line);
    }
    if !out.ends_with("\r\n") {
        out.push_str("\r\n");
    }
    out.push_str(".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_at_the_beginning_of_lines_are_doubled() {
        assert_eq!(ended("a\r\n.\r\n..b\r\nc"), "a\r\n..\r\n...b\r\nc\r\n.\r\n");
        assert_eq!(ended(""), "\r\n.\r\n");
    }
}
