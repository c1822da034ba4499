//! Notifications from the database, on a connection outside of the pool: seats that may be free again, and changed
//! events.

use std::{future::poll_fn, time::Duration};

use tokio_postgres::AsyncMessage;

use super::{Database, pool::Transport};
use crate::domain::EventKey;

/// Wait before the next attempt to connect.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A notification, or a change of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Seats of this event may be free again, or its codes were issued anew.
    Seats(EventKey),
    /// This event has changed.
    Changed(EventKey),
    /// The connection is lost: notifications are missed from now on.
    Deaf,
    /// The connection works: no notification is missed from now on.
    Listening,
}

impl Database {
    /// Calls `notify` for each notification, and reconnects forever.
    pub async fn listen_for_seats(&self, mut notify: impl FnMut(Word)) {
        loop {
            if let Err(error) = self.listen(&mut notify).await {
                tracing::debug!(error = super::error::with_causes(&error), "cannot listen to the database");
            }
            notify(Word::Deaf);
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    async fn listen(&self, notify: &mut impl FnMut(Word)) -> Result<(), tokio_postgres::Error> {
        let (client, mut transport) = self.connect_outside_pool().await?;
        let mut subscription = std::pin::pin!(client.batch_execute("LISTEN onsale_seats; LISTEN onsale_events"));
        let mut listening = false;
        loop {
            let message = tokio::select! {
                done = &mut subscription, if !listening => {
                    done?;
                    listening = true;
                    notify(Word::Listening);
                    continue;
                }
                message = next(&mut transport) => message,
            };
            match message {
                Some(Ok(AsyncMessage::Notification(message))) => {
                    if let Ok(event) = message.payload().parse().map(EventKey) {
                        notify(if message.channel() == "onsale_events" {
                            Word::Changed(event)
                        } else {
                            Word::Seats(event)
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
