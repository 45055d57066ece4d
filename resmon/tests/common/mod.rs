//! What several test programs share.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

/// Runs a test's body in a process of its own, since a global recorder is for ever.
pub(crate) fn alone(test: &str, body: fn()) {
    if is_alone(test) {
        body();
    }
}

/// Whether this process runs that test and nothing else. If not, one that does is run to its
/// end, and has to succeed.
pub(crate) fn is_alone(test: &str) -> bool {
    const MARK: &str = "RESMON_TEST_ALONE";
    if std::env::var_os(MARK).is_some_and(|name| name == *test) {
        return true;
    }
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture", "--include-ignored"]).env(MARK, test);
    let output = command.output().unwrap();
    let shown = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("1 passed"), "{test} is no test of that name:\n{shown}");
    false
}

/// A folder of this test's own, removed at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("resmon-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The value of a series in Prometheus text; labels in any order.
pub(crate) fn value(text: &str, family: &str, labels: &[(&str, &str)]) -> Option<f64> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        let (name, rest) = series.split_once('{').unwrap_or((series, ""));
        let found = labels.iter().all(|(key, v)| rest.contains(&format!("{key}=\"{v}\"")));
        (name == family && found).then(|| value.parse().ok())?
    })
}

/// Holds of every text that resmon renders: each family once, each series once, no NaN.
/// With `RESMON_PROMTOOL` in the environment, promtool must have nothing to say either.
pub(crate) fn check(text: &str) {
    let (mut families, mut series) = (BTreeSet::new(), BTreeSet::new());
    for line in text.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            let name = family.split(' ').next().unwrap();
            assert!(families.insert(name.to_owned()), "{name} twice in\n{text}");
        } else if !line.starts_with('#') && !line.is_empty() {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(series.insert(name.to_owned()), "{name} twice in\n{text}");
            assert!(value.parse::<f64>().unwrap().is_finite(), "{line}");
        }
    }
    if std::env::var_os("RESMON_PROMTOOL").is_some() {
        promtool(text);
    }
}

fn promtool(text: &str) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = promtool.wait_with_output().unwrap();
    let said = [said.stdout, said.stderr].concat();
    assert!(said.is_empty(), "promtool: {}\n{text}", String::from_utf8_lossy(&said));
}
