//! Batches one after the other, made ahead on a thread.

use std::any::Any;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::loader::{HostBatch, Loader};

/// The batches of a [`Loader`] from a step on; an error is the last item.
///
/// Dropping it ends the thread.
pub struct Batches {
    loader: Loader,
    next_step: u64,
    worker: Option<Worker>,
    ended: bool,
    waited: Duration,
}

struct Worker {
    ready: Receiver<Result<HostBatch, Error>>,
    spare: Sender<HostBatch>,
    thread: JoinHandle<()>,
}

impl Batches {
    pub(super) fn new(loader: Loader, next_step: u64) -> Self {
        Self {
            worker: (loader.config.prefetch > 0)
                .then(|| Worker::start(&loader, next_step))
                .flatten(),
            loader,
            next_step,
            ended: false,
            waited: Duration::ZERO,
        }
    }

    /// Returns the step of the batch that comes next.
    pub fn next_step(&self) -> u64 {
        self.next_step
    }

    /// Returns how long all calls to `next` together took: the time that training waited for data.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Gives a used batch back, so that the thread need not ask for memory.
    pub fn recycle(&self, batch: HostBatch) {
        if let Some(worker) = &self.worker {
            // A thread that has ended needs no memory.
            let _ = worker.spare.send(batch);
        }
    }

    fn make(&mut self) -> Result<HostBatch, Error> {
        let Some(worker) = &self.worker else {
            return self.loader.batch(self.next_step);
        };
        // The thread hangs up without a word only if it panicked.
        worker.ready.recv().unwrap_or_else(|_| {
            let panic = self.worker.take().and_then(Worker::stop);
            Err(Error::Worker(
                panic.unwrap_or_else(|| "it ended early".into()),
            ))
        })
    }
}

impl Iterator for Batches {
    type Item = Result<HostBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let start = Instant::now();
        let batch = self.make();
        self.waited += start.elapsed();
        self.next_step += 1;
        self.ended = batch.is_err();
        Some(batch)
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.stop();
        }
    }
}

impl Worker {
    /// Starts the thread; if the system has none to give, batches are made when they are asked for.
    fn start(loader: &Loader, first_step: u64) -> Option<Self> {
        let (ready_in, ready) = sync_channel(loader.config.prefetch);
        let (spare, spare_out) = channel();
        let loader = loader.clone();
        let work = move || make_all(&loader, first_step, &ready_in, &spare_out);
        let thread = std::thread::Builder::new().name("batches".into());
        Some(Self {
            thread: thread.spawn(work).ok()?,
            ready,
            spare,
        })
    }

    /// Hangs up, waits for the thread, and returns its panic message if it has one.
    fn stop(self) -> Option<String> {
        drop(self.ready);
        self.thread
            .join()
            .err()
            .map(|panic| message(panic.as_ref()))
    }
}

/// Makes batches until the other side hangs up or one fails.
fn make_all(
    loader: &Loader,
    first_step: u64,
    ready: &SyncSender<Result<HostBatch, Error>>,
    spare: &Receiver<HostBatch>,
) {
    for step in first_step.. {
        let mut batch = spare.try_recv().unwrap_or_default();
        let made = loader.fill(step, &mut batch).map(|()| batch);
        let failed = made.is_err();
        if ready.send(made).is_err() || failed {
            return;
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "without a message".to_owned())
}
