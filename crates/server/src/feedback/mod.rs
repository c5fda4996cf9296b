//! Feedback: what people tell about the product, for the administrators of their organization (PROF-11).

pub mod list_feedback;
pub mod send_feedback;
pub mod store;

use axum::Router;
use axum::routing::get;

use crate::app::Cx;

/// The slice's addresses below `/api`.
pub fn router() -> Router<Cx> {
    Router::new().route("/feedback", get(list_feedback::list_feedback).post(send_feedback::send_feedback))
}
