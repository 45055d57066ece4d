//! The command line.

use std::path::{Path, PathBuf};

use lexopt::{Arg, ValueExt};

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
    pub(crate) fn parse() -> Result<Self, lexopt::Error> {
        let mut options =
            Self { roots: Vec::new(), addr: "127.0.0.1:9090".to_owned(), serve: false };
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("addr") => options.addr = parser.value()?.string()?,
                Arg::Long("serve") => options.serve = true,
                Arg::Value(dir) => options.roots.push(dir.into()),
                _ => return Err(arg.unexpected()),
            }
        }
        if options.roots.is_empty() {
            options.roots = default_roots();
        }
        Ok(options)
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
