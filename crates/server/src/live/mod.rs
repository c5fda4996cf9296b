//! Live sync: every open client hears what happened, in order, once, and only what it may hear.
//!
//! [`hub`] knows who listens and hands committed events over; [`socket`] is one connection; [`cursor`] is where a
//! client stopped, unreadable to the client; [`resume`] reads what was missed, or everything anew; [`notice`] is what
//! the nodes of an installation tell each other.

pub mod cursor;
pub mod hub;
pub mod notice;
pub mod resume;
pub mod socket;
pub mod store;

pub use cursor::{Cursor, CursorKey};
pub use hub::Hub;
pub use notice::Notice;

use crate::http::routes::{Routes, get};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new().route("/live", get(socket::live))
}
