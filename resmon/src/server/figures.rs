//! What the page shows of a snapshot: the tiles, and a row for each figure.

use std::time::UNIX_EPOCH;

use super::{
    page::{FigureRow, Group, Tile},
    units::{self, readable},
};
use crate::{
    Figure,
    figure::{self, Scope},
    snapshot::{Series, Snapshot},
};

/// A row for each figure that is present.
pub(crate) fn rows(now: &Snapshot) -> Vec<FigureRow> {
    let row = |(series, value): (&Series, f64)| FigureRow {
        group: group(series.definition().scope()),
        name: series.name().to_owned(),
        labels: labels(series),
        value: shown(now, series, value),
        help: series.definition().help().to_owned(),
    };
    let mut rows: Vec<_> = now.iter().map(row).collect();
    let place = |row: &FigureRow| GROUPS.iter().position(|(_, group)| *group == row.group);
    rows.sort_by_key(place);
    rows
}

/// The groups in the order of the page.
const GROUPS: [(Scope, Group); 7] = [
    (Scope::Custom, Group { title: "This program", open: true }),
    (Scope::Process, Group { title: "Process", open: true }),
    (Scope::Container, Group { title: "Limits and container", open: true }),
    (Scope::Resmon, Group { title: "The monitor itself", open: true }),
    (Scope::Functions, Group { title: "Functions", open: true }),
    (Scope::Machine, Group { title: "Machine", open: false }),
    (Scope::NetworkNamespace, Group { title: "Network", open: false }),
];

/// The tiles at the top; rates need the snapshot before this one.
pub(crate) fn tiles(now: &Snapshot, before: Option<&Snapshot>) -> Vec<Tile> {
    let tiles = [cpu(now), memory(now), threads(now), descriptors(now), disk(now, before)];
    tiles.into_iter().flatten().collect()
}

fn group(scope: Scope) -> Group {
    let own = GROUPS.iter().find(|(of, _)| *of == scope);
    own.map_or(GROUPS[0].1, |(_, group)| *group)
}

fn labels(series: &Series) -> String {
    let labels: Vec<_> = series.labels().map(|(key, value)| format!("{key}={value}")).collect();
    labels.join(" ")
}

fn shown(now: &Snapshot, series: &Series, value: f64) -> String {
    if series.name() == figure::PROCESS_START_TIME_SECONDS {
        // Seconds since 1970 say nothing to people.
        let time = now.time().duration_since(UNIX_EPOCH).unwrap_or_default();
        return format!("{} ago", units::seconds((time.as_secs_f64() - value).max(0.0)));
    }
    readable(value, series.definition().unit())
}

fn cpu(now: &Snapshot) -> Option<Tile> {
    let share = now.get(figure::PROCESS_CPU_UTILIZATION_RATIO)?;
    let cores = now.get(figure::RESMON_CPU_LIMIT_CORES);
    Some(Tile {
        label: "CPU",
        value: units::percent(share),
        note: cores.map_or(String::new(), |cores| match units::count(cores) {
            one if one == "1" => "of 1 core".to_owned(),
            many => format!("of {many} cores"),
        }),
        share: Some(share),
    })
}

fn memory(now: &Snapshot) -> Option<Tile> {
    let resident = now.get(figure::PROCESS_RESIDENT_MEMORY_BYTES)?;
    let share = now.get(figure::PROCESS_MEMORY_UTILIZATION_RATIO);
    Some(Tile {
        label: "Memory",
        value: units::bytes(resident),
        note: share.map_or("resident".to_owned(), |share| {
            format!("resident, {} of its limit", units::percent(share))
        }),
        share,
    })
}

fn threads(now: &Snapshot) -> Option<Tile> {
    let threads = now.get(figure::PROCESS_THREADS)?;
    Some(Tile { label: "Threads", value: units::count(threads), note: String::new(), share: None })
}

fn descriptors(now: &Snapshot) -> Option<Tile> {
    let open = now.get(figure::PROCESS_OPEN_FDS)?;
    let max = now.get(figure::PROCESS_MAX_FDS);
    Some(Tile {
        label: "Open files",
        value: units::count(open),
        note: max.map_or(String::new(), |max| format!("of at most {}", units::count(max))),
        share: max.filter(|max| *max > 0.0).map(|max| open / max),
    })
}

fn disk(now: &Snapshot, before: Option<&Snapshot>) -> Option<Tile> {
    let before = before?;
    let window = now.since_start().checked_sub(before.since_start())?.as_secs_f64();
    let rate = |direction: &'static str| {
        let figure = || {
            Figure::named(figure::PROCESS_DISK_IO_BYTES_TOTAL).with("disk_io_direction", direction)
        };
        let moved = now.get(figure())? - before.get(figure())?;
        (window > 0.0).then_some((moved / window).max(0.0))
    };
    let (read, write) = (rate("read")?, rate("write")?);
    Some(Tile {
        label: "Disk",
        value: format!("{}/s", units::bytes(read + write)),
        note: format!("read {}/s, write\u{a0}{}/s", units::bytes(read), units::bytes(write)),
        share: None,
    })
}

#[cfg(test)]
mod tests {
    use std::{
        borrow::Cow,
        sync::Arc,
        time::{Duration, SystemTime},
    };

    use super::*;

    type One = (&'static str, &'static [(&'static str, &'static str)], f64);

    fn snapshot(at: u64, all: &[One]) -> Snapshot {
        let mut snapshot = Snapshot::empty(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000));
        let series = all.iter().map(|(name, labels, _)| {
            let labels = labels.iter().map(|(k, v)| (Cow::Borrowed(*k), Cow::Borrowed(*v)));
            Series::new(Cow::Borrowed(figure::definition(name).unwrap()), labels.collect())
        });
        snapshot.series = Arc::new(series.collect());
        snapshot.values = all.iter().map(|(_, _, value)| Some(*value)).collect();
        snapshot.since_start = Duration::from_secs(at);
        snapshot
    }

    const READ: &[(&str, &str)] = &[("disk_io_direction", "read")];
    const WRITE: &[(&str, &str)] = &[("disk_io_direction", "write")];
    const DISK: &str = figure::PROCESS_DISK_IO_BYTES_TOTAL;

    #[test]
    fn tiles_show_what_is_there_and_nothing_else() {
        assert_eq!(tiles(&snapshot(0, &[]), None), []);
        let now = snapshot(0, &[(figure::PROCESS_OPEN_FDS, &[], 12.0)]);
        let tiles = tiles(&now, None);
        assert_eq!((tiles.len(), tiles[0].value.as_str(), tiles[0].share), (1, "12", None));
    }

    #[test]
    fn disk_use_is_a_rate_over_the_window() {
        let before = snapshot(10, &[(DISK, READ, 1024.0), (DISK, WRITE, 0.0)]);
        let now = snapshot(12, &[(DISK, READ, 5.0 * 1024.0), (DISK, WRITE, 2048.0)]);
        let disk = disk(&now, Some(&before)).unwrap();
        assert_eq!(disk.value, "3\u{202f}KiB/s");
        assert!(super::disk(&now, Some(&now)).is_none() && super::disk(&now, None).is_none());
    }

    #[test]
    fn rows_have_readable_values_and_the_start_is_an_age() {
        let now =
            snapshot(0, &[(DISK, READ, 2048.0), (figure::PROCESS_START_TIME_SECONDS, &[], 700.0)]);
        let rows = rows(&now);
        assert_eq!(
            (rows[0].value.as_str(), rows[0].labels.as_str()),
            ("2\u{202f}KiB", "disk_io_direction=read")
        );
        assert_eq!(rows[1].value, "5\u{202f}min ago");
    }
}
