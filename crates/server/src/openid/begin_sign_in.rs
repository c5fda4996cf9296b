//! `GET /api/sign-in/oidc/{provider}`: a browser is sent to the provider.
//!
//! A plain navigation, because the way leads to another site; what goes wrong is told on the sign-in page.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use model::{Code, Refusal};
use serde::Deserialize;
use url::form_urlencoded;

use super::store::{self, NewProviderSignIn};
use super::{LASTS, PER_SOURCE, WINDOW, derived, find, own_path, redirect_uri};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::cookies;
use crate::http::extract::{Path, Query};
use crate::http::source::Source;
use crate::random;

/// Where to go after it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    next: Option<String>,
}

/// Sends the browser to the provider.
pub async fn begin_sign_in(
    State(cx): State<Cx>,
    source: Source,
    Path(provider): Path<String>,
    Query(request): Query<Request>,
) -> Response {
    let next = own_path(&cx.config, &request.next.unwrap_or_default());
    match begin(&cx, source, &provider, &next).await {
        Ok(response) => response,
        Err(problem) => back_to_the_door(problem, &next),
    }
}

async fn begin(cx: &Cx, source: Source, provider: &str, next: &str) -> Answer<Response> {
    let provider = find(cx, provider)?;
    let (browser, state, now) = (cx.random.secret(), cx.random.secret(), cx.now());
    let new = NewProviderSignIn {
        id: cx.id(),
        state_hash: random::hash(&state),
        browser_hash: random::hash(&browser),
        provider: provider.settings.id.clone(),
        next: next.to_owned(),
        source: source.bucket(),
        created_at: now,
        expires_at: now + LASTS,
    };
    cx.db
        .write(async move |tx| {
            if store::provider_sign_ins_since(tx, &new.source, now - WINDOW).await? >= PER_SOURCE {
                return Err(Problem::from(Refusal::slow_down(WINDOW.as_secs())));
            }
            store::insert_provider_sign_in(tx, &new).await?;
            Ok(())
        })
        .await?;
    let documents = provider.documents(cx, None).await?;
    let challenge = BASE64URL_NOPAD.encode(&random::hash(&derived("pkce", &browser, &state)));
    let mut address = documents.metadata.authorization_endpoint.clone();
    address
        .query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.settings.client_id)
        .append_pair("redirect_uri", &redirect_uri(&cx.config, &provider.settings.id))
        .append_pair("scope", &provider.settings.scope)
        .append_pair("state", &state)
        .append_pair("nonce", &derived("nonce", &browser, &state))
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        // Somebody with two accounts there chooses.
        .append_pair("prompt", "select_account");
    let mut response = see_other(address.as_str());
    let cookie = cookies::give_provider_sign_in(&browser, LASTS.as_secs(), &cx.config);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Back to the sign-in page, which says what went wrong.
pub(super) fn back_to_the_door(problem: Problem, next: &str) -> Response {
    match problem {
        Problem::Refusal(refusal) => door(&[("problem", refusal.code.word()), ("next", next)]),
        fault => {
            // Its answer is logged with a reference; the page has its own words for it.
            let _ = fault.into_response();
            door(&[("problem", "server"), ("next", next)])
        }
    }
}

/// The sign-in page with what it must know.
pub(super) fn door(facts: &[(&str, &str)]) -> Response {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(facts).finish();
    see_other(&format!("/sign-in?{query}"))
}

/// Sends a browser elsewhere.
pub(super) fn see_other(address: &str) -> Response {
    let mut headers = HeaderMap::new();
    // What `Url` writes is ASCII, and so is what we encode.
    let value = HeaderValue::from_str(address).map_err(|_| Problem::from(Code::BadRequest));
    match value {
        Ok(value) => {
            headers.insert(header::LOCATION, value);
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}
