//! The only doors to rows: who is calling, and what of the organization that person may touch.
//!
//! Everything is denied unless a function here returns it. "You may not see it" and "it does not exist" are the same
//! answer, so that nothing can be learnt by guessing ids.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use model::access::{Permission, Plan, Role, Scope};
use model::account::MemberState;
use model::chat::{ConversationKind, MessageKind};
use model::{
    AccountId, Code, ContactId, ConversationId, FileId, MessageId, OrganizationId, PhonebookId, Refusal, SessionId,
    Time,
};
use store::Tx;

use crate::accounts;
use crate::answer::Problem;
use crate::app::Cx;
use crate::chat::store as chat;
use crate::directory::store as directory;
use crate::files::store::{self as files, FileRow};
use crate::http::cookies;
use crate::members::store as members;
use crate::tokens;

/// Who is calling.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The person.
    pub account_id: AccountId,
    /// The browser or phone.
    pub session_id: SessionId,
    /// Where the person works.
    pub organization_id: OrganizationId,
    /// The role there.
    pub role: Role,
    /// The plan there.
    pub plan: Plan,
    /// What a program may that acts for the person; none when it is the person.
    pub grant: Option<Arc<Grant>>,
}

/// What an API token may be used for.
#[derive(Debug)]
pub struct Grant {
    /// For this, as far as the person may.
    pub scopes: Vec<Scope>,
    /// And until then.
    pub expires_at: Option<Time>,
}

impl Caller {
    /// Whether the role allows it.
    ///
    /// # Errors
    /// [`Code::NotAllowed`].
    pub fn needs(&self, permission: Permission) -> Result<(), Refusal> {
        if self.allows(permission) { Ok(()) } else { Err(Code::NotAllowed.into()) }
    }

    /// Whether the role allows it and, for a program, a scope of its token too.
    pub fn allows(&self, permission: Permission) -> bool {
        let granted = |grant: &Arc<Grant>| grant.scopes.iter().any(|scope| scope.permissions().contains(&permission));
        self.role.allows(permission) && self.grant.as_ref().is_none_or(granted)
    }
}

impl FromRequestParts<Cx> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, cx: &Cx) -> Result<Self, Problem> {
        if let Some(token) = tokens::bearer(&parts.headers) {
            let caller = tokens::caller(cx, token?).await?;
            let route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
            if let Some(grant) = &caller.grant {
                tokens::reach::may_reach(grant, &parts.method, route)?;
            }
            return Ok(caller);
        }
        let secret = cookies::session(&parts.headers, &cx.config).ok_or(Code::NotSignedIn)?;
        accounts::caller(cx, &secret).await
    }
}

/// A conversation that the caller takes part in, and the caller's place in it.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Who.
    pub account_id: AccountId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// Between two or among many.
    pub kind: ConversationKind,
    /// How many take part.
    pub participant_count: i64,
}

/// A conversation the caller takes part in.
///
/// # Errors
/// [`Code::NotFound`] for everybody else.
pub async fn conversation(tx: &mut Tx<'_>, caller: &Caller, id: ConversationId) -> Result<Seat, Problem> {
    caller.needs(Permission::ConversationsUse)?;
    let row = chat::seat(tx, id, caller.account_id).await?.filter(|row| row.organization_id == caller.organization_id);
    let row = row.ok_or(Code::NotFound)?;
    Ok(Seat {
        account_id: caller.account_id,
        conversation_id: id,
        organization_id: row.organization_id,
        kind: row.kind,
        participant_count: row.participant_count,
    })
}

/// A message of a conversation the caller takes part in.
///
/// # Errors
/// [`Code::NotFound`] for everybody else.
pub async fn message(tx: &mut Tx<'_>, caller: &Caller, id: MessageId) -> Result<(Seat, chat::MessageRow), Problem> {
    let row = chat::message(tx, id).await?.ok_or(Code::NotFound)?;
    let seat = conversation(tx, caller, row.conversation_id).await?;
    Ok((seat, row))
}

/// A message the caller said, which still says something.
///
/// # Errors
/// [`Code::NotFound`], [`Code::NotYourMessage`], [`Code::MessageGone`].
pub async fn own_message(tx: &mut Tx<'_>, caller: &Caller, id: MessageId) -> Result<(Seat, chat::MessageRow), Problem> {
    let (seat, row) = message(tx, caller, id).await?;
    if row.author_id != caller.account_id || row.kind != MessageKind::Regular {
        return Err(Code::NotYourMessage.into());
    }
    if row.deleted_at.is_some() {
        return Err(Code::MessageGone.into());
    }
    Ok((seat, row))
}

/// A file the caller may see: of a message of a conversation the caller takes part in, or the caller's own that no
/// message carries yet.
///
/// # Errors
/// [`Code::NotFound`] for everybody else, and for everybody when the message was deleted.
pub async fn file(tx: &mut Tx<'_>, caller: &Caller, id: FileId) -> Result<FileRow, Problem> {
    let row = files::file(tx, id).await?.ok_or(Code::NotFound)?;
    conversation(tx, caller, row.conversation_id).await?;
    let unsent = row.message_id.is_none();
    if (unsent && row.owner_id != caller.account_id) || row.deleted_at.is_some() {
        return Err(Code::NotFound.into());
    }
    Ok(row)
}

/// A file of the caller's that no message carries yet.
///
/// # Errors
/// [`Code::NotFound`] for everybody else, and when it was sent.
pub async fn own_upload(tx: &mut Tx<'_>, caller: &Caller, id: FileId) -> Result<FileRow, Problem> {
    let row = file(tx, caller, id).await?;
    if row.message_id.is_some() { Err(Code::NotFound.into()) } else { Ok(row) }
}

/// The caller's role at this moment, when it allows to manage members; they hold still until the transaction ends, so
/// that two changes at once cannot leave an organization without an owner, or with more members than seats.
///
/// # Errors
/// [`Code::NotAllowed`].
pub async fn managing(tx: &mut Tx<'_>, caller: &Caller) -> Result<Role, Problem> {
    caller.needs(Permission::MembersManage)?;
    members::hold(tx, caller.organization_id).await?;
    // What the cache knew of the caller may have been changed while this waited.
    let own = members::member(tx, caller.organization_id, caller.account_id).await?;
    let role = own.filter(|own| own.state == MemberState::Active).map(|own| own.role);
    Ok(role.filter(|role| role.allows(Permission::MembersManage)).ok_or(Code::NotAllowed)?)
}

/// A member of the caller's organization, to be changed, and the caller's role.
///
/// # Errors
/// [`Code::NotAllowed`], and [`Code::NotFound`] for everybody who is no member there.
pub async fn managed_member(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: AccountId,
) -> Result<(Role, members::MemberRow), Problem> {
    let actor = managing(tx, caller).await?;
    let row = members::member(tx, caller.organization_id, id).await?;
    Ok((actor, row.ok_or(Code::NotFound)?))
}

/// A phonebook the caller sees: a shared one of the organization, or the caller's own.
///
/// # Errors
/// [`Code::NotFound`] for everybody else.
pub async fn phonebook(tx: &mut Tx<'_>, caller: &Caller, id: PhonebookId) -> Result<directory::PhonebookRow, Problem> {
    caller.needs(Permission::DirectoryUse)?;
    let row = directory::phonebook(tx, id).await?.filter(|row| {
        row.organization_id == caller.organization_id && row.owner_id.is_none_or(|owner| owner == caller.account_id)
    });
    row.ok_or_else(|| Code::NotFound.into())
}

/// Whether the caller, who sees a phonebook, may change it and its contacts (DIR-07).
pub fn may_edit(caller: &Caller, row: &directory::PhonebookRow) -> bool {
    row.owner_id.map_or_else(|| caller.allows(Permission::PhonebooksEdit), |owner| owner == caller.account_id)
}

/// A phonebook the caller may change.
///
/// # Errors
/// [`Code::NotFound`] for those who do not see it, [`Code::NotAllowed`].
pub async fn editable_phonebook(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: PhonebookId,
) -> Result<directory::PhonebookRow, Problem> {
    let row = phonebook(tx, caller, id).await?;
    if may_edit(caller, &row) { Ok(row) } else { Err(Code::NotAllowed.into()) }
}

/// A contact of a phonebook the caller sees, also one that was removed a while ago.
///
/// # Errors
/// [`Code::NotFound`] for everybody else.
pub async fn contact(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: ContactId,
) -> Result<(directory::PhonebookRow, directory::ContactRow), Problem> {
    caller.needs(Permission::DirectoryUse)?;
    let row = directory::contact(tx, id).await?.ok_or(Code::NotFound)?;
    Ok((phonebook(tx, caller, row.phonebook_id).await?, row))
}

/// A contact of a phonebook the caller may change, also one that was removed a while ago.
///
/// # Errors
/// [`Code::NotFound`] for those who do not see it, [`Code::NotAllowed`].
pub async fn editable_contact(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: ContactId,
) -> Result<(directory::PhonebookRow, directory::ContactRow), Problem> {
    let (book, row) = contact(tx, caller, id).await?;
    if may_edit(caller, &book) { Ok((book, row)) } else { Err(Code::NotAllowed.into()) }
}

/// Sessions looked up a short while ago, by what is kept of their secret. Ending a session clears its entry at once.
pub struct SessionCache {
    entries: Mutex<Entries>,
    valid_for: Duration,
}

#[derive(Default)]
struct Entries {
    callers: HashMap<Vec<u8>, (Caller, Time)>,
    /// How often something was forgotten: what was looked up before that is not remembered after it.
    forgotten: u64,
}

/// Entries; beyond it the cache starts anew.
const CACHED_SESSIONS: usize = 20_000;

impl SessionCache {
    /// Entries are believed for so long.
    pub fn new(valid_for: Duration) -> Self {
        Self { entries: Mutex::default(), valid_for }
    }

    /// The caller of this secret, when looked up not long ago; otherwise what [`SessionCache::put`] takes.
    pub fn get(&self, hash: &[u8], now: Time) -> Result<Caller, u64> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = entries.callers.get(hash).filter(|(_, at)| now.since(*at) < self.valid_for);
        fresh.map(|(caller, _)| caller.clone()).ok_or(entries.forgotten)
    }

    /// Remembers a caller who was looked up after [`SessionCache::get`] gave `seen`, unless somebody was forgotten since.
    pub fn put(&self, hash: Vec<u8>, caller: Caller, now: Time, seen: u64) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.forgotten != seen {
            return;
        }
        if entries.callers.len() >= CACHED_SESSIONS {
            entries.callers.clear();
        }
        entries.callers.insert(hash, (caller, now));
    }

    /// Forgets every session of this person.
    pub fn forget(&self, account: AccountId) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.forgotten += 1;
        entries.callers.retain(|_, (caller, _)| caller.account_id != account);
    }
}
