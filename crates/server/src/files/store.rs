//! Every SQL statement on files, pictures and the content that is to be removed.

use model::{AccountId, ConversationId, FileId, MessageId, OrganizationId, Time};
use store::{Result, Tx, row, sql};

row! {
    /// A file.
    pub struct FileRow {
        pub id: FileId, pub owner_id: AccountId, pub conversation_id: ConversationId, pub message_id: Option<MessageId>,
        pub blob_id: FileId, pub name: String, pub media_type: String, pub size_bytes: i64, pub received_bytes: i64,
        pub complete: bool, pub width: Option<i64>, pub height: Option<i64>, pub thumbnail: bool,
        pub created_at: Time, pub deleted_at: Option<Time>,
    }
}

row! {
    /// A file of a message, for the list of a conversation's files.
    pub struct SharedRow {
        pub id: FileId, pub message_id: MessageId, pub position: i64, pub place: i64,
        pub name: String, pub media_type: String, pub size_bytes: i64, pub width: Option<i64>, pub height: Option<i64>,
        pub thumbnail: bool, pub author_id: AccountId, pub author_name: String, pub author_picture: Option<FileId>,
        pub sent_at: Time,
    }
}

/// A file to keep, of which nothing is there yet.
pub struct NewFile<'a> {
    /// Its id, by which its content is kept too.
    pub id: FileId,
    /// Whose organization it belongs to.
    pub organization_id: OrganizationId,
    /// Who uploads it.
    pub owner_id: AccountId,
    /// Where it will be said.
    pub conversation_id: ConversationId,
    /// The id the owner's client gave it.
    pub client_id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What the client says it is.
    pub media_type: &'a str,
    /// Its size.
    pub size_bytes: i64,
}

/// Keeps a file, of which nothing is there yet. A repeated send is a conflict of `files_client`.
pub async fn insert_file(tx: &mut Tx<'_>, new: &NewFile<'_>, now: Time) -> Result<u64> {
    tx.run(
        sql!(
            "insert into files (id, organization_id, owner_id, conversation_id, blob_id, client_id, name, media_type,
                size_bytes, received_bytes, complete, thumbnail, created_at)
            values ($1, $2, $3, $4, $1, $5, $6, $7, $8, 0, false, false, $9)"
        ),
        (
            &new.id,
            &new.organization_id,
            &new.owner_id,
            &new.conversation_id,
            new.client_id,
            new.name,
            new.media_type,
            &new.size_bytes,
            &now,
        ),
    )
    .await
}

/// A file by its id.
pub async fn file(tx: &mut Tx<'_>, id: FileId) -> Result<Option<FileRow>> {
    tx.opt(
        sql!(
            "select f.id, f.owner_id, f.conversation_id, f.message_id, f.blob_id, f.name, f.media_type, f.size_bytes,
                f.received_bytes, f.complete, f.width, f.height, f.thumbnail, f.created_at, m.deleted_at
            from files f left join messages m on m.id = f.message_id where f.id = $1"
        ),
        (&id,),
    )
    .await
}

/// The file a client announced before under the same id.
pub async fn file_by_client_id(tx: &mut Tx<'_>, owner: AccountId, client_id: &str) -> Result<Option<FileRow>> {
    tx.opt(
        sql!(
            "select f.id, f.owner_id, f.conversation_id, f.message_id, f.blob_id, f.name, f.media_type, f.size_bytes,
                f.received_bytes, f.complete, f.width, f.height, f.thumbnail, f.created_at, m.deleted_at
            from files f left join messages m on m.id = f.message_id where f.owner_id = $1 and f.client_id = $2"
        ),
        (&owner, client_id),
    )
    .await
}

/// How many uploads of a person are not complete, and how many files no message carries.
pub async fn waiting(tx: &mut Tx<'_>, owner: AccountId) -> Result<(i64, i64)> {
    tx.one(
        sql!(
            "select coalesce(sum(case when complete then 0 else 1 end), 0), count(*)
            from files where owner_id = $1 and message_id is null"
        ),
        (&owner,),
    )
    .await
}

/// More of an upload is there; 0 rows when it went on elsewhere in the meantime, or is gone.
pub async fn received(tx: &mut Tx<'_>, id: FileId, from: i64, to: i64) -> Result<u64> {
    tx.run(
        sql!("update files set received_bytes = $3 where id = $1 and received_bytes = $2 and message_id is null"),
        (&id, &from, &to),
    )
    .await
}

/// An upload is complete, and this is what it is.
pub async fn complete(
    tx: &mut Tx<'_>,
    id: FileId,
    media_type: &str,
    size: Option<(i64, i64)>,
    thumbnail: bool,
) -> Result<u64> {
    tx.run(
        sql!(
            "update files set complete = true, media_type = $2, width = $3, height = $4, thumbnail = $5
            where id = $1 and received_bytes = size_bytes"
        ),
        (&id, media_type, &size.map(|(width, _)| width), &size.map(|(_, height)| height), &thumbnail),
    )
    .await
}

/// A message takes a person's complete file of its conversation; 0 rows when it is not that.
pub async fn attach(
    tx: &mut Tx<'_>,
    id: FileId,
    owner: AccountId,
    conversation: ConversationId,
    message: MessageId,
    position: i64,
    place: i64,
) -> Result<u64> {
    tx.run(
        sql!(
            "update files set message_id = $4, position = $5, place = $6
            where id = $1 and owner_id = $2 and conversation_id = $3 and message_id is null and complete"
        ),
        (&id, &owner, &conversation, &message, &position, &place),
    )
    .await
}

/// The files of a message, in their order.
pub async fn of_message(tx: &mut Tx<'_>, message: MessageId) -> Result<Vec<FileId>> {
    let rows: Vec<(FileId,)> =
        tx.all(sql!("select id from files where message_id = $1 order by place limit 20"), (&message,)).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The files of a range of messages, in their order.
pub async fn of_messages(tx: &mut Tx<'_>, conversation: ConversationId, from: i64, to: i64) -> Result<Vec<FileRow>> {
    tx.all(
        sql!(
            "select f.id, f.owner_id, f.conversation_id, f.message_id, f.blob_id, f.name, f.media_type, f.size_bytes,
                f.received_bytes, f.complete, f.width, f.height, f.thumbnail, f.created_at, m.deleted_at
            from files f join messages m on m.id = f.message_id
            where f.conversation_id = $1 and f.position >= $2 and f.position <= $3 order by f.position, f.place"
        ),
        (&conversation, &from, &to),
    )
    .await
}

/// A page of the files that messages of a conversation carry, the newest first, before a place in it.
pub async fn shared(
    tx: &mut Tx<'_>,
    conversation: ConversationId,
    position: i64,
    place: i64,
    limit: i64,
) -> Result<Vec<SharedRow>> {
    tx.all(
        sql!(
            "select f.id, f.message_id, f.position, f.place, f.name, f.media_type, f.size_bytes, f.width, f.height,
                f.thumbnail, a.id as author_id, a.name as author_name, a.picture_id as author_picture,
                m.created_at as sent_at
            from files f join messages m on m.id = f.message_id join accounts a on a.id = m.author_id
            where f.conversation_id = $1 and (f.position, f.place) < ($2, $3) and m.deleted_at is null
            order by f.position desc, f.place desc limit $4"
        ),
        (&conversation, &position, &place, &limit),
    )
    .await
}

/// Gives another message the same content.
pub async fn copy(
    tx: &mut Tx<'_>,
    id: FileId,
    copy: FileId,
    owner: AccountId,
    conversation: ConversationId,
    client_id: &str,
    now: Time,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into files (id, organization_id, owner_id, conversation_id, blob_id, client_id, name, media_type,
                size_bytes, received_bytes, complete, width, height, thumbnail, created_at)
            select $2, organization_id, $3, $4, blob_id, $5, name, media_type, size_bytes, received_bytes, complete,
                width, height, thumbnail, $6
            from files where id = $1"
        ),
        (&id, &copy, &owner, &conversation, client_id, &now),
    )
    .await
}

/// Forgets a file that no message carries.
pub async fn delete_unsent(tx: &mut Tx<'_>, id: FileId) -> Result<u64> {
    tx.run(sql!("delete from files where id = $1 and message_id is null"), (&id,)).await
}

/// Forgets the files of a message, and says where their content is.
pub async fn delete_of_message(tx: &mut Tx<'_>, message: MessageId) -> Result<Vec<FileId>> {
    let rows: Vec<(FileId,)> =
        tx.all(sql!("delete from files where message_id = $1 returning blob_id"), (&message,)).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Whether a file has this content.
pub async fn is_used(tx: &mut Tx<'_>, blob: FileId) -> Result<bool> {
    let row: Option<(FileId,)> = tx.opt(sql!("select id from files where blob_id = $1 limit 1"), (&blob,)).await?;
    Ok(row.is_some())
}

/// Files that no message carries since before, at most 100.
pub async fn unsent_before(tx: &mut Tx<'_>, before: Time) -> Result<Vec<FileId>> {
    let rows: Vec<(FileId,)> = tx
        .all(
            sql!("select id from files where message_id is null and created_at < $1 order by created_at limit 100"),
            (&before,),
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Content is to be removed then.
pub async fn insert_removal(tx: &mut Tx<'_>, blob: FileId, due_at: Time) -> Result<u64> {
    tx.run(
        sql!(
            "insert into blob_removals (blob_id, due_at) values ($1, $2)
            on conflict (blob_id) do update set due_at = excluded.due_at"
        ),
        (&blob, &due_at),
    )
    .await
}

/// Content is removed, or stays.
pub async fn delete_removal(tx: &mut Tx<'_>, blob: FileId) -> Result<u64> {
    tx.run(sql!("delete from blob_removals where blob_id = $1"), (&blob,)).await
}

/// Content that is to be removed by now, at most 100.
pub async fn removals_due(tx: &mut Tx<'_>, now: Time) -> Result<Vec<FileId>> {
    let rows: Vec<(FileId,)> =
        tx.all(sql!("select blob_id from blob_removals where due_at <= $1 order by due_at limit 100"), (&now,)).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Keeps a picture of a person or a conversation.
pub async fn insert_picture(tx: &mut Tx<'_>, id: FileId, organization: OrganizationId, now: Time) -> Result<u64> {
    tx.run(
        sql!("insert into pictures (id, organization_id, created_at) values ($1, $2, $3)"),
        (&id, &organization, &now),
    )
    .await
}

/// Whether the organization has this picture.
pub async fn has_picture(tx: &mut Tx<'_>, id: FileId, organization: OrganizationId) -> Result<bool> {
    let row: Option<(FileId,)> =
        tx.opt(sql!("select id from pictures where id = $1 and organization_id = $2"), (&id, &organization)).await?;
    Ok(row.is_some())
}

/// Forgets a picture.
pub async fn delete_picture(tx: &mut Tx<'_>, id: FileId) -> Result<u64> {
    tx.run(sql!("delete from pictures where id = $1"), (&id,)).await
}
