//! `POST /api/invitations`: people are asked to join, by their addresses (AUTH-05, ADM-02).
//!
//! Addresses that can be invited are, the others are named with the reason: a list of two hundred with one mistake is
//! not typed again.

use std::collections::HashSet;
use std::time::Duration;

use ::store::Tx;
use axum::Json;
use axum::extract::State;
use model::access::{Permission, Plan, Role};
use model::account::MemberState;
use model::event::{Audience, Event, Stream};
use model::mail::MailKind;
use model::member::{self, SeatsView, Standing};
use model::{AccountId, Code, OrganizationId, Refusal, Time, text};
use serde::{Deserialize, Serialize};

use super::{seats, store};
use crate::access::{self, Caller};
use crate::accounts::store::{self as accounts, MemberRow};
use crate::accounts::view;
use crate::answer::{Answer, Problem};
use crate::app::{App, Cx};
use crate::http::extract::Body;
use crate::mail::{self, Letter, texts};
use crate::random;

/// People in one request.
const PEOPLE_MAX: usize = 200;
/// How long an invitation's link works.
pub(super) const LINK_LASTS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Invitations of an organization in [`WINDOW`]: a stolen account must not make us a source of unwanted mail.
const PER_ORGANIZATION: i64 = 3_000;
const WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// Who is asked, and as what.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "InvitePeopleRequest", optional_fields),
    schemars(rename = "InvitePeopleRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Addresses.
    #[serde(default)]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<String>>"))]
    emails: Vec<String>,
    /// Addresses with more; 1 to 200 of both together.
    #[serde(default)]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<InvitedPerson>>"))]
    people: Vec<InvitedPerson>,
    /// The role of whoever has none.
    role: Role,
    /// The plan of whoever has none.
    plan: Plan,
    /// The language of the mail.
    language: Option<String>,
}

/// Somebody who is asked.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export, optional_fields))]
#[serde(deny_unknown_fields)]
pub struct InvitedPerson {
    email: String,
    /// Without it the address is a name until the person says another.
    name: Option<String>,
    role: Option<Role>,
    plan: Option<Plan>,
}

/// Who was asked and who could not be.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "InvitePeopleResponse"),
    schemars(rename = "InvitePeopleResponse")
)]
pub struct Response {
    invited: Vec<String>,
    refused: Vec<RefusedEmail>,
}

/// An address that could not be invited.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct RefusedEmail {
    email: String,
    code: Code,
}

/// Invites people.
pub async fn invite_people(
    State(cx): State<Cx>,
    caller: Caller,
    Body(request): Body<Request>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::MembersManage)?;
    let language = text::language(request.language.as_deref().unwrap_or("en"))?;
    let alone = |email| InvitedPerson { email, name: None, role: None, plan: None };
    let people: Vec<_> = request.people.into_iter().chain(request.emails.into_iter().map(alone)).collect();
    if !(1..=PEOPLE_MAX).contains(&people.len()) {
        return Err(Code::TooManyInvitations.into());
    }
    let (app, role, plan) = (cx.clone(), request.role, request.plan);
    let response = cx
        .db
        .write(async move |tx| {
            let mut inviter = Inviter::begin(tx, &app, &caller, &language).await?;
            let mut response = Response { invited: Vec::new(), refused: Vec::new() };
            let mut seen = HashSet::new();
            for person in people {
                let shown = text::excerpt(&person.email, text::EMAIL_MAX);
                let (role, plan) = (person.role.unwrap_or(role), person.plan.unwrap_or(plan));
                let checked = check(&person, &mut seen);
                let invited = match checked {
                    Ok((email, name)) => inviter.invite(tx, &email, &name, role, plan).await,
                    Err(refusal) => Err(refusal.into()),
                };
                match invited {
                    Ok(email) => response.invited.push(email),
                    Err(Problem::Refusal(Refusal { code, .. })) => {
                        response.refused.push(RefusedEmail { email: shown, code });
                    }
                    Err(fault) => return Err(fault),
                }
            }
            Ok(response)
        })
        .await?;
    Ok(Json(response))
}

/// The address and the name in the form they are kept in, each address once.
fn check(person: &InvitedPerson, seen: &mut HashSet<String>) -> Result<(String, String), Refusal> {
    let email = text::email(&person.email)?;
    if !seen.insert(email.clone()) {
        return Err(Code::DuplicateEmail.into());
    }
    let typed = person.name.as_deref().filter(|name| !name.trim().is_empty());
    let name = typed.map_or_else(|| Ok(text::name_of_email(&email)), text::name)?;
    Ok((email, name))
}

/// Somebody who invites, in one transaction.
pub(super) struct Inviter<'a> {
    cx: &'a App,
    account_id: AccountId,
    role: Role,
    name: String,
    organization_id: OrganizationId,
    organization_name: String,
    language: &'a str,
    seats: Vec<SeatsView>,
    now: Time,
}

impl<'a> Inviter<'a> {
    /// The caller, if allowed to invite.
    ///
    /// # Errors
    /// [`Code::NotAllowed`], [`Code::TooManyRequests`].
    pub(super) async fn begin(
        tx: &mut Tx<'_>,
        cx: &'a App,
        caller: &Caller,
        language: &'a str,
    ) -> Result<Self, Problem> {
        let (role, now) = (access::managing(tx, caller).await?, cx.now());
        if store::invitations_since(tx, caller.organization_id, now - WINDOW).await? >= PER_ORGANIZATION {
            return Err(Refusal::slow_down(WINDOW.as_secs()).into());
        }
        let own = accounts::profile(tx, caller.account_id).await?.ok_or(Code::NotSignedIn)?;
        Ok(Self {
            cx,
            account_id: caller.account_id,
            role,
            name: own.name,
            organization_id: caller.organization_id,
            organization_name: own.organization_name,
            language,
            seats: seats::seats(tx, caller.organization_id).await?,
            now,
        })
    }

    /// Prepares a member and sends the mail.
    ///
    /// # Errors
    /// [`Code::NotAllowed`] for a role the inviter cannot give, [`Code::SeatsExhausted`], [`Code::AlreadyMember`] for
    /// an address that belongs to anybody, here or elsewhere.
    pub(super) async fn invite(
        &mut self,
        tx: &mut Tx<'_>,
        email: &str,
        name: &str,
        role: Role,
        plan: Plan,
    ) -> Result<String, Problem> {
        if !self.role.may_grant(role) {
            return Err(Code::NotAllowed.into());
        }
        let seats = self.seats.iter_mut().find(|seats| seats.plan == plan);
        if let Some(seats) = &seats {
            member::seat_free(**seats)?;
        }
        let account = self.cx.id();
        if store::insert_account(tx, account, email, name, self.now).await? == 0 {
            return Err(Code::AlreadyMember.into());
        }
        let standing = Standing { role, plan, state: MemberState::Invited };
        let member = MemberRow {
            account_id: account,
            organization_id: self.organization_id,
            role: standing.role,
            plan: standing.plan,
            state: standing.state,
        };
        accounts::insert_member(tx, &member, self.now).await?;
        if let Some(seats) = seats {
            seats.used += 1;
        }
        self.send(tx, account, email).await?;
        if let Some(profile) = accounts::profile(tx, account).await? {
            let chosen = view::status(&profile, self.now).seen(true);
            let person = view::person(&profile, self.now, chosen);
            let (stream, everybody) =
                (Stream::Organization(self.organization_id), Audience::Organization(self.organization_id));
            tx.emit(stream, everybody, Event::PersonChanged { person });
        }
        Ok(email.to_owned())
    }

    /// Sends a member who has not joined a link; earlier ones stop working.
    ///
    /// # Errors
    /// What the database says.
    pub(super) async fn send(&self, tx: &mut Tx<'_>, account: AccountId, email: &str) -> Result<(), Problem> {
        let (secret, expires_at) = (self.cx.random.secret(), self.now + LINK_LASTS);
        store::end_invitations(tx, account, self.now).await?;
        let new = store::NewInvitation {
            id: self.cx.id(),
            organization_id: self.organization_id,
            account_id: account,
            secret_hash: random::hash(&secret),
            invited_by: self.account_id,
            language: self.language,
            expires_at,
        };
        store::insert_invitation(tx, &new, self.now).await?;
        let base = self.cx.config.public_url.as_str().trim_end_matches('/');
        let words = texts::Invitation {
            invited_by: &self.name,
            organization: &self.organization_name,
            email,
            link: &format!("{base}/join/{secret}"),
        };
        let letter = Letter {
            kind: MailKind::Invitation,
            organization_id: Some(self.organization_id),
            recipient: email,
            text: texts::invitation(&words, self.language),
            code: None,
            deliver_until: expires_at,
        };
        mail::post(tx, self.cx, &letter).await?;
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use model::Code;
    use serde_json::{Value, json};

    use super::{LINK_LASTS, PEOPLE_MAX};
    use crate::test_server::{Browser, served};

    pub(in crate::members) const ZOE: &str = "zoe@customer.example";

    pub(in crate::members) fn to(emails: &[&str]) -> Value {
        json!({ "emails": emails, "role": "member", "plan": "essential" })
    }

    /// The secret of the newest invitation to an address.
    pub(in crate::members) async fn secret(browser: &Browser, email: &str) -> String {
        let page = browser.get("/api/mails").await;
        let mails = page["mails"].as_array().expect("a list");
        let mail =
            mails.iter().find(|mail| mail["recipient"] == email && mail["kind"] == "invitation").expect("a mail");
        let text = mail["text"].as_str().expect("a text");
        text.split("/join/").nth(1).expect("a link").split_whitespace().next().expect("a secret").to_owned()
    }

    served! {
        async fn an_invited_person_joins_by_signing_in(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            let body = json!({ "people": [{ "email": "Zoe@Customer.example", "name": "Zoë Ümit", "role": "agent" }], "role": "member", "plan": "business", "language": "de" });
            let answer = nora.post("/api/invitations", body).await;
            assert_eq!(answer, json!({ "invited": [ZOE], "refused": [] }));
            let row = nora.get("/api/members?query=zoe").await["members"][0].clone();
            assert_eq!((&row["name"], &row["role"], &row["state"]), (&json!("Zoë Ümit"), &json!("agent"), &json!("invited")));
            assert_eq!(nora.get("/api/mails").await["mails"][0]["subject"], "Nora Lindqvist lädt Sie zu Acme Robotics ein");
            let path = format!("/api/invitations/{}", secret(&nora, ZOE).await);
            let shown = server.browser().get(&path).await;
            assert_eq!((&shown["organization_name"], &shown["email"], &shown["invited_by"]), (&json!("Acme Robotics"), &json!(ZOE), &json!("Nora Lindqvist")));
            let zoe = server.sign_in_as(ZOE).await;
            assert_eq!(zoe.get("/api/me").await["role"], "agent");
            assert_eq!(nora.get("/api/members?query=zoe").await["members"][0]["state"], "active");
            server.browser().refused("GET", &path, None, Code::InvitationInvalid).await;
            assert_eq!(server.events("person.changed").await.len(), 2, "once when invited, once when there");
        }

        async fn good_addresses_are_kept_and_bad_ones_named(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            server.other_owner().await;
            let body = to(&["a@customer.example", "nobody", "A@customer.example", "olga@other.example", "lucia.bianchi@acmerobotics.example", "b@customer.example", "\u{0}@x.example"]);
            let answer = nora.post("/api/invitations", body).await;
            assert_eq!(answer["invited"], json!(["a@customer.example", "b@customer.example"]));
            let codes: Vec<_> = answer["refused"].as_array().expect("a list").iter().map(|refused| refused["code"].as_str().unwrap_or_default()).collect();
            assert_eq!(codes, ["invalid_email", "duplicate_email", "already_member", "already_member", "invalid_email"]);
            let again = nora.post("/api/invitations", to(&["a@customer.example"])).await;
            assert_eq!(again["refused"][0]["code"], "already_member");
        }

        async fn a_link_lasts_seven_days_and_the_newest_counts(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            nora.post("/api/invitations", to(&[ZOE])).await;
            let first = format!("/api/invitations/{}", secret(&nora, ZOE).await);
            let id = nora.get("/api/members?query=zoe").await["members"][0]["account_id"].as_str().expect("an id").to_owned();
            let again = format!("/api/invitations/{id}/again");
            nora.refused("POST", &again, None, Code::TooManyRequests).await;
            server.pass(Duration::from_secs(61));
            nora.call("POST", &again, None).await;
            server.browser().refused("GET", &first, None, Code::InvitationInvalid).await;
            let second = format!("/api/invitations/{}", secret(&nora, ZOE).await);
            server.browser().get(&second).await;
            server.pass(LINK_LASTS);
            server.browser().refused("GET", &second, None, Code::InvitationInvalid).await;
        }

        async fn roles_and_seats_limit_invitations(server: TestServer) {
            let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
            let owner = |email: &str| json!({ "emails": [email], "role": "owner", "plan": "essential" });
            assert_eq!(tomas.post("/api/invitations", owner(ZOE)).await["refused"][0]["code"], "not_allowed");
            assert_eq!(nora.post("/api/invitations", owner(ZOE)).await["invited"], json!([ZOE]));
            server.limit_seats("essential", Some(3)).await;
            let answer = nora.post("/api/invitations", to(&["a@x.example", "b@x.example", "c@x.example"])).await;
            assert_eq!(answer["invited"], json!(["a@x.example", "b@x.example"]));
            assert_eq!(answer["refused"], json!([{ "email": "c@x.example", "code": "seats_exhausted" }]));
        }

        async fn nobody_else_invites(server: TestServer) {
            server.browser().refused("POST", "/api/invitations", Some(to(&[ZOE])), Code::NotSignedIn).await;
            let lucia = server.sign_in("lucia.bianchi").await;
            lucia.refused("POST", "/api/invitations", Some(to(&[ZOE])), Code::NotAllowed).await;
            let nora = server.sign_in("nora.lindqvist").await;
            nora.post("/api/invitations", to(&[ZOE])).await;
            let id = nora.get("/api/members?query=zoe").await["members"][0]["account_id"].as_str().expect("an id").to_owned();
            let other = server.other_owner().await;
            for (method, path) in [("POST", format!("/api/invitations/{id}/again")), ("DELETE", format!("/api/members/{id}"))] {
                server.browser().refused(method, &path, None, Code::NotSignedIn).await;
                lucia.refused(method, &path, None, Code::NotAllowed).await;
                other.refused(method, &path, None, Code::NotFound).await;
            }
        }

        async fn broken_invitations_are_refused(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            nora.refused("POST", "/api/invitations", Some(to(&[])), Code::TooManyInvitations).await;
            let many: Vec<String> = (0..=PEOPLE_MAX).map(|number| format!("p{number}@x.example")).collect();
            let many: Vec<&str> = many.iter().map(String::as_str).collect();
            nora.refused("POST", "/api/invitations", Some(to(&many)), Code::TooManyInvitations).await;
            for bad in [json!({}), json!({ "emails": ZOE, "role": "member", "plan": "essential" }), json!({ "emails": [1], "role": "member", "plan": "essential" }),
                json!({ "emails": [ZOE], "role": "king", "plan": "essential" }), json!({ "emails": [ZOE], "role": "member", "plan": "essential", "x": 1 })] {
                nora.refused("POST", "/api/invitations", Some(bad), Code::BadRequest).await;
            }
            let language = json!({ "emails": [ZOE], "role": "member", "plan": "essential", "language": "tlh" });
            nora.refused("POST", "/api/invitations", Some(language), Code::InvalidLanguage).await;
            let huge = to(&[&"x".repeat(200_000)]);
            nora.refused("POST", "/api/invitations", Some(huge), Code::TooLarge).await;
            for secret in ["x", "%00", "../../me", &"a".repeat(5_000)] {
                server.browser().refused("GET", &format!("/api/invitations/{}", secret.replace('/', "%2F")), None, Code::InvitationInvalid).await;
            }
        }
    }
}
