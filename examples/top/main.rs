//! Looks at a running program that serves resmon's page, in a terminal.
//!
//! ```text
//! cargo run --release --example quickstart -- --serve &
//! cargo run --release --example top -- 127.0.0.1:9090
//! ```
//!
//! `s` sorts by another column, `p` pauses, `q` ends. `--once` prints the screen as text after
//! a few samples and ends: for a log, or where there is no terminal. A token is read from the
//! variable that `--token-env` names.

mod feed;
mod options;
mod screen;
mod state;

use std::{
    io::IsTerminal,
    sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError},
    time::{Duration, Instant},
};

use anyhow::Context;
use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{self, Event, KeyCode, KeyEventKind},
    text::Span,
};

use crate::{feed::News, options::Options, state::State};

/// How long `--once` waits for the first samples.
const PATIENCE: Duration = Duration::from_secs(15);

fn main() -> anyhow::Result<()> {
    let Some(options) = Options::parse()? else { return Ok(()) };
    let news = feed::listen(&options.address, options.token.as_deref())?;
    let state = State::new(&options.address);
    if options.once || !std::io::stdout().is_terminal() {
        return once(state, &news);
    }
    let mut terminal = ratatui::try_init().context("cannot draw on this terminal")?;
    let ended = watch(&mut terminal, state, &news);
    ratatui::restore();
    ended
}

/// Draws until a key ends it.
fn watch(
    terminal: &mut ratatui::DefaultTerminal,
    mut state: State,
    news: &Receiver<News>,
) -> anyhow::Result<()> {
    let mut paused = false;
    loop {
        if !paused {
            terminal.draw(|frame| screen::draw(frame, &state))?;
        }
        if event::poll(Duration::from_millis(200))?
            && let Event::Key(key) = event::read()?
            && key.kind == KeyEventKind::Press
        {
            match key.code {
                KeyCode::Char('q') | KeyCode::Esc => return Ok(()),
                KeyCode::Char('s') => state.sort_by_the_next(),
                KeyCode::Char('p') => paused = !paused,
                _ => {}
            }
        }
        loop {
            match news.try_recv() {
                Ok(News::Failed(error)) => state.lost(&error),
                Ok(News::Told(event)) => state.take(event),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => anyhow::bail!("the reader has ended"),
            }
        }
    }
}

/// Prints the screen once there is something to see.
fn once(mut state: State, news: &Receiver<News>) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    while state.ticks() < 3 {
        match news.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(News::Told(event)) => state.take(event),
            Ok(News::Failed(error)) => anyhow::bail!(error),
            Err(RecvTimeoutError::Timeout) => anyhow::bail!("no sample in {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => anyhow::bail!("the reader has ended"),
        }
    }
    let mut terminal = Terminal::new(TestBackend::new(100, 30))?;
    terminal.draw(|frame| screen::draw(frame, &state))?;
    let buffer = terminal.backend().buffer();
    for row in buffer.content().chunks(usize::from(buffer.area.width)) {
        let mut line = String::new();
        let mut cells = row.iter();
        while let Some(cell) = cells.next() {
            line += cell.symbol();
            // A wide letter takes the cell behind it too.
            let covered = Span::raw(cell.symbol()).width().saturating_sub(1);
            cells.by_ref().take(covered).for_each(|_| ());
        }
        println!("{}", line.trim_end());
    }
    Ok(())
}
