//! `POST /api/invitations/preview`: a table of people is read and every row's problems are told; nothing is kept.
//! The client shows it, lets the person correct it, and posts the good rows as invitations.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use model::access::{Permission, Plan, Role};
use model::{Code, Word, text};
use serde::{Deserialize, Serialize};

use super::store;
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Body;

/// Bytes of the request.
pub(super) const TABLE_MAX: usize = 1024 * 1024;
/// Rows of a table.
const ROWS_MAX: usize = 1_000;
/// Characters of a cell that are repeated in the answer.
const SHOWN_MAX: usize = 254;

/// The table as text, separated by commas, semicolons or tabs, with the columns' names in the first line.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "PreviewInvitationsRequest"),
    schemars(rename = "PreviewInvitationsRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    csv: String,
}

/// The rows in their order.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "PreviewInvitationsResponse"),
    schemars(rename = "PreviewInvitationsResponse")
)]
pub struct Response {
    rows: Vec<PreviewRow>,
}

/// A row, as it would be invited.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "InvitationPreviewRow"),
    schemars(rename = "InvitationPreviewRow")
)]
pub struct PreviewRow {
    /// The line of the table, from 1; the columns' names are in the first.
    line: u64,
    email: String,
    name: Option<String>,
    role: Option<Role>,
    plan: Option<Plan>,
    /// Why it cannot be invited; empty when it can.
    problems: Vec<Code>,
}

/// Reads a table.
pub async fn preview_invitations(
    State(cx): State<Cx>,
    caller: Caller,
    Body(request): Body<Request>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::MembersManage)?;
    let mut rows = rows(&request.csv)?;
    let rows = cx
        .db
        .read(async move |tx| {
            for row in &mut rows {
                if row.role.is_some_and(|role| !caller.role.may_grant(role)) {
                    row.problems.push(Code::NotAllowed);
                }
                let readable = !row.problems.contains(&Code::InvalidEmail);
                if readable && store::is_taken(tx, &row.email).await? {
                    row.problems.push(Code::AlreadyMember);
                }
            }
            Ok::<_, Problem>(rows)
        })
        .await?;
    Ok(Json(Response { rows }))
}

/// The rows of a table, with what can be said without knowing anybody.
fn rows(table: &str) -> Result<Vec<PreviewRow>, Code> {
    // The reader counts lines by their last character, and is late with two of them.
    let table = table.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let first = table.lines().next().unwrap_or_default();
    let separators = [b',', b';', b'\t'];
    let most = |separator: &u8| first.bytes().filter(|byte| byte == separator).count();
    let separator = separators.into_iter().rev().max_by_key(most).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(table.as_bytes());
    let names: Vec<String> =
        reader.headers().map_err(|_| Code::TableUnreadable)?.iter().map(str::to_lowercase).collect();
    let column = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
    let email = column(&["email", "e-mail", "mail", "email address"]).ok_or(Code::TableUnreadable)?;
    let (name, role, plan) = (column(&["name"]), column(&["role"]), column(&["plan"]));
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| Code::TableUnreadable)?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if rows.len() == ROWS_MAX {
            return Err(Code::TableTooLong);
        }
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).filter(|cell| !cell.is_empty());
        let mut problems = Vec::new();
        let typed = cell(Some(email)).unwrap_or_default();
        let email = text::email(typed).unwrap_or_else(|refusal| {
            problems.push(refusal.code);
            text::excerpt(typed, SHOWN_MAX)
        });
        if !problems.contains(&Code::InvalidEmail) && !seen.insert(email.clone()) {
            problems.push(Code::DuplicateEmail);
        }
        let name = cell(name).map(|typed| {
            text::name(typed).unwrap_or_else(|refusal| {
                problems.push(refusal.code);
                text::excerpt(typed, SHOWN_MAX)
            })
        });
        let role = word(cell(role), Code::InvalidRole, &mut problems);
        let plan = word(cell(plan), Code::InvalidPlan, &mut problems);
        let line = record.position().map_or(0, csv::Position::line);
        rows.push(PreviewRow { line, email, name, role, plan, problems });
    }
    Ok(rows)
}

fn word<W: Word>(cell: Option<&str>, code: Code, problems: &mut Vec<Code>) -> Option<W> {
    let cell = cell?;
    let word = W::from_word(&cell.to_lowercase());
    if word.is_none() {
        problems.push(code);
    }
    word
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_server::served;

    fn brief(table: &str) -> Vec<(u64, String, Option<String>, Vec<Code>)> {
        let rows = rows(table).unwrap().into_iter();
        rows.map(|row| (row.line, row.email, row.name, row.problems)).collect()
    }

    #[test]
    fn columns_are_found_by_name() {
        let table = "\u{feff}Name;Plan;E-Mail\r\n\"Zoë; Ümit\";premium;Zoe@X.example\r\n;;\r\nB;gold;nobody;extra";
        assert_eq!(
            brief(table),
            [
                (2, "zoe@x.example".to_owned(), Some("Zoë; Ümit".to_owned()), vec![]),
                (4, "nobody".to_owned(), Some("B".to_owned()), vec![Code::InvalidEmail, Code::InvalidPlan]),
            ]
        );
        let table = "email\trole\na@x.example\tAgent\na@x.example\tking";
        assert_eq!(brief(table)[1].3, [Code::DuplicateEmail, Code::InvalidRole]);
        assert_eq!(rows(table).unwrap()[0].role, Some(Role::Agent));
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for table in ["", "\0\0\0", "name,role\nA,agent", "PK\u{3}\u{4}"] {
            assert_eq!(rows(table), Err(Code::TableUnreadable), "{table:?}");
        }
        assert_eq!(rows("email").unwrap(), []);
        let long: String =
            std::iter::once("email".to_owned()).chain((0..1_001).map(|n| format!("\np{n}@x.example"))).collect();
        assert_eq!(rows(&long), Err(Code::TableTooLong));
    }

    served! {
        async fn a_table_is_previewed_and_nothing_is_kept(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            let csv = "email,name,role,plan\nzoe@x.example,Zoe,agent,business\nlucia.bianchi@acmerobotics.example,,,\nbad,,,\n";
            let answer = nora.post("/api/invitations/preview", json!({ "csv": csv })).await;
            assert_eq!(answer["rows"][0], json!({ "line": 2, "email": "zoe@x.example", "name": "Zoe", "role": "agent", "plan": "business", "problems": [] }));
            assert_eq!(answer["rows"][1]["problems"], json!(["already_member"]));
            assert_eq!(answer["rows"][2]["problems"], json!(["invalid_email"]));
            assert_eq!(nora.get("/api/members?query=zoe").await["members"], json!([]));
            let tomas = server.sign_in("tomas.herrera").await;
            let answer = tomas.post("/api/invitations/preview", json!({ "csv": "email,role\nz@x.example,owner" })).await;
            assert_eq!(answer["rows"][0]["problems"], json!(["not_allowed"]));
        }

        async fn strange_tables_are_refused(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            nora.refused("POST", "/api/invitations/preview", Some(json!({ "csv": "x" })), Code::TableUnreadable).await;
            nora.refused("POST", "/api/invitations/preview", Some(json!({ "csv": 1 })), Code::BadRequest).await;
            let nul = nora.post("/api/invitations/preview", json!({ "csv": "email,name\n\u{0}@x.example,\u{0}" })).await;
            assert_eq!(nul["rows"][0]["problems"][0], "invalid_email");
            let wide = format!("email\n{}@x.example", "x".repeat(500_000));
            assert_eq!(nora.post("/api/invitations/preview", json!({ "csv": wide })).await["rows"][0]["problems"][0], "invalid_email");
            let huge = "x".repeat(TABLE_MAX + 1);
            nora.refused("POST", "/api/invitations/preview", Some(json!({ "csv": huge })), Code::TooLarge).await;
            server.browser().refused("POST", "/api/invitations/preview", Some(json!({ "csv": "email" })), Code::NotSignedIn).await;
            server.sign_in("lucia.bianchi").await.refused("POST", "/api/invitations/preview", Some(json!({ "csv": "email" })), Code::NotAllowed).await;
        }
    }
}
