//! Files go with a message, in the transaction that keeps it: the author's own, or once more those of another message.

use ::store::Tx;
use model::{Code, FileId, MessageId, Time};

use super::store;
use crate::access::Seat;
use crate::answer::Problem;

/// Gives a message its author's own files, in this order.
///
/// # Errors
/// [`Code::FileIncomplete`] when one has not come completely, [`Code::NotFound`] when one is not the author's, was
/// uploaded for another conversation, or went with a message already.
pub async fn attach(
    tx: &mut Tx<'_>,
    seat: &Seat,
    message: MessageId,
    position: i64,
    files: &[FileId],
) -> Result<(), Problem> {
    for (place, id) in (0..).zip(files) {
        let (owner, conversation) = (seat.account_id, seat.conversation_id);
        if store::attach(tx, *id, owner, conversation, message, position, place).await? == 0 {
            let row = store::file(tx, *id).await?;
            let waits = row.is_some_and(|row| {
                row.owner_id == owner && row.conversation_id == conversation && row.message_id.is_none()
            });
            return Err(if waits { Code::FileIncomplete.into() } else { Code::NotFound.into() });
        }
    }
    Ok(())
}

/// Gives a message the same files as another one has; the content is not copied.
///
/// # Errors
/// What the database says.
pub async fn copy(
    tx: &mut Tx<'_>,
    seat: &Seat,
    message: MessageId,
    position: i64,
    files: &[(FileId, FileId)],
    now: Time,
) -> Result<(), Problem> {
    let (owner, conversation) = (seat.account_id, seat.conversation_id);
    for (place, (id, copy)) in (0..).zip(files) {
        // No client announced the copy, so it is named after itself.
        store::copy(tx, *id, *copy, owner, conversation, &copy.to_string(), now).await?;
        store::attach(tx, *copy, owner, conversation, message, position, place).await?;
    }
    Ok(())
}
