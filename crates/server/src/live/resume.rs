//! What a client that comes back is given: what it missed, or everything anew.

use std::time::Duration;

use model::event::Stream;
use model::live::Snapshot;
use model::{Code, ConversationId, Time};

use super::store::{self, LogRow};
use super::{Cursor, hub::Listener};
use crate::accounts;
use crate::answer::{Fault, Problem};
use crate::app::Cx;
use crate::chat;
use crate::directory;

/// Events a resume delivers; with more a snapshot is smaller.
const MISSED_MAX: i64 = 1_000;

/// What a connection begins with.
pub enum Beginning {
    /// Everything anew.
    Start(Box<Snapshot>),
    /// What was missed, of the account and of the organization.
    Resumed(Vec<LogRow>, Vec<LogRow>),
}

/// What a connection begins with, the positions of that view, and the conversations it hears.
pub struct Begun {
    /// What to send first.
    pub beginning: Beginning,
    /// The positions of the view.
    pub cursor: Cursor,
    /// What it hears.
    pub conversations: Vec<ConversationId>,
}

/// Reads, in one view of the database, what the client needs.
pub async fn begin(cx: &Cx, listener: Listener, last: Option<Cursor>) -> Result<Begun, Problem> {
    let (account, organization, now) = (listener.account_id, listener.organization_id, cx.now());
    let mut begun = cx
        .db
        .read(async move |tx| {
            // Whoever ends a session tells those that listen; this one listens already, and may have come too late.
            if !accounts::store::session_lasts(tx, listener.session_id, now).await? {
                return Err(Problem::from(Code::NotSignedIn));
            }
            let cursor = store::cursor(tx, account, organization).await?;
            let conversations = store::conversations(tx, account).await?;
            let last = last.filter(|last| last.account <= cursor.account && last.organization <= cursor.organization);
            if let Some(last) = last
                && last.organization + 1
                    >= ::store::events::first_position(tx, Stream::Organization(organization)).await?
                && last.account + 1 >= ::store::events::first_position(tx, Stream::Account(account)).await?
            {
                let own = store::missed_in_account(tx, account, last.account, MISSED_MAX + 1).await?;
                let work =
                    store::missed_in_organization(tx, account, organization, last.organization, MISSED_MAX + 1).await?;
                if own.len() + work.len() <= MISSED_MAX as usize {
                    return Ok(Begun { beginning: Beginning::Resumed(own, work), cursor, conversations });
                }
            }
            let profile = accounts::store::profile(tx, account).await?.ok_or(Code::NotSignedIn)?;
            let me = accounts::view::me(&profile, now);
            let (list, more_conversations) = chat::view::inbox(tx, account).await?;
            let people = directory::colleagues(tx, organization, now).await?;
            let snapshot = Snapshot { me, conversations: list, more_conversations, people };
            Ok::<_, Problem>(Begun { beginning: Beginning::Start(Box::new(snapshot)), cursor, conversations })
        })
        .await?;
    if let Beginning::Start(snapshot) = &mut begun.beginning {
        for person in &mut snapshot.people {
            person.presence = cx.hub.presence(person.id);
        }
    }
    Ok(begun)
}

/// Hands over events that were committed but never reported: a lost answer of the database must not stop a stream.
///
/// # Errors
/// What the database says.
pub async fn fill_gaps(cx: &Cx) -> Result<(), Fault> {
    for (stream, from, before) in cx.hub.gaps() {
        let rows =
            cx.db.read(async move |tx| store::between(tx, stream, from, before).await).await.map_err(Fault::from)?;
        let missed: Vec<_> = rows.iter().filter_map(|row| store::committed(stream, row)).collect();
        cx.hub.dispatch(&missed);
    }
    Ok(())
}

/// How long the log keeps an event; who was away longer starts anew.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How many events of an organization the log keeps; who missed more starts anew.
const KEPT_EVENTS: i64 = 1_000_000;
/// Events removed in one transaction.
const PRUNED_AT_ONCE: i64 = 1_000;

/// Removes events that nobody can resume over any more.
///
/// # Errors
/// What the database says.
pub async fn prune_log(cx: &Cx) -> Result<(), Fault> {
    prune(cx, cx.now() - KEPT_FOR, KEPT_EVENTS).await
}

async fn prune(cx: &Cx, before: Time, keep: i64) -> Result<(), Fault> {
    loop {
        let pruned = cx.db.write(async move |tx| {
            let old = ::store::events::prune(tx, before, PRUNED_AT_ONCE).await?;
            Ok::<_, Fault>(old + ::store::events::prune_beyond(tx, keep, PRUNED_AT_ONCE).await?)
        });
        if pruned.await? == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use model::presence::Show;
    use model::{AccountId, SessionId};
    use serde_json::json;

    use super::*;
    use crate::test_server::served;

    served! {
        async fn whoever_missed_more_than_the_log_keeps_starts_anew(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            let account: AccountId = serde_json::from_value(nora.get("/api/me").await["account"]["id"].clone()).expect("an id");
            let sessions = nora.get("/api/me/sessions").await;
            let session: SessionId = serde_json::from_value(sessions["sessions"][0]["id"].clone()).expect("an id");
            let organization = server.cx().db.read(async move |tx| {
                accounts::store::organization_by_domain(tx, "acmerobotics.example").await
            });
            let organization = organization.await.map_err(|error: ::store::Error| error).expect("a row").expect("the demo's");
            let listener = Listener { account_id: account, organization_id: organization, session_id: session,
                show: Show::Available };
            let before = begin(server.cx(), listener, None).await.expect("a beginning").cursor;
            let body = json!({ "client_id": "group", "title": "Fair", "description": null, "people": [] });
            let group = nora.post("/api/conversations", body).await;
            for number in 0..9 {
                let path = format!("/api/conversations/{}", group["id"].as_str().expect("an id"));
                nora.call("PATCH", &path, Some(json!({ "title": format!("Fair {number}") }))).await;
            }
            let begun = begin(server.cx(), listener, Some(before)).await.expect("a beginning");
            assert!(matches!(begun.beginning, Beginning::Resumed(..)));
            let last = begun.cursor;
            prune(server.cx(), Time::from_millis(0), 5).await.expect("pruning");
            assert_eq!(server.events("").await.len(), 5);
            let begun = begin(server.cx(), listener, Some(before)).await.expect("a beginning");
            assert!(matches!(begun.beginning, Beginning::Start(_)), "what was missed is gone");
            let begun = begin(server.cx(), listener, Some(last)).await.expect("a beginning");
            assert!(matches!(begun.beginning, Beginning::Resumed(..)), "nothing was missed");
        }
    }
}
