//! `/api/setup/{secret}`: the first organization and its owner, made in the browser by whoever has the link that the
//! first start printed.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use model::access::{Plan, Role};
use model::account::MemberState;
use model::{Code, text};
use serde::{Deserialize, Serialize};

use super::sign_in::{SignedIn, begin_session};
use super::store::{self, MemberRow};
use crate::answer::{Answer, Fault, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path};
use crate::http::source::Source;
use crate::random;

/// What the set-up page asks.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SetUpRequest"),
    schemars(rename = "SetUpRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    organization_name: String,
    domain: String,
    name: String,
    email: String,
    language: Option<String>,
}

/// The link is good.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "CheckSetupResponse"),
    schemars(rename = "CheckSetupResponse")
)]
pub struct Check {
    valid: bool,
}

/// Says whether the link is good.
pub async fn check_setup(State(cx): State<Cx>, Path(secret): Path<String>) -> Answer<Json<Check>> {
    let row = cx.db.read(async move |tx| Ok::<_, Problem>(store::installation(tx).await?)).await?;
    valid(&row, &secret)?;
    Ok(Json(Check { valid: true }))
}

/// Makes the first organization and its owner, and signs the owner in. The link works once.
pub async fn set_up(
    State(cx): State<Cx>,
    source: Source,
    headers: HeaderMap,
    Path(secret): Path<String>,
    Body(request): Body<Request>,
) -> Answer<SignedIn> {
    let (now, account, organization) = (cx.now(), cx.id(), cx.id());
    let organization_name = text::name(&request.organization_name)?;
    let (domain, name, email) =
        (text::domain(&request.domain)?, text::name(&request.name)?, text::email(&request.email)?);
    let language = request.language.map(|language| text::language(&language)).transpose()?;
    cx.db
        .write(async move |tx| {
            valid(&store::installation(tx).await?, &secret)?;
            store::set_setup_hash(tx, None).await?;
            store::insert_organization(tx, organization, &organization_name, &domain, now).await?;
            store::insert_account(tx, account, &email, &name, language.as_deref(), now).await?;
            store::set_installation_owner(tx, account).await?;
            let owner = MemberRow {
                account_id: account,
                organization_id: organization,
                role: Role::Owner,
                plan: Plan::Premium,
                state: MemberState::Active,
            };
            store::insert_member(tx, &owner, now).await?;
            Ok::<_, Problem>(())
        })
        .await?;
    begin_session(&cx, account, source, &headers).await
}

fn valid(row: &store::Installation, secret: &str) -> Result<(), Problem> {
    let good = row.setup_hash.as_ref().is_some_and(|hash| *hash == random::hash(secret));
    if good { Ok(()) } else { Err(Code::SetupLinkInvalid.into()) }
}

/// A new set-up link while there is no organization; an older one stops working.
///
/// # Errors
/// What the database says.
pub async fn setup_link(cx: &Cx) -> Result<Option<String>, Fault> {
    let secret = cx.random.secret();
    let hash = random::hash(&secret);
    let needed = cx
        .db
        .write(async move |tx| {
            let needed = store::organization_count(tx).await? == 0;
            if needed {
                store::set_setup_hash(tx, Some(&hash)).await?;
            }
            Ok::<_, ::store::Error>(needed)
        })
        .await?;
    let base = cx.config.public_url.as_str().trim_end_matches('/');
    Ok(needed.then(|| format!("{base}/setup/{secret}")))
}

#[cfg(test)]
mod tests {
    use model::Code;
    use serde_json::json;

    use crate::test_server::served;

    served! {
        async fn without_the_link_nobody_makes_an_organization(server: TestServer) {
            let browser = server.browser();
            browser.refused("GET", "/api/setup/guess", None, Code::SetupLinkInvalid).await;
            let body = json!({
                "organization_name": "Mine", "domain": "mine.example", "name": "Me", "email": "me@mine.example", "language": "en",
            });
            browser.refused("POST", "/api/setup/guess", Some(body), Code::SetupLinkInvalid).await;
        }
    }
}
