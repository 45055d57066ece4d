//! Records a piece of work from its beginning to its end, and keeps the run as a table and as
//! an object: the process, its machine and its container, ten times a second.
//!
//! `cargo run --release --example record_run [SECONDS [FOLDER]]`
//!
//! At the end there are `run.csv`, `run.json`, `run.png` and `run.svg` in the folder, which is the
//! present one unless another is given; `pandas.read_csv("run.csv")` reads the first.

use std::{
    env,
    hint::black_box,
    path::PathBuf,
    time::{Duration, Instant},
};

use resmon::Recording;

/// Computes for a while, a thousandth of a second at a time.
fn work(time: Duration) -> u64 {
    let begin = Instant::now();
    let mut sum = 0_u64;
    while begin.elapsed() < time {
        sum = black_box((0..100_000_u64).fold(sum, |sum, n| sum.wrapping_add(n * n)));
    }
    sum
}

fn main() -> anyhow::Result<()> {
    let mut args = env::args().skip(1);
    let seconds: f64 = args.next().map_or(Ok(3.0), |seconds| seconds.parse())?;
    let folder = args.next().map_or_else(PathBuf::new, PathBuf::from);
    let time = Duration::try_from_secs_f64(seconds / 3.0)?;

    let recorder = Recording::start(Duration::from_millis(100))?;
    println!("working for {seconds} s");
    work(time);
    recorder.mark("allocate");
    let block = black_box(vec![1_u8; 64 << 20]);
    work(time);
    recorder.mark("free");
    drop(block);
    work(time);
    let run = recorder.finish()?;

    println!("{} samples in {:.1?}\n\n{}", run.len(), run.duration(), run.summary());
    for name in ["run.csv", "run.json", "run.png", "run.svg"] {
        let path = folder.join(name);
        run.save(&path)?;
        println!("saved {}", path.display());
    }
    Ok(())
}
