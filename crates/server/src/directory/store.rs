//! Every SQL statement of the directory.

use model::directory::{ContactKind, ImportFormat, ImportState, PhonebookKind};
use model::presence::Show;
use model::{AccountId, ContactId, FileId, ImportId, OrganizationId, PhonebookId, Time};
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

/// Everybody who ever worked here, and whether still; for a search by folded name.
pub async fn everybody(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<Vec<EverybodyRow>> {
    tx.all(
        sql!(
            "select a.id, a.name, a.email, m.extension, m.state <> 'suspended' as present
            from members m join accounts a on a.id = m.account_id where m.organization_id = $1"
        ),
        (&organization,),
    )
    .await
}

row! {
    /// A person as far as a search looks.
    pub struct EverybodyRow {
        pub id: AccountId, pub name: String, pub email: String, pub extension: Option<String>, pub present: bool,
    }
}

/// One colleague.
pub async fn one_person(tx: &mut Tx<'_>, organization: OrganizationId, id: AccountId) -> Result<Option<PersonRow>> {
    tx.opt(
        sql!(
            "select a.id, a.name, a.picture_id, a.email, m.title, m.department, m.extension,
                a.show, a.status_message, a.status_clears_at
            from members m join accounts a on a.id = m.account_id
            where m.organization_id = $1 and m.account_id = $2 and m.state <> 'suspended'"
        ),
        (&organization, &id),
    )
    .await
}

row! {
    /// A phonebook; nobody owns a shared one.
    pub struct PhonebookRow {
        pub id: PhonebookId, pub organization_id: OrganizationId, pub owner_id: Option<AccountId>,
        pub kind: PhonebookKind, pub name: String, pub contact_count: i64,
    }
}

/// A phonebook that was not deleted.
pub async fn phonebook(tx: &mut Tx<'_>, id: PhonebookId) -> Result<Option<PhonebookRow>> {
    tx.opt(
        sql!(
            "select id, organization_id, owner_id, kind, name, contact_count from phonebooks
            where id = $1 and deleted_at is null"
        ),
        (&id,),
    )
    .await
}

/// The phonebooks a person sees: the shared ones, then the person's own, each by name.
pub async fn phonebooks(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Vec<PhonebookRow>> {
    tx.all(
        sql!(
            "select id, organization_id, owner_id, kind, name, contact_count from phonebooks
            where organization_id = $1 and deleted_at is null and (owner_id is null or owner_id = $2)
            order by kind desc, lower(name), id limit 200"
        ),
        (&organization, &account),
    )
    .await
}

/// How many phonebooks somebody owns, or the organization shares.
pub async fn count_phonebooks(tx: &mut Tx<'_>, organization: OrganizationId, owner: Option<AccountId>) -> Result<i64> {
    let (count,): (i64,) = tx
        .one(
            sql!(
                "select count(*) from phonebooks
                where organization_id = $1 and deleted_at is null and owner_id is not distinct from $2"
            ),
            (&organization, &owner),
        )
        .await?;
    Ok(count)
}

/// Keeps a phonebook.
pub async fn insert_phonebook(tx: &mut Tx<'_>, row: &PhonebookRow, now: Time) -> Result<u64> {
    tx.run(
        sql!(
            "insert into phonebooks (id, organization_id, owner_id, kind, name, contact_count, created_at)
            values ($1, $2, $3, $4, $5, 0, $6)"
        ),
        (&row.id, &row.organization_id, &row.owner_id, &row.kind, &row.name, &now),
    )
    .await
}

/// Gives a phonebook another name.
pub async fn rename_phonebook(tx: &mut Tx<'_>, id: PhonebookId, name: &str) -> Result<u64> {
    tx.run(sql!("update phonebooks set name = $2 where id = $1"), (&id, name)).await
}

/// Takes a phonebook away from everybody; its rows are purged later.
pub async fn delete_phonebook(tx: &mut Tx<'_>, id: PhonebookId, now: Time) -> Result<u64> {
    tx.run(sql!("update phonebooks set deleted_at = $2 where id = $1"), (&id, &now)).await
}

/// Counts so many contacts more, or less, and says how many there are then.
pub async fn count_contacts(tx: &mut Tx<'_>, id: PhonebookId, more: i64) -> Result<i64> {
    let (count,): (i64,) = tx
        .one(
            sql!("update phonebooks set contact_count = contact_count + $2 where id = $1 returning contact_count"),
            (&id, &more),
        )
        .await?;
    Ok(count)
}

row! {
    /// A contact with its owner's name.
    pub struct ContactRow {
        pub id: ContactId, pub number: i64, pub phonebook_id: PhonebookId, pub owner_id: Option<AccountId>,
        pub owner_name: Option<String>, pub owner_picture: Option<FileId>, pub kind: ContactKind,
        pub name: String, pub name_key: String, pub company: Option<String>, pub title: Option<String>,
        pub extension: Option<String>, pub numbers: String, pub short_numbers: String,
        pub email: Option<String>, pub note: Option<String>, pub created_at: Time, pub changed_at: Time,
        pub deleted_at: Option<Time>,
    }
}

/// What every statement on contacts selects, put in front of the rest when the program is compiled.
macro_rules! contacts {
    ($rest:literal) => {
        concat!(
            "select c.id, c.number, c.phonebook_id, c.owner_id, a.name as owner_name, a.picture_id as owner_picture,
                c.kind, c.name, c.name_key, c.company, c.title, c.extension, c.numbers, c.short_numbers, c.email,
                c.note, c.created_at, c.changed_at, c.deleted_at ",
            $rest
        )
    };
}

/// A contact, also a removed one.
pub async fn contact(tx: &mut Tx<'_>, id: ContactId) -> Result<Option<ContactRow>> {
    tx.opt(sql!(contacts!("from contacts c left join accounts a on a.id = c.owner_id where c.id = $1")), (&id,)).await
}

/// A page of a phonebook by name, after a folded name and an id.
pub async fn contacts(
    tx: &mut Tx<'_>,
    book: PhonebookId,
    after: &str,
    after_id: ContactId,
    limit: i64,
) -> Result<Vec<ContactRow>> {
    tx.all(
        sql!(contacts!(
            "from contacts c left join accounts a on a.id = c.owner_id
            where c.phonebook_id = $1 and c.deleted_at is null and (c.name_key, c.id) > ($2, $3)
            order by c.name_key, c.id limit $4"
        )),
        (&book, after, &after_id, &limit),
    )
    .await
}

/// The same, of contacts that the search index finds; `asked` is made by [`store::dialect::match_words`].
pub async fn matching_contacts(
    tx: &mut Tx<'_>,
    book: PhonebookId,
    asked: &str,
    after: &str,
    after_id: ContactId,
    limit: i64,
) -> Result<Vec<ContactRow>> {
    let sql = tx.engine().pick(
        sql!(sqlite contacts!(
            "from contacts c left join accounts a on a.id = c.owner_id
            where c.phonebook_id = $1 and c.deleted_at is null and (c.name_key, c.id) > ($2, $3)
                and c.number in (select rowid from search_contact_words where search_contact_words match $5)
            order by c.name_key, c.id limit $4"
        )),
        sql!(postgres contacts!(
            "from contacts c left join accounts a on a.id = c.owner_id
            where c.phonebook_id = $1 and c.deleted_at is null and (c.name_key, c.id) > ($2, $3)
                and c.words @@ $5::text::tsquery
            order by c.name_key, c.id limit $4"
        )),
    );
    tx.all(sql, (&book, after, &after_id, &limit, asked)).await
}

/// Contacts of a phonebook whose folded name begins so, by name.
pub async fn contacts_named(
    tx: &mut Tx<'_>,
    book: PhonebookId,
    begins: &str,
    before: &str,
    limit: i64,
) -> Result<Vec<ContactRow>> {
    tx.all(
        sql!(contacts!(
            "from contacts c left join accounts a on a.id = c.owner_id
            where c.phonebook_id = $1 and c.name_key >= $2 and c.name_key < $3 and c.deleted_at is null
            order by c.name_key, c.id limit $4"
        )),
        (&book, begins, before, &limit),
    )
    .await
}

/// Contacts that the search index finds and a person sees, in no order.
pub async fn found_contacts(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    account: AccountId,
    asked: &str,
    limit: i64,
) -> Result<Vec<ContactRow>> {
    // `cross join` fixes the order on SQLite: index first, then only as many rows as are wanted.
    let sql = tx.engine().pick(
        sql!(sqlite contacts!(
            "from search_contact_words cross join contacts c on c.number = search_contact_words.rowid
                cross join phonebooks b on b.id = c.phonebook_id left join accounts a on a.id = c.owner_id
            where search_contact_words match $3 and c.deleted_at is null and b.deleted_at is null
                and b.organization_id = $1 and (b.owner_id is null or b.owner_id = $2)
            limit $4"
        )),
        sql!(postgres contacts!(
            "from contacts c join phonebooks b on b.id = c.phonebook_id left join accounts a on a.id = c.owner_id
            where c.words @@ $3::text::tsquery and c.deleted_at is null and b.deleted_at is null
                and b.organization_id = $1 and (b.owner_id is null or b.owner_id = $2)
            limit $4"
        )),
    );
    tx.all(sql, (&organization, &account, asked, &limit)).await
}

/// A contact to keep; lists are JSON.
pub struct KeptContact<'a> {
    /// Its id.
    pub id: ContactId,
    /// Where.
    pub phonebook_id: PhonebookId,
    /// Who looks after it.
    pub owner_id: Option<AccountId>,
    /// Its fields.
    pub contact: &'a model::directory::Contact,
    /// The numbers as JSON.
    pub numbers: &'a str,
    /// The short numbers as JSON.
    pub short_numbers: &'a str,
}

/// Keeps a contact and returns its number in the search index.
pub async fn insert_contact(tx: &mut Tx<'_>, kept: &KeptContact<'_>, now: Time) -> Result<i64> {
    let contact = kept.contact;
    let (number,): (i64,) = tx
        .one(
            sql!(
                "insert into contacts (id, phonebook_id, owner_id, kind, name, name_key, company, title, extension,
                    numbers, short_numbers, email, note, created_at, changed_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) returning number"
            ),
            (
                &kept.id,
                &kept.phonebook_id,
                &kept.owner_id,
                &contact.kind,
                &contact.name,
                &contact.name_key(),
                &contact.company,
                &contact.title,
                &contact.extension,
                kept.numbers,
                kept.short_numbers,
                &contact.email,
                &contact.note,
                &now,
            ),
        )
        .await?;
    Ok(number)
}

/// Gives a contact other fields.
pub async fn update_contact(tx: &mut Tx<'_>, kept: &KeptContact<'_>, now: Time) -> Result<u64> {
    let contact = kept.contact;
    tx.run(
        sql!(
            "update contacts set owner_id = $2, kind = $3, name = $4, name_key = $5, company = $6, title = $7,
                extension = $8, numbers = $9, short_numbers = $10, email = $11, note = $12, changed_at = $13
            where id = $1"
        ),
        (
            &kept.id,
            &kept.owner_id,
            &contact.kind,
            &contact.name,
            &contact.name_key(),
            &contact.company,
            &contact.title,
            &contact.extension,
            kept.numbers,
            kept.short_numbers,
            &contact.email,
            &contact.note,
            &now,
        ),
    )
    .await
}

/// Takes a contact away; 0 rows when it is away already.
pub async fn delete_contact(tx: &mut Tx<'_>, id: ContactId, now: Time) -> Result<u64> {
    tx.run(sql!("update contacts set deleted_at = $2 where id = $1 and deleted_at is null"), (&id, &now)).await
}

/// Brings a contact back; 0 rows when it is not away.
pub async fn restore_contact(tx: &mut Tx<'_>, id: ContactId) -> Result<u64> {
    tx.run(sql!("update contacts set deleted_at = null where id = $1 and deleted_at is not null"), (&id,)).await
}

/// Keeps a key that a contact is recognised by.
pub async fn insert_key(tx: &mut Tx<'_>, book: PhonebookId, value: &str, id: ContactId) -> Result<u64> {
    tx.run(
        sql!(
            "insert into contact_keys (phonebook_id, value, contact_id) values ($1, $2, $3)
            on conflict (phonebook_id, value, contact_id) do nothing"
        ),
        (&book, value, &id),
    )
    .await
}

/// Forgets a contact's keys.
pub async fn delete_keys(tx: &mut Tx<'_>, id: ContactId) -> Result<u64> {
    tx.run(sql!("delete from contact_keys where contact_id = $1"), (&id,)).await
}

/// The contact of a phonebook that is recognised by a key; the first when several are.
pub async fn contact_by_key(tx: &mut Tx<'_>, book: PhonebookId, value: &str) -> Result<Option<ContactId>> {
    let row: Option<(ContactId,)> = tx
        .opt(
            sql!(
                "select contact_id from contact_keys where phonebook_id = $1 and value = $2
                order by contact_id limit 1"
            ),
            (&book, value),
        )
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Puts a contact's folded words into the search index, in place of what was there.
pub async fn index_contact(tx: &mut Tx<'_>, number: i64, words: &str, scope: &str) -> Result<u64> {
    match tx.engine() {
        ::store::Engine::Sqlite => {
            tx.run(
                sql!(sqlite "insert or replace into search_contact_words (rowid, words, scope) values ($1, $2, $3)"),
                (&number, words, scope),
            )
            .await
        }
        ::store::Engine::Postgres => {
            tx.run(
                sql!(postgres "update contacts set words = array_to_tsvector(string_to_array($2, ' ')) where number = $1"),
                (&number, words),
            )
            .await
        }
    }
}

/// Takes a contact out of the search index.
pub async fn unindex_contact(tx: &mut Tx<'_>, number: i64) -> Result<u64> {
    let sql = tx.engine().pick(
        sql!(sqlite "delete from search_contact_words where rowid = $1"),
        sql!(postgres "update contacts set words = '' where number = $1"),
    );
    tx.run(sql, (&number,)).await
}

/// Contacts that were removed before, alone or with their phonebook, with their numbers in the search index.
pub async fn contacts_to_purge(tx: &mut Tx<'_>, before: Time, limit: i64) -> Result<Vec<(ContactId, i64)>> {
    tx.all(
        sql!(
            "select id, number from contacts where deleted_at < $1
            union all
            select c.id, c.number from phonebooks b join contacts c on c.phonebook_id = b.id
                where b.deleted_at < $1 and c.deleted_at is null
            limit $2"
        ),
        (&before, &limit),
    )
    .await
}

/// Purges a contact.
pub async fn purge_contact(tx: &mut Tx<'_>, id: ContactId) -> Result<u64> {
    tx.run(sql!("delete from contacts where id = $1"), (&id,)).await
}

/// Deleted phonebooks that have neither contacts nor imports any more, at most 100.
pub async fn phonebooks_to_purge(tx: &mut Tx<'_>, before: Time) -> Result<Vec<PhonebookId>> {
    let rows: Vec<(PhonebookId,)> = tx
        .all(
            sql!(
                "select b.id from phonebooks b where b.deleted_at < $1
                    and not exists (select 1 from contacts c where c.phonebook_id = b.id)
                    and not exists (select 1 from imports i where i.phonebook_id = b.id)
                limit 100"
            ),
            (&before,),
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Purges a phonebook that has no contacts any more.
pub async fn purge_phonebook(tx: &mut Tx<'_>, id: PhonebookId) -> Result<u64> {
    tx.run(sql!("delete from phonebooks where id = $1"), (&id,)).await
}

row! {
    /// An import without its file.
    pub struct ImportRow {
        pub id: ImportId, pub organization_id: OrganizationId, pub phonebook_id: PhonebookId,
        pub account_id: AccountId, pub state: ImportState, pub done: i64, pub total: i64, pub added: i64,
        pub updated: i64, pub refused_count: i64, pub refused: String, pub created_at: Time,
        pub ended_at: Option<Time>,
    }
}

row! {
    /// What an import reads.
    pub struct ImportFile {
        pub format: ImportFormat, pub mapping: Option<String>, pub has_header: Option<bool>, pub body: String,
    }
}

/// An import to keep.
pub struct NewImport<'a> {
    /// Its id.
    pub id: ImportId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// Where it goes.
    pub phonebook_id: PhonebookId,
    /// Who wants it.
    pub account_id: AccountId,
    /// What it reads.
    pub file: &'a ImportFile,
    /// How many rows there are.
    pub total: i64,
}

/// Keeps an import. Another one that runs in the organization is a conflict of `imports_running`.
pub async fn insert_import(tx: &mut Tx<'_>, new: &NewImport<'_>, now: Time) -> Result<u64> {
    tx.run(
        sql!(
            "insert into imports (id, organization_id, phonebook_id, account_id, format, mapping, has_header, body,
                state, done, total, added, updated, refused_count, refused, created_at, touched_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, 'running', 0, $9, 0, 0, 0, '[]', $10, $10)"
        ),
        (
            &new.id,
            &new.organization_id,
            &new.phonebook_id,
            &new.account_id,
            &new.file.format,
            &new.file.mapping,
            &new.file.has_header,
            &new.file.body,
            &new.total,
            &now,
        ),
    )
    .await
}

/// An import.
pub async fn import(tx: &mut Tx<'_>, id: ImportId) -> Result<Option<ImportRow>> {
    tx.opt(
        sql!(
            "select id, organization_id, phonebook_id, account_id, state, done, total, added, updated, refused_count,
                refused, created_at, ended_at from imports where id = $1"
        ),
        (&id,),
    )
    .await
}

/// What an import reads.
pub async fn import_file(tx: &mut Tx<'_>, id: ImportId) -> Result<Option<ImportFile>> {
    tx.opt(sql!("select format, mapping, has_header, body from imports where id = $1"), (&id,)).await
}

/// Whether an import still runs; on PostgreSQL nobody else goes on with it until this transaction ends.
pub async fn lock_import(tx: &mut Tx<'_>, id: ImportId, now: Time) -> Result<bool> {
    let locked = tx.run(sql!("update imports set touched_at = $2 where id = $1 and state = 'running'"), (&id, &now));
    Ok(locked.await? == 1)
}

/// Keeps how far an import got.
pub async fn update_import(tx: &mut Tx<'_>, row: &ImportRow) -> Result<u64> {
    tx.run(
        sql!("update imports set done = $2, added = $3, updated = $4, refused_count = $5, refused = $6 where id = $1"),
        (&row.id, &row.done, &row.added, &row.updated, &row.refused_count, &row.refused),
    )
    .await
}

/// Ends an import that runs, and forgets its file; 0 rows when it does not run.
pub async fn end_import(tx: &mut Tx<'_>, id: ImportId, state: ImportState, now: Time) -> Result<u64> {
    tx.run(
        sql!("update imports set state = $2, ended_at = $3, body = '' where id = $1 and state = 'running'"),
        (&id, &state, &now),
    )
    .await
}

/// Imports that run, but that nobody went on with since then.
pub async fn stalled_imports(tx: &mut Tx<'_>, before: Time) -> Result<Vec<ImportId>> {
    let rows: Vec<(ImportId,)> =
        tx.all(sql!("select id from imports where state = 'running' and touched_at < $1 limit 10"), (&before,)).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Forgets imports that ended before; at most 100.
pub async fn forget_imports(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.run(
        sql!(
            "delete from imports where id in (
                select id from imports where state <> 'running' and touched_at < $1 limit 100)"
        ),
        (&before,),
    )
    .await
}
