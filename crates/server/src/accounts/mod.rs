//! Accounts: who somebody is, how that is proven, and the browsers and phones that may speak for them.
//!
//! There are no passwords. An email address is proven by a code that was sent to it; the proof makes a session, whose
//! secret lives in a cookie and whose hash is a row. A person works in one organization.

pub mod change_me;
pub mod demo_outbox;
pub mod my_sessions;
pub mod prepare;
pub mod send_code;
pub mod set_status;
pub mod setup;
pub mod sign_in;
pub mod sign_out;
pub mod store;
pub mod view;

use model::{Clock, Code, Time};

use crate::access::Caller;
use crate::answer::{Answer, Fault};
use crate::app::Cx;
use crate::http::routes::{Routes, delete, get, post, put};
use crate::random::{self, Random};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new()
        .route("/sign-in/options", get(sign_in::sign_in_options))
        .route("/sign-in/code", post(send_code::send_code))
        .route("/sign-in/demo-outbox", get(demo_outbox::demo_outbox))
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-out", post(sign_out::sign_out))
        .route("/setup/{secret}", get(setup::check_setup).post(setup::set_up))
        .route("/me", get(view::get_me).patch(change_me::change_me))
        .route("/me/status", put(set_status::set_status))
        .route("/me/sessions", get(my_sessions::list_sessions))
        .route("/me/sessions/{session}", delete(my_sessions::end_session))
        .route("/me/sessions/revoke-all", post(my_sessions::end_all_sessions))
}

/// The person behind a session's secret.
///
/// # Errors
/// [`Code::NotSignedIn`] when there is no such session any more, [`Code::NoMembership`] or [`Code::MemberSuspended`]
/// when the person has no place in an organization.
pub async fn caller(cx: &Cx, secret: &str) -> Answer<Caller> {
    let (hash, now) = (random::hash(secret), cx.now());
    let seen = match cx.sessions.get(&hash, now) {
        Ok(caller) => return Ok(caller),
        Err(seen) => seen,
    };
    let wanted = hash.clone();
    let row = cx.db.read(async move |tx| store::session_by_secret(tx, &wanted).await).await.map_err(Fault::from)?;
    let row = row.filter(|row| row.expires_at > now).ok_or(Code::NotSignedIn)?;
    let caller = sign_in::member_of(row.account_id, row.session_id, row.member())?;
    if now.since(row.seen_at) >= SEEN_EVERY {
        let (id, account) = (row.session_id, row.account_id);
        let touched = cx.db.write(async move |tx| {
            store::touch_session(tx, id, now, session_end(now)).await?;
            store::touch_account(tx, account, now).await
        });
        touched.await.map_err(Fault::from)?;
    }
    cx.sessions.put(hash, caller.clone(), now, seen);
    Ok(caller)
}

/// A session's last use is kept to the minute.
const SEEN_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

fn session_end(now: Time) -> Time {
    now + std::time::Duration::from_secs(crate::http::cookies::SESSION_SECS)
}

/// The installation's row, made on the first start.
pub async fn installation(
    db: &::store::Db,
    clock: &Clock,
    random: &Random,
    demo: bool,
) -> Result<store::Installation, Fault> {
    let (now, key) = (clock.now(), random.bytes::<32>().to_vec());
    let row = db
        .write(async move |tx| {
            store::insert_installation(tx, &key, demo, now).await?;
            store::installation(tx).await
        })
        .await;
    row.map_err(|error: ::store::Error| error.into())
}

/// Removes sessions that ended by themselves, and codes that count for no limit any more.
///
/// # Errors
/// What the database says.
pub async fn forget_expired(cx: &Cx) -> Result<(), Fault> {
    let now = cx.now();
    let done = cx.db.write(async move |tx| {
        store::prune_codes(tx, now - send_code::WINDOW).await?;
        store::prune_sessions(tx, now).await
    });
    Ok(done.await.map(drop)?)
}
