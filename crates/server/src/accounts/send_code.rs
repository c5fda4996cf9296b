//! `POST /api/sign-in/code`: somebody wants to prove an address.
//!
//! The answer is the same whether the address is known or not, and so is what is counted.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::mail::MailKind;
use model::{Refusal, Time, text};
use serde::{Deserialize, Serialize};

use super::store;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Body;
use crate::http::source::Source;
use crate::mail::{self, Letter, texts};
use crate::random;

/// How long a code is good for (AUTH-04).
const CODE_LASTS: Duration = Duration::from_secs(10 * 60);
/// Codes are counted over this time.
pub(super) const WINDOW: Duration = Duration::from_secs(60 * 60);
/// Codes to one address in [`WINDOW`].
const PER_ADDRESS: i64 = 6;
/// Codes asked for from one source in [`WINDOW`]; an office shares one.
const PER_SOURCE: i64 = 60;

/// What is asked.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SendCodeRequest"),
    schemars(rename = "SendCodeRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    email: String,
    language: Option<String>,
}

/// What is answered, to anybody.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SendCodeResponse"),
    schemars(rename = "SendCodeResponse")
)]
pub struct Response {
    expires_at: Time,
}

/// Sends a code, if the address belongs to somebody.
pub async fn send_code(
    State(cx): State<Cx>,
    source: Source,
    Body(request): Body<Request>,
) -> Answer<(StatusCode, Json<Response>)> {
    let email = text::email(&request.email)?;
    let language = request.language.and_then(|language| text::language(&language).ok());
    let (now, source) = (cx.now(), source.bucket());
    let (code_id, code, expires_at) = (cx.id(), cx.random.six_digits(), now + CODE_LASTS);
    let app = cx.clone();
    cx.db
        .write(async move |tx| {
            let (to_address, from_source) = store::codes_since(tx, &email, &source, now - WINDOW).await?;
            if to_address >= PER_ADDRESS || from_source >= PER_SOURCE {
                return Err(Problem::from(Refusal::slow_down(WINDOW.as_secs())));
            }
            store::insert_code(tx, code_id, &email, &code_hash(&email, &code), &source, now, expires_at).await?;
            if let Some(member) = store::member_by_email(tx, &email).await? {
                let chosen = store::profile(tx, member.account_id).await?.and_then(|profile| profile.language);
                let letter = Letter {
                    kind: MailKind::SignInCode,
                    organization_id: Some(member.organization_id),
                    recipient: &email,
                    text: texts::sign_in_code(&code, language.or(chosen).as_deref().unwrap_or("en")),
                    code: Some(code),
                    deliver_until: expires_at,
                };
                mail::post(tx, &app, &letter).await?;
            }
            Ok(())
        })
        .await?;
    Ok((StatusCode::ACCEPTED, Json(Response { expires_at })))
}

/// What is kept of a code.
pub(super) fn code_hash(email: &str, code: &str) -> Vec<u8> {
    random::hash(&format!("{email}:{code}"))
}
