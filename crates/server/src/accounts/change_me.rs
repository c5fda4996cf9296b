//! `PATCH /api/me`: somebody changes their name, language, look or time zone.

use axum::Json;
use axum::extract::State;
use model::account::{Me, Theme};
use model::event::{Audience, Event, Stream};
use model::{AccountId, Code, Time, text};
use serde::Deserialize;
use store::Tx;

use super::store::{self as rows, ProfileRow};
use super::view;
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Body;

/// What is different; what is absent stays.
#[derive(Deserialize, Default)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ChangeMeRequest", optional_fields),
    schemars(rename = "ChangeMeRequest")
)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    name: Option<String>,
    /// Empty follows the browser again.
    language: Option<String>,
    theme: Option<Theme>,
    /// Empty follows the device again.
    time_zone: Option<String>,
    /// Empty removes it.
    title: Option<String>,
}

/// Changes the caller's profile.
pub async fn change_me(State(cx): State<Cx>, caller: Caller, Body(request): Body<Request>) -> Answer<Json<Me>> {
    let (account, now) = (caller.account_id, cx.now());
    let me = cx
        .db
        .write(async move |tx| {
            let mut profile = rows::profile(tx, account).await?.ok_or(Code::NotSignedIn)?;
            change(&mut profile, request)?;
            rows::update_profile(tx, &profile).await?;
            rows::set_member_details(
                tx,
                account,
                profile.title.as_deref(),
                profile.department.as_deref(),
                profile.extension.as_deref(),
            )
            .await?;
            tell(tx, account, now).await
        })
        .await?;
    Ok(Json(me))
}

/// Decides what the profile is then.
fn change(profile: &mut ProfileRow, request: Request) -> Answer<()> {
    if let Some(name) = request.name {
        profile.name = text::name(&name)?;
    }
    if let Some(language) = request.language {
        profile.language = if language.is_empty() { None } else { Some(text::language(&language)?) };
    }
    if let Some(zone) = request.time_zone {
        let plausible = zone.len() <= 64 && zone.chars().all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c));
        if !plausible {
            return Err(Code::BadRequest.into());
        }
        profile.time_zone = Some(zone).filter(|zone| !zone.is_empty());
    }
    if let Some(title) = request.title {
        profile.title = text::line(&title, 0, text::NAME_MAX).ok_or(Code::InvalidName)?.into();
        profile.title.take_if(|title| title.is_empty());
    }
    profile.theme = request.theme.unwrap_or(profile.theme);
    Ok(())
}

/// Tells the person's clients and the colleagues what the profile is now.
pub(crate) async fn tell(tx: &mut Tx<'_>, account: AccountId, now: Time) -> Result<Me, Problem> {
    let profile = rows::profile(tx, account).await?.ok_or(Code::NotSignedIn)?;
    let (me, organization) = (view::me(&profile, now), profile.organization_id);
    let chosen = me.status.seen(true);
    tx.emit(Stream::Account(account), Audience::Account(account), Event::AccountChanged { me: Box::new(me.clone()) });
    tx.emit(
        Stream::Organization(organization),
        Audience::Organization(organization),
        Event::PersonChanged { person: view::person(&profile, now, chosen) },
    );
    Ok(me)
}
