//! Mail: the server that takes messages, their sender, and the pace of the outbox.

use super::{
    Sources,
    key::{keys, number, text},
};
use crate::{
    actors::{OutboxSettings, Rates},
    mail::{Dkim, MailSender},
    outside::{SmtpSettings, SmtpUrl, TimeLimits},
};

keys! {
    SMTP_URL = text("mail.smtp_url", None,
        "Mail server: smtp://user:password@host:587?tls=required, or smtps://. Without it, messages wait.")
        .variables(&["SMTP_URL"]).secret();
    FROM = text("mail.from", None, "Sender of all messages: tickets@example.com, or Name <address>; needed with a mail server.")
        .variables(&["MAIL_FROM"]);
    REPLY_TO = text("mail.reply_to", None, "Address for answers; if not set, the sender's.").variables(&["MAIL_REPLY_TO"]);
    BOUNCE_ADDRESS = text("mail.bounce_address", None,
        "Address for reports of mail servers, such as bounces@example.com: each message gets bounces+ID@example.com, and what \
        arrives there goes to `onsale mail bounce`.").variables(&["MAIL_BOUNCE_ADDRESS"]);
    DKIM_SELECTOR = text("mail.dkim_selector", None,
        "Selector of the DKIM key; for several keys, their selectors in the same order, separated by commas.")
        .variables(&["MAIL_DKIM_SELECTOR"]);
    DKIM_KEY = text("mail.dkim_key", None,
        "Private DKIM key in PEM, RSA or Ed25519; several may follow one another. Without it, messages are not signed here.")
        .variables(&["MAIL_DKIM_KEY"]).secret();
    SES_TOPIC = text("mail.ses_topic", None,
        "ARN of the SNS topic of reports by Amazon SES, posted to /api/mail/events/ses.").variables(&["MAIL_SES_TOPIC"]);
    POSTMARK_PASSWORD = text("mail.postmark_password", None,
        "Password of the basic authentication of Postmark's reports, posted to /api/mail/events/postmark.")
        .variables(&["MAIL_POSTMARK_PASSWORD"]).secret();
    MAILGUN_KEY = text("mail.mailgun_key", None,
        "Mailgun's key for signatures of its reports, posted to /api/mail/events/mailgun.")
        .variables(&["MAIL_MAILGUN_KEY"]).secret();
    CONNECTIONS = number("mail.connections", 8, 1..=1000, "Largest number of simultaneous connections to the mail server.");
    IN_HAND = number("mail.in_hand", 256, 1..=10_000,
        "Messages that are composed and sent at once, some 60 KB each with a ticket; the rest waits in the database.");
    PER_SECOND = number("mail.per_second", 0, 0..=100_000, "Messages sent in a second at most, by each server; 0 is no limit.");
    PER_HOST_SECOND = number("mail.per_host_second", 0, 0..=100_000,
        "The same for the addresses of one host, such as example.com.");
    CONNECT_MS = number("mail.connect_ms", 10_000, 10..=600_000,
        "Milliseconds in which a connection to the mail server must be open, encrypted and greeted.");
    COMMAND_MS = number("mail.command_ms", 30_000, 10..=600_000, "Milliseconds in which the mail server must answer a command.");
    MESSAGE_MS = number("mail.message_ms", 120_000, 10..=600_000,
        "Milliseconds in which the mail server must accept a message; a message it accepts later arrives twice.");
    INTERVAL_MS = number("mail.interval_ms", 500, 10..=3_600_000, "Milliseconds between searches for messages that are due.");
    LEASE_SECONDS = number("mail.lease_seconds", 30, 3..=3600,
        "Seconds after which another server sends the messages of a server that was killed.");
    NOTICE_SECONDS = number("mail.notice_seconds", 60, 0..=86_400,
        "Seconds between a change of an event and the messages about it; further changes in this time join it.");
    MAX_COPIES = number("mail.max_copies", 10_000, 0..=1_000_000,
        "Copies of messages that wait in the database while storage is away; further ones are not kept.");
}

/// The mail server, and the sender of messages.
#[derive(Debug)]
pub struct MailConfig {
    /// `None`: messages wait.
    pub smtp: Option<(SmtpSettings, MailSender)>,
    pub outbox: OutboxSettings,
    pub reports: ReportConfig,
}

/// Proofs of providers' reports. `None`: the provider is not listened to.
#[derive(Debug)]
pub struct ReportConfig {
    pub ses_topic: Option<String>,
    pub postmark_password: Option<String>,
    pub mailgun_key: Option<String>,
}

/// Reads the settings of mail.
pub fn read(sources: &mut Sources) -> MailConfig {
    let limits = TimeLimits {
        connect: CONNECT_MS.millis(sources),
        command: COMMAND_MS.millis(sources),
        message: MESSAGE_MS.millis(sources),
    };
    let connections = CONNECTIONS.number(sources);
    let url = SMTP_URL.text(sources).and_then(|text| match text.parse::<SmtpUrl>() {
        Ok(url) => Some(url),
        Err(fault) => {
            SMTP_URL.fault(sources, fault.to_string());
            None
        }
    });
    let sender = read_sender(sources, url.is_some());
    let smtp = url.zip(sender).map(|(url, mut sender)| {
        let hello = sender.domain().to_owned();
        sender.has_metadata = url.host.ends_with(".postmarkapp.com");
        (SmtpSettings { url, hello, connections, limits }, sender)
    });
    let outbox = OutboxSettings {
        interval: INTERVAL_MS.millis(sources),
        in_hand: IN_HAND.number(sources),
        lease: LEASE_SECONDS.seconds(sources),
        notice_delay: NOTICE_SECONDS.seconds(sources),
        rates: Rates { total: PER_SECOND.number(sources), per_host: PER_HOST_SECOND.number(sources) },
        max_copies: MAX_COPIES.number::<u32>(sources).into(),
    };
    let reports = ReportConfig {
        ses_topic: SES_TOPIC.text(sources),
        postmark_password: POSTMARK_PASSWORD.text(sources),
        mailgun_key: MAILGUN_KEY.text(sources),
    };
    MailConfig { smtp, outbox, reports }
}

/// Reads the sender. `None` without one, which is a fault if there is a mail server.
fn read_sender(sources: &mut Sources, is_needed: bool) -> Option<MailSender> {
    let (reply_to, bounces) = (REPLY_TO.text(sources), BOUNCE_ADDRESS.text(sources));
    let (selector, pem) = (DKIM_SELECTOR.text(sources), DKIM_KEY.text(sources));
    let Some(from) = FROM.text(sources) else {
        if is_needed {
            FROM.fault(sources, "is needed with a mail server (MAIL_FROM)");
        }
        return None;
    };
    let mut sender = match MailSender::new(&from, reply_to.as_deref(), bounces.as_deref()) {
        Ok(sender) => sender,
        Err((index, _)) => {
            let key = [FROM, REPLY_TO, BOUNCE_ADDRESS][index];
            key.fault(sources, "is no e-mail address");
            return None;
        }
    };
    match (selector, pem) {
        (None, None) => {}
        (Some(selector), Some(pem)) => match Dkim::new(sender.domain(), &selector, &pem) {
            Ok(dkim) => sender.dkim = Some(dkim),
            Err(fault) => DKIM_KEY.fault(sources, fault.to_string()),
        },
        (Some(_), None) => DKIM_SELECTOR.fault(sources, "is set without mail.dkim_key (MAIL_DKIM_KEY)"),
        (None, Some(_)) => DKIM_KEY.fault(sources, "is set without mail.dkim_selector (MAIL_DKIM_SELECTOR)"),
    }
    Some(sender)
}
