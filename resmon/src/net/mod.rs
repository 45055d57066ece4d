//! The one I/O thread, and the sockets that listen on it.

mod listener;
mod thread;

pub(crate) use listener::Listener;
pub(crate) use thread::IoThread;
