//! What a request carries, read with our own refusals.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use bytes::Bytes;
use model::{Code, Refusal};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::answer::Problem;
use crate::app::Cx;

/// A JSON body. A browser cannot be made to send one from a foreign page without asking us first.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Cx> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, cx: &Cx) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, cx).await {
            Ok(axum::Json(value)) => Ok(Body(value)),
            Err(rejection) if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Code::TooLarge.into())
            }
            Err(rejection) => Err(Refusal::with(Code::BadRequest, json!({ "why": rejection.body_text() })).into()),
        }
    }
}

/// A body of bytes, as large as its address takes; whatever type it claims to be is not believed.
pub struct Raw(pub Bytes);

impl FromRequest<Cx> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, cx: &Cx) -> Result<Self, Problem> {
        match Bytes::from_request(request, cx).await {
            Ok(bytes) => Ok(Raw(bytes)),
            Err(rejection) if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Code::TooLarge.into())
            }
            Err(rejection) => Err(Refusal::with(Code::BadRequest, json!({ "why": rejection.body_text() })).into()),
        }
    }
}

/// Parts of the path; an id of the wrong kind names nothing.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Cx> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, cx: &Cx) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, cx).await;
        path.map(|axum::extract::Path(value)| Path(value)).map_err(|_| Code::NotFound.into())
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Cx> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, cx: &Cx) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, cx).await;
        let why = |text: String| Problem::from(Refusal::with(Code::BadRequest, json!({ "why": text })));
        query.map(|axum::extract::Query(value)| Query(value)).map_err(|rejection| why(rejection.body_text()))
    }
}
