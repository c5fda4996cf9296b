//! Answers: a value, a refusal, or a fault.
//!
//! A refusal is an expected "no" and says why. A fault is what nobody expected: it is logged once, here, and the
//! person gets its reference number.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{Code, Refusal};
use serde_json::json;

/// Why a request was not done.
#[derive(Debug)]
pub enum Problem {
    /// An expected "no".
    Refusal(Refusal),
    /// What nobody expected.
    Fault(Fault),
}

/// What nobody expected, with what was being done.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database could not do it.
    #[error("{0}")]
    Store(#[from] store::Error),
    /// Something else could not be done.
    #[error("{0}")]
    Other(String),
}

impl Problem {
    /// Whether two rows would have had the same values in this named constraint.
    pub fn is_conflict(&self, name: &str) -> bool {
        matches!(self, Problem::Fault(Fault::Store(store::Error::Conflict { constraint })) if constraint == name)
    }
}

/// What a handler returns.
pub type Answer<T> = Result<T, Problem>;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem::Refusal(refusal)
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Problem::Refusal(code.into())
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            // Only something from outside can have one.
            store::Error::Nul => Problem::Refusal(Code::BadRequest.into()),
            error => Problem::Fault(error.into()),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Problem::Fault(fault)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Problem::Refusal(refusal) => refused(&refusal),
            Problem::Fault(fault) => failed(&fault),
        }
    }
}

fn refused(refusal: &Refusal) -> Response {
    let code = refusal.code;
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut error = json!({ "code": code.word(), "message": code.sentence() });
    if let Some(details) = &refusal.details {
        error["details"] = details.clone();
    }
    let mut response = (status, Json(json!({ "error": error }))).into_response();
    if let Some(seconds) = refusal.retry_after_secs {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn failed(fault: &Fault) -> Response {
    let reference = data_encoding::HEXUPPER.encode(&crate::random::Random::system().bytes::<4>());
    tracing::error!(fault.reference = %reference, error = %fault, "A request failed, reference {reference}.");
    let busy = matches!(
        fault,
        Fault::Store(store::Error::Overloaded | store::Error::Unreachable { .. } | store::Error::Closed)
    );
    let (status, code, message) = if busy {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server cannot do this right now. Try again in a moment.")
    } else {
        (StatusCode::INTERNAL_SERVER_ERROR, "fault", "This failed on our side. Nothing of it was kept.")
    };
    let body = json!({ "error": { "code": code, "message": message, "reference": reference } });
    (status, Json(body)).into_response()
}
