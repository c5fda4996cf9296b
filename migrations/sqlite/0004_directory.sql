-- Phonebooks, shared when nobody owns them, and their contacts. What is removed stays for a while, so that it can be
-- brought back, and is then purged in the background.
create table phonebooks (
    id blob primary key,
    organization_id blob not null references organizations (id),
    owner_id blob references accounts (id),
    kind text not null,
    name text not null,
    contact_count integer not null,
    created_at integer not null,
    deleted_at integer
);
create index phonebooks_organization on phonebooks (organization_id);
create index phonebooks_deleted on phonebooks (deleted_at);

-- `number` is what the search index calls a contact; `name_key` is the folded name, compared byte by byte.
create table contacts (
    number integer primary key,
    id blob not null,
    phonebook_id blob not null references phonebooks (id),
    owner_id blob references accounts (id),
    kind text not null,
    name text not null,
    name_key text not null,
    company text,
    title text,
    extension text,
    numbers text not null,
    short_numbers text not null,
    email text,
    note text,
    created_at integer not null,
    changed_at integer not null,
    deleted_at integer
);
create unique index contacts_id on contacts (id);
create index contacts_name on contacts (phonebook_id, name_key, id);
create index contacts_deleted on contacts (deleted_at);

-- Addresses and numbers by which a contact is recognised.
create table contact_keys (
    phonebook_id blob not null references phonebooks (id),
    value text not null,
    contact_id blob not null,
    primary key (phonebook_id, value, contact_id)
);
create index contact_keys_contact on contact_keys (contact_id);
create index contact_keys_value on contact_keys (value);

-- An import holds its file until it ends, so that it goes on where it was after a restart.
create table imports (
    id blob primary key,
    organization_id blob not null references organizations (id),
    phonebook_id blob not null references phonebooks (id),
    account_id blob not null references accounts (id),
    format text not null,
    mapping text,
    has_header integer,
    body text not null,
    state text not null,
    done integer not null,
    total integer not null,
    added integer not null,
    updated integer not null,
    refused_count integer not null,
    refused text not null,
    created_at integer not null,
    touched_at integer not null,
    ended_at integer
);
create unique index imports_running on imports (organization_id) where state = 'running';
create index imports_state on imports (state, touched_at);

-- The search index of messages follows the event log: a row for each message that was seen, and for each stream how
-- far it got. Messages that were there before are gathered first, by id.
create table search_messages (
    number integer primary key,
    message_id blob not null,
    conversation_id blob not null
);
create unique index search_messages_message on search_messages (message_id);

create table search_positions (
    stream_id blob primary key,
    position integer not null,
    gathered_id blob
);

-- The words. Only the index is kept, not the texts. `scope` holds the organization and the conversation or phonebook,
-- so that a search reads the entries that its caller may see.
create virtual table search_message_words using fts5 (
    words, scope, content = '', contentless_delete = 1, detail = column, tokenize = 'ascii', prefix = '1 2 3'
);
create virtual table search_contact_words using fts5 (
    words, scope, content = '', contentless_delete = 1, detail = column, tokenize = 'ascii', prefix = '1 2 3'
);
