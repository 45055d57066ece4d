//! The command line.

use std::path::{Path, PathBuf};

use anyhow::Context;
use lexopt::{Arg, ValueExt};

const USAGE: &str = "\
Indexes the words of source trees, and watches itself doing so.

Usage: quickstart [DIR]... [--addr ADDRESS] [--serve]

  DIR             where to begin; default: this source tree and the sources of its crates
  --addr ADDRESS  where to serve the page and /metrics; default: 127.0.0.1:9090
  --serve         stay up at the end, until Ctrl-C
  --help          show this";

/// What the command line says.
pub(crate) struct Options {
    /// Where to begin.
    pub(crate) roots: Vec<PathBuf>,
    /// Where to serve.
    pub(crate) addr: String,
    /// Whether to stay up at the end.
    pub(crate) serve: bool,
}

impl Options {
    /// Reads it; None where it asks for help, which is then shown.
    pub(crate) fn parse() -> anyhow::Result<Option<Self>> {
        let mut options =
            Self { roots: Vec::new(), addr: "127.0.0.1:9090".to_owned(), serve: false };
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("addr") => options.addr = parser.value()?.string()?,
                Arg::Long("serve") => options.serve = true,
                Arg::Short('h') | Arg::Long("help") => {
                    println!("{USAGE}");
                    return Ok(None);
                }
                Arg::Value(dir) => options.roots.push(dir.into()),
                _ => anyhow::bail!("{}\n\n{USAGE}", arg.unexpected()),
            }
        }
        for root in &options.roots {
            root.metadata().with_context(|| format!("cannot begin at {}", root.display()))?;
        }
        if options.roots.is_empty() {
            options.roots = default_roots();
        }
        Ok(Some(options))
    }
}

/// The tree this program was built from and, where they are, the sources of its crates.
fn default_roots() -> Vec<PathBuf> {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let crates = home.map(|home| home.join("registry/src"));
    tree.map(Path::to_owned).into_iter().chain(crates.filter(|dir| dir.is_dir())).collect()
}
