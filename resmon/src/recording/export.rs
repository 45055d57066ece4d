//! A run as a file that other programs read.

use std::{
    fmt::Write as _,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{Recording, Sample};
use crate::{Error, file};

pub(super) fn save(run: &Recording, path: &Path) -> Result<(), Error> {
    let attempt = || format!("save the recording as {}", path.display());
    let text = match file::suffix(path).as_str() {
        "csv" => csv(run),
        #[cfg(feature = "serde")]
        "json" => json(run),
        #[cfg(feature = "chart")]
        "png" | "svg" => return run.chart().save(path),
        _ => {
            let reason = match (cfg!(feature = "serde"), cfg!(feature = "chart")) {
                (true, true) => "the path must end in .csv, .json, .png or .svg",
                (true, false) => {
                    "the path must end in .csv or .json; .png and .svg need the feature `chart`"
                }
                (false, true) => {
                    "the path must end in .csv, .png or .svg; .json needs the feature `serde`"
                }
                (false, false) => {
                    "the path must end in .csv; .json needs the feature `serde`, .png and .svg `chart`"
                }
            };
            return Err(Error::config(attempt()).because(reason));
        }
    };
    file::replace(path, text.as_bytes()).map_err(|cause| Error::task(attempt()).because(cause))
}

pub(super) fn csv(run: &Recording) -> String {
    let mut out = String::from("time,seconds,mark");
    for series in run.series() {
        let _ = write!(out, ",{}", quoted(&series.to_string()));
    }
    out.push('\n');
    for (sample, mark) in run.samples.iter().zip(marks(run)) {
        let _ = write!(
            out,
            "{},{},{}",
            epoch(sample.time),
            sample.since_start.as_secs_f64(),
            quoted(&mark.unwrap_or_default())
        );
        for place in 0..run.series.len() {
            out.push(',');
            if let Some(value) = sample.value(place) {
                let _ = write!(out, "{value}");
            }
        }
        out.push('\n');
    }
    out
}

/// For each sample the marks before it, since the sample before; the last has those after it too.
pub(crate) fn marks(run: &Recording) -> Vec<Option<String>> {
    let mut marks = run.marks.iter().peekable();
    let last = run.samples.len().saturating_sub(1);
    let of = |(i, sample): (usize, &Sample)| {
        let mut marked = Vec::new();
        while let Some(mark) =
            marks.next_if(|mark| i == last || mark.since_start <= sample.since_start)
        {
            marked.push(mark.text.as_str());
        }
        (!marked.is_empty()).then(|| marked.join("; "))
    };
    run.samples.iter().enumerate().map(of).collect()
}

/// A field of a table: in quotes where it has what would end it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(feature = "serde")]
pub(super) fn json(run: &Recording) -> String {
    let mut text = serde_json::to_string(run).unwrap_or_default();
    text.push('\n');
    text
}

/// Seconds since the Unix epoch, of which a double tells microseconds.
fn epoch(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as f64 / 1e6
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
            100,0,,1.5,\n\
            101,1,\"one, \"\"two\"\"\",,2\n\
            102,2,late,3,\n";
        assert_eq!(csv(&run), expected);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn an_object_has_a_list_a_column() {
        let mut run = run(&["a", "b"], &[&[Some(1.5)], &[None, Some(2.0)]]);
        run.marks = vec![Mark { since_start: Duration::ZERO, text: "q\"\\\n\u{e9}".to_owned() }];
        let expected = serde_json::json!({
            "time": [100.0, 101.0], "seconds": [0.0, 1.0], "mark": ["q\"\\\n\u{e9}", null],
            "a": [1.5, null], "b": [null, 2.0],
        });
        let written: serde_json::Value = serde_json::from_str(&json(&run)).unwrap();
        assert_eq!(written, expected);
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
