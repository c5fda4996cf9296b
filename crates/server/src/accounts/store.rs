//! Every SQL statement on accounts, organizations, members, sessions and codes.

use model::access::{Plan, Role};
use model::account::{MemberState, Theme};
use model::presence::Show;
use model::{AccountId, FileId, OrganizationId, SessionId, SignInCodeId, Time};
use store::{Result, Tx, row, sql};

row! {
    /// The installation itself.
    pub struct Installation { pub cursor_key: Vec<u8>, pub setup_hash: Option<Vec<u8>>, pub demo: bool }
}

row! {
    /// A session with its person's place in the organization.
    pub struct SessionRow {
        pub session_id: SessionId, pub account_id: AccountId, pub seen_at: Time, pub expires_at: Time,
        pub organization_id: Option<OrganizationId>, pub role: Option<Role>, pub plan: Option<Plan>, pub state: Option<MemberState>,
    }
}

impl SessionRow {
    /// The person's place, when there is one.
    pub fn member(&self) -> Option<MemberRow> {
        let (organization_id, role, plan, state) = (self.organization_id?, self.role?, self.plan?, self.state?);
        Some(MemberRow { account_id: self.account_id, organization_id, role, plan, state })
    }
}

row! {
    /// A person's place in an organization.
    pub struct MemberRow {
        pub account_id: AccountId, pub organization_id: OrganizationId, pub role: Role, pub plan: Plan, pub state: MemberState,
    }
}

row! {
    /// All that is shown of a person and the place in the organization.
    pub struct ProfileRow {
        pub account_id: AccountId, pub email: String, pub name: String, pub picture_id: Option<FileId>,
        pub language: Option<String>, pub theme: Theme, pub time_zone: Option<String>,
        pub show: Show, pub status_message: Option<String>, pub status_clears_at: Option<Time>,
        pub organization_id: OrganizationId, pub organization_name: String, pub organization_domain: String,
        pub role: Role, pub plan: Plan, pub title: Option<String>, pub department: Option<String>, pub extension: Option<String>,
    }
}

row! {
    /// A code that was sent.
    pub struct CodeRow { pub id: SignInCodeId, pub code_hash: Vec<u8>, pub tries: i64, pub expires_at: Time }
}

row! {
    /// A session, for its owner.
    pub struct SessionListRow {
        pub id: SessionId, pub user_agent: String, pub source: String, pub created_at: Time, pub seen_at: Time,
    }
}

/// Makes the installation's row unless it is there.
pub async fn insert_installation(tx: &mut Tx<'_>, cursor_key: &Vec<u8>, demo: bool, now: Time) -> Result<u64> {
    tx.run(
        sql!("insert into installation (id, cursor_key, demo, created_at) values (1, $1, $2, $3) on conflict (id) do nothing"),
        (cursor_key, &demo, &now),
    )
    .await
}

/// The installation's row.
pub async fn installation(tx: &mut Tx<'_>) -> Result<Installation> {
    tx.one(sql!("select cursor_key, setup_hash, demo from installation where id = 1"), ()).await
}

/// Keeps what is kept of the set-up link; none ends it.
pub async fn set_setup_hash(tx: &mut Tx<'_>, hash: Option<&Vec<u8>>) -> Result<u64> {
    tx.run(sql!("update installation set setup_hash = $1 where id = 1"), (&hash.cloned(),)).await
}

/// How many organizations there are.
pub async fn organization_count(tx: &mut Tx<'_>) -> Result<i64> {
    let (count,): (i64,) = tx.one(sql!("select count(*) from organizations"), ()).await?;
    Ok(count)
}

/// The name of the only organization, or of the first.
pub async fn first_organization_name(tx: &mut Tx<'_>) -> Result<Option<String>> {
    let row: Option<(String,)> =
        tx.opt(sql!("select name from organizations order by created_at, id limit 1"), ()).await?;
    Ok(row.map(|(name,)| name))
}

/// Keeps an organization. A taken domain is a conflict of `organizations_domain`.
pub async fn insert_organization(
    tx: &mut Tx<'_>,
    id: OrganizationId,
    name: &str,
    domain: &str,
    now: Time,
) -> Result<u64> {
    tx.run(
        sql!("insert into organizations (id, name, domain, created_at) values ($1, $2, $3, $4)"),
        (&id, &name, &domain, &now),
    )
    .await
}

/// The organization of a domain.
pub async fn organization_by_domain(tx: &mut Tx<'_>, domain: &str) -> Result<Option<OrganizationId>> {
    let row: Option<(OrganizationId,)> =
        tx.opt(sql!("select id from organizations where domain = $1"), (&domain,)).await?;
    Ok(row.map(|(id,)| id))
}

/// Keeps an account. A taken address is a conflict of `accounts_email`.
pub async fn insert_account(
    tx: &mut Tx<'_>,
    id: AccountId,
    email: &str,
    name: &str,
    language: Option<&str>,
    now: Time,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into accounts (id, email, name, language, theme, show, installation_owner, created_at)
            values ($1, $2, $3, $4, 'system', 'available', false, $5)"
        ),
        (&id, &email, &name, &language.map(str::to_owned), &now),
    )
    .await
}

/// Makes somebody an owner of the installation.
pub async fn set_installation_owner(tx: &mut Tx<'_>, id: AccountId) -> Result<u64> {
    tx.run(sql!("update accounts set installation_owner = true where id = $1"), (&id,)).await
}

/// Keeps a place in an organization.
pub async fn insert_member(tx: &mut Tx<'_>, member: &MemberRow, now: Time) -> Result<u64> {
    let joined = (member.state == MemberState::Active).then_some(now);
    tx.run(
        sql!(
            "insert into members (organization_id, account_id, role, plan, state, created_at, joined_at)
            values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        (&member.organization_id, &member.account_id, &member.role, &member.plan, &member.state, &now, &joined),
    )
    .await
}

/// Says what a member does, where, and under which number.
pub async fn set_member_details(
    tx: &mut Tx<'_>,
    id: AccountId,
    title: Option<&str>,
    department: Option<&str>,
    extension: Option<&str>,
) -> Result<u64> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    tx.run(
        sql!("update members set title = $2, department = $3, extension = $4 where account_id = $1"),
        (&id, &owned(title), &owned(department), &owned(extension)),
    )
    .await
}

/// The account of an address and its place in an organization.
pub async fn member_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<MemberRow>> {
    tx.opt(
        sql!(
            "select m.account_id, m.organization_id, m.role, m.plan, m.state
            from accounts a join members m on m.account_id = a.id where a.email = $1"
        ),
        (&email,),
    )
    .await
}

/// A person's place in an organization.
pub async fn member_of_account(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<MemberRow>> {
    tx.opt(sql!("select account_id, organization_id, role, plan, state from members where account_id = $1"), (&id,))
        .await
}

/// An invited member takes part from now on.
pub async fn activate_member(tx: &mut Tx<'_>, id: AccountId, now: Time) -> Result<u64> {
    tx.run(
        sql!("update members set state = 'active', joined_at = $2 where account_id = $1 and state = 'invited'"),
        (&id, &now),
    )
    .await
}

/// All that is shown of a person.
pub async fn profile(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<ProfileRow>> {
    tx.opt(
        sql!(
            "select a.id as account_id, a.email, a.name, a.picture_id, a.language, a.theme, a.time_zone,
                a.show, a.status_message, a.status_clears_at,
                o.id as organization_id, o.name as organization_name, o.domain as organization_domain,
                m.role, m.plan, m.title, m.department, m.extension
            from accounts a join members m on m.account_id = a.id join organizations o on o.id = m.organization_id
            where a.id = $1"
        ),
        (&id,),
    )
    .await
}

/// Changes what a person says of themselves.
pub async fn update_profile(tx: &mut Tx<'_>, profile: &ProfileRow) -> Result<u64> {
    tx.run(
        sql!("update accounts set name = $2, language = $3, theme = $4, time_zone = $5 where id = $1"),
        (&profile.account_id, &profile.name, &profile.language, &profile.theme, &profile.time_zone),
    )
    .await
}

/// Gives a person another picture, or none.
pub async fn set_picture(tx: &mut Tx<'_>, id: AccountId, picture: Option<FileId>) -> Result<u64> {
    tx.run(sql!("update accounts set picture_id = $2 where id = $1"), (&id, &picture)).await
}

/// Changes a person's status.
pub async fn update_status(tx: &mut Tx<'_>, id: AccountId, status: &model::presence::Status) -> Result<u64> {
    tx.run(
        sql!("update accounts set show = $2, status_message = $3, status_clears_at = $4 where id = $1"),
        (&id, &status.show, &status.message, &status.clears_at),
    )
    .await
}

/// Whose words are to be removed by now, at most 100.
pub async fn statuses_to_clear(tx: &mut Tx<'_>, now: Time) -> Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> = tx
        .all(sql!("select id from accounts where status_clears_at <= $1 order by status_clears_at limit 100"), (&now,))
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Keeps a code that is being sent.
pub async fn insert_code(
    tx: &mut Tx<'_>,
    id: SignInCodeId,
    email: &str,
    hash: &Vec<u8>,
    source: &str,
    now: Time,
    expires_at: Time,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into sign_in_codes (id, email, code_hash, tries, source, created_at, expires_at)
            values ($1, $2, $3, 0, $4, $5, $6)"
        ),
        (&id, &email, hash, &source, &now, &expires_at),
    )
    .await
}

/// How many codes were sent to an address, and to a source, since then.
pub async fn codes_since(tx: &mut Tx<'_>, email: &str, source: &str, since: Time) -> Result<(i64, i64)> {
    tx.one(
        sql!("select coalesce(sum(case when email = $1 then 1 else 0 end), 0), coalesce(sum(case when source = $2 then 1 else 0 end), 0)
            from sign_in_codes where created_at > $3"),
        (&email, &source, &since),
    )
    .await
}

/// The newest code of an address.
pub async fn newest_code(tx: &mut Tx<'_>, email: &str) -> Result<Option<CodeRow>> {
    tx.opt(
        sql!("select id, code_hash, tries, expires_at from sign_in_codes where email = $1 order by created_at desc, id desc limit 1"),
        (&email,),
    )
    .await
}

/// Counts a try.
pub async fn count_try(tx: &mut Tx<'_>, id: SignInCodeId) -> Result<u64> {
    tx.run(sql!("update sign_in_codes set tries = tries + 1 where id = $1"), (&id,)).await
}

/// Ends a code that was used: nothing can match it any more, and it still counts for the limits.
pub async fn end_code(tx: &mut Tx<'_>, id: SignInCodeId, now: Time) -> Result<u64> {
    tx.run(sql!("update sign_in_codes set expires_at = $2 where id = $1"), (&id, &now)).await
}

/// Removes codes that count for no limit any more.
pub async fn prune_codes(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.run(sql!("delete from sign_in_codes where created_at < $1"), (&before,)).await
}

/// Removes sessions that ended by themselves.
pub async fn prune_sessions(tx: &mut Tx<'_>, now: Time) -> Result<u64> {
    tx.run(sql!("delete from sessions where expires_at <= $1"), (&now,)).await
}

/// Keeps a session.
pub async fn insert_session(
    tx: &mut Tx<'_>,
    session: &SessionListRow,
    account_id: AccountId,
    hash: &Vec<u8>,
    expires_at: Time,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into sessions (id, account_id, secret_hash, user_agent, source, created_at, seen_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $6, $7)"
        ),
        (&session.id, &account_id, hash, &session.user_agent, &session.source, &session.created_at, &expires_at),
    )
    .await
}

/// The session of a secret, with its person's place.
pub async fn session_by_secret(tx: &mut Tx<'_>, hash: &Vec<u8>) -> Result<Option<SessionRow>> {
    tx.opt(
        sql!("select s.id as session_id, s.account_id, s.seen_at, s.expires_at, m.organization_id, m.role, m.plan, m.state
            from sessions s left join members m on m.account_id = s.account_id where s.secret_hash = $1"),
        (hash,),
    )
    .await
}

/// A session was used.
pub async fn touch_session(tx: &mut Tx<'_>, id: SessionId, now: Time, expires_at: Time) -> Result<u64> {
    tx.run(sql!("update sessions set seen_at = $2, expires_at = $3 where id = $1"), (&id, &now, &expires_at)).await
}

/// A client of the person was seen.
pub async fn touch_account(tx: &mut Tx<'_>, id: AccountId, now: Time) -> Result<u64> {
    tx.run(sql!("update accounts set last_seen_at = $2 where id = $1"), (&id, &now)).await
}

/// Whether a session lasts and its person takes part.
pub async fn session_lasts(tx: &mut Tx<'_>, id: SessionId, now: Time) -> Result<bool> {
    let row: Option<(SessionId,)> = tx
        .opt(
            sql!(
                "select s.id from sessions s join members m on m.account_id = s.account_id
                where s.id = $1 and s.expires_at > $2 and m.state = 'active'"
            ),
            (&id, &now),
        )
        .await?;
    Ok(row.is_some())
}

/// A person's sessions, the last used first.
pub async fn sessions(tx: &mut Tx<'_>, id: AccountId, now: Time) -> Result<Vec<SessionListRow>> {
    tx.all(
        sql!(
            "select id, user_agent, source, created_at, seen_at from sessions
            where account_id = $1 and expires_at > $2 order by seen_at desc, id desc limit 200"
        ),
        (&id, &now),
    )
    .await
}

/// Ends one session of a person.
pub async fn delete_session(tx: &mut Tx<'_>, account: AccountId, id: SessionId) -> Result<u64> {
    tx.run(sql!("delete from sessions where id = $1 and account_id = $2"), (&id, &account)).await
}

/// Ends all sessions of a person.
pub async fn delete_sessions(tx: &mut Tx<'_>, account: AccountId) -> Result<u64> {
    tx.run(sql!("delete from sessions where account_id = $1"), (&account,)).await
}

row! {
    /// Somebody who can sign in to the demo.
    pub struct DemoPersonRow { pub email: String, pub name: String, pub title: Option<String> }
}

/// The people of the demo.
pub async fn demo_people(tx: &mut Tx<'_>) -> Result<Vec<DemoPersonRow>> {
    tx.all(
        sql!(
            "select a.email, a.name, m.title from accounts a join members m on m.account_id = a.id
            where m.state = 'active' order by a.created_at, a.name limit 20"
        ),
        (),
    )
    .await
}
