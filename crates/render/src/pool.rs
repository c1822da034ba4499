//! Thread pool for rendering: bounded queues, live work before bulk work. A panic fails only its own task.

use std::{
    any::Any,
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::oneshot;

/// Number of threads, and limits of queued tasks.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    pub threads: usize,
    pub live_queue: usize,
    pub bulk_queue: usize,
}

/// Priority of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// A client waits for the result.
    Live,
    /// Background work; runs when no live task is queued.
    Bulk,
}

/// Error of rendering one file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    #[error("rendering panicked: {0}")]
    Panicked(String),
    #[error("subsetting a font: {0}")]
    Font(String),
    #[error("compiling the layout: {0}")]
    Plan(String),
    #[error("none of its tickets is valid")]
    NoTickets,
    #[error("writing the file: {0}")]
    Output(String),
    #[error("rendering was aborted")]
    Abandoned,
    #[error("the render queue is full")]
    Full,
}

impl From<std::io::Error> for RenderError {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error.to_string())
    }
}

/// Numbers of queued and running tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    pub live: usize,
    pub bulk: usize,
    pub running: usize,
}

type Task = Box<dyn FnOnce() + Send>;

/// A pool of rendering threads. Cheap to clone.
#[derive(Clone)]
pub struct RenderPool(Arc<Inner>);

struct Inner {
    threads: rayon::ThreadPool,
    queues: Mutex<Queues>,
    running: AtomicUsize,
    settings: PoolSettings,
}

#[derive(Default)]
struct Queues {
    live: VecDeque<Task>,
    bulk: VecDeque<Task>,
}

impl Queues {
    fn pop(&mut self) -> Option<Task> {
        self.live.pop_front().or_else(|| self.bulk.pop_front())
    }
}

impl RenderPool {
    /// Starts the threads.
    pub fn new(settings: PoolSettings) -> Self {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(settings.threads)
            .thread_name(|index| format!("render-{index}"))
            .panic_handler(|panic| tracing::error!(panic = panic_text(&*panic), "a render thread panicked"))
            .build()
            .expect("the operating system can start threads");
        Self(Arc::new(Inner { threads, queues: Mutex::default(), running: AtomicUsize::new(0), settings }))
    }

    /// Returns the numbers of queued and running tasks.
    pub fn state(&self) -> PoolState {
        let queues = self.queues();
        PoolState { live: queues.live.len(), bulk: queues.bulk.len(), running: self.0.running.load(Ordering::Relaxed) }
    }

    /// Queues `work`. It is skipped if the receiver is dropped before it starts.
    pub fn submit<T, F>(
        &self,
        priority: Priority,
        work: F,
    ) -> Result<oneshot::Receiver<Result<T, RenderError>>, RenderError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, RenderError> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        let task: Task = Box::new(move || {
            if reply.is_closed() {
                return;
            }
            let outcome = catch_unwind(AssertUnwindSafe(work))
                .unwrap_or_else(|panic| Err(RenderError::Panicked(panic_text(&*panic))));
            // If the receiver was dropped meanwhile, the result is discarded.
            drop(reply.send(outcome));
        });
        self.push(priority, task)?;
        let inner = self.0.clone();
        // One spawn per task, but each spawn takes the most urgent task, so live work overtakes bulk work.
        self.0.threads.spawn(move || inner.run_one());
        Ok(result)
    }

    /// Queues `work` like [`Self::submit`] and waits for its result.
    pub async fn run<T, F>(&self, priority: Priority, work: F) -> Result<T, RenderError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, RenderError> + Send + 'static,
    {
        let result = self.submit(priority, work)?;
        result.await.unwrap_or(Err(RenderError::Abandoned))
    }

    fn push(&self, priority: Priority, task: Task) -> Result<(), RenderError> {
        let settings = &self.0.settings;
        let mut queues = self.queues();
        let (queue, limit) = match priority {
            Priority::Live => (&mut queues.live, settings.live_queue),
            Priority::Bulk => (&mut queues.bulk, settings.bulk_queue),
        };
        if queue.len() >= limit {
            return Err(RenderError::Full);
        }
        queue.push_back(task);
        Ok(())
    }

    fn queues(&self) -> std::sync::MutexGuard<'_, Queues> {
        self.0.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn run_one(&self) {
        let task = self.queues.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(task) = task {
            self.running.fetch_add(1, Ordering::Relaxed);
            task();
            self.running.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Returns the message of a panic.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn pool(live: usize, bulk: usize) -> RenderPool {
        RenderPool::new(PoolSettings { threads: 1, live_queue: live, bulk_queue: bulk })
    }

    /// Keeps the only thread busy until the sender is dropped.
    fn block(pool: &RenderPool) -> (mpsc::Sender<()>, oneshot::Receiver<Result<(), RenderError>>) {
        let (release, blocked) = mpsc::channel::<()>();
        let (started, is_started) = mpsc::channel();
        let result = pool
            .submit(Priority::Live, move || {
                started.send(()).unwrap();
                let _ = blocked.recv();
                Ok(())
            })
            .unwrap();
        is_started.recv().unwrap();
        (release, result)
    }

    #[test]
    fn a_full_queue_refuses_and_the_other_one_does_not() {
        let pool = pool(1, 1);
        let (release, _blocker) = block(&pool);
        let first = pool.submit(Priority::Live, || Ok(1)).unwrap();
        assert_eq!(pool.submit(Priority::Live, || Ok(2)).err(), Some(RenderError::Full));
        let bulk = pool.submit(Priority::Bulk, || Ok(3)).unwrap();
        assert_eq!(pool.state(), PoolState { live: 1, bulk: 1, running: 1 });
        drop(release);
        assert_eq!(first.blocking_recv().unwrap(), Ok(1));
        assert_eq!(bulk.blocking_recv().unwrap(), Ok(3));
    }

    #[test]
    fn live_work_overtakes_bulk_work() {
        let pool = pool(8, 8);
        let (release, _blocker) = block(&pool);
        let (order, seen) = mpsc::channel();
        let [bulk_order, live_order] = [order.clone(), order];
        let bulk = pool
            .submit(Priority::Bulk, move || {
                let _: () = bulk_order.send("bulk").unwrap();
                Ok(())
            })
            .unwrap();
        let live = pool
            .submit(Priority::Live, move || {
                let _: () = live_order.send("live").unwrap();
                Ok(())
            })
            .unwrap();
        drop(release);
        assert_eq!(seen.iter().collect::<Vec<_>>(), ["live", "bulk"]);
        assert!(bulk.blocking_recv().unwrap().is_ok() && live.blocking_recv().unwrap().is_ok());
    }

    #[test]
    fn a_panic_fails_only_its_own_task() {
        let pool = pool(8, 8);
        let panicked = pool.submit::<(), _>(Priority::Live, || panic!("poison")).unwrap();
        assert_eq!(panicked.blocking_recv().unwrap(), Err(RenderError::Panicked("poison".into())));
        assert_eq!(pool.submit(Priority::Live, || Ok(1)).unwrap().blocking_recv().unwrap(), Ok(1));
    }

    #[test]
    fn a_task_without_a_receiver_is_skipped() {
        let pool = pool(8, 8);
        let (release, _blocker) = block(&pool);
        let (ran, has_run) = mpsc::channel::<()>();
        drop(
            pool.submit(Priority::Live, move || {
                let _: () = ran.send(()).unwrap();
                Ok(())
            })
            .unwrap(),
        );
        let last = pool.submit(Priority::Live, || Ok(())).unwrap();
        drop(release);
        last.blocking_recv().unwrap().unwrap();
        assert!(has_run.recv().is_err(), "the sender was dropped without being used");
    }
}
