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
    Alerts,
}

/// Why a request gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No Host, or more than one.
    NoHost,
    ForeignHost,
    NoToken,
    /// A page of somebody else's would have it.
    CrossSite,
    NotFound(Mode),
    Method,
}

/// Decides what a request gets on the listener bound to that address.
///
/// The Host is checked before the token, so that a foreign page cannot even ask for it.
pub(super) fn decide(head: &Parts, access: &Access, bound: SocketAddr) -> Result<Target, Refusal> {
    if *access.mode() == Mode::Full {
        check_host(head, access, bound)?;
    }
    let authorization = head.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or(""));
    if !access.accepts_authorization(authorization) {
        return Err(Refusal::NoToken);
    }
    let not_found = || Refusal::NotFound(access.mode().clone());
    let target = target(head.uri.path(), access.mode()).ok_or_else(not_found)?;
    if *access.mode() != Mode::ScrapeOnly && is_cross_site(&head.headers) {
        return Err(Refusal::CrossSite);
    }
    if head.method == Method::GET || head.method == Method::HEAD {
        Ok(target)
    } else {
        Err(Refusal::Method)
    }
}

fn target(path: &str, mode: &Mode) -> Option<Target> {
    let path = match mode {
        Mode::Mounted(prefix) => path.strip_prefix(&**prefix)?,
        Mode::Full | Mode::ScrapeOnly => path,
    };
    Some(match path {
        "/metrics" => Target::Metrics,
        "/healthz" => Target::Health,
        _ if *mode == Mode::ScrapeOnly => return None,
        "/" => Target::Page,
        // Where a router, or `under`, takes off everything.
        "" if matches!(mode, Mode::Mounted(_)) => Target::Page,
        "/chart.svg" => Target::Chart(Picture::Svg),
        "/chart.png" => Target::Chart(Picture::Png),
        "/api/v1/figures" => Target::Api(Api::Figures),
        "/api/v1/snapshot" => Target::Api(Api::Snapshot),
        "/api/v1/history" => Target::Api(Api::History),
        "/api/v1/functions" => Target::Api(Api::Functions),
        "/api/v1/alerts" => Target::Api(Api::Alerts),
        "/api/v1/stream" => Target::Stream,
        _ => return None,
    })
}

/// Whether a browser asks for a page that is not ours, and not because its user follows a link.
fn is_cross_site(headers: &HeaderMap) -> bool {
    let is = |name, value: &str| headers.get(name).is_some_and(|own| own == value);
    is("sec-fetch-site", "cross-site") && !is("sec-fetch-mode", "navigate")
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
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoHost => StatusCode::BAD_REQUEST,
            Self::ForeignHost => StatusCode::MISDIRECTED_REQUEST,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    pub(super) fn text(&self) -> &'static str {
        match self {
            Self::NoHost => "one Host header is needed\n",
            Self::ForeignHost => {
                "this Host is not served here: reach it as localhost or by its address, or let the program .allow_host(…) the name\n"
            }
            Self::NoToken => "a token is needed: as bearer, or as password with any user name\n",
            Self::CrossSite => "pages of other sites get nothing here\n",
            Self::NotFound(Mode::ScrapeOnly) => "not found; there are /metrics and /healthz\n",
            Self::NotFound(_) => {
                "not found; there are /, /metrics, /healthz, /chart.svg, /chart.png and /api/v1/{figures,snapshot,history,functions,alerts,stream}\n"
            }
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
    fn a_page_of_another_site_gets_nothing_but_a_link_to_here() {
        let full = Access::new(Mode::Full);
        let asks = |site: &'static str, mode: &'static str| {
            let headers = [LOCAL[0], ("sec-fetch-site", site), ("sec-fetch-mode", mode)];
            ["/", "/metrics", "/api/v1/snapshot", "/api/v1/stream", "/chart.png"]
                .map(|uri| decided(&full, &head("GET", uri, &headers)))
        };
        for mode in ["cors", "no-cors", ""] {
            assert!(asks("cross-site", mode).iter().all(|it| *it == Err(Refusal::CrossSite)));
        }
        assert!(asks("cross-site", "navigate").iter().all(Result::is_ok));
        for site in ["same-origin", "none"] {
            assert!(asks(site, "cors").iter().all(Result::is_ok), "{site}");
        }
    }

    #[test]
    fn behind_a_prefix_any_host_gets_everything() {
        for prefix in ["", "/resmon", "/a/b"] {
            let mounted = Access::new(Mode::Mounted(prefix.into()));
            let get = |path: &str| {
                let uri = format!("{prefix}{path}");
                decided(&mounted, &head("GET", &uri, &[("host", "shop.example")]))
            };
            assert_eq!(get("/"), Ok(Target::Page));
            assert_eq!(get("/metrics"), Ok(Target::Metrics));
            assert_eq!(get("/api/v1/alerts"), Ok(Target::Api(Api::Alerts)));
            assert!(get("/nothing").is_err());
        }
        let mounted = Access::new(Mode::Mounted("/resmon".into()));
        assert_eq!(decided(&mounted, &head("GET", "/resmon", &[])), Ok(Target::Page));
        assert!(decided(&mounted, &head("GET", "/metrics", &[])).is_err());
        assert!(decided(&mounted, &head("GET", "/resmonmetrics", &[])).is_err());
    }

    #[test]
    fn a_token_guards_every_path_and_says_nothing_of_what_is_there() {
        for mode in [Mode::Full, Mode::ScrapeOnly] {
            let access = Access::new(mode.clone()).token("t".to_owned());
            for uri in ["/", "/metrics", "/healthz", "/nothing"] {
                assert_eq!(decided(&access, &head("POST", uri, LOCAL)), Err(Refusal::NoToken));
            }
            let shown = &[("host", "localhost"), ("authorization", "Bearer t")];
            assert_eq!(decided(&access, &head("GET", "/metrics", shown)), Ok(Target::Metrics));
        }
    }
}
