//! Watches the machine's CPUs once a second, keeps the last minute, and says when their mean of
//! five seconds is too high.
//!
//! `cargo run --release --example tutorial_resource_monitor [SECONDS]` (10 unless given), or
//! `… tutorial_resource_monitor live` for a chart that moves in the terminal
//!
//! | the tutorial's line | here |
//! |---|---|
//! | `psutil.cpu_percent(interval=1)` | `System::new()?.cpu_percent(second)?`, or a monitor's figure |
//! | lists cut to their last 60 values | `Monitor::builder().history(minute)` |
//! | `plt.plot(…)`, `plt.pause(1)`, `plt.clf()` | `resmon::live(&[figure], minute)?`, or the page |
//! | `psutil.cpu_percent(interval=5) > 80` | `history().window(figure, five_seconds)` and its `mean()` |
//!
//! One sees a line a second with the CPU use, its bar, and the mean; at the end what the minute
//! came to.

use std::{env, error::Error, thread, time::Duration};

use resmon::{Monitor, figure::SYSTEM_CPU_UTILIZATION_RATIO as CPU};

const SECOND: Duration = Duration::from_secs(1);
const THRESHOLD: f64 = 80.0;

fn main() -> Result<(), Box<dyn Error>> {
    if env::args().nth(1).is_some_and(|first| first == "live") {
        resmon::live(&[CPU], Duration::from_mins(1))?;
        return Ok(());
    }
    let seconds: u32 = env::args().nth(1).map_or(Ok(10), |seconds| seconds.parse())?;
    let monitor = Monitor::builder().interval(SECOND).history(Duration::from_mins(1)).start()?;
    for _ in 0..seconds {
        thread::sleep(SECOND);
        let history = monitor.history();
        let Some(window) = history.window(CPU, 5 * SECOND) else { continue };
        let (now, mean) = (window.last() * 100.0, window.mean() * 100.0);
        println!("CPU {now:5.1} %  {:<20}  mean of 5 s {mean:5.1} %", bar(now));
        if mean > THRESHOLD {
            println!("CPU use is above {THRESHOLD} %");
        }
    }
    let minute = monitor.history().window(CPU, Duration::from_mins(1));
    if let Some(minute) = minute {
        let [min, mean, max] = [minute.min(), minute.mean(), minute.max()].map(|r| r * 100.0);
        println!("the last minute: least {min:.1} %, mean {mean:.1} %, most {max:.1} %");
    }
    Ok(())
}

/// A mark for every five percent.
fn bar(percent: f64) -> String {
    (0..20).map(|mark| if f64::from(mark) * 5.0 < percent { '#' } else { '.' }).collect()
}
