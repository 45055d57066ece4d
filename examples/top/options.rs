//! The command line.

use anyhow::Context;
use lexopt::{Arg, ValueExt};

const USAGE: &str = "\
Looks at a running program that serves resmon's page.

Usage: top [ADDRESS] [--once] [--token-env NAME]

  ADDRESS           host and port, or the URL it is mounted at; default: 127.0.0.1:9090
  --once            print the screen as text and end
  --token-env NAME  show the token that this variable holds
  --help            show this";

/// What the command line says.
pub(crate) struct Options {
    /// Where the page is.
    pub(crate) address: String,
    /// Whether to print one screen alone.
    pub(crate) once: bool,
    /// What to show to be let in.
    pub(crate) token: Option<String>,
}

impl Options {
    /// Reads it; None where it asks for help, which is then shown.
    pub(crate) fn parse() -> anyhow::Result<Option<Self>> {
        let mut options = Self { address: "127.0.0.1:9090".to_owned(), once: false, token: None };
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("once") => options.once = true,
                Arg::Long("token-env") => {
                    let name = parser.value()?.string()?;
                    let token = std::env::var(&name);
                    options.token = Some(token.with_context(|| format!("no token in {name}"))?);
                }
                Arg::Short('h') | Arg::Long("help") => {
                    println!("{USAGE}");
                    return Ok(None);
                }
                Arg::Value(address) => options.address = address.string()?,
                _ => anyhow::bail!("{}\n\n{USAGE}", arg.unexpected()),
            }
        }
        Ok(Some(options))
    }
}
