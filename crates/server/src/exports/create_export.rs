//! `POST /api/conversations/{conversation}/exports`: begins an export.

use axum::Json;
use axum::extract::State;
use model::chat::{ExportFormat, ExportState, ExportView};
use model::{Code, ConversationId, file, text};
use serde::Deserialize;

use super::store::{self, ExportRow};
use super::{KEPT_FOR, run_export, watch_export};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::chat::{store as chat, view};
use crate::files::store as files;
use crate::http::extract::{Body, Path};

/// How it is wanted.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "CreateExportRequest"),
    schemars(rename = "CreateExportRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    format: ExportFormat,
    /// One of the languages of the product.
    language: String,
    /// Minutes from UTC to the clock of the person, -840 to 840; times in pages are told by it.
    offset_minutes: i64,
}

/// Begins to put a conversation into a file; one export at a time for a person.
pub async fn create_export(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Body(request): Body<Request>,
) -> Answer<Json<ExportView>> {
    let (id, blob_id, now) = (cx.id(), cx.id(), cx.now());
    let begun = cx
        .db
        .write(async move |tx| {
            let seat = access::conversation(tx, &caller, conversation).await?;
            let language = text::language(&request.language)?;
            if !(-840..=840).contains(&request.offset_minutes) {
                return Err(Code::BadRequest.into());
            }
            let shown = view::conversation(tx, conversation, caller.account_id).await?;
            let people = shown.people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>().join(", ");
            let title = shown.title.unwrap_or(people);
            let title: String = title.chars().filter(|c| !"<>:\"|?*".contains(*c)).take(80).collect();
            let row = ExportRow {
                id,
                organization_id: seat.organization_id,
                conversation_id: conversation,
                account_id: caller.account_id,
                blob_id,
                format: request.format,
                language,
                offset_minutes: request.offset_minutes,
                name: file::name(&format!("{}.zip", title.replace(['/', '\\'], "-").trim()))
                    .unwrap_or_else(|_| "conversation.zip".to_owned()),
                state: ExportState::Running,
                done: 0,
                total: chat::seat(tx, conversation, caller.account_id).await?.map_or(0, |row| row.position),
                size_bytes: 0,
                created_at: now,
                expires_at: now + KEPT_FOR,
            };
            store::insert_export(tx, &row).await?;
            // Whatever becomes of it, its file goes.
            files::insert_removal(tx, blob_id, now + 2 * KEPT_FOR).await?;
            Ok::<_, Problem>(row)
        })
        .await;
    let row = match begun {
        Err(problem) if problem.is_conflict("exports_running") => return Err(Code::ExportRunning.into()),
        begun => begun?,
    };
    run_export::begin(&cx, row.id);
    Ok(Json(watch_export::view(&row)))
}
