//! Every SQL statement of the search index of messages, and of what a search looks through.

use model::chat::MessageKind;
use model::{AccountId, ConversationId, FileId, MessageId, OrganizationId, Time};
use store::{Engine, Result, Tx, row, sql};
use uuid::Uuid;

row! {
    /// How far the index is in a stream. While messages are gathered, the id of the last one.
    pub struct Position { pub position: i64, pub gathered_id: Option<MessageId> }
}

row! {
    /// An event, as far as the index looks.
    pub struct EventRow { pub subject: Option<MessageId>, pub body: String }
}

row! {
    /// A message to be indexed.
    pub struct MessageRow {
        pub conversation_id: ConversationId, pub organization_id: OrganizationId, pub body: String, pub gone: bool,
    }
}

row! {
    /// A message that was found.
    pub struct HitRow {
        pub number: i64, pub id: MessageId, pub conversation_id: ConversationId, pub position: i64,
        pub author_id: AccountId, pub author_name: String, pub author_picture: Option<FileId>,
        pub body: String, pub created_at: Time, pub conversation_name: Option<String>,
    }
}

row! {
    /// A conversation, as far as a search by name looks.
    pub struct NamedRow {
        pub id: ConversationId, pub title: Option<String>, pub direct_key: Option<String>, pub position: i64,
    }
}

/// Organizations whose messages are not all indexed, at most 20.
pub async fn behind(tx: &mut Tx<'_>) -> Result<Vec<OrganizationId>> {
    let rows: Vec<(OrganizationId,)> = tx
        .all(
            sql!(
                "select o.id from organizations o
                    left join search_positions p on p.stream_id = o.id left join streams s on s.id = o.id
                where p.stream_id is null or p.gathered_id is not null or p.position < s.position limit 20"
            ),
            (),
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Begins the index of a stream, unless it has begun: first everything is gathered that is there, then follows what
/// happens after this position.
pub async fn insert_position(tx: &mut Tx<'_>, organization: OrganizationId, position: i64) -> Result<u64> {
    tx.run(
        sql!(
            "insert into search_positions (stream_id, position, gathered_id) values ($1, $2, $3)
            on conflict (stream_id) do nothing"
        ),
        (&organization, &position, &Uuid::nil()),
    )
    .await
}

/// How far the index is; nobody else goes on with it until this transaction ends.
pub async fn lock_position(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<Position> {
    tx.one(
        sql!("update search_positions set position = position where stream_id = $1 returning position, gathered_id"),
        (&organization,),
    )
    .await
}

/// Keeps how far the index is.
pub async fn update_position(tx: &mut Tx<'_>, organization: OrganizationId, at: &Position) -> Result<u64> {
    tx.run(
        sql!("update search_positions set position = $2, gathered_id = $3 where stream_id = $1"),
        (&organization, &at.position, &at.gathered_id),
    )
    .await
}

/// An organization's messages after an id, oldest first. `cross join` fixes the order on SQLite: by id, as far as needed.
pub async fn messages_after(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    after: MessageId,
    limit: i64,
) -> Result<Vec<MessageId>> {
    let rows: Vec<(MessageId,)> = tx
        .all(
            sql!(
                "select m.id from messages m cross join conversations c
                where m.id > $2 and c.id = m.conversation_id and c.organization_id = $1 order by m.id limit $3"
            ),
            (&organization, &after, &limit),
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Events after a position, up to another, that may be about a message.
pub async fn events(tx: &mut Tx<'_>, organization: OrganizationId, after: i64, to: i64) -> Result<Vec<EventRow>> {
    tx.all(
        sql!(
            "select subject, body from events where stream_id = $1 and position > $2 and position <= $3
                and (subject is not null or body like '%\"message.deleted\"%') order by position"
        ),
        (&organization, &after, &to),
    )
    .await
}

/// A message as it is now.
pub async fn message(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<MessageRow>> {
    tx.opt(
        sql!(
            "select m.conversation_id, c.organization_id, m.body, m.deleted_at is not null or m.kind <> $2 as gone
            from messages m join conversations c on c.id = m.conversation_id where m.id = $1"
        ),
        (&id, &MessageKind::Regular),
    )
    .await
}

/// The number of a message in the index.
pub async fn number(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx.opt(sql!("select number from search_messages where message_id = $1"), (&id,)).await?;
    Ok(row.map(|(number,)| number))
}

/// The number of a message in the index; a new one when it has none.
pub async fn take_number(tx: &mut Tx<'_>, id: MessageId, conversation: ConversationId) -> Result<i64> {
    let (number,): (i64,) = tx
        .one(
            sql!(
                "insert into search_messages (message_id, conversation_id) values ($1, $2)
                on conflict (message_id) do update set conversation_id = excluded.conversation_id returning number"
            ),
            (&id, &conversation),
        )
        .await?;
    Ok(number)
}

/// Puts a message's folded words into the index, in place of what was there.
pub async fn index(tx: &mut Tx<'_>, number: i64, words: &str, scope: &str) -> Result<u64> {
    match tx.engine() {
        Engine::Sqlite => {
            tx.run(
                sql!(sqlite "insert or replace into search_message_words (rowid, words, scope) values ($1, $2, $3)"),
                (&number, words, scope),
            )
            .await
        }
        Engine::Postgres => {
            tx.run(
                sql!(postgres "update search_messages set words = array_to_tsvector(string_to_array($2, ' '))
                    where number = $1"),
                (&number, words),
            )
            .await
        }
    }
}

/// Takes a message's words out of the index; its number stays, so that it keeps its place when it comes back.
pub async fn unindex(tx: &mut Tx<'_>, number: i64) -> Result<u64> {
    let sql = tx.engine().pick(
        sql!(sqlite "delete from search_message_words where rowid = $1"),
        sql!(postgres "update search_messages set words = '' where number = $1"),
    );
    tx.run(sql, (&number,)).await
}

/// How many messages the index has numbered.
pub async fn numbered(tx: &mut Tx<'_>) -> Result<i64> {
    let (count,): (i64,) = tx.one(sql!("select coalesce(max(number), 0) from search_messages"), ()).await?;
    Ok(count)
}

/// Messages that the index finds, of conversations in which a person takes part now, or of one of them; the newest
/// first, before a number.
pub async fn found(
    tx: &mut Tx<'_>,
    account: AccountId,
    asked: &str,
    conversation: Option<ConversationId>,
    before: i64,
    limit: i64,
) -> Result<Vec<HitRow>> {
    // `cross join` fixes the order on SQLite: the index from its newest entry, until there are enough that may be seen.
    let sql = tx.engine().pick(
        sql!(sqlite "select s.number, m.id, m.conversation_id, m.position, m.author_id, a.name as author_name,
                a.picture_id as author_picture, m.body, m.created_at, coalesce(c.title,
                    (select n.name from participants o join accounts n on n.id = o.account_id
                    where o.conversation_id = c.id and o.account_id <> $1 limit 1)) as conversation_name
            from search_message_words cross join search_messages s on s.number = search_message_words.rowid
                cross join participants p on p.conversation_id = s.conversation_id and p.account_id = $1
                cross join messages m on m.id = s.message_id cross join conversations c on c.id = m.conversation_id
                cross join accounts a on a.id = m.author_id
            where search_message_words match $2 and search_message_words.rowid < $4 and p.left_at is null
                and m.deleted_at is null and ($3 is null or s.conversation_id = $3)
            order by search_message_words.rowid desc limit $5"),
        sql!(postgres "select s.number, m.id, m.conversation_id, m.position, m.author_id, a.name as author_name,
                a.picture_id as author_picture, m.body, m.created_at, coalesce(c.title,
                    (select n.name from participants o join accounts n on n.id = o.account_id
                    where o.conversation_id = c.id and o.account_id <> $1 limit 1)) as conversation_name
            from search_messages s join participants p on p.conversation_id = s.conversation_id and p.account_id = $1
                join messages m on m.id = s.message_id join conversations c on c.id = m.conversation_id
                join accounts a on a.id = m.author_id
            where s.words @@ $2::text::tsquery and s.number < $4 and p.left_at is null
                and m.deleted_at is null and ($3::uuid is null or s.conversation_id = $3)
            order by s.number desc limit $5"),
    );
    tx.all(sql, (&account, asked, &conversation, &before, &limit)).await
}

/// A person's conversations in which, but for groups, something was said; those with the newest message first.
pub async fn conversations(tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<NamedRow>> {
    tx.all(
        sql!(
            "select c.id, c.title, c.direct_key, c.position
            from participants p join conversations c on c.id = p.conversation_id
            where p.account_id = $1 and p.left_at is null and (c.position > 0 or c.kind = 'group')
            order by c.active_at desc, c.id desc"
        ),
        (&account,),
    )
    .await
}
