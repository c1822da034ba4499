//! Word from the database that a seat may have come back, whoever gave it back, or that an event has changed: on a connection of its
//! own.

use std::{future::poll_fn, time::Duration};

use tokio_postgres::AsyncMessage;

use super::{Database, pool::Wire};
use crate::domain::EventKey;

/// Between two tries to reach a database that is away.
const RETRY: Duration = Duration::from_secs(1);

/// What is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A seat of this event may have come back.
    Seats(EventKey),
    /// This event has changed.
    Changed(EventKey),
    /// Nothing can be heard from now on; whatever is said is missed.
    Deaf,
    /// From now on everything is heard.
    Listening,
}

impl Database {
    /// Hears of seats that come back, for ever.
    pub async fn listen_for_seats(&self, mut hear: impl FnMut(Word)) {
        loop {
            if let Err(error) = self.listen(&mut hear).await {
                tracing::debug!(error = super::error::with_causes(&error), "not listening to the database");
            }
            hear(Word::Deaf);
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn listen(&self, hear: &mut impl FnMut(Word)) -> Result<(), tokio_postgres::Error> {
        let (client, mut wire) = self.connect_alone().await?;
        let mut asked = std::pin::pin!(client.batch_execute("LISTEN onsale_seats; LISTEN onsale_events"));
        let mut listening = false;
        loop {
            let message = tokio::select! {
                done = &mut asked, if !listening => {
                    done?;
                    listening = true;
                    hear(Word::Listening);
                    continue;
                }
                message = next(&mut wire) => message,
            };
            match message {
                Some(Ok(AsyncMessage::Notification(told))) => {
                    if let Ok(event) = told.payload().parse().map(EventKey) {
                        hear(if told.channel() == "onsale_events" { Word::Changed(event) } else { Word::Seats(event) });
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    }
}

async fn next(wire: &mut Wire) -> Option<Result<AsyncMessage, tokio_postgres::Error>> {
    poll_fn(|cx| match wire {
        Wire::Plain(connection) => connection.poll_message(cx),
        Wire::Tls(connection) => connection.poll_message(cx),
    })
    .await
}
