-- Conversations as files to take away: how far each is, whose it is, and until when it can be downloaded.
create table exports (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    conversation_id uuid not null references conversations (id),
    account_id uuid not null references accounts (id),
    blob_id uuid not null,
    format text not null,
    language text not null,
    offset_minutes bigint not null,
    name text not null,
    state text not null,
    done bigint not null,
    total bigint not null,
    size_bytes bigint not null,
    created_at bigint not null,
    touched_at bigint not null,
    expires_at bigint not null
);
create unique index exports_running on exports (account_id) where state = 'running';
create index exports_state on exports (state, touched_at);
create index exports_account on exports (account_id, created_at);
