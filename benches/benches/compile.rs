//! What annotations cost the compiler and the binary: crates of 30 and of 300 functions, bare
//! and with each contender's attribute, built again after a change, in one run.
//!
//! A third of the functions are plain, a third return a `Result`, a third are async. What a
//! function costs is the difference between the two sizes of crate, so that neither the
//! contender's own code nor cargo's start is in it.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

type Failure = Box<dyn std::error::Error>;

const FEW: usize = 30;
const MANY: usize = 300;
const ROUNDS: usize = 5;

/// A contender: its name, what its crate depends on, and its attribute.
struct Variant {
    name: &'static str,
    dependency: &'static str,
    attribute: &'static str,
}

const VARIANTS: [Variant; 7] = [
    Variant { name: "bare", dependency: "", attribute: "" },
    Variant {
        name: "resmon-timed",
        dependency: "resmon = { path = \"@\", default-features = false }",
        attribute: "#[resmon::timed]",
    },
    Variant {
        name: "resmon-log-execution-time",
        dependency: "resmon = { path = \"@\", default-features = false }",
        attribute: "#[resmon::log_execution_time]",
    },
    Variant {
        name: "hotpath",
        dependency: "hotpath = { version = \"0.30\", default-features = false, features = [\"hotpath\"] }",
        attribute: "#[hotpath::measure]",
    },
    Variant {
        name: "function-timer",
        dependency: "function-timer = \"0.9\"\nmetrics = \"0.24\"",
        attribute: "#[function_timer::time(\"seconds\")]",
    },
    Variant {
        name: "autometrics",
        dependency: "autometrics = { version = \"3\", features = [\"metrics-0_24\"] }",
        attribute: "#[autometrics::autometrics]",
    },
    Variant {
        name: "tracing",
        dependency: "tracing = \"0.1\"",
        attribute: "#[tracing::instrument(skip_all)]",
    },
];

/// What one crate cost.
struct Cost {
    dev: f64,
    release: f64,
    bytes: f64,
}

fn main() -> Result<(), Failure> {
    // `cargo test --benches` only wants to see it compiled.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/compile-bench");
    println!(
        "{:<28} {:>12} {:>12} {:>12} {:>14} {:>14}",
        "300 functions", "dev", "release", "dev, each", "release, each", "binary, each"
    );
    for variant in &VARIANTS {
        let (few, many) = (cost(&root, variant, FEW)?, cost(&root, variant, MANY)?);
        let each = |few: f64, many: f64| (many - few) / (MANY - FEW) as f64;
        println!(
            "{:<28} {:>10.2} s {:>10.2} s {:>9.2} ms {:>11.2} ms {:>12.0} B",
            variant.name,
            many.dev,
            many.release,
            each(few.dev, many.dev) * 1e3,
            each(few.release, many.release) * 1e3,
            each(few.bytes, many.bytes),
        );
    }
    Ok(())
}

/// Builds the crate and, after changes, again and again.
fn cost(root: &Path, variant: &Variant, functions: usize) -> Result<Cost, Failure> {
    let package = format!("{}-{functions}", variant.name);
    let path = root.join(&package);
    fs::create_dir_all(path.join("src"))?;
    let resmon = Path::new(env!("CARGO_MANIFEST_DIR")).join("../resmon").canonicalize()?;
    let dependency = variant.dependency.replace('@', &resmon.to_string_lossy());
    fs::write(
        path.join("Cargo.toml"),
        format!(
            "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[profile.release]\nstrip = true\n\n[dependencies]\n{dependency}\n"
        ),
    )?;
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    fs::copy(lock, path.join("Cargo.lock"))?;
    let dev = time(root, &path, variant, functions, &[])?;
    let release = time(root, &path, variant, functions, &["--release"])?;
    let binary = root.join("target/release").join(&package);
    Ok(Cost { dev, release, bytes: fs::metadata(binary)?.len() as f64 })
}

/// Seconds of a build after a change of the crate: the median.
fn time(
    root: &Path,
    path: &Path,
    variant: &Variant,
    functions: usize,
    flags: &[&str],
) -> Result<f64, Failure> {
    let mut seconds = Vec::new();
    for round in 0..=ROUNDS {
        fs::write(path.join("src/main.rs"), source(variant, functions, round))?;
        let began = Instant::now();
        build(path, root.join("target"), flags)?;
        // The first also builds the dependencies.
        if round > 0 {
            seconds.push(began.elapsed().as_secs_f64());
        }
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[seconds.len() / 2])
}

fn build(path: &Path, target: PathBuf, flags: &[&str]) -> Result<(), Failure> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet"]).args(flags).current_dir(path);
    let built = cargo.env("CARGO_TARGET_DIR", target).stdout(Stdio::null()).status()?;
    if built.success() { Ok(()) } else { Err(format!("{} does not build", path.display()).into()) }
}

fn source(variant: &Variant, functions: usize, round: usize) -> String {
    let attribute = variant.attribute;
    let mut source = format!("//! Round {round}.\n\nfn main() {{\n    let mut sum = {round};\n");
    let (mut calls, mut items) = (String::new(), String::new());
    for number in 0..functions {
        let _ = match number % 3 {
            0 => write!(
                items,
                "{attribute}\n#[inline(never)]\nfn plain_{number}(n: u64) -> u64 {{\n    \
                 n.wrapping_mul({number})\n}}\n\n"
            ),
            1 => write!(
                items,
                "{attribute}\n#[inline(never)]\nfn fails_{number}(text: &str) -> \
                 Result<u64, std::num::ParseIntError> {{\n    let n: u64 = text.parse()?;\n    \
                 Ok(n.wrapping_add({number}))\n}}\n\n"
            ),
            _ => write!(
                items,
                "{attribute}\nasync fn waits_{number}(n: u64) -> u64 {{\n    \
                 std::future::ready(n.wrapping_sub({number})).await\n}}\n\n"
            ),
        };
        let _ = match number % 3 {
            0 => writeln!(calls, "    sum = plain_{number}(sum);"),
            1 => writeln!(calls, "    sum += fails_{number}(\"7\").unwrap_or(sum);"),
            _ => writeln!(calls, "    sum += now(waits_{number}(sum));"),
        };
    }
    source.push_str(&calls);
    source.push_str("    println!(\"{sum}\");\n}\n\n");
    source.push_str(
        "#[inline(never)]\nfn now(future: impl Future<Output = u64>) -> u64 {\n    \
         let mut context = std::task::Context::from_waker(std::task::Waker::noop());\n    \
         match std::pin::pin!(future).poll(&mut context) {\n        \
         std::task::Poll::Ready(value) => value,\n        std::task::Poll::Pending => 0,\n    \
         }\n}\n\n",
    );
    source.push_str(&items);
    source
}
