//! Every SQL statement on exports.

use model::chat::{ExportFormat, ExportState};
use model::{AccountId, ConversationId, ExportId, FileId, OrganizationId, Time};
use store::{Result, Tx, row, sql};

row! {
    /// An export.
    pub struct ExportRow {
        pub id: ExportId, pub organization_id: OrganizationId, pub conversation_id: ConversationId,
        pub account_id: AccountId, pub blob_id: FileId, pub format: ExportFormat, pub language: String,
        pub offset_minutes: i64, pub name: String, pub state: ExportState, pub done: i64, pub total: i64,
        pub size_bytes: i64, pub created_at: Time, pub expires_at: Time,
    }
}

row! {
    /// Somebody who takes part, or took part.
    pub struct PersonRow { pub id: AccountId, pub name: String, pub email: String, pub left_at: Option<Time> }
}

/// Keeps an export that begins. A second one of a person is a conflict of `exports_running`.
pub async fn insert_export(tx: &mut Tx<'_>, row: &ExportRow) -> Result<u64> {
    tx.run(
        sql!(
            "insert into exports (id, organization_id, conversation_id, account_id, blob_id, format, language,
                offset_minutes, name, state, done, total, size_bytes, created_at, touched_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'running', 0, $10, 0, $11, $11, $12)"
        ),
        (
            &row.id,
            &row.organization_id,
            &row.conversation_id,
            &row.account_id,
            &row.blob_id,
            &row.format,
            &row.language,
            &row.offset_minutes,
            &row.name,
            &row.total,
            &row.created_at,
            &row.expires_at,
        ),
    )
    .await
}

/// An export.
pub async fn export(tx: &mut Tx<'_>, id: ExportId) -> Result<Option<ExportRow>> {
    tx.opt(
        sql!(
            "select id, organization_id, conversation_id, account_id, blob_id, format, language, offset_minutes, name,
                state, done, total, size_bytes, created_at, expires_at
            from exports where id = $1"
        ),
        (&id,),
    )
    .await
}

/// A person's exports that are running or can be downloaded, the newest first.
pub async fn of_person(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    account: AccountId,
    now: Time,
) -> Result<Vec<ExportRow>> {
    tx.all(
        sql!(
            "select id, organization_id, conversation_id, account_id, blob_id, format, language, offset_minutes, name,
                state, done, total, size_bytes, created_at, expires_at
            from exports where account_id = $2 and organization_id = $1 and expires_at > $3
                and state in ('running', 'done')
            order by created_at desc, id desc limit 20"
        ),
        (&organization, &account, &now),
    )
    .await
}

/// Keeps how far an export is, and how much there is; 0 rows when it does not run any more.
pub async fn progress(tx: &mut Tx<'_>, id: ExportId, done: i64, total: i64, now: Time) -> Result<u64> {
    tx.run(
        sql!("update exports set done = $2, total = $3, touched_at = $4 where id = $1 and state = 'running'"),
        (&id, &done, &total, &now),
    )
    .await
}

/// Ends an export that runs; 0 rows when it does not.
pub async fn end_export(
    tx: &mut Tx<'_>,
    id: ExportId,
    state: ExportState,
    size_bytes: i64,
    expires_at: Time,
) -> Result<u64> {
    tx.run(
        sql!("update exports set state = $2, size_bytes = $3, expires_at = $4 where id = $1 and state = 'running'"),
        (&id, &state, &size_bytes, &expires_at),
    )
    .await
}

/// Forgets an export.
pub async fn delete_export(tx: &mut Tx<'_>, id: ExportId) -> Result<u64> {
    tx.run(sql!("delete from exports where id = $1"), (&id,)).await
}

/// Exports that should run, and about which nothing was heard since.
pub async fn stalled(tx: &mut Tx<'_>, since: Time) -> Result<Vec<ExportId>> {
    let rows: Vec<(ExportId,)> =
        tx.all(sql!("select id from exports where state = 'running' and touched_at < $1 limit 10"), (&since,)).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Forgets exports that cannot be downloaded any more.
pub async fn delete_expired(tx: &mut Tx<'_>, now: Time) -> Result<u64> {
    tx.run(sql!("delete from exports where state <> 'running' and expires_at <= $1"), (&now,)).await
}

/// Everybody who takes part, or took part, by name.
pub async fn people(tx: &mut Tx<'_>, conversation: ConversationId) -> Result<Vec<PersonRow>> {
    tx.all(
        sql!(
            "select a.id, a.name, a.email, p.left_at from participants p join accounts a on a.id = p.account_id
            where p.conversation_id = $1 order by lower(a.name), a.id"
        ),
        (&conversation,),
    )
    .await
}
