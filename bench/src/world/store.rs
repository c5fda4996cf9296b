//! What the server has no statement for, because conversations grow one message at a time there.

use model::ConversationId;
use store::{Result, Tx, sql};

/// So many messages were said.
pub(super) async fn set_position(tx: &mut Tx<'_>, id: ConversationId, position: i64) -> Result<u64> {
    tx.run(sql!("update conversations set position = $2 where id = $1"), (&id, &position)).await
}
