//! The printer makes one document of all tickets, to be printed: pages go to storage while others are on the press.

use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::sync::mpsc;

use super::{
    Archiver, Leave, Throttle, WorkError,
    archiver::{PAGE, head},
};
use crate::{
    db::{Chunk, ChunkOutcome},
    domain::EventSetup,
    render::{CodeOf, Plans, Press, RenderError, TicketPage},
};

/// What it is handed on in.
const PIECE: usize = 1 << 20;

/// Pages to be printed, and the leave to.
struct Printing {
    pages: Vec<TicketPage>,
    leave: Leave,
}

impl Archiver {
    /// One document of all tickets, as a stream: memory does not grow with its pages, but for eight bytes each.
    pub(super) async fn pdf(
        &self,
        chunk: &Chunk,
        setup: &Arc<EventSetup>,
        key: &str,
        throttle: &Throttle,
    ) -> Result<(u64, ChunkOutcome), WorkError> {
        // What was counted when it was begun before is not counted again.
        let before = self.regenerator.database.job(chunk.job, None).await?.ok_or(WorkError::Lost)?.counts.done;
        let (hand, pages) = mpsc::channel::<Printing>(2);
        let (out, pieces) = mpsc::channel::<Option<io::Result<Bytes>>>(4);
        let (plans, own) = (self.regenerator.plans.clone(), setup.clone());
        // A thread of its own: what waits for storage must not keep one of the pool.
        let press = tokio::task::spawn_blocking(move || print(&plans, &own, pages, &out));
        // A document that ends without its last word is none.
        let pieces = Box::pin(stream::unfold(Some(pieces), async |pieces| {
            let mut pieces = pieces?;
            match pieces.recv().await {
                Some(Some(piece)) => Some((piece, Some(pieces))),
                Some(None) => None,
                None => Some((Err(io::Error::other("it was not printed to its end")), None)),
            }
        }));
        let feeding = async {
            let (mut count, mut counted, mut first) = (0, before, chunk.first);
            while first <= chunk.last {
                let last = chunk.last.min(first.saturating_add(PAGE - 1));
                let registrations = self.registrations(chunk, first, last).await?;
                let pages: Vec<_> = registrations.iter().flat_map(|r| TicketPage::all(setup, r)).collect();
                count += i64::try_from(pages.len()).unwrap_or(i64::MAX);
                let leave = throttle.enter().await;
                if !pages.is_empty() && hand.send(Printing { pages, leave }).await.is_err() {
                    break;
                }
                if count > counted && !self.regenerator.database.count_done(chunk, count - counted).await? {
                    return Err(WorkError::Lost);
                }
                (counted, first) = (counted.max(count), last.saturating_add(1));
            }
            drop(hand);
            Ok::<_, WorkError>(())
        };
        let head = head(chunk, setup, key, "application/pdf");
        let (fed, stored) = futures_util::future::join(feeding, self.store.put_stream(head, pieces)).await;
        let printed = press.await.map_err(|_| RenderError::Abandoned)?;
        match (fed, stored, printed) {
            (Err(error), ..) => Err(error),
            (Ok(()), Err(error), _) if error.cause.is_general() => Err(error.into()),
            (Ok(()), _, Err(error)) => Err(WorkError::Hopeless(error.to_string())),
            (Ok(()), Err(error), Ok(())) => Err(error.into()),
            (Ok(()), Ok((_, bytes)), Ok(())) => Ok((bytes, ChunkOutcome::default())),
        }
    }
}

/// Prints pages as they come, and says so when it is done.
fn print(
    plans: &Plans,
    setup: &EventSetup,
    mut pages: mpsc::Receiver<Printing>,
    out: &mpsc::Sender<Option<io::Result<Bytes>>>,
) -> Result<(), RenderError> {
    let plan = plans.of(setup).map_err(|error| RenderError::Plan(error.to_string()))?;
    let held = Rc::new(RefCell::new(None));
    let pieces = Pieces { out: out.clone(), filling: BytesMut::new(), held: held.clone() };
    let mut press = Press::begin(&plan, pieces)?;
    while let Some(Printing { pages, leave }) = pages.blocking_recv() {
        held.replace(Some(leave));
        for page in &pages {
            press.ticket(page, CodeOf::Signer(&setup.signer))?;
        }
        held.take();
    }
    let (mut written, _) = press.finish()?;
    written.flush()?;
    out.blocking_send(None).map_err(|_| RenderError::Output("nobody takes it any more".into()))
}

/// Hands on what is written, piece by piece.
struct Pieces {
    out: mpsc::Sender<Option<io::Result<Bytes>>>,
    filling: BytesMut,
    /// The leave to print, which goes back while storage is waited for.
    held: Rc<RefCell<Option<Leave>>>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.filling.extend_from_slice(bytes);
        if self.filling.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.filling.is_empty() {
            return Ok(());
        }
        let piece = Some(Ok(self.filling.split().freeze()));
        let sent = match self.out.try_reserve() {
            Ok(room) => {
                room.send(piece);
                true
            }
            Err(_) => {
                self.held.take();
                self.out.blocking_send(piece).is_ok()
            }
        };
        if sent { Ok(()) } else { Err(io::Error::other("nobody takes it any more")) }
    }
}
