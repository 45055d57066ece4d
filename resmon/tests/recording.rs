//! Recorded runs, against what was done in them.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    fs,
    future::Future,
    hint::black_box,
    io::Write,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use common::Folder;
use resmon::{Figure, Recording, record, record_async, record_with};

const STEP: Duration = Duration::from_millis(20);

#[test]
fn a_run_has_its_samples_at_their_time() {
    let began = Instant::now();
    let run = record(STEP * 10, STEP).unwrap();
    assert!(began.elapsed() >= STEP * 10);
    assert!((6..=12).contains(&run.len()), "{}", run.len());
    assert!(run.duration() >= STEP * 10, "{:?}", run.duration());
    let points = run.points("process_resident_memory_bytes");
    assert_eq!(points.len(), run.len());
    assert!(points.iter().all(|(_, value)| *value > Some(0.0)));
    assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert!(!run.points("node_memory_MemTotal_bytes").is_empty());
}

#[test]
fn each_sample_is_handed_on_as_it_is_taken() {
    let began = Instant::now();
    let (whole, mut seen) = (STEP * 5, Vec::new());
    let run = record_with(whole, STEP, |sample| {
        seen.push((began.elapsed(), sample.since_start(), sample.sequence()));
    })
    .unwrap();
    assert_eq!(seen.len(), run.len());
    assert_eq!(
        seen.iter().map(|s| s.2).collect::<Vec<_>>(),
        (1..=run.len() as u64).collect::<Vec<_>>()
    );
    assert!(seen[0].1 < STEP && seen.last().unwrap().1 >= whole);
    // Handed on within its own interval, not at the end.
    assert!(seen[1].0 < whole, "{seen:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_steady_gain_is_steady_however_often_it_is_read() {
    let recorder = Recording::start(Duration::from_millis(10)).unwrap();
    // A byte a millisecond to the kernel, for as long as thirty samples.
    let mut null = fs::File::options().write(true).open("/dev/null").unwrap();
    let end = Instant::now() + Duration::from_millis(600);
    while Instant::now() < end {
        null.write_all(b"x").unwrap();
        thread::sleep(Duration::from_millis(1));
    }
    let run = recorder.finish().unwrap();
    let summary = run.summary();
    let written = Figure::named("process_io_syscalls_total").with("direction", "write");
    let rate = summary.get(written).unwrap();
    // A reading that stood in for nine samples would be ten times the mean once, and else 0.
    assert!(rate.max() < 5.0 * rate.mean() && rate.mean() > 50.0, "{rate:?}");
}

#[test]
fn a_run_is_awaited_in_any_runtime_and_ends_when_it_is_dropped() {
    let recorders = || {
        let names = fs::read_dir("/proc/self/task").unwrap().flatten();
        let name =
            |entry: fs::DirEntry| fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        names.map(name).filter(|name| name.starts_with("resmon-record")).count()
    };
    let began = Instant::now();
    let run = smol::block_on(record_async(STEP * 5, STEP)).unwrap();
    assert!(began.elapsed() >= STEP * 5 && run.duration() >= STEP * 5);
    let executed = futures_executor::block_on(async {
        let (long, short) = (record_async(STEP * 500, STEP), record_async(STEP * 2, STEP));
        let mut long = Box::pin(long);
        let first =
            std::future::poll_fn(|cx| std::task::Poll::Ready(long.as_mut().poll(cx).is_pending()))
                .await;
        assert!(first, "ten seconds have not passed");
        short.await
    });
    assert!(executed.unwrap().len() >= 3);
    if cfg!(target_os = "linux") {
        // Others of these tests record as well, for a second at most.
        let end = Instant::now() + Duration::from_secs(8);
        while recorders() > 0 && Instant::now() < end {
            thread::sleep(STEP);
        }
        assert_eq!(recorders(), 0);
    }
    assert!(smol::block_on(record_async(STEP, STEP * 2)).unwrap_err().is_config());
}

#[test]
fn what_a_piece_of_work_took_is_in_it() {
    let recorder = Recording::start(STEP).unwrap();
    thread::sleep(STEP * 3);
    recorder.mark("begin");
    let end = Instant::now() + STEP * 10;
    while Instant::now() < end {
        black_box((0..1000_u64).sum::<u64>());
    }
    recorder.mark("end");
    let block = black_box(vec![1_u8; 64 << 20]);
    let run = recorder.finish().unwrap();
    drop(block);

    let marks: Vec<_> = run.marks().iter().map(|mark| mark.text.as_str()).collect();
    assert_eq!(marks, ["begin", "end"]);
    let worked = run.marks()[1].since_start.saturating_sub(run.marks()[0].since_start);
    assert!(worked >= STEP * 10);
    let summary = run.summary();
    let memory = summary.get("process_resident_memory_bytes").unwrap();
    assert!(memory.max() - memory.min() >= f64::from(60 << 20), "{memory:?}");
    let cpu = summary.get("process_cpu_seconds_total").unwrap();
    assert!(cpu.is_rate() && cpu.max() > 0.3, "{cpu:?}");
    let shown = summary.to_string();
    assert!(shown.contains("process_resident_memory_bytes"), "{shown}");
}

#[test]
fn runs_that_cannot_be_are_refused_and_one_given_up_ends() {
    for (duration, interval) in [(STEP, STEP * 2), (STEP, Duration::ZERO)] {
        let error = record(duration, interval).unwrap_err();
        assert!(error.is_config(), "{error}");
    }
    let recorder = Recording::start(Duration::from_hours(1)).unwrap();
    let began = Instant::now();
    drop(recorder);
    assert!(began.elapsed() < Duration::from_secs(1));
}

const SCRIPT: &str = "
import csv, json, sys
rows = list(csv.reader(open(sys.argv[1])))
run = json.load(open(sys.argv[2]))
assert rows[0] == list(run), (rows[0], list(run))
assert all(len(column) == len(rows) - 1 for column in run.values())
for i, row in enumerate(rows[1:]):
    for name, cell in zip(rows[0], row):
        value = run[name][i]
        assert (cell == '') == (value is None), (name, cell, value)
        assert value is None or (cell == value if name == 'mark' else float(cell) == value), (name, cell, value)
assert rows[-1][2] == 'quoted \"mark\", with a comma', rows[-1][2]
try:
    import pandas
except ImportError:
    print('same, without pandas')
    sys.exit()
table, frame = pandas.read_csv(sys.argv[1]), pandas.read_json(sys.argv[2], convert_dates=False)
assert table.shape == frame.shape and list(table) == list(frame), (table.shape, frame.shape)
assert (table['seconds'] - frame['seconds']).abs().max() < 1e-9
print('same, with pandas')
";

#[test]
#[ignore = "needs python3"]
fn python_reads_the_same_from_either_file() {
    let folder = Folder::new("recording");
    let recorder = Recording::start(STEP).unwrap();
    thread::sleep(STEP * 5);
    recorder.mark("quoted \"mark\", with a comma");
    let run = recorder.finish().unwrap();
    let (table, object) = (folder.0.join("run.csv"), folder.0.join("run.json"));
    run.save(&table).unwrap();
    run.save(&object).unwrap();
    let python =
        Command::new("python3").args(["-c", SCRIPT]).args([&table, &object]).output().unwrap();
    let said = String::from_utf8_lossy(&python.stdout);
    assert!(said.starts_with("same, "), "{said}{}", String::from_utf8_lossy(&python.stderr));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2);
}
