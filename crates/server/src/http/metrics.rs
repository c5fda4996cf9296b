//! `/metrics` in the OpenMetrics text format, for programs on this machine: a reverse proxy never passes it on.

use std::sync::atomic::AtomicU64;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use super::source::Source;
use crate::app::Cx;

/// The figures of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    request_seconds: Histogram,
    live_connections: Gauge<i64, std::sync::atomic::AtomicI64>,
    /// Committed events handed to listeners.
    pub events: Counter<u64, AtomicU64>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    status: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("waggle"),
            requests: Family::default(),
            request_seconds: Histogram::new(exponential_buckets(0.000_5, 2.0, 16)),
            live_connections: Gauge::default(),
            events: Counter::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("http_requests", "Requests answered, by status", metrics.requests.clone());
        let seconds = metrics.request_seconds.clone();
        registry.register_with_unit("http_request", "Time from a request to its answer", Unit::Seconds, seconds);
        registry.register("live_connections", "Live sockets open now", metrics.live_connections.clone());
        registry.register("events", "Committed events handed over", metrics.events.clone());
        metrics
    }
}

/// Counts a request and its time.
pub async fn measure(State(cx): State<Cx>, request: Request, next: Next) -> Response {
    let begun = std::time::Instant::now();
    let response = next.run(request).await;
    cx.metrics.requests.get_or_create(&Answered { status: response.status().as_u16() }).inc();
    cx.metrics.request_seconds.observe(begun.elapsed().as_secs_f64());
    response
}

/// The figures, for a program on this machine.
pub async fn show(State(cx): State<Cx>, source: Source) -> Response {
    if !source.local {
        return StatusCode::NOT_FOUND.into_response();
    }
    cx.metrics.live_connections.set(i64::try_from(cx.hub.connections()).unwrap_or(i64::MAX));
    let mut text = String::new();
    match encode(&mut text, &cx.metrics.registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use crate::test_server::served;
    use axum::http::StatusCode;

    served! {
        async fn figures_are_for_this_machine_only(server: TestServer) {
            let browser = server.browser();
            browser.get("/api/sign-in/options").await;
            let response = browser.request("GET", "/metrics", None).await;
            let text = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a whole answer");
            let text = String::from_utf8_lossy(&text);
            assert!(text.contains("waggle_http_requests_total{status=\"200\"} 1"), "{text}");
            let proxied = browser.with("x-forwarded-for", "198.51.100.7").request("GET", "/metrics", None).await;
            assert_eq!(proxied.status(), StatusCode::NOT_FOUND);
        }
    }
}
