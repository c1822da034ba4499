//! One PDF of all tickets, for printing: streamed to storage while further pages are rendered.

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
    archive::{Archive, PAGE_SIZE},
};
use crate::{
    actors::BulkPermit,
    db::ChunkOutcome,
    domain::EventSetup,
    render::{CodeSource, PlanCache, RenderError, TicketPdfWriter, TicketValues},
};

/// Bytes sent to storage at once.
const PIECE_BYTES: usize = 1 << 20;
const NO_RECEIVER: &str = "the upload ended early";
const INTERRUPTED: &str = "the document is incomplete";

/// Pages to render, with the permit for bulk work.
struct PageBatch {
    pages: Vec<TicketValues>,
    permit: BulkPermit,
}

impl Archive<'_> {
    /// Makes one PDF of all tickets as a stream. Memory grows by eight bytes per page.
    pub(super) async fn pdf(&self) -> Result<(u64, ChunkOutcome), WorkError> {
        let (batches, pages) = mpsc::channel::<PageBatch>(2);
        let (out, pieces) = mpsc::channel::<Option<io::Result<Bytes>>>(4);
        let (plans, setup) = (self.tools.plans.clone(), self.setup.clone());
        // On its own thread: waiting for storage must not block a thread of the render pool.
        let printing = tokio::task::spawn_blocking(move || print(&plans, &setup, pages, &out));
        // `Some(None)` marks the end; a stream that ends without it is an error.
        let pieces = Box::pin(stream::unfold(Some(pieces), async |pieces| {
            let mut pieces = pieces?;
            match pieces.recv().await {
                Some(Some(piece)) => Some((piece, Some(pieces))),
                Some(None) => None,
                None => Some((Err(io::Error::other(INTERRUPTED)), None)),
            }
        }));
        let put = self.tools.store.put_stream(self.upload_header("application/pdf"), pieces);
        let (fed, stored) = futures_util::future::join(self.feed(batches), put).await;
        let printed = printing.await.map_err(|_| RenderError::Abandoned)?;
        match (fed, stored, printed) {
            (Err(error), ..) => Err(error),
            (Ok(()), Err(error), _) if error.cause.is_general() => Err(error.into()),
            (Ok(()), _, Err(error)) => Err(WorkError::Permanent(error.to_string())),
            (Ok(()), Err(error), Ok(())) => Err(error.into()),
            (Ok(()), Ok((_, bytes)), Ok(())) => Ok((bytes, ChunkOutcome::default())),
        }
    }

    /// Reads registrations in order, sends their pages to the renderer thread, and counts them.
    async fn feed(&self, batches: mpsc::Sender<PageBatch>) -> Result<(), WorkError> {
        let (database, chunk) = (&self.tools.database, self.chunk);
        // Tickets that an interrupted attempt counted are not counted again.
        let mut counted = database.job(chunk.job, None).await?.ok_or(WorkError::Lost)?.counts.done;
        let (mut count, mut first) = (0, chunk.first);
        while first <= chunk.last {
            let last = chunk.last.min(first.saturating_add(PAGE_SIZE - 1));
            let registrations = self.registrations(first, last).await?;
            let pages: Vec<_> = registrations.iter().flat_map(|r| TicketValues::all(&self.setup, r)).collect();
            count += i64::try_from(pages.len()).unwrap_or(i64::MAX);
            let permit = self.tools.throttle.acquire().await;
            if !pages.is_empty() && batches.send(PageBatch { pages, permit }).await.is_err() {
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

/// Renders pages in the order of arrival, and marks the end.
fn print(
    plans: &PlanCache,
    setup: &EventSetup,
    mut pages: mpsc::Receiver<PageBatch>,
    out: &mpsc::Sender<Option<io::Result<Bytes>>>,
) -> Result<(), RenderError> {
    let plan = plans.get_or_compile(setup).map_err(|error| RenderError::Plan(error.to_string()))?;
    let permit_in_use = Rc::new(RefCell::new(None));
    let pieces = Pieces { out: out.clone(), filling: BytesMut::new(), permit: permit_in_use.clone() };
    let mut writer = TicketPdfWriter::begin(&plan, pieces)?;
    while let Some(PageBatch { pages, permit }) = pages.blocking_recv() {
        permit_in_use.replace(Some(permit));
        for page in &pages {
            writer.ticket(page, CodeSource::Signer(&setup.signer))?;
        }
        permit_in_use.take();
    }
    let (mut written, _) = writer.finish()?;
    written.flush()?;
    out.blocking_send(None).map_err(|_| RenderError::Output(NO_RECEIVER.into()))
}

/// A writer that sends its bytes in pieces.
struct Pieces {
    out: mpsc::Sender<Option<io::Result<Bytes>>>,
    filling: BytesMut,
    /// Permit for bulk work, returned while the writer waits for storage.
    permit: Rc<RefCell<Option<BulkPermit>>>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.filling.extend_from_slice(bytes);
        if self.filling.len() >= PIECE_BYTES {
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
                self.permit.take();
                self.out.blocking_send(piece).is_ok()
            }
        };
        if sent { Ok(()) } else { Err(io::Error::other(NO_RECEIVER)) }
    }
}
