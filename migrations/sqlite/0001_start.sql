-- The installation itself: one row.
create table installation (
    id integer primary key,
    cursor_key blob not null,
    setup_hash blob,
    demo integer not null,
    created_at integer not null
);

-- Positions of the organizations' and accounts' event streams, and the log.
create table streams (
    id blob primary key,
    kind text not null,
    position integer not null,
    first_position integer not null
);
create table events (
    stream_id blob not null,
    position integer not null,
    audience_id blob not null,
    subject blob,
    body text not null,
    created_at integer not null,
    primary key (stream_id, position)
);
create index events_audience on events (audience_id, position);

create table jobs (
    id blob primary key,
    kind text not null,
    idempotency_key text not null,
    payload text not null,
    attempts integer not null,
    run_at integer not null,
    locked_until integer,
    last_error text,
    state text not null,
    created_at integer not null
);
create unique index jobs_key on jobs (idempotency_key);
create index jobs_due on jobs (state, run_at);

-- People and organizations.
create table organizations (
    id blob primary key,
    name text not null,
    domain text not null,
    created_at integer not null
);
create unique index organizations_domain on organizations (domain);

create table accounts (
    id blob primary key,
    email text not null,
    name text not null,
    picture_id blob,
    language text,
    theme text not null,
    time_zone text,
    show text not null,
    status_message text,
    status_clears_at integer,
    installation_owner integer not null,
    created_at integer not null,
    last_seen_at integer
);
create unique index accounts_email on accounts (email);
create index accounts_status_clears on accounts (status_clears_at);

create table members (
    organization_id blob not null references organizations (id),
    account_id blob not null references accounts (id),
    role text not null,
    plan text not null,
    state text not null,
    title text,
    department text,
    extension text,
    created_at integer not null,
    joined_at integer,
    primary key (organization_id, account_id)
);
create unique index members_account on members (account_id);

create table invitations (
    id blob primary key,
    organization_id blob not null references organizations (id),
    account_id blob not null references accounts (id),
    secret_hash blob not null,
    invited_by blob not null references accounts (id),
    created_at integer not null,
    expires_at integer not null,
    accepted_at integer
);
create unique index invitations_secret on invitations (secret_hash);
create index invitations_account on invitations (account_id);

create table sign_in_codes (
    id blob primary key,
    email text not null,
    code_hash blob not null,
    tries integer not null,
    source text not null,
    created_at integer not null,
    expires_at integer not null
);
create index sign_in_codes_email on sign_in_codes (email, created_at);
create index sign_in_codes_created on sign_in_codes (created_at);

create table sessions (
    id blob primary key,
    account_id blob not null references accounts (id),
    secret_hash blob not null,
    user_agent text not null,
    source text not null,
    created_at integer not null,
    seen_at integer not null,
    expires_at integer not null
);
create unique index sessions_secret on sessions (secret_hash);
create index sessions_account on sessions (account_id);

-- Mails that leave, or stay here when no SMTP server is configured.
create table mails (
    id blob primary key,
    organization_id blob,
    recipient text not null,
    subject text not null,
    body_text text not null,
    body_html text not null,
    code text,
    state text not null,
    created_at integer not null,
    sent_at integer
);
create index mails_created on mails (created_at);

create table feedback (
    id blob primary key,
    organization_id blob not null references organizations (id),
    account_id blob not null references accounts (id),
    body text not null,
    contact_ok integer not null,
    created_at integer not null
);

-- Conversations.
create table conversations (
    id blob primary key,
    organization_id blob not null references organizations (id),
    kind text not null,
    title text,
    description text,
    picture_id blob,
    direct_key text,
    client_id text,
    created_by blob not null references accounts (id),
    participant_count integer not null,
    position integer not null,
    active_at integer not null,
    created_at integer not null
);
create unique index conversations_direct on conversations (organization_id, direct_key);
create unique index conversations_client on conversations (created_by, client_id);

create table participants (
    conversation_id blob not null references conversations (id),
    account_id blob not null references accounts (id),
    joined_at integer not null,
    left_at integer,
    read_position integer not null,
    hidden_position integer,
    muted integer not null,
    pinned_at integer,
    draft text,
    primary key (conversation_id, account_id)
);
create index participants_account on participants (account_id, conversation_id);

create table messages (
    id blob primary key,
    conversation_id blob not null references conversations (id),
    position integer not null,
    author_id blob not null references accounts (id),
    client_id text not null,
    kind text not null,
    body text not null,
    system text,
    quote_id blob,
    forwarded_from blob,
    created_at integer not null,
    edited_at integer,
    deleted_at integer
);
create unique index messages_position on messages (conversation_id, position);
create unique index messages_client on messages (author_id, client_id);

create table mentions (
    account_id blob not null references accounts (id),
    conversation_id blob not null references conversations (id),
    position integer not null,
    primary key (account_id, conversation_id, position)
);

create table message_edits (
    message_id blob not null references messages (id),
    replaced_at integer not null,
    body text not null,
    primary key (message_id, replaced_at)
);

create table reactions (
    message_id blob not null references messages (id),
    emoji text not null,
    account_id blob not null references accounts (id),
    created_at integer not null,
    primary key (message_id, emoji, account_id)
);

create table pins (
    conversation_id blob not null references conversations (id),
    message_id blob not null references messages (id),
    pinned_by blob not null references accounts (id),
    pinned_at integer not null,
    primary key (conversation_id, message_id)
);

create table files (
    id blob primary key,
    organization_id blob not null references organizations (id),
    owner_id blob not null references accounts (id),
    conversation_id blob not null references conversations (id),
    message_id blob,
    client_id text not null,
    name text not null,
    media_type text not null,
    size_bytes integer not null,
    received_bytes integer not null,
    complete integer not null,
    width integer,
    height integer,
    thumbnail integer not null,
    created_at integer not null
);
create unique index files_client on files (owner_id, client_id);
create index files_message on files (message_id);
