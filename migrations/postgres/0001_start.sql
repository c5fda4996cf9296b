-- The installation itself: one row.
create table installation (
    id bigint primary key,
    cursor_key bytea not null,
    setup_hash bytea,
    demo boolean not null,
    created_at bigint not null
);

-- Positions of the organizations' and accounts' event streams, and the log.
create table streams (
    id uuid primary key,
    kind text not null,
    position bigint not null,
    first_position bigint not null
);
create table events (
    stream_id uuid not null,
    position bigint not null,
    audience_id uuid not null,
    subject uuid,
    body text not null,
    created_at bigint not null,
    primary key (stream_id, position)
);
create index events_audience on events (audience_id, position);

create table jobs (
    id uuid primary key,
    kind text not null,
    idempotency_key text not null,
    payload text not null,
    attempts bigint not null,
    run_at bigint not null,
    locked_until bigint,
    last_error text,
    state text not null,
    created_at bigint not null
);
create unique index jobs_key on jobs (idempotency_key);
create index jobs_due on jobs (state, run_at);

-- People and organizations.
create table organizations (
    id uuid primary key,
    name text not null,
    domain text not null,
    created_at bigint not null
);
create unique index organizations_domain on organizations (domain);

create table accounts (
    id uuid primary key,
    email text not null,
    name text not null,
    picture_id uuid,
    language text,
    theme text not null,
    time_zone text,
    show text not null,
    status_message text,
    status_clears_at bigint,
    installation_owner boolean not null,
    created_at bigint not null,
    last_seen_at bigint
);
create unique index accounts_email on accounts (email);
create index accounts_status_clears on accounts (status_clears_at);

create table members (
    organization_id uuid not null references organizations (id),
    account_id uuid not null references accounts (id),
    role text not null,
    plan text not null,
    state text not null,
    title text,
    department text,
    extension text,
    created_at bigint not null,
    joined_at bigint,
    primary key (organization_id, account_id)
);
create unique index members_account on members (account_id);

create table invitations (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    account_id uuid not null references accounts (id),
    secret_hash bytea not null,
    invited_by uuid not null references accounts (id),
    created_at bigint not null,
    expires_at bigint not null,
    accepted_at bigint
);
create unique index invitations_secret on invitations (secret_hash);
create index invitations_account on invitations (account_id);

create table sign_in_codes (
    id uuid primary key,
    email text not null,
    code_hash bytea not null,
    tries bigint not null,
    source text not null,
    created_at bigint not null,
    expires_at bigint not null
);
create index sign_in_codes_email on sign_in_codes (email, created_at);
create index sign_in_codes_created on sign_in_codes (created_at);

create table sessions (
    id uuid primary key,
    account_id uuid not null references accounts (id),
    secret_hash bytea not null,
    user_agent text not null,
    source text not null,
    created_at bigint not null,
    seen_at bigint not null,
    expires_at bigint not null
);
create unique index sessions_secret on sessions (secret_hash);
create index sessions_account on sessions (account_id);

-- Mails that leave, or stay here when no SMTP server is configured.
create table mails (
    id uuid primary key,
    organization_id uuid,
    recipient text not null,
    subject text not null,
    body_text text not null,
    body_html text not null,
    code text,
    state text not null,
    created_at bigint not null,
    sent_at bigint
);
create index mails_created on mails (created_at);

create table feedback (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    account_id uuid not null references accounts (id),
    body text not null,
    contact_ok boolean not null,
    created_at bigint not null
);

-- Conversations.
create table conversations (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    kind text not null,
    title text,
    description text,
    picture_id uuid,
    direct_key text,
    client_id text,
    created_by uuid not null references accounts (id),
    participant_count bigint not null,
    position bigint not null,
    active_at bigint not null,
    created_at bigint not null
);
create unique index conversations_direct on conversations (organization_id, direct_key);
create unique index conversations_client on conversations (created_by, client_id);

create table participants (
    conversation_id uuid not null references conversations (id),
    account_id uuid not null references accounts (id),
    joined_at bigint not null,
    left_at bigint,
    read_position bigint not null,
    hidden_position bigint,
    muted boolean not null,
    pinned_at bigint,
    draft text,
    primary key (conversation_id, account_id)
);
create index participants_account on participants (account_id, conversation_id);

create table messages (
    id uuid primary key,
    conversation_id uuid not null references conversations (id),
    position bigint not null,
    author_id uuid not null references accounts (id),
    client_id text not null,
    kind text not null,
    body text not null,
    system text,
    quote_id uuid,
    forwarded_from uuid,
    created_at bigint not null,
    edited_at bigint,
    deleted_at bigint
);
create unique index messages_position on messages (conversation_id, position);
create unique index messages_client on messages (author_id, client_id);

create table mentions (
    account_id uuid not null references accounts (id),
    conversation_id uuid not null references conversations (id),
    position bigint not null,
    primary key (account_id, conversation_id, position)
);

create table message_edits (
    message_id uuid not null references messages (id),
    replaced_at bigint not null,
    body text not null,
    primary key (message_id, replaced_at)
);

create table reactions (
    message_id uuid not null references messages (id),
    emoji text not null,
    account_id uuid not null references accounts (id),
    created_at bigint not null,
    primary key (message_id, emoji, account_id)
);

create table pins (
    conversation_id uuid not null references conversations (id),
    message_id uuid not null references messages (id),
    pinned_by uuid not null references accounts (id),
    pinned_at bigint not null,
    primary key (conversation_id, message_id)
);

create table files (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    owner_id uuid not null references accounts (id),
    conversation_id uuid not null references conversations (id),
    message_id uuid,
    client_id text not null,
    name text not null,
    media_type text not null,
    size_bytes bigint not null,
    received_bytes bigint not null,
    complete boolean not null,
    width bigint,
    height bigint,
    thumbnail boolean not null,
    created_at bigint not null
);
create unique index files_client on files (owner_id, client_id);
create index files_message on files (message_id);
