//! Every SQL statement on conversations, participants and messages.

use model::chat::{ConversationKind, MessageKind};
use model::{AccountId, ConversationId, FileId, MessageId, OrganizationId, Time};
use store::{Result, Tx, row, sql};

row! {
    /// A person's place in a conversation, with what a handler decides by.
    pub struct SeatRow {
        pub organization_id: OrganizationId, pub kind: ConversationKind, pub participant_count: i64, pub position: i64,
        pub read_position: i64,
    }
}

row! {
    /// A message, as far as handlers decide by it.
    pub struct MessageRow {
        pub id: MessageId, pub conversation_id: ConversationId, pub position: i64, pub author_id: AccountId,
        pub kind: MessageKind, pub body: String, pub created_at: Time, pub deleted_at: Option<Time>,
    }
}

row! {
    /// A conversation with one person's place in it.
    pub struct ConversationRow {
        pub id: ConversationId, pub organization_id: OrganizationId, pub kind: ConversationKind,
        pub title: Option<String>, pub description: Option<String>, pub picture_id: Option<FileId>,
        pub participant_count: i64, pub position: i64, pub active_at: Time, pub created_at: Time,
        pub read_position: i64, pub hidden_position: Option<i64>, pub muted: bool, pub pinned_at: Option<Time>,
        pub draft: Option<String>,
    }
}

row! {
    /// A person as named beside a message.
    pub struct PersonRow { pub id: AccountId, pub name: String, pub picture_id: Option<FileId> }
}

row! {
    /// A message with all that one row can tell of it.
    pub struct MessageViewRow {
        pub id: MessageId, pub client_id: String, pub conversation_id: ConversationId, pub position: i64,
        pub author_id: AccountId, pub author_name: String, pub author_picture: Option<FileId>,
        pub kind: MessageKind, pub body: String, pub system: Option<String>,
        pub quote_id: Option<MessageId>, pub quote_position: Option<i64>, pub quote_author_id: Option<AccountId>,
        pub quote_author_name: Option<String>, pub quote_author_picture: Option<FileId>, pub quote_body: Option<String>,
        pub quote_deleted_at: Option<Time>,
        pub forwarded_id: Option<AccountId>, pub forwarded_name: Option<String>, pub forwarded_picture: Option<FileId>,
        pub created_at: Time, pub edited_at: Option<Time>, pub deleted_at: Option<Time>,
    }
}

row! {
    /// A reaction of one person.
    pub struct ReactionRow { pub message_id: MessageId, pub emoji: String, pub account_id: AccountId }
}

/// A message to keep.
pub struct NewMessage<'a> {
    /// Its id.
    pub id: MessageId,
    /// Where it is said.
    pub conversation_id: ConversationId,
    /// Its place.
    pub position: i64,
    /// Who says it.
    pub author_id: AccountId,
    /// The id the author's client gave it.
    pub client_id: &'a str,
    /// What kind.
    pub kind: MessageKind,
    /// The text.
    pub body: &'a str,
    /// What a system message tells, as JSON.
    pub system: Option<String>,
    /// The message it answers.
    pub quote_id: Option<MessageId>,
    /// Who said it first.
    pub forwarded_from: Option<AccountId>,
}

/// A conversation to keep.
pub struct NewConversation<'a> {
    /// Its id.
    pub id: ConversationId,
    /// Where it lives.
    pub organization_id: OrganizationId,
    /// Between two or among many.
    pub kind: ConversationKind,
    /// The title of a group.
    pub title: Option<&'a str>,
    /// The description.
    pub description: Option<&'a str>,
    /// What makes a pair's conversation the only one.
    pub direct_key: Option<&'a str>,
    /// The id the maker's client gave it.
    pub client_id: Option<&'a str>,
    /// Who makes it.
    pub created_by: AccountId,
    /// How many take part.
    pub participant_count: i64,
}

/// A person's place in a conversation.
pub async fn seat(tx: &mut Tx<'_>, id: ConversationId, account: AccountId) -> Result<Option<SeatRow>> {
    tx.opt(
        sql!(
            "select c.organization_id, c.kind, c.participant_count, c.position, p.read_position
            from participants p join conversations c on c.id = p.conversation_id
            where p.conversation_id = $1 and p.account_id = $2 and p.left_at is null"
        ),
        (&id, &account),
    )
    .await
}

/// A message by its id.
pub async fn message(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<MessageRow>> {
    tx.opt(
        sql!("select id, conversation_id, position, author_id, kind, body, created_at, deleted_at from messages where id = $1"),
        (&id,),
    )
    .await
}

/// The message a client sent before under the same id.
pub async fn message_by_client_id(tx: &mut Tx<'_>, author: AccountId, client_id: &str) -> Result<Option<MessageRow>> {
    tx.opt(
        sql!(
            "select id, conversation_id, position, author_id, kind, body, created_at, deleted_at
            from messages where author_id = $1 and client_id = $2"
        ),
        (&author, &client_id),
    )
    .await
}

/// The conversation a client made before under the same id.
pub async fn conversation_by_client_id(
    tx: &mut Tx<'_>,
    maker: AccountId,
    client_id: &str,
) -> Result<Option<ConversationId>> {
    let row: Option<(ConversationId,)> = tx
        .opt(sql!("select id from conversations where created_by = $1 and client_id = $2"), (&maker, &client_id))
        .await?;
    Ok(row.map(|(id,)| id))
}

/// The one direct conversation of a pair.
pub async fn direct(tx: &mut Tx<'_>, organization: OrganizationId, key: &str) -> Result<Option<ConversationId>> {
    let row: Option<(ConversationId,)> = tx
        .opt(sql!("select id from conversations where organization_id = $1 and direct_key = $2"), (&organization, &key))
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Keeps a conversation. A second one of a pair is a conflict of `conversations_direct`, a repeated send of
/// `conversations_client`.
pub async fn insert_conversation(tx: &mut Tx<'_>, new: &NewConversation<'_>, now: Time) -> Result<u64> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    tx.run(
        sql!(
            "insert into conversations (id, organization_id, kind, title, description, direct_key, client_id,
                created_by, participant_count, position, active_at, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $10)"
        ),
        (
            &new.id,
            &new.organization_id,
            &new.kind,
            &owned(new.title),
            &owned(new.description),
            &owned(new.direct_key),
            &owned(new.client_id),
            &new.created_by,
            &new.participant_count,
            &now,
        ),
    )
    .await
}

/// Gives somebody a place, or gives it back to somebody who left.
pub async fn insert_participant(
    tx: &mut Tx<'_>,
    conversation: ConversationId,
    account: AccountId,
    read_position: i64,
    now: Time,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into participants (conversation_id, account_id, joined_at, read_position, muted)
            values ($1, $2, $3, $4, false)
            on conflict (conversation_id, account_id) do update set left_at = null, hidden_position = null"
        ),
        (&conversation, &account, &now, &read_position),
    )
    .await
}

/// Takes the next place among the conversation's messages.
pub async fn next_position(tx: &mut Tx<'_>, id: ConversationId, now: Time) -> Result<i64> {
    let (position,): (i64,) = tx
        .one(
            sql!("update conversations set position = position + 1, active_at = $2 where id = $1 returning position"),
            (&id, &now),
        )
        .await?;
    Ok(position)
}

/// Keeps a message. A repeated send is a conflict of `messages_client`.
pub async fn insert_message(tx: &mut Tx<'_>, new: &NewMessage<'_>, now: Time) -> Result<u64> {
    tx.run(
        sql!(
            "insert into messages (id, conversation_id, position, author_id, client_id, kind, body, system, quote_id,
                forwarded_from, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        (
            &new.id,
            &new.conversation_id,
            &new.position,
            &new.author_id,
            &new.client_id,
            &new.kind,
            &new.body,
            &new.system,
            &new.quote_id,
            &new.forwarded_from,
            &now,
        ),
    )
    .await
}

/// Remembers that a message mentions somebody who takes part.
pub async fn insert_mention(
    tx: &mut Tx<'_>,
    account: AccountId,
    conversation: ConversationId,
    position: i64,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into mentions (account_id, conversation_id, position)
            select account_id, conversation_id, $3 from participants
            where conversation_id = $2 and account_id = $1 and left_at is null
            on conflict (account_id, conversation_id, position) do nothing"
        ),
        (&account, &conversation, &position),
    )
    .await
}

/// Whoever posts has read everything up to there, and has no draft any more.
pub async fn posted(tx: &mut Tx<'_>, conversation: ConversationId, account: AccountId, position: i64) -> Result<u64> {
    tx.run(
        sql!("update participants set read_position = $3, draft = null where conversation_id = $1 and account_id = $2"),
        (&conversation, &account, &position),
    )
    .await
}

/// Moves somebody's read position forward; 0 rows when it is there already.
pub async fn read_up_to(
    tx: &mut Tx<'_>,
    conversation: ConversationId,
    account: AccountId,
    position: i64,
) -> Result<u64> {
    tx.run(
        sql!(
            "update participants set read_position = $3
            where conversation_id = $1 and account_id = $2 and read_position < $3"
        ),
        (&conversation, &account, &position),
    )
    .await
}

/// Whether a person works in the organization now, with the name.
pub async fn colleague(tx: &mut Tx<'_>, organization: OrganizationId, account: AccountId) -> Result<Option<PersonRow>> {
    tx.opt(
        sql!(
            "select a.id, a.name, a.picture_id from members m join accounts a on a.id = m.account_id
            where m.organization_id = $1 and m.account_id = $2 and m.state <> 'suspended'"
        ),
        (&organization, &account),
    )
    .await
}

/// A person's name.
pub async fn person(tx: &mut Tx<'_>, account: AccountId) -> Result<Option<PersonRow>> {
    tx.opt(sql!("select id, name, picture_id from accounts where id = $1"), (&account,)).await
}

/// A conversation with one person's place in it.
pub async fn conversation(tx: &mut Tx<'_>, id: ConversationId, account: AccountId) -> Result<Option<ConversationRow>> {
    tx.opt(
        sql!("select c.id, c.organization_id, c.kind, c.title, c.description, c.picture_id, c.participant_count, c.position,
                c.active_at, c.created_at, p.read_position, p.hidden_position, p.muted, p.pinned_at, p.draft
            from participants p join conversations c on c.id = p.conversation_id
            where p.conversation_id = $1 and p.account_id = $2 and p.left_at is null"),
        (&id, &account),
    )
    .await
}

/// A page of a person's conversations, the newest first, after a place in that order. Direct ones in which nothing was
/// said yet are left out. `filter` is a word of `ConversationFilter`.
pub async fn inbox(
    tx: &mut Tx<'_>,
    account: AccountId,
    filter: &str,
    before: Time,
    before_id: ConversationId,
    limit: i64,
) -> Result<Vec<ConversationRow>> {
    tx.all(
        sql!("select c.id, c.organization_id, c.kind, c.title, c.description, c.picture_id, c.participant_count, c.position,
                c.active_at, c.created_at, p.read_position, p.hidden_position, p.muted, p.pinned_at, p.draft
            from participants p join conversations c on c.id = p.conversation_id
            where p.account_id = $1 and p.left_at is null
                and (c.active_at < $3 or (c.active_at = $3 and c.id < $4))
                and (c.position > 0 or c.kind = 'group')
                and ($2 = 'hidden') = (p.hidden_position is not null and p.hidden_position >= c.position)
                and ($2 in ('all', 'hidden') or c.kind = $2 or ($2 = 'unread' and exists (
                    select 1 from messages m where m.conversation_id = c.id and m.position > p.read_position
                        and m.author_id <> $1 and m.kind = 'regular' and m.deleted_at is null)))
            order by c.active_at desc, c.id desc limit $5"),
        (&account, filter, &before, &before_id, &limit),
    )
    .await
}

/// A person's pinned conversations, at most 100.
pub async fn pinned(tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<ConversationRow>> {
    tx.all(
        sql!("select c.id, c.organization_id, c.kind, c.title, c.description, c.picture_id, c.participant_count, c.position,
                c.active_at, c.created_at, p.read_position, p.hidden_position, p.muted, p.pinned_at, p.draft
            from participants p join conversations c on c.id = p.conversation_id
            where p.account_id = $1 and p.left_at is null and p.pinned_at is not null
                and (p.hidden_position is null or p.hidden_position < c.position)
            order by c.active_at desc, c.id desc limit 100"),
        (&account,),
    )
    .await
}

/// Conversations in which two people take part and, but for groups, something was said; the newest first.
pub async fn in_common(
    tx: &mut Tx<'_>,
    account: AccountId,
    other: AccountId,
    before: Time,
    before_id: ConversationId,
    limit: i64,
) -> Result<Vec<ConversationRow>> {
    tx.all(
        sql!(
            "select c.id, c.organization_id, c.kind, c.title, c.description, c.picture_id, c.participant_count,
                c.position, c.active_at, c.created_at, p.read_position, p.hidden_position, p.muted, p.pinned_at, p.draft
            from participants o
                join participants p on p.conversation_id = o.conversation_id and p.account_id = $1 and p.left_at is null
                join conversations c on c.id = p.conversation_id
            where o.account_id = $2 and o.account_id <> $1 and o.left_at is null
                and (c.position > 0 or c.kind = 'group')
                and (c.active_at < $3 or (c.active_at = $3 and c.id < $4))
            order by c.active_at desc, c.id desc limit $5"
        ),
        (&account, &other, &before, &before_id, &limit),
    )
    .await
}

/// The first eight who take part, but one.
pub async fn first_people(tx: &mut Tx<'_>, conversation: ConversationId, but: AccountId) -> Result<Vec<PersonRow>> {
    tx.all(
        sql!(
            "select a.id, a.name, a.picture_id from participants p join accounts a on a.id = p.account_id
            where p.conversation_id = $1 and p.account_id <> $2 and p.left_at is null
            order by p.joined_at, a.id limit 8"
        ),
        (&conversation, &but),
    )
    .await
}

/// Messages by others beyond a position, counted up to 100.
pub async fn unread(tx: &mut Tx<'_>, conversation: ConversationId, account: AccountId, after: i64) -> Result<i64> {
    let (count,): (i64,) = tx
        .one(
            sql!(
                "select count(*) from (select 1 from messages where conversation_id = $1 and position > $3
                and author_id <> $2 and kind = 'regular' and deleted_at is null limit 100) as unread"
            ),
            (&conversation, &account, &after),
        )
        .await?;
    Ok(count)
}

/// Whether somebody is mentioned beyond a position.
pub async fn mentioned(tx: &mut Tx<'_>, conversation: ConversationId, account: AccountId, after: i64) -> Result<bool> {
    let row: Option<(i64,)> = tx
        .opt(
            sql!(
                "select position from mentions where account_id = $2 and conversation_id = $1 and position > $3 limit 1"
            ),
            (&conversation, &account, &after),
        )
        .await?;
    Ok(row.is_some())
}

/// The messages of a range of positions, both ends included, oldest first.
pub async fn messages(
    tx: &mut Tx<'_>,
    conversation: ConversationId,
    from: i64,
    to: i64,
) -> Result<Vec<MessageViewRow>> {
    tx.all(
        sql!(
            "select m.id, m.client_id, m.conversation_id, m.position,
                m.author_id, a.name as author_name, a.picture_id as author_picture, m.kind, m.body, m.system,
                m.quote_id, q.position as quote_position, q.author_id as quote_author_id, qa.name as quote_author_name,
                qa.picture_id as quote_author_picture, q.body as quote_body, q.deleted_at as quote_deleted_at,
                f.id as forwarded_id, f.name as forwarded_name, f.picture_id as forwarded_picture,
                m.created_at, m.edited_at, m.deleted_at
            from messages m join accounts a on a.id = m.author_id
                left join messages q on q.id = m.quote_id left join accounts qa on qa.id = q.author_id
                left join accounts f on f.id = m.forwarded_from
            where m.conversation_id = $1 and m.position >= $2 and m.position <= $3 order by m.position"
        ),
        (&conversation, &from, &to),
    )
    .await
}

/// The reactions to a range of messages, in order.
pub async fn reactions(tx: &mut Tx<'_>, conversation: ConversationId, from: i64, to: i64) -> Result<Vec<ReactionRow>> {
    tx.all(
        sql!(
            "select r.message_id, r.emoji, r.account_id from messages m join reactions r on r.message_id = m.id
            where m.conversation_id = $1 and m.position >= $2 and m.position <= $3
            order by r.created_at, r.emoji, r.account_id"
        ),
        (&conversation, &from, &to),
    )
    .await
}

/// The pinned messages of a conversation.
pub async fn pinned_messages(tx: &mut Tx<'_>, conversation: ConversationId) -> Result<Vec<MessageId>> {
    let rows: Vec<(MessageId,)> = tx
        .all(
            sql!(
                "select message_id from pins where conversation_id = $1 order by pinned_at desc, message_id limit 100"
            ),
            (&conversation,),
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

row! {
    /// A text that was replaced.
    pub struct EditRow { pub body: String, pub replaced_at: Time }
}

/// Keeps a text that is being replaced.
pub async fn insert_edit(tx: &mut Tx<'_>, id: MessageId, body: &str, now: Time) -> Result<u64> {
    tx.run(
        sql!(
            "insert into message_edits (message_id, replaced_at, body) values ($1, $2, $3)
            on conflict (message_id, replaced_at) do nothing"
        ),
        (&id, &now, body),
    )
    .await
}

/// Replaces a text.
pub async fn update_body(tx: &mut Tx<'_>, id: MessageId, body: &str, now: Time) -> Result<u64> {
    tx.run(sql!("update messages set body = $2, edited_at = $3 where id = $1"), (&id, body, &now)).await
}

/// The texts a message had, the last replaced first.
pub async fn edits(tx: &mut Tx<'_>, id: MessageId) -> Result<Vec<EditRow>> {
    tx.all(
        sql!("select body, replaced_at from message_edits where message_id = $1 order by replaced_at desc limit 100"),
        (&id,),
    )
    .await
}

/// Takes a message back, or brings it back; 0 rows when it was erased.
pub async fn set_deleted(tx: &mut Tx<'_>, id: MessageId, at: Option<Time>) -> Result<u64> {
    tx.run(sql!("update messages set deleted_at = $2 where id = $1 and erased_at is null"), (&id, &at)).await
}

/// Messages that were taken back before this and are not erased, the oldest deletion first.
pub async fn to_erase(tx: &mut Tx<'_>, before: Time, limit: i64) -> Result<Vec<MessageId>> {
    let rows: Vec<(MessageId,)> = tx
        .all(
            sql!(
                "select id from messages where deleted_at < $1 and deleted_at is not null and erased_at is null
                order by deleted_at limit $2"
            ),
            (&before, &limit),
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

row! {
    /// What stays of a message that is erased.
    pub struct ErasedRow { pub conversation_id: ConversationId, pub position: i64, pub deleted_at: Time }
}

/// Erases what a message says; none when it was brought back, or erased, meanwhile.
pub async fn erase_message(tx: &mut Tx<'_>, id: MessageId, before: Time, now: Time) -> Result<Option<ErasedRow>> {
    tx.opt(
        sql!(
            "update messages set body = '', quote_id = null, forwarded_from = null, erased_at = $3
            where id = $1 and deleted_at < $2 and erased_at is null
            returning conversation_id, position, deleted_at"
        ),
        (&id, &before, &now),
    )
    .await
}

/// Forgets every earlier text of a message.
pub async fn delete_edits(tx: &mut Tx<'_>, id: MessageId) -> Result<u64> {
    tx.run(sql!("delete from message_edits where message_id = $1"), (&id,)).await
}

/// Forgets every reaction to a message.
pub async fn delete_reactions(tx: &mut Tx<'_>, id: MessageId) -> Result<u64> {
    tx.run(sql!("delete from reactions where message_id = $1"), (&id,)).await
}

/// Forgets whom a message mentioned.
pub async fn delete_mentions(tx: &mut Tx<'_>, conversation: ConversationId, position: i64) -> Result<u64> {
    tx.run(sql!("delete from mentions where conversation_id = $1 and position = $2"), (&conversation, &position)).await
}

/// Messages that answer a message, by id after one of them.
pub async fn quoting(tx: &mut Tx<'_>, id: MessageId, after: MessageId, limit: i64) -> Result<Vec<MessageId>> {
    let rows: Vec<(MessageId,)> = tx
        .all(
            sql!("select id from messages where quote_id = $1 and id > $2 order by id limit $3"),
            (&id, &after, &limit),
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many different emoji but this one a message carries.
pub async fn other_emoji(tx: &mut Tx<'_>, id: MessageId, emoji: &str) -> Result<i64> {
    let (count,): (i64,) = tx
        .one(sql!("select count(distinct emoji) from reactions where message_id = $1 and emoji <> $2"), (&id, emoji))
        .await?;
    Ok(count)
}

/// Keeps a reaction; 0 rows when it is there.
pub async fn insert_reaction(
    tx: &mut Tx<'_>,
    id: MessageId,
    emoji: &str,
    account: AccountId,
    now: Time,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into reactions (message_id, emoji, account_id, created_at) values ($1, $2, $3, $4)
            on conflict (message_id, emoji, account_id) do nothing"
        ),
        (&id, emoji, &account, &now),
    )
    .await
}

/// Removes a reaction; 0 rows when it is not there.
pub async fn delete_reaction(tx: &mut Tx<'_>, id: MessageId, emoji: &str, account: AccountId) -> Result<u64> {
    tx.run(
        sql!("delete from reactions where message_id = $1 and emoji = $2 and account_id = $3"),
        (&id, emoji, &account),
    )
    .await
}

/// Pins a message.
pub async fn insert_pin(
    tx: &mut Tx<'_>,
    conversation: ConversationId,
    id: MessageId,
    account: AccountId,
    now: Time,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into pins (conversation_id, message_id, pinned_by, pinned_at) values ($1, $2, $3, $4)
            on conflict (conversation_id, message_id) do nothing"
        ),
        (&conversation, &id, &account, &now),
    )
    .await
}

/// Unpins a message; 0 rows when it is not pinned.
pub async fn delete_pin(tx: &mut Tx<'_>, conversation: ConversationId, id: MessageId) -> Result<u64> {
    tx.run(sql!("delete from pins where conversation_id = $1 and message_id = $2"), (&conversation, &id)).await
}

/// Keeps what is somebody's own in a conversation, but draft and read position.
pub async fn update_seat(tx: &mut Tx<'_>, row: &ConversationRow, account: AccountId) -> Result<u64> {
    tx.run(
        sql!(
            "update participants set hidden_position = $3, muted = $4, pinned_at = $5
            where conversation_id = $1 and account_id = $2"
        ),
        (&row.id, &account, &row.hidden_position, &row.muted, &row.pinned_at),
    )
    .await
}

/// Keeps a text not sent yet.
pub async fn update_draft(tx: &mut Tx<'_>, id: ConversationId, account: AccountId, draft: Option<&str>) -> Result<u64> {
    tx.run(
        sql!("update participants set draft = $3 where conversation_id = $1 and account_id = $2"),
        (&id, &account, &draft),
    )
    .await
}

/// Gives a group another picture, or none.
pub async fn set_picture(tx: &mut Tx<'_>, id: ConversationId, picture: Option<FileId>) -> Result<u64> {
    tx.run(sql!("update conversations set picture_id = $2 where id = $1"), (&id, &picture)).await
}

/// Gives a group its title and description.
pub async fn update_conversation(tx: &mut Tx<'_>, row: &ConversationRow) -> Result<u64> {
    tx.run(
        sql!("update conversations set title = $2, description = $3 where id = $1"),
        (&row.id, &row.title, &row.description),
    )
    .await
}

row! {
    /// Somebody who takes part.
    pub struct ParticipantRow {
        pub id: AccountId, pub name: String, pub email: String, pub picture_id: Option<FileId>, pub title: Option<String>,
        pub joined_at: Time, pub read_position: i64,
    }
}

/// Who takes part, by name after `after` (a lower-case name and the address).
pub async fn participants(
    tx: &mut Tx<'_>,
    conversation: ConversationId,
    after: &str,
    limit: i64,
) -> Result<Vec<ParticipantRow>> {
    tx.all(
        sql!(
            "select a.id, a.name, a.email, a.picture_id, m.title, p.joined_at, p.read_position
            from participants p join accounts a on a.id = p.account_id left join members m on m.account_id = a.id
            where p.conversation_id = $1 and p.left_at is null and lower(a.name) || a.email > $2
            order by lower(a.name) || a.email limit $3"
        ),
        (&conversation, after, &limit),
    )
    .await
}

/// Counts who takes part, and keeps the count with the conversation.
pub async fn count_participants(tx: &mut Tx<'_>, id: ConversationId) -> Result<i64> {
    let (count,): (i64,) = tx
        .one(
            sql!(
                "update conversations set participant_count =
                    (select count(*) from participants where conversation_id = $1 and left_at is null)
                where id = $1 returning participant_count"
            ),
            (&id,),
        )
        .await?;
    Ok(count)
}

/// Somebody leaves, or is back.
pub async fn set_left(
    tx: &mut Tx<'_>,
    conversation: ConversationId,
    account: AccountId,
    at: Option<Time>,
) -> Result<u64> {
    tx.run(
        sql!("update participants set left_at = $3 where conversation_id = $1 and account_id = $2"),
        (&conversation, &account, &at),
    )
    .await
}

row! {
    /// A place that somebody left.
    pub struct LeftRow { pub organization_id: OrganizationId, pub kind: ConversationKind, pub left_at: Time }
}

/// A place that somebody left.
pub async fn left(tx: &mut Tx<'_>, conversation: ConversationId, account: AccountId) -> Result<Option<LeftRow>> {
    tx.opt(
        sql!("select c.organization_id, c.kind, p.left_at from participants p join conversations c on c.id = p.conversation_id
            where p.conversation_id = $1 and p.account_id = $2 and p.left_at is not null"),
        (&conversation, &account),
    )
    .await
}
