//! Every SQL statement on the members of an organization.

use model::access::{Plan, Role};
use model::account::{MemberState, MemberView};
use model::member::Standing;
use model::{AccountId, OrganizationId, Time};
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
