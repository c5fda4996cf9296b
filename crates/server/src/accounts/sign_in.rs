//! `POST /api/sign-in`: a code came back, and a session begins.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use model::account::{Me, MemberState};
use model::{AccountId, Code, Refusal, SessionId, text};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{change_me, send_code, store, view};
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::cookies;
use crate::http::extract::Body;
use crate::http::source::Source;
use crate::members::store as members;
use crate::openid::waiting_identity::link_waiting_identity;
use crate::random;

/// Wrong tries a code takes (AUTH-04).
const TRIES_MAX: i64 = 5;

/// What the sign-in page must know.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SignInOptions"),
    schemars(rename = "SignInOptions")
)]
pub struct Options {
    organization: Option<OrganizationName>,
    demo: bool,
    needs_setup: bool,
    version: &'static str,
    providers: Vec<Provider>,
}

/// The name over the door.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct OrganizationName {
    name: String,
}

/// Somebody else who can prove who a person is.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SignInProvider"),
    schemars(rename = "SignInProvider")
)]
pub struct Provider {
    id: String,
    name: String,
}

/// Tells the sign-in page what it must know.
pub async fn sign_in_options(State(cx): State<Cx>, source: Source, headers: HeaderMap) -> Answer<Json<Options>> {
    let (count, name) = cx
        .db
        .read(async move |tx| {
            Ok::<_, Problem>((store::organization_count(tx).await?, store::first_organization_name(tx).await?))
        })
        .await?;
    Ok(Json(Options {
        organization: name.filter(|_| count == 1).map(|name| OrganizationName { name }),
        demo: super::demo_outbox::may_see(&cx, source, &headers),
        needs_setup: count == 0,
        version: env!("CARGO_PKG_VERSION"),
        providers: cx
            .providers
            .iter()
            .map(|provider| Provider { id: provider.settings.id.clone(), name: provider.settings.name.clone() })
            .collect(),
    }))
}

/// What is sent back.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SignInRequest"),
    schemars(rename = "SignInRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    email: String,
    code: String,
    /// Whether an identity of a provider that waits in this browser for this address is linked to the account.
    #[serde(default)]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    link: bool,
}

/// Who signed in.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SignInResponse"),
    schemars(rename = "SignInResponse")
)]
pub struct Response {
    pub(super) me: Me,
}

/// A cookie and who signed in.
pub type SignedIn = ([(HeaderName, HeaderValue); 1], Json<Response>);

/// How a try ended; a wrong one is kept, so it is no error to the transaction.
enum Try {
    Right(AccountId),
    Wrong { tries_left: i64 },
    Expired,
}

/// Begins a session for whoever proved an address.
pub async fn sign_in(
    State(cx): State<Cx>,
    source: Source,
    headers: HeaderMap,
    Body(request): Body<Request>,
) -> Answer<SignedIn> {
    let email = text::email(&request.email)?;
    let digits: String = request.code.chars().filter(char::is_ascii_digit).take(7).collect();
    let (hash, now, identity) = (send_code::code_hash(&email, &digits), cx.now(), cx.id());
    let waiting = cookies::provider_sign_in(&headers, &cx.config).filter(|_| request.link);
    let waiting = waiting.map(|browser| random::hash(&browser));
    let outcome = cx
        .db
        .write(async move |tx| {
            let Some(code) = store::newest_code(tx, &email).await? else { return Ok(Try::Expired) };
            if code.expires_at <= now || code.tries >= TRIES_MAX {
                return Ok(Try::Expired);
            }
            store::count_try(tx, code.id).await?;
            let member = store::member_by_email(tx, &email).await?;
            match member.filter(|_| code.code_hash == hash) {
                None => Ok(Try::Wrong { tries_left: TRIES_MAX - code.tries - 1 }),
                Some(member) if member.state == MemberState::Suspended => Err(Problem::from(Code::MemberSuspended)),
                Some(member) => {
                    store::end_code(tx, code.id, now).await?;
                    if store::activate_member(tx, member.account_id, now).await? > 0 {
                        // Who was prepared on the command line is new to the colleagues.
                        change_me::tell(tx, member.account_id, now).await?;
                    }
                    members::accept_invitations(tx, member.account_id, now).await?;
                    if let Some(browser) = &waiting {
                        link_waiting_identity(tx, identity, browser, member.account_id, &email, now).await?;
                    }
                    Ok(Try::Right(member.account_id))
                }
            }
        })
        .await?;
    match outcome {
        Try::Right(account) => begin_session(&cx, account, source, &headers).await,
        Try::Wrong { tries_left } => Err(Refusal::with(Code::CodeWrong, json!({ "tries_left": tries_left })).into()),
        Try::Expired => Err(Code::CodeExpired.into()),
    }
}

/// Makes a session and gives its secret to the browser.
pub(crate) async fn begin_session(
    cx: &Cx,
    account: AccountId,
    source: Source,
    headers: &HeaderMap,
) -> Answer<SignedIn> {
    let (secret, now) = (cx.random.secret(), cx.now());
    let agent = headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let session = store::SessionListRow {
        id: cx.id(),
        user_agent: text::excerpt(&agent.unwrap_or_default(), 200),
        source: source.address.to_string(),
        created_at: now,
        seen_at: now,
    };
    let hash = random::hash(&secret);
    let me = cx
        .db
        .write(async move |tx| {
            store::insert_session(tx, &session, account, &hash, super::session_end(now)).await?;
            store::touch_account(tx, account, now).await?;
            let profile = store::profile(tx, account).await?.ok_or(Code::NoMembership)?;
            Ok::<_, Problem>(view::me(&profile, now))
        })
        .await?;
    Ok(([(header::SET_COOKIE, cookies::give(&secret, &cx.config))], Json(Response { me })))
}

/// The caller that a session's person is.
///
/// # Errors
/// [`Code::NoMembership`], [`Code::MemberSuspended`].
pub(crate) fn member_of(
    account_id: AccountId,
    session_id: SessionId,
    member: Option<store::MemberRow>,
) -> Answer<Caller> {
    let member = member.ok_or(Code::NoMembership)?;
    match member.state {
        MemberState::Suspended => Err(Code::MemberSuspended.into()),
        MemberState::Invited => Err(Code::NoMembership.into()),
        MemberState::Active => Ok(Caller {
            account_id,
            session_id,
            organization_id: member.organization_id,
            role: member.role,
            plan: member.plan,
            grant: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Code;
    use serde_json::json;

    use crate::test_server::{read, served};

    const NORA: &str = "nora.lindqvist@acmerobotics.example";

    served! {
        async fn a_code_signs_in_once(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            assert_eq!(nora.get("/api/me").await["account"]["name"], "Nora Lindqvist");
            let outbox = nora.get("/api/sign-in/demo-outbox").await;
            let again = json!({ "email": NORA, "code": outbox["mails"][0]["code"] });
            server.browser().refused("POST", "/api/sign-in", Some(again), Code::CodeExpired).await;
        }

        async fn five_wrong_tries_end_a_code(server: TestServer) {
            let browser = server.browser();
            browser.post("/api/sign-in/code", json!({ "email": NORA })).await;
            let right = browser.get("/api/sign-in/demo-outbox").await["mails"][0]["code"].clone();
            let wrong = if right == "000000" { "000001" } else { "000000" };
            for left in (0..5).rev() {
                let body = json!({ "email": NORA, "code": wrong });
                let answer = browser.refused("POST", "/api/sign-in", Some(body), Code::CodeWrong).await;
                assert_eq!(answer["error"]["details"]["tries_left"], left);
            }
            let body = json!({ "email": NORA, "code": right });
            browser.refused("POST", "/api/sign-in", Some(body), Code::CodeExpired).await;
        }

        async fn a_code_lasts_ten_minutes_and_the_newest_counts(server: TestServer) {
            let browser = server.browser();
            browser.post("/api/sign-in/code", json!({ "email": NORA })).await;
            let first = browser.get("/api/sign-in/demo-outbox").await["mails"][0]["code"].clone();
            server.pass(Duration::from_secs(1));
            browser.post("/api/sign-in/code", json!({ "email": NORA })).await;
            let second = browser.get("/api/sign-in/demo-outbox").await["mails"][0]["code"].clone();
            if first != second {
                browser.refused("POST", "/api/sign-in", Some(json!({ "email": NORA, "code": first })), Code::CodeWrong).await;
            }
            server.pass(Duration::from_secs(600));
            browser.refused("POST", "/api/sign-in", Some(json!({ "email": NORA, "code": second })), Code::CodeExpired).await;
        }

        async fn unknown_addresses_get_the_same_answers(server: TestServer) {
            let browser = server.browser();
            let known = browser.post("/api/sign-in/code", json!({ "email": NORA })).await;
            let unknown = browser.post("/api/sign-in/code", json!({ "email": "nobody@elsewhere.example" })).await;
            assert_eq!(known, unknown);
            let body = json!({ "email": "nobody@elsewhere.example", "code": "123456" });
            browser.refused("POST", "/api/sign-in", Some(body), Code::CodeWrong).await;
        }

        async fn too_many_codes_are_refused_with_a_time(server: TestServer) {
            let browser = server.browser();
            for _ in 0..6 {
                browser.post("/api/sign-in/code", json!({ "email": NORA })).await;
            }
            let response = browser.request("POST", "/api/sign-in/code", Some(json!({ "email": NORA }))).await;
            assert!(response.headers().contains_key("retry-after"));
            assert_eq!(read(response).await["error"]["code"], Code::TooManyRequests.word());
            server.pass(Duration::from_secs(3_601));
            browser.post("/api/sign-in/code", json!({ "email": NORA })).await;
        }

        async fn broken_requests_are_refused(server: TestServer) {
            let browser = server.browser();
            for body in [json!({}), json!({ "email": 1 }), json!([]), json!({ "email": NORA, "x": 1 })] {
                browser.refused("POST", "/api/sign-in/code", Some(body), Code::BadRequest).await;
            }
            browser.refused("POST", "/api/sign-in/code", Some(json!({ "email": "nora" })), Code::InvalidEmail).await;
            browser.refused("GET", "/api/nothing", None, Code::NotFound).await;
            browser.refused("DELETE", "/api/sign-in/code", None, Code::MethodNotAllowed).await;
            let large = json!({ "email": "x".repeat(200_000) });
            browser.refused("POST", "/api/sign-in/code", Some(large), Code::TooLarge).await;
        }

        async fn foreign_pages_change_nothing(server: TestServer) {
            let body = json!({ "email": NORA });
            let foreign = server.browser().with("origin", "https://evil.example");
            foreign.refused("POST", "/api/sign-in/code", Some(body.clone()), Code::WrongOrigin).await;
            let framed = server.browser().with("sec-fetch-site", "cross-site");
            framed.refused("POST", "/api/sign-in/code", Some(body.clone()), Code::WrongOrigin).await;
            server.browser().with("origin", "http://localhost:8080").post("/api/sign-in/code", body).await;
        }

        async fn the_demo_shows_its_mails_to_this_machine_only(server: TestServer) {
            for (name, value) in [("x-forwarded-for", "127.0.0.1"), ("forwarded", "for=127.0.0.1")] {
                let proxied = server.browser().with(name, value);
                proxied.refused("GET", "/api/sign-in/demo-outbox", None, Code::NotFound).await;
            }
        }

        async fn ended_sessions_are_ended_at_once(server: TestServer) {
            let (one, other) = (server.sign_in("nora.lindqvist").await, server.sign_in("nora.lindqvist").await);
            let sessions = one.get("/api/me/sessions").await;
            let list = sessions["sessions"].as_array().expect("a list");
            let foreign = list.iter().find(|session| session["current"] == false).expect("the other one");
            let path = format!("/api/me/sessions/{}", foreign["id"].as_str().expect("an id"));
            let tomas = server.sign_in("tomas.herrera").await;
            tomas.refused("DELETE", &path, None, Code::NotFound).await;
            one.call("DELETE", &path, None).await;
            other.refused("GET", "/api/me", None, Code::NotSignedIn).await;
            one.post("/api/me/sessions/revoke-all", json!({})).await;
            one.refused("GET", "/api/me", None, Code::NotSignedIn).await;
        }
    }
}
