//! Members: who works in an organization, as what, and how they come in and go.
//!
//! An administrator invites an address, lets in who asked, changes role and plan, suspends and lets back in. Every change holds the
//! organization's members still ([`crate::access::managing`]) and follows the rules of `model::member`.

pub mod change_member;
pub mod check_invitation;
pub mod invite_again;
pub mod invite_people;
pub mod join_requests;
pub mod list_members;
pub mod preview_invitations;
pub mod request_to_join;
pub mod seats;
pub mod store;
pub mod withdraw_invitation;

use axum::extract::DefaultBodyLimit;

use crate::http::routes::{Routes, delete, get, patch, post};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new()
        .route("/members", get(list_members::list_members))
        .route(
            "/members/{member}",
            patch(change_member::change_member).delete(withdraw_invitation::withdraw_invitation),
        )
        .route("/invitations", post(invite_people::invite_people))
        .route(
            "/invitations/preview",
            post(preview_invitations::preview_invitations).layer(DefaultBodyLimit::max(preview_invitations::TABLE_MAX)),
        )
        .route("/invitations/{invitation}", get(check_invitation::check_invitation))
        .route("/invitations/{invitation}/again", post(invite_again::invite_again))
        .route("/join-requests", get(join_requests::list_join_requests).post(request_to_join::request_to_join))
        .route("/join-requests/{request}", delete(join_requests::drop_join_request))
        .route("/join-requests/{request}/accept", post(join_requests::accept_join_request))
}
