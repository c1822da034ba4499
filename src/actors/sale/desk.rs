//! The way to the registrar: the queues in front of events, and the memory of what is sold out.

use std::time::Duration;

use super::{
    Registrar, SoldOut,
    ask::{Ask, Refusal},
    lines::{Joined, Lines, Start, send_away},
};
use crate::{
    actors::{Full, Inbox, Load},
    domain::EventKey,
};

/// The way to the registrar: the lines in front of events, and the actor that serves them.
#[derive(Clone)]
pub struct Desk {
    inbox: Inbox<Registrar>,
    lines: Lines,
    sold_out: SoldOut,
}

impl Desk {
    /// A desk before this registrar.
    pub fn new(inbox: Inbox<Registrar>, wait: Duration, sold_out: SoldOut) -> Self {
        let lines = Lines::new(inbox.load().capacity, wait);
        Self { inbox, lines, sold_out }
    }

    /// Whether nobody more may get in any line. Costs next to nothing: to be asked before anything else is done.
    pub fn is_full(&self) -> bool {
        let load = self.inbox.load();
        self.refused(load.capacity <= load.depth)
    }

    /// Whether some line is full, and `body` asks for that one. It is not parsed for this.
    pub fn is_full_for(&self, body: &[u8]) -> bool {
        self.refused(self.lines.is_crowded() && self.lines.are_full_for(body))
    }

    fn refused(&self, refused: bool) -> bool {
        if refused {
            self.inbox.count_refused();
        }
        refused
    }

    /// Gets in line, if there is room. The actor is only woken for the first in a line.
    pub fn offer(&self, ask: Ask) -> Result<(), Full<Ask>> {
        if self.sold_out.refuses(&ask) {
            ask.answer(Err(Refusal::SoldOut));
            return Ok(());
        }
        let ask = self.inbox.accept(ask)?;
        match self.lines.join(ask) {
            Joined::Waits => Ok(()),
            Joined::First(first, turn) => self.inbox.tell(Start { first, turn }).map_err(|Full(start)| {
                // Nobody will serve it: nothing was done for those who joined meanwhile either.
                send_away(start.turn.close());
                Full(start.first.message)
            }),
            Joined::Full(ask) => {
                self.refused(true);
                Err(Full(ask.message))
            }
            Joined::SentAway(ask) => {
                send_away([ask]);
                Ok(())
            }
        }
    }

    /// A seat of this event may have come back: nobody is refused from memory any more.
    pub fn seats_came_back(&self, event: EventKey) {
        self.sold_out.invalidate(event);
    }

    /// How full the lines are, all together.
    pub fn load(&self) -> Load {
        self.inbox.load()
    }

    /// Waits until everybody is answered, and accepts nobody more. `false` if that took longer than `limit`.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.inbox.drain(limit).await
    }
}
