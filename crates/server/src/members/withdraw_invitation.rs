//! `DELETE /api/members/{member}`: somebody who was invited is not to come after all.

use axum::extract::State;
use axum::http::StatusCode;
use model::account::MemberState;
use model::event::{Audience, Event, Stream};
use model::{AccountId, Code};

use super::store;
use crate::access::{self, Caller};
use crate::accounts::store as accounts;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;
use crate::live::Notice;

/// Withdraws an invitation. Whoever has joined is suspended instead.
///
/// Colleagues may have brought the person into conversations, so the account stays as a name in their history. It
/// loses its address: an invitation by anybody to the same address makes a new account, with nothing of this one.
pub async fn withdraw_invitation(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Answer<StatusCode> {
    let (organization, now) = (caller.organization_id, cx.now());
    cx.db
        .write(async move |tx| {
            let (actor, member) = access::managed_member(tx, &caller, id).await?;
            if !actor.may_grant(member.role) {
                return Err(Code::NotAllowed.into());
            }
            if member.state != MemberState::Invited {
                return Err(Code::AlreadyMember.into());
            }
            store::end_invitations(tx, id, now).await?;
            accounts::delete_sessions(tx, id).await?;
            store::delete_member(tx, id).await?;
            store::set_email(tx, id, &format!("{id}@withdrawn.invalid")).await?;
            let everybody = Audience::Organization(organization);
            tx.emit(Stream::Organization(organization), everybody, Event::PersonLeft { person_id: id });
            Ok::<_, Problem>(())
        })
        .await?;
    cx.bus.publish(&Notice::StandingChanged { account_id: id });
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use model::Code;
    use serde_json::json;

    use crate::members::invite_people::tests::{ZOE, secret, to};
    use crate::test_server::served;

    served! {
        async fn a_withdrawn_person_cannot_come_and_can_be_invited_anew(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            nora.post("/api/invitations", to(&[ZOE])).await;
            let id = nora.get("/api/members?query=zoe").await["members"][0]["account_id"].as_str().expect("an id").to_owned();
            let group = json!({ "client_id": "g1", "title": "With Zoe", "people": [id] });
            let group = nora.post("/api/conversations", group).await;
            let link = format!("/api/invitations/{}", secret(&nora, ZOE).await);
            let path = format!("/api/members/{id}");
            nora.call("DELETE", &path, None).await;
            nora.refused("DELETE", &path, None, Code::NotFound).await;
            server.browser().refused("GET", &link, None, Code::InvitationInvalid).await;
            let browser = server.browser();
            browser.post("/api/sign-in/code", json!({ "email": ZOE })).await;
            assert_ne!(nora.get("/api/sign-in/demo-outbox").await["mails"][0]["subject"].as_str().map(|s| s.ends_with("sign-in code")), Some(true));
            assert_eq!(server.events("person.left").await, [json!({ "type": "person.left", "person_id": id })]);
            // Another organization gets nothing of what the first one prepared.
            let olga = server.other_owner().await;
            assert_eq!(olga.post("/api/invitations", to(&[ZOE])).await["invited"], json!([ZOE]));
            let zoe = server.sign_in_as(ZOE).await;
            assert_eq!(zoe.get("/api/me").await["organization"]["name"], "Other");
            let conversation = format!("/api/conversations/{}", group["id"].as_str().expect("an id"));
            zoe.refused("GET", &conversation, None, Code::NotFound).await;
            assert_eq!(zoe.get("/api/conversations").await["conversations"], json!([]));
        }

        async fn whoever_has_joined_stays(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            let id = nora.get("/api/members?query=lucia").await["members"][0]["account_id"].as_str().expect("an id").to_owned();
            nora.refused("DELETE", &format!("/api/members/{id}"), None, Code::AlreadyMember).await;
            nora.refused("POST", &format!("/api/invitations/{id}/again"), None, Code::AlreadyMember).await;
            let owner = json!({ "emails": [ZOE], "role": "owner", "plan": "essential" });
            nora.post("/api/invitations", owner).await;
            let id = nora.get("/api/members?query=zoe").await["members"][0]["account_id"].as_str().expect("an id").to_owned();
            let tomas = server.sign_in("tomas.herrera").await;
            tomas.refused("DELETE", &format!("/api/members/{id}"), None, Code::NotAllowed).await;
        }
    }
}
