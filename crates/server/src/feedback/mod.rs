//! Feedback: what people tell about the product, for the administrators of their organization (PROF-11).

pub mod list_feedback;
pub mod send_feedback;
pub mod store;

use crate::http::routes::{Routes, get};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new().route("/feedback", get(list_feedback::list_feedback).post(send_feedback::send_feedback))
}
