//! The outbox, on the runtime of I/O and with connections of its own: a sale never waits for it.

use anyhow::Context;

use super::Shared;
use crate::{
    actors::{Mailing, Outbox, OutboxTools},
    config::Config,
    outside::{Smtp, SnsTopic},
    work::mail_events::Providers,
};

/// Prepares to receive reports of mail providers.
pub fn providers(config: &Config) -> anyhow::Result<Providers> {
    let reports = &config.mail.reports;
    let ses = reports.ses_topic.clone().map(SnsTopic::new).transpose();
    Ok(Providers {
        ses: ses.context("reading the root certificates for SNS")?,
        postmark: reports.postmark_password.clone(),
        mailgun: reports.mailgun_key.clone(),
    })
}

/// Starts the outbox.
pub fn start(config: &Config, shared: &Shared) -> anyhow::Result<Outbox> {
    let database = shared.databases.messages.clone();
    let tools = OutboxTools {
        catalog: shared.catalog.on(database.clone()),
        database,
        surge: shared.surge.clone(),
        pool: shared.pool.clone(),
        plans: shared.plans.clone(),
        store: shared.storage.store.clone(),
        base_url: config.http.public_base_url.clone(),
    };
    let mailing = match &config.mail.smtp {
        Some((settings, sender)) => {
            let smtp = Smtp::new(settings.clone()).context("reading the root certificates for the mail server")?;
            Some(Mailing { smtp, sender: sender.clone() })
        }
        None => {
            tracing::warn!("there is no mail server (SMTP_URL): messages wait in the database");
            None
        }
    };
    Ok(Outbox::start(tools, mailing, config.mail.outbox.clone()))
}
