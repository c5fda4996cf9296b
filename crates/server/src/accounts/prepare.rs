//! What an administrator of the machine prepares on the command line: organizations, members, ended sessions.

use model::access::{Plan, Role};
use model::account::MemberState;
use model::text;

use super::store::{self, MemberRow};
use crate::answer::{Fault, Problem};
use crate::app::Cx;
use crate::members::store as members;

/// Makes an organization with its owner.
///
/// # Errors
/// A name, domain or address that does not fit or is taken.
pub async fn create_organization(cx: &Cx, name: &str, domain: &str, owner: &str, email: &str) -> Result<(), Fault> {
    let (organization, now) = (cx.id(), cx.now());
    let (name, domain) = (checked(text::name(name))?, checked(text::domain(domain))?);
    let made = cx.db.write(async move |tx| {
        store::insert_organization(tx, organization, &name, &domain, now).await?;
        store::set_setup_hash(tx, None).await
    });
    made.await.map_err(taken)?;
    insert(cx, organization, owner, email, Role::Owner, Plan::Premium).await
}

/// Prepares a member of the organization of this domain.
///
/// # Errors
/// An unknown domain, or a name or address that does not fit or is taken.
pub async fn create_user(cx: &Cx, domain: &str, name: &str, email: &str, role: Role, plan: Plan) -> Result<(), Fault> {
    let domain = checked(text::domain(domain))?;
    let wanted = domain.clone();
    let organization =
        cx.db.read(async move |tx| store::organization_by_domain(tx, &wanted).await).await.map_err(Fault::from)?;
    let organization =
        organization.ok_or_else(|| Fault::Other(format!("There is no organization with the domain {domain}.")))?;
    insert(cx, organization, name, email, role, plan).await
}

/// Says how many members of a plan the organization of this domain may have; none is as many as it likes.
///
/// # Errors
/// An unknown domain.
pub async fn limit_seats(cx: &Cx, domain: &str, plan: Plan, limit: Option<i64>) -> Result<(), Fault> {
    let domain = checked(text::domain(domain))?;
    let wanted = domain.clone();
    let known = cx.db.write(async move |tx| {
        let Some(organization) = store::organization_by_domain(tx, &wanted).await? else { return Ok(false) };
        members::hold(tx, organization).await?;
        let mut limits = members::seat_limits(tx, organization).await?;
        match plan {
            Plan::Essential => limits.seats_essential = limit,
            Plan::Business => limits.seats_business = limit,
            Plan::Premium => limits.seats_premium = limit,
        }
        members::set_seat_limits(tx, organization, &limits).await?;
        Ok::<_, ::store::Error>(true)
    });
    let unknown = || Fault::Other(format!("There is no organization with the domain {domain}."));
    if known.await? { Ok(()) } else { Err(unknown()) }
}

/// Ends every session of a person and says how many there were.
///
/// # Errors
/// An unknown address.
pub async fn sign_out_everywhere(cx: &Cx, email: &str) -> Result<u64, Fault> {
    let email = checked(text::email(email))?;
    let ended = cx.db.write(async move |tx| match store::member_by_email(tx, &email).await? {
        Some(member) => Ok::<_, ::store::Error>(Some(store::delete_sessions(tx, member.account_id).await?)),
        None => Ok(None),
    });
    ended.await?.ok_or_else(|| Fault::Other("There is nobody with this address.".to_owned()))
}

async fn insert(
    cx: &Cx,
    organization: model::OrganizationId,
    name: &str,
    email: &str,
    role: Role,
    plan: Plan,
) -> Result<(), Fault> {
    let (account, now) = (cx.id(), cx.now());
    let (name, email) = (checked(text::name(name))?, checked(text::email(email))?);
    let made = cx.db.write(async move |tx| {
        store::insert_account(tx, account, &email, &name, None, now).await?;
        let member =
            MemberRow { account_id: account, organization_id: organization, role, plan, state: MemberState::Invited };
        store::insert_member(tx, &member, now).await
    });
    made.await.map_err(taken).map(drop)
}

fn checked<T>(result: Result<T, model::Refusal>) -> Result<T, Fault> {
    result.map_err(|refusal| Fault::Other(refusal.to_string()))
}

fn taken(error: ::store::Error) -> Fault {
    let problem = Problem::from(error);
    if problem.is_conflict("organizations_domain") {
        return Fault::Other("Another organization uses this domain.".to_owned());
    }
    if problem.is_conflict("accounts_email") {
        return Fault::Other("There is somebody with this address already.".to_owned());
    }
    match problem {
        Problem::Fault(fault) => fault,
        Problem::Refusal(refusal) => Fault::Other(refusal.to_string()),
    }
}
