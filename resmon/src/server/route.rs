//! What a request gets, decided from its head alone.

use std::net::SocketAddr;

use hyper::{
    HeaderMap, Method, StatusCode, Version,
    header::{AUTHORIZATION, HOST},
    http::{request::Parts, uri::Authority},
};

use super::access::{Access, Mode};

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Metrics,
    Health,
    Page,
    Chart(Picture),
    Api(Api),
    Stream,
}

/// Kinds of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picture {
    Svg,
    Png,
}

/// What is told as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Figures,
    Snapshot,
    History,
    Functions,
}

/// Why a request gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No Host, or more than one.
    NoHost,
    ForeignHost,
    NoToken,
    NotFound(Mode),
    Method,
}

/// Decides what a request gets on the listener bound to that address.
///
/// The Host is checked before the token, so that a foreign page cannot even ask for it.
pub(super) fn decide(head: &Parts, access: &Access, bound: SocketAddr) -> Result<Target, Refusal> {
    if access.mode() == Mode::Full {
        check_host(head, access, bound)?;
    }
    let authorization = head.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or(""));
    if !access.accepts_authorization(authorization) {
        return Err(Refusal::NoToken);
    }
    let target = match (head.uri.path(), access.mode()) {
        ("/metrics", _) => Target::Metrics,
        ("/healthz", _) => Target::Health,
        ("/", Mode::Full) => Target::Page,
        ("/chart.svg", Mode::Full) => Target::Chart(Picture::Svg),
        ("/chart.png", Mode::Full) => Target::Chart(Picture::Png),
        ("/api/v1/figures", Mode::Full) => Target::Api(Api::Figures),
        ("/api/v1/snapshot", Mode::Full) => Target::Api(Api::Snapshot),
        ("/api/v1/history", Mode::Full) => Target::Api(Api::History),
        ("/api/v1/functions", Mode::Full) => Target::Api(Api::Functions),
        ("/api/v1/stream", Mode::Full) => Target::Stream,
        (_, mode) => return Err(Refusal::NotFound(mode)),
    };
    if head.method == Method::GET || head.method == Method::HEAD {
        Ok(target)
    } else {
        Err(Refusal::Method)
    }
}

fn check_host(head: &Parts, access: &Access, bound: SocketAddr) -> Result<(), Refusal> {
    // `GET http://name/path` names a host too, and goes before the header.
    let absolute = head.uri.authority().map(Authority::as_str);
    let header = host_header(&head.headers)?;
    if header.is_none() && head.version >= Version::HTTP_11 {
        return Err(Refusal::NoHost);
    }
    let is_ours = |host: &str| access.accepts_host(host, bound);
    if absolute.into_iter().chain(header).all(is_ours) { Ok(()) } else { Err(Refusal::ForeignHost) }
}

fn host_header(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().map(|host| host.to_str().unwrap_or(""));
    if hosts.next().is_some() { Err(Refusal::NoHost) } else { Ok(host) }
}

impl Refusal {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::NoHost => StatusCode::BAD_REQUEST,
            Self::ForeignHost => StatusCode::MISDIRECTED_REQUEST,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::NoHost => "one Host header is needed\n",
            Self::ForeignHost => {
                "this Host is not served here: reach it as localhost or by its address, or let the program .allow_host(…) the name\n"
            }
            Self::NoToken => "a token is needed: as bearer, or as password with any user name\n",
            Self::NotFound(Mode::Full) => {
                "not found; there are /, /metrics, /healthz, /chart.svg, /chart.png and /api/v1/{figures,snapshot,history,functions,stream}\n"
            }
            Self::NotFound(Mode::ScrapeOnly) => "not found; there are /metrics and /healthz\n",
            Self::Method => "only GET and HEAD\n",
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn decided(access: &Access, head: &Parts) -> Result<Target, Refusal> {
        decide(head, access, "127.0.0.1:9090".parse().unwrap())
    }

    const LOCAL: &[(&str, &str)] = &[("host", "localhost:9090")];

    #[test]
    fn paths_lead_to_their_targets_and_queries_are_ignored() {
        let full = Access::new(Mode::Full);
        for (uri, target) in [
            ("/", Target::Page),
            ("/?x=1", Target::Page),
            ("/metrics", Target::Metrics),
            ("/metrics?name[]=up", Target::Metrics),
            ("/healthz", Target::Health),
            ("/chart.png?last=60", Target::Chart(Picture::Png)),
            ("/api/v1/history", Target::Api(Api::History)),
        ] {
            assert_eq!(decided(&full, &head("GET", uri, LOCAL)), Ok(target), "{uri}");
            assert_eq!(decided(&full, &head("HEAD", uri, LOCAL)), Ok(target), "{uri}");
        }
        for uri in ["/metrics/", "//metrics", "/favicon.ico", "/../metrics", "/%6detrics", "*"] {
            let refused = Err(Refusal::NotFound(Mode::Full));
            assert_eq!(decided(&full, &head("GET", uri, LOCAL)), refused, "{uri}");
        }
    }

    #[test]
    fn only_get_and_head_are_methods_here() {
        let full = Access::new(Mode::Full);
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let refused = decided(&full, &head(method, "/metrics", LOCAL));
            assert_eq!(refused, Err(Refusal::Method), "{method}");
        }
    }

    #[test]
    fn a_foreign_host_is_refused_wherever_it_stands() {
        let full = Access::new(Mode::Full);
        let evil = &[("host", "evil.example")];
        assert_eq!(decided(&full, &head("GET", "/metrics", evil)), Err(Refusal::ForeignHost));
        let absolute = head("GET", "http://evil.example/metrics", LOCAL);
        assert_eq!(decided(&full, &absolute), Err(Refusal::ForeignHost));
        let twice = head("GET", "/", &[("host", "localhost"), ("host", "evil.example")]);
        assert_eq!(decided(&full, &twice), Err(Refusal::NoHost));
        assert_eq!(decided(&full, &head("GET", "/", &[("host", "")])), Err(Refusal::ForeignHost));
    }

    #[test]
    fn a_missing_host_is_refused_since_http_1_1() {
        let full = Access::new(Mode::Full);
        let mut old = head("GET", "/", &[]);
        assert_eq!(decided(&full, &old), Err(Refusal::NoHost));
        old.version = Version::HTTP_10;
        assert_eq!(decided(&full, &old), Ok(Target::Page));
    }

    #[test]
    fn a_scrape_listener_takes_any_host_and_has_no_page() {
        let scrape = Access::new(Mode::ScrapeOnly);
        for headers in [&[("host", "pay.internal:9090")] as &[_], &[]] {
            assert_eq!(decided(&scrape, &head("GET", "/metrics", headers)), Ok(Target::Metrics));
            assert_eq!(decided(&scrape, &head("GET", "/healthz", headers)), Ok(Target::Health));
            let refused = decided(&scrape, &head("GET", "/", headers));
            assert_eq!(refused, Err(Refusal::NotFound(Mode::ScrapeOnly)));
        }
    }

    #[test]
    fn a_token_guards_every_path_and_says_nothing_of_what_is_there() {
        for mode in [Mode::Full, Mode::ScrapeOnly] {
            let access = Access::new(mode).token("t".to_owned());
            for uri in ["/", "/metrics", "/healthz", "/nothing"] {
                assert_eq!(decided(&access, &head("POST", uri, LOCAL)), Err(Refusal::NoToken));
            }
            let shown = &[("host", "localhost"), ("authorization", "Bearer t")];
            assert_eq!(decided(&access, &head("GET", "/metrics", shown)), Ok(Target::Metrics));
        }
    }
}
