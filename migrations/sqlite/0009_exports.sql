-- Conversations as files to take away: how far each is, whose it is, and until when it can be downloaded.
create table exports (
    id blob primary key,
    organization_id blob not null references organizations (id),
    conversation_id blob not null references conversations (id),
    account_id blob not null references accounts (id),
    blob_id blob not null,
    format text not null,
    language text not null,
    offset_minutes integer not null,
    name text not null,
    state text not null,
    done integer not null,
    total integer not null,
    size_bytes integer not null,
    created_at integer not null,
    touched_at integer not null,
    expires_at integer not null
);
create unique index exports_running on exports (account_id) where state = 'running';
create index exports_state on exports (state, touched_at);
create index exports_account on exports (account_id, created_at);
