//! A chart that moves, in the terminal.

use std::{
    io::{self, IsTerminal, Write},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::Monitor;
use crate::{Error, Figure};

/// Shows those figures in the terminal as they move, the last `window` of them, until Enter is
/// pressed: for someone without a browser. Without figures it shows CPU and memory.
///
/// It shows what the running monitor keeps or, where there is none, starts one that publishes
/// nothing. The program's work goes on in other threads.
///
/// # Errors
///
/// Where the standard output is no terminal, or no monitor can be started.
pub fn live(figures: &[&str], window: Duration) -> Result<(), Error> {
    let failed = || Error::task("show figures in the terminal");
    let mut out = io::stdout();
    if !out.is_terminal() {
        return Err(failed().because("the standard output is no terminal"));
    }
    let own;
    let handle = if let Some(handle) = Monitor::current() {
        handle
    } else {
        let kept = window.max(Duration::from_mins(1));
        own = Monitor::builder().private().history(kept).start()?;
        own.handle()
    };
    let (pressed, key) = mpsc::channel();
    // It ends with the program if nobody presses it.
    let wait = thread::Builder::new().name("resmon-key".to_owned()).spawn(move || {
        let _ = io::stdin().read_line(&mut String::new());
        let _ = pressed.send(());
    });
    wait.map_err(|cause| failed().because(cause))?;
    loop {
        let figures: Vec<Figure> = figures.iter().map(|name| Figure::from(*name)).collect();
        let kept = if figures.is_empty() { handle.overview() } else { handle.chart(figures) };
        let (columns, rows) = size();
        let text = kept.last(window).to_terminal(columns, rows.saturating_sub(2));
        // From the upper left, each line cleared to its end, and what is below it.
        let lines = text.replace('\n', "\x1b[K\r\n");
        write!(out, "\x1b[H{lines}Enter ends\x1b[K\x1b[J")
            .and_then(|()| out.flush())
            .map_err(|cause| failed().because(cause))?;
        match key.recv_timeout(Duration::from_secs(1)) {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            _ => return Ok(()),
        }
    }
}

/// Columns and rows of the terminal.
fn size() -> (usize, usize) {
    #[cfg(target_os = "linux")]
    if let Ok(size) = rustix::termios::tcgetwinsize(io::stdout())
        && size.ws_col > 0
    {
        return (size.ws_col.into(), size.ws_row.into());
    }
    (80, 24)
}
