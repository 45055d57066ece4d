//! How it looks.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Style, Stylize},
    text::{Line, Span},
    widgets::{Block, Row, Sparkline, Table},
};

use crate::{
    feed::Function,
    state::{SORTS, State},
};

pub(crate) fn draw(frame: &mut Frame, state: &State) {
    let rows = [Constraint::Length(2), Constraint::Length(7), Constraint::Min(3)];
    let [head, charts, functions] = Layout::vertical(rows).areas(frame.area());
    header(frame, head, state);
    let [cpu, memory] = Layout::horizontal([Constraint::Fill(1); 2]).areas(charts);
    let now = state.now("process_cpu_utilization_ratio");
    chart(frame, cpu, &title("CPU use", now.map(percent)), &state.cpu, Some(1.0));
    let now = state.now("process_resident_memory_bytes");
    chart(frame, memory, &title("Memory", now.map(bytes)), &state.memory, None);
    table(frame, functions, state);
}

fn header(frame: &mut Frame, area: Rect, state: &State) {
    let who = state.about.as_ref().map_or_else(String::new, |about| about.program.clone());
    let where_ = state.about.as_ref();
    let where_ = where_.map(|about| format!("  pid {} on {}", about.pid, about.host));
    let state_of = match &state.trouble {
        None => Span::styled("  live", Style::new().fg(Color::Green)),
        Some(why) => Span::styled(format!("  {why}"), Style::new().fg(Color::Red)),
    };
    let first = Line::from(vec![who.bold(), where_.unwrap_or_default().dim(), state_of]);
    let figures = [
        ("threads", state.now("process_threads").map(count)),
        ("files", state.now("process_open_fds").map(count)),
        ("up", state.now("process_uptime_seconds").map(|seconds| format!("{seconds:.0} s"))),
        ("machine's CPU", state.now("system_cpu_utilization_ratio").map(percent)),
    ];
    let figures =
        figures.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?)));
    let keys = "   s: sort  p: pause  q: end".dim();
    let second = Line::from(vec![figures.collect::<Vec<_>>().join("  ").into(), keys]);
    frame.render_widget(ratatui::text::Text::from(vec![first, second]), area);
}

fn title(name: &str, value: Option<String>) -> String {
    format!(" {name} {} ", value.unwrap_or_else(|| "-".to_owned()))
}

/// The latest values that there is room for, from zero to `most` or to the greatest of them.
fn chart(frame: &mut Frame, area: Rect, title: &str, values: &[f64], most: Option<f64>) {
    const STEPS: f64 = 1_000.0;
    let block = Block::bordered().title(title);
    let width = usize::from(block.inner(area).width);
    let shown = &values[values.len().saturating_sub(width)..];
    let greatest = shown.iter().copied().fold(0.0, f64::max);
    // Less than a tenth of all is shown larger, or nothing would be seen of it.
    let most = most.filter(|most| greatest > most / 10.0).unwrap_or(greatest * 1.1).max(1e-9);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    let steps: Vec<u64> = shown.iter().map(|value| (value / most * STEPS) as u64).collect();
    let line = Sparkline::default().block(block).data(steps).max(1_000);
    frame.render_widget(line.style(Style::new().fg(Color::Cyan)), area);
}

fn table(frame: &mut Frame, area: Rect, state: &State) {
    let functions = state.functions();
    let name = format!(" {} functions by {} ", functions.len(), SORTS[state.sort]);
    let head = ["function", "last minute", "calls", "/s", "errors", "p50", "p95", "p99", "total"];
    let row = |function: &&Function| {
        let failed = function.errors + function.panics;
        let style = if failed > 0 { Style::new().fg(Color::Red) } else { Style::new() };
        Row::new([
            Span::raw(function.name.clone()),
            Span::styled(spark(&function.spark), Style::new().fg(Color::Cyan)),
            Span::raw(count(function.calls as f64)),
            Span::raw(function.rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.1}"))),
            Span::styled(failed.to_string(), style),
            Span::raw(time(function.p50)),
            Span::raw(time(function.p95)),
            Span::raw(time(function.p99)),
            Span::raw(time(function.p50.map(|_| function.total))),
        ])
    };
    let widths = [Constraint::Fill(1), Constraint::Length(15)];
    let widths = widths.into_iter().chain([Constraint::Length(9); 7]);
    let table = Table::new(functions.iter().map(row), widths)
        .header(Row::new(head).bold())
        .block(Block::bordered().title(name));
    frame.render_widget(table, area);
}

/// Two parts of the minute a column; what is not over yet is left out.
fn spark(calls: &[u64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let over = &calls[..calls.len().saturating_sub(1)];
    let columns: Vec<u64> = over.rchunks(2).rev().map(|pair| pair.iter().sum()).collect();
    let most = columns.iter().copied().max().unwrap_or(0).max(1);
    let bar = |calls: &u64| BARS[usize::try_from(calls * 7 / most).unwrap_or(7)];
    columns.iter().map(bar).collect()
}

fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

fn count(count: f64) -> String {
    if count < 1e6 { format!("{count}") } else { format!("{:.1} M", count / 1e6) }
}

fn bytes(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / f64::from(1 << 20))
}

fn time(seconds: Option<f64>) -> String {
    const UNITS: [(f64, &str); 4] = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")];
    let Some(seconds) = seconds else { return "-".to_owned() };
    let unit = UNITS.iter().find(|(size, _)| seconds >= *size).unwrap_or(&UNITS[3]);
    format!("{:.1} {}", seconds / unit.0, unit.1)
}
