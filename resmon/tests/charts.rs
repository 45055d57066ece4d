//! Saved charts, of runs and of what a monitor keeps.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{fs, time::Duration};

use common::Folder;
use resmon::{
    ManualClock, Monitor, Recording,
    chart::{Theme, Words},
};

const SECOND: Duration = Duration::from_secs(1);

/// Width and height of a PNG.
fn size(png: &[u8]) -> [u32; 2] {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && &png[12..16] == b"IHDR");
    [&png[16..20], &png[20..24]].map(|four| u32::from_be_bytes(four.try_into().unwrap()))
}

#[test]
fn a_run_is_saved_as_the_picture_of_the_tutorial() {
    let folder = Folder::new("charts");
    let recorder = Recording::start(Duration::from_millis(20)).unwrap();
    std::thread::sleep(Duration::from_millis(80));
    recorder.mark("<img src=x onerror=alert(1)> & 뷁");
    let run = recorder.finish().unwrap();
    let path = folder.0.join("performance_monitoring.png");
    run.save(&path).unwrap();
    assert_eq!(size(&fs::read(&path).unwrap()), [1000, 800]);
    let path = folder.0.join("performance_monitoring.SVG");
    run.save(&path).unwrap();
    let svg = fs::read_to_string(&path).unwrap();
    for text in ["CPU use, of ", "Memory", "time (s)", "resident", "&lt;img src=x"] {
        assert!(svg.contains(text), "{text}: {svg}");
    }
    assert!(!svg.contains("<img"));
    let chart = run.chart().words(Words::korean()).theme(Theme::Dark).size(640, 480);
    assert_eq!(size(&chart.to_png().unwrap()), [640, 480]);
    assert_eq!(chart.missing_characters(), "뷁");
    assert_eq!(size(&run.chart().size(300, 200).pixel_ratio(2.0).to_png().unwrap()), [600, 400]);
    assert!(run.chart().pixel_ratio(f32::NAN).to_png().is_err());
    let error = run.chart().save(folder.0.join("run.bmp")).unwrap_err();
    assert!(error.is_config() && error.to_string().contains("run.bmp"), "{error}");
    assert!(run.chart().font(&b"no font"[..]).unwrap_err().is_config());
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2, "nothing else is left behind");
}

#[test]
fn a_day_is_a_small_picture_in_which_a_spike_is_seen() {
    let folder = Folder::new("day");
    let clock = ManualClock::new();
    let mut second = 0_u32;
    let monitor = Monitor::builder()
        .private()
        .clock(clock.clone())
        .interval(60 * SECOND)
        .history(Duration::from_hours(24))
        .gauge("queue_depth", move || {
            second += 1;
            if second == 700 { 1_000.0 } else { f64::from(second % 7) }
        })
        .start()
        .unwrap();
    for _ in 0..1_440 {
        clock.advance(60 * SECOND);
        monitor.flush();
    }
    let chart = monitor.chart(["queue_depth"]).last(Duration::from_hours(24));
    let svg = chart.to_svg();
    assert!(svg.contains(">1000</text>") && svg.contains("time (h:min)"), "{svg}");
    for name in ["day.png", "day.svg"] {
        let path = folder.0.join(name);
        chart.save(&path).unwrap();
        assert!(fs::metadata(&path).unwrap().len() < 200_000);
    }
    // Of the last ten minutes the spike is no part.
    let svg = monitor.chart(["queue_depth"]).last(Duration::from_mins(10)).to_svg();
    assert!(!svg.contains(">1000</text>") && svg.contains(">\u{2212}10:00</text>"), "{svg}");
    assert!(monitor.overview().all().to_svg().contains("Memory"));
    assert!(monitor.chart(["no_such_figure"]).all().to_svg().contains("no data"));
}

#[test]
fn a_part_of_the_past_is_that_part() {
    let clock = ManualClock::new();
    let mut depth = 0.0;
    let gauge = move || {
        depth += 1.0;
        depth
    };
    let builder = Monitor::builder().private().clock(clock.clone()).gauge("queue_depth", gauge);
    let monitor = builder.start().unwrap();
    let began = monitor.snapshot().time();
    for _ in 0..100 {
        clock.advance(SECOND);
        monitor.flush();
    }
    // Values 51 to 61, 50 to 40 seconds before the latest.
    let chart = monitor.chart(["queue_depth"]).within(began + 50 * SECOND..began + 60 * SECOND);
    let text = chart.to_text(60, 12);
    assert!(text.contains("−50") && text.contains("−40") && !text.contains("−30"), "{text}");
    assert!(text.contains("80│") && !text.contains("100"), "{text}");
    let all = monitor.chart(["queue_depth"]).within(began..).to_text(60, 12);
    assert!(all.contains("−90"), "{all}");
    // Before anything was kept, and in no order, there is nothing, and no panic.
    let nothing = monitor.overview().within(began + 60 * SECOND..began + 50 * SECOND).to_svg();
    assert!(nothing.starts_with("<svg"), "{nothing}");
    let nothing = monitor.overview().within(..began - 50 * SECOND).to_svg();
    assert!(nothing.starts_with("<svg"), "{nothing}");
}

#[resmon::timed(name = "주문 처리")]
fn order(length: Duration) {
    std::thread::sleep(length);
}

#[test]
fn functions_have_a_panel_of_their_own() {
    let folder = Folder::new("functions");
    let recorder = Recording::start(Duration::from_millis(50)).unwrap();
    for round in 0..30_u32 {
        order(Duration::from_millis(if round < 20 { 20 } else { 120 }));
        std::thread::sleep(Duration::from_millis(60));
    }
    let run = recorder.finish().unwrap();
    let chart = run.chart().functions(["주문 처리", "charts::nowhere"]).words(Words::korean());
    let svg = chart.to_svg();
    assert!(svg.contains("함수 시간") && svg.contains("주문 처리"), "{svg}");
    assert!(!svg.contains("nowhere"), "{svg}");
    // The bundled font has the labels' syllables, not those of every name.
    assert_eq!(chart.missing_characters(), "문");
    chart.save(folder.0.join("functions.png")).unwrap();
    // Milliseconds, from 20 to 120 of them.
    let text = run.chart().functions(["주문 처리"]).to_text(60, 12);
    let panel = text.rsplit_once("Functions").unwrap().1;
    assert!(panel.contains("ms"), "{panel}");
    if let Ok(path) = std::env::var("RESMON_TEST_PICTURE") {
        fs::copy(folder.0.join("functions.png"), path).unwrap();
    }
}
