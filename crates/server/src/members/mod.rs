//! Members: who works in an organization, as what, and how they come in and go.
//!
//! An administrator invites an address, changes role and plan, suspends and lets back in. Every change holds the
//! organization's members still ([`crate::access::managing`]) and follows the rules of `model::member`.

pub mod change_member;
pub mod list_members;
pub mod seats;
pub mod store;

use axum::Router;
use axum::routing::{get, patch};

use crate::app::Cx;

/// The slice's addresses below `/api`.
pub fn router() -> Router<Cx> {
    Router::new()
        .route("/members", get(list_members::list_members))
        .route("/members/{member}", patch(change_member::change_member))
}
