//! A run as a file that other programs read.

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use super::Recording;
use crate::{Error, snapshot::Series};

pub(super) fn save(run: &Recording, path: &Path) -> Result<(), Error> {
    let attempt = || format!("save the recording as {}", path.display());
    let suffix = path.extension().map(|suffix| suffix.to_string_lossy().to_lowercase());
    let text = match suffix.as_deref() {
        Some("csv") => csv(run),
        Some("json") => json(run),
        _ => {
            let reason = "the path must end in .csv or .json";
            return Err(Error::config(attempt()).because(reason));
        }
    };
    // Beside it, so that the rename is one step.
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    written.map_err(|cause| {
        let _ = fs::remove_file(&beside);
        Error::task(attempt()).because(cause)
    })
}

pub(super) fn csv(run: &Recording) -> String {
    let mut out = String::from("time,seconds,mark");
    for series in run.series() {
        let _ = write!(out, ",{}", quoted(&series.to_string()));
    }
    out.push('\n');
    let mut marks = run.marks.iter().peekable();
    for (i, sample) in run.samples.iter().enumerate() {
        let last = i + 1 == run.samples.len();
        let mut marked = Vec::new();
        // A mark stands on the first sample after it.
        while let Some(mark) = marks.next_if(|mark| last || mark.since_start <= sample.since_start)
        {
            marked.push(mark.text.as_str());
        }
        let _ = write!(
            out,
            "{:.3},{:.6},{}",
            epoch(sample.time),
            sample.since_start.as_secs_f64(),
            quoted(&marked.join("; "))
        );
        for place in 0..run.series.len() {
            out.push(',');
            if let Some(value) = sample.values.get(place).copied().flatten() {
                let _ = write!(out, "{value}");
            }
        }
        out.push('\n');
    }
    out
}

/// A field of a table: in quotes where it has what would end it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

pub(super) fn json(run: &Recording) -> String {
    let seconds = run.interval().as_secs_f64();
    let mut out = format!("{{\"interval_seconds\":{seconds},\"series\":[");
    list(&mut out, run.series(), describe);
    out.push_str("],\"samples\":[");
    list(&mut out, &run.samples, |out, sample| {
        let (time, seconds) = (epoch(sample.time), sample.since_start.as_secs_f64());
        let _ = write!(out, "{{\"time\":{time:.3},\"seconds\":{seconds:.6},\"values\":[");
        let places: Vec<usize> = (0..run.series.len()).collect();
        list(out, &places, |out, place| match sample.values.get(*place).copied().flatten() {
            Some(value) => {
                let _ = write!(out, "{value}");
            }
            None => out.push_str("null"),
        });
        out.push_str("]}");
    });
    out.push_str("],\"marks\":[");
    list(&mut out, &run.marks, |out, mark| {
        let _ = write!(out, "{{\"seconds\":{:.6},\"text\":", mark.since_start.as_secs_f64());
        string(out, &mark.text);
        out.push('}');
    });
    out.push_str("]}\n");
    out
}

fn describe(out: &mut String, series: &Series) {
    out.push_str("{\"name\":");
    string(out, series.name());
    out.push_str(",\"labels\":{");
    let labels: Vec<_> = series.labels().collect();
    list(out, &labels, |out, (key, value)| {
        string(out, key);
        out.push(':');
        string(out, value);
    });
    let _ = write!(out, "}},\"kind\":\"{}\"}}", series.definition().kind().as_str());
}

/// What each writes, with commas between.
fn list<T>(out: &mut String, each: &[T], write: impl Fn(&mut String, &T)) {
    for (i, one) in each.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(out, one);
    }
}

/// A string of JSON.
fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn epoch(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        super::{Mark, tests::run},
        *,
    };

    #[test]
    fn a_table_has_a_line_a_sample_and_marks_where_they_fell() {
        let mut run = run(&["a", "b_total"], &[&[Some(1.5)], &[None, Some(2.0)], &[Some(3.0)]]);
        let mark = |milliseconds, text: &str| Mark {
            since_start: Duration::from_millis(milliseconds),
            text: text.to_owned(),
        };
        run.marks = vec![mark(500, "one, \"two\""), mark(9000, "late")];
        let expected = "time,seconds,mark,a,b_total\n\
            100.000,0.000000,,1.5,\n\
            101.000,1.000000,\"one, \"\"two\"\"\",,2\n\
            102.000,2.000000,late,3,\n";
        assert_eq!(csv(&run), expected);
    }

    #[test]
    fn an_object_has_everything_and_its_strings_are_escaped() {
        let mut run = run(&["a"], &[&[Some(1.5)], &[None]]);
        run.marks = vec![Mark { since_start: Duration::ZERO, text: "q\"\\\n\u{e9}".to_owned() }];
        let expected = "{\"interval_seconds\":1,\"series\":[{\"name\":\"a\",\"labels\":{},\"kind\":\"gauge\"}],\
            \"samples\":[{\"time\":100.000,\"seconds\":0.000000,\"values\":[1.5]},\
            {\"time\":101.000,\"seconds\":1.000000,\"values\":[null]}],\
            \"marks\":[{\"seconds\":0.000000,\"text\":\"q\\\"\\\\\\u000a\u{e9}\"}]}\n";
        assert_eq!(json(&run), expected);
    }

    #[test]
    fn a_suffix_that_is_not_known_is_refused_and_no_file_is_left() {
        let run = run(&["a"], &[]);
        let error = run.save("run.xlsx").unwrap_err();
        assert!(error.is_config() && error.to_string().contains("run.xlsx"), "{error}");
        let error = run.save("/no/such/folder/run.csv").unwrap_err().to_string();
        assert!(error.contains("/no/such/folder/run.csv"), "{error}");
    }
}
