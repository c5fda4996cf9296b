//! Every SQL statement on the members of an organization.

use model::access::{Plan, Role};
use model::account::{MemberState, MemberView};
use model::member::Standing;
use model::{AccountId, InvitationId, JoinRequestId, OrganizationId, Time};
use store::{Result, Tx, row, sql};

row! {
    /// A member, for administrators.
    pub struct MemberRow {
        pub account_id: AccountId, pub name: String, pub email: String, pub title: Option<String>,
        pub department: Option<String>, pub role: Role, pub plan: Plan, pub state: MemberState,
        pub last_seen_at: Option<Time>, pub sort_key: String,
    }
}

impl MemberRow {
    /// Role, plan and state.
    pub fn standing(&self) -> Standing {
        Standing { role: self.role, plan: self.plan, state: self.state }
    }

    /// As an administrator sees it.
    pub fn view(self) -> MemberView {
        MemberView {
            account_id: self.account_id,
            name: self.name,
            email: self.email,
            title: self.title,
            department: self.department,
            role: self.role,
            plan: self.plan,
            state: self.state,
            last_seen_at: self.last_seen_at,
        }
    }
}

row! {
    /// How many members of each plan an organization may have.
    pub struct SeatLimits {
        pub seats_essential: Option<i64>, pub seats_business: Option<i64>, pub seats_premium: Option<i64>,
    }
}

/// Nobody else changes the organization's members until this transaction ends. Writing a row locks it on PostgreSQL;
/// SQLite has one writer.
pub async fn hold(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<u64> {
    tx.run(sql!("update organizations set name = name where id = $1"), (&organization,)).await
}

/// Members whose name or address contains `part` (lower-case, escaped with `!`), in the order of `sort_key` after
/// `after`.
pub async fn members(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    part: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<MemberRow>> {
    tx.all(
        sql!("select a.id as account_id, a.name, a.email, m.title, m.department, m.role, m.plan, m.state,
                a.last_seen_at, lower(a.name) || ' ' || a.email as sort_key
            from members m join accounts a on a.id = m.account_id
            where m.organization_id = $1
                and ($2 = '' or lower(a.name) like '%' || $2 || '%' escape '!' or a.email like '%' || $2 || '%' escape '!')
                and lower(a.name) || ' ' || a.email > $3
            order by sort_key limit $4"),
        (&organization, &part, &after, &limit),
    )
    .await
}

/// One member of the organization.
pub async fn member(tx: &mut Tx<'_>, organization: OrganizationId, id: AccountId) -> Result<Option<MemberRow>> {
    tx.opt(
        sql!(
            "select a.id as account_id, a.name, a.email, m.title, m.department, m.role, m.plan, m.state,
                a.last_seen_at, lower(a.name) || ' ' || a.email as sort_key
            from members m join accounts a on a.id = m.account_id
            where m.organization_id = $1 and m.account_id = $2"
        ),
        (&organization, &id),
    )
    .await
}

/// How many owners take part beside this member.
pub async fn other_owners(tx: &mut Tx<'_>, organization: OrganizationId, id: AccountId) -> Result<i64> {
    let (count,): (i64,) = tx
        .one(
            sql!(
                "select count(*) from members
                where organization_id = $1 and account_id <> $2 and role = 'owner' and state = 'active'"
            ),
            (&organization, &id),
        )
        .await?;
    Ok(count)
}

/// Changes role, plan and state.
pub async fn set_standing(tx: &mut Tx<'_>, id: AccountId, standing: Standing) -> Result<u64> {
    tx.run(
        sql!("update members set role = $2, plan = $3, state = $4 where account_id = $1"),
        (&id, &standing.role, &standing.plan, &standing.state),
    )
    .await
}

/// How many members of each plan the organization may have.
pub async fn seat_limits(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<SeatLimits> {
    tx.one(
        sql!("select seats_essential, seats_business, seats_premium from organizations where id = $1"),
        (&organization,),
    )
    .await
}

/// Changes how many members of each plan the organization may have.
pub async fn set_seat_limits(tx: &mut Tx<'_>, organization: OrganizationId, limits: &SeatLimits) -> Result<u64> {
    tx.run(
        sql!("update organizations set seats_essential = $2, seats_business = $3, seats_premium = $4 where id = $1"),
        (&organization, &limits.seats_essential, &limits.seats_business, &limits.seats_premium),
    )
    .await
}

/// How many members of each plan hold a seat.
pub async fn seats_used(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<Vec<(Plan, i64)>> {
    tx.all(
        sql!("select plan, count(*) from members where organization_id = $1 and state <> 'suspended' group by plan"),
        (&organization,),
    )
    .await
}

row! {
    /// An invitation, for whoever opens its link.
    pub struct InvitationRow {
        pub organization_name: String, pub email: String, pub invited_by: String, pub expires_at: Time,
    }
}

/// An invitation to be kept.
pub struct NewInvitation<'a> {
    /// Its id.
    pub id: InvitationId,
    /// Where to.
    pub organization_id: OrganizationId,
    /// Whom.
    pub account_id: AccountId,
    /// What is kept of the link's secret.
    pub secret_hash: Vec<u8>,
    /// Who asks.
    pub invited_by: AccountId,
    /// The language of the mail.
    pub language: &'a str,
    /// When the link stops working.
    pub expires_at: Time,
}

/// Keeps an account unless its address belongs to somebody; 0 then.
pub async fn insert_account(tx: &mut Tx<'_>, id: AccountId, email: &str, name: &str, now: Time) -> Result<u64> {
    tx.run(
        sql!(
            "insert into accounts (id, email, name, theme, show, installation_owner, created_at)
            values ($1, $2, $3, 'system', 'available', false, $4) on conflict (email) do nothing"
        ),
        (&id, email, name, &now),
    )
    .await
}

/// Whether an address belongs to somebody.
pub async fn is_taken(tx: &mut Tx<'_>, email: &str) -> Result<bool> {
    let row: Option<(AccountId,)> = tx.opt(sql!("select id from accounts where email = $1"), (email,)).await?;
    Ok(row.is_some())
}

/// Keeps an invitation.
pub async fn insert_invitation(tx: &mut Tx<'_>, new: &NewInvitation<'_>, now: Time) -> Result<u64> {
    tx.run(
        sql!(
            "insert into invitations (id, organization_id, account_id, secret_hash, invited_by, language, created_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        (
            &new.id,
            &new.organization_id,
            &new.account_id,
            &new.secret_hash,
            &new.invited_by,
            new.language,
            &now,
            &new.expires_at,
        ),
    )
    .await
}

/// How many invitations the organization has sent since then.
pub async fn invitations_since(tx: &mut Tx<'_>, organization: OrganizationId, since: Time) -> Result<i64> {
    let (count,): (i64,) = tx
        .one(
            sql!("select count(*) from invitations where organization_id = $1 and created_at > $2"),
            (&organization, &since),
        )
        .await?;
    Ok(count)
}

/// When a member was invited last, and in which language.
pub async fn newest_invitation(tx: &mut Tx<'_>, account: AccountId) -> Result<Option<(Time, String)>> {
    tx.opt(
        sql!(
            "select created_at, language from invitations where account_id = $1
            order by created_at desc, id desc limit 1"
        ),
        (&account,),
    )
    .await
}

/// The invitation of a secret, while it can be accepted.
pub async fn open_invitation(tx: &mut Tx<'_>, hash: &Vec<u8>, now: Time) -> Result<Option<InvitationRow>> {
    tx.opt(
        sql!(
            "select o.name as organization_name, a.email, b.name as invited_by, i.expires_at
            from invitations i join organizations o on o.id = i.organization_id
                join accounts a on a.id = i.account_id join accounts b on b.id = i.invited_by
                join members m on m.account_id = i.account_id and m.organization_id = i.organization_id
            where i.secret_hash = $1 and i.accepted_at is null and i.expires_at > $2 and m.state = 'invited'"
        ),
        (hash, &now),
    )
    .await
}

/// Whoever was invited is there.
pub async fn accept_invitations(tx: &mut Tx<'_>, account: AccountId, now: Time) -> Result<u64> {
    tx.run(
        sql!("update invitations set accepted_at = $2 where account_id = $1 and accepted_at is null"),
        (&account, &now),
    )
    .await
}

/// Links that were sent to a member stop working.
pub async fn end_invitations(tx: &mut Tx<'_>, account: AccountId, now: Time) -> Result<u64> {
    tx.run(
        sql!(
            "update invitations set expires_at = $2 where account_id = $1 and accepted_at is null and expires_at > $2"
        ),
        (&account, &now),
    )
    .await
}

/// Takes somebody out of an organization.
pub async fn delete_member(tx: &mut Tx<'_>, account: AccountId) -> Result<u64> {
    tx.run(sql!("delete from members where account_id = $1"), (&account,)).await
}

/// Gives an account another address.
pub async fn set_email(tx: &mut Tx<'_>, account: AccountId, email: &str) -> Result<u64> {
    tx.run(sql!("update accounts set email = $2 where id = $1"), (&account, email)).await
}

row! {
    /// Somebody who asked to be let in.
    pub struct JoinRequestRow {
        pub id: JoinRequestId, pub email: String, pub name: String, pub language: String, pub created_at: Time,
    }
}

/// A request to be kept.
pub struct NewJoinRequest<'a> {
    /// Its id.
    pub id: JoinRequestId,
    /// Whose administrators read it; none only counts it.
    pub organization_id: Option<OrganizationId>,
    /// The address, not proven.
    pub email: &'a str,
    /// The name.
    pub name: &'a str,
    /// The language of the invitation it may become.
    pub language: &'a str,
    /// Where it came from.
    pub source: &'a str,
}

/// Keeps a request.
pub async fn insert_join_request(tx: &mut Tx<'_>, new: &NewJoinRequest<'_>, now: Time) -> Result<u64> {
    tx.run(
        sql!(
            "insert into join_requests (id, organization_id, email, name, language, source, created_at)
            values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        (&new.id, &new.organization_id, new.email, new.name, new.language, new.source, &now),
    )
    .await
}

/// How many requests an address, and a source, has made since then.
pub async fn join_requests_since(tx: &mut Tx<'_>, email: &str, source: &str, since: Time) -> Result<(i64, i64)> {
    tx.one(
        sql!("select coalesce(sum(case when email = $1 then 1 else 0 end), 0), coalesce(sum(case when source = $2 then 1 else 0 end), 0)
            from join_requests where created_at > $3"),
        (email, source, &since),
    )
    .await
}

/// How many requests wait in an organization, and how many of this address.
pub async fn join_requests_waiting(tx: &mut Tx<'_>, organization: OrganizationId, email: &str) -> Result<(i64, i64)> {
    tx.one(
        sql!(
            "select count(*), coalesce(sum(case when email = $2 then 1 else 0 end), 0)
            from join_requests where organization_id = $1"
        ),
        (&organization, email),
    )
    .await
}

/// Removes what counts for no limit any more and nobody reads.
pub async fn prune_join_attempts(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.run(sql!("delete from join_requests where organization_id is null and created_at < $1"), (&before,)).await
}

/// An organization's requests before this one, the newest first.
pub async fn join_requests(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    before: JoinRequestId,
    limit: i64,
) -> Result<Vec<JoinRequestRow>> {
    tx.all(
        sql!(
            "select id, email, name, language, created_at from join_requests
            where organization_id = $1 and id < $2 order by id desc limit $3"
        ),
        (&organization, &before, &limit),
    )
    .await
}

/// One of the organization's requests.
pub async fn join_request(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    id: JoinRequestId,
) -> Result<Option<JoinRequestRow>> {
    tx.opt(
        sql!("select id, email, name, language, created_at from join_requests where organization_id = $1 and id = $2"),
        (&organization, &id),
    )
    .await
}

/// Removes one of the organization's requests.
pub async fn delete_join_request(tx: &mut Tx<'_>, organization: OrganizationId, id: JoinRequestId) -> Result<u64> {
    tx.run(sql!("delete from join_requests where organization_id = $1 and id = $2"), (&organization, &id)).await
}
