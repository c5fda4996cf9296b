//! What a client that comes back is given: what it missed, or everything anew.

use std::time::Duration;

use model::event::Stream;
use model::live::Snapshot;
use model::{Code, ConversationId};

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
        cx.hub.dispatch(rows.iter().filter_map(|row| store::committed(stream, row)).collect());
    }
    Ok(())
}

/// How long the log keeps an event; who was away longer starts anew.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Events removed in one transaction.
const PRUNED_AT_ONCE: i64 = 1_000;

/// Removes events that nobody can resume over any more.
///
/// # Errors
/// What the database says.
pub async fn prune_log(cx: &Cx) -> Result<(), Fault> {
    let before = cx.now() - KEPT_FOR;
    loop {
        let pruned = cx.db.write(async move |tx| ::store::events::prune(tx, before, PRUNED_AT_ONCE).await);
        if pruned.await.map_err(Fault::from)? == 0 {
            return Ok(());
        }
    }
}
