//! The open connections of a listener, and which of them has to go when there are many.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Most connections at once; more wait in the kernel's queue.
const MAX: u32 = 64;
/// From here on a new connection takes the place of the one that has been silent longest, so
/// that sockets nobody uses cannot keep a scraper waiting.
const CROWDED: usize = 48;

/// The open connections of one listener.
#[derive(Debug)]
pub(super) struct Connections {
    permits: Arc<Semaphore>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    /// In the order of their last request, or of their arrival before the first.
    by_silence: Vec<Entry>,
    next: u64,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    /// Dropped with the entry, which tells the connection to close.
    stay: oneshot::Sender<()>,
}

/// A connection's place among the others; it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    connections: Arc<Connections>,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Connections {
    pub(super) fn new() -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(MAX as usize));
        Arc::new(Self { permits, open: Mutex::default() })
    }

    /// Waits until there may be one more.
    pub(super) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        // Never closed, so never an error.
        Arc::clone(&self.permits).acquire_owned().await.ok()
    }

    /// Takes a connection in. The receiver ends when it has to go.
    pub(super) fn enter(
        self: &Arc<Self>,
        permit: OwnedSemaphorePermit,
    ) -> (Place, oneshot::Receiver<()>) {
        let (stay, leave) = oneshot::channel();
        let mut open = self.open();
        if open.by_silence.len() >= CROWDED {
            open.close_the_most_silent(1);
        }
        let id = open.next;
        open.next += 1;
        open.by_silence.push(Entry { id, stay });
        drop(open);
        let permit = Mutex::new(Some(permit));
        (Place { id, connections: Arc::clone(self), permit }, leave)
    }

    /// Closes the more silent half: the process has no file descriptor for another, and
    /// there may be many waiting before the scraper.
    pub(super) fn make_room(&self) {
        let mut open = self.open();
        let half = open.by_silence.len().div_ceil(2);
        open.close_the_most_silent(half);
    }

    /// How many are open that do not look on.
    pub(super) fn silent(&self) -> usize {
        self.open().by_silence.len()
    }

    /// Waits until every connection is closed.
    pub(super) async fn none_left(&self) {
        let _ = self.permits.acquire_many(MAX).await;
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn close_the_most_silent(&mut self, count: usize) {
        self.by_silence.drain(..count.min(self.by_silence.len()));
    }
}

impl Place {
    /// Notes that the connection did something.
    pub(super) fn touch(&self) {
        let entries = &mut self.connections.open().by_silence;
        if let Some(place) = entries.iter().position(|entry| entry.id == self.id) {
            entries[place..].rotate_left(1);
        }
    }
}

impl Place {
    /// Notes that the connection is one that looks on from here: those have a number of their
    /// own, and take no place from who asks something. It closes when what is returned is
    /// dropped; None where it has to go already.
    pub(super) fn looks_on(&self) -> Option<oneshot::Sender<()>> {
        let mut open = self.connections.open();
        let place = open.by_silence.iter().position(|entry| entry.id == self.id);
        let entry = place.map(|place| open.by_silence.remove(place));
        drop(open);
        self.permit.lock().unwrap_or_else(PoisonError::into_inner).take();
        entry.map(|entry| entry.stay)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.by_silence.retain(|entry| entry.id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(connections: &Arc<Connections>) -> (Place, oneshot::Receiver<()>) {
        let permit = Arc::clone(&connections.permits).try_acquire_owned().unwrap();
        connections.enter(permit)
    }

    fn has_to_go(leave: &mut oneshot::Receiver<()>) -> bool {
        leave.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[test]
    fn the_one_silent_longest_makes_room() {
        let connections = Connections::new();
        let mut places: Vec<_> = (0..CROWDED).map(|_| enter(&connections)).collect();
        places[0].0.touch();
        assert!(places.iter_mut().all(|(_, leave)| !has_to_go(leave)));

        let _new = enter(&connections);
        assert!(!has_to_go(&mut places[0].1));
        assert!(has_to_go(&mut places[1].1));
        assert!(!has_to_go(&mut places[2].1));
    }

    #[test]
    fn who_leaves_gives_the_place_back() {
        let connections = Connections::new();
        let first = enter(&connections);
        let rest: Vec<_> = (1..CROWDED).map(|_| enter(&connections)).collect();
        drop(first);
        let mut second = rest.into_iter().next().unwrap();
        let _new = enter(&connections);
        assert!(!has_to_go(&mut second.1));
        assert_eq!(connections.open().by_silence.len(), 2);
        assert_eq!(connections.permits.available_permits(), MAX as usize - 2);
    }

    #[test]
    fn who_looks_on_takes_no_place_and_is_not_sent_away() {
        let connections = Connections::new();
        let mut viewer = enter(&connections);
        let stay = viewer.0.looks_on();
        assert_eq!(connections.permits.available_permits(), MAX as usize);
        let many: Vec<_> = (0..MAX).map(|_| enter(&connections)).collect();
        assert!(!has_to_go(&mut viewer.1));
        connections.make_room();
        assert!(!has_to_go(&mut viewer.1));
        drop((many, stay));
        assert!(has_to_go(&mut viewer.1));
    }

    #[test]
    fn without_file_descriptors_the_more_silent_half_goes() {
        let connections = Connections::new();
        connections.make_room();
        let mut places: Vec<_> = (0..5).map(|_| enter(&connections)).collect();
        places[0].0.touch();
        connections.make_room();
        let gone: Vec<_> = places.iter_mut().map(|(_, leave)| has_to_go(leave)).collect();
        assert_eq!(gone, [false, true, true, true, false]);
    }
}
