//! Every SQL statement of the directory.

use model::presence::Show;
use model::{AccountId, FileId, OrganizationId, Time};
use store::{Result, Tx, row, sql};

row! {
    /// A colleague.
    pub struct PersonRow {
        pub id: AccountId, pub name: String, pub picture_id: Option<FileId>, pub email: String,
        pub title: Option<String>, pub department: Option<String>, pub extension: Option<String>,
        pub show: Show, pub status_message: Option<String>, pub status_clears_at: Option<Time>,
    }
}

/// Colleagues whose name or address contains `part` (lower-case), by name after `after` (a name and an id).
pub async fn people(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    part: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<PersonRow>> {
    tx.all(
        sql!("select a.id, a.name, a.picture_id, a.email, m.title, m.department, m.extension,
                a.show, a.status_message, a.status_clears_at
            from members m join accounts a on a.id = m.account_id
            where m.organization_id = $1 and m.state <> 'suspended'
                and ($2 = '' or lower(a.name) like '%' || $2 || '%' escape '!' or a.email like '%' || $2 || '%' escape '!')
                and lower(a.name) || a.email > $3
            order by lower(a.name) || a.email limit $4"),
        (&organization, &part, &after, &limit),
    )
    .await
}

/// Those of these people who work in the organization.
pub async fn of_organization(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    people: Vec<AccountId>,
) -> Result<Vec<AccountId>> {
    let mut known = Vec::with_capacity(people.len());
    for person in people {
        let row: Option<(AccountId,)> = tx
            .opt(
                sql!("select account_id from members where organization_id = $1 and account_id = $2 and state <> 'suspended'"),
                (&organization, &person),
            )
            .await?;
        known.extend(row.map(|(id,)| id));
    }
    Ok(known)
}
