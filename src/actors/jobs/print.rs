//! One PDF of all tickets, for printing: written to storage as a stream while further pages are rendered.

use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::sync::mpsc;

use super::{
    WorkError,
    archive::{Archive, PAGE},
};
use crate::{
    actors::BulkPermit,
    db::ChunkOutcome,
    domain::EventSetup,
    render::{CodeSource, PlanCache, RenderError, TicketPdfWriter, TicketValues},
};

/// Bytes handed to storage at once.
const PIECE: usize = 1 << 20;
const NO_RECEIVER: &str = "the upload ended early";
const INTERRUPTED: &str = "the document was not written to its end";

/// Pages to render, with the permit for bulk work.
struct Batch {
    pages: Vec<TicketValues>,
    permit: BulkPermit,
}

impl Archive<'_> {
    /// Makes one PDF of all tickets, as a stream: memory grows by eight bytes a page only.
    pub(super) async fn pdf(&self) -> Result<(u64, ChunkOutcome), WorkError> {
        let (batches, pages) = mpsc::channel::<Batch>(2);
        let (out, pieces) = mpsc::channel::<Option<io::Result<Bytes>>>(4);
        let (plans, own) = (self.tools.plans.clone(), self.setup.clone());
        // A thread of its own: waiting for storage must not block a thread of the pool.
        let press = tokio::task::spawn_blocking(move || print(&plans, &own, pages, &out));
        // `Some(None)` marks the end; a stream that ends without it is an error.
        let pieces = Box::pin(stream::unfold(Some(pieces), async |pieces| {
            let mut pieces = pieces?;
            match pieces.recv().await {
                Some(Some(piece)) => Some((piece, Some(pieces))),
                Some(None) => None,
                None => Some((Err(io::Error::other(INTERRUPTED)), None)),
            }
        }));
        let put = self.tools.store.put_stream(self.head("application/pdf"), pieces);
        let (fed, stored) = futures_util::future::join(self.feed(batches), put).await;
        let printed = press.await.map_err(|_| RenderError::Abandoned)?;
        match (fed, stored, printed) {
            (Err(error), ..) => Err(error),
            (Ok(()), Err(error), _) if error.cause.is_general() => Err(error.into()),
            (Ok(()), _, Err(error)) => Err(WorkError::Permanent(error.to_string())),
            (Ok(()), Err(error), Ok(())) => Err(error.into()),
            (Ok(()), Ok((_, bytes)), Ok(())) => Ok((bytes, ChunkOutcome::default())),
        }
    }

    /// Reads registrations in order, hands their pages on, and counts them.
    async fn feed(&self, batches: mpsc::Sender<Batch>) -> Result<(), WorkError> {
        let (database, chunk) = (&self.tools.database, self.chunk);
        // Tickets that an interrupted attempt counted are not counted again.
        let mut counted = database.job(chunk.job, None).await?.ok_or(WorkError::Lost)?.counts.done;
        let (mut count, mut first) = (0, chunk.first);
        while first <= chunk.last {
            let last = chunk.last.min(first.saturating_add(PAGE - 1));
            let registrations = self.registrations(first, last).await?;
            let pages: Vec<_> = registrations.iter().flat_map(|r| TicketValues::all(&self.setup, r)).collect();
            count += i64::try_from(pages.len()).unwrap_or(i64::MAX);
            let permit = self.tools.throttle.acquire().await;
            if !pages.is_empty() && batches.send(Batch { pages, permit }).await.is_err() {
                break;
            }
            if count > counted && !database.add_progress(chunk, count - counted).await? {
                return Err(WorkError::Lost);
            }
            (counted, first) = (counted.max(count), last.saturating_add(1));
        }
        Ok(())
    }
}

/// Renders pages as they come, and marks the end.
fn print(
    plans: &PlanCache,
    setup: &EventSetup,
    mut pages: mpsc::Receiver<Batch>,
    out: &mpsc::Sender<Option<io::Result<Bytes>>>,
) -> Result<(), RenderError> {
    let plan = plans.get_or_compile(setup).map_err(|error| RenderError::Plan(error.to_string()))?;
    let held = Rc::new(RefCell::new(None));
    let pieces = Pieces { out: out.clone(), filling: BytesMut::new(), held: held.clone() };
    let mut press = TicketPdfWriter::begin(&plan, pieces)?;
    while let Some(Batch { pages, permit }) = pages.blocking_recv() {
        held.replace(Some(permit));
        for page in &pages {
            press.ticket(page, CodeSource::Signer(&setup.signer))?;
        }
        held.take();
    }
    let (mut written, _) = press.finish()?;
    written.flush()?;
    out.blocking_send(None).map_err(|_| RenderError::Output(NO_RECEIVER.into()))
}

/// A writer that hands its bytes on in pieces.
struct Pieces {
    out: mpsc::Sender<Option<io::Result<Bytes>>>,
    filling: BytesMut,
    /// The permit for bulk work, given back while storage is waited for.
    held: Rc<RefCell<Option<BulkPermit>>>,
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
        if sent { Ok(()) } else { Err(io::Error::other(NO_RECEIVER)) }
    }
}
