//! From a decision to a response.

use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
};

use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
        HeaderValue, REFERRER_POLICY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
    },
    http::request::Parts,
};

use super::{
    Content,
    access::Access,
    page,
    query::{Query, Refused},
    route::{Picture, Refusal, Target, decide},
};
use crate::prometheus;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

pub(super) type Answer = Response<Full<Bytes>>;

/// Answers one request.
pub(super) fn answer(
    head: &Parts,
    access: &Access,
    bound: SocketAddr,
    content: &dyn Content,
) -> Answer {
    match decide(head, access, bound) {
        // Sources and formatters of the program's own may be part of the content.
        Ok(target) => {
            let query = Query::parse(head.uri.query().unwrap_or_default());
            let serve = || serve(target, &query, content);
            catch_unwind(AssertUnwindSafe(serve)).unwrap_or_else(|_| {
                let text =
                    "the monitor failed to make this answer; its program's log may say why\n";
                response(StatusCode::INTERNAL_SERVER_ERROR, TEXT, text.into())
            })
        }
        Err(refusal) => refuse(refusal),
    }
}

fn serve(target: Target, query: &Query, content: &dyn Content) -> Answer {
    match target {
        Target::Metrics => {
            response(StatusCode::OK, prometheus::CONTENT_TYPE, content.metrics().into())
        }
        Target::Page => response(StatusCode::OK, HTML, content.page().into()),
        Target::Chart(picture) => {
            let kind = match picture {
                Picture::Svg => "image/svg+xml",
                Picture::Png => "image/png",
            };
            found(kind, content.chart(picture, query))
        }
        Target::Api(api) => found(JSON, content.api(api, query)),
        Target::Health => {
            let health = content.health();
            let healthy = StatusCode::OK;
            let status = if health.healthy { healthy } else { StatusCode::SERVICE_UNAVAILABLE };
            response(status, TEXT, format!("{}\n", health.text).into())
        }
    }
}

/// What was asked for, or as JSON why there is none.
fn found(content_type: &'static str, body: Result<Vec<u8>, Refused>) -> Answer {
    match body {
        Ok(body) => response(StatusCode::OK, content_type, body.into()),
        Err(Refused { not_found, reason }) => {
            let status = if not_found { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
            let body = serde_json::json!({ "error": reason }).to_string();
            response(status, JSON, body.into())
        }
    }
}

fn refuse(refusal: Refusal) -> Answer {
    let mut answer = response(refusal.status(), TEXT, refusal.text().into());
    let headers = answer.headers_mut();
    match refusal {
        Refusal::Method => {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        Refusal::NoToken => {
            // A browser asks its user for the second.
            for scheme in ["Bearer realm=\"resmon\"", "Basic realm=\"resmon\", charset=\"UTF-8\""] {
                headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
            }
        }
        Refusal::NoHost | Refusal::ForeignHost | Refusal::NotFound(_) => {}
    }
    answer
}

fn response(status: StatusCode, content_type: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    protect(headers);
    answer
}

/// What keeps a browser from doing more with an answer than showing it.
fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY_POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
