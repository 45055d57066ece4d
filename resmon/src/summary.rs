//! The text for the end of a program: what it used and where its time went.

use std::{fmt::Write, time::Duration};

use crate::{
    Figure,
    calls::FunctionStats,
    figure,
    history::{History, Point},
    snapshot::Snapshot,
    view::View,
};

/// A short report of the resources since the monitor began, and of the functions.
///
/// `now` is read for it: the latest tick may be most of an interval old.
pub(crate) fn summary(
    view: &View,
    now: &Snapshot,
    lasted: Duration,
    functions: &[FunctionStats],
) -> String {
    let mut text = String::new();
    resources(&mut text, view, now, lasted);
    if functions.iter().any(|function| function.calls() > 0) {
        text.push('\n');
        table(&mut text, functions);
    }
    text
}

fn resources(text: &mut String, view: &View, now: &Snapshot, lasted: Duration) {
    let since_start = |figure: Figure| {
        let first = view.first()?.get(&figure).unwrap_or_default();
        Some((now.get(figure)? - first).max(0.0))
    };
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            // Writing into a String does not fail.
            let _ = writeln!(text, "{name:<13} {value}");
        }
    };
    line("Time", Some(format!("{:.1} s", lasted.as_secs_f64())));
    let cpu = since_start(figure::PROCESS_CPU_SECONDS_TOTAL.into());
    line("CPU time", cpu.map(|seconds| format!("{seconds:.2} s")));
    let use_of_cpu = view.history.window(figure::PROCESS_CPU_UTILIZATION_RATIO, Duration::MAX);
    let cores = now.get(figure::RESMON_CPU_LIMIT_CORES).unwrap_or(1.0);
    let percent = |ratio: f64| ratio * cores * 100.0;
    line(
        "CPU use",
        use_of_cpu.map(|window| {
            let (mean, peak) = (percent(window.mean()), percent(window.max()));
            let course = spark(&view.history, figure::PROCESS_CPU_UTILIZATION_RATIO);
            format!("{mean:.0} % mean, {peak:.0} % peak, of one core ({cores} allowed)  {course}")
        }),
    );
    let resident = view.history.window(figure::PROCESS_RESIDENT_MEMORY_BYTES, Duration::MAX);
    line(
        "Memory",
        resident.map(|window| {
            let resident = now.get(figure::PROCESS_RESIDENT_MEMORY_BYTES);
            let resident = resident.unwrap_or(window.last());
            let known = now.get(figure::PROCESS_RESIDENT_MEMORY_PEAK_BYTES).unwrap_or_default();
            let peak = window.max().max(known).max(resident);
            let course = spark(&view.history, figure::PROCESS_RESIDENT_MEMORY_BYTES);
            format!("{} now, {} peak  {course}", bytes(resident), bytes(peak))
        }),
    );
    line("Threads", now.get(figure::PROCESS_THREADS).map(|count| count.to_string()));
    line("Open files", now.get(figure::PROCESS_OPEN_FDS).map(|count| count.to_string()));
    for (name, direction) in [("Disk read", "read"), ("Disk written", "write")] {
        let io = Figure::named(figure::PROCESS_DISK_IO_BYTES_TOTAL);
        line(name, since_start(io.with("disk_io_direction", direction)).map(bytes));
    }
    for (name, direction) in [("Bytes read", "read"), ("Bytes written", "write")] {
        let io = Figure::named(figure::PROCESS_IO_CHARS_TOTAL).with("direction", direction);
        line(name, since_start(io).map(bytes));
    }
}

/// A figure over the samples that are kept, oldest first, a column for each stretch of them: its
/// greatest value there, from zero to the greatest of all. A stretch without values is a space.
fn spark(history: &History, figure: &'static str) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const COLUMNS: usize = 30;
    let points = history.points(figure);
    let greatest = |points: &[Point]| points.iter().filter_map(|p| p.value).reduce(f64::max);
    let most = greatest(&points).unwrap_or(0.0).max(f64::MIN_POSITIVE);
    let each = points.len().div_ceil(COLUMNS).max(1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
    let bar = |value: f64| BARS[((value.max(0.0) / most * 7.0).round() as usize).min(7)];
    points.chunks(each).map(|stretch| greatest(stretch).map_or(' ', bar)).collect()
}

/// The columns of the table; `cancelled` and `panics` only where there were any.
const HEADINGS: [&str; 9] =
    ["function", "calls", "errors", "panics", "cancelled", "p50", "p95", "p99", "total"];

fn table(text: &mut String, functions: &[FunctionStats]) {
    let called = || functions.iter().filter(|function| function.calls() > 0);
    let mut columns: Vec<Vec<String>> = HEADINGS.map(|heading| vec![heading.to_owned()]).to_vec();
    for function in called() {
        let cells = [
            function.title(),
            function.calls().to_string(),
            function.errors().to_string(),
            function.panics().to_string(),
            function.cancelled().to_string(),
            time(function.p50()),
            time(function.p95()),
            time(function.p99()),
            time(function.max().map(|_| function.total())),
        ];
        columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
    }
    let rare = |column: &Vec<String>| ["panics", "cancelled"].contains(&column[0].as_str());
    columns.retain(|column| !rare(column) || column[1..].iter().any(|cell| cell != "0"));
    for row in 0..=called().count() {
        for (i, column) in columns.iter().enumerate() {
            let width = column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
            let cell = &column[row];
            let _ = match i {
                0 => write!(text, "{cell:<width$}"),
                _ => write!(text, "  {cell:>width$}"),
            };
        }
        text.push('\n');
    }
}

/// Times of any size under one another: in the unit that suits, a space before it.
fn time(time: Option<Duration>) -> String {
    const UNITS: [(f64, &str); 4] = [(1.0, " s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")];
    let Some(seconds) = time.map(|time| time.as_secs_f64()) else { return "-".to_owned() };
    let (size, unit) =
        *UNITS.iter().find(|(size, _)| seconds >= *size).unwrap_or(&UNITS[UNITS.len() - 1]);
    format!("{:.2} {unit}", seconds / size)
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
    fn a_spark_shows_the_course_and_what_is_missing() {
        let history = History::new(100, None);
        let mut snapshot = Snapshot::empty(std::time::SystemTime::UNIX_EPOCH);
        let definition = std::borrow::Cow::Owned(figure::Definition::gauge("depth"));
        snapshot.series = std::sync::Arc::new(vec![crate::Series::new(definition, Vec::new())]);
        assert_eq!(spark(&history, "depth"), "");
        // Two samples a column; one of the tenth column is much higher.
        for sample in 0..60_u32 {
            let value = match sample {
                19 => Some(7.0),
                30..40 => None,
                _ => Some(f64::from(sample / 30)),
            };
            snapshot.values = vec![value];
            history.push(&snapshot);
        }
        assert_eq!(spark(&history, "depth"), "▁▁▁▁▁▁▁▁▁█▁▁▁▁▁     ▂▂▂▂▂▂▂▂▂▂");
    }

    #[test]
    fn times_read_alike_in_every_unit() {
        for (nanoseconds, text) in
            [(0, "0.00 ns"), (999, "999.00 ns"), (1_500, "1.50 µs"), (2_000_000_000, "2.00  s")]
        {
            assert_eq!(time(Some(Duration::from_nanos(nanoseconds))), text);
        }
        assert_eq!(time(None), "-");
    }

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
