//! Who may ask: the Host they name and the token they show.

use std::{
    fmt,
    hint::black_box,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};

/// What a listener serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The page too: a browser comes here, so the Host is checked.
    Full,
    /// `/metrics` and `/healthz` alone, under any Host.
    ScrapeOnly,
    /// As [`Full`](Self::Full) in a server of the program's own, which looks at the Host itself;
    /// behind a prefix, or none.
    Mounted(Arc<str>),
}

/// Who may ask one listener for what.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    mode: Mode,
    token: Option<Token>,
    hosts: Vec<String>,
}

#[derive(Clone)]
struct Token(String);

impl Access {
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, token: None, hosts: Vec::new() }
    }

    /// Asks every request for this token: as bearer, or as the password of a browser.
    pub(crate) fn token(mut self, token: String) -> Self {
        self.token = Some(Token(token));
        self
    }

    /// Accepts this Host as well, without its port: the name of a proxy, for one.
    pub(crate) fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    pub(super) fn mode(&self) -> &Mode {
        &self.mode
    }

    /// Whether `host`, as a Host header has it, means this listener.
    ///
    /// A page on a name that its owner points at 127.0.0.1 could read everything here (DNS
    /// rebinding). Such a page has a name; the addresses and names below it cannot have.
    pub(super) fn accepts_host(&self, host: &str, bound: SocketAddr) -> bool {
        let Some(name) = name_of(host) else { return false };
        if let Ok(ip) = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            let (ip, own) = (ip.to_canonical(), bound.ip().to_canonical());
            // Bound to all interfaces, it is reached under any of their addresses.
            return ip.is_loopback() || ip == own || own.is_unspecified();
        }
        let name = name.trim_end_matches('.');
        name.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|known| name.eq_ignore_ascii_case(known))
    }

    /// Whether an Authorization header, or its absence, is enough.
    pub(super) fn accepts_authorization(&self, header: Option<&str>) -> bool {
        match (&self.token, header) {
            (None, _) => true,
            (Some(token), Some(header)) => token.is_shown_by(header),
            (Some(_), None) => false,
        }
    }
}

/// The part of a Host header before the port; `None` where it is no Host at all.
fn name_of(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') {
        host.find(']')? + 1
    } else {
        host.find(':').unwrap_or(host.len())
    };
    let (name, port) = host.split_at(end);
    let is_port = |port: &str| port.bytes().all(|digit| digit.is_ascii_digit());
    let fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (fits && !name.is_empty()).then_some(name)
}

impl Token {
    fn is_shown_by(&self, header: &str) -> bool {
        let Some((scheme, shown)) = header.split_once(' ') else { return false };
        let shown = shown.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return self.equals(shown.as_bytes());
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return false;
        }
        // The user's name is for the user's password store and means nothing here.
        let Ok(pair) = STANDARD.decode(shown) else { return false };
        let colon = pair.iter().position(|byte| *byte == b':');
        colon.is_some_and(|colon| self.equals(&pair[colon + 1..]))
    }

    /// Takes as long for a wrong first letter as for a wrong last one, so that the time of an
    /// answer does not help to guess. The length is no secret.
    fn equals(&self, shown: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differences = own.iter().zip(shown).fold(0, |sum, (a, b)| black_box(sum | (a ^ b)));
        own.len() == shown.len() && differences == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(host: &str, bound: &str) -> bool {
        let access = Access::new(Mode::Full).host("pay.example.com");
        access.accepts_host(host, bound.parse().unwrap())
    }

    #[test]
    fn loopback_and_the_bound_address_are_this_listener() {
        for host in
            ["localhost:9090", "LOCALHOST", "127.0.0.1:1", "127.9.9.9", "[::1]:9090", "localhost."]
        {
            assert!(accepts(host, "127.0.0.1:9090"), "{host}");
        }
        assert!(accepts("10.1.2.3:80", "10.1.2.3:9090"));
        assert!(accepts("[::ffff:10.1.2.3]", "10.1.2.3:9090"));
        assert!(accepts("10.1.2.3:80", "0.0.0.0:9090") && accepts("[fd00::1]", "[::]:9090"));
    }

    #[test]
    fn names_that_nobody_allowed_are_foreign() {
        for host in [
            "evil.example",
            "localhost.evil.example",
            "10.1.2.3",
            "",
            ":80",
            "[::1",
            "[::1]x",
            "127.0.0.1:80:80",
            "127.0.0.1@evil.example",
            "localhost:evil",
            "127.0.0.1.evil.example",
        ] {
            assert!(!accepts(host, "127.0.0.1:9090"), "{host}");
        }
        assert!(!accepts("evil.example", "0.0.0.0:9090"));
    }

    #[test]
    fn an_allowed_name_is_accepted_with_any_port() {
        assert!(accepts("pay.example.com", "127.0.0.1:9090"));
        assert!(accepts("Pay.Example.Com:443", "127.0.0.1:9090"));
        assert!(!accepts("pay.example.com.evil.example", "127.0.0.1:9090"));
    }

    #[test]
    fn the_token_comes_as_bearer_or_as_password() {
        let access = Access::new(Mode::Full).token("s3cret:x".to_owned());
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        for good in
            ["Bearer s3cret:x", "bearer s3cret:x", &basic("me:s3cret:x"), &basic(":s3cret:x")]
        {
            assert!(access.accepts_authorization(Some(good)), "{good}");
        }
        for bad in [
            "Bearer s3cret:y",
            "Bearer s3cret:",
            "Bearer s3cret:xx",
            "Bearer ",
            "Bearer",
            "s3cret:x",
            "Digest s3cret:x",
            "Basic !!",
            &basic("s3cret"),
            &basic("me:s3cret"),
        ] {
            assert!(!access.accepts_authorization(Some(bad)), "{bad}");
        }
        assert!(!access.accepts_authorization(None));
        assert!(Access::new(Mode::Full).accepts_authorization(None));
        assert!(!format!("{access:?}").contains("s3cret"));
    }
}
