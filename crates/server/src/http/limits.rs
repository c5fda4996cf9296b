//! How much one session, or one address without a session, may ask for: so many requests a second, four times as many
//! at once. What costs more than a request (codes, mails, uploads) has limits of its own beside it.

use std::num::NonZeroU32;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use model::Refusal;

use super::cookies;
use super::source::Source;
use crate::answer::Problem;
use crate::app::Cx;
use crate::{random, tokens};

/// Remembers who asked for how much.
pub struct Limits(Option<DefaultKeyedRateLimiter<Vec<u8>>>);

impl Limits {
    /// So many requests a second; none is without limit.
    pub fn new(per_second: Option<NonZeroU32>) -> Self {
        let quota = |per_second: NonZeroU32| Quota::per_second(per_second).allow_burst(per_second.saturating_mul(FOUR));
        Self(per_second.map(|per_second| RateLimiter::keyed(quota(per_second))))
    }

    /// Counts a request.
    ///
    /// # Errors
    /// A refusal that says when to come back.
    pub fn count(&self, key: Vec<u8>) -> Result<(), Refusal> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        let wait = |until: governor::NotUntil<_>| until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
        limiter.check_key(&key).map_err(|until| Refusal::slow_down(wait(until)))
    }

    /// Forgets those who have not asked for a while.
    pub fn forget_idle(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

const FOUR: NonZeroU32 = NonZeroU32::new(4).unwrap();

/// Refuses what is too much. A made-up session is no way round: it is counted by itself and finds nothing.
pub async fn limit(State(cx): State<Cx>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let kept = match tokens::bearer(&parts.headers) {
        Some(token) => token.ok().map(tokens::kept),
        None => cookies::session(&parts.headers, &cx.config).map(|secret| random::hash(&secret)),
    };
    let key = match kept {
        Some(kept) if cx.sessions.get(&kept, cx.now()).is_ok() => Ok(kept),
        _ => Source::from_request_parts(&mut parts, &cx).await.map(|source| source.bucket().into_bytes()),
    };
    match key.and_then(|key| cx.limits.count(key).map_err(Problem::from)) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Code;

    #[test]
    fn a_burst_passes_and_then_it_is_told_when_to_come_back() {
        let limits = Limits::new(NonZeroU32::new(1));
        for _ in 0..4 {
            limits.count(b"nora".to_vec()).unwrap();
        }
        let refused = limits.count(b"nora".to_vec()).unwrap_err();
        assert_eq!(refused.code, Code::TooManyRequests);
        assert!(refused.retry_after_secs >= Some(1));
        limits.count(b"tomas".to_vec()).unwrap();
    }

    #[test]
    fn without_limit_everything_passes() {
        let limits = Limits::new(None);
        assert!((0..1_000).all(|_| limits.count(b"nora".to_vec()).is_ok()));
    }
}
