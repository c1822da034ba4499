//! Notifications from the database, on a connection outside of the pool: seats that may be free again, and changed
//! events.

use std::{future::poll_fn, time::Duration};

use tokio_postgres::AsyncMessage;

use super::{Database, pool::Transport};
use crate::domain::{AccountKey, EventKey};

/// Wait before the next attempt to connect.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A notification, or a change of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification {
    /// Seats of this event may be free again, or its codes were issued anew.
    SeatsReleased(EventKey),
    /// This event has changed.
    EventChanged(EventKey),
    /// Sessions, name or roles of this account have changed.
    AccountChanged(AccountKey),
    /// The connection is lost: notifications are missed from now on.
    Disconnected,
    /// The connection works: no notification is missed from now on.
    Connected,
}

impl Database {
    /// Calls `notify` for each notification, and reconnects forever.
    pub async fn listen_for_changes(&self, mut notify: impl FnMut(Notification)) {
        loop {
            if let Err(error) = self.listen(&mut notify).await {
                tracing::debug!(error = super::error::with_causes(&error), "cannot listen to the database");
            }
            notify(Notification::Disconnected);
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    async fn listen(&self, notify: &mut impl FnMut(Notification)) -> Result<(), tokio_postgres::Error> {
        let (client, mut transport) = self.connect_outside_pool().await?;
        let mut subscription =
            std::pin::pin!(client.batch_execute("LISTEN onsale_seats; LISTEN onsale_events; LISTEN onsale_accounts"));
        let mut listening = false;
        loop {
            let message = tokio::select! {
                done = &mut subscription, if !listening => {
                    done?;
                    listening = true;
                    notify(Notification::Connected);
                    continue;
                }
                message = next(&mut transport) => message,
            };
            match message {
                Some(Ok(AsyncMessage::Notification(message))) => {
                    if let Ok(key) = message.payload().parse() {
                        notify(match message.channel() {
                            "onsale_events" => Notification::EventChanged(EventKey(key)),
                            "onsale_accounts" => Notification::AccountChanged(AccountKey(key)),
                            _ => Notification::SeatsReleased(EventKey(key)),
                        });
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    }
}

async fn next(transport: &mut Transport) -> Option<Result<AsyncMessage, tokio_postgres::Error>> {
    poll_fn(|cx| match transport {
        Transport::Plain(connection) => connection.poll_message(cx),
        Transport::Tls(connection) => connection.poll_message(cx),
    })
    .await
}
