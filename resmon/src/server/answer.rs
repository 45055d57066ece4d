//! From a decision to a response.

use std::{
    io::Write,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use flate2::{Compression, write::GzEncoder};
use http_body_util::{Either, Full};
use hyper::{
    Response, StatusCode,
    body::{Body, Bytes},
    header::{
        ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
        CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, WWW_AUTHENTICATE,
        X_CONTENT_TYPE_OPTIONS,
    },
    http::request::Parts,
};

use super::{
    Content,
    access::Access,
    feed::Stream,
    page,
    query::{Query, Refused},
    route::{Picture, Refusal, Target, decide},
};
use crate::prometheus;

const TEXT: &str = "text/plain; charset=utf-8";
const PNG: &str = "image/png";
const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

pub(super) type Answer = Response<AnswerBody>;
pub(super) type AnswerBody = Either<Full<Bytes>, Stream>;

/// Bodies smaller than this are sent as they are.
const WORTH_PACKING: usize = 1_024;

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
            let serve = || serve(target, head, &query, content);
            let serve = || packed(serve(), head);
            catch_unwind(AssertUnwindSafe(serve)).unwrap_or_else(|_| {
                let text =
                    "the monitor failed to make this answer; its program's log may say why\n";
                response(StatusCode::INTERNAL_SERVER_ERROR, TEXT, text.into())
            })
        }
        Err(refusal) => refuse(&refusal),
    }
}

fn serve(target: Target, head: &Parts, query: &Query, content: &dyn Content) -> Answer {
    match target {
        Target::Metrics => {
            response(StatusCode::OK, prometheus::CONTENT_TYPE, content.metrics().into())
        }
        Target::Page => response(StatusCode::OK, HTML, page::PAGE.into()),
        Target::Stream => stream(head, content),
        Target::Chart(picture) => {
            let kind = match picture {
                Picture::Svg => "image/svg+xml",
                Picture::Png => PNG,
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

/// An answer that goes on with each tick.
fn stream(head: &Parts, content: &dyn Content) -> Answer {
    // What a browser sends that comes back.
    let told = head.headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let Some(stream) = content.feed().join(|| content.begin(told)) else {
        let text = "too many viewers, or the program is stopping\n";
        return response(StatusCode::SERVICE_UNAVAILABLE, TEXT, text.into());
    };
    let mut answer = response(StatusCode::OK, EVENTS, Bytes::new());
    *answer.body_mut() = Either::Right(stream);
    answer
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

/// The answer in fewer bytes, for those who take that.
fn packed(mut answer: Answer, head: &Parts) -> Answer {
    let takes = head.headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let is_gzip = |coding: &str| {
        let mut parts = coding.split(';').map(str::trim);
        parts.next() == Some("gzip") && parts.all(|part| part.replace(' ', "") != "q=0")
    };
    let takes = takes.is_some_and(|takes| takes.split(',').any(is_gzip));
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    // A PNG is packed already.
    if !takes || kind == Some(PNG) {
        return answer;
    }
    let is_page = kind == Some(HTML);
    let Either::Left(body) = answer.body_mut() else { return answer };
    // It is whole, so that its one frame is there.
    let frame = Pin::new(&mut *body).poll_frame(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Some(Ok(frame))) = frame else { return answer };
    let whole = frame.into_data().unwrap_or_default();
    if whole.len() < WORTH_PACKING {
        *body = Full::new(whole);
        return answer;
    }
    // The page is asked for once, what it is told again and again.
    let effort = if is_page { Compression::default() } else { Compression::fast() };
    let mut packer = GzEncoder::new(Vec::new(), effort);
    let done = packer.write_all(&whole).and_then(|()| packer.finish());
    let body = done.map(Bytes::from);
    if body.is_ok() {
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    *answer.body_mut() = Either::Left(Full::new(body.unwrap_or(whole)));
    answer
}

/// Nobody is there any more who could answer.
pub(super) fn gone() -> Answer {
    response(StatusCode::SERVICE_UNAVAILABLE, TEXT, "the monitor does not run\n".into())
}

fn refuse(refusal: &Refusal) -> Answer {
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
        _ => {}
    }
    answer
}

fn response(status: StatusCode, content_type: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(body)));
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
