//! `PATCH /api/members/{member}`: another role or plan, or suspended, or back (ADM-03, ADM-04).

use axum::Json;
use axum::extract::State;
use model::access::{Plan, Role};
use model::account::{MemberState, MemberView};
use model::event::{Audience, Event, Stream};
use model::member::{self, Change};
use model::{AccountId, Code};
use serde::Deserialize;

use super::{seats, store};
use crate::access::{self, Caller};
use crate::accounts::{store as accounts, view};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path};
use crate::live::Notice;

/// What is different; what is absent stays.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ChangeMemberRequest", optional_fields),
    schemars(rename = "ChangeMemberRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    role: Option<Role>,
    plan: Option<Plan>,
    /// `suspended`, or `active` again.
    state: Option<MemberState>,
}

/// Changes a member. Suspending ends every session at once.
pub async fn change_member(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<AccountId>,
    Body(request): Body<Request>,
) -> Answer<Json<MemberView>> {
    let (now, organization) = (cx.now(), caller.organization_id);
    let change = Change { role: request.role, plan: request.plan, state: request.state };
    let view = cx
        .db
        .write(async move |tx| {
            let (actor, mut row) = access::managed_member(tx, &caller, id).await?;
            let before = row.standing();
            let after = member::change(actor, before, change, store::other_owners(tx, organization, id).await?)?;
            seats::check(tx, organization, Some(before), after).await?;
            if after == before {
                return Ok(row.view());
            }
            store::set_standing(tx, id, after).await?;
            let everybody = Audience::Organization(organization);
            if after.state == MemberState::Suspended {
                accounts::delete_sessions(tx, id).await?;
                if before.state != MemberState::Suspended {
                    tx.emit(Stream::Organization(organization), everybody, Event::PersonLeft { person_id: id });
                }
            } else {
                let profile = accounts::profile(tx, id).await?.ok_or(Code::NotFound)?;
                let me = view::me(&profile, now);
                if before.state == MemberState::Suspended {
                    let person = view::person(&profile, now, me.status.seen(true));
                    tx.emit(Stream::Organization(organization), everybody, Event::PersonChanged { person });
                }
                let event = Event::AccountChanged { me: Box::new(me) };
                tx.emit(Stream::Account(id), Audience::Account(id), event);
            }
            (row.role, row.plan, row.state) = (after.role, after.plan, after.state);
            Ok::<_, Problem>(row.view())
        })
        .await?;
    cx.bus.publish(&if view.state == MemberState::Suspended {
        Notice::SessionsEnded { account_id: id, session_id: None }
    } else {
        Notice::StandingChanged { account_id: id }
    });
    Ok(Json(view))
}

#[cfg(test)]
mod tests {
    use model::{AccountId, Code};
    use serde_json::{Value, json};

    use crate::test_server::{Browser, TestServer, served};

    const TOMAS: &str = "tomas.herrera";

    /// The address of a member, asked by an administrator.
    async fn path(browser: &Browser, name: &str) -> String {
        let page = browser.get(&format!("/api/members?query={name}")).await;
        format!("/api/members/{}", page["members"][0]["account_id"].as_str().expect("a member of this name"))
    }

    async fn signed_in(server: &TestServer, name: &str, role: &str) -> Browser {
        let nora = server.sign_in("nora.lindqvist").await;
        nora.call("PATCH", &path(&nora, name).await, Some(json!({ "role": role }))).await;
        server.sign_in(name).await
    }

    served! {
        async fn a_role_counts_at_once(server: TestServer) {
            let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in(TOMAS).await);
            let path = path(&nora, TOMAS).await;
            for (role, allowed) in [("member", false), ("admin", true), ("member", false)] {
                let view = nora.call("PATCH", &path, Some(json!({ "role": role, "plan": "premium" }))).await;
                assert_eq!((&view["role"], &view["plan"]), (&json!(role), &json!("premium")));
                assert_eq!(tomas.request("GET", "/api/members", None).await.status().is_success(), allowed);
                assert_eq!(tomas.get("/api/me").await["role"], role);
            }
        }

        async fn a_suspended_member_is_out_at_once(server: TestServer) {
            let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in(TOMAS).await);
            tomas.get("/api/me").await;
            let path = path(&nora, TOMAS).await;
            nora.call("PATCH", &path, Some(json!({ "state": "suspended" }))).await;
            tomas.refused("GET", "/api/me", None, Code::NotSignedIn).await;
            let people = nora.get("/api/people?query=tomas").await;
            assert_eq!(people["people"], json!([]));
            nora.call("PATCH", &path, Some(json!({ "state": "active" }))).await;
            tomas.refused("GET", "/api/me", None, Code::NotSignedIn).await;
            server.sign_in(TOMAS).await.get("/api/me").await;
            let kinds: Vec<Value> = server.events("person.").await;
            assert_eq!(kinds.iter().map(|event| &event["type"]).collect::<Vec<_>>(), ["person.left", "person.changed"]);
        }

        async fn owners_are_changed_by_owners_and_one_stays(server: TestServer) {
            let admin = signed_in(&server, TOMAS, "admin").await;
            let nora = server.sign_in("nora.lindqvist").await;
            let (own, other) = (path(&nora, "nora.lindqvist").await, path(&nora, TOMAS).await);
            for body in [json!({ "role": "member" }), json!({ "state": "suspended" }), json!({ "plan": "essential" })] {
                admin.refused("PATCH", &own, Some(body), Code::NotAllowed).await;
            }
            admin.refused("PATCH", &other, Some(json!({ "role": "owner" })), Code::NotAllowed).await;
            nora.refused("PATCH", &own, Some(json!({ "role": "admin" })), Code::LastOwner).await;
            nora.refused("PATCH", &own, Some(json!({ "state": "suspended" })), Code::LastOwner).await;
            nora.call("PATCH", &other, Some(json!({ "role": "owner" }))).await;
            nora.call("PATCH", &own, Some(json!({ "role": "admin" }))).await;
            nora.refused("PATCH", &other, Some(json!({ "role": "member" })), Code::NotAllowed).await;
        }

        async fn two_owners_cannot_leave_at_the_same_moment(server: TestServer) {
            let tomas = signed_in(&server, TOMAS, "owner").await;
            let nora = server.sign_in("nora.lindqvist").await;
            let (one, other) = (path(&nora, "nora.lindqvist").await, path(&nora, TOMAS).await);
            let body = || Some(json!({ "role": "member" }));
            let (one, other) = tokio::join!(nora.request("PATCH", &one, body()), tomas.request("PATCH", &other, body()));
            assert_eq!([one.status().is_success(), other.status().is_success()].iter().filter(|done| **done).count(), 1);
        }

        async fn seats_run_out(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            let used = nora.get("/api/members").await["seats"][2]["used"].as_i64().expect("a count");
            server.limit_seats("premium", Some(used + 1)).await;
            let mut business = Vec::new();
            for member in nora.get("/api/members").await["members"].as_array().expect("a list") {
                if member["plan"] == "business" {
                    business.push(format!("/api/members/{}", member["account_id"].as_str().expect("an id")));
                }
            }
            let premium = || Some(json!({ "plan": "premium" }));
            nora.call("PATCH", &business[0], premium()).await;
            let answer = nora.refused("PATCH", &business[1], premium(), Code::SeatsExhausted).await;
            assert_eq!(answer["error"]["details"], json!({ "plan": "premium", "limit": used + 1 }));
            nora.call("PATCH", &business[0], Some(json!({ "state": "suspended" }))).await;
            nora.call("PATCH", &business[1], premium()).await;
            nora.refused("PATCH", &business[0], Some(json!({ "state": "active" })), Code::SeatsExhausted).await;
            nora.call("PATCH", &business[0], Some(json!({ "state": "active", "plan": "business" }))).await;
        }

        async fn strangers_and_other_organizations_change_nothing(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            let (path, body) = (path(&nora, TOMAS).await, || Some(json!({ "role": "member" })));
            server.browser().refused("PATCH", &path, body(), Code::NotSignedIn).await;
            server.sign_in("lucia.bianchi").await.refused("PATCH", &path, body(), Code::NotAllowed).await;
            server.other_owner().await.refused("PATCH", &path, body(), Code::NotFound).await;
            for bad in [json!({ "role": "god" }), json!({ "role": 1 }), json!([]), json!({ "email": "x" }), json!("x")] {
                nora.refused("PATCH", &path, Some(bad), Code::BadRequest).await;
            }
            nora.refused("PATCH", "/api/members/1", body(), Code::NotFound).await;
            let nobody = AccountId::from_uuid(uuid::Uuid::from_u128(1));
            nora.refused("PATCH", &format!("/api/members/{nobody}"), body(), Code::NotFound).await;
        }
    }
}
