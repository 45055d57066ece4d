//! The text for the end of a program: what it used and where its time went.

use std::{fmt::Write, time::Duration};

use crate::{Figure, calls::FunctionStats, figure, history::History, snapshot::Snapshot};

/// A short report of the resources and the functions.
pub(crate) fn summary(now: &Snapshot, history: &History, functions: &[FunctionStats]) -> String {
    let mut text = String::new();
    resources(&mut text, now, history);
    if functions.iter().any(|function| function.calls() > 0) {
        text.push('\n');
        table(&mut text, functions);
    }
    text
}

fn resources(text: &mut String, now: &Snapshot, history: &History) {
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            // Writing into a String does not fail.
            let _ = writeln!(text, "{name:<16} {value}");
        }
    };
    let whole = history.window(figure::PROCESS_CPU_UTILIZATION_RATIO, Duration::MAX);
    let cores = now.get(figure::RESMON_CPU_LIMIT_CORES).unwrap_or(1.0);
    line("CPU time", now.get(figure::PROCESS_CPU_SECONDS_TOTAL).map(|s| format!("{s:.2} s")));
    line(
        "CPU use",
        whole.map(|w| {
            let percent = |ratio: f64| ratio * cores * 100.0;
            format!("{:.0} % mean, {:.0} % peak of one core", percent(w.mean()), percent(w.max()))
        }),
    );
    let peak = now.get(figure::PROCESS_RESIDENT_MEMORY_PEAK_BYTES).or_else(|| {
        let window = history.window(figure::PROCESS_RESIDENT_MEMORY_BYTES, Duration::MAX);
        window.map(|window| window.max())
    });
    let resident = now.get(figure::PROCESS_RESIDENT_MEMORY_BYTES);
    line(
        "Memory",
        resident.map(|now| format!("{} now, {} peak", bytes(now), bytes(peak.unwrap_or(now)))),
    );
    line("Threads", now.get(figure::PROCESS_THREADS).map(|n| n.to_string()));
    line("Open files", now.get(figure::PROCESS_OPEN_FDS).map(|n| n.to_string()));
    for (name, direction) in [("Disk read", "read"), ("Disk written", "write")] {
        let io =
            Figure::named(figure::PROCESS_DISK_IO_BYTES_TOTAL).with("disk_io_direction", direction);
        line(name, now.get(io).map(bytes));
    }
    line("Uptime", now.get(figure::PROCESS_UPTIME_SECONDS).map(|s| format!("{s:.1} s")));
}

const HEADINGS: [&str; 7] = ["function", "calls", "errors", "p50", "p95", "p99", "total"];

fn table(text: &mut String, functions: &[FunctionStats]) {
    let rows: Vec<[String; 7]> = functions
        .iter()
        .filter(|function| function.calls() > 0)
        .map(|function| {
            let time = |d: Option<Duration>| d.map_or("-".to_owned(), |d| format!("{d:.2?}"));
            [
                function.function().to_owned(),
                function.calls().to_string(),
                (function.errors() + function.panics()).to_string(),
                time(function.p50()),
                time(function.p95()),
                time(function.p99()),
                time(function.max().map(|_| function.total())),
            ]
        })
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEADINGS[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; 7] = std::array::from_fn(width);
    let mut write = |row: [&str; 7]| {
        let _ = write!(text, "{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(widths).skip(1) {
            let _ = write!(text, "  {cell:>width$}");
        }
        text.push('\n');
    };
    write(HEADINGS);
    for row in &rows {
        write(row.each_ref().map(String::as_str));
    }
}

/// Bytes as people read them.
pub(crate) fn bytes(count: f64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{value:.0} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_as_people_write_them() {
        for (count, text) in [
            (0.0, "0 B"),
            (1023.0, "1023 B"),
            (1536.0, "1.5 KiB"),
            (3.0 * 1024.0 * 1024.0 * 1024.0, "3.0 GiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }
}
